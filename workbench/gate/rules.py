"""How the gate decides, on plain arrays: said before anybody looks, and measured in ``benchmarks/gate.py``.

The accepted share of good releases that fail, alpha, is shared out, so that it holds whatever is declared:

* Half goes to the comparison with the baseline: mid-p McNemar at alpha two-sided, which is alpha/2 on the side that
  matters and what ``power`` plans for. Without a baseline it goes to the threshold of the whole set.
* Half goes to all slices and further metrics together, corrected by Holm; where there are a baseline and a threshold,
  half of it goes to the threshold. Thresholds are tested by the exact binomial test: Wilson's interval at 95% lies
  below a true rate of 90% in 4 of 100 sets of 100, not in 2.5.

A pass has to be shown, not only not refuted: Bonett & Price's lower bound of the difference above -margin, Wilson's
lower bound at the threshold, and the same of every critical slice. Shown to be good enough goes before shown to be
worse: a loss that is real and within the margin was allowed by the contract. For the same reason a slice fails against
the baseline only where its loss is real and, as observed, beyond the margin; else a small loss that the contract allows
everywhere would fail one slice or another of any large set. What is neither is undecided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from workbench.gate.measures import Level, below, compare, lost_more, points, rate
from workbench.stats.multiplicity import adjusted
from workbench.stats.paired import Pairs
from workbench.stats.proportions import Interval

HOLDS, FAILS, UNKNOWN, UNTESTED = "holds", "fails", "unknown", "untested"
LEAST = 6
"""Cases of a slice below which even losing all of them could be chance: .5 ** 6 is under .025."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tested.

    Attributes:
        kind: overall, baseline, slice or metric.
        name: Of the slice or metric.
        state: holds, fails, unknown or untested.
        demanded: Whether nothing passes unless it holds.
        reason: In words, why.
        rate: The share that passed, with bounds.
        threshold: What it was held against.
        pairs: Against the baseline: first is this run, second the baseline.
        difference: This run minus the baseline, with bounds.
        p: Of the test against the baseline (two-sided for the whole set, one-sided for a slice).
        p_threshold: One-sided, of a slice's threshold.
        p_holm: The smaller of a slice's two, corrected for all slices.
        effect: By how much clusters raise the variance.
    """

    kind: str
    name: str
    state: str
    demanded: bool
    reason: str = ""
    rate: Interval | None = None
    threshold: float | None = None
    pairs: Pairs | None = None
    difference: Interval | None = None
    p: float = nan
    p_threshold: float = nan
    p_holm: float = nan
    effect: float = 1.0


@dataclass(frozen=True, slots=True)
class Shares:
    """How alpha is shared out, each on the side that matters."""

    baseline: float
    threshold: float
    others: float


def shared(alpha: float, *, baseline: bool, threshold: bool, others: bool) -> Shares:
    """Share alpha out over what is declared."""
    half = alpha / 2
    if not (baseline and threshold):
        return Shares(half, half, half)
    return Shares(half, half / 2 if others else half, half / 2)


def against_threshold(
    now: np.ndarray, threshold: float, level: Level, share: float, groups: np.ndarray | None = None
) -> Check:
    """The whole set against its threshold: the exact test decides what fails, Wilson's interval what passes."""
    found, effect = rate(now, level, groups)
    state, reason = _held(found, threshold, level)
    if state == UNKNOWN and below(now, threshold, level, groups) <= share:
        state, reason = FAILS, _missed(found, threshold)
    return Check("overall", "overall", state, True, reason, rate=found, threshold=threshold, effect=effect)


def _missed(found: Interval, threshold: float) -> str:
    """In words, that a rate lies surely below its threshold."""
    if threshold >= 1:
        return f"{round(found.n * (1 - found.estimate)):,} of {found.n:,} failed where none may"
    return f"{found} lies below {100 * threshold:g}%"


def _held(found: Interval, threshold: float, level: Level) -> tuple[str, str]:
    if found.n == 0:
        return UNKNOWN, "no case has a verdict"
    if threshold >= 1:  # no interval reaches 1: where no failure may be, none seen is what can be asked
        failed = round(found.n * (1 - found.estimate))
        return (HOLDS, f"none of {found.n:,} failed") if not failed else (UNKNOWN, "")
    needed = threshold - level.slack
    if found.low >= needed:
        return HOLDS, f"{found} is at least {100 * needed:g}%"
    chance = ", and being below it may be chance" if found.high < threshold else ""
    return UNKNOWN, f"{found} does not show {100 * needed:g}%{chance}"


def against_baseline(now: np.ndarray, before: np.ndarray, level: Level, groups: np.ndarray | None = None) -> Check:
    """The whole set against the baseline: the interval decides what passes, the test what fails."""
    pairs, found, p, effect = compare(now, before, level, groups)
    words = f"{points(found)}, {pairs.second:,} lost and {pairs.first:,} gained of {pairs.n:,}"
    if pairs.n == 0:
        state, reason = UNKNOWN, "no case has a verdict in both runs"
    elif found.low > -level.margin:
        state, reason = HOLDS, f"not worse than the baseline by {100 * level.margin:g} points: {words}"
    elif p <= level.alpha and pairs.second > pairs.first:
        state, reason = FAILS, f"worse than the baseline: {words}"
    else:
        state, reason = UNKNOWN, f"may be worse than the baseline by {100 * level.margin:g} points: {words}"
    return Check("baseline", "baseline", state, True, reason, pairs=pairs, difference=found, p=p, effect=effect)


def check_slices(
    now: np.ndarray,
    before: np.ndarray | None,
    members: Mapping[str, np.ndarray],
    thresholds: Mapping[str, float | None],
    level: Level,
    share: float,
    *,
    critical: frozenset[str] = frozenset(),
    only_critical: bool = False,
    groups: np.ndarray | None = None,
    further: Mapping[str, tuple[np.ndarray, float, bool]] | None = None,
) -> list[Check]:
    """Each slice against its threshold and the baseline, and further thresholds, all corrected together by Holm.

    Args:
        now: This run's verdicts.
        before: The baseline's; None without one.
        members: Which cases belong to each slice.
        thresholds: What each slice has to reach; None for nothing.
        level: By which tests.
        share: Of alpha, for all of them together.
        critical: Slices that have to be shown to hold.
        only_critical: Leave the others untested (trip-wires).
        groups: The cluster of each case.
        further: Other metrics: verdicts, threshold, and whether nothing passes unless it holds.
    """
    tested, p_values = [], []
    for name, member in members.items():
        part = now[member]
        old = None if before is None else before[member]
        of = None if groups is None else groups[member]
        found, effect = rate(part, level, of)
        made = (not only_critical or name in critical) and (found.n >= LEAST or name in critical)
        threshold = thresholds.get(name)
        p_threshold = below(part, threshold, level, of) if made and threshold is not None else nan
        pairs, gap, p = None, None, nan
        if old is not None:
            pairs, gap, _, _ = compare(part, old, level, of)
            p = lost_more(part, old, pairs, level, of) if made else nan
        tested.append((name, made, found, threshold, pairs, gap, p, p_threshold, effect))
        p_values += [p, p_threshold]
    others = dict(further or {})
    p_values += [below(values, threshold, level, groups) for values, threshold, _ in others.values()]
    corrected = adjusted(p_values)
    checks = []
    for at, (name, made, found, threshold, pairs, gap, p, p_threshold, effect) in enumerate(tested):
        of_baseline, of_threshold = corrected[2 * at : 2 * at + 2]
        state, reason = _slice_state(made, found, threshold, gap, of_baseline, of_threshold, level, share)
        least = np.nanmin([of_baseline, of_threshold]) if made and (p == p or p_threshold == p_threshold) else nan
        checks.append(
            Check(
                "slice", name, state, name in critical, reason, rate=found, threshold=threshold, pairs=pairs,
                difference=gap, p=p, p_threshold=p_threshold, p_holm=float(least), effect=effect,
            )
        )  # fmt: skip
    for at, (name, (values, threshold, demanded)) in enumerate(others.items()):
        found, effect = rate(values, level, groups)
        state, reason = _held(found, threshold, level)
        own = float(corrected[2 * len(tested) + at])
        if state == UNKNOWN and own <= share:
            state, reason = FAILS, _missed(found, threshold)
        checks.append(
            Check("metric", name, state, demanded, reason, rate=found, threshold=threshold, p_holm=own, effect=effect)
        )
    return checks


def _slice_state(
    made: bool,
    found: Interval,
    threshold: float | None,
    gap: Interval | None,
    of_baseline: float,
    of_threshold: float,
    level: Level,
    share: float,
) -> tuple[str, str]:
    if not made or (threshold is None and gap is None):
        return UNTESTED, ""
    if threshold is not None and of_threshold <= share:
        return FAILS, _missed(found, threshold)
    spared = gap is not None and gap.low > -level.margin
    if of_baseline <= share and gap is not None and gap.estimate < -level.margin and not spared:
        return FAILS, f"worse than the baseline: {points(gap)}, n {found.n:,}"
    if threshold is not None:
        return _held(found, threshold, level)
    if spared:
        return HOLDS, f"not worse than the baseline by {100 * level.margin:g} points: {points(gap)}"
    return UNKNOWN, f"may be worse than the baseline by {100 * level.margin:g} points: {points(gap)}"
