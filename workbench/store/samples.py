"""Samples: their rows and plans in SQL, and the frame each was drawn from as a file of its own.

The frame holds every trace of the population in the order of drawing, so that a sample can be drawn further after more
traces have come in, and its weights stay right. It is written whole, renamed into place and made visible by the
transaction that adds the rows. Marks (groups of near-duplicates and the like) depend on the traces alone; they are kept
in one file per state of the traces and may be deleted at any time.
"""

import hashlib
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from workbench.errors import NotReady, UnknownName, WorkspaceBusy
from workbench.store import batches, scratch, sql
from workbench.store.files import folder_name, into_place, writable
from workbench.store.frames import to_frame
from workbench.store.labels import insert_samples

if TYPE_CHECKING:
    from pandas import DataFrame

_PLANS = pa.schema(
    {"sample_id": pa.string(), "created_at": pa.timestamp("us", "UTC"), "name": pa.string(), "plan": pa.string()}
)
_ROW = ("sample_id", "trace_id", "stratum", "reason", "weight")


class SampleStore:
    """The part of ``Store`` that keeps samples."""

    path: Path
    _database: sql.Database

    def save_sample(
        self, sample_id: str, *, name: str, rows: "DataFrame", frame: "DataFrame", plan: Mapping[str, Any]
    ) -> None:
        """Store a sample whole.

        Args:
            sample_id: Its id, which also names its folder.
            name: What people call it.
            rows: trace_id, stratum, reason, weight.
            frame: What it was drawn from, in the order of drawing.
            plan: The plan, the seed, the strata and what else a reader should know.

        Raises:
            BadRequest: The sample holds a trace twice.
            ValueError: An id that cannot name a folder.
        """
        if folder_name(sample_id) != sample_id:
            raise ValueError(f"{sample_id!r} cannot name a sample; use letters, digits, '.', '_' and '-'")
        scratch.clear_dead(self.path, self._take_back)
        with scratch.scratch(self.path, "sample", sample_id, self._take_back) as folder:
            draft = folder / "sample"
            with writable(self.path):
                draft.mkdir()
                _write(frame, draft / "frame.parquet")
                into_place(draft, self.path / "samples" / sample_id)
            with self._database.writing(traces=False) as connection:
                row = {"sample_id": sample_id, "created_at": datetime.now(UTC), "name": name, "plan": _text(plan)}
                connection.execute(sa.insert(sql.sample_plans), row)
                insert_samples(connection, rows.assign(sample_id=sample_id)[list(_ROW)])

    def extend_sample(
        self, sample_id: str, *, rows: "DataFrame", plan: Mapping[str, Any], was: Mapping[str, Any]
    ) -> None:
        """Add rows to a sample and renew the weights of those it has, in one transaction.

        Args:
            sample_id: The sample.
            rows: All rows it has from now on.
            plan: Its plan from now on.
            was: Its plan as it was when the draw began.

        Raises:
            WorkspaceBusy: Somebody else extended it meanwhile.
        """
        sample, known = sql.samples, sql.sample_plans
        with self._database.writing(traces=False) as connection:
            found = connection.execute(sa.select(known.c.plan).where(known.c.sample_id == sample_id)).scalar()
            if found is None or orjson.loads(found) != orjson.loads(_text(was)):
                raise WorkspaceBusy(f"sample {sample_id!r} was changed by somebody else meanwhile; run it again.")
            query = sa.select(sample.c.trace_id).where(sample.c.sample_id == sample_id)
            there = rows["trace_id"].isin(list(connection.execute(query).scalars()))
            again = rows[there].rename(columns={"trace_id": "of_trace"}).to_dict("records")
            if again:
                change = sa.update(sample).where(
                    sample.c.sample_id == sample_id, sample.c.trace_id == sa.bindparam("of_trace")
                )
                fields: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in ("stratum", "reason", "weight")}
                values = [{"of_trace": row["of_trace"], **{f"new_{k}": _gap(row[k]) for k in fields}} for row in again]
                connection.execute(change.values(fields), values)
            insert_samples(connection, rows[~there].assign(sample_id=sample_id)[list(_ROW)])
            connection.execute(sa.update(known).where(known.c.sample_id == sample_id).values(plan=_text(plan)))

    def sample_plans(self) -> "DataFrame":
        """What is known of each sample, oldest first: ``sample_id, created_at, name, plan``."""
        plans = sql.sample_plans.c
        with self._database.reading() as connection:
            query = sa.select(plans.sample_id, plans.created_at, plans.name, plans.plan)
            rows = connection.execute(query.order_by(plans.created_at, plans.sample_id)).mappings()
            found = to_frame(pa.Table.from_pylist([dict(row) for row in rows], _PLANS))
        found["plan"] = [orjson.loads(text) for text in found["plan"]]
        return found

    def sample_plan(self, sample_id: str) -> dict[str, Any]:
        """What is known of one sample.

        Raises:
            UnknownName: No sample of that id was drawn here.
        """
        plans = sql.sample_plans.c
        with self._database.reading() as connection:
            found = connection.execute(sa.select(plans.name, plans.plan).where(plans.sample_id == sample_id)).first()
            if found is None:
                newest = sa.select(plans.sample_id).order_by(plans.created_at.desc()).limit(5)
                raise UnknownName("sample", sample_id, connection.execute(newest).scalars().all())
        return {"name": found.name, **orjson.loads(found.plan)}

    def sample_frame(self, sample_id: str) -> "DataFrame":
        """What a sample was drawn from.

        Raises:
            NotReady: The file is not there.
        """
        path = self.path / "samples" / folder_name(sample_id) / "frame.parquet"
        try:
            return to_frame(pq.read_table(path))
        except OSError:
            raise NotReady(
                f"the frame of sample {sample_id!r} cannot be read, so it cannot be drawn further; draw a new sample."
            ) from None

    def traces_state(self) -> str:
        """A name for the traces as they are now: the same files, the same name."""
        with self._database.reading() as connection:
            paths = [file.path for file in batches.visible_files(connection) if file.kind == "traces"]
        return hashlib.sha256("\n".join(paths).encode()).hexdigest()[:24]

    def marks(self, kind: str) -> "DataFrame | None":
        """What was worked out of the traces as they are now under that name, or None."""
        try:
            return to_frame(pq.read_table(self.path / "samples" / f"{kind}-{self.traces_state()}.parquet"))
        except (OSError, pa.ArrowException):
            return None

    def save_marks(self, kind: str, state: str, marks: "DataFrame") -> None:
        """Keep what was worked out of the traces in a state; what was kept of other states goes.

        Where the traces are in another state by now, a purge's perhaps, nothing is kept.
        """
        target = self.path / "samples" / f"{kind}-{state}.parquet"
        with scratch.scratch(self.path, "marks", "new", self._take_back) as folder, writable(self.path):
            _write(marks, folder / "marks.parquet")
            into_place(folder / "marks.parquet", target)
            for other in (self.path / "samples").glob(f"{kind}-*.parquet"):
                if other != target:
                    other.unlink(missing_ok=True)
            if state != self.traces_state():
                target.unlink(missing_ok=True)

    def _take_back(self, kind: str, name: str) -> None:
        raise NotImplementedError


def take_back_sample(root: Path, database: sql.Database, sample_id: str) -> None:
    """Remove a sample's folder unless it became visible."""
    plans = sql.sample_plans.c
    with database.writing(visible=False) as connection:  # waits for a commit that may still be on its way
        if connection.execute(sa.select(plans.sample_id).where(plans.sample_id == sample_id)).first() is not None:
            return
    shutil.rmtree(root / "samples" / sample_id, ignore_errors=True)


def _write(frame: "DataFrame", path: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd")


def _text(plan: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(plan), option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()


def _gap(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value
