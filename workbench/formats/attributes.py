"""Span attributes of every convention, read into one ``detail``.

GenAI (new, with messages as JSON or as native lists; old, with one event per message), OpenInference, OpenLLMetry,
Langfuse, Vercel, LangSmith, MLflow and Logfire write the same facts under other keys, and one span often carries
several sets. ``conventions`` holds, per fact, the keys in the order they are believed. What no rule reads stays in
``detail.metadata``, except vectors, of which only the length is kept.
"""

import re
from typing import Any

from workbench.formats import values
from workbench.formats.conventions import (
    FACTS,
    INPUTS,
    KIND_KEYS,
    MESSAGES_IN,
    MESSAGES_OUT,
    OUTPUTS,
    OWN_METADATA,
    TOOLS,
    kind_of,
)
from workbench.formats.conversations import conversation_of, spoken_lines, system_of, words_of
from workbench.formats.events import event_messages, flat
from workbench.formats.jsontext import dumps, inner
from workbench.formats.messages import normalise
from workbench.formats.parts import call_of, text_of, without_media
from workbench.formats.passages import passages

_VECTOR = re.compile(r"(^|\.)(vector|embedding|embeddings)(\.\d+)?$")


class Reading:
    """The attributes of one span, with note taken of which were read."""

    def __init__(self, attributes: dict[str, Any]) -> None:
        self.all = flat(attributes)
        self.read: set[str] = set()

    def first(self, keys: tuple[str, ...]) -> Any:
        """The value of the first of the keys that has one."""
        found = None
        for key in keys:
            value = self.all.get(key)
            if value is not None:
                self.read.add(key)
                if found is None and not values.is_absent(value):
                    found = value
        return found

    def listed(self, prefix: str) -> list[Any]:
        """The elements of a list, whether it stands as one or as numbered keys."""
        whole = inner(self.all.get(prefix))
        if isinstance(whole, list):
            self.read.add(prefix)
            return [flat(item) if isinstance(item, dict) else item for item in whole]
        numbered: dict[int, dict[str, Any]] = {}
        for key, value in self.all.items():
            if key.startswith(prefix + "."):
                number, _, rest = key[len(prefix) + 1 :].partition(".")
                if number.isdigit():
                    self.read.add(key)
                    numbered.setdefault(int(number), {})[rest] = value
        return [item[""] if set(item) == {""} else item for _, item in sorted(numbered.items())]

    def rest(self) -> dict[str, Any]:
        """What nothing has read, vectors cut to their length."""
        return {
            key: f"[{len(value)} numbers left out]"
            if isinstance(value, (list, str)) and _VECTOR.search(key) and len(value) > 20
            else without_media(values.plain(value))
            for key, value in self.all.items()
            if key not in self.read
        }


def _exploded(item: Any) -> Any:
    """A message from keys such as ``message.tool_calls.0.tool_call.function.name``, or from old OpenLLMetry keys."""
    if not isinstance(item, dict):
        return item
    item = {key.removeprefix("message."): value for key, value in item.items()}
    inside = Reading({})
    inside.all = item
    parts = inside.listed("contents")
    calls = inside.listed("tool_calls")
    built = {
        key: value for key, value in item.items() if key not in inside.read and not key.startswith("function_call")
    }
    if parts:
        built["content"] = parts if len(parts) > 1 or not built.get("content") else built["content"]
    if calls:
        built["tool_calls"] = [call_from_flat(call) for call in calls]
    elif item.get("function_call_name"):
        built["tool_calls"] = [call_of(None, item["function_call_name"], item.get("function_call_arguments_json"))]
    if isinstance(built.get("content"), str) and built["content"][:1] == "[":
        opened = inner(built["content"])
        if isinstance(opened, list) and opened and all(isinstance(part, dict) and "type" in part for part in opened):
            built["content"] = opened
    built.setdefault("content", None)
    built.setdefault("role", "")
    return built


def call_from_flat(call: Any) -> dict[str, Any]:
    """A tool call from dotted keys."""
    if not isinstance(call, dict):
        return call_of(None, None, call)
    call = {key.removeprefix("tool_call."): value for key, value in call.items()}
    name = call.get("function.name") or call.get("name")
    arguments = call.get("function.arguments", call.get("arguments"))
    return call_of(call.get("id"), name, arguments)


def _messages(
    reading: Reading, exploded: tuple[str, ...], whole: tuple[str, ...], *, answer: bool
) -> list[dict[str, Any]]:
    """The messages on one side of a call, from the first convention that has any."""
    for prefix in exploded:
        items = reading.listed(prefix)
        if items:
            return [normalise(_exploded(item)) for item in items]
    for key in whole:
        value = reading.all.get(key)
        if value is None:
            continue
        found = conversation_of(values.plain(value), answer=answer)
        if found:
            reading.read.add(key)
            return found
    return []


def _params(reading: Reading) -> dict[str, Any]:
    """The request parameters."""
    found: dict[str, Any] = {}
    for key in ("llm.invocation_parameters", "langfuse.observation.model.parameters", "model_request_parameters"):
        value = inner(reading.all.get(key))
        if isinstance(value, dict):
            reading.read.add(key)
            found.update(value)
    for prefix in ("gen_ai.request.", "llm.request.", "ai.settings."):
        for key, value in reading.all.items():
            name = key.removeprefix(prefix)
            if (
                key.startswith(prefix)
                and name not in ("model", "user", "type", "functions", "available_tools")
                and "." not in name
            ):
                reading.read.add(key)
                found.setdefault(name, value)
    return found


def read_attributes(
    attributes: dict[str, Any], events: list[dict[str, Any]], resource: dict[str, Any]
) -> dict[str, Any]:
    """What the attributes and events of one span say.

    Returns:
        ``kind``, ``input``, ``output`` (text or None) and ``detail``, all raw.
    """
    reading = Reading(attributes)
    detail: dict[str, Any] = {}
    kind = next((found for found in (kind_of(reading.all.get(key)) for key in KIND_KEYS) if found), None)
    reading.read.update(key for key in KIND_KEYS)
    surroundings = Reading(resource)
    for fact, keys in FACTS.items():
        value = reading.first(keys)
        if value is None and fact in ("environment", "release", "service"):
            value = surroundings.first(keys)
        typed = _typed(fact, value)
        if typed is not None:
            detail[fact] = typed
    asked, answered = event_messages(events)
    is_llm = kind in (None, "llm", "agent", "chain")
    if is_llm or kind == "guardrail":
        detail["messages_in"] = (
            _messages(reading, ("llm.input_messages", "gen_ai.prompt"), MESSAGES_IN, answer=False) or asked
        )
        detail["messages_out"] = (
            _messages(reading, ("llm.output_messages", "gen_ai.completion"), MESSAGES_OUT, answer=True) or answered
        )
        _vercel_answer(reading, detail)
    if kind is None:
        spoke = any(reading.all.get(key) is not None for key in (*FACTS["model"], *FACTS["tokens_in"]))
        kind = "llm" if spoke or detail.get("messages_out") else "tool" if "gen_ai.tool.name" in reading.all else "span"
    _surroundings(reading, detail)
    asked_text, answered_text = reading.first(INPUTS), reading.first(OUTPUTS)
    if kind == "llm":
        _bare_prompt(detail, asked_text, answered_text)
    _documents(reading, detail, kind, answered_text)
    detail["params"] = _params(reading)
    detail["metadata"] = _metadata(reading, resource, surroundings)
    return {
        "kind": kind,
        "input": _shown(asked_text, detail.get("messages_in")),
        "output": _shown(answered_text, detail.get("messages_out")),
        "detail": {key: value for key, value in detail.items() if value not in (None, [], {}, "")},
    }


def _typed(fact: str, value: Any) -> Any:
    """A fact in its type."""
    if value is None:
        return None
    if fact in ("tokens_in", "tokens_out"):
        return values.count(value)
    if fact == "cost_usd":
        return values.number(value)
    if fact == "tags":
        return values.words(value)
    if fact == "feedback":
        return values.sign(value)
    return values.text(values.plain(value))


def _vercel_answer(reading: Reading, detail: dict[str, Any]) -> None:
    """The answer of Vercel's spans, whose text and tool calls are two attributes."""
    if detail["messages_out"]:
        return
    text, calls = reading.all.get("ai.response.text"), inner(reading.all.get("ai.response.toolCalls"))
    reading.read.add("ai.response.toolCalls")
    if text or calls:
        detail["messages_out"] = [normalise({"role": "assistant", "content": text, "tool_calls": calls or None})]


def _bare_prompt(detail: dict[str, Any], asked: Any, answered: Any) -> None:
    """A completion without roles: the prompt is what the user said, the text after it the answer."""
    if not detail.get("messages_in") and asked is not None:
        text = words_of(asked)
        if text:
            detail["messages_in"] = spoken_lines(text) or [{"role": "user", "content": text}]
    if not detail.get("messages_out") and answered is not None:
        text = words_of(answered, answer=True)
        if text:
            detail["messages_out"] = [{"role": "assistant", "content": text}]


def _surroundings(reading: Reading, detail: dict[str, Any]) -> None:
    """The system prompt and tools, where they stand apart from the messages."""
    system = inner(reading.first(("gen_ai.system_instructions", "gen_ai.system.instructions")))
    if isinstance(system, dict):
        system = system.get("parts", system)
    detail["system"] = (text_of(system) or dumps(system)) if system else system_of(reading.all.get("output.value"))
    tools = next((found for found in (inner(reading.first((key,))) for key in TOOLS) if found), None)
    if tools is None:
        listed = reading.listed("llm.tools")
        tools = [
            inner(item.get("tool.json_schema", item)) if isinstance(item, dict) else inner(item) for item in listed
        ]
    detail["tools"] = [inner(tool) for tool in tools] if isinstance(tools, list) else tools


def _documents(reading: Reading, detail: dict[str, Any], kind: str, answered: Any) -> None:
    """Retrieved passages."""
    for prefix in ("retrieval.documents", "reranker.output_documents", "gen_ai.retrieval.documents"):
        items = reading.listed(prefix)
        if items:
            bare = [{k.removeprefix("document."): v for k, v in i.items()} if isinstance(i, dict) else i for i in items]
            detail["documents"] = passages(bare)
            return
    if kind == "retriever" and answered is not None:
        found = inner(values.plain(answered))
        if isinstance(found, (list, dict)):
            detail["documents"] = passages(found)


def _metadata(reading: Reading, resource: dict[str, Any], surroundings: Reading) -> dict[str, Any]:
    """What is left, with the user's own metadata opened."""
    found: dict[str, Any] = {}
    for key in ("metadata", "langfuse.trace.metadata", "langfuse.observation.metadata"):
        value = inner(reading.all.get(key))
        if isinstance(value, dict):
            reading.read.add(key)
            found.update(value)
    for key in ("input.mime_type", "output.mime_type"):
        reading.read.add(key)
    for key, value in reading.rest().items():
        prefix = next((prefix for prefix in OWN_METADATA if key.startswith(prefix)), "")
        found[key.removeprefix(prefix)] = value
    left = {key: values.plain(value) for key, value in surroundings.rest().items() if not key.startswith("telemetry.")}
    if left:
        found["resource"] = left
    return found


def _shown(value: Any, messages: list[dict[str, Any]] | None) -> str | None:
    """What is shown as a span's input or output: its own value, else its messages."""
    if value is not None:
        return values.text(without_media(values.plain(value)))
    return dumps(messages) if messages else None
