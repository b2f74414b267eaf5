"""How far two rankings of the same things agree: what a retriever fetched then and what it fetches now."""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def jaccard(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Give the share of all fetched things that both fetched; 1 where neither fetched any.

    >>> round(jaccard(list(range(1, 11)), [1, 3, 2, 4, 5, 11, 6, 12, 7, 13]), 5)
    0.53846
    """
    one, other = set(first), set(second)
    return len(one & other) / len(one | other) if one | other else 1.0


def rank_biased_overlap(first: Sequence[Hashable], second: Sequence[Hashable], *, p: float = 0.9) -> float:
    """Give the rank-biased overlap of two rankings, extrapolated (Webber, Moffat & Zobel 2010, eq. 32).

    With p = .9 the first ten places carry 86% of the weight. Places are from the top; a thing stands once in a ranking.

    Args:
        first: A ranking.
        second: Another, perhaps of another length.
        p: How persistent the reader is, above 0 and below 1.

    Raises:
        ValueError: p is none, or a ranking holds a thing twice.

    >>> round(rank_biased_overlap("abcde", "bacde"), 3)
    0.9
    >>> round(rank_biased_overlap("abcde", "abcde"), 3)
    1.0
    """
    if not 0 < p < 1:
        raise ValueError("p lies above 0 and below 1")
    if len(set(first)) < len(first) or len(set(second)) < len(second):
        raise ValueError("a ranking holds each thing once")
    short, long_ = sorted((list(first), list(second)), key=len)
    s, length = len(short), len(long_)
    if s == 0:
        return 1.0 if length == 0 else 0.0
    shared = [0] * (length + 1)
    seen_short: set[Hashable] = set()
    seen_long: set[Hashable] = set()
    for depth in range(1, length + 1):
        seen_long.add(long_[depth - 1])
        if depth <= s:
            seen_short.add(short[depth - 1])
        shared[depth] = len(seen_short & seen_long)
    at_short, at_long = shared[s], shared[length]
    total = sum(shared[depth] / depth * p**depth for depth in range(1, length + 1))
    total += sum(at_short * (depth - s) / (s * depth) * p**depth for depth in range(s + 1, length + 1))
    return (1 - p) / p * total + ((at_long - at_short) / length + at_short / s) * p**length
