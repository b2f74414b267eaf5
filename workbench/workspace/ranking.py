"""The verbs of ranking: what deserves attention first, and how certain that is."""

from __future__ import annotations

from workbench.workspace.base import Base


class RankingVerbs(Base):
    """Frequency and severity together."""
