"""Signs that a set has had its day, as practice knows them: each says yes, no, or that it cannot be told.

They are rules of thumb with a reason, and none of them decides anything: scores that cannot rise any more while users
fare no better; a set older than the product it tests; next to no case of what must never happen; a benchmark that says
one thing and fresh traffic another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.one_line import one_line
from workbench.stats.mixes import gap
from workbench.stats.proportions import Interval, difference

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.stats.sampling import WeightedShare

STUCK = 0.90
"""The pass rate above which scores that stay there no longer tell releases apart."""
LAST = 3
"""Releases over which they have to stay there."""
NO_BETTER = 0.05
"""The fall of the failure rate that has to be ruled out before users are said to fare no better."""
APART = 0.15
"""The gap between a benchmark and fresh production at which people call the benchmark out of date."""
OLD_DAYS = 182
SAFETY = ("injection", "toxicity", "policy")


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign.

    Attributes:
        name: stuck, old, thin_safety or apart.
        state: yes, no, or cannot tell.
        words: What was found, with its figures.
    """

    name: str
    state: str
    words: str


def stuck(releases: DataFrame, *, level: float = 0.95) -> Sign:
    """Whether scores have stayed over 90% while production fails as before; over the last three releases.

    Args:
        releases: Rows of ``validity``.
        level: Of the intervals.
    """
    last = releases.tail(LAST)
    if len(last) < LAST:
        return Sign("stuck", "cannot tell", f"Releases with a score and traffic: {len(last)}; it takes {LAST}.")
    first, now = last.iloc[0], last.iloc[-1]
    change = difference(
        int(now["failures"]), int(now["traces"]), int(first["failures"]), int(first["traces"]), level=level
    )
    least, surely = 1 - float(last["offline"].max()), 1 - float(last["offline_high"].max())
    words = (
        f"The last {LAST} releases passed {least:.0%} of their cases or more; from the first of them to the last"
        f" production's failure rate went {_points(change)}."
    )
    if least <= STUCK or change.high < 0:
        return Sign("stuck", "no", words)
    return Sign("stuck", "yes" if surely > STUCK and change.low > -NO_BETTER else "cannot tell", words)


def old(days: int | None, captured: int | None) -> Sign:
    """Whether a set is over six months old.

    Args:
        days: Since the newest version was frozen; None where none was.
        captured: Days since half of its cases had been captured; None where they do not say.
    """
    if days is None and captured is None:
        return Sign("old", "cannot tell", "No version was frozen, and no case says when it was captured.")
    told = [] if days is None else [f"The newest version is {days:,} days old"]
    told += [] if captured is None else [f"half of the cases were captured {captured:,} days ago or earlier"]
    words = "; ".join(told)
    late = max(each for each in (days, captured) if each is not None) > OLD_DAYS
    return Sign("old", "yes" if late else "no", f"{words[0].upper()}{words[1:]}.")


def thin_safety(edges: Mapping[str, int], grave: Mapping[str, int], *, enough: int, sealed: int = 0) -> Sign:
    """Whether something that must never happen has next to no case.

    Of sealed cases nobody looks what they are, so what is thin among the open ones is only called so where the sealed
    ones cannot make up for it.

    Args:
        edges: Open cases of the edge set by kind; a case is of one kind at most.
        grave: Open cases of each failure of severity 5 that was seen.
        enough: Cases it takes.
        sealed: Sealed cases.
    """
    counts = {**{name: edges.get(name, 0) for name in SAFETY}, **grave}
    thin = {name: n for name, n in counts.items() if n < enough}
    if not thin:
        return Sign("thin_safety", "no", f"Every safety slice has {enough} cases or more.")
    told = ", ".join(f"{one_line(name)} {n}" for name, n in thin.items())
    if not sealed:
        return Sign("thin_safety", "yes", f"Under {enough} cases: {told}.")
    lacking = sum(max(0, enough - edges.get(name, 0)) for name in SAFETY)
    surely = lacking > sealed or min(thin.values()) + sealed < enough
    words = f"Under {enough} open cases: {told}; what the {sealed:,} sealed ones are of is looked at nowhere."
    return Sign("thin_safety", "yes" if surely else "cannot tell", words)


def apart_from_production(benchmark: Interval, production: Interval | WeightedShare | None, *, fresh: str) -> Sign:
    """Whether the benchmark passes 15 points more than fresh traffic does.

    Args:
        benchmark: The share of cases that passed.
        production: The share of fresh traces that people passed.
        fresh: What fresh means, in words.
    """
    if benchmark.n == 0 or production is None or production.n == 0:
        lacks = "no run was scored" if benchmark.n == 0 else f"nothing of {fresh} was read"
        return Sign("apart", "cannot tell", f"{lacks[0].upper()}{lacks[1:]}.")
    found = gap(benchmark, production)
    state = "yes" if found.low >= APART else "no" if found.high < APART else "cannot tell"
    words = f"The set passes {benchmark}; {fresh} passes {production}: {_points(found, 'higher', 'lower')}."
    return Sign("apart", state, words)


def _points(change: Interval, up: str = "up", down: str = "down") -> str:
    way = up if change.estimate >= 0 else down
    return f"{100 * abs(change.estimate):.1f} points {way} ({100 * change.low:+.1f} to {100 * change.high:+.1f})"


def read_signs(signs: Sequence[Sign]) -> tuple[Sign, ...]:
    """The signs, those that show first."""
    return tuple(sorted(signs, key=lambda each: ("yes", "cannot tell", "no").index(each.state)))
