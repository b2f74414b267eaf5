"""What a draw reports: which strata gave how many, with which weights, and what the sample will be able to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SampleReport:
    """A sample as it is after a draw.

    Attributes:
        sample_id: Its id; empty for a preview.
        name: What people call it.
        plan: The plan it was drawn by.
        seed: Of the draw.
        n: Rows in it, deliberate picks included.
        added: Rows that this draw added.
        frame: Traces it was drawn from.
        random: Rows of its random part.
        picked: Deliberate picks, without weight.
        strata: Rows of stratum, population (traces), units (groups of near-duplicates), share (as planned), target and
            drawn (both with the random part), random, weight_low, weight_high and smallest_share (the smallest share of
            failing traces within it that its draws show at least once with 95% certainty).
        relaxed: Whether a group of near-duplicates gave more than one trace.
        effective_n: Size of a random sample that would know as much about frequencies.
        smallest_share: Smallest share of failing traffic that it shows with 95% certainty; None without weights.
        can: What may be estimated from it, in sentences.
        cannot: What may not.
        warnings: What was done otherwise than asked, in sentences.
        window: Which traces it was drawn from: since, until, where, clusters; empty for all.
    """

    sample_id: str
    name: str
    plan: str
    seed: int
    n: int
    added: int
    frame: int
    random: int
    picked: int
    strata: tuple[Mapping[str, Any], ...] = field(repr=False)
    relaxed: bool = False
    effective_n: float = 0.0
    smallest_share: float | None = None
    can: tuple[str, ...] = field(default=(), repr=False)
    cannot: tuple[str, ...] = field(default=(), repr=False)
    warnings: tuple[str, ...] = ()
    window: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        weighted = f"{self.n - self.picked:,} with a weight" + (f", {self.picked:,} picked" if self.picked else "")
        named = f"sample {self.sample_id}" if self.sample_id else "preview"
        return f"{named}: {self.n:,} of {self.frame:,} traces by plan {self.plan!r}, {weighted}"
