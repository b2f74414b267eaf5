"""The recurring round as plain steps: which slices fail uncovered, what to propose, what to retire, what changed, and
the report as one page that can be mailed.

Nothing here decides anything: a proposal is a trace to look at with the reason beside it, and a case is only ever
retired by a person.
"""

from workbench.refresh.changes import what_changed
from workbench.refresh.page import page
from workbench.refresh.proposing import Group, Proposal, propose
from workbench.refresh.report import RefreshReport
from workbench.refresh.retiring import Retirements, retirements
from workbench.refresh.slices import failing_slices

__all__ = [
    "Group",
    "Proposal",
    "RefreshReport",
    "Retirements",
    "failing_slices",
    "page",
    "propose",
    "retirements",
    "what_changed",
]
