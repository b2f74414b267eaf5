"""Where people disagree, and what was decided there: one row per trace and dimension, or one of them whole.

Two answers that stand against each other are a dispute. A defer is no answer: it makes a trace one that somebody could
not decide, which an expert should see too, after the disputes. What was decided is shown beside the votes and never
instead of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from workbench.agree.votes import DEFER, votes

if TYPE_CHECKING:
    from datetime import datetime

    from pandas import DataFrame

DECIDED = ("decide", "majority")
LEFT_OUT = ("exclude", "ambiguous")
HOW = (*DECIDED, *LEFT_OUT)
COLUMNS = (
    "trace_id", "dimension", "why", "n", "deferred", "votes", "annotators", "majority", "critiques", "severity_low",
    "severity_high", "adjudicated", "how", "value", "decided_by", "decided_at", "changed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vote:
    """What one annotator said blind, and why; texts are redacted, as they were stored."""

    annotator: str
    value: str
    severity: int | None = None
    critique: str | None = None
    gold_answer: str | None = None
    seconds: float | None = None
    rubric_version: int | None = None
    labelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody settled, and the votes as they stood.

    Attributes:
        how: decide, majority, exclude or ambiguous.
        value: What holds; None where nothing does.
        reason: Why, redacted.
        decided_by: Who settled it.
        decided_at: When.
        votes: What each annotator had said by then.
    """

    how: str
    value: str | None
    reason: str
    decided_by: str
    decided_at: datetime
    votes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dispute:
    """One trace and dimension, all votes side by side.

    Attributes:
        trace_id: The trace.
        dimension: outcome, a dimension of the rubric, or ``code: NAME``.
        votes: Each annotator's, in order of time.
        decisions: What was settled, oldest first; the last one counts.
        values: The values that may be decided for.
    """

    trace_id: str
    dimension: str
    votes: tuple[Vote, ...]
    decisions: tuple[Decision, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def tally(self) -> dict[str, int]:
        """How many gave each value, most often first; a defer is none."""
        return tally(vote.value for vote in self.votes)

    @property
    def disputed(self) -> bool:
        """Whether two answers stand against each other."""
        return len(self.tally) > 1

    @property
    def majority(self) -> str | None:
        """The value that more than half of at least two answers give; None where there is none."""
        return majority(self.tally)

    @property
    def decision(self) -> Decision | None:
        """What counts now."""
        return self.decisions[-1] if self.decisions else None

    @property
    def minority(self) -> tuple[Vote, ...]:
        """The votes that were not followed: by the decision, else by the majority; they stay as they are."""
        followed = self.majority if self.decision is None else self.decision.value
        return tuple(vote for vote in self.votes if followed is not None and vote.value not in (followed, DEFER))

    @property
    def changed(self) -> bool:
        """Whether anybody's vote is another one than when it was decided."""
        return self.decision is not None and dict(self.decision.votes) != {v.annotator: v.value for v in self.votes}

    def __repr__(self) -> str:
        told = ", ".join(f"{vote.annotator} says {vote.value}" for vote in self.votes) or "nobody has answered"
        last = self.decision
        settled = "open" if last is None else f"{last.how}{f' {last.value}' if last.value else ''} by {last.decided_by}"
        return f"Dispute({self.dimension} of {self.trace_id}: {told}; {settled})"


def tally(values: Iterable[str]) -> dict[str, int]:
    """How often each answer was given, most often first."""
    counts = Counter(value for value in values if value != DEFER)
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def majority(counts: Mapping[str, int]) -> str | None:
    """The answer that more than half gave, where there are at least two answers."""
    total = sum(counts.values())
    return next((value for value, n in counts.items() if total >= 2 and 2 * n > total), None)


def disputes(labels: DataFrame, decisions: DataFrame | None = None, *, dimension: str | None = None) -> DataFrame:
    """List the traces and dimensions on which people differ blind, open ones first.

    Args:
        labels: Labels that count, see ``votes``.
        decisions: What was settled, oldest first: trace_id, dimension, how, value, decided_by, decided_at, votes (value
            by annotator).
        dimension: Only this one.

    Returns:
        ``COLUMNS``: why (``differ``, or ``deferred`` where answers do not differ and somebody put theirs off), n
        (answers), deferred, votes and annotators in words, majority (empty on a tie), critiques (who: what), the lowest
        and highest severity given, and what was decided: adjudicated, how, value, decided_by, decided_at, changed
        (whether a vote is another one since).
    """
    import pandas as pd

    found = votes(labels, dimension=dimension)
    key = ["trace_id", "dimension"]
    answers = found[found["value"] != DEFER].groupby(key, sort=False)["value"]
    people = found.groupby(key, sort=False)["annotator"].nunique()
    differ = answers.nunique().reindex(people.index, fill_value=0) > 1
    put_off = (found["value"] == DEFER).groupby([found["trace_id"], found["dimension"]], sort=False).any()
    wanted = people.index[((people > 1) & (differ | put_off.reindex(people.index))).to_numpy()]
    disputed = found[pd.MultiIndex.from_frame(found[key]).isin(wanted)]
    settled = _newest(decisions)
    given = disputed[[*key, "annotator", "value", "severity", "critique"]].itertuples(index=False, name=None)
    rows = [
        _row(trace_id, of, [row[2:] for row in of_it], settled.get((trace_id, of)))
        for (trace_id, of), of_it in groupby(given, key=itemgetter(0, 1))
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"severity_low": "Int64", "severity_high": "Int64", "adjudicated": bool, "changed": bool}
    )
    frame["decided_at"] = pd.to_datetime(frame["decided_at"], utc=True)
    order = frame.assign(
        weight=-frame["severity_high"].fillna(0).astype(int), later=frame["why"] != "differ"
    ).sort_values(["adjudicated", "later", "weight", "dimension", "trace_id"], kind="stable")
    return frame.loc[order.index].reset_index(drop=True)


def dispute(
    labels: DataFrame,
    trace_id: str,
    dimension: str,
    decisions: Sequence[Decision] = (),
    *,
    values: Sequence[str] = (),
) -> Dispute:
    """Put all that was said of one trace and dimension side by side; it need not be disputed."""
    found = votes(labels[labels["trace_id"] == trace_id], dimension=dimension)
    given = tuple(
        Vote(
            row["annotator"], str(row["value"]), _whole(row["severity"]), _known(row["critique"]),
            _known(row["gold_answer"]), _known(row["seconds"]), _whole(row["rubric_version"]),
            None if _known(row["labelled_at"]) is None else row["labelled_at"].to_pydatetime(),
        )
        for row in found.to_dict("records")
    )  # fmt: skip
    return Dispute(trace_id, dimension, given, tuple(decisions), tuple(values))


def _newest(decisions: DataFrame | None) -> dict[tuple[str, str], Mapping[Any, Any]]:
    if decisions is None:
        return {}
    return {(row["trace_id"], row["dimension"]): row for row in decisions.to_dict("records")}


def _row(
    trace_id: str, dimension: str, said: list[tuple[Any, ...]], settled: Mapping[Any, Any] | None
) -> dict[str, Any]:
    """A row of the list, from who said what, how bad, and why."""
    given = {who: value for who, value, _, _ in said}
    counts = tally(given.values())
    severity = [int(each) for _, _, each, _ in said if each == each]
    deferred = sum(value == DEFER for value in given.values())
    everything = {**counts, **({DEFER: deferred} if deferred else {})}
    row: dict[str, Any] = {
        "trace_id": trace_id,
        "dimension": dimension,
        "why": "differ" if len(counts) > 1 else "deferred",
        "n": sum(counts.values()),
        "deferred": deferred,
        "votes": ", ".join(f"{value} ({n})" for value, n in everything.items()),
        "annotators": "; ".join(
            f"{value}: {', '.join(who for who, each in given.items() if each == value)}" for value in everything
        ),
        "majority": majority(counts),
        "critiques": [f"{who}: {why}" for who, _, _, why in said if isinstance(why, str)],
        "severity_low": min(severity, default=None),
        "severity_high": max(severity, default=None),
        "adjudicated": settled is not None,
        "changed": settled is not None and dict(settled["votes"]) != given,
    }
    return row | {name: (settled or {}).get(name) for name in ("how", "value", "decided_by", "decided_at")}


def _known(value: Any) -> Any:
    import pandas as pd

    return None if value is None or pd.isna(value) else value


def _whole(value: Any) -> int | None:
    known = _known(value)
    return None if known is None else int(known)
