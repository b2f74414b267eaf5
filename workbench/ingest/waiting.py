"""Rows that are spans, whose trace may go on anywhere: redact, put aside redacted, put together at the end.

Spans of one trace in one chunk share a placeholder scope; across chunks, keyed placeholder tokens keep the same value
recognisable without keeping the value. They become <PERSON_1>, <PERSON_2> once the trace is complete. Spans that come
in with a later batch complete the trace anew: its earlier rows are retired in the same transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any, TypeVar

import orjson

from workbench.formats.records import SpanRow
from workbench.ingest import shape
from workbench.ingest.derive import complete
from workbench.ingest.parts import Run
from workbench.store.spill import WaitingSpan

TRACES_AT_ONCE = 64  # asked about and completed together; memory holds that many whole traces
T = TypeVar("T")
Assemble = Callable[[list[dict[str, Any]]], dict[str, Any]]
Number = Callable[[Any], Any]


def put_aside(run: Run, rows: Sequence[SpanRow], file: int) -> None:
    """Redact a chunk of spans and keep them, redacted, until their trace is complete."""
    run.tally.rows += len(rows)
    run.ids.learn(
        [
            *(value for row in rows for value in shape.span_ids(row.span)),
            *(label.get(key) for row in rows for label in row.labels for key in shape.LABEL_IDS),
        ]
    )
    by_trace = sorted(rows, key=_trace_id)
    groups = [list(group) for _, group in groupby(by_trace, key=_trace_id)]
    redacted, counts = run.redactor.redact([[_content(row) for row in group] for group in groups], tokens=True)
    run.tally.redacted.update(counts)
    run.spill.keep(
        _waiting(run, file, row, shape.clean(content))
        for group, contents in zip(groups, redacted, strict=True)
        for row, content in zip(group, contents, strict=True)
    )


def put_together(run: Run, formats: Sequence[str], *, assemble: Assemble, number: Number) -> None:
    """Complete every trace whose spans were put aside; ``formats`` names the format of each file."""
    total = run.spill.n_waiting_traces()
    done = 0
    for traces in batched(run.spill.waiting(), TRACES_AT_ONCE):
        known = run.known([trace_id for trace_id, _ in traces])
        for trace_id, waiting in traces:
            earlier = _stored_spans(run, trace_id) if trace_id in known else []
            if trace_id in known and not earlier:  # came in whole, by another format
                run.tally.duplicates += len(waiting)
                continue
            _complete(run, trace_id, waiting, earlier, formats[waiting[0].file], assemble, number)
        done += len(traces)
        run.progress("put traces together", done, total)


def batched(items: Iterable[T], n: int) -> Iterator[list[T]]:
    """Lists of up to n items."""
    iterator = iter(items)
    while group := list(islice(iterator, n)):
        yield group


def _stored_spans(run: Run, trace_id: str) -> list[dict[str, Any]]:
    return [_from_store(row) for row in run.stored.spans(trace_id).to_dict("records")]


def _trace_id(row: SpanRow) -> str:
    return str(row.span.get("trace_id"))


def _content(row: SpanRow) -> dict[str, Any]:
    return {
        "span": shape.span_content(row.span),
        "labels": [shape.pick(label, shape.LABEL_CONTENT) for label in row.labels],
    }


def _waiting(run: Run, file: int, row: SpanRow, content: Mapping[str, Any]) -> tuple[str, WaitingSpan]:
    span = shape.with_span_content(shape.safe_span(row.span, run.ids), content["span"])
    labels = [
        {**label, **run.ids.all_safe(label, shape.LABEL_IDS), **text}
        for label, text in zip(row.labels, content["labels"], strict=True)
    ]
    payload = orjson.dumps({"span": span, "labels": labels}, default=str, option=orjson.OPT_NON_STR_KEYS)
    return str(span["trace_id"]), WaitingSpan(file, row.row, payload)


def _complete(
    run: Run,
    trace_id: str,
    waiting: Sequence[WaitingSpan],
    earlier: Sequence[dict[str, Any]],
    source: str,
    assemble: Assemble,
    number: Number,
) -> None:
    fresh = _newest_versions(run, waiting)
    if earlier:
        stored_ids = {span["span_id"] for span in earlier}
        run.tally.duplicates += len(stored_ids & fresh.keys())
        fresh = {span_id: content for span_id, content in fresh.items() if span_id not in stored_ids}
        if not fresh:
            return
        run.batch.replace_traces([trace_id])
    spans, labels = number(
        [
            [*earlier, *(_timed(content["span"]) for content in fresh.values())],
            [label for content in fresh.values() for label in content["labels"]],
        ]
    )
    fixed = {"trace_id": trace_id, "batch": run.batch.batch}
    run.write(
        [complete({**assemble(spans), **fixed, "source": source})],
        [shape.conform({**span, **fixed}, "spans") for span in spans],
        [shape.conform({**label, **fixed}, "labels") for label in labels],
    )
    if earlier:  # this trace and these spans were counted when they first came in
        run.tally.traces -= 1
        run.tally.spans -= len(earlier)


def _newest_versions(run: Run, waiting: Sequence[WaitingSpan]) -> dict[str, dict[str, Any]]:
    """Contents by span id; where an id recurs the newest version stays and the others are duplicates."""
    newest: dict[str, dict[str, Any]] = {}
    for entry in waiting:
        content = orjson.loads(entry.payload)
        span_id = content["span"].get("span_id") or f"row-{entry.row}"
        content["span"]["span_id"] = span_id
        if span_id in newest:
            run.tally.duplicates += 1
        if span_id not in newest or _version(content) > _version(newest[span_id]):
            newest[span_id] = content
    return newest


def _version(content: Mapping[str, Any]) -> str:
    return str((content["span"].get("detail") or {}).get("version") or "").rjust(40, "0")


def _timed(span: dict[str, Any]) -> dict[str, Any]:
    started = span.get("started_at")
    return {**span, "started_at": datetime.fromisoformat(started) if isinstance(started, str) else None}


def _from_store(row: Mapping[str, Any]) -> dict[str, Any]:
    span: dict[str, Any] = {key: None if item is None or item != item else item for key, item in row.items()}
    if isinstance(span.get("detail"), str):
        span["detail"] = orjson.loads(span["detail"])
    if span.get("started_at") is not None:
        span["started_at"] = span["started_at"].to_pydatetime()
    return span
