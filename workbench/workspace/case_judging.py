"""A judge's verdicts on the answers of a run, where it was shown that this judge may gate and not otherwise.

The judge is asked with the prompt it was calibrated with: it sees what was asked and answered, and not what the case
expects, because nobody has measured how it judges with that before its eyes.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, NotReady
from workbench.workspace.judge_sides import TEST
from workbench.workspace.run_cases import RunCases

if TYPE_CHECKING:
    from workbench.judge import Calibration
    from workbench.judge.answers import Answer
    from workbench.judge.prompt import Template
    from workbench.judge.run import Paid, Task
    from workbench.judge.versions import JudgeVersion

_SCORER = re.compile(r"judge (.+) version (\d+)")
JUDGED = "open_ended"


@dataclass(frozen=True)
class GatingJudge:
    """A judge that may gate, in the version that may."""

    version: JudgeVersion
    calibration: Calibration = field(repr=False)
    notices: tuple[str, ...] = ()

    @property
    def scorer(self) -> str:
        """What its verdicts bear."""
        return f"judge {self.version.judge} version {self.version.version}"


def judge_of(scorer: Any) -> str | None:
    """The judge that a verdict is by; None for other scorers."""
    found = _SCORER.fullmatch(scorer) if isinstance(scorer, str) else None
    return found.group(1) if found else None


class CaseJudging(RunCases):
    """Judges of cases."""

    def _gating_judge(self, name: str, *, model: str | None, allow_same_provider: bool = False) -> GatingJudge:
        """A judge whose newest version was shown on the test part to be good enough.

        Raises:
            UnknownName: There is no such judge.
            BadRequest: It judges something else than the outcome, or its own family's work, or has answered nothing.
            NotReady: It may not gate.
        """
        from workbench.judge.providers import family

        asked = self.judge_version(name)
        if asked.spec.dimension != "outcome":
            raise BadRequest(
                f"the judge {name} judges {asked.spec.dimension}, which is not whether an answer passes. Take a judge"
                " of the outcome"
            )
        own, theirs = family(asked.spec.model, asked.spec.provider), family(model)
        kin = own is not None and own == theirs
        if kin and not allow_same_provider:
            raise BadRequest(
                f"the answers are by a model of the judge's own family ({own}). Take another judge, or allow it"
                " (--allow-same-provider)"
            )
        found = self.judge(name, part=TEST, version=asked.version, looked_by="gate")
        if not found.may_gate:
            raise NotReady(
                f"the judge {name} version {asked.version} may not gate: {found.verdict} on the test part. Calibrate it"
                f" (workbench judge calibrate {name} --part test), or have people give the verdicts"
            )
        told = f"The judge marks the work of its own family ({own})." if kin else ""
        if own is None or theirs is None:
            told = "It is not known who makes the model that answers, or the judge; they may be of one family."
        return GatingJudge(asked, found, (told,) if told else ())

    def _judge_run(self, run_id: str, cases: Sequence[Mapping[str, Any]], judge: GatingJudge) -> tuple[int, list[str]]:
        """Ask a judge about the open-ended cases of a run that have no verdict, or one by another judge or version.

        Returns:
            How many verdicts came, and what to say.
        """
        from workbench.judge.cost import dollars
        from workbench.judge.run import run
        from workbench.service.endpoint import Pace

        known = {case["case_id"]: case for case in cases if case["evaluation_type"] == JUDGED}
        rows = [row for row in self.store.run_results(run_id) if row["output"] is not None and row["case_id"] in known]
        of_judges = [row for row in rows if row["passed"] is None or judge_of(row["scorer"])]
        waiting = [row for row in of_judges if row["passed"] is None or row["scorer"] != judge.scorer]
        if not waiting:
            return 0, []
        self._tasks(judge.version.judge, judge.version.version, (), 1)  # refuses a prompt that has changed since
        tasks = _CaseTasks(self, run_id, judge, self._template(judge.version.spec), known, waiting)
        _, error = run(judge.version.spec, tasks, pace=Pace(**self.settings.judging.model_dump()))
        if error is not None:
            raise error
        told = [
            f"{tasks.judged:,} verdicts are by {judge.scorer}, with the errors its calibration shows.",
            *judge.notices,
        ]
        if tasks.cost:
            told.append(f"The judge cost {dollars(tasks.cost)}.")
        if tasks.judged < len(waiting):
            told.append(f"{len(waiting) - tasks.judged:,} answers got no verdict that can be read; run it again.")
        return tasks.judged, told


class _CaseTasks:
    """What a judge is still to be asked of a run; a ``workbench.judge.run.Ledger``."""

    def __init__(
        self,
        ws: CaseJudging,
        run_id: str,
        judge: GatingJudge,
        template: Template,
        cases: Mapping[str, Mapping[str, Any]],
        waiting: Sequence[Mapping[str, Any]],
    ) -> None:
        self._ws, self._run_id, self._judge, self._template, self._cases = ws, run_id, judge, template, cases
        self._walk = iter(waiting)
        self.judged, self.cost = 0, 0.0

    def next(self) -> Task | None:
        """Another request to make; None where none is left."""
        from workbench.judge.prompt import texts_of
        from workbench.judge.run import Task

        row = next(self._walk, None)
        if row is None:
            return None
        payload = self._cases[row["case_id"]]["input_payload"]
        said = {"role": "assistant", "content": row["output"]}
        asked = {"role": "user", "content": payload["query"]}
        texts = texts_of(
            {
                "input": payload["query"], "output": row["output"],
                "messages": [*(payload.get("history") or []), asked, said],
                "retrieved": payload.get("retrieved_context") or [],
            }
        )  # fmt: skip
        body, again = (self._template.body(texts, again=each) for each in (False, True))
        keys = [self._key(row["case_id"], each) for each in (body, again)]
        return Task(row["case_id"], 0, sha256(body).hexdigest()[:16], body, keys[0], again, keys[1])

    def _key(self, case_id: str, body: bytes) -> str:
        told = "\x00".join(["case", self._judge.version.judge, self._run_id, case_id, sha256(body).hexdigest()])
        return hmac.new(self._ws.store.secret, told.encode(), sha256).hexdigest()

    def claim(self, task: Task, seconds: float) -> bool:
        """Reserve a request; the whole run is reserved already."""
        return True

    def renew(self, seconds: float) -> None:
        """Nothing expires."""

    def keep(self, task: Task, answer: Answer, paid: Paid) -> bool:
        """Keep a verdict; one that cannot be read is none, and is asked for again another time."""
        self.cost += paid.cost_usd or 0.0
        passed = answer.value == self._judge.version.spec.passing if answer.readable else None
        passed = None if answer.value == "defer" else passed
        scorer = self._judge.scorer if passed is not None else None
        self._ws.store.score_results(
            self._run_id, [{"case_id": task.trace_id, "passed": passed, "score": None, "scorer": scorer}]
        )
        self.judged += passed is not None
        return True

    def drop(self, task: Task, problem: str) -> None:
        """Give a request up; another time asks it again."""
