"""Reads JSON text leaf by leaf, with each leaf's key and its place in the original string.

A parser that only returns values cannot say where they stood, so this scans the text itself: one regular expression,
one explicit stack (nothing recurses, so deep nesting is no risk), escapes decoded with a map back to the original.
It accepts what ``json.loads`` accepts, but for NaN and the like; what it does not accept is plain text to its caller.
"""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r'[ \t\r\n]*(?:"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"|([{}\[\]:,])'
    r"|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))"
)
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A string or number in JSON text.

    ``offsets`` maps positions in ``text`` to the original; None means add ``start``.
    """

    text: str
    key: str | None
    start: int
    offsets: Sequence[int] | None
    is_string: bool
    is_key: bool

    def place(self, position: int) -> int:
        """Where a position in ``text`` stands in the original string."""
        return self.start + position if self.offsets is None else self.offsets[position]


def leaves(text: str) -> list[Leaf] | None:
    """The strings, numbers and keys of a JSON object or array in order, or None where the text is not one."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    scan = _Scan()
    position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        if not scan.take(match):
            return None
        if scan.expect == "nothing":
            return None if text[position:].strip(" \t\r\n") else scan.found
    return None


class _Scan:
    """Where a scan stands: what it is inside of, the key above each depth, and what may come next."""

    def __init__(self) -> None:
        self.found: list[Leaf] = []
        self.expect = "value"  # value, value_or_end, key, key_or_end, colon, comma_or_end, nothing
        self._inside: list[str] = []
        self._keys: list[str | None] = [None]

    def take(self, match: re.Match[str]) -> bool:
        """Move on by one token; False where JSON does not allow it."""
        string, mark, number, _ = match.groups()
        if mark is None:
            return self._take_value(match, string, number)
        if mark in "{[":
            return self._open(mark)
        if mark in "}]":
            return self._close(mark)
        if mark == ":":
            fits, self.expect = self.expect == "colon", "value"
            return fits
        fits = self.expect == "comma_or_end"
        self.expect = "key" if fits and self._inside[-1] == "{" else "value"
        return fits

    def _take_value(self, match: re.Match[str], string: str | None, number: str | None) -> bool:
        if string is not None and self.expect in ("key", "key_or_end"):
            leaf = _string(string, match.start(1), self._keys[-2], is_key=True)
            self.found.append(leaf)
            self._keys[-1] = leaf.text
            self.expect = "colon"
            return True
        if self.expect not in ("value", "value_or_end") or not self._inside:
            return False
        if string is not None:
            self.found.append(_string(string, match.start(1), self._keys[-1], is_key=False))
        elif number is not None:
            self.found.append(Leaf(number, self._keys[-1], match.start(3), None, False, False))
        self.expect = "comma_or_end"
        return True

    def _open(self, mark: str) -> bool:
        fits = self.expect in ("value", "value_or_end")
        self._inside.append(mark)
        self._keys.append(self._keys[-1])
        self.expect = "key_or_end" if mark == "{" else "value_or_end"
        return fits

    def _close(self, mark: str) -> bool:
        ends = ("key_or_end" if mark == "}" else "value_or_end", "comma_or_end")
        if not self._inside or self._inside[-1] != ("{" if mark == "}" else "[") or self.expect not in ends:
            return False
        self._inside.pop()
        self._keys.pop()
        self.expect = "comma_or_end" if self._inside else "nothing"
        return True


def _string(raw: str, start: int, key: str | None, *, is_key: bool) -> Leaf:
    if "\\" not in raw:
        return Leaf(raw, key, start, None, True, is_key)
    pieces: list[str] = []
    offsets = array("q")
    position = 0
    for match in _ESCAPE.finditer(raw):
        pieces.append(raw[position : match.start()])
        offsets.extend(range(start + position, start + match.start()))
        high, low, unit, short = match.groups()
        if high is not None:
            decoded = chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
        elif unit is not None:
            decoded = chr(int(unit, 16))
        else:
            decoded = _SHORT.get(short, short)
        pieces.append(decoded)
        offsets.append(start + match.start())
        position = match.end()
    pieces.append(raw[position:])
    offsets.extend(range(start + position, start + len(raw) + 1))
    return Leaf("".join(pieces), key, start, offsets, True, is_key)
