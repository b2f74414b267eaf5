"""What the gate measures: shares and differences with their bounds, and the p-values that its rules go by."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy.special import bdtr, ndtri
from scipy.stats import t as student

from workbench.stats.anytime import bounds, e_mean_below, e_value_one_sided
from workbench.stats.paired import Pairs, bonett_price, clustered, mcnemar, worse
from workbench.stats.proportions import Interval, wilson

FEW_CLUSTERS = 10


@dataclass(frozen=True, slots=True)
class Level:
    """By which tests, and how strictly.

    Attributes:
        alpha: Share of good releases that may fail.
        margin: The drop that is still good enough.
        slack: By how much a threshold may be missed by the lower bound and still hold; 0 but for trip-wires.
        anytime: Whether the answer has to hold however often a growing run is looked at.
    """

    alpha: float = 0.05
    margin: float = 0.05
    slack: float = 0.0
    anytime: bool = False


def rate(now: np.ndarray, level: Level, groups: np.ndarray | None = None) -> tuple[Interval, float]:
    """The share that passed, with bounds, and by how much clusters raise its variance."""
    seen = ~np.isnan(now)
    n, x = int(seen.sum()), int(np.nansum(now))
    if level.anytime:
        return bounds([0, 1], [n - x, x], level=1 - level.alpha), 1.0
    found = wilson(x, n, level=1 - level.alpha)
    if groups is None or n == 0:
        return found, 1.0
    effect = max(1.0, clustered(now[seen], groups[seen]).effect) if 0 < x < n else 1.0
    many = len(np.unique(groups[seen]))
    effect = n / many if x in (0, n) else min(effect, n / many) if effect == effect else n / many
    return _wilson_effective(found, effect, 1 - level.alpha), effect


def _wilson_effective(found: Interval, effect: float, level: float) -> Interval:
    """Wilson's interval at the number of independent cases that the clustered ones are worth."""
    z, n, p = float(ndtri(0.5 + level / 2)), found.n / effect, found.estimate
    centre, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = max(0.0, (centre - spread) / (1 + z * z / n)), min(1.0, (centre + spread) / (1 + z * z / n))
    return Interval(p, 0.0 if p == 0 else low, 1.0 if p == 1 else high, found.n, "wilson, clustered", level)


def compare(
    now: np.ndarray, before: np.ndarray, level: Level, groups: np.ndarray | None = None
) -> tuple[Pairs, Interval, float, float]:
    """Two runs case by case: the counts, the difference with bounds, the two-sided p, and the effect of clusters."""
    seen = ~(np.isnan(now) | np.isnan(before))
    one, other = now[seen] == 1, before[seen] == 1
    pairs = Pairs.of(one, other)
    if level.anytime:
        cells = [pairs.second, pairs.both + pairs.neither, pairs.first]
        most = max(e_value_one_sided(each, pairs.first + pairs.second) for each in (pairs.first, pairs.second))
        return pairs, bounds([-1, 0, 1], cells, least=-1.0, level=1 - level.alpha), min(1.0, 2 / max(most, 1e-300)), 1.0
    if groups is not None and pairs.n:
        found = clustered(one.astype(float) - other, groups[seen], level=1 - level.alpha)
        if found.clusters < 2:
            return pairs, Interval(pairs.difference, -1.0, 1.0, pairs.n, "clustered"), 1.0, 1.0
        if found.error > 0:
            return pairs, found.interval, found.p, max(found.effect, 1.0)
    return pairs, bonett_price(pairs, level=1 - level.alpha), mcnemar(pairs), 1.0


def below(now: np.ndarray, threshold: float, level: Level, groups: np.ndarray | None) -> float:
    """One-sided p-value of "the share is at least the threshold"."""
    seen = ~np.isnan(now)
    n, x = int(seen.sum()), int(np.nansum(now))
    if n == 0:
        return nan
    if threshold >= 1:
        return 0.0 if x < n else 1.0
    if level.anytime:
        return min(1.0, 1 / max(e_mean_below([0, 1], [n - x, x], threshold), 1e-300))
    if groups is not None:
        return _clustered_below(now[seen] - threshold, groups[seen])
    return float(bdtr(x, n, threshold))


def lost_more(now: np.ndarray, before: np.ndarray, pairs: Pairs, level: Level, groups: np.ndarray | None) -> float:
    """One-sided p-value of "no more was lost than gained" within a slice."""
    if level.anytime:
        return min(1.0, 1 / max(e_value_one_sided(pairs.second, pairs.first + pairs.second), 1e-300))
    if groups is not None:
        seen = ~(np.isnan(now) | np.isnan(before))
        return _clustered_below(now[seen] - before[seen], groups[seen])
    return worse(pairs.second, pairs.first)


def _clustered_below(values: np.ndarray, groups: np.ndarray) -> float:
    """One-sided p-value of "the mean is 0 or more", clusters going together; nan where they are too few to say."""
    found = clustered(values, groups)
    if found.clusters < FEW_CLUSTERS:
        return nan
    if found.error == 0:
        return 0.5**found.clusters if found.interval.estimate < 0 else 1.0
    return float(student.cdf(found.interval.estimate / found.error, found.clusters - 1))


def points(found: Interval | None) -> str:
    """A difference in points with its bounds."""
    if found is None or found.estimate != found.estimate:
        return "no comparison"
    return f"{100 * found.estimate:+.1f} points ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
