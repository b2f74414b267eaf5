"""Notes laid out by likeness, with groups as suggestions: a first sorting of the pile, never a taxonomy.

Likeness of words is not likeness of failures: two notes may say "wrong date" and mean two different bugs. So a group is
something to look at together, to be accepted, changed or thrown away by a person; nothing is named here. Groups are
made bottom up by average linkage on cosine distance, and cut where notes stop being near.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.errors import BadRequest

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

NEAR = 0.45
"""Cosine from which notes are put together by default; chosen on the demo's notes, see docs/codebook.md."""
MOST = 2_000  # all pairs are compared: 2,000 notes are 2 million pairs


def note_groups(notes: Sequence[str], vectors: np.ndarray, *, near: float = NEAR) -> DataFrame:
    """Suggest which notes belong together.

    Args:
        notes: the texts, n of them.
        vectors: one of each, shape (n, d), of unit length.
        near: the mean cosine down to which groups are joined, from 0 (all in one) to 1 (only equal notes).

    Returns:
        One row per note, in an order in which like stands beside like: ``place`` (its row in ``notes``), ``group``
        (from 0, largest first; empty for a note that stands alone) and ``nearness`` (its mean cosine to the others of
        its group).

    Raises:
        BadRequest: there are more notes than can be compared with each other, or ``near`` is no cosine.
    """
    import numpy as np
    import pandas as pd

    if not 0 <= near <= 1:
        raise BadRequest("near is a cosine from 0 to 1. Give a number between them.")
    n = len(notes)
    if n > MOST:
        raise BadRequest(f"{n:,} notes are more than the {MOST:,} that can be laid out at once. Choose one sample.")
    if n < 2:
        empty = pd.DataFrame({"place": np.arange(n), "group": pd.array([None] * n, dtype="Int64")})
        return empty.assign(nearness=np.full(n, np.nan))
    cosine = np.clip(vectors.astype(np.float64) @ vectors.T.astype(np.float64), -1.0, 1.0)
    order, label = _linked(cosine, 1.0 - near)
    sizes = np.bincount(label)
    by_size = sorted(set(label.tolist()), key=lambda each: (-sizes[each], order.index(int(np.argmax(label == each)))))
    rank = {each: place for place, each in enumerate(by_size)}
    nearness = np.full(n, np.nan)
    for each in by_size:
        members = np.flatnonzero(label == each)
        if len(members) > 1:
            inside = cosine[np.ix_(members, members)]
            nearness[members] = (inside.sum(axis=1) - 1.0) / (len(members) - 1)
    position = {place: number for number, place in enumerate(order)}
    placed = sorted(range(n), key=lambda place: (rank[int(label[place])], position[place]))
    groups = [rank[int(label[place])] if sizes[label[place]] > 1 else None for place in placed]
    return pd.DataFrame(
        {"place": placed, "group": pd.array(groups, dtype="Int64"), "nearness": nearness[np.asarray(placed)]}
    )


def _linked(cosine: np.ndarray, apart: float) -> tuple[list[int], np.ndarray]:
    """The notes in the order of their tree, and the number of the group of each, from 0."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    distance = np.round(1.0 - (cosine + cosine.T) / 2.0, 9)  # equal notes are equal whatever the order of adding
    np.fill_diagonal(distance, 0.0)
    condensed = np.clip(squareform(distance, checks=False), 0.0, None)
    tree = linkage(condensed, method="average")
    if len(cosine) <= 500:  # cubic in time; above it the tree's own order has to do
        tree = optimal_leaf_ordering(tree, condensed)
    return leaves_list(tree).tolist(), fcluster(tree, t=max(apart, 1e-9), criterion="distance") - 1
