"""The golden set: the specification of what the product should do, frozen in versions that can be checked.

Pure: cases, what changed, which cases are sealed, hashes and signatures. Writing and reading files is the store's.
"""

from workbench.golden.blind import BLIND_SHARE, choose_blind
from workbench.golden.cases import Case
from workbench.golden.ledger import Look
from workbench.golden.verify import Problem, Verified
from workbench.golden.version import Changed, Diff, differences

__all__ = ["BLIND_SHARE", "Case", "Changed", "Diff", "Look", "Problem", "Verified", "choose_blind", "differences"]
