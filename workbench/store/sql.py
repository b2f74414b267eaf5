"""The SQL side of a workspace: its tables, its connections and what a failure means to the person reading it.

SQLite in WAL mode by default, PostgreSQL by URL. Reads never wait for a write; writes queue up behind
one another (``BEGIN IMMEDIATE``, or the lock on the one row of ``workspace``). SQLite runs with ``synchronous=FULL``: a
retired file is deleted right after the transaction that retires it, so that transaction must outlast a power cut.
Text cannot hold NUL in PostgreSQL; it becomes U+FFFD on the way in, in both databases alike.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from workbench import tables
from workbench.errors import BadSettings, NotInstalled, WorkbenchError, WorkspaceBusy

REVISIONS = ("0001", "0002")  # of the schema, oldest first; one file each in migrations/versions
_BUSY_SECONDS = 30

metadata = sa.MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"})


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware time, kept as UTC; SQLite has no time zones, so what comes back from it is UTC by construction."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """A naive time is taken to be UTC."""
        if value is None:
            return None
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """An aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(sa.types.TypeDecorator[str]):
    """Text without NUL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """NUL becomes U+FFFD."""
        return None if value is None else value.replace("\x00", "\ufffd")


_TYPES: dict[str, Any] = {
    "text": CleanText,
    "json": CleanText,
    "number": sa.Double,
    "count": sa.BigInteger,
    "time": UtcTime,
    "flag": sa.Boolean,
}


def _columns(table: str, required: tuple[str, ...]) -> list[sa.Column[Any]]:
    return [sa.Column(c.name, _TYPES[c.type](), nullable=c.name not in required) for c in tables.TABLES[table]]


workspace = sa.Table(
    "workspace",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("identity", CleanText, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("traces_revision", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("created_at", UtcTime, nullable=False),
)
batches = sa.Table(
    "batches",
    metadata,
    sa.Column("batch", CleanText, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("summary", CleanText, nullable=False),
)
files = sa.Table(
    "files",
    metadata,
    sa.Column("path", CleanText, primary_key=True),
    sa.Column("kind", CleanText, nullable=False),
    sa.Column("batch", CleanText, nullable=False, index=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("columns", CleanText, nullable=False),
    sa.Column("retired", sa.Boolean, nullable=False),
)
labels = sa.Table(
    "labels",
    metadata,
    sa.Column("label_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    *_columns("labels", required=("trace_id", "dimension", "labelled_at")),
    sa.Column("batch", CleanText),
    sa.Index("ix_labels_trace_id", "trace_id"),
)
samples = sa.Table(
    "samples",
    metadata,
    sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    *_columns("samples", required=("sample_id", "trace_id")),
    sa.UniqueConstraint("sample_id", "trace_id", name="uq_samples_sample_id_trace_id"),
)
sample_plans = sa.Table(
    "sample_plans",
    metadata,
    sa.Column("sample_id", CleanText, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("name", CleanText, nullable=False),
    sa.Column("plan", CleanText, nullable=False),
)
codebook_versions = sa.Table(
    "codebook_versions",
    metadata,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("author", CleanText, nullable=False),
    sa.Column("kind", CleanText, nullable=False),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("change", CleanText, nullable=False),
    sa.Column("codes", CleanText, nullable=False),
)
maps = sa.Table(
    "maps",
    metadata,
    sa.Column("map_id", CleanText, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("params", CleanText, nullable=False),
)


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
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
