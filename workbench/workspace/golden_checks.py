"""The verb that looks over the next version before it is frozen: what leaked, what is twice, what was tuned on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workspace.case_leaks import CaseLeaks

if TYPE_CHECKING:
    from datetime import date, datetime

    from pandas import DataFrame

    from workbench.leakage import GoldenCheck, Scored

AT = ("started_at", "captured_at", "capture_date", "timestamp", "created_at", "at")
"""Names under which a file of training rows says when one was seen; the first that is there counts."""
SEEN = ("checked", "edited", "accepted", "graduated")
"""What a person does to a case that has to be read for it."""


class GoldenChecks(CaseLeaks):
    """What is looked at before a freeze."""

    def check_golden(
        self, against: Sequence[str | Path] = (), *, changed_at: datetime | date | str | None = None
    ) -> GoldenCheck:
        """Look over the cases of the next version, open and sealed; nothing is written.

        Looked for are cases in prompts, few-shot examples and training files, cases that are in the set twice, cases
        older than what they judge, training rows of the same time or session, cases that every past release passed, how
        often the open part was scored, and cases that no second person has seen. Sealed cases are counted and named
        nowhere.

        Args:
            against: Files to look in, beside those of ``[golden] against`` and the prompts of judges.
            changed_at: Since when the product has been as it is to be judged; by default ``[golden] changed_at``.

        Raises:
            UnreadableFile: A file is missing or empty.
            BadRequest: A time cannot be read.
        """
        from workbench.leakage import before_freezing
        from workbench.workspace.frame import moment

        cases = self._cases_to_check()
        return before_freezing(
            cases,
            copies=self.case_leaks(against) if self._anything_to_look_in(against) else None,
            train=self._rows_to_train(against),
            passed=self._past_verdicts(cases),
            scored=self._scored(),
            changed_at=moment(changed_at or self.settings.golden.changed_at),
        )

    def _cases_to_check(self) -> DataFrame:
        """The columns that the checks read, one row per case; ``key`` is its id, for joining and no one's eyes."""
        import pandas as pd

        from workbench.golden.promote import asked

        rows, seen_by = [], self._who_saw()
        for case_id, case in self._cases_of_next():
            words, context = asked(case.input_payload)
            parent = case.parent_case or case.case_id
            rows.append(
                {
                    "case_id": case_id, "key": case.case_id, "trace_id": case.trace_id, "asked": words,
                    "context": context, "captured_at": case.capture_date, "parent_case": parent,
                    "alone": len({*case.labelled_by, *by}) == 1 if (by := seen_by.get(case.case_id)) else None,
                }
            )  # fmt: skip
        columns = ["case_id", "key", "trace_id", "asked", "context", "captured_at", "parent_case", "alone"]
        frame = pd.DataFrame(rows, columns=columns, dtype=object)
        seen = self._when_seen(frame["trace_id"].dropna().tolist())
        frame["session_id"] = [seen.get(each, (None, None))[1] for each in frame["trace_id"]]
        known = [seen.get(each, (None, None))[0] for each in frame["trace_id"]]
        frame["captured_at"] = [at or day for at, day in zip(known, frame["captured_at"], strict=True)]
        return frame.drop(columns="trace_id")

    def _who_saw(self) -> dict[str, set[str]]:
        """Who had each case before them since it was proposed: looked at it for private data, edited or accepted it."""
        found = {row["case_id"]: {row["private_by"]} - {None} for row in self.store.case_rows()}
        for change in self.store.case_changes():
            if change["how"] in SEEN:
                found.setdefault(change["case_id"], set()).add(change["changed_by"])
        return found

    def _when_seen(self, trace_ids: Sequence[str]) -> dict[str, tuple[Any, str | None]]:
        """When and in which session traces were seen, for those that are here."""
        rows = self.store.traces_named(list(map(str, trace_ids)), ["trace_id", "started_at", "session_id"])
        return {
            str(trace_id): (None if at != at else at, session if isinstance(session, str) else None)
            for trace_id, at, session in zip(rows["trace_id"], rows["started_at"], rows["session_id"], strict=True)
        }

    def _rows_to_train(self, against: Sequence[str | Path]) -> DataFrame | None:
        """The rows of the files that say when, in which session or from which trace they are; None where none does."""
        import pandas as pd

        from workbench.leakage.files import read_texts

        rows = [
            row
            for path in self._files_to_look_in(against)
            for row in read_texts(path).rows
            if isinstance(row, dict) and any(row.get(name) for name in (*AT, "session_id", "trace_id", "parent_case"))
        ]
        if not rows:
            return None
        seen = self._when_seen([str(row["trace_id"]) for row in rows if row.get("trace_id")])
        told = []
        for row in rows:
            at, session = seen.get(str(row.get("trace_id")), (None, None))
            own = next((row[name] for name in AT if row.get(name)), None)
            told.append(
                {
                    "at": own or at,
                    "session_id": row.get("session_id") or session,
                    "parent_case": row.get("parent_case") or row.get("case_id"),
                }
            )
        return pd.DataFrame(told, columns=["at", "session_id", "parent_case"], dtype=object)

    def _past_verdicts(self, cases: DataFrame) -> dict[str, dict[str, bool]]:
        """For each release its newest run's verdicts, by the row of the case; a trip-wire says nothing of the set."""
        place = {key: str(row) for row, key in enumerate(cases["key"])}
        found: dict[str, dict[str, bool]] = {}
        for run in self.store.runs():
            if run["plan"].get("trip_wire"):
                continue
            results = self.store.run_results(run["run_id"])
            verdicts = {
                place[row["case_id"]]: bool(row["passed"])
                for row in results
                if row["case_id"] in place and row["passed"] is not None
            }
            if verdicts:
                found[run["release"]] = verdicts
        return found

    def _scored(self) -> Scored | None:
        from workbench.leakage import Scored

        newest = max((row["version"] for row in self.store.golden_versions()), default=0)
        if not newest:
            return None
        looks = self.store.gate_looks(newest)
        n, passed = (sum(look[name] for look in looks) for name in ("n", "passed"))
        open_ = len(self.golden_folder.open_cases(newest))
        return Scored(len({look["results"] for look in looks}), open_, passed / n if n else 0.5)


def in_the_way(found: GoldenCheck) -> str:
    """What stands in the way of a freeze, in a sentence or two; empty where nothing does."""
    return " ".join(each.told for each in found.refused)


def kept(found: GoldenCheck, *, allowed: bool) -> Mapping[str, Any]:
    """What a manifest keeps of the checks: what each said, and whether what was refused was allowed."""
    told = {each.check: {"verdict": each.verdict, "told": each.told} for each in found.findings}
    return {"allowed": allowed and not found.passed, **told}
