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
    """A string or number in JSON text. ``offsets`` maps positions in ``text`` to the original; None means add ``start``."""

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
    opening = text.lstrip()[:1]
    if opening not in ("{", "["):
        return None
    found: list[Leaf] = []
    inside: list[str] = []  # "{" or "["
    keys: list[str | None] = []  # the key that values at this depth stand under
    expect = "value"  # value, value_or_end, key, key_or_end, colon, comma_or_end, nothing
    position, match_at = 0, _TOKEN.match
    while match := match_at(text, position):
        position = match.end()
        string, mark, number, _word = match.groups()
        if mark is None:
            if string is not None and expect in ("key", "key_or_end"):
                leaf = _string(string, match.start(1), keys[-2] if len(keys) > 1 else None, is_key=True)
                found.append(leaf)
                keys[-1] = leaf.text
                expect = "colon"
                continue
            if expect not in ("value", "value_or_end"):
                return None
            key = keys[-1]
            if string is not None:
                found.append(_string(string, match.start(1), key, is_key=False))
            elif number is not None:
                found.append(Leaf(number, key, match.start(3), None, False, False))
            expect = "comma_or_end"
        elif mark in "{[":
            if expect not in ("value", "value_or_end"):
                return None
            inside.append(mark)
            keys.append(keys[-1] if keys else None)
            expect = "key_or_end" if mark == "{" else "value_or_end"
        elif mark in "}]":
            ends = ("key_or_end", "comma_or_end") if mark == "}" else ("value_or_end", "comma_or_end")
            if not inside or inside[-1] != ("{" if mark == "}" else "[") or expect not in ends:
                return None
            inside.pop()
            keys.pop()
            expect = "comma_or_end" if inside else "nothing"
            if not inside:
                break
        elif mark == ":":
            if expect != "colon":
                return None
            expect = "value"
        else:
            if expect != "comma_or_end":
                return None
            expect = "key" if inside[-1] == "{" else "value"
    if expect != "nothing" or text[position:].strip(" \t\r\n"):
        return None
    return found


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
