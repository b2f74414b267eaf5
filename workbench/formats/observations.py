"""One Langfuse observation as a span, in the spelling of the API or of the blob export."""

from typing import Any

from workbench.formats import values
from workbench.formats.attributes import read_attributes
from workbench.formats.conform import conform_span, identifier
from workbench.formats.conventions import kind_of
from workbench.formats.conversations import conversation_of, spoken_lines, system_of, words_of
from workbench.formats.jsontext import inner
from workbench.formats.parts import without_media
from workbench.formats.passages import passages

_TYPES = frozenset(
    {"GENERATION", "SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL"}
)


def get(row: dict[str, Any], name: str) -> Any:
    """A field in camelCase, or in snake_case as the blob export writes it."""
    return row[name] if name in row else row.get(values.snake(name))


def is_observation(row: Any) -> bool:
    """Whether an object is an observation, in either spelling."""
    return (
        isinstance(row, dict)
        and str(row.get("type")).upper() in _TYPES
        and all(identifier(get(row, name)) for name in ("id", "traceId"))
        and bool(get(row, "startTime"))
    )


def from_seconds(value: Any) -> float | None:
    """Seconds as milliseconds."""
    found = values.number(value)
    return None if found is None else found * 1000


def span_of(item: dict[str, Any]) -> dict[str, Any]:
    """One observation as a span."""
    start, end = values.moment(get(item, "startTime")), values.moment(get(item, "endTime"))
    metadata = inner(item.get("metadata"))
    attributes = metadata.get("attributes") if isinstance(metadata, dict) else None
    kind = kind_of(item.get("type")) or "span"
    if kind == "span" and isinstance(attributes, dict):
        kind = kind_of(attributes.get("openinference.span.kind") or attributes.get("gen_ai.operation.name")) or "span"
    failed = str(item.get("level")).upper() == "ERROR"
    latency = (
        from_seconds(item.get("latency")) if start is None or end is None else (end - start).total_seconds() * 1000
    )
    span = {
        "trace_id": identifier(get(item, "traceId")),
        "span_id": identifier(item.get("id")),
        "parent_id": identifier(get(item, "parentObservationId")),
        "kind": kind,
        "name": item.get("name"),
        "started_at": start,
        "latency_ms": latency if latency is not None else values.number(get(item, "latencyMs")),
        "status": "error" if failed else "ok",
        "input": values.text(without_media(item.get("input"))),
        "output": values.text(without_media(item.get("output"))),
        "detail": _detail(item, kind, metadata, failed),
    }
    return conform_span(span)


def _detail(item: dict[str, Any], kind: str, metadata: Any, failed: bool) -> dict[str, Any]:
    """What a trace is put together from."""
    usage, cost = _dict(inner(get(item, "usageDetails"))), _dict(inner(get(item, "costDetails")))
    old = _dict(item.get("usage"))
    tokens = [
        values.count(
            next((v for v in (usage.get(side), old.get(side), item.get(f"{side}Usage")) if v is not None), None)
        )
        for side in ("input", "output")
    ]
    asked, tools = _without_definitions(conversation_of(item.get("input")))
    answered = conversation_of(item.get("output"), answer=True)
    if kind == "llm":
        asked = asked or _bare(item.get("input"), "user")
        answered = answered or _bare(item.get("output"), "assistant")
    listed = inner(get(item, "toolDefinitions"))
    call_id = inner(item.get("output"))
    detail = {
        "messages_in": asked,
        "messages_out": answered,
        "system": system_of(item.get("output")) or system_of(item.get("input")),
        "tools": tools or listed,
        "documents": passages(item.get("output")) if kind == "retriever" else None,
        "model": item.get("model") or get(item, "providedModelName"),
        "params": inner(get(item, "modelParameters")),
        "tokens_in": tokens[0] if usage or old or tokens[0] else None,
        "tokens_out": tokens[1] if usage or old or tokens[1] else None,
        "cost_usd": values.number(get(item, "totalCost") or cost.get("total")),
        "session_id": get(item, "sessionId"),
        "user_id": get(item, "userId"),
        "release": item.get("release"),
        "environment": item.get("environment"),
        "trace_name": get(item, "traceName"),
        "tags": values.words(item.get("tags")),
        "tool_call_id": call_id.get("tool_call_id") if isinstance(call_id, dict) else None,
        "metadata": _left_over(metadata),
        "error": (get(item, "statusMessage") or "error") if failed else None,
    }
    return {key: value for key, value in detail.items() if value not in (None, "", [], {})}


def _left_over(metadata: Any) -> Any:
    """An observation's metadata without the span attributes that only repeat its fields."""
    if not isinstance(metadata, dict):
        return {"metadata": metadata} if metadata not in (None, "") else None
    rest = {key: value for key, value in metadata.items() if key not in ("attributes", "resourceAttributes", "scope")}
    attributes, resource = inner(metadata.get("attributes")), inner(metadata.get("resourceAttributes"))
    if isinstance(attributes, dict):
        found = read_attributes(attributes, [], resource if isinstance(resource, dict) else {})
        rest = {**found["detail"].get("metadata", {}), **rest}
    return rest


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The list that a field holds; nothing else counts as one."""
    return value if isinstance(value, list) else []


def _bare(value: Any, role: str) -> list[dict[str, Any]]:
    """A prompt or completion without roles as a message."""
    words = words_of(value, answer=role == "assistant")
    if not words or words == "None":
        return []
    return (spoken_lines(words) if role == "user" else []) or [{"role": role, "content": words}]


def _without_definitions(messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Any]]:
    """Messages without the tool definitions that Langfuse appends to them under the role tool."""
    kept, tools = [], []
    for message in messages:
        content = message.get("content")
        body = content.get("function") if isinstance(content, dict) and content.get("type") == "function" else None
        if (
            message.get("role") == "tool"
            and not message.get("tool_call_id")
            and isinstance(body, dict)
            and "parameters" in body
        ):
            tools.append(content)
        else:
            kept.append(message)
    return kept, tools
