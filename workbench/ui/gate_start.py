"""What is missing for a decision, and how to get it: a frozen version that nobody touched, and results."""

import pandas as pd
import streamlit as st

from workbench.ui.gate import GateDesk
from workbench.ui.words import plain

GOLDEN = "pages/golden.py"


def gate_empty(desk: GateDesk) -> bool:
    """Say what is missing for a decision, and how to get it; whether anything is."""
    if desk.golden.newest is None:
        st.info(
            "Nothing is frozen yet, so there is nothing that a release could be held to. Accept cases and freeze a "
            "first version. The contract can be written now, before anybody has seen a result.",
            icon=":material/ac_unit:",
        )
        st.page_link(GOLDEN, label="Golden set", icon=":material/verified:")
        return True
    if desk.touched is not None:
        first = desk.touched.problems[0]
        st.error(
            f"v{desk.version} is not what was frozen ({plain(first.file)}: {plain(first.problem)}), so nothing is "
            "decided on it. Restore its files, or freeze a new version.",
            icon=":material/gpp_bad:",
        )
        st.page_link(GOLDEN, label="Golden set", icon=":material/verified:")
        return True
    if desk.why:
        st.error(plain(desk.why), icon=":material/error:")
    return desk.report is None


def gate_how(desk: GateDesk) -> None:
    """Say how to get results."""
    st.markdown("##### How to get results")
    st.markdown(
        "Run the release on the open cases of this version, or bring what another tool ran: JSONL or CSV, one row per "
        "case. What has no verdict is scored by the checks and references of its case where those are exact."
    )
    rows = [
        {"column": "case_id", "holds": "which case", "needed": "always"},
        {"column": "output", "holds": "what the release answered", "needed": "one of these"},
        {"column": "passed", "holds": "true or false", "needed": "one of these"},
        {"column": "error", "holds": "why the run broke off; counts as failing", "needed": "one of these"},
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width=560)
    st.code(
        f"workbench run --golden {desk.version} --release 2.4.0 --target './answer.sh' --out results.jsonl\n"
        f"workbench gate --golden {desk.version} --results results.jsonl --baseline live.jsonl",
        language="sh",
    )
    st.code('{"case_id": "refund-017", "output": "The window is 30 days.", "passed": true}', language="json")
