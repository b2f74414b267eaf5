"""The verbs behind the picture of drift: where the traces of both sets lie, and what they are, by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.workspace.drifting import DriftVerbs

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from workbench.drift import DriftReport
    from workbench.ingest.parts import Progress
    from workbench.stats.density import Density
    from workbench.workspace.explore import EmbedReport

WORDS = 160
ROWS = ("trace_id", "started_at", "status", "feedback", "signals", "release", "model", "input", "output")


@dataclass(frozen=True)
class DriftView:
    """A drift report and the traces it is about, by id.

    Attributes:
        report: What ``Workspace.drift`` says.
        traces: One row per trace of both sets: trace_id, current (of which set), started_at, cluster (as the report
            has it), x and y on the newest map (empty without one), placed (not on the map: drawn where its nearest
            neighbours are) and off_map (far from everything on it).
        clusters: Where to write the names: cluster, name, x, y (medians), n, other_n and shown (its share changed by
            more than chance).
        density: Where the sets lie differently on the map; None where a side has no place on it.
        reason: Why there is no picture: no_map, embedder_changed (of those not on the map), empty.
    """

    report: DriftReport
    traces: DataFrame = field(repr=False)
    clusters: DataFrame = field(repr=False)
    density: Density | None = field(repr=False, default=None)
    reason: str | None = None

    @property
    def n_placed(self) -> int:
        """Traces that are not on the map and were drawn by their neighbours."""
        return int(self.traces["placed"].sum())

    @property
    def n_off_map(self) -> int:
        """Those of them and of the map's own that are far from everything."""
        return int(self.traces["off_map"].sum())

    @property
    def n_not_drawn(self) -> int:
        """Traces without a place on the map."""
        return int(self.traces["x"].isna().sum())

    @property
    def days(self) -> DataFrame:
        """Traces per day of both sets: day, current and n; those without a time are left out."""
        dated = self.traces[self.traces["started_at"].notna()]
        day = dated["started_at"].dt.tz_convert("UTC").dt.tz_localize(None).dt.floor("D")
        return dated.assign(day=day).groupby(["day", "current"]).size().rename("n").reset_index()

    @property
    def followed(self) -> tuple[str, ...]:
        """Which series of the timeline were looked at; none where nothing is judged."""
        report = self.report
        has = {
            "clusters": report.clusters.reason is None,
            "prompt": report.templates.reason is None,
            "passages": report.retrieval.reason is None,
            "failure_signs": "failure_signs" in set(report.outcomes["measure"]),
        }
        return () if report.small else tuple(name for name, there in has.items() if there)

    @property
    def last_at(self) -> datetime | None:
        """When the newest trace of the current set was; None where none has a time."""
        times = self.traces.loc[self.traces["current"], "started_at"].dropna()
        return times.max().to_pydatetime() if len(times) else None

    def of_cluster(self, cluster: int | None) -> list[str]:
        """The current set's traces of a cluster, newest first; None for those in none."""
        of = self.traces["cluster"]
        return self._current(of.isna() if cluster is None else (of == cluster).fillna(False))

    def within(self, x: Sequence[float], y: Sequence[float]) -> list[str]:
        """The current set's traces inside a polygon on the map, newest first."""
        import numpy as np

        from workbench.clusters import inside

        at = self.traces["x"].to_numpy(dtype=float), self.traces["y"].to_numpy(dtype=float)
        return self._current(inside(*at, np.asarray(x, dtype=float), np.asarray(y, dtype=float)))

    def _current(self, mask: Any) -> list[str]:
        found = self.traces[self.traces["current"] & mask]
        found = found.sort_values("started_at", ascending=False, na_position="last", kind="stable")
        return list(found["trace_id"])


class DriftViewVerbs(DriftVerbs):
    """What a picture of drift needs."""

    def drift_view(
        self,
        reference: str | None = None,
        current: str | None = None,
        *,
        level: float | None = None,
        min_n: int | None = None,
        tolerance: float | None = None,
        threshold: float | None = None,
        replicates: int = 999,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> DriftView:
        """Compare two sets as ``drift`` does, arguments and all, and say where each of their traces lies.

        Args:
            reference: A SQL condition over traces, or ``golden``.
            current: The same.
            level: What the verdict may be wrong at, and the picture's outlines.
            min_n: Traces a side below which nothing is judged.
            tolerance: The share of traffic that may have moved under a verdict of stable.
            threshold: The score below which a passage does not count.
            replicates: Permutations of each test of the report.
            seed: Source of chance.
            progress: Told of the texts encoded.
        """
        import pandas as pd

        report, sides, vectors = self._drift_compared(
            reference, current, level=level, min_n=min_n, tolerance=tolerance, threshold=threshold,
            replicates=replicates, seed=seed, progress=progress,
        )  # fmt: skip
        found = [side.assign(current=place == 1) for place, side in enumerate(sides)]
        frame = pd.concat(found, ignore_index=True) if vectors is not None else max(found, key=len)
        if "cluster" not in frame:
            frame = frame.assign(cluster=pd.array([None] * len(frame), dtype="Int64"))
        frame, reason = self._drift_places(frame, vectors)
        traces = frame[["trace_id", "current", "started_at", "cluster", "x", "y", "placed", "off_map"]]
        density = _density(frame, report, seed=seed)
        return DriftView(report, traces, _names(traces, report), density, reason)

    def drift_missing(self, reference: str | None = None, current: str | None = None) -> int:
        """How many texts of two sets have no vector yet: what ``drift`` would embed first."""
        sides, _ = self._drift_sides(reference, current)
        if any(side.empty for side in sides):
            return 0
        hashes = set(sides[0]["text_hash"]) | set(sides[1]["text_hash"])
        return len(hashes - set(self.store.known_vectors(self.embedder.name)))

    def drift_embed(
        self, reference: str | None = None, current: str | None = None, *, progress: Progress | None = None
    ) -> EmbedReport:
        """Compute the vectors that two sets lack, and no others."""
        import pandas as pd

        sides, _ = self._drift_sides(reference, current)
        return self._embed(pd.concat([side[["text", "text_hash"]] for side in sides], ignore_index=True), progress)

    def drift_releases(self) -> DataFrame:
        """The releases in the order in which they were first seen: release, n, first_at, last_at."""
        return self.store.query(
            "SELECT release, count(*) AS n, min(started_at) AS first_at, max(started_at) AS last_at FROM traces"
            " WHERE release IS NOT NULL GROUP BY release ORDER BY first_at, release"
        )

    def drift_rows(self, trace_ids: Sequence[str]) -> DataFrame:
        """What a list shows of some traces, in the order given.

        Returns:
            Columns trace_id, started_at, first_words, status, feedback, signals, release and model; ids that are no
            trace's, as those of cases, are left out.
        """
        import pandas as pd

        found = self.store.traces_named(list(trace_ids), list(ROWS))
        text = found["input"].fillna(found["output"]).fillna("").astype("str")
        found = found.assign(first_words=text.str.split().str.join(" ").str.slice(0, WORDS))
        ordered = pd.DataFrame({"trace_id": list(trace_ids)}, dtype="str").merge(found, on="trace_id")
        return ordered.drop(columns=["input", "output"])

    def _drift_places(
        self, frame: DataFrame, vectors: tuple[np.ndarray, np.ndarray] | None
    ) -> tuple[DataFrame, str | None]:
        """Add x, y, placed and off_map; say why some have no place."""
        import numpy as np

        from workbench.atlas import with_marks
        from workbench.clusters import place

        bare = frame.assign(x=np.nan, y=np.nan, placed=False, off_map=False)
        if frame.empty:
            return bare, "empty"
        if not self.has_map():
            return bare, "no_map"
        stored = self._newest_map()
        points = with_marks(stored.points)
        row_of = {trace_id: row for row, trace_id in enumerate(points["trace_id"])}
        rows = np.asarray([row_of.get(each, -1) for each in frame["trace_id"]], dtype=np.int64)
        found = bare.assign(
            **{name: np.where(rows >= 0, points[name].to_numpy()[rows], bare[name]) for name in ("x", "y", "off_map")}
        ).astype({"x": float, "y": float, "off_map": bool})
        missing = np.flatnonzero(rows < 0)
        if not len(missing):
            return found, None
        if any(stored.params.get(key) != value for key, value in self._view().items()):
            return found, "embedder_changed"
        footing = points[~points["off_map"]]
        if vectors is None or footing.empty:
            return found, "empty"
        theirs = np.concatenate(list(vectors))[missing]
        at = place(theirs, self.store.vectors(self.embedder.name, footing["text_hash"].tolist()), footing)
        found.loc[missing, ["x", "y"]] = at[["x", "y"]].to_numpy(dtype=float)
        found.loc[missing, "off_map"] = at["off_map"].to_numpy(dtype=bool)
        return found.assign(placed=rows < 0), None


def _density(frame: DataFrame, report: DriftReport, *, seed: int) -> Density | None:
    from workbench.stats.density import REPLICATES, density_difference

    drawn = frame[frame["x"].notna()]
    if drawn["current"].nunique() < 2:
        return None
    sessions = drawn["session_id"].fillna(drawn["trace_id"]).astype("str").to_numpy(dtype=object)
    return density_difference(
        drawn["x"], drawn["y"], drawn["current"], groups=sessions, level=report.level,
        replicates=0 if report.small else REPLICATES, seed=seed,
    )  # fmt: skip


def _names(traces: DataFrame, report: DriftReport) -> DataFrame:
    """The clusters of a report with the middle of their traces."""
    shares = report.clusters.shares
    middles = traces[traces["cluster"].notna()].groupby("cluster")[["x", "y"]].median()
    told = (shares["p_bh"] <= report.level) & (report.small is None)
    shown = shares.assign(shown=told)[["cluster", "name", "n", "other_n", "shown"]]
    return shown[shown["cluster"].notna()].merge(middles.reset_index(), on="cluster", how="inner")
