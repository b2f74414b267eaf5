"""Judges: may this judge decide, and on which side does it err."""

import streamlit as st

from workbench import ui

with ui.frame("Judges", "May this judge decide, and on which side does it err?") as ws:
    view = ui.judge_controls(ws)
    if view is not None and view.closed:
        ui.judge_test_part(view)
        ui.judge_table(view)
    elif view is not None and view.found is None:
        ui.judge_missing(view)
    elif view is not None:
        ui.judge_verdict(view)
        ui.judge_table(view)
        ui.judge_errors(view)
        ui.judge_where(view)
        left, right = st.columns([44, 56], gap="medium")
        with left:
            ui.judge_share(view)
        with right:
            ui.judge_habits(view)
        ui.judge_panel(view)
        ui.judge_disputes(view)
    ui.judge_more(ws)
    if view is not None:
        ui.judge_next(view)
