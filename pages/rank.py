"""Rank: what deserves attention first, and is that certain."""

import streamlit as st

from workbench import ui

with ui.frame("Rank", "What do we fix first, and is that certain?") as ws:
    view = ui.rank_controls(ws)
    left, right = st.columns([73, 27], gap="medium")
    with left:
        ui.rank_table(view)
    with right:
        ui.rank_words(view)
    ui.rank_figures(view)
    view = ui.rank_course(view)
    ui.rank_traces(view)
    ui.rank_saturation(view)
    ui.rank_next(view)
