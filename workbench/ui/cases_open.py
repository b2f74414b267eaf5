"""The open case: what goes in, as a conversation, and what people, judges and rules said of the trace behind it."""

import json
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from workbench.ui.cases import CaseBench, title_of
from workbench.ui.conversation import conversation
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

HEIGHT = 470
LOOK = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-case-conversation), .st-key-case-conversation {
  height: calc(100vh - 400px) !important; min-height: 320px; flex: none !important;
}
</style>"""


def case_shown(bench: CaseBench) -> None:
    """Show the open case; of a sealed one only that it is there."""
    if bench.case_id is None:
        return
    if bench.is_sealed:
        st.markdown(f"**:material/lock: {plain(bench.case_id)}**")
        st.markdown(
            "Sealed: what it asks and expects lies encrypted beside the golden files, and is shown on no page. It can "
            "be retired here, and read once its version is opened for a release on the Golden set page."
        )
        return
    st.html(LOOK)
    st.markdown(title_of(bench))
    why, by = bench.row["why"], bench.row["proposed_by"]
    st.caption(f"Proposed by {plain(by)}" + (f": {plain(why)}" if isinstance(why, str) and why else "") + ".")
    with st.container(height=HEIGHT, border=True, key="case-conversation"):
        conversation(
            {"trace_id": bench.case_id, "messages": payload_turns(bench.case.input_payload)}, key="cases.conversation"
        )
    _said(bench)


def payload_turns(payload: Any) -> list[dict[str, Any]]:
    """What goes in, in reading order: tools, what was said before, the question, the passages fetched for it."""
    tools = payload.get("tool_definitions")
    shown = [{"role": "tool definitions", "content": json.dumps(tools, ensure_ascii=False, indent=2)}] if tools else []
    history = payload.get("history") or []
    shown += [each if isinstance(each, dict) else {"role": "before", "content": each} for each in history]
    shown.append({"role": "user", "content": payload["query"]})
    for number, each in enumerate(payload.get("retrieved_context") or [], 1):
        given = each if isinstance(each, dict) else {"text": each}
        name = " · ".join(filter(None, (f"passage {number}", str(given.get("id") or ""))))
        shown.append({"role": name, "content": given.get("text", given)})
    return shown


def _said(bench: CaseBench) -> None:
    """Who said what of the trace, and a way to it."""
    trace_id = bench.case.trace_id
    if trace_id is None:
        authors = ", ".join(bench.case.labelled_by)
        st.caption(f"Written by {plain(authors)}." if authors else "Nobody has said yet what should happen.")
        return
    said = said_rows(_labels(bench.ws, f"{bench.ws.path} {bench.ws.revision}", str(bench.case_id)))
    with st.container(horizontal=True, vertical_alignment="center"):
        n = len(said)
        agreed = f", {bench.case.agreement}" if bench.case.labelled_by else ""
        st.markdown(f"**Who said what** · {n:,} label{'' if n == 1 else 's'}{agreed}", width="stretch")
        st.markdown(f"[the whole trace, with its answer](read?{urlencode({'trace': trace_id})})", width="content")
    if said.empty:
        st.caption("Nobody labelled this trace. A thumb of the product's user is no label: say what should happen.")
        return
    if not said["as"].isin(["human", "adjudicated"]).any():
        st.caption("No person has said anything yet: judges, rules and thumbs are no label. Say what should happen.")
    st.dataframe(said, hide_index=True, row_height=ROW, height=fitted(n, 190))


def said_rows(labels: pd.DataFrame) -> pd.DataFrame:
    """Make the table of labels: people first, then judges and rules, each newest first."""
    kinds = labels["annotator_kind"].fillna("human")
    order = labels.assign(kind=kinds, last=kinds != "human").iloc[::-1].sort_values("last", kind="stable")
    rows = pd.DataFrame(
        {
            "who": order["annotator"],
            "as": [
                "adjudicated" if round_ == "adjudicated" else str(kind)
                for round_, kind in zip(order["round"], order["kind"], strict=True)
            ],
            "on": order["dimension"],
            "said": order["value"],
            "severity": pd.array(order["severity"].tolist(), dtype="Int64"),
            "note": order["note"].astype("string").fillna(""),
            "right answer": order["gold_answer"].astype("string").fillna(""),
            "when": [when(each) for each in order["labelled_at"]],
        }
    )
    empty = [
        name for name in ("severity", "note", "right answer") if rows[name].isna().all() or (rows[name] == "").all()
    ]
    return rows.drop(columns=empty)


@st.cache_resource(max_entries=16, show_spinner=False)
def _labels(_ws: Workspace, state: str, case_id: str) -> pd.DataFrame:
    return _ws.case_labels(case_id)
