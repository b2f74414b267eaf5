"""Which points belong together: the methods, the two beside communities, and what becomes of those left over."""

import numpy as np

METHODS = {
    "communities": "densely linked parts of the neighbour graph",
    "hdbscan": "dense regions, and an honest rest that belongs nowhere",
    "kmeans": "a given number of equally round groups",
}
"""The methods, and what each one looks for."""


DEFAULT = "communities"


def density_clusters(points: np.ndarray, *, min_cluster_size: int, min_samples: int = 5) -> np.ndarray:
    """HDBSCAN (Campello et al. 2013) on a layout; -1 where a point belongs to no dense region."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from hdbscan import HDBSCAN

        model = HDBSCAN(
            min_cluster_size=min_cluster_size,
            min_samples=min(min_samples, len(points) - 1),
            core_dist_n_jobs=1,
            approx_min_span_tree=False,
        )
        return model.fit_predict(points.astype(np.float64)).astype(np.int64)


def round_groups(vectors: np.ndarray, *, n_clusters: int, seed: int = 0) -> np.ndarray:
    """K-means of the vectors (on the sphere, since they are of unit length)."""
    import warnings

    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore")
        return KMeans(n_clusters, n_init=3, random_state=seed).fit_predict(vectors).astype(np.int64)


def reassigned(labels: np.ndarray, indices: np.ndarray, similarities: np.ndarray) -> np.ndarray:
    """Give every unclustered point the cluster that most of its neighbours have, working inwards until none changes.

    A point that no path of neighbours links to a cluster stays unclustered.
    """
    labels = labels.copy()
    while len(rows := np.flatnonzero(labels < 0)):
        near = labels[indices[rows]]
        weight = np.where(near >= 0, np.maximum(similarities[rows], 0) ** 4 + 1e-9, 0.0)
        total = np.round(((near[:, :, None] == near[:, None, :]) * weight[:, None, :]).sum(axis=2), 9)
        total[near < 0] = -1
        best = total.argmax(axis=1) if total.shape[1] else np.zeros(len(rows), dtype=np.int64)
        reached = (near >= 0).any(axis=1)
        if not reached.any():
            break
        labels[rows[reached]] = near[np.arange(len(rows)), best][reached]
    return labels
