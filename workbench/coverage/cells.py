"""The matrix: traffic, failures and their cost cell by cell, and how many cases each cell should have.

Cases are allotted as Neyman (1934) allots a sample, with the expected cost of failure in the place of size: n is
proportional to traffic share x cost of a failure x sqrt(p (1 - p)). That is the allotment under which the set tells the
expected harm of a release most precisely. Failure rates of cells with few labels are drawn towards the rate over all,
so that one failure in two traces does not claim the set. Every cell with traffic worth a thousandth gets a few cases
whatever its rate, because a rate nobody has looked for is no rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.coverage.grid import COLUMNS, ROWS, Grid, grid
from workbench.errors import BadRequest, MissingColumns, TooLittleData
from workbench.stats.apportion import apportion
from workbench.stats.proportions import wilson

if TYPE_CHECKING:
    from pandas import DataFrame, Series

FLOOR = 3  # cases of a cell with traffic: with three, a failure that happens every time is seen, and not by one case
WORTH = 0.001  # share of traffic from which a cell gets them
PRIOR = 8  # labels that the rate over all counts for in each cell
MOST = 400  # cells; more is a list of single traces
NOT_GIVEN = "not given"


@dataclass(frozen=True)
class Cells:
    """The matrix of what production asks against what the set holds.

    Attributes:
        frame: One row per cell, the dearest gap first: the dimensions, traffic (traces), traffic_share, reviewed,
            failures, failure_rate with low and high (of the reviewed; empty where nobody read), rate (the one used),
            cost (of a failure), harm (expected, per 1,000 traces), target, have, gap, dear (the gap's share of expected
            harm) and seen (whether production has it).
        by: The dimensions.
        size: Cases the targets add up to.
        rate_from: labels, or signals where too little was read.
        notices: What was left out or assumed, in sentences.
    """

    frame: DataFrame = field(repr=False)
    by: tuple[str, ...]
    size: int
    rate_from: str
    notices: tuple[str, ...] = ()

    @property
    def covered(self) -> float:
        """The share of expected harm that lies in cells whose target is met; nan where no harm is expected."""
        harm = self.frame["harm"].to_numpy(dtype=float)
        total = harm.sum()
        return float(harm[self.frame["gap"].to_numpy() == 0].sum() / total) if total > 0 else float("nan")

    @property
    def blind(self) -> DataFrame:
        """Cells with traffic and no case at all."""
        return self.frame[(self.frame["traffic"] > 0) & (self.frame["have"] == 0)]

    def grid(self, *, rows: int = ROWS, columns: int = COLUMNS) -> Grid:
        """What of a matrix of two dimensions to draw: the dearest rows and columns."""
        return grid(self.frame, self.by, rows=rows, columns=columns)


def cells(
    production: DataFrame,
    cases: DataFrame,
    by: Sequence[str],
    *,
    size: int,
    targets: Mapping[tuple[str, ...], int] | None = None,
    default_cost: float = 10.0,
) -> Cells:
    """Set production against the set, cell by cell.

    Args:
        production: One row per trace: the dimensions; failed (True, False, or empty where nobody read it); signal
            (whether a failure signal was seen); cost (of its failure, empty where unknown).
        cases: One row per case: the dimensions.
        by: One to three columns of both.
        size: Cases the set should have.
        targets: Own targets by cell, in the order of ``by``; they replace the computed ones.
        default_cost: The cost of a failure where none has a severity yet.

    Raises:
        TooLittleData: There is no production traffic.
        MissingColumns: A dimension is no column of production.
        BadRequest: No dimension, or more than three, or too many cells.
    """
    import pandas as pd

    names = list(dict.fromkeys(by))
    if not 1 <= len(names) <= 3:
        raise BadRequest("a matrix has one to three dimensions. Choose that many columns")
    missing = [name for name in names if name not in production.columns]
    if missing:
        raise MissingColumns("traces", missing, production.columns, "Choose dimensions that traces have.")
    if production.empty:
        raise TooLittleData("there is no production traffic to cover. Ingest traces first")
    notices: list[str] = []
    traffic = _keyed(production, names)
    held = _keyed(cases, names)
    unsaid = [name for name in names if len(held) and (held[name] == NOT_GIVEN).all()]
    if unsaid:
        notices.append(f"No case says its {' or its '.join(unsaid)}, so the whole set counts as {NOT_GIVEN!r} there.")
    rated = traffic["failed"].notna()
    use_labels = int(rated.sum()) >= 2 * PRIOR
    if not use_labels:
        notices.append("Too few traces were read, so failure signals stand in for failures; signals are hints.")
    grouped = traffic.groupby(names, sort=False, observed=True)
    frame = pd.DataFrame({"traffic": grouped.size()})
    frame["reviewed"] = grouped["failed"].count()
    frame["failures"] = grouped["failed"].sum().astype(int)
    frame["signals"] = grouped["signal"].sum().astype(int)
    frame["cost"] = grouped["cost"].mean()
    frame = frame.join(held.groupby(names, observed=True).size().rename("have"), how="outer")
    if len(frame) > MOST:
        raise BadRequest(f"these dimensions make {len(frame):,} cells, more than {MOST}. Choose fewer or coarser ones")
    for name in ("traffic", "reviewed", "failures", "signals", "have"):
        frame[name] = frame[name].fillna(0).astype(int)
    frame = _rates(frame, use_labels=use_labels)
    if frame["cost"].notna().sum() == 0:
        notices.append(f"No failure has a severity yet; each is taken to cost {default_cost:g}.")
    overall = float(np.nanmean(frame["cost"])) if frame["cost"].notna().any() else default_cost
    frame["cost"] = frame["cost"].fillna(overall)
    frame["traffic_share"] = frame["traffic"] / len(traffic)
    frame["harm"] = 1000 * frame["traffic_share"] * frame["rate"] * frame["cost"]
    frame["target"] = _targets(frame, size)
    for key, wanted in (targets or {}).items():
        place = key if len(names) > 1 else key[0]
        if place in frame.index:
            frame.loc[place, "target"] = wanted
    frame["gap"] = (frame["target"] - frame["have"]).clip(lower=0)
    short = np.where(frame["target"] > 0, frame["gap"] / frame["target"].clip(lower=1), 0.0)
    total = frame["harm"].sum()
    frame["dear"] = frame["harm"] * short / total if total > 0 else 0.0
    frame["seen"] = frame["traffic"] > 0
    unseen = int((~frame["seen"]).sum())
    if unseen:
        them = "1 cell of the set was" if unseen == 1 else f"{unseen:,} cells of the set were"
        notices.append(f"{them} not seen in production; see staleness.")
    ordered = frame.reset_index().sort_values(
        ["dear", "gap", "harm", *names], ascending=[False, False, False, *[True] * len(names)]
    )
    return Cells(
        ordered.reset_index(drop=True), tuple(names), size, "labels" if use_labels else "signals", tuple(notices)
    )


def _keyed(frame: DataFrame, names: list[str]) -> DataFrame:
    """A frame whose dimensions are words; what is missing is a value of its own."""
    given = {name: _words(frame[name]) if name in frame.columns else NOT_GIVEN for name in names}
    return frame.assign(**given)


def _words(column: Series) -> Series:
    return column.astype("str").where(column.notna(), NOT_GIVEN).fillna(NOT_GIVEN)


def _rates(frame: DataFrame, *, use_labels: bool) -> DataFrame:
    """Failure rates with intervals, and the ones to plan with, drawn towards the rate over all."""
    intervals = [wilson(int(x), int(n)) for x, n in zip(frame["failures"], frame["reviewed"], strict=True)]
    frame["failure_rate"] = [each.estimate for each in intervals]
    frame["low"] = [each.low if each.n else float("nan") for each in intervals]
    frame["high"] = [each.high if each.n else float("nan") for each in intervals]
    x, n = ("failures", "reviewed") if use_labels else ("signals", "traffic")
    overall = frame[x].sum() / max(frame[n].sum(), 1)
    frame["rate"] = (frame[x] + PRIOR * overall) / (frame[n] + PRIOR)
    return frame


def _targets(frame: DataFrame, size: int) -> np.ndarray:
    rate = frame["rate"].to_numpy(dtype=float)
    weight = frame["traffic_share"].to_numpy(dtype=float) * frame["cost"].to_numpy(dtype=float)
    weight = weight * np.sqrt(np.clip(rate * (1 - rate), 0, None))
    floor = np.where(frame["traffic_share"].to_numpy() >= WORTH, FLOOR, 0)
    if floor.sum() > size:  # not even that: one each to the dearest
        floor = np.zeros(len(frame), dtype=np.int64)
    if weight.sum() <= 0:
        weight = frame["traffic"].to_numpy(dtype=float)
    return floor + apportion(size - int(floor.sum()), weight)
