"""The tables of the Drift page: prompts, measures and passages, before and now, with what the difference may be."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import percent
from workbench.ui.drift_verdict import p_words
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import when

MUTED = "color: rgba(128,128,128,.95)"
MEASURES = {
    "failure_signs": "failure signs", "errors": "errors", "thumbs_down": "thumbs down, of votes",
    "refusals": "refusals", "latency_ms": "latency, ms", "cost_usd": "cost, USD", "top_score": "best passage's score",
    "below_threshold": "best passage below the threshold", "nothing": "nothing fetched",
}  # fmt: skip
NUMBERS = ("latency_ms", "cost_usd", "top_score")


def template_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of prompts and sets of tools."""
    return pd.DataFrame(
        {
            "": ["prompt" if kind == "prompt" else "tools" for kind in frame["kind"]],
            "hash": frame["hash"].str.slice(0, 12),
            "state": ["" if state == "kept" else state for state in frame["state"]],
            "before": [percent(each) for each in frame["reference"]],
            "now": [percent(each) for each in frame["current"]],
            "difference": _points(frame),
            "p": [p_words(each) for each in frame["p_bh"]],
            "first seen": ["" if pd.isna(each) else when(each) for each in frame["first_seen"]],
            "last seen": ["" if pd.isna(each) else when(each) for each in frame["last_seen"]],
        }
    )


def measure_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of measures, shares as shares and the others as numbers."""
    rows = frame.to_dict("records")
    return pd.DataFrame(
        {
            "": [MEASURES.get(str(row["measure"]), str(row["measure"]).replace("_", " ")) for row in rows],
            "before": [value_words(row["measure"], row["reference"]) for row in rows],
            "now": [value_words(row["measure"], row["current"]) for row in rows],
            "difference": [difference(row) for row in rows],
            "p": ["" if pd.isna(row["p_bh"]) else p_words(row["p_bh"]) for row in rows],
            "n": [f"{row['n']:,} / {row['other_n']:,}" for row in rows],
        }
    )


def passage_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of passages: in what share of traces each was fetched."""
    return pd.DataFrame(
        {
            "passage": frame["document"].astype("str").str.slice(0, 40),
            "state": ["" if state == "kept" else state for state in frame["state"]],
            "before": [percent(each) for each in frame["reference"]],
            "now": [percent(each) for each in frame["current"]],
            "difference": _points(frame),
            "p": ["" if pd.isna(each) else p_words(each) for each in frame["p_bh"]],
        }
    )


def unseen_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of prompts and sets of tools that no case was made under."""
    return pd.DataFrame(
        {
            "": frame["kind"],
            "hash": frame["hash"].str.slice(0, 12),
            "of the current set": [percent(each) for each in frame["share"]],
            "traces": frame["n"],
            "first seen": ["" if pd.isna(each) else when(each) for each in frame["first_seen"]],
        }
    )


def _points(frame: pd.DataFrame) -> list[str]:
    return [
        "" if pd.isna(row["difference"]) else
        f"{100 * row['difference']:+.1f} ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})"
        for row in frame.to_dict("records")
    ]  # fmt: skip


def value_words(measure: str, value: float) -> str:
    """A measure's value: a share as a share, any other as a number."""
    if pd.isna(value):
        return "not known"
    return _number(value) if measure in NUMBERS else percent(value)


def difference(row: Any) -> str:
    """A difference with its interval, in points where it is one of shares; empty where it is not known."""
    if pd.isna(row["difference"]):
        return ""
    if row["measure"] in NUMBERS:
        return f"{_signed(row['difference'])} ({_signed(row['low'])} to {_signed(row['high'])})"
    return f"{100 * row['difference']:+.1f} ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "-") + _number(abs(value))


def table(rows: pd.DataFrame, shown: pd.Series, key: str, columns: dict[str, Any] | None = None) -> None:
    """A table in which what is not shown to differ is muted."""
    told = shown.to_numpy(dtype=bool)
    st.dataframe(
        rows.style.apply(lambda _: ["" if each else MUTED for each in told], axis=0), key=key, hide_index=True,
        row_height=ROW, height=fitted(len(rows), 330), column_config=columns,
    )  # fmt: skip
