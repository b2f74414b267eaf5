"""One message out of each message in, whatever dialect it is written in.

OpenAI (with the old ``function_call``), Responses items, Anthropic and Vercel content parts, Gemini contents, GenAI
parts, ShareGPT, LangChain dumps and OpenInference all say the same few things in other words. Roles are kept as given,
typos included; only counting treats them leniently. Nothing is merged, split or dropped, with one exception that is
said in place: base64 media is replaced by its size, because nothing downstream could redact it.
"""

import re
from collections.abc import Iterable
from typing import Any

from workbench.formats.jsontext import dumps, inner
from workbench.formats.parts import (
    PART_TYPES,
    bare_part,
    call_from,
    call_of,
    call_part,
    result_part,
    text_of,
    text_part,
    without_media,
)

ROLE_KEYS = ("role", "from", "speaker", "sender", "author", "message.role")
CONTENT_KEYS = ("content", "value", "text", "message", "utterance", "parts", "message.content", "body")
LIST_KEYS = (
    "messages", "traj", "history", "conversation", "conversations", "trajectory", "contents", "chat_history", "dialog",
    "dialogue", "chat", "turns", "transcript", "conversation_history", "message_history", "input_messages", "steps",
)  # fmt: skip

_USERS = frozenset(
    {"user", "human", "customer", "client", "caller", "visitor", "enduser", "guest", "prompter", "patient"}
)
_ASSISTANTS = frozenset(
    {"asistant", "ai", "bot", "gpt", "model", "agent", "chatbot", "lm", "chatgpt", "asistantagent", "aimesage",
     "aimesagechunk", "claude", "gemini", "system_bot"}
)  # fmt: skip
_TOOLS = frozenset(
    {"tol", "function", "tols", "ipython", "observation", "tolmesage", "functionmesage", "toloutput", "tolresult"}
)
_SYSTEMS = frozenset({"system", "developer", "systemmesage", "systempromt", "systemprompt"})
_REPEATED = re.compile(r"(.)\1+")
_TYPED_ROLES = ("human", "ai", "system", "tool", "function", "chat", "AIMessageChunk", "HumanMessageChunk")


def speaker(role: Any) -> str:
    """Who speaks, for counting: user, assistant, tool, system, or other. ``asssistant`` is an assistant."""
    if not isinstance(role, str):
        return "other"
    known = _REPEATED.sub(r"\1", re.sub(r"[\s_\-]+", "", role.strip().lower()))
    for who, names in (("user", _USERS), ("assistant", _ASSISTANTS), ("tool", _TOOLS), ("system", _SYSTEMS)):
        if known in names or known.removesuffix("mesage") in names:
            return who
    if known.startswith("asistant"):
        return "assistant"
    return "other"


def is_message(item: Any) -> bool:
    """Whether a value looks like one message of a conversation."""
    if not isinstance(item, dict):
        return False
    if any(isinstance(item.get(key), (str, dict)) for key in ROLE_KEYS):
        return any(key in item for key in (*CONTENT_KEYS, "tool_calls", "function_call", "message.tool_calls"))
    if item.get("type") in _TYPED_ROLES:
        return "content" in item or "data" in item
    return item.get("type") in ("function_call", "function_call_output", "constructor", "reasoning") and len(item) > 1


def is_conversation(value: Any) -> bool:
    """Whether a value is a list of messages; a few strays among them do not make it something else."""
    if not isinstance(value, list) or not value:
        return False
    some = value[:50]
    good = sum(is_message(item) or (isinstance(item, list) and is_conversation(item)) for item in some)
    return good * 2 > len(some) and (is_message(some[0]) or isinstance(some[0], list))


def normalise(item: Any) -> dict[str, Any]:
    """One message as ``{role, content, tool_calls, tool_call_id, name}``, with whatever else it carried."""
    if not isinstance(item, dict):
        return {"role": "", "content": item if isinstance(item, str) or item is None else dumps(item)}
    item = _unwrapped(item)
    if "role" not in item and item.get("type") in ("function_call", "function_call_output", "reasoning"):
        return _responses_item(item)
    role_key = next((key for key in ROLE_KEYS if isinstance(item.get(key), (str, dict))), None)
    if role_key is None and isinstance(item.get("type"), str):
        role_key = "type"
    role = item.get(role_key) if role_key else ""
    if isinstance(role, dict):
        role = role.get("role") or role.get("name") or ""
    content_key = next((key for key in CONTENT_KEYS if key in item and key != role_key), None)
    content = item.get(content_key) if content_key else None
    message: dict[str, Any] = {"role": role, "content": None}
    calls = _calls(item)
    message["content"] = _content(content, message, calls)
    if calls:
        message["tool_calls"] = calls
    for key, names in (("tool_call_id", ("tool_call_id", "toolCallId", "call_id")), ("name", ("name", "tool_name"))):
        given = next((item[name] for name in names if item.get(name)), None)
        if given is not None:
            message[key] = given if isinstance(given, str) else dumps(given)
    taken = {role_key, content_key, "tool_calls", "function_call", "tool_call_id", "name", "additional_kwargs"}
    for key, value in item.items():
        if key not in taken and key not in message and value not in (None, "", [], {}):
            message[key] = without_media(value)
    extra = item.get("additional_kwargs")
    if isinstance(extra, dict):
        rest = {
            k: v for k, v in extra.items() if k not in ("tool_calls", "function_call") and v not in (None, "", [], {})
        }
        if rest:
            message["additional_kwargs"] = without_media(rest)
    return message


def normalise_all(items: Iterable[Any]) -> list[dict[str, Any]]:
    """Every message of a list, one for one; of a list that stands among them, each of its messages."""
    found: list[dict[str, Any]] = []
    for item in items:
        if isinstance(item, list) and is_conversation(item):
            found += normalise_all(item)
        else:
            found.append(normalise(item))
    return found


_LANGCHAIN_ROLES = {"HumanMessage": "human", "AIMessage": "ai", "SystemMessage": "system", "ToolMessage": "tool"}


def _unwrapped(item: dict[str, Any]) -> dict[str, Any]:
    """A message out of LangChain's constructor and ``data`` forms and of chat completion choices."""
    if item.get("type") == "constructor" and isinstance(item.get("kwargs"), dict):
        kind = str((item.get("id") or [""])[-1]).removesuffix("Chunk")
        return {"role": _LANGCHAIN_ROLES.get(kind, kind), **{k: v for k, v in item["kwargs"].items() if k != "type"}}
    if isinstance(item.get("data"), dict) and "content" in item["data"] and item.get("type") in _TYPED_ROLES:
        return {"role": item["type"], **{k: v for k, v in item["data"].items() if k != "type"}}
    if "role" not in item and item.get("type") in _TYPED_ROLES and "content" in item:
        return {"role": item["type"], **{k: v for k, v in item.items() if k != "type"}}
    message = item.get("message")
    if isinstance(message, dict) and is_message(message) and "content" not in item:
        rest = {key: value for key, value in item.items() if key not in ("message", "index", *message)}
        return {**message, **rest}
    if any(key.startswith("message.") for key in item):
        return {key.removeprefix("message."): value for key, value in item.items()}
    return item


def _responses_item(item: dict[str, Any]) -> dict[str, Any]:
    """An item of the Responses interface that is no message: a call, its output, or reasoning."""
    if item["type"] == "function_call":
        call = call_of(item.get("call_id") or item.get("id"), item.get("name"), item.get("arguments"))
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if item["type"] == "function_call_output":
        return {"role": "tool", "content": item.get("output"), "tool_call_id": item.get("call_id")}
    summary = item.get("summary") or item.get("content") or []
    return {"role": "reasoning", "content": text_of(summary) or None}


def _calls(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The tool calls a message carries beside its content."""
    given = item.get("additional_kwargs")
    extra: dict[str, Any] = given if isinstance(given, dict) else {}
    given = inner(item.get("tool_calls") or item.get("toolCalls") or extra.get("tool_calls"))
    if isinstance(given, dict):
        given = [given]
    if isinstance(given, list) and given:
        return [call_from(call) for call in given]
    legacy = item.get("function_call") or extra.get("function_call")
    return [call_from(legacy)] if isinstance(legacy, dict) else []


def _content(content: Any, message: dict[str, Any], calls: list[dict[str, Any]]) -> Any:
    """The content without the tool calls in it, which go to ``calls``; a lone text part becomes its text."""
    if isinstance(content, dict) and isinstance(content.get("parts"), list):
        content = content["parts"]
    if isinstance(content, dict):
        content = [content] if content.get("type") in PART_TYPES else without_media(content)
    if not isinstance(content, list):
        return content
    kept: list[Any] = []
    known = {call.get("id") for call in calls if call.get("id")}
    for part in content:
        part = bare_part(part)
        call = call_part(part)
        if call is not None:
            if not call.get("id") or call["id"] not in known:
                calls.append(call)
            continue
        result = result_part(part)
        if result is not None and len(content) == 1:
            message["tool_call_id"], name, content_ = result
            if name:
                message["name"] = name
            return without_media(content_)
        kept.append(without_media(part))
    if len(kept) == 1 and (alone := text_part(kept[0])) is not None:
        return alone
    return kept or None if calls else kept


def is_result(message: dict[str, Any]) -> bool:
    """Whether a message is what a tool gave back, under whichever role."""
    if speaker(message.get("role")) == "tool" or message.get("tool_call_id"):
        return True
    content = message.get("content")
    return isinstance(content, list) and bool(content) and all(result_part(part) for part in content)
