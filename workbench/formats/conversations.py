"""Finding the conversation in what a platform stored, and reading a trace's columns off it.

The same conversation is stored as a list, as JSON text, inside a request body, as a completion's choices, as Gemini's
candidates, or as the state of a graph. ``conversation_of`` opens these; ``summary`` says what was asked and answered.
"""

import re
from typing import Any

from workbench.formats.jsontext import dumps, inner
from workbench.formats.messages import (
    LIST_KEYS,
    is_conversation,
    is_message,
    is_result,
    normalise,
    normalise_all,
    speaker,
)
from workbench.formats.parts import text_of

COMPLETION_KEYS = ("choices", "candidates", "generations")
_SYSTEM_KEYS = ("system", "instructions", "system_instruction", "systemInstruction", "system_prompt")
_QUESTION_KEYS = (
    "input",
    "question",
    "query",
    "prompt",
    "user_input",
    "text",
    "message",
    "user_message",
    "content",
    "contents",
    "q",
)
_ANSWER_KEYS = (
    "output",
    "answer",
    "response",
    "result",
    "completion",
    "text",
    "message",
    "content",
    "output_text",
    "final_output",
    "raw",
)


def conversation_of(value: Any, *, answer: bool = False) -> list[dict[str, Any]]:
    """The messages that a stored input or output holds; empty where it holds none.

    Args:
        value: what was stored, JSON text included.
        answer: whether it is an output, which may be a completion's choices or candidates.
    """
    value = inner(value)
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], list):
            return conversation_of(value[0], answer=answer)
        if is_conversation(value):
            return normalise_all(value)
        if answer and value and all(isinstance(item, dict) and _is_call(item) for item in value):
            return [normalise({"role": "assistant", "content": None, "tool_calls": value})]
        if answer and value and all(isinstance(item, dict) and isinstance(item.get("message"), dict) for item in value):
            return normalise_all(item["message"] for item in value[:1])
        return []
    if not isinstance(value, dict):
        return []
    if is_message(value):
        return [normalise(value)]
    found = _in_body(value)
    if not found and answer:
        found = _completion(value)
    elif not found and isinstance(value.get("kwargs"), dict):
        found = _in_body(value["kwargs"])
    system = None if answer else system_of(value)
    if found and system and not any(speaker(message["role"]) == "system" for message in found):
        found.insert(0, {"role": "system", "content": system})
    return found


def system_of(body: Any) -> str | None:
    """The system prompt that a request or response body states apart from its messages."""
    body = inner(body)
    system = next((inner(body[key]) for key in _SYSTEM_KEYS if body.get(key)), None) if isinstance(body, dict) else None
    if system is None:
        return None
    parts = system.get("parts", system) if isinstance(system, dict) else system
    return text_of(parts) or dumps(parts)


_SPEAKER_LINE = re.compile(r"^(system|developer|user|human|assistant|ai|tool): ?", re.MULTILINE | re.IGNORECASE)


def spoken_lines(text: str) -> list[dict[str, Any]]:
    """The messages of a prompt that was flattened to ``user: ...`` lines; empty unless it begins with such a line."""
    marks = list(_SPEAKER_LINE.finditer(text))
    if not marks or marks[0].start():
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        {"role": mark.group(1).lower(), "content": text[mark.end() : end].rstrip("\n")}
        for mark, end in zip(marks, ends, strict=True)
    ]


def _is_call(item: dict[str, Any]) -> bool:
    """Whether an object is a tool call standing by itself."""
    return ("toolName" in item and "toolCallId" in item) or (
        item.get("type") == "function" and isinstance(item.get("function"), dict) and "arguments" in item["function"]
    )


def _in_body(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a request body or a graph's state."""
    for key in (*LIST_KEYS, "input", "output", "prompt"):
        listed = inner(body.get(key))
        if isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], list):
            listed = listed[0]
        if not is_conversation(listed):
            continue
        return normalise_all(listed)
    return []


def _completion(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer inside a completion, a list of candidates or of generations."""
    for key in COMPLETION_KEYS:
        listed = value.get(key)
        first = listed[0] if isinstance(listed, list) and listed else None
        if isinstance(first, list):
            first = first[0] if first else None
        if not isinstance(first, dict):
            continue
        for inside in (first.get("message"), first.get("content"), first.get("delta")):
            if isinstance(inside, dict):
                return [normalise({"role": "assistant", **inside} if "kwargs" not in inside else inside)]
        if isinstance(first.get("text"), str):
            return [{"role": "assistant", "content": first["text"]}]
    if isinstance(value.get("message"), dict) and is_message(value["message"]):
        return [normalise(value["message"])]
    if isinstance(value.get("body"), dict):
        return conversation_of(value["body"], answer=True)
    if value.get("toolCalls") or value.get("tool_calls"):
        return [
            normalise(
                {
                    "role": "assistant",
                    "content": value.get("text"),
                    "tool_calls": inner(value.get("toolCalls") or value.get("tool_calls")),
                }
            )
        ]
    return []


def words_of(value: Any, *, answer: bool = False) -> str | None:
    """The words in a stored input or output: its text, or the question or answer inside a small object.

    A structured value whose words cannot be told is given as JSON text; messages are not opened here.
    """
    value = inner(value)
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, dict):
        key = words_key(value, answer=answer)
        if key:
            return inner(value[key])
        args = value.get("args")
        if isinstance(args, list) and args and all(isinstance(arg, str) for arg in args):
            return args[0]
    return dumps(value)


def summary(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The trace columns that a conversation gives: input, output, n_turns, n_tool_calls, system_prompt.

    ``input`` is the first user message and ``output`` the last assistant message that says something; where no role
    is known, the first and last message that is neither system prompt nor tool result.
    """
    spoken = [message for message in messages if speaker(message.get("role")) != "system" and not is_result(message)]
    asked = [message for message in spoken if speaker(message["role"]) == "user"]
    answered = [message for message in spoken if speaker(message["role"]) == "assistant"]
    others = [message for message in spoken if speaker(message["role"]) == "other" and message["role"] != "reasoning"]
    question = _first_words(asked or others[:1])
    answer = _first_words(reversed(answered or [message for message in others if message is not others[0]]))
    system = [text_of(message.get("content")) for message in messages if speaker(message.get("role")) == "system"]
    return {
        "input": question,
        "output": answer,
        "n_turns": len(asked),
        "n_tool_calls": sum(len(message.get("tool_calls") or ()) for message in messages),
        "system_prompt": "\n".join(found for found in system if found) or None,
    }


def words_key(value: dict[str, Any], *, answer: bool = False) -> str | None:
    """The key under which an object holds the question or the answer, if under one of the usual."""
    for key in _ANSWER_KEYS if answer else _QUESTION_KEYS:
        found = inner(value.get(key))
        if isinstance(found, str) and found.strip():
            return key
    return None


def _first_words(messages: Any) -> str | None:
    """The first text among messages."""
    return next((found for found in (text_of(message.get("content")) for message in messages) if found.strip()), None)
