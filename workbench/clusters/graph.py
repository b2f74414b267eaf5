"""Neighbours and the fuzzy graph over them: computed once, used by everything on the map.

Both are plain numpy in fixed blocks, one thread of BLAS a block and as many blocks at once as there are cores, so
that the numbers depend neither on the thread count nor on compiled caches. Candidates come from float32 products; the
similarities kept are recomputed in float64, so that another machine's BLAS finds the same neighbours in the same
order. Texts that are equal have equal vectors; they are one node of the graph, or a greeting sent 1,500 times would
have only itself for company.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Progress = Callable[[str, int, int | None], None]

EXACT_UP_TO = 20_000
"""Distinct vectors up to which all pairs are compared; above, an inverted-file search."""

BLOCK = 256
SPARE = 10
"""Candidates kept beyond the neighbours wanted, so that rounding in float32 does not decide who is one."""


@dataclass(frozen=True)
class Distinct:
    """The distinct vectors among the rows, and which row has which."""

    vectors: np.ndarray
    """(m, d) float32, unit length or zero, in order of first occurrence."""
    of_row: np.ndarray
    """(n,) which distinct vector a row has."""
    first: np.ndarray
    """(m,) the first row with that vector."""
    count: np.ndarray
    """(m,) how many rows have it."""


def distinct(vectors: np.ndarray) -> Distinct:
    """Unit vectors without repeats.

    Raises:
        ValueError: Not a table of finite numbers.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise ValueError(f"vectors must be a finite (n, d) array, not shape {vectors.shape}")
    n, d = vectors.shape
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))[:, None]
    near_unit = np.abs(lengths - 1) < 1e-5  # stored unit vectors stay as they are, to the bit
    if not near_unit.all():
        vectors = (vectors / np.where(near_unit | (lengths == 0), 1.0, lengths)).astype(np.float32)
    unit = vectors + np.float32(0)  # -0.0 becomes 0.0
    if n == 0 or d == 0:
        of_row = np.zeros(n, dtype=np.int64)
        first = np.zeros(min(n, 1), dtype=np.int64)
        return Distinct(unit[: len(first)], of_row, first, np.full(len(first), n))
    first, of_row, count = _same_rows(unit)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    kept = unit if len(first) == n else unit[first[order]]
    return Distinct(kept, rank[of_row], first[order], count[order])


def _same_rows(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which rows are equal to the bit: the first of each kind, the kind of each row, how many there are of each."""
    unit = np.ascontiguousarray(unit)
    n, d = unit.shape
    if d % 2 == 0:  # a 64-bit number for each row is sorted much faster than the rows; looked over afterwards
        weights = np.random.default_rng(0).integers(1, 2**63, d // 2, dtype=np.uint64) | np.uint64(1)
        keys = unit.view(np.uint64) @ weights
        _, first, of_row, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        of_row = of_row.ravel()
        again = np.flatnonzero(first[of_row] != np.arange(n))
        if np.array_equal(unit[again], unit[first[of_row[again]]]):
            return first, of_row, count
    rows = unit.view(np.dtype((np.void, unit.dtype.itemsize * d))).ravel()
    _, first, of_row, count = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)
    return first, of_row.ravel(), count


def nearest(
    vectors: np.ndarray, k: int, *, seed: int = 0, progress: Progress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest other vectors of each vector.

    Returns:
        Indices (m, k) int32 and cosine similarities (m, k) float64, the nearest first, ties by index.
    """
    m = len(vectors)
    k = min(k, m - 1)
    if k < 1:
        return np.empty((m, 0), dtype=np.int32), np.empty((m, 0))
    wanted = min(k + SPARE, m - 1)
    if m <= EXACT_UP_TO:
        candidates = _all_pairs(vectors, wanted, progress)
    else:
        from workbench.clusters.inverted import inverted_file

        candidates = inverted_file(vectors, wanted, seed=seed, progress=progress)
    return _exact_order(vectors, candidates, k)


def in_blocks(work: Callable[[int], None], starts: range, stage: str, progress: Progress | None) -> None:
    """Run independent blocks on all cores, each with one BLAS thread: the same numbers at any thread count."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(_cores()) as pool:
        for done, _ in enumerate(pool.map(work, starts), start=1):
            if progress:
                progress(stage, done, len(starts))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _all_pairs(vectors: np.ndarray, k: int, progress: Progress | None) -> np.ndarray:
    m = len(vectors)
    found = np.empty((m, k), dtype=np.int32)
    transposed = np.ascontiguousarray(vectors.T)

    def block(start: int) -> None:
        stop = min(start + BLOCK, m)
        similarity = vectors[start:stop] @ transposed
        similarity[np.arange(stop - start), np.arange(start, stop)] = -np.inf
        found[start:stop] = np.argpartition(similarity, m - k, axis=1)[:, m - k :]

    in_blocks(block, range(0, m, BLOCK), "neighbours", progress)
    return found


def _exact_order(vectors: np.ndarray, candidates: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The best k of the candidates by exact similarity; a candidate below zero is an empty place."""
    m = len(vectors)
    indices = np.empty((m, k), dtype=np.int32)
    similarities = np.empty((m, k))

    def block(start: int) -> None:
        near = candidates[start : start + BLOCK]
        exact = cosine(vectors[start : start + BLOCK, None, :], vectors[near])
        exact[near < 0] = -np.inf
        order = np.lexsort((near, -exact))[:, :k]
        indices[start : start + BLOCK] = np.take_along_axis(near, order, axis=1)
        similarities[start : start + BLOCK] = np.take_along_axis(exact, order, axis=1)

    in_blocks(block, range(0, m, BLOCK), "neighbours", None)
    return indices, similarities


def cosine(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Cosine similarity of unit vectors along the last axis, in float64, rounded to nine places.

    Rounded so that neither the order of a sum nor the width of a vector unit can turn two equal similarities around.
    """
    return np.round(np.einsum("...d,...d->...", left, right, dtype=np.float64), 9)


def fuzzy_graph(indices: np.ndarray, similarities: np.ndarray) -> "csr_matrix":
    """The fuzzy simplicial set over the neighbours (McInnes, Healy and Melville 2018, section 3.1).

    The weight of an edge falls with its distance beyond the nearest neighbour's, on a scale that gives every node the
    same total log2(k + 1); the two directions a and b of an edge are joined as a + b - ab.

    Returns:
        A symmetric (m, m) matrix of weights in (0, 1], no diagonal.
    """
    from scipy.sparse import csr_matrix

    m, k = indices.shape
    if k == 0:
        return csr_matrix((m, m))
    distance = np.maximum(1.0 - similarities, 0.0)
    beyond = distance - distance[:, :1]
    scale = _scale(beyond, np.log2(k + 1))
    weight = np.where(beyond > 0, np.exp(-beyond / scale[:, None]), 1.0)
    rows = np.repeat(np.arange(m), k)
    directed = csr_matrix((np.round(weight, 9).ravel(), (rows, indices.ravel())), shape=(m, m))
    transposed = directed.T.tocsr()
    both = (directed + transposed - directed.multiply(transposed)).tocsr()
    both.data = np.round(both.data, 9)
    both.eliminate_zeros()
    both.sort_indices()
    return both


def _scale(beyond: np.ndarray, total: float) -> np.ndarray:
    """The scale at which each row's weights, with the node itself, sum to the total: by bisection, to convergence."""
    low = np.zeros(len(beyond))
    high = np.full(len(beyond), 4.0)  # no two unit vectors are further apart than 2
    for _ in range(48):
        middle = (low + high) / 2
        too_wide = np.exp(-beyond / middle[:, None]).sum(axis=1) > total
        high = np.where(too_wide, middle, high)
        low = np.where(too_wide, low, middle)
    # umap-learn's floor: a thousandth of the mean distance, for rows whose neighbours are all equally far
    return np.maximum((low + high) / 2, 1e-3 * np.maximum(beyond.mean(), 1e-9))
