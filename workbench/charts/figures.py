"""The figures: the map for a notebook, traces per day, clusters by failure rate.

Backgrounds are transparent and lines grey, so that one figure sits on a light and on a dark page alike.
The pages draw the map with a component of their own (``workbench.ui.scatter``), which keeps 100,000 points fluid and
sends back the lasso only; ``scatter`` is the same picture wherever Plotly runs, colours and names included.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.charts.colours import FAIL, NEUTRAL, UNCLUSTERED, colouring
from workbench.charts.words import escaped, rate_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

GRID = "rgba(128,128,128,0.18)"
FEW_DAYS = 7
RELEASES = ("#C3D2EA", "#93AEDA", "#6A8CC6", "#4A6EAE", "#7FA8B8", "#A9C6C4", "#5E7FA0", "#B4B9CE")
"""Releases are a sequence in time, so they share one family of blues and stay apart from the clusters."""


def scatter(
    points: pd.DataFrame,
    *,
    colour: str = "cluster",
    clusters: pd.DataFrame | None = None,
    words: str = "first_words",
    height: int = 620,
) -> "Figure":
    """Draw the map: one dot per trace, with the names of the clusters on it.

    Distances within a neighbourhood mean likeness; distances between far groups, and the axes, mean nothing.

    Args:
        points: ``x``, ``y``, ``cluster``, the column to colour by, and the column ``words`` for the hover text.
        colour: any column of ``points``.
        clusters: ``cluster, name, n, x, y``; without it the map carries no names.
        words: the column shown on hover, as text.
        height: pixels.
    """
    import plotly.graph_objects as go

    kinds = colouring(points, colour)
    hover = [escaped(text, 90) for text in points[words].fillna("")] if words in points else None
    x, y = points["x"].to_numpy(dtype=np.float32), points["y"].to_numpy(dtype=np.float32)
    figure = go.Figure()
    for code, (shade, label) in enumerate(zip(kinds.palette, kinds.labels, strict=True)):
        here = np.flatnonzero(kinds.codes == code)
        if len(here):
            figure.add_scattergl(
                x=x[here],
                y=y[here],
                mode="markers",
                marker={"color": shade, "size": _dot(len(points)), "opacity": _opacity(len(points))},
                name=escaped(label) or "clusters",
                text=[hover[i] for i in here] if hover else None,
                hoverinfo="text" if hover else "skip",
                showlegend=bool(label),
            )
    if clusters is not None:
        for row in clusters.itertuples():
            figure.add_annotation(x=row.x, y=row.y, text=escaped(row.name, 32), showarrow=False, font_size=11)
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "title": None}
    figure.update_xaxes(**bare)
    figure.update_yaxes(**bare, scaleanchor="x")
    return _plain(figure, height)


def per_day(days: pd.DataFrame, *, marks: pd.DataFrame | None = None, height: int = 300) -> "Figure":
    """Traces per day, stacked by release, with what changed marked on the day it did.

    Args:
        days: ``day, release, n``; a missing release is drawn as "unknown".
        marks: ``first_at, n``: when a system prompt was first seen, and in how many traces since. The newest eight.
        height: pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    named = days.assign(release=days["release"].astype("string").fillna("unknown"))
    order = list(named.sort_values("day")["release"].drop_duplicates())
    for place, release in enumerate(order):
        rows = named[named["release"] == release]
        shade = UNCLUSTERED if release == "unknown" else RELEASES[place % len(RELEASES)]
        figure.add_bar(
            x=rows["day"],
            y=rows["n"],
            name=escaped(release, 24),
            width=0.86 * 86_400_000,
            marker={"color": shade, "line_width": 0},
            customdata=[escaped(release, 24)] * len(rows),
            hovertemplate="%{x|%a %e %b %Y}<br>%{y:,} traces<extra>%{customdata}</extra>",
        )
    if marks is not None and len(marks):
        _mark(figure, marks.tail(8))
    figure.update_layout(barmode="stack", bargap=0.15, showlegend=order != ["unknown"])
    figure.update_xaxes(showgrid=False, title=None, tickformat="%e %b")
    figure.update_yaxes(gridcolor=GRID, title=None, rangemode="tozero", tickformat=",d", nticks=5)
    first, last = named["day"].min(), named["day"].max()
    if (last - first).days < FEW_DAYS:  # else a bar as wide as the figure, and hours on the axis
        room = pd.Timedelta(days=FEW_DAYS - (last - first).days) / 2
        figure.update_xaxes(range=[(first - room).isoformat(), (last + room).isoformat()], dtick=86_400_000)
    if named.groupby("day")["n"].sum().max() < 6:
        figure.update_yaxes(dtick=1)
    return _plain(figure, height)


def failure_forest(clusters: pd.DataFrame, *, overall: float | None = None, top: int = 8) -> "Figure":
    """Clusters by the share of their traces with a failure signal: a dot, its interval, and the n beside the name.

    Where two intervals overlap widely, do not call one cluster worse than the other.

    Args:
        clusters: ``cluster, name, n, failure_rate, low, high``.
        overall: the share over all traces, drawn as a line to compare with.
        top: how many to draw, highest rate first.
    """
    import plotly.graph_objects as go

    worst = clusters.sort_values(["failure_rate", "n"], ascending=False).head(top).iloc[::-1]
    rates, lows, highs = (worst[name].astype(float).to_numpy() for name in ("failure_rate", "low", "high"))
    names = [f"{escaped(row.name, 30)} ({row.n:,})" for row in worst[["name", "n"]].itertuples(index=False)]
    places = list(range(len(worst)))
    figure = go.Figure()
    figure.add_scatter(
        x=rates,
        y=places,
        mode="markers",
        marker={"color": FAIL, "size": 9},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": highs - rates,
            "arrayminus": rates - lows,
            "color": FAIL,
            "thickness": 1.6,
            "width": 0,
        },
        text=[rate_text(*each) for each in zip(rates, lows, highs, worst["n"], strict=True)],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    if overall is not None:
        figure.add_vline(x=overall, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.update_xaxes(tickformat=".1~%", rangemode="tozero", gridcolor=GRID, zeroline=False, title=None)
    figure.update_yaxes(tickvals=places, ticktext=names, showgrid=False, zeroline=False, title=None)
    return _plain(figure, 60 + 34 * max(len(worst), 2))


def _mark(figure: "Figure", marks: pd.DataFrame) -> None:
    """Thin lines on the days something changed; the words are in the hover of a small triangle above each."""
    at = pd.to_datetime(marks["first_at"], utc=True).dt.tz_localize(None)
    for day in at:
        figure.add_vline(x=day, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.add_scatter(
        x=at,
        y=[1.0] * len(marks),
        yaxis="y2",
        mode="markers",
        marker={"symbol": "triangle-down", "size": 10, "color": NEUTRAL},
        text=[f"new system prompt, {n:,} traces" for n in marks["n"]],
        hovertemplate="%{text}<br>first seen %{x|%e %b %Y %H:%M}<extra></extra>",
        showlegend=False,
    )
    figure.update_layout(yaxis2={"overlaying": "y", "range": [0, 1.04], "visible": False, "fixedrange": True})


def _plain(figure: "Figure", height: int) -> "Figure":
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 26, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None, "traceorder": "normal"},
        hoverlabel={"align": "left"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "rgba(128,128,128,.8)", "activecolor": NEUTRAL},
        dragmode=False if height < 600 else "pan",
    )
    return figure


def _dot(n: int) -> float:
    return float(np.clip(9 - 1.3 * np.log10(max(n, 10)), 2.5, 8))


def _opacity(n: int) -> float:
    return float(np.clip(1.15 - 0.17 * np.log10(max(n, 10)), 0.3, 0.9))
