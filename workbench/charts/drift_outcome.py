"""What became of traces: one measure of every group, and its course over the days or weeks."""

from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.colours import CLUSTERS, NEUTRAL
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, percent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NUMBERS = {"latency_ms": "ms", "cost_usd": "USD"}
SHADE = CLUSTERS[0]
ROW = 26


def outcome_groups(groups: pd.DataFrame, measure: str, *, changed: tuple[str, ...] = ()) -> "Figure":
    """One measure of each group over the whole time, with its interval; hollow where too few traces are behind it.

    Args:
        groups: Rows of ``ws.outcomes(by).groups``.
        measure: Which.
        changed: Groups whose last seven days differ from those before by more than chance; they are named in bold.
    """
    import plotly.graph_objects as go

    shown = groups[groups["measure"] == measure].iloc[::-1]
    figure = go.Figure()
    figure.add_scatter(
        x=shown["value"].to_numpy(dtype=float), y=list(range(len(shown))), **_dots(shown),
        error_x=_bars(shown), customdata=_told(shown, measure), hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    names = [
        f"{'<b>' if row.group in changed else ''}{escaped(row.group, 24)}{'</b>' if row.group in changed else ''}"
        f" ({row.n:,})"
        for row in shown[["group", "n"]].itertuples(index=False)
    ]
    figure.update_xaxes(rangemode="tozero", gridcolor=GRID, zeroline=False, nticks=6, **_scale(measure))
    figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=names, showgrid=False, zeroline=False)
    return _plain(figure, 60 + ROW * max(len(shown), 3))


def outcome_course(frame: pd.DataFrame, measure: str, group: str, *, height: int = 320) -> "Figure":
    """One measure of one group over the days or weeks, with intervals; hollow where too few traces are behind it.

    Args:
        frame: Rows of ``ws.outcomes(by).frame``.
        measure: Which.
        group: Of which group.
        height: Pixels.
    """
    import plotly.graph_objects as go

    shown = frame[(frame["measure"] == measure) & (frame["group"] == group)]
    figure = go.Figure()
    figure.add_scatter(
        x=[pd.Timestamp(day) for day in shown["end"]], y=shown["value"].to_numpy(dtype=float), **_dots(shown),
        error_y=_bars(shown), customdata=_told(shown, measure, when=True),
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(showgrid=False, tickformat="%e %b")
    figure.update_yaxes(rangemode="tozero", gridcolor=GRID, zeroline=False, nticks=6, **_scale(measure))
    return _plain(figure, height)


def _dots(shown: pd.DataFrame) -> dict[str, object]:
    sure = shown["enough"].astype(bool).tolist()
    return {
        "mode": "markers", "showlegend": False,
        "marker": {"size": 9, "color": [SHADE if each else NEUTRAL for each in sure],
                   "symbol": ["circle" if each else "circle-open" for each in sure]},
    }  # fmt: skip


def _bars(shown: pd.DataFrame) -> dict[str, object]:
    value, low, high = (shown[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    return {"type": "data", "symmetric": False, "array": high - value, "arrayminus": value - low, "color": NEUTRAL,
            "thickness": 1.3, "width": 0}  # fmt: skip


def _told(shown: pd.DataFrame, measure: str, *, when: bool = False) -> list[str]:
    write = _number if measure in NUMBERS else percent
    rows = shown.to_dict("records")
    days = [f"{row['start']:%d %b} - {row['end']:%d %b %Y}<br>" if when else f"{escaped(row['group'], 60)}<br>"
            for row in rows]  # fmt: skip
    return [
        f"{day}{write(row['value'])} ({write(row['low'])}-{write(row['high'])}), n {row['n']:,}"
        f"{'' if row['enough'] else '<br>too few to judge'}"
        for day, row in zip(days, rows, strict=True)
    ]


def _scale(measure: str) -> dict[str, str | None]:
    return {"title": NUMBERS[measure]} if measure in NUMBERS else {"tickformat": ".0%", "title": None}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
