"""Finding many byte strings at once in much text, exactly: the looking behind what a purge changes and what it proves.

The first eight bytes of every needle are looked for together, as numbers; where they stand, what follows is compared
byte by byte. So nothing is found that is not there and nothing that is there is missed.
"""

from collections.abc import Iterable

import numpy as np

AT_ONCE = 1 << 20
_WIDTH = 8
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_PREFILTER_BITS = 22


class Needles:
    """Byte strings to look for.

    >>> sorted(Needles([b"abc", b"bcde"]).found_in(b"xxabcdexx"))
    [b'abc', b'bcde']
    """

    def __init__(self, wanted: Iterable[bytes]) -> None:
        self._wanted = {each for each in wanted if each}
        self._longest = max(map(len, self._wanted), default=0)
        begins: dict[int, dict[int, set[int]]] = {}
        for each in self._wanted:
            width = min(len(each), _WIDTH)
            begins.setdefault(width, {}).setdefault(int.from_bytes(each[:width], "little"), set()).add(len(each))
        self._tables = {width: _table(own) for width, own in begins.items()}

    def __len__(self) -> int:
        return len(self._wanted)

    def found_in(self, text: bytes) -> set[bytes]:
        """The needles that occur in a text."""
        found: set[bytes] = set()
        for start in range(0, len(text), AT_ONCE):
            part = text[start : start + AT_ONCE + self._longest]
            for width, (keys, likely, lengths) in self._tables.items():
                windows = _windows(part[: AT_ONCE + width - 1], width)
                places = np.flatnonzero(likely[_mixed(windows)])
                near = np.minimum(np.searchsorted(keys, windows[places]), len(keys) - 1)
                same = keys[near] == windows[places]
                for at, key in zip(places[same].tolist(), near[same].tolist(), strict=True):
                    found |= {part[at : at + length] for length in lengths[key]} & self._wanted
        return found


def _table(begins: dict[int, set[int]]) -> tuple[np.ndarray, np.ndarray, list[tuple[int, ...]]]:
    """How needles begin, sorted, a quick look whether any may begin so, and how long those are that do."""
    ordered = sorted(begins)
    keys = np.asarray(ordered, dtype=np.uint64)
    likely = np.zeros(1 << _PREFILTER_BITS, dtype=bool)
    likely[_mixed(keys)] = True
    return keys, likely, [tuple(begins[each]) for each in ordered]


def _windows(text: bytes, width: int) -> np.ndarray:
    """Every run of so many bytes, as a number."""
    n = max(len(text) - width + 1, 0)
    every = np.ndarray((n,), "<u8", text + bytes(_WIDTH), 0, (1,))
    return every & np.uint64((1 << 8 * width) - 1)


def _mixed(numbers: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        mixed: np.ndarray = numbers * _FACTOR >> np.uint64(64 - _PREFILTER_BITS)
    return mixed
