"""One item of a queue: the conversation, one's own answer, then the output beside it, and what one says of it.

Everything chosen or typed is kept on the server, redacted, before it is saved, so that a page that is loaded again has
it and the reservation is renewed. Buttons, not radios: a focused radio would swallow the digits.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import resources
from typing import Any

import streamlit as st

from workbench.ui.conversation import conversation
from workbench.ui.queue import AGAIN, QueueDesk, attempt
from workbench.ui.words import plain

OUTCOMES = {"pass": "P", "fail": "F", "defer": "D"}
KEYED = 9  # dimensions with a digit of their own

LOOK = """<style>
.st-key-queue-outcomes button[kind="primary"] {color: #fff;}
.st-key-queue-outcomes [class*="queue-pass"] button[kind="primary"] {background: #009e73; border-color: #009e73;}
.st-key-queue-outcomes [class*="queue-fail"] button[kind="primary"] {background: #d55e00; border-color: #d55e00;}
.st-key-queue-outcomes [class*="queue-defer"] button[kind="primary"] {background: #e69f00; border-color: #e69f00;}
[data-testid="stLayoutWrapper"]:has(> .st-key-queue-before), .st-key-queue-before {
  height: calc(100vh - 250px) !important; min-height: 340px; flex: none !important;
}
[data-testid="stLayoutWrapper"]:has(> .st-key-queue-after), .st-key-queue-after {
  height: calc(54vh - 150px) !important; min-height: 200px; flex: none !important;
}
[data-testid="stLayoutWrapper"]:has(> .st-key-queue-own), .st-key-queue-own,
[data-testid="stLayoutWrapper"]:has(> .st-key-queue-output), .st-key-queue-output {
  height: calc(46vh - 140px) !important; min-height: 170px; flex: none !important;
}
.st-key-queue-dimensions {gap: .35rem;}
.st-key-queue-dimensions button {min-height: 2rem;}
</style>"""


def queue_conversation(desk: QueueDesk) -> None:
    """Show what came before the answer: the conversation, then the passages fetched for it."""
    st.html(LOOK)
    item = desk.item
    passages = [
        {"role": " · ".join(filter(None, (f"passage {number}", each["title"]))), "content": each["text"]}
        for number, each in enumerate(item.passages, 1)
    ]
    turns = [{**turn, "tool_calls": turn.get("calls")} for turn in item.messages]
    with st.container(height=500, border=True, key="queue-after" if item.revealed else "queue-before"):
        _shown(desk, "conversation", [*turns, *passages] or [{"role": "note", "content": "(nothing was said)"}])


def queue_answers(desk: QueueDesk) -> None:
    """Show one's own answer beside the output, once it may be seen."""
    item = desk.item
    if not item.revealed:
        return
    left, right = st.columns(2, gap="small")
    with left, st.container(height=300, border=True, key="queue-own"):
        own = item.answer or ("You said that you cannot say." if item.declined else "You have written none.")
        _shown(desk, "own", [{"role": "what should have been said", "content": own}])
    with right, st.container(height=300, border=True, key="queue-output"):
        output = item.output or "(no answer was given)"
        _shown(desk, "output", [{"role": "assistant", "content": output, "tool_calls": list(item.output_calls)}])


def queue_form(desk: QueueDesk) -> None:
    """Take the answer that should have been given; after the reveal, what the output is worth."""
    if desk.item.revealed:
        _judgement(desk)
    else:
        _answer(desk)
    _keys()


def _shown(desk: QueueDesk, name: str, messages: list[dict[str, Any]]) -> None:
    """Show messages as text; what the browser calls them is the slot's number."""
    trace: Mapping[str, Any] = {"trace_id": f"{desk.item.slot_id}.{name}", "messages": messages}
    conversation(trace, key=f"queue.{name}")


def _answer(desk: QueueDesk) -> None:
    key = desk.key("answer")
    if key not in st.session_state:
        st.session_state[key] = desk.item.answer or ""
    with st.container(key="queue-text", gap="xsmall"):
        st.text_area(
            "The answer that should have been given, in your own words",
            key=key,
            height=260,
            placeholder="before you see the one that was given ( N )",
            on_change=_keep_answer,
            args=(desk,),
        )
    with st.container(horizontal=True):
        st.button(
            "Reveal", key=desk.key("reveal"), shortcut="Mod+Enter", type="primary", on_click=_reveal, args=(desk,),
            help="Keeps your answer and shows the one that was given",
        )  # fmt: skip
        st.button(
            "I cannot say", key=desk.key("decline"), on_click=_decline, args=(desk,),
            help="Shows the answer that was given; you may still judge it",
        )  # fmt: skip
        st.button(
            "I cannot judge this", key=desk.key("pass on"), type="tertiary", on_click=_pass_on, args=(desk,),
            help="Defers the item without looking at the answer, and goes on",
        )  # fmt: skip
    st.caption("What you write is stored redacted. It is kept while you type, also when you load the page again.")


def _keep_answer(desk: QueueDesk) -> None:
    attempt(partial(_verb(desk, "draft_item"), answer=desk.get("answer", "")))


def _reveal(desk: QueueDesk) -> None:
    attempt(partial(_verb(desk, "answer_item"), desk.get("answer", "")))


def _decline(desk: QueueDesk) -> None:
    attempt(partial(_verb(desk, "answer_item"), declined=True))


def _pass_on(desk: QueueDesk) -> None:
    attempt(partial(_verb(desk, "save_item"), outcome="defer"))


def _amend(desk: QueueDesk) -> None:
    """Let an answer be changed after the reveal; the label tells."""
    with st.popover("Change my answer" if desk.item.answer else "Write an answer", type="tertiary"):
        st.text_area("What should have been said", desk.item.answer or "", key=desk.key("amended"), height=160)
        st.button("Keep this", key=desk.key("amend"), on_click=_amended, args=(desk,))
        st.caption("It is kept as written after the answer was seen.")


def _amended(desk: QueueDesk) -> None:
    attempt(partial(_verb(desk, "answer_item"), desk.get("amended", "")))


def _judgement(desk: QueueDesk) -> None:
    _dimensions(desk)
    with st.container(horizontal=True, key="queue-outcomes"):
        for outcome, key in OUTCOMES.items():
            with st.container(key=f"queue-{outcome}", width="content"):
                st.button(
                    outcome.capitalize(),
                    key=desk.key(f"outcome.{outcome}"),
                    shortcut=key,
                    type="primary" if _outcome(desk) == outcome else "secondary",
                    on_click=_choose,
                    args=(desk, outcome),
                )
    key = desk.key("critique")
    if key not in st.session_state:
        st.session_state[key] = desk.item.said.get("critique", "")
    with st.container(key="queue-text", gap="xsmall"):
        st.text_area(
            "Why, in a sentence; a failure needs it", key=key, height=110, placeholder="your critique ( N )",
            on_change=_keep_said, args=(desk,),
        )  # fmt: skip
    with st.container(horizontal=True):
        st.button(
            "Save anew" if desk.again else "Save and next", key=desk.key("save"), shortcut="Mod+Enter", type="primary",
            on_click=_save, args=(desk,),
        )  # fmt: skip
        _amend(desk)


def _dimensions(desk: QueueDesk) -> None:
    """One row per dimension: its values, its definition, its examples at hand."""
    if not desk.rubric.dimensions:
        st.caption("This queue has no rubric: only outcome and critique are asked.")
        return
    with st.container(key="queue-dimensions"):
        for number, dimension in enumerate(desk.rubric.dimensions, 1):
            key = desk.key(f"dimension.{dimension.name}")
            if key not in st.session_state:
                st.session_state[key] = desk.item.said.get("dimensions", {}).get(dimension.name)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    plain(dimension.name), key=desk.key(f"next.{dimension.name}"), type="tertiary",
                    shortcut=str(number) if number <= KEYED else None, on_click=_next_value, args=(desk, dimension),
                    help=plain(dimension.definition) or None,
                )  # fmt: skip
                st.space("stretch")
                st.segmented_control(
                    plain(dimension.name), dimension.values, key=key, format_func=plain, on_change=_keep_said,
                    args=(desk,), label_visibility="collapsed",
                )  # fmt: skip
                with st.popover(":material/help:", type="tertiary"):
                    st.markdown(_explained(dimension))
            if dimension.definition:
                st.caption(plain(dimension.definition))


def _explained(dimension: Any) -> str:
    parts = {
        "": dimension.definition,
        "Just passes:": dimension.passes,
        "Just fails:": dimension.fails,
        "Where people disagree:": dimension.rule,
    }
    told = [f"**{name}** {plain(text)}" if name else plain(text) for name, text in parts.items() if text]
    return f"**{plain(dimension.name)}**\n\n" + ("\n\n".join(told) or "The rubric says no more of it.")


def _outcome(desk: QueueDesk) -> str | None:
    return desk.get("outcome", desk.item.said.get("outcome"))


def _values(desk: QueueDesk) -> dict[str, str]:
    given = {each.name: desk.get(f"dimension.{each.name}") for each in desk.rubric.dimensions}
    return {name: value for name, value in given.items() if value is not None}


def _choose(desk: QueueDesk, outcome: str) -> None:
    st.session_state[desk.key("outcome")] = outcome
    _keep_said(desk)


def _next_value(desk: QueueDesk, dimension: Any) -> None:
    """Give a dimension its next value; after the last comes the first."""
    key, values = desk.key(f"dimension.{dimension.name}"), dimension.values
    now = st.session_state.get(key)
    st.session_state[key] = values[(values.index(now) + 1) % len(values)] if now in values else values[0]
    _keep_said(desk)


def _keep_said(desk: QueueDesk) -> None:
    if desk.item.state != "done":
        said = {"outcome": _outcome(desk), "dimensions": _values(desk), "critique": desk.get("critique", "")}
        attempt(partial(_verb(desk, "draft_item"), said=said))


def _save(desk: QueueDesk) -> None:
    said = {"outcome": _outcome(desk) or "", "dimensions": _values(desk), "critique": desk.get("critique", "")}
    if attempt(partial(_verb(desk, "save_item"), **said)):
        st.session_state.pop(AGAIN, None)


def _verb(desk: QueueDesk, name: str) -> Callable[..., Any]:
    """A verb of the workspace, for this item and this person."""
    return partial(getattr(desk.ws, name), desk.queue_id, desk.item.slot_id, desk.annotator)


def _keys() -> None:
    text = ".st-key-queue-text"
    places = {"n": text, "t": ".none", "/": ".none"}
    _component()(key="queue.keys", data={"places": places, "note": text, "given": ".st-key-queue-dimensions"})


@cache
def _component() -> Callable[..., Any]:
    js = (resources.files("workbench.ui") / "reading_keys.js").read_text(encoding="utf-8")
    return st.components.v2.component("trace_workbench_queue_keys", html='<span class="keys"></span>\n', js=js)
