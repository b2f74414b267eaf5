"""Freezing on the page: what would be in the next version, what stands in its way, and the form.

The scan for personal data runs once this is opened. Cases with findings are named by id and shown nowhere here;
freezing with them needs a person who says that they looked.
"""

from typing import Any

import streamlit as st

from workbench.ui.codes import attempt
from workbench.ui.golden import CASES, GoldenSet
from workbench.ui.golden_checks import golden_checks, linked
from workbench.ui.words import plain
from workbench.workspace import Workspace

SHARE = 20
KEY = "golden.freeze"
MOST_NAMED = 20


def golden_freeze(golden: GoldenSet) -> None:
    """Draw the next version: closed to a line until somebody opens it."""
    waiting = _preview(golden.ws, golden.state, SHARE / 100, False)
    n = sum(waiting.changes.values())
    title = f"Freeze v{waiting.version}" + (f": {_in_words(waiting.changes)}" if n else "")
    box = st.expander(title, icon=":material/ac_unit:", expanded=False, key=KEY, on_change="rerun")
    if not box.open:
        return
    with box:
        if golden.touched:
            st.warning(
                "A version was touched. Restore it first: the next one would follow on it.", icon=":material/gpp_bad:"
            )
            return
        if waiting.refusal is not None and not waiting.unchecked:
            st.info(plain(waiting.refusal), icon=":material/info:")
            st.page_link(CASES, label="Cases", icon=":material/arrow_forward:")
            return
        share = st.slider(
            "Blind share", 0, 50, SHARE, 5, format="%d%%", key=f"{KEY}.share", width=320,
            help="Of each stratum of source, risk and category. Only new cases are sealed: what was open is not blind.",
        )  # fmt: skip
        _form(golden, _preview(golden.ws, golden.state, share / 100, True), share / 100)


def _form(golden: GoldenSet, waiting: Any, share: float) -> None:
    st.markdown(
        f"**v{waiting.version}: {waiting.cases:,} cases, {waiting.blind:,} of them sealed** · "
        + _in_words(waiting.changes)
    )
    for notice in waiting.notices:
        st.caption(f":material/info: {plain(notice)}")
    if waiting.unchecked:
        st.error(
            f"Nobody has checked these for private data: {_named(waiting.unchecked)}", icon=":material/visibility_off:"
        )
    if waiting.findings:
        st.warning(
            f"The scan finds what looks like personal data in {len(waiting.findings):,} cases: "
            f"{_named(waiting.findings)}. Open each on the Cases page and edit it, or say below that it is none.",
            icon=":material/privacy_tip:",
        )
    else:
        st.caption(":material/check: The scan for personal data finds nothing.")
    golden_checks(waiting.checks)
    in_git = golden.ws.golden_repository() is not None
    with st.form(f"{KEY}.form.{waiting.version}", border=False):
        with st.container(horizontal=True):
            st.text_input(
                "Why is there a new version", key=f"{KEY}.reason", max_chars=300, placeholder="refunds after the fix"
            )
            st.text_input("Who freezes it", golden.person, key=f"{KEY}.by", max_chars=60, width=220)
        if waiting.findings:
            st.checkbox("I looked at each of them: freeze with findings", key=f"{KEY}.allow")
        if not waiting.checks.passed:
            st.checkbox("Freeze although a check refuses it: the reason says why", key=f"{KEY}.leaks")
        if in_git:
            with st.container(horizontal=True):
                st.checkbox("Commit the golden files to git", key=f"{KEY}.commit", help="Those files and nothing else.")
                st.checkbox(f"and tag the commit golden-v{waiting.version}", key=f"{KEY}.tag")
        st.form_submit_button(
            f"Freeze v{waiting.version}", type="primary", icon=":material/ac_unit:", on_click=_freeze,
            args=(golden, share), disabled=bool(waiting.unchecked),
        )  # fmt: skip


def _freeze(golden: GoldenSet, share: float) -> None:
    said = st.session_state
    chosen = {name: bool(said.get(f"{KEY}.{name}")) for name in ("commit", "tag")}

    def freeze() -> str:
        made = golden.ws.freeze(
            author=said[f"{KEY}.by"], reason=said[f"{KEY}.reason"], blind_share=share,
            allow_findings=bool(said.get(f"{KEY}.allow")), allow_leaks=bool(said.get(f"{KEY}.leaks")), **chosen,
        )  # fmt: skip
        kept = f" Commit {made.commit[:10]}{f', tag {made.tag}' if made.tag else ''}." if made.commit else ""
        told = (
            f"Frozen: v{made.version}, {made.cases:,} cases, {made.blind:,} of them sealed. sha256 {made.sha256}.{kept}"
        )
        return " ".join([told, *made.notices])

    attempt(freeze)


def _in_words(changes: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {how}" for how, n in changes.items() if n) or "nothing changed"


def _named(case_ids: tuple[str, ...]) -> str:
    more = len(case_ids) - MOST_NAMED
    return linked(case_ids[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


@st.cache_resource(max_entries=8, show_spinner="Looking over the cases …")
def _preview(_ws: Workspace, state: str, share: float, scan: bool) -> Any:
    return _ws.preview_freeze(blind_share=share, scan=scan)
