"""The map on a page: a component of our own that draws every point and sends back a polygon or one index.

Plotly's own map sends every selected point back as JSON (130 bytes each, with every later click again), so it stops
being pleasant at 20,000 points; this one draws all of them on the processor, needs no graphics card, and its answer
to a lasso is a few hundred numbers whatever lies inside. ``scatter`` is the only door: a page never sees the component.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from workbench.charts import Colouring, cluster_colour

NO_CLUSTER = 65535
WORDS_UP_TO = 300_000
"""Above this many points the hover text stays on the server: it would be most of the page's weight."""
WORDS = 140


@dataclass(frozen=True)
class Look:
    """What the map shows beyond the points themselves.

    ``shown`` and ``selected`` are masks over the points; points that are not shown stay as faint grey, so that the
    map does not jump when a filter changes. ``open`` and ``near`` are row numbers: the trace that is being read and its
    neighbours.
    """

    colours: Colouring
    shown: np.ndarray
    selected: np.ndarray | None = None
    open: int | None = None
    near: tuple[int, ...] = ()
    chosen: int | None = None
    names: bool = True
    height: int = 460


def scatter(
    points: pd.DataFrame,
    clusters: pd.DataFrame,
    look: Look,
    *,
    version: str,
    key: str,
    on_polygon: Callable[[], None],
    on_point: Callable[[], None],
) -> None:
    """Draw the map; ``polygon`` and ``point`` read what was done to it.

    Args:
        points: ``x``, ``y``, ``cluster``, ``first_words``, one row per trace.
        clusters: ``cluster, name, n, x, y``.
        look: Colours, masks and marks.
        version: Changes when the points do; equal versions are not sent again.
        key: Names this map in the session.
        on_polygon: Called after a lasso or box was drawn or cleared.
        on_point: Called after a dot was clicked.
    """
    _view()(
        key=key,
        data=view_payload(points, clusters, look, version=version, store=key, drawn=polygon(key)),
        on_polygon_change=on_polygon,
        on_point_change=on_point,
        default={"polygon": None},
    )
    _carrier()(key=f"{key}.points", data=_packed(points, key, version))


def polygon(key: str) -> dict[str, list[float]] | None:
    """Read the corners of what was drawn around, in map coordinates; None where nothing is."""
    state = st.session_state.get(key)
    drawn = dict(state).get("polygon") if state else None
    if not drawn or drawn.get("id") == st.session_state.get(f"{key}.cleared", 0):
        return None
    return {"x": list(drawn["x"]), "y": list(drawn["y"])}


def clicked(key: str) -> int | None:
    """Read the row of the dot that was clicked just now."""
    state = st.session_state.get(key)
    row = dict(state).get("point") if state else None
    return None if row is None else int(row)


def clear_polygon(key: str) -> None:
    """Forget what was drawn; to be called in a callback, before the map is drawn again.

    The browser keeps its copy and sends it with every later click, so it is the drawing's number that is remembered.
    """
    drawn = dict(st.session_state.get(key) or {}).get("polygon")
    if drawn:
        st.session_state[f"{key}.cleared"] = drawn.get("id")


def view_payload(
    points: pd.DataFrame,
    clusters: pd.DataFrame,
    look: Look,
    *,
    version: str,
    store: str,
    drawn: dict[str, list[float]] | None = None,
) -> dict[str, Any]:
    """What the view is sent: one byte per point (colour and layer), the names, the legend, the marks."""
    colours = look.colours
    layer = look.shown.astype(np.uint8)
    if look.selected is not None:
        layer = layer + (look.selected & look.shown)
    packed = (colours.codes.astype(np.uint8) & 63) | (layer.astype(np.uint8) << 6)
    n_shown, n_selected = int(look.shown.sum()), int((layer == 2).sum())
    return {
        "store": store,
        "version": version,
        "height": look.height,
        "look": base64.b64encode(packed.tobytes()).decode("ascii"),
        "palette": list(colours.palette),
        "labels": list(colours.labels),
        "is_kind": colours.column != "cluster",
        "legend": _legend(colours),
        "names_shown": look.names,
        "names": [
            {"cluster": int(row.cluster), "text": _short(row.name), "x": float(row.x), "y": float(row.y)}
            for row in clusters.itertuples()
        ],
        "n_shown": n_shown,
        "n_selected": n_selected,
        "open": -1 if look.open is None else look.open,
        "near": list(look.near),
        "chosen": look.chosen,
        "polygon": drawn,
        "summary": f"Map of {len(points):,} traces, {n_shown:,} shown, {n_selected:,} selected",
    }


def pack(points: pd.DataFrame, store: str, version: str) -> bytes:
    """Coordinates, clusters and first words as bytes: a JSON head, three rows of 16-bit numbers, lines of text."""
    x, y = points["x"].to_numpy(dtype=float), points["y"].to_numpy(dtype=float)
    span = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9) if len(x) else 1.0
    unit = span / 65535
    left = (x.max() + x.min() - span) / 2 if len(x) else 0.0
    low = (y.max() + y.min() - span) / 2 if len(y) else 0.0
    cluster = points["cluster"].astype("Int64").fillna(NO_CLUSTER).to_numpy(dtype=np.int64)
    numbers = [np.clip(np.rint(each), 0, 65535) for each in ((x - left) / unit, (y - low) / unit, cluster)]
    box = [float(np.ptp(x)) / unit, float(np.ptp(y)) / unit] if len(x) else [65535.0, 65535.0]
    head = {"name": store, "version": version, "n": len(x), "extent": {"x": left, "y": low, "unit": unit}, "box": box}
    encoded = json.dumps(head).encode()
    lines = _lines(points["first_words"]) if len(x) <= WORDS_UP_TO else b""
    return b"".join(
        [len(encoded).to_bytes(4, "little"), encoded, *(each.astype("<u2").tobytes() for each in numbers), lines]
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _packed(_points: pd.DataFrame, store: str, version: str) -> bytes:
    return pack(_points, store, version)


def _lines(words: pd.Series) -> bytes:
    written = words.astype("string").fillna("").str.slice(0, WORDS)
    return "\n".join(" ".join(each.split()) for each in written).encode("utf-8", "replace")


def _legend(colours: Colouring) -> list[dict[str, str]]:
    if colours.column == "cluster":
        unclustered = colours.counts[-1]
        return [{"colour": cluster_colour(None), "text": f"Unclustered ({unclustered:,})"}] if unclustered else []
    return [
        {"colour": colour, "text": _short(label, 28) + ("" if colours.is_scale else f" ({count:,})")}
        for colour, label, count in zip(colours.palette, colours.labels, colours.counts, strict=True)
        if count and label
    ]


def _short(text: str, width: int = 30) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def version_of(*parts: object) -> str:
    """A short name for one state of the points."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


@cache
def _view() -> Callable[..., Any]:
    folder = resources.files("workbench.ui")
    html, css, js = ((folder / f"scatter.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("trace_workbench_map", html=html, css=css, js=js)


@cache
def _carrier() -> Callable[..., Any]:
    js = (resources.files("workbench.ui") / "scatter.js").read_text(encoding="utf-8")
    return st.components.v2.component("trace_workbench_map_points", html="<span></span>\n", js=js)
