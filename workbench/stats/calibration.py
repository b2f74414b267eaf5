"""From a judge's verdicts to the true share: what may be corrected, how, and when nothing may.

A judge's own rate is nearly always wrong. Where people labelled a set balanced by verdict, or any set chosen without
looking at the judge, Lang & Reiczigel's interval holds; where they labelled a random sample of the same traffic, PPI++
holds and is narrower. On a balanced set PPI++ is wrong nearly always (coverage 0 to 16% in simulation), so nobody
should be able to ask for it there by accident. None of them helps if the judge errs more often in the traffic than in
the labelled set. Positive means pass throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.proportions import Interval

WEAK = 0.5  # rates that add up to less than 1.5 make the variance four times that of a perfect judge, or more


@dataclass(frozen=True, slots=True)
class Corrected:
    """A share of passes corrected for the judge's errors.

    Attributes:
        estimate: The share; nan where it cannot be given.
        low: Lower bound.
        high: Upper bound.
        n: Items that only the judge labelled.
        n_labelled: Items that people labelled too.
        method: lang_reiczigel or ppi; None where nothing holds.
        reason: Why nothing holds, or what to be careful about.
    """

    estimate: float
    low: float
    high: float
    n: int
    n_labelled: int
    method: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """How far several judges err together.

    Attributes:
        correlations: Correlation (phi) of the errors of each pair of judges, by index; nan where one never errs.
        mean: Their mean over the pairs where it exists; nan where there is none.
        effective: To how many independent judges the panel amounts.
    """

    correlations: dict[tuple[int, int], float]
    mean: float
    effective: float


def refused(n: int, n_labelled: int, reason: str) -> Corrected:
    """No corrected share, and why."""
    return Corrected(float("nan"), float("nan"), float("nan"), n, n_labelled, None, reason)


def rogan_gladen(passed: float, true_pass: float, true_fail: float) -> float:
    """Give the true share of passes from the judge's share and its two rates, within 0 and 1 (Rogan & Gladen 1978).

    >>> round(rogan_gladen(0.80, 0.90, 0.85), 4)
    0.8667
    """
    return min(1.0, max(0.0, (passed + true_fail - 1) / (true_fail + true_pass - 1)))


def delta_interval(
    passed: float, n: int, true_pass: float, n_pass: int, true_fail: float, n_fail: int, *, level: float = 0.95
) -> Interval:
    """Give Rogan & Gladen's share with the bounds of the delta method; Lang & Reiczigel's are better."""
    from scipy.stats import norm

    youden = true_fail + true_pass - 1
    share = (passed + true_fail - 1) / youden
    variance = (
        passed * (1 - passed) / n
        + (1 - share) ** 2 * true_fail * (1 - true_fail) / n_fail
        + share**2 * true_pass * (1 - true_pass) / n_pass
    )
    spread = float(norm.ppf(0.5 + level / 2)) * sqrt(variance) / youden
    return Interval(share, max(0.0, share - spread), min(1.0, share + spread), n, "delta", level)


def lang_reiczigel(
    passed: float, n: int, true_pass: float, n_pass: int, true_fail: float, n_fail: int, *, level: float = 0.95
) -> Corrected:
    """Give the corrected share of passes with Lang & Reiczigel's interval (2014).

    As used for judges by Lee et al. (arXiv 2511.21140). The rates come from labelled items, the share from others.

    Args:
        passed: Share of the n items that the judge passed.
        n: Items that only the judge labelled.
        true_pass: Share of good outputs that the judge passed.
        n_pass: Good outputs that were labelled.
        true_fail: Share of failures that the judge caught.
        n_fail: Failures that were labelled.
        level: Confidence level, two-sided.

    Returns:
        No estimate where the judge is no better than chance, or a side has no labels.

    >>> found = lang_reiczigel(0.80, 1000, 0.90, 50, 0.85, 50)
    >>> round(found.estimate, 4), round(found.low, 4), found.high
    (0.8667, 0.7792, 1.0)
    """
    from scipy.stats import norm

    labelled = n_pass + n_fail
    if n == 0:
        return refused(n, labelled, "the judge labelled no item beyond those that people labelled")
    if n_pass == 0 or n_fail == 0:
        return refused(n, labelled, f"people labelled no item as {'fail' if n_pass else 'pass'}")
    if true_pass + true_fail - 1 <= 0:
        return refused(n, labelled, "the judge is no better than chance, so its verdicts say nothing of the share")
    z = float(norm.ppf(0.5 + level / 2))
    many = n + z * z
    share = (n * passed + z * z / 2) / many
    fails, passes = (n_fail * true_fail + 1) / (n_fail + 2), (n_pass * true_pass + 1) / (n_pass + 2)
    youden = fails + passes - 1
    if youden <= 0:
        return refused(n, labelled, "with so few labels the judge cannot be told from chance")
    centre = (share + fails - 1) / youden
    of_fails, of_passes = fails * (1 - fails) / (n_fail + 2), passes * (1 - passes) / (n_pass + 2)
    shift = 2 * z * z * (-(1 - centre) * of_fails + centre * of_passes)
    spread = z * sqrt(share * (1 - share) / many + (1 - centre) ** 2 * of_fails + centre**2 * of_passes) / youden
    low, high = (min(1.0, max(0.0, centre + shift + side * spread)) for side in (-1, 1))
    weak = true_pass + true_fail - 1 < WEAK
    estimate = rogan_gladen(passed, true_pass, true_fail)
    low, high = min(low, estimate), max(high, estimate)
    reason = "the judge is weak, so the interval is wide" if weak else None
    return Corrected(estimate, low, high, n, labelled, "lang_reiczigel", reason)


def ppi_mean(
    labels: ArrayLike, judged: ArrayLike, judged_only: ArrayLike, *, power: float | None = None, level: float = 0.95
) -> Interval:
    """Give the mean of people's labels over all traffic with the help of a judge: PPI++ (Angelopoulos et al. 2023).

    It holds only where the labelled items are a random sample of the same traffic.

    Args:
        labels: People's labels of the labelled items, 0 or 1.
        judged: The judge's labels of the same items.
        judged_only: The judge's labels of all other items.
        power: How much the judge counts; 0 leaves it out, 1 is plain PPI, None chooses the narrowest.
        level: Confidence level, two-sided.

    Returns:
        The mean with bounds, nan where there is nothing to average.
    """
    from scipy.stats import norm

    said, by_judge = np.asarray(labels, dtype=np.float64), np.asarray(judged, dtype=np.float64)
    others = np.asarray(judged_only, dtype=np.float64)
    n, many = len(said), len(others)
    if n == 0:
        return Interval(float("nan"), 0.0, 1.0, 0, "ppi", level)
    if many == 0 or n < 2:
        power, others, many = 0.0, np.zeros(1), 1
    if power is None:
        # eq. (6) of the paper: the covariance with the judge against the judge's own variance, within 0 and 1
        spread = float(np.var(np.concatenate([by_judge, others])))
        both = float(((said - said.mean()) * (by_judge - by_judge.mean())).mean())
        power = min(1.0, max(0.0, both / ((1 + n / many) * spread))) if spread > 0 else 0.0
    estimate = float((power * others).mean() + (said - power * by_judge).mean())
    error = sqrt(float(np.var(power * others)) / many + float(np.var(said - power * by_judge)) / n)
    spread = float(norm.ppf(0.5 + level / 2)) * error
    return Interval(estimate, estimate - spread, estimate + spread, n + len(np.atleast_1d(judged_only)), "ppi", level)


def panel(wrong: NDArray[np.bool_]) -> Panel:
    """Say how far several judges err together, and how many independent ones they amount to.

    n_eff = k / (1 + (k - 1) rho), as for raters with correlated errors (Kish's design effect).

    Args:
        wrong: Whether each judge was wrong, items × judges.
    """
    k = wrong.shape[1]
    correlations = {}
    for one, other in combinations(range(k), 2):
        first, second = wrong[:, one].astype(np.float64), wrong[:, other].astype(np.float64)
        varies = len(first) > 0 and first.std() > 0 and second.std() > 0
        correlations[one, other] = float(np.corrcoef(first, second)[0, 1]) if varies else float("nan")
    known = [each for each in correlations.values() if each == each]
    mean = float(np.mean(known)) if known else float("nan")
    return Panel(correlations, mean, effective_judges(k, mean) if known else float("nan"))


def effective_judges(k: int, correlation: float) -> float:
    """To how many independent judges k judges amount whose errors correlate so.

    >>> round(effective_judges(3, 0.6), 2)
    1.36
    """
    return k / (1 + (k - 1) * max(correlation, 0.0))
