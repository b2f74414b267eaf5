"""The verbs of exploring: ingest, embed, map; and reading what they made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from workbench.errors import MapChanged, NotReady, TooLittleData
from workbench.workspace.codebook_reads import CodebookReads

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from workbench.atlas import StorableMap
    from workbench.compare import Comparison
    from workbench.ingest import IngestReport
    from workbench.ingest.parts import Progress
    from workbench.overview import NextStep, Overview


@dataclass(frozen=True)
class EmbedReport:
    """What an embed did: the model, how many distinct texts there are, how many vectors were new."""

    embedder: str
    texts: int
    new: int


@dataclass(frozen=True)
class MapReport:
    """What a map holds, and what became of the clusters of the map before.

    Attributes:
        map_id: Its id.
        traces: Traces on it.
        clusters: How many clusters.
        unclustered_share: The share of traces in none.
        placed: Traces that an update placed.
        moved: Points that an update moved: none.
        off_map: Of those placed, how many are too far from everything.
        proposals: Groups off the map that may be new clusters.
        kept: Clusters of the map before that were found again, under the same id.
        new: Clusters with a new id.
        gone: Clusters of the map before that were not found again.
        why: Why fewer than nine in ten were found again; None where as many were, or there was none.
        params: Every parameter.
    """

    map_id: str
    traces: int
    clusters: int
    unclustered_share: float | None
    placed: int = 0
    moved: int = 0
    off_map: int = 0
    proposals: int = 0
    kept: int = 0
    new: int = 0
    gone: int = 0
    why: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)


class ExploreVerbs(CodebookReads):
    """From an export file to a map that can be explored."""

    def ingest(
        self,
        *paths: str | Path,
        format: str | None = None,
        mapping: str | Path | None = None,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Take traces in, redacted, as one batch.

        Args:
            paths: Files or folders; a folder stands for the files in it.
            format: A name from ``workbench.formats.FORMATS``; found by looking inside each file if not given.
            mapping: A mapping.toml for generic files.
            progress: Called with stage, rows done and rows in all (None where unknown).

        Raises:
            UnknownName: There is no such format.
            BadSettings: The mapping file does not say what it should.
        """
        from workbench.ingest.run import run_ingest

        return run_ingest(
            self.store,
            self.redactor,
            paths,
            format=format,
            mapping=mapping,
            policy=self.settings.redaction.policy,
            progress=progress,
        )

    def embed(self, *, progress: Progress | None = None) -> EmbedReport:
        """Compute the vectors that are missing, for the text view named in the settings."""
        return self._embed(self._texts(), progress)

    def _embed(self, texts: DataFrame, progress: Progress | None) -> EmbedReport:
        since = self.store.purge_state()
        distinct = texts.drop_duplicates("text_hash")
        known = self.store.known_vectors(self.embedder.name)
        missing = distinct[~distinct["text_hash"].isin(known)]
        if len(missing):
            vectors = self.embedder.encode(missing["text"].tolist(), progress=progress)
            self.store.add_vectors(self.embedder.name, missing["text_hash"].tolist(), vectors, since=since)
        return EmbedReport(self.embedder.name, len(distinct), len(missing))

    def map(self, *, update: bool = False, progress: Progress | None = None, **options: Any) -> MapReport:
        """Lay the traces out and cluster them; embeds what is missing first.

        Args:
            update: Place new traces on the newest map without moving a point, instead of a new layout.
            progress: Called with stage, done and total.
            options: Override the settings' ``[map]`` values: method, reassign, n_neighbors, seed.

        Raises:
            TooLittleData: No trace has any text.
        """
        from workbench import atlas

        texts = self._texts()  # once: what another process ingests from here on waits for the next map
        if texts.empty:
            raise TooLittleData(
                "no trace in this workspace has text to lay out. Ingest traces first: workbench ingest FILE"
            )
        self._embed(texts, progress)
        vectors = self.store.vectors(self.embedder.name, texts["text_hash"].tolist())
        if update and self.has_map():
            return self._updated(texts, vectors)
        chosen = {**self.settings.map.model_dump(), **options}
        made = atlas.build(
            texts, vectors, map_id=_new_map_id(), embed=self.embedder.encode, view=self._view(), options=chosen,
            progress=progress,
        )  # fmt: skip
        return self._rebuilt(made)

    def _view(self) -> dict[str, Any]:
        return {"embedder": self.embedder.name, "view": self.settings.embedding.view}

    def _updated(self, texts: DataFrame, vectors: np.ndarray) -> MapReport:
        """Place what is not on the newest map; once more where somebody else made one meanwhile."""
        import numpy as np

        from workbench import atlas, lineage

        while True:
            stored = self._newest_map()
            made = atlas.update(stored, texts, vectors, map_id=_new_map_id(), view=self._view())
            if self._saved(made, follows=stored.map_id):
                break
        row_of = {trace_id: row for row, trace_id in enumerate(texts["trace_id"])}
        rows = np.asarray([row_of[each] for each in made.points["trace_id"]], dtype=np.int64)
        proposals = lineage.n_proposals(made.points, vectors[rows], sessions=self._sessions)
        return _report(made, proposals=proposals)

    def _rebuilt(self, made: StorableMap) -> MapReport:
        """Give a new map the ids of the newest one; once more where somebody else made one meanwhile."""
        from workbench import lineage

        while True:
            newest = self.store.newest_map()
            before = self._map_before(newest)
            same = before is not None and all(before.params.get(key) == each for key, each in self._view().items())
            carried = lineage.carried(made, before, next_id=self._next_cluster(), comparable=same)
            if self._saved(carried, follows=newest):
                return _report(carried)

    def _map_before(self, newest: str | None) -> Any:
        """The newest map; none where its files cannot be read, for then a new map is what helps."""
        if newest is None or self.store.map_clusters(newest) is None:
            return None
        return self.store.map(newest)

    def _next_cluster(self) -> int:
        from workbench import lineage

        return lineage.next_id(self.store.maps(), self.store.map_clusters)

    def _saved(self, made: StorableMap, *, follows: str | None) -> bool:
        """Store a map as the newest; False where another one came first."""
        content = {"points": made.points, "clusters": made.clusters, "arrays": made.arrays, "params": made.params}
        try:
            self.store.save_map(made.map_id, **content, follows=follows)
        except MapChanged:
            return False
        return True

    def _sessions(self) -> dict[str, str]:
        """The session of every trace that has one."""
        found = self.store.query("SELECT trace_id, session_id FROM traces WHERE session_id IS NOT NULL")
        return dict(zip(found["trace_id"], found["session_id"], strict=True))

    def _texts(self) -> DataFrame:
        from workbench import atlas

        frame = self.store.traces(columns=["trace_id", "input", "output", "messages"], order_by="trace_id")
        return atlas.texts(frame, self.settings.embedding.view)

    def trace(self, trace_id: str) -> dict[str, Any] | None:
        """One whole trace with its spans, nested values decoded; None where there is none of that id."""
        found = self.store.trace(trace_id)
        if found is None:
            return None
        self._known_traces.add(trace_id)
        return {**found, "spans": self.store.spans(trace_id).to_dict("records")}

    def clusters(self) -> DataFrame:
        """The clusters of the newest map, largest first, with failure rate and interval.

        Returns:
            Columns cluster, name, n, share, keywords, medoid, exemplars, x, y, failures, failure_rate, low, high.
        """
        from workbench import atlas

        return atlas.cluster_table(self._newest_map().clusters, self.points())

    def points(self) -> DataFrame:
        """One row per trace of the newest map: trace_id, x, y, cluster and the light columns of traces."""
        from workbench import atlas

        def read() -> DataFrame:
            return atlas.with_traces(self._newest_map().points, self._light_traces())

        return self._for_traces("points", read).copy(deep=False)  # copied on write, so the kept frame cannot change

    def has_map(self) -> bool:
        """Whether a map was made."""
        return self.store.newest_map() is not None

    def search(self, text: str, *, meaning: bool = False, limit: int = 200) -> DataFrame:
        """Find traces by words, or by meaning.

        Args:
            text: Words to find, case ignored; or what to look for in meaning.
            meaning: Compare vectors (cosine) instead of words. Needs embeddings.
            limit: Most rows to return.

        Returns:
            Columns trace_id and score, best first; the score is 1 for words, a cosine for meaning.
        """
        from workbench import search

        if not meaning:
            return search.by_words(self.store, text, limit=limit)
        ids, vectors = self._trace_vectors()
        return search.by_meaning(self.embedder.encode([text], query=True)[0], ids, vectors, limit=limit)

    def neighbours(self, trace_id: str, *, k: int = 10) -> DataFrame:
        """The traces most like one, by cosine: columns trace_id and similarity."""
        from workbench import search

        ids, vectors = self._trace_vectors()
        return search.nearest(trace_id, ids, vectors, k=k)

    def within(self, x: Sequence[float], y: Sequence[float]) -> list[str]:
        """The traces of the newest map inside a polygon, given its corners."""
        import numpy as np

        from workbench.clusters import inside

        points = self._newest_map().points
        chosen = inside(points["x"].to_numpy(), points["y"].to_numpy(), np.asarray(x), np.asarray(y))
        return points["trace_id"][chosen].tolist()

    def compare(self, trace_ids: Sequence[str]) -> Comparison:
        """Set a selection against the rest of the map: failure rates, phrases, what is over-represented."""
        from workbench.compare import compare, word_counts

        points = self.points()
        counts = self._for_traces("counts", lambda: word_counts(points["first_words"].fillna("").tolist()))
        return compare(points, trace_ids, counts=counts)

    def overview(self) -> Overview:
        """What is in here, how fresh, how clean, and what to do next."""
        from workbench.overview import overview

        return overview(self)

    def review_steps(self) -> list[NextStep]:
        """What to do next with samples, notes and codes."""
        from workbench.overview import review_steps

        return review_steps(self)

    def _light_traces(self) -> DataFrame:
        from workbench import atlas

        return self.store.query(f"SELECT {', '.join(atlas.LIGHT_COLUMNS)}, {atlas.FIRST_WORDS} FROM traces")

    def _newest_map(self) -> Any:
        newest = self.store.newest_map()
        if newest is None:
            raise NotReady("this workspace has no map yet. Make one: workbench map")
        return self.store.map(newest)

    def _trace_vectors(self) -> tuple[list[str], np.ndarray]:
        """Trace ids of the newest map with their vectors."""

        def read() -> tuple[list[str], np.ndarray]:
            stored = self._newest_map()
            vectors = self.store.vectors(stored.params["embedder"], stored.points["text_hash"].tolist())
            return stored.points["trace_id"].tolist(), vectors

        return self._for_traces("vectors", read)


def _report(made: StorableMap, *, proposals: int = 0) -> MapReport:
    params = {name: value for name, value in made.params.items() if name != "lineage"}  # which has a verb of its own
    return MapReport(made.map_id, params=params, proposals=proposals, **made.counts)


def _new_map_id() -> str:
    return f"map-{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}"
