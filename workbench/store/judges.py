"""Judges in versions, what they answered, and who looked at the test part.

A request to a judge is a row from the moment somebody is about to send it, under the key of what it asks, so two runs
at once cannot both send it. The row is reserved for a time, and for as long as its run is alive: a run holds a folder
of its own under ``.scratch``, so what a killed run had reserved is free again as soon as anybody looks. The answer and
the label it becomes are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import sqlalchemy as sa

from workbench.store import scratch, sql
from workbench.store.labels import insert_labels

if TYPE_CHECKING:
    from pandas import DataFrame

ASKED, ANSWERED, FAILED = "asked", "answered", "failed"
VERSION = ("judge", "version", "created_at", "author", "reason", "spec", "prompt_hash")
JUDGEMENT = (
    "judge", "version", "prompt_hash", "trace_id", "text_hash", "replicate", "state", "value", "critique", "problem",
    "tokens_in", "tokens_out", "cost_usd", "latency_ms", "asked_at", "expires_at", "answered_at",
)  # fmt: skip
LOOK = ("judge", "version", "dimension", "part", "n", "looked_by", "looked_at")
RUN = ("run_id", "judge", "version", "started_at", "ended_at", "plan", "outcome")


class Asked(NamedTuple):
    """What makes two requests the same: the judge and its prompt, the trace and the replicate."""

    judge: str
    prompt_hash: str
    trace_id: str
    replicate: int

    @property
    def row(self) -> sa.ColumnElement[bool]:
        """The condition that finds it."""
        return sa.and_(*(sql.judgements.c[name] == value for name, value in self._asdict().items()))


class JudgeStore:
    """The part of ``Store`` that keeps these."""

    path: Path
    _database: sql.Database

    def judge_versions(self, judge: str | None = None) -> list[dict[str, Any]]:
        """Versions of one judge or of all, by judge, oldest first: ``VERSION``, with the spec decoded."""
        row = sql.judge_versions.c
        query = sa.select(*(row[name] for name in VERSION)).order_by(row.judge, row.version)
        if judge is not None:
            query = query.where(row.judge == judge)
        with self._database.reading() as connection:
            found = [dict(each) for each in connection.execute(query).mappings()]
        return [{**each, "spec": orjson.loads(each["spec"])} for each in found]

    def add_judge_version(
        self, judge: str, *, author: str, reason: str, spec: Mapping[str, Any], prompt_hash: str
    ) -> tuple[int, bool]:
        """Add a version where it says something new; its number, and whether it is new."""
        row = sql.judge_versions.c
        text = orjson.dumps(dict(spec), option=orjson.OPT_SORT_KEYS).decode()
        with self._database.writing(traces=False) as connection:
            newest = connection.execute(
                sa.select(row.version, row.spec, row.prompt_hash)
                .where(row.judge == judge)
                .order_by(row.version.desc())
                .limit(1)
            ).one_or_none()
            if newest is not None and (newest.spec, newest.prompt_hash) == (text, prompt_hash):
                return newest.version, False
            version = (newest.version if newest else 0) + 1
            new = {"judge": judge, "version": version, "created_at": datetime.now(UTC), "author": author}
            new |= {"reason": reason, "spec": text, "prompt_hash": prompt_hash}
            connection.execute(sa.insert(sql.judge_versions), new)
        return version, True

    def judgements(
        self, judge: str | None = None, *, prompt_hash: str | None = None, trace_ids: Sequence[str] | None = None
    ) -> DataFrame:
        """What judges were asked and answered, in the order it was asked first: ``JUDGEMENT``."""
        row = sql.judgements.c
        query = sa.select(*(row[name] for name in JUDGEMENT)).order_by(row.judgement_id)
        if judge is not None:
            query = query.where(row.judge == judge)
        if prompt_hash is not None:
            query = query.where(row.prompt_hash == prompt_hash)
        if trace_ids is not None:
            query = query.where(row.trace_id.in_(list(trace_ids)))
        return self._judge_frame(query, JUDGEMENT)

    def claim_judgement(self, asked: Asked, *, version: int, text_hash: str, run_id: str, seconds: float) -> bool:
        """Reserve a request; False where its answer is there, or another run has it."""
        now = datetime.now(UTC)
        row = sql.judgements.c
        new = {"version": version, "text_hash": text_hash, "run_id": run_id, "state": ASKED, "asked_at": now}
        new |= {"expires_at": now + timedelta(seconds=seconds), "problem": None}
        with self._database.writing(visible=False) as connection:
            found = connection.execute(
                sa.select(row.state, row.text_hash, row.run_id, row.expires_at).where(asked.row)
            ).one_or_none()
            if found is None:
                connection.execute(sa.insert(sql.judgements), {**asked._asdict(), **new})
                return True
            taken = found.state == ASKED and found.run_id != run_id and found.expires_at and found.expires_at > now
            if taken or (found.state == ANSWERED and found.text_hash == text_hash):
                return False
            connection.execute(sa.update(sql.judgements).where(asked.row).values(new))
        return True

    def renew_judgements(self, run_id: str, *, seconds: float) -> None:
        """Reserve what a run has reserved for so long from now."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        mine = sa.and_(sql.judgements.c.run_id == run_id, sql.judgements.c.state == ASKED)
        with self._database.writing(visible=False) as connection:
            connection.execute(sa.update(sql.judgements).where(mine).values(expires_at=until))

    def keep_judgement(
        self, asked: Asked, *, text_hash: str, answer: Mapping[str, Any], label: Mapping[str, Any] | None
    ) -> bool:
        """Keep an answer and its label, both or neither; False where another run's answer is there already."""
        now = datetime.now(UTC)
        row = sql.judgements.c
        waits = sa.and_(asked.row, row.state != ANSWERED, row.text_hash == text_hash)
        new = {**answer, "state": ANSWERED, "answered_at": now, "expires_at": None}
        with self._database.writing(traces=False) as connection:
            if not connection.execute(sa.update(sql.judgements).where(waits).values(new)).rowcount:
                return False
            if label is not None:
                insert_labels(connection, [label], now=now, batch=None)
        return True

    def drop_judgement(self, asked: Asked, *, run_id: str, problem: str) -> None:
        """Give a request up, so that anybody may ask it again."""
        mine = sa.and_(asked.row, sql.judgements.c.run_id == run_id, sql.judgements.c.state == ASKED)
        new = {"state": FAILED, "problem": problem, "expires_at": None}
        with self._database.writing(visible=False) as connection:
            connection.execute(sa.update(sql.judgements).where(mine).values(new))

    @contextmanager
    def judging(self, judge: str, version: int, *, run_id: str, plan: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Be a run for the length of the block; what it leaves in the mapping is kept as its outcome.

        What runs that died had reserved is set free first, and what this one still has reserved at the end.
        """
        scratch.clear_dead(self.path, self._take_back)
        new = {"run_id": run_id, "judge": judge, "version": version, "started_at": datetime.now(UTC)}
        outcome: dict[str, Any] = {}
        with scratch.scratch(self.path, "judge", run_id, self._take_back):
            with self._database.writing(traces=False) as connection:
                connection.execute(sa.insert(sql.judge_runs), {**new, "plan": orjson.dumps(dict(plan)).decode()})
            try:
                yield outcome
            finally:
                ended = {"ended_at": datetime.now(UTC), "outcome": orjson.dumps(outcome).decode()}
                with self._database.writing(traces=False) as connection:
                    connection.execute(sa.update(sql.judge_runs).where(sql.judge_runs.c.run_id == run_id).values(ended))

    def judge_runs(self, judge: str | None = None) -> list[dict[str, Any]]:
        """Runs, oldest first: ``RUN``, with plan and outcome decoded; one that was killed has no end."""
        row = sql.judge_runs.c
        query = sa.select(*(row[name] for name in RUN)).order_by(row.started_at, row.run_id)
        if judge is not None:
            query = query.where(row.judge == judge)
        with self._database.reading() as connection:
            found = [dict(each) for each in connection.execute(query).mappings()]
        return [
            {name: orjson.loads(each[name] or "{}") if name in ("plan", "outcome") else each[name] for name in RUN}
            for each in found
        ]

    def add_look(self, judge: str, version: int, *, dimension: str, part: str, n: int, looked_by: str) -> bool:
        """Write down that somebody compared a judge with people's labels of a part; False where it is written."""
        row = sql.judge_looks.c
        look = {
            "judge": judge,
            "version": version,
            "dimension": dimension,
            "part": part,
            "n": n,
            "looked_by": looked_by,
        }
        same = sa.and_(*(row[name] == value for name, value in look.items()))
        with self._database.writing(visible=False) as connection:
            if connection.execute(sa.select(row.look_id).where(same).limit(1)).first() is not None:
                return False
            connection.execute(sa.insert(sql.judge_looks), {**look, "looked_at": datetime.now(UTC)})
        return True

    def judge_looks(self, judge: str | None = None) -> DataFrame:
        """Looks at the labels a judge was compared with, oldest first: ``LOOK``."""
        row = sql.judge_looks.c
        query = sa.select(*(row[name] for name in LOOK)).order_by(row.look_id)
        return self._judge_frame(query if judge is None else query.where(row.judge == judge), LOOK)

    def _take_back(self, kind: str, name: str) -> None:
        raise NotImplementedError  # ``Store`` has it

    def _judge_frame(self, query: sa.Select[Any], columns: Sequence[str]) -> DataFrame:
        import pandas as pd

        with self._database.reading() as connection:
            rows = [dict(each) for each in connection.execute(query).mappings()]
        frame = pd.DataFrame(rows, columns=list(columns))
        times = {name: pd.to_datetime(frame[name], utc=True) for name in columns if name.endswith("_at")}
        counts = ("version", "replicate", "tokens_in", "tokens_out", "n")
        return frame.assign(**times, **{name: frame[name].astype("Int64") for name in counts if name in columns})


def release_run(database: sql.Database, run_id: str) -> None:
    """Set free what a run had reserved when it ended."""
    row = sql.judgements.c
    new = {"state": FAILED, "problem": "the run ended before an answer came", "expires_at": None}
    with database.writing(visible=False) as connection:
        connection.execute(sa.update(sql.judgements).where(row.run_id == run_id, row.state == ASKED).values(new))
