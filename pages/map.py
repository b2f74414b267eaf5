"""Map: what do people ask, and where does it go wrong; lasso, table and trace on one screen."""

import streamlit as st

from workbench import ui

with ui.frame("Map", "What do people ask, and where does it go wrong?") as ws:
    ui.need_map(ws)
    points, clusters = ui.points(ws), ui.clusters(ws)
    controls = ui.map_controls(points)
    view = ui.map_view(ws, points, clusters, controls)
    left, right = st.columns([57, 43], gap="medium")
    with left:
        ui.map_of_traces(ws, view)
        words = st.container()
        ui.trace_table(view)
    with right:
        ui.clusters_or_trace(ws, view)
    with words:  # last, because comparing 100,000 texts takes a moment and the map should not wait for it
        ui.selection_words(ws, view)
    waiting = ui.new_clusters(ws)
    ui.cluster_history(ws)
    ui.next_on_map(view, waiting)
    ui.notebook(ui.map_code(ws, view))
