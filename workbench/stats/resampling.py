"""Shares redrawn: what other samples of the same design would have said.

For what has no formula, such as the place of a code in an order. A stratum in which nothing was found stays empty in
every redraw, so what is said of rare kinds is surer than it should be; their intervals do not come from here.
"""

from __future__ import annotations

import numpy as np

from workbench.stats.sampling import Design

MOST_CELLS = 40_000_000
"""Cells times draws of a bootstrap; beyond it there are fewer draws, because a person waits for the answer."""
LEAST_DRAWS = 200


def resampled_shares(has: np.ndarray, design: Design, *, n_boot: int = 2000, seed: int = 0) -> np.ndarray:
    """Draw the shares again and again, as other samples of the same design would have given them.

    Units are drawn within their stratum with all their properties together, n - 1 of n with replacement, and rescaled
    so that the spread is right for strata of few units and for finite ones: J. N. K. Rao and C. F. J. Wu, "Resampling
    inference with complex survey data", JASA 83 (1988) 231-241.

    Args:
        has: (n, K) whether each unit has each property.
        design: How the units were drawn.
        n_boot: How many draws; fewer, but at least 200, where the sample is very large.
        seed: Source of chance.

    Returns:
        (n_boot, K) shares.
    """
    has = np.asarray(has, dtype=float)
    random = np.random.default_rng(seed)
    cell, rows = _cells(has, design)
    n_boot = min(n_boot, max(LEAST_DRAWS, MOST_CELLS // max(len(rows), 1)))
    times = np.bincount(cell)
    stratum, part = design.stratum[rows], design.parts[rows]
    drawn = np.zeros((n_boot, has.shape[1]))
    for here in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(stratum)) + 1):
        h = stratum[here[0]]
        n, share = int(design.counts[h]), design.share[h]
        mass = part[here] * times[here]
        if n < 2 or design.fraction[h] >= 1:
            drawn += mass @ has[rows[here]]
            continue
        taken = random.multinomial(n - 1, times[here] / n, size=n_boot)
        scale = np.sqrt(1 - design.fraction[h])
        weight = mass * (1 - scale) + scale * n / (n - 1) * taken * part[here]
        total = weight.sum(axis=1, keepdims=True)
        drawn += weight @ has[rows[here]] * (share / total)
    return drawn


def _cells(has: np.ndarray, design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Units that are alike in stratum, weight and properties, as one cell each: the cell of every unit, and of every
    cell one unit; cells in the order of their strata.
    """
    key = np.column_stack([design.stratum, design.parts.round(15), has])
    _, rows, cell = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return cell.ravel(), rows
