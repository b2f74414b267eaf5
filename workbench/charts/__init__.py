"""Frames in, Plotly figures out; no Streamlit, no arithmetic on rates.

Every share arrives with its interval and its n and is drawn with both: a bar without them invites a conclusion
that ten traces cannot carry. One meaning has one colour everywhere (``colours``), and trace text only ever reaches a
figure through ``escaped``, because Plotly reads hover text and annotations as a small HTML.
"""

from workbench.charts.agreement import (
    agreement_course,
    agreement_forest,
    annotator_course,
    left_out_forest,
    mixed_bars,
    pair_matrix,
)
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
from workbench.charts.coverage import coverage_matrix, coverage_size
from workbench.charts.drift import drift_map, drift_shares
from workbench.charts.drift_outcome import outcome_course, outcome_groups
from workbench.charts.drift_time import drift_timeline, drift_usual
from workbench.charts.figures import failure_forest, per_day, scatter
from workbench.charts.gate import gate_difference, gate_rate, gate_slices
from workbench.charts.golden import golden_growth, golden_risks, golden_sources
from workbench.charts.judges import confusion_matrix, corrected_share, error_correlations, judge_rates, judge_slices
from workbench.charts.mirror import mirror_bars, mirror_ratios, mirror_releases
from workbench.charts.power import chance_to_see, smallest_change
from workbench.charts.ranking import code_trend, harm_forest, pareto, severity_matrix
from workbench.charts.saturation import saturation_curve
from workbench.charts.words import escaped, percent, rate_text

__all__ = [
    "CLUSTERS",
    "FAIL",
    "NEUTRAL",
    "PASS",
    "UNCLUSTERED",
    "UNDECIDED",
    "Colouring",
    "agreement_course",
    "agreement_forest",
    "annotator_course",
    "chance_to_see",
    "cluster_colour",
    "code_trend",
    "colouring",
    "confusion_matrix",
    "corrected_share",
    "coverage_matrix",
    "coverage_size",
    "drift_map",
    "drift_shares",
    "drift_timeline",
    "drift_usual",
    "error_correlations",
    "escaped",
    "failure_forest",
    "gate_difference",
    "gate_rate",
    "gate_slices",
    "golden_growth",
    "golden_risks",
    "golden_sources",
    "harm_forest",
    "judge_rates",
    "judge_slices",
    "left_out_forest",
    "mirror_bars",
    "mirror_ratios",
    "mirror_releases",
    "mixed_bars",
    "outcome_course",
    "outcome_groups",
    "pair_matrix",
    "pareto",
    "per_day",
    "percent",
    "rate_text",
    "saturation_curve",
    "scatter",
    "severity_matrix",
    "smallest_change",
]
