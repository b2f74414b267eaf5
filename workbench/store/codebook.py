"""The versions of the codebook: only ever added, each with the number after the last.

Whoever changes the codebook has looked at one version and makes the next. Where somebody else was faster the change is
refused: what was looked at no longer holds. Labels that belong to a change (new codes of an imported file, the labels
of an accepted group) are written in the same transaction, so that neither stands without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.errors import CodebookChanged
from workbench.store import sql
from workbench.store.labels import insert_labels

COLUMNS = ("version", "changed_at", "author", "kind", "reason", "change", "codes")


class CodebookStore:
    """Reading and adding versions of the codebook."""

    path: Path
    _database: sql.Database

    def codebook_versions(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Versions later than ``after``, oldest first: ``COLUMNS``, with change and codes decoded."""
        version = sql.codebook_versions.c
        query = sa.select(*(version[name] for name in COLUMNS)).where(version.version > after).order_by(version.version)
        with self._database.reading() as connection:
            found = [dict(row) for row in connection.execute(query).mappings()]
        return [{**row, "change": orjson.loads(row["change"]), "codes": orjson.loads(row["codes"])} for row in found]

    def add_codebook_version(
        self,
        version: int,
        *,
        changed_at: datetime,
        author: str,
        kind: str,
        reason: str,
        change: Mapping[str, Any],
        codes: Iterable[Mapping[str, Any]],
        labels: Iterable[Mapping[str, Any]] = (),
    ) -> int:
        """Add the version after the newest, and labels with it, all or none. How many labels were added.

        Raises:
            CodebookChanged: the newest version is not the one before this.
        """
        rows = list(labels)
        new = {"version": version, "changed_at": changed_at, "author": author, "kind": kind, "reason": reason}
        new |= {"change": orjson.dumps(dict(change)).decode(), "codes": orjson.dumps([dict(c) for c in codes]).decode()}
        with self._database.writing(traces=False) as connection:
            _check_next(connection, version)
            connection.execute(sa.insert(sql.codebook_versions), new)
            if not rows:
                return 0
            return insert_labels(connection, rows, now=datetime.now(UTC), batch=None, skip_same=True)


def _check_next(connection: sa.Connection, version: int) -> None:
    known = sql.codebook_versions.c
    newest = connection.execute(
        sa.select(known.version, known.author).order_by(known.version.desc()).limit(1)
    ).one_or_none()
    if version != (newest.version if newest else 0) + 1:
        who = f"by {newest.author}, to version {newest.version}" if newest else "or restored from an older copy"
        raise CodebookChanged(
            f"the codebook was changed meanwhile {who}; nothing of this change was kept. Look again and repeat it."
        )
