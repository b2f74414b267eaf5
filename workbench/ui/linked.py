"""A choice that is part of the address of a page, so that a view can be sent to a colleague."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st


def linked_choice(
    label: str,
    name: str,
    options: Sequence[str],
    *,
    words: Mapping[str, str] | None = None,
    width: int = 210,
    help: str | None = None,
    on_change: Callable[[], None] | None = None,
) -> str:
    """Draw a box whose choice is in the URL; what is there and is no option means the first.

    Its key is always the same: a box that goes away with its key still reports its old choice, as if it were a new one.

    Args:
        label: Stands above it.
        name: In the URL.
        options: What can be chosen.
        words: What an option is called; itself if not given.
        width: Pixels.
        help: Says more.
        on_change: What else a choice does.
    """
    asked, key, called = st.query_params.get(name), f"linked.{name}", words or {}
    st.session_state[key] = asked if asked in options else options[0]

    def choose() -> None:
        if on_change is not None:
            on_change()
        st.query_params[name] = st.session_state[key]

    chosen: str = st.selectbox(
        label, options, key=key, width=width, help=help, format_func=lambda each: called.get(each, each),
        on_change=choose,
    )  # fmt: skip
    return chosen
