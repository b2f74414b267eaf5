"""The verb that looks for cases in what a model or a judge was shown: prompts, few-shot examples, training files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workspace.sealed import SealedVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

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

        cases = self._cases_to_look_for()
        texts = self._texts_to_look_in(against)
        if not cases or not texts:
            return pd.DataFrame(columns=list(COLUMNS))
        found = leakage(
            [query for _, query in cases], texts, rungs=rungs, embedder=self.embedder if "semantic" in rungs else None
        )
        pairs = found.pairs.assign(case_id=[cases[row][0] for row in found.pairs["eval_row"]])
        return pairs[list(COLUMNS)].reset_index(drop=True)

    def _leaks_told(self) -> str:
        """Leaks of the next version in a sentence that names open cases only; empty where there are none."""
        found = self.case_leaks()
        if found.empty:
            return ""
        named = list(dict.fromkeys(found["case_id"].dropna()))
        hidden = int(found["case_id"].isna().sum())
        cases = ", ".join([*named[:5], *(["and sealed ones"] if hidden else [])])
        where = ", ".join(list(dict.fromkeys(found["against"]))[:3])
        return f"{len(named) + hidden} cases stand in {where} ({cases}): whoever was shown them is not judged by them."

    def _cases_to_look_for(self) -> list[tuple[str | None, str]]:
        """The id (None where sealed) and question of every case of the next version."""
        rows = [row for row in self.store.case_rows(statuses=["accepted"]) if row["pool"] == "golden"]
        named: list[tuple[str | None, str]] = [
            (row["case_id"], str(row["content"]["input_payload"].get("query") or "")) for row in rows
        ]
        newest = max((row["version"] for row in self.store.golden_versions()), default=0)
        sealed = self.golden_folder.sealed_cases(newest) if newest else []
        still = {row["case_id"] for row in self.store.case_rows(statuses=["sealed"])}
        return named + [(None, case.query) for case in sealed if case.case_id in still]

    def _texts_to_look_in(self, against: Sequence[str | Path]) -> dict[str, list[str | None]]:
        from workbench.leakage.files import read_texts

        own = [self.path / each for each in self.settings.golden.against]
        files = list(dict.fromkeys([*map(Path, against), *own]))
        texts: dict[str, list[str | None]] = {str(path): list(read_texts(path).texts) for path in files}
        for row in self.store.judge_versions():
            prompt = _prompt(row["spec"])
            parts = [part.strip() for part in prompt.split("\n\n") if part.strip()]
            if parts:
                texts[f"judge {row['judge']} version {row['version']}"] = list(parts)
        return texts


def _prompt(spec: Any) -> str:
    return str(spec.get("prompt") or "") if isinstance(spec, dict) else ""
