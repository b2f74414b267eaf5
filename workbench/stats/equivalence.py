"""How much may have moved although nothing was shown to: what lets anybody say *stable*.

A test that found nothing says nothing; 100 traces find little. Stable is claimed where even the most that may have
moved is little. The bound rests on the chi-square distance of two sets of counts, D = sum (p - q)^2 / m with m the
shares of both together: its statistic has a known noncentral distribution, and half the root of D is never below the
total variation (Cauchy-Schwarz). A bootstrap of the total variation does not do: with many categories it counts chance
as movement, once in the sample and again in every resample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import ncx2

from workbench.stats.divergence import grouped_counts, permuted_sums

Floats = NDArray[np.float64]
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Moved:
    """What may have moved between two sets of categories.

    Attributes:
        high: Upper bound of the total variation, that of a two-sided interval; nan where it cannot be computed.
        topic: The least share of traffic going to one category that had none, which a test at the level finds four
            times in five.
        spread: The same where what moves is spread over all categories: the hardest to see.
    """

    high: float
    topic: float
    spread: float


def moved(
    categories: ArrayLike,
    second: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    tests: int = 1,
    replicates: int = 999,
    seed: int = 0,
) -> Moved:
    """Bound the share of units that moved from one category to another.

    Sessions are dealt with by the moments of the permuted statistic: it is scaled to a chi-square with the mean and
    variance that dealing whole sessions out gives (Satterthwaite; Rao & Scott 1981 for the noncentral part). In the
    hardest case (everything moved by the same factor, few units a category) the chi-square is not quite reached and a
    bound at 5% would be too low in 4 to 10% of samples; so it is the upper end of a two-sided interval.

    Args:
        categories: (n,) the category of each unit, as a whole number from 0.
        second: (n,) whether each unit is of the second set.
        groups: (n,) sessions; each unit its own if not given.
        level: Of the interval that the bound is the upper end of, and what is left of it of the tests.
        tests: How many tests share what is left of the level; for topic and spread.
        replicates: Permutations.
        seed: Source of chance.
    """
    place, of_second = np.asarray(categories, dtype=np.int64), np.asarray(second, dtype=bool)
    m, n = int(of_second.sum()), int((~of_second).sum())
    nothing = Moved(np.nan, np.nan, np.nan)
    if n == 0 or m == 0:
        return nothing
    counts, side = grouped_counts(place, of_second, groups)
    tail = (1 - level) / 2
    unseen = 1 - tail ** (1 / min(int(side.sum()), int((~side).sum())))  # what nobody met, as if all one thing
    drawn = permuted_sums(counts, side, replicates=replicates, seed=seed)
    if drawn is None:
        return nothing
    both = counts.sum(axis=0)
    chance = _statistic(drawn, both)
    mean, variance = float(chance.mean()), float(chance.var())
    if variance <= 1e-12 * max(mean, 1.0):  # a single category: nothing can have moved among those that were seen
        return Moved(unseen, unseen, unseen)
    scale, freedom = variance / (2 * mean), 2 * mean**2 / variance
    seen = float(_statistic(counts[side].sum(axis=0), both)) / scale
    per_unit = scale * (n + m) / (n * m)
    high = 0.5 * np.sqrt(per_unit * _noncentral(seen, freedom, tail))
    critical = float(np.quantile(chance, 1 - (1 - level) / tests)) / scale
    least = per_unit * _noncentral(critical, freedom, 1 - POWER)
    share = m / (n + m)
    topic = brentq(lambda d: d / share + d * d / (1 - d * share) - least, 0.0, 1.0) if least < 1 / share else np.nan
    return Moved(min(1.0, max(float(high), unseen)), float(topic), float(min(1.0, 0.5 * np.sqrt(least))))


def _statistic(second: Floats, both: Floats) -> Floats:
    """Pearson's chi-square of two rows of counts, from one of them and their sum."""
    whole = both > 0
    second, both = second[..., whole], both[whole]
    total = both.sum()
    m = second.sum(axis=-1, keepdims=True)
    n = total - m
    p, q = (both - second) / np.maximum(n, 1), second / np.maximum(m, 1)
    return np.asarray(((m * n)[..., 0] / total) * ((p - q) ** 2 / (both / total)).sum(axis=-1))


def _noncentral(seen: float, freedom: float, tail: float) -> float:
    """The noncentrality at which so little, or less, is seen only with this probability; 0 where none is needed."""

    def over(noncentrality: float) -> float:
        return float(ncx2.cdf(seen, freedom, noncentrality)) - tail

    if over(1e-9) <= 0:
        return 0.0
    top = max(seen, freedom, 1.0)
    while over(top) > 0:
        top *= 2
    return float(brentq(over, 1e-9, top))
