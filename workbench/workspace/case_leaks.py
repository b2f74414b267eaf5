"""The verb that looks for cases in what a model or a judge was shown: prompts, few-shot examples, training files.

A judge may be shown examples by the ids of traces. Those are looked up: a case made of such a trace was shown with
people's verdict on it, however its question was worded since.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from workbench.workspace.sealed import SealedVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.golden import Case
    from workbench.workspace import Workspace

WORD_RUNGS = ("exact", "ngram", "minhash", "substring")
SHOWN = "trace"
"""In place of a rung: the trace that a case was made of, or one of its group, is what is shown."""
COLUMNS = ("case_id", "against", "other_row", "rung", "score")


class CaseLeaks(SealedVerbs):
    """Cases that were known beforehand."""

    def case_leaks(self, against: Sequence[str | Path] = (), *, rungs: Sequence[str] = WORD_RUNGS) -> DataFrame:
        """Look for the questions of accepted and sealed cases in other texts.

        Looked through are the files given, those of ``[golden] against`` in workspace.toml, and the newest prompt of
        each judge that is defined here, with the traces that it shows as examples.

        Args:
            against: Files of prompts, few-shot examples or training data.
            rungs: Which rungs of ``workbench.leakage`` to climb; the semantic one takes longer and is not among them.

        Returns:
            Columns case_id (empty for a sealed one), against (the file, or the judge), other_row, rung and score. Where
            a judge shows the trace of a case, or one of its group, the rung is ``trace``, and there is no other_row.

        Raises:
            UnreadableFile: A file is missing or empty.
        """
        import pandas as pd

        from workbench.leakage import leakage

        cases = self._cases_of_next()
        texts = self._texts_to_look_in(against)
        if not cases or not texts:
            return pd.DataFrame(columns=list(COLUMNS))
        embedder = self.embedder if "semantic" in rungs else None
        found = leakage([case.query for _, case in cases], texts, rungs=rungs, embedder=embedder)
        pairs = found.pairs.assign(case_id=[cases[row][0] for row in found.pairs["eval_row"]])
        judges = self._judges_that_show([case.trace_id for _, case in cases])
        shown = [
            {"case_id": case_id, "against": judge, "other_row": None, "rung": SHOWN, "score": 1.0}
            for case_id, case in cases
            for judge in judges.get(case.trace_id or "", ())
        ]
        rows = [*shown, *pairs[list(COLUMNS)].to_dict("records")]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def _cases_of_next(self) -> list[tuple[str | None, Case]]:
        """The id (None where sealed) and content of every case of the next version."""
        from workbench.golden import Case

        rows = [row for row in self.store.case_rows(statuses=["accepted"]) if row["pool"] == "golden"]
        named: list[tuple[str | None, Case]] = [(row["case_id"], Case.from_dict(row["content"])) for row in rows]
        newest = max((row["version"] for row in self.store.golden_versions()), default=0)
        sealed = self.golden_folder.sealed_cases(newest) if newest else []
        still = {row["case_id"] for row in self.store.case_rows(statuses=["sealed"])}
        return named + [(None, case) for case in sealed if case.case_id in still]

    def _files_to_look_in(self, against: Sequence[str | Path]) -> list[Path]:
        own = [self.path / each for each in self.settings.golden.against]
        return list(dict.fromkeys([*map(Path, against), *own]))

    def _anything_to_look_in(self, against: Sequence[str | Path]) -> bool:
        judges = self._newest_judges()
        return bool(self._files_to_look_in(against)) or any(_prompt(spec).strip() for spec in judges.values())

    def _called(self, path: Path) -> str:
        """A file's name as it may stand in a manifest: within the workspace where it lies there."""
        return str(path.relative_to(self.path)) if path.is_relative_to(self.path) else str(path)

    def _texts_to_look_in(self, against: Sequence[str | Path]) -> dict[str, list[str | None]]:
        from workbench.leakage.files import read_texts

        files = self._files_to_look_in(against)
        texts: dict[str, list[str | None]] = {self._called(path): list(read_texts(path).texts) for path in files}
        for name, spec in self._newest_judges().items():
            shown = self.store.traces_named(list(spec.get("examples") or ()), ["trace_id", "input"])["input"]
            parts = [*_prompt(spec).split("\n\n"), *shown.dropna().astype(str)]
            if parts := [part.strip() for part in parts if part.strip()]:
                texts[name] = list(parts)
        return texts

    def _newest_judges(self) -> dict[str, dict[str, Any]]:
        """The newest version of each judge, by what to call it; the ones before it are asked no more."""
        rows = {row["judge"]: row for row in self.store.judge_versions()}
        return {f"judge {name} version {row['version']}": row["spec"] for name, row in rows.items()}

    def _judges_that_show(self, trace_ids: Sequence[str | None]) -> dict[str, list[str]]:
        """By trace, the judges whose newest version shows it, or one of its group, as an example."""
        examples = {name: set(spec.get("examples") or ()) for name, spec in self._newest_judges().items()}
        if not any(examples.values()):
            return {}
        groups = cast("Workspace", self)._label_groups()
        of_trace = {each: groups.get(each) for each in trace_ids if each}
        found: dict[str, list[str]] = {}
        for name, shown in examples.items():
            alike = set(groups.reindex(sorted(shown)).dropna())
            for trace_id, own in of_trace.items():
                if trace_id in shown or own in alike:
                    found.setdefault(trace_id, []).append(name)
        return found


def _prompt(spec: dict[str, Any]) -> str:
    return str(spec.get("prompt") or "")
