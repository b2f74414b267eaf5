"""What the pages read, kept for as long as it is true: every cache is keyed by workspace and revision.

Any write raises the revision, so nothing here expires by the clock and nothing is ever stale. Frames are shared between
sessions (copying 100,000 rows for every click would be most of the click): treat them as read-only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from workbench.workspace import Workspace


@st.cache_resource(max_entries=8, show_spinner=False)
def opened(path: str) -> Workspace:
    """Open a workspace once per server, so that its vectors and embedder are loaded once."""
    return Workspace(path)


def points(ws: Workspace) -> pd.DataFrame:
    """One row per trace of the newest map; the workspace itself keeps it for the revision."""
    return ws.points()


def clusters(ws: Workspace) -> pd.DataFrame:
    """The clusters of the newest map, largest first."""
    return _clusters(ws, str(ws.path), ws.revision)


def mask_of(ws: Workspace, trace_ids: Sequence[str] | pd.Series) -> np.ndarray:
    """Tell which rows of the points are the traces of these ids; ids that are not on the map count for nothing."""
    places = _index(ws, str(ws.path), ws.revision).get_indexer(pd.Index(trace_ids))
    mask = np.zeros(len(points(ws)), dtype=bool)
    mask[places[places >= 0]] = True
    return mask


def overview(ws: Workspace) -> Any:
    """The state of the workspace."""
    return _overview(ws, str(ws.path), ws.revision)


def trace(ws: Workspace, trace_id: str) -> dict[str, Any] | None:
    """One whole trace, or None where there is none of that id."""
    return _trace(ws, str(ws.path), ws.revision, trace_id)


def neighbours(ws: Workspace, trace_id: str, k: int = 8) -> pd.DataFrame:
    """The traces most like one."""
    return _neighbours(ws, str(ws.path), ws.revision, trace_id, k)


def search(ws: Workspace, text: str, *, meaning: bool, limit: int) -> pd.DataFrame:
    """Find traces by words or by meaning."""
    return _search(ws, str(ws.path), ws.revision, text, meaning, limit)


def comparison(ws: Workspace, trace_ids: tuple[str, ...]) -> Any:
    """Compare a selection with the rest of the map."""
    return _comparison(ws, str(ws.path), ws.revision, trace_ids)


@st.cache_resource(max_entries=4, show_spinner=False)
def _index(_ws: Workspace, path: str, revision: int) -> pd.Index:
    return pd.Index(points(_ws)["trace_id"])


@st.cache_resource(max_entries=4, show_spinner=False)
def _clusters(_ws: Workspace, path: str, revision: int) -> pd.DataFrame:
    return _ws.clusters()


@st.cache_resource(max_entries=4, show_spinner="Counting …")
def _overview(_ws: Workspace, path: str, revision: int) -> Any:
    return _ws.overview()


@st.cache_resource(max_entries=64, show_spinner=False)
def _trace(_ws: Workspace, path: str, revision: int, trace_id: str) -> dict[str, Any] | None:
    return _ws.trace(trace_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _neighbours(_ws: Workspace, path: str, revision: int, trace_id: str, k: int) -> pd.DataFrame:
    return _ws.neighbours(trace_id, k=k)


@st.cache_resource(max_entries=32, show_spinner="Searching …")
def _search(_ws: Workspace, path: str, revision: int, text: str, meaning: bool, limit: int) -> pd.DataFrame:
    return _ws.search(text, meaning=meaning, limit=limit)


@st.cache_resource(max_entries=32, show_spinner=False)
def _comparison(_ws: Workspace, path: str, revision: int, trace_ids: tuple[str, ...]) -> Any:
    return _ws.compare(trace_ids)
