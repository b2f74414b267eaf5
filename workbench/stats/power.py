"""How many cases it takes, and what a set of that size can see.

The design decides more than anything: the same 5 points need 312 pairs or 903 cases in each of two samples. What is
small here is what a single run is too small for, so the smallest change that could have been seen belongs beside every
"no significant change". All tests are two-sided unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from math import asin, ceil, pi, sin, sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from workbench.stats.proportions import wilson

ALPHA = 0.05
POWER = 0.80
MOST = 10_000_000
"""Cases beyond which nobody plans; a search ends there."""


def independent(base: float, other: float, *, alpha: float = ALPHA, power: float = POWER) -> int:
    """Cases needed in each of two samples of different cases, to tell two shares apart.

    Args:
        base: One share.
        other: The other.
        alpha: Two-sided level.
        power: Chance of seeing the difference.

    >>> independent(0.80, 0.85)
    903
    """
    _shares(base, other)
    # Cohen (1988), 6.4: arcsine effect size h
    size = abs(2 * asin(sqrt(base)) - 2 * asin(sqrt(other)))
    return _up(2 * (_z(alpha, power) / size) ** 2)


def one_sample(target: float, share: float, *, alpha: float = ALPHA, power: float = POWER) -> int:
    """Cases needed to tell a share from a fixed target.

    >>> one_sample(0.90, 0.85)
    316
    """
    _shares(target, share)
    spread = _upper(alpha) * sqrt(target * (1 - target)) + _beta(power) * sqrt(share * (1 - share))
    return _up((spread / (share - target)) ** 2)


def paired(effect: float, discordance: float, *, alpha: float = ALPHA, power: float = POWER) -> int:
    """Cases needed where both runs answer the same ones (Connor 1987, Biometrics 43:207).

    Args:
        effect: Difference of the two shares.
        discordance: Share of cases on which the runs differ, in either direction (psi). Running the same system twice
            shows the least it can be.
        alpha: Two-sided level.
        power: Chance of seeing the difference.

    >>> paired(0.05, 0.10), paired(0.02, 0.10)
    (312, 1960)
    """
    size = abs(effect)
    if not 0 < size <= discordance <= 1:
        raise ValueError(f"the discordance lies between the effect and 1, got {discordance} for {effect}")
    spread = _upper(alpha) * sqrt(discordance) + _beta(power) * sqrt(discordance - size**2)
    return _up((spread / size) ** 2)


def non_inferiority(margin: float, discordance: float, *, alpha: float = ALPHA, power: float = POWER) -> int:
    """Cases needed to show that a run is not worse by the margin, if it is equally good; one-sided.

    >>> non_inferiority(0.05, 0.10), non_inferiority(0.02, 0.10)
    (248, 1546)
    """
    if not 0 < margin < 1 or not 0 < discordance <= 1:
        raise ValueError(f"margin and discordance lie within 0..1, got {margin} and {discordance}")
    return _up(discordance * ((float(norm.ppf(1 - alpha)) + _beta(power)) / margin) ** 2)


def continuous(
    spread: float, effect: float, *, noise: float = 0.0, runs: int = 1, alpha: float = ALPHA, power: float = POWER
) -> int:
    """Cases needed to see a change of a mean score where each case is answered several times by either system.

    Miller, "Adding Error Bars to Evals" (arXiv 2411.00640).

    Args:
        spread: Variance over cases of the difference between the systems' mean scores (omega squared).
        effect: The change to see.
        noise: Variance between answers of one system to one case (sigma squared), the same for both.
        runs: Answers per case and system.
        alpha: Two-sided level.
        power: Chance of seeing the change.

    >>> continuous(1 / 9, 0.03), continuous(1 / 9, 0.03, noise=1 / 6), continuous(1 / 9, 0.03, noise=1 / 6, runs=10)
    (969, 3876, 1260)
    """
    return _up(_z(alpha, power) ** 2 * (spread + 2 * noise / runs) / effect**2)


def lower_bound(bound: float, share: float, *, level: float = 0.95) -> int | None:
    """The least number of cases at which a share, once observed, has its Wilson lower bound at the wanted bound.

    Half of the sets of that size fall short of it by chance; None where the share is not above the bound.

    >>> lower_bound(0.85, 0.92), lower_bound(0.85, 0.90)
    (100, 196)
    """
    if not bound < share <= 1 or not 0 < bound < 1:
        return None
    # Wilson's limits solve (share - bound)^2 = z^2 bound (1 - bound) / n
    return _up(_upper(1 - level) ** 2 * bound * (1 - bound) / (share - bound) ** 2)


def least_correct(bound: float, n: int, *, level: float = 0.95) -> int | None:
    """The least number of passes among n cases whose Wilson lower bound reaches the bound; None if n is too few.

    >>> least_correct(0.85, 100), least_correct(0.80, 50), least_correct(0.95, 10)
    (92, 46, None)
    """
    return next((x for x in range(n + 1) if wilson(x, n, level=level).low >= bound), None)


def slice_factor(slices: int, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """By how much more cases a slice needs where m slices share one level (Bonferroni, the first step of Holm).

    >>> round(slice_factor(10), 2)
    1.7
    """
    if slices < 1:
        raise ValueError(f"slices are counted from 1, got {slices}")
    return (_z(alpha / slices, power) / _z(alpha, power)) ** 2


def mde_paired(n: int, discordance: float, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The smallest difference that n pairs see; None where even the largest possible one would be missed.

    >>> round(mde_paired(100, 0.10), 3), round(mde_paired(500, 0.10), 3)
    (0.088, 0.04)
    """

    def short(size: float) -> float:
        spread = _upper(alpha) * sqrt(discordance) + _beta(power) * sqrt(discordance - size**2)
        return spread / size - sqrt(n)

    return _crossing(short, discordance)


def mde_independent(
    n: int, base: float, *, rising: bool = True, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """The smallest difference from a share that two samples of n cases each see; None where there is none so large.

    >>> round(mde_independent(100, 0.80, rising=False), 3)
    0.178
    """
    size = _z(alpha, power) * sqrt(2 / n)
    start = 2 * asin(sqrt(base))
    end = start + size if rising else start - size
    return abs(sin(end / 2) ** 2 - base) if 0 <= end <= pi else None


def mde_one_sample(
    n: int, target: float, *, rising: bool = False, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """The smallest distance from a fixed target that n cases see; None where there is none so large."""

    def short(size: float) -> float:
        share = target + size if rising else target - size
        spread = _upper(alpha) * sqrt(target * (1 - target)) + _beta(power) * sqrt(max(share * (1 - share), 0.0))
        return spread / size - sqrt(n)

    return _crossing(short, 1 - target if rising else target)


def _crossing(short: Callable[[float], float], most: float) -> float | None:
    """Where a falling function meets 0 between nothing and the most there can be."""
    if most <= 1e-9 or short(most) > 0:
        return None
    return float(brentq(short, 1e-9, most, xtol=1e-12))


def _upper(alpha: float) -> float:
    return float(norm.ppf(1 - alpha / 2))


def _beta(power: float) -> float:
    return float(norm.ppf(power))


def _z(alpha: float, power: float) -> float:
    return _upper(alpha) + _beta(power)


def _up(cases: float) -> int:
    return min(ceil(cases - 1e-9), MOST)


def _shares(one: float, other: float) -> None:
    if not (0 <= one <= 1 and 0 <= other <= 1) or one == other:
        raise ValueError(f"two different shares within 0..1 are needed, got {one} and {other}")
