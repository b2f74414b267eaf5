"""Where traffic moved: the difference of two sets on the map, and the share of each cluster in both.

Blue is more than before and brown is less, which the colour-blind tell apart and which no verdict uses; what is not
shown to differ stays pale or hollow. The middle of the scale is see-through, so the picture sits on a light page and
on a dark one.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.charts.colours import NEUTRAL
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, percent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MORE, LESS = "#3C7DD7", "#A66E3C"
SCALE = [[0.0, "rgba(166,110,60,.85)"], [0.5, "rgba(166,110,60,0)"],
         [0.5, "rgba(60,125,215,0)"], [1.0, "rgba(60,125,215,.85)"]]  # fmt: skip
PALE = "rgba(128,128,128,.55)"
DOTS = 3_000
FLATTENED, MUTED = 0.7, 0.55
LABELS = 12
NAME = 26
ABOVE = 38
AS_IT_IS = {"marker": {"opacity": 1}}
ROW = 25


def drift_map(density: Any, clusters: pd.DataFrame, traces: pd.DataFrame, *, height: int = 470) -> "Figure":
    """Draw where the current set lies more densely than the reference, and where less, with the clusters' names.

    The colour is the difference of the two sets' shares in each place, so their sizes do not matter. What is outlined
    differs by more than chance gives anywhere on the map; the rest is paler than it would be, and may be chance.

    Args:
        density: As ``ws.drift_view().density``: x, y, difference and shown.
        clusters: cluster, name, x, y, n, other_n and shown.
        traces: current, cluster, x and y; the current set's are dots, of more than 3,000 some.
        height: Pixels.
    """
    import plotly.graph_objects as go

    depth = np.sign(density.difference) * np.abs(density.difference) ** FLATTENED  # else one new topic pales the rest
    most = float(np.abs(depth).max()) or 1.0
    depth = np.where(density.shown, depth, MUTED * depth)
    figure = go.Figure()
    figure.add_heatmap(
        x=density.x, y=density.y, z=depth.astype(np.float32), zmin=-most, zmax=most,
        colorscale=SCALE, showscale=False, zsmooth="best", hoverinfo="skip",
    )  # fmt: skip
    if density.shown.any():
        figure.add_contour(
            x=density.x, y=density.y, z=density.shown.astype(np.float32), showscale=False, hoverinfo="skip",
            contours={"start": 0.5, "end": 0.5, "size": 1, "coloring": "none"}, line={"color": NEUTRAL, "width": 1.6},
            name="more than chance", showlegend=False,
        )  # fmt: skip
    dots = traces[traces["current"] & traces["x"].notna()]
    dots = dots.iloc[:: max(-(-len(dots) // DOTS), 1)]
    names = dict(zip(clusters["cluster"], clusters["name"], strict=True))
    figure.add_scatter(
        x=dots["x"].to_numpy(dtype=np.float32), y=dots["y"].to_numpy(dtype=np.float32), mode="markers",
        marker={"size": 4, "color": NEUTRAL, "opacity": 0.5}, name="current set",
        text=["Unclustered" if pd.isna(each) else escaped(names.get(each, ""), 60) for each in dots["cluster"]],
        hovertemplate="%{text}<extra></extra>", showlegend=False,
    )  # fmt: skip
    keys: list[tuple[str, dict[str, Any]]] = [
        ("more now", {"symbol": "square", "color": MORE}),
        ("less now", {"symbol": "square", "color": LESS}),
    ]
    if density.shown.any():
        keys.append(("more than chance", {"symbol": "circle-open", "color": NEUTRAL, "line_width": 1.6}))
    for name, marker in keys:
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=name, marker={"size": 10, **marker}, hoverinfo="skip"
        )
    for row in _spaced(clusters, density, height):
        name = escaped(row["name"], NAME)
        figure.add_annotation(
            x=row["x"], y=row["y"], text=f"<b>{name}</b>" if row["shown"] else name, showarrow=False,
            font_size=12 if row["shown"] else 11,
        )  # fmt: skip
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": "", "title": None}
    figure.update_xaxes(**bare, range=[density.x[0], density.x[-1]], constrain="domain")
    figure.update_yaxes(**bare, range=[density.y[0], density.y[-1]], scaleanchor="x", constrain="domain")
    _plain(figure, height)
    figure.update_layout(dragmode="select", hovermode="closest", legend={"itemclick": False, "itemdoubleclick": False})
    figure.update_layout(modebar_orientation="v")  # beside the map, else it lies on the legend where that is narrow
    return figure


def _spaced(clusters: pd.DataFrame, density: Any, height: int) -> list[dict[str, Any]]:
    """The names that fit without lying on one another: shown to differ first, above their patch; then by change."""
    unit = max(float(np.ptp(density.x)), float(np.ptp(density.y))) / (height - 60)  # a pixel, on the map
    first, second = (clusters[name] / max(clusters[name].sum(), 1) for name in ("n", "other_n"))
    ranked = clusters.assign(change=(second - first).abs()).dropna(subset="x")
    ranked = ranked.sort_values(["shown", "change"], ascending=False, kind="stable")
    kept: list[dict[str, Any]] = []
    for row in ranked.to_dict("records"):
        half = 3.6 * min(len(str(row["name"])), NAME) * unit
        y = row["y"] + (ABOVE * unit if row["shown"] else 0.0)
        if len(kept) < LABELS and all(
            abs(row["x"] - each["x"]) > half + each["half"] or abs(y - each["y"]) > 17 * unit for each in kept
        ):
            kept.append({"x": row["x"], "y": y, "half": half, "name": row["name"], "shown": bool(row["shown"])})
    return kept


def drift_shares(shares: pd.DataFrame, *, level: float = 0.05, top: int = 15) -> "Figure":
    """The change of each cluster's share, in points, with its interval: new and gone first, then what changed most.

    Filled and coloured is what is shown to differ by more than chance (p after Benjamini-Hochberg at ``level``); hollow
    and grey is what is not. The interval takes traces for independent and the p does not: believe the p.

    Args:
        shares: Rows of ``ws.drift().clusters.shares``.
        level: Of the report.
        top: How many to draw.
    """
    import plotly.graph_objects as go

    drawn = shares.head(top).iloc[::-1].reset_index(drop=True)
    change, low, high = (100 * drawn[name].to_numpy(dtype=float) for name in ("difference", "low", "high"))
    told = (drawn["p_bh"] <= level).to_numpy(dtype=bool)
    figure = go.Figure()
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1})
    groups = (("more now", told & (change > 0), MORE, "circle"), ("less now", told & (change <= 0), LESS, "circle"),
              ("may be chance", ~told, PALE, "circle-open"))  # fmt: skip
    for name, mask, colour, symbol in groups:
        rows = np.flatnonzero(mask)
        if not len(rows):
            continue
        figure.add_scatter(
            x=change[rows], y=rows, mode="markers", name=name,
            marker={"color": colour, "size": 10, "symbol": symbol, "line": {"color": colour, "width": 1.5}},
            error_x={
                "type": "data", "symmetric": False, "array": (high - change)[rows], "arrayminus": (change - low)[rows],
                "color": colour, "thickness": 1.6, "width": 0,
            },
            customdata=[[_cluster_key(drawn["cluster"].iloc[row]), _share_words(drawn.iloc[row])] for row in rows],
            hovertemplate="%{customdata[1]}<extra></extra>", selected=AS_IT_IS, unselected=AS_IT_IS,
        )  # fmt: skip
    figure.update_xaxes(gridcolor=GRID, zeroline=False, tickformat="+.0f", title=None, nticks=6, tickangle=0)
    names = [_row_name(*each) for each in zip(drawn.to_dict("records"), told, strict=True)]
    figure.update_yaxes(
        tickvals=list(range(len(drawn))), ticktext=names,
        showgrid=False, zeroline=False, range=[-0.7, len(drawn) - 0.3],
    )  # fmt: skip
    _plain(figure, 76 + ROW * max(len(drawn), 3))
    figure.update_layout(hovermode="closest", legend={"itemclick": False, "itemdoubleclick": False})
    return figure


def _cluster_key(cluster: Any) -> str:
    return "none" if pd.isna(cluster) else str(int(cluster))


def _row_name(row: Any, told: bool) -> str:
    state = row["state"] if told and row["state"] != "kept" else ""  # of few traces a cluster may be absent by chance
    shares = f"{percent(row['reference'])} → {percent(row['current'])}"
    return f"{escaped(row['name'], 22)}{f' <b>{state}</b>' if state else ''}  {shares}"


def _share_words(row: Any) -> str:
    points = f"{100 * row['difference']:+.1f} points ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})"
    return (
        f"{escaped(row['name'], 60)}<br>{percent(row['reference'])} → {percent(row['current'])}: {points}<br>"
        f"{row['n']:,} traces before, {row['other_n']:,} now; p {row['p_bh']:.3f}"
    )
