"""What a person decides about a proposal: each time a new version of the map, on which nothing else changed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from workbench.atlas import StorableMap, counted, storable, with_marks


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
