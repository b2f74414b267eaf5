"""What stands below the ranking's table: the figures, the traces behind a code, and what is still unseen."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from workbench.charts import code_trend, harm_forest, pareto, saturation_curve, severity_matrix
from workbench.tables import PURGED
from workbench.ui.cases_start import promote_traces
from workbench.ui.codes import say_what_happened
from workbench.ui.ranking import RankView
from workbench.ui.tables import fitted
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

TRACES = "rank.traces"
STILL = {"displayModeBar": False}
BY = {"by week": "week", "by day": "day", "by release": "release"}


def rank_figures(view: RankView) -> None:
    """Draw harm with its intervals and frequency against severity, side by side."""
    ranking = view.ranking
    if ranking.codes.empty:
        return
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Harm, and how sure of it**" if ranking.by_harm else "**Shares, and how sure of them**")
        st.plotly_chart(harm_forest(ranking.codes), key="rank.harm", config=STILL)
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Frequency and severity** · numbers are places in the table")
        if ranking.by_harm:
            st.plotly_chart(severity_matrix(ranking.codes), key="rank.matrix", config=STILL)
        else:
            st.caption("No code has a severity yet: give each one on the Codebook page.")
            st.page_link("pages/codebook.py", label="Codebook", icon=":material/style:")


def rank_course(view: RankView) -> RankView:
    """Draw what the first few codes cover, and the open code over time; gives the view with the chosen division."""
    if view.ranking.codes.empty:
        return view
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        covered = view.ranking.covered
        st.markdown("**Failing traffic covered by the first few codes** · a trace with three counts once")
        if len(covered):
            st.plotly_chart(pareto(covered), key="rank.pareto", config=STILL)
    with right, st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(view.code, 40)} over time**", width="stretch")
            by = st.segmented_control(
                "Division", list(BY), default="by week", required=True, key="by", bind="query-params",
                label_visibility="collapsed",
            )  # fmt: skip
        view = replace(view, by=BY[by])
        trend = _trend(view)
        if trend.empty:
            st.caption("None of the reviewed traces says when it was, or of which release.")
        else:
            st.plotly_chart(code_trend(trend), key="rank.trend", config=STILL)
            st.caption("Bars are 95% intervals. Hollow: under ten traces were read, so it cannot tell.")
    return view


def rank_traces(view: RankView) -> None:
    """List the traces behind the open code; a row leads to the trace."""
    if view.code is None:
        return
    found = _traces(view)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(view.code)}** · {len(found):,} reviewed traces", width="stretch")
        there = [each for each in found["trace_id"] if not each.startswith(PURGED)]
        promote_traces(view.ws, there, f"{view.code}, from the ranking", key="rank.promote")
    say_what_happened()
    st.dataframe(
        trace_rows(found, view.sample),
        key=TRACES,
        hide_index=True,
        height=fitted(len(found), 320),
        column_config={
            "open": st.column_config.LinkColumn(display_text="read", width=48),
            "time": st.column_config.TextColumn("time (UTC)", width=118),
            "first words": st.column_config.TextColumn(width=330),
            "note": st.column_config.TextColumn(width=300),
            "weight": st.column_config.NumberColumn(format="%.1f", width=64, help="Empty: a pick, part of no share."),
        },
    )


def trace_rows(found: pd.DataFrame, sample: str | None) -> pd.DataFrame:
    """Make the table of the traces behind a code; columns that say nothing are left out."""
    more = {"sample": sample} if sample else {}
    gone = found["trace_id"].str.startswith(PURGED)
    rows = pd.DataFrame(
        {
            "open": [
                None if away else f"read?{urlencode({'trace': each, **more})}"
                for each, away in zip(found["trace_id"], gone, strict=True)
            ],
            "time": [when(each) if pd.notna(each) else "" for each in found["started_at"]],
            "first words": found["first_words"].mask(gone, "purged: its label counts on"),
            "note": found["note"].astype("string").fillna(""),
            "severity": found["severity"],
            "by": found["annotators"],
            "release": found["release"].astype("string").fillna(""),
            "stratum": found["stratum"].astype("string").fillna(""),
            "weight": found["weight"],
            "trace": found["trace_id"],
        }
    )
    empty = [name for name in rows if rows[name].isna().all() or (rows[name].astype("string") == "").all()]
    return rows.drop(columns=empty)


def rank_saturation(view: RankView) -> None:
    """Say how much is still unseen."""
    found = view.ranking.saturation
    with st.expander("What has not been seen yet", icon=":material/travel_explore:"):
        if found.codes:
            curve = found.curve
            figure = saturation_curve(curve.traces, curve.mean, curve.low, curve.high, found.read)
            st.plotly_chart(figure, key="rank.saturation", config=STILL)
        st.markdown("\n".join(f"- {plain(sentence)}" for sentence in found.sentences))


def _key(view: RankView) -> str:
    return f"{view.ws.path} {view.ws.revision} {view.sample} {view.dimension}"


def _trend(view: RankView) -> pd.DataFrame:
    trend = _trends(view.ws, _key(view), view.sample, view.dimension, view.by)
    return trend[trend["code"] == view.code]


def _traces(view: RankView) -> pd.DataFrame:
    return _of_code(view.ws, _key(view), view.sample, view.dimension, str(view.code))


@st.cache_resource(max_entries=16, show_spinner=False)
def _trends(_ws: Workspace, state: str, sample: str | None, dimension: str, by: Any) -> pd.DataFrame:
    return _ws.rank_trend(by, sample=sample, dimension=dimension)


@st.cache_resource(max_entries=32, show_spinner=False)
def _of_code(_ws: Workspace, state: str, sample: str | None, dimension: str, code: str) -> pd.DataFrame:
    return _ws.coded_traces(code, sample=sample, dimension=dimension)
