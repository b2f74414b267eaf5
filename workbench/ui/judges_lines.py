"""What to do next on the Judges page, and the lines that give the page in a notebook."""

from typing import Any

import streamlit as st

from workbench.ui.judges import TEST, JudgeView
from workbench.ui.judges_figures import divided_by
from workbench.ui.judges_habits import chosen_panel
from workbench.ui.judges_looks import looks_at_test
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace


def judge_next(view: JudgeView) -> None:
    """Say why to calibrate again, and give the page in a notebook."""
    due = _due(view.ws, f"{view.state} {len(looks_at_test(view))}", view.judge, view.dimension)
    if due:
        st.caption(f"**Calibrate again:** {plain(' '.join(due))}")
    notebook(judge_code(view))


def judge_code(view: JudgeView) -> str:
    """Give the page's table and figures in a notebook."""
    lines = ["from workbench import Workspace, charts", "", f"ws = Workspace({str(view.ws.path)!r})"]
    within = {name: value for name, value in view.options.items() if name in ("dimension", "sample_id")}
    open_ = within | ({"part": view.open_part} if view.open_part else {})
    lines += [f"ws.compare_judges({_said(open_)[2:]})"]
    if view.found is not None:
        labelled = f", labelled={view.labelled!r}" if view.labelled else ""
        by = divided_by(view)
        lines += [f"found = ws.judge({view.judge!r}{_said(view.options)}{labelled})", "print(found)"]
        lines += ["charts.judge_rates(found.sides)"]
        lines += [
            "charts.confusion_matrix(found.confusion, first=found.positive)",
            "charts.corrected_share(found.shares)",
        ]
        if by:
            lines += [
                f"slices = ws.judge_slices({view.judge!r}, {by!r}{_said(view.options)})",
                "whole = {f'true_{row.side}': row.estimate for row in found.sides.itertuples()}",
                "charts.judge_slices(slices, **whole)",
            ]
        if view.part != TEST:
            lines += [f"disputes = ws.judge_disputes({view.judge!r}{_said(open_)})"]
        of = {"dimension": view.dimension}
        lines += [f"print(ws.judge_habits({view.judge!r}{_said(of)}))"]
        panel = chosen_panel(view)
        if panel:
            part = {"part": view.open_part} if view.open_part else {}
            lines += [
                f"panel = ws.judge_panel({panel!r}{_said(of | part)})",
                "charts.error_correlations(panel.correlations, names=list(panel.judges))",
            ]
    return "\n".join(lines)


def _said(options: dict[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in options.items())


@st.cache_resource(max_entries=16, show_spinner=False)
def _due(_ws: Workspace, state: str, judge: str, dimension: str) -> tuple[str, ...]:
    return _ws.calibration_due(judge, dimension=dimension)
