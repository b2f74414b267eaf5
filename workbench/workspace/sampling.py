"""The verbs of sampling: drawing what is to be read, and what was drawn."""

from __future__ import annotations

from workbench.workspace.base import Base


class SamplingVerbs(Base):
    """Drawing traces to read, with known weights."""
