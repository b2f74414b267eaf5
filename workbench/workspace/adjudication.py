"""The verbs of adjudication: what is disputed, and what an expert decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from workbench.errors import BadRequest, UnknownName
from workbench.tables import PURGED
from workbench.workspace.reading import ReadingVerbs
from workbench.workspace.rubric import RubricVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.agree import Decision, Dispute
    from workbench.codebook import History

OF_CODE = "code: "
NO_DIMENSION = ("note", "gold_answer", "root_cause")


class AdjudicationVerbs(ReadingVerbs, RubricVerbs):
    """Adjudication."""

    def disputes(self, sample_id: str | None = None, dimension: str | None = None) -> DataFrame:
        """The traces and dimensions on which people differ blind, open ones first.

        A code is the dimension ``code: NAME``: who reviewed the trace and did not give it says no. What is open of a
        purged trace is left out: nobody can settle it any more.

        Args:
            sample_id: Only of this sample's traces.
            dimension: Only this one.

        Returns:
            One row per trace and dimension: why (``differ``, or ``deferred`` where somebody put the outcome off), n,
            deferred, votes, annotators, majority, critiques, severity_low, severity_high, and what was decided:
            adjudicated, how, value, decided_by, decided_at, changed (whether a vote is another one since).

        Raises:
            UnknownName: There is no such dimension.
        """
        from workbench.agree import disputes

        if dimension is not None:
            dimension = self._disputable(dimension)
        found = disputes(self._labels_in_force(sample_id), self.adjudications(), dimension=dimension)
        lost = found["trace_id"].str.startswith(PURGED) & ~found["adjudicated"]
        return found[~lost].reset_index(drop=True)

    def dispute(self, trace_id: str, dimension: str) -> Dispute:
        """All that people said blind of one trace and dimension, side by side, and what was decided.

        Raises:
            BadRequest: There is no such trace.
            UnknownName: There is no such dimension.
        """
        if not trace_id.startswith(PURGED):
            self._check_trace(trace_id)
        dimension = self._disputable(dimension)
        return self._dispute(self._labels_in_force(trace_id=trace_id), trace_id, dimension)

    def adjudicate(
        self,
        trace_id: str,
        dimension: str,
        *,
        how: Literal["decide", "majority", "exclude", "ambiguous"] = "decide",
        value: str | None = None,
        reason: str = "",
        decided_by: str,
    ) -> Dispute:
        """Settle what holds of a trace on one dimension; said again it settles anew, and the newest counts.

        To decide or to take the majority writes a label of the round ``adjudicated`` by the person who settles; all
        labels given blind stay as they are. To exclude a trace, or to keep it as ambiguous, leaves it out of what
        judges are compared with.

        Args:
            trace_id: The trace.
            dimension: outcome, a dimension of the rubric, or ``code: NAME``.
            how: decide, majority (the value of more than half; flagged as that), exclude or ambiguous.
            value: What holds, where somebody decides; of a code yes or no.
            reason: Why; redacted before it is stored. Only a majority needs none.
            decided_by: Who settles it.

        Returns:
            The dispute as it now stands.

        Raises:
            BadRequest: There is no such trace, way or value, no reason, or no majority.
            UnknownName: There is no such dimension.
        """
        from workbench.agree import dispute, settle

        decided_by = self.reader(decided_by)
        self._check_trace(trace_id)
        dimension = self._disputable(dimension)
        reason = self._safe_note(" ".join(reason.split())) if reason.strip() else ""
        history, values = self.codebook_history(), self._values(dimension)
        versions = {"codebook_version": history.current.version, "rubric_version": self.rubric().version or None}

        def decide(labels: DataFrame, now: datetime) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
            stands = dispute(self._in_force(labels, history), trace_id, dimension, values=values)
            done = settle(stands, how, value=value, reason=reason, decided_by=decided_by, decided_at=now)
            return {**asdict(done), "dimension": dimension}, _rows(labels, trace_id, dimension, done, versions)

        self.store.add_adjudication(trace_id, decide)
        return self.dispute(trace_id, dimension)

    def adjudications(self) -> DataFrame:
        """All that was settled, oldest first, under the names codes have now.

        Returns:
            Columns trace_id, dimension, how, value, reason, decided_by, decided_at, votes (value by annotator, as they
            stood), minority (who voted otherwise), by_majority and stands (whether it is the newest of its trace and
            dimension).
        """
        import pandas as pd

        rows = self._settled()
        frame = pd.DataFrame(
            rows, columns=["trace_id", "dimension", "how", "value", "reason", "decided_by", "decided_at", "votes"]
        )
        frame["decided_at"] = pd.to_datetime(frame["decided_at"], utc=True)
        against = [
            ", ".join(who for who, said in row["votes"].items() if row["value"] and said not in (row["value"], "defer"))
            for row in rows
        ]
        frame["minority"] = pd.Series(against, index=frame.index, dtype="str")
        frame["by_majority"] = frame["how"] == "majority"
        frame["stands"] = ~frame.duplicated(["trace_id", "dimension"], keep="last")
        return frame

    def left_out(self, dimension: str = "outcome") -> dict[str, str]:
        """The traces that were settled as no case to compare anybody with on a dimension, and how.

        Returns:
            ``exclude`` or ``ambiguous`` by trace id.
        """
        newest = {row["trace_id"]: row["how"] for row in self._settled() if row["dimension"] == dimension}
        return {trace_id: how for trace_id, how in newest.items() if how in ("exclude", "ambiguous")}

    def _labels_in_force(self, sample_id: str | None = None, *, trace_id: str | None = None) -> DataFrame:
        """The labels that count, codes by the names they have now."""
        traces = None if trace_id is None else [trace_id]
        return self._in_force(self.store.labels(sample_id=sample_id, trace_ids=traces), self.codebook_history())

    @staticmethod
    def _in_force(labels: DataFrame, history: History) -> DataFrame:
        import pandas as pd

        from workbench.codebook import to_current

        coded = to_current(labels, history)
        coded = coded[coded["code"].notna()].assign(value=coded["code"].astype("str"))[labels.columns]
        return pd.concat([labels[labels["dimension"] != "code"], coded], ignore_index=True)

    def _dispute(self, labels: DataFrame, trace_id: str, dimension: str) -> Dispute:
        from workbench.agree import Decision, dispute

        settled = [row for row in self._settled(trace_id) if row["dimension"] == dimension]
        decisions = [
            Decision(**{name: row[name] for name in Decision.__dataclass_fields__ if name in row}) for row in settled
        ]
        return dispute(labels, trace_id, dimension, decisions, values=self._values(dimension))

    def _settled(self, trace_id: str | None = None) -> list[dict[str, Any]]:
        """Adjudications, oldest first, with dimensions of codes under the names codes have now."""
        from workbench.codebook import Lineage

        lineage = Lineage(self.codebook_history())

        def now(dimension: str) -> str:
            name = (
                lineage.meaning(dimension.removeprefix(OF_CODE), None).code if dimension.startswith(OF_CODE) else None
            )
            return dimension if name is None else f"{OF_CODE}{name}"

        return [{**row, "dimension": now(row["dimension"])} for row in self.store.adjudications(trace_id)]

    def _disputable(self, dimension: str) -> str:
        """The dimension as it is written."""
        dimension = " ".join(dimension.split())
        if dimension.casefold().startswith(OF_CODE.strip()) and ":" in dimension:
            return f"{OF_CODE}{self.codebook().get(dimension.split(':', 1)[1].strip()).name}"
        if dimension == "code":
            raise BadRequest("codes are settled one by one. Name one of them, as code: NAME")
        known = ["outcome", *self.rubric().by_name]
        if dimension not in known:
            given = set(self.store.labels()["dimension"]) - {"code", *NO_DIMENSION}
            known += sorted(each for each in given if each not in known and not each.startswith(OF_CODE))
        if dimension not in known:
            raise UnknownName("dimension", dimension[:40], [*known, "code: NAME"])
        return dimension

    def _values(self, dimension: str) -> tuple[str, ...]:
        """The values that may be decided for: the rubric's, else those that anybody gave."""
        if dimension == "outcome":
            return ("pass", "fail")
        if dimension.startswith(OF_CODE):
            return ("yes", "no")
        known = self.rubric().by_name.get(dimension)
        if known is not None:
            return tuple(known.values)
        given = self.store.labels()
        by_people = (given["dimension"] == dimension) & (given["annotator_kind"].fillna("human") == "human")
        return tuple(sorted(set(given.loc[by_people, "value"].dropna())))

    def _check_trace(self, trace_id: str) -> None:
        if not self._has_trace(trace_id):
            raise BadRequest("this workspace has no trace of that id. Check the id, or ingest the trace first")


def _rows(
    labels: DataFrame, trace_id: str, dimension: str, done: Decision, versions: Mapping[str, int | None]
) -> list[dict[str, Any]]:
    """The label that a decision writes, and the settled labels it takes back so that one stands at most.

    They hold nothing of what was on a screen, so that no undo of a reading takes them back one by one.
    """
    from workbench.agree import is_decided

    settled = labels[(labels["dimension"] == dimension) & (labels["round"] == "adjudicated")]
    common = {"trace_id": trace_id, "dimension": dimension, "annotator_kind": "human", "round": "adjudicated"}
    new = is_decided(done.how)
    rows = [
        {**common, "annotator": row["annotator"], "value": row["value"], "withdrawn": True}
        for row in settled.to_dict("records")
        if not (new and row["annotator"] == done.decided_by)
    ]
    if not new:
        return rows
    name = "codebook_version" if dimension.startswith(OF_CODE) else "rubric_version"
    version = {} if dimension == "outcome" else {name: versions[name]}
    return [*rows, {**common, **version, "annotator": done.decided_by, "value": done.value, "note": done.reason}]
