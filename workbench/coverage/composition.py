"""What a set is made of against what its stage asks for, and what in it has grown old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbench.stats.proportions import Interval, wilson

if TYPE_CHECKING:
    from pandas import DataFrame

SOURCES = {"production": 0.60, "expert": 0.20, "adversarial": 0.10, "synthetic": 0.10}
OLD = timedelta(days=182)  # six months: products and users change within them
OFF = 0.10  # share by which a source may be off before it is said


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a set has come.

    Attributes:
        name: start, growing or mature.
        low: Cases it has at least.
        high: Cases it has at most; None for no bound.
    """

    name: str
    low: int
    high: int | None

    @property
    def size(self) -> int:
        """The number to plan for: the middle of the stage, or where it begins if it has no end."""
        return self.low if self.high is None else (self.low + self.high) // 2


STAGES = (Stage("start", 50, 100), Stage("growing", 200, 500), Stage("mature", 1000, None))


@dataclass(frozen=True)
class Composition:
    """What the set is made of.

    Attributes:
        stage: The stage that its size is nearest to.
        n: Cases, without the edge set.
        missing: Cases to the beginning of the stage; 0 where it is reached.
        sources: source, n, share, low, high, target, off (whether the interval leaves out the target by more than is
            worth it).
        risks: risk_level, n and open ones among them with a failure to see.
        edges: injection, toxicity, policy: n; kept apart from the rest.
    """

    stage: Stage
    n: int
    missing: int
    sources: DataFrame = field(repr=False)
    risks: DataFrame = field(repr=False)
    edges: DataFrame = field(repr=False)


@dataclass(frozen=True)
class Staleness:
    """What has grown old.

    Attributes:
        unseen: Cases whose cell production has not shown within six months: case_id, the cell, last_seen.
        n_unseen: How many.
        share: Their share, with its interval.
        frozen_at: When the newest version was frozen; None where none was.
        days: Days since then.
        old: Whether that is more than six months.
        reason: Why it cannot be said, where it cannot.
    """

    unseen: DataFrame = field(repr=False)
    n_unseen: int
    share: Interval
    frozen_at: date | None
    days: int | None
    old: bool
    reason: str | None = None


def composition(cases: DataFrame, *, shares: Mapping[str, float] | None = None) -> Composition:
    """Set what a set is made of against its stage.

    Args:
        cases: One row per case: source, risk_level, edge.
        shares: Shares wanted by source; 60/20/10/10 by default, a rule of thumb and no more.
    """
    import pandas as pd

    plain = cases[cases["edge"].isna()]
    n = len(plain)
    stage = min(STAGES, key=lambda each: abs(n - each.size))
    wanted = shares or SOURCES
    rows: list[dict[str, Any]] = []
    for source, target in wanted.items():
        found = wilson(int((plain["source"] == source).sum()), n)
        off = bool(n) and abs(found.estimate - target) > OFF and not found.low <= target <= found.high
        rows.append(
            {"source": source, "n": round(found.estimate * n) if n else 0, "share": found.estimate, "low": found.low,
             "high": found.high, "target": target, "off": off}
        )  # fmt: skip
    levels = ("critical", "high", "medium", "low")
    risks = [{"risk_level": level, "n": int((plain["risk_level"] == level).sum())} for level in levels]
    edges = [{"edge": edge, "n": int((cases["edge"] == edge).sum())} for edge in ("injection", "toxicity", "policy")]
    return Composition(stage, n, max(stage.low - n, 0), pd.DataFrame(rows), pd.DataFrame(risks), pd.DataFrame(edges))


def staleness(
    cases: DataFrame, last_seen: Mapping[tuple[str, ...], date], by: tuple[str, ...], *, today: date,
    frozen_at: date | None = None,
) -> Staleness:  # fmt: skip
    """Find cases whose cell production no longer shows, and sets that are old as a whole.

    Args:
        cases: One row per case: case_id and the dimensions.
        last_seen: The day on which each cell was last seen in production, in the order of ``by``.
        by: The dimensions.
        today: The day to count from.
        frozen_at: When the newest version was frozen.
    """
    import pandas as pd

    rows, placed = [], 0
    for row in cases.to_dict("records"):
        cell = tuple(str(row[name]) for name in by if isinstance(row.get(name), str) and row[name])
        if len(cell) < len(by):
            continue
        placed += 1
        seen = last_seen.get(cell)
        if seen is None or today - seen > OLD:
            rows.append({"case_id": row["case_id"], "cell": " · ".join(cell), "last_seen": seen})
    days = None if frozen_at is None else (today - frozen_at).days
    reason = None if placed else "no case says which cell it belongs to"
    frame = pd.DataFrame(rows, columns=["case_id", "cell", "last_seen"])
    return Staleness(
        frame, len(rows), wilson(len(rows), placed), frozen_at, days, days is not None and days > OLD.days, reason
    )
