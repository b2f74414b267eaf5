"""The pulling and pushing that a UMAP layout consists of, compiled.

The forces and their order are umap-learn's (McInnes, Healy and Melville 2018, section 3.2); written out here because
importing umap-learn takes longer than the layout of a few thousand texts, and because this code lets go of Python's
lock, so that clusters are found meanwhile. It starts no threads: numba's parallel code, loaded before torch, makes
torch forty times slower. Points that all move at once, on many threads, were tried and drew worse maps.
"""

import numba
import numpy as np

COARSE = 13
"""Bits that a float32 loses on its way into the table of powers: ten of its mantissa stay, an error of 1 in 2,000."""
PUSHES = 5
"""Random points that push a point away for each neighbour that pulls it, as in umap-learn."""


def powers(b: float) -> np.ndarray:
    """d^2b for every square d^2 there can be, by the leading bits of its float32: a look-up is faster than a power."""
    bits = (np.arange(0x7F800000 >> COARSE, dtype=np.uint32) << np.uint32(COARSE)) + np.uint32(1 << (COARSE - 1))
    return np.minimum(bits.view(np.float32).astype(np.float64) ** b, 1e18).astype(np.float32)  # no square is that large


@numba.njit(nogil=True, cache=True)
def draw(
    spots: np.ndarray,
    starts: np.ndarray,
    others: np.ndarray,
    weights: np.ndarray,
    rounds: int,
    a: float,
    b: float,
    power_of: np.ndarray,
    seed: int,
) -> None:
    """Move points about until neighbours are near.

    Args:
        spots: (m, 2) float32, where the points are; changed in place.
        starts: (m + 1,) where each point's edges begin (CSR); every edge is there from both its ends.
        others: The other end of each edge.
        weights: (edges,) the share of rounds in which each edge pulls, up to 1.
        rounds: How often all edges are gone through, with forces that fall to nothing.
        a: Of UMAP's curve 1 / (1 + a d^2b).
        b: The same.
        power_of: As ``powers(b)`` gives them.
        seed: Of the random points.
    """
    m = len(spots)
    a32, b32, one, four, near = np.float32(a), np.float32(b), np.float32(1), np.float32(4), np.float32(1e-3)
    pull, push = -2 * a32 * b32, 2 * b32
    state = np.uint64(seed)
    for number in range(rounds):
        step = np.float32(1 - number / rounds)
        for i in range(m):
            x, y = spots[i, 0], spots[i, 1]
            for edge in range(starts[i], starts[i + 1]):
                if int((number + 1) * weights[edge]) == int(number * weights[edge]):
                    continue
                j = others[edge]
                dx, dy = x - spots[j, 0], y - spots[j, 1]
                square = np.float32(dx * dx + dy * dy)
                if square > 0:
                    power = power_of[square.view(np.uint32) >> np.uint32(COARSE)]
                    force = pull * power / (square * (a32 * power + one))
                    right = step * min(max(force * dx, -four), four)
                    up = step * min(max(force * dy, -four), four)
                    x, y = x + right, y + up
                    spots[j, 0] -= right
                    spots[j, 1] -= up
                for _ in range(PUSHES):
                    # splitmix64 (Steele, Lea and Flood 2014)
                    state += np.uint64(0x9E3779B97F4A7C15)
                    mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                    j = np.int64((mixed >> np.uint64(33)) % np.uint64(m))
                    dx, dy = x - spots[j, 0], y - spots[j, 1]
                    square = np.float32(dx * dx + dy * dy)
                    if j != i and square > 0:
                        force = push / (
                            (near + square) * (a32 * power_of[square.view(np.uint32) >> np.uint32(COARSE)] + one)
                        )
                        x += step * min(max(force * dx, -four), four)
                        y += step * min(max(force * dy, -four), four)
            spots[i, 0], spots[i, 1] = x, y
