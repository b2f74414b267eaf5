"""Keys that need no server: N goes to a field, Escape back to the page; what is typed is handed on after a moment."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import streamlit as st

NOWHERE = ".none"


def focus_keys(key: str, *, note: str, places: Mapping[str, str] | None = None) -> None:
    """Let N go to the field in the place that a CSS selector names; typing there is kept without a key.

    Args:
        key: Names this in the session.
        note: The place that N goes to.
        places: Further places by their key.
    """
    given = {"n": note, "t": NOWHERE, "/": NOWHERE, **(places or {})}
    _component()(key=key, data={"places": given, "note": note, "given": NOWHERE})


@cache
def _component() -> Callable[..., Any]:
    js = (resources.files("workbench.ui") / "reading_keys.js").read_text(encoding="utf-8")
    return st.components.v2.component("trace_workbench_focus_keys", html='<span class="keys"></span>\n', js=js)
