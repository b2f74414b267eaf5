"""Krippendorff's alpha: nominal, ordinal, interval, ratio, or with any distance between values, such as between sets.

The package ``krippendorff`` gives the value; the same formula stands here once more, for distances of one's own, for
resampling thousands of times, and for tables beyond what the package holds in memory. The tests hold one against the
other. Formula: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability".
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from workbench.stats.agreement.chance import NO_PAIRS, NO_VARIATION, Coefficient
from workbench.stats.agreement.ratings import Floats, Ints, Ratings

LEVELS = ("nominal", "ordinal", "interval", "ratio")
_PACKAGE_CELLS = 20_000_000  # the package holds units × values × values at once


def alpha(ratings: Ratings, level: str = "nominal", *, distances: Floats | None = None) -> Coefficient:
    """Give Krippendorff's alpha, which takes missing ratings and any number of annotators.

    1 is perfect agreement, 0 what chance would give, below 0 worse than that. It rests on the units that two or more
    rated.

    Args:
        ratings: The ratings; for ordinal their values in order, for interval and ratio numbers.
        level: nominal, ordinal, interval or ratio.
        distances: Squared differences between values instead, values × values.

    Returns:
        nan with a reason where no unit was rated twice, or where all of those ratings are one value.

    Raises:
        ValueError: The level is none, or its values are no numbers.

    >>> first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    >>> round(alpha(Ratings.of_rows([first, second])).value, 4)
    0.0952
    """
    counts = ratings.counts[ratings.raters >= 2]
    n = len(counts)
    if n == 0:
        return Coefficient("alpha", float("nan"), 0, NO_PAIRS)
    if (counts.sum(axis=0) > 0).sum() < 2:
        return Coefficient("alpha", float("nan"), n, NO_VARIATION)
    numbers = _numbers(ratings, level) if distances is None else None
    if distances is None and counts.size * counts.shape[1] <= _PACKAGE_CELLS:
        return Coefficient("alpha", _by_package(counts, level, numbers), n)
    return alpha_of(coincidences(counts), n, level, numbers=numbers, distances=distances)


def alpha_of(
    observed: Floats, n: int, level: str = "nominal", *, numbers: Floats | None = None, distances: Floats | None = None
) -> Coefficient:
    """Give alpha from coincidences: how often one unit got this value and that one.

    Args:
        observed: Coincidences, values × values, symmetric.
        n: Units they come from.
        level: nominal, ordinal, interval or ratio.
        numbers: The values as numbers, for interval and ratio.
        distances: Squared differences between values instead of a level.
    """
    totals = observed.sum(axis=1)
    if n == 0 or totals.sum() == 0:
        return Coefficient("alpha", float("nan"), 0, NO_PAIRS)
    apart = squared_differences(level, totals, numbers) if distances is None else distances
    expected = float((np.outer(totals, totals) * apart).sum())
    if expected <= 0:
        return Coefficient("alpha", float("nan"), n, NO_VARIATION)
    return Coefficient("alpha", float(1 - (totals.sum() - 1) * (observed * apart).sum() / expected), n)


def coincidences(counts: Ints) -> Floats:
    """How often two annotators gave one unit this value and that one, values × values; units rated once add none."""
    counts = counts[counts.sum(axis=1) >= 2]
    share = counts / (counts.sum(axis=1) - 1)[:, None]
    observed: Floats = share.T @ counts - np.diag(share.sum(axis=0))
    return observed


def squared_differences(level: str, totals: Floats, numbers: Floats | None = None) -> Floats:
    """Squared differences between values.

    Args:
        level: nominal, ordinal, interval or ratio.
        totals: How often each value was given in pairable units; only ordinal needs it. May have leading axes.
        numbers: The values as numbers, for interval and ratio.

    Returns:
        Values × values, after the leading axes of totals where ordinal.

    Raises:
        ValueError: The level is none, or needs numbers.
    """
    width = np.shape(totals)[-1]
    if level == "nominal":
        return 1.0 - np.eye(width)
    if level == "ordinal":
        # (sum of n_g from c to k, less half of n_c and n_k) is the difference of two mid-ranks
        ranks = np.cumsum(totals, axis=-1) - np.asarray(totals) / 2
        return np.asarray((ranks[..., :, None] - ranks[..., None, :]) ** 2)
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, got {level!r}")
    if numbers is None:
        raise ValueError(f"level {level!r} needs values that are numbers")
    apart = numbers[:, None] - numbers[None, :]
    if level == "interval":
        return np.asarray(apart**2)
    both = numbers[:, None] + numbers[None, :]
    return np.asarray(np.divide(apart, both, out=np.zeros_like(apart), where=both != 0) ** 2)


def masi(first: Collection[Any], second: Collection[Any]) -> float:
    """Give the MASI distance of two sets (Passonneau 2006); two empty sets are 0 apart, an empty and another 1.

    >>> round(masi({1, 2}, {1, 2, 3, 4}), 4)
    0.6667
    """
    one, other = set(first), set(second)
    shared = len(one & other)
    if one == other:
        return 0.0
    if not shared:
        return 1.0
    monotone = 2 / 3 if one < other or other < one else 1 / 3
    return 1 - shared / len(one | other) * monotone


def jaccard(first: Collection[Any], second: Collection[Any]) -> float:
    """Give the Jaccard distance of two sets; two empty sets are 0 apart."""
    one, other = set(first), set(second)
    return 1 - len(one & other) / len(one | other) if one | other else 0.0


def set_distances(sets: Sequence[Collection[Any]], kind: str = "masi") -> Floats:
    """Give the distances between all sets, sets × sets; as they are, not squared, as MASI alpha is defined.

    Args:
        sets: The sets.
        kind: masi or jaccard.

    Raises:
        ValueError: The kind is none of those.
    """
    if kind not in ("masi", "jaccard"):
        raise ValueError(f"distances between sets are masi or jaccard, got {kind!r}")
    place = {member: index for index, member in enumerate({member for each in sets for member in each})}
    holds = np.zeros((len(sets), len(place)))
    for row, each in enumerate(sets):
        holds[row, [place[member] for member in each]] = 1
    shared, size = holds @ holds.T, holds.sum(axis=1)
    union = size[:, None] + size[None, :] - shared
    likeness = np.divide(shared, union, out=np.ones_like(shared), where=union > 0)
    if kind == "masi":
        within = shared == np.minimum(size[:, None], size[None, :])
        likeness *= np.where(shared == union, 1.0, np.where(within, 2 / 3, 1 / 3))
    return np.asarray(1 - likeness)


def _by_package(counts: Ints, level: str, numbers: Floats | None) -> float:
    import krippendorff

    domain = np.arange(counts.shape[1], dtype=np.float64) if numbers is None else numbers
    return float(krippendorff.alpha(value_counts=counts, value_domain=domain, level_of_measurement=level))  # type: ignore[arg-type]


def _numbers(ratings: Ratings, level: str) -> Floats | None:
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, got {level!r}")
    if level in ("nominal", "ordinal"):
        return None
    if ratings.numbers is None:
        raise ValueError(f"level {level!r} needs values that are numbers")
    return ratings.numbers
