"""The Power page: what the frozen versions can see, and how many cases a change takes.

Everything that is asked is in the URL, in per cent and points as people say them. The design decides more than anything
else, so both stand side by side in every figure, and the one that was asked for is the one in words.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.golden import GoldenSet, golden_set
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import plain
from workbench.workspace import Workspace
from workbench.workspace.planning import power, power_curves

STILL = {"displayModeBar": False}
PAIRED, INDEPENDENT = "paired", "independent"
SAME, OTHER = "same cases", "different cases"
DROP, RISE = "drop", "rise"


@dataclass(frozen=True)
class PowerDesk:
    """What is asked, and the plan; the plan is None where it cannot be, with why."""

    golden: GoldenSet
    baseline: float
    effect: float
    discordance: float | None
    slices: int
    sizes: dict[str, int]
    plan: Any = None
    why: str = ""

    @property
    def ws(self) -> Workspace:
        """The workspace."""
        return self.golden.ws

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked, as the verbs take it."""
        return {"baseline": self.baseline, "effect": self.effect, "discordance": self.discordance}

    @property
    def newest(self) -> int | None:
        """The newest version that is as it was frozen."""
        return next(iter(self.golden.sound), None)

    @property
    def change(self) -> str:
        """The change in words: '90% to 85%'."""
        return f"{100 * self.baseline:g}% to {100 * (self.baseline + self.effect):g}%"


def power_desk(ws: Workspace) -> PowerDesk:
    """Draw the controls and plan."""
    golden = golden_set(ws)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        baseline = st.number_input(
            "Passes now (%)", 1.0, 99.0, 90.0, 1.0, key="passes", bind="query-params", format="%g", width=140
        )
        points = st.number_input(
            "Smallest change that matters (points)", 0.5, 50.0, 5.0, 0.5, key="points", bind="query-params",
            format="%g", width=250,
        )  # fmt: skip
        way = st.segmented_control("It is a", [DROP, RISE], default=DROP, required=True, key="way", bind="query-params")
        design = st.segmented_control(
            "Both runs answer", [SAME, OTHER], default=SAME, required=True, key="answer", bind="query-params",
        )  # fmt: skip
        differ = st.number_input(
            "Cases on which they differ (%)", 0.5, 100.0, 10.0, 1.0, key="differ", bind="query-params", format="%g",
            width=210, disabled=design != SAME,
            help="Run the same system twice and count: that is the least it can be. The Gate page says it of two runs.",
        )  # fmt: skip
        slices = st.number_input(
            "Slices looked at", 1, 500, 1, key="slices", bind="query-params", width=130,
            help="In how many slices the change is looked for at one level.",
        )  # fmt: skip
    effect = round((points if way == RISE else -points) / 100, 6)
    discordance = round(differ / 100, 6) if design == SAME else None
    desk = PowerDesk(golden, round(baseline / 100, 6), effect, discordance, int(slices), _sizes(ws, golden.state))
    return _planned(desk)


def _planned(desk: PowerDesk) -> PowerDesk:
    given = (desk.golden, desk.baseline, desk.effect, desk.discordance, desk.slices, desk.sizes)
    n = desk.sizes.get(f"v{desk.newest}")
    try:
        return PowerDesk(*given, plan=power(**desk.asked, n=n, slices=desk.slices))
    except WorkbenchError as error:
        return PowerDesk(*given, why=str(error))


def power_answer(desk: PowerDesk) -> bool:
    """Say how many cases it takes and what the versions see; whether there is a plan."""
    if desk.plan is None:
        st.info(plain(desk.why), icon=":material/info:")
        return False
    plan = desk.plan
    left, right = st.columns([46, 54], gap="medium")
    with left:
        what = "cases, answered by both runs" if plan.discordance is not None else "cases in each of two samples"
        st.html(
            f'<div role="status" style="font-size:2.5rem;line-height:1.15;font-weight:700">{plan.n:,}'
            f'<span style="font-size:1.15rem;font-weight:500"> {what}</span></div>'
        )
        st.markdown(
            f"see **{desk.change}** four times in five, two-sided at 5%. {plan.total:,} answers to score in all."
        )
        st.markdown("  \n".join(more_lines(desk)))
    with right, st.container(border=True, height="stretch"):
        _versions(desk)
    return True


def more_lines(desk: PowerDesk) -> list[str]:
    """What else the change takes, each a line."""
    plan, points = desk.plan, f"{100 * abs(desk.effect):g} points"
    lines = [f"One run against a fixed target of {100 * desk.baseline:g}%: **{plan.one_sample:,}**"]
    if plan.not_worse is not None:
        lines.append(f"To show that a run as good is not worse by {points} (one-sided): **{plan.not_worse:,}**")
    if plan.opposite is not None and plan.opposite != plan.n:
        lines.append(f"The same change the other way: **{plan.opposite:,}**")
    if plan.slices is not None:
        lines.append(
            f"In each of {plan.slices.slices} slices tested together: **{plan.slices.n:,}**, "
            f"{plan.slices.factor:.2f} times as many as in one alone"
        )
    return lines


def _versions(desk: PowerDesk) -> None:
    st.markdown("**What the frozen versions see**")
    if not desk.sizes:
        st.caption("Nothing is frozen yet. Accept cases and freeze a first version; this page plans without one too.")
        st.page_link("pages/golden.py", label="Golden set", icon=":material/verified:")
        return
    rows = version_rows(_seen(**desk.asked, sizes=tuple(desk.sizes.values())), desk)
    st.dataframe(rows, hide_index=True, row_height=ROW, height=fitted(len(rows), 210))
    st.caption("A version is scored on its open cases; opened, on its sealed ones too.")


def version_rows(seen: dict[int, float], desk: PowerDesk) -> pd.DataFrame:
    """Make the table of versions, the newest first, in the words of the page."""
    sizes = list(reversed(desk.sizes.items()))
    return pd.DataFrame(
        {
            "set": [name for name, _ in sizes],
            "cases": [n for _, n in sizes],
            "smallest change it sees": [points_text(seen[n]) for _, n in sizes],
            f"sees {100 * abs(desk.effect):g} points": ["yes" if n >= desk.plan.n else "no" for _, n in sizes],
            "lacks": ["" if n >= desk.plan.n else f"{desk.plan.n - n:,}" for _, n in sizes],
        }
    )


def points_text(mde: float) -> str:
    """A change in points; 'none' where none is seen."""
    return "none" if pd.isna(mde) else f"{100 * mde:.1f} points"


@st.cache_resource(max_entries=16, show_spinner=False)
def _seen(baseline: float, effect: float, discordance: float | None, sizes: tuple[int, ...]) -> dict[int, float]:
    """The smallest change that sets of these sizes see, by the design that is asked for."""
    rows = power_curves(baseline, effect, discordance=discordance, sizes=sizes).smallest
    of = rows[rows["design"] == (INDEPENDENT if discordance is None else PAIRED)]
    return dict(zip(of["n"], of["mde"], strict=True))


@st.cache_resource(max_entries=4, show_spinner=False)
def _sizes(_ws: Workspace, state: str) -> dict[str, int]:
    return _ws.golden_sizes()
