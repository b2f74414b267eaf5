"""Who disagrees, and about what: annotators, units, and the pairs of values that get mixed up."""

from dataclasses import dataclass

import numpy as np

from workbench.stats.agreement.alpha import coincidences
from workbench.stats.agreement.ratings import Floats, Ratings


@dataclass(frozen=True, slots=True)
class Bias:
    """How an annotator's use of the values differs from that of the others on the same units.

    Attributes:
        distance: Half the sum of absolute differences of shares (total variation), 0 to 1.
        value: Index of the value given more often than others give it, by the largest margin.
        excess: By how much, as a difference of shares.
        p: Chi-square test of the annotator's values against the others'; nan where it cannot be made. The ratings of
            one unit go together, so it errs on the side of seeing no difference.
    """

    distance: float
    value: int
    excess: float
    p: float


def mean_disagreement(ratings: Ratings) -> Floats:
    """Give, per annotator, in how many of the comparisons with another annotator of a unit the values differ.

    A share of all those comparisons; nan for who shares no unit with anybody.
    """
    others = ratings.raters[ratings.unit] - 1
    apart = ratings.raters[ratings.unit] - ratings.counts[ratings.unit, ratings.value]
    n = np.bincount(ratings.annotator, weights=others, minlength=len(ratings.annotators))
    total = np.bincount(ratings.annotator, weights=apart, minlength=len(ratings.annotators))
    return np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)


def unit_agreement(ratings: Ratings) -> Floats:
    """Give, per unit, the share of pairs of annotators that agree; nan where fewer than two rated it."""
    counts, raters = ratings.counts, ratings.raters
    pairs = raters * (raters - 1)
    agreeing = (counts * (counts - 1)).sum(axis=1)
    return np.divide(agreeing, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def confused(ratings: Ratings) -> list[tuple[int, int, float, float]]:
    """Give the pairs of values that were given to the same units, most often first.

    Returns:
        The two values, how often (with two annotators, on how many units), and the share of all disagreement.
    """
    observed = coincidences(ratings.counts)
    first, second = np.triu_indices(len(observed), 1)
    often = (observed[first, second] + observed[second, first]) / 2
    total = often.sum()
    order = np.argsort(-often, kind="stable")
    return [
        (int(first[i]), int(second[i]), float(often[i]), float(often[i] / total)) for i in order if often[i] > 1e-12
    ]


def bias(ratings: Ratings) -> list[Bias | None]:
    """Give each annotator's bias; None for who shares no unit with anybody."""
    from scipy.stats import chi2

    width = len(ratings.values)
    shared = ratings.raters[ratings.unit] >= 2
    others = (ratings.counts[ratings.unit] - np.eye(width)[ratings.value]) / np.maximum(
        ratings.raters[ratings.unit] - 1, 1
    )[:, None]
    found: list[Bias | None] = []
    for annotator in range(len(ratings.annotators)):
        chosen = shared & (ratings.annotator == annotator)
        n = int(chosen.sum())
        if n == 0:
            found.append(None)
            continue
        own = np.bincount(ratings.value[chosen], minlength=width) / n
        expected = others[chosen].mean(axis=0)
        excess = own - expected
        pool = (own + expected) / 2
        used = pool > 0
        statistic = n * float(((own - expected)[used] ** 2 / (2 * pool[used])).sum())
        p = float(chi2.sf(statistic, used.sum() - 1)) if used.sum() > 1 else float("nan")
        most = int(np.argmax(excess))
        found.append(Bias(float(np.abs(excess).sum() / 2), most, float(excess[most]), p))
    return found
