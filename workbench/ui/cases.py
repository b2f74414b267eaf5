"""The Cases page: which cases there are, which one is open, and who is here.

The open case and the category are in the URL (``?case=&category=&as=``); a link to a case lists those that stand as it
does. A sealed case is a locked row: its content is not in the database, and this page asks for it nowhere.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.ui.cases_start import cases_start
from workbench.ui.codes import say_what_happened
from workbench.ui.keys import focus_keys
from workbench.ui.tables import fitted
from workbench.ui.who import name_field, person
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace

TABLE = "cases.table"
STATUSES = {
    "candidate": "To decide",
    "accepted": "Accepted",
    "discarded": "Left out",
    "retired": "Retired",
    "sealed": "Sealed",
}
CATEGORIES = ("edge", "drift", "adversarial", "happy_path")
POOLS = ("golden", "rolling")
ALL = "all"
ROW = 35


@dataclass(frozen=True)
class CaseBench:
    """One case in front of one person, and the list it stands in."""

    ws: Workspace
    person: str
    cases: pd.DataFrame
    status: str
    category: str
    pool: str = "golden"

    @cached_property
    def listed(self) -> pd.DataFrame:
        """The cases that the controls leave."""
        rows = self.cases[self.cases["status"] == self.status]
        return rows if self.category == ALL else rows[rows["category"] == self.category]

    @cached_property
    def case_id(self) -> str | None:
        """The open case: the one in the URL, else the first of the list."""
        ids = self.listed["case_id"].tolist()
        asked = st.query_params.get("case")
        return asked if asked in ids else next(iter(ids), None)

    @property
    def is_sealed(self) -> bool:
        """Whether the open case has no content here: it is sealed, or was when it was retired."""
        return self.case_id is not None and not isinstance(self.row["query"], str)

    @cached_property
    def case(self) -> Any:
        """The open case as it stands; None where there is none, or it is sealed."""
        return None if self.case_id is None or self.is_sealed else self.ws.case(self.case_id)

    @property
    def row(self) -> pd.Series:
        """The open case's row of the list."""
        return self.listed[self.listed["case_id"] == self.case_id].iloc[0]

    def beside(self, step: int) -> str | None:
        """The case so many places further in the list; None beyond its ends."""
        ids = self.listed["case_id"].tolist()
        if self.case_id is None:
            return None
        place = ids.index(self.case_id) + step
        return ids[place] if 0 <= place < len(ids) else None

    def key(self, name: str) -> str:
        """A widget's key for this case alone."""
        return f"cases.{name}.{self.case_id}"


def case_bench(ws: Workspace) -> CaseBench:
    """Read the cases, and draw what decides which are listed."""
    every = _cases(ws, f"{ws.path} {ws.revision}")
    name = person(ws)
    asked = st.query_params.get("case")
    found = every[every["case_id"] == asked] if asked else every.iloc[:0]
    if len(found) and st.session_state.get("cases.shown") != asked:
        st.session_state["cases.shown"] = asked
        st.session_state["cases.status"], st.session_state["pool"] = found["status"].iloc[0], found["pool"].iloc[0]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pool = st.segmented_control(
            "Pool", POOLS, default=POOLS[0], required=True, key="pool", bind="query-params", on_change=open_case,
            args=(None,), label_visibility="collapsed", help="The golden set, or fresh production cases beside it.",
        )  # fmt: skip
        cases = every[every["pool"] == (pool or POOLS[0])]
        counts = cases["status"].value_counts()
        status = st.segmented_control(
            "Cases", list(STATUSES), default="candidate", required=True, key="cases.status", on_change=open_case,
            args=(None,), format_func=lambda each: f"{STATUSES[each]} {counts.get(each, 0):,}",
            label_visibility="collapsed",
        )  # fmt: skip
        category = st.selectbox(
            "Category", [ALL, *CATEGORIES], key="category", bind="query-params", width=140,
            format_func=lambda each: "every kind" if each == ALL else each.replace("_", " "),
            label_visibility="collapsed",
        )  # fmt: skip
        st.space("stretch")
        with st.popover("Keys"):
            st.markdown(KEYS)
        name_field("cases", name, width=150)
    say_what_happened()
    of = ALL if status == "sealed" else category or ALL
    return CaseBench(ws, name, cases, status or "candidate", of, pool or POOLS[0])


KEYS = (
    "**← →** the case before, the next · **N** what should happen, **Esc** out of it · **P** privacy checked · "
    "**T** the reason · **A** accept · **X** leave out"
)


@st.cache_resource(max_entries=4, show_spinner=False)
def _cases(_ws: Workspace, state: str) -> pd.DataFrame:
    return _ws.cases()


def open_case(case_id: str | None) -> None:
    """Put a case into the URL, or take it out."""
    if case_id is None:
        st.query_params.pop("case", None)
    else:
        st.session_state["cases.shown"] = case_id
        st.query_params["case"] = case_id


def case_empty(bench: CaseBench) -> bool:
    """Where there is no case, offer the ways to a first one; whether that was so."""
    if len(bench.cases) or bench.pool != POOLS[0]:
        return False
    cases_start(bench.ws, bench.person, "cases")
    return True


def case_list(bench: CaseBench) -> None:
    """List the cases; one is open at a time."""
    if bench.listed.empty:
        of = "" if bench.category == ALL else f", {bench.category.replace('_', ' ')}"
        st.info(f"None in the {bench.pool} pool: {STATUSES[bench.status].lower()}{of}.")
        return
    ids = bench.listed["case_id"].tolist()
    at = [ids.index(bench.case_id)] if bench.case_id in ids else []
    st.session_state[TABLE] = {"selection": {"rows": at, "columns": [], "cells": []}}
    st.dataframe(
        case_rows(bench.listed, sealed=bench.status == "sealed"),
        key=TABLE,
        hide_index=True,
        row_height=ROW,
        height=fitted(len(ids), 640, ROW),
        on_select=lambda: _choose(ids),
        selection_mode="single-row",
        column_config={
            "": st.column_config.TextColumn(width=34, help="Checked for private data · said what should happen"),
            "asks": st.column_config.TextColumn(width=168),
            "kind": st.column_config.TextColumn(width=86),
            "risk": st.column_config.TextColumn(width=58),
            "case": st.column_config.TextColumn(width=150),
        },
    )
    focus_keys("cases.keys", note=".st-key-case-expected", places={"t": ".st-key-case-reason"})


def case_rows(listed: pd.DataFrame, *, sealed: bool) -> pd.DataFrame:
    """Make the table of cases, in the words of the page; of sealed ones the id and nothing else."""
    if sealed:
        return pd.DataFrame({"": "\U0001f512", "case": listed["case_id"], "pool": listed["pool"]})
    marks = zip(listed["private"], listed["expected_behavior"], listed["labelled_by"], strict=True)
    return pd.DataFrame(
        {
            "": [("✓" if private else "·") + ("✓" if text and by else "·") for private, text, by in marks],
            "asks": listed["query"].fillna("\U0001f512 sealed"),
            "kind": listed["category"].str.replace("_", " "),
            "risk": listed["risk_level"],
            "case": listed["case_id"],
        }
    )


def _choose(ids: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows:
        open_case(ids[rows[0]])


def case_next(bench: CaseBench) -> None:
    """Say what to do next, and give the page in a notebook."""
    waiting = int((bench.cases["status"] == "candidate").sum())
    accepted = int((bench.cases["status"] == "accepted").sum())
    if waiting:
        text = f"decide on the {waiting:,} candidates, one by one."
    elif bench.pool != POOLS[0]:
        text = "score the accepted ones by themselves: workbench cases score." if accepted else "turn the pool over."
    else:
        text = "freeze the accepted ones as a version." if accepted else "propose some candidates."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {text}", width="content")
        st.page_link("pages/golden.py", label="Golden set", icon=":material/arrow_forward:")
    notebook(case_code(bench))


def case_code(bench: CaseBench) -> str:
    """Give what the page shows in a notebook."""
    lines = ["from workbench import Workspace", "", f"ws = Workspace({str(bench.ws.path)!r})"]
    lines.append(f"cases = ws.cases(status={bench.status!r}, pool={bench.pool!r})")
    if bench.category != ALL:
        lines.append(f"cases = cases[cases.category == {bench.category!r}]")
    if bench.case is not None:
        of = repr(bench.case_id)
        lines += [f"case = ws.case({of})", f"said = ws.case_labels({of})", f"changes = ws.case_changes({of})"]
    return "\n".join(lines)


def title_of(bench: CaseBench) -> str:
    """The open case in a line: its id, source, category and release."""
    case = bench.case
    parts = [f"**{plain(case.case_id)}**", case.source, case.category.replace("_", " ")]
    parts += [f"edge set: {case.edge}"] if case.edge else []
    parts += [f"seen {case.capture_date}"] if case.capture_date else []
    parts += [f"release {plain(case.product_version, 30)}"] if case.product_version else []
    parts += [f"in the set since v{case.version_added}"] if case.version_added else []
    return " · ".join(parts)
