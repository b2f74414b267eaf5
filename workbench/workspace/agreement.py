"""The verbs of agreement: how far people agree, and whether a judge may stand in for them.

Both also take files, without a workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workspace.codebook import CodebookVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.agree import Agreement, Scale
    from workbench.judge import Calibration

Progress = Callable[[str, int, int | None], None]


class AgreementVerbs(CodebookVerbs):
    """How far labels can be believed."""

    def agree(
        self,
        *,
        sample_id: str | None = None,
        level: str | Mapping[str, str] | None = None,
        rubric: Mapping[str, Scale] | None = None,
        positive: str | Mapping[str, str] | None = None,
        kinds: Collection[str] = ("human",),
        round_: str = "blind",
        leave_out: Collection[str] = (),
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Agreement:
        """Measure how far annotators agree on each dimension and code; see ``workbench.agree.agree``.

        Codes are taken as the codebook has them now, and the traces of one session are drawn together.

        Args:
            sample_id: Only labels of this sample's traces.
            level: nominal, ordinal, interval or ratio, for all dimensions or by dimension.
            rubric: The scale of each dimension.
            positive: The value that is a failure.
            kinds: Whose labels: human, judge, rule, user.
            round_: blind or adjudicated.
            leave_out: Values that mean no answer, such as defer.
            seed: Seed of the draws.
            progress: Told of each dimension.
        """
        from workbench.agree import agree

        return agree(
            self._labels_with_sessions(sample_id),
            level=level,
            rubric=rubric,
            positive=positive,
            kinds=kinds,
            round_=round_,
            leave_out=leave_out,
            seed=seed,
            progress=progress,
        )

    def judge(
        self,
        annotator: str,
        *,
        dimension: str = "outcome",
        sample_id: str | None = None,
        labelled: str | None = None,
    ) -> Calibration:
        """Compare a judge's labels with people's; see ``workbench.judge.judge``.

        Args:
            annotator: The judge, as its labels name it.
            dimension: The dimension both have labelled.
            sample_id: Only labels of this sample's traces.
            labelled: How the traces that people labelled were chosen: balanced, random or chosen.
        """
        from workbench.judge import judge

        human, judged = self._people_and_judge(annotator, dimension, sample_id)
        return judge(human, judged, labelled=labelled)

    def _people_and_judge(self, annotator: str, dimension: str, sample_id: str | None) -> tuple[DataFrame, DataFrame]:
        """The labels of people and those of a judge, of one dimension."""
        labels = self.store.labels(newest=True, sample_id=sample_id)
        labels = labels[labels["dimension"] == dimension]
        by_judge = labels["annotator"] == annotator
        by_people = labels["annotator_kind"].fillna("human") == "human"
        return labels[by_people & ~by_judge], labels[by_judge]

    def _labels_with_sessions(self, sample_id: str | None) -> DataFrame:
        import pandas as pd

        labels = self.store.labels(newest=True, sample_id=sample_id)
        coded = self.coded_labels(sample_id=sample_id)
        coded = coded[coded["code"].notna()].assign(value=coded["code"].astype("str"))[labels.columns]
        labels = pd.concat([labels[labels["dimension"] != "code"], coded], ignore_index=True)
        sessions = self.store.traces(columns=["trace_id", "session_id"], where="session_id IS NOT NULL")
        return labels.merge(sessions, on="trace_id", how="left")


def agree_file(path: str | Path, **options: Any) -> Agreement:
    """Measure agreement on a long file of labels (item, annotator, dimension, value), without a workspace.

    Args:
        path: A .csv, .tsv, .jsonl, .json or .parquet file.
        options: As for ``workbench.agree.agree``.
    """
    from workbench.agree import agree
    from workbench.long_form import read_long

    return agree(read_long(Path(path), needed=("item", "annotator", "value")), **options)


def judge_files(human: str | Path, judged: str | Path, **options: Any) -> Calibration:
    """Compare a judge's labels with people's, each a file with the columns item and value, without a workspace.

    Args:
        human: People's labels.
        judged: The judge's labels of the same items, and of more.
        options: As for ``workbench.judge.judge``.
    """
    from workbench.judge import judge
    from workbench.long_form import read_long

    return judge(read_long(Path(human)), read_long(Path(judged)), **options)
