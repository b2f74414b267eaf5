"""May a judge take an annotator's place: the alternative annotator test (Calderon, Reichart & Dror 2025, 2501.10970).

Each annotator in turn is set aside, and the judge and the annotator are both compared with the others: on how many
items is the judge at least as near to them as the annotator is? The judge costs less, so it may fall short by epsilon:
.2 where experts annotate, .15 where skilled people do, .1 for a crowd. Beating half of the annotators passes. Passing
says that the judge is as good as another of these annotators, not that either is right; where people agree on nothing
it is passed easily, so look at alpha first.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.stats.agreement.ratings import Floats, Ratings
from workbench.stats.multiplicity import adjusted

EPSILON = {"expert": 0.2, "skilled": 0.15, "crowd": 0.1}
FEWEST_ITEMS = 30  # of an annotator; below, a t-test of shares cannot be leaned on
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class SetAside:
    """The judge against one annotator, both compared with the others.

    Attributes:
        annotator: The annotator's name.
        n: Items that they, another annotator and the judge have rated.
        judge: Share of them on which the judge is at least as near to the others as the annotator.
        human: Share on which the annotator is at least as near as the judge.
        p: Of the test that the judge falls short by epsilon or more; nan where there are too few items.
        beaten: Whether that is refuted, with all annotators taken together (Benjamini & Yekutieli).
        reason: Why there is no test.
    """

    annotator: Any
    n: int
    judge: float
    human: float
    p: float
    beaten: bool
    reason: str | None = None


@dataclass(frozen=True)
class AltTest:
    """Whether the judge may take an annotator's place.

    Attributes:
        winning_rate: Share of the tested annotators that the judge beats, epsilon allowed for; nan without any.
        advantage: How probable it is that the judge is at least as good as an annotator picked at random.
        annotators: Each of them set aside in turn.
        epsilon: How much the judge may fall short, because it costs less.
        n: Items that two annotators or more and the judge have rated.
        reason: Why nothing can be said.
    """

    winning_rate: float
    advantage: float
    annotators: tuple[SetAside, ...]
    epsilon: float
    n: int
    reason: str | None = None

    @property
    def verdict(self) -> str:
        """may_replace, not_shown, or undecided where nobody could be tested."""
        if self.winning_rate != self.winning_rate:
            return "undecided"
        return "may_replace" if self.winning_rate >= ENOUGH else "not_shown"

    def __str__(self) -> str:
        if self.verdict == "undecided":
            return f"undecided: {self.reason}"
        tested = [each for each in self.annotators if each.reason is None]
        beaten = sum(each.beaten for each in tested)
        words = "the judge may take an annotator's place" if self.verdict == "may_replace" else "not shown that it may"
        return f"{words}: as good as {beaten} of {len(tested)} annotators, {self.epsilon:g} allowed for; n {self.n:,}"


def alt_test(
    ratings: Ratings,
    judged: Sequence[Hashable],
    *,
    epsilon: float = EPSILON["skilled"],
    numbers: Floats | None = None,
    rate: float = 0.05,
    fewest: int = FEWEST_ITEMS,
) -> AltTest:
    """Test whether a judge may take an annotator's place.

    Args:
        ratings: What people said.
        judged: What the judge said of each unit, in the order of ``ratings.units``: None where it said nothing. A value
            that people have not is as far from all of them as can be.
        epsilon: How much the judge may fall short.
        numbers: The values as numbers: nearness is then the negative root mean square difference, else the share of the
            others who say the same.
        rate: Share of false discoveries among the annotators said to be beaten.
        fewest: Items from which an annotator is tested.
    """
    place = {value: index for index, value in enumerate(ratings.values)}
    said = np.array([-1 if value is None else place.get(value, -1) for value in judged], dtype=np.int64)
    answered = np.array([value is not None for value in judged], dtype=bool)
    usable = answered & (ratings.raters >= 2) if len(judged) else np.zeros(0, dtype=bool)
    rows = []
    for index, name in enumerate(ratings.annotators):
        own = (ratings.annotator == index) & usable[ratings.unit]
        unit, value = ratings.unit[own], ratings.value[own]
        if not len(unit):
            continue
        others = ratings.counts[unit] - np.eye(len(ratings.values), dtype=np.int64)[value]
        human, judge = _nearness(others, value, numbers), _nearness(others, said[unit], numbers)
        wins, loses = judge >= human - 1e-12, human >= judge - 1e-12
        few = len(unit) < fewest
        p = float("nan") if few else _falls_short(loses.astype(np.float64) - wins, epsilon)
        reason = f"only {len(unit)} items, {fewest} are needed" if few else None
        rows.append((name, len(unit), float(wins.mean()), float(loses.mean()), p, reason))
    tested = [row for row in rows if row[5] is None]
    beaten = adjusted([row[4] for row in tested], method="by") <= rate
    words = {row[0]: bool(one) for row, one in zip(tested, beaten, strict=True)}
    found = tuple(SetAside(*row[:5], words.get(row[0], False), row[5]) for row in rows)
    n = int(usable.sum())
    if not tested:
        nan = float("nan")
        most = max((row[1] for row in rows), default=0)
        told = f"an annotator shares at most {most} items with others and the judge, {fewest} are needed"
        return AltTest(nan, nan, found, epsilon, n, told)
    return AltTest(float(np.mean(beaten)), float(np.mean([row[2] for row in tested])), found, epsilon, n)


def _nearness(others: Any, value: Any, numbers: Floats | None) -> Floats:
    """How near a value is to what the others said of each unit; a value that is none is as far as can be."""
    n = others.sum(axis=1)
    known = value >= 0
    if numbers is None:
        return np.asarray(np.where(known, others[np.arange(len(value)), value], 0) / n)
    apart = (numbers[None, :] - numbers[np.maximum(value, 0)][:, None]) ** 2
    near = -np.sqrt((others * apart).sum(axis=1) / n)
    return np.asarray(np.where(known, near, -np.inf))


def _falls_short(difference: Floats, epsilon: float) -> float:
    """One-sided t-test that the annotator's share of wins is not above the judge's by epsilon or more."""
    from scipy.stats import t

    n, mean, spread = len(difference), float(difference.mean()), float(difference.std(ddof=1))
    if spread < 1e-12:
        return 0.0 if mean < epsilon else 1.0
    return float(t.cdf((mean - epsilon) / (spread / np.sqrt(n)), n - 1))
