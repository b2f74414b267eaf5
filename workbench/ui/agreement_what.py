"""Below the verdicts, for the open dimension: what gets mixed up, the disputed traces, and who stands apart."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import left_out_forest, mixed_bars, pair_matrix
from workbench.ui.agreement import OF_CODE, SETS, STILL, AgreementView, called, open_dispute
from workbench.ui.agreement_words import coefficient, p_words, signed, standard
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import plain
from workbench.workspace import Workspace

DISPUTED = "agreement.disputed"
FEW = 2  # pairs of values from which a figure of them says more than a sentence
MOST = 200
"""Disputes listed at once."""


def agreement_what(view: AgreementView) -> None:
    """Draw what the open dimension's disputes are about, and the disputes themselves; a row opens one."""
    mixed = view.found.confusions[view.found.confusions["dimension"] == view.dimension]
    told = standard(view.ws, view.dimension or "", short=True)
    if len(mixed) < FEW and not told:
        with st.container(border=True):
            _disputed(view)
        return
    left, right = st.columns([38, 62], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(called(view.dimension))}: what gets mixed up**")
        if len(mixed) >= FEW:
            st.plotly_chart(mixed_bars(mixed), key="agreement.mixed", config=STILL)
        else:
            st.markdown(plain(_only_pair(mixed)))
        for title, text in told.items():
            st.markdown(f"**{title}.** {plain(text)}")
    with right, st.container(border=True, height="stretch"):
        _disputed(view)


def _only_pair(mixed: pd.DataFrame) -> str:
    """What there is to say where one pair of values is all there is."""
    if mixed.empty:
        return "Nothing: all who labelled the same item gave it the same."
    row = mixed.iloc[0]
    return f"All of it is {row['value']} / {row['other']}, on {row['items']:,} items."


def _disputed(view: AgreementView) -> None:
    found = of_dimension(view.disputes, view.dimension)
    n_open = int((~found["adjudicated"]).sum())
    st.markdown(
        f"**{plain(called(view.dimension))}, disputed: {len(found):,} traces**, {n_open:,} open · "
        "a row opens its adjudication"
    )
    if len(found):
        _listed(view, found.head(MOST))


def of_dimension(disputes: pd.DataFrame, dimension: str | None) -> pd.DataFrame:
    """The disputes of a dimension; of all codes together those of any code."""
    if dimension is None:
        return disputes
    of_it = disputes["dimension"] == dimension
    if dimension == SETS:
        of_it = disputes["dimension"].str.startswith(OF_CODE)
    return disputes[of_it]


def _listed(view: AgreementView, found: pd.DataFrame) -> None:
    places = list(zip(found["trace_id"], found["dimension"], strict=True))
    within = "" if view.dimension in (None, SETS) else str(view.dimension)
    st.session_state[DISPUTED] = {"selection": {"rows": [], "columns": [], "cells": []}}
    st.dataframe(
        dispute_rows(found, first_words(view.ws, view.state, tuple(found["trace_id"]))),
        key=DISPUTED,
        hide_index=True,
        height=fitted(len(found), 300),
        row_height=ROW,
        on_select=lambda: _open_row(places, within),
        selection_mode="single-row",
        column_config={
            "votes": st.column_config.TextColumn(width=210),
            "first words": st.column_config.TextColumn(width=280),
            "critiques": st.column_config.TextColumn(width=230),
            "settled": st.column_config.TextColumn(width=120),
            "trace": st.column_config.TextColumn(width=130),
        },
    )


def dispute_rows(found: pd.DataFrame, words: dict[str, str]) -> pd.DataFrame:
    """Make the table of disputes; columns that say nothing are left out."""
    settled = [
        (f"{row.value} by {row.decided_by}" if isinstance(row.value, str) else f"{row.how} by {row.decided_by}")
        + (", votes changed since" if row.changed else "")
        if row.adjudicated
        else ""
        for row in found.itertuples()
    ]
    rows = pd.DataFrame(
        {
            "dimension": found["dimension"].to_numpy(),
            "votes": found["annotators"].to_numpy(),
            "first words": [words.get(each, "") for each in found["trace_id"]],
            "critiques": [" · ".join(each) for each in found["critiques"]],
            "settled": settled,
            "trace": found["trace_id"].to_numpy(),
        }
    )
    same = ["dimension"] if rows["dimension"].nunique() == 1 else []
    return rows.drop(columns=same + [name for name in ("critiques", "settled") if (rows[name] == "").all()])


def _open_row(places: list[tuple[str, str]], within: str) -> None:
    rows = st.session_state[DISPUTED]["selection"]["rows"]
    if rows:
        trace_id, dimension = places[rows[0]]
        open_dispute(trace_id, dimension, within)


def agreement_who(view: AgreementView) -> None:
    """Draw who agrees with whom, who stands apart, and which value each gives too often."""
    people = view.found.annotators[view.found.annotators["dimension"] == view.of_people]
    pairs = view.found.pairs[view.found.pairs["dimension"] == view.of_people]
    if people.empty or pairs.empty:
        return
    by = "kappa" if pairs["kappa"].notna().any() else "alpha"
    left, middle, right = st.columns([26, 28, 46], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(called(view.of_people))}: who agrees** · {by}")
        st.plotly_chart(pair_matrix(pairs, by=by), key="agreement.pairs", config=STILL)
    with middle, st.container(border=True, height="stretch"):
        st.markdown("**Who stands apart** · one left out at a time")
        if people["change"].notna().any():
            st.plotly_chart(left_out_forest(people), key="agreement.left_out", config=STILL)
        else:
            st.caption("It takes three annotators to leave one out.")
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Each annotator against the others on the same items**")
        st.dataframe(
            people_rows(people),
            hide_index=True,
            row_height=ROW,
            height=fitted(len(people), 300),
            column_config={
                "annotator": st.column_config.TextColumn(width=70),
                "labels": st.column_config.NumberColumn(width=46),
                "differs": st.column_config.TextColumn(
                    width=50, help="Share of comparisons with somebody else's label of the item that differ."
                ),
                "alpha without": st.column_config.TextColumn(width=118),
                "gives more often": st.column_config.TextColumn(
                    width=190, help="The value given most in excess of how others label the same items; chi-square."
                ),
            },
        )
        if people["stands_apart"].any():
            apart = ", ".join(people.loc[people["stands_apart"], "annotator"].astype(str))
            st.caption(f"{plain(apart)}: talk over ten disputed traces before another label is given.")


def people_rows(people: pd.DataFrame) -> pd.DataFrame:
    """Make the table of annotators, in the words of the page."""
    rows = list(people.itertuples())
    return pd.DataFrame(
        {
            "annotator": people["annotator"].astype(str).to_numpy(),
            "labels": people["labels"].to_numpy(),
            "differs": ["" if pd.isna(row.mean_disagreement) else f"{row.mean_disagreement:.0%}" for row in rows],
            "alpha without": [
                coefficient(row.alpha_without) + (" stands apart" if row.stands_apart else "") for row in rows
            ],
            "gives more often": [_bias(row) for row in rows],
        }
    )


def _bias(row: Any) -> str:
    if not isinstance(row.bias_value, str) or pd.isna(row.bias_excess):
        return ""
    p = "" if pd.isna(row.bias_p) else f", {p_words(row.bias_p)}"
    return f"{row.bias_value} {signed(row.bias_excess)}{p}"


def first_words(ws: Workspace, state: str, trace_ids: tuple[str, ...]) -> dict[str, str]:
    """How each trace begins."""
    return _first_words(ws, state, trace_ids)


@st.cache_resource(max_entries=16, show_spinner=False)
def _first_words(_ws: Workspace, state: str, trace_ids: tuple[str, ...]) -> dict[str, str]:
    places = ", ".join("?" * len(trace_ids))
    rows = _ws.traces(columns=["trace_id", "input"], where=f"trace_id IN ({places})", params=list(trace_ids))
    return {row.trace_id: " ".join(str(row.input or "").split())[:160] for row in rows.itertuples()}
