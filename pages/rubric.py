"""Rubric: what is good enough, and where is the line?"""

import streamlit as st

from workbench import ui

with ui.frame("Rubric", "What is good enough, and where is the line?", needs_traces=False) as ws:
    standard = ui.rubric_standard(ws)
    ui.rubric_head(standard)
    left, right = st.columns([64, 36], gap="medium")
    with left:
        if standard.rubric.dimensions:
            ui.rubric_reading(standard)
        else:
            ui.rubric_start(standard)
    with right:
        ui.rubric_advice(standard)
        ui.rubric_changes(standard)
    ui.rubric_history(standard)
    ui.rubric_next(standard)
