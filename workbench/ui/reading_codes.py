"""Round two: codes by key, the ones this reader used last first, found or created by typing, with severities.

The order of the keys stays as long as the trace does: what moves under a finger is pressed by mistake.
"""

from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.reading import TROUBLE, Desk, save
from workbench.ui.words import plain

KEYED = 9
LEVELS = [1, 2, 3, 4, 5]
CREATED = "named while reading"


def codes_given(desk: Desk) -> None:
    """List the codes this reader gave the trace, each with its severity and a way to take it back."""
    if not desk.reading.codes:
        return
    book = desk.ws.codebook()
    with st.container(border=True, gap="xsmall", key="reading-given"):
        for code in {each.name: each for each in desk.reading.codes}.values():
            key = desk.key(f"severity.{code.name}")
            if st.session_state.get(key) != code.severity:
                st.session_state[key] = code.severity
            found = book.find(code.name)
            usual = f" :gray[usually {found.severity}]" if found and found.severity else ""
            with st.container(horizontal=True, vertical_alignment="center", wrap=False):
                st.markdown(f"**{plain(code.name)}**{usual}", width="stretch")
                st.segmented_control(
                    f"Severity of {plain(code.name)}", LEVELS, key=key, on_change=_say_severity,
                    args=(desk, desk.saw(), code.name), label_visibility="collapsed",
                )  # fmt: skip
                st.button(
                    ":material/close:", key=desk.key(f"drop.{code.name}"), type="tertiary", on_click=_drop,
                    args=(desk, desk.saw(), code.name), help=f"Take back {plain(code.name)}",
                )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.popover("What the severities mean", type="tertiary"):
                st.markdown(_anchors(desk))
            st.button(
                "Last one up", key=desk.key("severer"), shortcut="S", type="tertiary",
                on_click=_one_up, args=(desk, desk.saw()), help="The severity of the code given last, one up",
            )  # fmt: skip


def codes_to_give(desk: Desk) -> None:
    """Offer the codes: nine by key, any by its name, a new one by typing it."""
    names = desk.ws.code_keys(desk.reader, desk.trace_id, sample_id=desk.sample_id)
    saw = {**desk.saw(), "codes": names[:KEYED]}
    book = desk.ws.codebook()
    with st.container(key="reading-codes"):
        for place, name in enumerate(names[:KEYED], 1):
            st.button(
                plain(name, 46),
                key=desk.key(f"code.{name}"),
                shortcut=str(place),
                type="primary" if name in desk.reading.names else "secondary",
                on_click=_give,
                args=(desk, saw, name),
                width="stretch",
                help=plain(book.get(name).definition) or None,
            )
    with st.container(key="reading-finder"):
        st.selectbox(
            "Find or create a code", names, index=None, key=desk.key("finder"), accept_new_options=True,
            placeholder="type to find or create a code ( T )", label_visibility="collapsed",
            on_change=_find, args=(desk, saw),
        )  # fmt: skip


def _anchors(desk: Desk) -> str:
    return "  \n".join(f"**{level}** {plain(words)}" for level, words in desk.ws.severity_anchors.items())


def _give(desk: Desk, saw: dict[str, Any], name: str) -> None:
    names = desk.ws.reading(desk.trace_id, desk.reader).names
    save(desk, saw, codes=[*names, name])


def _drop(desk: Desk, saw: dict[str, Any], name: str) -> None:
    names = desk.ws.reading(desk.trace_id, desk.reader).names
    save(desk, saw, codes=[each for each in names if each != name])


def _find(desk: Desk, saw: dict[str, Any]) -> None:
    """Give the code that was found by its name, or make it first."""
    typed = st.session_state.get(desk.key("finder"))
    st.session_state[desk.key("finder")] = None
    if not typed or not str(typed).strip():
        return
    try:
        name = desk.ws.code_named(str(typed), author=desk.reader, reason=CREATED)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    _give(desk, saw, name)


def _say_severity(desk: Desk, saw: dict[str, Any], name: str) -> None:
    save(desk, saw, severities={name: st.session_state[desk.key(f"severity.{name}")]})


def _one_up(desk: Desk, saw: dict[str, Any]) -> None:
    """Raise the severity of the code given last; above 5 comes 1."""
    codes = desk.ws.reading(desk.trace_id, desk.reader).codes
    if codes:
        last = codes[-1]
        now = last.severity or desk.ws.codebook().get(last.name).severity or 0
        save(desk, saw, severities={last.name: now % 5 + 1})
