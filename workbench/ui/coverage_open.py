"""The open cell: its traces that are no case yet, to be drafted as cases, or read first where nobody has."""

from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from workbench.ui.cases_start import drafted
from workbench.ui.codes import attempt
from workbench.ui.coverage import CASES, CoverageView
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

READ = "pages/read.py"
DRAFTED, DRAWN = "coverage.drafted", "coverage.drawn"
WORDS = 400


def coverage_cell(view: CoverageView) -> None:
    """List the candidates of the open cell, with what can be done with those that are ticked."""
    row, name = view.row, " · ".join(view.cell.values())
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(name, 90)}** · {row['have']:,} of {row['target']:,} cases, {row['gap']:,} missing")
        _what_became(view.ws)
        if not row["seen"]:
            st.caption("Production has not shown this, so it has no traces to draft from; its cases were written.")
            return
        found = view.traces
        if found.empty:
            st.caption("Every trace of it is a case already, or was left out: write cases for it, or wait for more.")
            st.page_link(CASES, label="Write a case", icon=":material/edit:")
            return
        above = st.container(horizontal=True, vertical_alignment="center", gap="small")
        key = f"coverage.traces.{view.place}.{'.'.join(view.by)}.{len(found)}"
        chosen = st.dataframe(
            candidate_rows(found),
            key=key,
            hide_index=True,
            row_height=ROW,
            height=fitted(len(found), 300),
            on_select="rerun",
            selection_mode="multi-row",
            column_config=_COLUMNS,
        )
        ticked = found.iloc[chosen["selection"]["rows"]]
        with above:
            _buttons(view, ticked, name)


_COLUMNS: dict[str, Any] = {
    "open": st.column_config.LinkColumn("", display_text="read", width=48),
    "what people said": st.column_config.TextColumn(width=112),
    "asked": st.column_config.TextColumn(width=300),
    "time": st.column_config.TextColumn("time (UTC)", width=118),
}


def candidate_rows(found: pd.DataFrame) -> pd.DataFrame:
    """Make the table of candidates in the words of the page."""
    return pd.DataFrame(
        {
            "open": [f"read?{urlencode({'trace': each})}" for each in found["trace_id"]],
            "what people said": [_said(row.failed, row.signal) for row in found.itertuples()],
            "asked": [str(each)[:WORDS] for each in found["input"].astype("string").fillna("")],
            "time": [when(each) if pd.notna(each) else "" for each in found["started_at"]],
            "trace": found["trace_id"].to_numpy(),
        }
    )


def _said(failed: Any, signal: bool) -> str:
    if pd.isna(failed):
        return "not read, signal" if signal else "not read"
    return "failed" if failed else "passed"


def _buttons(view: CoverageView, ticked: pd.DataFrame, name: str) -> None:
    ids, unread = ticked["trace_id"].tolist(), ticked.loc[ticked["failed"].isna(), "trace_id"].tolist()
    read = [each for each in ids if each not in set(unread)]
    st.button(
        f"Draft {_n(read, 'case')}" if read else "Draft cases", key="coverage.draft", type="primary",
        icon=":material/upgrade:", disabled=not (read and view.person), on_click=_draft, args=(view, read, name),
        help="Those of the ticked ones that people have read: what a case expects comes from their labels.",
    )  # fmt: skip
    st.button(
        f"Draw {len(unread):,} into a sample" if unread else "Draw into a sample", key="coverage.draw",
        icon=":material/casino:", disabled=not unread, on_click=_draw, args=(view.ws, unread, name),
        help="Those that nobody has read: a case needs labels. Picked by hand, so they carry no weight.",
    )  # fmt: skip
    if not ids:
        st.caption("Tick traces below.", width="content")
    elif read and not view.person:
        st.caption("Say who you are, top right: a case has somebody who proposed it.", width="content")


def _n(listed: list[str], word: str) -> str:
    return f"{len(listed):,} {word}{'' if len(listed) == 1 else 's'}"


def _draft(view: CoverageView, trace_ids: list[str], name: str) -> None:
    if attempt(lambda: drafted(view.ws.promote(trace_ids, by=view.person, why=f"coverage: {name}"))):
        st.session_state[DRAFTED] = str(view.ws.path)


def _draw(ws: Workspace, trace_ids: list[str], name: str) -> None:
    def drawn() -> str:
        made = ws.sample(
            len(trace_ids), trace_ids=trace_ids, name=f"coverage: {name}"[:120], reason="a gap of coverage"
        )
        st.session_state[DRAWN] = (str(ws.path), made.sample_id)
        return f"{_n(trace_ids, 'trace')} drawn: read them, then come back and draft cases."

    attempt(drawn)


def _what_became(ws: Workspace) -> None:
    """Link to what was drafted or drawn here."""
    folder, sample_id = st.session_state.get(DRAWN, (None, None))
    drafted = st.session_state.get(DRAFTED) == str(ws.path)
    if not drafted and folder != str(ws.path):
        return
    with st.container(horizontal=True, gap="small"):
        if drafted:
            st.page_link(CASES, label="Go over the drafted cases", icon=":material/fact_check:")
        if folder == str(ws.path):
            st.page_link(
                READ, label="Read what was drawn", icon=":material/menu_book:", query_params={"sample": sample_id}
            )
