"""The verb of outcomes over time: traces read, put in groups, and followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import BadRequest
from workbench.workspace.explore import ExploreVerbs

if TYPE_CHECKING:
    from pandas import Series

    from workbench.drift import OutcomesOverTime

COLUMNS = (
    "trace_id", "session_id", "started_at", "release", "output", "signals", "status", "feedback", "latency_ms",
    "cost_usd",
)  # fmt: skip
BY = ("release", "cluster")
UNCLUSTERED, NOT_ON_MAP = "Unclustered", "not on the map"


class OutcomeVerbs(ExploreVerbs):
    """What became of traces."""

    def outcomes(
        self,
        by: str | None = None,
        where: str | None = None,
        *,
        level: float | None = None,
        min_n: int | None = None,
        seed: int = 0,
    ) -> OutcomesOverTime:
        """Follow failure signs, errors, feedback, refusals, latency and cost over time.

        Args:
            by: release or cluster (of the newest map); all as one by default.
            where: A SQL condition over traces; all by default.
            level: Of the tests; the settings' ``[drift]`` has it.
            min_n: Traces below which a day or week is not judged, 30 by default.
            seed: Source of chance.

        Raises:
            BadRequest: by is neither, or the condition cannot be used.
            NotReady: by is cluster and there is no map.
        """
        from workbench.drift import outcomes_over_time
        from workbench.drift.over_time import MIN_N

        if by is not None and by not in BY:
            raise BadRequest(f"outcomes are told by {' or '.join(BY)}, not by {by[:20]!r}. Choose one, or leave it out")
        clusters = self._cluster_of_each() if by == "cluster" else None
        frame = self.store.traces(columns=COLUMNS, where=where, order_by="started_at, trace_id")
        frame = frame.assign(refused=refusals(frame["output"])).drop(columns="output")
        if by == "release":
            frame = frame.rename(columns={"release": "group"})
        elif clusters is not None:
            frame = frame.assign(group=frame["trace_id"].map(clusters).fillna(NOT_ON_MAP))
        return outcomes_over_time(
            frame, by=by, level=self.settings.drift.level if level is None else level,
            min_n=MIN_N if min_n is None else min_n, seed=seed,
        )  # fmt: skip

    def _cluster_of_each(self) -> dict[str, str]:
        """The name of the cluster of every trace of the newest map."""
        stored = self._newest_map()
        name = {int(row["cluster"]): str(row["name"]) for row in stored.clusters.to_dict("records")}
        points = stored.points
        numbers = points["cluster"].astype("Int64").fillna(-1).tolist()
        return dict(zip(points["trace_id"], (name.get(int(each), UNCLUSTERED) for each in numbers), strict=True))


def refusals(outputs: Series[str]) -> Series[bool]:
    """Whether each answer declines; missing where there is none."""
    import pandas as pd

    from workbench.signals import refuses

    found = [refuses(each) if isinstance(each, str) else None for each in outputs.tolist()]
    return pd.Series(found, index=outputs.index, dtype="boolean")
