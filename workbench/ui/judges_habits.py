"""Habits of a judge, each with its test; and several judges as one, with how far they err together."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import error_correlations, rate_text
from workbench.errors import WorkbenchError
from workbench.ui.judges import DEV, STILL, TEST, JudgeView
from workbench.ui.words import plain
from workbench.workspace import Workspace

WITH = "with"
LEAST = 3


def judge_habits(view: JudgeView) -> None:
    """List the habits that were looked for, with what was found, the test and its n."""
    with st.container(border=True, height="stretch"):
        st.markdown("**What it does out of habit** · people's own label held fixed")
        try:
            found, stand_in = _habits(view.ws, view.state, view.judge, view.dimension)
        except WorkbenchError as error:
            st.caption(plain(error))
            return
        st.dataframe(habit_rows(found), hide_index=True, row_height=30, column_config=_COLUMNS)
        st.markdown("\n".join(f"- {plain(each)}" for each in found.words))
        st.caption(
            f"May it take an annotator's place? {plain(stand_in)} (alternative annotator test, Calderon et al. 2025)."
        )


_COLUMNS: dict[str, Any] = {
    "habit": st.column_config.TextColumn(width=146),
    "found": st.column_config.TextColumn(width=150, help="Odds of a pass: 1 is no effect, with the 95% interval."),
    "p": st.column_config.TextColumn(width=56),
    "n": st.column_config.NumberColumn(width=46),
    "test": st.column_config.TextColumn(width=190),
}


def habit_rows(found: Any) -> pd.DataFrame:
    """Make the table of habits, in the words of the page."""
    same, place = found.repeatable, found.position
    rows = [
        ("contradicts itself", _rate(same), "", same.n, "asked twice, alpha between runs"),
        ("prefers long answers", *_effect(found.length), "logistic regression on length"),
        ("prefers its own family", *_effect(found.own_family), "Mantel-Haenszel"),
        (
            "prefers a place",
            "not known" if place is None else _rate(place.consistent),
            "" if place is None or place.p != place.p else f"{place.p:.3f}",
            0 if place is None else place.consistent.n,
            "both orders, exact binomial",
        ),
    ]
    return pd.DataFrame(rows, columns=["habit", "found", "p", "n", "test"])


def _rate(share: Any) -> str:
    return "not known" if not share.n else f"the same in {rate_text(share.estimate, share.low, share.high)}"


def _effect(found: Any) -> tuple[str, str, int]:
    if found.reason:
        return "cannot tell", "", found.n
    return f"odds × {found.odds_ratio:.2f} ({found.low:.2f}-{found.high:.2f})", f"{found.p:.3f}", found.n


def judge_panel(view: JudgeView) -> None:
    """Draw several judges as one: the correlation of their errors, and what their majority is worth."""
    names = view.table[view.table["n"] > 0]["judge"].tolist()
    with st.container(border=True):
        st.markdown("**Several judges as one** · errors that go together make a panel worth less than its number")
        if len(names) < LEAST:
            st.caption(
                f"A panel takes an odd number of judges or rules on the same traces, {LEAST} or more; there are "
                f"{len(names)}. Judges of other makers help, more prompts of one maker do not."
            )
            return
        chosen = st.multiselect(
            "Judges", names, default=names[:LEAST], key=WITH, bind="query-params", label_visibility="collapsed"
        )
        if len(chosen) < LEAST or len(chosen) % 2 == 0:
            st.caption(f"Choose an odd number of judges, {LEAST} or more: an even panel may be split in halves.")
            return
        try:
            found = panel_of(view, tuple(chosen))
        except WorkbenchError as error:
            st.caption(plain(error))
            return
        left, right = st.columns([45, 55], gap="medium")
        with left:
            figure = error_correlations(found.correlations, names=list(found.judges))
            st.plotly_chart(figure, key="judges.panel", config=STILL)
        with right:
            st.markdown("\n".join(f"- {each}" for each in panel_words(found)))
            for notice in found.notices:
                st.caption(plain(notice))


def panel_words(found: Any) -> list[str]:
    """Say what the panel is worth."""
    worth = found.errors.effective
    told = f"amount to **{worth:.2f}** that err independently" if worth == worth else "never err: nothing to correlate"
    rates = found.majority.rates
    passed, caught = (
        plain(rate_text(rate.estimate, rate.low, rate.high, rate.n)) for rate in (rates.true_pass, rates.true_fail)
    )
    apart = rate_text(found.split.estimate, found.split.low, found.split.high, found.split.n)
    return [
        f"{len(found.judges)} judges {told}.",
        f"Their majority passes **{passed}** of the good outputs and catches **{caught}** of the real failures: "
        f"{found.majority.verdict.replace('_', ' ')}.",
        f"They differ on {plain(apart)} of the traces: the hard cases, for people to look at.",
    ]


def panel_of(view: JudgeView, names: tuple[str, ...]) -> Any:
    """Several judges as one, on labels that are open."""
    part = DEV if view.part == TEST else view.part
    return _panel(view.ws, view.state, names, view.dimension, part)


def chosen_panel(view: JudgeView) -> list[str]:
    """The judges of the panel on the page; none where it shows none."""
    chosen = [each for each in st.session_state.get(WITH) or [] if each in set(view.table["judge"])]
    return chosen if len(chosen) >= LEAST and len(chosen) % 2 else []


@st.cache_resource(max_entries=16, show_spinner=False)
def _habits(_ws: Workspace, state: str, judge: str, dimension: str) -> tuple[Any, str]:
    return _ws.judge_habits(judge, dimension=dimension), str(_ws.judge_alt_test(judge, dimension=dimension))


@st.cache_resource(max_entries=16, show_spinner=False)
def _panel(_ws: Workspace, state: str, names: tuple[str, ...], dimension: str, part: str | None) -> Any:
    return _ws.judge_panel(names, dimension=dimension, part=part)
