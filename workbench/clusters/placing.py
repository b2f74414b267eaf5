"""New points on an old map, and who is inside a lasso.

A new point goes where its neighbours are. No fitted model is kept, nothing that was drawn moves, and a point whose
neighbours are all far away is flagged: that is a finding, not a failure.
"""

from typing import TYPE_CHECKING

import numpy as np

from workbench.clusters.graph import cosine, distinct, in_blocks

if TYPE_CHECKING:
    from pandas import DataFrame

BLOCK = 256


def place(
    vectors: np.ndarray,
    on_vectors: np.ndarray,
    on_points: "DataFrame",
    *,
    k: int = 5,
    off_map_quantile: float = 0.98,
) -> "DataFrame":
    """Place new vectors on a map that stands.

    Coordinates are the mean of the k most similar old points, weighted by the fourth power of the cosine; the cluster
    is the one with most of that weight, unclustered where unclustered neighbours outweigh every cluster.

    Args:
        vectors: (n, d) vectors to place.
        on_vectors: (m, d) vectors of the map's points.
        on_points: The map's points, row by row: ``x``, ``y``, ``cluster``.
        k: Neighbours that decide.
        off_map_quantile: A point is off the map where its mean similarity to its neighbours is below what this share
            of the map's own points have to theirs.

    Returns:
        ``x``, ``y`` (float32), ``cluster`` (Int64), ``similarity`` (mean cosine to the k neighbours) and ``off_map``,
        row by row of ``vectors``.
    """
    import pandas as pd

    if len(on_vectors) != len(on_points) or len(on_points) == 0:
        raise ValueError(
            f"the map has {len(on_points)} points and {len(on_vectors)} vectors; it needs one of each a point"
        )
    new, old = distinct(vectors), distinct(on_vectors)
    k = min(k, len(old.first))
    near, similarity = _most_similar(new.vectors, old.vectors, k)
    weight = np.maximum(similarity, 0.0) ** 4
    weight[weight.sum(axis=1) == 0] = 1.0
    weight /= weight.sum(axis=1, keepdims=True)
    rows = old.first[near]
    xy = on_points[["x", "y"]].to_numpy(dtype=np.float64)[rows]
    mean = (xy * weight[..., None]).sum(axis=1)
    cluster = on_points["cluster"].fillna(-1).to_numpy(dtype=np.int64)[rows]
    mean_similarity = similarity.mean(axis=1) if k else np.zeros(len(new.first))
    placed = pd.DataFrame(
        {
            "x": mean[:, 0].astype(np.float32),
            "y": mean[:, 1].astype(np.float32),
            "cluster": pd.array(_heaviest(cluster, weight), dtype="Int64"),
            "similarity": mean_similarity,
            "off_map": mean_similarity < _usual_similarity(old.vectors, k, 1 - off_map_quantile),
        }
    )
    placed["cluster"] = placed["cluster"].mask(placed["cluster"] < 0)
    return placed.iloc[new.of_row].reset_index(drop=True)


def _usual_similarity(vectors: np.ndarray, k: int, quantile: float, most: int = 500) -> float:
    """What a point of the map has to its own k neighbours, at this quantile; from at most 500 of them."""
    m = len(vectors)
    if m < 2:
        return -np.inf
    rows = np.unique(np.linspace(0, m - 1, min(m, most)).astype(np.int64))
    _, similarity = _most_similar(vectors[rows], vectors, min(k + 1, m), without=rows)
    return float(np.quantile(similarity[:, : min(k, m - 1)].mean(axis=1), quantile))


def _most_similar(
    vectors: np.ndarray, among: np.ndarray, k: int, without: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar of some vectors, with exact cosines; ``without`` names one each to leave out."""
    n, m = len(vectors), len(among)
    near = np.empty((n, k), dtype=np.int64)
    similarity = np.empty((n, k))
    wanted = min(m, k + 10)
    transposed = among.T

    def block(start: int) -> None:
        stop = min(start + BLOCK, n)
        rough = vectors[start:stop] @ transposed
        if without is not None:
            rough[np.arange(stop - start), without[start:stop]] = -np.inf
        found = np.argpartition(rough, m - wanted, axis=1)[:, m - wanted :]
        exact = cosine(vectors[start:stop, None, :], among[found])
        if without is not None:
            exact[found == without[start:stop, None]] = -np.inf
        order = np.lexsort((found, -exact))[:, :k]
        near[start:stop] = np.take_along_axis(found, order, axis=1)
        similarity[start:stop] = np.take_along_axis(exact, order, axis=1)

    in_blocks(block, range(0, n, BLOCK), "placing", None)
    return near, similarity


def _heaviest(cluster: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Per row the cluster with the greatest weight, the nearest neighbour's where two weigh the same."""
    if cluster.size == 0:
        return np.full(len(cluster), -1)
    same = cluster[:, :, None] == cluster[:, None, :]
    total = np.round((same * weight[:, None, :]).sum(axis=2), 9)
    return np.take_along_axis(cluster, total.argmax(axis=1)[:, None], axis=1)[:, 0]


def inside(points_x: np.ndarray, points_y: np.ndarray, polygon_x: np.ndarray, polygon_y: np.ndarray) -> np.ndarray:
    """Which points lie inside a polygon, by the even-odd rule; a loop that crosses itself leaves its middle out.

    Args:
        points_x: Points' coordinates.
        points_y: Points' coordinates.
        polygon_x: The polygon's corners in order; closed by itself.
        polygon_y: The polygon's corners in order.

    Returns:
        One bool a point. A point exactly on an edge may count either way; nan is outside.
    """
    x, y = np.asarray(points_x, dtype=np.float64), np.asarray(points_y, dtype=np.float64)
    corner_x, corner_y = np.asarray(polygon_x, dtype=np.float64), np.asarray(polygon_y, dtype=np.float64)
    mask = np.zeros(len(x), dtype=bool)
    if len(corner_x) < 3:
        return mask
    box = (x >= corner_x.min()) & (x <= corner_x.max()) & (y >= corner_y.min()) & (y <= corner_y.max())
    rows = np.flatnonzero(box)
    rows = rows[np.argsort(y[rows], kind="stable")]
    sorted_y, sorted_x = y[rows], x[rows]
    crossed = np.zeros(len(rows), dtype=bool)
    for x0, y0, x1, y1 in zip(corner_x, corner_y, np.roll(corner_x, -1), np.roll(corner_y, -1), strict=True):
        if y0 == y1:
            continue
        low, high = np.searchsorted(sorted_y, (min(y0, y1), max(y0, y1)))
        at = x0 + (sorted_y[low:high] - y0) * (x1 - x0) / (y1 - y0)
        crossed[low:high] ^= sorted_x[low:high] < at
    mask[rows] = crossed
    return mask
