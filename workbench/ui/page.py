"""The frame every page stands in: title and question, sidebar, errors a person can put right, and what an empty
workspace offers.

On a server that has just started a deep link runs the page without app.py, so a page draws all of this itself and
app.py draws nothing. Expected trouble is a ``WorkbenchError`` and is shown as its sentence; anything else is a bug and
keeps its traceback.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.charts import CLUSTERS
from workbench.errors import WorkbenchError
from workbench.ui import cached
from workbench.ui.first_run import first_run, show_account
from workbench.ui.menu import menu
from workbench.ui.serving import is_only, may_draw
from workbench.ui.words import plain
from workbench.workspace import Workspace

VARIABLE = "WORKBENCH"
SWITCHED = "workspace"

# Streamlit leaves a hand's breadth above the title and wide gaps; an analyst wants the map and the trace on one screen.
STYLE = """<style>
.stMainBlockContainer {padding: 2.1rem 2rem 2rem; max-width: 2200px;}
.stMainBlockContainer h1 {padding: 0;}
.stSidebar [data-testid="stSidebarContent"] {font-size: .9rem;}
.stVerticalBlock {gap: .7rem;}
[data-testid="stMetricValue"] {font-size: 1.65rem;}
[data-testid="stButtonGroup"] > div button {min-height: 2.5rem;}
.st-key-traces button {min-height: 1.9rem; padding: .1rem 0;}
.st-key-traces button > div, .st-key-traces button > div > span {justify-content: flex-start; width: 100%;}
.st-key-traces {gap: 0;}
</style>"""


@contextmanager
def frame(title: str, question: str, *, needs_traces: bool = True) -> Iterator[Workspace]:
    """Draw the frame of a page and give it the workspace.

    Args:
        title: The page's name.
        question: The one question the page answers.
        needs_traces: Stop with the ways to bring traces in where the workspace holds none.
    """
    st.set_page_config(
        page_title=f"{title} · trace workbench", layout="wide", page_icon=_icon(), initial_sidebar_state=232
    )
    st.html(STYLE)
    if not may_draw(title):
        st.error(
            "This server is for labelling only and this page is not served here. The address of its one page ends in"
            " /queue.",
            icon=":material/lock:",
        )
        st.stop()
    try:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            st.title(title, anchor=False, width="content")
            st.markdown(f":gray[{question}]", width="content")
        ws = cached.open_workspace(workspace_path())
        _sidebar(ws)
        show_account()
        if needs_traces and cached.overview(ws).n_traces == 0:
            if is_only():
                st.info("There is nothing to label yet.", icon=":material/hourglass:")
            else:
                first_run(ws)
            st.stop()
        yield ws
    except WorkbenchError as error:
        st.error(plain(error), icon=":material/error:")
        st.stop()


def workspace_path() -> Path:
    """Name the folder the pages work on: the one switched to, else ``$WORKBENCH``, else ``./workspace``."""
    switched = st.session_state.get(SWITCHED)
    return Path(switched) if switched else own_path()


def own_path() -> Path:
    """Name the folder this server was started for."""
    return Path(os.environ.get(VARIABLE) or "workspace")


@cache
def _icon() -> Any:
    """Draw the tab's icon: a few dots. A named icon would be fetched from the network."""
    from PIL import Image, ImageDraw

    image = Image.new("RGBA", (64, 64))
    draw = ImageDraw.Draw(image)
    for at, (x, y, r) in enumerate(((18, 20, 12), (44, 16, 9), (40, 44, 14), (14, 48, 8))):
        draw.ellipse((x - r, y - r, x + r, y + r), fill=CLUSTERS[at])
    return image


def _sidebar(ws: Workspace) -> None:
    with st.sidebar:
        menu()
        st.divider()
        st.markdown(f"**{plain(ws.path.resolve().name)}**", help=f"Workspace folder: {plain(ws.path.resolve())}")
        state = cached.overview(ws)
        st.caption(f"{state.n_traces:,} traces · revision {ws.revision}")
        if state.engine:
            st.caption(
                f"redacted by {plain(state.engine)}, policy {plain(state.policy)}", help=plain(state.leaks) or None
            )
        if st.session_state.get(SWITCHED):
            st.button(
                f"Back to {plain(own_path().resolve().name)}",
                on_click=_switch_back,
                icon=":material/arrow_back:",
                help="Leaves the demo; nothing in it is deleted.",
            )


def _switch_back() -> None:
    st.session_state.pop(SWITCHED, None)
    st.query_params.clear()
