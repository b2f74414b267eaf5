"""How far apart two sets of categories are, and whether that is more than two samples of the same traffic would be.

A divergence without its n says nothing: with ten categories and 200 traces a side the same traffic gives a
Jensen-Shannon distance of .13, so any fixed cut-off cries wolf. Here the test decides (by permuting whole sessions, for
the traces of one session are not independent), and the size that is told has what chance alone gives taken out.
New and vanished categories are read before any number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.special import rel_entr

from workbench.stats.multiplicity import adjusted
from workbench.stats.proportions import Interval, difference

Floats = NDArray[np.float64]
SMOOTH = 0.5  # Jeffreys' half a count, for what is infinite at an empty category
BATCH, DENSE = 128, 0.1
"""Permutations summed at once, and the share of cells that are not 0 from which zeros are added up like the rest."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """How far two sets of counts are apart.

    Attributes:
        jsd: Jensen-Shannon divergence, nats (not its root, which scipy calls distance).
        excess: The same less what permuted sets give on average, not below 0.
        moved: Total variation: the share of traffic that would have to move from one category to another.
        moved_excess: The same less what permuted sets give on average, not below 0; on the low side where much moved.
        p: Permutation p-value of the jsd; nan where nothing could be permuted.
        n: Units of the first set.
        other_n: Units of the second.
        groups: Sessions permuted.
    """

    jsd: float
    excess: float
    moved: float
    moved_excess: float
    p: float
    n: int
    other_n: int
    groups: int


@dataclass(frozen=True)
class Shifts:
    """Each category's share in both sets.

    Attributes:
        differences: Second share minus first, Newcombe's interval each.
        p: p-values of the differences.
        adjusted: The same with the false discovery rate held (Benjamini-Hochberg).
    """

    differences: tuple[Interval, ...]
    p: Floats = field(repr=False)
    adjusted: Floats = field(repr=False)


def jensen_shannon(first: ArrayLike, second: ArrayLike, *, base: float | None = None) -> float:
    """Give the Jensen-Shannon divergence of two distributions or counts, nats unless a base is given (Lin 1991).

    >>> round(jensen_shannon([1, 0], [0.5, 0.5]), 5), round(jensen_shannon([1, 0], [0.5, 0.5], base=2), 5)
    (0.21576, 0.31128)
    """
    p, q = _shares(first), _shares(second)
    found = float(_jsd(p, q))
    return found if base is None else found / float(np.log(base))


def total_variation(first: ArrayLike, second: ArrayLike) -> float:
    """Give half the sum of the absolute differences of two distributions: the share that would have to move.

    >>> round(total_variation([4, 6], [6, 4]), 3)
    0.2
    """
    return float(np.abs(_shares(first) - _shares(second)).sum() / 2)


def kullback_leibler(first: ArrayLike, second: ArrayLike, *, smooth: float = 0.0) -> float:
    """Give the Kullback-Leibler divergence of the first from the second, nats; infinite at an empty category.

    Args:
        first: Distribution or counts.
        second: The same.
        smooth: Added to each count; for counts ``SMOOTH``.

    >>> round(kullback_leibler([.40, .25, .20, .10, .05], [.35, .25, .22, .12, .06]), 7)
    0.0070023
    """
    return float(rel_entr(_shares(first, smooth), _shares(second, smooth)).sum())


def stability_index(first: ArrayLike, second: ArrayLike, *, smooth: float = 0.0) -> float:
    """Give the population stability index: both Kullback-Leibler divergences together.

    For those who know its bands (.1, .25): with ten categories and 100 units a side the same traffic goes beyond .1
    four times in five, so they mean nothing without n.

    >>> round(stability_index([.40, .25, .20, .10, .05], [.35, .25, .22, .12, .06]), 6)
    0.014052
    """
    p, q = _shares(first, smooth), _shares(second, smooth)
    return float(rel_entr(p, q).sum() + rel_entr(q, p).sum())


def null_mean(k: int, n: int, other_n: int) -> float:
    """Give the divergence that two samples of the same traffic show on average, about, nats; k equal categories.

    E[JSD] = (k - 1) / 8 x (1 / n + 1 / m), the mean of a chi-square with k - 1 degrees of freedom, scaled.

    >>> round(null_mean(10, 200, 200) / float(np.log(2)), 5)
    0.01623
    """
    return (k - 1) / 8 * (1 / n + 1 / other_n)


def diverged(
    categories: ArrayLike,
    second: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    replicates: int = 2000,
    seed: int = 0,
) -> Divergence:
    """Test whether two sets show the same categories, permuting whole groups between them.

    Args:
        categories: (n,) the category of each unit, as a whole number from 0.
        second: (n,) whether each unit is of the second set.
        groups: (n,) the session of each unit; each its own if not given.
        strata: (n,) within which groups are dealt out, so that a change of their mix is not taken for one of
            categories; one stratum if not given. A group is in that of its first unit.
        replicates: Permutations.
        seed: Source of chance.

    Returns:
        nan for what cannot be computed: an empty set, or a single group.
    """
    place, of_second = np.asarray(categories, dtype=np.int64), np.asarray(second, dtype=bool)
    n, other_n = int((~of_second).sum()), int(of_second.sum())
    if n == 0 or other_n == 0:
        return Divergence(np.nan, np.nan, np.nan, np.nan, np.nan, n, other_n, 0)
    counts, side = grouped_counts(place, of_second, groups)
    both = counts.sum(axis=0)
    now = counts[side].sum(axis=0)
    jsd, moved = float(_jsd(_rows(both - now), _rows(now))), float(np.abs(_rows(both - now) - _rows(now)).sum() / 2)
    within = group_strata(of_second, groups, strata)
    drawn = permuted_sums(counts, side, strata=within, replicates=replicates, seed=seed)
    if drawn is None:
        return Divergence(jsd, np.nan, moved, np.nan, np.nan, n, other_n, len(side))
    p, q = _rows(both - drawn), _rows(drawn)
    chance = _jsd(p, q)
    chance_moved = np.abs(p - q).sum(axis=1) / 2
    return Divergence(
        jsd, max(0.0, jsd - float(chance.mean())), moved, max(0.0, moved - float(chance_moved.mean())),
        p_value(jsd, chance), n, other_n, len(side),
    )  # fmt: skip


def shifts(
    categories: ArrayLike,
    second: ArrayLike,
    k: int,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Shifts:
    """Compare each category's share in two sets.

    The intervals are Newcombe's and take units for independent; the p-values permute groups and do not.

    Args:
        categories: (n,) the category of each unit, below k.
        second: (n,) whether each unit is of the second set.
        k: Categories.
        groups: (n,) the session of each unit; each its own if not given.
        strata: (n,) within which groups are dealt out; one if not given.
        replicates: Permutations.
        level: Of the intervals.
        seed: Source of chance.
    """
    place, of_second = np.asarray(categories, dtype=np.int64), np.asarray(second, dtype=bool)
    first, other = (np.bincount(place[side], minlength=k) for side in (~of_second, of_second))
    n, other_n = int(first.sum()), int(other.sum())
    found = tuple(difference(int(x), other_n, int(y), n, level=level) for x, y in zip(other, first, strict=True))
    if n == 0 or other_n == 0:
        nothing = np.full(k, np.nan)
        return Shifts(found, nothing, nothing)
    counts, side = grouped_counts(place, of_second, groups, k=k)
    within = group_strata(of_second, groups, strata)
    drawn = permuted_sums(counts, side, strata=within, replicates=replicates, seed=seed)
    if drawn is None:
        nothing = np.full(k, np.nan)
        return Shifts(found, nothing, nothing)
    both = counts.sum(axis=0)
    gap = np.abs(_rows(drawn) - _rows(both - drawn))
    seen = np.abs(other / other_n - first / n)
    p = (1 + (gap >= seen - 1e-12).sum(axis=0)) / (replicates + 1)
    return Shifts(found, p, adjusted(p, method="bh"))


def grouped_counts(
    categories: NDArray[np.int64], second: NDArray[np.bool_], groups: ArrayLike | None, *, k: int | None = None
) -> tuple[Floats, NDArray[np.bool_]]:
    """Count categories by group and side; a group with units on both sides counts as one on each.

    Returns:
        counts (G, k) and whether each of the G is of the second set.
    """
    size = int(categories.max()) + 1 if k is None else k
    if groups is None:
        counts = np.zeros((len(categories), size))
        counts[np.arange(len(categories)), categories] = 1.0
        return counts, second.copy()
    known = np.asarray(groups)
    _, place = np.unique(known, return_inverse=True)
    whole = place.ravel() * 2 + second
    used, place = np.unique(whole, return_inverse=True)
    counts = np.zeros((len(used), size))
    np.add.at(counts, (place.ravel(), categories), 1.0)
    return counts, (used % 2).astype(bool)


def group_strata(
    second: NDArray[np.bool_], groups: ArrayLike | None, strata: ArrayLike | None
) -> NDArray[np.int64] | None:
    """The stratum of each group of ``grouped_counts``, that of its first unit, as a number; None for one stratum."""
    if strata is None:
        return None
    _, known = np.unique(np.asarray(strata), return_inverse=True)
    known = known.ravel()
    if groups is None:
        return known
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    _, first = np.unique(place.ravel() * 2 + second, return_index=True)
    return np.asarray(known[first])


def dealt(
    side: NDArray[np.bool_], strata: NDArray[np.int64] | None, *, replicates: int, seed: int
) -> Iterator[NDArray[np.bool_]]:
    """Deal the groups out anew between the sets, each stratum for itself, as many to each side as it has."""
    random = np.random.default_rng(seed)
    parts = [np.arange(len(side))] if strata is None else [np.flatnonzero(strata == each) for each in np.unique(strata)]
    for _ in range(replicates):
        mask = np.zeros(len(side), dtype=bool)
        for part in parts:
            mask[part[random.permutation(len(part))[: int(side[part].sum())]]] = True
        yield mask


def exchangeable(side: NDArray[np.bool_], strata: NDArray[np.int64] | None) -> bool:
    """Whether anything can be dealt out: some stratum has groups of both sets."""
    if strata is None:
        return bool(side.any() and not side.all())
    return any(side[strata == each].any() and not side[strata == each].all() for each in np.unique(strata))


def permuted_sums(
    values: Floats,
    side: NDArray[np.bool_],
    *,
    strata: NDArray[np.int64] | None = None,
    replicates: int,
    seed: int,
) -> Floats | None:
    """Sums over the second set after the groups were dealt out anew; None where there is nothing to deal.

    Args:
        values: (G, k) what is summed, by group.
        side: (G,) whether each group is of the second set.
        strata: (G,) within which they are dealt out.
        replicates: How often.
        seed: Source of chance.
    """
    if not exchangeable(side, strata):
        return None
    dealings = dealt(side, strata, replicates=replicates, seed=seed)
    return added_up(values, (mask.astype(np.float64) for mask in dealings), replicates)


def added_up(values: Floats, weights: Iterator[Floats], times: int) -> Floats:
    """Add up rows again and again, each time with other weights.

    Many weights at once: one at a time a wide table is read from memory thousands of times. And what is mostly 0, as
    counts of categories are, is added up without its zeros.

    Args:
        values: (G, k).
        weights: As often as is asked, a weight for each of the G rows.
        times: How often.

    Returns:
        (times, k).
    """
    few = csr_array(values.T) if np.count_nonzero(values) < DENSE * values.size else None
    found = np.empty((times, values.shape[1]))
    done = 0
    while done < times:
        batch = np.stack(list(islice(weights, min(BATCH, times - done))))
        found[done : done + len(batch)] = batch @ values if few is None else (few @ np.ascontiguousarray(batch.T)).T
        done += len(batch)
    return found


def p_value(seen: float, drawn: Floats) -> float:
    """Give the share of draws at least as far out, the one that was seen counted among them (Phipson & Smyth 2010)."""
    return float((1 + (drawn >= seen - 1e-12).sum()) / (len(drawn) + 1))


def _shares(values: ArrayLike, smooth: float = 0.0) -> Floats:
    given = np.asarray(values, dtype=np.float64) + smooth
    if given.ndim != 1 or (given < 0).any() or given.sum() <= 0:
        raise ValueError("a distribution is a row of numbers, none below 0 and not all 0")
    return np.asarray(given / given.sum())


def _rows(counts: Floats) -> Floats:
    return np.asarray(counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1.0))


def _jsd(p: Floats, q: Floats) -> Floats:
    middle = (p + q) / 2
    return np.asarray((rel_entr(p, middle).sum(axis=-1) + rel_entr(q, middle).sum(axis=-1)) / 2)
