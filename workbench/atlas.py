"""Between the stored tables and the map step: which text each trace contributes, and a map in the form it is stored.

A map is stored with its points by trace, its clusters, its graph and every parameter, so that a page, a notebook and
a later update read the same thing. Clusters name traces by id here; the map step itself knows only row numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from workbench.stats.proportions import wilson

LIGHT_COLUMNS = [
    "trace_id",
    "session_id",
    "started_at",
    "latency_ms",
    "source",
    "name",
    "environment",
    "release",
    "model",
    "provider",
    "prompt_hash",
    "n_turns",
    "n_tool_calls",
    "tokens_in",
    "tokens_out",
    "cost_usd",
    "status",
    "feedback",
    "signals",
    "batch",
]
FIRST_WORDS = "left(regexp_replace(coalesce(input, output, ''), '\\s+', ' ', 'g'), 160) AS first_words"


@dataclass(frozen=True)
class StorableMap:
    """A map as it goes into the store: points by trace id, clusters, arrays, parameters, and the short account."""

    map_id: str
    points: DataFrame
    clusters: DataFrame
    arrays: dict[str, np.ndarray]
    params: dict[str, Any]
    counts: dict[str, Any]


def texts(frame: DataFrame, view: str) -> DataFrame:
    """The text each trace contributes to the map.

    Args:
        frame: Columns trace_id, input, output, messages.
        view: A name from ``workbench.embed.TEXT_VIEWS``.

    Returns:
        Columns trace_id, text, text_hash; traces without text are left out.
    """
    from workbench.embed import text_hash, trace_text

    text = trace_text(frame, view)
    kept = DataFrame({"trace_id": frame["trace_id"].to_numpy(), "text": text.to_numpy()})
    kept = kept[kept["text"].fillna("").str.strip() != ""].reset_index(drop=True)
    kept["text_hash"] = [text_hash(value) for value in kept["text"]]
    return kept


def build(
    texts: DataFrame,
    vectors: np.ndarray,
    *,
    map_id: str,
    embed: Callable[[list[str]], np.ndarray],
    view: Mapping[str, Any],
    options: Mapping[str, Any],
    progress: Any = None,
) -> StorableMap:
    """Lay texts out anew.

    Args:
        texts: As ``texts`` returns them.
        vectors: Shape (n, d), row-aligned with ``texts``.
        map_id: The id the map will bear.
        embed: Gives vectors of candidate names.
        view: What was embedded: embedder and text view; kept with the parameters.
        options: Keywords of ``clusters.build_map``; method "auto" means its default.
        progress: Called with stage, done and total.
    """
    from workbench.clusters import DEFAULT, build_map
    from workbench.clusters.lineage import centroids

    chosen = dict(options)
    if chosen.get("method", "auto") == "auto":
        chosen["method"] = DEFAULT
    made = build_map(vectors, texts["text"].tolist(), embed=embed, progress=progress, **chosen)
    ids = texts["trace_id"].to_numpy()
    points = made.points.assign(
        trace_id=ids, text_hash=texts["text_hash"].to_numpy(), off_map=False, placed=False, dismissed=False
    )
    place = made.points["cluster"].fillna(-1).to_numpy(dtype=np.int64)
    graph = made.graph.tocsr()
    return storable(
        map_id,
        points,
        _by_trace(made.clusters, ids),
        {
            "neighbours": made.neighbours,
            "similarities": made.similarities,
            "graph_data": graph.data,
            "graph_indices": graph.indices,
            "graph_indptr": graph.indptr,
            "centroids": centroids(vectors, place, len(made.clusters)),
            "centroid_clusters": np.arange(len(made.clusters)),
        },
        {**made.params, **view},
    )


def update(stored: Any, texts: DataFrame, vectors: np.ndarray, *, map_id: str, view: Mapping[str, Any]) -> StorableMap:
    """Place traces that are not on a stored map yet; no point that is on it moves.

    What is too far from everything is off the map and in no cluster, and nothing is placed by it: ten of a kind that
    come one after the other are all off the map, until a person accepts them as a cluster.

    Args:
        stored: The stored map.
        texts: As ``texts`` returns them, for all traces.
        vectors: Row-aligned with ``texts``.
        map_id: The id the new version will bear.
        view: What was embedded; must be what the stored map was made from, or a rebuild is needed.
    """
    from workbench.clusters import place
    from workbench.errors import NotReady

    for key, value in view.items():
        if stored.params.get(key) != value:
            raise NotReady(
                f"the newest map was made with {key} {stored.params.get(key)!r}, the settings say {value!r}."
                " Make a new map: workbench map"
            )
    row_of = {trace_id: row for row, trace_id in enumerate(texts["trace_id"])}
    old = with_marks(stored.points)
    old = old[[trace_id in row_of for trace_id in old["trace_id"]]].reset_index(drop=True)
    on_map = np.asarray([row_of[trace_id] for trace_id in old["trace_id"]], dtype=np.int64)
    fresh = np.setdiff1d(np.arange(len(texts)), on_map)
    arrays = {name: stored.array(name) for name in stored.arrays}
    points = old
    if len(fresh):
        footing = ~old["off_map"].to_numpy(dtype=bool)
        if not footing.any():
            raise NotReady("none of the traces that the newest map was made of are left. Make a new map: workbench map")
        placed = place(vectors[fresh], vectors[on_map[footing]], old[footing])
        placed = placed.assign(
            trace_id=texts["trace_id"].to_numpy()[fresh], text_hash=texts["text_hash"].to_numpy()[fresh],
            cluster=placed["cluster"].mask(placed["off_map"]), placed=True, dismissed=False,
        )  # fmt: skip
        points = pd.concat([old, placed[[column for column in old.columns if column in placed]]], ignore_index=True)
    params = {**stored.params, "updated_from": stored.map_id, "lineage": []}
    made = storable(map_id, points, counted(stored.clusters, points), arrays, params)
    off = int(points["off_map"].iloc[len(old) :].sum())
    return replace(made, counts={**made.counts, "placed": len(fresh), "off_map": off})


def with_marks(points: DataFrame) -> DataFrame:
    """Points with what was said of each: off_map, placed (later than the map was made), dismissed; False by default."""
    marks = ("off_map", "placed", "dismissed")
    found = {
        mark: points[mark].fillna(False).astype(bool) if mark in points else pd.Series(False, index=points.index)
        for mark in marks
    }
    return points.assign(**found).reset_index(drop=True)


def counted(clusters: DataFrame, points: DataFrame) -> DataFrame:
    """Clusters with their traces counted anew: n, and the share of all points."""
    sizes = points["cluster"].value_counts()
    n = [int(sizes.get(cluster, 0)) for cluster in clusters["cluster"]]
    return clusters.assign(n=n, share=[each / max(len(points), 1) for each in n])


def cluster_table(clusters: DataFrame, points: DataFrame) -> DataFrame:
    """Clusters with their failure rate and its Wilson interval, largest first.

    Args:
        clusters: As stored.
        points: Points with ``cluster`` and ``failed``.

    Returns:
        The clusters with failures, failure_rate, low and high added (shares of 1).
    """
    failures = points.groupby("cluster")["failed"].agg(["sum", "size"])
    rates = [
        wilson(int(failures["sum"].get(cluster, 0)), int(failures["size"].get(cluster, 0)))
        for cluster in clusters["cluster"]
    ]
    return clusters.assign(
        failures=[int(failures["sum"].get(cluster, 0)) for cluster in clusters["cluster"]],
        failure_rate=[rate.estimate for rate in rates],
        low=[rate.low for rate in rates],
        high=[rate.high for rate in rates],
    ).sort_values(["n", "cluster"], ascending=[False, True], ignore_index=True)


def with_traces(points: DataFrame, traces: DataFrame) -> DataFrame:
    """Points joined with the light columns of their traces; ``failed`` is true where any failure sign is there."""
    joined = points.merge(traces, on="trace_id", how="left", validate="one_to_one")
    return joined.assign(failed=failed(joined))


def failed(traces: DataFrame) -> "pd.Series[bool]":
    """Whether a trace shows a sign of failure: an error, a thumbs down, or any failure signal."""
    signalled = np.asarray([value is not None and len(value) > 0 for value in _lists(traces["signals"])], dtype=bool)
    return pd.Series(
        signalled
        | (traces["status"] == "error").fillna(False).to_numpy(dtype=bool)
        | (traces["feedback"] < 0).fillna(False).to_numpy(dtype=bool),
        index=traces.index,
    )


def _lists(values: Sequence[Any]) -> list[Any]:
    return [value if isinstance(value, list | tuple | np.ndarray) else None for value in values]


def _by_trace(clusters: DataFrame, ids: np.ndarray) -> DataFrame:
    return clusters.assign(
        medoid=[ids[int(row)] for row in clusters["medoid"]],
        exemplars=[[ids[int(row)] for row in rows] for rows in clusters["exemplars"]],
    )


def storable(
    map_id: str, points: DataFrame, clusters: DataFrame, arrays: dict[str, np.ndarray], params: dict[str, Any]
) -> StorableMap:
    """A map with its short account."""
    unclustered = float(points["cluster"].isna().mean()) if len(points) else None
    counts = {"traces": len(points), "clusters": len(clusters), "unclustered_share": unclustered}
    return StorableMap(map_id, points, clusters, arrays, params, counts)
