"""The sealed slice: a locked row with its ledger, and the form that opens it for one release.

A look is written down before anything is handed out. What was opened is offered as a download in the answer to that one
press and kept nowhere: it is not drawn, not in the session, and gone with the next press.
"""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.golden import GoldenSet
from workbench.ui.tables import fitted
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

ROW = 35


def golden_sealed(golden: GoldenSet) -> None:
    """Draw the sealed slice of the newest version that is sound, who looked at it, and the way to open it."""
    rows = golden.versions[golden.versions["blind"].fillna(0).astype("int64") > 0]
    with st.container(border=True, gap="small"):
        if rows.empty:
            st.markdown("**:material/lock: Sealed slice**")
            st.caption("No version holds sealed cases yet. A freeze seals a fifth of the new ones, stratum by stratum.")
            return
        versions = [int(each) for each in rows["version"].iloc[::-1] if int(each) in golden.sound]
        if not versions:
            st.markdown("**:material/lock: Sealed slice**")
            st.caption("Every version with sealed cases was touched; nothing is opened until it is restored.")
            return
        _slice(golden, versions, rows)


def _slice(golden: GoldenSet, versions: list[int], rows: pd.DataFrame) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        version = versions[0]
        if len(versions) > 1:
            version = st.selectbox(
                "Version", versions, key="golden.sealed", width=90, format_func=lambda each: f"v{each}",
                label_visibility="collapsed",
            )  # fmt: skip
        n = int(rows.loc[rows["version"] == version, "blind"].iloc[0])
        st.markdown(f"**:material/lock: v{version}: {n:,} sealed cases** :gray[nothing of them is shown]")
    seen, looks = _seen(golden.ws, golden.state, version), golden.ws.golden_looks()
    if seen:
        st.warning(f"{second_look(seen)} Freeze a new version to seal new cases.", icon=":material/visibility:")
    else:
        st.caption(":material/check: Nobody has looked at them: a rate on them is a fresh one.")
    if looks:
        st.dataframe(
            look_rows(looks), hide_index=True, row_height=ROW, height=fitted(len(looks), 180, ROW),
            column_config={
                "of": st.column_config.TextColumn(width=40),
                "by": st.column_config.TextColumn(width=70),
                "release": st.column_config.TextColumn(width=70),
                "n": st.column_config.NumberColumn(width=40),
            },
        )  # fmt: skip
    with st.expander(f"Open v{version} for a release", icon=":material/lock_open:"):
        _opening(golden, version, n, bool(seen))


def _opening(golden: GoldenSet, version: int, n: int, again: bool) -> None:
    """The form; opening happens in the run that answers the press, so that what it hands out outlives nothing."""
    st.markdown(
        "It says what a release is worth only as long as nothing was tuned on it. Open it once, for the release that "
        "is to be judged; the look is written into the ledger first, and with the next version these cases are open."
    )
    key = f"golden.open.{version}"
    with st.form(key, border=False):
        with st.container(horizontal=True):
            release = st.text_input("Release", key=f"{key}.release", max_chars=80, placeholder="2.4.0")
            by = st.text_input("Who opens it", golden.person, key=f"{key}.by", max_chars=60)
        reason = st.text_input(
            "Why", key=f"{key}.reason", max_chars=300, placeholder="the last check before 2.4.0 ships"
        )
        sure = st.checkbox(
            "I know that it is no longer blind, and open it again" if again else
            f"I want to open {n:,} sealed cases, and know that they are not blind afterwards", key=f"{key}.sure",
        )  # fmt: skip
        pressed = st.form_submit_button("Write the look down and open", type="primary", icon=":material/lock_open:")
    if not pressed:
        return
    if not sure:
        st.error("Tick the line above the button to open it.", icon=":material/error:")
        return
    try:
        opened = golden.ws.open_golden(version, release=release, reason=reason, opened_by=by)
    except WorkbenchError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.success(
        f"The look is in the ledger. Fetch the {len(opened.cases):,} cases now: this page does not keep them.",
        icon=":material/history_edu:",
    )
    if opened.warning:
        st.warning(plain(opened.warning), icon=":material/visibility:")
    st.download_button(
        f"golden-v{version}-opened.jsonl", opened.lines, f"golden-v{version}-opened.jsonl", "application/x-ndjson",
        key=f"{key}.fetch", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def second_look(seen: list[Any]) -> str:
    """What it means that somebody has looked before, in a sentence."""
    times = "once" if len(seen) == 1 else f"{len(seen)} times"
    releases = ", ".join(sorted({each.release for each in seen}))
    return (
        f"Opened **{times}** before, first by **{plain(seen[0].opened_by)}** for {plain(releases)}: it is no longer "
        "blind, and a rate on it is not a fresh one."
    )


def look_rows(looks: list[Any]) -> pd.DataFrame:
    """Make the table of the ledger, newest first."""
    rows = list(reversed(looks))
    return pd.DataFrame(
        {
            "of": [f"v{each.version}" for each in rows],
            "when (UTC)": [when(pd.Timestamp(each.opened_at)) for each in rows],
            "by": [each.opened_by for each in rows],
            "release": [each.release for each in rows],
            "why": [each.reason for each in rows],
            "n": [each.n for each in rows],
        }
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _seen(_ws: Workspace, state: str, version: int) -> list[Any]:
    return _ws.golden_seen(version)
