"""The words of the reading page: where a label stands, how far the reader is, and the lines for a notebook."""

from collections.abc import Mapping
from typing import Any


def place_words(trace: Mapping[str, Any], at: str | None) -> str:
    """Say where a place is: 'assistant turn 2', 'tool answer 1', 'span search'.

    >>> trace = {"messages": [{"role": "user"}, {"role": "assistant"}, {"role": "user"}]}
    >>> place_words(trace, "message:2"), place_words(trace, "step:7"), place_words(trace, None)
    ('user turn 2', 'step 7', '')
    """
    if not at:
        return ""
    kind, _, name = at.partition(":")
    if kind == "span":
        return f"span {next((span['name'] for span in trace.get('spans') or [] if span.get('span_id') == name), name)}"
    if kind == "message":
        messages = trace.get("messages")
        if not isinstance(messages, list) or not messages:
            return {"0": "the input", "1": "the output"}.get(name, at)
        roles = [str(each.get("role")) if isinstance(each, Mapping) else "message" for each in messages]
        place = int(name)
        return f"{roles[place]} turn {roles[: place + 1].count(roles[place])}" if place < len(roles) else at
    return f"{kind} {name}"


def reading_code(path: str, sample_id: str | None, trace_id: str, reader: str) -> str:
    """Give what is on the reading page, and how the same is said without it."""
    lines = ["from workbench import Workspace", "", f"ws = Workspace({path!r})"]
    if sample_id is not None:
        lines.append(f"queue = ws.reading_queue({sample_id!r}, {reader!r})")
    lines += [f"trace = ws.trace({trace_id!r})", f"reading = ws.reading({trace_id!r}, {reader!r})"]
    return "\n".join(
        [*lines, f"# ws.save_reading({trace_id!r}, {reader!r}, outcome='fail', note='...', at='message:2')"]
    )
