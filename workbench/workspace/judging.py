"""The verbs of judges: define one in versions, run it, calibrate it."""

from __future__ import annotations

from workbench.workspace.labels import LabelVerbs


class JudgingVerbs(LabelVerbs):
    """Judges."""
