"""Two sets compared by means over their units, with whole sessions dealt out and drawn again.

Means are sums over units, taken session by session: a share of traces that failed, a mean latency, how often a passage
was fetched. Means of costs and latencies follow their few largest values; a difference of them is of money and time
spent, not of the usual trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.divergence import added_up, permuted_sums

Floats = NDArray[np.float64]
RESAMPLES = 999


@dataclass(frozen=True)
class Means:
    """Means of several things in both sets; everything has a place for each thing.

    Attributes:
        first: Mean in the first set; nan where it has no unit.
        second: Mean in the second.
        low: Lower bound of second less first, by bootstrap of sessions.
        high: Upper bound.
        p: Permutation p-value of the difference, two-sided; nan where nothing could be dealt out.
        n: Units of the first set.
        other_n: Units of the second.
    """

    first: Floats
    second: Floats
    low: Floats
    high: Floats
    p: Floats
    n: Floats = field(repr=False)
    other_n: Floats = field(repr=False)

    @property
    def difference(self) -> Floats:
        """Second less first."""
        return self.second - self.first


def session_means(
    sums: ArrayLike,
    units: ArrayLike,
    side: ArrayLike,
    *,
    strata: NDArray[np.int64] | None = None,
    level: float = 0.95,
    replicates: int = 999,
    seed: int = 0,
) -> Means:
    """Compare means of two sets.

    Args:
        sums: (G, k) what each session adds up to.
        units: (G, k) over how many units; one column where they are the same of all.
        side: (G,) whether each session is of the second set.
        strata: (G,) within which sessions are dealt out.
        level: Of the intervals.
        replicates: Permutations; and resamples, up to a thousand of which are enough for bounds.
        seed: Source of chance.
    """
    values, size, of_second = np.asarray(sums, float), np.asarray(units, float), np.asarray(side, dtype=bool)
    k = values.shape[1]
    both = np.column_stack([values, size])
    whole, second = both.sum(axis=0), both[of_second].sum(axis=0)
    one, other = _means(whole - second, k), _means(second, k)
    low, high = np.full(k, np.nan), np.full(k, np.nan)
    p = np.full(k, np.nan)
    drawn = permuted_sums(both, of_second, strata=strata, replicates=replicates, seed=seed)
    if drawn is not None:
        with np.errstate(invalid="ignore"):
            gap = np.abs(_means(drawn, k) - _means(whole - drawn, k))
            over = (~(gap < np.abs(other - one) - 1e-12)).sum(axis=0)  # a draw that cannot be told counts against
        p = np.where(np.isnan(other - one), np.nan, (1 + over) / (replicates + 1))
        random = np.random.default_rng(seed)
        resampled = [
            _means(_again(both[part], min(replicates, RESAMPLES), random), k) for part in (~of_second, of_second)
        ]
        tails = [(1 - level) / 2, (1 + level) / 2]
        known = ~np.isnan(other - one)
        if known.any():
            low[known], high[known] = np.nanquantile((resampled[1] - resampled[0])[:, known], tails, axis=0)
    n, other_n = (np.broadcast_to(each[k:], k) for each in (whole - second, second))
    return Means(one, other, low, high, p, n, other_n)


def bootstrap_means(
    sums: ArrayLike, units: ArrayLike, *, level: float = 0.95, replicates: int = RESAMPLES, seed: int = 0
) -> tuple[Floats, Floats]:
    """Bounds of the means of one set, by drawing its sessions again; nan where it has no unit, or but one session.

    Args:
        sums: (G, k) what each session adds up to.
        units: (G, k) over how many units.
        level: Of the intervals.
        replicates: Resamples.
        seed: Source of chance.
    """
    values, size = np.asarray(sums, float), np.asarray(units, float)
    k = values.shape[1]
    low, high = np.full(k, np.nan), np.full(k, np.nan)
    several = (size > 0).sum(axis=0) > 1
    if several.any():
        drawn = _means(_again(np.column_stack([values, size]), replicates, np.random.default_rng(seed)), k)
        low[several], high[several] = np.nanquantile(drawn[:, several], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def _means(both: Floats, k: int) -> Floats:
    sums, units = both[..., :k], both[..., k:]
    return np.divide(sums, units, out=np.full(np.shape(sums), np.nan), where=np.broadcast_to(units > 0, np.shape(sums)))


def _again(both: Floats, replicates: int, random: np.random.Generator) -> Floats:
    """Sums over as many sessions drawn with replacement."""
    g = len(both)
    times = (np.bincount(random.integers(0, g, g), minlength=g).astype(np.float64) for _ in range(replicates))
    return added_up(both, times, replicates)
