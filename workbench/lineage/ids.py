"""Ids that last: a new map takes over those of the map before, and what happened is told map by map."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from workbench.atlas import StorableMap, with_marks

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
