"""Where a judge and people say different things: what to read before a prompt is changed.

Each is an error of the judge, or a mistake of the people that only now is seen; that is for a person to say, with both
critiques side by side. Where most disputes turn out to be the people's, it is the labels that need work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.judge.calibrate import UNREAD
from workbench.long_form import plain_text

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.judge.report import Compared

MISSED, TOO_STRICT, UNREADABLE, OTHER = "missed failure", "good output failed", "unreadable", "another value"
KINDS = (MISSED, TOO_STRICT, UNREADABLE, OTHER)
COLUMNS = ["trace_id", "kind", "human", "votes", "judge", "critique", "note"]


def disputes(found: Compared, human: DataFrame, judged: DataFrame, notes: DataFrame) -> DataFrame:
    """List the items on which a judge and people differ, missed failures first.

    Args:
        found: What both say, as ``compared`` gives it.
        human: The labels of people that went into it: trace_id, value, annotator and, if there, note.
        judged: Those of the judge; its critique is the note of its label.
        notes: What people noted of the same traces: trace_id, annotator and value.

    Returns:
        Columns trace_id, kind (missed failure, good output failed, unreadable, or another value where neither means
        pass), human, votes (who said what), judge, critique (the judge's) and note (people's).
    """
    import pandas as pd

    rows = found.rows[found.rows["human"] != found.rows["judge"]].rename(columns={"item": "trace_id"})
    rows = rows.assign(kind=[_kind(row.human, row.judge, found.positive) for row in rows.itertuples()])
    of = rows["trace_id"]
    here = human[human["trace_id"].isin(of)]
    said = pd.concat([notes[notes["trace_id"].isin(of)], _own(here)], ignore_index=True)
    rows = rows.assign(
        votes=of.map(_lines(here["trace_id"], here["annotator"], here["value"], ", ")),
        critique=of.map(_last_note(judged)),
        note=of.map(_lines(said["trace_id"], said["annotator"], said["value"], " · ")),
    )
    order = {kind: place for place, kind in enumerate(KINDS)}
    return rows.sort_values("kind", key=lambda each: each.map(order), kind="stable")[COLUMNS].reset_index(drop=True)


def _kind(human: str, judge: str, positive: str | None) -> str:
    if judge == UNREAD:
        return UNREADABLE
    if human == positive:
        return TOO_STRICT
    return MISSED if judge == positive else OTHER


def _own(labels: DataFrame) -> DataFrame:
    """The critiques that stand with the labels themselves."""
    if "note" not in labels.columns:
        return labels[:0]
    return labels[labels["note"].notna()].assign(value=labels["note"])


def _last_note(labels: DataFrame) -> Series:
    if "note" not in labels.columns:
        return labels["value"][:0]
    kept = labels.drop_duplicates("trace_id", keep="last")
    return kept.set_index("trace_id")["note"]


def _lines(of: Series, who: Series, what: Series, between: str) -> Series:
    """Who said what of each item, in one line."""
    told = plain_text(who).fillna("") + ": " + plain_text(what).fillna("")
    return told.groupby(of.to_numpy(), sort=False).agg(lambda each: between.join(sorted(set(each))))
