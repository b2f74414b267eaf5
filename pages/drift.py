"""Drift: has traffic left us behind, where, since when."""

from workbench import ui

with ui.frame("Drift", "Has traffic left us behind: where, since when?") as ws:
    desk = ui.drift_desk(ws)
    ui.drift_verdict(desk)
    ui.drift_where(desk)
    ui.drift_lights(desk)
    ui.drift_when(desk)
    ui.drift_parts(desk)
    ui.drift_traces(desk)
    ui.drift_next(desk)
    ui.drift_notebook(desk)
