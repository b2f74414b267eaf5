"""Keys that need no server: N goes to a field, Escape back to the page; what is typed is handed on after a moment."""

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import streamlit as st

NOWHERE = ".none"


def focus_keys(key: str, *, note: str) -> None:
    """Let N go to the field in the place that a CSS selector names; typing there is kept without a key."""
    _component()(key=key, data={"places": {"n": note, "t": NOWHERE, "/": NOWHERE}, "note": note, "given": NOWHERE})


@cache
def _component() -> Callable[..., Any]:
    js = (resources.files("workbench.ui") / "reading_keys.js").read_text(encoding="utf-8")
    return st.components.v2.component("trace_workbench_focus_keys", html='<span class="keys"></span>\n', js=js)
