"""The figures of the mirror: each failure's share of production and of the set, and scores against failures by release.

Production is grey-blue and the set the accent; where the set has no case for what production fails on, production's
bar is hatched, so that it is told without colour too.
"""

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.colours import CLUSTERS, NEUTRAL
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, rate_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SET = CLUSTERS[0]
ROW = 44
MOST = 15


def mirror_bars(modes: pd.DataFrame, *, top: int = MOST) -> "Figure":
    """Each failure twice: its share of what fails in production, and its share of the cases, both with intervals.

    Args:
        modes: Rows of ``ws.mirror().modes.frame``.
        top: How many to draw.
    """
    import plotly.graph_objects as go

    shown = modes.head(top).iloc[::-1]
    names = [
        escaped(f"{row.mode} ({row.cases:,} case{'' if row.cases == 1 else 's'})", 44) for row in shown.itertuples()
    ]
    bare = [row.cases == 0 and row.share > 0 for row in shown.itertuples()]
    figure = go.Figure()
    sides = (
        ("cases of the set", "case_share", "case_low", "case_high", SET, ""),
        ("failures of production", "share", "low", "high", NEUTRAL, ["/" if each else "" for each in bare]),
    )
    for name, value, low, high, colour, hatched in sides:
        share, lows, highs = (shown[each].astype(float).to_numpy() for each in (value, low, high))
        figure.add_bar(
            y=names,
            x=share,
            orientation="h",
            name=name,
            marker={"color": colour, "line_width": 0, "pattern_shape": hatched, "pattern_fillmode": "overlay"},
            error_x={
                "type": "data", "symmetric": False, "array": highs - share, "arrayminus": share - lows,
                "color": "rgba(125,125,125,.9)", "thickness": 1.3, "width": 3,
            },
            customdata=[rate_text(*each) for each in zip(share, lows, highs, strict=True)],
            hovertemplate=f"%{{y}}<br>{name}: %{{customdata}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(tickformat=".1~%", rangemode="tozero", gridcolor=GRID, zeroline=False)
    figure.update_yaxes(showgrid=False)
    figure.update_layout(barmode="group", bargap=0.28, bargroupgap=0.06, legend={"traceorder": "reversed"})
    return _plain(figure, 92 + ROW * max(len(shown), 2))


def mirror_ratios(modes: pd.DataFrame, *, top: int = MOST) -> "Figure":
    """How much more of each failure the set holds than production shows, on a scale of doublings, with intervals.

    Args:
        modes: Rows of ``ws.mirror().modes.frame``.
        top: How many to draw.
    """
    import plotly.graph_objects as go

    shown = modes[modes["log2"].notna()].head(top).iloc[::-1]
    middle, low, high = (shown[name].astype(float).to_numpy() for name in ("log2", "log2_low", "log2_high"))
    told = shown["state"].isin(["over", "under"])
    figure = go.Figure()
    figure.add_scatter(
        x=middle,
        y=list(range(len(shown))),
        mode="markers",
        marker={"color": SET, "size": 10, "symbol": ["circle" if each else "circle-open" for each in told]},
        error_x={
            "type": "data", "symmetric": False, "array": high - middle, "arrayminus": middle - low, "color": SET,
            "thickness": 1.5, "width": 0,
        },
        text=[
            f"{escaped(row.mode, 60)}<br>{2**row.log2:.2f}× ({2**row.log2_low:.2f}-{2**row.log2_high:.2f}), {row.state}"
            for row in shown.itertuples()
        ],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1.2})
    wide = len(shown) > 0 and high.max() - low.min() > 6
    ticks = list(range(-9, 10, 3)) if wide else list(range(-6, 7))
    figure.update_xaxes(
        tickvals=ticks, ticktext=[f"{2**each}×" if each >= 0 else f"1/{2**-each}" for each in ticks], gridcolor=GRID,
        zeroline=False, tickangle=0, title="set / production",
    )  # fmt: skip
    names = [escaped(each, 30) for each in shown["mode"]]
    figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=names, showgrid=False, zeroline=False)
    return _plain(figure, 92 + ROW * max(len(shown), 2))


def mirror_releases(releases: pd.DataFrame, *, height: int = 360) -> "Figure":
    """One dot a release: failures of the set against failures in production, both with intervals.

    Args:
        releases: Rows of ``ws.mirror().validity.frame``.
        height: Pixels.
    """
    import plotly.graph_objects as go

    x, x_low, x_high, y, y_low, y_high = (
        releases[name].astype(float).to_numpy()
        for name in ("offline", "offline_low", "offline_high", "online", "online_low", "online_high")
    )
    whisker = {"type": "data", "symmetric": False, "color": "rgba(125,125,125,.6)", "thickness": 1.2, "width": 0}
    figure = go.Figure()
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers+text",
        marker={"color": SET, "size": 10},
        error_x={**whisker, "array": x_high - x, "arrayminus": x - x_low},
        error_y={**whisker, "array": y_high - y, "arrayminus": y - y_low},
        text=[escaped(each, 16) for each in releases["release"]],
        textposition="top right",
        customdata=[
            f"set: {rate_text(row.offline, row.offline_low, row.offline_high, row.cases)}<br>"
            f"production: {rate_text(row.online, row.online_low, row.online_high, row.traces)}"
            for row in releases.itertuples()
        ],
        hovertemplate="%{text}<br>%{customdata}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(tickformat=".1~%", gridcolor=GRID, zeroline=False, title="cases of the set that fail")
    figure.update_yaxes(tickformat=".1~%", gridcolor=GRID, zeroline=False, title="traces of production that fail")
    return _plain(figure, height)
