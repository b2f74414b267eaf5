"""What was found between two collections of texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.leakage.semantic import Semantic

if TYPE_CHECKING:
    from pandas import DataFrame

RUNGS = ("exact", "ngram", "minhash", "substring", "semantic")
"""From the surest and cheapest to the least sure and dearest."""


@dataclass(frozen=True, repr=False)
class Leakage:
    """Pairs of an evaluation text and another that is the same, holds it, or says the same.

    Attributes:
        pairs: One row per pair: eval_row, against (the other file's name), other_row, rung, score. Rows count from 0.
            A pair stands under the first rung that found it; its score is that rung's own.
        review: The same columns: pairs too near for chance and too far for a finding; they count nowhere.
        by_rung: Pairs under each rung that was climbed.
        n_eval: Evaluation rows.
        n_against: Other rows; within one file those rows again.
        n_flagged: Evaluation rows that are in a pair.
        semantic: How the semantic rung was set, one per other file; empty where it was not climbed.
        notices: What was left out or assumed, in words.
    """

    pairs: DataFrame
    review: DataFrame
    by_rung: dict[str, int]
    n_eval: int
    n_against: int
    n_flagged: int
    semantic: dict[str, Semantic] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share of evaluation rows that are in a pair."""
        return self.n_flagged / self.n_eval if self.n_eval else float("nan")

    @property
    def clean(self) -> bool:
        """Whether no pair was found. Another encoder, or a longer list of files, might still find one."""
        return not len(self.pairs)

    @property
    def flagged_rows(self) -> list[int]:
        """Evaluation rows that are in a pair, in order."""
        return sorted({int(row) for row in self.pairs["eval_row"]})

    def __repr__(self) -> str:
        found = ", ".join(f"{rung} {n:,}" for rung, n in self.by_rung.items())
        share = f"{self.n_flagged:,} of {self.n_eval:,} evaluation rows ({100 * self.share:.1f}%)"
        return f"{share} are in {len(self.pairs):,} pairs: {found}"
