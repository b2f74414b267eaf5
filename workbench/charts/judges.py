"""The figures of judges: two rates against the border, what was taken for what, slice by slice, the corrected share.

Good outputs passed are bluish green and real failures caught vermillion, as passes and failures are everywhere; a
hollow mark cannot tell. The border stands in every figure of rates: an interval means nothing without it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.charts.colours import CLUSTERS, FAIL, NEUTRAL, PASS
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, rate_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

GOAL, FLOOR = 0.85, 0.80
ROW = 27
SIDES = {"pass": ("good outputs passed", PASS), "fail": ("real failures caught", FAIL)}
ACCENT = CLUSTERS[0]


def judge_rates(rates: pd.DataFrame, *, height: int = 176) -> "Figure":
    """The two rates of one judge with their intervals, against the border both have to clear.

    Args:
        rates: side (pass or fail), estimate, low, high and n.
        height: Pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, row in enumerate(rates.iloc[::-1].itertuples()):
        name, colour = SIDES[str(row.side)]
        figure.add_scatter(
            x=[row.estimate], y=[place], mode="markers", marker={"color": colour, "size": 13},
            error_x=_bars([row.estimate], [row.low], [row.high], colour, 3), name=name, showlegend=False,
            text=[f"{name}: {rate_text(row.estimate, row.low, row.high, row.n)}"],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    _border(figure)
    names = [SIDES[str(side)][0].replace(" ", "<br>", 1) for side in rates["side"].iloc[::-1]]
    figure.update_yaxes(
        tickvals=list(range(len(rates))), ticktext=names, range=[-0.6, len(rates) - 0.4], showgrid=False, zeroline=False
    )
    figure.update_xaxes(tickformat=".0%", range=[0, 1.02], gridcolor=GRID, zeroline=False)
    return _plain(figure, height)


def confusion_matrix(confusion: pd.DataFrame, *, first: str | None = None, height: int = 250) -> "Figure":
    """What people said, in rows, against what the judge said, in columns; the shade is the share of the row.

    Args:
        confusion: human, judge and n.
        first: The value that comes first, the one that means pass.
        height: Pixels.
    """
    import plotly.graph_objects as go

    table = confusion.pivot_table(index="human", columns="judge", values="n", aggfunc="sum", fill_value=0)
    rows, columns = _ordered(table.index, first), _ordered(table.columns, first)
    counts = table.reindex(index=rows[::-1], columns=columns, fill_value=0).to_numpy(dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure()
    figure.add_heatmap(
        z=shares, x=[f"judge: {escaped(each, 18)}" for each in columns],
        y=[f"people: {escaped(each, 18)}" for each in rows[::-1]],
        colorscale=[[0, "rgba(76,139,224,.05)"], [1, "rgba(76,139,224,.45)"]], zmin=0, zmax=1, showscale=False,
        xgap=3, ygap=3, hovertemplate="%{y}, %{x}<br>%{z:.0%} of what people called so<extra></extra>",
    )  # fmt: skip
    for at, line in enumerate(counts):
        _write(figure, at, [f"<b>{n:,.0f}</b><br>{share:.0%}" for n, share in zip(line, shares[at], strict=True)])
    figure.update_xaxes(side="top", showgrid=False, zeroline=False)
    figure.update_yaxes(showgrid=False, zeroline=False)
    return _plain(figure, height)


def judge_slices(slices: pd.DataFrame, *, true_pass: float, true_fail: float) -> "Figure":
    """Both rates of a judge in each slice, each with its interval; the dotted line is the whole.

    A filled mark is a rate that is surely under the border, or clears it; a hollow one cannot tell yet.

    Args:
        slices: slice, n_pass, true_pass with its bounds, n_fail, true_fail with its bounds.
        true_pass: Good outputs passed over all items.
        true_fail: Real failures caught over all items.
    """
    import plotly.graph_objects as go

    shown = slices.iloc[::-1]
    places = list(range(len(shown)))
    figure = go.Figure()
    for axis, (side, whole) in enumerate((("pass", true_pass), ("fail", true_fail)), 1):
        name, colour = SIDES[side]
        has = (shown[f"n_{side}"] > 0).to_numpy(bool)
        rate, low, high = (shown[f"true_{side}{end}"].astype(float).to_numpy()[has] for end in ("", "_low", "_high"))
        told = (high < GOAL) | ((rate >= GOAL) & (low >= FLOOR))
        words = [
            f"{escaped(row.slice, 50)}<br>{name}: "
            + rate_text(row.estimate, row.low, row.high, row.n)
            + ("" if each else "<br>cannot tell on which side of the border")
            for row, each in zip(_side(shown, side)[has].itertuples(), told, strict=True)
        ]
        figure.add_scatter(
            x=rate, y=np.array(places)[has], mode="markers", xaxis=f"x{axis}",
            marker={
                "color": colour, "size": 9, "line": {"width": 2, "color": colour},
                "symbol": ["circle" if each else "circle-open" for each in told],
            },
            error_x=_bars(rate, low, high, colour, 1.6), text=words, hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )  # fmt: skip
        if whole == whole:
            line = {"color": NEUTRAL, "width": 1, "dash": "dot"}
            figure.add_shape(type="line", x0=whole, x1=whole, y0=0, y1=1, xref=f"x{axis}", yref="paper", line=line)
        figure.add_shape(
            type="rect", x0=GOAL, x1=1.02, y0=0, y1=1, xref=f"x{axis}", yref="paper", layer="below",
            fillcolor="rgba(124,141,166,.13)", line_width=0,
        )  # fmt: skip
        titled = {"text": name, "standoff": 6}
        start = 0.0 if axis == 1 else 0.53
        side_axis = {
            "domain": [start, start + 0.47], "range": [0, 1.02], "tickformat": ".0%", "gridcolor": GRID,
            "zeroline": False, "title": titled, "side": "bottom", "anchor": "y",
        }  # fmt: skip
        figure.update_layout({"xaxis" if axis == 1 else "xaxis2": side_axis})
    names = [f"{escaped(row.slice, 26)} ({row.n:,})" for row in shown[["slice", "n"]].itertuples(index=False)]
    figure.update_yaxes(
        tickvals=places, ticktext=names, range=[-0.6, max(len(places), 1) - 0.4], showgrid=False, zeroline=False
    )
    return _plain(figure, 82 + ROW * max(len(shown), 2))


def corrected_share(shares: pd.DataFrame, *, height: int = 190) -> "Figure":
    """The share of passes by the judge as it stands, corrected for its errors, and by people alone.

    Args:
        shares: what, estimate, low, high and n; a share that cannot be given has no estimate.
        height: Pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    shown = shares[shares["estimate"].notna()].iloc[::-1]
    estimate, low, high = (shown[name].astype(float).to_numpy() for name in ("estimate", "low", "high"))
    colours = [NEUTRAL if place < len(shown) - 1 else ACCENT for place in range(len(shown))]
    for place, row in enumerate(shown.itertuples()):
        figure.add_scatter(
            x=[row.estimate], y=[place], mode="markers", marker={"color": colours[place], "size": 11},
            error_x=_bars([estimate[place]], [low[place]], [high[place]], colours[place], 2.4), showlegend=False,
            text=[f"{escaped(row.what)}: {rate_text(row.estimate, row.low, row.high, row.n)}"],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=[escaped(each, 34) for each in shown["what"]],
        range=[-0.6, max(len(shown), 1) - 0.4], showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", gridcolor=GRID, zeroline=False)
    return _plain(figure, height)


def error_correlations(pairs: pd.DataFrame, *, names: list[str]) -> "Figure":
    """How far the errors of each two judges go together: 0 they err apart, 1 always on the same items.

    Args:
        pairs: judge, other and correlation; empty where one of the two never errs.
        names: The judges, in order.
    """
    import plotly.graph_objects as go

    place = {name: at for at, name in enumerate(names)}
    matrix = np.full((len(names), len(names)), np.nan)
    for row in pairs.itertuples():
        one, other = place[str(row.judge)], place[str(row.other)]
        matrix[one, other] = matrix[other, one] = row.correlation
    words = [
        ["" if at == other else "not known" if np.isnan(each) else f"{each:.2f}" for other, each in enumerate(line)]
        for at, line in enumerate(matrix)
    ]
    shown = [escaped(name, 22) for name in names]
    figure = go.Figure()
    figure.add_heatmap(
        z=matrix[::-1], x=shown, y=shown[::-1], zmin=0, zmax=1, xgap=3, ygap=3, showscale=False,
        colorscale=[[0, "rgba(76,139,224,.05)"], [1, "rgba(76,139,224,.45)"]],
        hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
    )  # fmt: skip
    for at, line in enumerate(words[::-1]):
        _write(figure, at, line)
    figure.update_xaxes(side="top", showgrid=False, zeroline=False)
    figure.update_yaxes(showgrid=False, zeroline=False)
    return _plain(figure, 90 + 44 * max(len(names), 2))


def _write(figure: "Figure", row: int, words: list[str]) -> None:
    """Words in a row of cells, in the colour of the page's own text: a heat map would choose black or white itself."""
    for column, text in enumerate(words):
        figure.add_annotation(x=column, y=row, text=text, showarrow=False, font_size=13)


def _side(slices: pd.DataFrame, side: str) -> pd.DataFrame:
    """The rows of one of the two rates, under the names a rate has."""
    return pd.DataFrame(
        {
            "slice": slices["slice"],
            "estimate": slices[f"true_{side}"],
            "low": slices[f"true_{side}_low"],
            "high": slices[f"true_{side}_high"],
            "n": slices[f"n_{side}"],
        }
    )


def _bars(value: Any, low: Any, high: Any, colour: str, width: float) -> dict[str, Any]:
    value, low, high = (np.asarray(each, dtype=float) for each in (value, low, high))
    return {
        "type": "data", "symmetric": False, "array": high - value, "arrayminus": value - low, "color": colour,
        "thickness": width, "width": 0,
    }  # fmt: skip


def _border(figure: "Figure") -> None:
    figure.add_vrect(x0=GOAL, x1=1.02, fillcolor="rgba(124,141,166,.13)", line_width=0, layer="below")
    figure.add_vline(x=FLOOR, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=1.02, y=1, yref="paper", yanchor="bottom", xanchor="right", showarrow=False, font_size=11,
        text="needs 85% on both, surely 80%",
    )  # fmt: skip


def _ordered(values: Any, first: str | None) -> list[str]:
    """The value that means pass first, what cannot be read last."""
    return sorted(map(str, values), key=lambda each: (each == "unparsable", each != first, each))
