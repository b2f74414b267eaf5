"""Records brought to the types that their tables promise, whatever a damaged or unusual source holds."""

from typing import Any

from workbench.formats import values
from workbench.tables import SPANS, TRACES

_TRACE_TEXTS = tuple(column.name for column in TRACES if column.type == "text") + ("system_prompt",)
_SPAN_TEXTS = tuple(column.name for column in SPANS if column.type == "text")
_LONGEST_MS = 1e12  # three decades: beyond it, and below nothing, a length is a mistake of the source
_DETAIL_TEXTS = (
    "session_id", "user_id", "model", "provider", "release", "environment", "trace_name", "service", "system", "error",
    "tool_name", "tool_call_id", "version",
)  # fmt: skip


def identifier(value: Any) -> str | None:
    """An id as text; None where the value cannot be one."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value) or None


def _texts(record: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The record with the named fields as text."""
    for name in names:
        if record.get(name) is not None and not isinstance(record[name], str):
            record[name] = values.text(values.plain(record[name]))
    return record


def conform_trace(trace: dict[str, Any]) -> dict[str, Any]:
    """A trace with its text columns as text."""
    return _texts(trace, _TRACE_TEXTS)


def conform_span(span: dict[str, Any]) -> dict[str, Any]:
    """A span with its text columns, and the facts in its detail, as text."""
    _texts(span, _SPAN_TEXTS)
    if span.get("latency_ms") is not None and not 0 <= span["latency_ms"] < _LONGEST_MS:
        span["latency_ms"] = None
    if isinstance(span.get("detail"), dict):
        _texts(span["detail"], _DETAIL_TEXTS)
    return span
