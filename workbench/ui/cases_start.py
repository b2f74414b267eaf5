"""Where there is no case yet: promote what Rank puts first, let candidates be found, or write one."""

from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.codes import attempt
from workbench.ui.who import READER
from workbench.ui.words import plain
from workbench.workspace import Workspace

CASES = "pages/cases.py"
FIRST = 3
"""Codes of the ranking that are offered."""


def cases_start(ws: Workspace, person: str, page: str) -> None:
    """Offer the ways to a first case."""
    with st.container(border=True, gap="small"):
        ranked = _ranked(ws, f"{ws.path} {ws.revision}")
        when_named = "" if ranked else ", once people have named some"
        st.markdown(f"**No case yet: promote the failures that Rank puts first{when_named}.**")
        st.markdown(
            "A case says what goes in and what a good answer does. It is drafted here, gone over by a person, and "
            "frozen with the others as a version: the specification that every release is held against."
        )
        if not person:
            st.caption("Say who you are, top right: every case has somebody who proposed it.")
        with st.container(horizontal=True):
            for place, (code, ids) in enumerate(ranked):
                st.button(
                    f"Promote {len(ids):,}: {plain(code, 40)}", key=f"{page}.promote.{place}", on_click=_promote,
                    type="primary" if place == 0 else "secondary", icon=":material/upgrade:", disabled=not person,
                    args=(ws, person, ids, f"{code}, place {place + 1} of the ranking"),
                )  # fmt: skip
        if not ranked:
            st.caption("No failure was named yet: read a sample and say what went wrong, or begin without.")
            st.page_link("pages/sample.py", label="Draw a sample", icon=":material/casino:")
        if page == "cases":  # there the other ways stand below
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            if ws.count():
                mine_button(ws, person, page, 25, None)
            st.page_link(CASES, label="Write one, or bring a file", icon=":material/edit:")


def _promote(ws: Workspace, person: str, trace_ids: list[str], why: str) -> None:
    attempt(lambda: drafted(ws.promote(trace_ids, by=person, why=why)))


def promote_traces(ws: Workspace, trace_ids: list[str], why: str, *, key: str) -> None:
    """A small button that drafts cases from traces; it asks who proposes them."""
    with st.popover(f"Promote {len(trace_ids):,} to cases", icon=":material/upgrade:"):
        st.caption(
            "Drafts a case from each, with what people said of it. Nothing joins the set before it was gone over."
        )
        field = f"{key}.by"
        st.session_state.setdefault(field, st.session_state.get(READER, ""))
        st.text_input("Who proposes them", key=field, max_chars=60, placeholder="your name or initials")
        st.button("Promote", key=key, type="primary", on_click=_promote_as, args=(ws, trace_ids, why, field))
        st.page_link(CASES, label="Cases", icon=":material/arrow_forward:")


def _promote_as(ws: Workspace, trace_ids: list[str], why: str, field: str) -> None:
    name = st.session_state.get(field, "").strip()
    _promote(ws, name, trace_ids, why)
    if name:
        st.session_state[READER] = name


def drafted(report: Any) -> str:
    """Say what became of traces or rows that were to be cases."""
    n = report.added
    told = [f"{n:,} case{'' if n == 1 else 's'} drafted" + (": go over each before it joins." if n else ".")]
    told += [f"{report.known:,} were proposed before."] if report.known else []
    told += [f"{report.rejected:,} cannot be: {report.rejected_rows[0]['reason']}."] if report.rejected else []
    return " ".join(told)


def mine_button(ws: Workspace, person: str, page: str, n: int, since: Any) -> None:
    """A button that looks for candidates in all traffic; it takes some seconds, and says what it found."""
    pressed = st.button(
        f"Find {n:,} candidates", key=f"{page}.mine", icon=":material/travel_explore:", disabled=not person,
        help="Failures that people saw, what has come in since the newest version, guesses at attacks, and the typical "
        "trace of every frequent subject, in turn. What is a case already, or nearly the same, is left out.",
    )  # fmt: skip
    if pressed:
        with st.spinner("Looking through the traffic …"):
            attempt(lambda: _mined(ws.mine_cases(n, since=since, by=person)))
        st.rerun()


def _mined(found: Any) -> str:
    counts = ", ".join(f"{n:,} {category.replace('_', ' ')}" for category, n in found.categories.items())
    return " ".join([f"{found.added:,} candidates: {counts or 'nothing was found'}.", *found.notices])


@st.cache_resource(max_entries=4, show_spinner="Ranking …")
def _ranked(_ws: Workspace, state: str) -> list[tuple[str, list[str]]]:
    """The first codes of the ranking with their traces; none where nothing was read."""
    if not _ws.ranked_dimensions():
        return []
    try:
        codes = _ws.rank().codes["code"].tolist()
    except WorkbenchError:  # nothing that can be ranked
        return []
    return [(code, _ws.coded_traces(code)["trace_id"].tolist()) for code in codes[:FIRST]]
