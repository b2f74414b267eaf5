"""Communities of the neighbour graph, and how fine they should be.

Louvain's method finds densely linked parts at any resolution asked for; the data say which resolution. Each candidate
is judged on the vectors, not on the graph it came from: by how much closer a text is to its own cluster's centre than
to the next one (the silhouette, with the text itself left out of its centre). That curve is flat near its top, so a
mild preference for about 0.8 times the square root of the number of texts settles what the data leave open.
``docs/maps.md`` has the sets and sizes this was measured on.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.clusters.graph import Progress, in_blocks

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

RESOLUTIONS = tuple(float(r) for r in np.round(np.geomspace(0.35, 16, 12), 3))
"""From a handful of clusters to about one for every eight texts among a thousand."""

PREFERENCE = 0.08
"""Silhouette that being off the preferred number of clusters by a factor of e costs, among many texts."""

PREFERENCE_WHEN_FEW = 0.6
"""The same times √m: a silhouette over few texts is a rough guess, and two big halves often win it by luck."""

SETTLED = 0.3
"""Share of a text's ties that must lead into its community; with less the text belongs nowhere in particular."""

MANY = 10_000
"""Texts above which every other resolution is tried: the curve is steadier there, and each point of it costs more."""

BLOCK = 1024


@dataclass(frozen=True)
class Communities:
    """A partition of the graph, and how firm it is."""

    labels: np.ndarray
    """(m,) the community of each node, from 0."""
    tie_share: np.ndarray
    """(m,) the share of each node's edge weight that leads into its own community."""
    separation: float
    """Mean silhouette, -1 to 1; near 0 the clusters are cuts through a cloud rather than islands."""
    resolution: float
    """The resolution in use."""


def communities(
    vectors: np.ndarray,
    graph: "csr_matrix",
    *,
    resolution: float | None = None,
    progress: Progress | None = None,
) -> Communities:
    """Find communities; without a resolution, find it too.

    Louvain's method depends on the order of the nodes, so five orders are tried where the nodes are few enough. They
    are the same five whatever the seed of a map: in a cloud that is cut into pieces other orders cut elsewhere, and a
    map that is made again of the same texts should not.

    Args:
        vectors: (m, d) unit vectors of the nodes.
        graph: (m, m) symmetric weights.
        resolution: Louvain's; higher finds more and smaller communities.
        progress: Called with a stage, the partitions tried and all of them.
    """
    step = 1 if len(vectors) <= MANY else 2
    resolutions = RESOLUTIONS[::step] if resolution is None else (resolution,)
    orders = _orders(len(vectors))
    preferred = preferred_number(len(vectors))
    weight = max(PREFERENCE, PREFERENCE_WHEN_FEW / np.sqrt(len(vectors)))
    partitions = []
    separation = np.empty((len(resolutions), len(orders)))
    worth = np.empty_like(separation)
    for r, chosen in enumerate(resolutions):
        partitions.append([louvain(graph, resolution=chosen, order=order) for order in orders])
        for o, labels in enumerate(partitions[r]):
            separation[r, o] = silhouette(vectors, labels)
            worth[r, o] = separation[r, o] - weight * np.log((labels.max() + 1) / preferred) ** 2
        if progress:
            progress("clusters", r + 1, len(resolutions))
    # Rounded, so that the last bits of another machine's products cannot turn a choice around.
    best = int(np.round(_smooth(worth.mean(axis=1)), 5).argmax())
    firmest = int(np.round(separation[best], 5).argmax())
    labels = partitions[best][firmest]
    return Communities(labels, tie_share(graph, labels), float(separation[best, firmest]), resolutions[best])


def _smooth(curve: np.ndarray) -> np.ndarray:
    """A curve with each value averaged with its two neighbours: one lucky partition should not decide."""
    padded = np.pad(curve, 1, mode="edge")
    return (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4


def preferred_number(m: int) -> float:
    """The number of clusters leaned to among m texts: 0.8 √m; above 10,000 texts it grows with the fourth root."""
    return 0.8 * min(np.sqrt(m), 10 * m**0.25)


def louvain(graph: "csr_matrix", *, resolution: float, order: np.ndarray | None = None) -> np.ndarray:
    """Louvain's communities (Blondel et al. 2008) with the nodes visited in the order given; numbered from 0."""
    from sknetwork.clustering import Louvain

    method = Louvain(resolution=resolution, shuffle_nodes=False, return_probs=False, return_aggregate=False)
    if order is None:
        return method.fit_predict(graph).astype(np.int64)
    labels = np.empty(graph.shape[0], dtype=np.int64)
    labels[order] = method.fit_predict(graph[order][:, order])
    return labels


def _orders(m: int) -> list[np.ndarray | None]:
    extra = 4 if m <= 5_000 else 0
    random = np.random.default_rng(0)
    return [None, *(random.permutation(m) for _ in range(extra))]


def silhouette(vectors: np.ndarray, labels: np.ndarray) -> float:
    """The mean silhouette against centroids, each text left out of its own (Rousseeuw 1987, with cosine distance).

    A text alone in its cluster counts as 0, and one cluster is worth -1: it separates nothing.
    """
    n_clusters = int(labels.max()) + 1
    if n_clusters < 2:
        return -1.0
    count = np.bincount(labels, minlength=n_clusters)
    sums = centroid_sums(vectors, labels, n_clusters)
    lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
    centres = (sums / np.maximum(lengths, 1e-12)[:, None]).astype(np.float32).T
    values = np.zeros(len(vectors))

    def block(start: int) -> None:
        own = labels[start : start + BLOCK]
        rows = np.arange(len(own))
        here = vectors[start : start + BLOCK]
        closeness = (here @ centres).astype(np.float64)
        # c·s less 1, over |s - v|: the cosine to the centre of the others, without building it
        others = closeness[rows, own] * lengths[own]
        left = np.sqrt(np.maximum(lengths[own] ** 2 - 2 * others + 1, 1e-12))
        within = 1 - np.clip((others - 1) / left, -1, 1)
        closeness[rows, own] = -np.inf
        between = 1 - closeness.max(axis=1)
        value = (between - within) / np.maximum(np.maximum(within, between), 1e-12)
        values[start : start + BLOCK] = np.where(count[own] > 1, value, 0.0)

    in_blocks(block, range(0, len(vectors), BLOCK), "clusters", None)
    return float(values.mean())


def centroid_sums(vectors: np.ndarray, labels: np.ndarray, n: int) -> np.ndarray:
    """The sum of the vectors of each cluster, in float64 and in a fixed order."""
    from scipy.sparse import csr_matrix

    member = csr_matrix((np.ones(len(labels)), (labels, np.arange(len(labels)))), shape=(n, len(labels)))
    return member @ vectors.astype(np.float64)


def tie_share(graph: "csr_matrix", labels: np.ndarray) -> np.ndarray:
    """For each node the share of its edge weight that stays in its own community."""
    edges = graph.tocoo()
    inside = labels[edges.row] == labels[edges.col]
    own = np.bincount(edges.row[inside], weights=edges.data[inside], minlength=len(labels))
    total = np.bincount(edges.row, weights=edges.data, minlength=len(labels))
    return np.round(own / np.maximum(total, 1e-12), 9)
