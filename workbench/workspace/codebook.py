"""The verbs of the codebook: what failures are called, and how that changed."""

from __future__ import annotations

from workbench.workspace.base import Base


class CodebookVerbs(Base):
    """The versioned taxonomy."""
