"""The figures of the gate: the rate on its threshold's line, the difference on its margin's, slice by slice.

Verdicts have their three colours. A dotted line is what has to be shown, so a whole bar on its right holds, one on its
left fails, and one across it cannot tell.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.charts.colours import FAIL, NEUTRAL, PASS, UNCLUSTERED, UNDECIDED
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, rate_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

STATES = {
    "fails": ("fails", FAIL, "diamond"),
    "unknown": ("cannot tell", UNDECIDED, "circle-open"),
    "holds": ("holds", PASS, "circle"),
    "untested": ("not tested", UNCLUSTERED, "circle"),
}
ROW = 29
MOST = 25
CRITICAL = "▲"


def gate_rate(rate: Any, threshold: float | None, state: str, *, height: int = 104) -> "Figure":
    """The share that passed, with its interval, and the threshold as a dotted line.

    Args:
        rate: estimate, low, high and n.
        threshold: What has to be shown; None where nothing was declared.
        state: holds, fails, unknown or untested.
        height: Pixels.
    """
    _, colour, symbol = STATES[state]
    figure = _line(
        rate.estimate, rate.low, rate.high, colour, symbol, rate_text(rate.estimate, rate.low, rate.high, rate.n)
    )
    edges = [rate.low, rate.high, *([] if threshold is None else [threshold])]
    if threshold is not None:
        _wanted(figure, threshold, f"wanted {100 * threshold:g}%", good=1.0)
    room = max(0.03, 0.15 * (max(edges) - min(edges)))
    figure.update_xaxes(range=[max(min(edges) - room, -0.01), min(max(edges) + room, 1.01)], tickformat=".0%")
    return _plain(figure, height)


def gate_difference(compared: Any, *, height: int = 104) -> "Figure":
    """The paired difference from the baseline with its interval, no change, and the margin as a dotted line.

    Args:
        compared: difference (estimate, low, high, n), margin and state.
        height: Pixels.
    """
    gap, margin = compared.difference, compared.margin
    _, colour, symbol = STATES[compared.state]
    low, estimate, high = (100 * each for each in (gap.low, gap.estimate, gap.high))
    figure = _line(
        estimate, low, high, colour, symbol, f"{estimate:+.1f} points ({low:+.1f} to {high:+.1f}), n {gap.n:,}"
    )
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1})
    _wanted(figure, -100 * margin, f"not worse by {100 * margin:g}", good=100.0)
    edges = [low, high, 0.0, -100 * margin]
    room = max(2.0, 0.12 * (max(edges) - min(edges)))
    figure.update_xaxes(range=[min(edges) - room, max(edges) + room], ticksuffix=" pts")
    return _plain(figure, height)


def gate_slices(slices: pd.DataFrame, *, overall: float | None = None) -> "Figure":
    """The share that passed in each slice with its interval, the worst first.

    A tick across the row is the slice's threshold, a hollow grey square what it was in the baseline, and a triangle
    before the name a slice that is critical.

    Args:
        slices: slice, n, rate, low, high, threshold, before, lost, gained, p_holm, state, critical.
        overall: The share over all cases, drawn as a line.
    """
    import plotly.graph_objects as go

    shown = slices.head(MOST).iloc[::-1].reset_index(drop=True)
    figure = go.Figure()
    if overall is not None and not np.isnan(overall):
        figure.add_vline(x=overall, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    for place, row in enumerate(shown.itertuples()):
        if pd.notna(row.threshold):
            figure.add_shape(
                type="line", x0=row.threshold, x1=row.threshold, y0=place - 0.36, y1=place + 0.36,
                line={"color": NEUTRAL, "width": 3}, layer="below",
            )  # fmt: skip
    before = shown[shown["before"].notna()]
    if len(before):
        figure.add_scatter(
            x=before["before"], y=before.index, mode="markers", name="baseline", hoverinfo="skip",
            marker={"symbol": "square-open", "size": 9, "color": NEUTRAL, "line": {"width": 1.6}},
        )  # fmt: skip
    for state, (word, colour, symbol) in STATES.items():
        rows = shown[(shown["state"] == state) & shown["rate"].notna()]
        if rows.empty:
            continue
        figure.add_scatter(
            x=rows["rate"], y=rows.index, mode="markers", name=word,
            marker={"color": colour, "size": 10, "symbol": symbol, "line": {"width": 2, "color": colour}},
            error_x=_bars(rows["rate"], rows["low"], rows["high"], colour),
            text=[_slice_words(row, word) for row in rows.itertuples()], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    names = [
        f"{CRITICAL + ' ' if row.critical else ''}{escaped(row.slice, 34)} ({row.n:,})" for row in shown.itertuples()
    ]
    figure.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=names, range=[-0.6, max(len(shown), 1) - 0.4], showgrid=False,
        zeroline=False,
    )  # fmt: skip
    least = float(np.nanmin([*shown["low"], *shown["before"], *shown["threshold"], 0.9])) if len(shown) else 0.0
    figure.update_xaxes(tickformat=".0%", range=[max(least - 0.03, -0.01), 1.02], gridcolor=GRID, zeroline=False)
    return _plain(figure, 64 + ROW * max(len(shown), 2))


def _slice_words(row: Any, word: str) -> str:
    parts = [f"<b>{escaped(row.slice, 60)}</b>{', critical' if row.critical else ''}: {word}"]
    parts.append(f"passed {rate_text(row.rate, row.low, row.high, int(row.n))}")
    if pd.notna(row.threshold):
        parts.append(f"wanted {100 * row.threshold:g}%")
    if pd.notna(row.before):
        parts.append(f"baseline {row.before:.0%}; {row.lost} lost, {row.gained} gained")
    if pd.notna(row.p_holm):
        parts.append(f"p {row.p_holm:.3f} (Holm)")
    return "<br>".join(parts)


def _line(value: float, low: float, high: float, colour: str, symbol: str, words: str) -> "Figure":
    """One interval on a line, its words above it."""
    import plotly.graph_objects as go

    figure = go.Figure()
    if not np.isnan(value):
        figure.add_scatter(
            x=[value], y=[0], mode="markers", showlegend=False,
            marker={"color": colour, "size": 14, "symbol": symbol, "line": {"width": 2.4, "color": colour}},
            error_x=_bars([value], [low], [high], colour, 3), text=[words], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(visible=False, range=[-1, 1])
    figure.update_xaxes(gridcolor=GRID, zeroline=False)
    return figure


def _wanted(figure: "Figure", at: float, words: str, *, good: float) -> None:
    """The line that has to be cleared, and the side on which it is."""
    figure.add_vrect(x0=at, x1=good + 0.02 * abs(good), fillcolor="rgba(0,158,115,.09)", line_width=0, layer="below")
    figure.add_vline(x=at, line={"color": NEUTRAL, "width": 2, "dash": "dot"})
    figure.add_annotation(
        x=at, y=1, yref="paper", yanchor="bottom", xanchor="left", xshift=-2, text=words, showarrow=False, font_size=12
    )


def _bars(value: Any, low: Any, high: Any, colour: str, width: float = 2.2) -> dict[str, Any]:
    value, low, high = (np.asarray(each, dtype=float) for each in (value, low, high))
    return {
        "type": "data", "symmetric": False, "array": high - value, "arrayminus": value - low, "color": colour,
        "thickness": width, "width": 0,
    }  # fmt: skip
