"""The verbs of reading: labels taken in, given, taken back, and read."""

from __future__ import annotations

from workbench.workspace.base import Base


class ReadingVerbs(Base):
    """What people said about traces."""
