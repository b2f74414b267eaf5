"""One draw before it is stored: the plan's strata over the frame, or traces that somebody picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest
from workbench.sample import PICKED, Arm, Drawn, Plan, SampleReport, Stratum, draw, evaluate, limits, pick
from workbench.workspace.frame import NO_MAP, UNCLUSTERED, marks, matches, moment, read_frame

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.store import Store


@dataclass(frozen=True)
class Made:
    """A draw: what came out, by which plan, from which window."""

    drawn: Drawn
    plan: str
    random_share: float
    window: Mapping[str, Any]


def drawn_by(store: Store, plan: Plan, n: int, *, seed: int, window: Mapping[str, Any], progress: Any = None) -> Made:
    """Draw by a plan.

    Raises:
        BadRequest: The plan needs a window and none was named.
        TooLittleData: There are no traces in the window.
    """
    given = {key: value for key, value in window.items() if value is not None}
    if plan.needs_window and not given:
        raise BadRequest(
            f"plan {plan.name!r} draws from a part of the traces and none was named; give since, until or where."
        )
    frame = read_frame(store, **window, progress=progress)
    drawn = draw(
        frame["trace_id"].tolist(),
        frame["unit"].to_numpy(dtype="int64"),
        _arms(store, plan, frame),
        n=n,
        seed=seed,
        random_share=plan.random_share,
        n_picked=round(n * plan.pick_share),
        measures={name: frame[name].to_numpy(dtype=float, na_value=float("nan")) for name in plan.picks},
    )
    for key in given.keys() & {"since", "until"}:
        given[key] = moment(given[key], end=key == "until")
    if "clusters" in given:
        given["clusters"] = [int(each) for each in given["clusters"]]
    return Made(drawn, plan.name, plan.random_share, given)


def picked(store: Store, trace_ids: Sequence[str], n: int, *, seed: int, reason: str, progress: Any = None) -> Made:
    """Take n of some traces that somebody chose by looking at them.

    Raises:
        BadRequest: No ids, or ids that the workspace does not have.
    """
    ids = list(dict.fromkeys(trace_ids))
    known = store.known_ids(ids)
    if not ids or len(known) < len(ids):
        raise BadRequest(
            f"{len(ids) - len(known)} of the {len(ids)} trace ids are not in this workspace; name traces that are."
        )
    unit = marks(store, progress).set_index("trace_id")["unit"].reindex(ids).astype("Int64")
    alone = unit.isna().to_numpy(dtype=bool)  # came in a moment ago: a group of its own
    groups = unit.to_numpy(dtype="int64", na_value=-1)
    groups[alone] = -1 - alone.nonzero()[0]
    return Made(pick(ids, groups, n=n, seed=seed, reason=reason), PICKED, 0.0, {})


def stored(made: Made, *, seed: int, asked: int) -> dict[str, Any]:
    """A draw as it is kept beside the rows."""
    window = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in made.window.items()}
    return {
        "plan": made.plan,
        "seed": seed,
        "asked": asked,
        "n": len(made.drawn.rows),
        "frame": len(made.drawn.frame),
        "random_share": made.random_share,
        "window": window,
        "strata": [dict(row) for row in made.drawn.strata],
        "warnings": list(made.drawn.warnings),
        "relaxed": made.drawn.relaxed,
        "extensions": [],
    }


def report(sample_id: str, name: str, plan: Mapping[str, Any], rows: DataFrame, *, added: int) -> SampleReport:
    """The report of a sample, from its plan as kept and its rows."""
    weights = rows["weight"].dropna().to_numpy(dtype=float)
    n_picked = len(rows) - len(weights)
    able = limits(weights, plan["strata"], n_picked=n_picked)
    return SampleReport(
        sample_id=sample_id,
        name=name,
        plan=plan["plan"],
        seed=plan["seed"],
        n=len(rows),
        added=added,
        frame=plan["frame"],
        random=sum(row["random"] for row in plan["strata"]),
        picked=n_picked,
        strata=tuple(plan["strata"]),
        relaxed=plan["relaxed"],
        effective_n=able.effective_n,
        smallest_share=able.smallest_share,
        can=able.can,
        cannot=able.cannot,
        warnings=tuple(plan["warnings"]),
        window=plan["window"],
    )


def _arms(store: Store, plan: Plan, frame: DataFrame) -> list[Arm]:
    """The plan's strata as they meet the frame."""
    strata = plan.strata
    if plan.by_cluster:
        if "cluster" not in frame:
            return [Arm("clusters", 1.0, None, missing=NO_MAP)]
        strata = _of_clusters(frame)
    arms = []
    for stratum in strata:
        matched = matches(store, frame, stratum.where) if stratum.where is not None else None
        found = evaluate(frame, stratum, matched)
        arms.append(Arm(stratum.name, stratum.share, found.member, found.reason, found.missing))
    return arms


def _of_clusters(frame: DataFrame) -> tuple[Stratum, ...]:
    """A stratum for each cluster, by the square root of its size.

    Power allocation: Bankier (1988), "Power Allocations: Determining Sample Sizes for Subnational Areas", The American
    Statistician 42, 174-177.
    """
    sizes = frame["cluster"][frame["cluster"] >= UNCLUSTERED].value_counts().sort_index()
    return tuple(
        Stratum(f"cluster {cluster}" if cluster >= 0 else "unclustered", float(size) ** 0.5, clusters=(cluster,))
        for cluster, size in zip(sizes.index.tolist(), sizes.tolist(), strict=True)
    )
