"""Codebook: what do we call it, and does everyone mean the same?"""

import streamlit as st

from workbench import ui

with ui.frame("Codebook", "What do we call it, and does everyone mean the same?") as ws:
    shelf = ui.codebook_shelf(ws)
    ui.codebook_head(shelf)
    left, right = st.columns([42, 58], gap="medium")
    with left:
        ui.open_notes(shelf)
    with right:
        ui.code_list(shelf)
        ui.retag_queue(shelf)
        ui.code_details(shelf)
        ui.code_changes(shelf)
    ui.codebook_next(shelf)
