"""Cases that may become part of the golden set, and every change of them, in SQL.

A case is worked on here and frozen into files. Once it is sealed its content leaves the table: only the sealed file
holds it. Changes are only ever added; the changelog of the next version is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.errors import BadRequest
from workbench.store import sql
from workbench.store.labels import insert_labels

STATUSES = ("candidate", "accepted", "discarded", "retired", "sealed")
_AT_ONCE = 500


class CaseStore:
    """The part of ``Store`` that keeps cases."""

    path: Path
    _database: sql.Database

    def case_rows(
        self, *, statuses: Sequence[str] | None = None, case_ids: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Cases in the order they were proposed, ``content`` decoded (None where it is sealed)."""
        case = sql.cases.c
        query = sa.select(sql.cases).order_by(case.proposed_at, case.case_id)
        if statuses is not None:
            query = query.where(case.status.in_(list(statuses)))
        if case_ids is not None:
            query = query.where(case.case_id.in_(list(case_ids)))
        with self._database.reading() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [{**row, "content": orjson.loads(row["content"]) if row["content"] else None} for row in rows]

    def case_origins(self, origins: Sequence[str]) -> dict[str, str]:
        """The case ids that were made from these origins."""
        case, found = sql.cases.c, {}
        with self._database.reading() as connection:
            for start in range(0, len(origins), _AT_ONCE):
                wanted = case.origin.in_(list(origins[start : start + _AT_ONCE]))
                query = sa.select(case.origin, case.case_id).where(wanted)
                found.update({origin: case_id for origin, case_id in connection.execute(query)})
        return found

    def add_cases(
        self,
        rows: Iterable[Mapping[str, Any]],
        changes: Iterable[Mapping[str, Any]],
        labels: Sequence[Mapping[str, Any]] = (),
    ) -> int:
        """Add cases with the change that made each, and labels with them, all or none; how many labels were added.

        Raises:
            BadRequest: A case has an id that is taken.
        """
        new = [{**row, "content": orjson.dumps(row["content"]).decode()} for row in rows]
        with self._database.writing(traces=False) as connection:
            try:
                if new:
                    connection.execute(sa.insert(sql.cases), new)
            except sa.exc.IntegrityError:
                raise BadRequest("a case of that id is there already. Give the new case an id of its own") from None
            _add_changes(connection, changes)
            return insert_labels(connection, labels, now=datetime.now(UTC), batch=None, skip_same=True)

    def change_case(self, case_id: str, values: Mapping[str, Any], change: Mapping[str, Any], *, was: str) -> bool:
        """Change a case and say why; False where its status is not ``was`` any more, and then nothing is written."""
        new = dict(values)
        if "content" in new and new["content"] is not None:
            new["content"] = orjson.dumps(new["content"]).decode()
        case = sql.cases.c
        with self._database.writing(traces=False) as connection:
            query = sa.update(sql.cases).where(case.case_id == case_id, case.status == was)
            if not connection.execute(query.values({"case_id": case_id, **new})).rowcount:
                return False
            _add_changes(connection, [change])
        return True

    def case_changes(self, *, since: datetime | None = None, case_id: str | None = None) -> list[dict[str, Any]]:
        """Changes of cases, oldest first."""
        change = sql.case_changes.c
        query = sa.select(sql.case_changes).order_by(change.changed_at, change.change_id)
        if since is not None:
            query = query.where(change.changed_at > since)
        if case_id is not None:
            query = query.where(change.case_id == case_id)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _add_changes(connection: sa.Connection, changes: Iterable[Mapping[str, Any]]) -> None:
    rows = [dict(change) for change in changes]
    if rows:
        connection.execute(sa.insert(sql.case_changes), rows)
