"""Which traces a judge is asked about, and which of people's labels it is built on, tried on and tested on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, TooLittleData, UnknownName
from workbench.labels.words import UNBLINDED
from workbench.tables import PURGED
from workbench.workspace.adjudication import AdjudicationVerbs
from workbench.workspace.agreement import AgreementVerbs
from workbench.workspace.frame import marks
from workbench.workspace.ranking import RankingVerbs

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.judge.spec import JudgeSpec

AT_ONCE = 200  # traces whose texts are held at a time
_PURGED = "purged"  # in place of a part
TEXTS = ("trace_id", "input", "output", "messages", "retrieved")


class JudgeParts(RankingVerbs, AgreementVerbs, AdjudicationVerbs):
    """The traces of a judge."""

    def judge_parts(self, dimension: str = "outcome") -> DataFrame:
        """The traces that people labelled on a dimension, and the part each belongs to.

        The part hangs on the trace's group (its session, its near-duplicates, and what those link) and on nothing else,
        so neither a new label nor a new judge moves it. Of a purged trace the group is not known any more, so it is in
        no part.

        Returns:
            Columns trace_id, part (train, dev or test; purged), group and value (what people say).
        """
        import pandas as pd

        from workbench.judge import split

        said = self._truth(dimension)
        items = [str(each) for each in said.index]
        groups = self._label_groups().reindex(items)
        named = {item: str(group) for item, group in groups.items() if isinstance(group, str)}
        parts = split(items, groups=named).parts
        columns = {"trace_id": items, "part": [_PURGED if item.startswith(PURGED) else parts[item] for item in items]}
        columns |= {"group": [named.get(item, item) for item in items], "value": said.tolist()}
        return pd.DataFrame(columns).astype("str")

    def _truth(self, dimension: str) -> Series[Any]:
        """What people say of each trace, those left out by adjudication excepted."""
        from workbench.judge.calibrate import people_say

        human = self._human(dimension)
        return people_say(human)

    def _human(self, dimension: str, sample_id: str | None = None) -> DataFrame:
        """The labels of people on a dimension, without the traces that were settled as no case to compare with.

        Those given unblinded are left out: a judge is held against people who did not know that it had failed.
        """
        labels = self.store.labels(newest=True, sample_id=sample_id)
        labels = labels[(labels["dimension"] == dimension) & (labels["annotator_kind"].fillna("human") == "human")]
        labels = labels[labels["round"].fillna("blind") != UNBLINDED]
        return labels[~labels["trace_id"].isin(list(self.left_out(dimension)))]

    def _label_groups(self) -> Series[Any]:
        """The group of every trace: what must not be divided between a prompt and a test."""
        return self._for_traces("label groups", self._make_groups)

    def _make_groups(self) -> Series[Any]:
        from workbench.judge.leaks import groups

        traces = self.store.traces(columns=["trace_id", "started_at", "session_id", "text_hash"])
        if traces.empty:
            return groups(traces.assign(unit=None))
        return groups(traces.merge(marks(self.store)[["trace_id", "unit"]], on="trace_id", how="left"))

    def _check_leaks(self, spec: JudgeSpec) -> None:
        """Refuse a prompt that shows what the judge is tried or tested on.

        Raises:
            BadRequest: By id, group or words; the message names traces by their ids.
        """
        from workbench.judge import Split
        from workbench.judge.leaks import quoted

        parts = self.judge_parts(spec.dimension)
        Split(dict(zip(parts["trace_id"], parts["part"], strict=True)), 0).check_prompt(spec.examples)
        held = parts.loc[parts["part"] != "train", "trace_id"].tolist()
        found = quoted(f"{spec.system or ''}\n{spec.prompt}", self._plain_texts(held))
        if found:
            raise BadRequest(
                f"the prompt quotes {len(found):,} traces that people labelled for trying or testing judges, such as"
                f" {found[0]}. Take those words out; examples belong to the train part"
            )

    def _plain_texts(self, trace_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        for start in range(0, len(trace_ids), AT_ONCE):
            found = self._of_traces(["trace_id", "input", "output"], trace_ids[start : start + AT_ONCE])
            for row in found.itertuples():
                yield from ((row.trace_id, text) for text in (row.input, row.output) if isinstance(text, str))

    def _people_say(self, dimension: str) -> dict[str, tuple[str, str]]:
        """What people say of each trace, and the last critique that says why."""
        labels = self._human(dimension)
        noted = labels[labels["note"].notna()].drop_duplicates("trace_id", keep="last")
        notes = dict(zip(noted["trace_id"], noted["note"], strict=True))
        return {str(each): (str(value), str(notes.get(each, ""))) for each, value in self._truth(dimension).items()}

    def _labelled_only(
        self, examples: Sequence[str], texts: Mapping[str, Any], said: Mapping[str, Any]
    ) -> Sequence[str]:
        """The examples, all of which are there and labelled.

        Raises:
            BadRequest: One is not.
        """
        absent = [each for each in examples if each not in texts]
        if absent:
            raise BadRequest(f"{len(absent)} of the examples are no traces of this workspace. Check their ids")
        open_ = [each for each in examples if each not in said]
        if open_:
            raise BadRequest(
                f"people have not agreed on a label of {len(open_)} of the examples, such as {open_[0]}."
                " Label them, or choose others"
            )
        return examples

    def _texts_of(self, trace_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The texts of some traces, by id."""
        found = self._of_traces(TEXTS, list(dict.fromkeys(trace_ids)))
        return {row["trace_id"]: row for row in found.to_dict("records")}

    def _chosen(
        self,
        sample_id: str | None,
        where: str | None,
        trace_ids: Sequence[str] | None,
        part: str | None,
        dimension: str,
    ) -> list[str]:
        """The traces that are asked about, in the order they came in.

        Raises:
            BadRequest: Two ways at once, or an id that is no trace.
            UnknownName: There is no such sample or part.
            TooLittleData: There are none.
        """
        ways = {"a sample": sample_id, "a condition": where, "trace ids": trace_ids, "a part": part}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) > 1:
            raise BadRequest(f"the traces were named by {' and by '.join(given)}. Name them one way")
        if where is not None:
            chosen = self.store.traces(columns=["trace_id"], where=where)["trace_id"].tolist()
        elif sample_id is not None:
            chosen = self.store.samples(sample_id)["trace_id"].tolist()
            if not chosen:
                raise UnknownName("sample", sample_id, list(self.store.sample_names())[:10])
        elif part is not None:
            parts = self.judge_parts(dimension)
            if part not in ("train", "dev", "test"):
                raise UnknownName("part", part, ["train", "dev", "test"])
            chosen = parts.loc[parts["part"] == part, "trace_id"].tolist()
        elif trace_ids is not None:
            chosen = list(dict.fromkeys(map(str, trace_ids)))
            absent = len(set(chosen) - self.store.known_ids(chosen))
            if absent:
                raise BadRequest(f"{absent:,} of the {len(chosen):,} ids are no traces of this workspace. Check them")
        else:
            chosen = self.store.traces(columns=["trace_id"])["trace_id"].tolist()
        chosen = [each for each in map(str, chosen) if not each.startswith(PURGED)]  # nobody can ask about those
        if not chosen:
            raise TooLittleData("no trace is in what was chosen. Choose others, or ingest some first")
        return chosen
