"""Overview: what is in here, how fresh, how clean, and what to do next."""

from workbench import ui

with ui.frame("Overview", "What is in here, and what should I do next?") as ws:
    state = ui.overview(ws)
    ui.headline(state)
    ui.days_and_next_steps(ws, state)
    ui.clusters_and_sources(ws, state)
    ui.notebook(ui.overview_code(ws))
