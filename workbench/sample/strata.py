"""Which strata a frame has: disjoint by their order, none too thin, each group of near-duplicates in one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.sample.allocation import LEAST, allocate


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """A stratum as it meets a frame: who belongs, and why; ``member`` is None where that cannot be told."""

    name: str
    share: float
    member: np.ndarray | None
    reason: "str | np.ndarray" = ""
    missing: str | None = None


def names_of(arms: Sequence[Arm]) -> list[str]:
    """The names of some strata."""
    return [arm.name for arm in arms]


def in_order(arm: Arm, order: np.ndarray) -> Arm:
    """A stratum over the rows in another order."""
    member = None if arm.member is None else np.asarray(arm.member, dtype=bool)[order]
    reason = arm.reason if isinstance(arm.reason, str) else np.asarray(arm.reason, dtype=object)[order]
    return Arm(arm.name, arm.share, member, reason, arm.missing)


def settle(
    arms: list[Arm], unit: np.ndarray, n: int, random_share: float, n_all: int
) -> tuple[list[Arm], np.ndarray, list[str]]:
    """Settle which strata there are: those that cannot be told, are empty or would be too thin go into the rest.

    Returns:
        the strata that stay, (N,) the number of each trace's stratum (their count for the rest), and what was folded.
    """
    folded = [(arm, arm.missing or "it cannot be told") for arm in arms if arm.member is None]
    kept = [arm for arm in arms if arm.member is not None]
    while True:
        home = homes(kept, unit)
        population, units = counts(home, unit, len(kept) + 1)
        thin = [place for place in range(len(kept)) if units[place] < LEAST]
        why = "too few traces are in it alone"
        if not thin and kept and LEAST * int((population > 0).sum()) > n:
            shares = np.asarray([arm.share for arm in kept] + [sum(arm.share for arm, _ in folded)], dtype=float)
            sizes = allocate(n, population, units, shares, random_share=random_share, n_all=n_all)
            thin = [int(np.argmin(sizes.target[:-1]))]
            why = f"{n} draws do not suffice for {LEAST} of each stratum"
        if not thin:
            return kept, home, [f"Stratum “{arm.name}” is folded into the rest: {reason}." for arm, reason in folded]
        for place in reversed(thin):
            arm = kept.pop(place)
            empty = not population[place] and units[place] < LEAST
            met = empty and arm.member is not None and bool(arm.member.any())
            told = "its traces all belong to strata before it" if met else "no trace is in it" if empty else why
            folded.append((arm, told))


def homes(arms: list[Arm], unit: np.ndarray) -> np.ndarray:
    """(N,) the first stratum that any trace of a trace's group meets."""
    home = np.full(int(unit.max()) + 1, len(arms), dtype=np.int64)
    for place in range(len(arms) - 1, -1, -1):
        member = arms[place].member
        assert member is not None
        home[unit[member]] = place
    return home[unit]


def counts(home: np.ndarray, unit: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Traces and groups in each of n strata."""
    first = np.unique(unit, return_index=True)[1]
    return np.bincount(home, minlength=n), np.bincount(home[first], minlength=n)
