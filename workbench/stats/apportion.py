"""Whole numbers in proportion to shares, by largest remainders (Hamilton's method)."""

import numpy as np


def apportion(n: int, shares: np.ndarray) -> np.ndarray:
    """Split n into whole numbers in proportion to shares; ties go to the first.

    >>> apportion(10, np.array([1.0, 1.0, 1.0])).tolist()
    [4, 3, 3]
    """
    exact = n * shares / shares.sum() if shares.sum() > 0 else np.full(len(shares), n / max(len(shares), 1))
    whole = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: n - int(whole.sum())]] += 1
    return whole
