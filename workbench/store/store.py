"""One workspace's store: opening it, writing to it one writer at a time, reading it while others write.

The methods say what can be done; how is in the module named after each thing (batches, reads, labels, maps, vectors).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import orjson
import sqlalchemy as sa

from workbench import tables
from workbench.errors import NotAWorkspace, WorkspaceBusy
from workbench.store import batches, files, labels, maps, schema, scratch, sql, undo, vectors
from workbench.store.adjudications import AdjudicationStore
from workbench.store.batches import BatchWriter
from workbench.store.cases import CaseStore
from workbench.store.codebook import CodebookStore
from workbench.store.frames import rows_to_arrow, to_frame
from workbench.store.gates import GateStore
from workbench.store.golden import GoldenStore, take_back_golden
from workbench.store.judges import JudgeStore, release_run
from workbench.store.locks import locked
from workbench.store.maps import StoredMap
from workbench.store.purging import PurgeStore, take_back_purge
from workbench.store.queues import QueueStore
from workbench.store.reads import TraceReads
from workbench.store.retrievals import RetrievalStore
from workbench.store.rounds import RoundStore
from workbench.store.rubric import RubricStore
from workbench.store.runs import RunStore
from workbench.store.samples import SampleStore, take_back_sample

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame


class Store(
    TraceReads,
    SampleStore,
    CodebookStore,
    RubricStore,
    QueueStore,
    AdjudicationStore,
    JudgeStore,
    CaseStore,
    GoldenStore,
    GateStore,
    RunStore,
    RoundStore,
    RetrievalStore,
    PurgeStore,
):
    """The traces, spans, labels, samples, vectors and maps of one workspace.

    Safe to share between threads; each process opens its own.

    Attributes:
        path: the workspace's folder.
        secret: the key for hashing user ids and the like; made once, never shown.
    """

    def __init__(self, path: Path, secret: bytes, database: sql.Database) -> None:
        """Use ``create`` or ``open``."""
        super().__init__(path, database)
        self.secret = secret
        self.keep_purged_out()

    @classmethod
    def create(cls, path: Path, *, database_url: str | None = None) -> Self:
        """Make a workspace, or open the one that is there.

        Raises:
            WorkbenchError: the folder cannot be made or written.
        """
        path = Path(path).absolute()
        with files.writable(path):
            for folder in files.FOLDERS:
                (path / folder).mkdir(parents=True, exist_ok=True)
            files.secret_of(path, make=True)
        return cls.open(path, database_url=database_url)

    @classmethod
    def open(cls, path: Path, *, database_url: str | None = None) -> Self:
        """Open a workspace, and bring its database up to this version's schema.

        Raises:
            NotAWorkspace: there is none.
            NewerWorkspace: a newer version wrote it.
            BadSettings: the database belongs to another workspace.
        """
        path = Path(path).absolute()
        secret = files.secret_of(path, make=False)
        if secret is None:
            found = "holds no workspace" if path.is_dir() else "is not a folder" if path.exists() else "does not exist"
            raise NotAWorkspace(f"{path} {found}; make one with `workbench init {path}`, or name another with -w.")
        with files.writable(path):
            for folder in files.FOLDERS:
                (path / folder).mkdir(exist_ok=True)
        database = sql.Database(sql.address(path / files.DATABASE, database_url))
        try:
            with locked(path / files.SCRATCH / "setup.lock", busy=""):
                schema.set_up(database, identity=files.identity(secret), path=path)
        except BaseException:
            database.close()
            raise
        return cls(path, secret, database)

    def close(self) -> None:
        """Close the connections; the store opens new ones where it is used again."""
        self._reader = None
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    @contextmanager
    def writing(self, wait: float | None = None) -> Iterator[None]:
        """Be the one writer of traces for the length of the block; what dead writers left is removed first.

        Args:
            wait: seconds to wait for another writer; ``None`` waits as long as it takes.

        Raises:
            WorkspaceBusy: another writer was still at work after ``wait`` seconds.
        """
        busy = f"another process is writing traces to {self.path}; try again when it is done."
        with locked(self.path / files.SCRATCH / "writing.lock", wait=wait, busy=busy):
            self._clear()
            yield

    def _clear(self) -> None:
        scratch.clear_dead(self.path, self._take_back)
        with files.writable(self.path):
            batches.remove_retired(self.path, self._database)

    def _take_back(self, kind: str, name: str) -> None:
        if kind == "batch":
            batches.take_back_batch(self.path, self._database, name)
        elif kind == "map":
            maps.take_back_map(self.path, self._database, name)
        elif kind == "sample":
            take_back_sample(self.path, self._database, name)
        elif kind == "judge":
            release_run(self._database, name)
        elif kind == "golden":
            take_back_golden(self.path, self._database, int(name))
        elif kind == "purge":
            take_back_purge(self.path, self._database, name)

    @contextmanager
    def new_batch(self) -> Iterator[BatchWriter]:
        """A writer for one batch; without ``commit`` nothing it wrote stays. Waits to be the one writer."""
        with self.writing():
            name = batches.next_batch_id(self._database)
            with scratch.scratch(self.path, "batch", name, self._take_back) as folder:
                writer = BatchWriter(self.path, self._database, name, folder)
                try:
                    yield writer
                finally:
                    writer.close()

    def batches(self) -> "DataFrame":
        """Every batch, oldest first: ``batch, created_at, traces, spans, summary``; the counts are as of now."""
        frame = to_frame(self._small_table("batches"))
        frame["summary"] = [orjson.loads(text) for text in frame["summary"]]
        return frame

    def add_labels(self, rows: "Iterable[Mapping[str, Any]] | DataFrame", *, skip_same: bool = True) -> int:
        """Add labels, all or none; one without ``labelled_at`` gets the present time. How many were added.

        Args:
            rows: labels; ``withdrawn`` takes back the one that counts.
            skip_same: leave out what says nothing new, so that a save may be tried again.
        """
        with self._database.writing(traces=False) as connection:
            return labels.insert_labels(connection, rows, now=datetime.now(UTC), batch=None, skip_same=skip_same)

    def label_rows(self, trace_id: str, annotator: str, *, round_: str = labels.BLIND) -> list[dict[str, Any]]:
        """The labels that count of one trace, annotator and round, in order of time, as plain values, not a frame.

        The reading page asks several times for each trace.
        """
        with self._database.reading() as connection:
            found = labels.select_labels(
                connection, newest=True, trace_ids=[trace_id], annotator=annotator, round_=round_
            )
        return found.to_pylist()

    def n_labels(self) -> int:
        """How many labels were ever written."""
        with self._database.reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(sql.labels)).scalar_one()

    def undo_labels(self, annotator: str, *, sample_id: str | None = None) -> "DataFrame":
        """Take back the annotator's last save by reading, in one sample or anywhere; the labels taken back."""
        with self._database.writing(traces=False) as connection:
            done = undo.undo_labels(connection, annotator, sample_id, now=datetime.now(UTC))
        return to_frame(rows_to_arrow([{name: row[name] for name in tables.names("labels")} for row in done], "labels"))

    def labels(
        self,
        *,
        newest: bool = True,
        trace_ids: Sequence[str] | None = None,
        annotator: str | None = None,
        sample_id: str | None = None,
        round_: str | None = None,
    ) -> "DataFrame":
        """Labels in order of time.

        Args:
            newest: only those that count: the newest of each trace, annotator, dimension and round, and for codes of
                each code and place; what was taken back is left out.
            trace_ids: only of these traces.
            annotator: only by this annotator.
            sample_id: only of this sample's traces.
            round_: only those given blind, or only those settled in adjudication.
        """
        with self._database.reading() as connection:
            found = labels.select_labels(
                connection, newest=newest, trace_ids=trace_ids, annotator=annotator, sample_id=sample_id, round_=round_
            )
        return to_frame(found)

    def add_sample(self, rows: "Iterable[Mapping[str, Any]] | DataFrame") -> int:
        """Add the rows of one or more samples, all or none. How many were added."""
        with self._database.writing(traces=False) as connection:
            return labels.insert_samples(connection, rows)

    def samples(self, sample_id: str | None = None) -> "DataFrame":
        """Samples in the order they were drawn, or one of them."""
        with self._database.reading() as connection:
            return to_frame(labels.select_samples(connection, sample_id))

    def sample_names(self, trace_id: str | None = None) -> dict[str, str]:
        """Samples by id with what they are called, newest first; with ``trace_id`` those that hold it."""
        with self._database.reading() as connection:
            return labels.sample_names(connection, trace_id)

    def known_vectors(self, embedder: str) -> set[str]:
        """The text hashes that have a vector of this embedder."""
        return vectors.known_vectors(self.path, embedder)

    def vectors(self, embedder: str, hashes: Sequence[str]) -> "np.ndarray":
        """Vectors in the order of ``hashes``, which may repeat: shape (n, d), float32.

        Raises:
            NotReady: some hash has no vector.
        """
        return vectors.read_vectors(self.path, embedder, hashes)

    def add_vectors(
        self, embedder: str, hashes: Sequence[str], matrix: "np.ndarray", *, since: object | None = None
    ) -> int:
        """Add the vectors whose hash is new; how many those are.

        Args:
            embedder: whose they are.
            hashes: of the texts.
            matrix: row by row of the hashes.
            since: ``purge_state()`` from before the texts were read; after a purge their vectors are not kept.

        Raises:
            WorkbenchError: the embedder's stored vectors have another length.
            WorkspaceBusy: traces were purged meanwhile.
        """
        with scratch.scratch(self.path, "vectors", "new", self._take_back) as folder:
            added, path = vectors.write_vectors(self.path, folder, embedder, hashes, matrix)
            if path is not None and since is not None and since != self.purge_state():
                path.unlink(missing_ok=True)
                raise WorkspaceBusy(
                    "traces were purged while texts were embedded; none of these vectors were kept. Do it again."
                )
        if added:
            with self._database.writing():
                pass  # the revision is all that changes in SQL
        return added

    def save_map(
        self,
        map_id: str,
        *,
        points: "DataFrame",
        clusters: "DataFrame",
        arrays: "Mapping[str, np.ndarray]",
        params: Mapping[str, Any],
        follows: str | None = maps.ANY,
    ) -> None:
        """Store a map whole and make it the newest.

        Args:
            map_id: its id, which also names its folder.
            points: at least ``trace_id, x, y, cluster``, one row per trace.
            clusters: one row per cluster.
            arrays: what the map was made from (graph, order, ...), by name.
            params: every parameter and seed.
            follows: the map that has to be the newest until then, None where there must be none; any by default.

        Raises:
            BadRequest: there is a map with that id.
            MapChanged: somebody else made a map meanwhile.
            WorkspaceBusy: some of the traces were purged meanwhile.
            ValueError: an id or array name that cannot be a file name, or points that lack a column.
        """
        maps.check_names(map_id, *arrays)
        self._clear()

        def check() -> None:
            if self.purged_ids(points["trace_id"].tolist()):
                raise WorkspaceBusy("traces were purged while the map was made; nothing of it was kept. Make it again.")

        check()
        with scratch.scratch(self.path, "map", map_id, self._take_back) as folder:
            content = {"points": points, "clusters": clusters, "arrays": arrays, "params": params}
            maps.write_map(self.path, self._database, folder, map_id, **content, follows=follows, check=check)

    def maps(self) -> "DataFrame":
        """Every map, oldest first: ``map_id, created_at, params``."""
        with self._database.reading() as connection:
            return maps.map_frame(connection)

    def newest_map(self) -> str | None:
        """The id of the map that was stored last."""
        with self._database.reading() as connection:
            return maps.newest_map(connection)

    def map_clusters(self, map_id: str) -> "DataFrame | None":
        """The clusters of one map, without its points; None where its files cannot be read."""
        return maps.read_clusters(self.path, map_id)

    def map(self, map_id: str) -> StoredMap:
        """One map.

        Raises:
            UnknownName: there is no such map.
        """
        return maps.load_map(self.path, self._database, map_id)
