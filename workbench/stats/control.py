"""A control limit: how far apart weeks usually are, learnt from weeks that went by.

A test says that two sets differ by more than chance. In real traffic two weeks always do: holidays, campaigns, who
happened to write. What calls somebody to the desk is a change beyond that, so the distance of the newest week is held
against the distances that past weeks had, mean and three standard deviations (Shewhart 1931). The distance is that of
the mean vectors, with what chance adds at the sizes at hand taken out and put in again, so that a thin week is not
taken for an odd one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
DEVIATIONS = 3


@dataclass(frozen=True)
class Centre:
    """The mean of some vectors.

    Attributes:
        mean: (d,).
        chance: How far it lies from the true mean by chance, squared, on average; whole sessions drawn.
        n: Vectors.
        sessions: Sessions.
    """

    mean: Floats = field(repr=False)
    chance: float
    n: int
    sessions: int


def centre(vectors: ArrayLike, sessions: ArrayLike | None = None) -> Centre:
    """Give the mean of vectors, of which those of a session go together.

    Args:
        vectors: (n, d), n at least 1.
        sessions: (n,) the session of each; each its own if not given.
    """
    x = np.asarray(vectors, dtype=np.float64)
    n = len(x)
    mean = x.mean(axis=0)
    if sessions is None:
        place = np.arange(n)
    else:
        place = np.unique(np.asarray(sessions), return_inverse=True)[1].ravel()
    many = int(place.max()) + 1
    if many < 2:
        return Centre(mean, np.nan, n, many)
    sums = np.zeros((many, x.shape[1]))
    np.add.at(sums, place, x - mean)
    # the cluster-robust variance of a mean (Liang & Zeger 1986), over all dimensions
    chance = float((sums**2).sum()) / n**2 * many / (many - 1)
    return Centre(mean, chance, n, many)


def merged(parts: Sequence[Centre]) -> Centre:
    """The mean of several sets together, each drawn for itself: what differs between them is no chance."""
    n = sum(part.n for part in parts)
    shares = [part.n / n for part in parts]
    mean = sum((share * part.mean for share, part in zip(shares, parts, strict=True)), np.zeros_like(parts[0].mean))
    chance = sum(share**2 * part.chance for share, part in zip(shares, parts, strict=True))
    return Centre(mean, float(chance), n, sum(part.sessions for part in parts))


def apart(first: Centre, second: Centre, *, chance: float | None = None) -> float:
    """Give the distance of two means.

    Args:
        first: One.
        second: The other.
        chance: What chance adds to its square at the sizes that it is to be told at; at their own if not given.
    """
    own = first.chance + second.chance
    square = float(((first.mean - second.mean) ** 2).sum())
    return float(np.sqrt(max(square - own + (own if chance is None else chance), 0.0)))


@dataclass(frozen=True, slots=True)
class Limit:
    """What is usual.

    Attributes:
        mean: Of past values.
        sd: Their standard deviation.
        high: Mean and three standard deviations; what lies above is not usual.
        n: Values.
    """

    mean: float
    sd: float
    high: float
    n: int


def limit(values: Sequence[float], *, deviations: float = DEVIATIONS) -> Limit:
    """Learn a limit from past values, at least two.

    With eight values the standard deviation is not well known: a value like the others goes beyond in 1.3% of cases
    (Student's t with seven degrees of freedom), not in one of 740.

    >>> found = limit([1.0, 2.0, 3.0])
    >>> found.mean, found.sd, found.high
    (2.0, 1.0, 5.0)
    """
    given = np.asarray(values, dtype=np.float64)
    mean, sd = float(given.mean()), float(given.std(ddof=1))
    return Limit(mean, sd, mean + deviations * sd, len(given))
