"""Two annotators, or a person and a judge: Cohen's kappa, plain or weighted, and agreement on one value."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from workbench.stats.agreement.chance import NO_PAIRS, NO_VARIATION, Coefficient, weights
from workbench.stats.agreement.ratings import Floats, Ints, Ratings


def cohen(table: Ints, weight: str = "identity") -> Coefficient:
    """Give Cohen's kappa with its large-sample standard error (Fleiss, Cohen & Everitt 1969).

    Args:
        table: How often the first said one value and the second another, values × values in the rubric's order.
        weight: identity, linear or quadratic.

    Returns:
        nan where both gave one and the same value throughout.

    >>> found = cohen(np.array([[20, 5], [10, 15]]))
    >>> round(found.value, 3), round(found.error, 3)
    (0.4, 0.127)
    """
    name = "kappa" if weight == "identity" else f"{weight} kappa"
    n = int(table.sum())
    if n == 0:
        return Coefficient(name, float("nan"), 0, NO_PAIRS)
    w = weights(weight, len(table))
    share = table / n
    first, second = share.sum(axis=1), share.sum(axis=0)
    observed, chance = float((w * share).sum()), float(first @ w @ second)
    if chance >= 1 - 1e-12:
        return Coefficient(name, float("nan"), n, NO_VARIATION)
    value = (observed - chance) / (1 - chance)
    pull: Floats = (w @ second)[:, None] + (w.T @ first)[None, :]
    variance = (share * (w * (1 - chance) - pull * (1 - observed)) ** 2).sum()
    variance = (variance - (observed * chance - 2 * chance + observed) ** 2) / (n * (1 - chance) ** 4)
    return Coefficient(name, value, n, None, sqrt(max(float(variance), 0.0)), chance)


def pair_tables(ratings: Ratings) -> list[tuple[int, int, Ints]]:
    """Give every pair of annotators who share a unit, with the table of what they gave to the units they share.

    Returns:
        Index of the first, index of the second, and their table, values × values; sorted.
    """
    order = np.lexsort((ratings.annotator, ratings.unit))
    annotator, value = ratings.annotator[order], ratings.value[order]
    start = np.concatenate([[0], np.cumsum(ratings.raters)[:-1]]) if len(ratings.units) else np.array([], dtype=int)
    lefts, rights = [], []
    for raters in np.unique(ratings.raters[ratings.raters >= 2]):
        first, second = np.triu_indices(raters, 1)
        begin = start[ratings.raters == raters][:, None]
        lefts.append((begin + first).ravel())
        rights.append((begin + second).ravel())
    if not lefts:
        return []
    left, right = np.concatenate(lefts), np.concatenate(rights)
    pair = annotator[left] * len(ratings.annotators) + annotator[right]
    order = np.argsort(pair, kind="stable")
    names, begins = np.unique(pair[order], return_index=True)
    width = len(ratings.values)
    cell = (value[left] * width + value[right])[order]
    return [
        (
            int(name // len(ratings.annotators)),
            int(name % len(ratings.annotators)),
            np.bincount(cells, minlength=width * width).reshape(width, width).astype(np.int64),
        )
        for name, cells in zip(names, np.split(cell, begins[1:]), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Specific:
    """Agreement on one value, and on its absence.

    Attributes:
        positive: Of the ratings that give the value, the share that another rating of the unit gives too.
        negative: The same of those that do not.
        prevalence: The share of ratings that give the value.
        seen: Units where anyone gave it.
        n: Units rated twice or more.
    """

    positive: float
    negative: float
    prevalence: float
    seen: int
    n: int


def specific(counts: Ints, value: int) -> Specific:
    """Give the agreement on one value (Cicchetti & Feinstein 1990; Fleiss, Levin & Paik 2003 for several raters).

    For two annotators these are 2a/(2a+b+c) and 2d/(2d+b+c). A share whose value nobody gave is nan.

    Args:
        counts: Units × values; units rated once are left out.
        value: The column of the value.
    """
    counts = counts[counts.sum(axis=1) >= 2]
    raters, given = counts.sum(axis=1), counts[:, value]
    others = raters - given
    per_pair = 1 / np.maximum(raters - 1, 1)

    def share(of: Ints) -> float:
        return float((of * (of - 1) * per_pair).sum() / of.sum()) if of.sum() else float("nan")

    prevalence = float(given.sum() / raters.sum()) if len(counts) else float("nan")
    return Specific(share(given), share(others), prevalence, int((given > 0).sum()), len(counts))
