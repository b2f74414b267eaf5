"""Okapi BM25: what the words alone of a query would fetch from a collection of texts.

Robertson & Zaragoza (2009), The Probabilistic Relevance Framework, eq. 3.15, with the inverse document frequency that
cannot fall below zero (as in Lucene). Words are runs of letters and digits, lower case; nothing is stemmed, so of
languages that bend their words it says less.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75


class Bm25:
    """A collection of texts, ready for queries."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(words(text)) for text in texts]
        length = np.asarray([sum(each.values()) for each in counts], dtype=np.float64)
        mean = length.mean() if length.any() else 1.0
        self._damped = K1 * (1 - B + B * length / mean)
        self._found: dict[str, tuple[list[int], list[int]]] = {}
        for place, each in enumerate(counts):
            for word, n in each.items():
                places, often = self._found.setdefault(word, ([], []))
                places.append(place)
                often.append(n)

    def scores(self, query: str) -> NDArray[np.float64]:
        """How well each text answers the words of a query; 0 where it has none of them.

        >>> Bm25(["a red car", "a blue car"]).scores("red car").round(3).tolist()
        [0.875, 0.182]
        """
        found = np.zeros(len(self._damped))
        for word in set(words(query)) & self._found.keys():
            places, often = self._found[word]
            n = np.asarray(often, dtype=np.float64)
            rare = log(1 + (len(found) - len(places) + 0.5) / (len(places) + 0.5))
            found[places] += rare * n * (K1 + 1) / (n + self._damped[places])
        return found

    def top(self, query: str, k: int) -> list[int]:
        """The places of the k best texts that have any word of the query, the earlier one first where two are alike."""
        scores = self.scores(query)
        order = np.argsort(-scores, kind="stable")[:k]
        return [int(place) for place in order if scores[place] > 0]


def words(text: str) -> list[str]:
    """The words of a text."""
    return re.findall(r"\w+", text.lower())
