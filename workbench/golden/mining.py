"""Which traces are worth a case: the week's candidates in four categories, each with its reason in words.

A set that is only ever fed with what failed forgets what must keep working, and one that is drawn at random misses what
is rare and dear. So the four categories take turns: failures that people saw, traffic that has moved since the newest
version, guesses at attacks, and the typical trace of every frequent subject that has no case. A candidate is a proposal
to look; whether it says anything is for a person to decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from workbench.stats.proportions import difference

if TYPE_CHECKING:
    from pandas import DataFrame

NOWHERE = -2  # not on the map


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trace that might be a case.

    Attributes:
        trace_id: The trace.
        category: happy_path, edge, adversarial or drift.
        why: Why, in words.
    """

    trace_id: str
    category: str
    why: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A cluster of the map: its name, its size, and the traces that stand for it, the most typical first."""

    cluster: int
    name: str
    n: int
    share: float
    typical: tuple[str, ...]


def mine(
    traces: DataFrame,
    subjects: Sequence[Subject],
    *,
    n: int,
    known: Collection[str],
    covered: Collection[str],
    codes: Mapping[str, Sequence[str]],
    severities: Mapping[str, int],
    boundary: datetime | None,
    since_words: str = "",
) -> list[Candidate]:
    """Choose candidates, the categories taking turns: edge, drift, adversarial, happy_path.

    Args:
        traces: One row per trace: trace_id, started_at, unit (its group of near-duplicates), cluster (-1 unclustered,
            -2 not on the map), off_map, failed (by people; empty where nobody read it), signal (any sign of failure),
            injection (families, empty for none), recent (whether it may be chosen).
        subjects: The clusters, largest first.
        n: How many to choose.
        known: Traces that are cases already, in whatever state; they and their near-duplicates are left out.
        covered: Names of subjects that have a case.
        codes: Failure codes by trace, of those that people failed.
        severities: Severity by code.
        boundary: What began from then on has "come in since"; None where nothing can be said of drift.
        since_words: How to speak of that moment: "since v2 (5 Nov 2026)".
    """
    units = dict(zip(traces["trace_id"], traces["unit"], strict=True))
    taken = {units[trace_id] for trace_id in known if trace_id in units}
    free = traces[traces["recent"] & ~traces["trace_id"].isin(set(known))]
    waiting = [
        _edge(free, codes, severities),
        _drift(traces, free, subjects, boundary, since_words),
        _adversarial(free),
        _happy(free, subjects, covered),
    ]
    found: list[Candidate] = []
    while waiting and len(found) < n:
        for category in list(waiting)[: n - len(found)]:
            chosen = next((each for each in category if units[each.trace_id] not in taken), None)
            if chosen is None:
                waiting.remove(category)
                continue
            taken.add(units[chosen.trace_id])
            found.append(chosen)
    return found


def grown(traces: DataFrame, boundary: datetime) -> dict[int, tuple[float, float]]:
    """Clusters whose share of the traffic is surely larger since a moment than before: the share before, and since.

    Surely: Newcombe's 95% interval for the difference lies above 0. Traces count as independent here, which they are
    not within a session; it decides what a person looks at, and nothing else.
    """
    dated = traces[traces["started_at"].notna() & (traces["cluster"] > NOWHERE)]
    late = (dated["started_at"] >= boundary).to_numpy(dtype=bool)
    n_late, n_early = int(late.sum()), int((~late).sum())
    if not n_late or not n_early:
        return {}
    found = {}
    for cluster in sorted(set(dated["cluster"]) - {-1}):
        here = (dated["cluster"] == cluster).to_numpy(dtype=bool)
        now, before = int((here & late).sum()), int((here & ~late).sum())
        if difference(now, n_late, before, n_early).low > 0:
            found[int(cluster)] = (before / n_early, now / n_late)
    return found


def _edge(free: DataFrame, codes: Mapping[str, Sequence[str]], severities: Mapping[str, int]) -> Iterator[Candidate]:
    """What people failed, the severest first; codes take turns, so that the most frequent one does not take all."""
    failed = free[free["failed"].fillna(False).astype(bool)]
    groups: dict[str, list[tuple[Any, ...]]] = {}
    for row in failed.to_dict("records"):
        given = sorted(codes.get(row["trace_id"], ()), key=lambda code: (-severities.get(code, 0), code))
        worst = severities.get(given[0], 0) if given else 0
        groups.setdefault(given[0] if given else "", []).append((-worst, _newest(row), row["trace_id"], given))
    ordered = [sorted(rows, key=lambda row: row[:3]) for _, rows in sorted(groups.items())]
    ordered.sort(key=lambda rows: rows[0][0])
    for worst, _, trace_id, given in _in_turn(ordered):
        named = ", ".join(f"\u201c{code}\u201d" for code in given)
        severity = f" (severity {-worst})" if worst else ""
        yield Candidate(trace_id, "edge", f"people failed it: {named}{severity}" if given else "people failed it")


def _drift(
    traces: DataFrame, free: DataFrame, subjects: Sequence[Subject], boundary: datetime | None, since: str
) -> Iterator[Candidate]:
    """What came in since then in subjects that have grown, or where the map had nothing: typical ones, then newest."""
    if boundary is None:
        return
    names = {each.cluster: each.name for each in subjects}
    typical = {trace_id for each in subjects for trace_id in each.typical}
    late = free[free["started_at"].notna() & (free["started_at"] >= boundary)].sort_values(
        ["started_at", "trace_id"], ascending=[False, True]
    )
    groups: list[list[Candidate]] = []
    larger = grown(traces, boundary)
    for cluster, (before, now) in sorted(larger.items(), key=lambda each: each[1][0] - each[1][1]):
        why = f"\u201c{names.get(cluster, cluster)}\u201d grew from {before:.1%} to {now:.1%} of the traffic {since}"
        here = sorted(late.loc[late["cluster"] == cluster, "trace_id"], key=lambda each: each not in typical)
        groups.append([Candidate(str(each), "drift", why) for each in here])
    off = late[late["off_map"].fillna(False).astype(bool) | (late["cluster"] == NOWHERE)]
    groups.append(
        [Candidate(str(each), "drift", f"came in {since} and is like nothing on the map") for each in off["trace_id"]]
    )
    yield from _in_turn(groups)


def _adversarial(free: DataFrame) -> Iterator[Candidate]:
    """What reads like an attack, newest first; the families take turns."""
    groups: dict[str, list[tuple[float, str, str]]] = {}
    for row in free[free["injection"].fillna("") != ""].to_dict("records"):
        groups.setdefault(row["injection"].split(", ")[0], []).append((_newest(row), row["trace_id"], row["injection"]))
    for _, trace_id, families in _in_turn([sorted(rows) for _, rows in sorted(groups.items())]):
        told = families.replace("_", " ")
        yield Candidate(trace_id, "adversarial", f"reads like an injection attempt, a guess by its words: {told}")


def _happy(free: DataFrame, subjects: Sequence[Subject], covered: Collection[str]) -> Iterator[Candidate]:
    """The most typical trace without a sign of failure of every subject that has no case, the largest first."""
    bad = free["failed"].fillna(False).astype(bool) | free["signal"].astype(bool) | (free["injection"].fillna("") != "")
    good = set(free.loc[~bad, "trace_id"])
    for each in subjects:
        chosen = next((trace_id for trace_id in each.typical if trace_id in good), None)
        if each.name in set(covered) or chosen is None:
            continue
        why = f"typical of \u201c{each.name}\u201d, {each.n:,} traces ({each.share:.1%} of the traffic) and no case yet"
        yield Candidate(chosen, "happy_path", why)


def _in_turn(groups: Sequence[Sequence[Any]]) -> Iterator[Any]:
    return (each for turn in zip_longest(*groups) for each in turn if each is not None)


def _newest(row: Mapping[str, Any]) -> float:
    at = row["started_at"]
    return -float(at.timestamp()) if isinstance(at, datetime) and at == at else 0.0
