"""Failure by failure: its share of production's failures, its share of the cases, and whether there are enough cases.

A failing trace counts once however many codes it has: with three, a third for each. What failed without a code is
*other or new*, in production as in the set: a taxonomy that leaves much of production there is the first thing to mend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.stats.correlation import Order, same_order
from workbench.stats.divergence import Divergence
from workbench.stats.mixes import apart, log2_ratio, worth
from workbench.stats.multiplicity import adjusted
from workbench.stats.overlap import rank_biased_overlap
from workbench.stats.proportions import Interval
from workbench.stats.sampling import Design, WeightedShare, weighted_shares, wilson_on

if TYPE_CHECKING:
    from pandas import DataFrame

ENOUGH = 5
"""Cases of a failure from which it counts as covered: statistics.md 8.1, our own default."""
TARGET = 0.9
"""The share of production's failures that should be covered: the same."""
DISCOVERY = 0.10
"""Of the failures called over- or under-represented, the share that may be so by chance (Benjamini & Hochberg)."""
OTHER = "other or new"
COLUMNS = (
    "mode", "n", "share", "low", "high", "cases", "case_share", "case_low", "case_high", "log2", "log2_low",
    "log2_high", "p", "p_bh", "state", "covered",
)  # fmt: skip


@dataclass(frozen=True)
class Production:
    """What people found in the traces they read.

    Attributes:
        codes: (K,) names of the codes.
        has: (n, K) whether each trace has each code.
        failed: (n,) whether it failed.
        inside: (n,) whether it is of the window that is asked about.
        design: How the traces were drawn; None where none was read.
        weighted: Whether the shares stand for the traffic, and not only for what was read.
    """

    codes: tuple[str, ...]
    has: np.ndarray = field(repr=False)
    failed: np.ndarray = field(repr=False)
    inside: np.ndarray = field(repr=False)
    design: Design | None = field(repr=False)
    weighted: bool

    @property
    def failures(self) -> int:
        """Failing traces of the window."""
        return int((self.failed & self.inside).sum())


@dataclass(frozen=True)
class Modes:
    """The failures of production and of the set.

    Attributes:
        frame: One row per failure, those without a case first, then by their share of production: mode, n (failing
            traces read), share of production's failures with low and high, cases, case_share with its bounds, log2 of
            case_share over share with its bounds, p, p_bh, state (over, under, as it is, cannot tell) and covered.
        coverage: The share of production's failures whose mode has enough cases.
        uncovered: The share of production's failures whose mode has no case.
        distance: How far the two mixes are apart; groups are the units that chance was played with.
        order: How far both put the failures in the same order.
        overlap: Rank-biased overlap of the two orders, the top weighing most; nan where a side has no failure.
        failures: Failing traces behind it.
        worth: The size of a simple random sample that would know production's mix as well.
        cases: Cases of a failure.
    """

    frame: DataFrame = field(repr=False)
    coverage: Interval
    uncovered: Interval
    distance: Divergence
    order: Order
    overlap: float
    failures: int
    worth: float
    cases: int

    @property
    def missing(self) -> tuple[str, ...]:
        """Failures of production that no case tests for, the most frequent first."""
        frame = self.frame
        return tuple(frame.loc[(frame["cases"] == 0) & (frame["share"] > 0), "mode"])

    def of(self, state: str) -> tuple[str, ...]:
        """The failures in a state: over, under, as it is or cannot tell."""
        return tuple(self.frame.loc[self.frame["state"] == state, "mode"])


def modes(
    production: Production, cases: Sequence[Sequence[str]], *, enough: int = ENOUGH, level: float = 0.95,
    replicates: int = 2000, seed: int = 0,
) -> Modes:  # fmt: skip
    """Set the failures of production against those of the set.

    Args:
        production: What people found.
        cases: The failure modes of each case that tests for one; an empty list is other or new.
        enough: Cases from which a failure counts as covered.
        level: Of the intervals.
        replicates: Draws behind the p-value of the distance.
        seed: Source of chance.
    """
    import pandas as pd

    held = [tuple(dict.fromkeys(each)) or (OTHER,) for each in cases]
    names = [*production.codes, *(mode for mode in dict.fromkeys(m for each in held for m in each))]
    names = list(dict.fromkeys([*(name for name in names if name != OTHER), OTHER]))
    parts, found = _of_production(production, names, level)
    counted = {name: sum(name in each for each in held) for name in names}
    whole = {name: sum(1 / len(each) for each in held if name in each) for name in names}
    kept = [at for at, name in enumerate(names) if parts[:, at].any() or counted[name]]
    size = worth([found[at] for at in kept])
    rows = []
    for at in kept:
        name, share = names[at], found[at]
        case_share = whole[name] / len(held) if held else float("nan")
        low, high = wilson_on(case_share, len(held), level=level) if held else (0.0, 1.0)
        known = min(share.effective_n, size) if production.failures else 0.0
        ratio = log2_ratio(whole[name], len(held), share.estimate * known, known, level=level)
        rows.append(
            {
                "mode": name, "n": int((parts[:, at] > 0).sum()), "share": share.estimate, "low": share.low,
                "high": share.high, "cases": counted[name], "case_share": case_share, "case_low": low,
                "case_high": high, "log2": ratio.estimate, "log2_low": ratio.low, "log2_high": ratio.high, "p": ratio.p,
                "covered": counted[name] >= enough,
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in ("p_bh", "state")])
    frame = frame.assign(p_bh=adjusted(frame["p"].to_numpy(dtype=float), method="bh") if len(frame) else [])
    frame = frame.assign(state=[_state(row) for row in frame.to_dict("records")])
    frame = frame.assign(gone=(frame["cases"] > 0) | ~(frame["share"] > 0))
    frame = frame.sort_values(["gone", "share", "cases"], ascending=[True, False, False], kind="stable")
    frame = frame[list(COLUMNS)].reset_index(drop=True)
    shares, of_cases = frame["share"].fillna(0).to_numpy(), frame["case_share"].fillna(0).to_numpy()
    both = production.failures > 0 and len(held) > 0
    return Modes(
        frame,
        _of_modes(production, parts, np.array([counted[name] >= enough for name in names]), level),
        _of_modes(production, parts, np.array([counted[name] == 0 for name in names]), level),
        apart(shares, size if both else 0, of_cases, len(held) if both else 0, replicates=replicates, seed=seed),
        same_order(shares, of_cases, seed=seed) if both else same_order([], []),
        _top(frame) if both else float("nan"),
        production.failures,
        size,
        len(held),
    )


def _of_production(
    production: Production, names: Sequence[str], level: float
) -> tuple[np.ndarray, tuple[WeightedShare, ...]]:
    """The part of each failing trace that falls to each mode, and the modes' shares of all failures."""
    column = {name: at for at, name in enumerate(names)}
    inside = production.failed & production.inside
    parts = np.zeros((len(production.failed), len(names)))
    for k, code in enumerate(production.codes):
        parts[:, column[code]] = production.has[:, k]
    several = parts.sum(axis=1, keepdims=True)
    parts = np.divide(parts, several, out=np.zeros_like(parts), where=several > 0)
    parts[:, column[OTHER]] += production.failed & (several[:, 0] == 0)
    parts *= inside[:, None]
    if production.design is None or not inside.any():
        nothing = WeightedShare(float("nan"), 0.0, 1.0, float("nan"), 0, 0.0, "none", level)
        return parts, (nothing,) * len(names)
    return parts, weighted_shares(parts, production.design, domain=inside, level=level)


def _of_modes(production: Production, parts: np.ndarray, some: np.ndarray, level: float) -> Interval:
    """The share of production's failures that falls to some of the modes."""
    inside = production.failed & production.inside
    if production.design is None or not inside.any():
        return Interval(float("nan"), 0.0, 1.0, 0, "none", level)
    mass = np.minimum(parts @ some.astype(float), 1.0)
    [found] = weighted_shares(mass[:, None], production.design, domain=inside, level=level)
    return Interval(found.estimate, found.low, found.high, found.n, found.method, level)


def _state(row: Mapping[str, object]) -> str:
    p, low, high = (float(row[name]) for name in ("p_bh", "log2_low", "log2_high"))  # type: ignore[arg-type]
    if p <= DISCOVERY:
        return "over" if float(row["log2"]) > 0 else "under"  # type: ignore[arg-type]
    return "as it is" if -1 < low and high < 1 else "cannot tell"


def _top(frame: DataFrame) -> float:
    there = frame[frame["share"] > 0].sort_values("share", ascending=False, kind="stable")["mode"]
    held = frame[frame["cases"] > 0].sort_values("case_share", ascending=False, kind="stable")["mode"]
    return rank_biased_overlap(tuple(there), tuple(held))
