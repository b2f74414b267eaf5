"""Outputs scored: a verdict beside each result, and a count of those that could get none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, MissingColumns, UnknownName
from workbench.long_form import plain_text
from workbench.score.scorers import Scorer

if TYPE_CHECKING:
    from pandas import DataFrame

EVALUATION_TYPES = ("exact", "rules", "reference", "open_ended")
OPEN_ENDED = "open_ended"


@dataclass(frozen=True, repr=False)
class Scores:
    """Results with verdicts.

    Attributes:
        frame: The results with passed, score, scorer and why; rows that had a verdict keep it, with scorer empty.
        scorer: Its name.
        scored: Rows that got a verdict.
        kept: Rows that had one.
        failed_runs: Rows whose run failed; they have nothing to score.
        unknown: Rows of cases that the set does not have.
        unsaid: Rows that got none, by why.
        forced: Rows of open-ended cases that were scored by likeness all the same.
    """

    frame: DataFrame
    scorer: str
    scored: int
    kept: int
    failed_runs: int
    unknown: int
    unsaid: Mapping[str, int] = field(default_factory=dict)
    forced: int = 0

    def __repr__(self) -> str:
        unsaid = "".join(f"; {n:,} {why}" for why, n in self.unsaid.items())
        return f"Scores: {self.scored:,} by {self.scorer}, {self.kept:,} had a verdict{unsaid}"


def score(cases: DataFrame, results: DataFrame, scorer: Scorer, *, force: bool = False) -> Scores:
    """Give each result a verdict.

    Args:
        cases: case_id, and what the scorer goes by: reference (a text or several) or checks; if there: evaluation_type.
        results: case_id and output; if there: passed (kept where it says anything) and error.
        scorer: Exact, Contains, Checks, Rouge or Similar, or one of your own.
        force: Score open-ended cases by likeness all the same.

    Raises:
        MissingColumns: A table lacks a column.
        BadRequest: The scorer goes by likeness and some cases are open-ended; a case stands twice.
        UnknownName: An evaluation type is none.
    """
    import pandas as pd

    for table, what, needed in ((cases, "cases", ("case_id",)), (results, "the results", ("case_id", "output"))):
        missing = [name for name in needed if name not in table.columns]
        if missing:
            raise MissingColumns(what, missing, map(str, table.columns), "Add it.")
    known = _by_id(cases)
    ids = plain_text(results["case_id"].reset_index(drop=True))
    frame = results.reset_index(drop=True)
    empty = pd.Series([None] * len(frame), index=frame.index, dtype="object")
    said = frame["passed"].astype("object") if "passed" in frame.columns else empty
    broke = plain_text(frame["error"]).notna() if "error" in frame.columns else empty.notna()
    has, there = said.notna(), ids.isin(list(known))
    open_ = ~has & ~broke & there & frame["output"].notna()
    rows = list(frame.index[open_])
    chosen = [known[str(ids[at])] for at in rows]
    kinds = Counter(str(case["evaluation_type"]) for case in chosen if case.get("evaluation_type"))
    for kind in kinds:
        if kind not in EVALUATION_TYPES:
            raise UnknownName("evaluation type", kind[:40], EVALUATION_TYPES)
    if scorer.by_likeness and kinds[OPEN_ENDED] and not force:
        raise BadRequest(
            f"{kinds[OPEN_ENDED]:,} of {len(rows):,} outputs are of open-ended cases, and {scorer.name} measures"
            " likeness to one answer where many are right. Use rules or a calibrated judge for them, or force it"
        )
    found = scorer.say(chosen, [_words(frame["output"][at]) for at in rows])
    frame["passed"] = said
    for name in ("score", "scorer", "why"):
        frame[name] = empty
    for at, each in zip(rows, found, strict=True):
        frame.at[at, "passed"], frame.at[at, "score"] = each.passed, each.score
        frame.at[at, "scorer"], frame.at[at, "why"] = scorer.name, each.why
    unsaid = Counter(each.why for each in found if each.passed is None)
    blank = int((~has & ~broke & there & frame["output"].isna()).sum())
    return Scores(
        frame, scorer.name, scored=sum(each.passed is not None for each in found), kept=int(has.sum()),
        failed_runs=int((broke & ~has).sum()), unknown=int((~there & ~has & ~broke).sum()),
        unsaid=dict(unsaid) | ({"no output": blank} if blank else {}),
        forced=kinds[OPEN_ENDED] if scorer.by_likeness else 0,
    )  # fmt: skip


def _by_id(cases: DataFrame) -> dict[str, dict[str, Any]]:
    ids = plain_text(cases["case_id"])
    twice = int(ids.duplicated().sum())
    if twice:
        raise BadRequest(f"{twice:,} cases have a case_id that an earlier case has. Give every case its own")
    rows = cases.to_dict("records")
    return {str(case): row for case, row in zip(ids, rows, strict=True) if case is not None and case == case}


def _words(output: Any) -> str:
    return output if isinstance(output, str) else str(output)
