"""Which kinds of question fail most and have too few cases: where the next cases should come from.

Ordered by the lower bound of the failure rate, so that three failures in four traces do not come before thirty in a
hundred. One source for all: what people said where they read enough, else signs of failure, which are hints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.stats.proportions import wilson

if TYPE_CHECKING:
    from pandas import DataFrame

READ = 10
"""Traces of a category, on average, that people have to have read before their word is taken instead of signals."""
MOST = 10
COLUMNS = (
    "category", "n", "judged", "failures", "rate", "low", "high", "source", "have", "waiting", "target", "lacking",
)  # fmt: skip


def failing_slices(
    traces: DataFrame, held: Mapping[str, tuple[int, int]], waiting: Mapping[str, int], *, least: int = 0,
    most: int = MOST, level: float = 0.95,
) -> DataFrame:  # fmt: skip
    """Find the categories with the highest failure rates that lack cases.

    Args:
        traces: One row per trace: category (None for none), failed (by people; empty where nobody read it) and signal.
        held: Cases a category has, and should have.
        waiting: Candidates of a category that nobody has decided on.
        least: How many to give even where they fail no more than the rest.
        most: How many to give at most.
        level: Of the intervals.

    Returns:
        Rows of ``COLUMNS``, the surest failing first.
    """
    import pandas as pd

    there = traces[traces["category"].notna()]
    read = there["failed"].notna()
    by_people = len(there) > 0 and int(read.sum()) >= READ * there["category"].nunique()
    judged = there[read] if by_people else there
    bad = judged["failed"].astype(bool) if by_people else judged["signal"].astype(bool)
    overall = float(bad.mean()) if len(judged) else 0.0
    counts = judged.assign(bad=bad).groupby("category")["bad"].agg(["sum", "size"]) if len(judged) else None
    rows = []
    for category, n in there["category"].value_counts(sort=False).items():
        x, of = (0, 0) if counts is None or category not in counts.index else map(int, counts.loc[category])
        share = wilson(x, of, level=level)
        have, target = held.get(str(category), (0, 0))
        lacking = target - have - waiting.get(str(category), 0)
        if lacking <= 0 or x == 0:
            continue
        rows.append(
            (category, int(n), of, x, share.estimate, share.low, share.high, "labels" if by_people else "signals",
             have, waiting.get(str(category), 0), target, lacking)
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
        ["low", "n", "category"], ascending=[False, False, True], ignore_index=True
    )
    alone = there["category"].nunique() == 1
    more = (frame["rate"] > overall) | alone
    frame = frame.assign(more=more).sort_values("more", ascending=False, kind="stable").drop(columns="more")
    return frame.head(min(most, max(int(more.sum()), least))).reset_index(drop=True)
