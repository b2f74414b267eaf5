"""The verbs of the gate that need no workspace: what a set has the power to see, and a decision on result files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.contract import EvaluationContract
    from workbench.gate import GateReport, PowerPlan, Results
    from workbench.score import Scorer

MOST_REASONS = 3


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


def gate_files(
    cases: DataFrame,
    results: str | Path,
    contract: EvaluationContract | None = None,
    *,
    baseline: str | Path | None = None,
    scorer: Scorer | None = None,
    force: bool = False,
    **options: Any,
) -> GateReport:
    """Decide on files of results; rows that could not be read are told in the notices.

    Args:
        cases: The cases, as for ``workbench.gate.gate``.
        results: A .jsonl or .csv file: case_id, output, and passed where it is scored already; error for a failed run.
        contract: Thresholds, margin, critical slices.
        baseline: The same of the release that is live.
        scorer: Gives verdicts to outputs without one, in both files.
        force: Let a scorer by likeness score open-ended cases.
        options: As for ``workbench.gate.gate``.
    """
    from workbench.gate import gate, read_results
    from workbench.score import score

    read: dict[str, Results] = {"results": read_results(results)}
    if baseline is not None:
        read["baseline"] = read_results(baseline)
    frames = {name: found.frame for name, found in read.items()}
    told = [_rejected(name, found) for name, found in read.items() if found.rejected]
    if scorer is not None:
        for name, frame in frames.items():
            scores = score(cases, frame, scorer, force=force)
            frames[name] = scores.frame
            told += [
                f"{n:,} outputs of the {name} got no verdict by {scores.scorer}: {why}."
                for why, n in scores.unsaid.items()
            ]
            if scores.forced:
                told.append(
                    f"{scores.forced:,} open-ended cases of the {name} were scored by {scores.scorer}, as asked."
                )
    report = gate(cases, frames["results"], contract, baseline=frames.get("baseline"), **options)
    return replace(report, notices=(*told, *report.notices))


def _rejected(name: str, found: Results) -> str:
    shown = "; ".join(f"row {at}: {reason}" for at, reason in found.rejected[:MOST_REASONS])
    more = "; and more" if len(found.rejected) > MOST_REASONS else ""
    return f"{len(found.rejected):,} of {found.rows:,} rows of the {name} were rejected: {shown}{more}."
