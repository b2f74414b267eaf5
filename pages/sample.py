"""Sample: which traces to read, and what reading them will let us say."""

import streamlit as st

from workbench import ui

with ui.frame("Sample", "Which 80 should we read, and what will they let us say?") as ws:
    wanted = ui.sample_controls(ws)
    report = ui.sample_preview(ws, wanted)
    left, right = st.columns([60, 40], gap="medium")
    with left:
        ui.sample_strata(ws, report)
        ui.former_samples(ws)
    with right:
        ui.sample_limits(ws, wanted, report)
    st.caption("**Next:** draw, then read it in Read & tag; rank afterwards.")
    ui.notebook(ui.sample_code(ws, wanted))
