"""Gold items: how often each annotator misses what is known to hold.

An item is gold where its answer was settled before. Items that were settled because people disagreed are the hard ones,
so their share of misses is higher than it would be among items put into a queue to check people; the two are never put
together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.agree.periods import check_by, divided
from workbench.agree.votes import DEFER, votes
from workbench.errors import MissingColumns
from workbench.stats.proportions import wilson

if TYPE_CHECKING:
    from pandas import DataFrame

BY = ("all", "thirds", "day", "week", "month")
NEEDED = ("annotator", "trace_id", "dimension", "expected", "given", "missed", "labelled_at")
COLUMNS = ("annotator", "dimension", "period", "n", "missed", "share", "low", "high", "given_instead")


def gold_misses(checks: DataFrame, *, by: str = "all", level: float = 0.95) -> DataFrame:
    """Count the gold items that each annotator missed; who put one off has not answered it.

    Args:
        checks: One row per gold item that somebody labelled: annotator, trace_id, dimension, expected, given, missed
            and labelled_at.
        by: all, thirds (of each annotator's checks), day, week or month.
        level: Confidence level of the bounds.

    Returns:
        ``COLUMNS``: n checks, how many were missed, their share with Wilson's bounds, given_instead (the value given
            most often in place of the one expected).

    Raises:
        MissingColumns: A column is missing.
        BadRequest: There is no such division.
    """
    import pandas as pd

    missing = [name for name in NEEDED if name not in checks]
    if missing:
        raise MissingColumns("checks", missing, checks.columns, "Pass checks as ws.gold_checks() gives them.")
    check_by(by, BY)
    times = pd.to_datetime(checks["labelled_at"], utc=True)
    answered = checks.assign(labelled_at=times)[(checks["given"] != DEFER).to_numpy(dtype=bool)]
    ordered = answered.sort_values("labelled_at", kind="stable", na_position="first")
    rows: list[dict[str, Any]] = []
    for (annotator, dimension), own in ordered.groupby(["annotator", "dimension"], sort=True):
        for period, part in own.groupby(divided(own["labelled_at"], by), sort=True):
            n, missed = len(part), int(part["missed"].astype(bool).sum())
            share = wilson(missed, n, level=level)
            instead = part.loc[part["missed"].astype(bool), "given"].dropna()
            rows.append(
                {
                    "annotator": annotator, "dimension": dimension, "period": period, "n": n, "missed": missed,
                    "share": share.estimate, "low": share.low, "high": share.high,
                    "given_instead": instead.value_counts().index[0] if len(instead) else None,
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def checks_of_settled(labels: DataFrame, settled: DataFrame) -> DataFrame:
    """Hold what people said blind against what an expert settled.

    Args:
        labels: Labels that count, see ``votes``.
        settled: trace_id, dimension and value of each decision that stands. Leave out those of a majority: its own
            votes made it.

    Returns:
        Checks as ``gold_misses`` takes them.
    """
    found = votes(labels).merge(
        settled[["trace_id", "dimension", "value"]].rename(columns={"value": "expected"}), on=["trace_id", "dimension"]
    )
    found = found[(found["value"] != DEFER) & found["expected"].notna()]
    return found.assign(given=found["value"], missed=found["value"] != found["expected"])[list(NEEDED)].reset_index(
        drop=True
    )
