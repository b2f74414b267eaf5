"""The verbs of adjudication: what is disputed, and what an expert decides."""

from __future__ import annotations

from workbench.workspace.labels import LabelVerbs


class AdjudicationVerbs(LabelVerbs):
    """Adjudication."""
