"""The verb that writes a table to a file."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import UnknownName
from workbench.workspace.explore import ExploreVerbs
from workbench.workspace.golden import GoldenVerbs

EXPORTS = ("traces", "spans", "points", "labels", "samples", "codes", "golden")


class ExportVerbs(ExploreVerbs, GoldenVerbs):
    """Tables as files."""

    def export(self, table: str, path: str | Path) -> int:
        """Write a table to a .csv, .parquet or .jsonl file; returns the number of rows."""
        from workbench.export import export

        if table not in EXPORTS:
            raise UnknownName("table", table, EXPORTS)
        if table == "points":
            frame = self._newest_map().points[["trace_id", "x", "y", "cluster"]]
        elif table == "codes":
            frame = self.codes(all_=True)
        elif table == "labels":
            frame = self.store.labels(newest=False)  # all that were ever given: the file is the record
        elif table == "golden":
            frame = self.golden_frame()
        else:
            frame = self.store.query(f"SELECT * FROM {table}")
        return export(frame, table, Path(path))
