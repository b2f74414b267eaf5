"""What an expert settled where annotators disagreed, with the votes as they stood."""

from __future__ import annotations

from pathlib import Path

from workbench.store import sql


class AdjudicationStore:
    """The part of ``Store`` that keeps these."""

    path: Path
    _database: sql.Database
