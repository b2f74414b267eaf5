"""What the golden queries fetch now against what they fetched when that was last written down.

The queries are the same on both sides, so nothing of it is a matter of what users ask. An index that is rebuilt gives
the same passages new ids: then no passage is shared, and the overlap with what words alone would fetch (BM25) stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from pandas import DataFrame

from workbench.drift.retrieval import LOW_SCORE, Fetched, Floats, best, mean_of
from workbench.stats.bm25 import Bm25
from workbench.stats.multiplicity import adjusted
from workbench.stats.overlap import jaccard, rank_biased_overlap
from workbench.stats.paired import exchanged
from workbench.stats.proportions import Interval

MEASURES = ["measure", "before", "now", "difference", "low", "high", "p", "p_bh", "n"]
QUERIES = ["case_id", "jaccard", "rbo", "bm25_before", "bm25_now", "gone", "came"]
MIN_QUERIES = 10
"""As many as sessions: resampling fewer says nothing."""
REPLICATES = 999


@dataclass(frozen=True)
class Knowledge:
    """What is known of the passages at one time, besides what the golden queries fetched.

    Attributes:
        texts: Texts of passages by id.
        ids: Passages that were fetched by anybody, or that there are.
    """

    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    ids: Collection[str] = field(default=(), repr=False)


@dataclass(frozen=True, repr=False)
class SnapshotDrift:
    """Retrieval of the golden queries against a snapshot.

    Attributes:
        snapshot_id: The snapshot.
        as_of: The time it is of.
        against: What it is held against: traffic, file, or the id of a later snapshot.
        k: Passages of a query that are compared, the first ones.
        queries: Queries that both sides have.
        jaccard: Mean overlap of what was fetched.
        rbo: Mean rank-biased overlap, p = .9.
        usual: Mean Jaccard of the same queries before that; None where no earlier snapshot has any of them.
        bm25_before: Mean Jaccard of what was fetched with what the words alone would fetch; then.
        bm25_now: The same now, over the same queries.
        measures: top_score (mean of the best passage's), below_threshold and nothing (shares of queries), paired, p by
            exchanging then and now query by query, p_bh over all three.
        level: At which a measure is told to have changed; intervals are at one less it.
        threshold: The score below which a passage does not count.
        n_known: Passages known before: of the corpus, else fetched by anybody before.
        n_never: Of them those that nobody fetched since.
        never: Their ids.
        corpus: Whether the known ones are a corpus.
        frame: A row per query, the least alike first: case_id, jaccard, rbo, bm25_before, bm25_now, gone, came (ids).
        other: Rows of a file that are of no open case.
        rejected_rows: Rows of it that could not be used: file, row and reason.
        reason: Why there is none: not_asked, no_snapshot, no_earlier_snapshot, no_golden, unreadable, no_times,
            no_queries.
    """

    snapshot_id: str | None = None
    as_of: datetime | None = None
    against: str | None = None
    k: int = 0
    queries: int = 0
    jaccard: Interval | None = None
    rbo: Interval | None = None
    usual: Interval | None = None
    bm25_before: Interval | None = None
    bm25_now: Interval | None = None
    measures: DataFrame = field(default_factory=lambda: DataFrame(columns=MEASURES), repr=False)
    level: float = 0.05
    threshold: float | None = None
    n_known: int = 0
    n_never: int = 0
    never: tuple[str, ...] = field(default=(), repr=False)
    corpus: bool = False
    frame: DataFrame = field(default_factory=lambda: DataFrame(columns=QUERIES), repr=False)
    other: int = 0
    rejected_rows: tuple[Mapping[str, Any], ...] = ()
    reason: str | None = None

    @property
    def changed(self) -> bool | None:
        """Whether less is shared than is usual, intervals apart; None where there are too few queries or no usual."""
        if self.jaccard is None or self.usual is None or min(self.jaccard.n, self.usual.n) < MIN_QUERIES:
            return None
        return self.jaccard.high < self.usual.low

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be said."""
        from workbench.drift.words import golden_queries

        return tuple(golden_queries(self))

    def __repr__(self) -> str:
        return "\n  ".join([f"SnapshotDrift({self.snapshot_id or self.reason})", *self.sentences])


def against_snapshot(
    before: Mapping[str, Fetched],
    now: Mapping[str, Fetched],
    *,
    snapshot_id: str,
    as_of: datetime,
    against: str,
    queries: Mapping[str, str],
    known_before: Knowledge,
    known_now: Knowledge,
    earlier: Mapping[str, Fetched] | None = None,
    corpus: bool = False,
    threshold: float | None = None,
    level: float = 0.05,
    seed: int = 0,
) -> SnapshotDrift:
    """Compare what golden queries fetch with what they fetched.

    Args:
        before: Passages by case, best first.
        now: The same of now.
        snapshot_id: The snapshot.
        as_of: The time it is of.
        against: What it is held against.
        queries: What each case asks.
        known_before: What else is known of the passages of then; its ids are those that might be fetched.
        known_now: The same of now.
        earlier: The snapshot before from the same kind of source, which says what is usual.
        corpus: Whether the ids of then are all there are.
        threshold: The score below which a passage does not count; the snapshot's lowest tenth if not given.
        level: Of the tests; intervals are at one less it.
        seed: Source of chance.
    """
    shared = sorted(before.keys() & now.keys() & queries.keys())
    about: dict[str, Any] = {"snapshot_id": snapshot_id, "as_of": as_of, "against": against, "level": level}
    if not shared:
        return SnapshotDrift(**about, reason="no_queries")
    k = max(1, min(max(len(side[each]) for each in shared) for side in (before, now)))
    then, here = ({each: _ids(side[each])[:k] for each in shared} for side in (before, now))
    alike = [jaccard(then[each], here[each]) for each in shared]
    ranked = [rank_biased_overlap(then[each], here[each]) for each in shared]
    by_words = [_bm25(side, queries, known.texts) for side, known in ((then, known_before), (here, known_now))]
    told = [each for each in shared if each in by_words[0] and each in by_words[1]]
    was = [jaccard(_ids(earlier[each])[:k], then[each]) for each in shared if each in earlier] if earlier else []
    bar, measures = _scores([before[each] for each in shared], [now[each] for each in shared], threshold, level, seed)
    ids = set(known_before.ids) | (set() if corpus else {one for each in before.values() for one in _ids(each)})
    never = sorted(ids - set(known_now.ids) - {one for each in now.values() for one in _ids(each)})
    rows = [
        [each, alike[at], ranked[at], by_words[0].get(each), by_words[1].get(each),
         [one for one in then[each] if one not in here[each]], [one for one in here[each] if one not in then[each]]]
        for at, each in enumerate(shared)
    ]  # fmt: skip
    frame = DataFrame(rows, columns=QUERIES).sort_values(["jaccard", "rbo", "case_id"], ignore_index=True)
    return SnapshotDrift(
        **about, k=k, queries=len(shared), jaccard=mean_of(alike, level, seed), rbo=mean_of(ranked, level, seed),
        usual=mean_of(was, level, seed), bm25_before=mean_of([by_words[0][each] for each in told], level, seed),
        bm25_now=mean_of([by_words[1][each] for each in told], level, seed), measures=measures, threshold=bar,
        n_known=len(ids), n_never=len(never), never=tuple(never), corpus=corpus, frame=frame,
    )  # fmt: skip


def _ids(fetched: Fetched) -> list[str]:
    """The passages, each once, where it stood first."""
    return list(dict.fromkeys(name for name, _ in fetched))


def _bm25(
    fetched: Mapping[str, Sequence[str]], queries: Mapping[str, str], texts: Mapping[str, str]
) -> dict[str, float]:
    """How much of what was fetched the words alone would fetch, of queries whose passages' texts are all known."""
    wanted = {each: names for each, names in fetched.items() if names and all(name in texts for name in names)}
    if not wanted:
        return {}
    names = sorted(texts)
    collection = Bm25([texts[name] for name in names])
    return {
        each: jaccard([names[at] for at in collection.top(queries[each], len(had))], list(had))
        for each, had in wanted.items()
    }


def _scores(
    before: Sequence[Fetched], now: Sequence[Fetched], threshold: float | None, level: float, seed: int
) -> tuple[float | None, DataFrame]:
    """Scores of the same queries then and now, differences by bootstrap of queries."""
    top = np.asarray([[best(then), best(here)] for then, here in zip(before, now, strict=True)])
    scored = ~np.isnan(top).any(axis=1)
    bar = threshold
    if bar is None and scored.any():
        bar = float(np.quantile(top[scored, 0], LOW_SCORE))
    none = np.asarray([[not then, not here] for then, here in zip(before, now, strict=True)], dtype=float)
    found: list[tuple[str, Floats]] = [("nothing", none)]
    if scored.any() and bar is not None:
        found = [("top_score", top[scored]), ("below_threshold", (top[scored] < bar).astype(float)), *found]
    rows = []
    for name, pairs in found:
        differences = pairs[:, 1] - pairs[:, 0]
        gap = mean_of(differences.tolist(), level, seed)
        assert gap is not None
        p = exchanged(differences, replicates=REPLICATES, seed=seed)
        rows.append([name, pairs[:, 0].mean(), pairs[:, 1].mean(), gap.estimate, gap.low, gap.high, p, p, gap.n])
    frame = DataFrame(rows, columns=MEASURES)
    return bar, frame.assign(p_bh=adjusted(frame["p"].to_numpy(), method="bh"))
