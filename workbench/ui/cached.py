"""What the pages read, kept for as long as it is true: every cache is keyed by the state of the workspace.

A write raises the revision of what it touches, so nothing here expires by the clock and nothing is ever stale; a label
does not make the map be read again. Frames are shared between sessions (copying 100,000 rows for every click would be
most of the click): treat them as read-only.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from workbench.workspace import SETTINGS_FILE, Workspace


def open_workspace(path: Path) -> Workspace:
    """Open a workspace once per server, its vectors and embedder with it; anew when its settings change."""
    settings = path / SETTINGS_FILE
    return _opened(str(path), settings.stat().st_mtime_ns if settings.exists() else 0)


@st.cache_resource(max_entries=8, show_spinner=False)
def _opened(path: str, changed: int) -> Workspace:
    return Workspace(path)


def _state(ws: Workspace) -> str:
    """Name the state of a workspace's traces and maps: where it is, their revision, its settings."""
    return f"{ws.path} {ws.traces_revision} {ws.settings.model_dump_json()}"


def points(ws: Workspace) -> pd.DataFrame:
    """One row per trace of the newest map; the workspace itself keeps it for the revision."""
    return ws.points()


def clusters(ws: Workspace) -> pd.DataFrame:
    """The clusters of the newest map, largest first."""
    return _clusters(ws, _state(ws))


def mask_of(ws: Workspace, trace_ids: Sequence[str] | pd.Series) -> np.ndarray:
    """Tell which rows of the points are the traces of these ids; ids that are not on the map count for nothing."""
    places = _index(ws, _state(ws)).get_indexer(pd.Index(trace_ids))
    mask = np.zeros(len(points(ws)), dtype=bool)
    mask[places[places >= 0]] = True
    return mask


def overview(ws: Workspace) -> Any:
    """The state of the workspace."""
    return _overview(ws, _state(ws))


def review_steps(ws: Workspace) -> Any:
    """What to do next with samples, notes and codes, as of the last write."""
    return _review_steps(ws, f"{_state(ws)} {ws.revision}")


def trace(ws: Workspace, trace_id: str) -> dict[str, Any] | None:
    """One whole trace, or None where there is none of that id."""
    return _trace(ws, _state(ws), trace_id)


def neighbours(ws: Workspace, trace_id: str, k: int = 8) -> pd.DataFrame:
    """The traces most like one."""
    return _neighbours(ws, _state(ws), trace_id, k)


def search(ws: Workspace, text: str, *, meaning: bool, limit: int) -> pd.DataFrame:
    """Find traces by words or by meaning."""
    return _search(ws, _state(ws), text, meaning, limit)


def comparison(ws: Workspace, selected: np.ndarray) -> Any:
    """Compare a selection, a mask over the points, with the rest of the map."""
    return _comparison(ws, _state(ws), hashlib.sha256(selected.tobytes()).hexdigest(), selected)


@st.cache_resource(max_entries=4, show_spinner=False)
def _index(_ws: Workspace, state: str) -> pd.Index:
    return pd.Index(points(_ws)["trace_id"])


@st.cache_resource(max_entries=4, show_spinner=False)
def _clusters(_ws: Workspace, state: str) -> pd.DataFrame:
    return _ws.clusters()


@st.cache_resource(max_entries=4, show_spinner="Counting …")
def _overview(_ws: Workspace, state: str) -> Any:
    return _ws.overview()


@st.cache_resource(max_entries=4, show_spinner=False)
def _review_steps(_ws: Workspace, state: str) -> Any:
    return _ws.review_steps()


@st.cache_resource(max_entries=64, show_spinner=False)
def _trace(_ws: Workspace, state: str, trace_id: str) -> dict[str, Any] | None:
    return _ws.trace(trace_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _neighbours(_ws: Workspace, state: str, trace_id: str, k: int) -> pd.DataFrame:
    return _ws.neighbours(trace_id, k=k)


@st.cache_resource(max_entries=32, show_spinner="Searching …")
def _search(_ws: Workspace, state: str, text: str, meaning: bool, limit: int) -> pd.DataFrame:
    return _ws.search(text, meaning=meaning, limit=limit)


@st.cache_resource(max_entries=32, show_spinner=False)
def _comparison(_ws: Workspace, state: str, selection: str, _selected: np.ndarray) -> Any:
    return _ws.compare(points(_ws)["trace_id"].to_numpy()[_selected])
