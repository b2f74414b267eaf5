"""What a reader yields: traces, spans and rejected rows, one at a time, still raw.

A reader turns one file into these records and nothing else: it does not redact, hash, deduplicate or write.
``row`` counts the source's own rows from 0 (non-empty lines, array elements, CSV records, spans), because the
promise to the user is made in that unit: rows in = new + duplicate + rejected.
A ``Rejected`` names the place and the expected type, never the text that was there.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class TraceRow:
    """One whole trace. ``trace`` holds columns of the traces table, nested values as Python lists and dicts."""

    row: int
    trace: dict[str, Any]
    spans: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class SpanRow:
    """One span of a trace whose other spans may lie anywhere. ``span`` holds columns of the spans table."""

    row: int
    span: dict[str, Any]
    labels: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that could not be read: where it stood and why, without its text."""

    row: int
    reason: str


Record = TraceRow | SpanRow | Rejected
