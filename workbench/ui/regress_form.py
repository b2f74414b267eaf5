"""What a person says of a flagged failure: what should have happened, its code, what it costs; saved in one press."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.ui.codes import attempt
from workbench.ui.regress import FOLLOWING, RegressBench, open_flagged, seconds_on
from workbench.ui.regress_made import regress_made
from workbench.ui.words import plain
from workbench.workspace import Workspace

OFFERED = 5
LEVELS = (1, 2, 3, 4, 5)
SHOWN = ["answer", "flags", "release", "cluster", "similar cases"]


def regress_form(bench: RegressBench) -> None:
    """Draw the form; where the trace is a case already, what becomes of it."""
    if bench.trace is None:
        return
    if bench.case_id is not None:
        regress_made(bench)
        return
    if bench.start.is_case:
        st.info("This trace is a case already: a second one would count the same failure twice.")
        st.page_link("pages/cases.py", label="Cases", icon=":material/arrow_forward:")
        _walk(bench)
        return
    if not bench.person:
        st.caption("Say who you are, top right: a case has somebody who says what should have happened.")
    _expected(bench)
    _code(bench)
    _severity(bench)
    near = _similar(bench)
    _more(bench)
    _save_line(bench, near)
    _walk(bench)


def _expected(bench: RegressBench) -> None:
    with st.container(key="regress-expected"):
        st.text_area(
            "What should have happened ( N )", key=bench.key("expected"), height=96,
            placeholder="what a good answer does here, and what it must not do", disabled=not bench.person,
        )  # fmt: skip


def _code(bench: RegressBench) -> None:
    """Offer the codes of this cluster by key, any by its name, a new one by typing it."""
    key, names = bench.key("code"), list(bench.start.codes)
    st.session_state.setdefault(key, bench.start.code)
    book = bench.ws.codebook()
    with st.container(key="regress-codes"):
        for place, name in enumerate(names[:OFFERED], 1):
            st.button(
                plain(name, 46), key=bench.key(f"code.{name}"), shortcut=str(place), width="stretch",
                type="primary" if st.session_state[key] == name else "secondary", on_click=_take_code,
                args=(bench, name), help=plain(book.get(name).definition) or None, disabled=not bench.person,
            )  # fmt: skip
    with st.container(key="regress-finder"):
        st.selectbox(
            "What went wrong", names, index=None, key=key, accept_new_options=True, disabled=not bench.person,
            placeholder="another code, or a new one ( T )", label_visibility="collapsed",
        )  # fmt: skip
        chosen = st.session_state[key]
        if chosen and book.find(chosen) is None:  # in here, so that nothing below moves
            st.caption(f"**{plain(chosen)}** is a new code: it is made with the case.")


def _take_code(bench: RegressBench, name: str) -> None:
    st.session_state[bench.key("code")] = name


def _usual(bench: RegressBench) -> int | None:
    """The severity that the chosen code has in the codebook."""
    chosen = st.session_state[bench.key("code")]
    found = bench.ws.codebook().find(chosen) if chosen else None
    return None if found is None else found.severity


def _severity(bench: RegressBench) -> None:
    key, usual = bench.key("severity"), _usual(bench)
    st.session_state.setdefault(key, bench.start.severity)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Severity", LEVELS, key=key, label_visibility="collapsed", disabled=not bench.person,
            help="  \n".join(f"{level} {plain(words)}" for level, words in bench.ws.severity_anchors.items()),
        )  # fmt: skip
        st.caption(f"usually {usual}" if usual else "severity", width="stretch")
        st.button(
            "One up", key=bench.key("severer"), shortcut="S", type="tertiary", on_click=_one_up, args=(bench, usual),
            disabled=not bench.person,
        )  # fmt: skip


def _one_up(bench: RegressBench, usual: int | None) -> None:
    now = st.session_state[bench.key("severity")] or usual or 0
    st.session_state[bench.key("severity")] = now % len(LEVELS) + 1


def _similar(bench: RegressBench) -> bool:
    """Show the cases most like it; whether one asks nearly the same, and the person has to say that this is another."""
    like = _like(bench.ws, f"{bench.ws.path} {bench.ws.revision}", str(bench.trace_id))
    near = like[like["near"] & like["status"].isin(["candidate", "accepted"])]
    if len(near):
        first = near.iloc[0]
        link = f"[{plain(first['case_id'])}](cases?case={first['case_id']})"
        st.warning(
            f"{link} ({first['status']}) asks nearly the same: {plain(first['query'], 90)} · expects: "
            f"{plain(first['expected_behavior'], 120)}",
            icon=":material/content_copy:",
        )
        st.checkbox("This is another failure: make it anyway", key=bench.key("anyway"), disabled=not bench.person)
    rest = like[~like["case_id"].isin(near["case_id"])]
    if len(rest):
        with st.expander(f"Similar cases, the nearest {rest['score'].max():.2f}", icon=":material/join_inner:"):
            for row in rest.head(3).to_dict("records"):
                st.markdown(
                    f"{row['score']:.2f} · [{plain(row['case_id'])}](cases?case={row['case_id']}) ({row['status']}) "
                    f"{plain(row['query'], 70)}"
                )
    return bool(len(near))


@st.cache_resource(max_entries=32, show_spinner=False)
def _like(_ws: Workspace, state: str, trace_id: str) -> pd.DataFrame:
    return _ws.similar_cases(trace_id)


def _more(bench: RegressBench) -> None:
    """What may be said as well, closed: most cases do not need it."""
    filed = "\n".join(f"{name}: {value}" for name, value in bench.start.slices.items())
    st.session_state.setdefault(bench.key("critique"), bench.start.note or "")
    st.session_state.setdefault(bench.key("query"), bench.start.query)
    st.session_state.setdefault(bench.key("slices"), filed)
    with st.expander(f"Asks: {plain(bench.start.query, 60)}", icon=":material/tune:"):
        for name, title, height in (
            ("query", "What the case asks", 68), ("critique", "What went wrong, in your own words", 68),
            ("gold", "An answer that would have been right", 68), ("must", "It must say, one phrase a line", 68),
            ("must_not", "It must not say, one phrase a line", 68), ("slices", "Filed under", 120),
        ):  # fmt: skip
            st.text_area(title, key=bench.key(name), height=height, disabled=not bench.person)


def _save_line(bench: RegressBench, near: bool) -> None:
    checked = bool(st.session_state.get(bench.key("checked")))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Make it a regression case", key=bench.key("make"), shortcut="Mod+Enter", type="primary",
            icon=":material/assignment_late:", on_click=_make, args=(bench, near), disabled=not bench.person,
        )  # fmt: skip
        st.button(
            "Privacy checked", key=bench.key("private"), shortcut="P", type="primary" if checked else "secondary",
            icon=":material/verified_user:" if checked else ":material/visibility:", on_click=_check, args=(bench,),
            disabled=not bench.person, help="You have read all of it, and nothing in it points to a person.",
        )  # fmt: skip


def _check(bench: RegressBench) -> None:
    st.session_state[bench.key("checked")] = not st.session_state.get(bench.key("checked"))


def _walk(bench: RegressBench) -> None:
    with st.container(horizontal=True):
        for label, step, key in (("Back", -1, "Left"), ("Skip", 1, "Right")):
            to = bench.beside(step)
            st.button(
                label, key=bench.key(label), shortcut=key, on_click=open_flagged, args=(to,), disabled=to is None,
                type="tertiary",
            )  # fmt: skip


def _make(bench: RegressBench, near: bool) -> None:
    """Write labels and case; what the form holds is read when it is pressed."""
    said = {
        name: str(st.session_state.get(bench.key(name)) or "").strip()
        for name in ("expected", "code", "critique", "query", "gold", "must", "must_not", "slices")
    }

    def make() -> str:
        made = bench.ws.regress(
            str(bench.trace_id),
            by=bench.person,
            code=said["code"],
            create_code=True,
            expected=said["expected"],
            gold_answer=said["gold"],
            rules=phrases(said["must"], said["must_not"]),
            severity=st.session_state.get(bench.key("severity")),
            critique=said["critique"],
            query="" if said["query"] == bench.start.query.strip() else said["query"],
            slices=slices_of(said["slices"], bench.start.slices),
            checked=bool(st.session_state.get(bench.key("checked"))),
            anyway=near and bool(st.session_state.get(bench.key("anyway"))),
            saw={"shown": SHOWN},
            seconds=seconds_on(str(bench.trace_id)),
        )
        st.session_state[FOLLOWING] = bench.beside(1)
        st.query_params["trace"], st.query_params["case"] = made.trace_id, made.case_id
        return f"{made.case_id} is a candidate of the golden pool, {made.labels} labels with it."

    attempt(make)


def phrases(must: str, must_not: str) -> list[dict[str, Any]]:
    """The check that two lists of phrases make, one a line; none where both are empty."""
    required, forbidden = ([line.strip() for line in text.splitlines() if line.strip()] for text in (must, must_not))
    return [{"kind": "phrases", "required": required, "forbidden": forbidden}] if required or forbidden else []


def slices_of(text: str, before: Any) -> dict[str, str]:
    """The slices a text of lines names; what was filed before and is no longer there is left out of the case."""
    parts = [line.partition(":") for line in text.splitlines() if line.strip()]
    told = {name.strip(): word.strip() for name, _, word in parts}
    return {**dict.fromkeys(before, ""), **told}
