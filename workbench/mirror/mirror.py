"""The mirror itself: the parts put together, and the word for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.mirror.modes import ENOUGH, TARGET, Modes, Production, modes
from workbench.mirror.releases import validity
from workbench.mirror.report import MirrorReport
from workbench.mirror.signs import apart_from_production, old, read_signs, stuck, thin_safety
from workbench.mirror.slices import Reweighted
from workbench.mirror.words import sentences
from workbench.stats.proportions import Interval, wilson
from workbench.stats.sampling import WeightedShare, weighted_shares

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame


@dataclass(frozen=True)
class TheSet:
    """What is known of the set.

    Attributes:
        failing: The failure modes of each case that tests for one; an empty list is other or new.
        passing: Cases that test for none.
        unplaced: Cases of which it is not known.
        sealed: Cases that are sealed.
        edges: Cases of the edge set by kind.
        days: Since the newest version was frozen.
        captured: Days since half of the cases had been captured.
        of: Which set it is.
    """

    failing: Sequence[Sequence[str]] = field(repr=False)
    passing: int
    unplaced: int
    sealed: int
    edges: Mapping[str, int]
    days: int | None
    captured: int | None
    of: str


def mirror(
    production: Production, held: TheSet, releases: DataFrame, *, source: str, rates: Reweighted | None = None,
    fresh: np.ndarray | None = None, fresh_words: str = "fresh traffic", grave: Sequence[str] = (), population: int = 0,
    target: float = TARGET, enough: int = ENOUGH, level: float = 0.95, seed: int = 0, notices: Sequence[str] = (),
) -> MirrorReport:  # fmt: skip
    """Set the failures of a set against production's.

    Args:
        production: What people found in traffic.
        held: What is known of the set.
        releases: One row per release, see ``validity``.
        source: Where the releases' online failures come from.
        rates: The newest score.
        fresh: (n,) whether each trace of production is of the newest weeks.
        fresh_words: What to call those.
        grave: Failures of severity 5 that were seen.
        population: Traces that the shares stand for.
        target: The share of production's failures that should be covered.
        enough: Cases from which a failure counts as covered.
        level: Of the intervals.
        seed: Source of chance.
        notices: What a reader should know besides.
    """
    found = modes(production, held.failing, enough=enough, level=level, seed=seed)
    over = validity(releases, source=source, level=level)
    counts = dict(zip(found.frame["mode"], found.frame["cases"], strict=True))
    raw = rates.raw if rates is not None else wilson(0, 0)
    signs = (
        stuck(over.frame, level=level),
        old(held.days, held.captured),
        thin_safety(held.edges, {name: int(counts.get(name, 0)) for name in grave}, enough=enough, sealed=held.sealed),
        apart_from_production(raw, _fresh(production, fresh, level), fresh=fresh_words),
    )
    verdict, reason = _verdict(found, target)
    made = MirrorReport(
        verdict, reason, found, rates, over, read_signs(signs), held.of, held.sealed, held.passing, held.unplaced,
        production.weighted, population, target, enough, level, tuple(notices),
    )  # fmt: skip
    return replace(made, sentences=sentences(made))


def _verdict(found: Modes, target: float) -> tuple[str, str | None]:
    if found.failures == 0:
        return "undecided", "no_failures"
    covered: Interval = found.coverage
    if covered.high < target:
        return "behind", None
    if covered.low >= target:
        return "covers", None
    return "undecided", "no_cases" if found.cases == 0 else "straddles"


def _fresh(production: Production, fresh: np.ndarray | None, level: float) -> WeightedShare | None:
    """The share of fresh traces that passed."""
    if fresh is None or production.design is None or not fresh.any():
        return None
    [found] = weighted_shares(~production.failed[:, None], production.design, domain=fresh, level=level)
    return found
