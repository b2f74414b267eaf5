"""The matrix of two dimensions as it can be drawn: the dearest rows and columns, and what is left out of sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import BadRequest

if TYPE_CHECKING:
    from pandas import DataFrame

ROWS, COLUMNS = 25, 12  # what one screen shows with its numbers still legible
RISING = {"simple": 0, "moderate": 1, "complex": 2}
"""The one dimension whose values have an order of their own."""


@dataclass(frozen=True)
class Grid:
    """Which values go down and which across.

    Attributes:
        down: The dimension with more values.
        across: The other.
        rows: Values of the first, the dearest first.
        columns: Values of the second.
        left_rows: Rows that are not among them.
        left_columns: Columns that are not.
        left_dear: The share of expected harm lacking cases that lies in cells out of sight.
    """

    down: str
    across: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    left_rows: int
    left_columns: int
    left_dear: float

    @property
    def notice(self) -> str | None:
        """What is left out, in a sentence; None where nothing is."""
        told = [
            f"{n:,} more value{'' if n == 1 else 's'} of {name}"
            for n, name in ((self.left_rows, self.down), (self.left_columns, self.across))
            if n
        ]
        if not told:
            return None
        where = f"where {self.left_dear:.1%} of the expected harm lacks its cases"
        return f"Not drawn: {' and '.join(told)}, {where}; the list has them all."


def grid(frame: DataFrame, by: tuple[str, ...], *, rows: int = ROWS, columns: int = COLUMNS) -> Grid:
    """Choose what of a matrix of two dimensions to draw.

    Args:
        frame: One row per cell: the dimensions, dear, harm and traffic.
        by: The two dimensions.
        rows: The most rows.
        columns: The most columns.

    Raises:
        BadRequest: There are not two dimensions.
    """
    if len(by) != 2:
        raise BadRequest(f"a grid has two dimensions, not {len(by)}. Choose two, or read the list")
    down, across = sorted(by, key=lambda name: -frame[name].nunique())
    all_rows, all_columns = _dearest(frame, down), _dearest(frame, across)
    shown_rows, shown_columns = all_rows[:rows], all_columns[:columns]
    if set(shown_columns) & set(RISING):
        shown_columns = sorted(shown_columns, key=lambda each: RISING.get(each, len(RISING)))
    seen = frame[down].isin(shown_rows) & frame[across].isin(shown_columns)
    return Grid(
        down, across, tuple(shown_rows), tuple(shown_columns), len(all_rows) - len(shown_rows),
        len(all_columns) - len(shown_columns), float(frame.loc[~seen, "dear"].sum()),
    )  # fmt: skip


def _dearest(frame: DataFrame, name: str) -> list[str]:
    sums = frame.groupby(name)[["dear", "harm", "traffic"]].sum().reset_index()
    ordered = sums.sort_values(["dear", "harm", "traffic", name], ascending=[False, False, False, True])
    return [str(each) for each in ordered[name]]
