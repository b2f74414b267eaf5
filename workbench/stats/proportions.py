"""Shares with their uncertainty: Wilson for one share, Newcombe for the difference of two; two runs are in ``paired``.

Wilson is the default everywhere because review samples are small and failure rates lie near 0, where the textbook
(Wald) interval is far too narrow and may leave [0, 1]. Both intervals here treat units as independent; where one
session contributes many traces they are too narrow, and the caller has to say so.
"""

from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri  # norm.ppf, fifty times as fast on one number
from scipy.stats import beta


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its bounds, how many units it rests on, and how it was made."""

    estimate: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95

    def __str__(self) -> str:
        if self.n == 0:
            return "no data, n 0"
        return f"{100 * self.estimate:.1f}% ({100 * self.low:.1f}-{100 * self.high:.1f}), n {self.n:,}"

    def contains(self, value: float) -> bool:
        """Whether the value lies within the bounds."""
        return self.low <= value <= self.high


def wilson(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Give the share of successes with its Wilson score interval.

    Args:
        successes: How many units have the property, 0 <= successes <= n.
        n: How many units were looked at. With 0 the estimate is nan and the bounds are 0 and 1.
        level: Confidence level, two-sided.

    Returns:
        The share with bounds in [0, 1].

    Raises:
        ValueError: If successes is not within 0..n.

    >>> print(wilson(10, 100))
    10.0% (5.5-17.4), n 100
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie within 0..{n}, got {successes}")
    if n == 0:
        return Interval(float("nan"), 0.0, 1.0, 0, "wilson", level)
    z = float(ndtri(0.5 + level / 2))
    p = successes / n
    # Wilson (1927), eq. as in Brown, Cai & DasGupta (2001), section 3.1.1
    centre = p + z * z / (2 * n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if successes == n else min(1.0, (centre + spread) / scale)
    return Interval(p, low, high, n, "wilson", level)


def clopper_pearson(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Give the share of successes with the exact interval, which never holds less than its level and is wider.

    >>> print(clopper_pearson(81, 263))
    30.8% (25.3-36.8), n 263
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie within 0..{n}, got {successes}")
    if n == 0:
        return Interval(float("nan"), 0.0, 1.0, 0, "clopper_pearson", level)
    tail = (1 - level) / 2
    # Clopper & Pearson (1934), by quantiles of the beta distribution
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, n - successes + 1))
    high = 1.0 if successes == n else float(beta.ppf(1 - tail, successes + 1, n - successes))
    return Interval(successes / n, low, high, n, "clopper_pearson", level)


def difference(successes: int, n: int, other_successes: int, other_n: int, *, level: float = 0.95) -> Interval:
    """Give the difference of two independent shares with Newcombe's score interval.

    A bound beyond 0 says which group has more; an interval that holds 0 says "cannot tell".

    Args:
        successes: Units with the property in the first group.
        n: Size of the first group.
        other_successes: The same in the second group.
        other_n: Size of the second group.
        level: Confidence level, two-sided.

    Returns:
        First share minus second, in [-1, 1]; nan with bounds -1 and 1 where a group is empty.

    >>> print(difference(56, 70, 48, 80))
    20.0% (5.2-33.4), n 150
    """
    first, second = wilson(successes, n, level=level), wilson(other_successes, other_n, level=level)
    method = "newcombe"
    if n == 0 or other_n == 0:
        return Interval(float("nan"), -1.0, 1.0, n + other_n, method, level)
    gap = first.estimate - second.estimate
    # Newcombe (1998), method 10: square-and-add of the two Wilson intervals
    low = gap - sqrt((first.estimate - first.low) ** 2 + (second.high - second.estimate) ** 2)
    high = gap + sqrt((first.high - first.estimate) ** 2 + (second.estimate - second.low) ** 2)
    return Interval(gap, low, high, n + other_n, method, level)
