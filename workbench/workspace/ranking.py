"""The verbs of ranking: what deserves attention first, and how certain that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from workbench.errors import BadRequest, TooLittleData
from workbench.workspace.codebook import CodebookVerbs
from workbench.workspace.sampling import SamplingVerbs

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.codebook import Codebook
    from workbench.rank import Ranking, Saturation

OF_CODES = ("code", "root_cause")
AT_ONCE = 2000


class RankingVerbs(SamplingVerbs, CodebookVerbs):
    """Frequency and severity together."""

    def rank(
        self,
        sample: str | None = None,
        *,
        costs: Sequence[float] | None = None,
        dimension: str = "code",
        level: float = 0.95,
        seed: int = 0,
    ) -> Ranking:
        """Rank the codes by expected harm: share of the traffic times the cost of their severity.

        Args:
            sample: Over this sample; all samples with weights without one. Where none has weights, the shares are of
                the reviewed traces only.
            costs: What each severity from 1 to 5 costs; those of workspace.toml without.
            dimension: The dimension whose values are codes: code, or root_cause.
            level: Confidence level of the intervals.
            seed: Of the redraws behind the order's certainty.

        Raises:
            BadRequest: Costs that cannot be.
            UnknownName: There is no such sample.
            TooLittleData: No label has that dimension.
        """
        from workbench.rank import rank

        labels, book = self._coded(dimension, sample_id=sample)
        rows = self._drawn(sample)
        costs = self.settings.severity.costs if costs is None else costs
        return rank(labels, codebook=book, sample=rows, dimension=dimension, costs=costs, level=level, seed=seed)

    def saturation(
        self, sample_id: str | None = None, annotator: str | None = None, *, dimension: str = "code", seed: int = 0
    ) -> Saturation:
        """How much has not been seen yet, by what was read of one sample or of all, by one annotator or by all.

        Raises:
            UnknownName: There is no such sample.
        """
        from workbench.rank import saturation

        labels, book = self._coded("code", sample_id=sample_id, annotator=annotator)
        rows = self._drawn(sample_id)
        return saturation(labels, codebook=book, sample=rows, dimension=dimension, seed=seed)

    def rank_trend(
        self,
        by: Literal["day", "week", "release"] = "week",
        *,
        sample: str | None = None,
        dimension: str = "code",
        level: float = 0.95,
    ) -> DataFrame:
        """The share of each code by day, week or release of the traces, each with its interval.

        Returns:
            Rows of period (the day, the Monday of the week, or the release), code, reviewed, n, share, low, high and
            reason (why a period cannot tell).

        Raises:
            BadRequest: There is no such division.
            UnknownName: There is no such sample.
        """
        from workbench.rank import trend

        if by not in ("day", "week", "release"):
            raise BadRequest(f"there is no trend by {by!r}. Choose day, week or release.")
        labels, book = self._coded(dimension, sample_id=sample)
        periods = self._periods(by, labels["trace_id"].drop_duplicates().tolist())
        rows = self._drawn(sample)
        return trend(labels, periods, codebook=book, sample=rows, dimension=dimension, level=level)

    def ranked_dimensions(self) -> list[str]:
        """The dimensions that can be ranked: those with labels whose values are codes, ``code`` first; none before
        anything was reviewed.
        """
        known = set(self.store.labels()["dimension"])
        return [each for each in OF_CODES if each in known or (each == "code" and known & {"outcome", *OF_CODES})]

    def coded_traces(self, code: str, *, sample: str | None = None, dimension: str = "code") -> DataFrame:
        """The reviewed traces that have a code, newest first: what stands behind a row of the ranking.

        Returns:
            Columns trace_id, started_at, first_words, release, model, annotators (who gave it), severity (the worst
            given), note (the first), stratum and weight (of the sample; empty for a pick).

        Raises:
            UnknownName: There is no such sample.
        """
        from workbench.rank import reviewed
        from workbench.rank.traces import traces_of

        labels, book = self._coded(dimension, sample_id=sample)
        read = reviewed(labels, codebook=book, dimension=dimension)
        ids = read.traces_of(code)
        light = ["trace_id", "started_at", "input", "release", "model"]
        found = self._of_traces(light, ids)
        notes = self.store.labels(sample_id=sample)
        return traces_of(code, ids, found, labels, self._drawn(sample), notes)

    def _coded(
        self, dimension: str, *, sample_id: str | None = None, annotator: str | None = None
    ) -> tuple[DataFrame, Codebook]:
        """The labels that count, codes by the names they have now, and the codebook."""
        import pandas as pd

        from workbench.codebook import settled_codes, to_current

        history = self.codebook_history()
        labels = self.store.labels(sample_id=sample_id, annotator=annotator)
        known = set(labels["dimension"])
        if dimension not in known and dimension != "code":
            listed = ", ".join(sorted(known)) or "none yet"
            raise TooLittleData(f"no label has the dimension {dimension!r}; there are: {listed}. Rank one of those.")
        coded = to_current(labels, history, dimension=dimension)
        unknown = (coded["why"] == "unknown").fillna(False)
        coded["code"] = coded["code"].astype(object).mask(unknown, coded["value"].astype(object))
        rest = labels[labels["dimension"].isin({"outcome", *OF_CODES} - {dimension})]
        return pd.concat([coded, rest.assign(code=None), settled_codes(labels, history)]), history.current

    def _drawn(self, sample_id: str | None) -> DataFrame:
        """Rows of one sample or of all, with whether the sample was drawn from all traces."""
        rows = self.sample_rows(sample_id)
        plans = self.store.sample_plans()
        partly = {row.sample_id for row in plans.itertuples() if row.plan.get("window")}
        return rows.assign(whole=~rows["sample_id"].isin(partly))

    def _periods(self, by: str, trace_ids: Sequence[str]) -> Series:
        column = "release" if by == "release" else "started_at"
        values = self._of_traces(["trace_id", column], trace_ids).set_index("trace_id")[column]
        if by == "release":
            return values
        days = values.dt.tz_convert("UTC").dt.tz_localize(None).dt.normalize()
        return days if by == "day" else days.dt.to_period("W").dt.start_time

    def _of_traces(self, columns: Sequence[str], trace_ids: Sequence[str]) -> DataFrame:
        """Columns of some traces; of all where so many are wanted that asking for each would take longer."""
        if len(trace_ids) > AT_ONCE:
            found = self.store.traces(columns=columns)
            return found[found["trace_id"].isin(set(trace_ids))]
        among = f"trace_id IN ({', '.join('?' * len(trace_ids))})" if trace_ids else "false"
        return self.store.traces(columns=columns, where=among, params=trace_ids)
