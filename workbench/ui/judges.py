"""The Judges page: which judge on which dimension, over which labels, and whether it may gate.

Judge, dimension, part and sample are in the URL. The test part is opened by a button and never by a link: whoever looks
at it is written down, because a judge that is changed after a look has been tuned on its own test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.words import plain
from workbench.workspace import Workspace

STILL = {"displayModeBar": False}
EVERY = ""
ALL, DEV, TEST = "all", "dev", "test"
PARTS = [ALL, DEV, TEST]
"""A judge that was defined here is tried on dev and tested on test; all of them at once only tells of others."""
OPENED = "judges.opened"
SAMPLE = "judges.sample"
LABELLED = {
    "not said": None,
    "balanced, or blind to the judge": "balanced",
    "a random sample of the traffic": "random",
    "by what the judge said": "chosen",
}


@dataclass(frozen=True)
class JudgeView:
    """One judge on one dimension as the page shows it.

    Attributes:
        judged: Who judged what.
        table: Every judge and rule of the dimension against the same labels of people.
        part: dev or test; None for all labels.
        who: Who opened the test part; empty elsewhere.
        closed: Whether the test part was asked for and not opened.
        found: The comparison; None where there is none.
        why: Why there is none.
    """

    ws: Workspace
    state: str
    judged: pd.DataFrame
    judge: str
    dimension: str
    sample: str | None
    labelled: str | None
    part: str | None
    who: str = ""
    closed: bool = False
    table: Any = None
    found: Any = None
    why: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """What differs from the defaults of the verbs that look at a judge."""
        given: dict[str, Any] = {"dimension": self.dimension} if self.dimension != "outcome" else {}
        given |= {"sample_id": self.sample} if self.sample else {}
        given |= {"part": self.part} if self.part else {}
        return given | ({"looked_by": self.who} if self.who else {})

    @property
    def row(self) -> Mapping[str, Any]:
        """What there is of this judge on this dimension."""
        rows = self.judged[(self.judged["judge"] == self.judge) & (self.judged["dimension"] == self.dimension)]
        return dict(rows.iloc[0])

    @property
    def key(self) -> tuple[str, str, str]:
        """Names the judge and dimension within this browser session."""
        return str(self.ws.path), self.judge, self.dimension

    @property
    def open_part(self) -> str | None:
        """The part that may be compared and read without opening anything."""
        return DEV if self.part == TEST else self.part


def state_of(ws: Workspace) -> str:
    """Name what is stored and the settings it is read by."""
    return f"{ws.path} {ws.revision} {ws.settings.model_dump_json()}"


def judge_controls(ws: Workspace) -> JudgeView | None:
    """Draw the row of controls and compare the chosen judge; None, and what to do, where nobody judged anything."""
    state = state_of(ws)
    judged = _judged(ws, state)
    if judged.empty:
        _nobody()
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        judge = _choice("judge", "Judge", _by_labels(judged), 220)
        dimensions = judged[judged["judge"] == judge]["dimension"].tolist()
        dimension = _choice("dimension", "Dimension", dimensions, 150) if len(dimensions) > 1 else dimensions[0]
        defined = judge in _defined(ws, state)
        part = st.segmented_control(
            "Part of people's labels", PARTS[defined:], default=PARTS[defined], required=True, key="part",
            bind="query-params",
            help="A prompt is tried on dev and relied on by test. Which trace belongs where hangs on its session and "
            "text alone, so no new label moves it.",
        )  # fmt: skip
        sample = _sample(_samples(ws, state))
        labelled = st.selectbox(
            "What people labelled was chosen", list(LABELLED), key="labelled", bind="query-params", width=240,
            help="Decides how the share of passes may be corrected. Labels chosen because of what the judge said can "
            "correct nothing.",
        )  # fmt: skip
    chosen = None if part == ALL else part
    view = JudgeView(ws, state, judged, judge, dimension, sample, LABELLED[labelled], chosen)
    return _compared(_opened(view))


def _opened(view: JudgeView) -> JudgeView:
    """The view with who opened the test part in this session, where it is asked for."""
    if view.part != TEST:
        return view
    who = st.session_state.get(OPENED, {}).get(view.key, "")
    return replace(view, who=who, closed=not who)


def _choice(key: str, label: str, names: list[str], width: int) -> str:
    chosen: str = st.selectbox(label, names, key=key, bind="query-params", width=width)
    return chosen


def _sample(samples: dict[str, str]) -> str | None:
    """Let a sample be chosen; it stands in the URL by its id, and one that is gone chooses all labels."""
    given = st.query_params.get("sample", EVERY)
    st.session_state[SAMPLE] = given if given in samples else EVERY
    chosen = st.selectbox(
        "Labels", [EVERY, *samples], key=SAMPLE, width=250, on_change=_another_sample,
        format_func=lambda each: samples.get(each, "all labels"),
    )  # fmt: skip
    return None if chosen == EVERY else str(chosen)


def _another_sample() -> None:
    chosen = st.session_state[SAMPLE]
    if chosen == EVERY:
        st.query_params.pop("sample", None)
    else:
        st.query_params["sample"] = chosen


def _by_labels(judged: pd.DataFrame) -> list[str]:
    """The judges, those first whose labels can be compared with people's; judges before rules."""
    order = judged.assign(rule=judged["kind"] == "rule").sort_values(
        ["rule", "compared", "labels"], ascending=[True, False, False], kind="stable"
    )
    return list(dict.fromkeys(order["judge"].tolist()))


def _compared(view: JudgeView) -> JudgeView:
    table = _table(view.ws, view.state, view.dimension, view.sample, view.open_part)
    view = replace(view, table=table)
    if view.closed:
        return view
    try:
        found = _calibration(
            view.ws, view.state, view.judge, view.dimension, view.sample, view.labelled, view.part, view.who
        )
    except WorkbenchError as error:
        return replace(view, why=str(error))
    return replace(view, found=found)


def _nobody() -> None:
    st.info("No judge and no rule has labelled anything yet.", icon=":material/gavel:")
    st.markdown(
        "A judge is compared with what people said of the same traces: how many good outputs it passes, how many real "
        "failures it catches. Bring its labels from a file, run one, or write a rule; each is below."
    )


def judge_missing(view: JudgeView) -> None:
    """Say why a judge cannot be compared, and what to do about it."""
    row = view.row
    people = view.ws.labels()
    here = people[(people["dimension"] == view.dimension) & (people["annotator_kind"].fillna("human") == "human")]
    name, dimension = plain(view.judge), plain(view.dimension)
    if here.empty:
        st.info(
            f"{name} labelled {row['labels']:,} traces on {dimension}, and no person has labelled any on it: there is "
            "nothing to compare with.",
            icon=":material/group:",
        )
    elif not row["compared"]:
        st.info(
            f"{name} labelled {row['labels']:,} traces on {dimension} and people {here['trace_id'].nunique():,}, but "
            "none of them is the same. Have the judge label what people labelled, or people what it labelled.",
            icon=":material/compare_arrows:",
        )
    else:
        st.info(plain(view.why), icon=":material/info:")
    with st.container(horizontal=True):
        st.page_link("pages/sample.py", label="Draw a sample", icon=":material/casino:")
        st.page_link("pages/read.py", label="Read it", icon=":material/menu_book:")


@st.cache_resource(max_entries=4, show_spinner=False)
def _judged(_ws: Workspace, state: str) -> pd.DataFrame:
    return _ws.judged()


@st.cache_resource(max_entries=16, show_spinner="Comparing …")
def _table(_ws: Workspace, state: str, dimension: str, sample: str | None, part: str | None) -> pd.DataFrame:
    return _ws.compare_judges(dimension=dimension, sample_id=sample, part=part)


@st.cache_resource(max_entries=32, show_spinner="Comparing …")
def _calibration(
    _ws: Workspace, state: str, judge: str, dimension: str, sample: str | None, labelled: str | None,
    part: str | None, who: str,
) -> Any:  # fmt: skip
    return _ws.judge(judge, dimension=dimension, sample_id=sample, labelled=labelled, part=part, looked_by=who)


@st.cache_resource(max_entries=4, show_spinner=False)
def _defined(_ws: Workspace, state: str) -> set[str]:
    return set(_ws.judges()["judge"])


@st.cache_resource(max_entries=8, show_spinner=False)
def _samples(_ws: Workspace, state: str) -> dict[str, str]:
    samples = _ws.samples()
    read = samples[samples["reviewed"] > 0].iloc[::-1]
    rows = read[["sample_id", "name", "reviewed", "n"]].itertuples(index=False)
    return {row.sample_id: f"{row.name} ({row.reviewed} of {row.n} read)" for row in rows}
