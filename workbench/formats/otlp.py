"""OTLP/JSON: what an OpenTelemetry collector's file exporter, an OTLP endpoint or a span API writes.

One object, or one a line, or bare spans in a list. Large single objects are streamed span by span. Ids are kept as
they stand (hexadecimal, either case); field names are taken in camelCase and snake_case, times as text or numbers.
What the attributes mean is in ``attributes``.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.formats import generic, layout
from workbench.formats.attributes import read_attributes
from workbench.formats.conform import conform_span, identifier
from workbench.formats.events import error_of, judgements
from workbench.formats.records import Format, Head, ReadOptions, Record, Rejected, SpanRow
from workbench.formats.sources import open_source
from workbench.formats.streams import Broken, dotted, walk
from workbench.formats.values import moment, number, status

_RESOURCES = ("resourceSpans", "resource_spans", "batches")
_SCOPES = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans")
_IDS = (("traceId", "trace_id"), ("spanId", "span_id"))


def sniff(head: Head) -> float:
    """Sure where there are resource spans, or spans with attributes in OTLP's typed form."""
    tops = [head.top] if head.top else head.objects
    if any(isinstance(top.get(key), list) for top in tops for key in ("resourceSpans", "resource_spans")):
        return 0.99
    if any(isinstance(top.get("batches"), list) and _is_resource(top["batches"]) for top in tops):
        return 0.9
    if any(key in top for top in tops for key in ("resourceLogs", "resourceMetrics")):
        return 0.6
    rows = head.top[generic.envelope(head)[0]] if generic.envelope(head) else head.objects
    rows = [row for row in rows if isinstance(row, dict)]
    good = sum(_is_bare_span(row) or any(isinstance(row.get(key), list) for key in _SCOPES) for row in rows)
    return 0.95 if rows and good * 2 >= len(rows) else 0.0


def _is_resource(listed: list[Any]) -> bool:
    return bool(listed) and isinstance(listed[0], dict) and any(key in listed[0] for key in _SCOPES)


def _is_bare_span(row: dict[str, Any]) -> bool:
    """Whether a row is a span in OTLP's form, outside its envelope."""
    timed = any(key in row for key in ("startTimeUnixNano", "start_time_unix_nano"))
    return timed and all(any(name in row for name in names) for names in _IDS)


def read(path: Path, options: ReadOptions) -> Iterator[Record]:
    """Every span, in the order of the file."""
    head = layout.look(path)
    at = 0
    for place, span, resource in _spans(path, head, options):
        if isinstance(span, Broken):
            yield Rejected(at, span.reason)
        elif not isinstance(span, dict):
            yield Rejected(at, f"{place}: expected a span object")
        else:
            yield span_record(at, place, span, resource)
        at += 1


def _spans(path: Path, head: Head, options: ReadOptions) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Every span with its place and its resource's attributes."""
    key = next((key for key in _RESOURCES if head.layout == "object" and key in head.top), None)
    if key:
        yield from _streamed(path, head, options, key)
        return
    for at, row in layout.rows(path, head, options, generic.envelope(head)):
        if not isinstance(row, dict):
            yield f"row {at}", row, {}
            continue
        found = next((row[name] for name in _RESOURCES if isinstance(row.get(name), list)), None)
        if found is not None:
            yield from _inside(found)
        elif any(isinstance(row.get(name), list) for name in _SCOPES):
            yield from _inside([row])
        elif _is_bare_span(row):
            yield "span", row, plain_attributes((row.get("resource") or {}).get("attributes"))
        else:
            yield "row", Broken("resourceSpans: expected a list"), {}


def _inside(resources: list[Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """The spans of one parsed object."""
    for r, holder in enumerate(resources):
        if not isinstance(holder, dict):
            yield "row", Broken(f"resourceSpans[{r}]: expected an object"), {}
            continue
        resource = plain_attributes((holder.get("resource") or {}).get("attributes"))
        scopes: list[Any] = next((holder[name] for name in _SCOPES if isinstance(holder.get(name), list)), [])
        for s, scope in enumerate(scopes):
            spans = scope.get("spans") if isinstance(scope, dict) else None
            if not isinstance(spans, list):
                yield "row", Broken(f"resourceSpans[{r}].scopeSpans[{s}].spans: expected a list"), {}
                continue
            for at, span in enumerate(spans):
                yield f"resourceSpans[{r}].scopeSpans[{s}].spans[{at}]", span, resource


def _streamed(path: Path, head: Head, options: ReadOptions, key: str) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """The spans of one object of any size; the resources, which are small, are collected first."""
    resources: dict[Any, dict[str, Any]] = {}
    with open_source(path, head.encoding) as stream:
        for where, piece in walk(stream, [(key, "*", "resource")], options.max_row_bytes):
            if isinstance(piece, bytes) and len(where) == 3:
                found = layout.value_of(piece, head.encoding)
                if isinstance(found, dict):
                    resources[where[1]] = plain_attributes(found.get("attributes"))
    wanted = [(key, "*", name, "*", "spans", "*") for name in _SCOPES]
    with open_source(path, head.encoding) as stream:
        for where, piece in walk(stream, wanted, options.max_row_bytes):
            span = piece if isinstance(piece, Broken) else layout.value_of(piece, head.encoding)
            if isinstance(span, Broken):
                span = Broken(f"{dotted(where)}{span.reason.removeprefix('row')}")
            yield dotted(where), span, resources.get(where[1], {}) if len(where) > 1 else {}


def any_value(value: Any) -> Any:
    """The plain value of an OTLP AnyValue."""
    if not isinstance(value, dict) or len(value) != 1:
        return None if value == {} else value
    kind, inside = next(iter(value.items()))
    kind = kind.replace("_", "").lower()
    if kind == "arrayvalue":
        listed = inside.get("values") if isinstance(inside, dict) else None
        return [any_value(item) for item in listed] if isinstance(listed, list) else []
    if kind == "kvlistvalue":
        return plain_attributes(inside.get("values") if isinstance(inside, dict) else None)
    if kind == "intvalue":
        try:
            whole = int(inside)
        except (TypeError, ValueError):
            return inside
        return whole if -(2**63) <= whole < 2**63 else str(inside)
    if kind == "bytesvalue":
        return f"[{len(str(inside))} characters left out]"
    if kind in ("stringvalue", "boolvalue", "doublevalue"):
        return inside
    return value


def plain_attributes(attributes: Any) -> dict[str, Any]:
    """OTLP's list of keys and values as a dict; a dict stays one."""
    if isinstance(attributes, dict):
        return attributes
    if not isinstance(attributes, list):
        return {}
    return {
        str(pair["key"]): any_value(pair.get("value"))
        for pair in attributes
        if isinstance(pair, dict) and "key" in pair
    }


def _either(span: dict[str, Any], *names: str) -> Any:
    """The value under the first name that has one."""
    return next((span[name] for name in names if span.get(name) not in (None, "")), None)


def _time(value: Any) -> datetime | None:
    """A time in nanoseconds, as text or number; 0 is none."""
    try:
        nanos = int(value)
    except (TypeError, ValueError):
        return moment(value)
    return moment(nanos) if nanos else None


def span_record(at: int, place: str, span: dict[str, Any], resource: dict[str, Any]) -> Record:
    """One OTLP span as a record."""
    ids = [_either(span, *names) for names in _IDS]
    for value, names in zip(ids, _IDS, strict=True):
        if not isinstance(value, str):
            return Rejected(at, f"{place}.{names[0]}: expected an id")
    attributes = plain_attributes(span.get("attributes"))
    events = [
        {**event, "attributes": plain_attributes(event.get("attributes"))}
        for event in (span["events"] if isinstance(span.get("events"), list) else [])
        if isinstance(event, dict)
    ]
    return build(
        at, ids[0], ids[1], _either(span, "parentSpanId", "parent_span_id", "parent_id"), span.get("name"),
        (_time(_either(span, "startTimeUnixNano", "start_time_unix_nano")), _time(_either(span, "endTimeUnixNano",
        "end_time_unix_nano"))),
        span.get("status") or {}, attributes, events, resource,
    )  # fmt: skip


def build(
    at: int,
    trace_id: str,
    span_id: str,
    parent_id: Any,
    name: Any,
    times: tuple[datetime | None, datetime | None],
    state: Any,
    attributes: dict[str, Any],
    events: list[dict[str, Any]],
    resource: dict[str, Any],
) -> SpanRow:
    """A span of any platform that writes attributes as a record."""
    found = read_attributes(attributes, events, resource)
    start, end = times
    state = state if isinstance(state, dict) else {"code": state}
    word = status(state) or "ok"
    message = state.get("message") or state.get("description") or error_of(events)
    detail = found["detail"]
    kinds = attributes.get("error.type")
    if word == "error" or attributes.get("langfuse.observation.level") == "ERROR":
        word = "error"
        said = message or attributes.get("langfuse.observation.status_message") or kinds or "error"
        detail["error"] = str(said)
    if isinstance(parent_id, str) and not parent_id.strip("0"):
        parent_id = None
    span = {
        "trace_id": trace_id,
        "span_id": span_id,
        "parent_id": identifier(parent_id),
        "kind": found["kind"],
        "name": str(name) if name is not None else None,
        "started_at": start,
        "latency_ms": (end - start).total_seconds() * 1000 if start and end else None,
        "status": word,
        "input": found["input"],
        "output": found["output"],
        "detail": detail,
    }
    return SpanRow(at, conform_span(span), judgements(events, trace_id))


def milliseconds(start: datetime | None, end: datetime | None) -> float | None:
    """The time between two moments."""
    return number((end - start).total_seconds() * 1000) if start and end else None


FORMAT = Format(
    "otlp", "OTLP/JSON spans with GenAI (old and new), OpenInference or OpenLLMetry attributes", sniff, read
)
