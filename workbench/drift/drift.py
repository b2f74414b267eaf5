"""The step: two sets of traces in, a verdict in three states out.

*Drifted* means that some part differs by more than dealing the same sessions out anew would give, corrected for all
parts. *Stable* is not its opposite: it is claimed only where the most that may have moved is within the tolerance, and
only where the clusters say something: of what is in none of them, or all in one, nobody knows what moved. Everything
between is *undecided*, and says how large a move could have been seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from workbench.drift.both import Both, both
from workbench.drift.inputs import ClusterDrift, EmbeddingDrift, OffMap, cluster_drift, embedding_drift, off_map
from workbench.drift.outcomes import outcome_drift
from workbench.drift.report import DriftReport
from workbench.drift.retrieval import RetrievalDrift, retrieval_drift
from workbench.drift.templates import TemplateDrift, template_drift
from workbench.drift.timeline import COLUMNS, timeline
from workbench.stats.multiplicity import adjusted
from workbench.stats.two_samples import MOST

PARTS = ("clusters", "embedding", "off_map", "templates")
LEVEL, MIN_N = 0.05, 100
TOLERANCE = 0.15
"""Where at most 15% of the traffic moved between clusters, no rate that depends on the cluster can have changed by more
than 15 points: the gap between a set and fresh production at which people in practice call the set out of date."""
MIN_SESSIONS = 10


def drift(
    reference: DataFrame,
    current: DataFrame,
    *,
    vectors: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    names: Mapping[int, str] | None = None,
    without: Mapping[str, str] | None = None,
    notices: Sequence[str] = (),
    threshold: float | None = None,
    level: float = LEVEL,
    min_n: int = MIN_N,
    tolerance: float = TOLERANCE,
    replicates: int = 999,
    telling: int = 10,
    seed: int = 0,
) -> DriftReport:
    """Compare two sets of traces.

    Args:
        reference: One row per trace: trace_id, and where they are known session_id, started_at, cluster (empty where
            unclustered), prompt_hash, tools_hash, retrieved, query (equal for equal queries), signals, status,
            feedback, refused, latency_ms and cost_usd; untold where nothing is known but what was asked. A part whose
            columns are missing is not tested.
        current: The same of the other set; no trace is in both.
        vectors: Embeddings of both, row by row, by one model.
        names: Of clusters.
        without: Why a part cannot be tested, where the caller knows: part to reason.
        notices: What the caller has to say about the sets.
        threshold: The score below which a passage does not count; the reference's lowest tenth if not given.
        level: What the verdict may be wrong at, over all parts (Holm).
        min_n: Traces a side below which nothing is judged.
        tolerance: The share of traffic that may have moved under a verdict of stable.
        replicates: Permutations of each test.
        telling: Traces to point at; 0 leaves the classifier out.
        seed: Source of chance.
    """
    pair = both(reference, current)
    n, other_n = len(reference), len(current)
    sessions, other_sessions = int((~pair.side).sum()), int(pair.side.sum())
    why = dict(without or {})
    small = (n < min_n and "too_few") or (other_n < min_n and "too_few") or None
    if small is None and min(sessions, other_sessions) < MIN_SESSIONS:
        small = "too_few_sessions"
    sizes: dict[str, Any] = {
        "n": n, "other_n": other_n, "sessions": sessions, "other_sessions": other_sessions, "level": level,
        "tolerance": tolerance, "min_n": min_n, "within": pair.within, "confounded": pair.confounded,
        "notices": (*notices, *_drawn(n + other_n, vectors is not None and "embedding" not in why)),
    }  # fmt: skip
    if n == 0 or other_n == 0:
        return _empty(small or "too_few", sizes)
    terms = {"replicates": replicates, "seed": seed}
    clusters = _clusters(pair, names or {}, why.get("clusters"), level=level, terms=terms)
    embedding, off = _embeddings(pair, vectors, why.get("embedding"), level=level, telling=telling, terms=terms)
    templates = template_drift(pair, level=level, **terms)
    retrieval, fetched = retrieval_drift(pair, threshold=threshold, level=level, **terms)
    outcomes = outcome_drift(pair, level=level, **terms)
    days = timeline(pair, dict(names or {}), fetched, level=level, **terms)
    parts = _parts((clusters.p, embedding.mmd_p, off.p, templates.p), level)
    identical = embedding.reason == "all_identical"
    verdict, reason = _verdict(parts, clusters, small, tolerance, identical=identical)
    if small:
        parts["drifted"] = False
    return DriftReport(
        verdict, reason, parts=parts, clusters=clusters, embedding=embedding, off_map=off, templates=templates,
        retrieval=retrieval, outcomes=outcomes, timeline=days, **sizes,
    )  # fmt: skip


def _clusters(
    pair: Both, names: Mapping[int, str], reason: str | None, *, level: float, terms: Mapping[str, int]
) -> ClusterDrift:
    if reason or "cluster" not in pair.frame:
        return ClusterDrift(reason=reason or "no_map")
    if pair.frame["cluster"].isna().all():
        return ClusterDrift(reason="no_clusters")
    return cluster_drift(pair, names, level=level, tests=len(PARTS), **terms)


def _embeddings(
    pair: Both,
    vectors: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    reason: str | None,
    *,
    level: float,
    telling: int,
    terms: Mapping[str, int],
) -> tuple[EmbeddingDrift, OffMap]:
    if reason or vectors is None:
        return EmbeddingDrift(reason=reason or "no_vectors"), OffMap(reason=reason or "no_vectors")
    whole = np.concatenate([np.asarray(each, dtype=np.float64) for each in vectors])
    if len(whole) != len(pair.frame):
        raise ValueError(f"{len(pair.frame)} traces and {len(whole)} vectors; one of each is needed")
    return embedding_drift(pair, whole, telling=telling, **terms), off_map(pair, whole, level=level, **terms)


def _parts(p_values: Sequence[float | None], level: float) -> DataFrame:
    p = np.asarray([np.nan if each is None else each for each in p_values])
    holm = adjusted(p)
    return DataFrame({"part": PARTS, "p": p, "p_holm": holm, "drifted": holm <= level})


def _drawn(n: int, compared: bool) -> list[str]:
    """What is looked at in a part of the vectors only."""
    if not compared or n <= MOST:
        return []
    return [
        f"Of {n:,} vectors the classifier that finds telling traces sees {MOST:,}, and the share off the map is that of"
        f" {MOST:,} a side at most, drawn at random; everything else rests on all of them."
    ]


def _verdict(
    parts: DataFrame, clusters: ClusterDrift, small: str | None, tolerance: float, *, identical: bool
) -> tuple[str, str | None]:
    if small:
        return "undecided", small
    if parts["drifted"].any():
        return "drifted", None
    if clusters.moved is None:
        return "undecided", "no_clusters"
    if clusters.moved.high > tolerance:
        return "undecided", "not_shown"
    if clusters.unclustered > tolerance:
        return "undecided", "unclustered"
    return ("undecided", "one_cluster") if clusters.n < 2 and not identical else ("stable", None)


def _empty(reason: str, sizes: Mapping[str, Any]) -> DriftReport:
    nothing = "too_few"
    return DriftReport(
        "undecided", reason, parts=_parts([None] * len(PARTS), 0.0), clusters=ClusterDrift(reason=nothing),
        embedding=EmbeddingDrift(reason=nothing), off_map=OffMap(reason=nothing),
        templates=TemplateDrift(reason=nothing), retrieval=RetrievalDrift(reason=nothing),
        outcomes=DataFrame(columns=["measure", "reference", "current", "difference", "low", "high", "p", "p_bh", "n",
                                    "other_n"]),
        timeline=DataFrame(columns=COLUMNS), **sizes,
    )  # fmt: skip
