"""The verb that looks for cases in what a model or a judge was shown: prompts, few-shot examples, training files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workspace.sealed import SealedVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.golden import Case

WORD_RUNGS = ("exact", "ngram", "minhash", "substring")
COLUMNS = ("case_id", "against", "other_row", "rung", "score")


class CaseLeaks(SealedVerbs):
    """Cases that were known beforehand."""

    def case_leaks(self, against: Sequence[str | Path] = (), *, rungs: Sequence[str] = WORD_RUNGS) -> DataFrame:
        """Look for the questions of accepted and sealed cases in other texts.

        Looked through are the files given, those of ``[golden] against`` in workspace.toml, and the prompts of the
        judges that are defined here.

        Args:
            against: Files of prompts, few-shot examples or training data.
            rungs: Which rungs of ``workbench.leakage`` to climb; the semantic one takes longer and is not among them.

        Returns:
            Columns case_id (empty for a sealed one), against (the file, or the judge), other_row, rung and score.

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
        return pairs[list(COLUMNS)].reset_index(drop=True)

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
        judges = self.store.judge_versions()
        return bool(self._files_to_look_in(against)) or any(_prompt(row["spec"]).strip() for row in judges)

    def _called(self, path: Path) -> str:
        """A file's name as it may stand in a manifest: within the workspace where it lies there."""
        return str(path.relative_to(self.path)) if path.is_relative_to(self.path) else str(path)

    def _texts_to_look_in(self, against: Sequence[str | Path]) -> dict[str, list[str | None]]:
        from workbench.leakage.files import read_texts

        files = self._files_to_look_in(against)
        texts: dict[str, list[str | None]] = {self._called(path): list(read_texts(path).texts) for path in files}
        for row in self.store.judge_versions():
            prompt = _prompt(row["spec"])
            parts = [part.strip() for part in prompt.split("\n\n") if part.strip()]
            if parts:
                texts[f"judge {row['judge']} version {row['version']}"] = list(parts)
        return texts


def _prompt(spec: Any) -> str:
    return str(spec.get("prompt") or "") if isinstance(spec, dict) else ""
