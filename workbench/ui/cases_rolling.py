"""The rolling pool on the Cases page: what it is for, the round that turns it over, and the way into the golden set."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from workbench.ui.cases import CaseBench, open_case
from workbench.ui.codes import attempt

ROLLING = "rolling"


def graduate(bench: CaseBench, following: str | None, reason: Callable[[CaseBench], str]) -> None:
    """A button that moves a case of the rolling pool to the golden one; the reason is the one beside it."""
    if bench.pool == ROLLING:
        st.button(
            "To the golden set", key=bench.key("graduate"), icon=":material/upgrade:", on_click=_graduated,
            args=(bench, following, reason), disabled=not bench.person,
            help="With the reason above. It was in the open here, so it is never sealed.",
        )  # fmt: skip


def _graduated(bench: CaseBench, following: str | None, reason: Callable[[CaseBench], str]) -> None:
    def move() -> str:
        bench.ws.graduate_case(str(bench.case_id), by=bench.person, reason=reason(bench))
        return f"{bench.case_id} is in the golden pool now."

    if attempt(move):
        open_case(following)


def rolling_round(bench: CaseBench) -> None:
    """Say what the rolling pool is for, and turn it over at a press."""
    if bench.pool != ROLLING:
        return
    limits = bench.ws.settings.golden
    held = int(bench.cases["status"].isin(["candidate", "accepted"]).sum())
    told, turn = st.columns([84, 16], vertical_alignment="center")
    told.caption(
        f"**{held:,} of {limits.rolling_size:,}** · drawn at random from the last {limits.rolling_days} days and "
        "turned over every round, the oldest first. Scored apart: its rate says how it goes on what is asked now, and "
        "is never pooled with the golden set."
    )
    turn.button(
        "Turn it over", key="cases.rolling", icon=":material/autorenew:", on_click=_turned, args=(bench,),
        disabled=not bench.person or not bench.ws.count(), width="stretch",
    )  # fmt: skip


def _turned(bench: CaseBench) -> None:
    attempt(lambda: _told(bench.ws.refresh_rolling(by=bench.person)))


def _told(found: Any) -> str:
    left = found.too_old + found.made_room
    told = f"{found.added:,} drawn from {found.first} to {found.last}, {left:,} left: {found.size:,} in the pool."
    return " ".join([told, *found.notices])
