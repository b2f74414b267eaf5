"""The curves of a plan: what sets of each size see, and with which chance they see one change."""

from collections.abc import Mapping
from math import log10
from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts.colours import CLUSTERS, NEUTRAL
from workbench.charts.figures import GRID, _plain
from workbench.charts.words import escaped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

DESIGNS = {
    "paired": ("same cases, paired", CLUSTERS[0], "solid"),
    "independent": ("different cases, in each sample", CLUSTERS[3], "dash"),
    "fixed target": ("one run, fixed target", CLUSTERS[2], "dot"),
}
TICKS = [20, 50, 100, 200, 500, 1000, 2000, 5000]


def smallest_change(
    smallest: pd.DataFrame, *, wanted: float, sizes: Mapping[str, int] | None = None, height: int = 330
) -> "Figure":
    """The smallest change that a set sees, against its size; a version sees what lies above the curve at its size.

    Args:
        smallest: design, n and mde.
        wanted: The change that matters, drawn as a level line.
        sizes: Named sizes, drawn as upright lines.
        height: Pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for design, (name, colour, dash) in DESIGNS.items():
        rows = smallest[(smallest["design"] == design) & smallest["mde"].notna()]
        if rows.empty:
            continue
        figure.add_scatter(
            x=rows["n"], y=100 * rows["mde"], mode="lines", name=name,
            line={"color": colour, "width": 2.6, "dash": dash},
            hovertemplate="%{x:,} cases see %{y:.1f} points<extra>" + escaped(name) + "</extra>",
        )  # fmt: skip
    figure.add_hline(y=100 * wanted, line={"color": NEUTRAL, "width": 1.4, "dash": "dot"})
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=100 * wanted, yanchor="bottom", showarrow=False, font_size=12,
        text=f"{100 * wanted:g} points matter",
    )  # fmt: skip
    _sizes(figure, sizes or {}, top=True)
    _cases(figure)
    figure.update_yaxes(title="smallest change seen", ticksuffix=" pts", range=[0, 31], gridcolor=GRID, zeroline=False)
    return _plain(figure, height)


def chance_to_see(
    chances: pd.DataFrame, *, wanted: float, sizes: Mapping[str, int] | None = None, height: int = 330
) -> "Figure":
    """The chance to see one change, against the size of the set; four in five is what plans are made for.

    Args:
        chances: design, power and n.
        wanted: The change.
        sizes: Named sizes, drawn as upright lines.
        height: Pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for design, (name, colour, dash) in DESIGNS.items():
        rows = chances[chances["design"] == design]
        if rows.empty:
            continue
        figure.add_scatter(
            x=rows["n"], y=rows["power"], mode="lines", name=name, line={"color": colour, "width": 2.6, "dash": dash},
            hovertemplate="%{x:,} cases: %{y:.0%}<extra>" + escaped(name) + "</extra>",
        )  # fmt: skip
    figure.add_hline(y=0.8, line={"color": NEUTRAL, "width": 1.4, "dash": "dot"})
    _sizes(figure, sizes or {}, top=False)
    _cases(figure)
    figure.update_yaxes(
        title=f"chance to see {100 * wanted:g} points",
        tickformat=".0%",
        range=[0, 1.02],
        gridcolor=GRID,
        zeroline=False,
    )
    return _plain(figure, height)


def _sizes(figure: "Figure", sizes: Mapping[str, int], *, top: bool) -> None:
    """The sizes there are, as upright lines; on a logarithmic axis an annotation stands at the logarithm."""
    for place, (name, n) in enumerate(sizes.items()):
        figure.add_vline(x=n, line={"color": NEUTRAL, "width": 1.4})
        figure.add_annotation(
            x=log10(n), y=1 if top else 0, yref="paper", yanchor="top" if top else "bottom", xanchor="left",
            yshift=16 * (-place if top else len(sizes) - 1 - place), showarrow=False,
            font_size=12, text=f" {escaped(name, 20)} ({n:,})",
        )  # fmt: skip


def _cases(figure: "Figure") -> None:
    figure.update_xaxes(
        type="log", title="cases (log scale)", tickvals=TICKS, ticktext=[f"{each:,}" for each in TICKS],
        range=[1.25, 3.75], gridcolor=GRID, zeroline=False,
    )  # fmt: skip
