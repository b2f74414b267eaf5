"""What is asked: shares of clusters, the shape of the embeddings, and what lies away from everything seen before.

Three looks at the same thing, because each is blind somewhere: clusters say where, and miss what moves within one; the
discrepancy of the embeddings sees that and cannot say what; the share off the map finds what is new while it is still
rare. All are held within templates where both sides share some, so that a new prompt is not taken for new users.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from workbench.drift.both import Both
from workbench.stats.classifier import told_apart
from workbench.stats.divergence import diverged, p_value, permuted_sums, shifts
from workbench.stats.equivalence import Moved, moved
from workbench.stats.proportions import Interval, wilson
from workbench.stats.two_samples import MOST, centroid_shift, mean_discrepancy, whole_groups

Floats = NDArray[np.float64]
SHARES = [
    "cluster", "name", "state", "reference", "current", "difference", "low", "high", "p", "p_bh", "n", "other_n"
]  # fmt: skip
NEIGHBOURS = 5
USUAL = 0.02
"""The share of the reference that counts as off its own map: what ``map --update`` uses, too."""
REFITS = 199
FINE = 30
"""Permutations for each category: a single one among k needs a p of level / k to be shown, which few cannot reach."""


@dataclass(frozen=True)
class ClusterDrift:
    """Shares of clusters in both sets.

    Attributes:
        jsd: Jensen-Shannon divergence, nats.
        excess: The same less what chance gives.
        p: Permutation p-value.
        moved: The share of traffic that moved to another cluster: less what chance gives, at least, at most (a
            two-sided interval).
        detectable: What a test of this size finds.
        shares: One row per cluster: what was shown to be new or gone, then the other shown differences, then the rest.
        reason: Why there is none.
    """

    jsd: float | None = None
    excess: float | None = None
    p: float | None = None
    moved: Interval | None = None
    detectable: Moved | None = None
    shares: DataFrame = field(default_factory=lambda: DataFrame(columns=SHARES), repr=False)
    reason: str | None = None

    @property
    def n(self) -> int:
        """Clusters that any trace is in."""
        return int(self.shares["cluster"].notna().sum())

    @property
    def unclustered(self) -> float:
        """The share of traffic in no cluster, of the set where it is larger."""
        rest = self.shares[self.shares["cluster"].isna()]
        return float(rest[["reference", "current"]].to_numpy(dtype=float).max()) if len(rest) else 0.0


@dataclass(frozen=True)
class EmbeddingDrift:
    """The embeddings of both sets.

    Attributes:
        centroid: Distance of the means.
        centroid_p: Its permutation p-value.
        mmd: Maximum mean discrepancy, squared.
        mmd_p: Its permutation p-value.
        auc: How well a classifier tells the sets apart; .5 says not at all.
        auc_p: Its permutation p-value.
        telling: Traces of the current set that look least like the reference: trace_id and score, one a session.
        reason: Why something is missing.
    """

    centroid: float | None = None
    centroid_p: float | None = None
    mmd: float | None = None
    mmd_p: float | None = None
    auc: float | None = None
    auc_p: float | None = None
    telling: DataFrame = field(default_factory=lambda: DataFrame(columns=["trace_id", "score"]), repr=False)
    reason: str | None = None


@dataclass(frozen=True)
class OffMap:
    """The share of the current set that is far from everything in the reference.

    Attributes:
        share: With its Wilson interval.
        reference: The same of a half of the reference, measured against the other half.
        p: Permutation p-value that it is more than in the reference, one-sided.
        reason: Why there is none.
    """

    share: Interval | None = None
    reference: Interval | None = None
    p: float | None = None
    reason: str | None = None


def cluster_drift(
    both: Both, names: Mapping[int, str], *, level: float, tests: int, replicates: int, seed: int
) -> ClusterDrift:
    """Compare shares of clusters; rows without a cluster are a category of their own."""
    given = both.frame["cluster"].astype("Int64").fillna(-1).to_numpy(dtype=np.int64)
    known, place = np.unique(given, return_inverse=True)
    place = place.ravel()
    terms: dict[str, Any] = {"groups": both.session, "replicates": replicates, "seed": seed}
    test = diverged(place, both.second, strata=both.strata, **terms)
    often = {**terms, "replicates": max(replicates, FINE * len(known))}
    each = shifts(place, both.second, len(known), strata=both.strata, level=1 - level, **often)
    bound = moved(place, both.second, level=1 - level, tests=tests, **terms)
    least = shifts(place, both.second, len(known), level=1 - level / len(known), replicates=1).differences
    low = max(0.0, *(max(one.low, -one.high) for one in least))
    first, other = (np.bincount(place[part], minlength=len(known)) for part in (~both.second, both.second))
    frame = DataFrame(
        {
            "cluster": pd.array([None if one < 0 else int(one) for one in known], dtype="Int64"),
            "name": ["Unclustered" if one < 0 else names.get(int(one), f"cluster {one}") for one in known],
            "state": np.where(first == 0, "new", np.where(other == 0, "gone", "kept")),
            "reference": first / first.sum(),
            "current": other / other.sum(),
            "difference": [one.estimate for one in each.differences],
            "low": [one.low for one in each.differences],
            "high": [one.high for one in each.differences],
            "p": each.p,
            "p_bh": each.adjusted,
            "n": first,
            "other_n": other,
        }
    )
    shown = (frame["p_bh"] <= level).to_numpy()
    order = np.lexsort((-frame["difference"].abs(), frame["state"] == "kept", ~shown))
    whole = test if both.strata is None else diverged(place, both.second, **terms)
    size = Interval(
        min(max(whole.moved_excess, low), bound.high),
        min(low, bound.high),
        bound.high,
        test.n + test.other_n,
        "noncentral",
        1 - level,
    )
    return ClusterDrift(
        test.jsd, test.excess, test.p, size, bound, frame.iloc[order].reset_index(drop=True)[SHARES], None
    )


def embedding_drift(both: Both, vectors: Floats, *, telling: int, replicates: int, seed: int) -> EmbeddingDrift:
    """Compare the embeddings as a whole; the classifier is left out where no telling traces are asked for."""
    terms: dict[str, Any] = {"groups": both.session, "strata": both.strata, "seed": seed}
    centre = centroid_shift(vectors, both.second, replicates=replicates, **terms)
    if np.ptp(vectors, axis=0).max() < 1e-9:
        return EmbeddingDrift(0.0, 1.0, 0.0, 1.0, 0.5, 1.0, reason="all_identical")
    shape = mean_discrepancy(vectors, both.second, replicates=min(replicates, 499), **terms)
    found = EmbeddingDrift(centre.value, centre.p, shape.value, shape.p, reason=None if telling else "not_asked")
    if not telling:
        return found
    apart = told_apart(vectors, both.second, replicates=min(replicates, REFITS), **terms)
    if np.isnan(apart.auc):
        return EmbeddingDrift(centre.value, centre.p, shape.value, shape.p, reason="too_few_sessions")
    ranked = DataFrame({"trace_id": both.frame["trace_id"], "score": apart.scores, "session": both.session})
    ranked = ranked[both.second & ~np.isnan(apart.scores)].sort_values("score", ascending=False, kind="stable")
    top = ranked.drop_duplicates("session")[["trace_id", "score"]].head(telling).reset_index(drop=True)
    return EmbeddingDrift(centre.value, centre.p, shape.value, shape.p, apart.auc, apart.p, top)


def off_map(both: Both, vectors: Floats, *, level: float, replicates: int, seed: int) -> OffMap:
    """Measure how much of the current set is far from everything in a half of the reference.

    The other half is measured in the same way and says what is usual: a trace is always nearer to the set that it is
    part of, so the reference cannot be measured against itself.
    """
    random = np.random.default_rng(seed)
    reference = random.permutation(np.flatnonzero(~both.side))
    base = np.isin(both.session, reference[: len(reference) // 2])
    parts = base, ~base & ~both.second, ~base & both.second
    base_rows, *others = (_some(np.flatnonzero(part), both.session, random) for part in parts)
    rest = np.concatenate(others)
    if len(base_rows) <= 2 * NEIGHBOURS or both.second[rest].all() or not both.second[rest].any():
        return OffMap(reason="too_few")
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    own = unit[base_rows] @ unit[base_rows].T
    own[both.session[base_rows][:, None] == both.session[base_rows]] = -np.inf
    usual = np.quantile(_nearness(own), USUAL)
    far = _nearness(unit[rest] @ unit[base_rows].T) < usual - 1e-6
    second, session = both.second[rest], both.session[rest]
    kept, place = np.unique(session, return_inverse=True)
    counts = np.zeros((len(kept), 2))
    np.add.at(counts, place.ravel(), np.column_stack([far, np.ones(len(far))]))
    strata = both.session_strata
    within = None if strata is None else strata[kept]
    drawn = permuted_sums(counts, both.side[kept], strata=within, replicates=replicates, seed=seed)
    p = None
    if drawn is not None:
        whole, now = counts.sum(axis=0), counts[both.side[kept]].sum(axis=0)
        gaps = drawn[:, 0] / drawn[:, 1] - (whole - drawn)[:, 0] / (whole - drawn)[:, 1]
        p = p_value(float(now[0] / now[1] - (whole - now)[0] / (whole - now)[1]), gaps)
    return OffMap(
        wilson(int(far[second].sum()), int(second.sum()), level=1 - level),
        wilson(int(far[~second].sum()), int((~second).sum()), level=1 - level),
        p,
    )


def _some(rows: NDArray[np.int64], session: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """All of them, or sessions in random order until there are ``MOST``: whole, as those of the other set are."""
    if len(rows) <= MOST:
        return rows
    _, place, size = np.unique(session[rows], return_inverse=True, return_counts=True)
    chosen = np.zeros(len(size), dtype=bool)
    chosen[whole_groups(np.arange(len(size)), size, MOST, random)] = True
    return rows[chosen[place.ravel()]]


def _nearness(similarity: Floats) -> Floats:
    """The mean similarity to the nearest few."""
    k = min(NEIGHBOURS, similarity.shape[1])
    nearest = np.partition(similarity, -k, axis=1)[:, -k:]
    return np.asarray(np.where(np.isfinite(nearest), nearest, 0.0).mean(axis=1))
