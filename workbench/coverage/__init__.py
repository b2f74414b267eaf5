"""Where the golden set is blind: cells of production that it holds too few cases of, dearest first.

A set that mirrors traffic spends most of its cases where nothing ever goes wrong. Targets here follow the cost of
failure instead: traffic times what a failure costs there, times how uncertain it is whether one happens.
"""

from workbench.coverage.cells import Cells, cells
from workbench.coverage.composition import Composition, Stage, Staleness, composition, staleness
from workbench.coverage.grid import Grid, grid
from workbench.coverage.report import Coverage

__all__ = [
    "Cells",
    "Composition",
    "Coverage",
    "Grid",
    "Stage",
    "Staleness",
    "cells",
    "composition",
    "grid",
    "staleness",
]
