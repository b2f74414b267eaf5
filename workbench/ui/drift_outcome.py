"""Outcomes over time, of all traffic and not of the two sets: by release or cluster, and what the last week changed."""

from typing import Any

import streamlit as st

from workbench.charts import outcome_course, outcome_groups
from workbench.ui.drift import DriftDesk
from workbench.ui.drift_tables import MEASURES, measure_rows, table
from workbench.ui.linked import linked_choice
from workbench.ui.words import plain
from workbench.workspace import Workspace

ALL, RELEASE, CLUSTER = "all", "release", "cluster"
STILL = {"displayModeBar": False}


def outcome_over_time(desk: DriftDesk) -> list[str]:
    """Draw one measure: of every group, and over the days of one of them; the lines that give both in a notebook."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.segmented_control(
            "By", [ALL, RELEASE, CLUSTER], default=ALL, required=True, key="by", bind="query-params"
        )
        by = None if chosen == ALL else str(chosen)
        if by == CLUSTER and not desk.ws.has_map():
            st.caption("There is no map yet, so there are no clusters.")
            return []
        found = _outcomes(desk.ws, desk.state, by)
        if found.groups.empty:
            st.caption(plain(found.sentences[0]))
            return []
        measure = linked_choice("Measure", "measure", list(dict.fromkeys(found.groups["measure"])), words=MEASURES)
        of = found.groups[found.groups["measure"] == measure]
        changed = tuple(found.changed.loc[found.changed["measure"] == measure, "group"])
        groups = sorted(of["group"], key=lambda each: each not in changed)
        group = linked_choice("Course of", "group", groups) if by else groups[0]
    st.caption(plain(" ".join(found.sentences)))
    lines = [f"found = ws.outcomes({'' if by is None else repr(by)})", "print(found)"]
    if by:
        left, right = st.columns([44, 56], gap="medium")
        with left:
            st.markdown(f"**By {by}, over the whole time**")
            st.plotly_chart(outcome_groups(of, measure, changed=changed), key="outcome.groups", config=STILL)
        with right:
            _course(found, measure, group)
        _newest(found, measure)
        lines.append(f"charts.outcome_groups(found.groups, {measure!r}, changed={changed!r})")
    else:
        _course(found, measure, group)
    return [*lines, f"charts.outcome_course(found.frame, {measure!r}, {group!r})"] if found.every else lines


def _course(found: Any, measure: str, group: str) -> None:
    st.markdown(f"**{'All traffic' if found.by is None else plain(group, 60)}, by {found.every or 'time'}**")
    if found.every is None:
        st.caption("No trace has a time.")
        return
    st.plotly_chart(outcome_course(found.frame, measure, group), key="outcome.course", config=STILL)
    st.caption(f"Bars are {100 * (1 - found.level):.0f}% intervals by session; hollow is under {found.min_n} traces.")


def _newest(found: Any, measure: str) -> None:
    rows = found.newest[found.newest["measure"] == measure]
    if rows.empty:
        return
    with st.expander("The last seven days against those before, by group"):
        named = rows.rename(columns={"before": "reference", "now": "current", "now_n": "other_n"})
        told = measure_rows(named).drop(columns="")
        told.insert(0, found.by, rows["group"].to_numpy())
        table(told, rows["p_bh"] <= found.level, "outcome.newest")


@st.cache_resource(max_entries=8, show_spinner="Following outcomes …")
def _outcomes(_ws: Workspace, state: str, by: str | None) -> Any:
    return _ws.outcomes(by)
