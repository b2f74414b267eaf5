"""Prompts, retrieval and outcome of both sets, and outcomes over time: one of them at a time (``?part=``)."""

from typing import Any

import streamlit as st

from workbench.ui.drift import DriftDesk
from workbench.ui.drift_golden import golden_queries_shown
from workbench.ui.drift_outcome import outcome_over_time
from workbench.ui.drift_tables import measure_rows, passage_rows, table, template_rows, unseen_rows
from workbench.ui.words import plain

PROMPTS, RETRIEVAL, OUTCOME, OVER_TIME = "prompts and tools", "retrieval", "outcome", "outcome over time"
ASIDE = "No part of the verdict: it follows from much else than traffic."
NOTHING = "Too little traffic to compare the two sets."


def drift_parts(desk: DriftDesk) -> list[str]:
    """Draw the part that is chosen; the lines that give its figures in a notebook."""
    parts = {PROMPTS: _prompts, RETRIEVAL: _retrieval, OUTCOME: _outcome}
    with st.container(border=True, gap="small"):
        part = st.segmented_control(
            "Part", [*parts, OVER_TIME], default=PROMPTS, required=True, key="part", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        if part == OVER_TIME:
            return outcome_over_time(desk)
        parts[part or PROMPTS](desk)
    return []


def _prompts(desk: DriftDesk) -> None:
    report = desk.report
    frame = report.templates.frame
    if report.small:
        st.caption(NOTHING)
    elif frame.empty:
        st.caption(plain(report.lights["prompt"].words or "There is nothing to compare."))
    else:
        table(template_rows(frame), frame["p_bh"] <= desk.shown_at, "drift.prompts")
        if report.within:
            st.caption(
                "Input was compared within the prompts that both sets share: a new prompt is not taken for users."
            )
        elif report.confounded:
            st.caption("No prompt is on both sides often enough: whether users or the prompt changed cannot be told.")
    _unseen(report.golden_templates)


def _unseen(found: Any) -> None:
    """Say how much traffic runs under prompts or tools that no case was made under."""
    if found.share is None or not found.n_unseen:
        return
    icon = ":material/notifications_active:" if found.alert else ":material/visibility_off:"
    st.markdown(
        f"{icon} **{found.share:.1%} of the current set** ({found.n_unseen:,} of {found.n:,}) ran under a prompt or"
        f" tools that no open case of golden v{found.version} comes from; {found.tolerance:.0%} are tolerated."
    )
    table(unseen_rows(found.frame), found.frame["n"] > 0, "drift.unseen")


def _retrieval(desk: DriftDesk) -> None:
    report = desk.report
    drift = report.retrieval
    if report.small or drift.measures.empty:
        st.caption(NOTHING if report.small else plain(report.lights["retrieval"].words or "There is none."))
    else:
        left, right = st.columns([55, 45], gap="medium")
        with left:
            table(measure_rows(drift.measures), drift.measures["p_bh"] <= desk.shown_at, "drift.retrieval")
            st.caption(plain(overlap_words(drift)))
        with right:
            documents = drift.documents
            if len(documents):
                table(passage_rows(documents), documents["p_bh"] <= desk.shown_at, "drift.passages")
        st.caption(ASIDE)
    golden_queries_shown(report.snapshot)


def _outcome(desk: DriftDesk) -> None:
    report = desk.report
    if report.small or report.outcomes.empty:
        st.caption(NOTHING if report.small else plain(report.lights["outcome"].words or "There is none."))
        return
    table(measure_rows(report.outcomes), report.outcomes["p_bh"] <= desk.shown_at, "drift.outcomes")
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
