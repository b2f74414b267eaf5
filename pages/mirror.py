"""Mirror: does the golden set fail where production fails, and has it had its day."""

from workbench import ui

with ui.frame("Mirror", "Does the golden set fail where production fails?") as ws:
    ui.mirror_section(ws)
