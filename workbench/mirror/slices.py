"""A score of the set, and the same score if the set had production's mix of slices.

A set may hold more of what is rare and dear on purpose; its raw score is then no forecast. Weighing each slice by its
share of the traffic (post-stratification) gives the rate that production would see if the slices are as hard there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from workbench.stats.proportions import Interval, wilson
from workbench.stats.sampling import design, weighted_shares

WHOLE = 1e9
"""Units of the traffic in all: so many that the cases are no part of it worth allowing for."""


@dataclass(frozen=True)
class Reweighted:
    """The score, raw and by production's mix.

    Attributes:
        raw: The share of scored cases that passed.
        by_traffic: The same with each slice at its share of the traffic; over the slices that have a case.
        by: The dimension of the slices.
        slices: How many slices have a scored case.
        without: Slices of production without one, the largest first.
        traffic: The share of the traffic that lies in slices with one.
        unplaced: Scored cases that are in no slice of production, and count for the raw score only.
        reason: Why there is none by traffic.
    """

    raw: Interval
    by_traffic: Interval | None
    by: str
    slices: int = 0
    without: tuple[str, ...] = field(default=(), repr=False)
    traffic: float = 0.0
    unplaced: int = 0
    reason: str | None = None


def reweighted(
    passed: Sequence[bool], slices: Sequence[str | None], traffic: Mapping[str, float], *, by: str, level: float = 0.95
) -> Reweighted:
    """Weigh scored cases by production's mix.

    Args:
        passed: (n,) whether each case passed.
        slices: (n,) the slice of each; None for none.
        traffic: Share of the traffic by slice.
        by: What the slices are.
        level: Of the intervals.
    """
    raw = wilson(int(sum(passed)), len(passed), level=level)
    held = [name for name in traffic if traffic[name] > 0 and name in set(slices)]
    without = sorted(
        (name for name in traffic if traffic[name] > 0 and name not in held), key=lambda each: -traffic[each]
    )
    placed = [at for at, name in enumerate(slices) if name in set(held)]
    if not placed:
        why = "no_scores" if not len(passed) else "no_traffic" if not traffic else "no_shared_slice"
        return Reweighted(raw, None, by, 0, tuple(without), 0.0, len(passed), why)
    number = {name: at for at, name in enumerate(held)}
    made = design(
        np.array([number[str(slices[at])] for at in placed]),
        np.ones(len(placed)),
        np.array([traffic[name] * WHOLE for name in held]),
    )
    [share] = weighted_shares(np.array([[bool(passed[at])] for at in placed]), made, level=level)
    found = Interval(share.estimate, share.low, share.high, share.n, share.method, level)
    covered = sum(traffic[name] for name in held) / sum(traffic.values())
    return Reweighted(raw, found, by, len(held), tuple(without), covered, len(passed) - len(placed))
