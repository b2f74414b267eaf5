"""A judge's versions, and what a run of one did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.judge.cost import dollars
from workbench.judge.run import Tally
from workbench.judge.spec import JudgeSpec


@dataclass(frozen=True)
class JudgeVersion:
    """One version of a judge.

    Attributes:
        judge: Its name, which its labels bear.
        version: From 1 on.
        created_at: When it was defined.
        author: By whom.
        reason: Why.
        spec: What it is, as it is stored.
        prompt_hash: A hash of everything that an answer hangs on, but the trace.
        new: Whether it was made by the call that returned it.
        notices: What was changed on the way in, in sentences.
    """

    judge: str
    version: int
    created_at: datetime
    author: str
    reason: str
    spec: JudgeSpec
    prompt_hash: str
    new: bool = False
    notices: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Mapping[str, Any], *, new: bool = False, notices: tuple[str, ...] = ()) -> JudgeVersion:
        """Read a stored row."""
        kept = {name: row[name] for name in ("judge", "version", "created_at", "author", "reason", "prompt_hash")}
        return cls(**kept, spec=JudgeSpec.model_validate(row["spec"]), new=new, notices=notices)

    def __repr__(self) -> str:
        return f"JudgeVersion({self.judge} {self.version}: {self.spec.model} on {self.spec.dimension})"


@dataclass(frozen=True, repr=False)
class RunReport:
    """What a run did.

    Attributes:
        judge: The judge.
        version: Its version.
        run_id: The run.
        traces: Traces that were chosen.
        cached: Answers that were there before.
        relabelled: Of those, labels said again because a later version had said something else.
        left: Requests that are still to make; run it again for those.
        tally: What came of the others.
        notices: What to be careful about, in sentences.
    """

    judge: str
    version: int
    run_id: str
    traces: int
    cached: int
    relabelled: int
    left: int
    tally: Tally
    notices: tuple[str, ...] = field(default=())

    @property
    def finished(self) -> bool:
        """Whether nothing is left to ask."""
        return self.left == 0

    def __repr__(self) -> str:
        told = self.tally
        lines = [
            f"{self.judge} version {self.version}: {told.answered:,} answered now, {self.cached:,} before,"
            f" {self.left:,} left; {dollars(told.cost_usd)}"
        ]
        if told.unpriced:
            lines[0] += f" and {told.unpriced:,} answers of unknown cost"
        if told.unparsable:
            lines.append(f"  {told.unparsable:,} answers cannot be read")
        if told.failed:
            whys = ", ".join(f"{why} {n:,}" for why, n in told.problems.items())
            lines.append(f"  {told.failed:,} requests failed ({whys})")
        if told.unsure:
            lines.append(f"  {told.unsure:,} attempts got no answer that arrived; the service may have billed them")
        if told.stopped:
            lines.append(f"  stopped: {told.stopped}")
        return "\n".join(lines)
