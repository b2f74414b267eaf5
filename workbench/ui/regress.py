"""The Regressions page: which failures were flagged and are no case yet, which one is open, and who is here.

The open trace, the person and the case that was made of it are in the URL (``?trace=&as=&case=``), so that any page can
send a flagged trace here. Whoever works here sees what flagged a trace and the answer that failed: nothing that is said
here is blind, and the labels say so.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.ui import cached
from workbench.ui.codes import say_what_happened
from workbench.ui.conversation import conversation
from workbench.ui.keys import focus_keys
from workbench.ui.panel import fact_lines
from workbench.ui.tables import fitted
from workbench.ui.who import name_field, person
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace

TABLE = "regress.table"
CLUSTER = "regress.cluster"
OPENED = "regress.opened"
FOLLOWING = "regress.following"
PAGE = "pages/regress.py"
ROW = 35
HEIGHT = 620
AWAY = 1800.0
"""Seconds after which nobody was at it: the same guess as on the reading page; the time is then not stored."""
LOOK = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-regress-trace), .st-key-regress-trace {
  height: calc(100vh - 330px) !important; min-height: 360px; flex: none !important;
}
.st-key-regress-codes {gap: .25rem;}
.st-key-regress-codes button > div {justify-content: flex-start; width: 100%;}
</style>"""
KEYS = (
    "**N** what should have happened, **Esc** out of it · **1-5** codes, **T** another code · **S** severity one up · "
    "**P** privacy checked · **Ctrl+Enter** makes the case · **A** accepts it · **← →** the failure before, the next"
)


@dataclass(frozen=True)
class RegressBench:
    """One flagged trace in front of one person, and the list it stands in."""

    ws: Workspace
    person: str
    listed: pd.DataFrame
    trace_id: str | None

    @cached_property
    def trace(self) -> Mapping[str, Any] | None:
        """The open trace; None where there is none of that id."""
        return None if self.trace_id is None else cached.trace(self.ws, self.trace_id)

    @cached_property
    def start(self) -> Any:
        """What is known of the open trace beforehand."""
        return _start(self.ws, f"{self.ws.path} {self.ws.revision}", str(self.trace_id), self.person)

    @cached_property
    def case_id(self) -> str | None:
        """The case that was made of the open trace just now, as the URL says; None where that is none of it."""
        asked = st.query_params.get("case")
        cases = self.ws.cases() if asked else None
        there = cases is not None and cases.loc[cases["case_id"] == asked, "query"].notna().any()
        return asked if asked and there and self.ws.case(asked).trace_id == self.trace_id else None

    def beside(self, step: int) -> str | None:
        """The flagged trace so many places further; beyond the ends, and where this one is not listed, none."""
        ids = self.listed["trace_id"].tolist()
        if self.trace_id not in ids:
            return None
        place = ids.index(self.trace_id) + step
        return ids[place] if 0 <= place < len(ids) else None

    @property
    def following(self) -> str | None:
        """The flagged trace to go on with: what came after the one that was made a case, else the first."""
        ids = [each for each in self.listed["trace_id"].tolist() if each != self.trace_id]
        kept = st.session_state.get(FOLLOWING)
        return self.beside(1) or (kept if kept in ids else next(iter(ids), None))

    def key(self, name: str) -> str:
        """A widget's key for this trace alone."""
        return f"regress.{name}.{self.trace_id}"


def regress_bench(ws: Workspace) -> RegressBench:
    """Read what is flagged, and draw what decides which of it is listed."""
    st.html(LOOK)
    flagged, name = _flagged(ws, f"{ws.path} {ws.revision}"), person(ws)
    counts = flagged["cluster"].value_counts()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        n = int(flagged["n"].sum())
        st.markdown(f"**{len(flagged):,} flagged failures without a case** · {n:,} traces", width="content")
        if st.session_state.get(CLUSTER) not in counts.index:
            st.session_state[CLUSTER] = None
        cluster = st.selectbox(
            "Cluster", list(counts.index), index=None, key=CLUSTER, width=260, placeholder="every cluster",
            format_func=lambda each: f"{plain(each, 40)} · {counts[each]:,}", label_visibility="collapsed",
        )  # fmt: skip
        st.space("stretch")
        with st.popover("Keys"):
            st.markdown(KEYS)
        name_field("regress", name, width=150)
    say_what_happened()
    listed = flagged if cluster is None else flagged[flagged["cluster"] == cluster].reset_index(drop=True)
    trace_id = st.query_params.get("trace") or next(iter(listed["trace_id"].tolist()), None)
    if trace_id is not None and st.session_state.get(OPENED, ("",))[0] != trace_id:
        st.session_state[OPENED] = (trace_id, time.monotonic())
    return RegressBench(ws, name, listed, trace_id)


@st.cache_resource(max_entries=4, show_spinner="Looking for flagged failures …")
def _flagged(_ws: Workspace, state: str) -> pd.DataFrame:
    return _ws.flagged()


@st.cache_resource(max_entries=32, show_spinner=False)
def _start(_ws: Workspace, state: str, trace_id: str, person: str) -> Any:
    return _ws.start_regression(trace_id, by=person)


def open_flagged(trace_id: str | None) -> None:
    """Put a trace into the URL; where there is none, stay."""
    if trace_id is not None:
        st.query_params["trace"] = trace_id
        st.query_params.pop("case", None)


def seconds_on(trace_id: str) -> float | None:
    """How long the trace has been on the screen; None where the person must have been away."""
    opened, since = st.session_state.get(OPENED, ("", 0.0))
    taken = time.monotonic() - since
    return round(taken, 1) if opened == trace_id and taken <= AWAY else None


def regress_list(bench: RegressBench) -> None:
    """List the flagged failures, newest first; one is open at a time."""
    if bench.listed.empty:
        st.info("No failure is flagged that is no case yet. Any trace can be made one, from the Map or while reading.")
        return
    ids = bench.listed["trace_id"].tolist()
    at = [ids.index(bench.trace_id)] if bench.trace_id in ids else []
    st.session_state[TABLE] = {"selection": {"rows": at, "columns": [], "cells": []}}
    st.dataframe(
        flagged_rows(bench.listed), key=TABLE, hide_index=True, row_height=ROW,
        height=fitted(len(ids), 640, ROW), on_select=lambda: _choose(ids), selection_mode="single-row",
        column_config={
            "when": st.column_config.TextColumn(width=52),
            "why": st.column_config.TextColumn(width=96),
            "asks": st.column_config.TextColumn(width=130),
            "n": st.column_config.NumberColumn(width=34, help="Flagged traces that are nearly the same"),
            "cluster": st.column_config.TextColumn(width=130),
        },
    )  # fmt: skip


def flagged_rows(listed: pd.DataFrame) -> pd.DataFrame:
    """Make the table of flagged failures, in the words of the page."""
    return pd.DataFrame(
        {
            "when": ["" if pd.isna(each) else f"{each.day} {each:%b}" for each in listed["started_at"]],
            "why": listed["why"],
            "asks": listed["input"].astype("string").fillna(""),
            "n": listed["n"],
            "cluster": listed["cluster"].astype("string").fillna(""),
        }
    )


def _choose(ids: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows:
        open_flagged(ids[rows[0]])


def regress_trace(bench: RegressBench) -> None:
    """Show the open trace whole, with what flagged it: this is no place to read blind."""
    if bench.trace_id is None:
        return
    if bench.trace is None:
        st.warning(f"There is no trace {plain(bench.trace_id)} in this workspace. Choose one of the list.")
        return
    st.markdown("  \n".join(fact_lines(dict(bench.trace), bench.start.slices.get("intent"))))
    with st.container(height=HEIGHT, border=True, key="regress-trace"):
        conversation(bench.trace, key="regress.conversation")
    st.caption(f"trace id {plain(bench.trace_id)}")
    focus_keys("regress.keys", note=".st-key-regress-expected", places={"t": ".st-key-regress-finder"})


def regress_next(bench: RegressBench) -> None:
    """Say what to do next, and give the page in a notebook."""
    waiting = len(bench.listed)
    told = f"{waiting:,} flagged failures are left, newest first."
    if not waiting:
        told = "go over the cases that wait; or read a sample, for what people fail is flagged here too."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {told}", width="content")
        if not waiting:
            st.page_link("pages/sample.py", label="Sample", icon=":material/arrow_forward:")
        st.page_link("pages/cases.py", label="Cases", icon=":material/arrow_forward:")
        st.page_link("pages/golden.py", label="Golden set", icon=":material/arrow_forward:")
    lines = ["from workbench import Workspace", "", f"ws = Workspace({str(bench.ws.path)!r})", "flagged = ws.flagged()"]
    if bench.trace is not None:
        of = repr(bench.trace_id)
        lines += [f"start = ws.start_regression({of})", f"similar = ws.similar_cases({of})"]
        lines.append(f'# ws.regress({of}, by="you", code=start.codes[0], expected="what should have happened")')
    notebook("\n".join(lines))
