"""Whether an annotator changes: over all their labels, and within one sitting.

What is looked at is each label against the others' labels of the same unit, so that harder units do not pass for a
careless annotator. Whoever is compared with somebody that drifts disagrees more as well; so a trend is looked for only
where most of the others say the same, and then what one of them does hardly counts. With two annotators it cannot be
told which of them changed. Where everybody labels in the same order and the units get harder, everybody's disagreement
may rise, and nobody has drifted. Chance is what shuffling the annotator's own labels gives, which holds for few labels
too; it then rarely shows anything, and ``detectable`` says how large a change would have had to be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.stats.agreement.bootstrap import ratio_bootstrap
from workbench.stats.agreement.ratings import Floats, Ints, Ratings
from workbench.stats.proportions import wilson

FEWEST_LABELS = 10  # shared labels below which no trend is tested
_SHUFFLED = 1_000  # labels up to which labels are shuffled; beyond, the change over all shuffles is normal
_POWER = 1.959964 + 0.841621  # two-sided 5%, power 80%


@dataclass(frozen=True, slots=True)
class Trend:
    """A change along an order.

    Attributes:
        change: Fitted change per unit of the order; nan where it cannot be fitted.
        p: Share of shuffles that show as large a change; nan where there are too few labels.
        detectable: The change that would be seen four times out of five.
        n: Labels it rests on.
        reason: Why there is no test.
    """

    change: float
    p: float
    detectable: float
    n: int
    reason: str | None = None


def disagreements(ratings: Ratings) -> Floats:
    """Give, per rating, the share of the unit's other annotators who gave another value; nan where there is none."""
    others = ratings.raters[ratings.unit] - 1
    apart = ratings.raters[ratings.unit] - ratings.counts[ratings.unit, ratings.value]
    return np.divide(apart, others, out=np.full(len(others), np.nan), where=others > 0)


def against_most(ratings: Ratings, value: int | None = None) -> tuple[Floats, Floats]:
    """Give, per rating, whether it differs from what most of the unit's others say, and its excess of a value over it.

    Args:
        ratings: The ratings.
        value: The value whose excess is wanted.

    Returns:
        Both nan where the others are split, or there are none; the excess is nan throughout without a value.
    """
    rows = np.arange(len(ratings.unit))
    others = ratings.counts[ratings.unit]
    others[rows, ratings.value] -= 1
    n, most = others.sum(axis=1), others.argmax(axis=1)
    settled = (n > 0) & (2 * others[rows, most] > n)
    apart = np.where(settled, ratings.value != most, np.nan)
    if value is None:
        return apart, np.full(len(rows), np.nan)
    excess = (ratings.value == value).astype(np.float64) - (most == value)
    return apart, np.where(settled, excess, np.nan)


def excesses(ratings: Ratings, value: int) -> Floats:
    """Give, per rating, whether it gives a value, less the share of the unit's others who do; nan where none is."""
    own = (ratings.value == value).astype(np.float64)
    others = ratings.raters[ratings.unit] - 1
    given = ratings.counts[ratings.unit, value] - own
    return own - np.divide(given, others, out=np.full(len(others), np.nan), where=others > 0)


def trend(
    values: Floats, order: Floats, strata: Ints | None = None, *, permutations: int = 2000, seed: int = 0
) -> Trend:
    """Test whether values change along an order, by shuffling them, within strata where there are any.

    Args:
        values: One per label; without nan.
        order: Where each label stands: the unit of the change.
        strata: The sitting of each label; what differs between sittings does not count then.
        permutations: How often to shuffle.
        seed: Seed of the shuffles.
    """
    from scipy.stats import norm

    nan = float("nan")
    n = len(values)
    strata = np.zeros(n, dtype=np.int64) if strata is None else strata
    x, y = _centred(order.astype(np.float64), strata), _centred(values, strata)
    spread = float((x**2).sum())
    if n < FEWEST_LABELS:
        told = f"only {n} labels to compare, {FEWEST_LABELS} are needed"
        return Trend(float(x @ y) / spread if spread > 0 else nan, nan, nan, n, told)
    if spread <= 0:
        return Trend(nan, nan, nan, n, "all labels stand at one place")
    found = float(x @ y) / spread
    if not (y**2).sum() > 1e-12:
        return Trend(0.0, 1.0, nan, n, "no variation")
    n_in = np.bincount(strata)
    both = np.bincount(strata, weights=x**2) * np.bincount(strata, weights=y**2)
    spread_of_change = float(np.sqrt((both[n_in > 1] / (n_in[n_in > 1] - 1)).sum())) / spread  # over all shuffles
    if n > _SHUFFLED:
        p = 2 * float(norm.sf(abs(found) / spread_of_change))
    else:
        rng = np.random.default_rng(seed)
        shuffled = np.tile(y, (permutations, 1))
        for part in np.split(np.argsort(strata, kind="stable"), np.cumsum(n_in)[:-1]):
            shuffled[:, part] = rng.permuted(shuffled[:, part], axis=1)
        drawn = shuffled @ x / spread
        p = (1 + int((np.abs(drawn) >= abs(found) - 1e-12).sum())) / (1 + permutations)
    return Trend(found, p, _POWER * spread_of_change, n)


def mean_with_bounds(
    values: Floats, *, confidence: float = 0.95, replicates: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Give the mean of values between -1 and 1, with bounds by drawing them again.

    Where all are alike drawing shows nothing; how many others there might be (Wilson) stands in.
    """
    n = len(values)
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    mean = float(values.mean())
    if np.ptp(values) < 1e-12:
        room = wilson(0, n, level=confidence).high
        return mean, max(-1.0, mean - room), min(1.0, mean + room)
    found = ratio_bootstrap(values, np.ones(n), replicates=replicates, confidence=confidence, seed=seed)
    return mean, found.low, found.high


def _centred(values: Floats, strata: Ints) -> Floats:
    n = np.bincount(strata)
    mean = np.bincount(strata, weights=values) / np.maximum(n, 1)
    return np.asarray(values - mean[strata])
