"""The verbs that get a judge the labels it lacks: how many traces that takes, and the sample to hand out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import TooLittleData
from workbench.workspace.judge_reads import JudgeReads

if TYPE_CHECKING:
    from workbench.judge.wanted import Wanted
    from workbench.sample import SampleReport

FOR_JUDGE = "labels that a judge's verdict lacks"
_SIGNS = "status = 'error' OR feedback < 0 OR len(signals) > 0"


class JudgeDraws(JudgeReads):
    """What a judge's verdict lacks."""

    def judge_wanted(
        self, annotator: str, *, dimension: str = "outcome", sample_id: str | None = None
    ) -> Wanted | None:
        """How many traces people have to label until the verdict on a judge can be told; None where it can.

        Args:
            annotator: The judge, as its labels name it.
            dimension: The dimension both have labelled.
            sample_id: Only labels of this sample's traces count so far.

        Raises:
            BadRequest: The judge and people have no trace in common.
        """
        from workbench.judge.wanted import wanted

        found = self.judge(annotator, dimension=dimension, sample_id=sample_id)
        human, judged = self._people_and_judge(annotator, dimension, sample_id)
        rows = self._compared(human, judged).rows
        failed = dict(zip(human["trace_id"], human["value"].str.casefold() != found.positive, strict=True))
        failed |= dict(zip(rows["item"], rows["human"] != found.positive, strict=True))
        signalled = self.traces(columns=["trace_id"], where=_SIGNS)["trace_id"]
        traces = self.traces(columns=["trace_id"], order_by="trace_id")["trace_id"].tolist()
        return wanted(found.n_more, failed, set(signalled), traces)

    def draw_for_judge(
        self,
        annotator: str,
        *,
        dimension: str = "outcome",
        sample_id: str | None = None,
        seed: int = 0,
        name: str | None = None,
    ) -> SampleReport:
        """Draw the traces that the verdict on a judge lacks, to be handed to people.

        They are no random sample of the traffic and carry no weight; they are not chosen by what the judge said.

        Args:
            annotator: The judge, as its labels name it.
            dimension: The dimension both have labelled.
            sample_id: As for ``judge_wanted``.
            seed: The same seed over the same labels gives the same sample.
            name: What to call it.

        Raises:
            TooLittleData: The verdict is told already, or no trace is left to label.
        """
        need = self.judge_wanted(annotator, dimension=dimension, sample_id=sample_id)
        if need is None:
            raise TooLittleData("the verdict on this judge lacks no labels; there is nothing to draw for it.")
        if not need.candidates:
            raise TooLittleData("people have labelled every trace there is; bring more traces in.")
        called = name or f"{need.n} traces for the verdict on {annotator}"
        return self.sample(need.n, trace_ids=need.candidates, seed=seed, name=called, reason=FOR_JUDGE)
