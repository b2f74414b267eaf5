"""The verbs of planning: what a set has the power to see. All but one need no workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workbench.workspace.golden_reads import GoldenReads

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.gate import PowerPlan


class Curves(NamedTuple):
    """The curves of a plan: ``smallest`` has design, n and mde; ``chances`` has design, power and n."""

    smallest: DataFrame
    chances: DataFrame


class PlanningVerbs(GoldenReads):
    """What the golden set can see."""

    def slice_power(
        self, *, baseline: float, effect: float, discordance: float | None = None, version: int | None = None
    ) -> DataFrame:
        """Say which slices of a frozen version are large enough for a change; see ``workbench.gate.what_slices_see``.

        Only open cases are counted: of sealed ones nobody may know to which slice they belong.

        Args:
            baseline: The share that passes now.
            effect: The change that matters within a slice; negative for a drop.
            discordance: Share of cases on which two runs differ, if both answer the same cases.
            version: A frozen version; the newest by default.

        Raises:
            NotReady: Nothing was frozen yet.
            BadRequest: A share is out of its range.
        """
        import pandas as pd

        from workbench.contract import EvaluationContract
        from workbench.gate import what_slices_see

        terms = self.settings.contract or EvaluationContract()
        cases = pd.DataFrame([case.to_dict() for case in self.golden_cases(version)])
        return what_slices_see(
            cases, baseline=baseline, effect=effect, discordance=discordance, slice_by=terms.slice_by,
            critical=terms.critical, alpha=terms.alpha,
        )  # fmt: skip

    def golden_sizes(self) -> dict[str, int]:
        """At what sizes each frozen version is scored: its open cases, and all once the sealed ones are opened."""
        from workbench.gate import sizes_of

        known = [row for row in self.golden_versions().to_dict("records") if row["cases"] is not None]
        return {name: n for row in known for name, n in sizes_of(row).items()}


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


def power_curves(
    baseline: float, effect: float, *, discordance: float | None = None, sizes: Sequence[int] = ()
) -> Curves:
    """Say what sets of other sizes would see; see ``workbench.gate.smallest_changes`` and ``workbench.gate.chances``.

    Args:
        baseline: The share that passes now.
        effect: The change; negative for a drop.
        discordance: Share of cases on which two runs differ, if both answer the same cases.
        sizes: Sizes to ask about; by default enough of them for a curve.
    """
    from workbench.gate import chances, smallest_changes
    from workbench.gate.curves import SIZES

    return Curves(
        smallest_changes(baseline, effect, discordance=discordance, sizes=sizes or SIZES),
        chances(baseline, effect, discordance=discordance),
    )


def rows_not_taken(path: str | Path) -> str | None:
    """A sentence on the rows of a file of results that cannot be used; None where all can.

    Raises:
        UnreadableFile: The file cannot be read.
        MissingColumns: It lacks a column.
    """
    from workbench.gate import read_results

    return read_results(path).told
