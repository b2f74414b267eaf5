"""Queue: one's next item, judged on one's own."""

import streamlit as st

from workbench import ui

with ui.frame("Queue", "My next item, judged on my own") as ws:
    desk = ui.queue_desk(ws)
    ui.queue_head(desk)
    if desk.item is not None:
        left, right = st.columns([60, 40], gap="medium")
        with left:
            ui.queue_conversation(desk)
            ui.queue_answers(desk)
        with right:
            ui.queue_form(desk)
    ui.queue_next(desk)
