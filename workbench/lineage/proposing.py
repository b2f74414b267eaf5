"""Groups of traces off a map that may be new clusters, with their words and how sure they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from workbench.atlas import with_marks
from workbench.stats.proportions import wilson

PROPOSALS = [
    "proposal", "n", "sessions", "share", "low", "high", "keywords", "density", "usual", "stability", "sure",
    "trace_ids", "examples",
]  # fmt: skip
Read = Callable[[list[str]], list[str]]
"""Gives the texts of traces by their ids."""

BACKGROUND = 2_000
"""Texts of the map that a proposal's words are set against."""


@dataclass(frozen=True)
class Proposals:
    """What may be new clusters.

    Attributes:
        frame: One row each, the largest first: the columns of ``PROPOSALS``.
        off_map: Traces off the map that nobody dismissed.
        reason: Why there is none, in a sentence.
    """

    frame: DataFrame
    off_map: int
    reason: str | None = None


def proposals(
    points: DataFrame,
    *,
    vectors: Callable[[], np.ndarray],
    sessions: Callable[[], Mapping[str, str]],
    read: Read,
    draws: int | None = None,
    seed: int = 0,
) -> Proposals:
    """Find groups of traces off the map that may be new clusters.

    Args:
        points: The map's points.
        vectors: Gives theirs, row by row; asked only where there are enough traces off the map, like the next two.
        sessions: Gives the session of traces that have one.
        read: Gives the texts of a list of trace ids, for keywords.
        draws: How often sessions are drawn anew.
        seed: Where chance enters.
    """
    from workbench.clusters.proposing import DRAWS, LEAST, LEAST_SESSIONS, propose

    nothing = DataFrame(columns=PROPOSALS)
    off, whose, usual, cut = _off(points, vectors, sessions)
    if len(off) < LEAST:
        return Proposals(nothing, len(off), f"{len(off)} traces are off the map; a proposal needs {LEAST}.")
    if not np.isfinite(cut):
        return Proposals(nothing, len(off), "this map has no clusters that say how alike traces have to be.")
    groups = propose(vectors()[off], cut=cut, sessions=whose, draws=DRAWS if draws is None else draws, seed=seed)
    if not groups:
        told = (
            f"{len(off)} traces are off the map, and no {LEAST} of them, from {LEAST_SESSIONS} sessions or more, "
            f"are as alike as the texts of a cluster of this map are (mean cosine {cut:.2f})."
        )
        return Proposals(nothing, len(off), told)
    ids = points["trace_id"].to_numpy()
    keywords = _keywords(ids, [off[group.rows] for group in groups], read, seed=seed)
    n_placed = int(with_marks(points)["placed"].sum())
    rows = []
    for group, words in zip(groups, keywords, strict=True):
        own = ids[off[group.rows]].tolist()
        share = wilson(len(own), max(n_placed, len(own)))
        rows.append(
            {
                "proposal": _name_of(own), "n": len(own), "sessions": len(np.unique(whose[group.rows])),
                "share": share.estimate, "low": share.low, "high": share.high, "keywords": words,
                "density": group.density, "usual": float(np.median(usual)), "stability": group.stability,
                "sure": group.sure, "trace_ids": own, "examples": own[:4],
            }
        )  # fmt: skip
    return Proposals(DataFrame(rows, columns=PROPOSALS), len(off))


def n_proposals(points: DataFrame, vectors: np.ndarray, *, sessions: Callable[[], Mapping[str, str]]) -> int:
    """How many proposals there are, without their words and how sure they are."""
    from workbench.clusters.proposing import propose

    off, whose, _, cut = _off(points, lambda: vectors, sessions)
    return len(propose(vectors[off], cut=cut, sessions=whose, draws=0))


def _off(
    points: DataFrame, vectors: Callable[[], np.ndarray], sessions: Callable[[], Mapping[str, str]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Rows off the map that nobody dismissed, their sessions, how close the map's texts are, the cut."""
    from workbench.clusters.proposing import LEAST, closeness, cut_of

    points = with_marks(points)
    off = np.flatnonzero((points["off_map"] & ~points["dismissed"]).to_numpy())
    if len(off) < LEAST:
        return off, np.full(len(off), ""), np.empty(0), float("nan")
    known = sessions()
    whose = np.asarray([str(known.get(each) or f"trace {each}") for each in points["trace_id"].to_numpy()[off]])
    usual = closeness(vectors(), points["cluster"].fillna(-1).to_numpy(dtype=np.int64))
    return off, whose, usual, cut_of(usual)


def _name_of(trace_ids: Sequence[str]) -> str:
    """A proposal's id: of exactly these traces, so that nobody accepts what they have not seen."""
    import hashlib

    return "p-" + hashlib.sha256("\n".join(sorted(trace_ids)).encode()).hexdigest()[:8]


def _keywords(ids: np.ndarray, groups: list[np.ndarray], read: Read, *, seed: int) -> list[list[str]]:
    from workbench.clusters import names

    inside = np.concatenate(groups)
    rest = np.setdiff1d(np.arange(len(ids)), inside)
    rest = np.sort(np.random.default_rng(seed).permutation(rest)[:BACKGROUND])
    labels = np.concatenate([*(np.full(len(rows), at) for at, rows in enumerate(groups)), np.full(len(rest), -1)])
    texts = read(ids[np.concatenate([inside, rest])].tolist())
    return names(texts, labels)[1]
