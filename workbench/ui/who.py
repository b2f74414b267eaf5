"""Who is here: the name that changes are made under, in the URL and the session, the same on every page."""

import streamlit as st

from workbench.ui.words import plain
from workbench.workspace import Workspace

READER = "reader"
"""Where the session keeps the name."""


def ask_name(ws: Workspace, page: str, *, question: str, button: str) -> str:
    """Read the person's name from the URL or the session; ask for it once, and draw nothing else before it is given.

    Args:
        ws: The workspace.
        page: Names the form among the pages.
        question: What is asked.
        button: What starts the work.
    """
    name = person(ws)
    if not name:
        with st.form(f"{page}.reader", width=420):
            st.markdown(f"**{plain(question)}** Your labels are kept under this name.")
            st.text_input("Name or initials", key=f"{page}.name", max_chars=60)
            st.form_submit_button(button, type="primary", on_click=_take, args=(f"{page}.name",))
        st.stop()
    if st.query_params.get("as") != name:
        st.query_params["as"] = name
    return name


def person(ws: Workspace) -> str:
    """Read the person's name from the URL or the session; empty where nobody has said it."""
    given = st.query_params.get("as") or st.session_state.get(READER) or ""
    name = ws.reader(given) if given else ""
    if name:
        st.session_state[READER] = name
    return name


def name_field(page: str, name: str, *, width: int = 220, hint: str = "your name or initials") -> None:
    """Draw the field for the name.

    Args:
        page: Names the field among the pages.
        name: The name so far.
        width: Pixels.
        hint: What stands in the empty field.
    """
    key = f"{page}.person.{name}"
    st.text_input(
        "Who are you?", value=name, key=key, max_chars=60, width=width, placeholder=hint,
        label_visibility="collapsed", on_change=_take, args=(key,),
    )  # fmt: skip


def _take(key: str) -> None:
    name = st.session_state.get(key, "").strip()
    if name:
        st.session_state[READER] = name
        st.query_params["as"] = name
