"""Ids that last: a new map takes over those of the map before, and what happened is told map by map."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from workbench.atlas import StorableMap, with_marks

MOST = 0.9
"""The share of clusters that a new map should find again; where it finds fewer it says why."""
CLOUD = 0.25
"""The mean silhouette under which texts are a cloud more than islands (Kaufman & Rousseeuw 1990: no structure)."""
SOME = 0.05
"""The share of traces that came or went from which on that is told."""

COLUMNS = ["map_id", "made_at", "cluster", "name", "event", "from", "share", "n", "by", "reason"]

Clusters = Callable[[str], DataFrame | None]
"""Gives the clusters of a map by its id; None where its files cannot be read."""


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
    why = None
    if stored is not None and kept < MOST * len(old_ids):
        later = old["placed"] & old["trace_id"].isin(both["trace_id"])  # by an update, after the map was laid out
        why = why_not_kept(
            kept, len(old_ids), came=len(made.points) - len(both) + int(later.sum()), of=len(made.points),
            went=len(old) - len(both), params=made.params, before=stored.params, comparable=comparable,
        )  # fmt: skip
    return replace(
        made,
        points=made.points.assign(cluster=ids.astype("Int64").mask(numbers.isna())),
        clusters=clusters,
        arrays={**made.arrays, "centroid_clusters": found.ids},
        params={**made.params, "next_cluster": found.next_id, "lineage": found.events},
        counts={**made.counts, "kept": kept, "new": len(found.ids) - kept, "gone": gone, "why": why},
    )


def why_not_kept(
    kept: int, n: int, *, came: int, of: int, went: int, params: Mapping[str, Any], before: Mapping[str, Any],
    comparable: bool = True,
) -> str:  # fmt: skip
    """Say why a new map found fewer clusters again than a reader should expect.

    Args:
        kept: Clusters that were found again.
        n: Clusters of the map before.
        came: Traces that only the new map has, or that were placed on the old one after it was laid out.
        of: Traces of the new map.
        went: Traces that only the old map has.
        params: Parameters of the new map.
        before: Those of the old one.
        comparable: Whether both hold vectors of the same embedder and text view.
    """
    told = [] if comparable else ["other vectors than before (embedder or text view)"]
    told += [
        f"another {name.replace('_', ' ')}" for name in ("method", "reassign", "resolution", "n_clusters")
        if params.get(name) != before.get(name)
    ]  # fmt: skip
    if params.get("method") != "communities" and params.get("seed") != before.get("seed"):
        told.append(f"another seed, on which {params.get('method')} depends")
    told += [f"{came:,} of {of:,} traces came since the last one was laid out"] if came > SOME * of else []
    told += [f"{went:,} that were on it are gone"] if went > SOME * of else []
    apart = (params.get("found") or {}).get("separation")
    if apart is not None and apart < CLOUD:
        told.append(
            f"the texts are a cloud more than islands (silhouette {apart:.2f}), and where it is cut is arbitrary"
        )
    reasons = "; ".join(told) or "what became of them shares less than half with what they were"
    return f"{kept} of {n} clusters were found again: {reasons}"


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


def next_id(maps: DataFrame, clusters: Clusters) -> int:
    """The lowest id that no map has had; maps from before ids lasted are asked for their clusters."""
    known = []
    for made in maps.to_dict("records"):
        own = None if "next_cluster" in made["params"] else clusters(made["map_id"])
        known.append(int(made["params"].get("next_cluster", 0)) if own is None else int(own["cluster"].max()) + 1)
    return max(known, default=0)


def frame(maps: DataFrame, clusters: Clusters) -> DataFrame:
    """What happened to clusters, map by map, oldest first.

    Args:
        maps: Columns map_id, created_at and params, oldest first.
        clusters: Gives the clusters of a map by its id; None where its files cannot be read.

    Returns:
        The columns of ``COLUMNS``: share is the Jaccard similarity of a kept cluster, of a split or a merger the share
        of the cluster it comes from. A map from before lineage was kept has all its clusters as new. A cluster of which
        a purge left nothing is gone at the next map that was made anew, or at the newest.
    """
    rows: list[dict[str, Any]] = []
    names: dict[int, str] = {}
    there: set[int] = set()
    newest = maps["map_id"].iloc[-1] if len(maps) else None
    for made in maps.to_dict("records"):
        params, own = made["params"], clusters(made["map_id"])
        called = {} if own is None else dict(zip(own["cluster"].astype(int), own["name"].astype(str), strict=True))
        events = params.get("lineage")
        if events is None:
            events = [] if own is None or "updated_from" in params else _all_new(own)
        names |= called
        now = {each["cluster"] for each in events if each["event"] in ("kept", "new", "accepted")}
        told = {each["cluster"] for each in events if each["event"] == "gone"}
        if now and "updated_from" not in params:
            events = [*events, *_purged(there - now - told if "lineage" in params else set())]
            there = now
        there |= now
        if made["map_id"] == newest and own is not None:
            events = [*events, *_purged(there - set(called))]
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


def _purged(clusters: set[int]) -> list[dict[str, Any]]:
    why = "its traces were purged"
    return [
        {"cluster": each, "event": "gone", "from": None, "share": None, "n": 0, "reason": why}
        for each in sorted(clusters)
    ]


def _all_new(clusters: DataFrame) -> list[dict[str, Any]]:
    return [
        {"cluster": int(cluster), "event": "new", "from": None, "share": None, "n": int(n), "reason": None}
        for cluster, n in zip(clusters["cluster"], clusters["n"], strict=True)
    ]
