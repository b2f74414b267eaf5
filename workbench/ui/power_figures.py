"""The curves of a plan, what each slice of the newest version sees, the rules of thumb, and what to do next."""

import pandas as pd
import streamlit as st

from workbench.charts import chance_to_see, smallest_change
from workbench.ui.power import PowerDesk, points_text
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace
from workbench.workspace.planning import Curves, power_curves

STILL = {"displayModeBar": False}
HINTS = {
    "together": "sees it, tested with the others",
    "alone": "only if read alone",
    "no": "does not see it",
}


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
        if desk.discordance is not None:
            st.caption("Left of the bend the change is larger than the share on which the runs were said to differ.")
    with right, st.container(border=True, height="stretch"):
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
        st.dataframe(shown, key="power.slices", hide_index=True, row_height=ROW, height=fitted(len(rows), 430))
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
            "sees together": [points_text(each) for each in rows["mde_together"]],
            "alone": [points_text(each) for each in rows["mde"]],
            "verdict": [HINTS[row.sees] if row.tested else "too small to be tested" for row in rows.itertuples()],
            "lacks": rows["more"],
        }
    )  # fmt: skip


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
def _slices(
    _ws: Workspace, state: str, version: int, baseline: float, effect: float, discordance: float | None
) -> pd.DataFrame:
    return _ws.slice_power(baseline=baseline, effect=effect, discordance=discordance, version=version)
