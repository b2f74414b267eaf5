"""Spans as Arize Phoenix gives them: the REST form, and the data frame written to CSV, Parquet or JSON.

REST spans have a ``context`` and flat dotted attributes; data frames have columns ``context.span_id`` and
``attributes.llm.model_name``. OpenTelemetry's console exporter prints nearly the same and is read here too.
Annotations by people become human labels and those of a model or of code a judge's and a rule's; notes are kept.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.formats import generic, layout, values
from workbench.formats.conventions import kind_of
from workbench.formats.jsontext import inner
from workbench.formats.otlp import build
from workbench.formats.records import Format, Head, ReadOptions, Record, Rejected


def _ids(row: dict[str, Any]) -> tuple[Any, Any]:
    """Trace id and span id of a row, in either form."""
    context = inner(row.get("context"))
    if isinstance(context, dict):
        return context.get("trace_id"), context.get("span_id")
    return row.get("context.trace_id"), row.get("context.span_id")


def _is_span(row: Any) -> bool:
    return isinstance(row, dict) and all(_ids(row)) and "name" in row


def sniff(head: Head) -> float:
    """Sure where rows have a span context."""
    if head.columns:
        return 0.95 if {"context.trace_id", "context.span_id"} <= set(head.columns) else 0.0
    inside = generic.envelope(head)
    rows = head.top[inside[0]] if len(inside) == 1 else head.rows
    good = sum(map(_is_span, rows))
    return 0.95 if good and good * 2 >= len(rows) else 0.0


def read(path: Path, options: ReadOptions) -> Iterator[Record]:
    """Every span, in the order of the file."""
    head = layout.look(path)
    for found in layout.objects(path, head, options, generic.envelope(head), wanted="a span object"):
        yield found if isinstance(found, Rejected) else _record(*found)


def _record(at: int, row: dict[str, Any]) -> Record:
    """One span."""
    trace_id, span_id = _ids(row)
    for value, name in ((trace_id, "context.trace_id"), (span_id, "context.span_id")):
        if values.is_absent(value):
            return Rejected(at, f"{name}: expected an id")
    attributes = _attributes(row)
    events = inner(values.plain(row.get("events")))
    events = [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []
    kind = row.get("span_kind") or row.get("kind")
    if kind_of(kind) and "openinference.span.kind" not in attributes:
        attributes["openinference.span.kind"] = kind
    code = row.get("status_code")
    state = row.get("status") if code is None else {"code": code, "message": row.get("status_message")}
    if isinstance(state, dict) and "code" in state:
        state = {"code": values.status(state["code"]) or "unset", "message": state.get("message") or None}
    resource = inner(row.get("resource"))
    parent = row.get("parent_id")
    record = build(
        at, _bare(trace_id), _bare(span_id), None if values.is_absent(parent) else _bare(parent), row.get("name"),
        (values.moment(row.get("start_time")), values.moment(row.get("end_time"))),
        state, attributes, events, resource.get("attributes", {}) if isinstance(resource, dict) else {},
    )  # fmt: skip
    record.labels += _annotations(row, _bare(trace_id))
    return record


def _bare(value: Any) -> str:
    """An id without the console exporter's 0x."""
    return str(value).removeprefix("0x")


def _attributes(row: dict[str, Any]) -> dict[str, Any]:
    """The attributes, out of one object or out of dotted columns; cells of a CSV are opened."""
    given = inner(row.get("attributes"))
    found = {key: values.plain(value) for key, value in given.items()} if isinstance(given, dict) else {}
    for name, cell in row.items():
        if name.startswith("attributes.") and not values.is_absent(cell):
            found[name.removeprefix("attributes.")] = values.plain(cell)
    return found


_ANNOTATORS = {"HUMAN": "human", "LLM": "judge", "CODE": "rule"}


def _annotations(row: dict[str, Any], trace_id: str) -> list[dict[str, Any]]:
    """Labels from the annotations that came with a span."""
    found = []
    given = inner(values.plain(row.get("annotations"))) or inner(values.plain(row.get("span_annotations")))
    for item in given if isinstance(given, list) else []:
        item = inner(item)
        if not isinstance(item, dict):
            continue
        inside = item.get("result")
        result: dict[str, Any] = inside if isinstance(inside, dict) else item
        value = result.get("label") if result.get("label") is not None else result.get("score")
        note = result.get("explanation")
        name = str(item.get("name") or item.get("annotation_name") or "annotation")
        if value is None and note is None:
            continue
        kind = _ANNOTATORS.get(str(item.get("annotator_kind", "")).upper(), "rule")
        found.append({
            "trace_id": trace_id, "dimension": name, "value": None if value is None else str(value), "note": note,
            "annotator": str(item.get("user_id") or item.get("identifier") or name), "annotator_kind": kind,
            "labelled_at": values.moment(item.get("updated_at") or item.get("created_at")),
        })  # fmt: skip
    return found


FORMAT = Format("openinference", "Phoenix spans, as REST JSON or as a data frame in CSV, Parquet or JSON", sniff, read)
