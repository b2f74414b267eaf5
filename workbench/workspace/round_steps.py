"""The steps of a recurring round: each reads the workspace, calls the steps that are there already, gives plain values.

What a step gives is stored the moment it is done, so it holds counts, ids, names of clusters and codes, and no text of
a trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, NotReady
from workbench.workspace import drifting
from workbench.workspace.rolling import MADE_ROOM, TOO_OLD
from workbench.workspace.rolling import WHY as ROLLING
from workbench.workspace.round_groups import CELLS, boundary, groups, targets, traces, waiting

if TYPE_CHECKING:
    from workbench.ingest.parts import Progress
    from workbench.workspace import Workspace

DAYS = {"week": (7, 28), "sprint": (14, 56), "quarter": (91, 91)}
"""Days of the current set and of the ones before it: four times as many, so that the usual is known better."""
LEVELS = 4
"""Values of complexity, *not given* among them."""
QUERIES = 1000
"""The newest queries that a quarterly round looks for failing categories in."""
LEAST = 5
"""Categories that a quarterly round names even where they fail no more than the rest."""


@dataclass
class Round:
    """A round under way."""

    round_id: str
    period: str
    by: str
    n: int
    seed: int
    today: date
    began: datetime
    steps: dict[str, Any]
    before: Mapping[str, Any] | None
    progress: Progress | None = field(repr=False, default=None)

    @property
    def days(self) -> tuple[int, int]:
        """Days of the current set and of the ones before it."""
        return DAYS[self.period]


def map_step(ws: Workspace, now: Round) -> dict[str, Any]:
    """Place what is new on the map, and say which groups it has no place for."""
    newest = ws.store.newest_map()
    texts = ws._texts()["trace_id"]
    if texts.empty:
        return {"reason": "no trace has text"}
    on_map = set() if newest is None else set(ws.store.map(newest).points["trace_id"])
    made: dict[str, Any] = {"placed": 0, "off_map": 0}
    if newest is None or not set(texts) <= on_map:
        report = ws.map(update=newest is not None, progress=now.progress)
        made = {"placed": report.placed if newest is not None else report.traces, "off_map": report.off_map}
    stored = ws._newest_map()
    groups = [
        {"proposal": row["proposal"], "about": ", ".join(map(str, row["keywords"])), "n": int(row["n"]),
         "sure": str(row["sure"]), "trace_ids": [str(each) for each in row["trace_ids"]]}
        for row in ws.cluster_proposals().frame.to_dict("records")
    ]  # fmt: skip
    return {**made, "map_id": ws.store.newest_map(), "clusters": len(stored.clusters), "groups": groups}


def drift_step(ws: Workspace, now: Round) -> dict[str, Any]:
    """Hold the newest traffic against what came before it."""
    days, before = now.days
    newest = ws._newest_trace()
    # the verb's own windows are named by leaving them out, for of those it also knows the day before
    own = now.days == (drifting.DAYS, drifting.BEFORE)
    sets = (None, None) if newest is None or own else _between(newest, days, before)
    report = ws.drift(*sets, seed=now.seed, progress=now.progress)
    shares = report.clusters.shares
    sizes = (int(shares["n"].sum()), int(shares["other_n"].sum())) if len(shares) else (0, 0)
    outcomes = report.outcomes.to_dict("records")
    return {
        "verdict": report.verdict, "reason": report.reason, "what": list(report.what), "n": report.n,
        "other_n": report.other_n, "level": report.level, "min_n": report.min_n,
        "windows": f"the last {days} days of traffic against the {before} before them",
        "parts": [_safe(row) for row in report.parts.to_dict("records")],
        "leading": [{"cluster": _whole(row["cluster"]), "name": str(row["name"]), "state": row["state"]}
                    for row in report.leading.to_dict("records")],
        "shares": [_sides(row, sizes) for row in shares.head(20).to_dict("records")],
        "outcomes": [_safe(row) for row in outcomes],
        "lights": {name: light.state for name, light in report.lights.items()},
        "unseen_templates": {"share": report.golden_templates.share, "alert": report.golden_templates.alert},
        "snapshot": {"snapshot_id": report.snapshot.snapshot_id, "queries": report.snapshot.queries,
                     "shared": None if report.snapshot.jaccard is None else report.snapshot.jaccard.estimate,
                     "changed": report.snapshot.changed, "reason": report.snapshot.reason},
        "sentences": list(report.sentences), "notices": list(report.notices),
    }  # fmt: skip


def mirror_step(ws: Workspace, now: Round) -> dict[str, Any]:
    """Hold the set against production's failures."""
    report = ws.mirror(seed=now.seed, today=now.today)
    cover = report.modes.coverage
    return {
        "verdict": report.verdict, "reason": report.reason, "of": report.of, "missing": list(report.modes.missing),
        "coverage": _safe({"it": cover.estimate})["it"], "failures": report.modes.failures,
        "cases": report.modes.cases, "other_mix": report.other_mix,
        "modes": [_safe(row) for row in report.modes.frame.to_dict("records")],
        "signs": [asdict(each) for each in report.signs], "sentences": list(report.sentences),
        "notices": list(report.notices),
    }  # fmt: skip


def slices_step(ws: Workspace, now: Round) -> dict[str, Any]:
    """Find the categories that fail and lack cases: over the last 1,000 queries of a quarter, else since last time."""
    from workbench.refresh import failing_slices

    found = traces(ws)
    since, words = boundary(ws, now)
    if now.period == "quarter":
        recent = found[found["started_at"].notna()].sort_values(["started_at", "trace_id"]).tail(QUERIES)
        window = f"Over the last {len(recent):,} queries."
    else:
        recent = found[found["started_at"] >= since] if since is not None else found
        window = f"Over {len(recent):,} queries {words}."
    if recent["category"].isna().all():
        return {"rows": [], "window": window, "reason": "No trace of them is in a cluster of the map."}
    frame = failing_slices(recent, targets(ws), waiting(ws), least=LEAST if now.period == "quarter" else 0)
    return {"rows": [_safe(row) for row in frame.to_dict("records")], "window": window}


def choose_step(ws: Workspace, now: Round) -> dict[str, Any]:
    """Choose the traces to propose."""
    from workbench.refresh import propose

    found = traces(ws)
    units = dict(zip(found["trace_id"].astype(str), found["unit"].astype(int), strict=True))
    chosen = propose(groups(ws, now, found), n=now.n, units=units, known=ws._cases_already(list(units)))
    return {"proposals": [asdict(each) for each in chosen]}


def draft_step(ws: Workspace, now: Round) -> dict[str, Any]:
    """Draft the chosen traces as candidates; those that are cases already are left alone, so it may be repeated."""
    category = {"new": "drift", "grown": "drift", "failing": "edge"}
    chosen = now.steps["choose"]["proposals"]
    reasons = {each["trace_id"]: (each["why"], {"category": category[each["source"]]}) for each in chosen}
    report = ws._draft_from(reasons, by=now.by)
    refused = {row["trace_id"] for row in report.rejected_rows}
    ids = {ws._case_origin(trace_id): trace_id for trace_id in reasons if trace_id not in refused}
    made = {row["origin"]: row["case_id"] for row in ws.store.case_rows() if row["origin"] in ids}
    return {
        "case_ids": [made[origin] for origin in ids if origin in made],
        "traces": [ids[origin] for origin in ids if origin in made],
        "rejected": [dict(each) for each in report.rejected_rows],
    }


def rolling_step(ws: Workspace, now: Round) -> dict[str, Any]:
    """Turn the rolling pool over, where a team keeps one; once a round, however often it is taken up again."""
    rows = ws._rolling_rows(None)
    if not rows:
        return {"added": 0, "left": 0, "size": 0, "reason": "There is no rolling pool"}
    drawn = [row for row in rows if row["why"] == ROLLING and row["proposed_at"] >= now.began]
    left = [each for each in ws.store.case_changes(since=now.began) if each["reason"].endswith((TOO_OLD, MADE_ROOM))]
    if drawn or left:
        size = sum(row["status"] in ("candidate", "accepted") for row in rows)
        return {"added": len(drawn), "left": len(left), "size": size}
    report = ws.refresh_rolling(by=now.by, today=now.today)
    return {"added": report.added, "left": report.too_old + report.made_room, "size": report.size}


def retire_step(ws: Workspace, now: Round) -> dict[str, Any]:
    """Name the cases that ask what production no longer asks."""
    from workbench.refresh import retirements

    first = ws.store.query("SELECT min(started_at) AS first FROM traces")["first"].iloc[0]
    day = None if first is None or first != first else first.date()
    fine = ws.store.newest_map() is not None and len(ws._newest_map().clusters) * LEVELS < CELLS
    try:
        old = ws.coverage(("intent", "complexity") if fine else ("intent",), today=now.today).staleness
    except (NotReady, BadRequest) as none:
        return {"cases": [], "kept": 0, "reason": f"It cannot be told what production no longer asks: {none}"}
    rows = ws.store.case_rows(statuses=["accepted"])
    cases = {row["case_id"]: row["content"] for row in rows if row["content"] is not None}
    found = retirements(old.unseen.to_dict("records"), cases, first=day, today=now.today)
    told = [{**each, "last_seen": each["last_seen"] and each["last_seen"].isoformat()} for each in found.cases]
    made: dict[str, Any] = {"cases": told, "kept": found.kept}
    if found.reason:
        since = "without a date" if day is None else f"only since {day.isoformat()}"
        made["reason"] = f"The traffic at hand goes back {since}: what was not asked for six months cannot be told."
    return made


def decided(ws: Workspace, before: Mapping[str, Any] | None) -> dict[str, int]:
    """What became of the candidates of the last round."""
    ids = set(before["draft"]["case_ids"]) if before is not None else set()
    return dict(Counter(row["status"] for row in ws.store.case_rows() if row["case_id"] in ids))


def _between(newest: datetime, days: int, before: int) -> tuple[str, str]:
    """Conditions for the traffic of some days up to the newest trace, and for that before it."""
    start, first = newest - timedelta(days=days), newest - timedelta(days=days + before)
    from_, until, oldest = (f"TIMESTAMPTZ '{each.astimezone(UTC).isoformat()}'" for each in (start, newest, first))
    return f"started_at > {oldest} AND started_at <= {from_}", f"started_at > {from_} AND started_at <= {until}"


def _sides(row: Mapping[Any, Any], sizes: tuple[int, int]) -> dict[str, Any]:
    """A cluster's share before and now, each with its interval."""
    from workbench.stats.proportions import wilson

    first, other = wilson(int(row["n"]), sizes[0]), wilson(int(row["other_n"]), sizes[1])
    sides = {"reference": first, "current": other}
    told = {f"{name}{end}": getattr(side, part) for name, side in sides.items() for end, part in
            (("", "estimate"), ("_low", "low"), ("_high", "high"))}  # fmt: skip
    return {"name": str(row["name"]), "state": str(row["state"]), **_safe(told)}


def _whole(value: Any) -> int | None:
    return None if value is None or str(value) == "<NA>" else int(value)


def _safe(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Values as JSON has them: what is missing or has no bound is None."""
    return {str(name): _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if value is None or str(value) in ("nan", "<NA>", "NaT", "inf", "-inf"):
        return None
    return value.item() if hasattr(value, "item") else value
