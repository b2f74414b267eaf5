"""Maps over time: a new map takes over the ids of the old one, a person's decision makes a new version of a map.

Every map keeps, with its parameters, what happened to its clusters when it was made. Ids count up over all maps of a
workspace and are never used again, so that "cluster 12" means one thing in a sample, a report and a colour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from workbench.atlas import StorableMap, counted, storable, with_marks
from workbench.stats.proportions import wilson

COLUMNS = ["map_id", "made_at", "cluster", "name", "event", "from", "share", "n", "by", "reason"]
PROPOSALS = [
    "proposal", "n", "sessions", "share", "low", "high", "keywords", "density", "usual", "stability", "sure",
    "trace_ids", "examples",
]  # fmt: skip
BACKGROUND = 2_000
"""Texts of the map that a proposal's words are set against."""


@dataclass(frozen=True)
class Proposals:
    """What may be new clusters.

    Attributes:
        frame: One row each, the largest first: the columns of ``PROPOSALS``.
        off_map: Traces off the map that nobody dismissed.
        reason: Why there is none, in a sentence.
    """

    frame: DataFrame
    off_map: int
    reason: str | None = None


def carried(made: StorableMap, stored: Any | None, *, next_id: int, comparable: bool) -> StorableMap:
    """Give a map that was just made the ids and names of the one before it.

    Args:
        made: The new map, its clusters numbered from 0.
        stored: The map before, None for the first.
        next_id: The lowest id that no map has had.
        comparable: Whether both maps hold vectors of the same embedder and text view.
    """
    from workbench.clusters.lineage import match

    old = made.points.iloc[:0] if stored is None else with_marks(stored.points)
    old_clusters = made.clusters.iloc[:0] if stored is None else stored.clusters
    old_ids = old_clusters["cluster"].to_numpy(dtype=np.int64)
    both = made.points[["trace_id", "cluster"]].merge(old[["trace_id", "cluster"]], on="trace_id", suffixes=("", "_"))
    place = {cluster: row for row, cluster in enumerate(old_ids.tolist())}
    sizes = old["cluster"].value_counts()
    found = match(
        np.asarray([place.get(each, -1) for each in both["cluster_"].fillna(-1).astype(int)], dtype=np.int64),
        both["cluster"].fillna(-1).to_numpy(dtype=np.int64),
        old_ids=old_ids,
        old_sizes=np.asarray([int(sizes.get(each, 0)) for each in old_ids], dtype=np.int64),
        new_sizes=made.clusters["n"].to_numpy(dtype=np.int64),
        next_id=next_id,
        old_centroids=_centroids(stored, old_ids) if comparable and stored is not None else None,
        new_centroids=made.arrays["centroids"] if comparable and stored is not None else None,
    )
    numbers = made.points["cluster"]
    ids = pd.Series(found.ids[numbers.fillna(0).astype(int)] if len(found.ids) else 0, index=numbers.index)
    before = dict(zip(old_ids.tolist(), old_clusters["name"].astype(str), strict=True)) if stored is not None else {}
    names = _names(made.clusters, found.ids, found.renamed, before)
    clusters = made.clusters.assign(cluster=found.ids, name=pd.Series(names, index=made.clusters.index, dtype="str"))
    kept = sum(event["event"] == "kept" for event in found.events)
    gone = sum(event["event"] == "gone" for event in found.events)
    return replace(
        made,
        points=made.points.assign(cluster=ids.astype("Int64").mask(numbers.isna())),
        clusters=clusters,
        arrays={**made.arrays, "centroid_clusters": found.ids},
        params={**made.params, "next_cluster": found.next_id, "lineage": found.events},
        counts={**made.counts, "kept": kept, "new": len(found.ids) - kept, "gone": gone},
    )


def _centroids(stored: Any, ids: np.ndarray) -> np.ndarray | None:
    """The centroids of a stored map's clusters, zeros where one has none; None for maps from before they were kept."""
    if not {"centroids", "centroid_clusters"} <= set(stored.arrays):
        return None
    kept = dict(zip(stored.array("centroid_clusters").tolist(), np.asarray(stored.array("centroids")), strict=True))
    width = stored.array("centroids").shape[1]
    return np.asarray([kept.get(each, np.zeros(width)) for each in ids.tolist()]).reshape(len(ids), width)


def _names(clusters: DataFrame, ids: np.ndarray, renamed: np.ndarray, before: Mapping[int, str]) -> list[str]:
    """Names: the old one where it is kept; else the new one, told apart from those that were taken over."""
    given = {before[int(each)] for each, new in zip(ids, renamed, strict=True) if not new}
    result = []
    for each, new, row in zip(ids.tolist(), renamed, clusters.to_dict("records"), strict=True):
        name = before[each] if not new else _free(row, each, given)
        given.add(name)
        result.append(name)
    return result


def _free(row: Mapping[Any, Any], cluster: int, given: set[str]) -> str:
    words = [str(word) for word in row["keywords"]]
    if not words:
        return f"cluster {cluster}"
    numbered = row["name"] == f"{words[0]} ({row['cluster']})"  # by its place on the new map, which is not its id
    choices = [*([] if numbered else [str(row["name"])]), *(f"{words[0]}, {extra}" for extra in words[1:])]
    return next((name for name in choices if name not in given), f"{words[0]} ({cluster})")


def next_id(maps: DataFrame, clusters: Any) -> int:
    """The lowest id that no map has had; maps from before ids lasted are asked for their clusters."""
    known = []
    for made in maps.to_dict("records"):
        own = None if "next_cluster" in made["params"] else clusters(made["map_id"])
        known.append(int(made["params"].get("next_cluster", 0)) if own is None else int(own["cluster"].max()) + 1)
    return max(known, default=0)


def proposals(
    points: DataFrame,
    vectors: np.ndarray,
    *,
    sessions: Mapping[str, str],
    read: Any,
    draws: int | None = None,
    seed: int = 0,
) -> Proposals:
    """Find groups of traces off the map that may be new clusters.

    Args:
        points: The map's points.
        vectors: Theirs, row by row.
        sessions: The session of traces that have one.
        read: Gives the texts of a list of trace ids, for keywords.
        draws: How often sessions are drawn anew.
        seed: Where chance enters.
    """
    from workbench.clusters.proposing import DRAWS, LEAST, LEAST_SESSIONS

    nothing = DataFrame(columns=PROPOSALS)
    off, whose, usual, cut = _off(points, vectors, sessions)
    if len(off) < LEAST:
        return Proposals(nothing, len(off), f"{len(off)} traces are off the map; a proposal needs {LEAST}.")
    if not np.isfinite(cut):
        return Proposals(nothing, len(off), "this map has no clusters that say how alike traces have to be.")
    groups = _groups(vectors[off], whose, cut, draws=DRAWS if draws is None else draws, seed=seed)
    if not groups:
        told = (
            f"{len(off)} traces are off the map, and no {LEAST} of them, from {LEAST_SESSIONS} sessions or more, "
            f"are as alike as the texts of a cluster of this map are (mean cosine {cut:.2f})."
        )
        return Proposals(nothing, len(off), told)
    ids = points["trace_id"].to_numpy()
    keywords = _keywords(ids, [off[group.rows] for group in groups], read, seed=seed)
    n_placed = int(with_marks(points)["placed"].sum())
    rows = []
    for group, words in zip(groups, keywords, strict=True):
        own = ids[off[group.rows]].tolist()
        share = wilson(len(own), max(n_placed, len(own)))
        rows.append(
            {
                "proposal": _name_of(own), "n": len(own), "sessions": len(np.unique(whose[group.rows])),
                "share": share.estimate, "low": share.low, "high": share.high, "keywords": words,
                "density": group.density, "usual": float(np.median(usual)), "stability": group.stability,
                "sure": group.sure, "trace_ids": own, "examples": own[:4],
            }
        )  # fmt: skip
    return Proposals(DataFrame(rows, columns=PROPOSALS), len(off))


def n_proposals(points: DataFrame, vectors: np.ndarray, sessions: Mapping[str, str]) -> int:
    """How many proposals there are, without their words and how sure they are."""
    off, whose, _, cut = _off(points, vectors, sessions)
    return len(_groups(vectors[off], whose, cut, draws=0, seed=0))


def _off(
    points: DataFrame, vectors: np.ndarray, sessions: Mapping[str, str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Rows off the map that nobody dismissed, their sessions, how close the map's texts are, the cut."""
    from workbench.clusters.proposing import LEAST, closeness, cut_of

    points = with_marks(points)
    off = np.flatnonzero((points["off_map"] & ~points["dismissed"]).to_numpy())
    ids = points["trace_id"].to_numpy()[off]
    whose = np.asarray([str(sessions.get(each) or f"trace {each}") for each in ids], dtype=object)
    if len(off) < LEAST:
        return off, whose, np.empty(0), float("nan")
    usual = closeness(vectors, points["cluster"].fillna(-1).to_numpy(dtype=np.int64))
    return off, whose, usual, cut_of(usual)


def _groups(vectors: np.ndarray, whose: np.ndarray, cut: float, *, draws: int, seed: int) -> list[Any]:
    from workbench.clusters.proposing import propose

    return propose(vectors, cut=cut, sessions=whose, draws=draws, seed=seed)


def _name_of(trace_ids: Sequence[str]) -> str:
    """A proposal's id: of exactly these traces, so that nobody accepts what they have not seen."""
    import hashlib

    return "p-" + hashlib.sha256("\n".join(sorted(trace_ids)).encode()).hexdigest()[:8]


def _keywords(ids: np.ndarray, groups: list[np.ndarray], read: Any, *, seed: int) -> list[list[str]]:
    from workbench.clusters import names

    inside = np.concatenate(groups)
    rest = np.setdiff1d(np.arange(len(ids)), inside)
    rest = np.sort(np.random.default_rng(seed).permutation(rest)[:BACKGROUND])
    labels = np.concatenate([*(np.full(len(rows), at) for at, rows in enumerate(groups)), np.full(len(rest), -1)])
    texts = read(ids[np.concatenate([inside, rest])].tolist())
    return names(texts, labels)[1]


def accepted(
    stored: Any, trace_ids: Sequence[str], vectors: np.ndarray, *, map_id: str, next_id: int, name: str,
    keywords: Sequence[str], by: str,
) -> StorableMap:  # fmt: skip
    """A version of a map on which some traces are a cluster; no point moves, and nothing else changes.

    Args:
        stored: The map.
        trace_ids: Traces off the map, the most central first.
        vectors: Theirs, row by row.
        map_id: The id of the version.
        next_id: The id of the cluster.
        name: What a person calls it.
        keywords: Words that tell it apart.
        by: Who accepted it.
    """
    from workbench.clusters.lineage import centroids

    points = with_marks(stored.points)
    inside = points["trace_id"].isin(set(trace_ids)).to_numpy()
    points["cluster"] = points["cluster"].mask(inside, next_id)
    points["off_map"] &= ~inside
    middle = points.loc[inside, ["x", "y"]].median()
    row = DataFrame(
        {
            "cluster": [next_id], "n": [len(trace_ids)], "share": [0.0], "name": [name], "keywords": [list(keywords)],
            "medoid": [trace_ids[0]], "exemplars": [list(trace_ids[1:4])],
            "x": np.asarray([middle["x"]], dtype=np.float32), "y": np.asarray([middle["y"]], dtype=np.float32),
        }
    )  # fmt: skip
    clusters = counted(pd.concat([stored.clusters, row[list(stored.clusters.columns)]], ignore_index=True), points)
    arrays = {each: stored.array(each) for each in stored.arrays}
    if "centroids" in arrays:
        centre = centroids(vectors, np.zeros(len(vectors), dtype=np.int64), 1)
        arrays["centroids"] = np.concatenate([arrays["centroids"], centre])
        arrays["centroid_clusters"] = np.append(arrays["centroid_clusters"], next_id)
    event = _decision("accepted", next_id, len(trace_ids), by, None)
    params = {**stored.params, "updated_from": stored.map_id, "next_cluster": next_id + 1, "lineage": [event]}
    return storable(map_id, points, clusters, arrays, params)


def dismissed(stored: Any, trace_ids: Sequence[str], *, map_id: str, reason: str, by: str) -> StorableMap:
    """A version of a map on which some traces off it are no longer proposed."""
    points = with_marks(stored.points)
    points["dismissed"] |= points["trace_id"].isin(set(trace_ids))
    arrays = {each: stored.array(each) for each in stored.arrays}
    event = _decision("dismissed", None, len(trace_ids), by, reason)
    params = {**stored.params, "updated_from": stored.map_id, "lineage": [event]}
    return storable(map_id, points, stored.clusters, arrays, params)


def _decision(event: str, cluster: int | None, n: int, by: str, reason: str | None) -> dict[str, Any]:
    return {"cluster": cluster, "event": event, "from": None, "share": None, "n": n, "by": by, "reason": reason}


def frame(maps: DataFrame, clusters: Any) -> DataFrame:
    """What happened to clusters, map by map, oldest first.

    Args:
        maps: Columns map_id, created_at and params, oldest first.
        clusters: Gives the clusters of a map by its id; None where its files cannot be read.

    Returns:
        The columns of ``COLUMNS``: share is the Jaccard similarity of a kept cluster, of a split or a merger the share
        of the cluster it comes from. A map from before lineage was kept has all its clusters as new.
    """
    rows: list[dict[str, Any]] = []
    names: dict[int, str] = {}
    for made in maps.to_dict("records"):
        params, own = made["params"], clusters(made["map_id"])
        called = {} if own is None else dict(zip(own["cluster"].astype(int), own["name"].astype(str), strict=True))
        events = params.get("lineage")
        if events is None:
            events = [] if own is None or "updated_from" in params else _all_new(own)
        names |= called
        rows += [
            {
                **event, "map_id": made["map_id"], "made_at": made["created_at"], "by": event.get("by"),
                "name": "" if event["cluster"] is None else names.get(event["cluster"], f"cluster {event['cluster']}"),
            }
            for event in events
        ]  # fmt: skip
    found = DataFrame(rows, columns=COLUMNS)
    types = {"map_id": "str", "name": "str", "event": "str", "cluster": "Int64", "from": "Int64", "n": "int64"}
    return found.astype({**types, "share": "float64", "by": "object", "reason": "object"})


def _all_new(clusters: DataFrame) -> list[dict[str, Any]]:
    return [
        {"cluster": int(cluster), "event": "new", "from": None, "share": None, "n": int(n), "reason": None}
        for cluster, n in zip(clusters["cluster"], clusters["n"], strict=True)
    ]
