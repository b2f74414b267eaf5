"""How sure an alpha is, by drawing the units again: whole units, never raters and never pairs of ratings.

Drawing pairs, as Krippendorff's own bootstrap does, takes the pairs within a unit for independent and is too narrow
with more than two annotators. The bounds are percentiles; expanded ones (Hesterberg 2015, "What teachers should know
about the bootstrap", section 5.3) hold a little more at 20 units and fewer.
With two values a unit is nothing but how many gave each, so there are few patterns, and what is rare among them decides
alpha: with a failure in 10% of 50 units plain percentiles hold only 89 to 92%, because a pattern that was not seen is
never drawn. There the shares of the patterns are drawn from their posterior under Jeffreys' prior (half a unit on each
pattern), which is Rubin's (1981) Bayesian bootstrap with the unseen patterns left possible.
Where every replicate is alike (nobody disagreed, say) the bootstrap knows nothing; Wilson's bound on the share of units
that disagree stands in for it. Where traces of one session are alike, give the sessions as groups.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from workbench.stats.agreement.alpha import alpha, squared_differences
from workbench.stats.agreement.chance import NO_PAIRS, Coefficient
from workbench.stats.agreement.ratings import Floats, Ints, Ratings
from workbench.stats.proportions import wilson

_DRAWN_AT_ONCE = 8_000_000
_ORDINAL_VALUES = 40  # beyond these, ranks are those of all ratings instead of each replicate's own


@dataclass(frozen=True, slots=True)
class UnitInterval:
    """An alpha with its bounds.

    Attributes:
        estimate: The alpha; nan where it is not defined.
        low: Lower bound; nan where none can be given.
        high: Upper bound.
        n: Units (or groups of units) that were drawn from.
        method: How the bounds were made.
        level: Confidence level.
        undefined_share: Share of replicates without variation; they are left out.
        reason: Why there is no alpha or no bound.
    """

    estimate: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95
    undefined_share: float = 0.0
    reason: str | None = None

    def __str__(self) -> str:
        return self.reason or f"{self.estimate:.2f} ({self.low:.2f} to {self.high:.2f}), n {self.n:,}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What alpha would be without one annotator, and whether that differs.

    Attributes:
        annotator: Index of the annotator left out.
        without: Alpha of all others.
        change: That less alpha of all.
        low: Lower bound of the change; above 0 the annotator stands apart.
        high: Upper bound.
    """

    annotator: int
    without: Coefficient
    change: float
    low: float
    high: float


def unit_bootstrap(
    ratings: Ratings,
    level: str = "nominal",
    *,
    distances: Floats | None = None,
    groups: Sequence[int] | None = None,
    replicates: int = 2000,
    confidence: float = 0.95,
    expanded: bool = False,
    seed: int = 0,
) -> UnitInterval:
    """Give alpha with bounds by drawing units with replacement.

    Args:
        ratings: The ratings; units rated once are not drawn.
        level: As for ``alpha``.
        distances: As for ``alpha``.
        groups: The group (session) of each unit, as an index; whole groups are drawn then.
        replicates: How often all units are drawn.
        confidence: Confidence level, two-sided.
        expanded: Plain percentiles, widened for few units as Student's t does.
        seed: Seed of the draws.

    Returns:
        nan bounds with a reason where alpha is not defined.
    """
    found = alpha(ratings, level, distances=distances)
    if found.value != found.value:
        nan = float("nan")
        return UnitInterval(nan, nan, nan, found.n, "unit bootstrap", confidence, 1.0, found.reason)
    if groups is None and distances is None and len(ratings.values) == 2 and not expanded and found.value < 1:
        low, high = _by_patterns(ratings, replicates, confidence, seed)
        bounds = min(low, found.value), max(high, found.value)
        return UnitInterval(found.value, *bounds, ratings.n_paired, "patterns of votes, Jeffreys", confidence)
    rows, combine = _sums(ratings, level, distances)
    paired = ratings.raters >= 2
    rows = _grouped(rows[paired], None if groups is None else np.asarray(groups)[paired])
    drawn = np.concatenate([combine(sums) for sums in _resampled(rows, replicates, seed)])
    low, high, undefined = _bounds(drawn, len(rows), confidence, expanded)
    method = "unit bootstrap" if groups is None else "group bootstrap"
    if not low < high - 1e-12:
        low, high = _by_share_of_units(ratings, found.value, len(rows), confidence)
        method = "wilson, every draw alike"
    return UnitInterval(found.value, low, high, len(rows), method, confidence, undefined)


def leave_one_out(
    ratings: Ratings,
    level: str = "nominal",
    *,
    distances: Floats | None = None,
    groups: Sequence[int] | None = None,
    replicates: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> list[LeftOut]:
    """Give alpha without each annotator in turn, with bounds of the change from the same draws of units.

    Arguments as for ``unit_bootstrap``; 0 replicates give no bounds. A change is nan where alpha is not defined on
    either side.
    """
    paired = ratings.raters >= 2
    all_groups = None if groups is None else np.asarray(groups)[paired]
    others = [ratings.without(each) for each in range(len(ratings.annotators))]
    parts = [_sums(each, level, distances) for each in (ratings, *others)]
    rows = _grouped(np.concatenate([part[paired] for part, _ in parts], axis=1), all_groups)
    width, n = rows.shape[1] // len(parts), len(rows)
    drawn = [
        np.stack([combine(sums[:, k * width : (k + 1) * width]) for k, (_, combine) in enumerate(parts)])
        for sums in _resampled(rows, replicates if n else 0, seed)
    ]
    totals = np.concatenate(drawn, axis=1) if drawn else np.full((len(parts), 1), np.nan)
    whole = alpha(ratings, level, distances=distances)
    found = []
    for index, each in enumerate(others):
        without = alpha(each, level, distances=distances)
        low, high, _ = _bounds(totals[index + 1] - totals[0], n, confidence)
        change = without.value - whole.value
        bounds = (low, high) if change == change else (float("nan"), float("nan"))
        found.append(LeftOut(index, without, change, *bounds))
    return found


def ratio_bootstrap(
    above: Floats, below: Floats, *, replicates: int = 2000, confidence: float = 0.95, seed: int = 0
) -> UnitInterval:
    """Give the ratio of two sums over units, such as an average, with bounds by drawing units with replacement.

    Where every draw is alike, Wilson's bounds on the sum below stand in, as if each of it were a unit.

    Args:
        above: What each unit adds above the line.
        below: What it adds below; units that add nothing there are not drawn.
        replicates: How often all units are drawn.
        confidence: Confidence level, two-sided.
        seed: Seed of the draws.
    """
    rows = np.column_stack([above, below])[below > 0]
    n = len(rows)
    if n == 0:
        nan = float("nan")
        return UnitInterval(nan, nan, nan, 0, "unit bootstrap", confidence, 1.0, NO_PAIRS)
    estimate = float(rows[:, 0].sum() / rows[:, 1].sum())
    sums = np.concatenate(list(_resampled(rows, replicates, seed)))
    low, high, _ = _bounds(sums[:, 0] / sums[:, 1], n, confidence)
    if not low < high - 1e-12:
        share = wilson(round(estimate * n), n, level=confidence)
        return UnitInterval(
            estimate, min(share.low, estimate), max(share.high, estimate), n, "wilson, every draw alike", confidence
        )
    return UnitInterval(estimate, low, high, n, "unit bootstrap", confidence)


def _sums(ratings: Ratings, level: str, distances: Floats | None) -> tuple[Floats, Callable[[Floats], Floats]]:
    """Per unit what adds up over units, and how alpha comes from the sums (one row of sums per replicate)."""
    counts = np.where((ratings.raters >= 2)[:, None], ratings.counts, 0).astype(np.float64)
    raters = counts.sum(axis=1)
    divisor = np.maximum(raters - 1, 1)
    numbers = ratings.numbers
    if distances is None and level == "ordinal" and counts.shape[1] > _ORDINAL_VALUES:
        totals = counts.sum(axis=0)
        numbers, level = np.cumsum(totals) - totals / 2, "interval"
    if distances is None and level == "interval" and numbers is not None:
        centred = numbers - (counts.sum(axis=0) @ numbers) / max(counts.sum(), 1)
        first, second = counts @ centred, counts @ centred**2
        observed = 2 * (raters * second - first**2) / divisor
        return np.column_stack([observed, raters, first, second]), _of_moments
    if distances is None and level == "ordinal":
        width = counts.shape[1]
        pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(width)
        return (pairs / divisor[:, None, None]).reshape(len(counts), width * width), _of_ordinal
    apart = squared_differences(level, counts.sum(axis=0), numbers) if distances is None else distances
    observed = ((counts @ apart) * counts).sum(axis=1) / divisor
    return np.column_stack([observed, counts]), lambda sums: _of_totals(sums[:, 0], sums[:, 1:], apart)


def _of_totals(observed: Floats, totals: Floats, apart: Floats) -> Floats:
    return _alpha_of(observed, ((totals @ apart) * totals).sum(axis=1), totals.sum(axis=1))


def _of_moments(sums: Floats) -> Floats:
    observed, n, first, second = sums.T
    return _alpha_of(observed, 2 * (n * second - first**2), n)


def _of_ordinal(sums: Floats) -> Floats:
    width = round(sqrt(sums.shape[1]))
    observed = sums.reshape(-1, width, width)
    totals = observed.sum(axis=2)
    apart = squared_differences("ordinal", totals)
    expected = (totals[:, :, None] * totals[:, None, :] * apart).sum(axis=(1, 2))
    return _alpha_of((observed * apart).sum(axis=(1, 2)), expected, totals.sum(axis=1))


def _alpha_of(observed: Floats, expected: Floats, n: Floats) -> Floats:
    defined = expected > 1e-9
    ratio = np.divide((n - 1) * observed, expected, out=np.full(len(n), np.nan), where=defined)
    return 1 - ratio


def _grouped(rows: Floats, groups: Ints | None) -> Floats:
    if groups is None:
        return rows
    names, index = np.unique(groups, return_inverse=True)
    summed = np.zeros((len(names), rows.shape[1]))
    np.add.at(summed, index, rows)
    return summed


def _resampled(rows: Floats, replicates: int, seed: int) -> Iterator[Floats]:
    """The sums of rows drawn with replacement, replicates × columns, in pieces that fit in memory.

    Where many rows are alike, how often each kind of row comes is drawn at once, which is the same distribution.
    """
    rng = np.random.default_rng(seed)
    n = len(rows)
    kinds, first, often = np.unique(rows, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)  # by place, so that other names for values draw the same
    by_kind = len(kinds) * 4 <= n
    kinds, shares = kinds[order], often[order] / n
    step = max(1, _DRAWN_AT_ONCE // max(len(kinds) if by_kind else n, 1))
    for start in range(0, replicates, step):
        size = min(step, replicates - start)
        if by_kind:
            yield rng.multinomial(n, shares, size).astype(np.float64) @ kinds
            continue
        places = rng.integers(0, n, (size, n)) + (np.arange(size) * n)[:, None]
        times = np.bincount(places.ravel(), minlength=size * n).reshape(size, n)
        yield times.astype(np.float64) @ rows


def _bounds(drawn: Floats, n: int, confidence: float, expanded: bool = False) -> tuple[float, float, float]:
    from scipy.stats import norm, t

    defined = drawn[~np.isnan(drawn)]
    undefined = 1 - len(defined) / len(drawn)
    if len(defined) == 0 or n < 2:
        return float("nan"), float("nan"), undefined
    tail = (1 - confidence) / 2
    if expanded:
        tail = float(norm.cdf(sqrt(n / (n - 1)) * t.ppf(tail, n - 1)))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high), undefined


def _by_patterns(ratings: Ratings, replicates: int, confidence: float, seed: int) -> tuple[float, float]:
    """Bounds for two values: how often each pattern of votes comes, drawn from its posterior.

    With two values every level of measurement gives the same alpha. Units of m raters have m + 1 patterns; each has
    half a unit beforehand, in the proportion in which units have m raters.
    """
    paired = ratings.counts[ratings.raters >= 2].astype(np.int64)
    n, sizes = len(paired), paired.sum(axis=1)
    many = np.concatenate([np.full(m + 1, m) for m in np.unique(sizes)])
    second = np.concatenate([np.arange(m + 1) for m in np.unique(sizes)])
    seen, other = (
        [int(((sizes == m) & (paired[:, value] == j)).sum()) for m, j in zip(many, second, strict=True)]
        for value in (1, 0)
    )
    seen = max(seen, other)  # whichever of the two values is named first, the draws are the same
    prior = 0.5 * np.array([(sizes == m).mean() for m in many])
    drawn = np.random.default_rng(seed).dirichlet(np.asarray(seen) + prior, replicates) * n
    observed = drawn @ (2 * second * (many - second) / (many - 1))
    totals = drawn @ np.column_stack([many - second, second])
    alphas = _alpha_of(observed, 2 * totals[:, 0] * totals[:, 1], totals.sum(axis=1))
    low, high, _ = _bounds(alphas, n, confidence)
    return low, high


def _by_share_of_units(ratings: Ratings, value: float, n: int, confidence: float) -> tuple[float, float]:
    """Bounds where every draw is alike: from how few or how many units could disagree after all."""
    counts = ratings.counts[ratings.raters >= 2]
    disagreeing = int(((counts > 0).sum(axis=1) > 1).sum())
    share = wilson(max(round(n * disagreeing / len(counts)), min(disagreeing, 1)), n, level=confidence)
    if disagreeing == 0:
        totals = counts.sum(axis=0)
        pairs = float(totals.sum()) * (totals.sum() - 1)
        by_chance = 1 - float((totals * (totals - 1)).sum()) / pairs
        return max(-1.0, 1 - share.high / by_chance), 1.0
    return max(-1.0, 1 - (1 - value) * share.high / share.estimate), 1 - (1 - value) * share.low / share.estimate
