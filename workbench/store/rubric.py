"""The versions of the rubric: only ever added, each with the number after the last.

Whoever changes the rubric has looked at one version and makes the next. Where somebody else was faster the change is
refused: what was looked at no longer holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.errors import RubricChanged
from workbench.store import sql

COLUMNS = ("version", "changed_at", "author", "reason", "dimensions")


class RubricStore:
    """Reading and adding versions of the rubric."""

    path: Path
    _database: sql.Database

    def rubric_versions(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Versions later than ``after``, oldest first: ``COLUMNS``, with the dimensions decoded."""
        version = sql.rubric_versions.c
        query = sa.select(*(version[name] for name in COLUMNS)).where(version.version > after).order_by(version.version)
        with self._database.reading() as connection:
            found = [dict(row) for row in connection.execute(query).mappings()]
        return [{**row, "dimensions": orjson.loads(row["dimensions"])} for row in found]

    def add_rubric_version(
        self, version: int, *, changed_at: datetime, author: str, reason: str, dimensions: Iterable[Mapping[str, Any]]
    ) -> None:
        """Add the version after the newest.

        Raises:
            RubricChanged: the newest version is not the one before this.
        """
        told = orjson.dumps([dict(each) for each in dimensions]).decode()
        new = {"version": version, "changed_at": changed_at, "author": author, "reason": reason, "dimensions": told}
        with self._database.writing(traces=False) as connection:
            _check_next(connection, version)
            connection.execute(sa.insert(sql.rubric_versions), new)


def _check_next(connection: sa.Connection, version: int) -> None:
    known = sql.rubric_versions.c
    newest = connection.execute(
        sa.select(known.version, known.author).order_by(known.version.desc()).limit(1)
    ).one_or_none()
    if version != (newest.version if newest else 0) + 1:
        who = f"by {newest.author}, to version {newest.version}" if newest else "or restored from an older copy"
        raise RubricChanged(
            f"the rubric was changed meanwhile {who}; nothing of this change was kept. Look again and repeat it."
        )
