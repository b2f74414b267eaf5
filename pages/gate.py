"""Gate: may this release ship, what says so, and what would decide it."""

import streamlit as st

from workbench import ui

with ui.frame("Gate", "Ship, hold, or cannot tell?", needs_traces=False) as ws:
    desk = ui.gate_desk(ws)
    undecided = ui.gate_empty(desk)
    if desk.version is not None and desk.touched is None:
        left, right = st.columns([60, 40], gap="medium")
        with left:
            if undecided:
                ui.gate_how(desk)
            else:
                ui.gate_verdict(desk)
                ui.gate_rates(desk)
        with right:
            ui.gate_contract(desk)
            ui.gate_sees(desk)
            if undecided:
                ui.gate_looks(desk)
    if not undecided:
        slices, flips = st.columns([46, 54], gap="medium")
        with slices:
            ui.gate_slices_shown(desk)
        with flips:
            ui.gate_flips(desk)
        counts, looks = st.columns([46, 54], gap="medium")
        with counts:
            ui.gate_counts(desk)
        with looks:
            ui.gate_looks(desk)
    if desk.version is None:
        ui.gate_contract(desk)
    ui.gate_next(desk)
