"""The verdict on a judge in words, what to do about it, and every judge and rule beside it."""

from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import FAIL, PASS, UNCLUSTERED, UNDECIDED, judge_rates, rate_text
from workbench.errors import WorkbenchError
from workbench.ui.judges import STILL, JudgeView
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import plain
from workbench.workspace import Workspace

TABLE = "judges.table"
TROUBLE = "judges.trouble"
DRAWN = "judges.drawn"
VERDICTS = {"may_gate": ("May gate", PASS), "may_not": ("May not gate", FAIL), "undecided": ("Cannot tell", UNDECIDED)}
MARKS = {"may_gate": "●", "may_not": "◆", "undecided": "○", "": ""}


def judge_verdict(view: JudgeView) -> None:
    """Say whether the judge may gate, on which side it errs, and what to do next."""
    left, right = st.columns([60, 40], gap="medium")
    with left:
        word, shade = VERDICTS[view.found.verdict]
        st.html(
            f'<div role="status" style="font-size:2.3rem;line-height:1.15;font-weight:650;color:{shade}">{escape(word)}'
            "</div>"
        )
        st.markdown(f"{rates_words(view.found)}: **{plain(verdict_words(view.found))}**.")
        if view.part:
            opened = f", opened by {plain(view.who)}" if view.who else ""
            st.caption(f"On the {view.part} part of people's labels{opened}.")
        _unreadable(view)
        looked = [each for each in view.found.notices if each.startswith("The test part was looked at")]
        for notice in looked:
            st.warning(plain(notice), icon=":material/visibility:")
        _next(view)
    with right:
        st.plotly_chart(judge_rates(view.found.sides), key="judges.rates", config=STILL)


def rates_words(found: Any) -> str:
    """The two rates in words: 'Good outputs passed 94% (89-97), n 120; real failures caught 71% (55-83), n 41'."""
    passed, caught = (rate_text(rate.estimate, rate.low, rate.high, rate.n) for rate in _two(found.rates))
    return f"Good outputs passed **{plain(passed)}**; real failures caught **{plain(caught)}**"


def verdict_words(found: Any) -> str:
    """The verdict and its reason in a few words."""
    if found.verdict == "may_not":
        return f"may not gate, it {' and '.join(found.errs)}"
    if found.verdict == "may_gate":
        return f"may gate: {found.reason}"
    return f"cannot tell yet, {found.reason}"


def _two(rates: Any) -> tuple[Any, Any]:
    return rates.true_pass, rates.true_fail


def _unreadable(view: JudgeView) -> None:
    found = view.found
    if found.unparsable:
        passed, caught = (rate_text(rate.estimate, rate.low, rate.high, rate.n) for rate in _two(found.dropped))
        st.caption(
            f"{found.unparsable:,} answers that cannot be read count as wrong. Without them: good outputs passed "
            f"{plain(passed)}; real failures caught {plain(caught)}."
        )


def _next(view: JudgeView) -> None:
    if st.session_state.get(TROUBLE):
        st.error(plain(st.session_state.pop(TROUBLE)), icon=":material/error:")
    if view.found.verdict == "may_gate":
        st.markdown(
            "**Next:** let it gate what is like these labels, and compare it again when it or the traffic changes."
        )
    elif view.found.verdict == "may_not":
        st.markdown("**Next:** read the disputes below, mend the prompt on the dev part, and compare it again.")
    need = _wanted(view.ws, view.state, view.judge, view.dimension, view.sample, view.part, view.who)
    drawn = st.session_state.get(DRAWN, {}).get(view.key)
    if drawn:
        _hand_out(drawn)
    elif need is not None:
        kind = "traces that look bad" if need.looks_bad else "traces"
        rest = "" if need.enough else "; there are no more of them"
        share = f", of which {need.share:.0%} failed so far (n {need.n_share:,})" if need.n_share else ""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f"**Next:** have people label about {need.n:,} more {kind} that nobody has labelled{share}{rest}.",
                width="stretch",
            )
            st.button(
                f"Draw {need.n:,} to hand out", type="primary", icon=":material/casino:", on_click=_draw, args=(view,),
                disabled=not need.n,
                help="Not chosen by what the judge said, so they may correct it. They carry no weight and enter no "
                "frequency.",
            )  # fmt: skip


def _draw(view: JudgeView) -> None:
    try:
        report = view.ws.draw_for_judge(view.judge, **view.options)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[DRAWN] = {**st.session_state.get(DRAWN, {}), view.key: report.sample_id}


def _hand_out(sample_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"**Drawn:** sample `{sample_id}`. Hand it to two people who do not see the judge.", width="content"
        )
        st.page_link(
            "pages/queue.py", label="Make a queue of it", icon=":material/inbox:", query_params={"sample": sample_id}
        )
        st.page_link("pages/read.py", label="Read it", icon=":material/menu_book:", query_params={"sample": sample_id})


def judge_table(view: JudgeView) -> None:
    """List every judge and rule of the dimension; a row chooses it."""
    table = view.table
    names = table["judge"].tolist()
    st.session_state[TABLE] = {"selection": {"rows": [names.index(view.judge)], "columns": [], "cells": []}}
    on = {None: "the same labels of people", "dev": "people's labels of the dev part"}[view.open_part]
    st.markdown(f"**Judges and rules on {plain(view.dimension)}**, against {on}")
    st.dataframe(
        _marked(judge_rows(table), table),
        key=TABLE,
        hide_index=True,
        height=fitted(len(table), 300),
        row_height=ROW,
        on_select=lambda: _choose(names),
        selection_mode="single-row",
        column_config=_COLUMNS,
    )


_COLUMNS: dict[str, Any] = {
    "": st.column_config.TextColumn(width=20),
    "judge": st.column_config.TextColumn(width=190),
    "kind": st.column_config.TextColumn(width=60, help="A rule costs nothing and never changes its mind."),
    "verdict": st.column_config.TextColumn(width=110),
    "good outputs passed": st.column_config.TextColumn(width=160),
    "real failures caught": st.column_config.TextColumn(width=160),
    "agreement": st.column_config.TextColumn(
        width=84, help="Decides nothing: where most pass, passing all agrees often"
    ),
    "kappa": st.column_config.TextColumn(width=60, help="Cohen's kappa: agreement beyond chance."),
    "unreadable": st.column_config.NumberColumn(width=84),
    "labelled": st.column_config.NumberColumn(width=80, help="Traces it labelled, those that people did not included."),
}


def judge_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Make the table of judges, in the words of the page."""
    rows = list(table.itertuples())
    return pd.DataFrame(
        {
            "": [MARKS[row.verdict] for row in rows],
            "judge": table["judge"],
            "kind": table["kind"],
            "verdict": [VERDICTS[row.verdict][0].lower() if row.verdict else row.reason for row in rows],
            "good outputs passed": [_rate(row, "pass") for row in rows],
            "real failures caught": [_rate(row, "fail") for row in rows],
            "agreement": ["" if pd.isna(row.agreement) else f"{row.agreement:.0%}" for row in rows],
            "kappa": ["" if pd.isna(row.kappa) else f"{row.kappa:.2f}" for row in rows],
            "unreadable": table["unparsable"].astype("Int64"),
            "labelled": table["labels"],
        }
    )


def _rate(row: Any, side: str) -> str:
    if not row.n:
        return ""
    share, low, high, n = (
        getattr(row, each) for each in (f"true_{side}", f"true_{side}_low", f"true_{side}_high", f"n_{side}")
    )
    return rate_text(share, low, high, int(n))


def _marked(rows: pd.DataFrame, table: pd.DataFrame) -> Any:
    """The marks in the colours of their verdicts; the shape says the same."""
    shades = [f"color: {VERDICTS[each][1] if each else UNCLUSTERED}" for each in table["verdict"]]
    return rows.style.apply(lambda _: shades, subset=[""])


def _choose(names: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows:
        st.session_state["judge"] = names[rows[0]]


@st.cache_resource(max_entries=16, show_spinner=False)
def _wanted(
    _ws: Workspace, state: str, judge: str, dimension: str, sample: str | None, part: str | None, who: str
) -> Any:
    return _ws.judge_wanted(judge, dimension=dimension, sample_id=sample, part=part, looked_by=who)
