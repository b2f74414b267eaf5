"""Langfuse: the single-trace download above all, and traces or observations as its APIs and exports list them.

A download is ``{trace, observations, scores}``; the newer one has no ``trace``, and the API nests the observations in
the trace. Inputs and outputs are JSON in strings, at times twice over. A list of observations without their traces
gives spans. Annotations by people are human labels, evaluators' and unsigned API scores a judge's, thumbs the user's.
Observations under ``trace`` repeat the ones outside without their texts; each counts once.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.formats import generic, layout, values
from workbench.formats.conform import conform_trace, identifier
from workbench.formats.conversations import conversation_of, words_of
from workbench.formats.jsontext import inner
from workbench.formats.observations import from_seconds, get, is_observation, listed, span_of
from workbench.formats.records import Format, Head, ReadOptions, Record, Rejected, SpanRow, TraceRow
from workbench.formats.scores import FEEDBACK_NAME, label_of, verdict
from workbench.formats.spans import assemble
from workbench.formats.streams import Broken

ONE_FILE = 8


def _is_export(row: Any) -> bool:
    """Whether an object is one trace with its observations."""
    if not isinstance(row, dict) or not isinstance(row.get("observations"), list):
        return False
    if isinstance(row.get("trace"), dict):
        return True
    return "id" in row and "timestamp" in row or any(is_observation(item) for item in row["observations"][:3])


def _is_trace(row: Any) -> bool:
    """Whether an object is a trace as the trace list gives it, its observations at most named."""
    marks = sum(
        key in row for key in ("bookmarked", "public", "userId", "sessionId", "htmlPath", "projectId", "project_id")
    )
    return "id" in row and "timestamp" in row and ("input" in row or "output" in row) and marks >= 2


def sniff(head: Head) -> float:
    """Sure where there is a trace with observations, or rows with Langfuse's types."""
    if head.layout == "object" and _is_export(head.top):
        return 0.97
    inside = generic.envelope(head)
    rows = [row for row in (head.top[inside[0]] if len(inside) == 1 else head.rows) if isinstance(row, dict)]
    good = sum(_is_export(row) or is_observation(row) or _is_trace(row) for row in rows)
    return 0.93 if rows and good * 2 >= len(rows) else 0.0


def read(path: Path, options: ReadOptions) -> Iterator[Record]:
    """One trace per export, or one span per listed observation."""
    head = layout.look(path)
    alone = head.layout == "object" and _is_export(head.top)
    if alone:
        options = replace(options, max_row_bytes=options.max_row_bytes * ONE_FILE)
    for at, row in layout.rows(path, head, options, () if alone else generic.envelope(head)):
        if isinstance(row, Broken):
            yield Rejected(at, row.reason)
        elif _is_export(row):
            yield _trace(at, row)
        elif isinstance(row, dict) and is_observation(row):
            span = span_of(row)
            yield SpanRow(at, span)
        elif isinstance(row, dict) and _is_trace(row):
            yield _trace(at, {"trace": row, "observations": []})
        else:
            yield Rejected(
                at, "row: expected a trace with observations, or an observation with id, traceId and startTime"
            )


def _observations(export: dict[str, Any], trace: dict[str, Any]) -> list[dict[str, Any]]:
    """Every observation once, with the texts where either copy has them."""
    found: dict[Any, dict[str, Any]] = {}
    for at, item in enumerate([*listed(export["observations"]), *listed(trace.get("observations"))]):
        if not isinstance(item, dict):
            continue
        key = identifier(item.get("id")) or f"observation {at}"
        have = found.get(key)
        found[key] = {**item, **{k: v for k, v in have.items() if v is not None}} if have else item
    return list(found.values())


def _trace(at: int, export: dict[str, Any]) -> Record:
    """One trace with its spans and labels."""
    trace = export["trace"] if isinstance(export.get("trace"), dict) else export if "timestamp" in export else {}
    observations = _observations(export, trace)
    ids = [identifier(value) for value in (trace.get("id"), *(get(item, "traceId") for item in observations))]
    trace_id = next((found for found in ids if found), None)
    spans = [{**span_of(item), "trace_id": trace_id} for item in observations]
    found: dict[str, Any] = {**assemble(spans), "source": "langfuse", "trace_id": trace_id}
    spoken = _spoken(trace, found)
    own = {
        "name": trace.get("name") or get(trace, "traceName"),
        "session_id": get(trace, "sessionId"),
        "user_id": get(trace, "userId"),
        "environment": trace.get("environment"),
        "release": trace.get("release") or trace.get("version"),
        "started_at": values.moment(trace.get("timestamp")),
        "latency_ms": from_seconds(trace.get("latency")),
        "cost_usd": values.number(trace.get("totalCost")),
        "tags": values.words(trace.get("tags")) or None,
        **spoken,
    }
    found.update({key: value for key, value in own.items() if value not in (None, "")})
    scores = [*listed(export.get("scores")), *listed(trace.get("scores")), *listed(trace.get("corrections"))]
    scores = list(
        {str(score.get("id") or n): score for n, score in enumerate(scores) if isinstance(score, dict)}.values()
    )
    found["metadata"] = {**found.get("metadata", {}), **_metadata(trace)}
    found["feedback"] = next((sign for sign in map(_thumb, scores) if sign is not None), found.get("feedback"))
    labels = [label for label in (_label(score, trace_id) for score in scores) if label]
    known = {key: value for key, value in found.items() if value is not None}
    return TraceRow(at, conform_trace(known), spans, labels)


def _spoken(trace: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The trace's own input and output, where they are words; a longer conversation in them is taken."""
    result: dict[str, Any] = {}
    asked = conversation_of(trace.get("input"))
    answered = conversation_of(trace.get("output"), answer=True)
    for side, messages in (("input", asked), ("output", answered)):
        words = None if messages else words_of(trace.get(side), answer=side == "output")
        if words and not (words.startswith(("{", "[")) and found.get(side)):
            result[side] = words
    if (asked or answered) and len(found.get("messages") or ()) < len(asked) + len(answered):
        whole = assemble(
            [
                {
                    "trace_id": None,
                    "span_id": "trace",
                    "kind": "llm",
                    "detail": {"messages_in": asked, "messages_out": answered},
                }
            ]
        )
        if len(whole.get("messages") or ()) > len(found.get("messages") or ()):
            keys = ("messages", "n_turns", "n_tool_calls", "system_prompt", "input", "output")
            result = {**{key: whole.get(key) for key in keys}, **result}
    return result


_KNOWN = frozenset(
    {"id", "name", "timestamp", "environment", "tags", "release", "version", "userId", "user_id", "sessionId",
    "session_id",
     "input", "output", "metadata", "scores", "corrections", "latency", "observations", "totalCost", "trace",
     "_deprecation"}
)  # fmt: skip


def _metadata(trace: dict[str, Any]) -> dict[str, Any]:
    """The trace's metadata and the fields that no column takes, without the copy of the span attributes."""
    given = inner(trace.get("metadata"))
    found = dict(given) if isinstance(given, dict) else {} if given in (None, "") else {"metadata": given}
    for copied in ("attributes", "resourceAttributes", "scope"):
        found.pop(copied, None)
    version = {"version": trace["version"]} if trace.get("release") and trace.get("version") else {}
    rest = {key: value for key, value in trace.items() if key not in _KNOWN and value not in (None, "", [], {})}
    return {**rest, **version, **found}


def _thumb(score: dict[str, Any]) -> int | None:
    """The user's verdict that a score is, if it is one."""
    name, source = str(score.get("name")), str(score.get("source")).upper()
    if source != "API" or not FEEDBACK_NAME.search(name):
        return None
    return verdict(name, score.get("value"), boolean=get(score, "dataType") == "BOOLEAN")


def _label(score: dict[str, Any], trace_id: Any) -> dict[str, Any] | None:
    """A score as a label."""
    source, name = str(score.get("source")).upper(), str(score.get("name"))
    author = get(score, "authorUserId")
    correction = get(score, "dataType") == "CORRECTION"
    value = get(score, "stringValue") or (None if correction else score.get("value"))
    if source == "ANNOTATION" or (source == "API" and author):
        kind = "human"
    else:
        kind = "user" if source == "API" and FEEDBACK_NAME.search(name) else "judge"
    return label_of(
        get(score, "traceId") or trace_id, "correction" if correction else name, "corrected" if correction else value,
        note=score.get("comment"), annotator=author or (name if kind != "human" else "unknown"), kind=kind,
        labelled_at=score.get("timestamp") or get(score, "createdAt"),
        gold_answer=get(score, "longStringValue") if correction else None,
    )  # fmt: skip


FORMAT = Format("langfuse", "Langfuse single-trace downloads, and its traces and observations as listed", sniff, read)
