"""The versions of the rubric: only ever added, each with the number after the last."""

from __future__ import annotations

from pathlib import Path

from workbench.store import sql


class RubricStore:
    """The part of ``Store`` that keeps these."""

    path: Path
    _database: sql.Database
