"""The Agreement page: whose labels are looked at, which dimension is open, and what to do where nothing compares.

Round, sample, queue and the open dimension are in the URL. Labels given blind and labels settled by an expert are shown
apart and never pooled: the second are made to agree. Every word of a verdict comes from the report.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.ui.agreement_words import LEFT_OUT
from workbench.ui.menu import SECTIONS
from workbench.ui.words import plain
from workbench.workspace import Workspace

BLIND, ADJUDICATED, DISPUTES = "blind", "adjudicated", "disputes"
TABS = (BLIND, ADJUDICATED, DISPUTES)
TAB = "agreement.round"
OF_CODE = "code: "
SETS, SEVERITY = "code", "severity"
STILL = {"displayModeBar": False}
ALL = ""


@dataclass(frozen=True)
class AgreementView:
    """What the page looks at."""

    ws: Workspace
    tab: str
    sample: str | None
    queue: str | None

    @property
    def state(self) -> str:
        """Names what is stored, so that what was read of it is kept until something is written."""
        return state_of(self.ws)

    @cached_property
    def found(self) -> Any:
        """How far people agree in the round of the tab."""
        round_ = ADJUDICATED if self.tab == ADJUDICATED else BLIND
        return _agreement(self.ws, self.state, self.sample, self.queue, round_)

    @cached_property
    def disputes(self) -> pd.DataFrame:
        """The traces on which people differ, open ones first."""
        return _disputes(self.ws, self.state, self.sample)

    @property
    def n_open(self) -> int:
        """How many disputes nobody has settled."""
        return int((~self.disputes["adjudicated"]).sum())

    @cached_property
    def compared(self) -> bool:
        """Whether any item was labelled by two people."""
        return bool((self.found.dimensions["units"] > 0).any())

    @cached_property
    def dimension(self) -> str | None:
        """The open dimension: the one in the URL, else the one of the rubric with the lowest alpha, else the first."""
        dimensions = self.found.dimensions
        names = dimensions["dimension"].tolist()
        asked = st.query_params.get("dimension")
        if asked in names:
            return str(asked)
        known = dimensions[dimensions["code"].isna() & dimensions["alpha"].notna()]
        return str(known.loc[known["alpha"].idxmin(), "dimension"]) if len(known) else (names[0] if names else None)

    @property
    def of_code(self) -> bool:
        """Whether the open dimension is a single code."""
        return (self.dimension or "").startswith(OF_CODE)

    @property
    def of_people(self) -> str | None:
        """The dimension by which people are compared with each other: for a code all codes together."""
        return SETS if self.of_code else self.dimension

    @property
    def may_be_modelled(self) -> bool:
        """Whether there is one true value of the open dimension that a model may guess."""
        return self.dimension not in (None, SETS, SEVERITY)

    @property
    def options(self) -> dict[str, Any]:
        """What differs from the defaults of ``Workspace.agree``."""
        given: dict[str, Any] = {"sample_id": self.sample} if self.sample else {}
        given |= {"queue": self.queue} if self.queue else {}
        return given | ({"round_": ADJUDICATED} if self.tab == ADJUDICATED else {})


def called(dimension: str | None) -> str:
    """What the page calls a dimension.

    >>> called("tone"), called("code: stale"), called("code")
    ('tone', 'stale', 'codes, as sets')
    """
    return "codes, as sets" if dimension == SETS else (dimension or "").removeprefix(OF_CODE)


def state_of(ws: Workspace) -> str:
    """Name what is stored and the settings it is read by."""
    return f"{ws.path} {ws.revision} {ws.settings.model_dump_json()}"


def agreement_controls(ws: Workspace) -> AgreementView:
    """Draw the row of controls: which round or the disputes, of which sample and queue; and what was left out."""
    state = state_of(ws)
    given = DISPUTES if "dispute" in st.query_params else st.query_params.get("round")
    st.session_state[TAB] = given if given in TABS else BLIND
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        tab = st.segmented_control(
            "Round", TABS, required=True, key=TAB, label_visibility="collapsed", on_change=_turned,
            help="What people said on their own, what was settled afterwards, and what is to be settled.",
        )  # fmt: skip
        sample = _choice("sample", _samples(ws, state))
        queue = _choice("queue", _queues(ws, state)) if tab != DISPUTES else None
        view = AgreementView(ws, tab or BLIND, sample, queue)
        n_open = view.n_open if view.tab != DISPUTES else 0
        st.markdown(f"{n_open:,} dispute{'' if n_open == 1 else 's'} open" if n_open else "", width="stretch")
        if view.tab != DISPUTES and view.found.notices:
            with st.popover("Left out", help=LEFT_OUT):
                st.markdown("\n".join(f"- {plain(each)}" for each in view.found.notices))
    return view


def _choice(name: str, titles: dict[str, str]) -> str | None:
    """Let one of a few be chosen; the choice is in the URL by its id, and one that is gone chooses all."""
    if not titles:
        return None
    key, given = f"agreement.{name}", st.query_params.get(name)
    st.session_state[key] = given if given in titles else ALL
    chosen = st.selectbox(
        name.capitalize(), [ALL, *titles], key=key, width=300, label_visibility="collapsed",
        format_func=lambda each: plain(titles.get(each, f"all {name}s")), on_change=_chosen, args=(name,),
    )  # fmt: skip
    return chosen or None


def _chosen(name: str) -> None:
    chosen = st.session_state[f"agreement.{name}"]
    if chosen == ALL:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


def _turned() -> None:
    close_dispute()
    st.query_params["round"] = st.session_state[TAB]


def close_dispute() -> None:
    """Take the open dispute out of the URL."""
    st.query_params.pop("dispute", None)


def open_dispute(trace_id: str, dimension: str, within: str | None = None) -> None:
    """Put a dispute into the URL, from a callback, and turn to it; ``within`` names the dimension to stay in."""
    st.query_params["round"] = DISPUTES
    st.query_params["dispute"], st.query_params["dimension"] = trace_id, dimension
    if within is not None:
        st.query_params["within"] = within


def agreement_empty(view: AgreementView) -> bool:
    """Say what is missing where there is nothing to compare; whether there is nothing at all to show."""
    found = view.found
    if not found.dimensions["labels"].sum():
        where = " in this" if view.sample or view.queue else ""
        st.info(f"Nobody has labelled anything{where} yet: there is nothing to compare.", icon=":material/group:")
        with st.container(horizontal=True):
            link("pages/rubric.py", "Write the rubric", ":material/rule:")
            link("pages/sample.py", "Draw a sample", ":material/casino:")
            link("pages/queue.py", "Hand it out to two people", ":material/inbox:")
            link("pages/read.py", "Read it", ":material/menu_book:")
        st.caption("Labels from elsewhere: `workbench labels import FILE --create-codes`.")
        return True
    if not view.compared:
        people = sorted(str(each) for each in found.annotators["annotator"].unique())
        if len(people) == 1:
            told = f"Only {plain(people[0])} has labelled anything; agreement takes two."
        else:
            told = f"{plain(', '.join(people[:6]))} have labelled no trace in common."
        st.info(f"{told} {_what_to_hand_out(view)}", icon=":material/group:")
        with st.container(horizontal=True):
            link("pages/queue.py", "Hand it out", ":material/inbox:")
            link("pages/read.py", "Read it as somebody else", ":material/menu_book:")
    return False


def _what_to_hand_out(view: AgreementView) -> str:
    samples = view.ws.samples()
    read = samples[samples["reviewed"] > 0].sort_values("reviewed", kind="stable")
    if read.empty:
        return "Draw a sample and have all of it labelled by two people, blind."
    best = read.iloc[-1]
    return (
        f"Hand out the sample **{plain(best['name'])}** once more, to somebody else: {best['reviewed']:,} of its "
        f"{best['n']:,} traces are labelled already."
    )


def link(path: str, label: str, icon: str) -> None:
    """Link to a page, if the menu has it."""
    if any(path == each for pages in SECTIONS.values() for each, _, _ in pages):
        st.page_link(path, label=label, icon=icon)


@st.cache_resource(max_entries=16, show_spinner="Comparing …")
def _agreement(_ws: Workspace, state: str, sample: str | None, queue: str | None, round_: str) -> Any:
    return _ws.agree(sample_id=sample, queue=queue, round_=round_)


@st.cache_resource(max_entries=16, show_spinner=False)
def _disputes(_ws: Workspace, state: str, sample: str | None) -> pd.DataFrame:
    return _ws.disputes(sample)


@st.cache_resource(max_entries=8, show_spinner=False)
def _samples(_ws: Workspace, state: str) -> dict[str, str]:
    samples = _ws.samples()
    read = samples[samples["reviewed"] > 0].iloc[::-1]
    rows = read[["sample_id", "name", "reviewed", "n"]].itertuples(index=False)
    return {row.sample_id: f"{row.name} ({row.reviewed} of {row.n} read)" for row in rows}


@st.cache_resource(max_entries=8, show_spinner=False)
def _queues(_ws: Workspace, state: str) -> dict[str, str]:
    return {str(row["queue_id"]): str(row["name"]) for row in _ws.queues().to_dict("records")}
