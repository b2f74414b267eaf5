"""What was fetched: how well it scored, what came with nothing, which passages are new or gone, and for the same query
whether the same passages still come.

None of it decides whether traffic drifted, and none is held within templates: a changed index is no matter of prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from workbench.drift.both import Both
from workbench.stats.multiplicity import adjusted
from workbench.stats.overlap import jaccard, rank_biased_overlap
from workbench.stats.proportions import Interval
from workbench.stats.session_means import Means, session_means

Floats = NDArray[np.float64]
Fetched = list[tuple[str, float | None]]
MEASURES = ["measure", "reference", "current", "difference", "low", "high", "p", "p_bh", "n", "other_n"]
DOCUMENTS = ["document", "state", "reference", "current", "difference", "low", "high", "p", "p_bh", "n", "other_n"]
LOW_SCORE = 0.1
"""Without a threshold of one's own: the score below which a tenth of the reference's best passages lie."""
FAMILIES = 2
"""Measures and passages: adjusted within each, and by Bonferroni for being two, so that both hold the level."""
FINE, MOST = 45, 9_000
"""Permutations for each passage, and in all: a single one among k needs a p of level / 2k to be shown."""
FOLLOWED = 200
RARE = 5
"""Passages that were fetched less often in both sets together are not compared one by one."""


@dataclass(frozen=True)
class RetrievalDrift:
    """Retrieval in both sets.

    Attributes:
        measures: A row each for top_score (mean of the best passage's), below_threshold (share of traces in which no
            passage reaches it) and nothing (share for which nothing came), with p-values over all of them.
        threshold: The score.
        documents: A row per passage that was fetched often enough: in what share of traces; new and gone ones first.
        jaccard: Of the passages for the same query, newest in the reference against first in the current set.
        rbo: Rank-biased overlap of the same, p = .9.
        before: Jaccard of the same query twice in the reference, which says what is usual.
        queries: Queries that both sets have.
        reason: Why there is none.
    """

    measures: DataFrame = field(default_factory=lambda: DataFrame(columns=MEASURES), repr=False)
    threshold: float | None = None
    documents: DataFrame = field(default_factory=lambda: DataFrame(columns=DOCUMENTS), repr=False)
    jaccard: Interval | None = None
    rbo: Interval | None = None
    before: Interval | None = None
    queries: int = 0
    reason: str | None = None


def read_fetched(values: Sequence[Any]) -> list[Fetched | None]:
    """Ids and scores of what each trace fetched; None where nothing is known, empty where nothing came."""
    import orjson

    found: list[Fetched | None] = []
    for value in values:
        try:
            passages = orjson.loads(value) if isinstance(value, str | bytes) else value
        except orjson.JSONDecodeError:
            passages = None
        if not isinstance(passages, list | tuple | np.ndarray):
            found.append(None)
            continue
        found.append([(str(one["id"]), _number(one.get("score"))) for one in passages if _named(one)])
    return found


def retrieval_drift(
    both: Both, *, threshold: float | None, level: float, replicates: int, seed: int
) -> tuple[RetrievalDrift, list[Fetched | None]]:
    """Compare retrieval; also gives what was read, for the timeline."""
    if "retrieved" not in both.frame:
        return RetrievalDrift(reason="no_retrieval"), []
    fetched = read_fetched(both.frame["retrieved"].tolist())
    if not any(fetched):
        return RetrievalDrift(reason="no_retrieval"), fetched
    top = np.asarray([best(each) for each in fetched])
    known = np.asarray([each is not None for each in fetched])
    bar = threshold
    if bar is None:
        of_reference = top[~both.second & ~np.isnan(top)]
        bar = float(np.quantile(of_reference, LOW_SCORE)) if len(of_reference) else None
    terms: dict[str, Any] = {"level": 1 - level, "replicates": replicates, "seed": seed}
    scored = ~np.isnan(top)
    nothing = np.asarray([each is not None and not each for each in fetched])
    sums = [np.where(scored, top, 0.0), scored & (top < (bar if bar is not None else -np.inf)), nothing]
    units = [scored, scored if bar is not None else np.zeros(len(top)), known]
    means = _means(both, np.column_stack(sums).astype(float), np.column_stack(units).astype(float), terms)
    measures = as_rows("measure", ["top_score", "below_threshold", "nothing"], means, families=FAMILIES)
    documents = _documents(both, fetched, known, terms)
    now, rbo, before, n = _same_query(both, fetched, level=level, seed=seed)
    return RetrievalDrift(measures, bar, documents, now, rbo, before, n), fetched


def as_rows(of: str, names: Sequence[str], means: Means, *, families: int = 1) -> DataFrame:
    """A frame of means, one row a thing, p adjusted over all (Benjamini-Hochberg) and for several such frames."""
    return DataFrame(
        {
            of: list(names),
            "reference": means.first,
            "current": means.second,
            "difference": means.difference,
            "low": means.low,
            "high": means.high,
            "p": means.p,
            "p_bh": np.minimum(families * adjusted(means.p, method="bh"), 1.0),
            "n": means.n.astype(int),
            "other_n": means.other_n.astype(int),
        }
    )


def presence(fetched: Sequence[Fetched | None], *, least: int = RARE) -> tuple[list[str], Floats]:
    """The passages that are fetched most, and whether each trace fetched them (n, k)."""
    from collections import Counter

    often = Counter(name for each in fetched for name in {one for one, _ in each or ()})
    ranked = sorted(often.items(), key=lambda each: (-each[1], each[0]))
    names = sorted(name for name, n in ranked[:FOLLOWED] if n >= least)
    place = {name: at for at, name in enumerate(names)}
    has = np.zeros((len(fetched), len(names)))
    for row, each in enumerate(fetched):
        for name, _ in each or ():
            if name in place:
                has[row, place[name]] = 1.0
    return names, has


def _documents(both: Both, fetched: list[Fetched | None], known: NDArray[np.bool_], terms: dict[str, Any]) -> DataFrame:
    names, has = presence(fetched)
    if not names:
        return DataFrame(columns=DOCUMENTS)
    often = {**terms, "replicates": max(terms["replicates"], min(FINE * len(names), MOST))}
    means = _means(both, has, known[:, None].astype(float), often)
    frame = as_rows("document", names, means, families=FAMILIES)
    state = np.where(frame["reference"] == 0, "new", np.where(frame["current"] == 0, "gone", "kept"))
    frame = frame.assign(state=state)
    shown = (frame["p_bh"] <= 1 - terms["level"]).to_numpy()
    order = np.lexsort((-frame["difference"].abs(), state == "kept", ~shown))
    return frame.iloc[order].reset_index(drop=True)[DOCUMENTS]


def _means(both: Both, sums: NDArray[np.float64], units: NDArray[np.float64], terms: dict[str, Any]) -> Means:
    return session_means(both.by_session(sums), both.by_session(units.astype(float)), both.side, **terms)


def _same_query(
    both: Both, fetched: list[Fetched | None], *, level: float, seed: int
) -> tuple[Interval | None, Interval | None, Interval | None, int]:
    if "query" not in both.frame:
        return None, None, None, 0
    seen: dict[str, tuple[list[int], list[int]]] = {}
    for row, query in enumerate(both.frame["query"].tolist()):
        if isinstance(query, str) and query and fetched[row]:
            seen.setdefault(query, ([], []))[int(both.second[row])].append(row)
    pairs = [(rows[0][-1], rows[1][0]) for rows in seen.values() if rows[0] and rows[1]]
    earlier = [(rows[0][0], rows[0][-1]) for rows in seen.values() if len(rows[0]) > 1]
    names = [[name for name, _ in dict(each or []).items()] for each in fetched]
    now = mean_of([jaccard(names[a], names[b]) for a, b in pairs], level, seed)
    rbo = mean_of([rank_biased_overlap(names[a], names[b]) for a, b in pairs], level, seed)
    before = mean_of([jaccard(names[a], names[b]) for a, b in earlier], level, seed)
    return now, rbo, before, len(pairs)


def mean_of(values: list[float], level: float, seed: int) -> Interval | None:
    """A mean with bounds by bootstrap of the values; None where there are none."""
    if not values:
        return None
    given = np.asarray(values)
    drawn = np.random.default_rng(seed).choice(given, (999, len(given))).mean(axis=1)
    low, high = np.quantile(drawn, [level / 2, 1 - level / 2])
    return Interval(float(given.mean()), float(low), float(high), len(given), "bootstrap", 1 - level)


def best(fetched: Fetched | None) -> float:
    """The score of the best passage; nan where none has one."""
    scores = [score for _, score in fetched or () if score is not None]
    return max(scores) if scores else float("nan")


def _named(one: Any) -> bool:
    return isinstance(one, dict) and one.get("id") not in (None, "")


def _number(value: Any) -> float | None:
    try:
        found = float(value) if isinstance(value, int | float) else float("nan")
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return found if np.isfinite(found) else None
