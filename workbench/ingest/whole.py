"""Rows that are whole traces: make the ids safe, leave out what is known, redact, derive, write."""

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.formats.records import TraceRow
from workbench.ingest import shape
from workbench.ingest.derive import complete
from workbench.ingest.parts import Run


def take_traces(run: Run, rows: Sequence[TraceRow], source: str) -> None:
    """Take a chunk of whole traces in; ``source`` is the format's name.

    A given id is kept and a second row with it is a duplicate. A row without an id gets one from its redacted record
    and the number of times that record occurred, so that the same file always yields the same ids.
    """
    run.tally.rows += len(rows)
    run.ids.learn(_ids(rows))
    given = [run.ids.safe(row.trace.get("trace_id")) for row in rows]
    known = run.known([trace_id for trace_id in given if trace_id])
    fresh = [
        (row, trace_id)
        for row, trace_id in zip(rows, given, strict=True)
        if not trace_id or _is_new(run, trace_id, known)
    ]
    run.tally.duplicates += len(rows) - len(fresh)
    redacted, counts = run.redactor.redact([_content(row) for row, _ in fresh])
    contents = [shape.clean(content) for content in redacted]
    ids = [trace_id or _own_id(run, row, text) for (row, trace_id), text in zip(fresh, contents, strict=True)]
    known = run.known([made for (_, had), made in zip(fresh, ids, strict=True) if not had])
    traces: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for (row, _), trace_id, content in zip(fresh, ids, contents, strict=True):
        if trace_id in known:
            run.tally.duplicates += 1
            continue
        fixed = {"trace_id": trace_id, "batch": run.batch.batch}
        trace = _trace(run, row.trace, content["trace"], fixed)
        traces.append({**trace, "source": trace["source"] or source})  # a source column of the user's own stays
        spans += [_span(run, span, text, fixed) for span, text in zip(row.spans, content["spans"], strict=True)]
        labels += [_label(run, label, text, fixed) for label, text in zip(row.labels, content["labels"], strict=True)]
    run.tally.redacted.update(counts)
    run.write(traces, spans, labels)


def _ids(rows: Sequence[TraceRow]) -> list[Any]:
    return [
        *(row.trace.get(key) for row in rows for key in shape.TRACE_IDS),
        *(name for row in rows for name in shape.machine_names(row.trace).values()),
        *(value for row in rows for span in row.spans for value in shape.span_ids(span)),
        *(label.get(key) for row in rows for label in row.labels for key in shape.LABEL_IDS),
    ]


def _is_new(run: Run, trace_id: str, known: set[str]) -> bool:
    return trace_id not in known and run.spill.occurrence(b"id" + bytes.fromhex(shape.digest(trace_id))) == 0


def _own_id(run: Run, row: TraceRow, content: Mapping[str, Any]) -> str:
    # without the user: its HMAC differs from workspace to workspace, and the id should not
    kept = shape.clean(shape.with_trace_content(row.trace, content["trace"], run.ids))
    record = shape.digest([content["spans"], content["labels"], kept])
    return f"{record[:24]}-{run.spill.occurrence(b'record' + bytes.fromhex(record))}"


def _content(row: TraceRow) -> dict[str, Any]:
    return {
        "trace": shape.trace_content(row.trace),
        "spans": [shape.span_content(span) for span in row.spans],
        "labels": [shape.pick(label, shape.LABEL_CONTENT) for label in row.labels],
    }


def _trace(run: Run, raw: Mapping[str, Any], content: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    filled = shape.with_trace_content(raw, content, run.ids)
    return complete({**filled, **fixed, "user_id": run.ids.user(raw.get("user_id"))})


def _span(run: Run, raw: Mapping[str, Any], content: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    return shape.conform({**shape.with_span_content(shape.safe_span(raw, run.ids), content), **fixed}, "spans")


def _label(run: Run, raw: Mapping[str, Any], content: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    return shape.conform({**raw, **run.ids.all_safe(raw, shape.LABEL_IDS), **content, **fixed}, "labels")
