"""Runs of a golden set: what was asked, what came of each case, and which verdict it got.

A row is one case of one run and is written the moment its answer is there, so a run that was killed has everything up
to then. One process at a time works on a run; the kernel lets go of its lock however that process ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.store import sql
from workbench.store.files import SCRATCH
from workbench.store.locks import locked

ANSWERED, FAILED = "answered", "failed"
RUN = ("run_id", "version", "release", "started_at", "finished_at", "plan")
RESULT = ("case_id", "state", "output", "passed", "score", "scorer", "error", "latency_ms", "answered_at")


class RunStore:
    """The part of ``Store`` that keeps these."""

    path: Path
    _database: sql.Database

    def runs(self) -> list[dict[str, Any]]:
        """Every run, oldest first: ``RUN``, with the plan decoded; one that did not end has no finished_at."""
        row = sql.runs.c
        query = sa.select(*(row[name] for name in RUN)).order_by(row.started_at, row.run_id)
        with self._database.reading() as connection:
            found = [dict(each) for each in connection.execute(query).mappings()]
        return [{**each, "plan": orjson.loads(each["plan"])} for each in found]

    def add_run(self, run_id: str, *, version: int, release: str, plan: Mapping[str, Any]) -> None:
        """Begin a run."""
        new = {"run_id": run_id, "version": version, "release": release, "started_at": datetime.now(UTC)}
        with self._database.writing(traces=False) as connection:
            connection.execute(sa.insert(sql.runs), {**new, "plan": orjson.dumps(dict(plan)).decode()})

    def finish_run(self, run_id: str) -> None:
        """Say that everything which was to be asked was asked."""
        with self._database.writing(traces=False) as connection:
            connection.execute(
                sa.update(sql.runs).where(sql.runs.c.run_id == run_id).values(finished_at=datetime.now(UTC))
            )

    @contextmanager
    def running(self, run_id: str) -> Iterator[None]:
        """Be the one process at work on a run.

        Raises:
            WorkspaceBusy: Another one is.
        """
        lock = self.path / SCRATCH / f"run-{run_id}.lock"
        with locked(lock, wait=0, busy=f"another process is at work on run {run_id}. Wait for it, or stop it first"):
            yield

    def keep_result(self, run_id: str, case_id: str, values: Mapping[str, Any]) -> None:
        """Keep what came of a case, in place of an earlier attempt."""
        row = sql.run_results.c
        same = sa.and_(row.run_id == run_id, row.case_id == case_id)
        new = {**dict.fromkeys(RESULT[1:]), **values, "answered_at": datetime.now(UTC)}
        with self._database.writing(traces=False) as connection:
            if not connection.execute(sa.update(sql.run_results).where(same).values(new)).rowcount:
                connection.execute(sa.insert(sql.run_results), {"run_id": run_id, "case_id": case_id, **new})

    def score_results(self, run_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write verdicts beside answers: case_id, passed, score, scorer."""
        row = sql.run_results.c
        with self._database.writing(traces=False) as connection:
            for each in rows:
                values = {name: each.get(name) for name in ("passed", "score", "scorer")}
                here = sa.and_(row.run_id == run_id, row.case_id == each["case_id"], row.state == ANSWERED)
                connection.execute(sa.update(sql.run_results).where(here).values(values))

    def run_counts(self) -> dict[str, dict[str, int]]:
        """How many cases of each run are in each state."""
        row = sql.run_results.c
        query = sa.select(row.run_id, row.state, sa.func.count()).group_by(row.run_id, row.state)
        found: dict[str, dict[str, int]] = {}
        with self._database.reading() as connection:
            for run_id, state, n in connection.execute(query):
                found.setdefault(run_id, {})[state] = n
        return found

    def run_results(self, run_id: str) -> list[dict[str, Any]]:
        """What came of each case of a run, in the order it was first answered: ``RESULT``."""
        row = sql.run_results.c
        query = sa.select(*(row[name] for name in RESULT)).where(row.run_id == run_id).order_by(row.result_id)
        with self._database.reading() as connection:
            return [dict(each) for each in connection.execute(query).mappings()]
