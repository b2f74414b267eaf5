"""The requests of one run: what is left to ask, claimed and kept in the workspace's store."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from workbench.store.judges import ANSWERED, ASKED, Asked

if TYPE_CHECKING:
    from workbench.judge.answers import Answer
    from workbench.judge.cost import Counted
    from workbench.judge.prompt import Template
    from workbench.judge.run import Paid, Task
    from workbench.judge.versions import JudgeVersion
    from workbench.workspace.judge_parts import JudgeParts

AT_ONCE = 200  # traces whose texts are held at a time


class Tasks:
    """What one version of a judge is still to be asked; a ``workbench.judge.run.Ledger``.

    Attributes:
        version: The version.
        taken: Trace and replicate of what another run is waiting for.
        counted: What the service has counted for this prompt so far.
    """

    def __init__(
        self,
        ws: JudgeParts,
        version: JudgeVersion,
        template: Template,
        chosen: Sequence[str],
        replicates: int,
        run_id: str,
    ) -> None:
        from workbench.judge.cost import Counted

        self._ws, self.version, self._template, self._chosen = ws, version, template, chosen
        self._replicates, self.run_id = replicates, run_id
        known = ws.store.judgements(version.judge, prompt_hash=version.prompt_hash)
        self._answered: dict[tuple[str, int], dict[str, Any]] = {}
        self.taken: set[tuple[str, int]] = set()
        now = datetime.now(UTC)
        for row in known.to_dict("records"):
            place = (row["trace_id"], int(row["replicate"]))
            if row["state"] == ANSWERED:
                self._answered[place] = row
            elif row["state"] == ASKED and row["expires_at"] > now:
                self.taken.add(place)
        priced = known[known["tokens_in"].notna() & known["tokens_out"].notna()]
        self.counted: Counted = Counted(len(priced), int(priced["tokens_in"].sum()), int(priced["tokens_out"].sum()))
        self._wanted = {(trace_id, replicate) for trace_id in chosen for replicate in range(replicates)}
        self._changed = 0
        self._cached_labels: list[dict[str, Any]] = []
        self._walk = iter(self)

    @property
    def open(self) -> int:
        """How many requests there were to make; traces whose text has changed count once they are come across."""
        return len(self._wanted) - self.cached

    @property
    def cached(self) -> int:
        """How many answers there were."""
        return len(self._wanted & self._answered.keys()) - self._changed

    def __iter__(self) -> Iterator[Task]:
        """Every request that has no answer yet, replicate by replicate."""
        for replicate in range(self._replicates):
            for start in range(0, len(self._chosen), AT_ONCE):
                yield from self._some(self._chosen[start : start + AT_ONCE], replicate)

    def _some(self, trace_ids: Sequence[str], replicate: int) -> Iterator[Task]:
        from workbench.judge.prompt import texts_of
        from workbench.judge.run import Task

        texts = self._ws._texts_of(trace_ids)
        for trace_id in trace_ids:
            if trace_id not in texts:  # gone since it was chosen
                continue
            trace = texts_of(texts[trace_id])
            body, again = (self._template.body(trace, again=each) for each in (False, True))
            text_hash = sha256(body).hexdigest()[:16]
            known = self._answered.get((trace_id, replicate))
            if known is not None and known["text_hash"] == text_hash:
                if replicate == 0:
                    self._cached_labels.append(self._label(trace_id, known["value"], known["critique"]))
                continue
            self._changed += known is not None
            keys = [self._key(trace_id, replicate, each) for each in (body, again)]
            yield Task(trace_id, replicate, text_hash, body, keys[0], again, keys[1])

    def _key(self, trace_id: str, replicate: int, body: bytes) -> str:
        """What is the same for every attempt of a request, in this run and any other, and for no other request."""
        told = "\x00".join([*self._asked(trace_id, replicate)[:3], str(replicate), sha256(body).hexdigest()])
        return hmac.new(self._ws.store.secret, told.encode(), sha256).hexdigest()

    def _asked(self, trace_id: str, replicate: int) -> Asked:
        return Asked(self.version.judge, self.version.prompt_hash, trace_id, replicate)

    def _label(self, trace_id: str, value: str, critique: Any) -> dict[str, Any]:
        version = self.version
        saw = {"judge": version.judge, "version": version.version, "prompt_hash": version.prompt_hash}
        saw["model"] = version.spec.model
        return {
            "trace_id": trace_id, "dimension": version.spec.dimension, "value": value,
            "note": critique if isinstance(critique, str) and critique else None, "annotator": version.judge,
            "annotator_kind": "judge", "round": "blind", "saw": saw,
            "rubric_version": None if version.spec.dimension == "outcome" else self._ws.rubric().version or None,
        }  # fmt: skip

    def next(self) -> Task | None:
        """Another request to make; None where none is left."""
        return next(self._walk, None)

    def claim(self, task: Task, seconds: float) -> bool:
        """Reserve a request for this run; False where another run has it, or its answer."""
        return self._ws.store.claim_judgement(
            self._asked(task.trace_id, task.replicate),
            version=self.version.version,
            text_hash=task.text_hash,
            run_id=self.run_id,
            seconds=seconds,
        )

    def renew(self, seconds: float) -> None:
        """Reserve all that this run has reserved for so long from now."""
        self._ws.store.renew_judgements(self.run_id, seconds=seconds)

    def keep(self, task: Task, answer: Answer, paid: Paid) -> bool:
        """Keep an answer, redacted, and of the first replicate the label it becomes."""
        critique = self._safe(answer.critique)
        told = {
            "version": self.version.version, "run_id": self.run_id, "value": answer.value, "critique": critique,
            "problem": answer.problem, "tokens_in": paid.tokens_in, "tokens_out": paid.tokens_out,
            "cost_usd": paid.cost_usd, "latency_ms": paid.latency_ms,
        }  # fmt: skip
        label = self._label(task.trace_id, answer.value, critique) if task.replicate == 0 else None
        asked = self._asked(task.trace_id, task.replicate)
        return self._ws.store.keep_judgement(asked, text_hash=task.text_hash, answer=told, label=label)

    def drop(self, task: Task, problem: str) -> None:
        """Give a request up; the next run asks it again."""
        asked = self._asked(task.trace_id, task.replicate)
        self._ws.store.drop_judgement(asked, run_id=self.run_id, problem=problem)

    def say_again(self) -> int:
        """Say again what was answered under this prompt where the judge's label is now another prompt's."""
        if not self._cached_labels:
            return 0
        labels = self._ws.store.labels(newest=False, annotator=self.version.judge)
        labels = labels[labels["dimension"] == self.version.spec.dimension].drop_duplicates("trace_id", keep="last")
        mine = f'"prompt_hash":"{self.version.prompt_hash}"'
        saw = labels["saw"].fillna("").str.replace(" ", "").str.contains(mine, regex=False)
        standing = set(labels.loc[saw, "trace_id"])
        again = [row for row in self._cached_labels if row["trace_id"] not in standing]
        return self._ws.store.add_labels(again, skip_same=False) if again else 0

    def _safe(self, critique: str) -> str | None:
        if not critique:
            return None
        key = os.environ.get(self.version.spec.key_env or "", "").strip()
        if key:
            critique = critique.replace(key, "<KEY>")  # a service may answer with what it was sent
        return self._ws._safe_note(critique)
