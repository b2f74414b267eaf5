"""The verbs of the labelling standard: look at it, change it, take it in and out."""

from __future__ import annotations

from workbench.workspace.codebook_reads import CodebookReads


class RubricVerbs(CodebookReads):
    """The labelling standard."""
