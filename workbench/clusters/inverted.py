"""Neighbours among very many vectors: an inverted file, searched twice.

The vectors are sorted into cells around seeded centres; a vector is compared with those in the cells nearest to its
own. A second, different set of cells finds most of what the first one missed at a border. All of it is matrix
products in fixed blocks, so that the answer is the same at any thread count, which graph-walking searches do not
promise.
"""

import numpy as np

from workbench.clusters.graph import BLOCK, Progress, in_blocks

ROUNDS = 2
PROBES = 16
SAMPLE_PER_CELL = 40
LLOYD_STEPS = 6


def inverted_file(vectors: np.ndarray, k: int, *, seed: int, progress: Progress | None = None) -> np.ndarray:
    """Candidates for the k nearest others of each vector.

    Returns:
        (m, ROUNDS * k) int32, unordered; -1 where a place is empty or repeats another.
    """
    random = np.random.default_rng(seed)
    found = np.concatenate([_one_round(vectors, k, random, progress) for _ in range(ROUNDS)], axis=1)
    found.sort(axis=1)
    found[:, 1:][found[:, 1:] == found[:, :-1]] = -1
    return found


def _one_round(vectors: np.ndarray, k: int, random: np.random.Generator, progress: Progress | None) -> np.ndarray:
    m = len(vectors)
    centres = _centres(vectors, round(np.sqrt(m)), random)
    cell = _closest(vectors, centres)
    order = np.argsort(cell, kind="stable")
    members = np.split(order, np.searchsorted(cell[order], np.arange(1, len(centres))))
    near_cells = np.argsort(-(centres @ centres.T), axis=1, kind="stable")[:, :PROBES]
    found = np.full((m, k), -1, dtype=np.int32)

    def search(c: int) -> None:
        among = np.sort(np.concatenate([members[other] for other in near_cells[c]]))
        table = np.ascontiguousarray(vectors[among].T)
        wanted = min(k, len(among) - 1)
        for start in range(0, len(members[c]) if wanted > 0 else 0, BLOCK):
            rows = members[c][start : start + BLOCK]
            similarity = vectors[rows] @ table
            similarity[np.arange(len(rows)), np.searchsorted(among, rows)] = -np.inf
            best = np.argpartition(similarity, len(among) - wanted, axis=1)[:, len(among) - wanted :]
            found[rows[:, None], np.arange(wanted)] = among[best]

    in_blocks(search, range(len(centres)), "neighbours", progress)
    return found


def _centres(vectors: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Centres of cells: a few steps of spherical k-means on a sample."""
    sample = vectors[np.sort(random.choice(len(vectors), min(len(vectors), n * SAMPLE_PER_CELL), replace=False))]
    centres = sample[np.sort(random.choice(len(sample), n, replace=False))]
    for _ in range(LLOYD_STEPS):
        cell = _closest(sample, centres)
        order = np.argsort(cell, kind="stable")
        filled, starts = np.unique(cell[order], return_index=True)
        total = np.add.reduceat(sample[order].astype(np.float64), starts, axis=0)
        length = np.sqrt(np.einsum("ij,ij->i", total, total))[:, None]
        centres = centres.copy()
        centres[filled] = np.where(length > 0, total / np.maximum(length, 1e-12), centres[filled])
    return centres


def _closest(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    closest = np.empty(len(vectors), dtype=np.int64)
    transposed = np.ascontiguousarray(centres.T)

    def block(start: int) -> None:
        # Rounded, so that another machine's last bits seldom send a vector to another cell.
        similarity = np.round(vectors[start : start + BLOCK] @ transposed, 5)
        closest[start : start + BLOCK] = similarity.argmax(axis=1)

    in_blocks(block, range(0, len(vectors), BLOCK), "neighbours", None)
    return closest
