"""The SQL side of a workspace: its connections and what a failure means to the person reading it.

SQLite in WAL mode by default, PostgreSQL by URL. Reads never wait for a write; writes queue up behind
one another (``BEGIN IMMEDIATE``, or the lock on the one row of ``workspace``). SQLite runs with ``synchronous=FULL``: a
retired file is deleted right after the transaction that retires it, so that transaction must outlast a power cut.
The tables are declared in ``declared``.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from workbench.errors import BadSettings, NotInstalled, WorkbenchError, WorkspaceBusy
from workbench.store.declared import (
    CleanText,
    UtcTime,
    adjudications,
    batches,
    case_changes,
    cases,
    codebook_versions,
    files,
    gate_looks,
    golden_looks,
    golden_versions,
    judge_looks,
    judge_runs,
    judge_versions,
    judgements,
    labels,
    maps,
    metadata,
    purged_traces,
    purges,
    queue_slots,
    queues,
    retrieval_snapshots,
    retrievals,
    rounds,
    rubric_versions,
    run_results,
    runs,
    sample_plans,
    samples,
    workspace,
)

__all__ = [
    "CleanText",
    "Database",
    "REVISIONS",
    "UtcTime",
    "address",
    "adjudications",
    "batches",
    "case_changes",
    "cases",
    "codebook_versions",
    "files",
    "gate_looks",
    "golden_looks",
    "golden_versions",
    "judge_looks",
    "judge_runs",
    "judge_versions",
    "judgements",
    "labels",
    "maps",
    "metadata",
    "purged_traces",
    "purges",
    "queue_slots",
    "queues",
    "retrieval_snapshots",
    "retrievals",
    "rounds",
    "rubric_versions",
    "run_results",
    "runs",
    "sample_plans",
    "samples",
    "workspace",
]

# of the schema, oldest first; a file each in migrations/versions
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
_BUSY_SECONDS = 30


def address(path: Path, database_url: str | None) -> sa.URL:
    """Where the database is: the workspace's own SQLite file, or what the URL says."""
    if database_url is None:
        return sa.URL.create("sqlite", database=str(path))
    try:
        url = sa.make_url(database_url)
    except sa.exc.ArgumentError:
        raise BadSettings("the database URL cannot be read; write it as postgresql://user@host/name.") from None
    if url.get_backend_name() in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite")
    raise BadSettings(
        f"a database of kind {url.get_backend_name()!r} is not supported; use postgresql:// or sqlite:///."
    )


class Database:
    """Connections to one database: ``reading`` sees one state throughout, ``writing`` commits all or nothing."""

    def __init__(self, url: sa.URL) -> None:
        self.name = url.render_as_string(hide_password=True)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"hide_parameters": True}
        options |= {"connect_args": {"timeout": _BUSY_SECONDS}} if self.is_sqlite else {"pool_pre_ping": True}
        try:
            self.engine = sa.create_engine(url, **options)
        except ImportError:
            raise NotInstalled("psycopg", "postgres") from None
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _on_connect)
            sa.event.listen(self.engine, "begin", _on_begin)
        self._process = os.getpid()

    def close(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()

    def _connect(self, **options: Any) -> sa.Connection:
        if self._process != os.getpid():  # a fork: the parent's connections are not ours to use or to close
            self.engine.dispose(close=False)
            self._process = os.getpid()
        return self.engine.connect().execution_options(**options)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view of the database."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.plain_failures(), self._connect(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, visible: bool = True, traces: bool = True) -> Iterator[sa.Connection]:
        """One transaction, alone among writers.

        Args:
            visible: raises the revision with it.
            traces: raises the traces' revision too; false for what leaves traces, vectors and maps as they are.
        """
        with self.plain_failures(), self._connect(write=True) as connection, connection.begin():
            if visible:
                raised = {"revision": workspace.c.revision + 1}
                raised |= {"traces_revision": workspace.c.traces_revision + 1} if traces else {}
                connection.execute(sa.update(workspace).values(raised))
            else:
                connection.execute(sa.select(workspace.c.id).with_for_update())
            yield connection

    @contextmanager
    def setting_up(self) -> Iterator[sa.Connection]:
        """One transaction for a database that may have no tables yet, alone among those who set it up."""
        with self.plain_failures():
            if self.is_sqlite:
                with self._connect() as connection:
                    driver = connection.connection.driver_connection
                    assert driver is not None
                    driver.execute("PRAGMA journal_mode=WAL")  # kept in the file; not allowed inside a transaction
            with self._connect(write=True) as connection, connection.begin():
                if not self.is_sqlite:
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(7120330)"))
                yield connection

    def forget_deleted(self) -> bool:
        """Make what was deleted or overwritten leave the disk too; False where a reader at work keeps it for now.

        SQLite overwrites what is deleted, but its log holds the pages of before until it is written back. PostgreSQL
        keeps old rows until it is vacuumed, which is its administrator's to do.
        """
        if not self.is_sqlite:
            return False
        with self.plain_failures(), self._connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            return not driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    @contextmanager
    def plain_failures(self) -> Iterator[None]:
        """Say in one line what a failing database means; the text of rows never shows."""
        try:
            yield
        except sa.exc.IntegrityError:
            raise  # the caller knows which row was already there
        except sa.exc.DBAPIError as error:
            reason = str(error.orig).splitlines()[0] if error.orig and str(error.orig) else type(error).__name__
            if self.is_sqlite and ("locked" in reason or "busy" in reason):
                raise WorkspaceBusy(
                    f"another process has been writing to {self.name} for {_BUSY_SECONDS} s; try again when it is done."
                ) from None
            if not self.is_sqlite and getattr(error.orig, "sqlstate", None):
                reason = f"{type(error.orig).__name__}, SQLSTATE {error.orig.sqlstate}"  # type: ignore[union-attr]
            raise WorkbenchError(
                f"the database {self.name} failed: {reason}. "
                "Put that right and run it again; a write that was under way leaves nothing half-done."
            ) from None


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
