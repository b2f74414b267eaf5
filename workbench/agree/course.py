"""Each annotator over time: do they drift from the others, and do they tire within a sitting.

Everything is against the others' labels of the same items. Who is compared with somebody that drifts disagrees more as
well, so trends rest on the items on which most of the others say the same. Where all drift alike, look at the items or
the rubric first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.agree.gather import Dimension, Gathered, Measure, gather
from workbench.agree.narrow import Only
from workbench.agree.periods import check_by, divided
from workbench.agree.plain import MANY
from workbench.errors import BadRequest
from workbench.stats import agreement as stats
from workbench.stats.agreement.ratings import Floats
from workbench.stats.multiplicity import adjusted

if TYPE_CHECKING:
    from pandas import DataFrame

BY = ("thirds", "day", "week", "month")
PAUSE_MINUTES = 30  # without a label, after which a new sitting begins
SURE = 0.05
NAN = float("nan")
ONE_OF_TWO = "with two annotators it cannot be told which of them changed"
NO_TIMES = "the labels bear no times that tell them apart"
Row = dict[str, Any]
COLUMNS = {
    "periods": (
        "dimension", "annotator", "period", "since", "until", "labels", "units", "disagreement", "low", "high",
        "failures", "others", "excess", "excess_low", "excess_high", "seconds", "reason",
    ),
    "trends": (
        "dimension", "annotator", "what", "units", "change", "p", "p_holm", "detectable", "verdict", "reason",
    ),
    "fatigue": (
        "dimension", "annotator", "sittings", "longest", "units", "per_ten", "p", "p_holm", "detectable",
        "seconds_first", "seconds_last", "verdict", "reason",
    ),
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Course:
    """How annotators change.

    Attributes:
        periods: One row per dimension, annotator and period: labels, units shared with others, disagreement (share of
            comparisons with others that differ) with bounds, failures (share of their labels of shared items that say
            failure), others (share of the others' labels of those items), excess (the difference) with bounds, seconds
            (median), reason.
        trends: One row per dimension, annotator and what (disagreement, or failures against the others'), over the
            units on which most of the others say the same: change from the first label to the last, p by shuffling
            their labels, p_holm over all annotators of the dimension, detectable (the change that would be seen four
            times out of five), verdict (drifts, not_shown, undecided), reason.
        fatigue: One row per dimension and annotator, over the same units: sittings, longest (labels), per_ten (change
            of disagreement per ten labels into a sitting), p, p_holm, detectable, seconds_first and seconds_last
            (median of the first and second half of sittings), verdict (tires, not_shown, undecided), reason.
        by: How periods were divided.
        notices: What was left out and why.
    """

    periods: DataFrame
    trends: DataFrame
    fatigue: DataFrame
    by: str
    notices: tuple[str, ...]

    @property
    def drifting(self) -> DataFrame:
        """The trends that are sure."""
        return self.trends[self.trends["verdict"] == "drifts"]

    @property
    def tired(self) -> DataFrame:
        """The annotators who surely disagree more the longer they sit."""
        return self.fatigue[self.fatigue["verdict"] == "tires"]

    def __repr__(self) -> str:
        people = self.periods["annotator"].nunique()
        told = [f"{row.annotator} drifts in {row.what} of {row.dimension}" for row in self.drifting.itertuples()]
        told += [f"{row.annotator} tires on {row.dimension}" for row in self.tired.itertuples()]
        return f"Course of {people} annotators by {self.by}: {'; '.join(told) or 'no drift and no fatigue shown'}"


def agreement_over_time(
    labels: DataFrame,
    *,
    by: str = "thirds",
    dimension: str | None = None,
    rubric: Mapping[str, Measure] | None = None,
    positive: str | Mapping[str, str] | None = None,
    kinds: Collection[str] = ("human",),
    leave_out: Collection[str] = ("defer",),
    only: Only | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Course:
    """Look at each annotator's labels in the order in which they were given, against the others' of the same items.

    Args:
        labels: As for ``agree``, with labelled_at and, where they are known, seconds.
        by: thirds (of each annotator's labels), day, week or month.
        dimension: Only this one, which may be a code (``code: NAME``); else all but single codes.
        rubric: As for ``agree``.
        positive: As for ``agree``.
        kinds: As for ``agree``.
        leave_out: Values that mean no answer.
        only: The part of the labels that is asked about.
        confidence: Level of all bounds.
        seed: Seed of the draws and shuffles.

    Raises:
        BadRequest: There is no such division, or no such dimension.
    """
    import pandas as pd

    check_by(by, BY)
    gathered = gather(labels, rubric=rubric, positive=positive, kinds=kinds, leave_out=leave_out, only=only)
    chosen = [each for each in gathered.dimensions if each.name == dimension or (dimension is None and not each.code)]
    if dimension is not None and not chosen:
        raise BadRequest("no label has the dimension that was asked for. Name one that people have labelled")
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for each in chosen:
        placed = _placed(each, gathered)
        found: dict[str, list[Row]] = {name: [] for name in COLUMNS}
        for name, own in placed.groupby("annotator", sort=True):
            start = {"dimension": each.name, "annotator": name}
            found["periods"] += [start | row for row in _periods(own, by, confidence, seed)]
            found["trends"] += [start | row for row in _trends(own, seed)]
            found["fatigue"].append(start | _fatigue(own, seed))
        rows["fatigue"] += _judged(found["fatigue"], "tires", upward=True)
        for what in ("disagreement", "failures"):
            rows["trends"] += _judged([row for row in found["trends"] if row["what"] == what], "drifts")
        rows["periods"] += found["periods"]
    frames = {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in COLUMNS.items()}
    return Course(**frames, by=by, notices=gathered.notices)


def _placed(each: Dimension, gathered: Gathered) -> DataFrame:
    """Each rating with its time, what it took, and how it stands to the others' of its item."""
    import pandas as pd

    assert gathered.rows is not None
    ratings = each.ratings
    of_codes = each.name == MANY or each.code is not None
    rows = gathered.rows
    rows = rows[rows["dimension"].isin([MANY, "outcome"])] if of_codes else rows[rows["dimension"] == each.name]
    timed = rows.groupby(["item", "annotator"], sort=False).agg(time=("time", "max"), seconds=("seconds", "max"))
    unit = [name[0] if isinstance(name, tuple) else name for name in ratings.units]
    if each.name not in set(gathered.rows["dimension"]) and not of_codes:  # severity: of whatever it was given with
        timed = gathered.rows.groupby(["item", "annotator"], sort=False).agg(
            time=("time", "max"), seconds=("seconds", "max")
        )
    placed = pd.DataFrame(
        {
            "item": [unit[place] for place in ratings.unit],
            "annotator": [ratings.annotators[place] for place in ratings.annotator],
            "apart": stats.disagreements(ratings),
        }
    )
    has = each.positive is not None
    placed["failed"] = (ratings.value == each.positive).astype(float) if has else NAN
    placed["excess"] = stats.excesses(ratings, each.positive) if each.positive is not None else NAN
    placed["apart_from_most"], placed["excess_over_most"] = stats.against_most(ratings, each.positive)
    placed = placed.merge(timed, left_on=["item", "annotator"], right_index=True, how="left")
    return placed.sort_values("time", kind="stable", na_position="first").reset_index(drop=True)


def _periods(own: DataFrame, by: str, confidence: float, seed: int) -> list[Row]:
    found = []
    for period, part in own.groupby(divided(own["time"], by), sort=True):
        shared = part[part["apart"].notna()]
        apart, low, high = stats.mean_with_bounds(
            shared["apart"].to_numpy(dtype=float), confidence=confidence, seed=seed
        )
        signed = shared["excess"].dropna().to_numpy(dtype=float)
        excess, excess_low, excess_high = stats.mean_with_bounds(signed, confidence=confidence, seed=seed)
        failures = float(shared["failed"].mean()) if len(signed) else NAN
        found.append(
            {
                "period": period, "since": part["time"].min(), "until": part["time"].max(), "labels": len(part),
                "units": len(shared), "disagreement": apart, "low": low, "high": high, "failures": failures,
                "others": failures - excess, "excess": excess, "excess_low": excess_low, "excess_high": excess_high,
                "seconds": float(part["seconds"].median()),
                "reason": None if len(shared) else "shares no item with another annotator",
            }
        )  # fmt: skip
    return found


def _trends(own: DataFrame, seed: int) -> list[Row]:
    found = []
    for what, column in (("disagreement", "apart_from_most"), ("failures", "excess_over_most")):
        part = own[own[column].notna()]
        if what == "failures" and part.empty:
            continue
        values = part[column].to_numpy(dtype=float)
        order = _order(part)
        if order is None:
            found.append(_row(what, stats.Trend(NAN, NAN, NAN, len(part), NO_TIMES)))
        else:
            found.append(_row(what, stats.trend(values, order, seed=seed)))
    return found


def _order(part: DataFrame) -> Floats | None:
    """Where each label stands between the first, 0, and the last, 1; None where times do not tell."""
    times = part["time"]
    if times.isna().any() or times.nunique() < min(len(part), 2) or len(part) < 2:
        return None if len(part) >= 2 else np.zeros(len(part))
    return np.asarray((times.rank(method="average") - 1) / (len(part) - 1), dtype=np.float64)


def _row(what: str, trend: stats.Trend) -> Row:
    return {
        "what": what, "units": trend.n, "change": trend.change, "p": trend.p, "detectable": trend.detectable,
        "reason": trend.reason,
    }  # fmt: skip


def _fatigue(own: DataFrame, seed: int) -> Row:
    times = own["time"]
    empty = {"sittings": 0, "longest": 0, "units": int(own["apart_from_most"].notna().sum()), "per_ten": NAN, "p": NAN,
             "detectable": NAN, "seconds_first": NAN, "seconds_last": NAN, "reason": NO_TIMES}  # fmt: skip
    if times.isna().any() or times.nunique() < 2:
        return empty
    pause = times.diff().dt.total_seconds().to_numpy() > 60 * PAUSE_MINUTES
    sitting = np.cumsum(pause)
    place = own.groupby(sitting).cumcount().to_numpy()
    size = np.bincount(sitting)
    late = place * 2 >= size[sitting]
    shared = own["apart_from_most"].notna().to_numpy()
    apart = own.loc[shared, "apart_from_most"].to_numpy(dtype=float)
    found = stats.trend(apart, place[shared] / 10, sitting[shared], seed=seed)
    long_ = size[sitting] > 1
    return {
        "sittings": len(size), "longest": int(size.max()), "units": found.n, "per_ten": found.change, "p": found.p,
        "detectable": found.detectable, "seconds_first": float(own.loc[~late & long_, "seconds"].median()),
        "seconds_last": float(own.loc[late & long_, "seconds"].median()), "reason": found.reason,
    }  # fmt: skip


def _judged(rows: list[Row], word: str, *, upward: bool = False) -> list[Row]:
    """Rows with a p-value for all annotators taken together, and what that amounts to."""
    held = adjusted(np.array([row["p"] for row in rows], dtype=float))
    found = []
    for row, p in zip(rows, held, strict=True):
        change = row["per_ten"] if "per_ten" in row else row["change"]
        sure = p <= SURE and (change > 0 or not upward)
        verdict = "undecided" if p != p else word if sure else "not_shown"
        reason = ONE_OF_TWO if verdict == word and len(rows) == 2 else row["reason"]
        found.append({**row, "p_holm": float(p), "verdict": verdict, "reason": reason})
    return found
