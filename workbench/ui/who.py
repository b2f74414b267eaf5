"""Who is here: the name that changes are made under, in the URL and the session, the same on every page."""

import streamlit as st

from workbench.ui.reading import READER
from workbench.workspace import Workspace


def person(ws: Workspace) -> str:
    """Read the person's name from the URL or the session; empty where nobody has said it."""
    given = st.query_params.get("as") or st.session_state.get(READER) or ""
    name = ws.reader(given) if given else ""
    if name:
        st.session_state[READER] = name
    return name


def name_field(page: str, name: str, *, label: str = "Who are you?", hidden: bool = True) -> None:
    """Draw the field for the name.

    Args:
        page: Names the field among the pages.
        name: The name so far.
        label: What to ask.
        hidden: Whether the question is not shown beside the field.
    """
    st.text_input(
        label, value=name, key=f"{page}.person.{name}", max_chars=60, width=220, placeholder="your name or initials",
        label_visibility="collapsed" if hidden else "visible", on_change=_take_name, args=(page, name),
    )  # fmt: skip


def _take_name(page: str, before: str) -> None:
    name = st.session_state.get(f"{page}.person.{before}", "").strip()
    if name:
        st.session_state[READER] = name
        st.query_params["as"] = name
