"""How a judge errs: what it takes for what, the most that can be asked of it, where it errs, the share behind it."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import confusion_matrix, corrected_share, judge_slices, rate_text
from workbench.ui.judges import STILL, JudgeView
from workbench.ui.words import plain
from workbench.workspace import Workspace

BY = "by"
PREFERRED = ("code", "release")
METHODS = {
    "lang_reiczigel": "corrected by Lang & Reiczigel, which holds for labels chosen without looking at the judge",
    "ppi": "corrected by PPI++, which holds for a random sample of the same traffic",
    "people_only": "people's share alone: the judge labelled nothing beyond it",
}


def judge_errors(view: JudgeView) -> None:
    """Draw the confusion table beside both treatments of unreadable answers and the agreement of people."""
    left, right = st.columns([46, 54], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown("**What it takes for what** · share of the row")
        figure = confusion_matrix(view.found.confusion, first=view.found.positive)
        st.plotly_chart(figure, key="judges.confusion", config=STILL)
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Unreadable answers treated both ways**, beside people among themselves")
        st.dataframe(treatment_rows(view.found), hide_index=True, column_config=_COLUMNS)
        st.markdown(plain(view.found.ceiling))
        for notice in view.found.notices:
            st.caption(plain(notice))


_COLUMNS: dict[str, Any] = {
    "": st.column_config.TextColumn(width=150),
    "good outputs passed": st.column_config.TextColumn(width=124),
    "real failures caught": st.column_config.TextColumn(width=124),
    "agreement": st.column_config.TextColumn(width=84),
    "kappa": st.column_config.TextColumn(width=60, help="Cohen's kappa; for people Krippendorff's alpha."),
}


def treatment_rows(found: Any) -> pd.DataFrame:
    """Make the table of both treatments, and of people among themselves where several labelled a trace."""
    rows = [_treated(name, rates) for name, rates in (("count as wrong", found.rates), ("left out", found.dropped))]
    if found.people is not None:
        people = {name: "" for name in rows[0]} | {"": "people, alpha"}
        rows.append(people | {"kappa": _coefficient(found.people)})
    return pd.DataFrame(rows)


def _treated(name: str, rates: Any) -> dict[str, str]:
    passed, caught, same = (
        rate_text(each.estimate, each.low, each.high, each.n)
        for each in (rates.true_pass, rates.true_fail, rates.agreement)
    )
    return {
        "": name,
        "good outputs passed": passed,
        "real failures caught": caught,
        "agreement": same.split(", n")[0],
        "kappa": _coefficient(rates.kappa),
    }


def _coefficient(found: Any) -> str:
    return found.reason if pd.isna(found.value) else f"{found.value:.2f}"


def judge_where(view: JudgeView) -> None:
    """Draw both rates slice by slice."""
    divisions = _divisions(view.ws, view.state, view.judge, view.dimension, view.sample)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Where it errs** · hollow: cannot tell on which side of 85%", width="stretch")
            if not divisions:
                st.caption("These traces have no release, model or cluster to divide them by.")
                return
            st.segmented_control(
                "Divided by", [_called(each) for each in divisions], default=_called(_first(divisions)), required=True,
                key=BY, bind="query-params", label_visibility="collapsed",
            )  # fmt: skip
        slices = slices_of(view, str(divided_by(view)))
        if slices.empty:
            st.caption("None of the compared traces is in any of these.")
            return
        rates = view.found.rates
        figure = judge_slices(slices, true_pass=rates.true_pass.estimate, true_fail=rates.true_fail.estimate)
        st.plotly_chart(figure, key="judges.slices", config=STILL)
        for sentence in slice_words(slices):
            st.markdown(f"- {plain(sentence)}")
        with st.expander("As a table"):
            st.dataframe(slice_rows(slices), hide_index=True)


def divided_by(view: JudgeView) -> str | None:
    """What the slices on the page are made by; None where nothing divides them."""
    divisions = _divisions(view.ws, view.state, view.judge, view.dimension, view.sample)
    chosen = st.session_state.get(BY)
    return next((each for each in divisions if _called(each) == chosen), _first(divisions) if divisions else None)


def _first(divisions: list[str]) -> str:
    return next((each for each in PREFERRED if each in divisions), divisions[0])


def _called(division: str) -> str:
    return "what went wrong" if division == "code" else division


def slice_words(slices: pd.DataFrame) -> list[str]:
    """Say which slices are surely worse, and how many cannot tell."""
    told = []
    for side, what in (("fail", "Catches fewer failures"), ("pass", "Passes fewer good outputs")):
        worse = slices[slices[f"{side}_differs"] == "lower"]["slice"].tolist()
        if worse:
            told.append(f"{what} than elsewhere in: {', '.join(worse)}.")
    under = slices[slices["verdict"] == "may_not"]["slice"].tolist()
    if under:
        told.append(f"Surely below 85% on a side in: {', '.join(under)}.")
    unsure = int((slices["verdict"] == "undecided").sum())
    if unsure:
        told.append(f"{unsure} of {len(slices)} slices cannot tell: too few labels in them.")
    return told


def slice_rows(slices: pd.DataFrame) -> pd.DataFrame:
    """Make the table of slices, in the words of the page."""
    rows = list(slices.itertuples())
    return pd.DataFrame(
        {
            "slice": slices["slice"],
            "good outputs passed": [
                rate_text(row.true_pass, row.true_pass_low, row.true_pass_high, row.n_pass) for row in rows
            ],
            "than elsewhere": slices["pass_differs"],
            "real failures caught": [
                rate_text(row.true_fail, row.true_fail_low, row.true_fail_high, row.n_fail) for row in rows
            ],
            "than elsewhere ": slices["fail_differs"],
            "unreadable": slices["unparsable"],
            "verdict": slices["verdict"].str.replace("_", " "),
        }
    )


def judge_share(view: JudgeView) -> None:
    """Draw the share of passes as the judge has it and corrected for its errors, or say why it cannot be."""
    with st.container(border=True, height="stretch"):
        st.markdown("**How much truly passes**, in what only the judge labelled")
        fixed, shares = view.found.corrected, view.found.shares
        if view.found.raw.n or fixed.method:
            st.plotly_chart(corrected_share(shares), key="judges.shares", config=STILL)
        if fixed.method:
            told = rate_text(fixed.estimate, fixed.low, fixed.high, fixed.n)
            st.markdown(f"**{plain(told)}**, {METHODS[fixed.method]}.")
            st.caption("It holds as long as the judge errs in this traffic as it does on the labelled traces.")
        else:
            st.markdown(f":material/block: **No corrected share:** {plain(fixed.reason)}.")
        how = _how(view.ws, view.state, view.dimension, view.sample)
        said_random = view.labelled == "random" and not how.endswith("are a random sample")
        (st.warning if said_random else st.caption)(plain(f"{how[:1].upper()}{how[1:]}."))
        if fixed.method and fixed.reason:
            st.caption(plain(f"Note: {fixed.reason}."))


@st.cache_resource(max_entries=32, show_spinner=False)
def _divisions(_ws: Workspace, state: str, judge: str, dimension: str, sample: str | None) -> list[str]:
    return _ws.judge_divisions(judge, dimension=dimension, sample_id=sample)


def slices_of(view: JudgeView, by: str) -> pd.DataFrame:
    """The judge on the page, slice by slice."""
    return _slices(view.ws, view.state, view.judge, view.dimension, view.sample, by, view.part, view.who)


@st.cache_resource(max_entries=32, show_spinner=False)
def _slices(
    _ws: Workspace, state: str, judge: str, dimension: str, sample: str | None, by: str, part: str | None, who: str
) -> pd.DataFrame:
    return _ws.judge_slices(judge, by, dimension=dimension, sample_id=sample, part=part, looked_by=who)


@st.cache_resource(max_entries=8, show_spinner=False)
def _how(_ws: Workspace, state: str, dimension: str, sample: str | None) -> str:
    return _ws.labelled_how(dimension=dimension, sample_id=sample)
