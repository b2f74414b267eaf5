"""The checks beside freezing: what leaked, what is in the set twice, what the set was tuned on, each in a line."""

from typing import Any

import streamlit as st

from workbench.ui.words import plain

LOOKS = {
    "refuse": (":material/block:", "stands in the way"),
    "warn": (":material/warning:", "to know"),
    "clear": (":material/check:", "clear"),
    "cannot tell": (":material/help:", "cannot tell"),
}
TITLES = {
    "copies": "In prompts and files",
    "duplicates": "Twice in the set",
    "temporal": "Older than the change",
    "split": "Same time or session",
    "selection": "Always passed",
    "tuning": "Scored since the freeze",
    "review": "Seen by a second person",
}
REMEDIES = {"copies": "Retire them or change the prompt.", "duplicates": "Retire one of each."}
MOST_LINKED = 5


def golden_checks(found: Any) -> None:
    """Draw what each check says; what stands in the way in a box of its own."""
    for each in found.refused:
        told = f"**{TITLES[each.check]}.** {plain(each.told, 400)} {_open(each.case_ids)}"
        st.warning(f"{told} {REMEDIES[each.check]}", icon=LOOKS["refuse"][0])
    for each in found.findings:
        icon, word = LOOKS[each.verdict]
        if each.verdict != "refuse":
            st.caption(f"{icon} **{TITLES[each.check]}** · {word} · {plain(each.told, 400)} {_open(each.case_ids)}")


def linked(case_ids: tuple[str, ...]) -> str:
    """Name cases, each a link to its page."""
    return ", ".join(f"[{plain(each)}](cases?case={each})" for each in case_ids)


def _open(case_ids: tuple[str, ...]) -> str:
    return f"Open {linked(case_ids[:MOST_LINKED])}." if case_ids else ""
