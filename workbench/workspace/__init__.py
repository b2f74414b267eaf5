"""The verbs: each loads, calls one step, saves and returns. Pages, command line and notebooks all come through here.

A ``Workspace`` is one folder. It may be open in several processes at once; every write raises ``revision``.
"""

from workbench.settings import SETTINGS_FILE
from workbench.workspace.adjudication import AdjudicationVerbs
from workbench.workspace.agreement import AgreementVerbs
from workbench.workspace.calibrating import CalibratingVerbs
from workbench.workspace.case_sources import CaseSources
from workbench.workspace.coding import CodingVerbs
from workbench.workspace.coverage import CoverageVerbs
from workbench.workspace.drift_view import DriftViewVerbs
from workbench.workspace.explore import EmbedReport, ExploreVerbs, MapReport
from workbench.workspace.exporting import ExportVerbs
from workbench.workspace.gating import GatingVerbs
from workbench.workspace.golden import GoldenVerbs
from workbench.workspace.golden_state import GoldenStateVerbs
from workbench.workspace.judge_draws import JudgeDraws
from workbench.workspace.lineage import LineageVerbs
from workbench.workspace.mining import MiningVerbs
from workbench.workspace.mirroring import MirrorVerbs
from workbench.workspace.outcomes import OutcomeVerbs
from workbench.workspace.planning import PlanningVerbs
from workbench.workspace.purging import PurgeVerbs
from workbench.workspace.queues import QueueVerbs
from workbench.workspace.ranking import RankingVerbs
from workbench.workspace.reading import ReadingVerbs
from workbench.workspace.refreshing import RefreshVerbs
from workbench.workspace.regressing import RegressingVerbs
from workbench.workspace.rolling import RollingVerbs
from workbench.workspace.rubric import RubricVerbs
from workbench.workspace.rules import RuleVerbs
from workbench.workspace.sampling import SamplingVerbs

__all__ = ["SETTINGS_FILE", "EmbedReport", "MapReport", "Workspace"]


class Workspace(
    MirrorVerbs,
    PurgeVerbs,
    GatingVerbs,
    RefreshVerbs,
    RegressingVerbs,
    DriftViewVerbs,
    OutcomeVerbs,
    JudgeDraws,
    ExportVerbs,
    LineageVerbs,
    ExploreVerbs,
    CalibratingVerbs,
    RankingVerbs,
    SamplingVerbs,
    AgreementVerbs,
    AdjudicationVerbs,
    QueueVerbs,
    ReadingVerbs,
    CodingVerbs,
    MiningVerbs,
    PlanningVerbs,
    RollingVerbs,
    GoldenStateVerbs,
    CoverageVerbs,
    CaseSources,
    GoldenVerbs,
    RuleVerbs,
    RubricVerbs,
):
    """One folder of redacted traces and everything that was worked out about them."""
