"""How many kinds of failure have not been seen yet: estimators that ecologists use for unseen species.

All of them only see what the reading could have shown. Chao's are lower bounds; Good and Turing's is the chance that
the next trace shows something new, on average over such readings; and a quiet run of k traces says no more than that
new kinds turn up in fewer than 1 - .05^(1/k) of the traces, which after twenty is still one in seven. One person who
splits hairs makes singletons, and singletons are what all of these count: fix the codebook before believing them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

ORDERS = 100
"""Random orders behind the band of an accumulation curve."""
CURVE_POINTS = 60


@dataclass(frozen=True, slots=True)
class Richness:
    """An estimated number of kinds, seen and unseen, with its bounds.

    Attributes:
        estimate: Kinds there are at least, seen ones included.
        low: Lower bound; never below what was seen.
        high: Upper bound of the estimate, not of the truth.
        seen: Kinds seen.
        once: Kinds seen exactly once.
        twice: Kinds seen exactly twice.
        method: chao1 or chao2.
    """

    estimate: float
    low: float
    high: float
    seen: int
    once: int
    twice: int
    method: str


def chao1(counts: np.ndarray, *, bias_corrected: bool = True, level: float = 0.95) -> Richness:
    """Estimate the number of kinds from how often each was seen (labels, not traces).

    Without the factor (n - 1) / n, as EstimateS and scikit-bio have it.

    Args:
        counts: (K,) how often each kind was seen; zeros count for nothing.
        bias_corrected: The form that also holds where no kind was seen twice.
        level: Confidence level of the log-normal bounds.

    >>> found = chao1(np.array([0, 1, 1, 4, 2, 5, 2, 4, 1, 2]))
    >>> found.estimate, round(found.low, 2), round(found.high, 2)
    (9.75, 9.07, 17.45)
    """
    counts = counts[counts > 0]
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return _richness(len(counts), once, twice, float(counts.sum()), bias_corrected, 1.0, level, "chao1")


def chao2(traces: np.ndarray, n_traces: int, *, level: float = 0.95) -> Richness:
    """Estimate the number of kinds from in how many traces each was seen.

    A. Chao, Biometrics 43 (1987) 783-791, bias-corrected, with the factor (T - 1) / T.

    Args:
        traces: (K,) traces in which each kind was seen; zeros count for nothing.
        n_traces: Traces read, T.
        level: Confidence level of the log-normal bounds.
    """
    traces = traces[traces > 0]
    once, twice = int((traces == 1).sum()), int((traces == 2).sum())
    factor = (n_traces - 1) / n_traces if n_traces else 1.0
    return _richness(len(traces), once, twice, float(traces.sum()), True, factor, level, "chao2")


def _richness(
    seen: int, once: int, twice: int, total: float, corrected: bool, factor: float, level: float, method: str
) -> Richness:
    if seen == 0:
        return Richness(0.0, 0.0, 0.0, 0, 0, 0, method)
    if corrected or twice == 0:
        unseen = factor * once * (once - 1) / (2 * (twice + 1))
    else:
        unseen = factor * once**2 / (2 * twice)
    low, high = _log_normal_bounds(seen, once, twice, total, seen + unseen, corrected, level)
    return Richness(seen + unseen, low, high, seen, once, twice, method)


def _log_normal_bounds(
    seen: int, once: int, twice: int, total: float, estimate: float, corrected: bool, level: float
) -> tuple[float, float]:
    """Bounds as in EstimateS (R. K. Colwell, User's guide, appendix B), eqs. 6-8 and 13-14."""
    from scipy.special import ndtri

    z, f1, f2 = float(ndtri(0.5 + level / 2)), once, twice
    if f1 == 0:
        unseen = exp(-total / seen)
        variance = seen * unseen * (1 - unseen)
        centre, spread = seen / (1 - unseen), z * sqrt(variance) / (1 - unseen)
        return max(float(seen), centre - spread), centre + spread
    if f2 == 0:
        variance = f1 * (f1 - 1) / 2 + f1 * (2 * f1 - 1) ** 2 / 4 - f1**4 / (4 * estimate)
    elif corrected:
        variance = f1 * (f1 - 1) / (2 * (f2 + 1)) + f1 * (2 * f1 - 1) ** 2 / (4 * (f2 + 1) ** 2)
        variance += f1**2 * f2 * (f1 - 1) ** 2 / (4 * (f2 + 1) ** 4)
    else:
        r = f1 / f2
        variance = f2 * (r**2 / 2 + r**3 + r**4 / 4)
    unseen = estimate - seen
    if unseen <= 0 or variance <= 0:
        return float(seen), estimate
    factor = exp(z * sqrt(log(1 + variance / unseen**2)))
    return seen + unseen / factor, seen + unseen * factor


def good_turing(once: int, n: int) -> float:
    """The chance that the next trace shows a kind not seen before, on average: Q1 / T; 1 before anything was read."""
    return once / n if n else 1.0


def coverage(counts: np.ndarray) -> float:
    """The share of labels to come that will be of kinds already seen; Chao & Jost, Ecology 93 (2012), eq. 4a.

    Args:
        counts: (K,) how often each kind was seen.

    >>> round(coverage(np.array([10, 5, 2, 1])), 2)
    0.95
    """
    once, twice, n = int((counts == 1).sum()), int((counts == 2).sum()), int(counts.sum())
    if n == 0:
        return 0.0
    if once == 0:
        return 1.0
    if twice == 0:  # Chao & Jost's convention: as if f2 came out of the bias-corrected estimate
        return 1 - once / n * ((n - 1) * (once - 1) / ((n - 1) * (once - 1) + 2))
    return 1 - once / n * ((n - 1) * once / ((n - 1) * once + 2 * twice))


def quiet_bound(quiet: int, *, level: float = 0.95) -> float:
    """The highest share of traces with something new that a run of quiet ones leaves possible, one-sided.

    >>> [round(quiet_bound(k), 3) for k in (20, 50, 60, 100)]
    [0.139, 0.058, 0.049, 0.03]
    """
    return 1.0 if quiet <= 0 else float(1 - (1 - level) ** (1 / quiet))


@dataclass(frozen=True)
class Accumulation:
    """Kinds seen after so many traces, averaged over random orders.

    Attributes:
        traces: (P,) numbers of traces, rising, the last one all of them.
        mean: (P,) kinds seen, on average.
        low: (P,) 5th percentile of the orders.
        high: (P,) 95th percentile.
    """

    traces: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def accumulation(has: np.ndarray, *, orders: int = ORDERS, seed: int = 0) -> Accumulation:
    """Draw the curve of kinds against traces read; while it still rises, reading on finds more.

    The order of reading would show who read what first; a hundred random orders show the traces.

    Args:
        has: (n, K) whether each trace shows each kind.
        orders: Random orders to average over.
        seed: Source of chance.
    """
    n = len(has)
    points = np.unique(np.linspace(0, n, min(n, CURVE_POINTS) + 1).round().astype(np.int64))
    members = [np.flatnonzero(has[:, k]) for k in range(has.shape[1])]
    members = [rows for rows in members if len(rows)]
    random = np.random.default_rng(seed)
    seen = np.zeros((orders, len(points)))
    for each in range(orders):
        place = random.permutation(n)
        first = np.sort([place[rows].min() for rows in members])
        seen[each] = np.searchsorted(first, points, side="left")  # a kind first shown at place p is seen after p + 1
    return Accumulation(points, seen.mean(axis=0), *np.percentile(seen, [5, 95], axis=0))
