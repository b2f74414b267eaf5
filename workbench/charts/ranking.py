"""The figures of the ranking: harm with its interval, frequency against severity, Pareto, and shares over time.

Harm spans orders of magnitude, so its axis is logarithmic; an interval that starts at nothing is drawn to the axis.
A failure is vermillion as everywhere; what must never happen is a diamond, so that it is told without colour too.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.charts.colours import CLUSTERS, FAIL, NEUTRAL
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, rate_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

PINNED = "diamond"
ROW = 27
ACCENT = CLUSTERS[0]


def harm_forest(codes: pd.DataFrame, *, top: int = 15) -> "Figure":
    """Expected harm of each code per 1,000 traces, with its interval, first things first.

    Where two intervals overlap widely, the order of the two is a guess; the table says which are tied.

    Args:
        codes: Rows of a ranking. Where no code has a severity, shares are drawn instead.
        top: How many to draw.
    """
    import plotly.graph_objects as go

    by_harm = bool(codes["harm"].notna().any())
    value, low, high = ("harm", "harm_low", "harm_high") if by_harm else ("share", "low", "high")
    shown = codes[codes[value].notna()].head(top).iloc[::-1]
    values, lows, highs = (shown[name].astype(float).to_numpy() for name in (value, low, high))
    floor = _floor(values, lows) if by_harm else 0.0
    drawn = np.maximum(values, floor)
    figure = go.Figure()
    figure.add_scatter(
        x=drawn,
        y=list(range(len(shown))),
        mode="markers",
        marker={"color": FAIL, "size": 9, "symbol": [PINNED if each else "circle" for each in shown["pinned"]]},
        error_x={
            "type": "data", "symmetric": False, "array": highs - drawn, "arrayminus": drawn - np.maximum(lows, floor),
            "color": FAIL, "thickness": 1.6, "width": 0,
        },
        text=[_harm_words(row) for row in shown.itertuples()],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )  # fmt: skip
    names = [f"{row.rank} {escaped(row.code, 26)}" for row in shown[["rank", "code"]].itertuples(index=False)]
    figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=names, showgrid=False, zeroline=False)
    figure.update_xaxes(gridcolor=GRID, zeroline=False)
    if by_harm:
        title = "expected harm per 1,000 traces (log scale)"
        figure.update_xaxes(
            type="log", title=title, dtick=1, range=[np.log10(floor), np.log10(max(highs.max(), 10) * 1.3)]
        )
    else:
        figure.update_xaxes(tickformat=".0%", rangemode="tozero", title="share")
    return _plain(figure, 74 + ROW * max(len(shown), 2))


def severity_matrix(codes: pd.DataFrame, *, height: int = 360) -> "Figure":
    """Frequency against severity: what is frequent and grave stands at the top right.

    Args:
        codes: Rows of a ranking; those without severity are left out.
        height: Pixels.
    """
    import plotly.graph_objects as go

    shown = codes[codes["severity"].notna() & codes["share"].notna()]
    figure = go.Figure()
    if len(shown):
        share, low, high = (shown[name].astype(float).to_numpy() for name in ("share", "low", "high"))
        beside, names = _beside(shown["severity"].astype(int).to_numpy(), share, shown["rank"].tolist())
        figure.add_scatter(
            x=share,
            y=beside,
            mode="markers+text",
            marker={"color": FAIL, "size": 11, "symbol": [PINNED if each else "circle" for each in shown["pinned"]]},
            error_x={
                "type": "data", "symmetric": False, "array": high - share, "arrayminus": share - low,
                "color": "rgba(213,94,0,.35)", "thickness": 1.4, "width": 0,
            },
            text=names,
            textposition="top center",
            customdata=[_harm_words(row) for row in shown.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", rangemode="tozero", gridcolor=GRID, zeroline=False, title="share")
    figure.update_yaxes(
        range=[0.4, 5.7], tickvals=[1, 2, 3, 4, 5], gridcolor=GRID, zeroline=False, title="severity", showgrid=True
    )
    return _plain(figure, height)


def pareto(covered: pd.DataFrame, *, height: int = 330) -> "Figure":
    """Share of failing traffic that has one of the first k codes, each chosen for what it adds.

    Args:
        covered: code and covered, rising.
        height: Pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    names = [escaped(each, 22) for each in covered["code"]]
    places = [f"{at + 1}" for at in range(len(names))]
    share = covered["covered"].astype(float).to_numpy()
    added = np.diff(share, prepend=0.0)
    words = [
        f"{name}<br>adds {more:.0%}, together {all_:.0%}" for name, more, all_ in zip(names, added, share, strict=True)
    ]
    figure.add_bar(
        x=places, y=added, marker={"color": FAIL, "line_width": 0}, name="adds", customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=places, y=share, mode="lines+markers", line={"color": NEUTRAL, "width": 2}, name="together",
        customdata=words, hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(tickformat=".0%", range=[0, 1.04], gridcolor=GRID, zeroline=False)
    figure.update_xaxes(tickvals=places, ticktext=names, tickangle=-35, showgrid=False)
    return _plain(figure, height)


def code_trend(trend: pd.DataFrame, *, height: int = 330) -> "Figure":
    """Shares of one or a few codes by period, each point with its interval; hollow where a period cannot tell.

    Args:
        trend: period, code, reviewed, n, share, low, high and reason.
        height: Pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    names = list(trend["code"].drop_duplicates())
    dated = pd.api.types.is_datetime64_any_dtype(trend["period"].dtype)
    for place, code in enumerate(names):
        rows = trend[(trend["code"] == code) & trend["share"].notna()]
        share, low, high = (rows[name].astype(float).to_numpy() for name in ("share", "low", "high"))
        shade = FAIL if len(names) == 1 else CLUSTERS[place % len(CLUSTERS)]
        few = rows["reason"].notna()
        figure.add_scatter(
            x=rows["period"] if dated else [escaped(each, 24) for each in rows["period"]],
            y=share,
            mode="lines+markers",
            line={"color": shade, "width": 1.4},
            marker={"size": 8, "color": shade, "symbol": ["circle-open" if each else "circle" for each in few]},
            error_y={
                "type": "data", "symmetric": False, "array": high - share, "arrayminus": share - low,
                "color": shade, "thickness": 1.2, "width": 0,
            },
            name=escaped(code, 30),
            cliponaxis=False,
            text=[
                f"{rate_text(row.share, row.low, row.high)}, {row.n} of {row.reviewed} traces"
                + (", cannot tell" if isinstance(row.reason, str) else "")
                for row in rows.itertuples()
            ],
            hovertemplate="%{x}<br>%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(tickformat=".0%", rangemode="tozero", gridcolor=GRID, zeroline=False)
    figure.update_xaxes(showgrid=False, type="date" if dated else "category")
    if dated:
        figure.update_xaxes(tickformat="%e %b", tickvals=sorted(trend["period"].unique()))
    figure.update_layout(showlegend=len(names) > 1)
    return _plain(figure, height)


def _harm_words(row: Any) -> str:
    words = f"{escaped(row.code, 60)}<br>{rate_text(row.share, row.low, row.high, row.n)}"
    if pd.isna(row.harm):
        return words
    return f"{words}<br>harm {row.harm:,.0f} ({row.harm_low:,.0f}-{row.harm_high:,.0f}) per 1,000"


def _floor(values: np.ndarray, lows: np.ndarray) -> float:
    """Where a logarithmic axis begins: a little under the smallest number that is not 0."""
    above = np.concatenate([values[values > 0], lows[lows > 0]])
    return float(above.min() / 1.5) if len(above) else 1.0


def _beside(levels: np.ndarray, share: np.ndarray, ranks: list[int]) -> tuple[np.ndarray, list[str]]:
    """Severities moved a little apart, under one name, where codes of about the same share would cover each other."""
    placed, names = levels.astype(float), [str(rank) for rank in ranks]
    near = 0.04 * max(float(share.max()), 1e-9)
    for level in np.unique(levels):
        here = np.flatnonzero(levels == level)
        here = here[np.argsort(share[here], kind="stable")]
        for group in np.split(here, np.flatnonzero(np.diff(share[here]) >= near) + 1):
            placed[group] += 0.12 * (np.arange(len(group)) % 4)
            top = group[int(np.argmax(placed[group]))]
            together = ", ".join(str(rank) for rank in sorted(ranks[each] for each in group))
            for each in group:
                names[each] = together if each == top else ""
    return placed, names
