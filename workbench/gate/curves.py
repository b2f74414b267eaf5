"""What sets of different sizes see, and what each slice of one set sees: the numbers behind the curves of a plan.

A curve shows what a single number hides: halving the change takes four times the cases, and the first hundred buy more
than the next five. The discordance is what two runs differ by that are about alike; a loss larger than that makes them
differ by as much, so a small slice still sees that it broke. Where nothing is seen the row stays and says nan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.gate.intake import case_ids, slices_of
from workbench.gate.plan import plan, smallest_seen
from workbench.gate.rules import LEAST
from workbench.stats import power as stats
from workbench.stats.power import ALPHA, POWER

if TYPE_CHECKING:
    from pandas import DataFrame

PAIRED, INDEPENDENT, FIXED = "paired", "independent", "fixed target"
SIZES = (20, 30, 40, 50, 65, 80, 100, 125, 150, 200, 250, 312, 400, 500, 650, 800, 1000, 1300, 1600, 2000, 3000, 5000)
CHANCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)


def smallest_changes(
    baseline: float,
    effect: float,
    *,
    discordance: float | None = None,
    sizes: Iterable[int] = SIZES,
    alpha: float = ALPHA,
    power: float = POWER,
) -> DataFrame:
    """The smallest change that sets of different sizes see, by design.

    Args:
        baseline: The share that passes now.
        effect: The change that matters; its sign says which way is looked.
        discordance: Share of cases on which two runs of the same cases differ; without it there is no paired design.
        sizes: Sizes to ask about.
        alpha: Two-sided level.
        power: Chance of seeing the change.

    Returns:
        Columns design (paired, independent, fixed target), n, and mde: nan where such a set sees no change at all.
    """
    import pandas as pd

    plan(baseline, effect, discordance=discordance)  # refuses what cannot be
    rising = effect > 0
    rows: list[tuple[str, int, float | None]] = []
    for n in sorted(set(sizes)):
        if discordance is not None:
            rows.append((PAIRED, n, smallest_seen(n, baseline, effect, discordance, alpha, power)))
        rows.append((INDEPENDENT, n, stats.mde_independent(n, baseline, rising=rising, alpha=alpha, power=power)))
        rows.append((FIXED, n, stats.mde_one_sample(n, baseline, rising=rising, alpha=alpha, power=power)))
    frame = pd.DataFrame(rows, columns=["design", "n", "mde"]).astype({"mde": "float"})
    order = pd.Categorical(frame["design"], [PAIRED, INDEPENDENT, FIXED])
    return frame.assign(order=order).sort_values(["order", "n"]).drop(columns="order").reset_index(drop=True)


def chances(baseline: float, effect: float, *, discordance: float | None = None, alpha: float = ALPHA) -> DataFrame:
    """How many cases see one change with which chance, by design.

    Returns:
        Columns design, power and n: with n cases (in each of two samples where they are independent) the change is seen
        with that chance.
    """
    import pandas as pd

    rows = []
    for chance in CHANCES:
        found = plan(baseline, effect, discordance=discordance, alpha=alpha, power=chance)
        sizes = {found.design: found.n, FIXED: found.one_sample}
        if discordance is not None:
            sizes[INDEPENDENT] = plan(baseline, effect, alpha=alpha, power=chance).n
        rows += [(design, chance, n) for design, n in sizes.items()]
    frame = pd.DataFrame(rows, columns=["design", "power", "n"])
    order = pd.Categorical(frame["design"], [PAIRED, INDEPENDENT, FIXED])
    return frame.assign(order=order).sort_values(["order", "power"]).drop(columns="order").reset_index(drop=True)


def what_slices_see(
    cases: DataFrame,
    *,
    baseline: float,
    effect: float,
    discordance: float | None = None,
    slice_by: tuple[str, ...] | None = None,
    critical: Iterable[str] = (),
    alpha: float = ALPHA,
    power: float = POWER,
) -> DataFrame:
    """Say which slices of a set are large enough for a change, read alone and tested together.

    Args:
        cases: case_id and slices, as the gate takes them.
        baseline: The share that passes now, in each slice.
        effect: The change that matters within a slice.
        discordance: Share of cases on which two runs of the same cases differ; None plans independent samples.
        slice_by: Columns to slice by; None takes all that the cases have.
        critical: Slices that veto; they are tested whatever their size.
        alpha: Two-sided level, shared out by Bonferroni over the slices that are tested.
        power: Chance of seeing the change.

    Returns:
        One row per slice, the largest first: slice, n, share, critical, tested, mde (read alone), mde_together (tested
        with the others), n_alone and n_together (cases it takes), more (cases it lacks for being tested together) and
        sees (together, alone or no).
    """
    import pandas as pd

    ids = case_ids(cases)
    members = slices_of(cases, slice_by, [])
    sizes = {name: int(member.sum()) for name, member in members.items()}
    vetoes = set(critical)
    tested = {name for name, n in sizes.items() if n >= LEAST or name in vetoes}
    level = alpha / max(len(tested), 1)
    wanted = {
        each: plan(baseline, effect, discordance=discordance, alpha=each, power=power).n for each in (alpha, level)
    }
    rows = []
    for name, n in sorted(sizes.items(), key=lambda each: (-each[1], each[0])):
        alone, together = (smallest_seen(n, baseline, effect, discordance, each, power) for each in (alpha, level))
        rows.append(
            {
                "slice": name, "n": n, "share": n / max(len(ids), 1), "critical": name in vetoes,
                "tested": name in tested, "mde": alone, "mde_together": together if name in tested else None,
                "n_alone": wanted[alpha], "n_together": wanted[level], "more": max(0, wanted[level] - n),
                "sees": _sees(n, wanted[alpha], wanted[level], name in tested),
            }
        )  # fmt: skip
    columns = "slice n share critical tested mde mde_together n_alone n_together more sees".split()
    return pd.DataFrame(rows, columns=columns).astype({"mde": "float", "mde_together": "float"})


def _sees(n: int, alone: int, together: int, tested: bool) -> str:
    return "together" if tested and n >= together else "alone" if n >= alone else "no"


def sizes_of(version: Mapping[str, Any]) -> dict[str, int]:
    """The sizes at which a frozen version is scored: its open cases, and all of them where its sealed ones are opened.

    >>> sizes_of({"version": 2, "cases": 150, "blind": 30})
    {'v2': 120, 'v2 opened': 150}
    """
    name, sealed = f"v{version['version']}", int(version["blind"])
    found = {name: int(version["cases"]) - sealed}
    return found | ({f"{name} opened": int(version["cases"])} if sealed else {})
