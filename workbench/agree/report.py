"""What was found about agreement: a few frames, and the answers to the next questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.agree.paper import caption, latex, markdown, paper_table
from workbench.agree.verdicts import STOP, STOP_MEAN
from workbench.agree.words import sentences, verdict_words

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, repr=False)
class Agreement:
    """How far annotators agree.

    Attributes:
        dimensions: One row per dimension, and per code: dimension, code, level, labels, units (items labelled twice or
            more), disputed (those on which not all gave the same), annotators, percent with bounds, alpha with bounds
            and method, kappa (Cohen's; with more than two annotators the mean over pairs), kappa_weighted (quadratic),
            fleiss, ac1, ac2 (quadratic), brennan_prediger, positive (the value that failures are), positive_agreement
            with bounds, negative_agreement, prevalence, seen (items where anybody saw it), verdict, n_more,
            point_verdict, reason.
        annotators: One row per dimension and annotator: labels, units shared with others, mean_disagreement,
            alpha_without, change with bounds, stands_apart, bias (share of values to be moved), bias_value (given more
            often than others give it), bias_excess, bias_p, reason.
        pairs: One row per dimension and pair: units, percent, kappa with bounds, alpha, reason.
        units: One row per dimension and item labelled twice or more, most disputed first: labels, agreement, votes.
        confusions: One row per dimension and pair of values given to the same items: n of comparisons, share of all
            disagreement, items; of a code what others gave in its place.
        notices: What was left out and why, in sentences.
        round: blind or adjudicated.
        confidence: Level of all bounds.
        seed: Seed of the draws.
    """

    dimensions: DataFrame
    annotators: DataFrame
    pairs: DataFrame
    units: DataFrame
    confusions: DataFrame
    notices: tuple[str, ...]
    round: str
    confidence: float
    seed: int

    @property
    def weakest(self) -> str | None:
        """The dimension with the lowest alpha; None where none has one."""
        known = self.dimensions[self.dimensions["alpha"].notna()]
        return None if known.empty else str(known.loc[known["alpha"].idxmin(), "dimension"])

    @property
    def stop(self) -> bool:
        """Whether to stop labelling and write the rubric anew: every alpha below .4, and surely below .5 on average.

        "Surely" is meant cautiously: the mean of the upper bounds is at least the upper bound of the mean.
        """
        known = self.dimensions[self.dimensions["code"].isna() & self.dimensions["alpha"].notna()]
        if known.empty:
            return False
        return bool((known["alpha"] < STOP).all() and known["alpha_high"].mean() < STOP_MEAN)

    @property
    def outliers(self) -> DataFrame:
        """The annotators without whom alpha is surely higher."""
        return self.annotators[self.annotators["stands_apart"]]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What can be trusted and what cannot, in a line or two; when to stop labelling comes first."""
        return sentences(self)

    def words(self, dimension: str) -> str:
        """The verdict on a dimension, what would settle it, and what most of its disputes are about."""
        return verdict_words(self, dimension)

    def table(self, *, codes: bool = True) -> DataFrame:
        """The main figures as they are printed: one row per dimension, and per code unless those are left out."""
        return paper_table(self, codes=codes)

    @property
    def caption(self) -> str:
        """How the numbers of the table were made."""
        return caption(self)

    def markdown(self, *, codes: bool = True) -> str:
        """The table with its caption, as Markdown."""
        return markdown(self.table(codes=codes), self.caption)

    def latex(self, *, codes: bool = True) -> str:
        """The table with its caption, as LaTeX; it needs the package booktabs."""
        return latex(self.table(codes=codes), self.caption)

    def __repr__(self) -> str:
        lines = [f"Agreement of {self.round} labels, {len(self.dimensions)} dimensions"]
        for row in self.dimensions.itertuples():
            if row.alpha != row.alpha:
                told = str(row.reason)
            else:
                told = f"alpha {row.alpha:.2f} ({row.alpha_low:.2f} to {row.alpha_high:.2f}), n {row.units:,}"
            more = f", label about {int(row.n_more):,} more" if row.n_more == row.n_more and row.n_more else ""
            lines.append(f"  {row.dimension}: {row.verdict}; {told}{more}")
        return "\n".join(lines)
