"""Shares over a whole population from a sample that took some strata more often than others.

The naive share of a sample that oversampled failures says more about the sampler than about the traffic. The weighted
one is right on average, and its interval must pay for the weights: by the size of a simple random sample that would be
as uncertain (the effective n), put into Wilson's interval. Where a stratum holds next to no finds one number cannot
carry that, for it may hold more and cannot hold less: there each stratum gets bounds of its own, and those are put
together. docs/ranking.md has what was measured about coverage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

FEW = 10
"""Weighted finds (effective n times share) under which Wilson gives way to Korn and Graubard's interval."""
THIN = 4
"""Finds (or misses) in a stratum under which it needs bounds of its own."""
LARGE = 0.05
"""The part of the population from which a stratum with few finds matters; one with none always does."""


@dataclass(frozen=True)
class Design:
    """How the units of a sample were drawn.

    Attributes:
        stratum: (n,) the stratum of each unit, 0..H-1; every stratum has at least one.
        weight: (n,) 1 / inclusion probability; only its ratios within a stratum matter.
        share: (H,) the part of the population each stratum stands for; sums to 1.
        fraction: (H,) the part of each stratum that was taken, 0..1; 0 for a population without end.
    """

    stratum: np.ndarray
    weight: np.ndarray
    share: np.ndarray
    fraction: np.ndarray

    @property
    def n(self) -> int:
        """How many units."""
        return len(self.stratum)

    @cached_property
    def counts(self) -> np.ndarray:
        """(H,) units in each stratum."""
        return np.bincount(self.stratum, minlength=len(self.share))

    @cached_property
    def parts(self) -> np.ndarray:
        """(n,) the part of the whole that each unit stands for; sums to 1."""
        total = np.bincount(self.stratum, self.weight, minlength=len(self.share))
        return self.weight / total[self.stratum] * self.share[self.stratum]

    @property
    def kish_n(self) -> float:
        """Kish's effective n, (sum w)^2 / sum w^2: what unequal weights alone leave."""
        return float(1 / (self.parts**2).sum())

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sums of values, (n, K), by stratum: (H, K)."""
        order, starts = self._in_order
        sums: np.ndarray = np.add.reduceat(values[order], starts, axis=0)
        return sums

    @cached_property
    def _in_order(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.stratum, kind="stable")
        return order, np.r_[0, np.cumsum(self.counts)[:-1]]


def design(
    stratum: np.ndarray, weight: np.ndarray, population: np.ndarray, *, sample: np.ndarray | None = None
) -> Design:
    """Put a design together from what is known of the units that were read.

    Strata of which nothing was read must be left out; the shares are then over the others. Several samples of one
    population are combined in proportion to how much of each was read.

    Args:
        stratum: (n,) whole numbers 0..H-1.
        weight: (n,) 1 / inclusion probability, or anything in proportion to it within a stratum.
        population: (H,) units in each stratum of the population; inf for "without end", then all of them must be.
        sample: (H,) the sample each stratum belongs to, 0..S-1; one sample if not given.

    Raises:
        ValueError: No units, a stratum without any, or a weight that is not positive.

    >>> two = design(np.array([0, 0, 1]), np.ones(3), np.array([30.0, 10.0]))
    >>> two.share.tolist(), two.fraction.round(3).tolist()
    ([0.75, 0.25], [0.067, 0.1])
    """
    counts = np.bincount(stratum, minlength=len(population))
    if not len(stratum) or not counts.all() or len(counts) != len(population) or not (weight > 0).all():
        raise ValueError("a design needs units in every stratum, each with a positive weight")
    sample = np.zeros(len(population), dtype=np.int64) if sample is None else sample
    size = np.where(np.isfinite(population), population, counts)
    read, whole = np.bincount(sample, counts), np.bincount(sample, size)
    share = size / whole[sample] * read[sample] / read.sum()
    fraction = np.where(np.isfinite(population), np.minimum(counts / population, 1.0), 0.0)
    return Design(stratum, weight.astype(float), share, fraction)


def simple(n: int) -> Design:
    """The design of n units drawn at random from a population without end."""
    return design(np.zeros(n, dtype=np.int64), np.ones(n), np.array([np.inf]))


@dataclass(frozen=True, slots=True)
class WeightedShare:
    """An estimated share with its bounds.

    Attributes:
        estimate: The weighted share.
        low: Lower bound.
        high: Upper bound.
        se: Standard error, floors included.
        n: Units it rests on.
        effective_n: Size of a simple random sample that would be as uncertain; inf where nothing was left out.
        method: How the bounds were made: wilson or korn-graubard (on the effective n), mover-jeffreys (from those of
            each stratum), or complete.
        level: Confidence level, two-sided.
    """

    estimate: float
    low: float
    high: float
    se: float
    n: int
    effective_n: float
    method: str
    level: float = 0.95

    def __str__(self) -> str:
        return f"{100 * self.estimate:.1f}% ({100 * self.low:.1f}-{100 * self.high:.1f}), n {self.n:,}"


def weighted_shares(
    has: np.ndarray, design: Design, *, domain: np.ndarray | None = None, level: float = 0.95
) -> tuple[WeightedShare, ...]:
    """Estimate the share of the population that has each of K properties.

    Hájek's estimator within strata of known size; its linearised variance with the correction for finite strata.

    Args:
        has: (n, K) whether each unit has each property.
        design: How the units were drawn.
        domain: (n,) estimate over these units only, a part of the population whose size is not known, such as a week.
        level: Confidence level, two-sided.

    Returns:
        One estimate for each property, nan with bounds 0 and 1 where the domain holds no unit.

    >>> [str(each) for each in weighted_shares(np.eye(4, 1, dtype=bool), simple(4))]
    ['25.0% (0.2-86.8), n 4']
    """
    has = np.asarray(has, dtype=float)
    inside = np.ones(design.n) if domain is None else np.asarray(domain, dtype=float)
    n = int(inside.sum())
    if n == 0:
        return tuple(WeightedShare(np.nan, 0.0, 1.0, np.nan, 0, 0.0, "none", level) for _ in range(has.shape[1]))
    part = design.parts * inside
    part = part / part.sum()
    share = part @ has
    found, among = design.sums(inside[:, None] * has), design.sums(inside[:, None])
    size = design.sums(part[:, None])
    rate = np.divide(design.sums(part[:, None] * has), size, out=np.zeros_like(found), where=size > 0)
    # a stratum where none or all were found is not known to be so: (x + .5) / (n + 1), for the variance only
    flat = ((found == 0) | (found == among)) & (among > 0)
    floored = np.where(flat, (found + 0.5) / (among + 1), rate)
    expected = (size * floored).sum(axis=0)
    # linearised: around the stratum's own rate where its size is known, around the share where it is estimated
    centre = rate[design.stratum] if domain is None else share
    residual = part[:, None] * (has - centre)
    counts = design.counts[:, None]
    square = design.sums(residual**2) - design.sums(residual) ** 2 / counts
    square += flat * floored * (1 - floored) * design.sums(part[:, None] ** 2)
    correction = (1 - design.fraction[:, None]) * counts / np.maximum(counts - 1, 1)
    variance = (correction * np.maximum(square, 0)).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(variance > 0, expected * (1 - expected) / variance, np.inf)
    least = np.minimum(found, among - found)
    thin = ((size >= LARGE) & (least < THIN) & (among > 0)).any(axis=0) & (len(design.share) > 1)
    some = (found.sum(axis=0) > 0) & (found.sum(axis=0) < n)
    uneven = (thin | flat.any(axis=0)) & some
    drawn = _Drawn(design, rate, found, among, size[:, 0]) if domain is None else None
    return tuple(
        _bounds(k, float(share[k]), float(variance[k]), n, float(effective[k]), drawn if uneven[k] else None, level)
        for k in range(has.shape[1])
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What was found in each stratum: rates, finds and units (H, K), and the part of the population each stands for."""

    design: Design
    rate: np.ndarray
    found: np.ndarray
    among: np.ndarray
    size: np.ndarray


def _bounds(
    k: int, share: float, variance: float, n: int, effective: float, drawn: _Drawn | None, level: float
) -> WeightedShare:
    share = min(max(share, 0.0), 1.0)
    if np.isinf(effective):
        return WeightedShare(share, share, share, 0.0, n, effective, "complete", level)
    if drawn is not None:
        method, (low, high) = "mover-jeffreys", _mover(k, share, drawn, level)
    elif effective * min(share, 1 - share) < FEW:
        method, (low, high) = "korn-graubard", korn_graubard(share, effective, level=level)
    else:
        method, (low, high) = "wilson", wilson_on(share, effective, level=level)
    return WeightedShare(share, min(low, share), max(high, share), variance**0.5, n, effective, method, level)


def _mover(k: int, share: float, drawn: _Drawn, level: float) -> tuple[float, float]:
    """Bounds put together from each stratum's own; each side adds up the squared distances to Jeffreys' bounds.

    G. Y. Zou, W. Huang and X. Zhang, "A note on confidence interval estimation for a linear function of binomial
    proportions", Computational Statistics & Data Analysis 53 (2009) 1080-1085; Jeffreys' bounds as in Brown, Cai &
    DasGupta (2001), section 3.1.3, on n - 1 units and corrected for finite strata.
    """
    from scipy.special import betaincinv

    tail, rate, plan = (1 - level) / 2, drawn.rate[:, k], drawn.design
    kish = plan.sums(plan.parts[:, None])[:, 0] ** 2 / plan.sums(plan.parts[:, None] ** 2)[:, 0]
    taken = plan.fraction < 1
    n = np.maximum(kish - 1, 1.0)[taken] / (1 - plan.fraction[taken])
    low, high, x = rate.copy(), rate.copy(), rate[taken] * n
    low[taken] = np.where(drawn.found[taken, k] > 0, betaincinv(x + 0.5, n - x + 0.5, tail), 0.0)
    every = drawn.found[taken, k] == drawn.among[taken, 0]
    high[taken] = np.where(every, 1.0, betaincinv(x + 0.5, n - x + 0.5, 1 - tail))
    down, up = np.minimum(low - rate, 0) * drawn.size, np.maximum(high - rate, 0) * drawn.size
    return max(0.0, share - float(np.sqrt((down**2).sum()))), min(1.0, share + float(np.sqrt((up**2).sum())))


def wilson_on(share: float, effective_n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's bounds for a share that is as certain as effective_n units, which need be no whole number.

    >>> [round(bound, 4) for bound in wilson_on(0.15, 212.2)]
    [0.1082, 0.2042]
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2))
    # Wilson (1927), as in Brown, Cai & DasGupta (2001), section 3.1.1
    centre = share + z * z / (2 * effective_n)
    spread = z * np.sqrt(share * (1 - share) / effective_n + z * z / (4 * effective_n**2))
    scale = 1 + z * z / effective_n
    return max(0.0, float((centre - spread) / scale)), min(1.0, float((centre + spread) / scale))


def korn_graubard(share: float, effective_n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's bounds on the effective n: never too narrow, and honest where next to nothing was found.

    Korn & Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated from
    survey data", Survey Methodology 24 (1998) 193-201; without their correction for degrees of freedom.

    >>> [round(bound, 4) for bound in korn_graubard(0.15, 212.2)]
    [0.1048, 0.2053]
    """
    from scipy.special import betaincinv

    found, tail = share * effective_n, (1 - level) / 2
    low = 0.0 if found <= 0 else float(betaincinv(found, effective_n - found + 1, tail))
    high = 1.0 if share >= 1 else float(betaincinv(found + 1, effective_n - found, 1 - tail))
    return low, high
