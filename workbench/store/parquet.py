"""Parquet files of the workspace: growing one by row groups, and copying one without some of its rows.

A row group is closed at a number of rows or of bytes, whichever comes first, so memory does not grow with the file. No
Bloom filters: they made one trace of 100,000 no faster to find, and with Arrow's default size cost gigabytes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.store.frames import rows_to_arrow

_GROUP_ROWS = 16_384
_GROUP_BYTES = 16 << 20
_AT_ONCE = 1_024  # rows turned into Arrow at a time


class GrowingFile:
    """A Parquet file of one table that is written as rows come; the file is made with its first row."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.rows = 0
        self._schema = schema
        self._waiting: list[pa.Table] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._writer: pq.ParquetWriter | None = None

    def add_rows(self, rows: Sequence[Mapping[str, Any]], table: str, batch: str) -> None:
        """Add rows of a declared table, with their batch filled in."""
        for start in range(0, len(rows), _AT_ONCE):
            self.add(rows_to_arrow(rows[start : start + _AT_ONCE], table, batch=batch))

    def add(self, part: pa.Table) -> None:
        """Add an Arrow table of the file's schema."""
        self._waiting.append(part)
        self._waiting_rows += part.num_rows
        self._waiting_bytes += part.nbytes
        if self._waiting_rows >= _GROUP_ROWS or self._waiting_bytes >= _GROUP_BYTES:
            self._write()

    def _write(self) -> None:
        if not self._waiting_rows:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, self._schema, compression="zstd")
        self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=_GROUP_ROWS)
        self.rows += self._waiting_rows
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0

    def finish(self) -> int:
        """Write what waits and close; the number of rows in the file."""
        self._write()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        return self.rows

    def abandon(self) -> None:
        """Close; whatever is in the file does not matter any more."""
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                writer.close()
            except OSError:
                pass  # a full disk, say; the file goes with its folder


def copy_without(source: Path, target: Path, trace_ids: pa.Array) -> int | None:
    """Copy a file without the rows of some traces.

    Returns:
        the number of rows kept, or None where the file has no row of these traces and was not copied.
    """
    with pq.ParquetFile(source) as file:
        ids = file.read(columns=["trace_id"])["trace_id"]
        if not pc.any(pc.is_in(ids, value_set=trace_ids)).as_py():
            return None
        copy = GrowingFile(target, file.schema_arrow.remove_metadata())
        try:
            for part in file.iter_batches(batch_size=_AT_ONCE):
                kept = pa.Table.from_batches([part]).replace_schema_metadata(None)
                copy.add(kept.filter(pc.invert(pc.is_in(kept["trace_id"], value_set=trace_ids))))
            return copy.finish()
        finally:
            copy.abandon()
