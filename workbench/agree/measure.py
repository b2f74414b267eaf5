"""Every coefficient of every dimension, from ratings to rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.agree.gather import Dimension, Measure, gather
from workbench.agree.mixed import mixed_codes, mixed_values, n_disputed, written
from workbench.agree.narrow import Only
from workbench.agree.report import Agreement
from workbench.agree.verdicts import verdict
from workbench.stats import agreement as stats

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.stats.agreement.ratings import Floats

MOST_ANNOTATORS = 50  # up to which it is tested who stands apart; a crowd is not to be tested one by one
MOST_VALUES = 50
"""Values up to which kappas and the like are given: a table of annotators' values means little beyond."""
NAN = float("nan")
Row = dict[str, Any]
COLUMNS = {
    "dimensions": (
        "dimension", "code", "level", "labels", "units", "disputed", "annotators", "percent", "percent_low",
        "percent_high", "alpha", "alpha_low", "alpha_high", "method", "kappa", "kappa_weighted", "fleiss", "ac1", "ac2",
        "brennan_prediger", "positive", "positive_agreement", "positive_low", "positive_high", "negative_agreement",
        "prevalence", "seen", "verdict", "n_more", "point_verdict", "reason",
    ),
    "annotators": (
        "dimension", "annotator", "labels", "units", "mean_disagreement", "alpha_without", "change", "change_low",
        "change_high", "stands_apart", "bias", "bias_value", "bias_excess", "bias_p", "reason",
    ),
    "pairs": (
        "dimension", "annotator", "other", "units", "percent", "kappa", "kappa_low", "kappa_high", "alpha", "reason",
    ),
    "units": ("dimension", "item", "labels", "agreement", "votes"),
    "confusions": ("dimension", "value", "other", "n", "share", "items"),
}  # fmt: skip


def agree(
    labels: DataFrame,
    *,
    level: str | Mapping[str, str] | None = None,
    rubric: Mapping[str, Measure] | None = None,
    positive: str | Mapping[str, str] | None = None,
    kinds: Collection[str] = ("human",),
    round_: str = "blind",
    leave_out: Collection[str] = (),
    only: Only | None = None,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Agreement:
    """Measure how far annotators agree on each dimension of a long table of labels.

    An annotator's newest label of an item and dimension counts. Of the dimension ``code`` an item may have several
    values: each code is measured by itself, and all of them together as sets (MASI). Severities are an ordinal
    dimension of their own, ``severity``. A dimension of the rubric that nobody has labelled is a row that says so.
    Alpha assumes that annotators did not see each other's labels; labels that a machine filled in first say nothing.

    Args:
        labels: Columns item (or trace_id), annotator, value; if there: dimension, annotator_kind, round, labelled_at,
            withdrawn, at, severity, rubric_version, session_id (sessions are drawn whole then).
        level: nominal, ordinal, interval or ratio, for all dimensions or by dimension; else the rubric's, else nominal.
        rubric: The scale of each dimension: its level, its values in order, the value that is a failure.
        positive: The value that is a failure, for all dimensions or by dimension; else the rubric's, else 'fail', else
            the rarer of two values.
        kinds: Whose labels: human, judge, rule, user.
        round_: blind or adjudicated; never both.
        leave_out: Values that mean no answer.
        only: The part of the labels that is asked about: of a time, a queue, a version of the rubric.
        confidence: Level of all bounds.
        replicates: Draws of the units for the bounds.
        seed: Seed of the draws.
        progress: Told of each dimension.

    Raises:
        MissingColumns: The table lacks a column.
        BadRequest: A level, kind or round that is none, or a level that the values do not have.
    """
    gathered = gather(
        labels,
        level=level,
        rubric=rubric,
        positive=positive,
        kinds=kinds,
        round_=round_,
        leave_out=leave_out,
        only=only,
    )
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    draws = {"confidence": confidence, "replicates": replicates, "seed": seed}
    for done, each in enumerate(gathered.dimensions):
        if progress:
            progress("agreement", done, len(gathered.dimensions))
        pairs = _pairs(each, confidence) if len(each.ratings.values) <= MOST_VALUES else []
        rows["dimensions"].append(_dimension(each, pairs, **draws))
        if each.code is None:
            rows["pairs"] += pairs
            rows["annotators"] += _annotators(each, **draws)
            rows["units"] += _units(each)
            rows["confusions"] += mixed_values(each.name, each.ratings)
        if each.level == "sets":
            rows["confusions"] += mixed_codes(each.name, each.ratings)
    if progress:
        progress("agreement", len(gathered.dimensions), len(gathered.dimensions))
    labelled = any(row["labels"] for row in rows["dimensions"])
    notices = gathered.notices if labelled else (*gathered.notices, "There are no labels to compare.")
    return Agreement(
        **{name: _frame(name, found) for name, found in rows.items()},
        notices=notices, round=round_, confidence=confidence, seed=seed,
    )  # fmt: skip


def _dimension(each: Dimension, pairs: list[Row], **draws: Any) -> Row:
    ratings = each.ratings
    level, distances = _metric(each)
    few = len(ratings.values) <= MOST_VALUES
    ordered = few and level != "nominal" and each.level != "sets"
    reasons = [*([each.reason] if each.reason else []), *each.remarks]
    alpha = stats.unit_bootstrap(ratings, level, distances=distances, groups=each.groups, **draws)
    failures = None
    if each.positive is not None:
        failures = stats.specific(ratings.counts, each.positive)
    found = verdict(alpha, failures, items=ratings.n_paired)
    reason = found.reason or alpha.reason
    if found.reason == stats.NO_PAIRS or ratings.n_paired == 0:
        reason = _nobody_to_compare(each)
    if reason:
        reasons.insert(0, reason)
    if not few:
        reasons.append(f"more than {MOST_VALUES} values, so kappas are not given")
    if alpha.undefined_share > 0 and alpha.estimate == alpha.estimate:
        reasons.append(f"{100 * alpha.undefined_share:.0f}% of the draws had no variation and are left out")
    percent = _percent(each, **draws)
    quadratic = stats.weights("quadratic", len(ratings.values)) if ordered else None
    row: Row = {
        "dimension": each.name, "code": each.code, "level": each.level, "labels": len(ratings.unit),
        "units": ratings.n_paired, "disputed": n_disputed(ratings), "annotators": len(set(ratings.annotator.tolist())),
        "percent": percent.estimate, "percent_low": percent.low, "percent_high": percent.high,
        "alpha": alpha.estimate, "alpha_low": alpha.low, "alpha_high": alpha.high, "method": alpha.method,
        "kappa": _mean([pair["kappa"] for pair in pairs]),
        "kappa_weighted": _mean([pair["weighted"] for pair in pairs]) if ordered else NAN,
        "fleiss": stats.fleiss(ratings).value if few else NAN,
        "ac1": stats.gwet(ratings).value if few else NAN,
        "ac2": stats.gwet(ratings, quadratic).value if quadratic is not None else NAN,
        "brennan_prediger": stats.brennan_prediger(ratings).value if few else NAN,
        "positive": None if each.positive is None else str(ratings.values[each.positive]),
        "verdict": found.word, "n_more": NAN if found.n_more is None else found.n_more,
        "point_verdict": found.point, "reason": "; ".join(reasons) or None,
    }  # fmt: skip
    return row | _failures(each, failures, **draws)


def _failures(each: Dimension, failures: stats.Specific | None, **draws: Any) -> Row:
    if failures is None:
        return {"positive_agreement": NAN, "positive_low": NAN, "positive_high": NAN, "negative_agreement": NAN}
    counts = each.ratings.counts[each.ratings.raters >= 2]
    given = counts[:, each.positive]
    shared = given * (given - 1) / np.maximum(counts.sum(axis=1) - 1, 1)
    bounds = stats.ratio_bootstrap(shared, given.astype(np.float64), **draws)
    return {
        "positive_agreement": failures.positive, "positive_low": bounds.low, "positive_high": bounds.high,
        "negative_agreement": failures.negative, "prevalence": failures.prevalence, "seen": failures.seen,
    }  # fmt: skip


def _percent(each: Dimension, **draws: Any) -> stats.UnitInterval:
    shares = stats.unit_agreement(each.ratings)
    paired = ~np.isnan(shares)
    return stats.ratio_bootstrap(np.where(paired, shares, 0.0), paired.astype(np.float64), **draws)


def _annotators(each: Dimension, **draws: Any) -> list[Row]:
    ratings = each.ratings
    level, distances = _metric(each)
    crowd = len(ratings.annotators) > MOST_ANNOTATORS
    if crowd:
        draws = draws | {"replicates": 0}
    left_out = stats.leave_one_out(ratings, level, distances=distances, groups=each.groups, **draws)
    biases = stats.bias(ratings)
    apart = stats.mean_disagreement(ratings)
    shared = ratings.raters[ratings.unit] >= 2
    found = []
    for index, name in enumerate(ratings.annotators):
        of_them = ratings.annotator == index
        without, bias = left_out[index], biases[index]
        row: Row = {
            "dimension": each.name, "annotator": name, "labels": int(of_them.sum()),
            "units": int((of_them & shared).sum()), "mean_disagreement": float(apart[index]),
            "alpha_without": without.without.value, "change": without.change, "change_low": without.low,
            "change_high": without.high, "stands_apart": without.low > 0,
            "bias": NAN, "bias_value": None, "bias_excess": NAN, "bias_p": NAN,
        }  # fmt: skip
        reasons = []
        if bias is None:
            reasons.append("shares no item with another annotator")
        else:
            value = written(ratings.values[bias.value]) if bias.excess > 0 else None
            row |= {"bias": bias.distance, "bias_value": value, "bias_excess": bias.excess, "bias_p": bias.p}
        if crowd:
            reasons.append(f"more than {MOST_ANNOTATORS} annotators, so the change has no bounds")
        if without.without.reason:
            reasons.append(f"alpha without them: {without.without.reason}")
        found.append(row | {"reason": "; ".join(reasons) or None})
    return sorted(found, key=lambda row: str(row["annotator"]))


def _pairs(each: Dimension, confidence: float) -> list[Row]:
    from scipy.stats import norm

    ratings = each.ratings
    level, distances = _metric(each)
    z = float(norm.ppf(0.5 + confidence / 2))
    found = []
    for first, second, table in stats.pair_tables(ratings):
        n = int(table.sum())
        kappa = stats.cohen(table)
        spread = z * kappa.error if kappa.error is not None else NAN
        both = (table + table.T).astype(np.float64)
        alpha = stats.alpha_of(both, n, level, numbers=ratings.numbers, distances=distances)
        found.append(
            {
                "dimension": each.name, "annotator": ratings.annotators[first], "other": ratings.annotators[second],
                "units": n, "percent": float(np.trace(table) / n), "kappa": kappa.value,
                "kappa_low": max(-1.0, kappa.value - spread), "kappa_high": min(1.0, kappa.value + spread),
                "alpha": alpha.value, "weighted": stats.cohen(table, "quadratic").value,
                "reason": kappa.reason or alpha.reason,
            }
        )  # fmt: skip
    return found


def _units(each: Dimension) -> list[Row]:
    ratings = each.ratings
    shares = stats.unit_agreement(ratings)
    paired = np.flatnonzero(~np.isnan(shares))
    order = paired[np.lexsort((-ratings.raters[paired], shares[paired]))]
    return [
        {
            "dimension": each.name, "item": _item(ratings.units[unit]), "labels": int(ratings.raters[unit]),
            "agreement": float(shares[unit]),
            "votes": _about(ratings.units[unit]) + _votes(ratings.values, ratings.counts[unit]),
        }
        for unit in order
    ]  # fmt: skip


def _metric(each: Dimension) -> tuple[str, Floats | None]:
    if each.level == "sets":
        return "nominal", stats.set_distances(each.ratings.values)
    return each.level, None


def _nobody_to_compare(each: Dimension) -> str:
    annotators = len(set(each.ratings.annotator.tolist()))
    if annotators == 0:
        return "no labels"
    return "only one annotator" if annotators == 1 else stats.NO_PAIRS


def _item(unit: Any) -> Any:
    return unit[0] if isinstance(unit, tuple) else unit


def _about(unit: Any) -> str:
    """What of the item was rated, where it is not the item as such."""
    return f"{unit[1]}: " if isinstance(unit, tuple) else ""


def _votes(values: tuple[Any, ...], counts: Any) -> str:
    order = [index for index in np.argsort(-counts, kind="stable") if counts[index]]
    return ", ".join(f"{written(values[index])} ({counts[index]})" for index in order)


def _mean(values: list[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return float(np.mean(known)) if known else NAN


def _frame(name: str, rows: list[Row]) -> DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(COLUMNS[name]))
    return frame.astype({"stands_apart": bool}) if name == "annotators" else frame
