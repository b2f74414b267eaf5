"""Many tests at once: p-values made to answer for all of them.

Holm where something is blocked: the chance of even one false block stays at the level, however the tests hang together.
Benjamini-Hochberg where something is looked for: a tenth of what is found may be false. A slice picked after looking
needs fresh data; no correction makes up for that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

METHODS = ("holm", "bh", "by", "bonferroni")


def adjusted(p_values: ArrayLike, *, method: str = "holm") -> NDArray[np.float64]:
    """Give p-values that may each be held against the level as if it were the only one.

    Args:
        p_values: One per test; nan for a test that was not made, which then counts for nothing.
        method: holm (Holm 1979), bh (Benjamini & Hochberg 1995), by (Benjamini & Yekutieli 2001) or bonferroni.

    Returns:
        In the order given, at most 1.

    >>> adjusted([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    if method not in METHODS:
        raise ValueError(f"method is one of {', '.join(METHODS)}, got {method!r}")
    given = np.asarray(p_values, dtype=np.float64)
    found = np.full(len(given), np.nan)
    made = np.flatnonzero(~np.isnan(given))
    if len(made):
        found[made] = _adjusted(given[made], method)
    return found


def _adjusted(p: NDArray[np.float64], method: str) -> NDArray[np.float64]:
    if method in ("bh", "by"):
        return np.asarray(false_discovery_control(p, method=method))
    if method == "bonferroni":
        return np.minimum(p * len(p), 1.0)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    found = np.empty(len(p))
    found[order] = np.minimum(stepped, 1.0)
    return found
