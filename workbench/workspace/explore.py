"""The verbs of exploring: ingest, embed, map; and reading what they made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from workbench.errors import NotReady, TooLittleData
from workbench.workspace.codebook_reads import CodebookReads

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

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
    """What a map holds: traces on it, clusters, the share left unclustered; for an update also what was placed."""

    map_id: str
    traces: int
    clusters: int
    unclustered_share: float | None
    placed: int = 0
    moved: int = 0
    off_map: int = 0
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
        distinct = texts.drop_duplicates("text_hash")
        known = self.store.known_vectors(self.embedder.name)
        missing = distinct[~distinct["text_hash"].isin(known)]
        if len(missing):
            vectors = self.embedder.encode(missing["text"].tolist(), progress=progress)
            self.store.add_vectors(self.embedder.name, missing["text_hash"].tolist(), vectors)
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
        newest = self.store.newest_map()
        view = {"embedder": self.embedder.name, "view": self.settings.embedding.view}
        map_id = _new_map_id()
        if update and newest is not None:
            made = atlas.update(self.store.map(newest), texts, vectors, map_id=map_id, view=view)
        else:
            chosen = {**self.settings.map.model_dump(), **options}
            made = atlas.build(
                texts, vectors, map_id=map_id, embed=self.embedder.encode, view=view, options=chosen, progress=progress
            )
        self.store.save_map(map_id, points=made.points, clusters=made.clusters, arrays=made.arrays, params=made.params)
        return MapReport(map_id, params=made.params, **made.counts)

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


def _new_map_id() -> str:
    return f"map-{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}"
