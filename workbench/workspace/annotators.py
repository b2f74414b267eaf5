"""The verbs about those who label: how they change over time, what they miss, and what a change of the rubric did."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.workspace.adjudication import AdjudicationVerbs
from workbench.workspace.frame import moment
from workbench.workspace.queue_checks import QueueChecks

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.agree import ByVersion, Course, Measure, ProbableLabels


class AnnotatorVerbs(AdjudicationVerbs, QueueChecks):
    """Annotators."""

    def agreement_over_time(
        self,
        by: Literal["thirds", "day", "week", "month"] = "thirds",
        *,
        dimension: str | None = None,
        sample_id: str | None = None,
        rubric: Mapping[str, Measure] | None = None,
        queue: str | None = None,
        since: object = None,
        until: object = None,
        seed: int = 0,
    ) -> Course:
        """See whether annotators drift, and tire within a sitting; see ``workbench.agree.agreement_over_time``.

        Args:
            by: thirds (of each annotator's labels), day, week or month.
            dimension: Only this one, which may be a code (``code: NAME``).
            sample_id: Only labels of this sample's traces.
            rubric: The scale of each dimension; the workspace's own rubric unless given.
            queue: Only labels given in this queue.
            since: Only labels given on this day or at this moment, or later.
            until: Only labels given by the end of this day, or before this moment.
            seed: Seed of the draws and shuffles.

        Raises:
            BadRequest: There is no such division or dimension.
        """
        from workbench.agree import Only, agreement_over_time

        only = Only(moment(since), moment(until, end=True), queue)
        return agreement_over_time(
            self._measured(sample_id, newest=only.everything),
            by=by,
            dimension=dimension,
            rubric=self.rubric().by_name if rubric is None else rubric,
            only=only,
            seed=seed,
        )

    def gold_misses(
        self,
        by: Literal["all", "thirds", "day", "week", "month"] = "all",
        *,
        source: Literal["gold", "settled"] | None = None,
        queue_id: str | None = None,
    ) -> DataFrame:
        """Count the items with a known answer that each annotator missed; see ``workbench.agree.gold_misses``.

        Args:
            by: all, thirds (of each annotator's checks), day, week or month.
            source: gold (items put into queues to check people) or settled (what an expert decided); gold where there
                is any, else settled. Settled items are the disputed ones, so more of them are missed.
            queue_id: Only gold items of this queue.

        Returns:
            Columns annotator, dimension, period, n, missed, share, low, high (Wilson), given_instead and source.
        """
        from workbench.agree import checks_of_settled, gold_misses

        checks = self.gold_checks(queue_id)
        chosen = source or ("gold" if len(checks) or queue_id is not None else "settled")
        if chosen == "settled":
            decided = self.adjudications()
            decided = decided[decided["stands"] & (decided["how"] == "decide")]
            checks = checks_of_settled(self._labels_in_force(), decided)
        return gold_misses(checks, by=by).assign(source=chosen)

    def agreement_by_version(
        self, dimension: str, *, sample_id: str | None = None, leave_out: Collection[str] = (), seed: int = 0
    ) -> ByVersion:
        """Compare agreement under the versions of the rubric; see ``workbench.agree.agreement_by_version``.

        Args:
            dimension: The dimension; ``code`` or ``code: NAME`` for codes.
            sample_id: Only labels of this sample's traces.
            leave_out: Values that mean no answer, such as defer.
            seed: Seed of the draws.

        Raises:
            BadRequest: No label has the dimension.
        """
        from workbench.agree import agreement_by_version

        rubrics = {version: self.rubric(version).by_name for version in range(self.rubric().version + 1)}
        labels = self._measured(sample_id, newest=False)
        return agreement_by_version(labels, dimension, rubrics=rubrics, leave_out=leave_out, seed=seed)

    def consensus(
        self, dimension: str = "outcome", *, sample_id: str | None = None, queue: str | None = None, seed: int = 0
    ) -> ProbableLabels:
        """Estimate the true labels from three annotators up (Dawid & Skene); see ``workbench.agree.consensus``.

        It settles nothing: that is what ``adjudicate`` is for.

        Args:
            dimension: The dimension; ``code: NAME`` for whether a trace has a code.
            sample_id: Only labels of this sample's traces.
            queue: Only labels given in this queue.
            seed: Seed of the starts.

        Raises:
            BadRequest: All codes together were asked for.
            UnknownName: There is no such dimension.
        """
        from workbench.agree import Only, consensus

        only = Only(queue=queue)
        labels = self._measured(sample_id, newest=only.everything)
        return consensus(labels, dimension, rubric=self.rubric().by_name, only=only, seed=seed)

    def _measured(self, sample_id: str | None = None, *, newest: bool = True) -> DataFrame:
        """Labels with codes as the codebook has them now, and the session of each trace."""
        labels = self._in_force(self.store.labels(newest=newest, sample_id=sample_id), self.codebook_history())
        sessions = self.store.traces(columns=["trace_id", "session_id"], where="session_id IS NOT NULL")
        return labels.merge(sessions, on="trace_id", how="left")


def read_labels(path: str | Path) -> DataFrame:
    """The labels of a long file (item, annotator, dimension, value), for the steps that need no workspace.

    Args:
        path: A .csv, .tsv, .jsonl, .json or .parquet file.
    """
    from workbench.long_form import read_long

    return read_long(Path(path), needed=("item", "annotator", "value"))


def agreement_over_time_file(path: str | Path, **options: Any) -> Course:
    """See whether annotators drift and tire, from a long file of labels with ``labelled_at``, without a workspace.

    Args:
        path: As for ``read_labels``.
        options: As for ``workbench.agree.agreement_over_time``.
    """
    from workbench.agree import agreement_over_time

    return agreement_over_time(read_labels(path), **options)


def agreement_by_version_file(path: str | Path, dimension: str, **options: Any) -> ByVersion:
    """Compare agreement under versions of a rubric, from a long file with ``rubric_version``, without a workspace.

    Args:
        path: As for ``read_labels``.
        dimension: The dimension.
        options: As for ``workbench.agree.agreement_by_version``.
    """
    from workbench.agree import agreement_by_version

    return agreement_by_version(read_labels(path), dimension, **options)


def consensus_file(path: str | Path, dimension: str = "outcome", **options: Any) -> ProbableLabels:
    """Estimate the true labels from a long file of labels, without a workspace.

    Args:
        path: As for ``read_labels``.
        dimension: The dimension.
        options: As for ``workbench.agree.consensus``.
    """
    from workbench.agree import consensus

    return consensus(read_labels(path), dimension, **options)
