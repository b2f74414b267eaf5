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


def name_field(page: str, name: str, *, width: int = 220) -> None:
    """Draw the field for the name.

    Args:
        page: Names the field among the pages.
        name: The name so far.
        width: Pixels.
    """
    st.text_input(
        "Who are you?", value=name, key=f"{page}.person.{name}", max_chars=60, width=width,
        placeholder="your name or initials", label_visibility="collapsed", on_change=_take_name, args=(page, name),
    )  # fmt: skip


def _take_name(page: str, before: str) -> None:
    name = st.session_state.get(f"{page}.person.{before}", "").strip()
    if name:
        st.session_state[READER] = name
        st.query_params["as"] = name
