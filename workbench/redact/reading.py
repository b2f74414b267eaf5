"""Reads texts into units (plain text, or the leaves of JSON text, nested JSON included) and finds what is in each.

Everything is analysed once: whole texts and single leaves are remembered by hash in a memo of bounded size, and names
are sought for a batch of new leaves at a time. Placeholders are brought to one form first, so that text that has been
redacted reads the same however its placeholders are numbered.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from workbench.redact.blobs import decoded_blobs
from workbench.redact.entities import ENTITIES, NAMED, Finding
from workbench.redact.fields import context_of, field_of, is_a_name, may_hold_a_name, names_a_thing, says_nothing
from workbench.redact.identifiers import without_identifiers
from workbench.redact.names import NameFinder
from workbench.redact.overlaps import settled
from workbench.redact.pairs import pairs_in
from workbench.redact.patterns import shapes_in
from workbench.redact.phones import phones_in
from workbench.redact.presidio import Analyzer
from workbench.redact.units import Hit, Reading, Unit, hit_of, units_of

V = TypeVar("V")
_PIECE = 20_000
_BATCH_CHARACTERS = 2_000_000
_MEMO_CHARACTERS = 10_000_000


def field_of_number(text: str, key: str) -> str | None:
    """The entity that a number (or date) under this key is; None for counts, flags and amounts."""
    entity = field_of(key, text)
    return None if entity in NAMED or sum(map(str.isdigit, text)) < 3 else entity


class Memo(Generic[V]):
    """The latest results by hash of what was analysed; the least recently used go once it is full."""

    def __init__(self, limit: int) -> None:
        self._kept: OrderedDict[bytes, tuple[V, int]] = OrderedDict()
        self._limit, self._size = limit, 0

    def get(self, name: bytes) -> V | None:
        """What is remembered under a name, or None."""
        kept = self._kept.get(name)
        if kept is None:
            return None
        self._kept.move_to_end(name)
        return kept[0]

    def put(self, name: bytes, value: V, size: int) -> None:
        """Remember a value of about so many characters."""
        if name in self._kept:
            return
        self._kept[name] = (value, size + 200)
        self._size += size + 200
        while self._size > self._limit and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size -= dropped


class Reader:
    """Finds everything the policy asks for, in batches."""

    def __init__(self, entities: frozenset[str], patterns: Mapping[str, re.Pattern[str]], names: NameFinder) -> None:
        self._entities = entities | frozenset(patterns)
        self._patterns = patterns
        self._names = names
        self._readings: Memo[Reading] = Memo(_MEMO_CHARACTERS)
        self._found: Memo[tuple[Finding, ...]] = Memo(_MEMO_CHARACTERS)
        self._pending: Sequence[Finding] = ()
        self._inside_a_blob = False
        self._analyzer = Analyzer(lambda _: self._pending, sorted({*ENTITIES, *patterns}))

    def read(self, texts: Sequence[str], keys: Sequence[str | None], *, structured_only: bool) -> list[Reading]:
        """The reading of each text, in order."""
        names = [_hash(text, key or "", structured_only) for text, key in zip(texts, keys, strict=True)]
        result: dict[bytes, Reading] = {}
        batch: dict[bytes, tuple[Unit, ...]] = {}
        characters = 0
        for name, text, key in zip(names, texts, keys, strict=True):
            if name in result or name in batch:
                continue
            known = self._readings.get(name)
            if known is not None:
                result[name] = known
                continue
            batch[name] = units_of(text, key)
            characters += len(text)
            if characters > _BATCH_CHARACTERS:
                result |= self._read_new(batch, structured_only)
                batch, characters = {}, 0
        result |= self._read_new(batch, structured_only)
        return [result[name] for name in names]

    def _read_new(self, batch: Mapping[bytes, tuple[Unit, ...]], structured_only: bool) -> dict[bytes, Reading]:
        wanted: dict[bytes, Unit] = {}
        found: dict[bytes, tuple[Finding, ...]] = {}
        unit_names: dict[bytes, list[bytes]] = {}
        for name, units in batch.items():
            unit_names[name] = []
            for unit in units:
                unit_name = _hash(unit.text, unit.key or "", structured_only, unit.is_number, unit.is_key)
                unit_names[name].append(unit_name)
                if unit_name not in wanted and unit_name not in found:
                    known = self._found.get(unit_name)
                    if known is None:
                        wanted[unit_name] = unit
                    else:
                        found[unit_name] = known
        found |= self._find(wanted, structured_only)
        readings = {}
        for name, units in batch.items():
            hits: list[Hit] = []
            for unit, unit_name in zip(units, unit_names[name], strict=True):
                field = self._field(unit)
                hits += [
                    hit_of(unit, one, from_field=one.score == 1.0 and one.type == field) for one in found[unit_name]
                ]
            readings[name] = Reading(units, tuple(hits))
            self._readings.put(name, readings[name], 2 * sum(len(unit.text) for unit in units))
        return readings

    def _find(self, wanted: Mapping[bytes, Unit], structured_only: bool) -> dict[bytes, tuple[Finding, ...]]:
        """Findings of units that are not in the memo; names are sought for all of them at once."""
        found: dict[bytes, list[Finding]] = {}
        to_read: list[tuple[bytes, str, int]] = []
        for name, unit in wanted.items():
            entity = self._field(unit)
            if entity:
                found[name] = _whole(unit.text, entity)
                continue
            found[name] = []
            if not unit.is_number:
                context = (
                    context_of(unit.key, unit.text) if unit.key and not unit.is_key and len(unit.text) <= 60 else ""
                )
                to_read.append((name, context + unit.text, len(context)))
        seeks_names = not structured_only and bool(self._entities & (NAMED | {"POSTCODE"}))
        sought = [row for row, (name, _, _) in enumerate(to_read) if seeks_names and _may_name(wanted[name])]
        spans = dict(zip(sought, self._names.spans([to_read[row][1] for row in sought]), strict=True))
        for row, (name, text, shift) in enumerate(to_read):
            named: Sequence[Finding] = spans.get(row, ())
            if wanted[name].is_key:
                named = [one for one in named if is_a_name(text, one)]
            ours = [*without_identifiers(text, named), *pairs_in(text), *self._hidden(text)]
            candidates = [one for one in self._patterned(text, ours) if one.end > shift]
            found[name] = [
                Finding(one.type, max(0, one.start - shift), one.end - shift, one.score) for one in candidates
            ]
        result = {}
        for name, unit in wanted.items():
            asked = (
                one for one in found[name] if one.type in self._entities and not (structured_only and one.type in NAMED)
            )
            result[name] = tuple(settled(unit.text, asked))
            self._found.put(name, result[name], len(unit.text))
        return result

    def _hidden(self, text: str) -> list[Finding]:
        """Blobs of base64 in which something is found: what they hold is read like any text, but not deeper."""
        if self._inside_a_blob or "SECRET" not in self._entities:
            return []
        blobs = list(decoded_blobs(text))
        if not blobs:
            return []
        self._inside_a_blob = True
        try:
            readings = self.read([hidden for _, _, hidden in blobs], [None] * len(blobs), structured_only=False)
        finally:
            self._inside_a_blob = False
        return [
            Finding("SECRET", start, end, 0.95)
            for (start, end, _), reading in zip(blobs, readings, strict=True)
            if reading.hits
        ]

    def _patterned(self, text: str, ours: list[Finding]) -> list[Finding]:
        """``ours`` and what every pattern, Presidio's included, finds; long texts piece by piece."""
        found = ours
        for start, piece in _pieces(text):
            mine = [*shapes_in(piece), *phones_in(piece)]
            for entity, pattern in self._patterns.items():
                mine += [Finding(entity, match.start(), match.end(), 1.0) for match in pattern.finditer(piece)]
            self._pending = mine
            found += [
                Finding(one.type, one.start + start, one.end + start, one.score)
                for one in self._analyzer.findings(piece)
            ]
        self._pending = ()
        return found

    def _field(self, unit: Unit) -> str | None:
        """The entity that a unit is as a whole because of the field it stands in."""
        if unit.key is None or unit.is_key:
            return None
        entity = field_of(unit.key, unit.text)
        if entity is None or entity not in self._entities or says_nothing(unit.text, entity):
            return None
        if unit.is_number and field_of_number(unit.text, unit.key) is None:
            return None
        if entity == "EMAIL" and "@" not in unit.text:
            return None
        return entity if len(unit.text) <= 200 else None


def _hash(text: str, *what: object) -> bytes:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16)
    digest.update(repr(what).encode("utf-8", "surrogatepass"))
    return digest.digest()


def _may_name(unit: Unit) -> bool:
    """Whether names are sought in a unit: not in keys written as fields are, nor where a program names its parts."""
    if unit.is_key:
        return may_hold_a_name(unit.text)
    return unit.key is None or not names_a_thing(unit.key, unit.text)


def _whole(text: str, entity: str) -> list[Finding]:
    """The whole value as one finding, but for what is redacted in it already."""
    return [Finding(entity, 0, len(text), 1.0)]


def _pieces(text: str) -> list[tuple[int, str]]:
    """A long text in pieces that end at white space where there is any."""
    if len(text) <= _PIECE:
        return [(0, text)]
    pieces, start = [], 0
    while start < len(text):
        end = min(len(text), start + _PIECE)
        if end < len(text):
            cut = max(text.rfind("\n", start + _PIECE // 2, end), text.rfind(" ", start + _PIECE // 2, end))
            end = cut + 1 if cut > 0 else end
        pieces.append((start, text[start:end]))
        start = end
    return pieces
