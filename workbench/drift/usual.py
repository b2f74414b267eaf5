"""Is this more than weeks usually differ: the newest week held against the ones before it, and when to be alarmed.

A test at .05 looked at every day cries wolf eighteen times a year, and in traffic that is never twice the same it is
right each time and still no use. An alert asks for three things: the newest week is no draw from the four before it
(p below .01), it is further from them than past weeks were from theirs (mean and three standard deviations), and both
held a day earlier too. Against four weeks rather than one, because half the noise of a distance is that of the set it
is taken from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from workbench.stats.control import Centre, apart, centre, limit, merged
from workbench.stats.two_samples import centroid_shift

Floats = NDArray[np.float64]
WEEKS = 8
"""Past distances from which on a limit is learnt (statistics.md, 5.3)."""
BEFORE, OF_THEM = 4, 2
"""Weeks that each is held against, and how many of them have to be there."""
ALARM = 0.01
"""The p-value of an alert, which is looked for every day."""
COLUMNS = ["start", "end", "n", "other_n", "value"]


@dataclass(frozen=True)
class Window:
    """The traces of some days.

    Attributes:
        start: When it begins, itself not in it; None for a set that is no stretch of time.
        end: When it ends.
        vectors: (n, d).
        sessions: (n,).
    """

    start: datetime | None
    end: datetime | None
    vectors: Floats = field(repr=False)
    sessions: NDArray[np.object_] = field(repr=False)

    @property
    def n(self) -> int:
        """Traces."""
        return len(self.vectors)

    @cached_property
    def centre(self) -> Centre:
        """Their mean."""
        return centre(self.vectors, self.sessions)


@dataclass(frozen=True)
class Usual:
    """The newest change beside what is usual.

    Attributes:
        weeks: Past distances: start and end of the week, traces that it is held against and its own, and the distance
            of their means, told at the sizes of the newest.
        value: The newest distance.
        mean: The mean of the past ones.
        limit: Mean and three standard deviations.
        p: Permutation p-value of the newest.
        before: The same of the windows that end a day earlier; None where the sets are not the newest days.
        before_p: Its p-value.
        of: weeks (each week against the four before it) or reference (each week against the same reference).
        reason: Why there is no limit: too_few_weeks, too_few, no_vectors, no_times.
        needed: Past distances needed.
        unread: Past weeks that were left out because their traces have no vectors.
    """

    weeks: DataFrame = field(default_factory=lambda: DataFrame(columns=COLUMNS), repr=False)
    value: float | None = None
    mean: float | None = None
    limit: float | None = None
    p: float | None = None
    before: float | None = None
    before_p: float | None = None
    of: str = "weeks"
    reason: str | None = None
    needed: int = WEEKS
    unread: int = 0

    @property
    def n(self) -> int:
        """Past distances."""
        return len(self.weeks)

    @property
    def ratio(self) -> float | None:
        """The newest distance in units of the usual one."""
        if self.value is None or not self.mean:
            return None
        return self.value / self.mean

    @property
    def above(self) -> bool | None:
        """Whether the newest change is beyond chance and beyond the limit; None where that is not known."""
        return self._beyond(self.value, self.p)

    @property
    def alert(self) -> bool | None:
        """Whether it was so a day earlier, too; None where that is not known."""
        now, earlier = self.above, self._beyond(self.before, self.before_p)
        return False if now is False else None if now is None or earlier is None else earlier

    def _beyond(self, value: float | None, p: float | None) -> bool | None:
        if value is None or p is None or self.limit is None or p != p:
            return None
        return bool(p <= ALARM and value > self.limit)


Pair = tuple[Sequence[Window], Window]


def usual(
    now: Pair,
    weeks: Sequence[Window | None],
    *,
    before: Pair | None = None,
    against: Window | None = None,
    unread: int = 0,
    least: int = 100,
    replicates: int = 999,
    seed: int = 0,
) -> Usual:
    """Hold the newest change against past ones.

    Args:
        now: What the newest set is held against, in one or more parts, and the newest set.
        weeks: Past weeks, newest first, without gaps; None for one that cannot be used.
        before: The same as now, a day earlier.
        against: What each past week is held against; the four weeks before it if not given.
        unread: How many of the weeks are None because they were not embedded.
        least: Traces that each window has to have.
        replicates: Permutations.
        seed: Source of chance.
    """
    of = "weeks" if against is None else "reference"
    here = _centres(now, least)
    if here is None:
        return Usual(of=of, reason="too_few", unread=unread)
    chance = here[0].chance + here[1].chance
    known = [None if each is None else _centre(each, least) for each in weeks]
    fixed = None if against is None else against.centre
    rows = []
    for place, (week, middle) in enumerate(zip(weeks, known, strict=True)):
        earlier = [each for each in known[place + 1 : place + 1 + BEFORE] if each is not None]
        if week is None or middle is None or (fixed is None and len(earlier) < OF_THEM):
            continue
        base = merged(earlier) if fixed is None else fixed
        rows.append([week.start, week.end, base.n, week.n, apart(base, middle, chance=chance)])
    frame = DataFrame(rows[::-1], columns=COLUMNS)
    value, p = apart(*here), _p(now, replicates, seed)
    if len(frame) < WEEKS:
        return Usual(frame, value, p=p, of=of, reason="too_few_weeks", unread=unread)
    learnt = limit(frame["value"].tolist())
    there = None if before is None else _centres(before, least)
    told: tuple[float | None, float | None] = (None, None)
    if before is not None and there is not None:
        told = apart(*there, chance=chance), _p(before, replicates, seed)
    return Usual(frame, value, learnt.mean, learnt.high, p, *told, of, None, WEEKS, unread)


def _centre(window: Window, least: int) -> Centre | None:
    """The mean of a window; None where it holds too little."""
    found = window.centre if window.n >= least else None
    return found if found is not None and found.sessions > 1 else None


def _centres(pair: Pair, least: int) -> tuple[Centre, Centre] | None:
    parts = [each.centre for each in pair[0] if each.n]
    second = _centre(pair[1], least)
    if second is None or sum(each.n for each in parts) < least or min(each.sessions for each in parts) < 2:
        return None
    return merged(parts), second


def _p(pair: Pair, replicates: int, seed: int) -> float:
    windows = [*pair[0], pair[1]]
    vectors = np.concatenate([each.vectors for each in windows])
    sessions = np.concatenate([each.sessions.astype(str) for each in windows])
    later = np.arange(len(vectors)) >= len(vectors) - pair[1].n
    return centroid_shift(vectors, later, groups=sessions, replicates=replicates, seed=seed).p
