"""The Drift page: which two sets are compared, what has to be there first, and the answer of the verb, kept.

What is compared is in the URL (``?compare=``, and ``release``, ``date``, ``reference`` and ``current`` with it), the
open cluster too (``?cluster=``). Nothing is embedded before somebody said so.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.ui import cached
from workbench.ui.first_run import progress_line
from workbench.ui.linked import linked_choice
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

WEEK, SET, RELEASE, DAY, OWN = "last 7 days", "golden set", "releases", "a date", "conditions"
GOLDEN = "golden"
ALLOWED = "drift.embed"
SPAN = timedelta(days=7)


@dataclass(frozen=True)
class Asked:
    """Which two sets: the conditions as the verb takes them, and what the page calls them, the current one first."""

    reference: str | None
    current: str | None
    words: tuple[str, str]


@dataclass(frozen=True)
class Hint:
    """Why a comparison cannot be made yet, and the page that helps."""

    words: str
    page: str = ""
    label: str = ""


@dataclass(frozen=True)
class DriftDesk:
    """What is compared, and the answer."""

    ws: Workspace
    asked: Asked

    @property
    def state(self) -> str:
        """What the answer is kept by."""
        return drift_state(self.ws)

    @cached_property
    def view(self) -> Any:
        """The answer of the verb: the report, and the traces by id."""
        return _view(self.ws, self.state, self.asked.reference, self.asked.current)

    @property
    def report(self) -> Any:
        """What is said of the two sets."""
        return self.view.report

    @property
    def empty(self) -> bool:
        """Whether one of the sets has no trace."""
        return not (self.report.n and self.report.other_n)

    @property
    def shown_at(self) -> float:
        """The level at which something is shown; nothing is where there is too little traffic to judge."""
        return 0.0 if self.report.small else float(self.report.level)


def drift_state(ws: Workspace) -> str:
    """Name the state of everything a comparison rests on."""
    snapshots = [each["snapshot_id"] for each in ws.store.retrieval_snapshots()]
    return f"{ws.path} {ws.traces_revision} {ws.settings.model_dump_json()} {ws.golden_stamp()} {snapshots}"


def drift_desk(ws: Workspace) -> DriftDesk:
    """Draw the row of controls; stop where the comparison cannot be made yet, with what to do about it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        compare = st.segmented_control(
            "Compare", [WEEK, SET, RELEASE, DAY, OWN], default=WEEK, required=True, key="compare",
            bind="query-params", on_change=_close_cluster,
        )  # fmt: skip
        asked = {WEEK: _weeks, SET: _golden, RELEASE: _releases, DAY: _day, OWN: _own}[compare or WEEK](ws)
    if isinstance(asked, Hint):
        st.info(asked.words, icon=":material/info:")
        if asked.page:
            st.page_link(asked.page, label=asked.label, icon=":material/arrow_forward:")
        st.stop()
    _embedded(ws, asked)
    return DriftDesk(ws, asked)


def _weeks(ws: Workspace) -> Asked | Hint:
    return Asked(None, None, ("the last 7 days", "the 28 before")) if _last(ws) else UNDATED


def _golden(ws: Workspace) -> Asked | Hint:
    if not _last(ws):
        return UNDATED
    versions = ws.store.golden_versions()
    if not versions:
        return Hint("No golden set was frozen yet that traffic could be held against.", "pages/golden.py", "Golden set")
    return Asked(GOLDEN, None, ("the last 7 days", f"golden v{versions[-1]['version']}"))


def _releases(ws: Workspace) -> Asked | Hint:
    names = _release_names(ws, f"{ws.path} {ws.traces_revision}")[::-1]
    if len(names) < 2:
        there = f"all that name one are of {plain(names[0], 40)}" if names else "no trace says of which it is"
        return Hint(f"A release is held against the one before it, and {there}.")
    chosen = linked_choice(
        "Release", "release", names[:-1], width=170, on_change=_close_cluster,
        help="Against the one that was first seen before it.",
    )  # fmt: skip
    before = names[names.index(chosen) + 1]
    return Asked(_release(before), _release(chosen), (f"release {chosen}", f"release {before}"))


def _day(ws: Workspace) -> Asked | Hint:
    last = _last(ws)
    if not last:
        return UNDATED
    day = st.date_input(
        "From this day on", (last - SPAN).date(), key="date", bind="query-params", format="YYYY-MM-DD", width=170,
        help="Whole days in UTC. Against everything before the first trace of that time.",
    )  # fmt: skip
    if not isinstance(day, date):
        return Hint("Choose a day.")
    return Asked(None, f"started_at >= '{day}'", (f"from {day.day} {day:%b %Y} on", "all before"))


def _own(ws: Workspace) -> Asked | Hint:
    current = st.text_input(
        "Current", key="current", bind="query-params", width=300, placeholder="the last 7 days",
        help="A SQL condition over the traces table, as: release = '1.43.1' AND started_at >= '2026-11-05 14:00'",
    ).strip()  # fmt: skip
    reference = st.text_input(
        "Reference", key="reference", bind="query-params", width=300, placeholder="all before it, or golden",
        help="The same, or the word golden. Without one: everything before the current set's first trace.",
    ).strip()  # fmt: skip
    if not current and not reference:
        return Hint("Write a condition for the current set; the reference is all before it, unless you write one too.")
    words = f"where {current}" if current else "the last 7 days", f"where {reference}" if reference else "all before"
    return Asked(reference or None, current or None, words)


UNDATED = Hint("No trace says when it was, so there is no last week. Compare releases, or two conditions of your own.")


def _last(ws: Workspace) -> Any:
    """When the newest trace was; None where none has a time."""
    found = cached.overview(ws).last_at
    return None if found is None or pd.isna(found) else found


def _release(name: str) -> str:
    quoted = name.replace("'", "''")
    return f"release = '{quoted}'"


def _close_cluster() -> None:
    st.query_params.pop("cluster", None)


def _embedded(ws: Workspace, asked: Asked) -> None:
    """Stop and ask where texts have no vector yet; do it when told to, and show how far it is."""
    mark = f"{ws.path} {asked.reference} {asked.current}"
    missing = _missing(ws, drift_state(ws), asked.reference, asked.current)
    if not missing or mark in st.session_state.get(ALLOWED, ()):
        return
    texts = "1 text has" if missing == 1 else f"{missing:,} texts have"
    st.markdown(f"**{texts} no vector yet**, and without vectors these two sets cannot be compared.")
    if st.button("Embed and compare", type="primary", key="drift.embed.now", help="Done once; then they are kept."):
        with st.status("Embedding …", expanded=True):
            ws.drift_embed(asked.reference, asked.current, progress=progress_line())
        st.session_state[ALLOWED] = {*st.session_state.get(ALLOWED, ()), mark}
        st.rerun()
    st.stop()


def today(ws: Workspace) -> str:
    """When the newest trace was: what days are counted back from."""
    return when(cached.overview(ws).last_at)


@st.cache_resource(max_entries=8, show_spinner="Comparing the two sets …")
def _view(_ws: Workspace, state: str, reference: str | None, current: str | None) -> Any:
    return _ws.drift_view(reference, current)


@st.cache_resource(max_entries=16, show_spinner="Reading the two sets …")
def _missing(_ws: Workspace, state: str, reference: str | None, current: str | None) -> int:
    return int(_ws.drift_missing(reference, current))


@st.cache_resource(max_entries=4, show_spinner=False)
def _release_names(_ws: Workspace, state: str) -> list[str]:
    return [str(each) for each in _ws.drift_releases()["release"]]
