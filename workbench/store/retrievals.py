"""What the golden queries fetched, as it was written down at times: ids and scores of passages, and no text.

A row that came from a trace names it, so that whoever takes the trace away can take the row along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.store import sql

SNAPSHOT = ("snapshot_id", "version", "source", "as_of", "taken_at", "taken_by")
FETCHED = ("case_id", "trace_id", "fetched")


class RetrievalStore:
    """The part of ``Store`` that keeps these."""

    _database: sql.Database

    def add_retrieval_snapshot(self, snapshot: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Write down what queries fetched, all or none.

        Args:
            snapshot: ``SNAPSHOT``.
            rows: ``FETCHED``, fetched being pairs of id and score, best first; one row a case.
        """
        mine = {"snapshot_id": snapshot["snapshot_id"]}
        told = [{**mine, **row, "fetched": orjson.dumps(row["fetched"]).decode()} for row in rows]
        with self._database.writing(traces=False) as connection:
            connection.execute(sa.insert(sql.retrieval_snapshots), dict(snapshot))
            if told:
                connection.execute(sa.insert(sql.retrievals), told)

    def retrieval_snapshots(self) -> list[dict[str, Any]]:
        """Every snapshot by the time it is of, oldest first: ``SNAPSHOT`` and n, the queries in it."""
        made, row = sql.retrieval_snapshots.c, sql.retrievals.c
        n = sa.select(sa.func.count()).where(row.snapshot_id == made.snapshot_id).scalar_subquery().label("n")
        query = sa.select(*(made[name] for name in SNAPSHOT), n).order_by(made.as_of, made.taken_at, made.snapshot_id)
        with self._database.reading() as connection:
            return [dict(each) for each in connection.execute(query).mappings()]

    def retrievals(self, snapshot_id: str) -> list[dict[str, Any]]:
        """What each query of a snapshot fetched: ``FETCHED``."""
        row = sql.retrievals.c
        query = sa.select(*(row[name] for name in FETCHED)).where(row.snapshot_id == snapshot_id).order_by(row.row_id)
        with self._database.reading() as connection:
            found = [dict(each) for each in connection.execute(query).mappings()]
        return [{**each, "fetched": orjson.loads(each["fetched"])} for each in found]
