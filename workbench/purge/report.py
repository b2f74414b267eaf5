"""What a purge did, what it kept and why, and what was looked through afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Left:
    """Something of a purged trace that was still found.

    Attributes:
        place: The file, or the table and column.
        ids: How many of the ids are in it.
        texts: How many pieces of their texts.
    """

    place: str
    ids: int
    texts: int


@dataclass(frozen=True)
class Proof:
    """What was looked for, where, and what was found.

    Attributes:
        ids: Ids that were looked for: of traces, and of what only they had (spans, sessions, hashes of texts).
        pieces: Pieces of text that were looked for.
        without_text: Traces that no piece tells: they said nothing that kept traces do not say too, or their texts
            were gone already when a broken-off purge went on.
        looked_through: Files and tables, by kind.
        bytes: How much was looked through.
        not_searched: What cannot be looked into, and why.
        left: What was still found; empty is the proof.
    """

    ids: int
    pieces: int
    without_text: int
    looked_through: Mapping[str, int]
    bytes: int
    not_searched: tuple[str, ...]
    left: tuple[Left, ...] = ()


@dataclass(frozen=True)
class PurgeReport:
    """A purge.

    Attributes:
        purge_id: Its id; None where nothing was to be purged, or nothing was done.
        traces: Traces that went, or would go.
        dry_run: Whether nothing was done.
        resumed: Whether this finished a purge that had broken off.
        counts: What went or was changed, by place.
        kept: What was kept, by what it is, and how many.
        kept_cases: Ids of the open golden cases that were made of purged traces, for a person to retire.
        finished: Whether it is through: the bytes have left the database's files, and the proof found nothing.
        notices: What a person has to know or do.
        proof: None where nothing was done.
    """

    purge_id: str | None
    traces: int
    dry_run: bool = False
    resumed: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    kept_cases: tuple[str, ...] = ()
    finished: bool = True
    notices: tuple[str, ...] = ()
    proof: Proof | None = None

    @property
    def left(self) -> tuple[Left, ...]:
        """What of the traces was still found."""
        return self.proof.left if self.proof is not None else ()

    @property
    def line(self) -> str:
        """The report in a sentence."""
        if not self.traces and self.purge_id is None:
            return "No trace is in what was chosen: nothing was purged."
        told = f"{self.traces:,} trace{'' if self.traces == 1 else 's'}"
        if self.dry_run:
            return f"{told} would be purged; nothing was done."
        if not self.finished:
            return f"{told} can no longer be read, but the purge is not through."
        return f"{told} purged, and nothing of them was found in the workspace afterwards."
