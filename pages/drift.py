"""Drift: has traffic left us behind, where, since when."""

import streamlit as st

from workbench import ui

with ui.frame("Drift", "Has traffic left us behind: where, since when?") as ws:
    desk = ui.drift_desk(ws)
    ui.drift_headline(desk)
    left, right = st.columns([52, 48], gap="medium")
    with left:
        ui.drift_sentences(desk)
    with right:
        ui.drift_lights(desk)
    ui.drift_where(desk)
    ui.drift_traces(desk)
    ui.drift_when(desk)
    part = ui.drift_parts(desk)
    ui.drift_next(desk)
    ui.drift_notebook(desk, part)
