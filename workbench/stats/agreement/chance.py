"""Coefficients for any number of annotators that take their idea of chance from the pooled values.

Gwet's AC1 and AC2, Fleiss' kappa, Conger's kappa, Brennan and Prediger's (PABAK for two values), all with missing
ratings and with weights between values, and with Gwet's standard errors by linearisation. Formulas: Gwet (2014),
"Handbook of Inter-Rater Reliability", 4th ed., chapters 2-5.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from workbench.stats.agreement.ratings import Floats, Ints, Ratings

NO_VARIATION = "no variation"
NO_PAIRS = "no item was labelled by two annotators"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient, the units it rests on, and why it is nan where it is.

    Attributes:
        name: Which coefficient.
        value: Its value; nan where it is not defined.
        n: Units it rests on.
        reason: Why it is not defined.
        error: Its standard error, where one is known.
        chance: The agreement that chance would give, where the coefficient has one.
    """

    name: str
    value: float
    n: int
    reason: str | None = None
    error: float | None = None
    chance: float | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.reason or f'{self.value:.2f}'}, n {self.n:,}"


def weights(kind: str, n_values: int) -> Floats:
    """Give the weights of partial agreement, values × values.

    Args:
        kind: identity, linear, quadratic or ordinal (by the number of pairs of values in between).
        n_values: How many values the rubric has.

    Raises:
        ValueError: The kind is none of those.
    """
    steps = np.abs(np.subtract.outer(np.arange(n_values), np.arange(n_values))).astype(np.float64)
    if kind == "identity" or n_values < 2:
        return np.eye(n_values)
    if kind == "linear":
        return 1 - steps / (n_values - 1)
    if kind == "quadratic":
        return 1 - (steps / (n_values - 1)) ** 2
    if kind == "ordinal":
        pairs = steps * (steps + 1) / 2
        return np.asarray(1 - pairs / pairs.max())
    raise ValueError(f"weights are identity, linear, quadratic or ordinal, got {kind!r}")


def percent(ratings: Ratings, weight: Floats | None = None) -> Coefficient:
    """Give raw agreement: the share of pairs of annotators that agree, averaged over units rated twice or more.

    This is the average over units, as with Fleiss and Gwet; Krippendorff's own gives units with more raters more say.
    """
    per_unit = _pairwise(ratings.counts, _identity(ratings, weight))
    paired = ratings.raters >= 2
    n = int(paired.sum())
    if n == 0:
        return Coefficient("percent", float("nan"), 0, NO_PAIRS)
    return Coefficient("percent", float(per_unit[paired].mean()), n)


def gwet(ratings: Ratings, weight: Floats | None = None) -> Coefficient:
    """Give Gwet's AC1, or AC2 with weights; the number of values is that of the ratings' declared values.

    It stays high where failures are rare; read it beside the agreement on the failures.
    """
    w = _identity(ratings, weight)
    pool = _pool(ratings)
    q = len(ratings.values)
    if q < 2:
        return _undefined("AC2" if weight is not None else "AC1", ratings)
    scale = w.sum() / (q * (q - 1))
    chance = float(scale * (pool * (1 - pool)).sum())
    pull = scale * (ratings.counts @ (1 - pool))
    return _corrected("AC2" if weight is not None else "AC1", ratings, w, chance, pull)


def fleiss(ratings: Ratings, weight: Floats | None = None) -> Coefficient:
    """Give Fleiss' kappa (Scott's pi for two annotators), generalised to units with unequal numbers of ratings."""
    w = _identity(ratings, weight)
    pool = _pool(ratings)
    chance = float(pool @ w @ pool)
    pull = ratings.counts @ ((w @ pool + w.T @ pool) / 2)
    return _corrected("fleiss", ratings, w, chance, pull)


def brennan_prediger(ratings: Ratings, weight: Floats | None = None) -> Coefficient:
    """Give Brennan and Prediger's kappa: chance gives every value alike. For two values this is PABAK."""
    w = _identity(ratings, weight)
    if len(ratings.values) < 2:
        return _undefined("brennan_prediger", ratings)
    return _corrected("brennan_prediger", ratings, w, float(w.sum() / len(ratings.values) ** 2), None)


def conger(ratings: Ratings, weight: Floats | None = None) -> Coefficient:
    """Give Conger's kappa: Cohen's for more than two annotators, each with shares of values of their own."""
    w = _identity(ratings, weight)
    table = ratings.marginals()
    given = table.sum(axis=1)
    table, given = table[given > 0], given[given > 0]
    r = len(table)
    if r < 2 or ratings.n_paired == 0:
        return Coefficient("conger", float("nan"), ratings.n_paired, NO_PAIRS)
    shares = table / given[:, None]
    mean = shares.mean(axis=0)
    spread = (shares.T @ shares - r * np.outer(mean, mean)) / (r - 1)
    chance = float((w * (np.outer(mean, mean) - spread / r)).sum())
    found = _corrected("conger", ratings, w, chance, None)
    return Coefficient("conger", found.value, found.n, found.reason, None, chance)  # its error needs more than this


def krippendorff_analytic(ratings: Ratings, weight: Floats | None = None) -> Coefficient:
    """Give alpha with Gwet's standard error; with identity weights it equals nominal alpha.

    Weights are not Krippendorff's ordinal metric: for ordinal ratings use ``alpha``.
    """
    w = _identity(ratings, weight)
    counts = ratings.counts[ratings.raters >= 2]
    n = len(counts)
    if n == 0:
        return Coefficient("alpha", float("nan"), 0, NO_PAIRS)
    raters = counts.sum(axis=1)
    mean = raters.mean()
    tiny = 1 / raters.sum()
    agreeing = (counts * (counts @ w.T - 1)).sum(axis=1) / (mean * (raters - 1))
    observed = (1 - tiny) * agreeing.mean() + tiny
    pool = (counts / mean).mean(axis=0)
    chance = float(pool @ w @ pool)
    if chance >= 1:
        return Coefficient("alpha", float("nan"), n, NO_VARIATION)
    value = (observed - chance) / (1 - chance)
    uneven = (raters - mean) / mean
    large = (agreeing.mean() - chance) / (1 - chance)  # without the correction for small samples
    pull = counts @ ((w @ pool + w.T @ pool) / 2) / mean - chance * uneven
    own = agreeing - observed * uneven - 2 * (1 - large) * (pull - chance)
    error = _error((own - chance) / (1 - chance), large, n)
    return Coefficient("alpha", float(value), n, None, error, chance)


def _corrected(name: str, ratings: Ratings, w: Floats, chance: float, pull: Floats | None) -> Coefficient:
    """(observed - chance) / (1 - chance), with its standard error over the units that were rated at all."""
    paired = ratings.raters >= 2
    n = int(paired.sum())
    if n == 0:
        return Coefficient(name, float("nan"), 0, NO_PAIRS)
    if (ratings.counts[paired].sum(axis=0) > 0).sum() < 2 or chance >= 1:
        return Coefficient(name, float("nan"), n, NO_VARIATION)
    per_unit = _pairwise(ratings.counts, w)
    value = (float(per_unit[paired].mean()) - chance) / (1 - chance)
    rated = ratings.raters >= 1
    total = int(rated.sum())
    part = (total / n) * np.where(paired, per_unit - chance, 0.0) / (1 - chance)
    if pull is not None:
        part = part - 2 * (1 - value) * (pull / np.maximum(ratings.raters, 1) - chance) / (1 - chance)
    return Coefficient(name, value, n, None, _error(part[rated], value, total), chance)


def _error(parts: Floats, value: float, n: int) -> float | None:
    return sqrt(float(((parts - value) ** 2).sum()) / (n * (n - 1))) if n > 1 else None


def _pairwise(counts: Ints, w: Floats) -> Floats:
    """The share of agreeing pairs in each unit; 0 where there is no pair."""
    raters = counts.sum(axis=1)
    agreeing = (counts * (counts @ w.T - 1)).sum(axis=1)
    return np.asarray(agreeing / np.maximum(raters * (raters - 1), 1))


def _pool(ratings: Ratings) -> Floats:
    """The share of each value, each unit that was rated at all having the same say."""
    rated = ratings.raters >= 1
    if not rated.any():
        return np.zeros(len(ratings.values))
    return np.asarray((ratings.counts[rated] / ratings.raters[rated, None]).mean(axis=0))


def _identity(ratings: Ratings, weight: Floats | None) -> Floats:
    return np.eye(len(ratings.values)) if weight is None else weight


def _undefined(name: str, ratings: Ratings) -> Coefficient:
    n = ratings.n_paired
    return Coefficient(name, float("nan"), n, NO_VARIATION if n else NO_PAIRS)
