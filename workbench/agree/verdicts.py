"""From an interval to one of four words, and how many labels would settle it.

.6 is where Landis & Koch (1977) and McHugh (2012) put the border to substantial or moderate agreement. A point says
little: with 50 items a true .6 is estimated below .6 half of the time, so only the interval decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from workbench.stats.agreement import NO_VARIATION, Specific, UnitInterval

RELIABLE = 0.6
STOP = 0.4
STOP_MEAN = 0.5
ENOUGH_ITEMS = 50  # double-labelled items from which a verdict is worth planning for
FEWEST_ITEMS = 10  # below this the bootstrap has too little to draw from to decide anything
RARE = 0.15  # prevalence below which the count of failures decides whether alpha can be believed
ENOUGH_FAILURES = 20
HALF_WIDTH = 0.10  # the precision that is planned for
NEAREST = 0.02  # an alpha this near to the border is not worth the labels that would settle it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said of a dimension.

    Attributes:
        word: reliable, ambiguous, undecided or no_variation.
        n_more: About how many more items to label; None where that would not help or cannot be said.
        reason: Why the word is not simply that of the interval.
        point: The word that the estimate alone would give; for comparison only.
    """

    word: str
    n_more: int | None = None
    reason: str | None = None
    point: str | None = None


def verdict(interval: UnitInterval, failures: Specific | None = None, *, items: int | None = None) -> Verdict:
    """Say what an alpha with its interval amounts to.

    Args:
        interval: Alpha with bounds.
        failures: Agreement on the failure, where there is one: rare failures need to be counted first.
        items: Items labelled twice; the interval's n unless sessions were drawn.

    >>> verdict(UnitInterval(0.70, 0.55, 0.85, 60, "unit bootstrap"))
    Verdict(word='undecided', n_more=75, reason=None, point='reliable')
    """
    n = interval.n if items is None else items
    if interval.estimate != interval.estimate:
        if interval.reason == NO_VARIATION:
            return Verdict("no_variation", reason=NO_VARIATION)
        return Verdict("undecided", ENOUGH_ITEMS, interval.reason)
    point = "reliable" if interval.estimate >= RELIABLE else "ambiguous" if interval.estimate >= STOP else "unusable"
    if n < FEWEST_ITEMS:
        return Verdict("undecided", ENOUGH_ITEMS - n, f"only {n} items were labelled by two annotators", point)
    if interval.n < FEWEST_ITEMS:
        return Verdict("undecided", None, f"the items are of only {interval.n} sessions; label more sessions", point)
    if interval.high < RELIABLE:
        return Verdict("ambiguous", None, None, point)
    rarer = None if failures is None else min(failures.prevalence, 1 - failures.prevalence)
    if failures is not None and rarer is not None and rarer < RARE and failures.prevalence < 0.5:
        if interval.low >= RELIABLE and failures.seen < ENOUGH_FAILURES:
            more = ceil((ENOUGH_FAILURES - failures.seen) * n / max(failures.seen, 1))
            reason = f"only {failures.seen} items with a failure were seen, {ENOUGH_FAILURES} are needed"
            return Verdict("undecided", more, reason, point)
    if interval.low >= RELIABLE:
        return Verdict("reliable", None, None, point)
    return Verdict("undecided", _more(interval, n), None, point)


def _more(interval: UnitInterval, n: int) -> int:
    """Items still to label until the interval is narrow enough, as its width shrinks with the square root of n."""
    half, wanted = (interval.high - interval.low) / 2, HALF_WIDTH
    if half <= wanted:  # precise enough and still across the border: until the side towards it ends there
        half = (
            max(interval.estimate - interval.low, 0)
            if interval.estimate > RELIABLE
            else interval.high - interval.estimate
        )
        half, wanted = max(half, NEAREST), max(abs(interval.estimate - RELIABLE), NEAREST)
    return max(ceil(n * (half / wanted) ** 2 - 1e-9), ENOUGH_ITEMS, n + 1) - n
