"""The cluster of traces read off a map in one way, whether they are on it or not.

Who is on a map got the cluster that the map was cut into; who came later got that of its neighbours. Set against each
other the two ways differ by themselves, most of all in what they leave unclustered, and that looks like drift. Read off
here, each trace has the cluster of its nearest neighbours on the map, itself left out. That is not enough where one set
helped to make the map and the other did not: clusters are where the first happened to be dense, and no second sample is
dense in the same places. Such sets are grouped together first, so that neither has a part in the groups that the other
has not, and each group then bears the name of the cluster that most of it is read off as.
"""

from collections.abc import Sequence

import numpy as np

from workbench.clusters.graph import distinct, in_blocks

BLOCK = 256
NEIGHBOURS = 5


def read_off(vectors: np.ndarray, own: np.ndarray, on_vectors: np.ndarray, on_cluster: np.ndarray) -> np.ndarray:
    """Give each vector the cluster with most weight among its nearest neighbours, as ``place`` does.

    Args:
        vectors: (n, d).
        own: (n,) the row of the map that is this very trace, -1 where it is not on the map.
        on_vectors: (m, d) vectors of the map's points.
        on_cluster: (m,) their clusters, -1 where unclustered.

    Returns:
        (n,) clusters, -1 where unclustered neighbours weigh most.
    """
    old = distinct(on_vectors)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    itself = np.where(own >= 0, old.of_row[own], -1)
    alone = (itself >= 0) & (old.count[itself] == 1)  # others with the same words are neighbours like any other
    clusters = on_cluster[old.first]
    k = min(NEIGHBOURS, len(old.first))
    found = np.full(len(vectors), -1, dtype=np.int64)
    across = np.ascontiguousarray(old.vectors.T)

    def block(start: int) -> None:
        stop = min(start + BLOCK, len(unit))
        like = unit[start:stop].astype(across.dtype) @ across
        left_out = np.flatnonzero(alone[start:stop])
        like[left_out, itself[start:stop][left_out]] = -np.inf
        near = np.argpartition(like, like.shape[1] - k, axis=1)[:, like.shape[1] - k :]
        weight = np.maximum(np.take_along_axis(like, near, axis=1).astype(np.float64), 0.0) ** 4
        weight[~np.isfinite(weight)] = 0.0
        theirs = clusters[near]
        total = np.round(((theirs[:, :, None] == theirs[:, None, :]) * weight[:, None, :]).sum(axis=2), 9)
        order = np.lexsort((theirs, -total), axis=1)[:, :1]
        found[start:stop] = np.take_along_axis(theirs, order, axis=1)[:, 0]

    in_blocks(block, range(0, len(unit), BLOCK), "clusters", None)
    return found


def read_together(sides: Sequence[np.ndarray], read: Sequence[np.ndarray], *, seed: int = 0) -> list[np.ndarray]:
    """Give the traces of several sets the clusters of groups found in all of them at once.

    The groups depend on the traces alone, not on whose they are, so that under no drift the sets differ by chance only.

    Args:
        sides: (n, d) vectors of each set.
        read: (n,) what each was read off as by ``read_off``.
        seed: Where chance enters.

    Returns:
        For each set (n,) clusters, -1 where a trace is in no group or its group is read off as unclustered.
    """
    from workbench.clusters.maps import communities_of

    vectors = np.concatenate(list(sides))
    order = np.lexsort(vectors[:, : min(vectors.shape[1], 16)].T)  # whose a trace is may not show in its place either
    labels = np.empty(len(vectors), dtype=np.int64)
    labels[order] = communities_of(vectors[order], seed=seed)
    theirs = np.concatenate(list(read))
    found = np.full(len(labels), -1, dtype=np.int64)
    for group in range(labels.max(initial=-1) + 1):
        own = labels == group
        clusters, count = np.unique(theirs[own], return_counts=True)
        found[own] = clusters[count.argmax()]
    return np.split(found, np.cumsum([len(side) for side in sides])[:-1])
