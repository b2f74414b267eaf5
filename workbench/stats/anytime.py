"""Evidence that may be looked at as often as one likes: e-values and the bounds that go with them.

Looking ten times at a test of .05 raises a false alarm in 22% of streams. An e-value does not mind: under the null its
expectation is at most 1 at any stopping time, so by Ville's inequality it ever reaches 1/alpha with a chance of at most
alpha. The price is about 1.6 times the cases for the same power. E-values of independent sets multiply; e-values of
slices average. All of them need cases in an order that says nothing of their outcome, such as a shuffled one.
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import betainc, betaln

from workbench.stats.proportions import Interval

BETS = 40  # bets in the mixture; twice as many move no bound by more than .0005
CLOSEST = 1e-9


def e_value(favourable: int, discordant: int) -> float:
    """Give the e-value of "either run is as likely to win a pair", against either direction.

    The likelihood ratio of a uniform prior on the chance that a discordant pair favours the one run.

    >>> round(e_value(17, 20), 2)
    43.8
    """
    return exp(min(_log_two_sided(favourable, discordant), 700.0))


def e_value_one_sided(favourable: int, discordant: int) -> float:
    """Give the e-value of "the one run is no more likely to win a pair", with the prior on chances above 1/2.

    >>> round(e_value_one_sided(17, 20), 1)
    87.5
    """
    k, m = favourable, discordant
    above = 2 * (1 - float(betainc(k + 1, m - k + 1, 0.5)))
    return exp(min(_log_two_sided(k, m) + log(above), 700.0)) if above > 0 else 0.0


def _log_two_sided(k: int, m: int) -> float:
    if not 0 <= k <= m:
        raise ValueError(f"favourable pairs must lie within 0..{m}, got {k}")
    return m * log(2) + float(betaln(k + 1, m - k + 1))


def bounds(
    values: ArrayLike, counts: ArrayLike, *, least: float = 0.0, most: float = 1.0, level: float = 0.95
) -> Interval:
    """Give a mean with bounds that hold at every look at once (a confidence sequence).

    Each value of the mean that is tried is bet against with a mixture of stakes, and those that lose too much are ruled
    out (Waudby-Smith & Ramdas, JRSS B 86 (2024) 1, section 4). The product hangs on the counts alone, so the same cases
    give the same bounds in any order.

    Args:
        values: The values that occur, such as 0 and 1, or -1, 0 and 1.
        counts: How often each does.
        least: The least value there could be.
        most: The greatest.
        level: Chance that the bounds hold the mean at all looks.

    >>> found = bounds([0, 1], [20, 80])
    >>> round(found.low, 3), round(found.high, 3)
    (0.658, 0.912)
    """
    value = (np.asarray(values, dtype=np.float64) - least) / (most - least)
    count = np.asarray(counts, dtype=np.float64)
    n = int(count.sum())
    if n == 0:
        return Interval(float("nan"), least, most, 0, "betting", level)
    mean = float((value * count).sum() / n)
    low = _lower(value, count, mean, level)
    high = 1 - _lower(1 - value, count, 1 - mean, level)
    scale = most - least
    return Interval(least + scale * mean, least + scale * low, least + scale * high, n, "betting", level)


def e_mean_below(values: ArrayLike, counts: ArrayLike, target: float) -> float:
    """Give the e-value of "the mean of values within 0 and 1 is at least the target".

    >>> round(e_mean_below([0, 1], [8, 12], 0.9), 1)
    148.7
    """
    value, count = np.asarray(values, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    return exp(min(_log_wealth(1 - value, count, 1 - target), 700.0))


def _lower(value: np.ndarray, count: np.ndarray, mean: float, level: float) -> float:
    """The least mean that betting on more has not ruled out."""
    enough = log(2 / (1 - level))

    def beyond(tried: float) -> float:
        return _log_wealth(value, count, tried) - enough

    if mean <= 2 * CLOSEST or beyond(CLOSEST) <= 0:
        return 0.0
    return float(brentq(beyond, CLOSEST, mean, xtol=1e-9))


def _log_wealth(value: np.ndarray, count: np.ndarray, tried: float) -> float:
    """Log of the wealth after betting that the mean is above the one tried, averaged over the stakes."""
    stakes = (np.arange(BETS) + 0.5) / BETS / max(tried, CLOSEST)
    with np.errstate(divide="ignore"):
        grown = np.log1p(stakes[:, None] * (value[None, :] - tried))
    each = np.where(count > 0, grown * count, 0.0).sum(axis=1)
    top = float(each.max())
    return top + log(float(np.exp(each - top).mean())) if top > -inf else -inf
