"""From a reader's raw records to redacted rows in the store, with every source row accounted for.

Raw text lives only in the chunk that is being worked on: a chunk is redacted as a whole, then written. Spans whose
trace may go on elsewhere are redacted first and put aside redacted, with keyed placeholder tokens that are numbered
once the trace is complete. Memory is bounded by the chunk, or by the largest single trace.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

import orjson

from workbench.errors import WorkbenchError
from workbench.formats.records import Record, Rejected, SpanRow, TraceRow
from workbench.ingest import shape
from workbench.ingest.report import IngestReport, Tally
from workbench.signals import ASSISTANT_ROLES, USER_ROLES, find_signals, plain_text
from workbench.store.spill import Spill, WaitingSpan

Progress = Callable[[str, int, int | None], None]

CHUNK_ROWS = 256
CHUNK_CHARACTERS = 4_000_000


class Redacts(Protocol):
    """What ingest needs of a redactor."""

    engine: str

    def redact(self, values: Sequence[Any], *, tokens: bool = False) -> tuple[list[Any], Mapping[str, int]]:
        """Redact values, each its own placeholder scope."""

    def has_structured(self, texts: Sequence[str]) -> list[bool]:
        """Say in which texts a structured recogniser fires."""


class Batch(Protocol):
    """What ingest needs of a batch that is being written."""

    batch: str

    def add_traces(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows of the traces table."""

    def add_spans(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows of the spans table."""

    def add_labels(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows of the labels table."""

    def replace_traces(self, trace_ids: Sequence[str]) -> None:
        """Retire earlier rows of traces that are written anew."""


class Stored(Protocol):
    """What ingest asks of what is stored already."""

    def known_ids(self, trace_ids: Sequence[str]) -> set[str]:
        """Which of the ids exist."""

    def spans(self, trace_id: str) -> Any:
        """The stored spans of a trace, as a frame."""


@dataclass(frozen=True)
class SourceFile:
    """One file to take in: the name shown to people, the format found, and its records."""

    name: str
    format: str
    records: Iterable[Record]


class Pipeline:
    """One ingest: feeds records through redaction into a batch and keeps the account."""

    def __init__(
        self,
        *,
        redactor: Redacts,
        stored: Stored,
        batch: Batch,
        spill: Spill,
        secret: bytes,
        assemble: Callable[[list[dict[str, Any]]], dict[str, Any]],
        number: Callable[[Any], Any],
        progress: Progress | None = None,
    ) -> None:
        self.tally = Tally()
        self._redactor = redactor
        self._stored = stored
        self._batch = batch
        self._spill = spill
        self._secret = secret
        self._assemble = assemble
        self._number = number
        self._progress = progress or (lambda stage, done, total: None)
        self._pseudonyms: dict[str, str] = {}
        self._sources: list[str] = []
        self._formats: list[str] = []

    def take(self, source: SourceFile) -> None:
        """Take in one file; an error of the reader ends that file with one rejected entry, not the ingest."""
        file = len(self._sources)
        self._sources.append(source.name)
        self._formats.append(source.format)
        rows_before, rejected_before = self.tally.rows, self.tally.rejected
        for chunk in _chunks(self._guarded(source)):
            self._take_chunk(file, chunk)
            self._progress(f"ingest {source.name}", self.tally.rows - rows_before, None)
        self.tally.files.append(
            {
                "file": source.name,
                "format": source.format,
                "rows": self.tally.rows - rows_before,
                "rejected": self.tally.rejected - rejected_before,
            }
        )

    def refuse(self, name: str, reason: str) -> None:
        """Account for a file that could not be read at all."""
        self.tally.reject(name, None, reason)
        self.tally.files.append({"file": name, "format": None, "rows": 0, "rejected": 1})

    def finish(self) -> None:
        """Put the traces together whose spans were waiting."""
        total = self._spill.n_waiting_traces()
        for done, (trace_id, waiting) in enumerate(self._spill.waiting(), start=1):
            self._complete(trace_id, waiting)
            if done % 50 == 0 or done == total:
                self._progress("put traces together", done, total)

    def report(self, batch: str | None, policy: str) -> IngestReport:
        """Close the account."""
        return self.tally.report(batch=batch, ner=self._redactor.engine, policy=policy)

    def _guarded(self, source: SourceFile) -> Iterator[Record]:
        try:
            yield from source.records
        except WorkbenchError as error:
            self.tally.reject(source.name, None, str(error))

    def _take_chunk(self, file: int, chunk: Sequence[Record]) -> None:
        name = self._sources[file]
        for record in chunk:
            if isinstance(record, Rejected):
                self.tally.reject(name, record.row, record.reason)
        self._take_traces(file, [record for record in chunk if isinstance(record, TraceRow)])
        self._take_spans(file, [record for record in chunk if isinstance(record, SpanRow)])

    # whole traces

    def _take_traces(self, file: int, rows: Sequence[TraceRow]) -> None:
        if not rows:
            return
        self.tally.rows += len(rows)
        self._learn_ids(
            [row.trace.get(key) for row in rows for key in shape.TRACE_IDS]
            + [span.get(key) for row in rows for span in row.spans for key in shape.SPAN_IDS]
            + [(span.get("detail") or {}).get(key) for row in rows for span in row.spans for key in shape.DETAIL_IDS]
            + [label.get(key) for row in rows for label in row.labels for key in shape.LABEL_IDS]
        )
        with_id = [self._safe(row.trace.get("trace_id")) for row in rows]
        known = self._stored.known_ids([trace_id for trace_id in with_id if trace_id])
        fresh = [
            (row, trace_id)
            for row, trace_id in zip(rows, with_id, strict=True)
            if not trace_id or self._is_new(trace_id, known)
        ]
        self.tally.duplicates += len(rows) - len(fresh)
        contents, counts = self._redactor.redact([_row_content(row) for row, _ in fresh])
        contents = [shape.clean(content) for content in contents]
        ids = [trace_id or self._own_id(content) for (_, trace_id), content in zip(fresh, contents, strict=True)]
        made = [trace_id for (_, given), trace_id in zip(fresh, ids, strict=True) if not given]
        known_made = self._stored.known_ids(made)
        traces, spans, labels = [], [], []
        for (row, _), trace_id, content in zip(fresh, ids, contents, strict=True):
            if trace_id in known_made:
                self.tally.duplicates += 1
                continue
            traces.append(self._trace(row.trace, content["trace"], trace_id, self._formats[file]))
            spans += [self._span(span, text, trace_id) for span, text in zip(row.spans, content["spans"], strict=True)]
            labels += [
                self._label(label, text, trace_id) for label, text in zip(row.labels, content["labels"], strict=True)
            ]
        self.tally.redacted.update(counts)
        self._write(traces, spans, labels)

    def _is_new(self, trace_id: str, known: set[str]) -> bool:
        return trace_id not in known and self._spill.occurrence(b"t" + bytes.fromhex(shape.digest(trace_id))) == 0

    def _own_id(self, content: Mapping[str, Any]) -> str:
        record = shape.digest(content)
        return f"{record[:24]}-{self._spill.occurrence(b'r' + bytes.fromhex(record))}"

    def _trace(self, raw: Mapping[str, Any], content: Mapping[str, Any], trace_id: str, source: str) -> dict[str, Any]:
        kept = {key: item for key, item in raw.items() if key not in shape.TRACE_CONTENT}
        ids = {key: self._safe(kept.get(key)) for key in shape.TRACE_IDS}
        trace = {**kept, **ids, **content, "trace_id": trace_id, "batch": self._batch.batch, "source": source}
        if trace.get("user_id") not in (None, ""):
            trace["user_id"] = shape.pseudonym(str(trace["user_id"]), self._secret, "user")
        return complete(trace)

    def _span(self, raw: Mapping[str, Any], content: Mapping[str, Any], trace_id: str) -> dict[str, Any]:
        span = self._safe_span(shape.with_span_content(raw, content))
        return shape.conform({**span, "trace_id": trace_id, "batch": self._batch.batch}, "spans")

    def _label(self, raw: Mapping[str, Any], content: Mapping[str, Any], trace_id: str) -> dict[str, Any]:
        ids = {key: self._safe(raw.get(key)) for key in shape.LABEL_IDS}
        return shape.conform({**raw, **ids, **content, "trace_id": trace_id}, "labels")

    def _write(self, traces: list[dict[str, Any]], spans: list[dict[str, Any]], labels: list[dict[str, Any]]) -> None:
        self.tally.traces += len(traces)
        self.tally.spans += len(spans)
        self.tally.labels += len(labels)
        self.tally.without_text += sum(not (trace["input"] or trace["output"]) for trace in traces)
        for rows, add in (
            (traces, self._batch.add_traces),
            (spans, self._batch.add_spans),
            (labels, self._batch.add_labels),
        ):
            if rows:
                add(rows)

    # spans that may lie anywhere

    def _take_spans(self, file: int, rows: Sequence[SpanRow]) -> None:
        if not rows:
            return
        self.tally.rows += len(rows)
        self._learn_ids(
            [row.span.get(key) for row in rows for key in shape.SPAN_IDS]
            + [(row.span.get("detail") or {}).get(key) for row in rows for key in shape.DETAIL_IDS]
            + [label.get(key) for row in rows for label in row.labels for key in shape.LABEL_IDS]
        )
        # spans of one trace in this chunk share a scope: what is learnt from one of them counts in all
        ordered = sorted(rows, key=lambda row: str(row.span.get("trace_id")))
        groups = [list(group) for _, group in groupby(ordered, key=lambda row: str(row.span.get("trace_id")))]
        scopes = [
            [
                {
                    "span": shape.span_content(row.span),
                    "labels": [shape.pick(x, shape.LABEL_CONTENT) for x in row.labels],
                }
                for row in group
            ]
            for group in groups
        ]
        redacted, counts = self._redactor.redact(scopes, tokens=True)
        self.tally.redacted.update(counts)
        self._spill.keep(
            self._put_aside(file, row, shape.clean(content))
            for group, contents in zip(groups, redacted, strict=True)
            for row, content in zip(group, contents, strict=True)
        )

    def _put_aside(self, file: int, row: SpanRow, content: Mapping[str, Any]) -> tuple[str, WaitingSpan]:
        span = self._safe_span(shape.with_span_content(row.span, content["span"]))
        labels = [
            {**label, **{key: self._safe(label.get(key)) for key in shape.LABEL_IDS}, **text}
            for label, text in zip(row.labels, content["labels"], strict=True)
        ]
        payload = orjson.dumps(
            {"span": span, "labels": labels}, default=_as_iso, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
        )
        return span["trace_id"], WaitingSpan(file, row.row, payload)

    def _complete(self, trace_id: str, waiting: Sequence[WaitingSpan]) -> None:
        newest: dict[str, dict[str, Any]] = {}
        source = self._formats[waiting[0].file]
        for entry in waiting:
            content = orjson.loads(entry.payload)
            span_id = content["span"].get("span_id") or f"row-{entry.row}"
            content["span"]["span_id"] = span_id
            before = newest.get(span_id)
            if before is not None:
                self.tally.duplicates += 1
            if before is None or _version(content) >= _version(before):
                newest[span_id] = content
        earlier: list[dict[str, Any]] = []
        if self._stored.known_ids([trace_id]):
            earlier = [_span_from_store(row) for row in self._stored.spans(trace_id).to_dict("records")]
            stored_ids = {span["span_id"] for span in earlier}
            repeated = [span_id for span_id in newest if span_id in stored_ids]
            self.tally.duplicates += len(repeated)
            newest = {span_id: content for span_id, content in newest.items() if span_id not in stored_ids}
            if not newest:
                return
            self._batch.replace_traces([trace_id])
        spans = [_revive(content["span"]) for content in newest.values()]
        numbered = self._number(
            {"earlier": earlier, "spans": spans, "labels": [content["labels"] for content in newest.values()]}
        )
        self._write_assembled(trace_id, source, numbered, late=bool(earlier))

    def _write_assembled(self, trace_id: str, source: str, content: Mapping[str, Any], *, late: bool) -> None:
        spans = [*content["earlier"], *content["spans"]]
        trace = self._assemble(spans)
        trace = {**trace, "trace_id": trace_id, "batch": self._batch.batch, "source": source}
        rows = [shape.conform({**span, "trace_id": trace_id, "batch": self._batch.batch}, "spans") for span in spans]
        labels = [
            shape.conform({**label, "trace_id": trace_id}, "labels") for group in content["labels"] for label in group
        ]
        self._write([complete(trace)], rows, labels)
        if late:  # the trace and its earlier spans were counted when they first came in
            self.tally.traces -= 1
            self.tally.spans -= len(content["earlier"])

    def _safe_span(self, span: Mapping[str, Any]) -> dict[str, Any]:
        detail = dict(span.get("detail") or {})
        for key in shape.DETAIL_IDS:
            if detail.get(key) is not None:
                detail[key] = self._safe(detail[key])
        if detail.get("user_id") not in (None, ""):
            detail["user_id"] = shape.pseudonym(str(detail["user_id"]), self._secret, "user")
        return {**span, **{key: self._safe(span.get(key)) for key in shape.SPAN_IDS}, "detail": detail}

    # ids

    def _learn_ids(self, ids: Sequence[Any]) -> None:
        """Ask the redactor once for all ids of a chunk that were not seen yet."""
        if len(self._pseudonyms) > 200_000:
            self._pseudonyms.clear()
        fresh = sorted({str(value) for value in ids if value not in (None, "")} - self._pseudonyms.keys())
        for value, gives_away in zip(fresh, self._redactor.has_structured(fresh), strict=True):
            self._pseudonyms[value] = shape.pseudonym(value, self._secret) if gives_away else shape.clean(value)

    def _safe(self, value: Any) -> str | None:
        return None if value in (None, "") else self._pseudonyms[str(value)]


def complete(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what can be derived from a redacted trace, and give it the shape of the traces table."""
    messages = [message for message in trace.get("messages") or [] if isinstance(message, Mapping)]
    roles = [str(message.get("role") or "").lower() for message in messages]
    spoken = list(zip(roles, (plain_text(message.get("content")) for message in messages), strict=True))
    filled = dict(trace)
    if not filled.get("input"):
        filled["input"] = next((text for role, text in spoken if role in USER_ROLES and text), None)
    if not filled.get("output"):
        filled["output"] = next((text for role, text in reversed(spoken) if role in ASSISTANT_ROLES and text), None)
    filled["input"], filled["output"] = shape.as_text(filled.get("input")), shape.as_text(filled.get("output"))
    filled["name"], filled["error"] = shape.as_text(filled.get("name")), shape.as_text(filled.get("error"))
    if filled.get("n_turns") is None:
        filled["n_turns"] = roles_count(roles) or (1 if filled["input"] else 0)
    if filled.get("n_tool_calls") is None:
        filled["n_tool_calls"] = sum(
            len(message["tool_calls"]) for message in messages if isinstance(message.get("tool_calls"), list)
        )
    filled["status"] = "error" if filled.get("status") == "error" or filled.get("error") else "ok"
    prompt = filled.pop("system_prompt", None) or next(
        (text for role, text in spoken if role in {"system", "developer"}), None
    )
    tools = filled.pop("tools", None)
    filled["prompt_hash"] = shape.digest(prompt) if prompt else None
    filled["tools_hash"] = shape.digest(tools) if tools else None
    if tools:
        metadata = filled.get("metadata")
        filled["metadata"] = {**(metadata if isinstance(metadata, Mapping) else {"metadata": metadata}), "tools": tools}
    filled["text_hash"] = shape.digest([filled["input"], filled["output"], [text for _, text in spoken]])
    filled["signals"] = find_signals({**filled, "messages": messages})
    return shape.conform(filled, "traces")


def roles_count(roles: Sequence[str]) -> int:
    """How many of the messages are the user's."""
    return sum(role in USER_ROLES for role in roles)


def _row_content(row: TraceRow) -> dict[str, Any]:
    return {
        "trace": shape.pick(row.trace, shape.TRACE_CONTENT),
        "spans": [shape.span_content(span) for span in row.spans],
        "labels": [shape.pick(label, shape.LABEL_CONTENT) for label in row.labels],
    }


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    size = 0
    for record in records:
        chunk.append(record)
        size += _weight(record)
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _weight(record: Record) -> int:
    """Roughly how many characters a record holds."""
    if isinstance(record, Rejected):
        return 100
    return _length(record.trace if isinstance(record, TraceRow) else record.span) + (
        _length(record.spans) if isinstance(record, TraceRow) else 0
    )


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_length(item) for item in value.values())
    if isinstance(value, list | tuple):
        return sum(_length(item) for item in value)
    return 8


def _version(content: Mapping[str, Any]) -> str:
    return str((content["span"].get("detail") or {}).get("version") or "").rjust(40, "0")


def _as_iso(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _revive(span: dict[str, Any]) -> dict[str, Any]:
    from datetime import datetime

    started = span.get("started_at")
    if isinstance(started, str):
        span["started_at"] = datetime.fromisoformat(started.replace("Z", "+00:00"))
    return span


def _span_from_store(row: Mapping[str, Any]) -> dict[str, Any]:
    import pandas as pd

    span = {key: (None if _is_missing(item) else item) for key, item in row.items()}
    if isinstance(span.get("detail"), str):
        span["detail"] = orjson.loads(span["detail"])
    if isinstance(span.get("started_at"), pd.Timestamp):
        span["started_at"] = span["started_at"].to_pydatetime()
    return span


def _is_missing(item: Any) -> bool:
    return item is None or item != item
