"""From any long table of labels to one set of ratings per dimension, with a sentence about whatever was left out.

Nothing is dropped in silence and nothing is guessed: words have no order unless the rubric gives one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.agree.narrow import Only, narrowed
from workbench.agree.plain import FREE_TEXT, MANY, plain_rows, so_many
from workbench.agree.scales import Measure, Scale, listed, one_of, scales_of, under_its_meaning
from workbench.agree.severity import SEVERITY, severities
from workbench.errors import BadRequest
from workbench.stats.agreement import Ratings

if TYPE_CHECKING:
    from pandas import DataFrame

KINDS = ("human", "judge", "rule", "user")
ROUNDS = ("blind", "adjudicated")
MOST_DISTINCT = 1_000  # different values of a dimension, beyond which it is no scale that people use
_KEY = ["item", "annotator", "dimension"]


@dataclass(frozen=True)
class Dimension:
    """The ratings of one dimension, and how it is measured.

    Attributes:
        name: The dimension; of a single code ``code: NAME``.
        ratings: Who gave what to which item.
        level: The level it is measured at; sets for the codes of an item taken together.
        positive: Index of the value that agreement on failures is about, or None.
        code: The code, where the dimension is whether an item has it.
        groups: The session of each unit, where the table gives sessions.
        reason: Why it cannot be measured as asked.
        remarks: What else has to be known of it.
    """

    name: str
    ratings: Ratings
    level: str
    positive: int | None
    code: str | None = None
    groups: tuple[int, ...] | None = None
    reason: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """All dimensions, and what was left out of them, in sentences.

    Attributes:
        dimensions: Their ratings.
        notices: What was left out.
        rows: The plain rows that count, one per item, annotator, dimension and (for codes) code.
    """

    dimensions: tuple[Dimension, ...]
    notices: tuple[str, ...] = field(default=())
    rows: DataFrame | None = field(default=None, repr=False)


def gather(
    labels: DataFrame,
    *,
    level: str | Mapping[str, str] | None = None,
    rubric: Mapping[str, Measure] | None = None,
    positive: str | Mapping[str, str] | None = None,
    kinds: Collection[str] = ("human",),
    round_: str = "blind",
    leave_out: Collection[str] = (),
    only: Only | None = None,
) -> Gathered:
    """Sort labels into ratings by dimension; arguments as for ``agree``.

    Raises:
        MissingColumns: The table lacks a column.
        BadRequest: A level, kind or round that is none, or a level that the values do not have.
    """
    for kind in kinds:
        one_of("annotator kind", kind, KINDS)
    one_of("round", round_, ROUNDS)
    notices: list[str] = []
    rows = narrowed(plain_rows(labels, notices), only or Only(), notices)
    rows = _chosen(rows, kinds, round_, notices)
    rows = _answered(_newest(rows, notices), leave_out, notices)
    found = severities(rows) if not (rows["dimension"] == SEVERITY).any() else None
    unmeasured = set(rubric or {}) - set(rows["dimension"])
    names = {*rows["dimension"], *unmeasured, *([SEVERITY] if found else [])}
    scales = scales_of(sorted(names - {MANY}), level, rubric or {})
    if only is None or only.rubric_version is None:
        rows = under_its_meaning(rows, scales, notices)
    wanted = positive if isinstance(positive, Mapping) else {}
    dimensions: list[Dimension] = []
    for name in sorted(set(rows["dimension"])):
        of_it = rows[rows["dimension"] == name]
        if (distinct := of_it["value"].nunique()) > MOST_DISTINCT and name != MANY:
            notices.append(
                f"{name} left out: {distinct:,} different values are text or fine measurements."
                " Round or group them first."
            )
            continue
        if name == MANY:
            dimensions += _codes(of_it, rows, notices)
        else:
            failure = wanted.get(name, positive if isinstance(positive, str) else None)
            dimensions.append(_dimension(name, of_it, scales[name], failure, notices))
    dimensions += [_without_labels(name, scales[name]) for name in sorted(unmeasured)]
    if found:
        chosen = scales[SEVERITY].level if level else "ordinal"
        dimensions.append(Dimension(SEVERITY, found[0], chosen, None, None, found[1]))
    if isinstance(positive, str) and not any(positive in each.ratings.values for each in dimensions):
        raise BadRequest("no dimension has the value that was given as the failure. Give one that occurs")
    unordered = [each.name for each in dimensions if each.reason]
    if unordered and len(unordered) == len([each for each in dimensions if each.name != MANY and each.code is None]):
        raise BadRequest(
            f"{dimensions[0].level} was asked for, but the values of {listed(unordered)} are words without an order; "
            "give the rubric's values in order, use numbers, or take nominal."
        )
    return Gathered(tuple(dimensions), tuple(notices), rows)


def _chosen(rows: DataFrame, kinds: Collection[str], round_: str, notices: list[str]) -> DataFrame:
    free = rows["dimension"].isin(FREE_TEXT)
    of_kind = rows["kind"].str.lower().fillna("human").isin(kinds) if len(rows) else free
    of_round = rows["round"].str.lower().fillna("blind") == round_ if len(rows) else free
    for left, words in (
        (free, "of free text left out: text is not a category."),
        (~of_kind & ~free, f"not by a {' or '.join(kinds)} left out; another kind has to be asked for."),
        (~of_round & of_kind & ~free, f"not of the {round_} round left out; rounds are never pooled."),
    ):
        if left.any():
            notices.append(f"{so_many(left.sum())} {words}")
    return rows[~free & of_kind & of_round]


def _answered(rows: DataFrame, leave_out: Collection[str], notices: list[str]) -> DataFrame:
    """The labels that are an answer; who put off an answer given earlier has none."""
    unanswered = rows["value"].isin(list(leave_out))
    if unanswered.any():
        notices.append(f"{so_many(unanswered.sum())} with a value that counts as no answer left out.")
    return rows[~unanswered]


def _newest(rows: DataFrame, notices: list[str]) -> DataFrame:
    """One label per item, annotator and dimension; of codes one per item, annotator, code and place."""
    outcome = rows["dimension"] == "outcome"
    rows = rows.assign(value=rows["value"].where(~outcome, rows["value"].str.lower()))
    many = rows["dimension"] == MANY
    ordered = rows.assign(
        which=rows["value"].where(many, ""), where=rows["at"].fillna("").where(many, "") if len(rows) else ""
    ).sort_values("time", kind="stable", na_position="first")
    kept = ordered.drop_duplicates([*_KEY, "which", "where"], keep="last")
    replaced = int((~many).sum() - (kept["dimension"] != MANY).sum())
    if replaced:
        by = "the newest counts" if rows["time"].notna().all() else "of labels without a time the last row counts"
        notices.append(f"{so_many(replaced)} replaced by a later one of the same annotator, item and dimension; {by}.")
    kept = kept[~kept["withdrawn"]].drop_duplicates([*_KEY, "which"], keep="last")
    return kept.sort_values([*_KEY, "which"], kind="stable")


def _without_labels(name: str, scale: Scale) -> Dimension:
    ratings = Ratings.of([], [], [], order=list(scale.values))
    measurable = scale.level not in ("interval", "ratio") or ratings.numbers is not None
    return Dimension(name, ratings, scale.level if measurable else "nominal", None)


def _dimension(name: str, rows: DataFrame, scale: Scale, failure: str | None, notices: list[str]) -> Dimension:
    n = len(rows)
    rows, order, reason = _in_order(name, rows, scale, notices)
    remarks = (f"{so_many(n - len(rows))} with a value that the rubric does not have left out",) * (len(rows) < n)
    ratings = Ratings.of(rows["item"], rows["annotator"], rows["value"], order=order)
    needs_numbers = scale.level in ("interval", "ratio")
    level = "nominal" if reason or (needs_numbers and ratings.numbers is None) else scale.level
    chosen = failure or scale.failure
    return Dimension(name, ratings, level, _positive(ratings, chosen), None, _groups(rows, ratings), reason, remarks)


def _in_order(name: str, rows: DataFrame, scale: Scale, notices: list[str]) -> tuple[DataFrame, list[str], str | None]:
    """The labels whose values the rubric has, all values in order, and why they have none where they should."""
    import pandas as pd

    if scale.values:
        known = rows["value"].isin(scale.values)
        if not known.all():
            notices.append(f"{name}: {so_many((~known).sum())} with a value that the rubric does not have left out.")
        reason = None
        if (
            scale.level in ("interval", "ratio")
            and pd.to_numeric(pd.Series(scale.values), errors="coerce").isna().any()
        ):
            reason = f"{scale.level} needs values that are numbers"
        return rows[known], list(scale.values), reason
    numbers = pd.to_numeric(rows["value"], errors="coerce")
    if len(rows) and numbers.notna().all() and not numbers.isin([float("inf"), -float("inf")]).any():
        written = numbers.map(lambda number: f"{number:.15g}")
        return rows.assign(value=written), sorted(set(written), key=float), None
    distinct = sorted(set(rows["value"]))
    if len({value.casefold() for value in distinct}) < len(distinct):
        notices.append(f"{name}: some values differ in upper and lower case only; they count as different.")
    if any(value.casefold() in ("na", "nan", "none", "null", "n/a") for value in distinct):
        notices.append(f"{name}: 'NA', 'None' or the like counts as a value; leave it out if it means no answer.")
    if scale.level == "nominal":
        return rows, distinct, None
    if len(distinct) <= 2:
        return rows, distinct, None  # with two values every level gives the same
    return rows, distinct, f"the values are words without an order, so {scale.level} cannot be measured"


def _codes(rows: DataFrame, all_rows: DataFrame, notices: list[str]) -> list[Dimension]:
    """The codes of an item as a set, and each code by itself; who gave an outcome and no code says: none of them."""
    reviewed = all_rows[all_rows["dimension"].isin([MANY, "outcome"])].drop_duplicates(["item", "annotator"])
    given = rows.groupby(["item", "annotator"], sort=False)["value"].agg(frozenset)
    sets = [given.get(key, frozenset()) for key in zip(reviewed["item"], reviewed["annotator"], strict=True)]
    if not (all_rows["dimension"] == "outcome").any():
        notices.append("code: an item without a code and without an outcome counts as not reviewed.")
    order = sorted(set(sets), key=sorted)
    ratings = Ratings.of(reviewed["item"], reviewed["annotator"], sets, order=order)
    groups = _groups(reviewed, ratings)
    found = [Dimension(MANY, ratings, "sets", None, None, groups)]
    for code in sorted(set(rows["value"])):
        has = ["yes" if code in each else "no" for each in sets]
        one = Ratings.of(reviewed["item"], reviewed["annotator"], has, order=["no", "yes"])
        found.append(Dimension(f"{MANY}: {code}", one, "nominal", 1, code, groups))
    return found


def _positive(ratings: Ratings, failure: str | None) -> int | None:
    """The value that agreement on failures is about: as given, else 'fail', else the rarer of two."""
    if failure is not None:
        return ratings.values.index(failure) if failure in ratings.values else None
    named = [index for index, value in enumerate(ratings.values) if str(value).casefold() == "fail"]
    if named:
        return named[0]
    totals = ratings.marginals().sum(axis=0)
    return int(totals.argmin()) if len(totals) == 2 else None


def _groups(rows: DataFrame, ratings: Ratings) -> tuple[int, ...] | None:
    if not rows["session"].notna().any():
        return None
    session = rows.drop_duplicates("item").set_index("item")["session"]
    names = [
        session[unit] if session[unit] == session[unit] and session[unit] else ("", unit) for unit in ratings.units
    ]
    place = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return tuple(place[name] for name in names)
