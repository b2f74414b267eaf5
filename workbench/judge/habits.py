"""What a judge does out of habit, gathered in one answer, in words.

The order is that of importance: a judge that contradicts itself cannot agree with anybody, so repeatability goes first.
Length and family are associations with people's label held fixed; where that label does not hold all that makes an
answer good, a habit may be taste. What there is no data for is said, never left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.judge.checks import Effect, PositionCheck, length, position, self_preference
from workbench.long_form import plain_text
from workbench.stats import agreement as stats
from workbench.stats.proportions import Interval, wilson

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.judge.report import Compared
    from workbench.stats.agreement import Coefficient

SURE = 0.05  # p below which an effect is called one
STEADY = 0.9  # share of equal answers below which nothing else about a judge is worth knowing


@dataclass(frozen=True)
class Habits:
    """A judge's habits.

    Attributes:
        repeatable: Traces on which all replicates say the same; n 0 where none was asked twice.
        alpha: Agreement between the replicates; None where none was asked twice.
        replicates: The most times a trace was asked.
        length: What a doubled length of the answer does to the odds of a pass.
        own_family: What an author of the judge's own family does to them.
        position: What the order of two answers does; None where no pairs were judged.
        words: All of it in sentences, the most important first.
    """

    repeatable: Interval
    alpha: Coefficient | None
    replicates: int
    length: Effect
    own_family: Effect
    position: PositionCheck | None
    words: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self.words)


def habits(
    found: Compared,
    runs: DataFrame,
    *,
    lengths: Series[Any],
    own: Series[Any] | None,
    groups: Series[Any] | None = None,
    pairs: tuple[DataFrame, DataFrame] | None = None,
) -> Habits:
    """Gather a judge's habits.

    Args:
        found: What people and the judge say of the same items.
        runs: item, replicate and value of every answer, the first ones included.
        lengths: How long the answer of each item is, indexed by item; more than 0.
        own: Whether it is by a model of the judge's own family, indexed by item; None where the family is not known.
        groups: Session or the like of each item; likeness within one is allowed for.
        pairs: Verdicts on pairs of answers as shown and with places changed, each with item and value, 1 or 2.
    """
    rows = found.rows[found.rows["item"].isin(lengths.index)]
    passed, truth = (rows[side] == found.positive for side in ("judge", "human"))
    of = None if groups is None else [groups.get(each, each) for each in rows["item"]]
    size = length(passed, truth, rows["item"].map(lengths), groups=of)
    if own is None:
        kin = _unknown(len(rows), "it is not known who makes the judge's model")
    else:
        known = rows["item"].isin(own.index)
        kin = self_preference(passed[known], truth[known], rows["item"][known].map(own).astype(bool))
    place = None if pairs is None else position(*pairs)
    same, alpha, most = repeated(runs)
    words = (_of_repeats(same, alpha, most), _of_length(size), _of_family(kin), _of_position(place))
    return Habits(same, alpha, most, size, kin, place, words)


def repeated(runs: DataFrame) -> tuple[Interval, Coefficient | None, int]:
    """The share of items on which all replicates say the same, alpha between replicates, and the most replicates.

    Args:
        runs: Columns item, replicate and value; items asked once are left out.
    """
    rows = runs.assign(value=plain_text(runs["value"]).str.casefold()).drop_duplicates(["item", "replicate"])
    times = rows.groupby("item")["replicate"].transform("nunique")
    rows = rows[times > 1]
    if rows.empty:
        return wilson(0, 0), None, int(times.max()) if len(times) else 0
    same = rows.groupby("item")["value"].nunique() == 1
    alpha = stats.alpha(stats.Ratings.of(rows["item"], rows["replicate"], rows["value"]))
    return wilson(int(same.sum()), len(same)), alpha, int(times.max())


def _of_repeats(same: Interval, alpha: Coefficient | None, most: int) -> str:
    if alpha is None:
        return "Repeatability is not known: no trace was asked twice. Run the judge with --replicates 2 on some dozens."
    told = f"Asked up to {most} times, it says the same of {same}; {alpha}"
    if same.high < STEADY:
        return f"{told}. It contradicts itself: put that right first, because it can agree with people no further."
    return f"{told}. It can agree with people no further than with itself."


def _of_length(found: Effect) -> str:
    if found.reason:
        return f"What length does cannot be told: {found.reason}."
    told = f"a doubled length makes the odds of a pass {_times(found)}, people's label held fixed"
    if found.p >= SURE:
        return f"No habit about length is shown: {told}."
    return f"It prefers {'long' if found.odds_ratio > 1 else 'short'} answers: {told}."


def _of_family(found: Effect) -> str:
    if found.reason:
        return f"What the author does cannot be told: {found.reason}."
    told = f"an author of its own family makes the odds of a pass {_times(found)}, people's label held fixed"
    if found.p >= SURE:
        return f"No habit about its own family is shown: {told}."
    return f"It {'prefers' if found.odds_ratio > 1 else 'is harder on'} its own family: {told}."


def _of_position(found: PositionCheck | None) -> str:
    if found is None:
        return "What the order of two answers does is not known: it was asked about single answers, not about pairs."
    told = f"the same answer wins either way in {found.consistent}"
    if found.p == found.p and found.p < SURE:
        side = "first" if found.first * 2 > found.by_place else "second"
        return f"It prefers the {side} place: {told}; {found.first:,} of {found.by_place:,} others went to the first."
    return f"No preference for a place is shown: {told}. Count the {found.inconsistent:,} others as ties."


def _times(found: Effect) -> str:
    return f"{found.odds_ratio:.2f} times as high ({found.low:.2f}-{found.high:.2f}, n {found.n:,})"


def _unknown(n: int, reason: str) -> Effect:
    nan = float("nan")
    return Effect(nan, nan, nan, nan, n, reason)
