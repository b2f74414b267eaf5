"""Whether two things go up and down together: orders of few categories, and scores of few releases.

Few is the trouble. Four categories in exactly the same order come about by chance once in twelve, two ways counted;
five releases with r = .9 are compatible with r = .09. So the order is tested exactly where that is possible, the
correlation never goes without its interval, and the share of changes that go the same way stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations
from math import atanh, factorial, sqrt, tanh

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from workbench.stats.proportions import Interval, wilson

Floats = NDArray[np.float64]
EXACT = 10
"""Things from which their orders are drawn rather than all gone through: 9! are 362,880, 10! ten times as many."""


@dataclass(frozen=True, slots=True)
class Order:
    """How far two measures of the same things put them in the same order.

    Attributes:
        spearman: Rank correlation; nan where one of them is constant.
        spearman_p: Two-sided permutation p-value.
        kendall: Tau-b.
        kendall_p: The same.
        k: Things.
        exact: Whether all orders were gone through.
        least_p: The smallest p that k things can reach (without ties).
    """

    spearman: float
    spearman_p: float
    kendall: float
    kendall_p: float
    k: int
    exact: bool
    least_p: float


def same_order(first: ArrayLike, second: ArrayLike, *, replicates: int = 9999, seed: int = 0) -> Order:
    """Compare the order that two measures put the same things in, by Spearman's rho and Kendall's tau-b.

    The p-values permute one of them: all orders under ten things, ``replicates`` drawn ones from there on.

    Args:
        first: (k,) a measure of each thing.
        second: (k,) another.
        replicates: Orders drawn where they are too many to go through.
        seed: Source of chance.

    >>> found = same_order([5, 4, 3, 2, 1], [50, 40, 30, 20, 10])
    >>> found.spearman, round(found.spearman_p, 4)
    (1.0, 0.0167)
    """
    x, y = rankdata(first), rankdata(second)
    k = len(x)
    if len(y) != k:
        raise ValueError("two measures of the same things are of one length")
    exact = k < EXACT
    least = min(1.0, 2 / factorial(k)) if exact else 1 / (replicates + 1)
    if k < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Order(np.nan, np.nan, np.nan, np.nan, k, exact, least)
    orders = _all_orders(k) if exact else _some_orders(k, replicates, seed)
    rho, tau = (_rho(x, y, orders), _tau(x, y, orders))
    own = np.arange(k)[None, :]
    seen = float(_rho(x, y, own)[0]), float(_tau(x, y, own)[0])
    return Order(seen[0], _two_sided(seen[0], rho, exact), seen[1], _two_sided(seen[1], tau, exact), k, exact, least)


def correlated(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Interval:
    """Give Pearson's correlation with Fisher's interval; nan where one of them is constant or there are under four.

    Args:
        first: (n,) one measure.
        second: (n,) another.
        level: Confidence level, two-sided.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if len(x) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Interval(float("nan"), -1.0, 1.0, len(x), "fisher-z", level)
    return fisher_z(float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1)), len(x), level=level)


def fisher_z(r: float, n: int, *, level: float = 0.95) -> Interval:
    """Give the interval of a correlation r of n pairs, by Fisher's z (1921): atanh(r) +- z / sqrt(n - 3).

    >>> found = fisher_z(0.9, 5)
    >>> round(found.low, 2), round(found.high, 2)
    (0.09, 0.99)
    """
    if n < 4:
        return Interval(r, -1.0, 1.0, n, "fisher-z", level)
    if abs(r) >= 1:
        return Interval(r, r, r, n, "fisher-z", level)
    spread = float(ndtri(0.5 + level / 2)) / sqrt(n - 3)
    return Interval(r, tanh(atanh(r) - spread), tanh(atanh(r) + spread), n, "fisher-z", level)


def same_sign(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Interval:
    """Give the share of changes that go the same way in both, with Wilson's interval; what does not change is left out.

    >>> print(same_sign([1, -2, 3, 0], [2, -1, -1, 5]))
    66.7% (20.8-93.9), n 3
    """
    x, y = np.sign(np.asarray(first, dtype=np.float64)), np.sign(np.asarray(second, dtype=np.float64))
    told = (x != 0) & (y != 0)
    return wilson(int((x[told] == y[told]).sum()), int(told.sum()), level=level)


def reliability(values: ArrayLike, errors: ArrayLike) -> float:
    """Give the part of the variance between measured values that is not noise of measuring; nan under two values.

    Args:
        values: (n,) what was measured.
        errors: (n,) the standard error of each.

    >>> round(reliability([0.1, 0.2, 0.3], [0.05, 0.05, 0.05]), 2)
    0.75
    """
    given, noise = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if len(given) < 2 or np.ptp(given) == 0:
        return float("nan")
    return float(max(0.0, 1 - np.square(noise).mean() / given.var(ddof=1)))


def without_noise(r: float, first: float, second: float) -> float:
    """Give what a correlation would be without noise of measuring: r / sqrt(rel_x rel_y) (Spearman 1904), within -1..1.

    nan where a reliability is 0 or not known: then nothing can be said.

    >>> round(without_noise(0.5, 0.64, 1.0), 3)
    0.625
    """
    if not first > 0 or not second > 0 or np.isnan(r):
        return float("nan")
    return float(np.clip(r / sqrt(first * second), -1, 1))


@lru_cache(maxsize=3)
def _all_orders(k: int) -> NDArray[np.int8]:
    return np.array(list(permutations(range(k))), dtype=np.int8)


def _some_orders(k: int, replicates: int, seed: int) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    return random.permuted(np.tile(np.arange(k), (replicates, 1)), axis=1)


def _rho(x: Floats, y: Floats, orders: NDArray[np.integer]) -> Floats:
    one, other = x - x.mean(), y - y.mean()
    return np.asarray(other[orders] @ one / np.sqrt((one**2).sum() * (other**2).sum()))


def _tau(x: Floats, y: Floats, orders: NDArray[np.integer]) -> Floats:
    """Kendall's tau-b: concordant less discordant pairs, over the pairs that either leaves untied."""
    signs = np.sign(y[:, None] - y[None, :])
    total = np.zeros(len(orders))
    for i, j in combinations(range(len(x)), 2):
        total += np.sign(x[i] - x[j]) * signs[orders[:, i], orders[:, j]]
    untied = [np.abs(np.sign(each[:, None] - each[None, :])).sum() / 2 for each in (x, y)]
    return np.asarray(total / sqrt(untied[0] * untied[1]))


def _two_sided(seen: float, drawn: Floats, exact: bool) -> float:
    beyond = int((np.abs(drawn) >= abs(seen) - 1e-12).sum())
    return beyond / len(drawn) if exact else (1 + beyond) / (len(drawn) + 1)
