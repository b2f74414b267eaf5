"""How many more cases would decide, if the rates stay as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import ceil

from scipy.stats import norm

from workbench.gate.measures import Level
from workbench.gate.rules import UNKNOWN, Check
from workbench.stats import power

NEAREST = 0.005
"""A rate this near to its threshold is not worth the cases that would settle it."""
ANYTIME = 1.6  # times the cases of a fixed n for the same power; reference: Ville's bound, measured


@dataclass(frozen=True)
class Needed:
    """What would decide, and what this set can see.

    Attributes:
        n_needed: How many more cases decide with 80% power; 0 where it is decided, None where no number would.
        reason: Why there is none.
        checks: More cases by what is undecided; those of a slice have to be of that slice.
        n: Cases that were compared, or had a verdict.
        discordance: Share of cases on which the runs differ; None without a baseline.
        mde: The smallest change that a set like this sees with 80% power; None where it cannot be said.
        recommended: Cases that a margin takes at this discordance; None without a baseline.
    """

    n_needed: int | None
    reason: str | None
    checks: dict[str, int | None] = field(default_factory=dict)
    n: int = 0
    discordance: float | None = None
    mde: float | None = None
    recommended: int | None = None


def needed(checks: Iterable[Check], level: Level, *, decided: bool, reason: str | None = None) -> Needed:
    """Say how many more cases would decide.

    Args:
        checks: Everything that was tested.
        level: By which tests.
        decided: Whether the verdict is pass or fail.
        reason: Why more cases would not help, where that is known.
    """
    found = list(checks)
    seen = _seen(found, level)
    if decided:
        return replace(seen, n_needed=0)
    if reason is not None:
        return replace(seen, reason=reason)
    more = {check.name: _more(check, level) for check in found if check.demanded and check.state == UNKNOWN}
    hopeless = [name for name, each in more.items() if each is None]
    if hopeless or not more:
        why = f"{hopeless[0]} lies on its threshold; no number of cases settles that soon" if hopeless else None
        return replace(seen, reason=why or "nothing that was declared is undecided", checks=more)
    return replace(seen, n_needed=max(each for each in more.values() if each is not None), checks=more)


def _seen(checks: list[Check], level: Level) -> Needed:
    """What this set can see, as yet without what it lacks."""
    for check in checks:
        if check.kind == "baseline" and check.pairs is not None and check.pairs.n:
            psi = _discordance(check)
            n = check.pairs.n / check.effect
            size = power.paired(level.margin, max(psi, level.margin), alpha=level.alpha) * check.effect
            mde = power.mde_paired(max(1, round(n)), psi, alpha=level.alpha)
            return Needed(None, None, {}, check.pairs.n, check.pairs.discordance, mde, ceil(size))
    for check in checks:
        if check.kind == "overall" and check.rate is not None and check.rate.n:
            target = min(max(check.threshold or check.rate.estimate, 0.01), 0.99)
            n = max(1, round(check.rate.n / check.effect))
            return Needed(None, None, {}, check.rate.n, None, power.mde_one_sample(n, target, alpha=level.alpha))
    return Needed(None, None)


def _discordance(check: Check) -> float:
    """Bonett and Price's estimate of the discordance, which is above 0 also where no pair differs."""
    pairs = check.pairs
    assert pairs is not None
    return min(1.0, (pairs.first + pairs.second + 2) / (pairs.n + 2))


def _more(check: Check, level: Level) -> int | None:
    sizes: list[float] = []
    if check.threshold is not None and check.rate is not None:
        have = check.rate.n
        if have == 0:
            return power.lower_bound(check.threshold, 1.0) if check.threshold < 1 else 1
        share, passes = check.rate.estimate, check.threshold - level.slack
        if share - passes >= NEAREST:
            sizes.append(_of_rate(passes, share, level))
        if check.threshold - share >= NEAREST:
            sizes.append(_of_rate(check.threshold, share, level))
    elif check.pairs is not None:
        have = check.pairs.n
        drop, psi = -check.pairs.difference if have else 0.0, _discordance(check) if have else 0.2
        z = float(norm.ppf(1 - level.alpha / 2)) + float(norm.ppf(power.POWER))
        sizes += [psi * (z / gap) ** 2 for gap in (level.margin - drop, drop) if gap >= NEAREST]
    else:
        return None
    if not sizes:
        return None
    scale = check.effect * (ANYTIME if level.anytime else 1.0)
    return max(1, ceil(min(sizes) * scale) - have)


def _of_rate(target: float, share: float, level: Level) -> float:
    return float(power.one_sample(target, min(max(share, 0.001), 0.999), alpha=level.alpha))
