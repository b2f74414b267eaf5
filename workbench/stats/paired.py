"""Two runs over the same cases: the test, the interval, and what clusters do to both.

Only cases on which the runs differ say anything about the difference, so n is seldom the number that matters: with 10%
discordant pairs 312 cases hold 31 that speak. Treating the runs as two samples throws the pairing away and gives
intervals twice as wide. Test and interval may disagree at the edge; whoever decides by them says beforehand by which.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, bdtrc, gammaln, ndtri  # the distributions, without the cost of scipy.stats
from scipy.stats import chi2
from scipy.stats import t as student

from workbench.stats.proportions import Interval, wilson

METHODS = ("midp", "exact", "chi2", "corrected")


@dataclass(frozen=True, slots=True)
class Pairs:
    """How two runs did on the same cases.

    Attributes:
        both: Cases that both passed.
        first: Cases that only the first run passed.
        second: Cases that only the second run passed.
        neither: Cases that neither passed.
    """

    both: int
    first: int
    second: int
    neither: int

    @property
    def n(self) -> int:
        """Cases in all."""
        return self.both + self.first + self.second + self.neither

    @property
    def difference(self) -> float:
        """Share that the first passed minus share that the second passed; nan without cases."""
        return (self.first - self.second) / self.n if self.n else nan

    @property
    def discordance(self) -> float:
        """Share of cases on which the runs differ (psi); nan without cases."""
        return (self.first + self.second) / self.n if self.n else nan

    @classmethod
    def of(cls, first: ArrayLike, second: ArrayLike) -> Pairs:
        """Count two columns of passes, case by case."""
        one, other = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
        return cls(int((one & other).sum()), int((one & ~other).sum()), int((~one & other).sum()), int((~one & ~other).sum()))  # fmt: skip  # noqa: E501


def mcnemar(pairs: Pairs, *, method: str = "midp") -> float:
    """Give the two-sided p-value of "both runs pass equally often".

    Mid-p is the default: in simulation it has the power that is planned for (.79 to .81 at a nominal .80), where the
    exact test has .76 to .78; its level is held on average, not at every n (Fagerland, Lydersen & Laake 2013).

    Args:
        pairs: The four counts.
        method: midp, exact, chi2 (without) or corrected (with the continuity correction).

    >>> round(mcnemar(Pairs(150, 24, 12, 14), method="exact"), 4)
    0.0652
    """
    if method not in METHODS:
        raise ValueError(f"method is one of {', '.join(METHODS)}, got {method!r}")
    lost, m = min(pairs.first, pairs.second), pairs.first + pairs.second
    if m == 0:
        return 1.0
    if method in ("chi2", "corrected"):
        gap = abs(pairs.first - pairs.second)
        return float(chi2.sf(statistic(gap, m, corrected=method == "corrected"), 1))
    both_tails = 2 * float(bdtr(lost, m, 0.5))
    return min(1.0, both_tails if method == "exact" else both_tails - _chance(lost, m))


def statistic(gap: int, discordant: int, *, corrected: bool = False) -> float:
    """McNemar's chi-square of one degree of freedom.

    >>> round(statistic(121 - 59, 121 + 59), 3)
    21.356
    """
    return max(gap - (1 if corrected else 0), 0) ** 2 / discordant


def worse(lost: int, gained: int, *, method: str = "midp") -> float:
    """Give the one-sided p-value of "no more was lost than gained"; small where a run is worse.

    Args:
        lost: Cases that passed before and fail now.
        gained: Cases that failed before and pass now.
        method: midp or exact.
    """
    if method not in ("midp", "exact"):
        raise ValueError(f"method is midp or exact, got {method!r}")
    m = lost + gained
    if m == 0:
        return 1.0
    exact = float(bdtrc(lost - 1, m, 0.5)) if lost else 1.0
    return exact if method == "exact" else exact - 0.5 * _chance(lost, m)


def _chance(k: int, m: int) -> float:
    """The chance of k of m fair coins."""
    return exp(float(gammaln(m + 1) - gammaln(k + 1) - gammaln(m - k + 1)) - m * log(2))


def bonett_price(pairs: Pairs, *, level: float = 0.95) -> Interval:
    """Give the difference of two paired shares with Bonett & Price's adjusted Wald interval.

    It holds its level from about 25 pairs on, where Wald's own is at 91 to 93% with 50.

    >>> found = bonett_price(Pairs(150, 24, 12, 14))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0002, 0.1187)
    """
    if pairs.n == 0:
        return Interval(nan, -1.0, 1.0, 0, "bonett_price", level)
    # Bonett & Price (2012), Journal of Educational and Behavioral Statistics 37:479: one case added to either cell
    one, other = (pairs.first + 1) / (pairs.n + 2), (pairs.second + 1) / (pairs.n + 2)
    spread = float(ndtri(0.5 + level / 2)) * sqrt((one + other - (one - other) ** 2) / (pairs.n + 2))
    low, high = max(-1.0, one - other - spread), min(1.0, one - other + spread)
    return Interval(pairs.difference, min(low, pairs.difference), max(high, pairs.difference), pairs.n, "bonett_price", level)  # fmt: skip  # noqa: E501


def newcombe_paired(pairs: Pairs, *, level: float = 0.95) -> Interval:
    """Give the difference of two paired shares with Newcombe's square-and-add interval.

    >>> found = newcombe_paired(Pairs(150, 24, 12, 14))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0006, 0.1203)
    """
    n = pairs.n
    if n == 0:
        return Interval(nan, -1.0, 1.0, 0, "newcombe_paired", level)
    first, second = wilson(pairs.both + pairs.first, n, level=level), wilson(pairs.both + pairs.second, n, level=level)
    below, above = first.estimate - first.low, second.high - second.estimate
    up, down = first.high - first.estimate, second.estimate - second.low
    phi = _correlation(pairs)
    # Newcombe (1998), Statistics in Medicine 17:2635, method 10
    low = pairs.difference - sqrt(max(below**2 - 2 * phi * below * above + above**2, 0.0))
    high = pairs.difference + sqrt(max(up**2 - 2 * phi * up * down + down**2, 0.0))
    return Interval(pairs.difference, max(-1.0, low), min(1.0, high), n, "newcombe_paired", level)


def _correlation(pairs: Pairs) -> float:
    """Phi of the four counts, a positive one with the continuity correction of Newcombe's method 10."""
    a, b, c, d = pairs.both, pairs.first, pairs.second, pairs.neither
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    cross = a * d - b * c
    return (cross if cross < 0 else max(cross - pairs.n / 2, 0.0)) / sqrt(margins)


@dataclass(frozen=True, slots=True)
class Clustered:
    """A mean whose units come in clusters.

    Attributes:
        interval: The mean with bounds of Student's t on clusters - 1.
        error: The cluster-robust standard error.
        clusters: How many clusters.
        p: Two-sided p-value of a mean of 0.
        effect: Variance against that of as many independent units (the design effect).
    """

    interval: Interval
    error: float
    clusters: int
    p: float
    effect: float


def clustered(values: ArrayLike, groups: ArrayLike, *, level: float = 0.95) -> Clustered:
    """Give a mean with a standard error that lets the units of a cluster go together.

    For paired runs the values are the differences per case. Turns of a conversation, cases of one user or variants of
    one case are clusters. With fewer than about 30 of them the error is too small, and the caller has to say so.

    Args:
        values: One number per unit.
        groups: The cluster of each unit.
        level: Confidence level, two-sided.
    """
    value = np.asarray(values, dtype=np.float64)
    n = len(value)
    if n == 0:
        return Clustered(Interval(nan, nan, nan, 0, "clustered", level), nan, 0, nan, nan)
    mean = float(value.mean())
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(member, weights=value - mean)
    many = len(sums)
    if many < 2:
        return Clustered(Interval(mean, nan, nan, n, "clustered", level), nan, many, nan, nan)
    # Miller (arXiv 2411.00640), eq. 4, times G/(G-1) as in every package
    error = sqrt(float((sums**2).sum()) * many / (many - 1)) / n
    spread = float(student.ppf(0.5 + level / 2, many - 1)) * error
    alone = float(value.std(ddof=1)) / sqrt(n) if n > 1 else 0.0
    p = 2 * float(student.sf(abs(mean) / error, many - 1)) if error > 0 else (1.0 if mean == 0 else 0.0)
    effect = (error / alone) ** 2 if alone > 0 else 1.0
    return Clustered(Interval(mean, mean - spread, mean + spread, n, "clustered", level), error, many, p, effect)


def exchanged(differences: ArrayLike, *, replicates: int = 999, seed: int = 0) -> float:
    """Give the two-sided p-value of a mean difference, by exchanging the two values of each pair at random.

    Exact where either order of the two is as likely, whatever the differences are like (Fisher 1935, The Design of
    Experiments, section 21); with five pairs or fewer it is never at .05 or below, save by the luck of the draws.

    Args:
        differences: One per pair.
        replicates: How often.
        seed: Source of chance.

    >>> exchanged([0.0, 0.0, 0.0])
    1.0
    """
    given = np.asarray(differences, dtype=np.float64)
    signs = np.random.default_rng(seed).integers(0, 2, (replicates, len(given))) * 2 - 1
    drawn, seen = np.abs(signs @ given), abs(given.sum())
    return float((1 + (drawn >= seen - 1e-12).sum()) / (replicates + 1))
