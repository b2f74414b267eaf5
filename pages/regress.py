"""Regressions: from a flagged production failure to a case that notices if it comes back."""

import streamlit as st

from workbench import ui

with ui.frame("Regressions", "What failed in production, and how do we notice if it comes back?") as ws:
    bench = ui.regress_bench(ws)
    left, middle, right = st.columns([29, 41, 30], gap="medium")
    with left:
        ui.regress_list(bench)
    with middle:
        ui.regress_trace(bench)
    with right:
        ui.regress_form(bench)
    ui.regress_next(bench)
