"""Where a judge and people differ: a list, and both critiques side by side, one click from the trace."""

from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from workbench.charts import FAIL
from workbench.ui.judges import TEST, JudgeView
from workbench.ui.tables import fitted
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

TABLE = "judges.disputes"
KIND = "kind"
EVERY = "all"


def judge_disputes(view: JudgeView) -> None:
    """List the disputes; a row shows what the judge and what people say of it."""
    if view.part == TEST:
        st.markdown(
            "**Disputes** · those of the test part stay closed: whoever reads them tunes the judge on its own test. "
            "Read those of the dev part."
        )
        return
    found = disputes_of(view)
    if found.empty:
        st.markdown("**Disputes** · none: judge and people say the same of every trace they both labelled.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        counts = found["kind"].value_counts()
        told = ", ".join(f"{name} {n:,}" for name, n in counts.items())
        st.markdown(f"**Disputes between the judge and people** · {told}", width="stretch")
        kind = st.segmented_control(
            "Kind", [EVERY, *counts.index], default=EVERY, required=True, key=KIND, bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
    shown = found if kind in (None, EVERY) else found[found["kind"] == kind]
    ids = shown["trace_id"].tolist()
    at = st.query_params.get("trace")
    st.session_state[TABLE] = {"selection": {"rows": [ids.index(at)] if at in ids else [], "columns": [], "cells": []}}
    left, right = st.columns([66, 34], gap="medium")
    with left:
        st.dataframe(
            _marked(dispute_rows(shown, view.sample)),
            key=TABLE,
            hide_index=True,
            height=fitted(len(shown), 380),
            on_select=lambda: _choose(ids),
            selection_mode="single-row",
            column_config=_COLUMNS,
        )
    with right:
        _both_sides(shown, str(at) if at in ids else ids[0], view)


_COLUMNS: dict[str, Any] = {
    "open": st.column_config.LinkColumn(display_text="read", width=48),
    "kind": st.column_config.TextColumn(width=124),
    "people": st.column_config.TextColumn(width=56),
    "judge": st.column_config.TextColumn(width=74),
    "first words": st.column_config.TextColumn(width=330),
    "release": st.column_config.TextColumn(width=66),
    "model": st.column_config.TextColumn(width=96),
    "time": st.column_config.TextColumn("time (UTC)", width=118),
}
MISSED = "missed failure"


def dispute_rows(found: pd.DataFrame, sample: str | None) -> pd.DataFrame:
    """Make the table of disputes, in the words of the page."""
    more = {"sample": sample} if sample else {}
    return pd.DataFrame(
        {
            "open": [f"read?{urlencode({'trace': each, **more})}" for each in found["trace_id"]],
            "kind": found["kind"],
            "people": found["human"],
            "judge": found["judge"],
            "first words": found["first_words"].fillna(""),
            "release": found["release"].astype("string").fillna(""),
            "model": found["model"].astype("string").fillna(""),
            "time": [when(each) if pd.notna(each) else "" for each in found["started_at"]],
            "trace": found["trace_id"],
        }
    )


def _marked(rows: pd.DataFrame) -> Any:
    shades = [f"color: {FAIL}" if each == MISSED else "" for each in rows["kind"]]
    return rows.style.apply(lambda _: shades, subset=["kind"])


def _choose(ids: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows:
        st.query_params["trace"] = ids[rows[0]]
    else:
        st.query_params.pop("trace", None)


def _both_sides(found: pd.DataFrame, trace_id: str, view: JudgeView) -> None:
    row = found[found["trace_id"] == trace_id].iloc[0]
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(row['first_words'] or 'no words', 120)}**")
        judge, people = st.columns(2, gap="small")
        with judge:
            st.markdown(f"**{plain(view.judge)}** says **{plain(row['judge'])}**")
            st.markdown(_said(row["critique"], "It gave no critique."))
        with people:
            st.markdown(f"**People** say **{plain(row['human'])}**")
            st.caption(plain(row["votes"]))
            st.markdown(_said(row["note"], "Nobody noted why."))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                "pages/read.py", label="Read the trace", icon=":material/menu_book:", query_params={"trace": trace_id}
            )
            st.caption(plain(trace_id))


def _said(text: Any, nothing: str) -> str:
    return plain(text) if isinstance(text, str) and text else f":gray[{nothing}]"


def disputes_of(view: JudgeView) -> pd.DataFrame:
    """The disputes of the judge on the page."""
    return _disputes(view.ws, view.state, view.judge, view.dimension, view.sample, view.part)


@st.cache_resource(max_entries=16, show_spinner=False)
def _disputes(
    _ws: Workspace, state: str, judge: str, dimension: str, sample: str | None, part: str | None
) -> pd.DataFrame:
    return _ws.judge_disputes(judge, dimension=dimension, sample_id=sample, part=part)
