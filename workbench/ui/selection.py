"""The map, the selection in words, and the table linked to both.

A dot on the map, a row of the table and the trace beside them are one thing, so opening it in any place marks it in
all three. Tables are paged on the server: a page of 200 rows crosses the wire, not the selection.
"""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from workbench.charts import FAIL, rate_text
from workbench.ui import cached
from workbench.ui.explore import MAP, MapView, clear_selection, clicked_on_map, drawn_on_map, open_trace
from workbench.ui.sampling import draw_selection
from workbench.ui.scatter import Look, scatter, version_of
from workbench.ui.tables import fitted
from workbench.ui.words import duration, outcome, plain, when
from workbench.workspace import Workspace

PAGE = 200
TABLE = "map.table"
ROW = "map.row"
MAP_HEIGHT = 470


def map_of_traces(ws: Workspace, view: MapView) -> None:
    """Draw the map."""
    opened = view.row_of(view.trace_id)
    near = () if opened is None else cached.neighbours(ws, str(view.trace_id))["trace_id"]
    look = Look(
        view.colours,
        view.shown,
        view.selected,
        open=opened,
        near=tuple(row for row in map(view.row_of, near) if row is not None),
        chosen=view.cluster,
        height=MAP_HEIGHT,
    )
    scatter(
        view.points,
        view.clusters,
        look,
        version=version_of(ws.path.resolve(), ws.traces_revision),
        key=MAP,
        on_polygon=drawn_on_map,
        on_point=partial(clicked_on_map, view.points["trace_id"]),
    )


def selection_words(ws: Workspace, view: MapView) -> None:
    """Say what is selected and how it differs from the rest; offer what can be done with it."""
    n_all = len(view.points)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if view.selected is None:
            st.markdown(
                f"**{n_all:,} traces on the map.** Draw around some, choose a cluster or filter: see how they differ.",
                width="stretch",
            )
        else:
            n = int(view.selected.sum())
            st.markdown(f"**{plain(_how(view), 90)}: {n:,} of {n_all:,} traces**", width="stretch", help=_caution(view))
            if view.selected_by in ("drawn", "cluster"):
                st.button("Clear selection", on_click=clear_selection, type="tertiary", icon=":material/close:")
            if n:
                draw_selection(ws, view.points["trace_id"].to_numpy()[view.selected].tolist(), _how(view))
                st.download_button(
                    "Export CSV",
                    data=lambda: _csv(view),
                    file_name="selection.csv",
                    mime="text/csv",
                    on_click="ignore",
                    icon=":material/download:",
                    help="The rows of the table below, all of them, redacted as everything here.",
                )
    if view.selected is not None and not view.selected.any():
        st.info(_nothing(view), icon=":material/search_off:")
    elif view.selected is not None:
        st.markdown(
            "  \n".join(
                comparison_lines(
                    cached.comparison(ws, view.selected), by_outcome=view.controls.filters.choose_by_outcome
                )
            )
        )


def next_on_map(view: MapView, waiting: bool = False) -> None:
    """Say what to do next, at the end of the page; groups off the map that wait for a decision come first."""
    if waiting and view.selected is None:
        text = "decide on the groups off the map: read their traces, then accept or dismiss."
    elif view.selected is None:
        text = "sort the clusters by rate, open one that fails often, and read its typical traces."
    elif not view.selected.any():
        text = "loosen the search or a filter until some traces are left."
    elif view.selected_by == "drawn":
        text = (
            "read some rows; to come back to them, search for what they share: the address keeps a search, no drawing."
        )
    else:
        text = "read some rows, failures first; the address of this page holds the view, to send on or to come back to."
    st.caption(f"**Next:** {text}")


def comparison_lines(compared: Any, *, by_outcome: bool = False) -> list[str]:
    """Put a comparison into sentences, as Markdown with everything from the traces disarmed.

    Args:
        compared: As ``Workspace.compare`` returns it.
        by_outcome: The selection was made by how traces ended, so comparing how they ended would be circular.
    """
    here, rest = compared.failure_rate, compared.failure_rate_rest
    lines = []
    if by_outcome:
        lines.append("chosen by how they ended, so their failure rate says nothing; what they are about may:")
    elif compared.n_rest:
        verdict = {
            True: ":red[**fails more often**]",
            False: "**fails less often**",
            None: "**cannot tell whether it fails more or less often**",
        }[compared.fails_more]
        lines.append(
            f"{verdict}: failure signals in {rate_text(here.estimate, here.low, here.high)}, "
            f"elsewhere {rate_text(rest.estimate, rest.low, rest.high)}"
        )
    else:
        lines.append(f"failure signals in {rate_text(here.estimate, here.low, here.high, here.n)}")
    if len(compared.phrases):
        lines.append("says more often: " + ", ".join(f"“{plain(each)}”" for each in compared.phrases["phrase"][:6]))
    more = compared.over_represented
    more = more[more["column"] != "status"] if by_outcome else more
    if len(more):
        lines.append(
            "more of: "
            + ", ".join(
                f"{plain(row.column)} {plain(row.value, 40)} ({row.share:.0%} against {row.share_rest:.0%})"
                for row in more.head(4).itertuples()
            )
        )
    return lines


def trace_table(view: MapView) -> None:
    """List the selected traces, a page at a time; a row opens its trace, and an open trace has its row in sight."""
    rows = view.rows
    if not len(rows):
        return
    n_pages = -(-len(rows) // PAGE)
    page = 1
    if n_pages > 1:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            order = "best matches first" if view.found is not None and view.controls.meaning else "newest first"
            st.caption(f"{len(rows):,} traces, {order}, {PAGE} a page", width="stretch")
            page = st.pagination(n_pages, key="map.page", width=300) or 1
    listed = rows[(min(page, n_pages) - 1) * PAGE :][:PAGE]
    opened = view.row_of(view.trace_id)
    if opened is not None and (opened not in listed or st.session_state.get(ROW) != view.trace_id):
        listed = np.concatenate([[opened], listed[listed != opened]])  # opened elsewhere: bring its row into sight
    ids = view.points["trace_id"].iloc[listed].tolist()
    mark = [place for place, trace_id in enumerate(ids) if trace_id == view.trace_id]
    st.session_state[TABLE] = {"selection": {"rows": mark, "columns": [], "cells": []}}
    st.dataframe(
        _painted(table_rows(view, listed)),
        key=TABLE,
        hide_index=True,
        height=fitted(len(ids), 300),
        on_select=partial(_row_chosen, ids),
        selection_mode="single-row",
        column_config={
            "time": st.column_config.TextColumn("time (UTC)", width=116),
            "first words": st.column_config.TextColumn(width=270),
            "outcome": st.column_config.TextColumn(width=96),
            "cluster": st.column_config.TextColumn(width=150),
        },
    )


def table_rows(view: MapView, rows: np.ndarray) -> pd.DataFrame:
    """Make the table's columns for some rows of the points."""
    part = view.points.iloc[rows]
    names = dict(zip(view.clusters["cluster"].astype(int), view.clusters["name"], strict=True))
    return pd.DataFrame(
        {
            "time": [when(each) if pd.notna(each) else "" for each in part["started_at"]],
            "first words": part["first_words"].astype("string").fillna("").to_numpy(),
            "outcome": [outcome(*each) for each in zip(part["status"], part["feedback"], part["signals"], strict=True)],
            "cluster": ["Unclustered" if pd.isna(each) else names.get(int(each), "") for each in part["cluster"]],
            "model": part["model"].astype("string").fillna("").to_numpy(),
            "release": part["release"].astype("string").fillna("").to_numpy(),
            "latency": [duration(each) or "" for each in part["latency_ms"]],
            "trace": part["trace_id"].to_numpy(),
        }
    ).loc[
        :,
        lambda frame: [
            name for name in frame if name in ("first words", "outcome", "cluster", "trace") or frame[name].ne("").any()
        ],
    ]


def _row_chosen(ids: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    chosen = ids[rows[0]] if rows else None
    st.session_state[ROW] = chosen
    open_trace(chosen)


def _painted(frame: pd.DataFrame) -> Any:
    """Failure words in the colour of failures."""
    return frame.style.map(lambda words: f"color: {FAIL}" if words and words != "thumbs up" else "", subset=["outcome"])


def _how(view: MapView) -> str:
    """Say what made the selection, filters and search included."""
    first = {"cluster": f"Cluster “{view.cluster_name(view.cluster)}”", "drawn": "Drawn around"}.get(
        str(view.selected_by)
    )
    query = f"“{view.controls.query}”" if view.controls.query else None
    return ", ".join(filter(None, (first, query, view.controls.filters.words())))


def _caution(view: MapView) -> str | None:
    """Say of a selection made by eye what its interval does not know."""
    if view.selected_by != "drawn":
        return None
    return "Drawn by eye: a patch chosen because it looks bad looks worse than it is. Read some before concluding."


def _nothing(view: MapView) -> str:
    if view.selected_by == "drawn":
        return "No shown trace lies inside what was drawn. Draw around some dots, or clear the selection."
    return "No trace meets the search and filters together. Clear one of them, or search by meaning."


def _csv(view: MapView) -> bytes:
    """Write the listed traces as CSV, in the order of the table."""
    part = view.points.iloc[view.rows].drop(columns=["text_hash"], errors="ignore")
    signals = ["; ".join(each) if each is not None and not isinstance(each, float) else "" for each in part["signals"]]
    return part.assign(signals=signals).to_csv(index=False).encode("utf-8")
