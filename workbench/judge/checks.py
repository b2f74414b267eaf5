"""Habits of a judge that agreement does not show: the place of an answer, its length, its author, the judge's mood.

Repeatability comes first, because it caps everything else: a judge that contradicts itself cannot agree with anybody.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import TooLittleData
from workbench.long_form import plain_text
from workbench.stats import agreement as stats
from workbench.stats.calibration import Panel, panel
from workbench.stats.proportions import Interval, wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from pandas import DataFrame, Series


@dataclass(frozen=True, slots=True)
class PositionCheck:
    """What happens to a verdict between two answers when they change places.

    Attributes:
        consistent: Share of pairs with the same winner either way.
        inconsistent: Pairs without; count them as ties.
        first: Of those where a place won both times, how often the first place did.
        by_place: How many those are.
        p: Exact test of whether both places win alike; nan where none did.
    """

    consistent: Interval
    inconsistent: int
    first: int
    by_place: int
    p: float


@dataclass(frozen=True, slots=True)
class Effect:
    """How much more likely a pass is, people's own label held fixed.

    Attributes:
        odds_ratio: 1 is no effect; nan where it cannot be given.
        low: Lower bound.
        high: Upper bound.
        p: Test against 1.
        n: Items.
        reason: Why it cannot be given.
    """

    odds_ratio: float
    low: float
    high: float
    p: float
    n: int
    reason: str | None = None


def position(shown: DataFrame, swapped: DataFrame, *, first: str = "1", second: str = "2") -> PositionCheck:
    """Compare a judge's verdicts on pairs of answers with those on the same pairs in the other order.

    Args:
        shown: Columns item and value: the place that won, or anything else for a tie.
        swapped: The same with the answers swapped; value is again the place that won.
        first: The value that names the first place.
        second: The value that names the second place.

    Raises:
        TooLittleData: The two have no item in common.
    """
    from scipy.stats import binomtest

    one, other = _common(shown, swapped)
    other_winner = other.map({first: second, second: first}).fillna("tie")
    one_winner = one.where(one.isin([first, second]), "tie")
    same = (one_winner == other_winner).to_numpy()
    stuck = ((one == other) & one.isin([first, second])).to_numpy()
    for_first = int((stuck & (one == first).to_numpy()).sum())
    p = float(binomtest(for_first, int(stuck.sum())).pvalue) if stuck.any() else float("nan")
    return PositionCheck(wilson(int(same.sum()), len(same)), int((~same).sum()), for_first, int(stuck.sum()), p)


def repeatability(first: DataFrame, second: DataFrame) -> tuple[Interval, stats.Coefficient]:
    """Compare two runs of one judge with the same prompt: the share of equal answers, and alpha between the runs.

    Args:
        first: Columns item and value.
        second: The same of the other run.

    Raises:
        TooLittleData: The two have no item in common.
    """
    one, other = _common(first, second)
    ratings = stats.Ratings.of([*one.index, *other.index], [0] * len(one) + [1] * len(other), [*one, *other])
    return wilson(int((one.to_numpy() == other.to_numpy()).sum()), len(one)), stats.alpha(ratings)


def length(
    passed: ArrayLike, truth: ArrayLike, tokens: ArrayLike, *, groups: Sequence[Any] | None = None, level: float = 0.95
) -> Effect:
    """Say how much a doubled length moves the odds of a pass, people's label held fixed.

    Logistic regression of the judge's pass on people's label and the logarithm of the length. An association: longer
    answers may be better in ways that the label does not hold; padding an answer with filler tells it apart.

    Args:
        passed: Whether the judge passed each item.
        truth: Whether people did.
        tokens: Its length, more than 0.
        groups: Its session or case; errors are then robust to likeness within a group.
        level: Confidence level, two-sided.
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    by_judge, by_people = np.asarray(passed, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    size = np.log2(np.asarray(tokens, dtype=np.float64))
    n = len(by_judge)
    if n < 20 or len(set(by_judge)) < 2 or size.std() == 0:
        return _none(n, "it takes 20 items, passes and fails of the judge, and lengths that differ")
    columns = [np.ones(n), size] + ([by_people] if len(set(by_people)) > 1 else [])
    robust = {"cov_type": "cluster", "cov_kwds": {"groups": _indices(groups)}} if groups is not None else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is looked at below
        try:
            fit = sm.Logit(by_judge, np.column_stack(columns)).fit(disp=0, maxiter=100, **robust)
        except (PerfectSeparationError, np.linalg.LinAlgError):
            return _none(n, "length and label tell passes from fails without error, so no effect can be estimated")
        slope, (low, high) = float(fit.params[1]), fit.conf_int(1 - level)[1]
    if not fit.mle_retvals["converged"] or not np.isfinite(high - low) or abs(slope) > 20 or high - low > 20:
        return _none(n, "length and label tell passes from fails without error, so no effect can be estimated")
    return Effect(float(np.exp(slope)), float(np.exp(low)), float(np.exp(high)), float(fit.pvalues[1]), n)


def self_preference(passed: ArrayLike, truth: ArrayLike, own: ArrayLike, *, level: float = 0.95) -> Effect:
    """Say how much the odds of a pass rise for answers of the judge's own family, people's label held fixed.

    Mantel-Haenszel over people's pass and fail.

    Args:
        passed: Whether the judge passed each item.
        truth: Whether people did.
        own: Whether the answer is by a model of the judge's own family.
        level: Confidence level, two-sided.
    """
    from statsmodels.stats.contingency_tables import StratifiedTable

    by_judge, by_people, is_own = (np.asarray(each, dtype=bool) for each in (passed, truth, own))
    tables = []
    for said in (True, False):
        rows = [
            [(stratum & (by_judge == outcome)).sum() for outcome in (True, False)]
            for stratum in (is_own & (by_people == said), ~is_own & (by_people == said))
        ]
        table = np.array(rows, dtype=np.float64)
        if (table.sum(axis=0) > 0).all() and (table.sum(axis=1) > 0).all():
            tables.append(table)
    if not tables:
        return _none(len(by_judge), "it takes own and other answers, passed and failed, with one label of people")
    found = StratifiedTable(tables)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = float(found.oddsratio_pooled)
    if not 0 < ratio < float("inf"):
        return _none(len(by_judge), "one of the groups was always passed or always failed")
    low, high = found.oddsratio_pooled_confint(alpha=1 - level)
    return Effect(ratio, float(low), float(high), float(found.test_null_odds().pvalue), len(by_judge))


def panel_errors(human: DataFrame, *judged: DataFrame) -> Panel:
    """Say how far the errors of several judges go together, on the items that all of them labelled.

    Args:
        human: Columns item and value.
        judged: The same of each judge.

    Raises:
        TooLittleData: They have no item in common.
    """
    truth = _values(human)
    answers = [_values(each) for each in judged]
    both = truth.index
    for each in answers:
        both = both.intersection(each.index)
    if not len(both):
        raise TooLittleData("the judges and the people have no labelled item in common. Check the ids")
    wrong = np.column_stack([each[both].to_numpy() != truth[both].to_numpy() for each in answers])
    return panel(wrong.astype(bool))


def _common(first: DataFrame, second: DataFrame) -> tuple[Series[Any], Series[Any]]:
    one, other = _values(first), _values(second)
    both = one.index.intersection(other.index)
    if not len(both):
        raise TooLittleData("the two runs have no item in common. Check that both use the same ids")
    return one[both], other[both]


def _values(labels: DataFrame) -> Series[Any]:
    item = labels["item"] if "item" in labels.columns else labels["trace_id"]
    values = plain_text(labels["value"]).str.casefold()
    named = values.set_axis(plain_text(item)).fillna("")
    return named[~named.index.duplicated(keep="last")]


def _indices(groups: Sequence[Any]) -> Any:
    place = {name: index for index, name in enumerate(dict.fromkeys(groups))}
    return np.array([place[each] for each in groups])


def _none(n: int, reason: str) -> Effect:
    nan = float("nan")
    return Effect(nan, nan, nan, nan, n, reason)
