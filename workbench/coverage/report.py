"""Everything about coverage in one answer, with the next step in words."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.coverage.cells import Cells
from workbench.coverage.composition import Composition, Staleness


@dataclass(frozen=True, repr=False)
class Coverage:
    """Where the set is blind, what it is made of, what in it has grown old.

    Attributes:
        cells: The matrix.
        composition: What the set is made of.
        staleness: What has grown old.
        of: Which set: a version, or the cases as they stand.
        sealed: Cases that are sealed and counted nowhere here.
    """

    cells: Cells
    composition: Composition
    staleness: Staleness
    of: str
    sealed: int = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """What matters, most important first."""
        found = []
        frame = self.cells.frame
        blind = self.cells.blind
        if len(blind):
            share = blind["traffic_share"].sum()
            cells = "1 cell" if len(blind) == 1 else f"{len(blind):,} cells"
            has = "has" if len(blind) == 1 else "have"
            found.append(f"{cells} with {100 * share:.0f}% of the traffic {has} no case at all.")
        gaps = frame[frame["gap"] > 0]
        if len(gaps):
            first = gaps.iloc[0]
            named = " · ".join(str(first[name]) for name in self.cells.by)
            found.append(f"The dearest gap is {named}: {first['have']} of {first['target']} cases.")
        if self.cells.covered == self.cells.covered:
            found.append(f"{100 * self.cells.covered:.0f}% of the expected harm lies in cells that have their cases.")
        if self.composition.missing:
            made = self.composition
            found.append(f"{made.n} cases; the stage {made.stage.name!r} begins at {made.stage.low}.")
        for row in self.composition.sources[self.composition.sources["off"]].itertuples():
            found.append(f"{row.source}: {100 * row.share:.0f}% of the cases, {100 * row.target:.0f}% are wanted.")
        if self.staleness.n_unseen:
            one = self.staleness.n_unseen == 1
            asks = "1 case asks" if one else f"{self.staleness.n_unseen:,} cases ask"
            found.append(f"{asks} what production has not asked for six months.")
        if self.staleness.old:
            found.append(f"The newest version is {self.staleness.days} days old, more than six months.")
        if self.sealed:
            sealed = "1 sealed case is" if self.sealed == 1 else f"{self.sealed:,} sealed cases are"
            found.append(f"{sealed} counted nowhere here.")
        return tuple(found)

    def __repr__(self) -> str:
        return "\n".join([f"Coverage of {self.of}, {len(self.cells.frame)} cells", *self.sentences])
