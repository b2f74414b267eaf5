"""The Map page's state: what the controls say, what is shown, what is selected, which trace is open.

Everything a colleague would need to see the same is in the URL (colour, filters, search, cluster, trace), except the
lasso. One rule decides what the selection is: what was drawn last, else the chosen cluster, else whatever the search
and the filters left; and it is always set against all other traces of the map.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from workbench.charts import Colouring, colouring
from workbench.ui import cached
from workbench.ui.choices import FACETS, Filters, colour_columns, facets, words_for
from workbench.ui.scatter import clear_polygon, clicked, polygon
from workbench.workspace import Workspace

MAP = "map.view"
BY_TEXT_AT_MOST = 100_000
BY_MEANING_AT_MOST = 200


@dataclass(frozen=True)
class Controls:
    """What the controls above the map say."""

    colour: str
    filters: Filters
    query: str = ""
    meaning: bool = False


@dataclass(frozen=True)
class MapView:
    """The map as it stands: points, what is shown and selected, the chosen cluster, the open trace."""

    points: pd.DataFrame
    clusters: pd.DataFrame
    controls: Controls
    shown: np.ndarray
    found: pd.DataFrame | None
    selected: np.ndarray | None
    selected_by: str | None
    cluster: int | None
    trace_id: str | None

    @cached_property
    def colours(self) -> Colouring:
        """Colours of all points."""
        return colouring(self.points, self.controls.colour)

    @cached_property
    def rows(self) -> np.ndarray:
        """Row numbers of what the table lists: the selection, else what is shown; best matches or newest first."""
        rows = np.flatnonzero(self.shown if self.selected is None else self.selected)
        if self.found is not None and self.controls.meaning:
            rank = pd.Series(np.arange(len(self.found)), index=self.found["trace_id"])
            return rows[np.argsort(self.points["trace_id"].iloc[rows].map(rank).to_numpy(), kind="stable")]
        started = self.points["started_at"].iloc[rows]
        return rows[
            started.reset_index(drop=True).sort_values(ascending=False, na_position="last", kind="stable").index
        ]

    def row_of(self, trace_id: str | None) -> int | None:
        """Find the row number of a trace among the points."""
        if trace_id is None:
            return None
        rows = np.flatnonzero((self.points["trace_id"] == trace_id).to_numpy(dtype=bool))
        return int(rows[0]) if len(rows) else None

    def words_of(self, trace_id: str) -> str:
        """Give the first words of a trace; empty where it is not on the map or has none."""
        row = self.row_of(trace_id)
        words = None if row is None else self.points["first_words"].iloc[row]
        return words if isinstance(words, str) else ""

    def cluster_name(self, cluster: Any) -> str:
        """Name a cluster; unclustered where there is none."""
        if cluster is None or pd.isna(cluster):
            return "Unclustered"
        names = self.clusters.loc[self.clusters["cluster"] == int(cluster), "name"]
        return str(names.iloc[0]) if len(names) else f"cluster {cluster}"


def map_controls(points: pd.DataFrame) -> Controls:
    """Draw the row of controls: colour, search, filters."""
    choices = facets(points)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        colour = st.selectbox("Colour by", colour_columns(points), key="colour", bind="query-params", width=140)
        query = st.text_input(
            "Find", key="q", bind="query-params", width=250, placeholder="words in a trace, or what it means"
        )
        by = st.segmented_control(
            "Find by", ["text", "meaning"], default="text", required=True, key="by", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        with st.popover(_named("when", ["since", "until"])):
            since = st.date_input("Since", None, key="since", bind="query-params", format="YYYY-MM-DD")
            until = st.date_input("Until", None, key="until", bind="query-params", format="YYYY-MM-DD")
        values = {column: _facet(column, choices[column]) for column in FACETS if column in choices}
        rest = [column for column in choices if column not in FACETS]
        if rest:
            with st.popover(_named("more", rest)):
                for column in rest:
                    values[column] = _facet_list(column, choices[column])
        failed = st.toggle("only failures", key="failed", bind="query-params", help=_FAILURES)
        filters = Filters(since, until, failed, {column: picked for column, picked in values.items() if picked})
        st.button(
            ":material/filter_alt_off:",
            on_click=_clear_controls,
            args=(tuple(choices),),
            disabled=not (filters.n_set or query),
            help="Clear the search and all filters",
        )
    return Controls(colour, filters, query.strip(), by == "meaning")


_FAILURES = (
    "Traces with an error, a thumbs down or any failure signal. "
    "A signal is a hint, not a verdict: nobody has read them."
)


def map_view(ws: Workspace, points: pd.DataFrame, clusters: pd.DataFrame, controls: Controls) -> MapView:
    """Work out what is shown and selected."""
    shown = controls.filters.mask(points)
    found = None
    if controls.query:
        limit = BY_MEANING_AT_MOST if controls.meaning else BY_TEXT_AT_MOST
        found = cached.search(ws, controls.query, meaning=controls.meaning, limit=limit)
        shown &= cached.mask_of(ws, found["trace_id"])
    selected, selected_by = None, None
    drawn, cluster = polygon(MAP), chosen_cluster(clusters)
    if drawn:
        inside = ws.within(drawn["x"], drawn["y"])
        selected, selected_by = shown & cached.mask_of(ws, inside), "drawn"
        cluster = None
    elif cluster is not None:
        selected, selected_by = shown & (points["cluster"] == cluster).fillna(False).to_numpy(dtype=bool), "cluster"
    elif controls.query or controls.filters.n_set:
        selected, selected_by = shown, "filtered"
    return MapView(
        points, clusters, controls, shown, found, selected, selected_by, cluster, st.query_params.get("trace")
    )


def chosen_cluster(clusters: pd.DataFrame) -> int | None:
    """Read the cluster in the URL; one that does not exist means none."""
    given = st.query_params.get("cluster", "")
    known = set(clusters["cluster"].astype(int))
    return int(given) if given.lstrip("-").isdigit() and int(given) in known else None


def choose_cluster(cluster: int | None) -> None:
    """Put a cluster into the URL, or take it out; what was drawn is forgotten."""
    clear_polygon(MAP)
    _set("cluster", None if cluster is None else str(cluster))


def open_trace(trace_id: str | None) -> None:
    """Put a trace into the URL, or take it out."""
    _set("trace", trace_id)


def drawn_on_map() -> None:
    """Answer a lasso: what was drawn takes the place of a chosen cluster."""
    if polygon(MAP):
        _set("cluster", None)


def clicked_on_map(trace_ids: pd.Series) -> None:
    """Answer a click on a dot: open its trace."""
    row = clicked(MAP)
    if row is not None and 0 <= row < len(trace_ids):
        open_trace(str(trace_ids.iloc[row]))


def clear_selection() -> None:
    """Forget what was drawn and which cluster was chosen."""
    clear_polygon(MAP)
    _set("cluster", None)


def _set(name: str, value: str | None) -> None:
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def _clear_controls(columns: tuple[str, ...]) -> None:
    for column in columns:
        st.session_state[column] = []
    st.session_state.update({"since": None, "until": None, "failed": False, "q": ""})


def _facet(column: str, options: list[str]) -> tuple[str, ...]:
    with st.popover(_named(column, [column])):
        return _facet_list(column, options)


def _facet_list(column: str, options: list[str]) -> tuple[str, ...]:
    return tuple(st.multiselect(words_for(column), options, key=column, bind="query-params", placeholder="any"))


def _named(title: str, keys: list[str]) -> str:
    """A popover's label: its title, and in bold how much is set in it; short, so that the row does not wrap."""
    picked = 0
    for key in keys:
        value = st.session_state.get(key)
        picked += len(value) if isinstance(value, list | tuple) else int(value is not None)
    return f"**{title} ({picked})**" if picked else title
