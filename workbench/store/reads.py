"""Reading traces and spans: what is asked is pushed down to the files, and answered from one revision.

Conditions are DuckDB SQL over the traces table, and may look into the other tables (``trace_id IN (SELECT trace_id
FROM labels WHERE value = 'fail')``). The small tables are loaded only where a query names them.
"""

import json
import os
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from workbench import tables
from workbench.errors import MissingColumns, WorkbenchError
from workbench.store import batches, labels, maps, sql
from workbench.store.frames import to_frame
from workbench.store.reading import FileGone, Reader, Visible, check_condition

if TYPE_CHECKING:
    from pandas import DataFrame

_TRIES = 8  # looks at the list of files, before a file that is not there counts as lost
_SMALL = ("labels", "samples", "batches")
_of_parent: list[Reader | None] = []  # kept after a fork: closing another process's DuckDB would wait for its threads


class TraceReads:
    """The reading half of ``Store``."""

    def __init__(self, path: Path, database: sql.Database) -> None:
        self.path = path
        self._database = database
        self._reader: Reader | None = None
        self._small: tuple[int, dict[str, pa.Table]] = (-1, {})
        self._lock = threading.Lock()
        self._process = os.getpid()

    def revision(self) -> int:
        """A number that every committed write raises."""
        with self._database.reading() as connection:
            return _revision(connection)

    def traces_revision(self) -> int:
        """Raised by writes of traces, vectors and maps; labels, samples and the codebook leave it as it is."""
        with self._database.reading() as connection:
            return connection.execute(sa.select(sql.workspace.c.traces_revision)).scalar_one()

    def traces(
        self,
        *,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        params: Sequence[Any] = (),
        order_by: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> "DataFrame":
        """Traces as a frame; in the order of ingestion unless told otherwise.

        Args:
            columns: the columns to read; all by default. Text and messages are large: ask for what is shown.
            where: a condition in DuckDB SQL, with ``?`` for each of ``params``.
            params: values for the question marks.
            order_by: columns or expressions to sort by, each with ``ASC`` or ``DESC`` if need be.
            limit: the most rows.
            offset: rows to leave out first.

        Raises:
            MissingColumns: a column that traces do not have.
            BadRequest: a condition or order that cannot be used.
        """
        wanted = _select("traces", columns)
        return self._frame(f"SELECT {wanted} FROM traces{_clauses(where, order_by, limit, offset)}", params)

    def traces_named(self, trace_ids: Sequence[str], columns: Sequence[str]) -> "DataFrame":
        """Those of the named traces that are here, however many; columns as for ``traces``."""
        return self.traces(columns=columns, where="trace_id IN (SELECT unnest(?::VARCHAR[]))", params=[list(trace_ids)])

    def spans(
        self,
        trace_id: str | None = None,
        *,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        params: Sequence[Any] = (),
        order_by: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> "DataFrame":
        """Spans as a frame, of one trace or of all; the arguments are those of ``traces``."""
        source = "spans" if trace_id is None else "(SELECT * FROM spans WHERE trace_id = ?) AS spans"
        params = params if trace_id is None else (trace_id, *params)
        wanted = _select("spans", columns)
        return self._frame(f"SELECT {wanted} FROM {source}{_clauses(where, order_by, limit, offset)}", params)

    def count(self, where: str | None = None, params: Sequence[Any] = ()) -> int:
        """How many traces there are, or how many fulfil a condition."""
        found = self._rows(f"SELECT count(*) AS n FROM traces{_clauses(where, None, None, 0)}", params)
        return int(found["n"][0].as_py())

    def trace(self, trace_id: str) -> dict[str, Any] | None:
        """One trace with its nested columns as Python values, or None."""
        found = self._rows("SELECT * FROM traces WHERE trace_id = ? LIMIT 1", (trace_id,))
        if not found.num_rows:
            return None
        row: dict[str, Any] = found.cast(tables.schema("traces")).to_pylist()[0]
        for column in tables.TRACES:
            if column.type == "json" and row[column.name] is not None:
                row[column.name] = json.loads(row[column.name])
        return row

    def query(self, query: str, params: Sequence[Any] = ()) -> "DataFrame":
        """The rows of one SELECT in DuckDB SQL over traces, spans, labels, samples, batches and points.

        ``labels`` holds the labels that count, ``points`` the newest map. Nothing else can be read, nothing written.

        Raises:
            BadRequest: it is not one SELECT, or cannot be used.
        """
        return self._frame(query, params)

    def known_ids(self, trace_ids: Sequence[str]) -> set[str]:
        """Those of the trace ids that the workspace has."""
        asked = pa.table({"trace_id": pa.array(trace_ids, pa.string())})
        query = "SELECT DISTINCT trace_id FROM traces WHERE trace_id IN (SELECT trace_id FROM asked)"
        found = self._retry(lambda reader: reader.fetch(query, with_tables={"asked": asked}))
        return set(found["trace_id"].to_pylist())

    def _frame(self, query: str, params: Sequence[Any]) -> "DataFrame":
        return to_frame(self._rows(query, params))

    def _rows(self, query: str, params: Sequence[Any]) -> pa.Table:
        named = [name for name in _SMALL if re.search(rf"\b{name}\b", query, re.IGNORECASE)]

        def read(reader: Reader) -> pa.Table:
            return reader.fetch(query, params, {name: self._small_table(name) for name in named})

        return self._retry(read)

    def _retry(self, read: Callable[[Reader], pa.Table]) -> pa.Table:
        for _ in range(_TRIES):
            try:
                return read(self._current())
            except FileGone:
                with self._lock:
                    self._reader = None
        raise WorkbenchError(
            f"a file that the database of {self.path} names is missing or damaged; restore the folder from a backup."
        )

    def _current(self) -> Reader:
        """A reader of what is visible now; the last one where nothing of it has changed."""
        if self._process != os.getpid():
            _of_parent.append(self._reader)
            self._reader, self._lock, self._process = None, threading.Lock(), os.getpid()
        revision = self.revision()
        with self._lock:
            if self._reader is None or self._reader.visible.revision < revision:
                visible = self._visible()
                if self._reader is None or not self._reader.visible.same_files(visible):
                    self._reader = Reader(self.path, visible)
                self._reader.visible = visible
            return self._reader

    def _visible(self) -> Visible:
        with self._database.reading() as connection:
            return Visible(_revision(connection), batches.visible_files(connection), maps.newest_map(connection))

    def _small_table(self, name: str) -> pa.Table:
        """Labels, samples or batches as an Arrow table, read once per revision."""
        with self._database.reading() as connection:
            revision = _revision(connection)
            cached = self._small
            if cached[0] == revision and name in cached[1]:
                return cached[1][name]
            if name == "labels":
                table = labels.select_labels(connection, newest=True)
            elif name == "samples":
                table = labels.select_samples(connection)
            else:
                table = batches.batch_table(connection)
        self._small = (revision, {**(cached[1] if cached[0] == revision else {}), name: table})
        return table


def _revision(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sql.workspace.c.revision)).scalar_one()


def _select(table: str, columns: Sequence[str] | None) -> str:
    known = tables.names(table)
    missing = [name for name in columns or () if name not in known]
    if missing:
        raise MissingColumns(table, missing, known, "Choose among those.")
    return ", ".join(f'"{name}"' for name in columns or known)


def _clauses(where: str | None, order_by: str | None, limit: int | None, offset: int) -> str:
    """What follows FROM; a newline ends any comment in what people wrote."""
    text = ""
    if where is not None:
        check_condition(where)
        text += f" WHERE (\n{where}\n)"
    if order_by is not None:
        text += f" ORDER BY {order_by}\n"
    if limit is not None:
        text += f" LIMIT {int(limit)}"
    return text + (f" OFFSET {int(offset)}" if offset else "")
