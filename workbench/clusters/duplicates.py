"""Near-duplicate groups: rows that say the same thing in almost the same words.

They are what a sample should not draw twice. Chains are cut: every member is as close to its group's first row as the
threshold says, not merely to some other member.
"""

import numpy as np

from workbench.clusters.graph import Distinct, cosine

NEAR = 0.95
"""Cosine similarity of all-MiniLM-L6-v2 vectors at which two texts are taken for the same one in other words."""


def near_duplicates(
    rows: Distinct, indices: np.ndarray, similarities: np.ndarray, *, threshold: float = NEAR
) -> np.ndarray:
    """Give every row the number of its group; a row with no near-duplicate is a group of its own.

    Args:
        rows: The distinct vectors and who has them.
        indices: Neighbours of each distinct vector.
        similarities: Their cosine similarities.
        threshold: Cosine similarity from which on two vectors count as near-duplicates.

    Returns:
        (n,) int64, numbered in order of first occurrence.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    m = len(rows.vectors)
    from_, at = np.nonzero(similarities >= threshold)
    near = csr_matrix((np.ones(len(from_), dtype=np.int8), (from_, indices[from_, at])), shape=(m, m))
    _, component = connected_components(near, directed=False)
    leader = np.arange(m)
    order = np.argsort(component, kind="stable")
    bounds = np.flatnonzero(np.diff(component[order])) + 1
    for members in np.split(order, bounds):
        left = members
        while len(left) > 1:
            joins = cosine(rows.vectors[left], rows.vectors[left[0]]) >= threshold
            joins[0] = True
            leader[left[joins]] = left[0]
            left = left[~joins]
    _, group = np.unique(leader, return_inverse=True)
    return group.ravel()[rows.of_row].astype(np.int64)
