"""The recurring rounds, each with what its finished steps found.

A step is written the moment it is done, so a round that was killed goes on after the last of them. One round at a time
works on a workspace; the kernel lets go of its lock however the process ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.store import sql
from workbench.store.files import REPORTS, SCRATCH, flush, into_place, writable
from workbench.store.locks import locked

ROUND = ("round_id", "period", "started_at", "started_by", "ended_at", "steps")


class RoundStore:
    """The part of ``Store`` that keeps these."""

    path: Path
    _database: sql.Database

    def rounds(self) -> list[dict[str, Any]]:
        """Every round, oldest first: ``ROUND``, steps decoded; one that is not done has no ended_at."""
        row = sql.rounds.c
        query = sa.select(*(row[name] for name in ROUND)).order_by(row.started_at, row.round_id)
        with self._database.reading() as connection:
            found = [dict(each) for each in connection.execute(query).mappings()]
        return [{**each, "steps": orjson.loads(each["steps"])} for each in found]

    def add_round(self, round_id: str, *, period: str, by: str, steps: Mapping[str, Any]) -> datetime:
        """Begin a round; when it began."""
        now = datetime.now(UTC)
        new = {"round_id": round_id, "period": period, "started_at": now, "started_by": by, "steps": _text(steps)}
        with self._database.writing(traces=False) as connection:
            connection.execute(sa.insert(sql.rounds), new)
        return now

    def keep_steps(self, round_id: str, steps: Mapping[str, Any], *, done: bool = False) -> None:
        """Keep what the steps of a round found so far; with ``done`` the round is over."""
        values: dict[str, Any] = {"steps": _text(steps)}
        if done:
            values["ended_at"] = datetime.now(UTC)
        with self._database.writing(traces=False) as connection:
            connection.execute(sa.update(sql.rounds).where(sql.rounds.c.round_id == round_id).values(values))

    @contextmanager
    def refreshing(self) -> Iterator[None]:
        """Be the one process at work on a round.

        Raises:
            WorkspaceBusy: Another one is.
        """
        busy = "another process is at work on a round of this workspace. Wait for it; nothing was begun here"
        with locked(self.path / SCRATCH / "refresh.lock", wait=0, busy=busy):
            yield

    def write_report(self, name: str, text: str) -> Path:
        """Write a report into ``reports/``, whole or not at all, in place of one of that name; its path."""
        folder = self.path / REPORTS
        target, draft = folder / name, self.path / SCRATCH / f"{name}.draft"
        with writable(self.path):
            folder.mkdir(exist_ok=True)
            draft.write_text(text, encoding="utf-8")
            into_place(draft, target)
            flush(folder)
        return target


def _text(steps: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(steps)).decode()
