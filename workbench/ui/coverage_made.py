"""The strips below: what the set is made of against what its stage asks for, and what in it has grown old."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import coverage_size, golden_risks, golden_sources, rate_text
from workbench.ui.coverage import CoverageView
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import plain

STILL = {"displayModeBar": False}


def coverage_made_of(view: CoverageView) -> None:
    """Draw the composition: sources against the rule of thumb, size against stage, risk with the edge set apart."""
    made = view.found.composition
    left, middle, right = st.columns([36, 32, 32], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Sources** against 60 / 20 / 10 / 10, a rule of thumb")
        if made.n:
            st.plotly_chart(golden_sources(made.sources), key="coverage.sources", config=STILL)
            st.caption("Bars are 95% intervals; the line across each row is the share wanted.")
        else:
            st.caption("There is no case to count.")
    with middle, st.container(border=True, height="stretch"):
        st.markdown(f"**Size** · {_size_words(made)}")
        st.plotly_chart(coverage_size(made.n), key="coverage.size", config=STILL)
        if view.found.sealed:
            st.caption(f"Sealed and counted nowhere on this page: {view.found.sealed:,}.")
        _staleness(view.found.staleness)
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Risk**, and the edge set by itself")
        st.plotly_chart(golden_risks(made.risks, made.edges), key="coverage.risks", config=STILL)


def _size_words(made: Any) -> str:
    more = f", {made.missing:,} to go" if made.missing else ""
    return f"{made.n:,} cases, stage {made.stage.name}{more}"


def _staleness(old: Any) -> None:
    st.markdown(f"**Staleness** · {plain(_age_words(old))}")
    if old.reason is not None:
        st.caption(plain(f"Whether production still asks this cannot be said: {old.reason}."))
        return
    share = old.share
    told = rate_text(share.estimate, share.low, share.high, share.n)
    st.caption(f"Not asked in production for six months: {plain(told)}.")
    if old.n_unseen:
        with st.expander(f"The {old.n_unseen:,} case{'' if old.n_unseen == 1 else 's'}"):
            st.dataframe(
                unseen_rows(old.unseen), hide_index=True, row_height=ROW,
                height=fitted(old.n_unseen, 240),
            )  # fmt: skip


def _age_words(old: Any) -> str:
    if old.frozen_at is None:
        return "nothing was frozen yet"
    age = f"the newest version is {old.days:,} day{'' if old.days == 1 else 's'} old"
    return f"{age}, more than six months" if old.old else age


def unseen_rows(unseen: pd.DataFrame) -> pd.DataFrame:
    """Make the table of stale cases: which, its cell, when production last showed that."""
    return pd.DataFrame(
        {
            "case": unseen["case_id"].to_numpy(),
            "cell": unseen["cell"].to_numpy(),
            "last seen": ["never" if pd.isna(each) else f"{each:%Y-%m-%d}" for each in unseen["last_seen"]],
        }
    )
