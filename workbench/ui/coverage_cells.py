"""The matrix and the list of gaps, linked: a click on either opens the cell."""

from hashlib import sha256
from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import coverage_matrix, rate_text
from workbench.ui.coverage import CoverageView, dimension_word, open_cell
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import plain

TABLE = "coverage.table"
STILL = {"displayModeBar": False}
JOINED = " · "


def is_matrix(view: CoverageView) -> bool:
    """Whether two dimensions make a matrix worth drawing."""
    return len(view.by) == 2


def coverage_grid(view: CoverageView) -> None:
    """Draw the matrix of two dimensions; a click on a cell opens it."""
    grid = view.found.cells.grid()
    figure = coverage_matrix(
        view.cells, grid.down, grid.across, rows=grid.rows, columns=grid.columns, open_cell=view.cell
    )
    with st.container(border=True):
        st.markdown(
            f"**{dimension_word(grid.down)} by {dimension_word(grid.across).lower()}** · cases held / wanted",
            help="The darker, the more of the expected harm lies in what is missing. Wanted follows the cost of "
            "failure, not the traffic. Click a cell for its traces.",
        )
        key = f"coverage.matrix.{sha256(repr((view.state, view.by, view.cell)).encode()).hexdigest()[:12]}"
        st.plotly_chart(
            figure, key=key, config=STILL, selection_mode="points",
            on_select=lambda: choose_point(st.session_state[key]["selection"]["points"], grid, view.by),
        )  # fmt: skip
        st.caption(plain(grid.notice) if grid.notice else "The darker, the more of the expected harm lacks its cases.")


def choose_point(points: list[dict[str, Any]], grid: Any, by: tuple[str, ...]) -> None:
    """Open the cell that was clicked on."""
    if not points:
        return
    values = {grid.down: grid.rows[round(points[0]["y"])], grid.across: grid.columns[round(points[0]["x"])]}
    open_cell(tuple(values[name] for name in by))


def coverage_gaps(view: CoverageView, *, height: int = 236) -> None:
    """List the cells, the dearest gap first; a row opens its cell."""
    keys = view.keys
    st.session_state[TABLE] = {"selection": {"rows": [view.place], "columns": [], "cells": []}}
    st.dataframe(
        gap_rows(view),
        key=TABLE,
        hide_index=True,
        row_height=ROW,
        height=fitted(len(keys), height),
        on_select=lambda: _choose_row(keys),
        selection_mode="single-row",
        column_config=_COLUMNS,
    )


_COLUMNS: dict[str, Any] = {
    "cell": st.column_config.TextColumn(width=186),
    "traffic": st.column_config.TextColumn(width=82),
    "fails": st.column_config.TextColumn(width=126, help="Of the traces that were read, with a 95% interval."),
    "harm": st.column_config.NumberColumn(
        format="%.0f", width=48, help="Expected, per 1,000 traces: share of the traffic times failure rate times cost."
    ),
    "have": st.column_config.NumberColumn(width=42),
    "target": st.column_config.NumberColumn(
        width=46, help="In proportion to traffic × cost of a failure × √(p(1 - p))."
    ),
    "gap": st.column_config.NumberColumn(width=38),
    "dear": st.column_config.TextColumn(width=50, help="Share of the expected harm that lacks its cases here."),
}


def gap_rows(view: CoverageView) -> pd.DataFrame:
    """Make the list of cells in the words of the page."""
    cells = view.cells
    return pd.DataFrame(
        {
            "cell": [JOINED.join(key) for key in view.keys],
            "traffic": [
                f"{row.traffic:,} ({row.traffic_share:.1%})" if row.seen else "not seen" for row in cells.itertuples()
            ],
            "fails": [
                rate_text(row.failure_rate, row.low, row.high, row.reviewed) if row.reviewed else "not read"
                for row in cells.itertuples()
            ],
            "harm": cells["harm"],
            "have": cells["have"],
            "target": cells["target"],
            "gap": cells["gap"],
            "dear": [f"{each:.1%}" for each in cells["dear"]],
        }
    )


def _choose_row(keys: list[tuple[str, ...]]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows:
        open_cell(keys[rows[0]])
