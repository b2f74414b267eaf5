"""Which cluster of a new map is which of the old: ids that last, and what became of the rest.

A cluster is known by its traces. Old and new clusters are paired so that the pairs share as much as possible, and a
pair counts where what it shares is at least half of both taken together; with less, saying "the same cluster" would
mislead whoever compares two weeks. Only clusters that share no trace at all with the new map (their traces were
purged) are looked up by where they lay. A split or a merger is told beside what was kept, never instead of it.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

KEPT = 0.5
"""Shared traces as a share of the mean of both sizes (Dice) from which on a cluster is the same one. After MONIC
(Spiliopoulou et al. 2006), where a cluster survives with half of itself, here asked of both sides at once."""

SAME_CONTENT = 0.5
"""Jaccard below which a cluster that is kept is named anew: Hennig (2007) calls such a cluster dissolved."""

PART = 0.25
"""The share of an old cluster from which on a new one is a part of it; two parts are a split (MONIC's .25)."""

FEWEST = 3
"""Traces that a part has at least: what makes a cluster on the smallest map."""

ABSORBED = 0.5
"""The share of an old cluster in one new cluster from which on it went there; two that did are a merger."""

ALIKE = 0.9
"""Cosine between centroids from which on two clusters without a shared trace are one; docs/maps.md has the figures."""


@dataclass(frozen=True)
class Matching:
    """What became of the clusters.

    Attributes:
        ids: (k,) the id of each new cluster.
        renamed: (k,) whether a new cluster takes a name of its own; otherwise it keeps the old one's.
        events: ``cluster, event (kept, new, gone, split, merged), from, share, n, reason``, one dict each.
        next_id: The next id that is free.
    """

    ids: np.ndarray
    renamed: np.ndarray
    events: list[dict[str, Any]] = field(repr=False)
    next_id: int = 0


def match(
    old: np.ndarray,
    new: np.ndarray,
    *,
    old_ids: np.ndarray,
    old_sizes: np.ndarray,
    new_sizes: np.ndarray,
    next_id: int,
    old_centroids: np.ndarray | None = None,
    new_centroids: np.ndarray | None = None,
) -> Matching:
    """Give the clusters of a new map their ids.

    Args:
        old: (n,) old cluster, by its place in ``old_ids``, of every trace that is on both maps; -1 unclustered.
        new: (n,) new cluster of the same traces, from 0; -1 unclustered.
        old_ids: (j,) ids of the old map's clusters.
        old_sizes: (j,) traces of each on the old map.
        new_sizes: (k,) traces of each on the new map.
        next_id: The lowest id that no map has had yet.
        old_centroids: (j, d) unit vectors; a row of zeros where it is not known. None where the vectors of the maps
            cannot be compared.
        new_centroids: (k, d) unit vectors.
    """
    j, k = len(old_ids), len(new_sizes)
    shared, own, now = _shared(old, new, j, k)
    both = own[:, None] + now[None, :]
    dice = 2 * shared / np.maximum(both, 1)
    jaccard = shared / np.maximum(both - shared, 1)
    close = None if old_centroids is None or new_centroids is None else np.round(old_centroids @ new_centroids.T, 6)
    of_new = np.full(k, -1)
    renamed = np.ones(k, dtype=bool)
    for place, other in _pairs(np.where(dice >= KEPT, dice, 0.0)):
        of_new[other] = place
        stayed = close is None or not close[:, other].any() or close[place, other] >= close[:, other].max()
        renamed[other] = jaccard[place, other] < SAME_CONTENT or not stayed
    by_traces = of_new >= 0
    if close is not None:
        free = (own == 0)[:, None] & ~by_traces[None, :]
        best = (close >= close.max(axis=1, keepdims=True)) & (close >= close.max(axis=0, keepdims=True))
        for place, other in _pairs(np.where(free & best & (close >= ALIKE), close, 0.0)):
            of_new[other], renamed[other] = place, False
    fresh = of_new < 0
    ids = np.empty(k, dtype=np.int64)
    ids[~fresh] = old_ids[of_new[~fresh]]
    ids[fresh] = next_id + np.arange(fresh.sum())
    events = [
        _event(ids[c], "new", n=new_sizes[c])
        if fresh[c]
        else _event(ids[c], "kept", ids[c], share=jaccard[of_new[c], c], n=new_sizes[c])
        if by_traces[c] or close is None
        else _event(ids[c], "kept", ids[c], n=new_sizes[c], reason=f"no shared trace; cosine {close[of_new[c], c]:.3f}")
        for c in range(k)
    ]
    gone = np.setdiff1d(np.arange(j), of_new[of_new >= 0])
    events += [_event(old_ids[o], "gone", n=old_sizes[o]) for o in gone]
    events += _moves(shared, own, ids, old_ids)
    return Matching(ids, renamed, events, int(next_id + fresh.sum()))


def _shared(old: np.ndarray, new: np.ndarray, j: int, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Traces that each pair of clusters shares, and the traces on both maps that each old and new cluster has."""
    table = np.zeros((j + 1, k + 1), dtype=np.int64)
    np.add.at(table, (old, new), 1)  # -1 is the last row and column
    return table[:j, :k], table[:j].sum(axis=1), table[:, :k].sum(axis=0)


def _pairs(worth: np.ndarray) -> list[tuple[int, int]]:
    """The pairing of rows with columns worth most in all (Kuhn 1955); a pair worth nothing is none."""
    from scipy.optimize import linear_sum_assignment

    if not worth.size:
        return []
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(a), int(b)) for a, b in zip(rows, columns, strict=True) if worth[a, b] > 0]


def _moves(shared: np.ndarray, own: np.ndarray, ids: np.ndarray, old_ids: np.ndarray) -> list[dict[str, Any]]:
    """Splits and mergers: one event for each part."""
    share = shared / np.maximum(own, 1)[:, None]
    part, went = (share >= PART) & (shared >= FEWEST), (share >= ABSORBED) & (shared >= FEWEST)
    found = []
    for kind, chosen in (
        ("split", part & (part.sum(axis=1, keepdims=True) > 1)),
        ("merged", went & (went.sum(axis=0, keepdims=True) > 1)),
    ):
        found += [
            _event(ids[c], kind, old_ids[o], share=share[o, c], n=shared[o, c]) for o, c in np.argwhere(chosen).tolist()
        ]
    return found


def _event(
    cluster: Any, event: str, from_: Any = None, *, share: Any = None, n: Any = 0, reason: str | None = None
) -> dict[str, Any]:
    return {
        "cluster": int(cluster),
        "event": event,
        "from": None if from_ is None else int(from_),
        "share": None if share is None else round(float(share), 6),
        "n": int(n),
        "reason": reason,
    }


def centroids(vectors: np.ndarray, labels: np.ndarray, n: int) -> np.ndarray:
    """Unit centroids of clusters 0 to n - 1, float32; zeros where a cluster has no row.

    Args:
        vectors: (m, d) unit vectors.
        labels: (m,) the cluster of each, -1 for none.
        n: How many clusters there are.
    """
    from workbench.clusters.communities import centroid_sums

    inside = labels >= 0
    sums = centroid_sums(vectors[inside], labels[inside], n)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return (sums / np.maximum(lengths, 1e-12)).astype(np.float32)
