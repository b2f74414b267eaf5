"""How many codes were seen after so many traces: as they were read, and averaged over random orders."""

from typing import TYPE_CHECKING

import numpy as np

from workbench.charts.colours import NEUTRAL
from workbench.charts.figures import GRID

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

LINE = "#0072B2"  # Okabe-Ito blue: neither pass nor fail


def saturation_curve(
    traces: np.ndarray, mean: np.ndarray, low: np.ndarray, high: np.ndarray, read: np.ndarray, *, height: int = 220
) -> "Figure":
    """Draw the curve that flattens when little new is left to be seen.

    Args:
        traces: (P,) numbers of traces.
        mean: (P,) codes seen after so many, averaged over random orders.
        low: (P,) 5th percentile of the orders.
        high: (P,) 95th percentile.
        read: (n,) codes seen after each trace, in the order of reading.
        height: pixels.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(x=traces, y=high, mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=traces, y=low, mode="lines", line={"width": 0}, fill="tonexty", fillcolor="rgba(0,114,178,0.15)",
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    figure.add_scatter(x=traces, y=mean, mode="lines", line={"color": LINE}, name="any order (5-95%)")
    figure.add_scatter(
        x=np.arange(1, len(read) + 1), y=read, mode="lines", line={"color": NEUTRAL, "dash": "dot", "shape": "hv"},
        name="as read",
    )  # fmt: skip
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h", "y": 1.12},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    figure.update_xaxes(title="traces read", gridcolor=GRID, rangemode="tozero")
    figure.update_yaxes(title="codes seen", gridcolor=GRID, rangemode="tozero")
    return figure
