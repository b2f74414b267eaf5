"""Cases: what may join the golden set, one at a time, and who decided."""

import streamlit as st

from workbench import ui

with ui.frame("Cases", "What should the product do here, and is it worth keeping?", needs_traces=False) as ws:
    bench = ui.case_bench(ws)
    ui.rolling_round(bench)
    if not ui.case_empty(bench):
        left, middle, right = st.columns([29, 39, 32], gap="medium")
        with left:
            ui.case_list(bench)
        with middle:
            ui.case_shown(bench)
        with right:
            ui.case_form(bench)
    ui.case_bring(bench)
    ui.case_next(bench)
