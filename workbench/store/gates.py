"""Each time a version of the golden set was scored: what was tuned on a set looks better on it than it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from workbench.store import sql


class GateStore:
    """The part of ``Store`` that remembers gates."""

    path: Path
    _database: sql.Database

    def add_gate_look(self, row: Mapping[str, Any]) -> None:
        """Remember that a version was scored: version, part, release, results, n, passed, verdict, looked_at."""
        with self._database.writing(traces=False) as connection:
            connection.execute(sa.insert(sql.gate_looks), dict(row))

    def gate_looks(self, version: int | None = None) -> list[dict[str, Any]]:
        """Every time a version was scored, oldest first."""
        look = sql.gate_looks.c
        query = sa.select(sql.gate_looks).order_by(look.look_id)
        if version is not None:
            query = query.where(look.version == version)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
