"""Braintrust: the CSV of its logs page, and rows as its API and SQL give them.

A row of the CSV is a trace (its root span); a row of the API is a span and names its root. A row's ``id`` is not its
``span_id``, and a row may come again with a newer ``_xact_id``: every copy is given, the newest counts. Spans that the
platform made itself (scorers, classifiers, reviews) stay out of the conversation. A row's own scores may be an average
of people or a machine's and so stay in the metadata; a scorer's span is a judge's label and a review's a person's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.formats import generic, layout, tabular, values
from workbench.formats import plan as plans
from workbench.formats.columns import ColumnGuess
from workbench.formats.conform import conform_span, conform_trace, identifier
from workbench.formats.conversations import conversation_of, spoken_lines, words_of
from workbench.formats.jsontext import inner
from workbench.formats.parts import without_media
from workbench.formats.passages import passages
from workbench.formats.records import Format, Head, ReadOptions, Record, Rejected, SpanRow, TraceRow
from workbench.formats.scores import label_of

_MARKS = (
    "span_id",
    "_xact_id",
    "root_span_id",
    "span_attributes",
    "span_parents",
    "metrics",
    "expected",
    "scores",
    "comments",
    "created",
    "log_id",
)
_MADE = frozenset({"score", "automation", "facet", "preprocessor", "classifier", "review"})
_KINDS = {
    "llm": "llm",
    "tool": "tool",
    "function": "chain",
    "eval": "chain",
    "task": "chain",
    "score": "evaluator",
    "review": "evaluator",
}


def sniff(head: Head) -> float:
    """Sure where rows have a span id and Braintrust's other columns."""
    inside = generic.envelope(head)
    rows = [row for row in (head.top[inside[0]] if len(inside) == 1 else head.rows) if isinstance(row, dict)]
    columns = set(head.columns) or {name for row in rows for name in row}
    if "span_id" not in columns or not ({"input", "output"} & columns):
        return 0.0
    return 0.9 if sum(mark in columns for mark in _MARKS) >= 4 else 0.0


def read(path: Path, options: ReadOptions) -> Iterator[Record]:
    """Every row as a trace or a span."""
    head = layout.look(path)
    for found in layout.objects(path, head, options, generic.envelope(head)):
        yield found if isinstance(found, Rejected) else _record(found[0], _cells(found[1]))


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """The cells of a row; a CSV writes nested ones as JSON text."""
    plain = {name: values.plain(cell) for name, cell in row.items()}
    cells = {name: cell if name in _TEXTS else inner(cell) for name, cell in plain.items()}
    return {name: None if values.is_absent(cell) else cell for name, cell in cells.items()}


_TEXTS = ("input", "output", "expected", "name", "span_id", "id", "root_span_id", "error")


def _record(at: int, row: dict[str, Any]) -> Record:
    """One row as a record."""
    for name in ("metrics", "metadata", "scores", "span_attributes"):
        if row.get(name) is not None and not isinstance(row[name], dict):
            return Rejected(at, f"{name}: expected an object")
    row["span_id"] = identifier(row.get("span_id")) or identifier(row.get("id"))
    if row["span_id"] is None:
        return Rejected(at, "span_id: expected an id")
    row["root_span_id"] = identifier(row.get("root_span_id"))
    if row.get("root_span_id"):
        return _span(at, row)
    return _trace(at, row)


def _times(row: dict[str, Any]) -> dict[str, Any]:
    """Begin and length; metrics are in Unix seconds."""
    metrics = row.get("metrics") or {}
    start, end = values.number(metrics.get("start")), values.number(metrics.get("end"))
    length = (end - start) if start is not None and end is not None else values.number(metrics.get("duration"))
    return {
        "started_at": values.moment(start) or values.moment(row.get("created")),
        "latency_ms": None if length is None else length * 1000,
    }


def _usage(metrics: dict[str, Any]) -> dict[str, Any]:
    return {
        "tokens_in": values.count(metrics.get("prompt_tokens")),
        "tokens_out": values.count(metrics.get("completion_tokens")),
        "cost_usd": values.number(metrics.get("estimated_cost")),
    }


def _by_convention(metadata: dict[str, Any]) -> dict[str, Any]:
    """What people keep in the metadata under customary names."""
    found = {
        "model": metadata.get("model"),
        "provider": metadata.get("provider"),
        "session_id": next(
            (metadata[key] for key in ("session_id", "thread_id", "conversation_id", "sessionId") if metadata.get(key)),
            None,
        ),
        "user_id": next((metadata[key] for key in ("user_id", "userId") if metadata.get(key)), None),
        "environment": metadata.get("environment"),
        "release": metadata.get("release") or metadata.get("version"),
        "tools": metadata.get("tools"),
    }
    return {key: value for key, value in found.items() if isinstance(value, (str, list) if key == "tools" else str)}


_KNOWN = frozenset(
    {"name", "input", "output", "error", "tags", "metrics", "metadata", "created", "span_id", "root_span_id",
    "span_parents", "span_attributes",
     "comments", "_xact_id", "_pagination_key", "is_root", "_async_scoring_state"}
)  # fmt: skip


def _metadata(row: dict[str, Any]) -> dict[str, Any]:
    """The metadata, the free metrics, and the fields that no column takes."""
    metrics = {
        key: value
        for key, value in (row.get("metrics") or {}).items()
        if key not in ("start", "end", "prompt_tokens", "completion_tokens", "estimated_cost") and value is not None
    }
    rest = {key: value for key, value in row.items() if key not in _KNOWN and value not in (None, "", [], {})}
    rest.pop("id", None)
    return {**rest, **({"metrics": metrics} if metrics else {}), **(row.get("metadata") or {})}


def _trace(at: int, row: dict[str, Any]) -> Record:
    """A row of the logs page: one trace."""
    metadata = row.get("metadata") or {}
    plan = plans.Plan("braintrust", ColumnGuess())
    plan.by_target = {"input": ["input"], "output": ["output"]}
    trace = tabular.trace_of({key: row.get(key) for key in ("input", "output")}, plan)
    error = values.text(row.get("error"))
    trace |= {
        "trace_id": row.get("span_id") or row.get("id"),
        "name": row.get("name"),
        **_times(row),
        **_usage(row.get("metrics") or {}),
        **_by_convention(metadata),
        "tags": values.words(row.get("tags")),
        "status": "error" if error else "ok",
        "error": error,
        "metadata": _metadata(row),
    }
    trace = {key: value for key, value in trace.items() if value is not None}
    return TraceRow(at, conform_trace(trace), labels=_labels(row, trace["trace_id"]))


def _span(at: int, row: dict[str, Any]) -> Record:
    """A row of the API: one span."""
    attributes = row.get("span_attributes") or {}
    kind_name = str(attributes.get("type") or "task").lower()
    kind = _KINDS.get(kind_name, "evaluator" if kind_name in _MADE else "span")
    parents = row.get("span_parents")
    error = values.text(row.get("error"))
    metadata = row.get("metadata") or {}
    asked, answered = conversation_of(row.get("input")), conversation_of(row.get("output"), answer=True)
    if kind == "llm":
        asked = asked or _bare(row.get("input"), "user")
        answered = answered or _bare(row.get("output"), "assistant")
    detail = {
        "messages_in": asked,
        "messages_out": answered,
        "documents": passages(row.get("output")) if "retriev" in str(attributes.get("name")).lower() else None,
        **_usage(row.get("metrics") or {}),
        **_by_convention(metadata),
        "tags": values.words(row.get("tags")),
        "metadata": _metadata(row),
        "error": error,
        "version": row.get("_xact_id"),
        "platform_made": kind_name in _MADE or None,
    }
    if kind != "llm":
        for key in ("model", "provider"):
            detail.pop(key, None)
    span = {
        "trace_id": row["root_span_id"],
        "span_id": row.get("span_id") or row.get("id"),
        "parent_id": identifier(parents[0]) if isinstance(parents, list) and parents else None,
        "kind": kind,
        "name": attributes.get("name") or row.get("name"),
        **_times(row),
        "status": "error" if error else "ok",
        "input": values.text(without_media(row.get("input"))),
        "output": values.text(without_media(row.get("output"))),
        "detail": {key: value for key, value in detail.items() if value not in (None, "", [], {})},
    }
    return SpanRow(at, conform_span(span), _labels(row, row["root_span_id"], kind_name))


def _bare(value: Any, role: str) -> list[dict[str, Any]]:
    """A prompt or completion without roles as a message."""
    words = words_of(value, answer=role == "assistant")
    if not words:
        return []
    return (spoken_lines(words) if role == "user" else []) or [{"role": role, "content": words}]


def _labels(row: dict[str, Any], trace_id: str, kind_name: str = "") -> list[dict[str, Any]]:
    """Comments as people's notes; the scores of scorer and review spans."""
    found: list[dict[str, Any] | None] = []
    comments = row.get("comments")
    for item in comments if isinstance(comments, list) else []:
        if not isinstance(item, dict):
            continue
        body = item.get("comment")
        text = body.get("text") if isinstance(body, dict) else body if isinstance(body, str) else item.get("text")
        who = item.get("user") or item.get("author") or {}
        who = who.get("email") or who.get("id") or "unknown" if isinstance(who, dict) else who
        found.append(
            label_of(trace_id, "note", None, note=text, annotator=who, kind="human", labelled_at=item.get("created"))
        )
    if kind_name in ("score", "review", "classifier"):
        kind = "human" if kind_name == "review" else "judge"
        name = (row.get("span_attributes") or {}).get("name") or kind_name
        for dimension, value in (row.get("scores") or {}).items():
            annotator = name if kind == "judge" else _reviewer(row)
            found.append(
                label_of(
                    trace_id,
                    dimension,
                    value,
                    note=None,
                    annotator=annotator,
                    kind=kind,
                    labelled_at=row.get("created"),
                )
            )
    return [label for label in found if label]


def _reviewer(row: dict[str, Any]) -> str:
    """Who gave a review, as far as the row says."""
    metadata = row.get("metadata") or {}
    return next(
        (str(metadata[key]) for key in ("reviewer", "user", "email", "user_id") if metadata.get(key)), "unknown"
    )


FORMAT = Format("braintrust", "Braintrust logs, as the page's CSV or as rows of the API", sniff, read)
