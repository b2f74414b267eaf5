"""A whole trace as something to read: turns in order, calls and passages where they belong, the system prompt folded.

``turns`` decides what is shown and how it is called; the component beside it only puts text on the page, as text.
The platforms disagree about the shape of a message, so a shape that is not known is shown as its JSON, never dropped.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import streamlit as st

from workbench.ui.words import duration

SPEAKERS = {"user": "user", "human": "user", "customer": "user", "assistant": "assistant", "ai": "assistant"}
SPEAKERS |= {"end_user": "user", "enduser": "user", "model": "assistant", "agent": "assistant", "bot": "assistant"}
SPEAKERS |= {"gpt": "assistant"}
TOOLS = ("tool", "function", "tool_result", "environment")
SAID = ("text", "content", "value", "response", "result")
FOLD_FROM = 240
"""Characters from which a tool's answer is folded; what people said never is."""


def conversation(
    trace: Mapping[str, Any],
    *,
    find: str = "",
    key: str,
    mark: str | None = None,
    on_mark: Callable[[], None] | None = None,
) -> None:
    """Show a trace's conversation, with the words of a search marked in it.

    Args:
        trace: As ``Workspace.trace`` returns it; whatever it holds is sent to the browser.
        find: Words to mark; what is folded opens where one of them stands in it.
        key: Names this conversation in the session.
        mark: The turn that is marked, ``message:N`` or ``span:ID``.
        on_mark: Called after a turn was marked or unmarked; ``marked_turn`` says which. Without it nothing can be.
    """
    words = [word.lower() for word in find.split() if len(word) > 1]
    shown = {"trace_id": trace["trace_id"], "items": turns(trace), "find": words}
    if on_mark is None:
        _component()(key=key, data=shown)
    else:
        _component()(key=key, data={**shown, "markable": True, "mark": mark or ""}, on_mark_change=on_mark)


def marked_turn(key: str) -> tuple[str, str] | None:
    """Read what was marked just now: the trace and the place, an empty one where the mark was taken away."""
    state = st.session_state.get(key)
    mark = dict(state).get("mark") if state else None
    return None if not mark else (str(mark["trace"]), str(mark["at"]))


def turns(trace: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Put a trace into reading order: a list of ``{kind, title, note, text, folded, is_code, at, items}``.

    ``at`` is where it stands, for labels that are about one place: ``message:N``, counted from 0 over the messages
    (input and output count as 0 and 1 where there are none), or ``span:ID``.

    Args:
        trace: As ``Workspace.trace`` returns it, nested values decoded.
    """
    messages = trace.get("messages") or []
    shown: list[dict[str, Any]] = []
    for place, message in enumerate(messages if isinstance(messages, list) else [messages]):
        shown += [{**item, "at": f"message:{place}"} for item in _message(message)]
    if not shown:
        shown = [
            {**_item(kind, title, text), "at": f"message:{place}"}
            for place, (kind, title, text) in enumerate(
                (
                    ("user", "input", _text(trace.get("input"))),
                    ("assistant", "output", _text(trace.get("output"))),
                )
            )
            if text
        ]
    passages = trace.get("retrieved") or []
    if passages:
        shown.insert(_place_of_passages(shown), _passages(passages))
    if trace.get("error"):
        shown.append(_item("error", "error", _text(trace["error"])))
    if trace.get("spans"):
        shown.append(_spans(trace["spans"]))
    for name in ("params", "metadata"):
        if trace.get(name):
            shown.append(_item("more", name, _text(trace[name]), folded=True, is_code=True))
    return shown


def _message(message: Any) -> list[dict[str, Any]]:
    """One message: what was said, then the tool calls it made."""
    if not isinstance(message, Mapping):
        return [_item("more", "message", _text(message), is_code=True)]
    role = str(message.get("role") or "message")
    text = _text(message.get("content"))
    found = []
    if role in ("system", "developer"):
        found.append(_item("system", "system prompt", text, note=f"{len(text.split()):,} words", folded=True))
    elif role.lower() in TOOLS:
        title = " ".join(filter(None, (f"{role} answer", str(message.get("name") or ""))))
        found.append(_item("tool", title, text, note=_size(text), folded=len(text) > FOLD_FROM, is_code=True))
    elif text or not message.get("tool_calls"):
        kind = SPEAKERS.get(role.lower(), "more")
        long = len(text) > FOLD_FROM and _is_json(text)
        note = " ".join(filter(None, (str(message.get("name") or ""), _size(text) if long else "")))
        found.append(_item(kind, role, text or "(nothing said)", note=note, folded=long, is_code=long))
    calls = message.get("tool_calls") or []
    for call in calls if isinstance(calls, list) else [calls]:
        found.append(_call(call))
    return found


def _call(call: Any) -> dict[str, Any]:
    """One tool call, whichever way its name and arguments are wrapped."""
    inner = call.get("function", call) if isinstance(call, Mapping) else {}
    inner = inner if isinstance(inner, Mapping) else {"name": inner}
    name = str(inner.get("name") or "tool")
    arguments = next((inner[key] for key in ("arguments", "args", "input") if inner.get(key) is not None), None)
    text = _text(call if not inner.get("name") and arguments is None else arguments)
    brief = " ".join(text.split())
    if len(brief) <= 90:
        return _item("call", f"calls {name}", "", note=brief)
    return _item("call", f"calls {name}", text, note=brief[:90] + "…", folded=True, is_code=True)


def _passages(passages: Any) -> dict[str, Any]:
    """Retrieved passages, folded into one line that tells how many and how good the best was."""
    listed = passages if isinstance(passages, list) else [passages]
    items, scores = [], []
    for at, passage in enumerate(listed, 1):
        given = passage if isinstance(passage, Mapping) else {"text": passage}
        score = given.get("score")
        if isinstance(score, int | float) and not isinstance(score, bool):
            scores.append(float(score))
        note = f"score {float(score):.2f}" if scores and score is not None and isinstance(score, int | float) else ""
        items.append(
            _item("passages", str(given.get("id") or f"passage {at}"), _text(given.get("text", given)), note=note)
        )
    best = f", top score {max(scores):.2f}" if scores else ""
    return {
        **_item("passages", f"retrieved passages: {len(items)}", "", note=best.lstrip(", "), folded=True),
        "items": items,
    }


def _spans(spans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The spans as they are nested, each with what went in and what came out."""
    depth: dict[Any, int] = {}
    items = []
    for span in spans:
        level = depth.get(span.get("parent_id"), -1) + 1
        depth[span.get("span_id")] = level
        note = " · ".join(filter(None, (str(span.get("kind") or ""), duration(span.get("latency_ms")))))
        failed = span.get("status") == "error"
        inner = [
            _item("more", title, _text(span.get(title)), is_code=True)
            for title in ("input", "output")
            if _text(span.get(title))
        ]
        title = "\u2003" * min(level, 6) + str(span.get("name") or "span") + (" (error)" if failed else "")
        made = _item("error span" if failed else "span", title, "", note=note, folded=True)
        items.append({**made, "at": f"span:{span.get('span_id')}", "items": inner})
    return {**_item("more", f"spans: {len(items)}", "", folded=True), "items": items}


def _place_of_passages(shown: Sequence[Mapping[str, Any]]) -> int:
    """Before the last thing the assistant said: passages are fetched for the answer."""
    answers = [place for place, item in enumerate(shown) if item["kind"] == "assistant"]
    return answers[-1] if answers else len(shown)


def _text(content: Any) -> str:
    """Content as text: parts joined, anything else as JSON."""
    if content is None or (isinstance(content, float) and content != content):
        return ""
    if isinstance(content, str):
        return _pretty(content)
    if isinstance(content, list) and content and all(_part(part) is not None for part in content):
        return "\n".join(_part(part) or "" for part in content)
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def _part(part: Any) -> str | None:
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping):
        return next((part[key] for key in SAID if isinstance(part.get(key), str)), None)
    return None


def _pretty(text: str) -> str:
    """Write JSON text in lines where it is long; any other text as it is."""
    if text[:1] not in "{[" or len(text) > 200_000 or not text:
        return text
    try:
        content = json.loads(text)
    except ValueError:
        return text
    line = json.dumps(content, ensure_ascii=False)
    return line if len(line) <= 90 else json.dumps(content, ensure_ascii=False, indent=2)


def _is_json(text: str) -> bool:
    if text[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _size(text: str) -> str:
    return f"{len(text):,} characters" if len(text) > FOLD_FROM else ""


def _item(
    kind: str, title: str, text: str, *, note: str = "", folded: bool = False, is_code: bool = False
) -> dict[str, Any]:
    return {"kind": kind, "title": title, "text": text, "note": note, "folded": folded, "is_code": is_code}


@cache
def _component() -> Callable[..., Any]:
    folder = resources.files("workbench.ui")
    css, js = ((folder / f"conversation.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return st.components.v2.component(
        "trace_workbench_conversation", html='<div class="turns" data-testid="conversation"></div>\n', css=css, js=js
    )
