"""The proof of a purge: every file and every table looked through for what tells the purged traces.

Raw bytes are looked through for ids and pieces of text. An id that also stands in something kept (in a golden case, or
as a part of a longer id) would be found there rightly, and one of a few digits in hashes by chance, so it is looked for
where texts can be told apart, standing by itself; one that is shorter still in the fields that name traces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from workbench.purge.needles import Needles
from workbench.purge.report import Left, Proof
from workbench.purge.words import RAW, Words, named_in, spellings, strings, whole


class Search:
    """Looks for purged traces, place by place."""

    def __init__(self, words: Words) -> None:
        self._words = words
        every = {*words.ids, *words.telling}
        long = {each for each in every if len(each.encode()) >= RAW}
        self._ids = _written(long - words.alone)
        self._alone = _written(long & words.alone)
        self._short = {each for each in words.ids if len(each.encode()) < RAW}
        self._pieces = Needles(words.pieces)
        self._n = len(every)
        self._bytes = 0
        self._kinds: Counter[str] = Counter()
        self._left: list[Left] = []

    def raw(self, place: str, content: bytes) -> None:
        """Look through bytes."""
        self._kinds["files, as they are"] += 1
        self._add(place, self._ids.found_in(content), self._pieces.found_in(content), len(content))

    def cells(self, place: str, texts: Sequence[str]) -> None:
        """Look through texts that can be told apart."""
        self._kinds["columns of tables and files, decoded"] += 1
        content = "\0".join(texts).encode("utf-8", "ignore")
        ids = self._ids.found_in(content)
        for each in self._alone.found_in(content):
            name = each.decode()
            alone, near = whole(name), (text for text in texts if name in text)
            if name.isdigit():  # the numbers that JSON holds are none
                near = (one for text in near for one in strings(text))
            ids |= {each} if any(alone.search(one) for one in near) else set()
        if self._short:
            ids |= {each.encode() for text in texts for each in named_in(text) if each in self._short}
        self._add(place, ids, self._pieces.found_in(content), len(content))

    def ids(self, place: str, values: Iterable[str]) -> None:
        """Look through ids of traces."""
        self._kinds["columns of tables and files, decoded"] += 1
        self._add(place, {each.encode() for each in values if each in self._words.ids}, set(), 0)

    def _add(self, place: str, ids: set[bytes], texts: set[bytes], size: int) -> None:
        self._bytes += size
        if ids or texts:
            self._left.append(Left(place, len(ids), len(texts)))

    def proof(self, not_searched: Iterable[str]) -> Proof:
        """What was looked for, where, and what was found."""
        return Proof(
            self._n, len(self._words.pieces), self._words.without_text, dict(self._kinds), self._bytes,
            tuple(not_searched), tuple(self._left),
        )  # fmt: skip


def _written(names: Iterable[str]) -> Needles:
    return Needles(written.encode() for each in names for written in spellings(each))
