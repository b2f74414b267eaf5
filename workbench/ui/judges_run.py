"""Run a judge that was defined: what it would ask and cost, then the run itself, and its versions, runs and looks.

A run can be left at any moment: every answer is stored when it comes, and the next run asks only what is missing.
"""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.first_run import progress_line
from workbench.ui.judges import DEV, state_of
from workbench.ui.judges_looks import look_rows
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

CHOSEN = "judges.run.judge"
TOLD = "judges.run.told"
SCOPES = {
    "labelled, dev part": {"part": DEV},
    "labelled, test part": {"part": "test"},
    "a sample": {},
    "all traces": {},
}


def judge_run(ws: Workspace) -> None:
    """Choose what to ask a judge, see what it costs, and start or go on."""
    judges = ws.judges()
    if judges.empty:
        st.caption("No judge is defined in this workspace yet: define one beside, or bring labels from a file.")
        return
    told = st.session_state.pop(TOLD, None)
    if told:
        st.success(plain(told), icon=":material/done_all:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Judge to run", judges["judge"].tolist(), key=CHOSEN, width=230)
        scope = st.selectbox("Ask about", list(SCOPES), key="judges.run.scope", width=220)
        options = _options(ws, scope)
        replicates = st.number_input(
            "Times each", 1, 20, 1, key="judges.run.times", width=110, help="Twice shows whether it contradicts itself."
        )
        limit = st.number_input("Stop before $", 0.0, value=None, key="judges.run.limit", width=130, format="%g")
        allow = st.checkbox(
            "its own family too", key="judges.run.allow",
            help="A judge prefers answers of its own maker's models. Allowing it is kept with the run.",
        )  # fmt: skip
    asked = {**options, "replicates": int(replicates), "allow_same_provider": allow}
    try:
        estimate = _estimate(ws, f"{state_of(ws)} {_answered(ws, name)}", name, asked)
    except WorkbenchError as error:
        st.info(plain(error), icon=":material/info:")
        return
    _start(ws, name, estimate, {**asked, "max_cost": limit})


def _options(ws: Workspace, scope: str) -> dict[str, Any]:
    if scope != "a sample":
        return dict(SCOPES[scope])
    samples = ws.store.sample_names()
    if not samples:
        st.caption("There is no sample.")
        st.stop()
    sample = st.selectbox("Sample", list(samples), format_func=samples.__getitem__, key="judges.run.sample", width=240)
    return {"sample_id": sample}


def _answered(ws: Workspace, name: str) -> int:
    """How many answers there are: one that comes in raises no revision."""
    return len(ws.store.judgements(name))


def _start(ws: Workspace, name: str, estimate: Any, asked: dict[str, Any]) -> None:
    host = ws.judge_version(name).spec.host
    with st.container(border=True):
        st.markdown(f"**{plain(estimate.price[:1].upper() + estimate.price[1:])}**")
        st.markdown(plain(f"{estimate}."))
        st.caption(f"Tokens {plain(estimate.how)}. The redacted text of these traces goes to {plain(host)}.")
        for notice in estimate.notices:
            st.warning(plain(notice), icon=":material/family_restroom:")
        if estimate.refusal:
            st.error(plain(estimate.refusal), icon=":material/block:")
        label = "Go on with the run" if estimate.cached and estimate.calls else "Start the run"
        if st.button(label, type="primary", disabled=not estimate.calls or bool(estimate.refusal)):
            _run(ws, name, asked)


def _run(ws: Workspace, name: str, asked: dict[str, Any]) -> None:
    with st.status(f"Asking {plain(name)} …", expanded=True) as status:
        st.caption("Leaving this page stops the run; what was answered is kept, and starting again goes on from there.")
        try:
            report = ws.run_judge(name, progress=progress_line(), **asked)
        except WorkbenchError as error:
            status.update(label="The run ended early", state="error")
            st.error(plain(error), icon=":material/error:")
            return
    st.session_state[TOLD] = " ".join(repr(report).split())
    st.rerun()


def judge_history(ws: Workspace) -> None:
    """List the versions of a judge, its runs, and who looked at its test part."""
    judges = ws.judges()
    names = sorted({*judges["judge"], *ws.store.judge_looks()["judge"]})
    if not names:
        st.caption("No judge is defined here, and nobody has looked at a test part.")
        return
    name = st.selectbox("Judge", names, key="judges.history", width=260)
    left, right = st.columns([60, 40], gap="medium")
    with left:
        if name in set(judges["judge"]):
            _versions(ws, name)
        else:
            st.caption("Its labels came from elsewhere, so the workbench knows no versions of it.")
    with right:
        looks = ws.store.judge_looks(name)
        st.markdown("**Looks at the test part**" if len(looks) else "**Nobody has looked at its test part.**")
        if len(looks):
            st.dataframe(look_rows(looks), hide_index=True)


def _versions(ws: Workspace, name: str) -> None:
    history = ws.judge_history(name)
    st.markdown("**Versions**")
    st.dataframe(version_rows(history), hide_index=True)
    number = st.selectbox("Prompt of version", [each.version for each in history][::-1], width=200)
    st.code(ws.judge_version(name, number).spec.prompt, language=None, wrap_lines=True, height=220)
    runs = ws.store.judge_runs(name)
    if runs:
        st.markdown("**Runs**")
        st.dataframe(run_rows(runs), hide_index=True)


def version_rows(history: list[Any]) -> pd.DataFrame:
    """Make the table of versions, newest first, in the words of the page."""
    return pd.DataFrame(
        [
            {
                "version": each.version, "when (UTC)": when(each.created_at), "by": each.author, "why": each.reason,
                "model": each.spec.model, "dimension": each.spec.dimension, "prompt": each.prompt_hash[:8],
            }
            for each in history[::-1]
        ]
    )  # fmt: skip


def run_rows(runs: list[dict[str, Any]]) -> pd.DataFrame:
    """Make the table of runs, newest first, in the words of the page."""
    return pd.DataFrame(
        [
            {
                "started (UTC)": when(each["started_at"]), "version": each["version"],
                "traces": each["plan"].get("traces"), "answered": each["outcome"].get("answered"),
                "left": each["outcome"].get("left"), "paid": f"${each['outcome'].get('cost_usd') or 0:.2f}",
                "stopped": each["outcome"].get("stopped") or ("" if each["ended_at"] else "not ended"),
            }
            for each in runs[::-1]
        ]
    )  # fmt: skip


@st.cache_resource(max_entries=8, show_spinner="Counting what it would ask …")
def _estimate(_ws: Workspace, state: str, name: str, asked: dict[str, Any]) -> Any:
    return _ws.estimate_judge(name, **asked)
