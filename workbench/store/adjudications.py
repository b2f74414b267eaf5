"""What an expert settled where annotators disagreed, with the votes as they stood.

Only ever added; the newest of a trace and dimension counts. The decision, the label it writes and the labels it takes
back are one transaction, and the votes are read within it, so that no vote can slip in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from workbench.store import sql
from workbench.store.frames import to_frame
from workbench.store.labels import insert_labels, select_labels

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = ("trace_id", "dimension", "how", "value", "reason", "decided_by", "decided_at", "votes")
Row = dict[str, Any]
Decide = Callable[["DataFrame", datetime], tuple[Mapping[str, Any], list[Row]]]
"""From the labels of a trace that count, and the time, to the row to add and the labels to write with it."""


class AdjudicationStore:
    """Reading and adding adjudications."""

    path: Path
    _database: sql.Database

    def adjudications(self, trace_id: str | None = None) -> list[Row]:
        """Adjudications, oldest first: ``COLUMNS``, with the votes decoded."""
        row = sql.adjudications.c
        query = sa.select(*(row[name] for name in COLUMNS)).order_by(row.adjudication_id)
        if trace_id is not None:
            query = query.where(row.trace_id == trace_id)
        with self._database.reading() as connection:
            found = [dict(each) for each in connection.execute(query).mappings()]
        return [{**each, "votes": orjson.loads(each["votes"])} for each in found]

    def add_adjudication(self, trace_id: str, decide: Decide) -> None:
        """Settle one trace on what stands now, all or nothing; what ``decide`` raises leaves everything as it was."""
        now = datetime.now(UTC)
        with self._database.writing(traces=False) as connection:
            labels = to_frame(select_labels(connection, newest=True, trace_ids=[trace_id]))
            row, with_it = decide(labels, now)
            new = {**row, "trace_id": trace_id, "votes": orjson.dumps(row["votes"]).decode()}
            connection.execute(sa.insert(sql.adjudications), new)
            insert_labels(connection, with_it, now=now, batch=None, skip_same=True)
