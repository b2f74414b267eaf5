"""The verb that makes a regression case: what a person says of a flagged failure, and the case, in one step.

The person has seen the failure, so the record says so: the labels are of the round ``unblinded``, ``saw`` tells what
was shown, and the case is a candidate like any other, which is looked at for private data and decided on with a reason
before a version holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from workbench.errors import BadRequest
from workbench.workspace.flagging import STANDING, FlaggingVerbs
from workbench.workspace.reading import ReadingVerbs

if TYPE_CHECKING:
    from workbench.workspace import Workspace

PAGE = "regress"


@dataclass(frozen=True)
class RegressionStart:
    """What is known of a trace before it is made a regression case.

    Attributes:
        query: What it asks last.
        answer: The answer that failed; empty where there is none.
        flags: What flagged it.
        slices: How the case would be filed.
        codes: Codes that might fit: those of traces of its cluster, the most frequent first, then the rest.
        is_case: Whether it is a case already, in whatever state.
        outcome, note, code, severity: What this person said of it blind, where they did.
    """

    query: str
    answer: str = field(repr=False)
    flags: tuple[str, ...]
    slices: Mapping[str, str]
    codes: tuple[str, ...]
    is_case: bool
    outcome: str | None = None
    note: str | None = None
    code: str | None = None
    severity: int | None = None


@dataclass(frozen=True)
class Regression:
    """A regression case that was made.

    Attributes:
        case_id: The case; it is a candidate of the golden pool.
        trace_id: The trace.
        code: What went wrong.
        severity: What that costs, 1-5; None where nobody has said.
        risk_level: The case's risk.
        evaluation_type: How it is judged.
        expected_behavior: What should have happened, as it is stored.
        labels: Labels that were written with it.
        waits_for: What it lacks before a version can hold it, in sentences.
    """

    case_id: str
    trace_id: str
    code: str
    severity: int | None
    risk_level: str
    evaluation_type: str
    expected_behavior: str
    labels: int
    waits_for: tuple[str, ...]


class RegressingVerbs(ReadingVerbs, FlaggingVerbs):
    """From a flagged failure to a case, the same day."""

    def start_regression(self, trace_id: str, *, by: str = "") -> RegressionStart:
        """What can be filled in beforehand; nothing is written.

        Args:
            trace_id: The trace.
            by: Who; what they said of it blind is taken over.

        Raises:
            BadRequest: There is no such trace.
        """
        from workbench.golden.promote import payload
        from workbench.golden.regression import failing_answer, signs

        trace = self._trace_to_regress(trace_id)
        drafted = self._regression_draft(trace, [])
        said = self.reading(trace_id, by)
        given = next((each for each in said.codes if self.codebook().find(each.name)), None)
        return RegressionStart(
            str(payload(trace).get("query") or ""),
            failing_answer(trace),
            signs(trace.get("status"), trace.get("feedback"), trace.get("signals")),
            drafted["slices"],
            self._likely_codes(drafted["slices"].get("intent")),
            bool(self.store.case_origins([self._case_origin(trace_id)])),
            said.outcome,
            said.note,
            None if given is None else self.codebook().get(given.name).name,
            None if given is None else given.severity,
        )

    def regress(
        self,
        trace_id: str,
        *,
        by: str,
        code: str,
        expected: str = "",
        gold_answer: str = "",
        rules: Sequence[Mapping[str, Any]] = (),
        severity: int | None = None,
        critique: str = "",
        query: str = "",
        slices: Mapping[str, str] | None = None,
        checked: bool = False,
        anyway: bool = False,
        create_code: bool = False,
        saw: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Regression:
        """Make a flagged failure a regression case: its labels and a candidate of the golden pool, both or neither.

        Whoever does has seen the answer that failed, and the labels say so: they are unblinded, count for this case,
        and in no rate, agreement or calibration of a judge. Of expected, gold_answer and rules one is needed.

        Args:
            trace_id: The trace that failed.
            by: Who says what should have happened.
            code: What went wrong, by its name in the codebook.
            expected: What should have happened, in plain language.
            gold_answer: An answer that would have been right.
            rules: Checks that need no judgement, written as rules of workspace.toml; where there are any they decide,
                so they have to fail the answer that failed.
            severity: What it costs, 1-5; by default the code's.
            critique: What went wrong, in the person's own words.
            query: What the case asks, where it is not to be the trace's own question.
            slices: Slices that replace those of the draft, by name.
            checked: The person has read all of it, and nothing in it points to anybody.
            anyway: Make it although a case asks nearly the same.
            create_code: Make the code where the codebook does not have it.
            saw: What else was on the screen.
            seconds: How long it took.

        Raises:
            UnknownCode: The codebook has no such code in force.
            BadRequest: There is no such trace, it is a case already or nearly the same as one, people settled that it
                passes, or what should have happened is missing or cannot be.
        """
        from workbench.golden import Case
        from workbench.golden.regression import regression_case, regression_labels, signs

        by = self._golden_author(self.reader(by))
        trace, origin = self._trace_to_regress(trace_id), self._case_origin(trace_id)
        if self.store.case_origins([origin]):
            raise BadRequest("this trace is a case already, and a second one would count the same failure twice")
        if not code.strip():
            raise BadRequest("a regression case needs what went wrong: a code of the codebook. Choose one")
        _check_severity(severity)
        book = self.codebook()
        found = book.find(code)
        name = " ".join(code.split()) if found is None and create_code else book.get(code).name
        cost = severity or (found.severity if found else None)
        self._refuse_like(trace_id, query, anyway)
        flags = signs(trace.get("status"), trace.get("feedback"), trace.get("signals"))
        safe = self._safe_case(
            {
                "expected": expected.strip(), "gold": gold_answer.strip(), "critique": critique.strip(),
                "query": query.strip(), "checks": [dict(each) for each in rules], "slices": dict(slices or {}),
            }
        )  # fmt: skip
        labels = regression_labels(
            trace_id, by, code=name, severity=severity, critique=safe["critique"], gold_answer=safe["gold"],
            codebook_version=book.version, saw={"page": PAGE, "flags": list(flags), "answer": "before", **(saw or {})},
            seconds=seconds,
        )  # fmt: skip
        fields = regression_case(
            self._regression_draft(trace, labels), by, expected=safe["expected"], gold_answer=safe["gold"],
            rules=safe["checks"], severity=cost, query=safe["query"], slices=safe["slices"],
        )  # fmt: skip
        case = Case.from_dict({**fields, **self._rubric_fields()})
        self._refuse_blunt(case, trace)
        if found is None:
            name = self.code_named(name, author=by, reason="named for a regression case")
            version = self.codebook().version
            labels = [{**row, "codebook_version": version} if "codebook_version" in row else row for row in labels]
        why = "; ".join(filter(None, [safe["critique"] or name, ", ".join(flags), "written after the answer was seen"]))
        written = self._write_regression(case, labels, origin=origin, why=why, by=by, checked=checked)
        waits = self.case_waits_for(case.case_id)
        return Regression(
            case.case_id, trace_id, name, cost, case.risk_level, case.evaluation_type, case.expected_behavior, written,
            waits,
        )  # fmt: skip

    def case_waits_for(self, case_id: str) -> tuple[str, ...]:
        """What a case lacks before a version can hold it, in sentences; empty where it would be in the next.

        Raises:
            UnknownName: There is none of that id.
            BadRequest: It is sealed.
        """
        row = self._case_row(case_id, sealed=False)
        if row["status"] not in STANDING:
            return (f"It is {row['status']}: only a candidate can be accepted.",)
        lacks = []
        if not row["content"].get("expected_behavior"):
            lacks.append("Somebody has to say what should happen.")
        elif not row["content"].get("labelled_by"):
            lacks.append("A person has to say what should happen: a user's thumb is no label.")
        if row["private_at"] is None:
            lacks.append("Somebody has to look at it for private data.")
        if row["status"] == "candidate":
            lacks.append("Somebody has to accept it, with a reason.")
        trace_id = row["content"].get("trace_id")
        lacks += [
            f"The {judge} shows its trace, or one like it, as an example: take that out of the prompt."
            for judge in cast("Workspace", self)._judges_that_show([trace_id]).get(trace_id, ())
        ]
        return tuple(lacks)

    def _regression_draft(self, trace: Mapping[str, Any], labels: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A draft of the case, with what people said before and what is said now."""
        from workbench.golden.promote import draft_case, said_of

        trace_id = str(trace["trace_id"])
        definitions = {each.name: (each.definition, each.severity) for each in self.codebook().active}
        before = said_of(self._labels_for_cases([trace_id]).get(trace_id, []), definitions)
        if labels and before.agreement == "adjudicated" and before.outcome == "pass":
            raise BadRequest("people settled that this trace passes. Open that dispute again before it becomes a case")
        said = said_of([*self._labels_for_cases([trace_id]).get(trace_id, []), *labels], definitions)
        intent = self._cluster_names([trace_id]).get(trace_id)
        return draft_case(trace, said, case_id=self._new_case_id(trace_id), intent=intent)

    def _refuse_like(self, trace_id: str, query: str, anyway: bool) -> None:
        """Refuse what a standing case asks already, unless it is wanted."""
        like = self.similar_cases(trace_id, query=query)
        like = like[like["near"] & like["status"].isin(STANDING)]
        if len(like) and not anyway:
            first = like.iloc[0]
            raise BadRequest(
                f"{first['case_id']} ({first['status']}) asks nearly the same ({first['how']} {first['score']:.2f})."
                " Look at it first; if this is another failure, make it anyway"
            )

    def _refuse_blunt(self, case: Any, trace: Mapping[str, Any]) -> None:
        """Refuse checks that are none, or that pass the answer that failed.

        Raises:
            BadRequest: They are, or do.
        """
        from workbench.golden.regression import failing_answer
        from workbench.score import Checks

        if case.checks and Checks().say([case.to_dict()], [failing_answer(trace)])[0].passed is not False:
            raise BadRequest(
                "the rules do not fail the answer that failed, so they would not notice it again. Write rules that it"
                " fails, or say in plain language what should happen"
            )

    def _write_regression(
        self, case: Any, labels: list[dict[str, Any]], *, origin: str, why: str, by: str, checked: bool
    ) -> int:
        now = datetime.now(UTC)
        row = {
            "case_id": case.case_id, "pool": "golden", "status": "candidate", "content": case.to_dict(),
            "origin": origin, "why": why, "proposed_at": now, "proposed_by": by,
            "private_at": now if checked else None, "private_by": by if checked else None,
        }  # fmt: skip
        done = {"case_id": case.case_id, "changed_by": by, "changed_at": now}
        changes = [{**done, "how": "proposed", "kind": None, "reason": why}]
        changes += [{**done, "how": "checked", "kind": None, "reason": ""}] if checked else []
        return self.store.add_cases([row], changes, labels)


def _check_severity(severity: int | None) -> None:
    if severity is not None and severity not in range(1, 6):
        raise BadRequest("a severity is a whole number from 1 to 5. Give one of those")
