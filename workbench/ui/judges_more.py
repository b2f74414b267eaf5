"""Below the verdict: bring labels, define a judge, run one, run the rules, and what was done so far."""

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.judges_bring import judge_bring, judge_define
from workbench.ui.judges_run import judge_history, judge_run
from workbench.ui.words import plain
from workbench.workspace import Workspace

TABS = ["Bring labels", "Run a judge", "Define a judge", "Rules", "Versions and looks"]
TROUBLE = "judges.rules.trouble"
TOLD = "judges.rules.told"
RULE = """\
[rules.no-promise]                # in workspace.toml
kind = "phrases"
forbidden = ["full refund", "guaranteed"]
where = "name = 'refund_policy'"  # optional: only of these traces"""


def judge_more(ws: Workspace) -> None:
    """Offer everything that gets a judge or rule onto this page."""
    st.markdown("#### Judges of this workspace")
    drawn = (judge_bring, judge_run, judge_define, _rules, judge_history)
    for tab, draw in zip(st.tabs(TABS, key="judges.tab", on_change="rerun"), drawn, strict=True):
        if tab.open:
            with tab:
                draw(ws)


def _rules(ws: Workspace) -> None:
    """List the rules; running them writes labels that are compared with people's like a judge's."""
    st.markdown("Rules are the cheapest judges: exact, free, and blind to all but what they check.")
    trouble, told = st.session_state.pop(TROUBLE, None), st.session_state.pop(TOLD, None)
    if trouble:
        st.error(plain(trouble), icon=":material/error:")
    if told:
        st.success(plain(told), icon=":material/rule:")
    found = ws.rules()
    if found.empty:
        st.caption("There are none in workspace.toml. One looks like this:")
        st.code(RULE, language="toml")
        return
    st.dataframe(rule_rows(found), hide_index=True)
    st.button("Run the rules", icon=":material/rule:", on_click=_run_rules, args=(ws,))


def rule_rows(found: pd.DataFrame) -> pd.DataFrame:
    """Make the table of rules, in the words of the page."""
    rows = found.assign(where=found["where"].fillna(""), problem=found["problem"].fillna(""))
    empty = [name for name in ("where", "problem") if (rows[name] == "").all()]
    return rows.drop(columns=empty)


def _run_rules(ws: Workspace) -> None:
    try:
        report = ws.run_rules()
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    n = len(report.rules)
    problems = f"; {report.problems:,} answers could not be given" if report.problems else ""
    st.session_state[TOLD] = f"{n:,} rule{'' if n == 1 else 's'} run, {report.new:,} labels written{problems}."
