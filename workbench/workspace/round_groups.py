"""Where the proposals of a round may come from: new groups, subjects that grew, categories that fail and lack cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.refresh import Group
    from workbench.workspace import Workspace
    from workbench.workspace.round_steps import Round

CELLS = 350
"""Categories from which a matrix of them has too many cells: it takes 400, and some are of the set alone."""


def traces(ws: Workspace) -> DataFrame:
    """All traces as they may be proposed, with what they are about and whether people failed them."""
    traces = ws._with_verdicts(ws._to_mine(None), ws._people()[0])
    names = {each.cluster: each.name for each in ws._subjects()}
    return traces.assign(category=traces["cluster"].map(names).astype(object))


def boundary(ws: Workspace, now: Round) -> tuple[datetime | None, str]:
    """The moment from which on traffic counts as new, and how to speak of it."""
    newest = ws._newest_trace()
    if newest is None:
        return None, ""
    until = None if now.before is None else now.before["ingest"]["until"]
    if until is not None and datetime.fromisoformat(until) < newest:
        at = datetime.fromisoformat(until)
        return at + timedelta(microseconds=1), f"since the last round ({at.day} {at:%b %Y})"
    days = now.days[0]
    return newest - timedelta(days=days), f"in the last {days} days of traffic"


def targets(ws: Workspace) -> dict[str, tuple[int, int]]:
    """Cases a category has and should have."""
    if ws.store.newest_map() is None:
        return {}
    if len(ws._newest_map().clusters) >= CELLS:
        return _held(ws)
    cells = ws.coverage(("intent",)).cells.frame
    return {str(row["intent"]): (int(row["have"]), int(row["target"])) for row in cells.to_dict("records")}


def _held(ws: Workspace) -> dict[str, tuple[int, int]]:
    """The same where the map has more categories than a matrix has cells: enough cases to count as covered for each."""
    from workbench.mirror import ENOUGH

    rows = ws.store.case_rows(statuses=["accepted"])
    held = Counter(_intents(rows))
    return {each.name: (held[each.name], ENOUGH) for each in ws._subjects()}


def waiting(ws: Workspace) -> dict[str, int]:
    """Candidates of a category on which nobody decided yet."""
    rows = ws.store.case_rows(statuses=["candidate"])
    return dict(Counter(str(each) for each in _intents(rows) if each))


def _intents(rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What the cases of the golden pool among some ask about; None where that is not said."""
    return [((row["content"] or {}).get("slices") or {}).get("intent") for row in rows if row["pool"] == "golden"]


def groups(ws: Workspace, now: Round, traces: DataFrame) -> list[Group]:
    """Where proposals may come from: what is new, subjects that grew, categories that fail and lack cases."""
    from workbench.golden.mining import grown
    from workbench.refresh import Group

    since, words = boundary(ws, now)
    typical = {trace_id for each in ws._subjects() for trace_id in each.typical}
    newest = traces.sort_values(["started_at", "trace_id"], ascending=[False, True], na_position="last")
    found = [
        Group("new", each["about"], f"one of {each['n']:,} traces alike that the map has no place for"
              f" ({each['about']})", each["trace_ids"])
        for each in now.steps["map"].get("groups") or ()
    ]  # fmt: skip
    if since is not None:
        late = newest[newest["started_at"] >= since]
        for cluster, (was, now_) in sorted(grown(traces, since).items(), key=lambda each: each[1][0] - each[1][1]):
            here = late.loc[late["cluster"] == cluster]
            name = str(here["category"].iloc[0])
            ids = sorted(here["trace_id"].astype(str), key=lambda each: each not in typical)
            why = f"\u201c{name}\u201d is new: {now_:.1%} of the traffic {words}, none before"
            if was > 0:
                why = f"\u201c{name}\u201d grew from {was:.1%} to {now_:.1%} of the traffic {words}"
            found.append(Group("grown" if was > 0 else "new", name, why, ids))
    for row in now.steps["slices"]["rows"]:
        bad = newest[newest["category"] == row["category"]]
        worst = bad["failed"].fillna(False).astype(int) * 2 + bad["signal"].astype(int)
        bad = bad[worst > 0].assign(worst=worst).sort_values("worst", ascending=False, kind="stable")
        what = "people failed" if row["source"] == "labels" else "signs of failure in"
        why = (
            f"{what} {row['rate']:.0%} ({100 * row['low']:.0f}-{100 * row['high']:.0f}, n {row['judged']:,}) of"
            f" \u201c{row['category']}\u201d, which has {row['have']:,} of {row['target']:,} cases"
        )
        said = {
            str(each["trace_id"]): "people failed this one" if each["worst"] > 1 else "this one shows a sign of failure"
            for each in bad.to_dict("records")
        }
        found.append(Group("failing", str(row["category"]), why, list(said), row["lacking"], said))
    return found
