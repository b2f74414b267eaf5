"""The Adjudicated tab: what was settled, how and by whom, with the votes that were not followed beside it."""

import pandas as pd
import streamlit as st

from workbench.ui.agreement import AgreementView, open_dispute
from workbench.ui.agreement_table import agreement_codes, agreement_table
from workbench.ui.agreement_words import how_words
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import when
from workbench.workspace import Workspace

SETTLED = "agreement.settled"


def agreement_settled(view: AgreementView) -> None:
    """List what was settled; where two experts settled the same, how far they agree."""
    settled = _settled(view.ws, view.state, view.sample)
    n_open = int((~view.disputes["adjudicated"]).sum())
    if settled.empty:
        st.info(
            f"Nothing is settled yet; {n_open:,} disputes are open, one tab further." if n_open else
            "Nothing is settled yet, and nothing is disputed.", icon=":material/gavel:",
        )  # fmt: skip
        return
    by = settled["decided_by"].nunique()
    st.markdown(
        f"**{len(settled):,} settled** by {by:,} {'person' if by == 1 else 'people'}, {n_open:,} open. "
        "What was said blind stays as it was; the two are never pooled."
    )
    left, right = st.columns([37, 63], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown("**By dimension**")
        narrow = {
            name: st.column_config.NumberColumn(width=width) for name, width in zip(HOW.values(), WIDTHS, strict=True)
        }
        st.dataframe(counts(settled), hide_index=True, row_height=ROW, column_config=narrow)
        st.caption("What is excluded or kept as ambiguous is held against no judge.")
    with right, st.container(border=True, height="stretch"):
        st.markdown("**What was settled** · a row opens it; settling again replaces it")
        _listed(settled)
    if view.compared:
        st.markdown("**Where two people settled the same trace**")
        agreement_table(view)
        agreement_codes(view)


HOW = {"decide": "decided", "majority": "by majority", "exclude": "excluded", "ambiguous": "ambiguous"}
WIDTHS = (62, 80, 66, 78)


def _listed(settled: pd.DataFrame) -> None:
    places = list(zip(settled["trace_id"], settled["dimension"], strict=True))
    st.session_state[SETTLED] = {"selection": {"rows": [], "columns": [], "cells": []}}
    st.dataframe(
        settled_rows(settled),
        key=SETTLED,
        hide_index=True,
        row_height=ROW,
        height=fitted(len(settled), 480),
        on_select=lambda: _open_row(places),
        selection_mode="single-row",
        column_config={
            "settled as": st.column_config.TextColumn(width=130),
            "minority": st.column_config.TextColumn(width=130, help="Who had said otherwise; their labels stay."),
            "why": st.column_config.TextColumn(width=260),
        },
    )


def counts(settled: pd.DataFrame) -> pd.DataFrame:
    """Count per dimension how its disputes were settled."""
    found = pd.crosstab(settled["dimension"], settled["how"].map(HOW))
    return found.reindex(columns=list(HOW.values()), fill_value=0).reset_index()


def settled_rows(settled: pd.DataFrame) -> pd.DataFrame:
    """Make the table of what was settled, newest first as given."""
    rows = list(settled.itertuples())
    return pd.DataFrame(
        {
            "dimension": settled["dimension"].to_numpy(),
            "settled as": [how_words(row.how, row.value) for row in rows],
            "minority": [_against(row.votes, row.value) for row in rows],
            "why": settled["reason"].to_numpy(),
            "by": settled["decided_by"].to_numpy(),
            "when": [when(row.decided_at) for row in rows],
            "votes": [", ".join(f"{who}: {said}" for who, said in row.votes.items()) for row in rows],
            "trace": settled["trace_id"].to_numpy(),
        }
    )


def _against(votes: dict[str, str], value: object) -> str:
    """Who had said otherwise than what holds; nobody where nothing holds."""
    if not isinstance(value, str):
        return ""
    return ", ".join(f"{who} said {said}" for who, said in votes.items() if said not in (value, "defer"))


def _open_row(places: list[tuple[str, str]]) -> None:
    rows = st.session_state[SETTLED]["selection"]["rows"]
    if rows:
        trace_id, dimension = places[rows[0]]
        open_dispute(trace_id, dimension, within="")


@st.cache_resource(max_entries=8, show_spinner=False)
def _settled(_ws: Workspace, state: str, sample: str | None) -> pd.DataFrame:
    """What holds now, newest first; of a sample's traces only where one is chosen."""
    found = _ws.adjudications()
    found = found[found["stands"]].iloc[::-1]
    if sample is not None:
        found = found[found["trace_id"].isin(_ws.sample_rows(sample)["trace_id"])]
    return found.reset_index(drop=True)
