"""Frames in, Plotly figures out; no Streamlit, no arithmetic on rates.

Every share arrives with its interval and its n and is drawn with both: a bar without them invites a conclusion
that ten traces cannot carry. One meaning has one colour everywhere (``colours``), and trace text only ever reaches a
figure through ``escaped``, because Plotly reads hover text and annotations as a small HTML.
"""

from workbench.charts.colours import (
    CLUSTERS,
    FAIL,
    NEUTRAL,
    PASS,
    UNCLUSTERED,
    UNDECIDED,
    Colouring,
    cluster_colour,
    colouring,
)
from workbench.charts.figures import failure_forest, per_day, scatter
from workbench.charts.ranking import code_trend, harm_forest, pareto, severity_matrix
from workbench.charts.saturation import saturation_curve
from workbench.charts.words import escaped, rate_text

__all__ = [
    "CLUSTERS",
    "FAIL",
    "NEUTRAL",
    "PASS",
    "UNCLUSTERED",
    "UNDECIDED",
    "Colouring",
    "cluster_colour",
    "code_trend",
    "colouring",
    "escaped",
    "failure_forest",
    "harm_forest",
    "pareto",
    "per_day",
    "rate_text",
    "saturation_curve",
    "scatter",
    "severity_matrix",
]
