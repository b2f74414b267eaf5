"""How many to draw from each stratum: a random part over everything, the rest by the plan's shares.

What a stratum cannot give goes to the others by their size.
Nothing here looks at a label, so it may be asked again for a larger sample without harm to the estimates.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from workbench.stats.apportion import apportion

LEAST = 2
"""Draws from a stratum that has as many: with one there is no saying how far its rate may be off."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Draws by stratum: as wished, as possible, and how many of those are the random part."""

    target: np.ndarray
    drawn: np.ndarray
    random: np.ndarray


def allocate(
    n: int, population: np.ndarray, units: np.ndarray, shares: np.ndarray, *, random_share: float, n_all: int
) -> Allocation:
    """Say how many to draw from each stratum.

    Args:
        n: Draws in all.
        population: (H,) traces in each stratum.
        units: (H,) groups of near-duplicates in each; each gives one trace as long as that is enough for n.
        shares: (H,) the plan's shares.
        random_share: The least share of ``n_all`` that is random over all strata.
        n_all: Rows of the whole sample, deliberate picks included.

    Returns:
        target sums to n; drawn too unless there are fewer traces; random is the random part of drawn.
    """
    n_random = min(n, ceil(n_all * random_share - 1e-9))
    wished = shares if shares.sum() > 0 else population
    target = apportion(n_random, population.astype(float)) + apportion(n - n_random, wished.astype(float))
    least = np.minimum(LEAST, units)
    while (target < least).any() and (target > least).any():
        target[int(np.argmax(target - least))] -= 1
        target[int(np.argmax(least - target))] += 1
    drawn = fill(np.minimum(target, units), n, units, population)
    drawn = fill(drawn, n, population, population)
    by_chance = apportion(min(n_random, int(drawn.sum())), population.astype(float))
    by_chance = fill(np.minimum(by_chance, drawn), int(by_chance.sum()), drawn, population)
    return Allocation(target, drawn, by_chance)


def further(more: int, drawn: np.ndarray, wanted: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Split further draws among strata so that what is drawn in all comes as near to ``wanted`` as it can."""
    missing = np.maximum(wanted - drawn, 0)
    give = np.minimum(apportion(min(more, int(missing.sum())), missing.astype(float)), missing)
    return fill(give, more, population - drawn, population)


def fill(given: np.ndarray, n: int, most: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Raise numbers to a sum of n by weight, none above its most; less where there is no room."""
    given = given.copy()
    while (left := n - int(given.sum())) > 0 and (room := most - given).any():
        open_ = np.where(room > 0, weight, 0).astype(float)
        given += np.minimum(apportion(left, open_ if open_.sum() > 0 else room.astype(float)), room)
    return given
