"""Release by release: what the set said before, and how production failed after.

A set is worth its keep if a release that scores better fails less. Below eight releases a correlation says next to
nothing (six with r = .9: .33 to .99), so only the dots are given. Both rates wander with time, which flatters a
correlation of levels: the differences from one release to the next, and how often both go the same way, stand beside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.mirror.words import of_releases
from workbench.stats.correlation import correlated, reliability, same_sign, without_noise
from workbench.stats.proportions import Interval, difference, wilson

if TYPE_CHECKING:
    from pandas import DataFrame

FEW = 8
"""Releases below which nothing but the dots is given: statistics.md 8.5."""
COLUMNS = (
    "release", "first_seen", "cases", "passed", "offline", "offline_low", "offline_high", "traces", "failures",
    "online", "online_low", "online_high", "verdict",
)  # fmt: skip


@dataclass(frozen=True)
class Validity:
    """Whether the set's scores go where production's failures go.

    Attributes:
        frame: One row per release with both, oldest first: ``COLUMNS``; offline is the share of cases that fail, online
            the share of traces that do.
        source: Where the online failures come from: labels, or signals where too little was read.
        levels: Correlation of the two rates; None below eight releases, as the next three.
        changes: The same of the differences from one release to the next.
        without_noise: What ``levels`` would be without noise of measuring; nan where nothing can be said.
        same_way: How often both rates changed the same way.
        reason: Why there is no correlation.
        gated: Of releases that passed the gate, how many were shown to fail more than the one before.
        held: The same of releases that did not pass and were seen in production all the same.
    """

    frame: DataFrame = field(repr=False)
    source: str
    levels: Interval | None = None
    changes: Interval | None = None
    without_noise: float = float("nan")
    same_way: Interval | None = None
    reason: str | None = None
    gated: Interval | None = None
    held: Interval | None = None

    @property
    def sentence(self) -> str:
        """What the releases say together."""
        return of_releases(self)


def validity(frame: DataFrame, *, source: str, few: int = FEW, level: float = 0.95) -> Validity:
    """Set the scores of releases against their failures in production.

    Args:
        frame: One row per release: release, first_seen, cases, passed, traces, failures, verdict (of the gate, if any).
        source: labels or signals.
        few: Releases below which nothing but the dots is given.
        level: Of the intervals.
    """
    rows = frame.sort_values(["first_seen", "release"], kind="stable").reset_index(drop=True)
    offline = [wilson(int(n - x), int(n), level=level) for x, n in zip(rows["passed"], rows["cases"], strict=True)]
    online = [wilson(int(x), int(n), level=level) for x, n in zip(rows["failures"], rows["traces"], strict=True)]
    rows = rows.assign(
        **{
            f"{name}{end}": [getattr(each, part) for each in found]
            for name, found in (("offline", offline), ("online", online))
            for end, part in (("", "estimate"), ("_low", "low"), ("_high", "high"))
        }
    )[list(COLUMNS)]
    gated, held = _after_the_gate(rows, level)
    if len(rows) < few:
        return Validity(rows, source, reason="too_few_releases" if len(rows) else "no_releases", gated=gated, held=held)
    x, y = rows["offline"].to_numpy(dtype=float), rows["online"].to_numpy(dtype=float)
    levels = correlated(x, y, level=level)
    noise = [
        reliability(rate, np.sqrt(rate * (1 - rate) / n.to_numpy(dtype=float)))
        for rate, n in ((x, rows["cases"]), (y, rows["traces"]))
    ]
    return Validity(
        rows, source, levels, correlated(np.diff(x), np.diff(y), level=level),
        without_noise(levels.estimate, *noise), same_sign(np.diff(x), np.diff(y), level=level),
        "no_variation" if levels.estimate != levels.estimate else None, gated, held,
    )  # fmt: skip


def _after_the_gate(rows: DataFrame, level: float) -> tuple[Interval | None, Interval | None]:
    """Of the releases that passed, and of those that did not, the share that is shown to fail more than the last."""
    worse: dict[bool, list[bool]] = {True: [], False: []}
    for at in range(1, len(rows)):
        verdict, now, before = rows["verdict"][at], rows.iloc[at], rows.iloc[at - 1]
        if not isinstance(verdict, str):
            continue
        more = difference(
            int(now["failures"]), int(now["traces"]), int(before["failures"]), int(before["traces"]), level=level
        )
        worse[verdict == "pass"].append(more.low > 0)
    passed, held = (wilson(sum(worse[key]), len(worse[key]), level=level) for key in (True, False))
    return passed if passed.n else None, held if held.n else None
