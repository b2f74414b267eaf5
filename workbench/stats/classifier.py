"""Whether a classifier tells two sets of vectors apart, and which vectors give the second set away.

Whole sessions are held out and permuted. An area under the curve has no cut-off of its own: it is told beside what
dealing the same sessions out anew gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.divergence import exchangeable, group_strata, p_value
from workbench.stats.two_samples import MOST, dealt_sides, sides_of, whole_groups

Floats = NDArray[np.float64]
FOLDS = 5
COMPONENTS = 32


@dataclass(frozen=True, slots=True)
class Telling:
    """How well a classifier tells two sets apart.

    Attributes:
        auc: Area under the curve, cross-validated over sessions; .5 says not at all.
        null: The same of permuted sets, on average.
        p: Permutation p-value.
        scores: (n,) how much each vector looks like the second set, from folds that did not see it; nan where it was
            not used.
    """

    auc: float
    null: float
    p: float
    scores: Floats = field(repr=False)


def told_apart(
    vectors: ArrayLike,
    second: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    replicates: int = 199,
    seed: int = 0,
) -> Telling:
    """Train a classifier to tell the sets apart, on folds of whole sessions, and permute (Lopez-Paz & Oquab 2017).

    A ridge classifier on the leading components: it has a closed form, so that hundreds of refits take seconds, and
    ranks as well as logistic regression does on embeddings.

    Args:
        vectors: (n, d); beyond ``MOST`` sessions are drawn.
        second: (n,) whether each is of the second set.
        groups: (n,) sessions; each vector its own if not given.
        strata: (n,) within which sessions are dealt out; one if not given.
        replicates: Refits on permuted sets.
        seed: Source of chance.
    """
    x, of_second, place, side = sides_of(vectors, second, groups)
    scores = np.full(len(x), np.nan)
    kept = _drawn(place, side, len(of_second), seed)
    side, within, place = _renumbered(side, group_strata(of_second, groups, strata), place[kept])
    used = x[kept]
    if not exchangeable(side, within) or min(side.sum(), (~side).sum()) < FOLDS:
        return Telling(np.nan, np.nan, np.nan, scores)
    used = _leading(used)
    labels = np.vstack([side.astype(np.float64), dealt_sides(side, within, replicates, seed)])[:, place]
    predicted = _predicted(labels, _hats(used, _folds(side, place, seed)))
    auc = np.asarray([_auc(each, wanted > 0) for each, wanted in zip(predicted, labels, strict=True)])
    scores[kept] = predicted[0]
    return Telling(float(auc[0]), float(auc[1:].mean()), p_value(float(auc[0]), auc[1:]), scores)


def _drawn(place: NDArray[np.int64], side: NDArray[np.bool_], n: int, seed: int) -> NDArray[np.int64]:
    """The units used: all, or whole sessions in random order until there are ``MOST``, as many of each side as fit."""
    if n <= MOST:
        return np.arange(n)
    random = np.random.default_rng(seed)
    size = np.bincount(place, minlength=len(side))
    chosen = np.zeros(len(side), dtype=bool)
    total = {side_: int(size[side == side_].sum()) for side_ in (False, True)}
    small = min(total, key=lambda each: total[each])
    room = {small: min(total[small], MOST // 2)}
    room[not small] = MOST - room[small]
    for which, most in room.items():
        chosen[whole_groups(np.flatnonzero(side == which), size, most, random)] = True
    return np.flatnonzero(chosen[place])


def _renumbered(
    side: NDArray[np.bool_], strata: NDArray[np.int64] | None, place: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64] | None, NDArray[np.int64]]:
    used, again = np.unique(place, return_inverse=True)
    return side[used], None if strata is None else strata[used], again.ravel()


def _leading(x: Floats) -> Floats:
    """The leading principal components; by the small matrix of products, as all vectors decomposed take seconds."""
    from scipy.linalg import eigh

    centred = x - x.mean(axis=0)
    d = x.shape[1]
    _, axes = eigh(centred.T @ centred, subset_by_index=[d - min(COMPONENTS, *x.shape), d - 1])
    return np.asarray(centred @ axes)


def _folds(side: NDArray[np.bool_], place: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """The fold of each unit; groups whole, each side spread over all folds."""
    random = np.random.default_rng(seed)
    fold = np.zeros(len(side), dtype=np.int64)
    for which in (False, True):
        order = random.permutation(np.flatnonzero(side == which))
        fold[order] = np.arange(len(order)) % FOLDS
    return fold[place]


def _hats(x: Floats, fold: NDArray[np.int64]) -> list[tuple[NDArray[np.bool_], Floats]]:
    """For each fold which units it holds out, and the matrix from the others' labels to their predictions."""
    found = []
    for each in range(FOLDS):
        out = fold == each
        train = x[~out]
        centre = train.mean(axis=0)
        inner = train - centre
        ridge = inner.T @ inner + np.trace(inner.T @ inner) / inner.shape[1] * 0.1 * np.eye(inner.shape[1])
        found.append((out, (x[out] - centre) @ np.linalg.solve(ridge, inner.T)))
    return found


def _predicted(wanted: Floats, hats: list[tuple[NDArray[np.bool_], Floats]]) -> Floats:
    """What each row of labels predicts of the units held out."""
    predicted = np.empty_like(wanted)
    for out, hat in hats:
        inner = wanted[:, ~out]
        middle = inner.mean(axis=1, keepdims=True)
        predicted[:, out] = (inner - middle) @ hat.T + middle
    return predicted


def _auc(scores: Floats, positive: NDArray[np.bool_]) -> float:
    from scipy.stats import rankdata

    many, few = int(positive.sum()), int((~positive).sum())
    if many == 0 or few == 0:
        return 0.5
    return float((rankdata(scores)[positive].sum() - many * (many + 1) / 2) / (many * few))
