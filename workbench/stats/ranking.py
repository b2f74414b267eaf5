"""Ordering by expected harm, and how much of the order is chance.

Frequency times the cost of its severity is the only product here that means something: both are amounts. The product of
two ordinal numbers (1-5 by 1-5) is a habit without a unit and is given beside it, under its name. Most orders of
failure modes rest on a handful of finds each; what could as well be the other way round is one tier. Bootstrap
intervals of ranks are too narrow where modes are tied (Hall & Miller, Annals of Statistics 37 (2009) 3929-3959), so
the tiers ask for .9, not for one half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CERTAIN = 0.9
"""P(i > j) from which one is said to come before the other."""


@dataclass(frozen=True)
class RankUncertainty:
    """What redrawing the sample does to an order.

    Attributes:
        top: (K,) how often each is first; a tie for the first place is shared.
        above: (K, K) how often row i is above column j; a tie counts one half each.
        low: (K,) 5th percentile of each one's rank, 1 is first.
        high: (K,) 95th percentile.
    """

    top: np.ndarray
    above: np.ndarray
    low: np.ndarray
    high: np.ndarray


def rank_uncertainty(scores: np.ndarray) -> RankUncertainty:
    """Say how certain an order is, from redrawn scores.

    Args:
        scores: (B, K) one row for each redrawn sample.

    >>> found = rank_uncertainty(np.array([[2.0, 1.0], [1.0, 1.0]]))
    >>> found.top.tolist(), found.above[0, 1].item()
    ([0.75, 0.25], 0.75)
    """
    draws, k = scores.shape
    if not draws or not k:
        return RankUncertainty(np.zeros(k), np.zeros((k, k)), np.ones(k), np.ones(k))
    scores = np.round(scores / max(np.abs(scores).max(), 1e-300), 12)  # sums in another order must still tie
    first = scores == scores.max(axis=1, keepdims=True)
    top = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    above = np.zeros((k, k))
    ranks = np.zeros((draws, k))
    for i in range(k):  # by column: (B, K) at a time stays small
        more = (scores[:, [i]] < scores) + 0.5 * (scores[:, [i]] == scores)
        above[:, i] = more.mean(axis=0)
        ranks[:, i] = more.sum(axis=1) + 0.5
    low, high = np.percentile(ranks, [5, 95], axis=0)
    return RankUncertainty(top, above, np.floor(low), np.ceil(high))


def tiers(order: Sequence[int], above: np.ndarray, *, certain: float = CERTAIN) -> list[int]:
    """Cut an order into tiers whose members cannot be told apart from the first of their tier.

    Args:
        order: Places of the things in question, best first.
        above: (K, K) how often i is above j.
        certain: From which share one is above the other.

    Returns:
        The tier of each, in the order given, from 1.

    >>> tiers([1, 0, 2], np.array([[0.5, 0.3, 0.97], [0.7, 0.5, 1.0], [0.03, 0.0, 0.5]]))
    [1, 1, 2]
    """
    found: list[int] = []
    head = None
    for place in order:
        if head is None or above[head, place] >= certain:
            head = place
            found.append(found[-1] + 1 if found else 1)
        else:
            found.append(found[-1])
    return found


def order_by(scores: np.ndarray) -> list[int]:
    """Places in falling order of score; equal ones as they come.

    >>> order_by(np.array([36, 45, 45, 12, 4, 12]))
    [1, 2, 0, 3, 5, 4]
    """
    return [int(place) for place in np.argsort(-np.asarray(scores, dtype=float), kind="stable")]


def swaps(order: Sequence[int], other: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of neighbours in one order that stand the other way round in another.

    >>> swaps([2, 1, 0], [1, 2, 0])
    [(2, 1)]
    """
    place = {each: at for at, each in enumerate(other)}
    pairs = zip(order, order[1:], strict=False)
    return [(first, second) for first, second in pairs if place[first] > place[second]]


def cover(has: np.ndarray, weight: np.ndarray) -> tuple[list[int], list[float]]:
    """Choose kinds one after the other so that each adds the most traces not covered by those before it.

    A trace with three failures counts once, which a running sum of frequencies gets wrong.

    Args:
        has: (n, K) whether each trace shows each kind.
        weight: (n,) what each trace counts for.

    Returns:
        Kinds in the order chosen, until nothing is added; and the share of traces with any kind covered so far.

    >>> cover(np.array([[1, 1], [1, 0], [0, 1], [1, 0]], dtype=bool), np.ones(4))
    ([0, 1], [0.75, 1.0])
    """
    has = np.asarray(has, dtype=bool)
    total = float(weight[has.any(axis=1)].sum())
    open_, done = has.any(axis=1), 0.0
    chosen: list[int] = []
    covered: list[float] = []
    while open_.any():
        gain = (weight * open_) @ has
        best = int(np.argmax(gain))
        done += float(gain[best])
        open_ = open_ & ~has[:, best]
        chosen.append(best)
        covered.append(min(done / total, 1.0))
    return chosen, covered
