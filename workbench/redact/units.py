"""Texts as the units they are analysed in: plain text as it is, JSON text leaf by leaf, JSON within its strings too.

A unit knows where its characters stand in the whole text, through any number of escapes. Placeholders are brought to
one form, so that redacted text reads the same however its placeholders are numbered.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass

from workbench.redact.entities import PLACEHOLDER, Finding
from workbench.redact.json_text import leaves
from workbench.redact.placeholders import KEY

_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """A finding in a whole text, with its decoded value, and the quotes its placeholder needs (JSON numbers)."""

    finding: Finding
    value: str
    quote: str
    from_field: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that is analysed by itself, and where its characters stand in the whole text."""

    text: str
    key: str | None
    place: Callable[[int], int]
    quote: str
    is_number: bool
    is_key: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text holds: its units, and its hits in order, without overlaps."""

    units: tuple[Unit, ...]
    hits: tuple[Hit, ...]


def hit_of(unit: Unit, finding: Finding, *, from_field: bool) -> Hit:
    """A unit's finding as a hit in the whole text."""
    value = unit.text[finding.start : finding.end]
    placed = Finding(finding.type, unit.place(finding.start), unit.place(finding.end), finding.score)
    return Hit(placed, value, unit.quote if unit.is_number else "", from_field)


def units_of(text: str, key: str | None) -> tuple[Unit, ...]:
    """The units of a text: itself, or the leaves of the JSON it holds, in order."""
    ready: list[Unit] = []
    waiting: list[tuple[Unit, int]] = [(Unit(text, key, _same, '"', False, key == KEY), 0)]
    while waiting:
        unit, depth = waiting.pop()
        parts = leaves(unit.text) if depth < _DEEPEST and not unit.is_key and not unit.is_number else None
        if parts is None:
            ready.append(_canonical(unit))
            continue
        quote = '"' if depth == 0 else "\\" * (2**depth - 1) + '"'
        inner = [
            Unit(
                leaf.text,
                leaf.key if leaf.key is not None else unit.key,
                _after(unit.place, leaf.place),
                quote,
                not leaf.is_string,
                leaf.is_key,
            )
            for leaf in parts
            if leaf.text
        ]
        waiting.extend((part, depth + 1) for part in reversed(inner))
    return tuple(ready)


def _same(position: int) -> int:
    return position


def _after(outer: Callable[[int], int], inner: Callable[[int], int]) -> Callable[[int], int]:
    return inner if outer is _same else lambda position: outer(inner(position))


def _canonical(unit: Unit) -> Unit:
    """The unit with every placeholder as ``<TYPE>``, whatever its number."""
    if "<" not in unit.text or not PLACEHOLDER.search(unit.text):
        return unit
    pieces: list[str] = []
    offsets = array("q")
    position = 0
    for match in PLACEHOLDER.finditer(unit.text):
        pieces += [unit.text[position : match.start()], f"<{match[1]}>"]
        offsets.extend(range(position, match.start()))
        offsets.extend(range(match.start(), match.start() + len(match[1]) + 1))
        offsets.append(match.end() - 1)
        position = match.end()
    pieces.append(unit.text[position:])
    offsets.extend(range(position, len(unit.text) + 1))
    return Unit(
        "".join(pieces), unit.key, _after(unit.place, offsets.__getitem__), unit.quote, unit.is_number, unit.is_key
    )
