"""The verb of planning, which needs no workspace: what a set has the power to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.gate import PowerPlan


def power(
    baseline: float, effect: float, *, discordance: float | None = None, n: int | None = None, slices: int = 1
) -> PowerPlan:
    """Say how many cases it takes to see a change of the pass rate; see ``workbench.gate.plan``.

    Args:
        baseline: The share that passes now.
        effect: The change; negative for a drop.
        discordance: Share of cases on which two runs differ, if both answer the same cases.
        n: A size to be asked about.
        slices: In how many slices the change is looked for.
    """
    from workbench.gate import plan

    return plan(baseline, effect, discordance=discordance, n=n, slices=slices)
