"""Everything that lies in a workspace, place by place: for the proof that nothing of a purged trace is in it.

Files are handed out as bytes, Parquet files decoded column by column (they are compressed), the database both as rows
and, where it is a file, as the bytes of that file and its log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from workbench.store import files, sql
from workbench.store.purge_rows import is_golden, text_columns

_SKIPPED = {files.SECRET}
_ELSEWHERE = (".git", ".dvc", "golden")  # repositories are outside, what is golden is kept
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")
_SAME = (".npy",)  # numbers only
_BLOCK = 64 << 20
_OVERLAP = 4_096

Place = tuple[str, str, Any]
"""How it is looked through (raw, cells or ids), what it is called, and its content."""


class PurgePlaces:
    """The part of ``Store`` that walks over all there is."""

    path: Path
    _database: sql.Database

    @property
    def in_file(self) -> bool:
        """Whether the database is a file, which can be looked through and written anew."""
        return self._database.is_sqlite

    def packed_files(self) -> list[str]:
        """Files that are packed, so that nobody can look through them as they are."""
        found = []
        for path in sorted(self.path.rglob("*")):
            name = path.relative_to(self.path)
            if path.is_file() and name.parts[0] not in _ELSEWHERE:
                with path.open("rb") as file:
                    found += [str(name)] if file.read(6).startswith(_PACKED) else []
        return found

    def count_of(self, trace_ids: Sequence[str]) -> dict[str, int]:
        """How many rows name the traces, by table."""
        asked = set(trace_ids)
        counts = {}
        with self._database.reading() as connection:
            for table in sql.metadata.sorted_tables:
                if "trace_id" in table.c:
                    found = connection.execute(sa.select(table.c.trace_id, sa.func.count()).group_by(table.c.trace_id))
                    counts[str(table.name)] = sum(n for trace_id, n in found if trace_id in asked)
        return counts

    def places(self) -> Iterator[Place]:
        """Every place, what is kept with the golden set and the secret left out."""
        for path in sorted(self.path.rglob("*")):
            name = path.relative_to(self.path)
            if not path.is_file() or name.parts[0] in _ELSEWHERE or name.name in _SKIPPED:
                continue
            if name == Path(files.SCRATCH) / files.PURGE or path.suffix in _SAME:
                continue
            if path.suffix == ".parquet":
                yield from _decoded(path, str(name))
            elif name.name.startswith(files.DATABASE):
                yield from _blocks(path, str(name))
            else:  # texts, as far as anybody can tell
                for _, _, block in _blocks(path, str(name)):
                    yield "cells", str(name), [block.decode("utf-8", "replace")]
        with self._database.reading() as connection:
            for table in sql.metadata.sorted_tables:
                for column in text_columns(table):
                    values = connection.execute(sa.select(table.c[column]).distinct()).scalars()
                    how = "ids" if column == "trace_id" else "cells"
                    yield how, f"table {table.name}, {column}", [each for each in values if each]
            case = sql.cases.c
            rows = connection.execute(sa.select(case.pool, case.status, case.content)).all()
            open_ = [row.content for row in rows if row.content and not is_golden(*row)]
            yield "cells", "table cases, content", open_


def _blocks(path: Path, name: str) -> Iterator[Place]:
    """A file's bytes, in blocks that overlap."""
    with path.open("rb") as file:
        before = b""
        while block := file.read(_BLOCK):
            yield "raw", name, before + block
            before = block[-_OVERLAP:]


def _decoded(path: Path, name: str) -> Iterator[Place]:
    """A Parquet file's columns of text, of lists of text and whatever else nests, a part of the file at a time."""
    with pq.ParquetFile(path) as file:
        of_traces = path.parent.name in ("traces", "spans")
        for part in file.iter_batches():
            for column in part.schema.names:
                values = part.column(column)
                if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
                    values = values.flatten()
                if pa.types.is_primitive(values.type) or pa.types.is_fixed_size_list(values.type):
                    continue  # numbers and times
                texts = [str(each) for each in values.to_pylist() if each]
                if column == "trace_id":
                    yield "ids", f"{name}, {column}", texts
                elif of_traces:  # what a kept trace itself names is its own
                    yield "raw", f"{name}, {column}", "\0".join(texts).encode("utf-8", "ignore")
                else:
                    yield "cells", f"{name}, {column}", texts
