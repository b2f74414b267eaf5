"""The figures of agreement: alpha with its interval against .4 and .6, who agrees with whom, what is mixed up, when.

The colours are those of verdicts: wholly above .6 is a pass, wholly below a failure, across it amber; and a shape goes
with each, so that nothing is told by colour alone. Where alpha does not exist nothing is drawn in its place.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.charts.colours import CLUSTERS, FAIL, NEUTRAL, PASS, UNCLUSTERED, UNDECIDED
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BORDERS = (0.4, 0.6)  # below the first everywhere the rubric is to be written anew; above the second it is reliable
VERDICTS = {
    "reliable": (PASS, "circle"),
    "ambiguous": (FAIL, "diamond"),
    "undecided": (UNDECIDED, "circle-open"),
    "no_variation": (UNCLUSTERED, "x"),
}
ROW = 33
ACCENT = CLUSTERS[0]
KAPPAS = [[0.0, "#D9DFE8"], [0.4, "#9DB6DC"], [0.6, "#6A93D4"], [1.0, "#274B8F"]]
MOST_CELLS = 14
"""Annotators up to which a matrix has its numbers written into it."""


def agreement_forest(dimensions: pd.DataFrame, *, row: int = ROW, names: bool = True) -> "Figure":
    """Alpha of each dimension with its interval, beside the lines at .4 and .6, in the order of the rows.

    Only a whole interval decides: where it lies across the line at .6 nobody can tell yet.

    Args:
        dimensions: dimension, alpha, alpha_low, alpha_high, units and verdict.
        row: Pixels from one row to the next, so that the figure can stand beside a table.
        names: Whether the names are written beside the rows.
    """
    import plotly.graph_objects as go

    known = dimensions["alpha"].notna()
    place = np.arange(len(dimensions), dtype=float)
    figure = go.Figure()
    for verdict, (shade, symbol) in VERDICTS.items():
        here = (known & (dimensions["verdict"] == verdict)).to_numpy(dtype=bool)
        if not here.any():
            continue
        rows = dimensions[here]
        alpha, low, high = (rows[name].astype(float).to_numpy() for name in ("alpha", "alpha_low", "alpha_high"))
        figure.add_scatter(
            x=alpha, y=place[here], mode="markers",
            marker={"color": shade, "size": 10, "symbol": symbol, "line": {"width": 2, "color": shade}},
            error_x=_bars(alpha, low, high, shade),
            text=[_alpha_words(each) for each in rows.itertuples()],
            hovertemplate="%{text}<extra></extra>", showlegend=False, cliponaxis=False,
        )  # fmt: skip
    for at, words in zip(place[~known.to_numpy(dtype=bool)], dimensions.loc[~known, "verdict"], strict=True):
        text = "no variation" if words == "no_variation" else "nothing to compare"
        figure.add_annotation(x=0.02, y=at, text=text, showarrow=False, xanchor="left", font={"color": UNCLUSTERED})
    _borders(figure, "x")
    floor = float(np.nanmin([0.0, *dimensions["alpha_low"].astype(float)]))
    figure.update_xaxes(
        range=[max(floor, -1.0) - 0.03, 1.03], tickvals=[-0.5, 0, 0.2, 0.4, 0.6, 0.8, 1], tickformat=".1~f",
        gridcolor=GRID, zeroline=False, side="top",
    )  # fmt: skip
    figure.update_yaxes(
        range=[len(dimensions) - 0.5, -0.5], showgrid=False, zeroline=False, showticklabels=names,
        tickvals=list(place), ticktext=[escaped(each, 30) for each in dimensions["dimension"]],
    )  # fmt: skip
    _plain(figure, row * (len(dimensions) + 1) + 3)
    figure.update_layout(margin={"l": 8, "r": 10, "t": row, "b": 3})
    return figure


def pair_matrix(pairs: pd.DataFrame, *, by: str = "kappa") -> "Figure":
    """Who agrees with whom beyond chance: each pair's coefficient, with the number of items both labelled.

    Args:
        pairs: annotator, other, units and the coefficient, of one dimension.
        by: The coefficient: kappa or alpha.
    """
    import plotly.graph_objects as go

    people = sorted({*pairs["annotator"], *pairs["other"]}, key=str)
    place = {name: at for at, name in enumerate(people)}
    value = np.full((len(people), len(people)), np.nan)
    words = np.full(value.shape, "", dtype=object)
    hover = np.full(value.shape, "", dtype=object)
    for row in pairs.to_dict("records"):
        known = row[by] == row[by]
        written = _number(row[by]) if known else "no variation"
        for one, other in ((row["annotator"], row["other"]), (row["other"], row["annotator"])):
            at = place[one], place[other]
            value[at] = row[by]
            words[at] = f"{written}<br>n {row['units']:,}"
            hover[at] = f"{escaped(one, 30)} and {escaped(other, 30)}<br>{by} {written}, n {row['units']:,}"
            if by == "kappa" and known:
                hover[at] += f"<br>{_number(row['kappa_low'])} to {_number(row['kappa_high'])}"
    shown = [escaped(name, 16) for name in people]
    figure = go.Figure(
        go.Heatmap(
            x=shown, y=shown, z=value, zmin=0, zmax=1, colorscale=KAPPAS, showscale=False, xgap=2, ygap=2,
            text=words, texttemplate="%{text}" if len(people) <= MOST_CELLS else None,
            customdata=hover, hovertemplate="%{customdata}<extra></extra>", hoverongaps=False,
        )
    )  # fmt: skip
    figure.update_xaxes(showgrid=False, zeroline=False, side="top", type="category")
    figure.update_yaxes(showgrid=False, zeroline=False, autorange="reversed", type="category")
    return _plain(figure, 70 + max(52 * min(len(people), 8), 130))


def left_out_forest(annotators: pd.DataFrame) -> "Figure":
    """What alpha would gain or lose without each annotator, with the interval of the change over the same draws.

    Right of 0 the others agree better without them; where the whole interval is there, the annotator stands apart.

    Args:
        annotators: annotator, change with bounds, alpha_without and stands_apart, of one dimension.
    """
    import plotly.graph_objects as go

    rows = annotators[annotators["change"].notna()].sort_values("change", kind="stable")
    apart = rows["stands_apart"].to_numpy(dtype=bool)
    change, low, high = (rows[name].astype(float).to_numpy() for name in ("change", "change_low", "change_high"))
    place = np.arange(len(rows), dtype=float)
    figure = go.Figure()
    for chosen, shade, symbol in ((apart, ACCENT, "diamond"), (~apart, NEUTRAL, "circle")):
        if not chosen.any():
            continue
        figure.add_scatter(
            x=change[chosen], y=place[chosen], mode="markers",
            marker={"color": shade, "size": 10, "symbol": symbol},
            error_x=_bars(change[chosen], low[chosen], high[chosen], shade),
            text=[_without_words(each) for each in rows[chosen].itertuples()],
            hovertemplate="%{text}<extra></extra>", showlegend=False,
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1})
    figure.update_xaxes(gridcolor=GRID, zeroline=False, tickformat="+.2~f", title="change of alpha without them")
    figure.update_yaxes(
        tickvals=list(place), ticktext=[escaped(each, 22) for each in rows["annotator"]], showgrid=False,
        zeroline=False, range=[-0.6, max(len(rows) - 0.4, 0.6)],
    )  # fmt: skip
    return _plain(figure, 80 + 36 * max(len(rows), 2))


def mixed_bars(confusions: pd.DataFrame, *, top: int = 8) -> "Figure":
    """Which two values get mixed up: of all disagreement of a dimension the share of each pair.

    Args:
        confusions: value, other, items and share, of one dimension, most often first.
        top: How many pairs to draw.
    """
    import plotly.graph_objects as go

    rows = confusions.head(top).iloc[::-1]
    figure = go.Figure()
    figure.add_bar(
        x=rows["share"].astype(float), y=[f"{escaped(row.value, 24)} / {escaped(row.other, 24)}" for row in
        rows.itertuples()], orientation="h", marker={"color": ACCENT, "line_width": 0}, width=0.62,
        text=[f"{row.items:,} items, {row.share:.0%}" for row in rows.itertuples()], textposition="auto",
        insidetextanchor="end", hovertemplate="%{y}<br>%{text} of all disagreement<extra></extra>", cliponaxis=False,
    )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", range=[0, 1.02], gridcolor=GRID, zeroline=False)
    figure.update_yaxes(showgrid=False, type="category")
    return _plain(figure, 56 + max(30, min(44, 176 // max(len(rows), 1))) * max(len(rows), 2))


def agreement_course(course: pd.DataFrame, *, by: str = "period", height: int = 300) -> "Figure":
    """Alpha by period, or by version of the rubric, each with its interval; hollow where it cannot be told.

    Args:
        course: The column ``by``, alpha with bounds, units and verdict, of one dimension.
        by: The column along the axis.
        height: Pixels.
    """
    import plotly.graph_objects as go

    rows = course[course["alpha"].notna()]
    dated = pd.api.types.is_datetime64_any_dtype(rows[by].dtype)
    places = rows[by] if dated else [escaped(each, 24) for each in rows[by]]
    alpha, low, high = (rows[name].astype(float).to_numpy() for name in ("alpha", "alpha_low", "alpha_high"))
    marks = [VERDICTS.get(verdict, VERDICTS["undecided"]) for verdict in rows["verdict"]]
    figure = go.Figure()
    figure.add_scatter(
        x=places, y=alpha, mode="lines+markers", line={"color": NEUTRAL, "width": 1.2},
        marker={"size": 10, "color": [shade for shade, _ in marks], "symbol": [symbol for _, symbol in marks],
                "line": {"width": 2, "color": [shade for shade, _ in marks]}},
        error_y=_bars(alpha, low, high, NEUTRAL),
        text=[_alpha_words(each) for each in rows.itertuples()], hovertemplate="%{x}<br>%{text}<extra></extra>",
        showlegend=False, cliponaxis=False,
    )  # fmt: skip
    _borders(figure, "y")
    floor = float(np.nanmin([0.0, *low])) if len(low) else 0.0
    figure.update_yaxes(range=[max(floor, -1.0) - 0.03, 1.03], gridcolor=GRID, zeroline=False, title="alpha")
    figure.update_xaxes(showgrid=False, type="date" if dated else "category")
    if dated:
        figure.update_xaxes(tickformat="%e %b", tickvals=sorted(rows[by].unique()))
    return _plain(figure, height)


def annotator_course(periods: pd.DataFrame, *, what: str = "excess", height: int = 250) -> "Figure":
    """How each annotator stands to the others on the same items, period by period, each with its interval.

    Args:
        periods: period, annotator, units and the column ``what`` with its bounds, of one dimension.
        what: excess (failures seen more or fewer than the others saw) or disagreement.
        height: Pixels.
    """
    import plotly.graph_objects as go

    low, high = ("excess_low", "excess_high") if what == "excess" else ("low", "high")
    known = periods[periods[what].notna()]
    dates = pd.to_datetime(known["period"], errors="coerce", format="%Y-%m-%d")
    dated = bool(dates.notna().all())
    known = known.assign(at=dates if dated else known["period"])
    figure = go.Figure()
    for place, (name, rows) in enumerate(known.groupby("annotator", sort=True)):
        shade = CLUSTERS[place % len(CLUSTERS)]
        middle, lows, highs = (rows[each].astype(float).to_numpy() for each in (what, low, high))
        beside = pd.Timedelta(hours=10 * place) if dated else None
        figure.add_scatter(
            x=rows["at"] + beside if dated else rows["at"],
            y=middle, mode="lines+markers", name=escaped(name, 24),
            line={"color": shade, "width": 1.6}, marker={"size": 8, "color": shade},
            error_y=_bars(middle, lows, highs, shade) | {"thickness": 1.2}, cliponaxis=False,
            text=[
                f"{escaped(name, 24)}, {escaped(row.period)}<br>{100 * getattr(row, what):+.0f} points, n {row.units:,}"
                for row in rows.itertuples()
            ],
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    if what == "excess":
        figure.add_hline(y=0, line={"color": NEUTRAL, "width": 1})
    figure.update_yaxes(tickformat="+.0%" if what == "excess" else ".0%", gridcolor=GRID, zeroline=False)
    figure.update_xaxes(showgrid=False, type="date" if dated else "category")
    if dated:
        figure.update_xaxes(tickformat="%e %b", tickvals=sorted(known["at"].unique()))
    return _plain(figure, height)


def _bars(middle: np.ndarray, low: np.ndarray, high: np.ndarray, shade: str) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "array": high - middle, "arrayminus": middle - low, "color": shade,
        "thickness": 2, "width": 0,
    }  # fmt: skip


def _borders(figure: "Figure", axis: str) -> None:
    draw = figure.add_vline if axis == "x" else figure.add_hline
    for border, dash in zip(BORDERS, ("dot", "dash"), strict=True):
        draw(**{axis: border}, line={"color": NEUTRAL, "width": 1.2, "dash": dash}, layer="below")


def _alpha_words(row: Any) -> str:
    name = f"{escaped(row.dimension, 40)}<br>" if hasattr(row, "dimension") else ""
    return f"{name}alpha {_number(row.alpha)} ({_number(row.alpha_low)} to {_number(row.alpha_high)}), n {row.units:,}"


def _without_words(row: Any) -> str:
    words = f"without {escaped(row.annotator, 30)} alpha is {_number(row.alpha_without)}<br>change {row.change:+.2f}"
    return f"{words} ({row.change_low:+.2f} to {row.change_high:+.2f})"


def _number(value: float) -> str:
    """Two digits without a leading zero."""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(round(value, 2)) < 1 else f"{value:.2f}"
