"""From a reader's raw records to redacted rows in a batch, with every source row accounted for.

Raw text lives only in the chunk that is being worked on: a chunk is redacted as a whole, then written or put aside.
Memory is bounded by the chunk, or by the largest single trace.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import WorkbenchError
from workbench.formats.records import Record, Rejected, SpanRow, TraceRow
from workbench.ingest.parts import Run
from workbench.ingest.report import IngestReport
from workbench.ingest.waiting import Assemble, Number, put_aside, put_together
from workbench.ingest.whole import take_traces

CHUNK_ROWS = 256
CHUNK_CHARACTERS = 4_000_000


@dataclass(frozen=True)
class SourceFile:
    """One file to take in: the name shown to people, the format found, and its records."""

    name: str
    format: str
    records: Iterable[Record]


class Pipeline:
    """Feeds files through redaction into a batch and keeps the account."""

    def __init__(self, run: Run, *, assemble: Assemble, number: Number) -> None:
        self.run = run
        self._assemble = assemble
        self._number = number
        self._formats: list[str] = []

    def take(self, source: SourceFile) -> None:
        """Take one file in; a reader that has to give up ends that file with one rejected entry, not the ingest."""
        tally = self.run.tally
        file = len(self._formats)
        self._formats.append(source.format)
        rows, rejected = tally.rows, tally.rejected
        for chunk in _chunks(self._guarded(source)):
            for record in chunk:
                if isinstance(record, Rejected):
                    tally.reject(source.name, record.row, record.reason)
            if traces := [record for record in chunk if isinstance(record, TraceRow)]:
                take_traces(self.run, traces, source.format)
            if spans := [record for record in chunk if isinstance(record, SpanRow)]:
                put_aside(self.run, spans, file)
            self.run.progress(f"ingest {source.name}", tally.rows - rows, None)
        tally.files.append(
            {
                "file": source.name,
                "format": source.format,
                "rows": tally.rows - rows,
                "rejected": tally.rejected - rejected,
            }
        )

    def refuse(self, name: str, reason: str) -> None:
        """Account for a file that could not be read at all."""
        self.run.tally.reject(name, None, reason)
        self.run.tally.files.append({"file": name, "format": None, "rows": 0, "rejected": 1})

    def finish(self, policy: str) -> IngestReport:
        """Put the traces together whose spans were waiting, and close the account."""
        put_together(self.run, self._formats, assemble=self._assemble, number=self._number)
        return self.run.tally.report(batch=self.run.batch.batch, ner=self.run.redactor.engine, policy=policy)

    def _guarded(self, source: SourceFile) -> Iterator[Record]:
        try:
            yield from source.records
        except WorkbenchError as error:
            self.run.tally.reject(source.name, None, str(error))


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    size = 0
    for record in records:
        chunk.append(record)
        size += _characters(record)
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _characters(value: Any) -> int:
    """Roughly how many characters a record holds."""
    match value:
        case str():
            return len(value)
        case Mapping():
            return sum(_characters(item) for item in value.values())
        case list() | tuple():
            return sum(_characters(item) for item in value)
        case TraceRow():
            return _characters(value.trace) + _characters(value.spans)
        case SpanRow():
            return _characters(value.span)
    return 8
