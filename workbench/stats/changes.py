"""Since when: the days at which the shares of categories changed, found by binary segmentation.

At each day the shares before and after are compared category by category; the day and category that differ most are
held against the same after the sessions were dealt out anew over the days, which answers for all days and categories at
once. A weekend asks for other things than a Tuesday, every week, so what is usual on a weekday is taken off, and
sessions are dealt out over days of one weekday. Where that is more than chance the days are cut there and each side is
looked at again (Scott & Knott 1974; Vostrikova 1981). The day that is told is the first of the new shares. A slow
change is dated to about its middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
LEAST = 20
"""Units that each side of a cut must have."""
WEEKEND = (6, 0)
"""Saturday and Sunday, as the rest of an ordinal over 7."""


@dataclass(frozen=True, slots=True)
class Change:
    """One day from which on shares are others.

    Attributes:
        day: The first day after the change, as given.
        category: The category that differs most.
        before: Its share from the change before (or the beginning) to this day.
        after: Its share from this day to the next change (or the end).
        p: Permutation p-value, over all days and categories of the stretch that was cut.
    """

    day: int
    category: int
    before: float
    after: float
    p: float


def changes(
    counts: ArrayLike,
    days: ArrayLike,
    units: ArrayLike,
    *,
    level: float = 0.05,
    least: int = LEAST,
    replicates: int = 199,
    seed: int = 0,
) -> tuple[Change, ...]:
    """Find the days at which shares changed, earliest first.

    Args:
        counts: (G, k) how often each category occurs in each session.
        days: (G,) the day of each session, as an ordinal (of ``date.toordinal``), since weekdays are told apart.
        units: (G,) units in each session; a share is a count over units, so categories may overlap.
        level: Of each cut; the deeper ones are looked for only where the one above was found.
        least: Units that each side of a cut must have.
        replicates: Permutations of each stretch.
        seed: Source of chance.
    """
    values, when = np.asarray(counts, dtype=np.float64), np.asarray(days, dtype=np.int64)
    size = np.asarray(units, dtype=np.float64)
    random = np.random.default_rng(seed)
    found: list[Change] = []
    waiting = [np.ones(len(when), dtype=bool)]
    while waiting:
        part = waiting.pop()
        cut = _cut(values[part], when[part], size[part], least, replicates, random)
        if cut is None or cut.p > level:
            continue
        found.append(cut)
        waiting += [part & (when < cut.day), part & (when >= cut.day)]
    found.sort(key=lambda each: each.day)
    # what changed in the middle of a day makes that day a mixture of its own: one change, not two
    found = [each for place, each in enumerate(found) if not place or each.day - found[place - 1].day > 1]
    return tuple(_between(each, place, found, values, when, size) for place, each in enumerate(found))


def _cut(
    values: Floats, when: NDArray[np.int64], size: Floats, least: int, replicates: int, random: np.random.Generator
) -> Change | None:
    known = np.unique(when)
    if len(known) < 2:
        return None
    row = np.searchsorted(known, when)
    both = csr_array(np.column_stack([values, size]))  # most sessions know few of the categories
    weekday = _weekday(when)
    usual = _usual(values, size, weekday)[:, np.searchsorted(np.unique(weekday), _weekday(known))].T

    def statistic_of(row: NDArray[np.int64]) -> Floats | None:
        days = _by_day(both, row, len(known))
        days[:, :-1] -= days[:, -1:] * usual
        return _differences(days, least)

    statistic = statistic_of(row)
    if statistic is None:
        return None
    seen = float(statistic.max())
    cut, category = np.unravel_index(int(statistic.argmax()), statistic.shape)
    over = 0
    for _ in range(replicates):
        drawn = statistic_of(_dealt(row, weekday, random))
        over += drawn is not None and float(drawn.max()) >= seen - 1e-12
    return Change(int(known[cut + 1]), int(category), np.nan, np.nan, (1 + over) / (replicates + 1))


def _weekday(when: NDArray[np.int64]) -> NDArray[np.int64]:
    """What kind of day each is: its weekday where two weeks are there to be compared, else workday or weekend."""
    day = when % 7
    return day if when.max() - when.min() >= 2 * 7 - 1 else np.isin(day, WEEKEND).astype(np.int64)


def _usual(values: Floats, size: Floats, weekday: NDArray[np.int64]) -> Floats:
    """(k, kinds of day) by how much each kind's shares are off those of all days."""
    whole = values.sum(axis=0) / max(float(size.sum()), 1.0)
    kinds = [weekday == each for each in np.unique(weekday)]
    return np.column_stack([values[of].sum(axis=0) / max(float(size[of].sum()), 1.0) - whole for of in kinds])


def _dealt(row: NDArray[np.int64], weekday: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """The day of each session after they were dealt out anew over the days of their kind."""
    found = np.empty_like(row)
    for each in np.unique(weekday):
        of = np.flatnonzero(weekday == each)
        found[of] = random.permutation(row[of])
    return found


def _by_day(both: csr_array, row: NDArray[np.int64], n: int) -> Floats:
    g = len(row)
    days = csr_array((np.ones(g), (row, np.arange(g))), shape=(n, g))
    return np.asarray((days @ both).toarray())


def _differences(by_day: Floats, least: int) -> Floats | None:
    """(D - 1, k) how far the shares before and after each day are apart, in standard errors."""
    before = np.cumsum(by_day, axis=0)[:-1]
    whole = by_day.sum(axis=0)
    n, m = before[:, -1:], whole[-1] - before[:, -1:]
    allowed = ((n >= least) & (m >= least))[:, 0]
    if not allowed.any():
        return None
    overall = whole[:-1] / whole[-1]
    spread = np.sqrt(np.maximum(overall * (1 - np.minimum(overall, 0.999)), 1e-12))
    gap = np.abs(before[:, :-1] / np.maximum(n, 1) - (whole[:-1] - before[:, :-1]) / np.maximum(m, 1))
    found = gap / spread * np.sqrt(np.maximum(n * m, 0) / whole[-1])
    found[~allowed] = -1.0
    return np.asarray(found)


def _between(
    each: Change, place: int, found: list[Change], values: Floats, when: NDArray[np.int64], size: Floats
) -> Change:
    start = found[place - 1].day if place else when.min()
    stop = found[place + 1].day if place + 1 < len(found) else when.max() + 1
    shares = [
        values[part, each.category].sum() / max(float(size[part].sum()), 1.0)
        for part in ((when >= start) & (when < each.day), (when >= each.day) & (when < stop))
    ]
    return Change(each.day, each.category, float(shares[0]), float(shares[1]), each.p)
