"""Prompts, retrieval and outcome, one tab each: what was compared and what is shown to differ."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import percent
from workbench.ui.drift import DriftDesk
from workbench.ui.drift_verdict import p_words
from workbench.ui.words import plain, when

ROW = 33
MUTED = "color: rgba(128,128,128,.95)"
MEASURES = {
    "failure_signs": "failure signs", "errors": "errors", "thumbs_down": "thumbs down, of votes",
    "refusals": "refusals", "latency_ms": "latency, ms", "cost_usd": "cost, USD", "top_score": "best passage's score",
    "below_threshold": "best passage below the threshold", "nothing": "nothing fetched",
}  # fmt: skip
NUMBERS = ("latency_ms", "cost_usd", "top_score")
ASIDE = "No part of the verdict: it follows from much else than traffic."


def drift_parts(desk: DriftDesk) -> None:
    """Draw the tabs."""
    if desk.report.small:  # nothing is judged, so nothing is tabled
        return
    prompts, retrieval, outcome = st.tabs(["Prompts and tools", "Retrieval", "Outcome"])
    with prompts:
        _prompts(desk)
    with retrieval:
        _retrieval(desk)
    with outcome:
        _outcome(desk)


def _prompts(desk: DriftDesk) -> None:
    report = desk.report
    frame = report.templates.frame
    if frame.empty:
        st.caption(plain(report.lights["prompt"].words or "There is nothing to compare."))
        return
    _table(template_rows(frame), frame["p_bh"] <= desk.shown_at, "drift.prompts")
    if report.within:
        st.caption(
            "Input was compared within the prompts that both sets share, so a new prompt is not taken for users."
        )
    elif report.confounded:
        st.caption("No prompt is on both sides often enough, so whether users or the prompt changed cannot be told.")


def _retrieval(desk: DriftDesk) -> None:
    report = desk.report
    drift = report.retrieval
    if drift.measures.empty:
        st.caption(plain(report.lights["retrieval"].words or "There is nothing to compare."))
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _table(measure_rows(drift.measures), drift.measures["p_bh"] <= desk.shown_at, "drift.retrieval")
        st.caption(plain(overlap_words(drift)))
    with right:
        documents = drift.documents
        if len(documents):
            _table(passage_rows(documents), documents["p_bh"] <= desk.shown_at, "drift.passages")
    st.caption(ASIDE)


def _outcome(desk: DriftDesk) -> None:
    report = desk.report
    if report.outcomes.empty:
        st.caption(plain(report.lights["outcome"].words or "There is nothing to compare."))
        return
    _table(measure_rows(report.outcomes), report.outcomes["p_bh"] <= desk.shown_at, "drift.outcomes")
    st.caption(ASIDE)


def overlap_words(drift: Any) -> str:
    """How much the passages for the same query are the same."""
    told = "" if drift.threshold is None else f"The threshold is {drift.threshold:.3g}. "
    if drift.jaccard is None:
        return f"{told}No query was asked on both sides."
    now, usual = drift.jaccard, drift.before
    n = "1 query" if drift.queries == 1 else f"{drift.queries:,} queries"
    beside = "" if usual is None else f"; within the reference {usual.estimate:.2f} is usual"
    overlap = f"{now.estimate:.2f} ({now.low:.2f}-{now.high:.2f})"
    return f"{told}Overlap of passages for {n} asked on both sides: {overlap}{beside}."


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
            "before": [_value(row["measure"], row["reference"]) for row in rows],
            "now": [_value(row["measure"], row["current"]) for row in rows],
            "difference": [_difference(row) for row in rows],
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


def _points(frame: pd.DataFrame) -> list[str]:
    return [
        "" if pd.isna(row["difference"]) else
        f"{100 * row['difference']:+.1f} ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})"
        for row in frame.to_dict("records")
    ]  # fmt: skip


def _value(measure: str, value: float) -> str:
    if pd.isna(value):
        return "not known"
    return _number(value) if measure in NUMBERS else percent(value)


def _difference(row: Any) -> str:
    if pd.isna(row["difference"]):
        return ""
    if row["measure"] in NUMBERS:
        return f"{_signed(row['difference'])} ({_signed(row['low'])} to {_signed(row['high'])})"
    return f"{100 * row['difference']:+.1f} ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "-") + _number(abs(value))


def _table(rows: pd.DataFrame, shown: pd.Series, key: str) -> None:
    """A table in which what is not shown to differ is muted."""
    told = shown.to_numpy(dtype=bool)
    st.dataframe(
        rows.style.apply(lambda _: ["" if each else MUTED for each in told], axis=0), key=key, hide_index=True,
        row_height=ROW, height=min(ROW * (len(rows) + 1) + 3, 330),
    )  # fmt: skip
