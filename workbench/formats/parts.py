"""The parts of a message: text, tool calls, tool results and media, in every platform's spelling."""

import re
from typing import Any

from workbench.formats.jsontext import dumps, inner

_MEDIA_KEYS = ("mime_type", "mimeType", "media_type", "mediaType", "format")
_MEDIA_TYPES = ("blob", "base64", "image", "input_audio", "audio", "file")
_BASE64 = re.compile(r"[A-Za-z0-9+/=_\-\s]{200,}")


def call_of(call_id: Any, name: Any, arguments: Any) -> dict[str, Any]:
    """A tool call in the one form it is stored in."""
    text = arguments if isinstance(arguments, str) else dumps({} if arguments is None else arguments)
    call: dict[str, Any] = {
        "type": "function",
        "function": {"name": name if name is None or isinstance(name, str) else dumps(name), "arguments": text},
    }
    return {"id": call_id if isinstance(call_id, str) else dumps(call_id), **call} if call_id else call


def call_from(call: Any) -> dict[str, Any]:
    """A tool call from OpenAI's, LangChain's, Vercel's, GenAI's or OpenInference's spelling."""
    call = inner(call)
    if not isinstance(call, dict):
        return call_of(None, None, call)
    call = {key.removeprefix("tool_call."): value for key, value in call.items()}
    inside = call.get("tool_call")
    if isinstance(inside, dict):
        call = inside
    function = call.get("function") if isinstance(call.get("function"), dict) else {}
    name = call.get("name") or call.get("toolName") or function.get("name") or call.get("function.name")
    arguments = next(
        (found[key] for found in (call, function) for key in
         ("arguments", "args", "input", "parameters", "function.arguments") if found.get(key) is not None),
        None,
    )  # fmt: skip
    return call_of(call.get("id") or call.get("toolCallId") or call.get("call_id"), name, arguments)


PART_TYPES = (
    "text",
    "tool_use",
    "tool_result",
    "tool-call",
    "tool-result",
    "tool_call",
    "tool_call_response",
    "image_url",
)


def bare_part(part: Any) -> Any:
    """A content part without OpenInference's prefix."""
    if isinstance(part, dict):
        if isinstance(part.get("message_content"), dict):
            return part["message_content"]
        if any(key.startswith("message_content.") for key in part):
            return {key.removeprefix("message_content."): value for key, value in part.items()}
    return part


def call_part(part: Any) -> dict[str, Any] | None:
    """The tool call that a content part is, if it is one."""
    if not isinstance(part, dict):
        return None
    if part.get("type") in ("tool_use", "tool-call", "tool_call", "server_tool_call", "server_tool_use"):
        return call_from(
            {**part, **part["server_tool_call"]} if isinstance(part.get("server_tool_call"), dict) else part
        )
    inside = part.get("functionCall") or part.get("function_call")
    return call_from(inside) if isinstance(inside, dict) and "type" not in part else None


RESULT_TYPES = ("tool_result", "tool-result", "tool_call_response", "server_tool_call_response", "function_response")


def result_part(part: Any) -> tuple[Any, Any, Any] | None:
    """The call id, tool name and result that a content part carries, if it carries one."""
    if not isinstance(part, dict):
        return None
    inside = part.get("functionResponse") or part.get("function_response")
    if isinstance(inside, dict) and "type" not in part:
        return inside.get("id"), inside.get("name"), inside.get("response")
    if part.get("type") not in RESULT_TYPES:
        return None
    found = next((part[key] for key in ("response", "result", "output", "content") if part.get(key) is not None), None)
    return part.get("tool_use_id") or part.get("toolCallId") or part.get("id"), part.get("toolName"), found


def text_part(part: Any) -> str | None:
    """The text of a part that is text and nothing else."""
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and part.get("type", "text") in ("text", "input_text", "output_text"):
        found = part.get("text", part.get("content"))
        others = [
            key
            for key, value in part.items()
            if key not in ("type", "text", "content") and value not in (None, [], {}, "")
        ]
        return found if isinstance(found, str) and not others else None
    return None


def without_media(value: Any) -> Any:
    """The value with base64 media replaced by a note of its size."""
    if isinstance(value, str):
        if value.startswith("data:") and ";base64," in value[:200]:
            return f"{value.split(',', 1)[0]},[{len(value)} characters left out]"
        return value
    if isinstance(value, list):
        return [without_media(item) for item in value]
    if isinstance(value, dict):
        media = value.get("type") in _MEDIA_TYPES or any(key in value for key in _MEDIA_KEYS)
        return {
            key: f"[{len(item)} characters left out]"
            if media and isinstance(item, str) and len(item) >= 200 and _BASE64.fullmatch(item)
            else without_media(item)
            for key, item in value.items()
        }
    return value


def text_of(content: Any) -> str:
    """The words of a message's content: its text parts, one under the other."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(found for found in map(text_of, content) if found)
    if isinstance(content, dict):
        if content.get("type") in ("reasoning", "thinking", "redacted_thinking", *RESULT_TYPES):
            return ""
        return next(
            (content[key] for key in ("text", "content", "output_text") if isinstance(content.get(key), str)), ""
        )
    return ""
