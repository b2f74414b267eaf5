"""The verb of drift: two sets of traces read, embedded, read off the map, and compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.workspace.outcomes import refusals
from workbench.workspace.retrieving import RetrievalVerbs
from workbench.workspace.usual_weeks import UsualWeeks

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from workbench.drift import DriftReport
    from workbench.ingest.parts import Progress

GOLDEN = "golden"
DAYS, BEFORE = 7, 28
"""The last week, so that every weekday is in it once, against the four before it."""
COLUMNS = (
    "trace_id", "session_id", "started_at", "prompt_hash", "tools_hash", "retrieved", "signals", "status", "feedback",
    "latency_ms", "cost_usd",
)  # fmt: skip
TEXTS = ("input", "output", "messages")
OF_CASES = ("session_id", "started_at", "prompt_hash", "tools_hash")


class DriftVerbs(UsualWeeks, RetrievalVerbs):
    """Whether traffic moved away."""

    def drift(
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
    ) -> DriftReport:
        """Compare two sets of traces; embeds what is missing of them.

        Args:
            reference: A SQL condition over traces, or ``golden`` for the open cases of the newest frozen version. By
                default the 28 days before the current set; where that is a condition, everything before its first.
            current: The same. By default the last 7 days of traffic.
            level: What the verdict may be wrong at; the settings' ``[drift]`` has it and the next two.
            min_n: Traces a side below which nothing is judged.
            tolerance: The share of traffic that may have moved under a verdict of stable.
            threshold: The score below which a passage does not count.
            replicates: Permutations of each test.
            seed: Source of chance.
            progress: Told of the texts encoded.

        Raises:
            BadRequest: A condition cannot be used.
            NotReady: ``golden`` was named and nothing was frozen yet.
        """
        return self._drift_compared(
            reference, current, level=level, min_n=min_n, tolerance=tolerance, threshold=threshold,
            replicates=replicates, seed=seed, progress=progress,
        )[0]  # fmt: skip

    def _drift_compared(
        self,
        reference: str | None,
        current: str | None,
        *,
        level: float | None,
        min_n: int | None,
        tolerance: float | None,
        threshold: float | None,
        replicates: int,
        seed: int,
        progress: Progress | None,
    ) -> tuple[DriftReport, list[DataFrame], tuple[np.ndarray, np.ndarray] | None]:
        """The report, both sets with the clusters it found, and their vectors: None where a set is empty."""
        from workbench.drift import drift

        chosen = self.settings.drift
        tolerated = chosen.tolerance if tolerance is None else tolerance
        sides, notices = self._drift_sides(reference, current)
        without: dict[str, str] = {}
        vectors = self._drift_vectors(sides, progress)
        names = self._drift_clusters(sides, vectors, without)
        least, terms = chosen.min_n if min_n is None else min_n, {"replicates": replicates, "seed": seed}
        report = drift(
            sides[0], sides[1], vectors=vectors, names=names, without=without, notices=notices, threshold=threshold,
            level=chosen.level if level is None else level, min_n=least,
            tolerance=tolerated, **terms,
        )  # fmt: skip
        usual = self._usual(
            sides, vectors, newest=current is None, fixed=_is_golden(reference),
            earlier=reference is None, least=least, **terms,
        )  # fmt: skip
        golden = self._golden_templates(sides[1], tolerance=tolerated, min_n=least)
        snapshot = self._beside_snapshot(sides, threshold=threshold, level=report.level, seed=seed)
        report = replace(report, usual=usual, golden_templates=golden, snapshot=snapshot)
        return report, sides, vectors

    def _drift_sides(self, reference: str | None, current: str | None) -> tuple[list[DataFrame], list[str]]:
        """Both sets with their texts, nothing in both, and what has to be said about them."""
        notices: list[str] = []
        newer = self._drift_set(current, None, notices) if current else self._last_days(0, DAYS)
        older = self._drift_set(reference, newer, notices) if reference or current else self._last_days(DAYS, BEFORE)
        if current is None and newer.empty and self.count():
            notices.append("No trace has a time, so there are no last days: name both sets by conditions over traces.")
        shared = older["trace_id"].isin(newer["trace_id"])
        if shared.any():
            notices.append(f"{int(shared.sum()):,} traces are in both sets and count for the current one only.")
        sides = [older[~shared].reset_index(drop=True), newer]
        for place, side in enumerate(sides):
            blank = side["text"].isna().to_numpy()
            if blank.any():
                notices.append(f"{int(blank.sum()):,} traces without text are left out.")
                sides[place] = side[~blank].reset_index(drop=True)
        return sides, notices

    def _drift_set(self, where: str | None, newer: DataFrame | None, notices: list[str]) -> DataFrame:
        if _is_golden(where):
            notices.append(
                "The golden set is curated, so it never mirrors traffic exactly; watch how its distance changes."
            )
            return self._golden_side(notices)
        if where is not None:
            return self._side(where, [])
        if newer is None or newer["started_at"].isna().all():
            return self._side(None, [])  # what is in the current set is taken out afterwards
        return self._side("started_at < ?", [newer["started_at"].min().to_pydatetime()])

    def _last_days(self, skipped: int, days: int) -> DataFrame:
        newest = "(SELECT max(started_at) FROM traces)"
        until = f"started_at <= {newest} - INTERVAL {skipped} DAY"
        return self._side(f"{until} AND started_at > {newest} - INTERVAL {skipped + days} DAY", [])

    def _side(self, where: str | None, params: list[Any]) -> DataFrame:
        frame = self.store.traces(
            columns=[*COLUMNS, *TEXTS], where=where, params=params, order_by="started_at, trace_id"
        )
        return self._with_texts(frame)

    def _with_texts(self, frame: DataFrame) -> DataFrame:
        from workbench import atlas

        texts = atlas.texts(frame, self.settings.embedding.view)
        refused = refusals(frame["output"])
        found = frame.drop(columns=list(TEXTS)).assign(refused=refused)
        found = found.merge(texts, on="trace_id", how="left", validate="one_to_one")
        return found.assign(query=found["text_hash"])

    def _golden_side(self, notices: list[str]) -> DataFrame:
        import pandas as pd

        from workbench.embed import text_hash

        cases = [case for case in self.golden_cases() if case.query]
        ids = [case.trace_id for case in cases if case.trace_id]
        known = self.store.traces_named(ids, ["trace_id", *OF_CASES])
        frame = pd.DataFrame(
            {
                "trace_id": [case.trace_id or f"case {case.case_id}" for case in cases],
                "text": [case.query for case in cases],
                "text_hash": [text_hash(case.query) for case in cases],
            },
            dtype="str",
        ).drop_duplicates("trace_id", ignore_index=True)
        if frame.empty:
            notices.append("No open case of the golden set has a query, so there is nothing to compare with.")
        untold = ~frame["trace_id"].isin(known["trace_id"])
        return frame.merge(known, on="trace_id", how="left").assign(query=frame["text_hash"], untold=untold)

    def _drift_vectors(self, sides: list[DataFrame], progress: Progress | None) -> tuple[np.ndarray, np.ndarray] | None:
        """The vectors of both sets; what has none is embedded and kept."""
        import pandas as pd

        if any(side.empty for side in sides):
            return None
        texts = pd.concat([side[["text", "text_hash"]] for side in sides]).drop_duplicates("text_hash")
        self._embed(texts, progress)
        first, second = (self.store.vectors(self.embedder.name, side["text_hash"].tolist()) for side in sides)
        return first, second

    def _drift_clusters(
        self, sides: list[DataFrame], vectors: tuple[np.ndarray, np.ndarray] | None, without: dict[str, str]
    ) -> dict[int, str]:
        """Add the cluster of each trace to both sets; the clusters' names."""
        import numpy as np
        import pandas as pd

        from workbench.atlas import with_marks
        from workbench.clusters.reading_off import read_off, read_together

        if vectors is None:
            return {}
        if self.store.newest_map() is None:
            without["clusters"] = "no_map"
            return {}
        stored = self._newest_map()
        view = {"embedder": self.embedder.name, "view": self.settings.embedding.view}
        if any(stored.params.get(key) != value for key, value in view.items()):
            without["clusters"] = "embedder_changed"
            return {}
        points = with_marks(stored.points)
        row_of = {trace_id: row for row, trace_id in enumerate(points["trace_id"])}
        cluster = points["cluster"].astype("Int64").fillna(-1).to_numpy(dtype=np.int64)
        own = [np.asarray([row_of.get(one, -1) for one in side["trace_id"]], dtype=np.int64) for side in sides]
        known = "placed" in stored.points or "updated_from" not in stored.params
        placed = points["placed"].to_numpy(dtype=bool)
        made = [known & (rows >= 0) & ~placed[rows] for rows in own]  # had a part in what the clusters are
        if all(each.all() for each in made):
            read = [cluster[rows] for rows in own]
        else:
            on_map = self.store.vectors(self.embedder.name, points["text_hash"].tolist())
            read = [read_off(vectors[place], rows, on_map, cluster) for place, rows in enumerate(own)]
            if not known or any(each.any() for each in made):
                read = read_together(vectors, read)
        for place, (side, found) in enumerate(zip(sides, read, strict=True)):
            numbers = pd.Series(found, index=side.index, dtype="Int64")
            sides[place] = side.assign(cluster=numbers.mask(numbers < 0))
        return {
            int(row.cluster): str(row.name_) for row in stored.clusters.rename(columns={"name": "name_"}).itertuples()
        }


def _is_golden(where: str | None) -> bool:
    return where is not None and where.strip().lower() == GOLDEN
