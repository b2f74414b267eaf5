"""What is looked at before a golden set is frozen: copies, duplicates, time, sessions, selection, tuning, review.

Only two of these can refuse a freeze by themselves: cases that stand in what a model was shown, and cases that are in
the set twice. The others count something that may be harmless and has to be known by whoever reads the score, so they
warn. What cannot be looked at says so and is never taken for clean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.leakage.checks import check_split, selection, temporal, tuning
from workbench.leakage.ladder import leakage
from workbench.leakage.numbers import numbers

if TYPE_CHECKING:
    from pandas import DataFrame

REFUSE, WARN, CLEAR, CANNOT_TELL = "refuse", "warn", "clear", "cannot tell"
WORD_RUNGS = ("exact", "ngram", "minhash", "substring")
SAME_WORDS = ("exact", "minhash")
MOST_ALWAYS = 0.5  # share of cases that every release passed, from which on more than half of the set decides nothing
COVERED = 0.5  # share of the cases that a run has to have a verdict on to count among the past ones
COLUMNS = ("case_id", "asked", "context", "captured_at", "session_id", "parent_case", "alone")
_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """What one check says.

    Attributes:
        check: copies, duplicates, temporal, split, selection, tuning or review.
        verdict: refuse, warn, clear or cannot tell.
        told: What was found, in a sentence that quotes no text.
        case_ids: The open cases it is about; sealed ones are counted in the sentence and named nowhere.
    """

    check: str
    verdict: str
    told: str
    case_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class GoldenCheck:
    """What the checks say of the next version of a golden set.

    Attributes:
        findings: One per check, in a fixed order.
        cases: Cases looked at, the sealed ones among them.
    """

    findings: tuple[Finding, ...]
    cases: int

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What stands in the way of a freeze unless somebody allows it."""
        return tuple(each for each in self.findings if each.verdict == REFUSE)

    @property
    def warned(self) -> tuple[Finding, ...]:
        """What a reader of the score should know."""
        return tuple(each for each in self.findings if each.verdict == WARN)

    @property
    def passed(self) -> bool:
        """True where nothing stands in the way of a freeze."""
        return not self.refused

    def of(self, check: str) -> Finding:
        """What one check says."""
        return next(each for each in self.findings if each.check == check)

    def __repr__(self) -> str:
        return "\n".join(f"{each.check:10s} {each.verdict:11s} {each.told}" for each in self.findings)


@dataclass(frozen=True)
class Scored:
    """How often the newest version was scored.

    Attributes:
        looks: Different results that were gated on it.
        n: Its open cases.
        rate: Share passed, over all looks.
    """

    looks: int = 0
    n: int = 0
    rate: float = 0.5


def before_freezing(
    cases: DataFrame,
    *,
    copies: DataFrame | None = None,
    train: DataFrame | None = None,
    passed: Mapping[str, Mapping[str, bool]] | None = None,
    scored: Scored | None = None,
    changed_at: datetime | date | str | None = None,
) -> GoldenCheck:
    """Check the next version of a golden set.

    Args:
        cases: One row per case with ``COLUMNS``: case_id (empty for a sealed one), what the user asked over all turns,
            what else went in, when it was captured, whose session it is, the case it was made from, whether one person
            alone wrote, checked and accepted it (None where that is not known).
        copies: Cases that were found in prompts, few-shot examples or training files: case_id, against. None where
            there was nothing to look in.
        train: Rows that a model or prompt was made with: at, and session_id and parent_case where known.
        passed: For each past release whether it passed each case, by the row number of ``cases`` as text.
        scored: How often the version before was scored.
        changed_at: Since when the product has been as it is to be judged.
    """
    found = (
        _copies(copies),
        _duplicates(cases),
        _temporal(cases, changed_at),
        _split(cases, train),
        _selection(cases, passed or {}),
        _tuning(scored),
        _review(cases),
    )
    return GoldenCheck(found, len(cases))


def _copies(copies: DataFrame | None) -> Finding:
    if copies is None:
        return Finding(
            "copies", CANNOT_TELL,
            "There is no prompt, few-shot or training file to look in. Name some: [golden] against in workspace.toml.",
        )  # fmt: skip
    if copies.empty:
        return Finding("copies", CLEAR, "No case stands in the prompts and files that were looked through.")
    open_, hidden, told = _cases(copies["case_id"])
    where = ", ".join(list(dict.fromkeys(copies["against"]))[:3])
    return Finding(
        "copies", REFUSE,
        f"{len(open_) + hidden:,} cases stand in {where} ({told}): whoever was shown them is not judged by them.",
        open_,
    )  # fmt: skip


def _duplicates(cases: DataFrame) -> Finding:
    """The same words, numbers and context twice; a pair that only shares words is told and stands in nobody's way."""
    asked = cases["asked"].fillna("").tolist()
    if sum(bool(text.strip()) for text in asked) < 2:
        return Finding("duplicates", CLEAR, "There are no two cases to compare.")
    pairs = leakage(asked, None, rungs=WORD_RUNGS).pairs
    context, known = cases["context"].fillna("").tolist(), cases["case_id"].tolist()
    twice: list[tuple[int, int]] = []
    near: list[tuple[int, int]] = []
    for one, other, rung in zip(pairs["eval_row"], pairs["other_row"], pairs["rung"], strict=True):
        same = rung in SAME_WORDS and context[one] == context[other] and numbers(asked[one]) == numbers(asked[other])
        (twice if same else near).append((one, other))
    if twice:
        open_, hidden, told = _cases([known[row] for row in sorted({row for pair in twice for row in pair})])
        return Finding(
            "duplicates", REFUSE,
            f"{len(open_) + hidden:,} cases ask the same as another ({told}): they count twice in every rate.", open_,
        )  # fmt: skip
    if near:
        open_, hidden, told = _cases([known[row] for row in sorted({row for pair in near for row in pair})])
        return Finding(
            "duplicates", WARN,
            f"{len(open_) + hidden:,} cases share most of their words with another, with other numbers, passages or"
            f" turns ({told}): look whether they are the same.",
            open_,
        )  # fmt: skip
    return Finding("duplicates", CLEAR, f"None of {len(cases):,} cases is in the set twice, by words.")


def _temporal(cases: DataFrame, changed_at: datetime | date | str | None) -> Finding:
    if changed_at is None:
        return Finding(
            "temporal", CANNOT_TELL,
            "It is not known since when the product has been as it is to be judged. Say so: [golden] changed_at in"
            " workspace.toml.",
        )  # fmt: skip
    found = temporal(cases["captured_at"].tolist(), changed_at)
    open_, _, _ = _cases([cases["case_id"].iloc[row] for row in found.rows])
    verdict = CANNOT_TELL if not found.older.n else WARN if found.rows else CLEAR
    return Finding("temporal", verdict, _sentence(str(found)), open_)


def _split(cases: DataFrame, train: DataFrame | None) -> Finding:
    if train is None or train.empty:
        return Finding(
            "split", CANNOT_TELL,
            "No file that was looked through says when, or in which session, its rows were seen, so a split by time"
            " and session cannot be checked.",
        )  # fmt: skip
    keys = [name for name in ("session_id", "parent_case") if name in train.columns]
    ours = cases.rename(columns={"captured_at": "at"})[["at", *keys]].assign(part="test")
    found = check_split(pd.concat([train[["at", *keys]].assign(part="train"), ours], ignore_index=True), keys=keys)
    verdict = {True: CLEAR, False: WARN, None: CANNOT_TELL}[found.passed]
    return Finding("split", verdict, _sentence(f"of {len(train):,} rows to train with: {found}"))


def _selection(cases: DataFrame, passed: Mapping[str, Mapping[str, bool]]) -> Finding:
    rows = [str(row) for row in range(len(cases))]
    verdicts = {name: [of.get(row) for row in rows] for name, of in passed.items()}
    broad = {name: each for name, each in verdicts.items() if rows and np.mean([v is not None for v in each]) > COVERED}
    if len(broad) < 2:
        runs = "One past release has" if broad else "No past release has"
        return Finding("selection", CANNOT_TELL, f"{runs} verdicts on most of these cases; it takes the runs of two.")
    found = selection(broad)
    verdict = WARN if found.always.low > MOST_ALWAYS else CLEAR
    return Finding("selection", verdict, _sentence(str(found)))


def _tuning(scored: Scored | None) -> Finding:
    if scored is None:
        return Finding("tuning", CLEAR, "Nothing was frozen before, so nothing was scored.")
    found = tuning(scored.looks, scored.n, rate=scored.rate)
    verdict = WARN if found.looks > 1 and found.optimism > 0 else CLEAR
    return Finding("tuning", verdict, _sentence(f"the open part was {found}"))


def _review(cases: DataFrame) -> Finding:
    """Whether a second person has seen each case; a team of one may have no other way, so nothing is refused."""
    known = cases[cases["alone"].notna()]
    if known.empty:
        return Finding("review", CANNOT_TELL, "It is not known who wrote, checked and accepted these cases.")
    alone = known[known["alone"].astype(bool)]
    if alone.empty:
        return Finding("review", CLEAR, f"A second person has seen each of {len(known):,} cases.")
    open_, _, told = _cases(alone["case_id"])
    return Finding(
        "review", WARN,
        f"{len(alone):,} of {len(known):,} cases were accepted by the person who alone had written and checked them"
        f" ({told}): nobody else has seen whether what they expect is right.",
        open_,
    )  # fmt: skip


def _cases(ids: Sequence[Any] | Any) -> tuple[tuple[str, ...], int, str]:
    """Open ids, how many are sealed, and both in words."""
    every = list(ids)
    open_ = tuple(dict.fromkeys(str(each) for each in every if isinstance(each, str)))
    hidden = sum(not isinstance(each, str) for each in every)
    named = [*open_[:_NAMED], *(["others"] if len(open_) > _NAMED else []), *(["sealed ones"] if hidden else [])]
    return open_, hidden, ", ".join(named)


def _sentence(told: str) -> str:
    return told[:1].upper() + told[1:] + ("" if told.endswith(".") else ".")
