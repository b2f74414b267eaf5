"""Power: what the golden set can see, and how many cases a change takes."""

import streamlit as st

from workbench import ui

with ui.frame("Power", "What can this set see?", needs_traces=False) as ws:
    desk = ui.power_desk(ws)
    if ui.power_answer(desk):
        ui.power_curves_shown(desk)
        left, right = st.columns([55, 45], gap="medium")
        with left:
            ui.power_slices(desk)
        with right:
            ui.power_rules(desk)
    ui.power_next(desk)
