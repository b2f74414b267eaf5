"""What a run did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.runs.pick import Pick


@dataclass(frozen=True, repr=False)
class RunReport:
    """A run of a target on a version of the golden set.

    Attributes:
        run_id: Its id; ``gate`` takes it.
        version: The version of the golden set.
        release: The release it is of.
        target: What was asked, in words.
        cases: Cases it was to ask: answered + errors + skipped.
        answered: Answers that came this time.
        errors: Cases asked this time that gave none; they are asked again by running it again.
        skipped: Cases that had an answer before.
        resumed: Whether the run had begun before.
        scored: Of its cases those that have a verdict.
        judged: Of them those that a judge gave this time.
        problems: How often there was no answer, by why.
        pick: The cases of a trip-wire; None for a whole run.
        notices: What was left out or assumed, in sentences.
    """

    run_id: str
    version: int
    release: str
    target: str
    cases: int
    answered: int
    errors: int
    skipped: int
    resumed: bool
    scored: int
    judged: int = 0
    problems: Mapping[str, int] = field(default_factory=dict)
    pick: Pick | None = None
    notices: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every case has an answer."""
        return self.errors == 0

    def __repr__(self) -> str:
        before = f", {self.skipped:,} had one before" if self.skipped else ""
        why = "".join(f"; {n:,} {problem}" for problem, n in sorted(self.problems.items(), key=lambda each: -each[1]))
        return (
            f"Run {self.run_id} of {self.target} on version {self.version}: {self.answered:,} of {self.cases:,} cases"
            f" answered{before}, {self.errors:,} errors{why}; {self.scored:,} have a verdict"
        )
