"""What a round did, as one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOTHING_NEW = "nothing_new"


@dataclass(frozen=True, repr=False)
class RefreshReport:
    """What a round did.

    Attributes:
        status: done or nothing_new.
        period: week, sprint or quarter.
        round_id: The round; where there is nothing new, the last one.
        resumed: Whether it went on with a round that had broken off.
        report: The page it wrote; where there is nothing new, that of the last round.
        steps: What each step found, as plain values.
        changes: What changed since the last round, in sentences.
        notices: What a reader should know.
    """

    status: str
    period: str
    round_id: str
    resumed: bool
    report: Path | None
    steps: Mapping[str, Any] = field(repr=False)
    changes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The round in one line, fit for a log."""
        if self.status == NOTHING_NEW:
            return f"{self.period}: nothing new since round {self.round_id}"
        step = self.steps
        parts = [
            f"{step['ingest']['new']:,} new traces", f"drift {_word(step['drift'])}", f"mirror {_word(step['mirror'])}",
            f"{len(step['draft']['case_ids']):,} proposed", f"{len(step['retire']['cases']):,} to retire",
        ]  # fmt: skip
        resumed = " (went on where it had broken off)" if self.resumed else ""
        return f"{self.period}: {', '.join(parts)}; round {self.round_id}{resumed}; report {self.report}"

    def __repr__(self) -> str:
        return "\n  ".join([f"RefreshReport({self.line})", *self.changes])


def _word(step: Mapping[str, Any]) -> str:
    return f"{step['verdict']} ({step['reason']})" if step.get("reason") else str(step["verdict"])
