"""Read & tag: one trace per screen; what went wrong first."""

import streamlit as st

from workbench import ui

with ui.frame("Read & tag", "What went wrong first?") as ws:
    desk = ui.reading_desk(ws)
    ui.reading_head(desk)
    left, right = st.columns([64, 36], gap="medium")
    with left:
        ui.reading_conversation(desk)
    with right:
        ui.reading_form(desk)
    ui.reading_next(desk)
    ui.load_next(desk)
