"""Queues of labelling: who is asked about what, what they may see of it, and whether what they say is their own.

Nothing here stores or reads: plans are worked out from ids, an item is cut from a trace, an answer is compared with an
output. The rule that makes the labels worth something is in ``blind``: an annotator gets what is on a short list of
allowed things, and that is all that ever leaves the server.
"""

from workbench.queues.anchoring import NEARLY, SHORTEST, is_anchored, similarity
from workbench.queues.blind import QueueItem, Visible, visible
from workbench.queues.masking import MASK, masker, names_of
from workbench.queues.planning import Asked, assign, gold_places, plan_items, spread_over
from workbench.queues.report import HandOver, QueueReport, SavedItem, Standing
from workbench.queues.saying import check_said, label_rows

__all__ = [
    "MASK",
    "NEARLY",
    "SHORTEST",
    "Asked",
    "HandOver",
    "QueueItem",
    "QueueReport",
    "SavedItem",
    "Standing",
    "Visible",
    "assign",
    "check_said",
    "gold_places",
    "is_anchored",
    "label_rows",
    "masker",
    "names_of",
    "plan_items",
    "similarity",
    "spread_over",
    "visible",
]
