"""Right of the map: the list of clusters, or the trace that is open, with its neighbours."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import FAIL, cluster_colour, rate_text
from workbench.ui import cached
from workbench.ui.conversation import conversation
from workbench.ui.explore import MapView, choose_cluster, open_trace
from workbench.ui.first_run import progress_line
from workbench.ui.tables import fitted
from workbench.ui.words import duration, outcome, plain, when
from workbench.workspace import Workspace

LIST = "map.clusters"
PANEL_HEIGHT = 880


def need_map(ws: Workspace) -> None:
    """Stop with the way to a map where there is none yet; offer to place what is not on it."""
    if not ws.has_map():
        st.markdown(f"**{ws.count():,} traces are here, and no map of them yet.** Make it here, or: `workbench map`")
        if st.button("Make the map", type="primary"):
            _lay_out(ws, update=False)
        st.stop()
    missing = cached.overview(ws).n_not_on_map
    if missing:
        with st.container(horizontal=True, vertical_alignment="center", key="missing"):
            st.markdown(f"**{missing:,} more to be placed on the map.** No point on it will move.", width="content")
            if st.button("Place them"):
                _lay_out(ws, update=True)


def _lay_out(ws: Workspace, *, update: bool) -> None:
    with st.status("Embedding and laying out …", expanded=True):
        ws.map(update=update, progress=progress_line())
    st.rerun()


def clusters_or_trace(ws: Workspace, view: MapView) -> None:
    """Show the open trace; the list of clusters where none is open."""
    with st.container(height=PANEL_HEIGHT, border=True, key="panel"):
        if view.trace_id is None:
            cluster_list(ws, view)
        else:
            open_panel(ws, view, view.trace_id)


def cluster_list(ws: Workspace, view: MapView) -> None:
    """List the clusters by size or failure rate; a row selects its traces. Below it, the chosen cluster's medoid."""
    listed = view.clusters
    n_loose = int(view.points["cluster"].isna().sum())
    n_off = int(view.points["off_map"].fillna(False).sum()) if "off_map" in view.points else 0
    off = f", {n_off:,} of them off the map (below)" if n_off else ""
    st.markdown(f"**Clusters: {len(listed):,}** · {n_loose:,} of {len(view.points):,} traces unclustered{off}")
    shown = pd.DataFrame(
        {
            " ": ["●"] * len(listed),
            "cluster": listed["name"].to_numpy(),
            "n": listed["n"].to_numpy(),
            "rate": listed["failure_rate"].astype(float).to_numpy(),
            "failure signals": [rate_text(row.failure_rate, row.low, row.high) for row in listed.itertuples()],
            "keywords": [", ".join(map(str, words)) for words in listed["keywords"]],
        }
    )
    ids = listed["cluster"].astype(int).tolist()
    highest = float(max(listed["high"].max(), 0.01)) if len(listed) else 1.0
    mark = [place for place, cluster in enumerate(ids) if cluster == view.cluster]
    st.session_state[LIST] = {"selection": {"rows": mark, "columns": [], "cells": []}}
    st.dataframe(
        shown.style.apply(lambda _: [f"color: {cluster_colour(each)}" for each in ids], subset=[" "]),
        key=LIST,
        hide_index=True,
        height=fitted(len(listed), 740 if view.cluster is None else 420),
        on_select=partial(_cluster_chosen, ids),
        selection_mode="single-row",
        column_config={
            " ": st.column_config.TextColumn(width=24),
            "cluster": st.column_config.TextColumn(width=186),
            "n": st.column_config.NumberColumn(width=48, format="localized"),
            "rate": st.column_config.ProgressColumn(width=44, min_value=0.0, max_value=highest, format=" ", color=FAIL),
            "failure signals": st.column_config.TextColumn(
                width=112,
                help="Share of its traces with an error, a thumbs down or a failure signal, with its 95% interval",
            ),
        },
    )
    if view.cluster is not None:
        _chosen_cluster(ws, view)
    else:
        st.caption("Choose a cluster to see what it holds, or click a dot to read its trace. A column's head sorts.")


def _chosen_cluster(ws: Workspace, view: MapView) -> None:
    row = view.clusters[view.clusters["cluster"] == view.cluster].iloc[0]
    rate = rate_text(row["failure_rate"], row["low"], row["high"], int(row["n"]))
    st.markdown(f"**{plain(row['name'])}** · failure signals {rate}")
    st.caption("Keywords: " + plain(", ".join(map(str, row["keywords"]))))
    typical = [row["medoid"], *[each for each in row["exemplars"] if each != row["medoid"]]][:4]
    st.caption("Most typical first:")
    _trace_buttons([(each, view.words_of(each)) for each in typical if view.row_of(each) is not None])


def open_panel(ws: Workspace, view: MapView, trace_id: str) -> None:
    """Show one whole trace: what is known of it, the conversation, its neighbours."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All clusters", on_click=open_trace, args=(None,), type="tertiary", icon=":material/arrow_back:")
        st.page_link(
            "pages/regress.py", label="Make it a regression case", icon=":material/assignment_late:",
            query_params={"trace": trace_id},
        )  # fmt: skip
    trace = cached.trace(ws, trace_id)
    if trace is None:
        st.warning(
            f"There is no trace {plain(trace_id)} in this workspace. "
            "It may have been purged, or the link comes from another workspace."
        )
        return
    row = view.row_of(trace_id)
    cluster = None if row is None else view.cluster_name(view.points["cluster"].iloc[row])
    st.markdown("  \n".join(fact_lines(trace, cluster)))
    conversation(trace, find="" if view.controls.meaning else view.controls.query, key="map.trace")
    if row is not None:
        st.markdown("**Nearest traces**")
        near = cached.neighbours(ws, trace_id).head(6).itertuples()
        _trace_buttons([(each.trace_id, f"{each.similarity:.2f}  {view.words_of(each.trace_id)}") for each in near])
    st.caption(f"trace id {plain(trace_id)}")


def fact_lines(trace: dict[str, Any], cluster: str | None) -> list[str]:
    """Put what is known of a trace into two lines of Markdown, everything from the trace disarmed."""
    first: list[str | None] = [when(trace.get("started_at"), seconds=True)]
    first += [f"{plain(trace[name], 40)}" for name in ("release", "model", "environment", "name") if trace.get(name)]
    ended = outcome(trace.get("status"), trace.get("feedback"), trace.get("signals"))
    second: list[str | None] = [f":red[**{plain(ended)}**]" if ended and ended != "thumbs up" else plain(ended)]
    second += [{None: "not on the map", "Unclustered": "unclustered"}.get(cluster) or f"cluster {plain(cluster)}"]
    second += [duration(trace.get("latency_ms"))]
    tokens = [trace.get("tokens_in"), trace.get("tokens_out")]
    if not any(each is None or pd.isna(each) for each in tokens):
        second.append(f"{tokens[0]:,.0f} + {tokens[1]:,.0f} tokens")
    if trace.get("cost_usd") is not None and not pd.isna(trace["cost_usd"]):
        second.append(f"\\${trace['cost_usd']:.4f}")
    if trace.get("n_tool_calls"):
        calls = int(trace["n_tool_calls"])
        second.append(f"{calls} tool call{'s' if calls > 1 else ''}")
    return [" · ".join(filter(None, part)) for part in (first, second)]


def _trace_buttons(listed: list[tuple[str, str]]) -> None:
    """Lines that open a trace each."""
    with st.container(key="traces"):
        for trace_id, words in listed:
            st.button(
                plain(words, 62) or "(no text)",
                key=f"open.{trace_id}",
                on_click=open_trace,
                args=(trace_id,),
                type="tertiary",
                width="stretch",
            )


def _cluster_chosen(ids: list[int]) -> None:
    rows = st.session_state[LIST]["selection"]["rows"]
    choose_cluster(ids[rows[0]] if rows else None)
