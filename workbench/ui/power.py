"""The Power page: what the frozen versions can see, and how many cases a change takes.

Everything that is asked is in the URL, in per cent and points as people say them. The design decides more than anything
else, so both stand side by side in every figure, and the one that was asked for is the one in words.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import chance_to_see, smallest_change
from workbench.errors import WorkbenchError
from workbench.ui.golden import GoldenSet, golden_set
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace
from workbench.workspace.planning import Curves, power, power_curves

STILL = {"displayModeBar": False}
ROW = 33
PAIRED, INDEPENDENT = "paired", "independent"
DROP, RISE = "drop", "rise"
HINTS = {
    "together": "sees it, tested with the others",
    "alone": "only if read alone",
    "no": "does not see it",
}


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
            "Both runs answer", [PAIRED, INDEPENDENT], default=PAIRED, required=True, key="design", bind="query-params",
            format_func={PAIRED: "the same cases", INDEPENDENT: "different cases"}.get,
        )  # fmt: skip
        differ = st.number_input(
            "Cases on which they differ (%)", 0.5, 100.0, 10.0, 1.0, key="differ", bind="query-params", format="%g",
            width=210, disabled=design != PAIRED,
            help="Run the same system twice and count: that is the least it can be. The Gate page says it of two runs.",
        )  # fmt: skip
        slices = st.number_input(
            "Slices looked at", 1, 500, 1, key="slices", bind="query-params", width=130,
            help="In how many slices the change is looked for at one level.",
        )  # fmt: skip
    effect = round((points if way == RISE else -points) / 100, 6)
    discordance = round(differ / 100, 6) if design == PAIRED else None
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
    rows = _seen(desk.asked["baseline"], desk.effect, desk.discordance, tuple(desk.sizes.items()))
    st.dataframe(version_rows(rows, desk), hide_index=True, row_height=ROW, height=min(ROW * (len(rows) + 1) + 3, 210))
    st.caption("A version is scored on its open cases; opened, on its sealed ones too.")


def version_rows(plans: list[tuple[str, Any]], desk: PowerDesk) -> pd.DataFrame:
    """Make the table of versions, the newest first, in the words of the page."""
    points = f"{100 * abs(desk.effect):g} points"
    return pd.DataFrame(
        {
            "set": [name for name, _ in reversed(plans)],
            "cases": [plan.given for _, plan in reversed(plans)],
            "smallest change it sees": [
                "none" if plan.mde is None else f"{100 * plan.mde:.1f} points" for _, plan in reversed(plans)
            ],
            f"sees {points}": ["yes" if plan.given >= plan.n else "no" for _, plan in reversed(plans)],
            "lacks": [_lacks(plan) for _, plan in reversed(plans)],
        }
    )


def _lacks(plan: Any) -> str:
    return "" if plan.given >= plan.n else f"{plan.n - plan.given:,}"


def power_curves_shown(desk: PowerDesk) -> None:
    """Draw both curves."""
    curves, wanted = _curves(**desk.asked), abs(desk.effect)
    sizes = {name: n for name, n in desk.sizes.items() if name.split()[0] == f"v{desk.newest}"}
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.markdown("**The smallest change a set sees**, four times in five")
        st.plotly_chart(
            smallest_change(curves.smallest, wanted=wanted, sizes=sizes), key="power.smallest", config=STILL
        )
    with right, st.container(border=True):
        st.markdown(f"**The chance to see {desk.change}**")
        st.plotly_chart(chance_to_see(curves.chances, wanted=wanted, sizes=sizes), key="power.chances", config=STILL)


def power_slices(desk: PowerDesk) -> None:
    """List which slices of the newest version can see what."""
    with st.container(border=True, height="stretch"):
        if desk.newest is None:
            st.markdown("**Slices**")
            st.caption("Once a version is frozen: which of its slices are large enough to show the change.")
            return
        rows = _slices(desk.ws, desk.golden.state, desk.newest, desk.baseline, desk.effect, desk.discordance)
        able = int((rows["sees"] == "together").sum())
        st.markdown(
            f"**Slices of v{desk.newest}** · {able:,} of {len(rows):,} see {100 * abs(desk.effect):g} points, tested "
            "together"
        )
        if rows.empty:
            st.caption("Its cases have no slices. A rate over all can hide what broke.")
            return
        shown = slice_rows(rows)
        st.dataframe(
            shown, key="power.slices", hide_index=True, row_height=ROW, height=min(ROW * (len(rows) + 1) + 3, 430)
        )
        st.caption(
            "Open cases only. Together: all slices of 6 cases and more share one level, as in the gate; alone: a slice "
            "named in advance and read by itself. A slice that sees 20 points shows only that something broke outright."
        )


def slice_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Make the table of slices, in the words of the page."""
    return pd.DataFrame(
        {
            "slice": [("▲ " if row.critical else "") + row.slice for row in rows.itertuples()],
            "cases": rows["n"],
            "sees together": [_points(each) for each in rows["mde_together"]],
            "alone": [_points(each) for each in rows["mde"]],
            "verdict": [HINTS[row.sees] if row.tested else "too small to be tested" for row in rows.itertuples()],
            "lacks": rows["more"],
        }
    )  # fmt: skip


def _points(mde: float) -> str:
    return "none" if pd.isna(mde) else f"{100 * mde:.1f} points"


def power_rules(desk: PowerDesk) -> None:
    """Tell the articles' rules of thumb and when they hold."""
    with st.container(border=True, height="stretch"):
        st.markdown("**Rules of thumb, and when they hold**")
        for rule in desk.plan.rules:
            st.markdown(f"**“{plain(rule.rule)}”** {plain(rule.holds)}")
        st.markdown(
            "To remember, D being the change: 7.85 PSI / D² pairs, where two runs differ on a share PSI of the cases, "
            "or 15.7 p(1 - p) / D² cases in each of two samples."
        )


def power_next(desk: PowerDesk) -> None:
    """Say what to do next, and give the page in a notebook."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {_next(desk)}", width="content")
        st.page_link("pages/gate.py", label="Gate", icon=":material/door_open:")
        st.page_link("pages/golden.py", label="Golden set", icon=":material/verified:")
    notebook(power_code(desk))


def _next(desk: PowerDesk) -> str:
    if desk.plan is None:
        return "ask for what can be."
    if desk.newest is None:
        return "freeze a version of about that size."
    if desk.plan.given is not None and desk.plan.given < desk.plan.n:
        return f"add about {desk.plan.n - desk.plan.given:,} cases, or let the margin be what the set can see."
    return "write the margin into the contract, and gate."


def power_code(desk: PowerDesk) -> str:
    """Give what the page shows in a notebook."""
    asked = ", ".join(f"{name}={value!r}" for name, value in desk.asked.items())
    lines = [
        "from workbench import Workspace, charts",
        "from workbench.workspace.planning import power, power_curves",
        "",
    ]
    lines += [f"ws = Workspace({str(desk.ws.path)!r})", "sizes = ws.golden_sizes()"]
    if desk.plan is not None:
        lines.append(f"print(power({asked}, n={desk.plan.given}, slices={desk.slices}))")
        lines.append(f"curves = power_curves({asked})")
        wanted = abs(desk.effect)
        lines.append(f"charts.smallest_change(curves.smallest, wanted={wanted}, sizes=sizes)")
        lines.append(f"charts.chance_to_see(curves.chances, wanted={wanted}, sizes=sizes)")
        if desk.newest is not None:
            lines.append(f"slices = ws.slice_power({asked}, version={desk.newest})")
    return "\n".join(lines)


@st.cache_resource(max_entries=16, show_spinner=False)
def _curves(baseline: float, effect: float, discordance: float | None) -> Curves:
    return power_curves(baseline, effect, discordance=discordance)


@st.cache_resource(max_entries=16, show_spinner=False)
def _seen(
    baseline: float, effect: float, discordance: float | None, sizes: tuple[tuple[str, int], ...]
) -> list[tuple[str, Any]]:
    return [(name, power(baseline, effect, discordance=discordance, n=n)) for name, n in sizes if n]


@st.cache_resource(max_entries=4, show_spinner=False)
def _sizes(_ws: Workspace, state: str) -> dict[str, int]:
    return _ws.golden_sizes()


@st.cache_resource(max_entries=16, show_spinner=False)
def _slices(
    _ws: Workspace, state: str, version: int, baseline: float, effect: float, discordance: float | None
) -> pd.DataFrame:
    return _ws.slice_power(baseline=baseline, effect=effect, discordance=discordance, version=version)
