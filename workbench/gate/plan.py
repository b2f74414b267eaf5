"""What a set has the power to see, and how many cases a change takes.

The articles' rules of thumb ("300 to 400 examples for 5 points, 2,000 for 2, ten times that for a slice of 10%") are
right for one design and wrong by two to five times for the others, so each is told together with when it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import BadRequest
from workbench.stats import power as stats
from workbench.stats.power import ALPHA, POWER


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of thumb, when it holds, and what it says of this plan.

    Attributes:
        rule: As the articles have it.
        holds: The conditions under which it is right, with the numbers.
    """

    rule: str
    holds: str


RULES = (
    Rule(
        "5 points take 300 to 400 examples",
        "holds where both runs answer the same cases and differ on 10 to 13% of them (312 at 10%), or one run is held"
        " against a fixed target near 90% (316). Two different samples take 424 (90 to 95%) to 1,565 (50 to 45%) each.",
    ),
    Rule(
        "2 points take more than 2,000",
        "about right for the same cases at 10% that differ (1,960; 5,885 at 30%). Two different samples take 3,205 to"
        " 9,806 cases each.",
    ),
    Rule(
        "a slice of 10% takes ten times as many",
        "holds for a simple random set that is read for that slice alone. A slice that is filled on purpose takes the"
        " same n within the slice; several slices that share one level take more (5: 1.49, 10: 1.70, 20: 1.90 times).",
    ),
)


@dataclass(frozen=True, slots=True)
class SlicePlan:
    """What slices take that are tested together.

    Attributes:
        slices: How many.
        factor: How many times the cases of a single test.
        n: Cases in each slice.
    """

    slices: int
    factor: float
    n: int


@dataclass(frozen=True, slots=True, repr=False)
class PowerPlan:
    """How many cases it takes to see a change.

    Attributes:
        design: paired (both runs answer the same cases) or independent (two samples).
        n: Pairs, or cases in each of the two samples.
        baseline: The share that passes now.
        effect: The change, negative for a drop.
        discordance: Share of cases on which the runs differ; None in independent samples.
        alpha: Two-sided level.
        power: Chance of seeing the change.
        total: Answers to be scored in all.
        opposite: n for a change of the same size the other way.
        one_sample: Cases where one run is held against the baseline as a fixed target.
        not_worse: Pairs to show that a run that is as good is not worse by the effect (one-sided); None if independent.
        slices: What slices take, if asked.
        given: The size of the set that was asked about.
        mde: The smallest change of this direction that such a set sees; None where it was not asked or there is none.
        mde_reason: Why there is none.
        rules: The articles' rules of thumb.
    """

    design: str
    n: int
    baseline: float
    effect: float
    discordance: float | None
    alpha: float
    power: float
    total: int
    opposite: int | None
    one_sample: int
    not_worse: int | None
    slices: SlicePlan | None = None
    given: int | None = None
    mde: float | None = None
    mde_reason: str | None = None
    rules: tuple[Rule, ...] = RULES

    def __repr__(self) -> str:
        what = "pairs" if self.design == "paired" else "cases in each of two samples"
        change = f"{100 * self.baseline:g}% to {100 * (self.baseline + self.effect):g}%"
        lines = [f"Power: {self.n:,} {what} to see {change} (alpha {self.alpha:g} two-sided, power {self.power:g})"]
        if self.slices is not None:
            lines.append(f"  {self.slices.n:,} in each of {self.slices.slices} slices tested together")
        if self.given is not None:
            seen = self.mde_reason if self.mde is None else f"sees {100 * self.mde:.1f} points"
            lines.append(f"  a set of {self.given:,} {seen}")
        return "\n".join(lines)


def plan(
    baseline: float,
    effect: float,
    *,
    discordance: float | None = None,
    n: int | None = None,
    slices: int = 1,
    alpha: float = ALPHA,
    power: float = POWER,
) -> PowerPlan:
    """Say how many cases it takes to see a change of the pass rate.

    Args:
        baseline: The share that passes now, within 0 and 1.
        effect: The change in shares of 1: .05 for five points up, -.05 for five down.
        discordance: Share of cases on which the two runs differ, if both answer the same cases; measure it by running
            the same system twice. Without it two independent samples are planned.
        n: A size to be asked about: what is the smallest change that it sees.
        slices: In how many slices the change is looked for at one level.
        alpha: Two-sided level.
        power: Chance of seeing the change.

    Raises:
        BadRequest: A share is out of its range, or the discordance cannot go with the effect.
    """
    other = baseline + effect
    _check(baseline, effect, discordance, n, slices, alpha, power)

    def size(change: float, level: float = alpha) -> int:
        if discordance is not None:
            return stats.paired(change, discordance, alpha=level, power=power)
        return stats.independent(baseline, _within(baseline + change), alpha=level, power=power)

    needed = size(effect)
    mde, reason = (None, None) if n is None else _smallest(n, baseline, effect, discordance, alpha, power)
    return PowerPlan(
        design="independent" if discordance is None else "paired",
        n=needed, baseline=baseline, effect=effect, discordance=discordance, alpha=alpha, power=power, total=2 * needed,
        opposite=size(-effect) if -1e-9 <= baseline - effect <= 1 + 1e-9 else None,
        one_sample=stats.one_sample(baseline, _within(other), alpha=alpha, power=power),
        not_worse=None
        if discordance is None
        else stats.non_inferiority(abs(effect), discordance, alpha=alpha, power=power),
        slices=None if slices == 1 else SlicePlan(
            slices, stats.slice_factor(slices, alpha=alpha, power=power), size(effect, alpha / slices)
        ),
        given=n, mde=mde, mde_reason=reason,
    )  # fmt: skip


def smallest_seen(
    n: int, baseline: float, effect: float, discordance: float | None, alpha: float, power: float
) -> float | None:
    """The smallest change in the direction of ``effect`` that a set of n sees; None where it sees none.

    A change of pairs that is larger than the discordance makes the two runs differ by as much, so few pairs may still
    see a very large one. The command line, the page and the curves all ask here.
    """
    if discordance is None:
        return stats.mde_independent(n, baseline, rising=effect > 0, alpha=alpha, power=power)
    found = stats.mde_paired(n, discordance, alpha=alpha, power=power)
    if found is not None:
        return found
    room = 1 - baseline if effect > 0 else baseline
    larger = (step / 200 for step in range(1, int(200 * room) + 1) if step / 200 > discordance)
    return next((each for each in larger if stats.paired(each, each, alpha=alpha, power=power) <= n), None)


def _smallest(
    n: int, baseline: float, effect: float, discordance: float | None, alpha: float, power: float
) -> tuple[float | None, str | None]:
    found = smallest_seen(n, baseline, effect, discordance, alpha, power)
    why = "there is no room for one so large" if discordance is None else "so few pairs hardly ever differ"
    return found, None if found is not None else f"sees no change: {why}"


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))


def _check(
    baseline: float, effect: float, discordance: float | None, n: int | None, slices: int, alpha: float, power: float
) -> None:
    other = baseline + effect
    if not 0 <= baseline <= 1:
        raise BadRequest(f"baseline {baseline:g} is no share. Give the share that passes now, such as 0.8")
    if effect == 0 or abs(effect) > 1:
        raise BadRequest(
            f"effect {effect:g} is no change of a share. Give 0.05 for five points up, -0.05 for five down"
        )
    if not -1e-9 <= other <= 1 + 1e-9:
        raise BadRequest(f"{baseline:g} changed by {effect:g} leaves 0 to 1. Give a smaller effect, or the other way")
    if discordance is not None:
        most = min(baseline + other, 2 - baseline - other)
        if not abs(effect) <= discordance <= most + 1e-9:
            raise BadRequest(
                f"with {baseline:g} changed by {effect:g}, runs differ on {abs(effect):g} to {most:g} of the cases,"
                f" not on {discordance:g}. Give --paired the share of cases on which two runs differ, such as 0.1"
            )
    if n is not None and n < 1:
        raise BadRequest(f"a set of {n} cases is none. Give --n a size of 1 or more")
    if slices < 1:
        raise BadRequest(f"{slices} slices are none. Give --slices 1 or more")
    if not 0 < alpha < 1 or not 0 < power < 1:
        raise BadRequest(f"alpha {alpha:g} and power {power:g} have to lie between 0 and 1")
