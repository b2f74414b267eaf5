"""What people say beside what a judge says: which labels may be compared, and who looked at the test part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import BadRequest, TooLittleData, UnknownName
from workbench.workspace.judging import JudgingVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.judge.versions import JudgeVersion

TEST = "test"


class JudgeSides(JudgingVerbs):
    """The two sides of a calibration."""

    def _answering(self, annotator: str, version: int | None, dimension: str | None) -> JudgeVersion | None:
        """The version whose answers count; None for a judge that was not defined here."""
        history = [row["version"] for row in self.store.judge_versions(annotator)]
        if not history:
            if version is not None:
                raise UnknownName("judge with versions", annotator, sorted(self._defined()))
            return None
        if version is not None:
            return self.judge_version(annotator, version)
        answered = set(self.store.judgements(annotator).query("state == 'answered'")["prompt_hash"])
        versions = self.judge_history(annotator)
        of_dimension = [each for each in versions if dimension is None or each.spec.dimension == dimension]
        usable = [each for each in of_dimension if each.prompt_hash in answered]
        return usable[-1] if usable else None

    def _defined(self) -> set[str]:
        return {row["judge"] for row in self.store.judge_versions()}

    def _people_and_judge(self, annotator: str, dimension: str, sample_id: str | None) -> tuple[DataFrame, DataFrame]:
        """The labels of people and the answers of a judge, of one dimension."""
        return self._sides(annotator, dimension, sample_id, self._answering(annotator, None, dimension), None)[:2]

    def _sides(
        self, annotator: str, dimension: str, sample_id: str | None, asked: JudgeVersion | None, part: str | None
    ) -> tuple[DataFrame, DataFrame, tuple[str, ...]]:
        """People's labels and the judge's answers on what may be compared, and what was left out."""
        human = self._human(dimension, sample_id)
        human = human[human["annotator"] != annotator]
        judged, notices = self._answers(annotator, dimension, sample_id, asked)
        judged = judged[~judged["trace_id"].isin(list(self.left_out(dimension)))]
        parts = self.judge_parts(dimension) if part is not None or (asked and asked.spec.examples) else None
        if parts is None:
            return human, judged, notices
        out: set[str] = set()
        if asked and asked.spec.examples:
            groups = self._label_groups()
            shown = set(groups.reindex(list(asked.spec.examples)).dropna())
            out = set(parts.loc[parts["group"].isin(shown), "trace_id"])
            out |= set(asked.spec.examples) & set(parts["trace_id"])  # a purged one is in no group any more
            if out:
                notices += (
                    f"{len(out):,} labelled traces left out that the prompt shows, or that are like one it does.",
                )
        if part is not None:
            if part not in ("train", "dev", TEST):
                raise UnknownName("part", part, ["train", "dev", TEST])
            out |= set(parts.loc[parts["part"] != part, "trace_id"])
            largest = parts["group"].value_counts()
            if len(parts) and largest.iloc[0] * 4 > len(parts):
                notices += (
                    f"{largest.iloc[0]:,} of {len(parts):,} labelled traces hang together by sessions and"
                    " near-duplicates and are in one part; the parts are uneven.",
                )
        human, judged = (each[~each["trace_id"].isin(out)] for each in (human, judged))
        if human.empty:
            raise TooLittleData(
                f"people have labelled nothing of the part {part or 'that is left'} yet. Label some more"
            )
        return human, judged, notices

    def _answers(
        self, annotator: str, dimension: str, sample_id: str | None, asked: JudgeVersion | None
    ) -> tuple[DataFrame, tuple[str, ...]]:
        labels = self.store.labels(newest=True, sample_id=sample_id, annotator=annotator)
        labels = labels[labels["dimension"] == dimension]
        if asked is None or asked.spec.dimension != dimension:
            return labels, ()
        rows = self.store.judgements(annotator, prompt_hash=asked.prompt_hash)
        rows = rows[(rows["state"] == "answered") & (rows["replicate"] == 0)]
        if sample_id is not None:
            rows = rows[rows["trace_id"].isin(self.store.samples(sample_id)["trace_id"])]
        rows = rows.rename(columns={"critique": "note", "answered_at": "labelled_at"}).assign(annotator=annotator)
        newest = self.judge_version(annotator)
        notices: tuple[str, ...] = ()
        if newest.prompt_hash != asked.prompt_hash:
            notices = (f"These are the answers of version {asked.version}; the newest is version {newest.version}.",)
        return rows[["trace_id", "value", "note", "annotator", "labelled_at"]], notices

    def _positive(self, dimension: str) -> str | None:
        """The value of a dimension of the rubric that is no failure, where there is one."""
        found = self.rubric().find(dimension)
        rest = [value for value in found.values if value != found.failure] if found else []
        return rest[0] if len(rest) == 1 else None

    def _passing(self, asked: JudgeVersion | None, dimension: str, human: DataFrame) -> str | None:
        """The value that means pass, where somebody gave it; None lets the labels tell."""
        positive = asked.spec.passing if asked and asked.spec.dimension == dimension else self._positive(dimension)
        given = (human["value"].str.casefold() == (positive or "").casefold()).any()
        return positive if given else None

    def _looks(self, part: str | None, looked_by: str) -> str:
        if part != TEST:
            return ""
        if not looked_by.strip():
            raise BadRequest("each look at the test part is written down. Say who looks (looked_by, or --by)")
        return self.reader(looked_by)

    def _write_look(
        self, annotator: str, asked: JudgeVersion | None, dimension: str, n: int, who: str
    ) -> tuple[str, ...]:
        """Write a look down; a warning where it is not the first."""
        version = asked.version if asked else 0
        before = self.store.judge_looks(annotator)
        before = before[(before["dimension"] == dimension) & (before["part"] == TEST)]
        other = before[(before["version"] != version) | (before["n"] != n)]
        self.store.add_look(annotator, version, dimension=dimension, part=TEST, n=n, looked_by=who)
        if other.empty:
            return ()
        first = other.iloc[0]
        when = f"version {first['version']}, n {first['n']}, {first['looked_at']:%Y-%m-%d}, by {first['looked_by']}"
        return (
            f"The test part was looked at before ({when}): what was changed since may have been changed with its help,"
            " so this is no test any more. Label traces that nobody has looked at.",
        )
