"""What a reader yields: traces, spans and rejected rows, one at a time, still raw; and what a reader is.

A reader turns one file into these records and nothing else: it does not redact, hash, deduplicate or write.
``row`` counts the source's own rows from 0 (non-empty lines, array elements, CSV records, spans), because the
promise to the user is made in that unit: rows in = new + duplicate + rejected. One source row is one record.
A ``Rejected`` names the place and the expected type, never the text that was there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class TraceRow:
    """One whole trace. ``trace`` holds columns of the traces table, nested values as Python lists and dicts.

    Two keys are not columns: ``system_prompt`` (text) and ``tools`` (list of tool definitions). Whoever stores the
    trace takes them out and keeps the hashes of their redacted forms, ``prompt_hash`` and ``tools_hash``.
    ``user_id`` is still the raw id, and ``trace_id`` is None where the source has none.
    """

    row: int
    trace: dict[str, Any]
    spans: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class SpanRow:
    """One span of a trace whose other spans may lie anywhere. ``span`` holds columns of the spans table.

    ``detail`` is a dict with the pieces that ``spans.assemble`` builds the trace from. It holds the raw
    ``user_id`` and text, so it has to be redacted like everything else before it waits on disk.
    """

    row: int
    span: dict[str, Any]
    labels: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that could not be read: where it stood and why, without its text."""

    row: int
    reason: str


Record = TraceRow | SpanRow | Rejected

MEGABYTE = 1024 * 1024


def _unheard(_notice: str) -> None:
    """Take a notice that nobody asked for."""


@dataclass(frozen=True)
class ColumnMapping:
    """What the user's mapping file says: ``columns`` from their names to ours, constants, the path of the messages."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    messages: str | None = None


@dataclass(frozen=True)
class ReadOptions:
    """How to read: the user's mapping, the longest row taken in, and who is told what the reader had to assume."""

    mapping: ColumnMapping | None = None
    max_row_bytes: int = 32 * MEGABYTE
    notice: Callable[[str], None] = _unheard


@dataclass(frozen=True)
class Head:
    """The beginning of a file, as the readers' ``sniff`` sees it.

    ``layout`` is lines (one JSON value a line), array (one JSON array), object (one JSON object), values (JSON objects
    one after another over several lines), delimited or parquet. ``rows`` are the first few rows; for an object,
    ``top`` is that object with its long lists cut to their first elements. ``columns`` is filled for tables.
    """

    layout: str
    rows: list[Any] = field(default_factory=list)
    top: dict[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The rows that are JSON objects or table records."""
        return [row for row in self.rows if isinstance(row, dict)]


@dataclass(frozen=True)
class Format:
    """One reader: its name, one line on what it reads, how sure it is of a file (0 to 1), and the reading itself."""

    name: str
    meaning: str
    sniff: Callable[[Head], float]
    read: Callable[[Path, ReadOptions], Iterator[Record]]
