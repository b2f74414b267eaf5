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

ENGINES = ("compiled", "umap-learn")
"""Who moves the points. Both follow McInnes, Healy and Melville (2018); docs/decisions/0007 says why there are two."""
DEFAULT_ENGINE = ENGINES[0]

GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def start_of(vectors: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Where the points begin: two principal components, within a square of 10 where a layout follows.

    Returns:
        (m, 2) float64.
    """
    if len(vectors) == 0:
        return np.empty((0, 2))
    start = principal_components(vectors)
    start = start / max(np.abs(start).max(), 1e-12) * 10
    if len(vectors) <= FEW:
        return start
    start = start + np.random.RandomState(seed).normal(scale=1e-4, size=start.shape)  # no two on one spot
    low, high = start.min(axis=0), start.max(axis=0)
    return 10 * (start - low) / (high - low)


def spots_of(
    start: np.ndarray, graph: "csr_matrix", *, min_dist: float = 0.1, seed: int = 0, engine: str = DEFAULT_ENGINE
) -> np.ndarray:
    """Coordinates of distinct vectors, from where they begin.

    Args:
        start: (m, 2) as ``start_of`` gives it.
        graph: (m, m) the fuzzy graph.
        min_dist: How tightly points are packed.
        seed: Of the points that push.
        engine: One of ``ENGINES``: the loop written out in ``drawing``, or umap-learn's own, several times slower.

    Returns:
        (m, 2) float64.
    """
    m = len(start)
    if m <= FEW:
        return start
    rounds = int(np.clip(1_500_000 / m, 120, 500))
    if engine == "umap-learn":
        return _by_umap_learn(start, graph, rounds, min_dist=min_dist, seed=seed)
    from workbench.clusters.drawing import draw, powers

    spots = start.astype(np.float32)
    a, b = curve(min_dist)
    draw(spots, graph.indptr, graph.indices, graph.data / graph.data.max(), rounds, a, b, powers(b), seed)
    return spots.astype(np.float64)


def _by_umap_learn(start: np.ndarray, graph: "csr_matrix", rounds: int, *, min_dist: float, seed: int) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap.umap_ import find_ab_params, simplicial_set_embedding

        a, b = find_ab_params(1.0, min_dist)
        spots, _ = simplicial_set_embedding(
            data=start,
            graph=graph.tocoo(),
            n_components=2,
            initial_alpha=1.0,
            a=a,
            b=b,
            gamma=1.0,
            negative_sample_rate=5,
            n_epochs=rounds,
            init=start.astype(np.float32),
            random_state=np.random.RandomState(seed),
            metric="euclidean",
            metric_kwds={},
            densmap=False,
            densmap_kwds={},
            output_dens=False,
            parallel=False,
        )
    found: np.ndarray = np.asarray(spots, dtype=np.float64)
    return found


def curve(min_dist: float) -> tuple[float, float]:
    """The a and b with which 1 / (1 + a d^2b) is nearest to 1 up to a distance and falling as exp(-d) beyond it.

    McInnes, Healy and Melville 2018, definition 11; fitted at umap-learn's 300 distances from 0 to 3.
    """
    from scipy.optimize import curve_fit

    distance = np.linspace(0, 3, 300)
    wanted = np.exp(-np.maximum(distance - min_dist, 0.0))
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distance, wanted)
    return float(a), float(b)


def row_spots(rows: Distinct, spots: np.ndarray) -> np.ndarray:
    """Coordinates of every row.

    Rows with the same vector lie around one spot, in a sunflower pattern small beside the distance to the next text.

    Returns:
        (n, 2) float32.
    """
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
