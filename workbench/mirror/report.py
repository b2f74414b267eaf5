"""Everything about the mirror in one answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.mirror.modes import Modes
from workbench.mirror.releases import Validity
from workbench.mirror.signs import Sign
from workbench.mirror.slices import Reweighted

ALARM_P, ALARM_MOVED = 0.01, 0.10
"""A mix is called another only where both hold: statistics.md 8, alert rule."""


@dataclass(frozen=True, repr=False)
class MirrorReport:
    """Whether the set mirrors production's failures.

    Attributes:
        verdict: covers, behind or undecided, by the coverage of production's failures and its interval.
        reason: Why it is undecided: no_failures, no_cases, or straddles.
        modes: The failures, one by one.
        rates: The newest score, raw and by production's mix; None where nothing was scored.
        validity: Scores and failures across releases.
        signs: Signs that the set has had its day.
        of: Which set.
        sealed: Cases that are sealed and counted nowhere here.
        passing: Cases that test for no failure.
        unplaced: Cases of which nobody said what failure they test for.
        weighted: Whether the shares of production stand for the traffic.
        population: Traces they stand for.
        target: The share of production's failures that should be covered.
        enough: Cases from which a failure counts as covered.
        level: Of the intervals.
        notices: What a reader should know.
        sentences: What matters, the worst first.
    """

    verdict: str
    reason: str | None
    modes: Modes
    rates: Reweighted | None
    validity: Validity
    signs: tuple[Sign, ...]
    of: str
    sealed: int
    passing: int
    unplaced: int
    weighted: bool
    population: int
    target: float
    enough: int
    level: float
    notices: tuple[str, ...] = ()
    sentences: tuple[str, ...] = field(default=(), repr=False)

    @property
    def other_mix(self) -> bool:
        """Whether the mix of failures is shown to be another; a set may want that, and says so itself."""
        distance = self.modes.distance
        return bool(distance.p < ALARM_P and distance.moved_excess > ALARM_MOVED)

    @property
    def showing(self) -> tuple[Sign, ...]:
        """The signs that show."""
        return tuple(each for each in self.signs if each.state == "yes")

    def __repr__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return "\n  ".join([f"MirrorReport({self.verdict}{why}, {self.of})", *self.sentences])
