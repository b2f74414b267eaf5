"""Taking traces out for good, in steps that may be broken off and gone on with.

What is to go is written down first, in one file of the scratch folder, and that file is removed last; until then every
purge goes on with it. A trace is gone for all readers in one transaction, which retires the files that hold it and
changes the rows that name it; maps have lost its point just before, and what readers do not see (vectors, the frames of
samples, kept marks, reports) follows. Files are written whole and renamed over the old ones.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from workbench.errors import WorkbenchError, WorkspaceBusy
from workbench.store import batches, scratch, sql
from workbench.store.files import PURGE, REPORTS, SCRATCH, flush, into_place, writable
from workbench.store.locks import locked
from workbench.store.maps import turn_of_maps
from workbench.store.parquet import copy_without
from workbench.store.purge_files import PurgeFiles
from workbench.store.purge_places import PurgePlaces
from workbench.store.purge_rows import Renamed, Rewrite, is_golden, names_of_things, purge_rows, written
from workbench.store.reading import StoredFile
from workbench.tables import PURGED

_AT_ONCE = 4_096
_HURRY_MS = 3_000  # how long a reader at work is waited for
_LOCKED = "55P03"  # PostgreSQL's lock_not_available


class PurgeStore(PurgeFiles, PurgePlaces):
    """The part of ``Store`` that takes traces out."""

    secret: bytes
    _reader: Any

    def pseudonym(self, trace_id: str) -> str:
        """What a trace, or a part of it, is called once it is purged: a keyed hash, the same everywhere."""
        return PURGED + hmac.new(self.secret, b"purged" + trace_id.encode(), sha256).hexdigest()[:20]

    def purged_ids(self, trace_ids: Sequence[str]) -> set[str]:
        """Those of the ids that were purged from this workspace."""
        with self._database.reading() as connection:
            return self._purged_among(connection, trace_ids)

    def _purged_among(self, connection: sa.Connection, trace_ids: Sequence[str]) -> set[str]:
        row, known = sql.purged_traces.c.pseudonym, set()
        if connection.execute(sa.select(row).limit(1)).first() is None:
            return set()
        called = {self.pseudonym(each): each for each in trace_ids}
        for start in range(0, len(called), _AT_ONCE):
            part = list(called)[start : start + _AT_ONCE]
            known |= set(connection.execute(sa.select(row).where(row.in_(part))).scalars())
        return {called[each] for each in known}

    def keep_purged_out(self) -> None:
        """Look at every row that is added from now on, within its own transaction: none may name a purged trace.

        A judge that is asked, a sample that is drawn or a page may hold traces that were purged meanwhile.
        """
        sa.event.listen(self._database.engine, "before_execute", self._look_at)

    def _look_at(self, connection: sa.Connection, statement: Any, many: Any, one: Any, _: Any) -> None:
        if not isinstance(statement, sa.Insert):
            return
        rows = many or [one]
        if "trace_id" in statement.table.c:
            named = {str(row["trace_id"]) for row in rows if row.get("trace_id")}
        elif statement.table.name == sql.cases.name:
            drafts = (row["content"] for row in rows if row["status"] == "candidate")
            named = {str(orjson.loads(each).get("trace_id")) for each in drafts}
        else:
            return
        if n := len(self._purged_among(connection, sorted(named))):
            raise WorkspaceBusy(
                f"{n:,} of the traces {'was' if n == 1 else 'were'} purged from this workspace, so nothing was written"
                " of them. Do it again with those that are left."
            )

    def purge_state(self) -> tuple[Any, ...]:
        """A mark that is another one once anything was purged."""
        with self._database.reading() as connection:
            tables = (sql.purges, sql.purged_traces)
            rows = [connection.execute(sa.select(sa.func.count()).select_from(each)).scalar_one() for each in tables]
        return (*rows, (self.purge_under_way() or {}).get("purge_id"))

    def purges(self) -> list[dict[str, Any]]:
        """The purges that are through, oldest first: purge_id, purged_at, purged_by, reason, traces and counts."""
        query = sa.select(sql.purges).order_by(sql.purges.c.purged_at, sql.purges.c.purge_id)
        with self._database.reading() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [{**row, "counts": orjson.loads(row["counts"])} for row in rows]

    @contextmanager
    def purging(self) -> Iterator[None]:
        """Be the one process that writes traces, makes maps or does a round, for the length of the block.

        Raises:
            WorkspaceBusy: Another one is.
        """
        busy = "another process is {} this workspace. Wait until it is done; nothing was purged"
        with (
            locked(self.path / SCRATCH / "refresh.lock", wait=2, busy=busy.format("at work on a round of")),
            locked(self.path / SCRATCH / "writing.lock", wait=2, busy=busy.format("writing traces to")),
            locked(turn_of_maps(self.path), wait=2, busy=busy.format("making a map of")),
        ):
            scratch.clear_dead(self.path, self._take_back)
            yield

    def purge_under_way(self) -> dict[str, Any] | None:
        """What a purge that broke off was to do; None where there is none."""
        try:
            found: dict[str, Any] = orjson.loads((self.path / SCRATCH / PURGE).read_bytes())
        except FileNotFoundError:
            return None
        return found

    def keep_purge(self, todo: Mapping[str, Any]) -> None:
        """Write down what is to be done, before anything is done."""
        draft = self.path / SCRATCH / f"{PURGE}.draft"
        with writable(self.path):
            draft.write_bytes(orjson.dumps(dict(todo)))
            into_place(draft, self.path / SCRATCH / PURGE)

    def rows_to_purge(self, trace_ids: Collection[str]) -> Iterator[tuple[str, pa.Table, pa.Table]]:
        """All rows of traces and spans: of which kind, those of the traces to be purged, those that stay.

        Files that are retired and still there are read too: they hold what a purge that broke off had taken out.
        """
        gone = pa.array(sorted(trace_ids), pa.string())
        with self._database.reading() as connection:
            rows = list(connection.execute(sa.select(sql.files.c.path, sql.files.c.kind, sql.files.c.retired)))
        for path, kind, retired in rows:
            with suppress(FileNotFoundError), pq.ParquetFile(self.path / path) as file:
                for part in file.iter_batches(batch_size=_AT_ONCE):
                    table = pa.Table.from_batches([part])
                    mine = pc.is_in(table["trace_id"], value_set=gone)
                    stays = table.filter(pc.invert(mine)) if not retired else table.slice(0, 0)
                    yield kind, table.filter(mine), stays

    def kept_texts(self) -> Iterator[str]:
        """What is kept with the golden set: its cases, open or being worked on, and answers of runs to them."""
        case, result = sql.cases.c, sql.run_results.c
        with self._database.reading() as connection:
            for row in connection.execute(sa.select(case.pool, case.status, case.content)):
                if row.content is not None and is_golden(row.pool, row.status, row.content):
                    yield row.content
            for said in connection.execute(sa.select(result.output, result.error)):
                yield from (each for each in said if each)
        for path in sorted((self.path / "golden").glob("*")):
            if path.is_file() and path.suffix != ".sealed":
                yield path.read_text(encoding="utf-8", errors="replace")

    def written_texts(self) -> Iterator[str]:
        """What people and programs wrote in words of their own: where a purged trace may be quoted."""
        with self._database.reading() as connection:
            yield from written(connection)
        for path in sorted((self.path / REPORTS).glob("*.html")):
            yield path.read_text(encoding="utf-8", errors="replace")

    def names_of_things(self) -> Iterator[str]:
        """What people, judges, releases, codes and the like are called."""
        with self._database.reading() as connection:
            yield from names_of_things(connection)

    def take_out(
        self, purge_id: str, ids: Mapping[str, str], *, renamed: Renamed, rewrite: Rewrite, origins: Sequence[str]
    ) -> dict[str, int]:
        """Make traces gone for every reader, in one transaction; how much went or was changed, by place."""
        trace_ids = pa.array(sorted(ids), pa.string())
        with scratch.scratch(self.path, "purge", purge_id, self._take_back) as folder:
            with self._database.reading() as connection:
                current = batches.visible_files(connection)
            pairs: list[tuple[StoredFile, StoredFile]] = []
            with writable(self.path):
                for kind in batches.KINDS:
                    (folder / kind).mkdir()
                for old in current:
                    path = f"{old.kind}/{old.batch}.{purge_id}.parquet"
                    rows = copy_without(self.path / old.path, folder / path, trace_ids)
                    if rows is not None:
                        pairs.append((old, StoredFile(path, old.kind, old.batch, rows, old.columns)))
                for _, new in pairs:
                    if new.rows:
                        into_place(folder / new.path, self.path / new.path)
            with self._database.writing() as connection:
                batches.name_files(connection, [new for _, new in pairs if new.rows], retired=[old for old, _ in pairs])
                counts = purge_rows(connection, ids, renamed=renamed, rewrite=rewrite, origins=origins)
            self._reader = None
        for kind in batches.KINDS:
            counts[kind] = sum(old.rows - new.rows for old, new in pairs if old.kind == kind)
        return counts

    def drop_retired(self) -> None:
        """Delete the files that hold purged rows; no reader sees them any more."""
        with writable(self.path):
            batches.remove_retired(self.path, self._database, purged=True)

    def vacuum(self) -> bool:
        """Make what was deleted leave the database's files; False where somebody at work keeps it there for now.

        SQLite overwrites what is deleted; its file is then written anew and its log emptied. PostgreSQL's tables are
        written anew.
        """
        with self._database.plain_failures():
            return self._vacuum_file() if self._database.is_sqlite else self._vacuum_server()

    def _vacuum_file(self) -> bool:
        with self._database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            waits = driver.execute("PRAGMA busy_timeout").fetchone()[0]
            try:
                for pragma in (f"busy_timeout={_HURRY_MS}", "temp_store=MEMORY"):
                    driver.execute(f"PRAGMA {pragma}")
                driver.execute("VACUUM")
                return not driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError as error:
                if "locked" in str(error) or "busy" in str(error):
                    return False
                raise WorkbenchError(
                    f"the traces are gone, but the database's file could not be written anew: {error}."
                    " Free as much space as it takes, and run: workbench purge --by NAME"
                ) from None
            finally:
                for pragma in (f"busy_timeout={waits}", "temp_store=DEFAULT"):
                    driver.execute(f"PRAGMA {pragma}")

    def _vacuum_server(self) -> bool:
        with self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql(f"SET lock_timeout = {_HURRY_MS}")
            try:
                for table in sql.metadata.sorted_tables:
                    connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table.name}")  # statistics hold values too
            except sa.exc.OperationalError as error:
                if getattr(error.orig, "sqlstate", None) == _LOCKED:
                    return False
                raise
            finally:
                connection.exec_driver_sql("RESET lock_timeout")
        return True

    def empty_log(self) -> None:
        """Leave the database's log empty, if nobody is reading."""
        self._database.forget_deleted()

    def end_purge(self, row: Mapping[str, Any]) -> None:
        """Record a purge that is through, and forget what it was to do."""
        new = {**row, "counts": orjson.dumps(dict(row["counts"])).decode(), "purged_at": datetime.now(UTC)}
        with self._database.writing(traces=False) as connection:
            known = connection.execute(sa.select(sql.purges.c.purge_id).where(sql.purges.c.purge_id == row["purge_id"]))
            if known.first() is None:
                connection.execute(sa.insert(sql.purges), new)
        with writable(self.path):
            (self.path / SCRATCH / PURGE).unlink(missing_ok=True)
            flush(self.path / SCRATCH)


def take_back_purge(root: Path, database: sql.Database, purge_id: str) -> None:
    """Remove what a purge renamed into place, unless its transaction went through after all."""
    with database.writing(visible=False) as connection:  # waits for a commit that may still be on its way
        named = set(connection.execute(sa.select(sql.files.c.path)).scalars())
    for kind in batches.KINDS:
        for path in (root / kind).glob(f"*.{purge_id}.parquet"):
            if f"{kind}/{path.name}" not in named:
                path.unlink(missing_ok=True)
