"""What lies off the map and hangs together: groups that may be new clusters.

A trace off the map is a finding, ten that are alike are a question for a person. "Alike" is measured by the map
itself: a group goes as far as its texts are on average as like each other as nine in ten of the map's texts are like
the others of their cluster, so scattered oddities stay what they are. A group of few traces may be luck; how often it
is found again when sessions are drawn anew says how far to believe it.
"""

from dataclasses import dataclass, field

import numpy as np

from workbench.clusters.graph import distinct

LEAST = 10
"""Traces that make a proposal: what makes a cluster on a map of 2,000 traces and more."""

LEAST_SESSIONS = 5
"""Sessions they have to come from: one user who tries ten times is no subject."""

LOOSEST = 0.1
"""Texts join a group that they are as like as nine in ten of the map's texts are like their own cluster."""

MOST = 4_000
"""Distinct texts that are grouped at once; of more, so many are drawn, and the rest joins the groups it fits."""

READ = 20_000
"""Points of the map, evenly chosen, from which it is read how alike the texts of a cluster are."""

DRAWS = 50
FIRM, MAYBE = 0.75, 0.6
"""Mean Jaccard similarity over draws (Hennig 2007 and his fpc::clusterboot): from .75 a cluster is stable; from .6
there is a pattern but who belongs to it is doubtful; below that a cluster is not to be trusted."""


@dataclass(frozen=True)
class Group:
    """Traces that may be a cluster.

    Attributes:
        rows: Rows of the vectors given, the most central first.
        density: Mean cosine between its distinct texts, 1 where there is one.
        stability: Mean Jaccard similarity with what is found when sessions are drawn anew; nan where not asked for.
        found_again: The share of draws in which most of it was found together.
    """

    rows: np.ndarray = field(repr=False)
    density: float
    stability: float
    found_again: float

    @property
    def sure(self) -> str:
        """How far to believe it: firm, maybe or cannot tell."""
        return "firm" if self.stability >= FIRM else "maybe" if self.stability >= MAYBE else "cannot tell"


def closeness(vectors: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """How like the others of its cluster each distinct text is: its mean cosine to them.

    Args:
        vectors: (n, d) vectors of the map's points.
        cluster: (n,) their clusters, negative where unclustered. Texts alone in their cluster are left out.
    """
    from workbench.clusters.communities import centroid_sums

    read = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), READ)).astype(np.int64))
    rows = distinct(vectors[read])
    own = cluster[read][rows.first]
    inside = own >= 0
    known, place = np.unique(own[inside], return_inverse=True)
    sums = centroid_sums(rows.vectors[inside], place, len(known))
    n = np.bincount(place, minlength=len(known))[place]
    unit = rows.vectors[inside].astype(np.float64)
    like = np.einsum("ij,ij->i", unit, sums[place]) - np.einsum("ij,ij->i", unit, unit)
    return np.round(like[n > 1] / (n[n > 1] - 1), 9)


def cut_of(found: np.ndarray) -> float:
    """How alike a group has to be, from the closeness of the map's texts; nan on a map without clusters."""
    return float(np.quantile(found, LOOSEST)) if len(found) else float("nan")


def propose(
    vectors: np.ndarray,
    *,
    cut: float,
    sessions: np.ndarray | None = None,
    least: int = LEAST,
    least_sessions: int = LEAST_SESSIONS,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Group]:
    """Group vectors that lie off a map, the largest group first.

    Average linkage (Sokal and Michener 1958) down to the cut: the texts of a group are on average as alike as that,
    and no chain of neighbours can join two subjects.

    Args:
        vectors: (n, d) vectors of the traces off the map.
        cut: The mean cosine down to which texts and groups are joined; see ``cut_of``.
        sessions: (n,) whose session a trace is of; each its own by default. Sessions are what is drawn anew.
        least: The fewest traces.
        least_sessions: The fewest sessions.
        draws: How often sessions are drawn anew; 0 leaves stability out.
        seed: Where chance enters.
    """
    n = len(vectors)
    if n < least or not np.isfinite(cut):
        return []
    rows = distinct(vectors)
    random = np.random.default_rng(seed)
    whose = np.arange(n) if sessions is None else np.unique(sessions, return_inverse=True)[1].ravel()
    m = len(rows.first)
    texts = np.arange(m) if m <= MOST else np.sort(random.choice(m, MOST, replace=False))
    similarity = np.clip(rows.vectors[texts].astype(np.float64) @ rows.vectors[texts].T.astype(np.float64), -1, 1)
    label = np.full(m, -1)
    label[texts] = _linked(similarity, cut)
    if m > MOST:
        label = _joined(rows.vectors, label, cut)
    of_row = label[rows.of_row]
    groups = [np.flatnonzero(of_row == each) for each in range(label.max() + 1)]
    groups = [own for own in groups if len(own) >= least and len(np.unique(whose[own])) >= least_sessions]
    again = _again(similarity, texts, rows.of_row, whose, groups, cut, draws if m <= 1000 else min(draws, 20), random)
    found = []
    for own, jaccards in zip(groups, again, strict=True):
        unit = rows.vectors[rows.of_row[own]].astype(np.float64)
        order = np.lexsort((own, -np.round(unit @ unit.sum(axis=0), 9)))
        like = closeness(vectors[own], np.zeros(len(own), dtype=np.int64))
        found.append(
            Group(
                own[order],
                float(like.mean()) if len(like) else 1.0,
                round(float(np.mean(jaccards)), 2) if len(jaccards) else float("nan"),  # as it is shown, and judged
                float(np.mean(np.asarray(jaccards) > 0.5)) if len(jaccards) else float("nan"),
            )
        )
    return sorted(found, key=lambda group: (-len(group.rows), int(group.rows.min())))


def _linked(similarity: np.ndarray, cut: float) -> np.ndarray:
    """Average linkage down to the cut: a group for each row, from 0."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(similarity) < 2:
        return np.zeros(len(similarity), dtype=np.int64)
    apart = np.round(1 - similarity, 9)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), "average")
    return fcluster(tree, t=1 - cut, criterion="distance").astype(np.int64) - 1


def _joined(vectors: np.ndarray, label: np.ndarray, cut: float) -> np.ndarray:
    """Texts that were not grouped join the group they are most like on average, where that reaches the cut."""
    from workbench.clusters.communities import centroid_sums

    inside = label >= 0
    count = np.bincount(label[inside])
    means = centroid_sums(vectors[inside], label[inside], len(count)) / count[:, None]
    like = vectors[~inside].astype(np.float64) @ means.T
    best = like.argmax(axis=1)
    label = label.copy()
    label[~inside] = np.where(like[np.arange(len(best)), best] >= cut, best, -1)
    return label


def _again(
    similarity: np.ndarray,
    texts: np.ndarray,
    text_of_row: np.ndarray,
    whose: np.ndarray,
    groups: list[np.ndarray],
    cut: float,
    draws: int,
    random: np.random.Generator,
) -> list[list[float]]:
    """For each group its best Jaccard similarity with a group of every draw, over the traces that were drawn."""
    place = np.full(int(text_of_row.max(initial=-1)) + 1, -1)
    place[texts] = np.arange(len(texts))
    at = place[text_of_row]  # -1 where a text was left out of the grouping
    n_sessions = int(whose.max(initial=-1)) + 1
    found: list[list[float]] = [[] for _ in groups]
    for _ in range(draws if groups else 0):
        drawn = np.isin(whose, random.integers(0, n_sessions, n_sessions)) & (at >= 0)
        here = np.unique(at[drawn])
        label = np.full(len(texts), -1)
        label[here] = _linked(similarity[np.ix_(here, here)], cut)
        for own, seen in zip(groups, found, strict=True):
            inside = np.zeros(len(whose), dtype=bool)
            inside[own] = True
            ours = inside & drawn
            if not ours.any():
                continue
            theirs, count = np.unique(label[at[ours]], return_counts=True)
            sizes = np.bincount(label[at[drawn]], minlength=int(theirs.max()) + 1)[theirs]
            seen.append(float((count / (ours.sum() + sizes - count)).max()))
    return found
