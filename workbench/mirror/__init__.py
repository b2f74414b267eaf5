"""Does the set fail where production fails: the failures a set tests for against those that people found in traffic.

A set that is green says something about production only if it holds what production breaks on. Three questions are kept
apart: is there a case for each kind of failure (coverage), are the kinds there in the same proportions (the mix, which
a set may leave on purpose), and did the set's scores go where production's failures went (the releases).
"""

from workbench.mirror.mirror import mirror
from workbench.mirror.modes import ENOUGH, OTHER, TARGET, Modes, Production
from workbench.mirror.releases import FEW, Validity
from workbench.mirror.report import MirrorReport
from workbench.mirror.signs import Sign
from workbench.mirror.slices import Reweighted, reweighted

__all__ = [
    "ENOUGH",
    "FEW",
    "OTHER",
    "TARGET",
    "MirrorReport",
    "Modes",
    "Production",
    "Reweighted",
    "Sign",
    "Validity",
    "mirror",
    "reweighted",
]
