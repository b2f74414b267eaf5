"""Outcomes over time: shares and means per day or week, and per group, each with its interval and n.

Days where most of them hold enough traces, weeks else. What lies under the least n is shown with its wide interval and
judged by nobody; the last seven days are held against the ones before them only where both have enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from workbench.drift.both import days_of
from workbench.drift.by_day import by_day, by_unit
from workbench.drift.outcomes import SHARES, measured
from workbench.stats.multiplicity import adjusted
from workbench.stats.proportions import wilson
from workbench.stats.session_means import bootstrap_means

Floats = NDArray[np.float64]
MIN_N = 30
"""Traces of a stretch: with fewer no share is known to better than 18 points either way (Wilson, at a half)."""
MIN_SESSIONS = 10
WEEK = 7
"""Days of the newest stretch that is judged: each weekday once."""
MOST = 20
"""Groups that are told apart, the largest; the rest are one."""
OTHER, ALL = "other", "all"
VALUE = ["value", "low", "high", "n", "sessions", "method", "enough"]
STRETCHES = ["measure", "group", "start", "end", *VALUE]
GROUPS = ["measure", "group", "first_day", "last_day", *VALUE]
NEWEST = ["measure", "group", "start", "end", "before", "now", "difference", "low", "high", "p", "p_bh", "n", "now_n"]


@dataclass(frozen=True, repr=False)
class OutcomesOverTime:
    """What became of traces over time.

    Attributes:
        by: What they are grouped by: release, cluster, or None.
        every: day or week; None where no trace has a time.
        n: Traces.
        level: Of the tests; intervals are at one less it.
        min_n: Traces below which a stretch is not judged.
        frame: A row per measure, group and stretch (start and end are its first and last day): value, low, high, n,
            sessions, method (wilson over sessions where none or all have it, else bootstrap by session), enough.
        groups: The same of each group over the whole time.
        newest: Of each group and measure the last seven days (start to end) against those before, p the larger one of
            permuting sessions and of permuting days, p_bh over all of them.
        reason: Why there is nothing: no_traces, no_outcomes; or nothing over time: no_times.
    """

    by: str | None
    every: str | None
    n: int
    level: float
    min_n: int
    frame: DataFrame = field(repr=False)
    groups: DataFrame = field(repr=False)
    newest: DataFrame = field(repr=False)
    reason: str | None = None

    @property
    def changed(self) -> DataFrame:
        """Of the newest stretches those that differ from what came before by more than chance."""
        return self.newest[self.newest["p_bh"] <= self.level]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be said."""
        from workbench.drift.over_time_words import sentences

        return sentences(self)

    def __repr__(self) -> str:
        return "\n  ".join([f"OutcomesOverTime({self.n:,} traces)", *self.sentences])


def outcomes_over_time(
    frame: DataFrame,
    *,
    by: str | None = None,
    level: float = 0.05,
    min_n: int = MIN_N,
    replicates: int = 999,
    seed: int = 0,
) -> OutcomesOverTime:
    """Follow what became of traces.

    Args:
        frame: One row per trace: trace_id, session_id, started_at, group (missing where it is in none) if there are
            any, and any of signals, status, feedback, refused, latency_ms and cost_usd.
        by: What the groups are.
        level: Of the tests.
        min_n: Traces below which a stretch is not judged.
        replicates: Permutations and resamples.
        seed: Source of chance.
    """
    names, values = measured(frame) if len(frame) else ([], np.zeros((0, 0)))
    sizes: dict[str, Any] = {"by": by, "n": len(frame), "level": level, "min_n": min_n}
    nothing = {"frame": DataFrame(columns=STRETCHES), "groups": DataFrame(columns=GROUPS),
               "newest": DataFrame(columns=NEWEST)}  # fmt: skip
    if not names:
        return OutcomesOverTime(every=None, **sizes, **nothing, reason="no_outcomes" if len(frame) else "no_traces")
    group, days = _groups(frame), days_of(frame)
    own = frame["trace_id"].astype("str")
    named = frame["session_id"].astype("str").where(frame["session_id"].notna(), own)
    session = np.unique(named.to_numpy(dtype=object).astype(str), return_inverse=True)[1].ravel()
    every, width = _every(days, group, min_n)
    dated = days >= 0
    newest_day = int(days.max())
    stretch = np.where(dated, (newest_day - days) // width, -1)  # the newest is 0
    recent = dated & (days > newest_day - WEEK)
    terms: dict[str, Any] = {"level": level, "min_n": min_n, "replicates": replicates, "seed": seed}
    groups, rows, newest = [], [], []
    for name in _in_order(group, days, by):
        mine = group == name
        known = days[mine & dated]
        span = [_day(known.min()), _day(known.max())] if len(known) else [None, None]
        groups += [[measure, name, *span, *told] for measure, told in _told(names, values[mine], session[mine], terms)]
        for at in sorted(set(stretch[mine & dated].tolist()), reverse=True):
            here = mine & (stretch == at)
            ends = _ends(newest_day, at, width)
            rows += [
                [measure, name, *ends, *told] for measure, told in _told(names, values[here], session[here], terms)
            ]
        here = mine & dated
        if recent[here].any() and not recent[here].all():
            ends = _ends(newest_day, 0, WEEK)
            found = _newest(names, values[here], session[here], days[here], recent[here], terms)
            newest += [[row[0], name, *ends, *row[1:]] for row in found]
    last = DataFrame(newest, columns=[each for each in NEWEST if each != "p_bh"])
    last.insert(NEWEST.index("p_bh"), "p_bh", adjusted(last["p"].to_numpy(dtype=float), method="bh"))
    return OutcomesOverTime(
        every=every, **sizes, frame=DataFrame(rows, columns=STRETCHES), groups=DataFrame(groups, columns=GROUPS),
        newest=last, reason=None if every else "no_times",
    )  # fmt: skip


def _groups(frame: DataFrame) -> NDArray[np.object_]:
    if "group" not in frame:
        return np.full(len(frame), ALL, dtype=object)
    given = frame["group"].astype("str").where(frame["group"].notna(), "none")
    often = given.value_counts()
    kept = set(sorted(often.index, key=lambda each: (-often[each], each))[:MOST])
    return given.where(given.isin(kept), OTHER).to_numpy(dtype=object)


def _in_order(group: NDArray[np.object_], days: NDArray[np.int64], by: str | None) -> list[str]:
    """Releases by their first day, others the largest first; what is no group of its own last."""
    found = DataFrame({"group": group, "day": np.where(days < 0, np.iinfo(np.int64).max, days)})
    each = found.groupby("group")["day"].agg(["min", "size"]).reset_index()
    first = each["min"] if by == "release" else -each["size"]
    order = np.lexsort((each["group"].to_numpy(dtype=str), first, each["group"] == OTHER))
    return list(each["group"].iloc[order])


def _every(days: NDArray[np.int64], group: NDArray[np.object_], min_n: int) -> tuple[str | None, int]:
    """Days, where at least half of the days of the groups hold enough; else weeks, back from the newest day."""
    cells = DataFrame({"day": days, "group": group})[days >= 0].groupby(["group", "day"]).size()
    if cells.empty:
        return None, 1
    return ("day", 1) if cells.median() >= min_n else ("week", WEEK)


def _day(ordinal: int) -> Any:
    from datetime import date

    return date.fromordinal(int(ordinal))


def _ends(newest: int, at: int, width: int) -> tuple[Any, Any]:
    last = newest - at * width
    return _day(max(last - width + 1, 1)), _day(last)  # there is no day before the first of the year 1


Told = list[Any]


def _told(
    names: list[str], values: Floats, session: NDArray[np.int64], terms: dict[str, Any]
) -> Iterator[tuple[str, Told]]:
    """Value, bounds, n, sessions, method and whether that is enough, of each measure that has a value."""
    sums, units = by_unit(values, session)
    level = 1 - terms["level"]
    low, high = bootstrap_means(sums, units, level=level, replicates=terms["replicates"], seed=terms["seed"])
    for place, name in enumerate(names):
        n, there = int(units[:, place].sum()), int((units[:, place] > 0).sum())
        if n == 0:
            continue
        total = float(sums[:, place].sum())
        enough = n >= terms["min_n"] and there >= MIN_SESSIONS
        if name in SHARES and total in (0, n):  # nothing to draw from: as if each session had been asked once
            share = wilson(there if total else 0, there, level=level)
            yield name, [total / n, share.low, share.high, n, there, "wilson", enough]
        else:
            yield name, [total / n, float(low[place]), float(high[place]), n, there, "bootstrap", enough]


def _newest(
    names: list[str],
    values: Floats,
    session: NDArray[np.int64],
    day: NDArray[np.int64],
    last: NDArray[np.bool_],
    terms: dict[str, Any],
) -> Iterator[list[Any]]:
    """The last days against those before; measures that lack traces, sessions or days on either side are left out."""
    found = by_day(values, session, day, last, **{name: terms[name] for name in ("level", "replicates", "seed")})
    means = found.means
    for at, name in enumerate(names):
        n, now = int(means.n[at]), int(means.other_n[at])
        told = not np.isnan(found.p[at])
        if min(n, now) >= terms["min_n"] and found.sessions[:, at].min() >= MIN_SESSIONS and told:
            yield [name, means.first[at], means.second[at], means.difference[at], means.low[at], means.high[at],
                   found.p[at], n, now]  # fmt: skip
