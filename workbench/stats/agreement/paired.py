"""What a change of the rubric did to agreement: both alphas from the same units, drawn again together.

Two alphas of different units differ by chance and by how hard the units are. Of the same units drawn together only the
change is left. If the units were chosen because people disagreed about them, agreement rises by itself (regression to
the mean): a re-label sample is drawn at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.stats.agreement.alpha import alpha
from workbench.stats.agreement.bootstrap import _bounds, _grouped, _resampled, _sums
from workbench.stats.agreement.chance import Coefficient
from workbench.stats.agreement.ratings import Floats, Ratings


@dataclass(frozen=True, slots=True)
class AlphaChange:
    """Two alphas of the same units.

    Attributes:
        before: Alpha of the first ratings, over the units that both rated twice or more.
        after: Alpha of the second.
        change: After less before; nan where either is not defined.
        low: Lower bound of the change.
        high: Upper bound.
        n: Units (or groups of them) that were drawn from.
        units: Units that both rated twice or more.
        undefined_share: Share of the draws without variation on either side; they are left out.
        reason: Why there is no change or no bound.
    """

    before: Coefficient
    after: Coefficient
    change: float
    low: float
    high: float
    n: int
    units: int
    undefined_share: float = 0.0
    reason: str | None = None


def alpha_change(
    before: Ratings,
    after: Ratings,
    levels: tuple[str, str] = ("nominal", "nominal"),
    *,
    distances: tuple[Floats | None, Floats | None] = (None, None),
    groups: Mapping[Any, int] | None = None,
    replicates: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> AlphaChange:
    """Give the change of alpha between two sets of ratings of the same units.

    Args:
        before: The ratings under the first rubric; units are matched by name.
        after: The ratings under the second; their values may be others.
        levels: The level of each.
        distances: As for ``alpha``, for each.
        groups: The group (session) of each unit, by its name; whole groups are drawn then.
        replicates: How often all units are drawn.
        confidence: Confidence level, two-sided.
        seed: Seed of the draws.
    """
    nan = float("nan")
    both = _shared(before, after)
    one, other = (_only(each, both) for each in (before, after))
    sides = tuple(zip((one, other), levels, distances, strict=True))
    first, second = (alpha(ratings, level, distances=apart) for ratings, level, apart in sides)
    change = second.value - first.value
    if not both:
        return AlphaChange(first, second, nan, nan, nan, 0, 0, 1.0, "no item was labelled twice under both")
    if change != change:
        reason = first.reason or second.reason
        return AlphaChange(first, second, nan, nan, nan, len(both), len(both), 1.0, reason)
    parts = [_sums(ratings, level, apart) for ratings, level, apart in sides]
    width = parts[0][0].shape[1]
    index = None if groups is None else np.array([groups[name] for name in both], dtype=np.int64)
    rows = _grouped(np.concatenate([part for part, _ in parts], axis=1), index)
    drawn = np.concatenate(
        [parts[1][1](sums[:, width:]) - parts[0][1](sums[:, :width]) for sums in _resampled(rows, replicates, seed)]
    )
    low, high, undefined = _bounds(drawn, len(rows), confidence)
    alike = not low < high
    reason = "every draw is alike, so nothing is known beyond these items" if alike else None
    low, high = (nan, nan) if alike else (low, high)
    return AlphaChange(first, second, change, low, high, len(rows), len(both), undefined, reason)


def _shared(before: Ratings, after: Ratings) -> list[Any]:
    """The units that both rated twice or more, in the order of the first."""
    twice = {name for name, n in zip(after.units, after.raters, strict=True) if n >= 2}
    return [name for name, n in zip(before.units, before.raters, strict=True) if n >= 2 and name in twice]


def _only(ratings: Ratings, units: Sequence[Any]) -> Ratings:
    """The ratings of some units, which then stand in that order."""
    place = {name: index for index, name in enumerate(units)}
    new = np.array([place.get(name, -1) for name in ratings.units], dtype=np.int64)
    kept = new[ratings.unit] >= 0 if len(ratings.units) else np.zeros(0, dtype=bool)
    unit = new[ratings.unit[kept]] if kept.any() else np.zeros(0, dtype=np.int64)
    return Ratings(unit, ratings.annotator[kept], ratings.value[kept], tuple(units), ratings.annotators, ratings.values)
