"""Below the verdicts: how each annotator changes over time and misses what is known, versions of the rubric, a model.

All of it is of the open dimension. The model of consensus is worked out only when it is asked for, and is called a
model: it settles nothing.
"""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import agreement_course, annotator_course, rate_text
from workbench.ui.agreement import STILL, AgreementView, called
from workbench.ui.agreement_words import agreement_code, p_words, signed
from workbench.ui.tables import ROW
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace

BY = {"by week": "week", "by day": "day", "by third": "thirds"}
DIVISION = "by"
WHAT = {"excess": "failures more or fewer than the others saw", "disagreement": "share that differs from the others"}
MOST = 100
"""Items of the model listed at once."""


def agreement_time(view: AgreementView) -> None:
    """Draw each annotator against the others over time, and say who drifts, tires and misses what is known."""
    left, right = st.columns([37, 63], gap="medium")
    with left, st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(called(view.dimension))}: over time**", width="stretch")
            by = st.segmented_control(
                "Division", list(BY), default="by week", required=True, key=DIVISION, bind="query-params",
                label_visibility="collapsed",
            )  # fmt: skip
        course = over_time(view, BY[by or "by week"])
        what = "excess" if course.periods["excess"].notna().any() else "disagreement"
        if course.periods[what].notna().any():
            st.plotly_chart(annotator_course(course.periods, what=what), key="agreement.course", config=STILL)
            more = "" if course.drifting.empty else " Where one drifts the others seem to drift the other way."
            st.caption(f"{WHAT[what].capitalize()}, on the same items, with 95% intervals.{more}")
        else:
            st.caption("Nobody shares an item with somebody else in any of these periods.")
    with right, st.container(border=True, height="stretch"):
        misses = _misses(view.ws, view.state)
        st.markdown("**Who changes, tires, or misses what is known**")
        st.dataframe(
            change_rows(course, misses[misses["dimension"] == view.dimension]),
            hide_index=True,
            row_height=ROW,
            column_config={
                "annotator": st.column_config.TextColumn(width=66),
                "missed": st.column_config.TextColumn(width=210),
                "from first to last label": st.column_config.TextColumn(
                    width=222, help="Change of the line on the left; p by shuffling their labels, held for all people."
                ),
                "within a sitting": st.column_config.TextColumn(
                    width=166, help="Change of disagreement per ten labels without a pause of half an hour."
                ),
            },
        )
        st.caption(_known(misses, view.dimension))


def over_time(view: AgreementView, by: str) -> Any:
    """Each annotator over time on the open dimension."""
    return _course(view.ws, view.state, view.sample, view.queue, str(view.dimension), by)


def change_rows(course: Any, misses: pd.DataFrame) -> pd.DataFrame:
    """Make the table of who changes, in the words of the page; what nobody knows anything of is left out."""
    people = sorted(course.periods["annotator"].unique(), key=str)
    trends = course.trends[course.trends["what"] == "failures"]
    trends = (trends if len(trends) else course.trends).set_index("annotator").to_dict("index")
    tired = course.fatigue.set_index("annotator").to_dict("index")
    known = misses.set_index("annotator").to_dict("index")
    rows = pd.DataFrame(
        {
            "annotator": [str(who) for who in people],
            "from first to last label": [_changed(trends.get(who), "change", "drifts") for who in people],
            "within a sitting": [_changed(tired.get(who), "per_ten", "tires") for who in people],
            "missed": [_missed(known.get(who)) for who in people],
        }
    )
    return rows if len(misses) else rows.drop(columns="missed")


def _changed(row: Any, name: str, word: str) -> str:
    """What a trend amounts to: 'drifts: -24 points, p .01'; 'not shown: +3 points, 15 would show'."""
    if row is None:
        return ""
    if row["verdict"] == "undecided":
        return f"cannot tell: {row['reason']}" if isinstance(row["reason"], str) else "cannot tell"
    if row["verdict"] == word:
        more = f"; {row['reason']}" if isinstance(row["reason"], str) else ""
        return f"{word}: {signed(row[name])}, {p_words(row['p_holm'])}{more}"
    if row["detectable"] >= 1:  # no change there could be would show
        return f"cannot tell: {row['longest']} labels at most" if "longest" in row else "cannot tell"
    seen = "" if pd.isna(row["detectable"]) else f", {100 * row['detectable']:.0f} would show"
    return f"not shown: {signed(row[name])}{seen}"


def _missed(row: Any) -> str:
    if row is None:
        return ""
    instead = f", gave {row['given_instead']}" if isinstance(row["given_instead"], str) else ""
    return f"{row['missed']} of {row['n']}: {rate_text(row['share'], row['low'], row['high'])}{instead}"


def _known(misses: pd.DataFrame, dimension: str | None) -> str:
    """Say where what is known comes from."""
    of_it = misses[misses["dimension"] == dimension]
    if of_it.empty:
        return "Nothing is known of this beforehand: put gold items into a queue, or settle disputes."
    if (of_it["source"] == "settled").any():
        return "Missed: of what an expert settled, which are the disputed items, so more of them are missed."
    return "Missed: of the gold items put into queues to check people."


def agreement_versions(view: AgreementView) -> None:
    """Show agreement under each version of the rubric, and the change on what was labelled under both."""
    if view.ws.rubric().version < 2:
        return
    found = _by_version(view.ws, view.state, view.sample, str(view.dimension))
    if len(found.versions) < 2:
        return
    with st.container(border=True):
        st.markdown(f"**{plain(called(view.dimension))}: did the new rubric help?**")
        left, right = st.columns([42, 58], gap="medium")
        with left:
            versions = found.versions.assign(version=[f"version {each}" for each in found.versions["version"]])
            st.plotly_chart(
                agreement_course(versions, by="version", height=220), key="agreement.versions", config=STILL
            )
        with right:
            st.markdown("\n".join(f"- {plain(each)}." for each in found.sentences))
            st.caption("Only what was labelled under both can show a change: draw it at random, not from the disputes.")
            if found.notices:
                st.caption(plain(" ".join(found.notices)))


def agreement_model(view: AgreementView) -> None:
    """Offer what a model makes of the labels, from three annotators up; worked out once it is asked for."""
    if not view.may_be_modelled:
        return
    title = f"{plain(called(view.dimension))}: what a model takes for true (Dawid & Skene); a model, not the truth"
    shown = st.expander(title, icon=":material/model_training:", key="agreement.model", on_change="rerun")
    if not shown.open:
        return
    with shown:
        found = consensus_of(view)
        if found.refused:
            st.caption(f"There is none: {plain(found.reason)}.")
            return
        st.caption(
            "It weighs each annotator by how often they side with the others. It settles nothing, and where most "
            f"people err alike it errs with them.{f' Beware: {plain(found.reason)}.' if found.reason else ''}"
        )
        left, right = st.columns([38, 62], gap="medium")
        with left:
            st.dataframe(error_rows(found), hide_index=True, row_height=ROW)
        with right:
            odd = found.items[found.items["differs"] | (found.items["certainty"] < 0.9)]
            st.markdown(f"**{len(odd):,} of {len(found.items):,}** under 90% certain, or not what the majority said")
            st.dataframe(model_rows(odd.head(MOST)), hide_index=True, row_height=ROW, height=ROW * 7 + 3)


def consensus_of(view: AgreementView) -> Any:
    """What the model makes of the open dimension."""
    return _consensus(view.ws, view.state, view.sample, view.queue, str(view.dimension))


def error_rows(found: Any) -> pd.DataFrame:
    """Make the table of how each annotator reads each value, as the model has it."""
    table = found.errors.pivot(index=["annotator", "truth"], columns="said", values="share").reset_index()
    values = list(found.prior)
    shown = table.assign(**{value: [f"{each:.0%}" for each in table[value]] for value in values})
    shown = shown.rename(columns={"truth": "where true", **{value: f"says {value}" for value in values}})
    return shown[["annotator", "where true", *[f"says {value}" for value in values]]]


def model_rows(items: pd.DataFrame) -> pd.DataFrame:
    """Make the table of the items worth looking at."""
    return pd.DataFrame(
        {
            "votes": items["votes"].to_numpy(),
            "model": items["value"].to_numpy(),
            "certain": [f"{each:.0%}" for each in items["certainty"]],
            "majority": items["majority"].astype("string").fillna("none").to_numpy(),
            "trace": items["item"].to_numpy(),
        }
    )


def agreement_notebook(view: AgreementView) -> None:
    """Give the page in a notebook."""
    notebook(agreement_code(view, BY[st.session_state.get(DIVISION) or "by week"]))


@st.cache_resource(max_entries=16, show_spinner=False)
def _course(_ws: Workspace, state: str, sample: str | None, queue: str | None, dimension: str, by: Any) -> Any:
    return _ws.agreement_over_time(by, dimension=dimension, sample_id=sample, queue=queue)


@st.cache_resource(max_entries=4, show_spinner=False)
def _misses(_ws: Workspace, state: str) -> pd.DataFrame:
    return _ws.gold_misses()


@st.cache_resource(max_entries=16, show_spinner=False)
def _by_version(_ws: Workspace, state: str, sample: str | None, dimension: str) -> Any:
    return _ws.agreement_by_version(dimension, sample_id=sample)


@st.cache_resource(max_entries=16, show_spinner="Fitting …")
def _consensus(_ws: Workspace, state: str, sample: str | None, queue: str | None, dimension: str) -> Any:
    return _ws.consensus(dimension, sample_id=sample, queue=queue)
