"""Which labels are asked about: of a time, a queue, a version of the rubric.

It comes before the newest label of each annotator is chosen: who labelled an item under two versions of the rubric has
an answer under each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from workbench.agree.plain import so_many

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class Only:
    """The part of the labels that is asked about; None means all.

    Attributes:
        since: Given at this time or later.
        until: Given before this time.
        queue: Given in this queue.
        rubric_version: Given under this version of the rubric.
    """

    since: datetime | None = None
    until: datetime | None = None
    queue: str | None = None
    rubric_version: int | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Only()


def narrowed(rows: DataFrame, only: Only, notices: list[str]) -> DataFrame:
    """The plain rows that are asked about, with a sentence about the others."""
    kept = rows["value"].notna() | rows["withdrawn"]
    if only.since is not None:
        kept &= rows["time"] >= only.since
    if only.until is not None:
        kept &= rows["time"] < only.until
    if only.queue is not None:
        kept &= rows["queue"] == only.queue
    if only.rubric_version is not None:  # what is taken back without a version is taken back under each
        kept &= (rows["version"] == only.rubric_version) | (rows["withdrawn"] & rows["version"].isna())
    left = len(rows) - int(kept.sum())
    if left:
        notices.append(f"{so_many(left)} outside the time, queue or version of the rubric that was asked for.")
    return rows[kept]
