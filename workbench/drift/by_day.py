"""Means of two sets, held against sessions dealt out anew and against days dealt out anew.

Days differ by themselves (an outage, a campaign, a Sunday), which permuted sessions take for a change; sessions go over
midnight, which permuted days take for independent. So both have to say that it is more than chance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import comb

import numpy as np
from numpy.typing import NDArray

from workbench.stats.session_means import Means, session_means

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ByDay:
    """Means of several measures in both sets; everything has a place for each.

    Attributes:
        means: With their intervals by session.
        p: The larger p of permuting sessions and of permuting days; nan where there are too few days for any p as low
            as the level.
        sessions: (2, k) sessions of both sets that have a value.
    """

    means: Means
    p: Floats
    sessions: NDArray[np.int64] = field(repr=False)


def by_day(
    values: Floats,
    session: NDArray[np.int64],
    day: NDArray[np.int64],
    second: NDArray[np.bool_],
    *,
    level: float,
    replicates: int,
    seed: int,
) -> ByDay:
    """Compare the means of two sets.

    Args:
        values: (n, k) of each trace, nan where it has none.
        session: (n,) a number each.
        day: (n,) a number each, below 0 where it is not known: such a trace has no part in the permuted days.
        second: (n,) whether each is of the second set; a session or a day in both is two.
        level: Of the tests; the intervals are at one less it.
        replicates: Permutations.
        seed: Source of chance.
    """
    terms = {"level": 1 - level, "replicates": replicates, "seed": seed}
    means, sessions = _dealt(values, session, second, terms)
    dated = day >= 0
    of_days, days = _dealt(values[dated], day[dated], second[dated], terms)
    told = [comb(int(first + other), int(other)) * level >= 1 for first, other in days.T]  # else no p is that low
    return ByDay(means, np.where(told, np.maximum(means.p, of_days.p), np.nan), sessions)


def _dealt(
    values: Floats, unit: NDArray[np.int64], second: NDArray[np.bool_], terms: dict[str, float]
) -> tuple[Means, NDArray[np.int64]]:
    """Both sets with their units dealt out anew; and (2, k) how many units of each have a value."""
    place = unit * 2 + second
    sums, units = by_unit(values, place)
    side = (np.unique(place) % 2).astype(bool)
    found = session_means(
        sums, units, side, level=terms["level"], replicates=int(terms["replicates"]), seed=int(terms["seed"])
    )
    return found, np.stack([(units[each] > 0).sum(axis=0) for each in (~side, side)])


def by_unit(values: Floats, unit: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """(G, k) sums over the traces of each unit, and over how many that have a value."""
    known, place = np.unique(unit, return_inverse=True)
    sums, units = np.zeros((len(known), values.shape[1])), np.zeros((len(known), values.shape[1]))
    there = ~np.isnan(values)
    np.add.at(sums, place.ravel(), np.where(there, values, 0.0))
    np.add.at(units, place.ravel(), there.astype(float))
    return sums, units
