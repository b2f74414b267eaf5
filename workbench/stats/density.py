"""Where on a map two sets lie differently: each set smeared into a density of its own, and the difference of the two.

Smeared, any two samples differ everywhere. So the places are marked at which they differ by more than dealing their
sessions out anew gives anywhere on the map: one test for the picture as a whole, not one for each place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.divergence import dealt, exchangeable

Floats = NDArray[np.float64]
CELLS = 96
REPLICATES = 199
WIDTH = 0.022
"""Width of the smear, in shares of the map's longer side: about that of a small cluster."""
FEW = 5
"""A place that holds less than this many traces on top of one another is too thin to say anything of."""


@dataclass(frozen=True)
class Density:
    """The difference of two densities on a grid.

    Attributes:
        x: (k,) middles of the columns.
        y: (m,) middles of the rows.
        difference: (m, k) share of the second set in each cell less that of the first; sums to 0.
        shown: (m, k) where the difference is more than chance gives anywhere.
    """

    x: Floats = field(repr=False)
    y: Floats = field(repr=False)
    difference: Floats = field(repr=False)
    shown: NDArray[np.bool_] = field(repr=False)


def density_difference(
    x: ArrayLike,
    y: ArrayLike,
    second: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    level: float = 0.05,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Density:
    """Give the difference of two sets' densities.

    Args:
        x: (n,) where each trace is.
        y: (n,) where each trace is.
        second: (n,) whether each is of the second set; both sets have at least one.
        groups: (n,) sessions, which are dealt out whole; each trace its own if not given.
        level: The share of pictures without any difference in which some place may be marked.
        replicates: Permutations; without any, nothing is marked.
        seed: Source of chance.

    Raises:
        ValueError: One of the sets is empty.
    """
    across, up, of_second = np.asarray(x, dtype=float), np.asarray(y, dtype=float), np.asarray(second, dtype=bool)
    if not of_second.any() or of_second.all():
        raise ValueError("the difference of two densities takes two sets, and one of them is empty")
    middles, cell, sigma = _grid(across, up)
    shape = len(middles[1]), len(middles[0])
    difference = _smeared(_gap(cell, of_second, shape), sigma)
    place = np.arange(len(cell)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    used, session = np.unique(place * 2 + of_second, return_inverse=True)  # a session in both sets is two
    side = (used % 2).astype(bool)
    shown = np.zeros(shape, dtype=bool)
    if replicates and exchangeable(side, None):
        dealings = (mask[session.ravel()] for mask in dealt(side, None, replicates=replicates, seed=seed))
        drawn = np.stack([difference, *(_smeared(_gap(cell, mask, shape), sigma) for mask in dealings)])
        held = _smeared(np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(float), sigma)
        dense = held >= FEW / (2 * np.pi * sigma**2)
        spread = np.where(dense, np.sqrt((drawn**2).mean(axis=0)), np.inf)
        spread[spread == 0] = np.inf
        most = np.abs(drawn / spread).max(axis=(1, 2))
        shown = (most[:, None, None] >= np.abs(difference / spread) - 1e-12).mean(axis=0) <= level  # itself counted
    return Density(*middles, difference, shown)


def _grid(x: Floats, y: Floats) -> tuple[tuple[Floats, Floats], NDArray[np.int64], float]:
    """The middles of columns and rows, the cell of each trace, and the width of the smear in cells."""
    longer = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9)
    edge = 4 * WIDTH * longer  # room for the smear, so that nothing of it is lost
    size = (longer + 2 * edge) / CELLS
    found: list[Floats] = []
    places: list[NDArray[np.int64]] = []
    for values in (x, y):
        low = float(values.min()) - edge
        n = max(int(np.ceil((float(np.ptp(values)) + 2 * edge) / size)), 1)
        found.append(np.asarray(low + size * (np.arange(n) + 0.5), dtype=np.float64))
        places.append(np.clip(((values - low) / size).astype(np.int64), 0, n - 1))
    cell: NDArray[np.int64] = places[1] * len(found[0]) + places[0]
    return (found[0], found[1]), cell, WIDTH * longer / size


def _gap(cell: NDArray[np.int64], second: NDArray[np.bool_], shape: tuple[int, int]) -> Floats:
    n = max(int(second.sum()), 1), max(int((~second).sum()), 1)
    weight = np.where(second, 1 / n[0], -1 / n[1])
    return np.asarray(np.bincount(cell, weights=weight, minlength=shape[0] * shape[1]).reshape(shape), dtype=np.float64)


def _smeared(counts: Floats, sigma: float) -> Floats:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(counts, sigma, mode="constant"))
