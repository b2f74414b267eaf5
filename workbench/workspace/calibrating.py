"""The verbs that say whether a judge may be trusted: against people's labels, in parts that no prompt has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workspace.judge_sides import TEST, JudgeSides

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.judge import Calibration
    from workbench.judge.habits import Habits
    from workbench.judge.panels import PanelReport
    from workbench.stats.agreement import AltTest

MIX = ("model", "release", "environment", "name", "source")


class CalibratingVerbs(JudgeSides):
    """Judges against people."""

    def judge(
        self,
        annotator: str,
        *,
        dimension: str | None = None,
        sample_id: str | None = None,
        labelled: str | None = None,
        part: str | None = None,
        version: int | None = None,
        looked_by: str = "",
    ) -> Calibration:
        """Compare a judge's answers with people's labels; see ``workbench.judge.judge``.

        Of a judge that was defined here the answers of one version count, of another its labels. Traces that were
        excluded or kept as ambiguous in adjudication are left out, and so is whatever belongs to a group of which the
        prompt shows an example. Each look at the test part is written down: a second one, after changes, is no test.

        Args:
            annotator: The judge.
            dimension: The dimension both have labelled; its own, or outcome, if not given.
            sample_id: Only labels of this sample's traces.
            labelled: How the traces that people labelled were chosen: balanced, random or chosen.
            part: dev, to try a prompt on; test, to rely on; train, which prompts may show. All if not given.
            version: One of its versions; the newest that has answered if not given.
            looked_by: Who looks at the test part.

        Raises:
            BadRequest: The judge has answered nothing of what people labelled, or nobody is named for the test part.
            UnknownName: There is no such version or part.
        """
        from workbench.judge import judge

        asked = self._answering(annotator, version, dimension)
        dimension = dimension or (asked.spec.dimension if asked else "outcome")
        who = self._looks(part, looked_by)
        human, judged, notices = self._sides(annotator, dimension, sample_id, asked, part)
        positive = self._passing(asked, dimension, human)
        unread = ("unparsable",) if asked else ()
        found = judge(human, judged, labelled=labelled, positive=positive, unparsable=unread)
        if part == TEST:
            notices += self._write_look(annotator, asked, dimension, found.rates.n, who)
        return replace(found, notices=(*notices, *found.notices))

    def judge_alt_test(
        self, annotator: str, *, dimension: str | None = None, epsilon: float = 0.15, version: int | None = None
    ) -> AltTest:
        """Say whether a judge may take an annotator's place; see ``workbench.stats.agreement.alt_test``.

        Args:
            annotator: The judge.
            dimension: The dimension both have labelled.
            epsilon: How much the judge may fall short: .2 of experts, .15 of skilled people, .1 of a crowd.
            version: One of its versions.
        """
        from workbench.stats import agreement as stats

        asked = self._answering(annotator, version, dimension)
        dimension = dimension or (asked.spec.dimension if asked else "outcome")
        human, judged, _ = self._sides(annotator, dimension, None, asked, None)
        human = human[(human["round"].fillna("blind") == "blind") & (human["value"] != "defer")]
        said = dict(zip(judged["trace_id"], judged["value"].str.casefold(), strict=True))
        ratings = stats.Ratings.of(human["trace_id"], human["annotator"].fillna(""), human["value"].str.casefold())
        return stats.alt_test(ratings, [said.get(unit) for unit in ratings.units], epsilon=epsilon)

    def judge_panel(
        self,
        names: Sequence[str],
        *,
        dimension: str | None = None,
        part: str | None = None,
        labelled: str | None = None,
        looked_by: str = "",
    ) -> PanelReport:
        """Compare the majority of an odd number of judges with people; see ``workbench.judge.panels.judge_panel``.

        Args:
            names: The judges.
            dimension: The dimension all have labelled.
            part: As for ``judge``.
            labelled: As for ``judge``.
            looked_by: Who looks at the test part.
        """
        from collections import Counter

        from workbench.judge.panels import judge_panel
        from workbench.judge.providers import family

        asked = {name: self._answering(name, None, dimension) for name in dict.fromkeys(names)}
        own = next((each.spec.dimension for each in asked.values() if each), "outcome")
        dimension, who = dimension or own, self._looks(part, looked_by)
        sides = {name: self._sides(name, dimension, None, each, part) for name, each in asked.items()}
        human = min((human for human, _, _ in sides.values()), key=len, default=self._human(dimension))
        human = human[~human["annotator"].isin(list(asked))]
        found = judge_panel(human, {name: judged for name, (_, judged, _) in sides.items()}, labelled=labelled)
        notices = tuple(dict.fromkeys(each for _, _, told in sides.values() for each in told))
        kin = Counter(family(each.spec.model, each.spec.provider) for each in asked.values() if each)
        shared = [f"{n} by {of}" for of, n in kin.items() if of and n > 1]
        if shared:
            notices += (f"Judges of one maker tend to err together: {', '.join(shared)}.",)
        if part == TEST:
            for name, each in asked.items():
                notices += self._write_look(name, each, dimension, found.majority.rates.n, who)
        return replace(found, notices=(*notices, *found.majority.notices))

    def judge_habits(
        self,
        annotator: str,
        *,
        dimension: str | None = None,
        version: int | None = None,
        pairs: tuple[DataFrame, DataFrame] | None = None,
    ) -> Habits:
        """Say what a judge does out of habit: contradict itself, prefer long answers, its own family, a place.

        Args:
            annotator: The judge.
            dimension: The dimension both have labelled.
            version: One of its versions.
            pairs: Verdicts on pairs of answers as shown and with places changed, each with item and value (1 or 2).
        """
        import pandas as pd

        from workbench.judge import compared
        from workbench.judge.habits import habits
        from workbench.judge.providers import family

        asked = self._answering(annotator, version, dimension)
        dimension = dimension or (asked.spec.dimension if asked else "outcome")
        human, judged, _ = self._sides(annotator, dimension, None, asked, None)
        found = compared(human, judged, unparsable=("unparsable",) if asked else ())
        traces = self._of_traces(["trace_id", "output", "model", "provider", "session_id"], found.rows["item"].tolist())
        traces = traces.set_index("trace_id")
        lengths = traces["output"].fillna("").str.len()
        own = None
        if asked and (kin := family(asked.spec.model, asked.spec.provider)):
            told = traces[["model", "provider"]].fillna("")
            made_by = {row.Index: family(str(row.model), str(row.provider)) for row in told.itertuples()}
            own = pd.Series({each: maker == kin for each, maker in made_by.items() if maker}, dtype=bool)
        runs = judged.rename(columns={"trace_id": "item"}).assign(replicate=0)[["item", "replicate", "value"]]
        if asked:
            rows = self.store.judgements(asked.judge, prompt_hash=asked.prompt_hash)
            rows = rows[rows["state"] == "answered"]
            runs = rows.rename(columns={"trace_id": "item"})[["item", "replicate", "value"]]
        return habits(
            found, runs, lengths=lengths[lengths > 0], own=own, groups=traces["session_id"].dropna(), pairs=pairs
        )

    def calibration_due(self, annotator: str, *, dimension: str | None = None) -> tuple[str, ...]:
        """Why a judge should be calibrated again, in sentences; empty where nothing has changed since the last time.

        The last time is the last look at the test part.
        """
        from workbench.judge.due import shifts

        newest = self._answering(annotator, None, dimension)
        dimension = dimension or (newest.spec.dimension if newest else "outcome")
        looks = self.store.judge_looks(annotator)
        looks = looks[(looks["dimension"] == dimension) & (looks["part"] == TEST)]
        if looks.empty:
            return ("It has never been compared with people on the test part.",)
        last = looks.iloc[-1]
        told = []
        if newest:
            then = self.judge_version(annotator, int(last["version"])) if last["version"] else None
            now = self.judge_version(annotator)
            if then is None or then.prompt_hash != now.prompt_hash:
                was = f"version {then.version}" if then else "labels from elsewhere"
                told.append(f"The last look was at {was}; prompt or model are others in version {now.version}.")
        for each in shifts(*self._mixes(last["looked_at"])):
            share = f"{100 * each.moved:.0f}% of {each.n:,} later traces"
            told.append(f"The traffic has changed since: by {each.column}, {share} are elsewhere than before.")
        return tuple(told)

    def _mixes(self, moment: Any) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
        """How many traces have each model, release and so on, up to a moment and since."""
        batches = self.store.batches()
        earlier = set(batches.loc[batches["created_at"] <= moment, "batch"])
        sides: tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]] = ({}, {})
        columns = {name: name for name in MIX}
        source = "traces"
        if self.store.newest_map() is not None:
            columns["cluster"] = "cluster"
            source = "traces LEFT JOIN (SELECT trace_id AS point, cluster FROM points) ON point = trace_id"
        for name in columns:
            found = self.store.query(
                f"SELECT batch, CAST({name} AS VARCHAR) AS value, count(*) AS n FROM {source}"
                f" WHERE {name} IS NOT NULL GROUP BY ALL"
            )
            for side, rows in zip(
                sides, (found[found["batch"].isin(earlier)], found[~found["batch"].isin(earlier)]), strict=True
            ):
                side[name] = {str(value): int(n) for value, n in rows.groupby("value")["n"].sum().items()}
        return sides


def read_pairs(shown: str | Path, swapped: str | Path) -> tuple[DataFrame, DataFrame]:
    """Verdicts on pairs of answers, as shown and with places changed, each from a file with item and value."""
    from workbench.long_form import read_long

    return read_long(Path(shown)), read_long(Path(swapped))
