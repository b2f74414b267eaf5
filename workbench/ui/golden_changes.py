"""What changed: the difference between any two versions, the changelog as it is written, growth and composition."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import golden_growth, golden_risks, golden_sources
from workbench.ui.golden import GoldenSet, compared
from workbench.ui.tables import fitted
from workbench.ui.words import plain
from workbench.workspace import Workspace

STILL = {"displayModeBar": False}
HOW = ("relabelled", "removed", "edited", "added")
ROW = 35


def golden_changes(golden: GoldenSet) -> None:
    """Draw what two versions differ in, and the changelog."""
    if golden.newest is None:
        return
    difference, written = st.tabs(["What two versions differ in", "Changelog as written"])
    with difference:
        _difference(golden)
    with written:
        text = _changelog(golden.ws, golden.state)
        if text:
            st.code(text, language=None, wrap_lines=True, height=360)
        else:
            st.caption("There is no CHANGELOG.md in the golden folder.")


def _difference(golden: GoldenSet) -> None:
    pair = compared(golden)
    if pair is None:
        left = [each.version for each in golden.touched]
        st.caption(
            f"{_listed(left)} cannot be compared: not what was frozen." if left
            else "There is one version so far; its changelog says what it brought in."
        )  # fmt: skip
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for label, name, chosen in (("From", "before", pair[0]), ("to", "after", pair[1])):
            st.selectbox(
                label, golden.sound, index=golden.sound.index(chosen), key=f"golden.{name}", width=110,
                format_func=lambda each: f"v{each}", on_change=_choose, args=(name,),
            )  # fmt: skip
        found = _diff(golden.ws, golden.state, *pair)
        st.markdown(" · ".join(f"**{n:,}** {how}" for how, n in found.counts().items()), width="stretch")
    if golden.touched:
        st.caption(f"Without {_listed([each.version for each in golden.touched])}: not what was frozen.")
    rows = change_rows(found)
    if rows.empty:
        st.caption("They hold the same cases.")
        return
    st.dataframe(
        rows, hide_index=True, row_height=ROW, height=fitted(len(rows), 320, ROW),
        column_config={
            "change": st.column_config.TextColumn(width=78),
            "case": st.column_config.TextColumn(width=130),
            "kind": st.column_config.TextColumn(width=98),
            "why": st.column_config.TextColumn(width=260),
            "by": st.column_config.TextColumn(width=70),
        },
    )  # fmt: skip


def change_rows(diff: Any) -> pd.DataFrame:
    """Make the table of changes, another label first: each named one, and sealed ones as a number."""
    rows = []
    for how in HOW:
        changes = diff.of(how)
        rows += [
            (how, each.case_id, each.kind.replace("_", " "), each.reason, each.by) for each in changes if each.case_id
        ]
        hidden = sum(each.case_id is None for each in changes)
        rows += [(how, f"\U0001f512 {hidden:,} sealed", "", "", "")] if hidden else []
    return pd.DataFrame(rows, columns=["change", "case", "kind", "why", "by"])


def _choose(name: str) -> None:
    st.query_params[name] = str(st.session_state[f"golden.{name}"])


def _listed(versions: list[int]) -> str:
    return ", ".join(f"v{each}" for each in versions)


def golden_figures(golden: GoldenSet) -> None:
    """Draw how the set has grown, and what it is made of."""
    if not golden.count("accepted") and golden.newest is None:
        return
    growth, made = _figures(golden.ws, golden.state, tuple(sorted(golden.sound)))
    left, middle, right = st.columns([38, 33, 29], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Growth** · cases by source, version by version")
        st.plotly_chart(golden_growth(growth), key="golden.growth", config=STILL)
        if golden.touched:
            st.caption(f"Without {_listed([each.version for each in golden.touched])}: not what was frozen.")
    with middle, st.container(border=True, height="stretch"):
        st.markdown(f"**Sources** of {made.n:,} open cases, the edge set apart")
        st.plotly_chart(golden_sources(made.sources), key="golden.sources", config=STILL)
        st.caption(plain(_composition_words(made)))
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Risk**, and the edge set by itself")
        st.plotly_chart(golden_risks(made.risks, made.edges), key="golden.risks", config=STILL)


def _composition_words(made: Any) -> str:
    off = made.sources[made.sources["off"]]
    told = [
        f"{row.source} is {'over' if row.share > row.target else 'under'} its {row.target:.0%}"
        for row in off.itertuples()
    ]
    size = f"stage {made.stage.name}, from {made.stage.low:,} cases on" + (
        f": {made.missing:,} to go" if made.missing else ""
    )
    return "; ".join([size, *told]) + ". Bars are 95% intervals, the line across each row is the share wanted."


@st.cache_resource(max_entries=4, show_spinner=False)
def _changelog(_ws: Workspace, state: str) -> str:
    return _ws.golden_changelog()


@st.cache_resource(max_entries=16, show_spinner=False)
def _diff(_ws: Workspace, state: str, before: int, after: int) -> Any:
    return _ws.golden_diff(before, after)


@st.cache_resource(max_entries=4, show_spinner=False)
def _figures(_ws: Workspace, state: str, versions: tuple[int, ...]) -> tuple[pd.DataFrame, Any]:
    return _ws.golden_growth(versions), _ws.golden_composition()
