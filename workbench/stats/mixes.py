"""Two mixes of the same categories, one of them estimated by a weighted sample: how far apart, and where.

A set of test cases is a plain count; production's failures come from a sample in which some traces stand for more than
others. What was permuted between two sets of traces cannot be permuted here, since the weights belong to one side. So
chance is played with the size that the weighted sample is worth (Rao & Scott 1981, first order): both sides are drawn
from the mix of both together, and what that gives on average is taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from workbench.stats.divergence import Divergence, jensen_shannon, p_value, total_variation
from workbench.stats.proportions import Interval
from workbench.stats.sampling import WeightedShare

NOTHING = float("nan")


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much more of something there is in one mix than in another, as a power of two.

    Attributes:
        estimate: log2 of the ratio of the shares, half a count added to both.
        low: Lower bound.
        high: Upper bound.
        p: Two-sided p-value of a ratio of one.
    """

    estimate: float
    low: float
    high: float
    p: float


def worth(shares: Sequence[WeightedShare]) -> float:
    """The size of a simple random sample that would know the whole mix about as well as the weighted one does.

    First-order correction of J. N. K. Rao and A. J. Scott, "The analysis of categorical data from complex sample
    surveys", JASA 76 (1981) 221-230: the units over the mean design effect, each category's weighed by 1 less its
    share. Never more than the units, since even a reading of everything is a sample of what is to come.
    """
    known = [each for each in shares if 0 < each.estimate < 1 and each.effective_n > 0]
    if not known:
        return float(max((each.n for each in shares), default=0))
    weight = np.array([1 - each.estimate for each in known])
    effect = np.array([each.n / each.effective_n for each in known])
    return float(min(known[0].n, known[0].n / max(float(weight @ effect / weight.sum()), 1e-9)))


def apart(
    first: ArrayLike, n: float, second: ArrayLike, other_n: float, *, replicates: int = 2000, seed: int = 0
) -> Divergence:
    """Test whether two mixes are one, by drawing both from the mix of both together.

    Args:
        first: (k,) shares or counts.
        n: What they are worth in units.
        second: (k,) the same of the other mix.
        other_n: What those are worth.
        replicates: Draws.
        seed: Source of chance.

    Returns:
        nan where a side is empty; groups are the units drawn.
    """
    p, q = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    size, other = round(n), round(other_n)
    if p.sum() <= 0 or q.sum() <= 0 or size < 1 or other < 1:
        return Divergence(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, size, other, 0)
    p, q = p / p.sum(), q / q.sum()
    together = (n * p + other_n * q) / (n + other_n)
    random = np.random.default_rng(seed)
    sides = random.multinomial(size, together, replicates), random.multinomial(other, together, replicates)
    chance = np.array([jensen_shannon(one, two) for one, two in zip(*sides, strict=True)])
    gone = np.abs(sides[0] / size - sides[1] / other).sum(axis=1) / 2
    jsd, moved = jensen_shannon(p, q), total_variation(p, q)
    return Divergence(
        jsd, max(0.0, jsd - float(chance.mean())), moved, max(0.0, moved - float(gone.mean())), p_value(jsd, chance),
        size, other, size + other,
    )  # fmt: skip


def log2_ratio(x: float, n: float, other_x: float, other_n: float, *, level: float = 0.95) -> Ratio:
    """Give log2 of the ratio of two shares, x of n over other_x of other_n, with half a count added.

    Half a count is added to what has it and to what has not, on both sides (as Haldane 1956 and Anscombe 1956 do for
    odds), so that nothing is infinite and nothing sure; the variance is the delta method's. The counts may be those
    that a weighted sample is worth.

    >>> found = log2_ratio(20, 100, 5, 100)
    >>> round(found.estimate, 2), round(found.low, 2), round(found.high, 2)
    (1.9, 0.6, 3.2)
    """
    if n <= 0 or other_n <= 0:
        return Ratio(NOTHING, -np.inf, np.inf, NOTHING)
    ratio = log((x + 0.5) / (n + 1)) - log((other_x + 0.5) / (other_n + 1))
    variance = 1 / (x + 0.5) - 1 / (n + 1) + 1 / (other_x + 0.5) - 1 / (other_n + 1)
    error = sqrt(variance)
    spread = float(ndtri(0.5 + level / 2)) * error
    p = float(2 * ndtr(-abs(ratio) / error))
    return Ratio(ratio / log(2), (ratio - spread) / log(2), (ratio + spread) / log(2), p)


def gap(first: Interval | WeightedShare, second: Interval | WeightedShare) -> Interval:
    """Give the difference of two independent estimates, first minus second, from their own bounds (Zou & Donner 2008).

    With two Wilson intervals that is Newcombe's; here either may come from a weighted sample.
    """
    low = (
        first.estimate
        - second.estimate
        - sqrt((first.estimate - first.low) ** 2 + (second.high - second.estimate) ** 2)
    )
    high = (
        first.estimate
        - second.estimate
        + sqrt((first.high - first.estimate) ** 2 + (second.estimate - second.low) ** 2)
    )
    if first.n == 0 or second.n == 0:
        return Interval(NOTHING, -1.0, 1.0, first.n + second.n, "mover", first.level)
    return Interval(first.estimate - second.estimate, low, high, first.n + second.n, "mover", first.level)
