"""The verdicts of the Agreement page: dimensions, then codes, each beside its interval; and what to do next."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import FAIL, PASS, UNCLUSTERED, UNDECIDED, agreement_forest
from workbench.ui.agreement import ADJUDICATED, OF_CODE, STILL, AgreementView, called, link
from workbench.ui.agreement_words import MARKS, coefficient, more_coefficients, with_bounds
from workbench.ui.tables import ROW
from workbench.ui.words import plain

SHADES = {"reliable": PASS, "ambiguous": FAIL, "undecided": UNDECIDED, "no_variation": UNCLUSTERED}
FEW = 2
"""Dimensions up to which the codes are open from the start."""


def agreement_words(view: AgreementView) -> None:
    """Say in a line what can be trusted; when to stop labelling comes first and stands out."""
    told = list(view.found.sentences)
    if view.found.stop and told:
        st.error(f"**{plain(told.pop(0))}**", icon=":material/front_hand:")
    if told:
        st.markdown(f"**{plain(told[0])}**")


def agreement_table(view: AgreementView) -> None:
    """Draw the verdicts on outcome, rubric and codes together; a row opens the dimension, and says more of it."""
    dimensions = view.found.dimensions
    of_rubric = in_order(dimensions[dimensions["code"].isna()])
    if len(of_rubric):
        _table(view, of_rubric, "rubric")
    _open_row(view)


def agreement_codes(view: AgreementView) -> None:
    """Draw the verdicts on each code by itself, behind a line that says how they stand."""
    dimensions = view.found.dimensions
    codes = in_order(dimensions[dimensions["code"].notna()])
    if codes.empty:
        return
    wide = view.of_code or len(dimensions) - len(codes) <= FEW
    title = plain(view.found.sentences[-1].removesuffix("."))
    with st.expander(title, icon=":material/style:", expanded=wide, key=f"agreement.codes.{wide}"):
        _table(view, codes, "codes")


def in_order(dimensions: pd.DataFrame) -> pd.DataFrame:
    """The outcome and the rubric's dimensions first, then all codes together, then each of them, by their names."""
    last = 2 * dimensions["code"].notna() + (dimensions["level"] == "sets")
    ordered = dimensions.assign(last=last).sort_values(["last", "dimension"], kind="stable")
    return ordered.drop(columns="last")


def _table(view: AgreementView, dimensions: pd.DataFrame, name: str) -> None:
    names = dimensions["dimension"].tolist()
    at = [names.index(view.dimension)] if view.dimension in names else []
    key = f"agreement.{name}.{view.tab}"
    st.session_state[key] = {"selection": {"rows": at, "columns": [], "cells": []}}
    left, right = st.columns([79, 21], gap="small")
    with left:
        st.dataframe(
            _marked(verdict_rows(view.found, dimensions), dimensions),
            key=key,
            hide_index=True,
            row_height=ROW,
            height=ROW * (len(dimensions) + 1) + 3,
            on_select=lambda: _choose(key, names),
            selection_mode="single-row",
            column_config=_COLUMNS,
        )
    with right:
        figure = agreement_forest(dimensions, row=ROW, names=False)
        st.plotly_chart(figure, key=f"{key}.forest", config=STILL)


_COLUMNS: dict[str, Any] = {
    "": st.column_config.TextColumn(width=20),
    "dimension": st.column_config.TextColumn(width=134),
    "raw": st.column_config.TextColumn(width=38, help="Share of agreeing pairs of labels, averaged over the items."),
    "alpha": st.column_config.TextColumn(
        width=102, help="Krippendorff's alpha with its 95% interval: 1 is perfect, 0 is chance. Items are drawn again."
    ),
    "AC1": st.column_config.TextColumn(
        width=38, help="Gwet's AC1, for comparison: it flatters rare failures and decides nothing here."
    ),
    "on failures": st.column_config.TextColumn(
        width=102, help="Of the labels that say failure, the share that another annotator of the item shares."
    ),
    "prevalence": st.column_config.TextColumn("prev.", width=44, help="How many of the labels say failure."),
    "n": st.column_config.NumberColumn(width=38, help="Items that two people or more have labelled."),
    "verdict": st.column_config.TextColumn(
        width=372, help="From the whole interval of alpha: at .6 or above reliable, below it ambiguous, else open."
    ),
}


def verdict_rows(found: Any, dimensions: pd.DataFrame) -> pd.DataFrame:
    """Make the table of verdicts, in the words of the page; columns that say nothing are left out."""
    rows = list(dimensions.itertuples())
    table = pd.DataFrame(
        {
            "": [MARKS[row.verdict] for row in rows],
            "dimension": [called(row.dimension) for row in rows],
            "raw": ["" if pd.isna(row.percent) else f"{row.percent:.0%}" for row in rows],
            "alpha": [_alpha(row) for row in rows],
            "AC1": [coefficient(row.ac1) for row in rows],
            "on failures": [with_bounds(row.positive_agreement, row.positive_low, row.positive_high) for row in rows],
            "prevalence": ["" if pd.isna(row.prevalence) else f"{row.prevalence:.1%}" for row in rows],
            "n": dimensions["units"].to_numpy(),
            "verdict": [found.words(row.dimension) for row in rows],
        }
    )
    return table.drop(columns=[name for name in ("on failures", "prevalence") if (table[name] == "").all()])


def _alpha(row: Any) -> str:
    if row.verdict == "no_variation":
        return "no variation"
    return with_bounds(row.alpha, row.alpha_low, row.alpha_high)


def _marked(rows: pd.DataFrame, dimensions: pd.DataFrame) -> Any:
    """The marks in the colours of their verdicts; the shape says the same."""
    shades = [f"color: {SHADES[verdict]}" for verdict in dimensions["verdict"]]
    return rows.style.apply(lambda _: shades, subset=[""])


def _choose(key: str, names: list[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        st.query_params["dimension"] = names[rows[0]]
    else:
        st.query_params.pop("dimension", None)


def _open_row(view: AgreementView) -> None:
    """Say all there is to say of the open dimension: the whole verdict, what keeps it open, the other coefficients."""
    if view.dimension is None:
        return
    row = next(view.found.dimensions.query("dimension == @view.dimension").itertuples())
    st.markdown(f"**{plain(called(view.dimension))}** · {plain(view.found.words(view.dimension))}")
    told = more_coefficients(row)
    if isinstance(row.reason, str):
        told = f"{row.reason} · {told}"
    st.caption(plain(told))


def agreement_next(view: AgreementView) -> None:
    """Say what to do next, with a link to where it is done."""
    found = view.found
    worst = in_order(found.dimensions[found.dimensions["verdict"] == "ambiguous"])["dimension"].tolist()
    where = ("pages/queue.py", "Queue", ":material/inbox:")
    judged = "measure a judge against these labels.", ("pages/judges.py", "Judges", ":material/gavel:")
    if view.tab == ADJUDICATED:
        text, where = judged
        if view.n_open:
            text, where = f"settle the {view.n_open:,} that are open, under disputes.", ("", "", "")
    elif found.stop:
        text = "rewrite the rubric with those who labelled, over ten of the disputed traces; then label anew."
        where = ("pages/rubric.py", "Rubric", ":material/rule:")
    elif not view.compared:
        text = "have one sample labelled by two people who do not see each other's labels."
    elif worst:
        text = f"mend what {plain(called(worst[0]))} means; more labels will not help it. Then label a part again."
        of_code = worst[0].startswith(OF_CODE)
        where = ("pages/codebook.py", "Codebook", ":material/style:") if of_code else where
        where = where if of_code else ("pages/rubric.py", "Rubric", ":material/rule:")
    elif view.n_open:
        text = f"settle the {view.n_open:,} open disputes; what is settled is what judges are measured against."
    else:
        text, where = judged
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {text}", width="content")
        link(*where)
