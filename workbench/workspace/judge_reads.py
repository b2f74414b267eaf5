"""The verbs that look at judges: who judged what, how each compares with people, where they differ, slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, TooLittleData
from workbench.tables import PURGED
from workbench.workspace.calibrating import CalibratingVerbs
from workbench.workspace.explore import ExploreVerbs
from workbench.workspace.judge_sides import TEST

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.judge import Calibration, Compared

MACHINES = ("judge", "rule")
SLICED_BY = ("release", "model", "provider", "environment", "name", "source", "status", "cluster", "code")
COMPARED = [
    "judge", "kind", "verdict", "n", "true_pass", "true_pass_low", "true_pass_high", "n_pass", "true_fail",
    "true_fail_low", "true_fail_high", "n_fail", "agreement", "kappa", "unparsable", "labels", "reason",
]  # fmt: skip
_WORDS = 160  # characters of what was asked


class JudgeReads(ExploreVerbs, CalibratingVerbs):
    """What there is to see of judges and rules."""

    def judged(self) -> DataFrame:
        """Who judged what: judges and rules, by dimension.

        Returns:
            Columns judge, kind (judge or rule), dimension, labels (traces with one), unparsable, compared (of those,
            traces that people labelled too) and last_at; judges before rules, then by name.
        """
        labels = self.store.labels(newest=True)
        kinds = labels["annotator_kind"].fillna("human")
        people = labels[kinds == "human"][["trace_id", "dimension"]].drop_duplicates().assign(too=True)
        rows = labels[kinds.isin(MACHINES)].assign(kind=kinds)
        rows = rows.merge(people, on=["trace_id", "dimension"], how="left")
        rows = rows.assign(too=rows["too"].eq(True).fillna(False), unread=rows["value"].str.casefold() == "unparsable")
        table = rows.groupby(["kind", "annotator", "dimension"], as_index=False, sort=True).agg(
            labels=("trace_id", "nunique"), unparsable=("unread", "sum"), compared=("too", "sum"),
            last_at=("labelled_at", "max"),
        )  # fmt: skip
        columns = ["judge", "kind", "dimension", "labels", "unparsable", "compared", "last_at"]
        return table.rename(columns={"annotator": "judge"})[columns]

    def compare_judges(
        self, *, dimension: str = "outcome", sample_id: str | None = None, part: str | None = None
    ) -> DataFrame:
        """Every judge and rule of a dimension against the same labels of people; rules are the cheapest judges.

        Args:
            dimension: The dimension they judged.
            sample_id: Only labels of this sample's traces.
            part: dev or train; the test part is opened for one judge at a time.

        Returns:
            Columns judge, kind, verdict, n (traces compared), true_pass and true_fail with bounds and n, agreement,
            kappa, unparsable, labels and reason; those that may gate first, then by the mean of both rates. Those that
            have no trace in common with people come last, without a verdict.
        """
        import pandas as pd

        _not_test(part, "Compare judges on the dev part")
        all_ = self.judged()
        rows = []
        for row in all_[all_["dimension"] == dimension].itertuples():
            told = {"judge": row.judge, "kind": row.kind, "labels": row.labels}
            try:
                found = self.judge(row.judge, dimension=dimension, sample_id=sample_id, part=part)
                rows.append(told | _rates_of(found))
            except (BadRequest, TooLittleData):
                rows.append(told | {"verdict": "", "n": 0, "reason": "no trace in common with people"})
        table = pd.DataFrame(rows, columns=COMPARED)
        order = table["verdict"].map({"may_gate": 0, "undecided": 1, "may_not": 2}).fillna(3)
        both = -(table["true_pass"] + table["true_fail"])
        ordered = table.assign(order=order, both=both).sort_values(["order", "both"], kind="stable", ignore_index=True)
        return ordered[COMPARED]

    def labelled_how(self, *, dimension: str = "outcome", sample_id: str | None = None) -> str:
        """Say how far the traces that people labelled are a random sample, which decides what may be corrected."""
        labels = self.store.labels(newest=True, sample_id=sample_id)
        labels = labels[(labels["dimension"] == dimension) & (labels["annotator_kind"].fillna("human") == "human")]
        ids = set(labels["trace_id"])
        rows = self.sample_rows(sample_id)
        weights = rows[rows["weight"].notna() & rows["trace_id"].isin(ids)].drop_duplicates("trace_id")["weight"]
        if len(weights) < len(ids):
            return (
                f"{len(ids) - len(weights):,} of the {len(ids):,} labelled traces were picked or came without a weight:"
                " together they are no random sample"
            )
        if weights.nunique() > 1:
            return f"the {len(ids):,} labelled traces were drawn with unequal weights: they are no plain random sample"
        return f"the {len(ids):,} labelled traces are a random sample"

    def judge_disputes(
        self, annotator: str, *, dimension: str | None = None, sample_id: str | None = None, part: str | None = None
    ) -> DataFrame:
        """The traces on which a judge and people differ, missed failures first.

        Args:
            annotator: The judge.
            dimension: The dimension both have labelled; its own, or outcome, if not given.
            sample_id: Only labels of this sample's traces.
            part: dev or train; what is read of the test part helps to tune on it, so that stays closed.

        Returns:
            Columns trace_id, kind (missed failure, good output failed, unreadable, another value), human, votes, judge,
            critique (the judge's), note (people's), started_at, first_words, release and model.

        Raises:
            BadRequest: The judge and people have no trace in common, or the test part was asked for.
        """
        from workbench.judge import disputes

        _not_test(part, "Read those of the dev part")
        human, judged, found, _ = self._side_by_side(annotator, dimension, sample_id, part)
        labels = self.store.labels(newest=True, sample_id=sample_id)
        notes = labels[(labels["dimension"] == "note") & (labels["annotator_kind"].fillna("human") == "human")]
        rows = disputes(found, human, judged, notes)
        rows = rows[~rows["trace_id"].str.startswith(PURGED)]  # there is nothing to read of them
        light = ["trace_id", "started_at", "input", "release", "model"]
        traces = self._of_traces(light, rows["trace_id"].tolist())
        words = traces["input"].fillna("").astype(str).str.split().str.join(" ").str.slice(0, _WORDS)
        traces = traces.drop(columns="input").assign(first_words=words)
        return rows.merge(traces, on="trace_id", how="left")

    def judge_slices(
        self,
        annotator: str,
        by: str,
        *,
        dimension: str | None = None,
        sample_id: str | None = None,
        part: str | None = None,
        looked_by: str = "",
    ) -> DataFrame:
        """A judge's two rates in each release, model, cluster or other part of the traces.

        Args:
            annotator: The judge.
            by: release, model, provider, environment, name, source or status; cluster, of the newest map; or code, what
                people said went wrong, which tells what kind of failure the judge misses.
            dimension: The dimension both have labelled; its own, or outcome, if not given.
            sample_id: Only labels of this sample's traces.
            part: As for ``judge``.
            looked_by: Who looks at the test part.

        Returns:
            As ``workbench.judge.slices``.

        Raises:
            BadRequest: There is no such division, or the judge and people have no trace in common.
        """
        from workbench.judge import slices

        if by not in SLICED_BY:
            raise BadRequest(f"there are no slices by {by!r}. Choose one of: {', '.join(SLICED_BY)}")
        who = self._looks(part, looked_by)
        _, _, found, dimension = self._side_by_side(annotator, dimension, sample_id, part)
        if part == TEST:
            self._write_look(annotator, self._answering(annotator, None, dimension), dimension, len(found.rows), who)
        return slices(found, self._slice_of(by, found.rows["item"].tolist()))

    def judge_divisions(
        self, annotator: str, *, dimension: str | None = None, sample_id: str | None = None
    ) -> list[str]:
        """What a judge's items can be divided by: of ``SLICED_BY`` what has two values or more; codes from one up."""
        found = self._side_by_side(annotator, dimension, sample_id, None)[2]
        items = found.rows["item"].tolist()
        there = [by for by in SLICED_BY if by != "cluster" or self.has_map()]
        return [by for by in there if self._slice_of(by, items).nunique() > (by != "code")]

    def _side_by_side(
        self, annotator: str, dimension: str | None, sample_id: str | None, part: str | None
    ) -> tuple[DataFrame, DataFrame, Compared, str]:
        """People's labels, the judge's, both item by item, and the dimension: as ``judge`` takes them."""
        from workbench.judge import compared

        asked = self._answering(annotator, None, dimension)
        dimension = dimension or (asked.spec.dimension if asked else "outcome")
        human, judged, _ = self._sides(annotator, dimension, sample_id, asked, part)
        unread = ("unparsable",) if asked else ()
        found = compared(human, judged, positive=self._passing(asked, dimension, human), unparsable=unread)
        return human, judged, found, dimension

    def _slice_of(self, by: str, items: list[str]) -> Series:
        """The slice of each trace; clusters by their names, codes as the codebook has them now."""
        if by == "code":
            coded = self.coded_labels()
            coded = coded[coded["code"].notna() & (coded["annotator_kind"].fillna("human") == "human")]
            return coded[coded["trace_id"].isin(items)].set_index("trace_id")["code"]
        if by != "cluster":
            return self._of_traces(["trace_id", by], items).set_index("trace_id")[by]
        names = self.clusters().set_index("cluster")["name"]
        points = self.points().set_index("trace_id")["cluster"]
        points = points[points.index.isin(items)]
        return points.map(names).astype("string").where(points.notna(), "Unclustered")


def _rates_of(found: Calibration) -> dict[str, Any]:
    rates = found.rates
    told: dict[str, Any] = {"verdict": found.verdict, "n": rates.n, "reason": found.reason}
    for side, rate in (("pass", rates.true_pass), ("fail", rates.true_fail)):
        told |= {f"true_{side}": rate.estimate, f"true_{side}_low": rate.low, f"true_{side}_high": rate.high}
        told[f"n_{side}"] = rate.n
    return told | {"agreement": rates.agreement.estimate, "kappa": rates.kappa.value, "unparsable": found.unparsable}


def _not_test(part: str | None, instead: str) -> None:
    if part == TEST:
        raise BadRequest(f"what is read of the test part helps to tune on it, so that it tests nothing more. {instead}")
