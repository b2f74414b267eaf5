"""Judges in versions, what they answered, and who looked at the test part."""

from __future__ import annotations

from pathlib import Path

from workbench.store import sql


class JudgeStore:
    """The part of ``Store`` that keeps these."""

    path: Path
    _database: sql.Database
