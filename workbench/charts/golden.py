"""The figures of the golden set: how it has grown, and what it is made of against what its stage asks for.

Sources have the colours of kinds, never those of verdicts; what is sealed is grey and hatched, because nobody may know
what it is made of.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.charts.colours import CLUSTERS, FAIL, NEUTRAL, UNCLUSTERED
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped, rate_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SOURCES = {
    "production": CLUSTERS[0],
    "expert": CLUSTERS[3],
    "adversarial": CLUSTERS[1],
    "synthetic": CLUSTERS[4],
    "sealed": UNCLUSTERED,
}
NOW = "not frozen yet"
ROW = 34


def golden_growth(growth: pd.DataFrame, *, height: int = 260) -> "Figure":
    """How many cases each version holds by source, and the set as it stands.

    Args:
        growth: version (empty for the set as it stands), created_at, source and n.
        height: Pixels.
    """
    import plotly.graph_objects as go

    places = [
        NOW if pd.isna(version) else f"v{version}<br>{at.day} {at:%b %Y}"
        for version, at in zip(growth["version"], growth["created_at"], strict=True)
    ]
    order = list(dict.fromkeys(places))
    figure = go.Figure()
    for source, colour in SOURCES.items():
        rows = growth[growth["source"] == source]
        at = [place for place, each in zip(places, growth["source"], strict=True) if each == source]
        if rows.empty:
            continue
        figure.add_bar(
            x=at, y=rows["n"], name=source, width=0.5,
            marker={"color": colour, "pattern": {"shape": "/" if source == "sealed" else ""}},
            hovertemplate="%{x}<br>%{y} " + escaped(source) + "<extra></extra>",
        )  # fmt: skip
    totals = growth.assign(place=places).groupby("place", sort=False)["n"].sum()
    for place, n in totals.items():
        figure.add_annotation(x=place, y=n, text=f"{n:,}", showarrow=False, yanchor="bottom")
    figure.update_layout(barmode="stack")
    figure.update_xaxes(categoryorder="array", categoryarray=order, showgrid=False)
    figure.update_yaxes(gridcolor=GRID, rangemode="tozero", zeroline=False, title="cases")
    return _plain(figure, height)


def golden_sources(sources: pd.DataFrame) -> "Figure":
    """The share of each source with its interval, and the share that the stage asks for as a line across its row.

    Args:
        sources: source, n, share, low, high, target and off.
    """
    import plotly.graph_objects as go

    shown = sources.iloc[::-1]
    figure = go.Figure()
    for row_at, target in enumerate(shown["target"].tolist()):
        line = {"color": NEUTRAL, "width": 3}
        figure.add_shape(type="line", x0=target, x1=target, y0=row_at - 0.36, y1=row_at + 0.36, line=line)
    known = shown["share"].notna().to_numpy(dtype=bool)
    share, low, high = (shown[name].astype(float).to_numpy()[known] for name in ("share", "low", "high"))
    colours = [FAIL if off else SOURCES[str(source)] for source, off in zip(shown["source"], shown["off"], strict=True)]
    for at, place in enumerate(np.flatnonzero(known).tolist()):
        row = shown.iloc[place]
        words = f"{escaped(row['source'])}: {rate_text(share[at], low[at], high[at])}, wanted {row['target']:.0%}"
        bars = {
            "type": "data", "symmetric": False, "array": [high[at] - share[at]], "arrayminus": [share[at] - low[at]],
            "color": colours[place], "thickness": 1.8, "width": 0,
        }  # fmt: skip
        figure.add_scatter(
            x=[share[at]], y=[place], mode="markers", marker={"color": colours[place], "size": 10}, error_x=bars,
            text=[words], hovertemplate="%{text}<extra></extra>", showlegend=False,
        )  # fmt: skip
    names = [f"{escaped(row.source)} ({row.n:,})" for row in shown.itertuples()]
    figure.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=names, range=[-0.6, len(shown) - 0.4], showgrid=False, zeroline=False
    )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", gridcolor=GRID, zeroline=False)
    return _plain(figure, 60 + ROW * max(len(shown), 2))


def golden_risks(risks: pd.DataFrame, edges: pd.DataFrame) -> "Figure":
    """Cases by risk level, and the edge set by itself below.

    Args:
        risks: risk_level and n, the dearest first.
        edges: edge and n.
    """
    import plotly.graph_objects as go

    names = [f"{escaped(each)} risk" for each in risks["risk_level"]] + [
        f"edge: {escaped(each)}" for each in edges["edge"]
    ]
    counts = [*risks["n"].tolist(), *edges["n"].tolist()]
    colours = [CLUSTERS[0]] * len(risks) + [CLUSTERS[1]] * len(edges)
    figure = go.Figure()
    figure.add_bar(
        x=counts[::-1], y=names[::-1], orientation="h", marker_color=colours[::-1], width=0.55, text=counts[::-1],
        textposition="outside", cliponaxis=False, hovertemplate="%{y}: %{x}<extra></extra>", showlegend=False,
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[0, max([*counts, 1]) * 1.15])
    figure.update_yaxes(showgrid=False, zeroline=False)
    return _plain(figure, 50 + 26 * len(names))
