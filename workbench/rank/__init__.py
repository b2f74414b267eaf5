"""What deserves attention first: weighted frequency times the cost of severity, and how certain that order is.

Labels and samples in, a ``Ranking`` out. Three numbers are kept apart that are easily mixed up: how many of the traces
that were read have a code (``n``), which share of the traffic that stands for (``share``, by the weights of the
sample, with its interval), and what the naive share of the reading would have been.
"""

from workbench.rank.evidence import Evidence, evidence
from workbench.rank.ranking import rank
from workbench.rank.result import Ranking
from workbench.rank.reviewed import Reviewed, reviewed
from workbench.rank.saturation import Saturation, saturation
from workbench.rank.trend import trend

__all__ = [
    "Evidence",
    "Ranking",
    "Reviewed",
    "Saturation",
    "evidence",
    "rank",
    "reviewed",
    "saturation",
    "trend",
]
