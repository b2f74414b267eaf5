"""What the leak is worth: the score on flagged cases beside the score on clean ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from workbench.stats.proportions import Interval, difference, wilson

FEW = 20  # flagged or clean cases below which a difference is not judged, whatever its interval


@dataclass(frozen=True, repr=False)
class Effect:
    """The score on flagged cases against clean ones.

    A difference says that the flagged cases are easier *for this system*; whether because it knows them or because easy
    texts are copied more often, it does not say.

    Attributes:
        flagged: Share passed among flagged cases, Wilson.
        clean: Share passed among the others, Wilson: the score to report.
        difference: Flagged minus clean, Newcombe.
        missing: Cases without a result.
        verdict: higher, lower or undecided: how the flagged cases score.
        reason: Why it is undecided.
    """

    flagged: Interval
    clean: Interval
    difference: Interval
    missing: int
    verdict: str
    reason: str | None = None

    def __repr__(self) -> str:
        said = {"higher": "flagged cases score higher", "lower": "flagged cases score lower"}
        told = said.get(self.verdict, f"cannot tell: {self.reason}")
        return f"{told}\nflagged     {self.flagged}\nclean       {self.clean}\ndifference  {self.difference}"


def effect(passed: Sequence[bool | None], flagged: Collection[int], *, level: float = 0.95) -> Effect:
    """Compare the score on flagged cases with the score on clean ones.

    Args:
        passed: By evaluation row; None where there is no result.
        flagged: Evaluation rows that leaked.
        level: Confidence level of all bounds.

    >>> effect([True] * 60 + [False] * 40, range(50)).verdict
    'higher'
    """
    known = [
        (bool(one), row in flagged) for flagged in [set(flagged)] for row, one in enumerate(passed) if one is not None
    ]
    n_flagged = sum(leaked for _, leaked in known)
    n_clean = len(known) - n_flagged
    right = sum(one for one, leaked in known if leaked)
    right_clean = sum(one for one, leaked in known if not leaked)
    gap = difference(right, n_flagged, right_clean, n_clean, level=level)
    verdict, reason = "undecided", None
    if min(n_flagged, n_clean) < FEW:
        few = "flagged" if n_flagged < FEW else "clean"
        reason = f"too_few: {min(n_flagged, n_clean):,} {few} cases with a result; {FEW} are needed"
    elif gap.low <= 0 <= gap.high:
        reason = "the interval of the difference holds 0"
    else:
        verdict = "higher" if gap.low > 0 else "lower"
    return Effect(
        wilson(right, n_flagged, level=level),
        wilson(right_clean, n_clean, level=level),
        gap,
        len(passed) - len(known),
        verdict,
        reason,
    )
