"""Has traffic moved away, where, since when: two sets of traces compared without crying wolf.

At 200 traces a side the usual cut-offs on a divergence call the same traffic drifted 30 to 90% of the time. Here each
part is held against what dealing its own sessions out anew gives, and the verdict is corrected for all parts.
"""

from workbench.drift.drift import LEVEL, MIN_N, PARTS, TOLERANCE, drift
from workbench.drift.golden_templates import GoldenTemplates
from workbench.drift.inputs import ClusterDrift, EmbeddingDrift, OffMap
from workbench.drift.lights import Light
from workbench.drift.over_time import OutcomesOverTime, outcomes_over_time
from workbench.drift.report import DriftReport
from workbench.drift.retrieval import RetrievalDrift
from workbench.drift.snapshots import SnapshotDrift
from workbench.drift.templates import TemplateDrift
from workbench.drift.usual import Usual

__all__ = [
    "LEVEL",
    "MIN_N",
    "PARTS",
    "TOLERANCE",
    "ClusterDrift",
    "DriftReport",
    "EmbeddingDrift",
    "GoldenTemplates",
    "Light",
    "OffMap",
    "OutcomesOverTime",
    "RetrievalDrift",
    "SnapshotDrift",
    "TemplateDrift",
    "Usual",
    "drift",
    "outcomes_over_time",
]
