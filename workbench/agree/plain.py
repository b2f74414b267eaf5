"""A long table of labels with its columns as plain text and times, whatever wrote it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from workbench.errors import MissingColumns
from workbench.long_form import plain_text

if TYPE_CHECKING:
    from pandas import DataFrame, Series

FREE_TEXT = ("note", "gold_answer")
ONLY = "value"  # the dimension of a table that names none
MANY = "code"  # the dimension of which an item may have several values


def plain_rows(labels: DataFrame, notices: list[str]) -> DataFrame:
    """The table with its columns as text; rows that lack an item, annotator or value are left out."""
    import pandas as pd

    found = [str(column) for column in labels.columns]
    item = "item" if "item" in found else "trace_id"
    missing = [name for name in (item, "annotator", "value") if name not in found]
    if missing:
        raise MissingColumns("labels", ["item" if name == "trace_id" else name for name in missing], found, "Add it.")
    if "dimension" not in found:
        notices.append(f"The labels name no dimension; all are taken for one, called {ONLY!r}.")
    rows = pd.DataFrame(
        {
            "item": plain_text(labels[item]),
            "annotator": plain_text(labels["annotator"]),
            "dimension": plain_text(labels["dimension"]) if "dimension" in found else ONLY,
            "value": plain_text(labels["value"]),
            "kind": plain_text(labels["annotator_kind"]) if "annotator_kind" in found else None,
            "round": plain_text(labels["round"]) if "round" in found else None,
            "at": plain_text(labels["at"]) if "at" in found else None,
            "session": plain_text(labels["session_id"]) if "session_id" in found else None,
            "time": _times(labels["labelled_at"], notices) if "labelled_at" in found else pd.NaT,
            "withdrawn": plain_text(labels["withdrawn"]).isin(["true", "1"]) if "withdrawn" in found else False,
            "severity": pd.to_numeric(labels["severity"], errors="coerce") if "severity" in found else float("nan"),
            "seconds": pd.to_numeric(labels["seconds"], errors="coerce") if "seconds" in found else float("nan"),
            "version": pd.to_numeric(labels["rubric_version"], errors="coerce") if "rubric_version" in found else None,
            "queue": _queues(labels),
        }
    )
    rows["version"] = rows["version"].astype("Float64")
    rows["dimension"] = rows["dimension"].where(
        ~rows["dimension"].str.lower().isin([MANY, "outcome", *FREE_TEXT]), rows["dimension"].str.lower()
    )
    whole = rows[["item", "annotator", "dimension"]].notna().all(axis=1) & (rows["value"].notna() | rows["withdrawn"])
    if not whole.all():
        notices.append(f"{so_many((~whole).sum())} without an item, annotator, dimension or value left out.")
    return rows[whole].reset_index(drop=True)


def so_many(n: int) -> str:
    """A number of labels in words."""
    return f"{n:,} label" + ("s" if n != 1 else "")


def _queues(labels: DataFrame) -> Series[Any] | None:
    """The queue of each label: in a column of its own, or in what was on the screen."""
    if "queue" in labels.columns:
        return plain_text(labels["queue"])
    if "saw" not in labels.columns:
        return None
    known = {text: _queue(text) for text in labels["saw"].dropna().unique()} if labels["saw"].dtype != object else None
    return labels["saw"].map(_queue if known is None else known)


def _queue(saw: object) -> str | None:
    if isinstance(saw, str):
        try:
            saw = json.loads(saw)
        except ValueError:
            return None
    found = saw.get("queue") if isinstance(saw, dict) else None
    return None if found is None else str(found)


def _times(column: Series[Any], notices: list[str]) -> Series[Any]:
    import pandas as pd

    times = pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601")
    given = column.notna() & (column.astype("str").str.strip() != "")
    unread = int((times.isna() & given).sum())
    if unread:
        notices.append(f"{so_many(unread)} with a labelled_at that is no ISO 8601 time; they count as the oldest.")
    return times
