"""What a gate says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.contract import EvaluationContract
from workbench.gate.intake import Counts
from workbench.gate.needed import Needed
from workbench.stats.paired import Pairs
from workbench.stats.proportions import Interval

if TYPE_CHECKING:
    from pandas import DataFrame

PASS, FAIL, UNDECIDED = "pass", "fail", "undecided"
EXIT = {PASS: 0, FAIL: 1, UNDECIDED: 3}


@dataclass(frozen=True, slots=True)
class Overall:
    """The share of cases that passed, against its threshold.

    Attributes:
        rate: The share with bounds; failed runs count as failing.
        threshold: What has to be shown; None where nothing was declared.
        state: holds, fails or unknown; untested without a threshold.
    """

    rate: Interval
    threshold: float | None
    state: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A run against the baseline, case by case.

    Attributes:
        difference: This run minus the baseline, with bounds; above 0 is better.
        p: Two-sided, of "both pass equally often".
        pairs: Cases that both passed, only this run, only the baseline, neither.
        margin: The drop that is still good enough.
        state: holds (not worse by the margin), fails (worse), or unknown.
    """

    difference: Interval
    p: float
    pairs: Pairs
    margin: float
    state: str

    @property
    def lost(self) -> int:
        """Cases that passed in the baseline and fail now."""
        return self.pairs.second

    @property
    def gained(self) -> int:
        """Cases that failed in the baseline and pass now."""
        return self.pairs.first


@dataclass(frozen=True, repr=False)
class GateReport:
    """Whether a release may pass.

    Attributes:
        verdict: pass, fail or undecided.
        reason: Why, in one sentence.
        advice: What to do, in one sentence.
        mode: trip-wire or deep.
        anytime: Whether the answer holds however often a growing run is looked at.
        overall: The share that passed.
        paired: Against the baseline; None without one.
        metrics: Further thresholds: metric, n, rate, low, high, threshold, state, p_holm.
        slices: One row per slice, the worst first: slice, n, rate, low, high, threshold, before, difference, lost,
            gained, p, p_holm, state (holds, fails, unknown, untested), critical, reason.
        flips: Cases that differ from the baseline: case_id, flip (lost or gained), blind, and their slices.
        power: How many more cases would decide, and what this set can see.
        counts: What became of the rows of the results.
        baseline_counts: The same of the baseline; None without one.
        contract: What it was held to.
        declared: Whether a contract was given.
        looks: How often this set has been scored since it was frozen; None if nobody says.
        notices: What was left out or assumed, in sentences.
    """

    verdict: str
    reason: str
    advice: str
    mode: str
    anytime: bool
    overall: Overall
    paired: Compared | None
    metrics: DataFrame
    slices: DataFrame
    flips: DataFrame
    power: Needed
    counts: Counts
    baseline_counts: Counts | None
    contract: EvaluationContract
    declared: bool
    looks: int | None = None
    notices: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether everything that was demanded was shown."""
        return self.verdict == PASS

    @property
    def exit_status(self) -> int:
        """0 pass, 1 fail, 3 undecided."""
        return EXIT[self.verdict]

    @property
    def failing(self) -> list[str]:
        """The slices that fail, the worst first."""
        return [str(name) for name in self.slices.loc[self.slices["state"] == "fails", "slice"]]

    @property
    def worst(self) -> str | None:
        """The worst slice; None where there are none."""
        return str(self.slices["slice"].iloc[0]) if len(self.slices) else None

    def __repr__(self) -> str:
        lines = [f"Gate: {self.verdict}; {self.reason}"]
        against = "" if self.overall.threshold is None else f", threshold {100 * self.overall.threshold:g}%"
        lines.append(f"  passed {self.overall.rate}{against}")
        if self.paired is not None:
            gap = self.paired.difference
            lines.append(
                f"  against the baseline {100 * gap.estimate:+.1f} points"
                f" ({100 * gap.low:+.1f} to {100 * gap.high:+.1f}), p {self.paired.p:.3f};"
                f" {self.paired.lost:,} lost, {self.paired.gained:,} gained"
            )
        if self.failing:
            lines.append(f"  failing slices: {', '.join(self.failing)}")
        if self.power.n_needed:
            lines.append(f"  about {self.power.n_needed:,} more cases would decide")
        return "\n".join(lines)
