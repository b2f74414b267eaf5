"""Scratch space of one running ingest, on disk so that memory does not grow with the file.

It remembers which ids were seen (as hashes) and keeps spans that wait for the rest of their trace. What is kept here
has been redacted already, and the file is deleted with the batch. Nothing here must survive a crash, so SQLite runs
without a journal and without syncing.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class WaitingSpan(NamedTuple):
    """A redacted span that waits: where it stood in the source, and its content as JSON."""

    file: int
    row: int
    payload: bytes


class Spill:
    """Counts of ids seen and spans that wait, in one throw-away file."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "spill.db", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA cache_size=-32000")
        self._db.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
        self._db.execute(
            "CREATE TABLE waiting"
            " (place INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, file INTEGER, row INTEGER, payload BLOB)"
        )
        self._db.execute("BEGIN")

    def occurrence(self, key: bytes) -> int:
        """How often the key was seen before; counts this time."""
        found = self._db.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET n = n + 1 RETURNING n", (key,)
        ).fetchone()
        return int(found[0]) - 1

    def keep(self, spans: Iterable[tuple[str, WaitingSpan]]) -> None:
        """Put spans aside under their trace id."""
        self._db.executemany(
            "INSERT INTO waiting (trace_id, file, row, payload) VALUES (?, ?, ?, ?)",
            ((trace_id, span.file, span.row, span.payload) for trace_id, span in spans),
        )

    def n_waiting_traces(self) -> int:
        """How many traces have spans put aside."""
        return int(self._db.execute("SELECT count(DISTINCT trace_id) FROM waiting").fetchone()[0])

    def waiting(self) -> Iterator[tuple[str, Sequence[WaitingSpan]]]:
        """Give back the spans trace by trace, traces and spans in the order they came in."""
        self._db.execute("CREATE INDEX IF NOT EXISTS by_trace ON waiting (trace_id, place)")
        order = self._db.execute("SELECT trace_id FROM waiting GROUP BY trace_id ORDER BY min(place)")
        for (trace_id,) in order:
            rows = self._db.execute(
                "SELECT file, row, payload FROM waiting WHERE trace_id = ? ORDER BY place", (trace_id,)
            )
            yield trace_id, [WaitingSpan(*row) for row in rows]

    def close(self) -> None:
        """Let go of the file; the batch removes it."""
        self._db.close()
