"""Put a map together: neighbours, graph, layout, clusters, names, near-duplicates."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.clusters.communities import SETTLED, communities
from workbench.clusters.duplicates import NEAR, near_duplicates
from workbench.clusters.graph import Distinct, Progress, cosine, distinct, fuzzy_graph, nearest
from workbench.clusters.grouping import DEFAULT, METHODS, density_clusters, reassigned, round_groups
from workbench.clusters.layout import DEFAULT_ENGINE, ENGINES, row_spots, spots_of, start_of
from workbench.clusters.naming import names
from workbench.errors import UnknownName

if TYPE_CHECKING:
    from pandas import DataFrame
    from scipy.sparse import csr_matrix

TOO_FEW = 15
"""Distinct texts below which nothing is clustered: any grouping of so few is chance."""


ALONE = 0.02
"""A text that repeats makes a cluster of its own where it is among this share of texts with the least like them."""


@dataclass(frozen=True)
class Map:
    """A map of texts; everything is row-aligned with the vectors it was made from."""

    points: "DataFrame"
    """``x, y`` (float32), ``cluster`` (Int64, empty where unclustered), ``group`` (near-duplicate group)."""
    clusters: "DataFrame"
    """``cluster, n, share, name, keywords, medoid, exemplars, x, y``, the largest first; rows are named by position."""
    neighbours: np.ndarray
    """(n, k) int32, the most similar other rows, the most similar first."""
    similarities: np.ndarray
    """(n, k) float32, their cosine similarities."""
    graph: "csr_matrix"
    """(n, n) the fuzzy graph; rows with equal vectors hang on the first of them."""
    params: dict[str, Any] = field(default_factory=dict)
    """All that the map depends on beside the vectors: method, seed, sizes, library versions."""

    @property
    def unclustered_share(self) -> float:
        """The share of rows in no cluster."""
        return float(self.points["cluster"].isna().mean()) if len(self.points) else 0.0


def build_map(
    vectors: np.ndarray,
    texts: Sequence[str],
    *,
    method: str = DEFAULT,
    reassign: bool = False,
    n_neighbors: int | None = None,
    resolution: float | None = None,
    min_cluster_size: int | None = None,
    n_clusters: int | None = None,
    min_dist: float = 0.1,
    layout: str = DEFAULT_ENGINE,
    near_duplicate: float = NEAR,
    seed: int = 0,
    embed: Callable[[list[str]], np.ndarray] | None = None,
    progress: Progress | None = None,
) -> Map:
    """Make a map of vectors.

    Args:
        vectors: (n, d); brought to unit length where they are not.
        texts: The n texts they stand for; read for names only.
        method: One of ``METHODS``.
        reassign: Give unclustered rows the cluster of their neighbours. Off by default: that a trace belongs nowhere
            is worth knowing.
        n_neighbors: Neighbours of each text in the graph; the square root of the number of texts, 10 to 25, by default.
        resolution: For communities: higher finds more and smaller ones; found from the vectors by default.
        min_cluster_size: Rows that make a cluster; 3 to 10 by default, for hdbscan half the root of the texts.
        n_clusters: For kmeans; the root of half the texts by default.
        min_dist: How tightly the layout packs points.
        layout: Who draws it: compiled, or umap-learn; in their quality they are alike.
        near_duplicate: Cosine similarity from which on two texts count as near-duplicates.
        seed: Where chance enters: the layout, kmeans, and neighbours where they are too many to compare all.
        embed: Turns phrases into vectors of the same kind, for better names.
        progress: Called with a stage, what is done and what there is.

    Raises:
        UnknownName: There is no such method or layout.
    """
    if method not in METHODS:
        raise UnknownName("clustering method", method, METHODS)
    if layout not in ENGINES:
        raise UnknownName("layout", layout, ENGINES)
    if len(vectors) != len(texts):
        raise ValueError(f"{len(vectors)} vectors and {len(texts)} texts; one of each is needed")
    report = progress or (lambda stage, done, total: None)
    rows = distinct(vectors)
    m = len(rows.first)
    k = n_neighbors or default_neighbours(m)
    indices, similarities = nearest(rows.vectors, k, seed=seed, progress=progress)
    graph = fuzzy_graph(indices, similarities)
    size = min_cluster_size or (max(5, round(0.5 * np.sqrt(m))) if method == "hdbscan" else _small(len(texts)))
    report("layout", 0, 1)
    start = start_of(rows.vectors, seed=seed)
    # The layout is one long compiled loop on one thread; what does not need it is worked out meanwhile.
    with ThreadPoolExecutor(1) as beside:
        drawn = beside.submit(spots_of, start, graph, min_dist=min_dist, seed=seed, engine=layout)
        found: dict[str, Any] = {}
        labels = np.full(m, -1)
        if m < TOO_FEW:
            found["reason"] = "too_few"
        elif method == "communities":
            parts = communities(rows.vectors, graph, resolution=resolution, progress=progress)
            labels = parts.labels if reassign else unsettled(parts.labels, parts.tie_share)
            found = {"resolution": parts.resolution, "separation": round(parts.separation, 6)}
        elif method == "hdbscan":
            labels = density_clusters(row_spots(rows, drawn.result())[rows.first], min_cluster_size=size)
        else:
            found["n_clusters"] = min(n_clusters or max(2, round(np.sqrt(m / 2))), m)
            labels = round_groups(rows.vectors, n_clusters=found["n_clusters"], seed=seed)
        labels = _sized(labels, rows, similarities, size)
        if reassign:
            labels = reassigned(labels, indices, similarities)
        cluster = _by_size(labels[rows.of_row])
        report("names", 0, 1)
        table = _table(rows, cluster, texts, embed)
        report("names", 1, 1)
        xy = row_spots(rows, drawn.result())
    report("layout", 1, 1)
    table = table.assign(**_middles(cluster, xy, len(table)))
    near, how_near = _row_neighbours(rows, indices, similarities)
    return Map(
        points=_points(xy, cluster, near_duplicates(rows, indices, similarities, threshold=near_duplicate)),
        clusters=table,
        neighbours=near,
        similarities=how_near,
        graph=_row_graph(rows, graph),
        params={
            "method": method,
            "reassign": reassign,
            "n_neighbors": k,
            "resolution": resolution,
            "min_cluster_size": size,
            "n_clusters": n_clusters,
            "found": found,
            "min_dist": min_dist,
            "layout": layout,
            "near_duplicate": near_duplicate,
            "seed": seed,
            "n": len(texts),
            "distinct": len(rows.first),
            "versions": {
                name: version(name) for name in ("numpy", "scipy", "numba", "umap-learn", "hdbscan", "scikit-network")
            },
        },
    )


def communities_of(vectors: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """The clusters that a map of these vectors would have, without drawing or naming them; -1 where in none."""
    rows = distinct(vectors)
    if len(rows.first) < TOO_FEW:
        return np.full(len(vectors), -1)
    indices, similarities = nearest(rows.vectors, default_neighbours(len(rows.first)), seed=seed)
    parts = communities(rows.vectors, fuzzy_graph(indices, similarities))
    labels = _sized(unsettled(parts.labels, parts.tie_share), rows, similarities, _small(len(vectors)))
    return _by_size(labels[rows.of_row])


def default_neighbours(m: int) -> int:
    """Neighbours of each of m texts: √m, from 10 (100 texts) to 25 (600 texts and more)."""
    return int(np.clip(round(np.sqrt(m)), 10, 25))


def _small(n: int) -> int:
    """The fewest rows that make a cluster among n: one in 200, from 3 to 10."""
    return int(np.clip(round(n / 200), 3, 10))


def unsettled(labels: np.ndarray, tie_share: np.ndarray) -> np.ndarray:
    """Take out of its community whatever has few of its ties there, and communities of which that is true of half."""
    settled = tie_share >= SETTLED
    firm = np.bincount(labels[settled], minlength=labels.max() + 1) * 2 > np.bincount(labels)
    return np.where(settled & firm[labels], labels, -1)


def _sized(labels: np.ndarray, rows: Distinct, similarities: np.ndarray, size: int) -> np.ndarray:
    """Drop clusters with too few rows, and let texts that repeat often stand alone where nothing is like them."""
    often = rows.count >= max(size, 5)
    if similarities.shape[1]:
        closest = similarities[:, 0]
        labels = np.where(often & (closest <= np.quantile(closest, ALONE)), -1, labels)
    kept = labels >= 0
    weight = np.bincount(labels[kept], weights=rows.count[kept], minlength=1)
    labels = np.where(kept, labels, 0)
    labels = np.where(kept & (weight[labels] >= size), labels, -1)
    alone = (labels < 0) & often
    labels[alone] = labels.max(initial=-1) + 1 + np.arange(alone.sum())
    return labels


def _by_size(labels: np.ndarray) -> np.ndarray:
    """Number the clusters from 0, the largest first, the one that begins first where two are as large."""
    found, first, count = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    number = np.full(int(labels.max(initial=-1)) + 2, -1)
    number[found[np.lexsort((first, -count))]] = np.arange(len(found))
    return number[labels]


def _points(xy: np.ndarray, cluster: np.ndarray, group: np.ndarray) -> "DataFrame":
    import pandas as pd

    numbers = pd.Series(cluster, dtype="Int64")
    return pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "cluster": numbers.mask(numbers < 0), "group": group})


def _table(
    rows: Distinct,
    cluster: np.ndarray,
    texts: Sequence[str],
    embed: Callable[[list[str]], np.ndarray] | None,
) -> "DataFrame":
    import pandas as pd

    n_clusters = int(cluster.max(initial=-1)) + 1
    members = [np.flatnonzero(cluster == c) for c in range(n_clusters)]
    centroids = np.zeros((n_clusters, rows.vectors.shape[1]))
    typical = []
    for c, own in enumerate(members):
        mean = rows.vectors[rows.of_row[own]].mean(axis=0, dtype=np.float64)
        centroids[c] = mean / max(np.linalg.norm(mean), 1e-12)
        typical.append(_typical(rows, own, centroids[c]))
    called, keywords = names(texts, cluster, centroids=centroids, embed=embed)
    return pd.DataFrame(
        {
            "cluster": np.arange(n_clusters),
            "n": np.array([len(own) for own in members], dtype=np.int64),
            "share": np.array([len(own) / len(texts) for own in members], dtype=np.float64),
            "name": pd.Series(called, dtype="str"),
            "keywords": pd.Series(keywords, dtype="object"),
            "medoid": np.array([rows_[0] for rows_ in typical], dtype=np.int64),
            "exemplars": pd.Series([rows_[1:] for rows_ in typical], dtype="object"),
        }
    )


def _middles(cluster: np.ndarray, xy: np.ndarray, n_clusters: int) -> dict[str, np.ndarray]:
    """Where the middle of each cluster is: x and y."""
    middle = [np.median(xy[cluster == c], axis=0) for c in range(n_clusters)]
    both = np.asarray(middle, dtype=np.float32).reshape(n_clusters, 2)
    return {"x": both[:, 0], "y": both[:, 1]}


def _typical(rows: Distinct, own: np.ndarray, centroid: np.ndarray, n: int = 3) -> list[int]:
    """The medoid's row, then up to three exemplars: near the centroid, and unlike one another."""
    which = np.unique(rows.of_row[own])
    closeness = cosine(rows.vectors[which], centroid)
    order = np.lexsort((which, -closeness))[:50]
    which, closeness = which[order], closeness[order]
    chosen = [0]
    while len(chosen) <= n and len(chosen) < len(which):
        likeness = cosine(rows.vectors[which][:, None, :], rows.vectors[which[chosen]][None]).max(axis=1)
        worth = closeness - 0.5 * likeness
        worth[chosen] = -np.inf
        chosen.append(int(worth.argmax()))
    return [int(rows.first[which[i]]) for i in chosen]


def _row_neighbours(rows: Distinct, indices: np.ndarray, similarities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours of rows from neighbours of distinct vectors: rows with the same vector come first."""
    n = len(rows.of_row)
    if n == len(rows.first):
        return indices, similarities.astype(np.float32)
    in_reach = rows.count + rows.count[indices].sum(axis=1) - 1
    k = min(max(indices.shape[1], 15), int(in_reach.min()))
    near = np.empty((n, k), dtype=np.int32)
    how_near = np.empty((n, k), dtype=np.float32)
    order = np.argsort(rows.of_row, kind="stable")
    have = np.split(order, np.cumsum(rows.count)[:-1])
    for text, own in enumerate(have):
        around = np.concatenate([own[: k + 1], *(have[other][:k] for other in indices[text])])
        like = np.concatenate([[1.0], similarities[text]])
        like = np.repeat(like, [min(len(own), k + 1), *(min(rows.count[other], k) for other in indices[text])])
        for row in own:
            others = around != row
            near[row], how_near[row] = around[others][:k], like[others][:k]
    return near, how_near


def _row_graph(rows: Distinct, graph: "csr_matrix") -> "csr_matrix":
    from scipy.sparse import csr_matrix

    n = len(rows.of_row)
    if n == len(rows.first):
        return graph
    edges = graph.tocoo()
    again = np.flatnonzero(rows.first[rows.of_row] != np.arange(n))
    original = rows.first[rows.of_row[again]]
    from_ = np.concatenate([rows.first[edges.row], again, original])
    to = np.concatenate([rows.first[edges.col], original, again])
    weight = np.concatenate([edges.data, np.ones(2 * len(again))])
    found = csr_matrix((weight, (from_, to)), shape=(n, n))
    found.sort_indices()
    return found
