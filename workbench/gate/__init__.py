"""Whether a release may pass: thresholds, the baseline, slices, and a third answer where nobody can tell.

The rule is settled before any result is seen and measured in ``benchmarks/gate.py``; ``docs/gate.md`` has the tables.
"""

from workbench.contract import EvaluationContract, Metric, read_contract
from workbench.gate.curves import chances, sizes_of, smallest_changes, what_slices_see
from workbench.gate.decide import gate
from workbench.gate.intake import Counts
from workbench.gate.junit import junit
from workbench.gate.markdown import markdown
from workbench.gate.needed import Needed
from workbench.gate.plan import RULES, PowerPlan, Rule, plan
from workbench.gate.report import Compared, GateReport, Overall
from workbench.gate.results import Results, read_results
from workbench.gate.words import answer

__all__ = [
    "RULES",
    "Compared",
    "Counts",
    "EvaluationContract",
    "GateReport",
    "Metric",
    "Needed",
    "Overall",
    "PowerPlan",
    "Results",
    "Rule",
    "answer",
    "chances",
    "gate",
    "junit",
    "markdown",
    "plan",
    "read_contract",
    "read_results",
    "sizes_of",
    "smallest_changes",
    "what_slices_see",
]
