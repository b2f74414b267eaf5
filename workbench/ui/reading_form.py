"""What the reader says: outcome, note, codes with severities. Everything is saved in the callback that hears it.

A callback carries the trace it is about, and saying the same again writes nothing, so that five fast presses leave one
label on one trace. Buttons, not radios: a focused radio would swallow the digits and arrows.
"""

from collections.abc import Callable
from functools import cache, partial
from importlib import resources
from typing import Any

import streamlit as st

from workbench.ui.conversation import conversation, marked_turn
from workbench.ui.reading import CODES, NOTES, TROUBLE, Desk, go_to, save
from workbench.ui.reading_codes import codes_given, codes_to_give
from workbench.ui.reading_words import place_words
from workbench.ui.words import duration, plain, when

CONVERSATION = "reading.conversation"
HEIGHT = 690
OUTCOMES = {NOTES: {"pass": "1", "fail": "2", "defer": "D"}, CODES: {"pass": "P", "fail": "F", "defer": "D"}}

LOOK = """<style>
.st-key-reading-outcomes button[kind="primary"] {color: #fff;}
.st-key-reading-outcomes [class*="reading-pass"] button[kind="primary"] {background: #009e73; border-color: #009e73;}
.st-key-reading-outcomes [class*="reading-fail"] button[kind="primary"] {background: #d55e00; border-color: #d55e00;}
.st-key-reading-outcomes [class*="reading-defer"] button[kind="primary"] {background: #e69f00; border-color: #e69f00;}
[data-testid="stLayoutWrapper"]:has(> .st-key-reading-trace), .st-key-reading-trace {
  height: calc(100vh - 300px) !important; min-height: 360px; flex: none !important;
}
.st-key-reading-codes {gap: .25rem;}
.st-key-reading-codes button > div {justify-content: flex-start; width: 100%;}
</style>"""


def reading_conversation(desk: Desk) -> None:
    """Show the trace; a click on a turn, or J, K and M, mark where it went wrong first."""
    with st.container(horizontal=True, vertical_alignment="center", key="reading-search"):
        facts = [when(desk.trace.get("started_at")), duration(desk.trace.get("latency_ms")), f"id {desk.trace_id}"]
        st.caption(" · ".join(plain(fact) for fact in facts if fact), width="stretch")
        find = st.text_input(
            "Search in this trace", key=desk.key("find"), placeholder="search in this trace ( / )",
            label_visibility="collapsed", width=230,
        )  # fmt: skip
    with st.container(height=HEIGHT, border=True, key="reading-trace"):
        conversation(
            desk.trace, find=find, key=CONVERSATION, mark=desk.mark, on_mark=partial(_marked, desk, desk.saw())
        )


def reading_form(desk: Desk) -> None:
    """Take the reader's outcome, note and, in round two, codes."""
    st.html(LOOK)
    _say_trouble()
    _outcomes(desk)
    if desk.round == CODES:
        codes_to_give(desk)
    _note(desk)
    _going_on(desk)
    if desk.round == CODES:
        codes_given(desk)  # last, so that nothing above it moves when a code is given
    _keys()


def _say_trouble() -> None:
    trouble = st.session_state.pop(TROUBLE, None)
    if trouble:
        st.error(f"Not saved: {plain(trouble)}", icon=":material/error:")


def _outcomes(desk: Desk) -> None:
    with st.container(horizontal=True, key="reading-outcomes"):
        for outcome, key in OUTCOMES[desk.round].items():
            with st.container(key=f"reading-{outcome}", width="content"):
                st.button(
                    outcome.capitalize(),
                    key=desk.key(outcome),
                    shortcut=key,
                    type="primary" if desk.reading.outcome == outcome else "secondary",
                    on_click=_say_outcome,
                    args=(desk, desk.saw(), outcome),
                )


def _say_outcome(desk: Desk, saw: dict[str, Any], outcome: str) -> None:
    _save_note(desk, saw, outcome=outcome)


def _note(desk: Desk) -> None:
    key = desk.key("note")
    if key not in st.session_state:
        st.session_state[key] = desk.reading.note or ""
    with st.container(key="reading-note", gap="xsmall"):
        st.text_area(
            "The first thing that went wrong, in your own words",
            key=key,
            height=130 if desk.round == NOTES else 84,
            placeholder="what you see, not why it may be so ( N )",
            on_change=_say_note,
            args=(desk, desk.saw()),
        )
        where = place_words(desk.trace, desk.mark)
        st.caption(
            f"at: **{plain(where)}**" if where else "at: the whole trace. Click a turn to mark it, or J, K and M."
        )
        if desk.reading.note and desk.reading.note != (st.session_state[key] or "").strip():
            st.caption(f"stored redacted: {plain(desk.reading.note)}")


def _typed(desk: Desk) -> str | None:
    """The note as it stands in its field; None where it was saved already."""
    typed = st.session_state.get(desk.key("note"))
    if typed is None or typed.strip() == (desk.reading.note or "") or typed in desk.noted:
        return None
    return str(typed)


def _save_note(desk: Desk, saw: dict[str, Any], **said: Any) -> bool:
    """Save the note with whatever else is said; remember that it was, so that one press does not save it twice."""
    typed = _typed(desk)
    done = save(desk, saw, note=typed, **said)
    if done and typed is not None:
        desk.noted.append(typed)
    return done


def _say_note(desk: Desk, saw: dict[str, Any]) -> None:
    _save_note(desk, saw)


def _marked(desk: Desk, saw: dict[str, Any]) -> None:
    mark = marked_turn(CONVERSATION)
    if mark is not None and mark[0] == desk.trace_id:
        st.session_state[desk.key("mark")] = mark[1]
        _save_note(desk, saw)


def _going_on(desk: Desk) -> None:
    with st.container(horizontal=True):
        st.button(
            "Back", key=desk.key("back"), shortcut="Left", on_click=go_to, args=(desk.before,),
            disabled=desk.before is None,
        )  # fmt: skip
        st.button(
            "Save and go on", key=desk.key("on"), shortcut="Mod+Enter", type="primary",
            on_click=_save_and_go_on, args=(desk, desk.saw(), desk.unread()),
        )  # fmt: skip
        st.button(
            "Skip", key=desk.key("skip"), shortcut="Right", on_click=go_to, args=(desk.after,),
            disabled=desk.after is None, help="Goes on; what is said so far stays, what is not stays unread",
        )  # fmt: skip


def _save_and_go_on(desk: Desk, saw: dict[str, Any], following: str | None) -> None:
    if _typed(desk) is None or _save_note(desk, saw):
        go_to(following)


def _keys() -> None:
    places = {"n": ".st-key-reading-note", "t": ".st-key-reading-finder", "/": ".st-key-reading-search"}
    _component()(key="reading.keys", data={"places": places, "note": places["n"], "given": ".st-key-reading-given"})


@cache
def _component() -> Callable[..., Any]:
    js = (resources.files("workbench.ui") / "reading_keys.js").read_text(encoding="utf-8")
    return st.components.v2.component("trace_workbench_reading_keys", html='<span class="keys"></span>\n', js=js)
