"""A map without some of its traces: every point that stays is where it was, and nothing names or quotes the others.

What was worked out over a whole cluster and tells no single trace (where it lies, its centroid) is worked out anew
where that can be done and else kept. A keyword that no remaining trace of the cluster says goes, and a name that was
made of it with it. A cluster of which nothing is left goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pandas import DataFrame

from workbench.atlas import counted

Read = Callable[[list[str]], list[str]]
"""Gives the texts of traces by their ids, as the map read them."""


@dataclass(frozen=True)
class Without:
    """What is left of a map.

    Attributes:
        points: The points that stay.
        clusters: The clusters of which something is left.
        arrays: The arrays, row by row of the points where they were.
        removed: How many points went.
        retold: How many clusters have another medoid, exemplar, keyword or name.
        unsaid: Keywords and names that nobody who is left says.
    """

    points: DataFrame = field(repr=False)
    clusters: DataFrame = field(repr=False)
    arrays: dict[str, np.ndarray] = field(repr=False)
    removed: int
    retold: int
    unsaid: frozenset[str] = field(repr=False)


def without(
    points: DataFrame,
    clusters: DataFrame,
    arrays: Mapping[str, np.ndarray],
    gone: frozenset[str],
    *,
    vectors: np.ndarray | None,
    read: Read,
) -> Without:
    """Take traces out of a map.

    Args:
        points: The map's points.
        clusters: Its clusters.
        arrays: Its arrays by name.
        gone: Ids of the traces.
        vectors: Theirs, row by row of the points; None where some are missing, and closeness is then by the drawing.
        read: Gives the texts of traces that stay.
    """
    leaves = points["trace_id"].isin(gone).to_numpy()
    kept = points[~leaves].reset_index(drop=True)
    where = vectors[~leaves] if vectors is not None else kept[["x", "y"]].to_numpy(dtype=np.float64)
    touched = set(points.loc[leaves, "cluster"].dropna().astype(int))
    rows = [
        _row(row, kept, where, gone, read) if int(row["cluster"]) in touched else row
        for row in clusters.to_dict("records")
    ]
    left = [row for row in rows if (kept["cluster"] == row["cluster"]).any() or int(row["cluster"]) not in touched]
    made = DataFrame(left, columns=clusters.columns).astype(clusters.dtypes.to_dict())
    made["name"] = _apart(made)
    unsaid = frozenset(cluster_words(clusters) - cluster_words(made))
    before = clusters.set_index("cluster")
    told = ["name", "medoid"]
    retold = sum(
        any(row[each] != before.loc[row["cluster"], each] for each in told)
        or list(row["exemplars"]) != list(before.loc[row["cluster"], "exemplars"])
        or list(row["keywords"]) != list(before.loc[row["cluster"], "keywords"])
        for row in made.to_dict("records")
    )
    numbers = set(made["cluster"].astype(int))
    return Without(kept, counted(made, kept), _arrays(arrays, leaves, kept, vectors is not None and where, numbers),
                   int(leaves.sum()), retold, unsaid)  # fmt: skip


def _row(row: dict[Any, Any], kept: DataFrame, where: np.ndarray, gone: frozenset[str], read: Read) -> dict[Any, Any]:
    """A cluster that lost traces: its medoid and exemplars from those that are left, and only words that they say."""
    from workbench.clusters.naming import phrases

    own = np.flatnonzero((kept["cluster"] == row["cluster"]).to_numpy(dtype=bool, na_value=False))
    if not len(own):
        return row
    ids = kept["trace_id"].to_numpy()
    middle = where[own].mean(axis=0)
    order = own[np.lexsort((own, ((where[own] - middle) ** 2).sum(axis=1)))]
    nearest = [str(ids[at]) for at in order[: 4 + len(row["exemplars"])]]
    medoid = row["medoid"] if row["medoid"] not in gone else nearest[0]
    stay = [str(each) for each in row["exemplars"] if each not in gone and each != medoid]
    spare = [each for each in nearest if each not in stay and each != medoid]
    exemplars = [*stay, *spare][: len(row["exemplars"])]
    keywords = [str(word) for word in row["keywords"]]
    unsaid = set(keywords)
    for text in read([str(each) for each in ids[own]]):
        if not unsaid:
            break
        unsaid -= phrases(text)
    keep = [word for word in keywords if word not in unsaid]
    dropped = [word for word in keywords if word in unsaid]
    name = str(row["name"])
    if any(word in name for word in dropped):
        name = keep[0] if keep else f"cluster {int(row['cluster'])}"
    return {**row, "medoid": medoid, "exemplars": exemplars, "keywords": keep, "name": name}


def cluster_words(clusters: DataFrame) -> set[str]:
    """The names and keywords of clusters."""
    return {str(each) for row in clusters.to_dict("records") for each in (row["name"], *row["keywords"])}


def _apart(clusters: DataFrame) -> list[str]:
    """The names, told apart where two came to be the same."""
    taken: set[str] = set()
    names = []
    for name, cluster in zip(clusters["name"].astype(str), clusters["cluster"], strict=True):
        names.append(name if name not in taken else f"{name} ({int(cluster)})")
        taken.add(names[-1])
    return names


def _arrays(
    arrays: Mapping[str, np.ndarray], leaves: np.ndarray, kept: DataFrame, vectors: Any, numbers: set[int]
) -> dict[str, np.ndarray]:
    """The arrays that hold for the points that stay; what cannot be told to hold is left out."""
    from workbench.clusters.lineage import centroids

    made: dict[str, np.ndarray] = {}
    n = len(arrays["graph_indptr"]) - 1 if "graph_indptr" in arrays else len(arrays.get("neighbours", ()))
    stays = ~leaves[:n]
    if n <= len(leaves):
        if {"neighbours", "similarities"} <= arrays.keys():
            made |= _neighbours(np.asarray(arrays["neighbours"]), np.asarray(arrays["similarities"]), stays)
        if {"graph_data", "graph_indices", "graph_indptr"} <= arrays.keys():
            made |= _graph(arrays, stays)
    if {"centroids", "centroid_clusters"} <= arrays.keys():
        own = [at for at, each in enumerate(arrays["centroid_clusters"].tolist()) if each in numbers]
        centre, number = np.asarray(arrays["centroids"])[own], np.asarray(arrays["centroid_clusters"])[own]
        if isinstance(vectors, np.ndarray) and len(number):
            place = {int(each): at for at, each in enumerate(number)}
            at = np.asarray([place.get(int(each), -1) for each in kept["cluster"].fillna(-1)], dtype=np.int64)
            anew = centroids(vectors, at, len(number))
            centre = np.where(np.isin(np.arange(len(number)), at)[:, None], anew, centre).astype(centre.dtype)
        made |= {"centroids": centre, "centroid_clusters": number}
    known = {"neighbours", "similarities", "graph_data", "graph_indices", "graph_indptr", "centroids",
             "centroid_clusters"}  # fmt: skip
    return made | {name: np.asarray(each) for name, each in arrays.items() if name not in known}


def _neighbours(near: np.ndarray, similar: np.ndarray, stays: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of what stays, numbered anew; a neighbour that went leaves -1 and 0 at the end of the row."""
    number = np.where(stays, np.cumsum(stays) - 1, -1)
    near, similar = number[near[stays]], similar[stays]
    order = np.argsort(near < 0, axis=1, kind="stable")
    near = np.take_along_axis(near, order, axis=1)
    similar = np.where(near < 0, 0, np.take_along_axis(similar, order, axis=1))
    return {"neighbours": near.astype(np.int32), "similarities": similar.astype(np.float32)}


def _graph(arrays: Mapping[str, np.ndarray], stays: np.ndarray) -> dict[str, np.ndarray]:
    from scipy.sparse import csr_matrix

    n = len(stays)
    whole = csr_matrix(
        tuple(np.asarray(arrays[f"graph_{each}"]) for each in ("data", "indices", "indptr")), shape=(n, n)
    )
    left = whole[stays][:, stays].tocsr()
    left.sort_indices()
    return {"graph_data": left.data, "graph_indices": left.indices, "graph_indptr": left.indptr}
