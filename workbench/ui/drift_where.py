"""Where traffic moved and since when: the map, the shares, the days, and what is usual."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.charts import drift_map, drift_shares, drift_timeline, drift_usual
from workbench.ui.drift import DriftDesk
from workbench.ui.words import plain

STILL = {"displayModeBar": False}
DRAWABLE = {
    "displaylogo": False, "displayModeBar": True,
    "modeBarButtons": [["select2d", "lasso2d", "zoom2d", "resetScale2d"]],
}  # fmt: skip
CLEARED, SHARES = "drift.cleared", "drift.shares"
TOP = 14


def drift_where(desk: DriftDesk) -> None:
    """Draw the map beside the shares by cluster; of an empty set there is neither."""
    if desk.empty:
        st.caption("One of the two sets is empty, so there is nothing to take a difference of.")
        return
    left, right = st.columns([52, 48], gap="medium")
    with left, st.container(border=True, height="stretch"):
        _map(desk)
    with right, st.container(border=True, height="stretch"):
        _shares(desk)


def _map(desk: DriftDesk) -> None:
    view = desk.view
    st.markdown("**Where on the map** · difference of density")
    if view.density is None:
        _no_picture(view)
        return
    st.plotly_chart(
        drift_map(view.density, view.clusters, view.traces), key=map_key(), config=DRAWABLE, on_select=_drawn,
        selection_mode=("box", "lasso"),
    )  # fmt: skip
    told = ["What lies in it is listed below." if drawn() else "Draw a box to list what lies in it."]
    if not view.density.shown.any() and not view.report.small:
        told.insert(0, "No place differs by more than chance gives anywhere.")
    if view.n_placed:
        told.append(f"{view.n_placed:,} are not on the map yet and are drawn where their nearest neighbours are.")
    if view.n_off_map:
        told.append(f"{view.n_off_map:,} are far from everything on it: their place says little.")
    if view.n_not_drawn:
        told.append(f"{view.n_not_drawn:,} have no place on it, since it was made by another embedding model.")
    st.caption(" ".join(told))


def _no_picture(view: Any) -> None:
    if view.reason == "no_map":
        st.caption("There is no map yet, so there is no picture and no shares by cluster.")
        st.page_link("pages/map.py", label="Make the map", icon=":material/scatter_plot:")
    else:
        st.caption("One of the two sets has no place on the map. Update it on the Map page, or make a new one.")


def map_key() -> str:
    """The key of the map; another one after what was drawn on it was cleared."""
    return f"drift.map.{st.session_state.get(CLEARED, 0)}"


def drawn() -> dict[str, list[float]] | None:
    """The corners of what was drawn on the map; None where nothing is."""
    state = st.session_state.get(map_key())
    return polygon_of(state["selection"]) if state else None


def polygon_of(selection: Mapping[str, Any]) -> dict[str, list[float]] | None:
    """The corners of a lasso or a box, as Plotly reports them.

    >>> polygon_of({"box": [{"x": [0, 2], "y": [1, 3]}], "lasso": []})
    {'x': [0, 2, 2, 0], 'y': [1, 1, 3, 3]}
    """
    for lasso in selection.get("lasso") or ():
        return {"x": list(lasso["x"]), "y": list(lasso["y"])}
    for box in selection.get("box") or ():
        (left, right), (low, high) = box["x"], box["y"]
        return {"x": [left, right, right, left], "y": [low, low, high, high]}
    return None


def clear_drawn() -> None:
    """Forget what was drawn."""
    st.session_state[CLEARED] = st.session_state.get(CLEARED, 0) + 1


def _drawn() -> None:
    if drawn():
        st.query_params.pop("cluster", None)


def open_cluster(key: str) -> None:
    """Put a cluster into the URL; what was drawn is forgotten."""
    clear_drawn()
    st.query_params["cluster"] = key


def _shares(desk: DriftDesk) -> None:
    report = desk.report
    shares = report.clusters.shares
    st.markdown("**Share by cluster** · change in points")
    if shares.empty:
        st.caption(plain(_no_shares(report)))
        return
    st.plotly_chart(
        drift_shares(shares, level=desk.shown_at, top=TOP), key=SHARES, config=STILL, on_select=_chosen,
        selection_mode="points",
    )  # fmt: skip
    rest = len(shares) - TOP
    more = f" {rest} more changed less." if rest > 0 else ""
    sure = "None is judged: too few." if report.small else "Filled is more than chance; hollow may be chance."
    st.caption(f"{sure}{more} A dot lists its traces.")


def _no_shares(report: Any) -> str:
    return {"no_map": "There is no map yet.", "no_clusters": "Nothing on the map is in a cluster.",
            "embedder_changed": "The map was made by another embedding model: make a new one."}.get(
        str(report.clusters.reason), "There are none."
    )  # fmt: skip


def _chosen() -> None:
    """Open the cluster of the dot; a second click on it closes it."""
    points = st.session_state[SHARES]["selection"]["points"]
    if points:
        open_cluster(str(points[0]["customdata"][0]))
    else:
        st.query_params.pop("cluster", None)


def drift_when(desk: DriftDesk) -> None:
    """Draw the days of change, beside them what is usual where weeks were compared."""
    if desk.empty:
        return
    if not len(desk.report.usual.weeks):
        with st.container(border=True):
            _days(desk)
            st.caption(plain(usual_words(desk.report.usual)))
        return
    left, right = st.columns([64, 36], gap="medium")
    with left, st.container(border=True, height="stretch"):
        _days(desk)
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Beside the usual** · weeks against those before")
        st.plotly_chart(drift_usual(desk.report.usual, desk.view.last_at), key="drift.usual", config=STILL)
        st.caption(plain(usual_words(desk.report.usual)))


def _days(desk: DriftDesk) -> None:
    days, followed = desk.view.days, desk.view.followed
    st.markdown("**Since when** · days on which a share changed" if followed else "**Traces per day**")
    if days.empty:
        st.caption("No trace of either set says when it was.")
        return
    figure = drift_timeline(desk.report.timeline, days, lanes=followed)
    st.plotly_chart(figure, key="drift.timeline", config=STILL)


def usual_words(usual: Any) -> str:
    """What is known of the usual."""
    left = f" {usual.unread:,} weeks more have no vectors: workbench embed." if usual.unread else ""
    if usual.reason == "too_few_weeks":
        return f"No limit yet: it takes {usual.needed} past weeks, and {usual.n} could be compared.{left}"
    if usual.reason is not None:
        return {
            "no_vectors": "Past weeks have no vectors, so what is usual is not known. Make them: workbench embed",
            "no_times": "Without times there are no weeks to learn the usual from.",
        }.get(usual.reason, "Too little traffic to say what is usual.")
    told = {True: "beyond it, and a day earlier too: an alert", False: "no alert"}.get(usual.alert, "no alert yet")
    return f"{usual.n} past weeks; the limit is their mean and three standard deviations. Now: {told}.{left}"
