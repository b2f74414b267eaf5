"""Bring cases in: let candidates be found in the traffic, write one, or take a file.

An uploaded file stays in memory and every text passes the redactor before it is stored.
"""

from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.cases import CaseBench
from workbench.ui.cases_form import CHOICES
from workbench.ui.cases_start import drafted, mine_button
from workbench.ui.codes import attempt
from workbench.ui.first_run import can_upload, in_memory
from workbench.ui.words import plain

WRITTEN = ("expert", "adversarial", "synthetic")
KEY = "cases.new"
BROUGHT = "cases.brought"
FIELDS = "Columns `query` and `expected_behavior`; if there: `reference`, `history`, `risk_level`, `category`, `edge`, "
FIELDS += "`source`, `slice_NAME`, `checks`, `parent_case` and the other fields of a case."


def case_bring(bench: CaseBench) -> None:
    """Draw the ways in, closed while there is something to decide."""
    _told()
    with st.expander("Bring in more: find, write, or take a file", icon=":material/add:", expanded=bench.cases.empty):
        found, written, taken = st.columns([26, 44, 30], gap="large")
        with found:
            _find(bench)
        with written:
            _write(bench)
        with taken:
            _take(bench)


def _find(bench: CaseBench) -> None:
    st.markdown("**Find candidates** · once a week is a good habit")
    if not bench.ws.count():
        st.caption("There is no traffic in this workspace yet.")
        return
    n = st.number_input("How many at most", 1, 200, 25, key="cases.mine.n")
    since = st.date_input("Only since", None, key="cases.mine.since", help="Also the day from which growth is counted.")
    mine_button(bench.ws, bench.person, "cases.more", int(n), since)


def _write(bench: CaseBench) -> None:
    st.markdown("**Write one**")
    with st.form(KEY, border=False, clear_on_submit=False):
        st.text_area("What is asked", key=f"{KEY}.query", height=80)
        st.text_area("What should happen, in plain language", key=f"{KEY}.expected_behavior", height=80)
        with st.container(horizontal=True):
            st.selectbox("Written by", WRITTEN, key=f"{KEY}.source", width=130)
            for field in ("risk_level", "category", "edge"):
                title, words = CHOICES[field]
                start = words.index("medium") if field == "risk_level" else 0
                st.selectbox(
                    title, words, index=start, key=f"{KEY}.{field}", width=130,
                    format_func=lambda word: word.replace("_", " "),
                )  # fmt: skip
        with st.container(horizontal=True):
            st.text_input("Intent", key=f"{KEY}.intent", placeholder="as the clusters are called")
            st.text_input("Why this one", key=f"{KEY}.why")
        st.form_submit_button("Add it to the candidates", disabled=not bench.person, on_click=_add, args=(bench,))


def _add(bench: CaseBench) -> None:
    said = {
        name: st.session_state.get(f"{KEY}.{name}") or ""
        for name in ("query", "expected_behavior", "source", "risk_level", "category", "edge", "intent", "why")
    }
    case = {name: said[name] for name in ("expected_behavior", "risk_level", "category")}
    case |= {"input_payload": {"query": said["query"]}, "edge": None if said["edge"] == "none" else said["edge"]}
    case |= {"slices": {"intent": said["intent"]} if said["intent"].strip() else {}}

    def add() -> str:
        report = bench.ws.add_cases([case], by=bench.person, why=said["why"], source=said["source"])
        if not report.added:
            raise WorkbenchError(report.rejected_rows[0]["reason"])
        for name in ("query", "expected_behavior", "why"):
            st.session_state[f"{KEY}.{name}"] = ""
        return drafted(report)

    attempt(add)


def _take(bench: CaseBench) -> None:
    st.markdown("**From a file** · .jsonl, .json, .csv, .tsv or .parquet")
    st.caption(FIELDS)
    if not can_upload():
        st.caption("On this system: `workbench cases add FILE`.")
        return
    upload = st.file_uploader(
        "Cases", key="cases.upload", type=["jsonl", "json", "csv", "tsv", "parquet"], label_visibility="collapsed",
        help="Stays in memory until it is redacted; nothing raw is written to disk.",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.selectbox("Source, where it does not say", WRITTEN, key="cases.upload.source")
        if st.button("Take it in", key="cases.take", disabled=not (upload and bench.person)):
            _take_in(bench, upload, source)


def _take_in(bench: CaseBench, upload: Any, source: str) -> None:
    try:
        with in_memory(upload.getbuffer(), upload.name) as path:
            report = bench.ws.add_cases(path, by=bench.person, why=f"from {upload.name}", source=source)
    except WorkbenchError as error:
        st.error(plain(_without_folder(str(error), upload.name)), icon=":material/error:")
        return
    st.session_state[BROUGHT] = {
        "text": drafted(report),
        "rejected": [{"row": row["row"], "reason": row["reason"]} for row in report.rejected_rows[:500]],
    }
    st.rerun()


def _without_folder(message: str, name: str) -> str:
    """A message without the folder of a file that lies in memory."""
    found = message.find(f"/{name}")
    return message if found < 0 else message[found + 1 :]


def _told() -> None:
    told = st.session_state.pop(BROUGHT, None)
    if told:
        (st.warning if told["rejected"] else st.success)(plain(told["text"]), icon=":material/inventory:")
        if told["rejected"]:
            st.dataframe(told["rejected"], hide_index=True, height=180)
