"""What follows from a redacted trace: input and output, counts, hashes, failure signals."""

from collections.abc import Mapping
from typing import Any

from workbench.ingest import shape
from workbench.signals import ASSISTANT_ROLES, USER_ROLES, find_signals, plain_text


def complete(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what can be derived and give the trace the shape of the traces table.

    What the source states is kept; only what it leaves out is derived. ``tools`` and ``system_prompt``, which have
    no column of their own, are hashed; tool definitions are kept with the metadata.
    """
    filled = dict(trace)
    messages = [message for message in filled.get("messages") or [] if isinstance(message, Mapping)]
    spoken = [(str(message.get("role") or "").lower(), plain_text(message.get("content"))) for message in messages]
    said = [text for role, text in spoken if role in USER_ROLES]
    answered = [text for role, text in spoken if role in ASSISTANT_ROLES]
    filled["input"] = shape.as_text(filled.get("input")) or next(filter(None, said), None)
    filled["output"] = shape.as_text(filled.get("output")) or next(filter(None, reversed(answered)), None)
    filled["name"], filled["error"] = shape.as_text(filled.get("name")), shape.as_text(filled.get("error"))
    if filled.get("n_turns") is None:
        filled["n_turns"] = len(said) or (1 if filled["input"] else 0)
    if filled.get("n_tool_calls") is None:
        calls = (message.get("tool_calls") for message in messages)
        filled["n_tool_calls"] = sum(len(made) for made in calls if isinstance(made, list))
    filled["status"] = "error" if filled.get("status") == "error" or filled["error"] else "ok"
    prompt = filled.pop("system_prompt", None) or [text for role, text in spoken if role in {"system", "developer"}]
    filled["prompt_hash"] = shape.digest(prompt) if prompt else None
    tools = filled.pop("tools", None)
    filled["tools_hash"] = shape.digest(tools) if tools else None
    if tools:
        metadata = filled.get("metadata") or {}
        filled["metadata"] = {**(metadata if isinstance(metadata, Mapping) else {"metadata": metadata}), "tools": tools}
    filled["text_hash"] = shape.digest([filled["input"], filled["output"], [text for _, text in spoken]])
    filled["signals"] = find_signals({**filled, "messages": messages})
    return shape.conform(filled, "traces")
