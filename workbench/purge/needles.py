"""Finding many byte strings at once in much text, exactly: the looking behind what a purge changes and what it proves.

Windows of a text are hashed all together; what a needle's hash points at is compared byte by byte, so nothing is found
that is not there and nothing that is there is missed.
"""

from collections.abc import Iterable

import numpy as np

AT_ONCE = 1 << 20
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_BYTES = np.random.default_rng(7).integers(0, 1 << 63, 256, dtype=np.uint64)
_PREFILTER_BITS = 20


class Needles:
    """Byte strings to look for.

    >>> sorted(Needles([b"abc", b"bcde"]).found_in(b"xxabcdexx"))
    [b'abc', b'bcde']
    """

    def __init__(self, wanted: Iterable[bytes]) -> None:
        self._by_length: dict[int, set[bytes]] = {}
        for each in wanted:
            if each:
                self._by_length.setdefault(len(each), set()).add(each)
        self._tables = {length: _tables(own, length) for length, own in self._by_length.items()}

    def __len__(self) -> int:
        return sum(map(len, self._by_length.values()))

    def found_in(self, text: bytes) -> set[bytes]:
        """The needles that occur in a text."""
        found: set[bytes] = set()
        for length, own in self._by_length.items():
            hashes, likely = self._tables[length]
            for start in range(0, max(len(text) - length + 1, 0), AT_ONCE):
                part = text[start : start + AT_ONCE + length - 1]
                windows = _windows(np.frombuffer(part, dtype=np.uint8), length)
                places = np.flatnonzero(likely[windows >> np.uint64(64 - _PREFILTER_BITS)])
                if len(places):
                    near = np.searchsorted(hashes, windows[places])
                    places = places[hashes[np.minimum(near, len(hashes) - 1)] == windows[places]]
                    found |= own & {part[at : at + length] for at in places.tolist()}
        return found


def _tables(own: set[bytes], length: int) -> tuple[np.ndarray, np.ndarray]:
    """The sorted hashes of needles of one length, and which first bits of a hash any of them has."""
    every = np.frombuffer(b"".join(own), dtype=np.uint8)
    hashes = np.unique(_windows(every, length)[::length])
    likely = np.zeros(1 << _PREFILTER_BITS, dtype=bool)
    likely[hashes >> np.uint64(64 - _PREFILTER_BITS)] = True
    return hashes, likely


def _windows(data: np.ndarray, length: int) -> np.ndarray:
    """The hash of every window of a length: a polynomial in its bytes, put together from halves."""
    block, size = _BYTES[data], 1
    made: np.ndarray | None = None
    done, n = 0, len(data) - length + 1
    factor = _FACTOR
    with np.errstate(over="ignore"):
        while done < length:
            if length & size:
                here = block[done : done + n]
                made = here.copy() if made is None else made * factor + here
                done += size
            if done < length:
                block = block[: len(block) - size] * factor + block[size:]
                factor = factor * factor
                size *= 2
    assert made is not None
    return made
