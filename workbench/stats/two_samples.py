"""Whether two sets of vectors come from the same traffic: by their centres, by their whole shape.

Both permute whole sessions. The distance of centres is cheap and blind to a change of spread; the maximum mean
discrepancy sees any change and says nothing about it; which vectors give the second set away is what the classifier
beside it tells. Vectors of two embedding models are never comparable. None of the numbers has a cut-off of its own:
each is told beside what dealing the same sessions out anew gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from workbench.stats.divergence import dealt, exchangeable, group_strata, p_value, permuted_sums

Floats = NDArray[np.float64]
MOST = 2_000  # vectors of which all pairs are laid out; for the classifier more are drawn at random, sessions whole
FEATURES = 256  # waves, of which each has a sine and a cosine
CHUNK = 8_192  # rows whose features are held at once


@dataclass(frozen=True, slots=True)
class Shift:
    """One statistic of two sets of vectors.

    Attributes:
        value: The statistic.
        null: What permuted sets give on average.
        p: Permutation p-value; nan where nothing could be permuted.
        n: Vectors of the first set that were used.
        other_n: Vectors of the second.
        groups: Sessions permuted.
    """

    value: float
    null: float
    p: float
    n: int
    other_n: int
    groups: int


def centroid_shift(
    vectors: ArrayLike,
    second: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    replicates: int = 999,
    seed: int = 0,
) -> Shift:
    """Give the distance of the two sets' means, with a permutation test.

    Args:
        vectors: (n, d).
        second: (n,) whether each is of the second set.
        groups: (n,) sessions; each vector its own if not given.
        strata: (n,) within which sessions are dealt out; one if not given.
        replicates: Permutations.
        seed: Source of chance.
    """
    x, of_second, place, side = sides_of(vectors, second, groups)
    n, other_n = int((~of_second).sum()), int(of_second.sum())
    within = group_strata(of_second, groups, strata)
    if not exchangeable(side, within):
        return Shift(np.nan, np.nan, np.nan, n, other_n, len(side))
    sums = _by_group(lambda rows: x[rows], place, len(side))
    other = permuted_sums(sums, side, strata=within, replicates=replicates, seed=seed)
    assert other is not None  # there is something to deal out
    drawn = _gap(sums.sum(axis=0) - other, other)
    seen = float(_gap(sums[~side].sum(axis=0), sums[side].sum(axis=0)))
    return Shift(seen, float(drawn.mean()), p_value(seen, drawn), n, other_n, len(side))


def mean_discrepancy(
    vectors: ArrayLike,
    second: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    replicates: int = 499,
    kernel: str = "rbf",
    seed: int = 0,
) -> Shift:
    """Give the maximum mean discrepancy (Gretton et al. 2012), with a permutation test.

    Beyond ``MOST`` vectors the products of all pairs are those of random features (Rahimi & Recht 2007), whose cost
    grows with the vectors and not with their square; permuted alike, the test holds its level at any number of them.

    Args:
        vectors: (n, d).
        second: (n,) whether each is of the second set.
        groups: (n,) sessions; each vector its own if not given.
        strata: (n,) within which sessions are dealt out; one if not given.
        replicates: Permutations.
        kernel: rbf, with the median distance as its width, or energy (minus the distance), at most ``MOST`` vectors.
        seed: Source of chance.
    """
    x, of_second, place, side = sides_of(vectors, second, groups)
    within = group_strata(of_second, groups, strata)
    n, other_n = int((~of_second).sum()), int(of_second.sum())
    if not exchangeable(side, within):
        return Shift(np.nan, np.nan, np.nan, n, other_n, len(side))
    if len(x) > MOST:
        if kernel != "rbf":
            raise ValueError(f"beyond {MOST} vectors the kernel is rbf, got {kernel!r}")
        sums = _by_group(_features(x, seed), place, len(side))
        other = permuted_sums(sums, side, strata=within, replicates=replicates, seed=seed)
        assert other is not None  # there is something to deal out
        found = _discrepancy_of(np.vstack([sums[side].sum(axis=0), other]), sums.sum(axis=0))
        return Shift(
            float(found[0]), float(found[1:].mean()), p_value(float(found[0]), found[1:]), n, other_n, len(side)
        )
    whole = _kernel(x, kernel)
    np.fill_diagonal(whole, 0.0)  # the unbiased form leaves out each vector with itself
    by_group = _summed(_summed(whole, place, len(side)).T, place, len(side))  # symmetric, so which way round is one
    size = np.bincount(place, minlength=len(side)).astype(np.float64)
    masks = np.vstack([side.astype(np.float64), dealt_sides(side, within, replicates, seed)])
    found = _discrepancy(by_group, size, masks)
    drawn = found[1:]
    return Shift(float(found[0]), float(drawn.mean()), p_value(float(found[0]), drawn), n, other_n, len(side))


def sides_of(
    vectors: ArrayLike, second: ArrayLike, groups: ArrayLike | None
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_]]:
    """Vectors, sides of vectors, group of each, side of each group; a group on both sides counts as two."""
    x = np.asarray(vectors, dtype=np.float64)
    of_second = np.asarray(second, dtype=bool)
    if x.ndim != 2 or len(x) != len(of_second):
        raise ValueError(f"expected a vector for each of {len(of_second)} units, got shape {x.shape}")
    if groups is None:
        return x, of_second, np.arange(len(x)), of_second
    _, known = np.unique(np.asarray(groups), return_inverse=True)
    used, place = np.unique(known.ravel() * 2 + of_second, return_inverse=True)
    return x, of_second, place.ravel(), (used % 2).astype(bool)


def dealt_sides(side: NDArray[np.bool_], strata: NDArray[np.int64] | None, replicates: int, seed: int) -> Floats:
    """(replicates, G) 1 where a group falls to the second set, after the groups were dealt out anew."""
    masks = np.zeros((replicates, len(side)))
    for turn, mask in enumerate(dealt(side, strata, replicates=replicates, seed=seed)):
        masks[turn] = mask
    return masks


def whole_groups(
    among: NDArray[np.int64], size: NDArray[np.int64], most: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draw groups, whole, in random order until they hold as many units as may be.

    Args:
        among: Groups to draw from.
        size: (G,) units of every group.
        most: Units at most.
        random: Source of chance.
    """
    order = random.permutation(among)
    return np.asarray(order[np.cumsum(size[order]) <= most])


def _summed(rows: Floats, place: NDArray[np.int64], groups: int) -> Floats:
    """Rows added up by group."""
    if groups == len(rows):  # each its own
        found = np.empty_like(rows)
        found[place] = rows
        return found
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(groups))
    return np.asarray(np.add.reduceat(rows[order], starts, axis=0))


def _by_group(read: Callable[[slice], Floats], place: NDArray[np.int64], groups: int) -> Floats:
    """Rows added up by group, as many at a time as fit, and in the last column how many there are."""
    n, found = len(place), 0.0
    for start in range(0, n, CHUNK):
        rows = slice(start, min(start + CHUNK, n))
        size = rows.stop - rows.start
        of = csr_array((np.ones(size), (place[rows], np.arange(size))), shape=(groups, size))
        found = found + of @ np.column_stack([read(rows), np.ones(size)])
    return np.asarray(found)


def _features(x: Floats, seed: int) -> Callable[[slice], Floats]:
    """Random features whose products are, on average, those of the kernel with the median distance as its width."""
    random = np.random.default_rng(seed)
    some = x[random.choice(len(x), min(len(x), MOST // 2), replace=False)]
    middle = _middle(_squares(some))
    waves = random.normal(size=(x.shape[1], FEATURES)) * (np.sqrt(2 / middle) if middle > 0 else 0.0)

    def read(rows: slice) -> Floats:
        angle = x[rows] @ waves
        return np.column_stack([np.cos(angle), np.sin(angle)]) / np.sqrt(FEATURES)

    return read


def _discrepancy_of(second: Floats, whole: Floats) -> Floats:
    """The discrepancy by sums of features, whose products of each with itself are 1, and how many were summed."""
    first = whole - second
    m, n = second[:, -1], first[:, -1]
    a, b = second[:, :-1], first[:, :-1]
    within = ((a**2).sum(axis=1) - m) / np.maximum(m * (m - 1), 1) + ((b**2).sum(axis=1) - n) / np.maximum(
        n * (n - 1), 1
    )
    return np.asarray(within - 2 * (a * b).sum(axis=1) / np.maximum(m * n, 1))


def _gap(first: Floats, second: Floats) -> Floats:
    means = [each[..., :-1] / np.maximum(each[..., -1:], 1.0) for each in (first, second)]
    return np.asarray(np.linalg.norm(means[0] - means[1], axis=-1))


def _kernel(x: Floats, kernel: str) -> Floats:
    square = _squares(x)
    if kernel == "energy":
        return -np.sqrt(square)
    if kernel != "rbf":
        raise ValueError(f"kernel is rbf or energy, got {kernel!r}")
    middle = _middle(square)
    return np.asarray(np.exp(-square / middle) if middle > 0 else np.ones_like(square))


def _squares(x: Floats) -> Floats:
    """Squared distances of all pairs."""
    length = (x**2).sum(axis=1)
    return np.asarray(np.maximum(length[:, None] + length - 2 * x @ x.T, 0.0))


def _middle(square: Floats) -> float:
    above = square[np.triu_indices(len(square), 1)]
    return float(np.median(above)) if len(above) else 1.0


def _discrepancy(by_group: Floats, size: Floats, masks: Floats) -> Floats:
    rest = 1 - masks
    m, n = masks @ size, rest @ size
    within = ((masks @ by_group) * masks).sum(axis=1) / np.maximum(m * (m - 1), 1)
    within += ((rest @ by_group) * rest).sum(axis=1) / np.maximum(n * (n - 1), 1)
    return np.asarray(within - 2 * ((masks @ by_group) * rest).sum(axis=1) / np.maximum(m * n, 1))
