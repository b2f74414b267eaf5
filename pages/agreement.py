"""Agreement: can these labels be trusted, who and what to mend, and the disputes one by one."""

import streamlit as st

from workbench import ui

with ui.frame("Agreement", "Can these labels be trusted, and if not, what do we mend?") as ws:
    view = ui.agreement_controls(ws)
    if view.tab == "disputes":
        bench = ui.dispute_bench(view)
        if bench is not None:
            left, right = st.columns([55, 45], gap="medium")
            with left:
                ui.dispute_trace(bench)
            with right:
                ui.dispute_votes(bench)
                ui.dispute_decision(bench)
                ui.dispute_rubric(bench)
            ui.dispute_next(bench)
    elif view.tab == "adjudicated":
        ui.agreement_settled(view)
        ui.agreement_next(view)
        ui.agreement_notebook(view)
    else:
        if not ui.agreement_empty(view):
            ui.agreement_words(view)
            ui.agreement_table(view)
            if view.compared:
                ui.agreement_what(view)
                ui.agreement_who(view)
                ui.agreement_time(view)
                ui.agreement_versions(view)
            ui.agreement_codes(view)
            ui.agreement_model(view)
        ui.agreement_next(view)
        ui.agreement_notebook(view)
