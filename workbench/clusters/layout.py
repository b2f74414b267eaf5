"""Where each point is drawn.

UMAP's layout of the shared graph, from a start of two principal components: both are the same at any thread count,
and no second graph is built. Distances between far-apart clusters on a UMAP map mean little; neighbourhoods mean a
lot.
"""

import warnings
from typing import TYPE_CHECKING

import numpy as np

from workbench.clusters.graph import Distinct

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FEW = 12
"""Distinct vectors up to which the two principal components are the layout."""

GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def layout(rows: Distinct, graph: "csr_matrix", *, min_dist: float = 0.1, seed: int = 0) -> np.ndarray:
    """Coordinates of every row.

    Rows with the same vector lie around one spot, in a sunflower pattern small beside the distance to the next text.

    Returns:
        (n, 2) float32.
    """
    spots = _spots(rows.vectors, graph, min_dist=min_dist, seed=seed)
    return (spots[rows.of_row] + _sunflower(rows, spots)).astype(np.float32)


def principal_components(vectors: np.ndarray, n: int = 2) -> np.ndarray:
    """The first principal components, with signs fixed so that each one's largest entry is positive."""
    from threadpoolctl import threadpool_limits

    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    with threadpool_limits(limits=1, user_api="blas"):
        _, axes = np.linalg.eigh(centred.T @ centred)
        axes = axes[:, ::-1][:, :n]
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
        found = centred @ axes
    return np.pad(found, ((0, 0), (0, n - found.shape[1])))


def _spots(vectors: np.ndarray, graph: "csr_matrix", *, min_dist: float, seed: int) -> np.ndarray:
    if len(vectors) == 0:
        return np.empty((0, 2))
    start = principal_components(vectors)
    start = start / max(np.abs(start).max(), 1e-12) * 10  # the frame umap-learn gives its own starts
    if len(vectors) <= FEW:
        return start
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap.umap_ import find_ab_params, simplicial_set_embedding

        a, b = find_ab_params(1.0, min_dist)
        random = np.random.RandomState(seed)
        start = (start + random.normal(scale=1e-4, size=start.shape)).astype(np.float32)
        spots, _ = simplicial_set_embedding(
            data=vectors,
            graph=graph.tocoo(),
            n_components=2,
            initial_alpha=1.0,
            a=a,
            b=b,
            gamma=1.0,
            negative_sample_rate=5,
            n_epochs=int(np.clip(1_500_000 / len(vectors), 120, 500)),
            init=start,
            random_state=random,
            metric="euclidean",
            metric_kwds={},
            densmap=False,
            densmap_kwds={},
            output_dens=False,
            parallel=False,
        )
    return spots.astype(np.float64)


def _sunflower(rows: Distinct, spots: np.ndarray) -> np.ndarray:
    """Offsets that keep equal texts from hiding behind one another."""
    n = len(rows.of_row)
    if len(spots) == n:
        return np.zeros((n, 2))
    from scipy.spatial import cKDTree

    gap = 1.0
    if len(spots) > 1:
        nearest_other = cKDTree(spots).query(spots, k=2)[0][:, 1]
        gap = float(np.median(nearest_other)) or 1e-3
    order = np.argsort(rows.of_row, kind="stable")
    starts = np.concatenate([[0], np.cumsum(rows.count)[:-1]])
    turn = np.empty(n)
    turn[order] = np.arange(n) - np.repeat(starts, rows.count)
    radius, angle = 0.15 * gap * np.sqrt(turn), GOLDEN_ANGLE * turn
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
