"""Outcomes over time in sentences: what changed in the last seven days, and what could not be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.drift.words import MEASURED, told_as
from workbench.one_line import one_line

if TYPE_CHECKING:
    from workbench.drift.over_time import OutcomesOverTime

WHY = {
    "no_traces": "No trace meets the condition.",
    "no_outcomes": "No trace says what became of it.",
    "no_times": "No trace has a time, so nothing can be said over time.",
}
MOST = 8


def sentences(found: OutcomesOverTime) -> tuple[str, ...]:
    """Tell them, each on one line whatever the names in it."""
    return tuple(one_line(each) for each in _told(found))


def _told(found: OutcomesOverTime) -> list[str]:
    if found.reason:
        return [WHY[found.reason]]
    changed = found.changed.sort_values(["p_bh", "measure", "group"], kind="stable")
    told = [_change(row, found.by) for row in changed.head(MOST).to_dict("records")]
    if len(changed) > MOST:
        told.append(f"And {len(changed) - MOST} more.")
    if not told:
        told.append(
            f"{_where_judged(found)} last seven days are like those before, as far as can be shown."
            if len(found.newest)
            else f"Nothing can be judged: the last seven days and those before need {found.min_n} traces and ten"
            " sessions each."
        )
    few = int((~found.frame["enough"].astype(bool)).sum())
    if few:
        told.append(
            f"{few:,} of {len(found.frame):,} values rest on fewer than {found.min_n} traces or ten sessions and are"
            " not judged."
        )
    return told


def _where_judged(found: OutcomesOverTime) -> str:
    judged, known = found.newest["group"].nunique(), found.groups["group"].nunique()
    return "The" if judged == known else f"In {judged:,} of {known:,} groups, those with enough traces, the"


def _change(row: Any, by: str | None) -> str:
    show = told_as(row["measure"])
    of = "" if by is None else f", {by} {row['group']}" if by == "release" else f", {row['group']}"
    return (
        f"{MEASURED[row['measure']]}{of}: {show(row['now'])} from {row['start']} to {row['end']} (n {row['now_n']:,}),"
        f" {show(row['before'])} before (n {row['n']:,}); p {row['p_bh']:.3f}."
    )
