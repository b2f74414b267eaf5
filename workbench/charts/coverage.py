"""The figures of coverage: the matrix of what is asked against what is held, and size against the stages of a set.

A gap is no verdict, so the matrix walks through blues and leaves the three verdict colours alone. Its colour is the
square root of a cell's share of what is lacking: one dear cell would otherwise leave all others white. Where no case is
wanted there is no colour. The markers over the cells are invisible: Plotly lets no cell of a heat map be chosen.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.charts.colours import CLUSTERS, NEUTRAL
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, rate_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

LACKING = [[0.0, "#DCE4F0"], [0.4, "#9DB6DC"], [0.7, "#6A93D4"], [1.0, "#1F3F80"]]
DEEP, ON_DEEP, ON_PALE = 0.78, "#FFFFFF", "#0B1B33"
ROW = 25
STAGES = (("start", 50, 100), ("growing", 200, 500), ("mature", 1000, 2000))
"""Sizes between which each stage lies, as drawn; the last has no end."""


def coverage_matrix(
    cells: pd.DataFrame,
    down: str,
    across: str,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    open_cell: Mapping[str, str] | None = None,
    row: int = ROW,
) -> "Figure":
    """Cases held of cases wanted in each cell; the darker, the more of the expected harm lacks its cases.

    Args:
        cells: One row per cell: the dimensions, traffic, traffic_share, reviewed, failure_rate, low, high, harm,
            target, have, gap, dear and seen.
        down: The dimension of the rows.
        across: The dimension of the columns.
        rows: Its values to draw, from the top.
        columns: The values of the other, from the left.
        open_cell: Values by dimension of the cell that is framed.
        row: Pixels per row.
    """
    import plotly.graph_objects as go

    shown = cells[cells[down].isin(rows) & cells[across].isin(columns)]
    y = {str(name): place for place, name in enumerate(rows)}
    x = {str(name): place for place, name in enumerate(columns)}
    most = float(np.sqrt(cells["dear"].max())) if len(cells) else 0.0
    depth = np.full((len(rows), len(columns)), np.nan)
    places = []
    for each in shown.to_dict("records"):
        at = y[each[down]], x[each[across]]
        lacking = float(np.sqrt(each["dear"])) / (most or 1.0)
        wanted = each["target"] > 0
        if wanted:
            depth[at] = lacking
        ink = NEUTRAL if not wanted else ON_DEEP if lacking > DEEP else ON_PALE
        places.append((*at, f"{each['have']} / {each['target']}", ink, _cell_words(each, down, across)))
    figure = go.Figure(
        go.Heatmap(
            x=list(range(len(columns))), y=list(range(len(rows))), z=depth, zmin=0, zmax=1, colorscale=LACKING,
            showscale=False, xgap=2, ygap=2, hoverinfo="skip", hoverongaps=False,
        )
    )  # fmt: skip
    inks = [each[3] for each in places]
    unseen = {"marker": {"opacity": 0}}
    figure.add_scatter(
        x=[each[1] for each in places], y=[each[0] for each in places], mode="markers+text",
        text=[each[2] for each in places], textposition="middle center", textfont={"color": inks, "size": 11},
        marker={"size": row, "symbol": "square", "opacity": 0}, selected=unseen, unselected=unseen,
        customdata=[each[4] for each in places], hovertemplate="%{customdata}<extra></extra>", showlegend=False,
        hoverlabel={"bgcolor": str(LACKING[3][1]), "font": {"color": ON_DEEP}},
    )  # fmt: skip
    if open_cell and str(open_cell.get(down)) in y and str(open_cell.get(across)) in x:
        left, top = x[str(open_cell[across])], y[str(open_cell[down])]
        figure.add_shape(
            type="rect", x0=left - 0.49, x1=left + 0.49, y0=top - 0.47, y1=top + 0.47,
            line={"color": CLUSTERS[1], "width": 3},
        )  # fmt: skip
    named = [escaped(name, max(10, 44 // max(len(columns), 1))) for name in columns]
    figure.update_xaxes(
        tickvals=list(range(len(columns))), ticktext=named, side="top", showgrid=False, zeroline=False,
        range=[-0.5, len(columns) - 0.5],
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[escaped(name, 26) for name in rows], showgrid=False, zeroline=False,
        range=[len(rows) - 0.5, -0.5],
    )  # fmt: skip
    _plain(figure, 40 + row * max(len(rows), 2))
    figure.update_layout(hovermode="closest", hoverdistance=120, margin={"l": 8, "r": 8, "t": 32, "b": 4})
    return figure


def coverage_size(n: int, *, height: int = 120) -> "Figure":
    """How many cases there are, beside the stages of a set: 50-100, 200-500, 1,000 and more.

    Args:
        n: Cases, without the edge set.
        height: Pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, low, high in STAGES:
        figure.add_shape(
            type="rect", x0=low, x1=high, y0=-0.5, y1=0.5, fillcolor=CLUSTERS[0], opacity=0.28, line_width=0,
            layer="below",
        )  # fmt: skip
        figure.add_annotation(x=np.log10((low * high) ** 0.5), y=0.5, text=name, showarrow=False, yanchor="bottom")
    figure.add_scatter(
        x=[max(n, 10)], y=[0], mode="markers+text", marker={"size": 13, "color": CLUSTERS[3], "symbol": "diamond"},
        text=[f"{n:,}"], textposition="bottom center", hovertemplate=f"{n:,} cases<extra></extra>", showlegend=False,
        cliponaxis=False,
    )  # fmt: skip
    figure.update_xaxes(
        type="log", range=[1.0, np.log10(max(2000, 1.2 * n))], tickvals=[10, 50, 100, 200, 500, 1000],
        tickformat=",d", gridcolor=GRID, zeroline=False, linecolor=NEUTRAL,
    )  # fmt: skip
    figure.update_yaxes(visible=False, range=[-1.1, 0.9])
    return _plain(figure, height)


def _cell_words(cell: Mapping[Any, Any], down: str, across: str) -> str:
    """What a cell says when it is pointed at."""
    lines = [f"<b>{escaped(cell[down], 60)}</b>", f"{escaped(across)}: {escaped(cell[across], 60)}"]
    if not cell["seen"]:
        return "<br>".join([*lines, f"{cell['have']:,} cases; production has not shown it"])
    if cell["reviewed"]:
        rate = f"fails {rate_text(cell['failure_rate'], cell['low'], cell['high'], cell['reviewed'])}"
    else:
        rate = "nobody has read any of it"
    return "<br>".join(
        [
            *lines,
            f"{cell['traffic']:,} traces, {cell['traffic_share']:.1%} of the traffic",
            rate,
            f"harm {cell['harm']:,.1f} per 1,000 traces",
            f"{cell['have']:,} of {cell['target']:,} cases, {cell['gap']:,} missing",
        ]
    )
