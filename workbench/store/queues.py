"""Queues of labelling: their plans, and one slot per label that is wanted."""

from __future__ import annotations

from pathlib import Path

from workbench.store import sql


class QueueStore:
    """The part of ``Store`` that keeps these."""

    path: Path
    _database: sql.Database
