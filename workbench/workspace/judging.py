"""The verbs of judges: define one in versions, say what a run would cost, run it.

What leaves this machine is the redacted text of traces, to the address that the judge's description names, and nowhere
else. The key comes from the environment when a run starts and stays in memory.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, EndpointFailed, UnknownName, WorkbenchError
from workbench.workspace.judge_prompts import JudgePrompts
from workbench.workspace.judge_tasks import Tasks

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.judge.cost import Estimate
    from workbench.judge.providers import Kinship
    from workbench.judge.spec import JudgeSpec
    from workbench.judge.versions import JudgeVersion, RunReport

Progress = Callable[[str, int, int | None], None]


class JudgingVerbs(JudgePrompts):
    """Judges."""

    def define_judge(
        self, name: str, spec: Mapping[str, Any] | str | Path, *, author: str, reason: str = ""
    ) -> JudgeVersion:
        """Define a judge, or its next version where something changed; see ``workbench.judge.spec.JudgeSpec``.

        The prompt is redacted before it is stored, and sent as it is stored. Examples are kept by their ids: where
        their texts or labels change, or the rubric a prompt shows, the judge is to be defined again before it runs.

        Args:
            name: What its labels bear as annotator.
            spec: Its fields, or the path of a TOML file with them.
            author: Who defines it.
            reason: Why; what changed.

        Raises:
            BadSettings: A field is missing or cannot be.
            BadRequest: People label under that name, the dimension or its values do not exist, an example is not a
                labelled trace of the train part, or the prompt quotes a trace that the judge is tested on.
        """
        from workbench.judge.spec import read_spec
        from workbench.judge.versions import JudgeVersion

        name, author = self.reader(name), self.reader(author)
        labels = self.store.labels(annotator=name)
        if (labels["annotator_kind"].fillna("human") == "human").any():
            raise BadRequest("people label under that name. Give the judge another one")
        checked, notices = self._safe_spec(self._of_dimension(read_spec(spec)))
        template = self._template(checked)
        self._check_leaks(checked)
        version, new = self.store.add_judge_version(
            name,
            author=author,
            reason=self._safe_note(reason) if reason.strip() else "",
            spec=checked.model_dump(mode="json"),
            prompt_hash=template.prompt_hash,
        )
        row = next(each for each in self.store.judge_versions(name) if each["version"] == version)
        return JudgeVersion.from_row(row, new=new, notices=notices)

    def judges(self) -> DataFrame:
        """The judges that were defined, each in its newest version.

        Returns:
            Columns judge, version, dimension, model, family (who makes it; empty where not known), host, prompt_hash,
            created_at, author, reason, and of this prompt: answered, unparsable, failed, cost_usd (what is known), and
            looks (at the test part, of any version).
        """
        import pandas as pd

        versions = [self.judge_version(row["judge"], row["version"]) for row in self.store.judge_versions()]
        newest = {each.judge: each for each in versions}
        looks = self.store.judge_looks()
        rows = [
            {**_row(each), **self._counts(each), "looks": int((looks["judge"] == each.judge).sum())}
            for each in newest.values()
        ]
        return pd.DataFrame(rows, columns=[*_COLUMNS, *_COUNTS, "looks"])

    def judge_history(self, name: str) -> list[JudgeVersion]:
        """The versions of a judge, oldest first.

        Raises:
            UnknownName: There is no such judge.
        """
        from workbench.judge.versions import JudgeVersion

        rows = self.store.judge_versions(name)
        if not rows:
            raise UnknownName("judge", name, sorted({row["judge"] for row in self.store.judge_versions()}))
        return [JudgeVersion.from_row(row) for row in rows]

    def judge_version(self, name: str, version: int | None = None) -> JudgeVersion:
        """A judge in its newest version, or in another.

        Raises:
            UnknownName: There is no such judge, or no such version of it.
        """
        history = self.judge_history(name)
        if version is None:
            return history[-1]
        if not 1 <= version <= len(history):
            raise UnknownName(f"version of the judge {name!r}", str(version), [f"1 to {len(history)}"])
        return history[version - 1]

    def estimate_judge(
        self,
        name: str,
        *,
        version: int | None = None,
        sample_id: str | None = None,
        where: str | None = None,
        trace_ids: Sequence[str] | None = None,
        part: str | None = None,
        replicates: int = 1,
        allow_same_provider: bool = False,
    ) -> Estimate:
        """Say what a run would ask and cost, without asking anything; the arguments are those of ``run_judge``."""
        from workbench.judge import cost

        chosen = self._chosen(sample_id, where, trace_ids, part, self.judge_version(name, version).spec.dimension)
        tasks = self._tasks(name, version, chosen, replicates)
        spec, calls, size, elsewhere = tasks.version.spec, 0, 0, 0
        for task in tasks:
            if (task.trace_id, task.replicate) in tasks.taken:
                elsewhere += 1
            else:
                calls, size = calls + 1, size + len(task.body)
        guess = cost.guess(spec, calls, size, tasks.counted)
        found = self._kinship(spec, chosen)
        return cost.Estimate(
            judge=name, version=tasks.version.version, traces=len(chosen), calls=calls, cached=tasks.cached,
            elsewhere=elsewhere, tokens_in=guess.tokens_in, tokens_out=guess.tokens_out, cost=guess.cost,
            cost_most=guess.cost_most, how=guess.how, notices=found.warnings(spec.model),
            refusal=None if allow_same_provider else _same_family(found),
        )  # fmt: skip

    def run_judge(
        self,
        name: str,
        *,
        version: int | None = None,
        sample_id: str | None = None,
        where: str | None = None,
        trace_ids: Sequence[str] | None = None,
        part: str | None = None,
        replicates: int = 1,
        max_cost: float | None = None,
        allow_same_provider: bool = False,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> RunReport:
        """Ask a judge about traces; each answer is stored the moment it is there, and is asked for only once.

        What was answered already under the same prompt, and of the same text, is not asked again. Run again, it goes on
        where it was, whatever ended it.

        Args:
            name: The judge.
            version: One of its versions; the newest if not given.
            sample_id: Only this sample's traces.
            where: Only traces that meet a SQL condition.
            trace_ids: Only these traces.
            part: Only labelled traces of this part: train, dev or test.
            replicates: How often each trace is asked; the first answer becomes the label, all say how repeatable it is.
            max_cost: Stop before more than so many US dollars are spent.
            allow_same_provider: Judge answers of the judge's own family all the same; the report and the run keep that.
            seed: Of the give or take in waits.
            progress: Told how many requests are done.

        Raises:
            BadRequest: The traces cannot be told, the judge would mark its own family's work, or a limit is set and the
                price is not known.
            BadSettings: The variable that should hold the key is empty.
            EndpointFailed: The service refuses, or fails again and again; what it answered before that is kept.
        """
        from workbench.judge import cost
        from workbench.judge.run import LIMIT, limit_reached, run
        from workbench.judge.versions import RunReport
        from workbench.service.endpoint import Pace

        chosen = self._chosen(sample_id, where, trace_ids, part, self.judge_version(name, version).spec.dimension)
        tasks = self._tasks(name, version, chosen, replicates, run_id=uuid.uuid4().hex)
        spec, number = tasks.version.spec, tasks.version.version
        found = self._kinship(spec, chosen)
        refusal = _same_family(found)
        if refusal and not allow_same_provider:
            raise BadRequest(refusal)
        if max_cost is not None and not spec.priced:
            raise BadRequest("a limit of cost needs prices. Give price_in and price_out in the judge's description")
        watch = (lambda done: progress(f"asking {name}", done, tasks.open)) if progress else None
        notices = found.warnings(spec.model)
        plan: dict[str, Any] = {"traces": len(chosen), "replicates": replicates, "max_cost": max_cost, "part": part}
        plan |= {"sample_id": sample_id, "where": self._safe_note(where) if where else None, "notices": notices}
        pace = Pace(**self.settings.judging.model_dump(), seed=seed)
        self._safe_note(name)  # loads what redacts critiques before anything is asked
        with self.store.judging(name, number, run_id=tasks.run_id, plan=plan) as outcome:
            tally, error = run(spec, tasks, pace=pace, max_cost=max_cost, watch=watch)
            left = tasks.open - tally.answered - tally.elsewhere
            relabelled = tasks.say_again()
            outcome |= {"answered": tally.answered, "left": left, "cost_usd": tally.cost_usd, "stopped": tally.stopped}
        if error is not None and not isinstance(error, EndpointFailed):
            raise error
        if error is not None:
            raise EndpointFailed(_ended(error, tally.answered, tasks.cached, left)) from None
        if tally.stopped == LIMIT and max_cost is not None:
            notices += (f"Stopped because {limit_reached(max_cost)}.",)
        if tally.unsure:
            notices += (cost.unsure(tally.unsure),)
        return RunReport(
            name, number, tasks.run_id, len(chosen), tasks.cached, relabelled, left, tally, notices
        )  # fmt: skip

    def _tasks(self, name: str, version: int | None, chosen: Sequence[str], replicates: int, run_id: str = "") -> Tasks:
        if not 1 <= replicates <= 100:
            raise BadRequest("replicates say how often each trace is asked. Give a number from 1 to 100")
        asked = self.judge_version(name, version)
        template = self._template(asked.spec)
        if template.prompt_hash != asked.prompt_hash:
            raise BadRequest(
                f"the rubric or the examples that {name} version {asked.version} shows have changed since it was"
                " defined. Define it again: the same description makes the next version"
            )
        return Tasks(self, asked, template, chosen, replicates, run_id)

    def _kinship(self, spec: JudgeSpec, chosen: Sequence[str]) -> Kinship:
        from workbench.judge.providers import family, kinship

        traces = self._of_traces(["trace_id", "model", "provider"], chosen).fillna({"model": "", "provider": ""})
        counts = traces.groupby(["model", "provider"]).size()
        answered = [(str(model) or None, str(provider) or None, int(n)) for (model, provider), n in counts.items()]
        return kinship(family(spec.model, spec.provider), answered)

    def _counts(self, version: JudgeVersion) -> dict[str, Any]:
        found = self.store.judgements(version.judge, prompt_hash=version.prompt_hash)
        answered = found["state"] == "answered"
        return {
            "answered": int(answered.sum()),
            "unparsable": int((answered & (found["value"] == "unparsable")).sum()),
            "failed": int((found["state"] == "failed").sum()),
            "cost_usd": float(found["cost_usd"].sum()),
        }


_COLUMNS = (
    "judge", "version", "dimension", "model", "family", "host", "prompt_hash", "created_at", "author", "reason"
)  # fmt: skip
_COUNTS = ("answered", "unparsable", "failed", "cost_usd")


def _row(version: JudgeVersion) -> dict[str, Any]:
    from workbench.judge.providers import family

    spec = version.spec
    told = {"dimension": spec.dimension, "model": spec.model, "host": spec.host}
    told["family"] = family(spec.model, spec.provider) or ""
    return {name: told[name] if name in told else getattr(version, name) for name in _COLUMNS}


def _same_family(found: Kinship) -> str | None:
    if not found.own:
        return None
    return (
        f"{found.own:,} of {found.n:,} traces were answered by a model of the judge's own family ({found.judge}). Leave"
        " them out, take another judge, or allow it (--allow-same-provider), which is kept with the run"
    )


def _ended(error: WorkbenchError, answered: int, cached: int, left: int) -> str:
    before = f", {cached:,} were there before" if cached else ""
    return (
        f"{str(error).rstrip('.')}. {answered:,} answers of this run are kept{before}; {left:,} are left: run it again"
    )
