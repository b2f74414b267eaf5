"""Since when traffic moved, and whether it moved more than weeks usually do."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.charts.colours import CLUSTERS, FAIL, NEUTRAL, UNDECIDED
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, percent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NOW = CLUSTERS[0]
BEFORE = "rgba(128,128,128,.45)"
LANES = {"clusters": "what is asked", "prompt": "prompts", "passages": "passages", "failure_signs": "failure signs"}
DAY = 86_400_000


def drift_timeline(
    changes: pd.DataFrame, days: pd.DataFrame, *, lanes: Sequence[str] = tuple(LANES), height: int = 340
) -> "Figure":
    """The days on which something changed its share, in a lane for each kind of thing, over the traces per day.

    Args:
        changes: Rows of ``ws.drift().timeline``.
        days: day, current and n: traces per day of both sets, as ``ws.drift_view().days``.
        lanes: What was looked at: of clusters, prompt, passages and failure_signs; without any, the days alone.
        height: Pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for current, name, colour in ((False, "reference", BEFORE), (True, "current set", NOW)):
        rows = days[days["current"] == current]
        figure.add_bar(
            x=rows["day"].to_numpy(dtype="datetime64[s]"), y=rows["n"].to_numpy(), name=name, yaxis="y2",
            width=0.8 * DAY, marker={"color": colour, "line_width": 0},
            hovertemplate="%{x|%a %e %b %Y}<br>%{y:,} traces<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(showgrid=False, title=None, type="date", anchor="y2", tickformat="%e %b")
    first, last = pd.Timestamp(days["day"].min()).floor("D"), pd.Timestamp(days["day"].max()).floor("D")
    room = max((last - first) * 0.02, pd.Timedelta(days=0.7 if (last - first).days > 6 else 3)).floor("s")
    figure.update_xaxes(range=[(first - room).to_pydatetime(), (last + room).to_pydatetime()])
    _plain(figure, height)
    figure.update_layout(
        barmode="stack", bargap=0.15, hovermode="closest",
        yaxis2={"domain": [0.0, 0.2 if lanes else 1.0], "anchor": "x", "gridcolor": GRID, "nticks": 3,
                "zeroline": False, "title": None, "rangemode": "tozero"},
    )  # fmt: skip
    if not lanes:
        figure.update_layout(height=0.6 * height)
    else:
        _lanes(figure, changes, lanes, (first.toordinal(), max((last - first).days, 1)))
    return figure


def _lanes(figure: "Figure", changes: pd.DataFrame, lanes: Sequence[str], span: tuple[int, int]) -> None:
    """A line for each kind of thing, with a mark on each day of change and a few words beside it."""
    places = {series: len(lanes) - 1 - at for at, series in enumerate(lanes)}
    start = date.fromordinal(span[0])  # an axis without anything on it would not be drawn
    figure.add_scatter(x=[start], y=[0], mode="markers", marker_opacity=0, hoverinfo="skip", showlegend=False)
    for series, place in places.items():
        figure.add_shape(
            type="line", xref="paper", x0=0, x1=1, y0=place, y1=place, line={"color": GRID, "width": 1}, layer="below"
        )
        if not (changes["series"] == series).any():
            figure.add_annotation(
                xref="paper", x=0.005, y=place + 0.22, text="no day stands out", showarrow=False, xanchor="left",
                font={"size": 11, "color": NEUTRAL},
            )  # fmt: skip
    for at, (series, day, told) in enumerate(_told(changes[changes["series"].isin(lanes)])):
        along = (day.toordinal() - span[0]) / span[1]
        side = "right" if along < 0.25 else "left" if along > 0.75 else "center"
        figure.add_scatter(
            x=[day], y=[places[series]], mode="markers+text", text=[told[0]], yaxis="y",
            textposition=f"{'top' if at % 2 == 0 else 'bottom'} {side}", textfont={"size": 11},
            marker={"symbol": "diamond", "size": 11, "color": NOW}, customdata=["<br>".join(told[1])],
            hovertemplate="%{customdata}<extra></extra>", showlegend=False, cliponaxis=False,
        )  # fmt: skip
    figure.update_layout(
        yaxis={"domain": [0.27, 1.0], "range": [-0.6, len(lanes) - 0.4], "tickvals": list(places.values()),
               "ticktext": [LANES[each] for each in places], "showgrid": False, "zeroline": False},
    )  # fmt: skip


def _told(changes: pd.DataFrame) -> list[tuple[str, Any, tuple[str, list[str]]]]:
    """What changed on each day in each lane: in a few words, and whole."""
    found: list[tuple[str, Any, tuple[str, list[str]]]] = []
    for (series, day), rows in changes.groupby(["series", "day"], sort=True):
        lines = [
            f"{escaped(row['what'], 60)}: {percent(row['before'])} before, {percent(row['after'])} after"
            f" (p {row['p']:.3f})"
            for row in rows.to_dict("records")
        ]
        first = rows.iloc[0]
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        short = f"{escaped(first['what'], 13)} {percent(first['before'])} → {percent(first['after'])}{more}"
        found.append((str(series), day, (short, [f"since {day:%d %b %Y}", *lines])))
    return found


def drift_usual(usual: Any, now: datetime | None, *, height: int = 340) -> "Figure":
    """How far past weeks were from what went before them, the newest beside them, and the limit if one was learnt.

    Args:
        usual: As ``ws.drift().usual``: weeks, value, mean, limit, above and alert.
        now: When the newest week ends; None where that is not known.
        height: Pixels.
    """
    import plotly.graph_objects as go

    weeks = usual.weeks.to_dict("records")
    figure = go.Figure()
    figure.add_scatter(
        x=[_second(row["end"]) for row in weeks], y=[row["value"] for row in weeks], mode="markers", name="past weeks",
        marker={"size": 8, "color": NEUTRAL},
        customdata=[f"week to {row['end']:%d %b %Y}, {row['other_n']:,} traces against {row['n']:,}" for row in weeks],
        hovertemplate="%{customdata}<br>%{y:.3f}<extra></extra>",
    )  # fmt: skip
    if usual.value is not None:
        shade = FAIL if usual.alert else UNDECIDED if usual.above else NOW
        figure.add_scatter(
            x=[None if now is None else _second(now)], y=[usual.value], mode="markers", name="now",
            marker={"size": 13, "symbol": "diamond", "color": shade}, hovertemplate="now<br>%{y:.3f}<extra></extra>",
        )  # fmt: skip
    for value, words, dash in ((usual.mean, "usual", "dot"), (usual.limit, "limit", "dash")):
        if value is not None:
            figure.add_hline(
                y=value, line={"color": NEUTRAL, "width": 1.3, "dash": dash}, annotation_text=words,
                annotation_position="top left", annotation_font_size=11,
            )  # fmt: skip
    figure.update_xaxes(showgrid=False, title=None, tickformat="%e %b")
    figure.update_yaxes(gridcolor=GRID, zeroline=False, rangemode="tozero", title="distance of the means", nticks=5)
    return _plain(figure, height)


def _second(moment: Any) -> datetime:
    """A time as Plotly writes it without a warning: whole seconds, in UTC."""
    return pd.Timestamp(moment).floor("s").to_pydatetime()
