"""The verbs of agreement: how far people agree, and whether a judge may stand in for them.

Both also take files, without a workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workspace.annotators import AnnotatorVerbs, read_labels
from workbench.workspace.frame import moment

if TYPE_CHECKING:
    from workbench.agree import Agreement, Measure
    from workbench.judge import Calibration

Progress = Callable[[str, int, int | None], None]


class AgreementVerbs(AnnotatorVerbs):
    """How far labels can be believed."""

    def agree(
        self,
        *,
        sample_id: str | None = None,
        level: str | Mapping[str, str] | None = None,
        rubric: Mapping[str, Measure] | None = None,
        positive: str | Mapping[str, str] | None = None,
        kinds: Collection[str] = ("human",),
        round_: str = "blind",
        leave_out: Collection[str] = (),
        queue: str | None = None,
        since: object = None,
        until: object = None,
        rubric_version: int | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Agreement:
        """Measure how far annotators agree on each dimension and code; see ``workbench.agree.agree``.

        Codes are taken as the codebook has them now, and the traces of one session are drawn together. Labels from
        before a dimension of the rubric changed its meaning are left out, unless that version is asked for.

        Args:
            sample_id: Only labels of this sample's traces.
            level: nominal, ordinal, interval or ratio, for all dimensions or by dimension.
            rubric: The scale of each dimension; the workspace's own rubric unless given, an empty one for none.
            positive: The value that is a failure.
            kinds: Whose labels: human, judge, rule, user.
            round_: blind or adjudicated.
            leave_out: Values that mean no answer, such as defer.
            queue: Only labels given in this queue.
            since: Only labels given on this day or at this moment, or later.
            until: Only labels given by the end of this day, or before this moment.
            rubric_version: Only labels given under this version of the rubric, by which they are then measured.
            seed: Seed of the draws.
            progress: Told of each dimension.

        Raises:
            UnknownName: There is no such version of the rubric.
        """
        from workbench.agree import Only, agree

        only = Only(moment(since), moment(until, end=True), queue, rubric_version)
        return agree(
            self._measured(sample_id, newest=only.everything),
            level=level,
            rubric=self.rubric(rubric_version).by_name if rubric is None else rubric,
            only=only,
            positive=positive,
            kinds=kinds,
            round_=round_,
            leave_out=leave_out,
            seed=seed,
            progress=progress,
        )


def agree_file(
    path: str | Path,
    *,
    queue: str | None = None,
    since: object = None,
    until: object = None,
    rubric_version: int | None = None,
    **options: Any,
) -> Agreement:
    """Measure agreement on a long file of labels (item, annotator, dimension, value), without a workspace.

    Args:
        path: A .csv, .tsv, .jsonl, .json or .parquet file.
        queue: Only labels given in this queue, as a column ``queue`` or ``saw`` says.
        since: Only labels given on this day or at this moment, or later.
        until: Only labels given by the end of this day, or before this moment.
        rubric_version: Only labels given under this version of the rubric.
        options: As for ``workbench.agree.agree``.
    """
    from workbench.agree import Only, agree

    only = Only(moment(since), moment(until, end=True), queue, rubric_version)
    return agree(read_labels(path), only=only, **options)


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
