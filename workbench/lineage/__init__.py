"""Maps over time: a new map takes over the ids of the old one, a person's decision makes a new version of a map.

Every map keeps, with its parameters, what happened to its clusters when it was made. Ids count up over all maps of a
workspace and are never used again, so that "cluster 12" means one thing in a sample, a report and a colour.
"""

from workbench.lineage.deciding import accepted, dismissed
from workbench.lineage.ids import carried, frame, next_id, why_not_kept
from workbench.lineage.proposing import Proposals, n_proposals, proposals

__all__ = [
    "Proposals",
    "accepted",
    "carried",
    "dismissed",
    "frame",
    "n_proposals",
    "next_id",
    "proposals",
    "why_not_kept",
]
