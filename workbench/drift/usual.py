"""Is this more than weeks usually differ: the newest week held against the weeks before it, and when to be alarmed.

A test at .05 looked at every day cries wolf eighteen times a year, and in traffic that is never twice the same it is
right each time and still no use. An alert asks for three things: the newest week is no draw from the week before
(p below .01), it is further from it than past weeks were from theirs (mean and three standard deviations), and both
held a day earlier too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from workbench.stats.control import Centre, apart, centre, limit
from workbench.stats.two_samples import centroid_shift

Floats = NDArray[np.float64]
WEEKS = 8
"""Distances between past weeks from which on a limit is learnt (statistics.md, 5.3)."""
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

    def centre(self) -> Centre:
        """Their mean."""
        return centre(self.vectors, self.sessions)


@dataclass(frozen=True)
class Usual:
    """The newest change beside what is usual.

    Attributes:
        weeks: Past distances: start and end of the later week, traces of the earlier (of the set that all are held
            against) and of the later one, and the distance of their means, told at the sizes of the newest.
        value: The newest distance.
        mean: The mean of the past ones.
        limit: Mean and three standard deviations.
        p: Permutation p-value of the newest.
        before: The same of the windows that end a day earlier; None where the sets are not the newest days.
        before_p: Its p-value.
        of: week (each week against the one before it) or reference (each week against the same reference).
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
    of: str = "week"
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


def usual(
    now: tuple[Window, Window],
    weeks: Sequence[Window | None],
    *,
    before: tuple[Window, Window] | None = None,
    against: Window | None = None,
    unread: int = 0,
    least: int = 100,
    replicates: int = 999,
    seed: int = 0,
) -> Usual:
    """Hold the newest change against past ones.

    Args:
        now: What the newest set is held against, and the newest set.
        weeks: Past weeks, newest first, without gaps; None for one that cannot be used.
        before: The same as now, a day earlier.
        against: What each past week is held against; the week before it if not given.
        unread: How many of the weeks are None because they were not embedded.
        least: Traces that each window has to have.
        replicates: Permutations.
        seed: Source of chance.
    """
    of = "week" if against is None else "reference"
    if min(each.n for each in now) < least:
        return Usual(of=of, reason="too_few", unread=unread)
    first, second = (each.centre() for each in now)
    chance = first.chance + second.chance
    if chance != chance:  # one session
        return Usual(of=of, reason="too_few", unread=unread)
    known = [None if each is None or each.n < least else (each, each.centre()) for each in weeks]
    rows = []
    fixed = None if against is None else against.centre()
    for place, each in enumerate(known):
        if each is None or each[1].sessions < 2:
            continue
        if fixed is not None:
            base: Centre | None = fixed
        else:
            older = known[place + 1] if place + 1 < len(known) else None
            base = None if older is None or older[1].sessions < 2 else older[1]
        if base is None:
            continue
        week, middle = each
        rows.append([week.start, week.end, base.n, week.n, apart(base, middle, chance=chance)])
    frame = DataFrame(rows[::-1], columns=COLUMNS)
    value, p = apart(first, second), _p(now, replicates, seed)
    if len(frame) < WEEKS:
        return Usual(frame, value, p=p, of=of, reason="too_few_weeks", unread=unread)
    learnt = limit(frame["value"].tolist())
    earlier = earlier_p = None
    if before is not None and min(each.n for each in before) >= least:
        earlier = apart(before[0].centre(), before[1].centre(), chance=chance)
        earlier_p = _p(before, replicates, seed)
    return Usual(frame, value, learnt.mean, learnt.high, p, earlier, earlier_p, of, None, WEEKS, unread)


def _p(pair: tuple[Window, Window], replicates: int, seed: int) -> float:
    vectors = np.concatenate([each.vectors for each in pair])
    sessions = np.concatenate([each.sessions.astype(str) for each in pair])
    later = np.arange(len(vectors)) >= pair[0].n
    return centroid_shift(vectors, later, groups=sessions, replicates=replicates, seed=seed).p
