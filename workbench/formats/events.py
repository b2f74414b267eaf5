"""What the events of a span say: messages of the old GenAI form, exceptions, and evaluations."""

import re
from typing import Any

from workbench.formats.conversations import conversation_of, words_of
from workbench.formats.jsontext import inner
from workbench.formats.messages import normalise

_CONTENT_EVENT = re.compile(r"gen_ai\.(system|user|assistant|tool|choice)(\.message)?")


def flat(attributes: Any, prefix: str = "") -> dict[str, Any]:
    """Nested attributes as one level of dotted keys; lists of objects by number."""
    found: dict[str, Any] = {}
    for key, value in attributes.items():
        if isinstance(value, dict) and value:
            found.update(flat(value, f"{prefix}{key}."))
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            found[prefix + key] = value
        elif value is not None:
            found[prefix + key] = value
    return found


def event_messages(events: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Messages that were written as one event each (GenAI up to 1.36), in and out."""
    asked: list[dict[str, Any]] = []
    answered: list[dict[str, Any]] = []
    for event in events:
        body = {**flat(event.get("attributes") or {})}
        match = _CONTENT_EVENT.fullmatch(str(event.get("name", "")))
        if match:
            who = match.group(1)
            inside = inner(body.get("message") or body.get("gen_ai.event.content") or body.get("body"))
            item = {**body, **inside} if isinstance(inside, dict) else body
            item = {
                key.removeprefix("message."): value
                for key, value in item.items()
                if not key.startswith("gen_ai.") and key != "message"
            }
            calls = inner(item.get("tool_calls"))
            message = {
                "role": item.get("role") or ("assistant" if who == "choice" else who),
                "content": inner_content(item.get("content")),
            }
            if isinstance(calls, list) and calls:
                message["tool_calls"] = calls
            if item.get("id") and who == "tool":
                message["tool_call_id"] = item["id"]
            (answered if who == "choice" else asked).append(normalise(message))
        elif event.get("name") == "gen_ai.content.prompt":
            asked += conversation_of(body.get("gen_ai.prompt")) or [
                {"role": "user", "content": words_of(body.get("gen_ai.prompt"))}
            ]
        elif event.get("name") == "gen_ai.content.completion":
            found = body.get("gen_ai.completion")
            answered += conversation_of(found, answer=True) or [
                {"role": "assistant", "content": words_of(found, answer=True)}
            ]
        elif event.get("name") == "gen_ai.client.inference.operation.details":
            asked += conversation_of(body.get("gen_ai.input.messages"))
            answered += conversation_of(body.get("gen_ai.output.messages"), answer=True)
    return asked, answered


def inner_content(content: Any) -> Any:
    """Content parts out of JSON text; plain text, however JSON-like, stays text."""
    opened = inner(content)
    return opened if isinstance(opened, list) and opened and all(isinstance(part, dict) for part in opened) else content


def error_of(events: list[dict[str, Any]]) -> str | None:
    """The message of the last exception among a span's events."""
    for event in reversed(events):
        body = flat(event.get("attributes") or {})
        if event.get("name") == "exception" or "exception.message" in body:
            kind, message = body.get("exception.type"), body.get("exception.message")
            return ": ".join(str(part) for part in (kind, message) if part) or "exception"
    return None


def judgements(events: list[dict[str, Any]], trace_id: Any) -> list[dict[str, Any]]:
    """Labels from ``gen_ai.evaluation.result`` events: always a machine's, the convention has no other."""
    labels = []
    for event in events:
        body = flat(event.get("attributes") or {})
        if event.get("name") != "gen_ai.evaluation.result" and "gen_ai.evaluation.name" not in body:
            continue
        value = body.get("gen_ai.evaluation.score.label", body.get("gen_ai.evaluation.score.value"))
        if value is None:
            continue
        name = str(body.get("gen_ai.evaluation.name") or "evaluation")
        labels.append({
            "trace_id": trace_id, "dimension": name, "value": str(value),
            "note": body.get("gen_ai.evaluation.explanation"),
            "annotator": name, "annotator_kind": "judge",
        })  # fmt: skip
    return labels
