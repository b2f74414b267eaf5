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
        self,
        annotator: str,
        *,
        dimension: str | None = None,
        sample_id: str | None = None,
        part: str | None = None,
        looked_by: str = "",
    ) -> Wanted | None:
        """How many traces people have to label until the verdict on a judge can be told; None where it can.

        A label falls into the dev or the test part by itself, so for the verdict on one of them it takes more.

        Args:
            annotator: The judge.
            dimension: The dimension both have labelled; its own, or outcome, if not given.
            sample_id: Only labels of this sample's traces count so far.
            part: The part on which the verdict shall be told.
            looked_by: Who looks at the test part.

        Raises:
            BadRequest: The judge and people have no trace in common.
        """
        from workbench.judge.split import PARTS, SHARES
        from workbench.judge.wanted import wanted

        found = self.judge(annotator, dimension=dimension, sample_id=sample_id, part=part, looked_by=looked_by)
        human, _, both, _ = self._side_by_side(annotator, dimension, sample_id, None)
        failed = dict(zip(human["trace_id"], human["value"].str.casefold() != both.positive, strict=True))
        failed |= dict(zip(both.rows["item"], both.rows["human"] != both.positive, strict=True))
        signalled = self.traces(columns=["trace_id"], where=_SIGNS)["trace_id"]
        traces = self.traces(columns=["trace_id"], order_by="trace_id")["trace_id"].tolist()
        share = dict(zip(PARTS, SHARES, strict=True))[part] if part else 1.0
        return wanted(found.n_more, failed, set(signalled), traces, counts=share)

    def draw_for_judge(
        self,
        annotator: str,
        *,
        dimension: str | None = None,
        sample_id: str | None = None,
        part: str | None = None,
        looked_by: str = "",
        seed: int = 0,
        name: str | None = None,
    ) -> SampleReport:
        """Draw the traces that the verdict on a judge lacks, to be handed to people.

        They are no random sample of the traffic and carry no weight; they are not chosen by what the judge said.

        Args:
            annotator: The judge.
            dimension: As for ``judge_wanted``.
            sample_id: As for ``judge_wanted``.
            part: As for ``judge_wanted``.
            looked_by: As for ``judge_wanted``.
            seed: The same seed over the same labels gives the same sample.
            name: What to call it.

        Raises:
            TooLittleData: The verdict is told already, or no trace is left to label.
        """
        need = self.judge_wanted(annotator, dimension=dimension, sample_id=sample_id, part=part, looked_by=looked_by)
        if need is None:
            raise TooLittleData("the verdict on this judge lacks no labels; there is nothing to draw for it.")
        if not need.candidates:
            raise TooLittleData("people have labelled every trace there is; bring more traces in.")
        called = name or f"{need.n} traces for the verdict on {annotator}"
        return self.sample(need.n, trace_ids=need.candidates, seed=seed, name=called, reason=FOR_JUDGE)
