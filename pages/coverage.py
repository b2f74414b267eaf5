"""Coverage: where the golden set is blind, dearest first, and the traces that would fill it."""

import streamlit as st

from workbench import ui

with ui.frame("Coverage", "Where are we blind?") as ws:
    view = ui.coverage_controls(ws)
    ui.coverage_words(view)
    left, right = st.columns([42, 58] if ui.is_matrix(view) else [56, 44], gap="medium")
    with left:
        if ui.is_matrix(view):
            ui.coverage_grid(view)
        else:
            ui.coverage_gaps(view, height=600)
    with right:
        if ui.is_matrix(view):
            ui.coverage_gaps(view)
        ui.coverage_cell(view)
    ui.coverage_made_of(view)
    ui.coverage_next(view)
