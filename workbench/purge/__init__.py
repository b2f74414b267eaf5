"""Taking traces out of a workspace for good: what tells them, what names or quotes them, and the proof of it.

Here are the parts that know neither files nor SQL: pieces of text that only purged traces hold, the rewriting of what
quotes them, and a map without them. ``workbench.store.purging`` writes, ``workbench.workspace.purging`` calls.
"""

from workbench.purge.maps import Without, cluster_words, without
from workbench.purge.needles import Needles
from workbench.purge.proof import Search
from workbench.purge.report import Left, Proof, PurgeReport
from workbench.purge.words import BLANK, LONGER, QUOTE, Scrub, Words, by_chance, leaves, passages, pieces, strings

__all__ = [
    "BLANK",
    "LONGER",
    "QUOTE",
    "Left",
    "Needles",
    "Proof",
    "PurgeReport",
    "Scrub",
    "Search",
    "Without",
    "Words",
    "by_chance",
    "cluster_words",
    "leaves",
    "passages",
    "pieces",
    "strings",
    "without",
]
