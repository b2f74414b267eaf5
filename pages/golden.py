"""Golden set: what the specification is today, who changed it, and whether anybody touched it."""

import streamlit as st

from workbench import ui

with ui.frame("Golden set", "What is the specification today, and who changed it?", needs_traces=False) as ws:
    golden = ui.golden_set(ws)
    ui.golden_head(golden)
    if not ui.golden_empty(golden):
        ui.golden_versions(golden)
        left, right = st.columns([60, 40], gap="medium")
        with left:
            ui.golden_changes(golden)
        with right:
            ui.golden_freeze(golden)
            ui.golden_sealed(golden)
        ui.golden_figures(golden)
    ui.golden_next(golden)
