"""The verbs of cases: draft them from traces or files, check them for private data, accept or discard with a reason.

Nothing joins the golden set by itself. A person looks at each case for private data, says what should happen, and says
why the case is worth having; all of it is kept, because the changelog of the next version is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, UnknownName, WorkspaceBusy
from workbench.workspace.sealed import SealedVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.golden import Case

NOT_TEXT = (
    "case_id", "evaluation_type", "risk_level", "edge", "source", "category", "agreement", "labelled_by",
    "capture_date", "rubric_version", "version_added", "parent_case", "trace_id", "product_version",
)  # fmt: skip


class CaseVerbs(SealedVerbs):
    """Cases on their way into the golden set."""

    def cases(self, *, status: str | None = None, pool: str | None = None) -> DataFrame:
        """Cases in the order they were proposed; of sealed ones nothing but that they are there.

        Returns:
            Columns case_id, pool, status, category, source, risk_level, edge, intent, query, expected_behavior,
            labelled_by, agreement, capture_date, version_added, private (whether a person checked it), ready (whether
            it can be accepted), why, proposed_at and proposed_by.
        """
        import pandas as pd

        rows = [_row(row) for row in self.store.case_rows(statuses=None if status is None else [status])]
        columns = [
            "case_id", "pool", "status", "category", "source", "risk_level", "edge", "intent", "query",
            "expected_behavior", "labelled_by", "agreement", "capture_date", "version_added", "private", "ready", "why",
            "proposed_at", "proposed_by",
        ]  # fmt: skip
        frame = pd.DataFrame([row for row in rows if pool is None or row["pool"] == pool], columns=columns)
        frame["proposed_at"] = pd.to_datetime(frame["proposed_at"], utc=True)
        return frame

    def case(self, case_id: str) -> Case:
        """One case, as it stands.

        Raises:
            UnknownName: There is none of that id.
            BadRequest: It is sealed.
        """
        from workbench.golden import Case

        return Case.from_dict(self._case_row(case_id, sealed=False)["content"], draft=True)

    def edit_case(
        self, case_id: str, fields: Mapping[str, Any], *, by: str, reason: str = "", kind: str | None = None
    ) -> Case:
        """Change a case; what is expected of it then is the word of the person who changed it.

        Args:
            case_id: The case.
            fields: What to write, by field.
            by: Who.
            reason: Why; needed for a case that was accepted.
            kind: For an accepted case: wrong_label, wording, new_coverage or regression.

        Raises:
            UnknownName: There is none of that id.
            BadRequest: It is sealed, a field is not what it should be, or the reason is missing.
        """
        from workbench.golden.cases import MEANING, Case
        from workbench.golden.version import KINDS

        by = self._golden_author(by)
        row = self._case_row(case_id, sealed=False)
        if "case_id" in fields and fields["case_id"] != case_id:
            raise BadRequest("the id of a case never changes. Discard it and write another")
        accepted = row["status"] == "accepted"
        if accepted or reason.strip():
            reason = self._golden_reason(reason)
        before = Case.from_dict(row["content"], draft=True)
        values = {**row["content"], **self._safe_case(dict(fields))}
        after = Case.from_dict(values, draft=not accepted)
        if any(getattr(before, name) != getattr(after, name) for name in MEANING) and by not in after.labelled_by:
            after = Case.from_dict({**after.to_dict(), "labelled_by": [*after.labelled_by, by]}, draft=not accepted)
        if after == before:
            return before
        usual = "wrong_label" if before.meaning != after.meaning else "wording"
        if kind is not None:
            one_of("kind", kind, KINDS)
        changed = {"content": after.to_dict(), "private_at": None, "private_by": None}
        self._change_case(row, changed, how="edited", kind=(kind or usual) if accepted else None, reason=reason, by=by)
        return after

    def check_private(self, case_id: str, *, by: str) -> int:
        """Record that a person looked at a case for private data; how many things the scan still finds in it.

        Raises:
            UnknownName: There is none of that id.
            BadRequest: It is sealed.
        """
        from workbench.golden import Case

        by = self._golden_author(by)
        row = self._case_row(case_id, sealed=False)
        found = self.redactor.redact([Case.from_dict(row["content"], draft=True).texts])[1]
        now = datetime.now(UTC)
        self._change_case(row, {"private_at": now, "private_by": by}, how="checked", kind=None, reason="", by=by)
        return sum(found.values())

    def accept_case(self, case_id: str, *, by: str, reason: str, kind: str = "new_coverage") -> Case:
        """Let a case join the pool it was proposed for.

        Args:
            case_id: The case.
            by: Who decides.
            reason: What it adds.
            kind: new_coverage or regression.

        Raises:
            UnknownName: There is none of that id.
            BadRequest: It was not checked for private data, nobody but a user's thumb says what should happen, a field
                is missing, or it is no candidate.
        """
        from workbench.golden import Case
        from workbench.golden.version import KINDS

        by, why = self._golden_author(by), self._golden_reason(reason)
        one_of("kind", kind, KINDS)
        row = self._case_row(case_id, sealed=False)
        if row["status"] not in ("candidate", "discarded"):
            raise BadRequest(f"the case is {row['status']} already. Only a candidate can be accepted")
        case = Case.from_dict(row["content"])
        if not case.labelled_by:
            raise BadRequest(
                "nobody has said what should happen here: a user's thumb is no label. Label the trace, or write the"
                " expected behaviour under your name"
            )
        if row["private_at"] is None:
            raise BadRequest("a person has to check the case for private data before it joins. Check it first")
        self._change_case(row, {"status": "accepted"}, how="accepted", kind=kind, reason=why, by=by)
        return case

    def discard_case(self, case_id: str, *, by: str, reason: str) -> None:
        """Leave a candidate out, with the reason.

        Raises:
            UnknownName: There is none of that id.
            BadRequest: It is no candidate.
        """
        by, why = self._golden_author(by), self._golden_reason(reason)
        row = self._case_row(case_id, sealed=False)
        if row["status"] != "candidate":
            raise BadRequest(f"the case is {row['status']}. Only a candidate can be discarded; retire an accepted one")
        self._change_case(row, {"status": "discarded"}, how="discarded", kind=None, reason=why, by=by)

    def retire_case(self, case_id: str, *, by: str, reason: str) -> None:
        """Take a case out of the next version; the versions that hold it stay as they are.

        Raises:
            UnknownName: There is none of that id.
            BadRequest: It was never accepted.
        """
        by, why = self._golden_author(by), self._golden_reason(reason)
        row = self._case_row(case_id)
        if row["status"] not in ("accepted", "sealed"):
            raise BadRequest(f"the case is {row['status']}. Only an accepted case can be retired")
        self._change_case(row, {"status": "retired"}, how="retired", kind="retired", reason=why, by=by)

    def case_changes(self, case_id: str | None = None) -> DataFrame:
        """What was done with cases, oldest first: case_id, how, kind, reason, changed_by, changed_at.

        Of sealed cases the reasons are left out: they say what a case is about.
        """
        import pandas as pd

        columns = ["case_id", "how", "kind", "reason", "changed_by", "changed_at"]
        frame = pd.DataFrame(self.store.case_changes(case_id=case_id), columns=["change_id", *columns])[columns]
        of = self.store.case_rows(statuses=["sealed", "retired"], case_ids=None if case_id is None else [case_id])
        hidden = frame["case_id"].isin({row["case_id"] for row in of if row["content"] is None})
        told = frame["reason"].where(~hidden, "")
        return frame.assign(reason=told, changed_at=pd.to_datetime(frame["changed_at"], utc=True))

    def _change_case(
        self, row: Mapping[str, Any], values: Mapping[str, Any], *, how: str, kind: str | None, reason: str, by: str
    ) -> None:
        change = {"case_id": row["case_id"], "how": how, "kind": kind, "reason": reason, "changed_by": by}
        done = self.store.change_case(
            row["case_id"], values, {**change, "changed_at": datetime.now(UTC)}, was=row["status"]
        )
        if not done:
            raise WorkspaceBusy("somebody else decided on this case meanwhile; look again.")

    def _case_row(self, case_id: str, *, sealed: bool = True) -> dict[str, Any]:
        rows = self.store.case_rows(case_ids=[case_id])
        if not rows:
            raise UnknownName("case", case_id[:100], [row["case_id"] for row in self.store.case_rows()][:5])
        if not sealed and rows[0]["content"] is None:
            raise BadRequest("the case is sealed. It can be retired, and it can be read once its version was opened")
        return rows[0]

    def _safe_case(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Fields with every text redacted; ids and words of fixed lists stay."""
        names = [name for name in fields if name not in NOT_TEXT and fields[name]]
        redacted = self.redactor.redact([{name: fields[name] for name in names}])[0][0] if names else {}
        words = [str(each) for each in fields.get("labelled_by") or ()] if "labelled_by" in fields else []
        if words and any(self.redactor.has_structured(words)):
            raise BadRequest("labelled_by: a person's name may be no address. Give names or initials")
        return {**fields, **redacted}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    content = row["content"] or {}
    told = {
        name: content.get(name)
        for name in (
            "category", "source", "risk_level", "edge", "expected_behavior", "agreement", "capture_date",
            "version_added",
        )
    }  # fmt: skip
    labelled = content.get("labelled_by") or []
    return {
        **{name: row[name] for name in ("case_id", "pool", "status", "why", "proposed_at", "proposed_by")},
        **told,
        "intent": (content.get("slices") or {}).get("intent"),
        "query": (content.get("input_payload") or {}).get("query"),
        "labelled_by": ", ".join(labelled),
        "private": row["private_at"] is not None,
        "ready": bool(row["private_at"] is not None and labelled and content.get("expected_behavior")),
    }


def one_of(name: str, value: str, words: Sequence[str]) -> None:
    """Refuse a word that is none of a list."""
    if value not in words:
        raise BadRequest(f"{name}: expected one of {', '.join(words)}")
