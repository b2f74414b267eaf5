"""Writing one batch: Parquet as the rows come, then one transaction that makes it visible.

At ``commit`` the files are finished, flushed and renamed into place, and only then does one transaction name them.
Until that moment no reader can see them, and a writer that dies leaves files that the next writer removes. Late
completion writes new files without the superseded rows and retires the old ones in that same transaction: a reader
has either the old rows or the new.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import sqlalchemy as sa

from workbench import tables
from workbench.errors import WorkbenchError
from workbench.store import sql
from workbench.store.files import PURGE, SCRATCH, into_place, writable
from workbench.store.labels import insert_labels
from workbench.store.parquet import GrowingFile, copy_without
from workbench.store.reading import StoredFile
from workbench.store.sql import Database

KINDS = ("traces", "spans")
_BATCHES = pa.schema(
    {
        "batch": pa.string(),
        "created_at": pa.timestamp("us", "UTC"),
        "traces": pa.int64(),
        "spans": pa.int64(),
        "summary": pa.string(),
    }
)


class BatchWriter:
    """One batch on its way in; made by ``Store.new_batch``.

    Attributes:
        batch: the batch's id; ids sort in the order of ingestion.
        spill: a scratch folder for redacted text that must wait; removed with the writer.
    """

    def __init__(self, root: Path, database: Database, batch: str, scratch: Path) -> None:
        self.batch = batch
        self.spill = scratch / "spill"
        self._root, self._database, self._scratch = root, database, scratch
        self._labels: list[dict[str, Any]] = []
        self._superseded: set[str] = set()
        self._done = False
        with writable(root):
            for folder in ("spill", *KINDS):
                (scratch / folder).mkdir()
        self._files = {kind: GrowingFile(scratch / self._path(kind), tables.schema(kind)) for kind in KINDS}

    def _path(self, kind: str) -> str:
        return f"{kind}/{self.batch}.parquet"

    def add_traces(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows of the traces table; nested values as Python values or JSON text. ``batch`` is filled in."""
        with writable(self._root):
            self._files["traces"].add_rows(rows, "traces", self.batch)

    def add_spans(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows of the spans table; nested values as Python values or JSON text. ``batch`` is filled in."""
        with writable(self._root):
            self._files["spans"].add_rows(rows, "spans", self.batch)

    def add_labels(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add labels that came with the traces; they become visible with them."""
        self._labels.extend(dict(row) for row in rows)

    def replace_traces(self, trace_ids: Iterable[str]) -> None:
        """Let this batch's rows of these traces, and of their spans, stand in the place of earlier batches' rows."""
        self._superseded.update(trace_ids)

    def commit(self, summary: Mapping[str, Any]) -> None:
        """Make the batch visible, whole: its traces, spans and labels, and what it replaces.

        Raises:
            WorkbenchError: it could not be written; nothing of it is kept.
        """
        if self._done:
            raise ValueError("the batch is committed already")
        with writable(self._root):
            new = [
                StoredFile(self._path(kind), kind, self.batch, file.finish(), tuple(tables.names(kind)))
                for kind, file in self._files.items()
            ]
            replaced = self._without_superseded()
            new = [file for file in (*new, *(copy for _, copy in replaced)) if file.rows]
            for file in new:
                into_place(self._scratch / file.path, self._root / file.path)
        now = datetime.now(UTC)
        with self._database.writing() as connection:
            row = {"batch": self.batch, "created_at": now, "summary": orjson.dumps(dict(summary)).decode()}
            connection.execute(sa.insert(sql.batches), row)
            name_files(connection, new, retired=[old for old, _ in replaced])
            insert_labels(connection, self._labels, now=now, batch=self.batch)
        self._done = True
        if replaced:
            with suppress(OSError, WorkbenchError):  # the batch stands; the next writer removes what is left
                remove_retired(self._root, self._database)

    def _without_superseded(self) -> list[tuple[StoredFile, StoredFile]]:
        """Copies, in scratch, of the files that hold superseded rows, without those: pairs of old and new."""
        if not self._superseded:
            return []
        trace_ids = pa.array(sorted(self._superseded), pa.string())
        with self._database.reading() as connection:
            current = visible_files(connection)
        pairs = []
        for old in current:
            path = f"{old.kind}/{old.batch}.{self.batch}.parquet"
            rows = copy_without(self._root / old.path, self._scratch / path, trace_ids)
            if rows is not None:
                pairs.append((old, StoredFile(path, old.kind, old.batch, rows, old.columns)))
        return pairs

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files.values():
            file.abandon()


def name_files(connection: sa.Connection, new: Sequence[StoredFile], *, retired: Sequence[StoredFile]) -> None:
    """Name new files, and retire others."""
    for old in retired:
        connection.execute(sa.update(sql.files).where(sql.files.c.path == old.path).values(retired=True))
    if new:
        connection.execute(sa.insert(sql.files), [_row(file) for file in new])


def _row(file: StoredFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "kind": file.kind,
        "batch": file.batch,
        "rows": file.rows,
        "columns": orjson.dumps(file.columns).decode(),
        "retired": False,
    }


def visible_files(connection: sa.Connection) -> tuple[StoredFile, ...]:
    """The files that readers see, oldest batch first."""
    files = sql.files.c
    query = sa.select(files.path, files.kind, files.batch, files.rows, files.columns).where(sa.not_(files.retired))
    rows = connection.execute(query.order_by(files.batch, files.path))
    return tuple(StoredFile(r.path, r.kind, r.batch, r.rows, tuple(orjson.loads(r.columns))) for r in rows)


def take_back_batch(root: Path, database: Database, batch: str) -> None:
    """Remove what a writer renamed into place, unless its transaction went through after all."""
    with database.writing(visible=False) as connection:  # waits for a commit that may still be on its way
        if connection.execute(sa.select(sql.batches.c.batch).where(sql.batches.c.batch == batch)).first() is not None:
            return
    for kind in KINDS:
        for path in (*(root / kind).glob(f"{batch}.parquet"), *(root / kind).glob(f"*.{batch}.parquet")):
            path.unlink(missing_ok=True)


def remove_retired(root: Path, database: Database, *, purged: bool = False) -> None:
    """Delete files that no reader can see any more. A reader that had just looked them up looks again.

    A purge that is not through needs them to know what to look for; until then only it may delete them.
    """
    if not purged and (root / SCRATCH / PURGE).exists():
        return
    with database.reading() as connection:
        retired = list(connection.execute(sa.select(sql.files.c.path).where(sql.files.c.retired)).scalars())
    for path in retired:
        (root / path).unlink(missing_ok=True)
    if retired:
        with database.writing(visible=False) as connection:
            connection.execute(sa.delete(sql.files).where(sql.files.c.retired, sql.files.c.path.in_(retired)))


def batch_table(connection: sa.Connection) -> pa.Table:
    """Every batch with its rows as they are now, oldest first."""

    def rows_of(kind: str) -> sa.ColumnElement[int]:
        mine = (sql.files.c.batch == sql.batches.c.batch, sql.files.c.kind == kind, sa.not_(sql.files.c.retired))
        return sa.select(sa.func.coalesce(sa.func.sum(sql.files.c.rows), 0)).where(*mine).scalar_subquery()

    batch = sql.batches.c
    query = sa.select(batch.batch, batch.created_at, *(rows_of(kind).label(kind) for kind in KINDS), batch.summary)
    rows = [dict(row) for row in connection.execute(query.order_by(batch.batch)).mappings()]
    return pa.Table.from_pylist([{**row, **{kind: int(row[kind]) for kind in KINDS}} for row in rows], _BATCHES)


def next_batch_id(database: Database) -> str:
    """A batch id that sorts after every earlier one: the time, or just after the last where the clock went back."""
    with database.reading() as connection:
        last = connection.execute(sa.select(sa.func.max(sql.batches.c.batch))).scalar()
    now = datetime.now(UTC)
    if last is not None:
        earliest = datetime.strptime(last[:22], "%Y%m%d-%H%M%S-%f").replace(tzinfo=UTC) + timedelta(microseconds=1)
        now = max(now, earliest)
    return f"{now:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"
