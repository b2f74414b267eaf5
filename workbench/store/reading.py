"""Reads through DuckDB, over exactly the files that committed batches name.

One in-memory database per list of files, one cursor per read. Its views are bound to an explicit list of paths, then
the outside is closed: conditions come from people, and may read the workspace's tables but no other file, write
nothing, load no extension and change no setting. It never spills to disk; what does not fit in memory is an error that
says so. A column that an older file lacks reads as null, so that the tables can grow without rewriting files.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from workbench import tables
from workbench.errors import BadRequest, WorkbenchError

_SQL_TYPES = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "number": "DOUBLE",
    "count": "BIGINT",
    "sign": "TINYINT",
    "time": "TIMESTAMPTZ",
    "words": "VARCHAR[]",
}
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}
_ABOUT_THE_SQL = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.PermissionException)


class FileGone(Exception):
    """A file was retired between the look at the list of files and the read; look again."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One Parquet file of a committed batch."""

    path: str
    kind: str
    batch: str
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visible:
    """What can be seen at one revision."""

    revision: int
    files: tuple[StoredFile, ...]
    newest_map: str | None

    def same_files(self, other: "Visible") -> bool:
        """Whether a reader made for one serves for the other."""
        return self.files == other.files and self.newest_map == other.newest_map


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class Reader:
    """One in-memory DuckDB over what is visible; safe to use from several threads."""

    def __init__(self, root: Path, visible: Visible) -> None:
        self.visible = visible
        paths: dict[str, list[tuple[str, tuple[str, ...]]]] = {"traces": [], "spans": [], "points": []}
        for file in visible.files:
            paths[file.kind].append((str(root / file.path), file.columns))
        if visible.newest_map is not None:
            points = root / "maps" / visible.newest_map / "points.parquet"
            paths["points"].append((str(points), tuple(tables.names("points"))))
        self._base = duckdb.connect(":memory:", config=_CONFIG)
        self._base.execute("SET TimeZone='UTC'")
        self._base.execute("SET parquet_metadata_cache=true")
        self._paths = [path for files in paths.values() for path, _ in files]
        allowed = ", ".join(quoted(path) for path in self._paths)
        self._base.execute(f"SET allowed_paths=[{allowed}]")
        self._base.execute("SET enable_external_access=false")
        try:
            for table, files in paths.items():
                self._base.execute(f"CREATE VIEW {table} AS {_view(table, files)}")
        except duckdb.Error:  # a missing or damaged file shows in several ways
            raise FileGone from None
        self._base.execute("SET lock_configuration=true")

    def fetch(
        self, query: str, params: Sequence[Any] = (), with_tables: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        """The rows of one SELECT.

        Raises:
            BadRequest: it is not one SELECT over the workspace's tables, or it fails on the stored values.
        """
        with self._base.cursor() as cursor:
            try:
                statements = cursor.extract_statements(query)
                if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                    raise BadRequest("the condition or query is not a single SELECT; give one that only reads.")
                for name, table in (with_tables or {}).items():
                    cursor.register(name, table)
                return cursor.sql(query, params=list(params) or None).to_arrow_table()
            except duckdb.Error as error:
                raise self._explained(error) from None

    def _explained(self, error: duckdb.Error) -> Exception:
        """What a failed read means; only errors about the SQL itself are quoted, the others may hold stored text."""
        if isinstance(error, duckdb.IOException) or not all(map(os.path.exists, self._paths)):
            return FileGone()
        if isinstance(error, _ABOUT_THE_SQL):
            return BadRequest(f"the condition or query cannot be used: {str(error).splitlines()[0]}")
        if isinstance(error, duckdb.OutOfMemoryException):
            return WorkbenchError(
                "the result does not fit in memory; ask for fewer columns or rows (columns=, where=, limit=)."
            )
        name = type(error).__name__.removesuffix("Exception")
        return BadRequest(
            f"the condition or query fails on the stored values ({name} error); "
            "check its casts, and that there is one parameter for each question mark."
        )


def check_condition(condition: str) -> None:
    """Refuse what is not one expression."""
    try:
        duckdb.SQLExpression(condition)
    except duckdb.Error as error:
        raise BadRequest(f"the condition cannot be used: {str(error).splitlines()[0]}") from None


def _view(table: str, files: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    """A SELECT over files; neighbours with the same columns are read together, in order."""
    groups: list[tuple[tuple[str, ...], list[str]]] = []
    for path, columns in files:
        if not groups or groups[-1][0] != columns:
            groups.append((columns, []))
        groups[-1][1].append(path)
    selects = []
    for columns, paths in groups:
        source = f"read_parquet([{', '.join(quoted(path) for path in paths)}], hive_partitioning=false)"
        selects.append(f"SELECT {_declared(table, columns)} FROM {source}")
    return " UNION ALL ".join(selects) or f"SELECT {_declared(table, ())} WHERE false"


def _declared(table: str, present: Sequence[str]) -> str:
    return ", ".join(
        f'"{c.name}"' if c.name in present else f'CAST(NULL AS {_SQL_TYPES[c.type]}) AS "{c.name}"'
        for c in tables.TABLES[table]
    )
