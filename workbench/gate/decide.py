"""The gate: cases, results and a contract in; pass, fail or undecided out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from workbench.contract import MODES, EvaluationContract
from workbench.errors import BadRequest, MissingColumns, NotReady, UnknownName
from workbench.gate import measures, rules
from workbench.gate.intake import Run, case_ids, lay_beside, slices_of
from workbench.gate.measures import Level
from workbench.gate.needed import needed
from workbench.gate.report import FAIL, PASS, UNDECIDED, Compared, GateReport, Overall
from workbench.gate.rows import flips, metric_rows, slice_rows
from workbench.gate.rules import FAILS, HOLDS, UNTESTED, Check
from workbench.gate.words import advice, sentence, warnings

if TYPE_CHECKING:
    from pandas import DataFrame


class Judged(Protocol):
    """What a judge's calibration says; ``workbench.judge.Calibration`` is one."""

    @property
    def may_gate(self) -> bool:
        """Whether the judge may gate."""
        ...

    @property
    def verdict(self) -> str:
        """may_gate, may_not or undecided."""
        ...


@dataclass(frozen=True)
class Evidence:
    """What a decision rests on, as arrays in the order of the cases."""

    now: np.ndarray
    before: np.ndarray | None
    members: Mapping[str, np.ndarray]
    metrics: Mapping[str, np.ndarray]
    groups: np.ndarray | None = None


def gate(
    cases: DataFrame,
    results: DataFrame,
    contract: EvaluationContract | None = None,
    *,
    baseline: DataFrame | None = None,
    mode: str | None = None,
    anytime: bool = False,
    looks: int | None = None,
    judge: Judged | None = None,
    version: str | None = None,
    baseline_version: str | None = None,
) -> GateReport:
    """Decide whether a release may pass, on the cases of a golden set.

    The rule is in ``workbench.gate.rules``; ``docs/gate.md`` says how often it errs and how often it cannot tell. It
    speaks for traffic that the cases stand for, and no further.

    Args:
        cases: What should have been run: case_id and slices (a column of mappings, or columns of words), perhaps blind.
        results: case_id and passed; if there: error for a run that failed, further columns of verdicts.
        contract: Thresholds, margin, critical slices; without one only the baseline decides.
        baseline: Results of the release that is live, on the same cases.
        mode: trip-wire or deep; the contract's if not given.
        anytime: The run grows and is looked at several times: e-values and bounds that hold at all looks.
        looks: How often this set has been scored since it was frozen, this time included.
        judge: The calibration of the judge whose verdicts these are.
        version: Of the golden set that the results are of.
        baseline_version: Of the golden set that the baseline was scored on.

    Returns:
        The verdict with everything it rests on.

    Raises:
        MissingColumns: A table lacks a column.
        BadRequest: A case id stands twice, or no row of the results is of any case.
        NotReady: The judge may not gate.
    """
    terms = contract or EvaluationContract()
    notices: list[str] = []
    chosen = mode or terms.mode
    if chosen not in MODES:
        raise UnknownName("mode", chosen, MODES)
    if anytime and terms.cluster:
        raise BadRequest("anytime takes cases that are independent; the contract has a cluster. Leave one of them out")
    if judge is not None and not judge.may_gate:
        raise NotReady(f"the judge may not gate: {judge.verdict}. Calibrate it, or have people give the verdicts")
    ids = case_ids(cases)
    run = lay_beside(ids, results, what="the results", metrics=tuple(terms.metrics))
    live = None if baseline is None else lay_beside(ids, baseline, what="the baseline")
    members = slices_of(cases, terms.slice_by, notices)
    evidence = Evidence(
        run.passed, None if live is None else np.where(live.errored, np.nan, live.passed), members, run.metrics,
        _groups(cases, terms.cluster),
    )  # fmt: skip
    level = Level(terms.alpha, terms.margin_of(chosen), terms.trip_margin if chosen == "trip-wire" else 0.0, anytime)
    checks = decide(evidence, terms, level, coarse=chosen == "trip-wire")
    verdict, doubt = _settled(checks, evidence, run, terms, level, coarse=chosen == "trip-wire")
    notices += warnings(run, live, terms, members, evidence, contract is not None, looks, anytime, judge is not None)
    if version is not None and baseline_version is not None and version != baseline_version:
        notices.append(
            f"The baseline was scored on version {baseline_version}, this run on {version}; only cases of both compare."
        )
    reason = doubt or sentence(verdict, checks)
    power = needed(checks, level, decided=verdict != UNDECIDED, reason=_no_number(doubt, checks))
    by_kind = {check.kind: check for check in checks}
    return GateReport(
        verdict=verdict, reason=reason, advice=advice(verdict, terms, power, chosen), mode=chosen, anytime=anytime,
        overall=_overall(by_kind.get("overall"), evidence, terms, level),
        paired=_compared(by_kind.get("baseline"), level), metrics=metric_rows(checks), slices=slice_rows(checks),
        flips=flips(cases, run.passed, evidence.before, members), power=power, counts=run.counts,
        baseline_counts=None if live is None else live.counts, contract=terms, declared=contract is not None,
        looks=looks, notices=tuple(notices),
    )  # fmt: skip


def decide(evidence: Evidence, terms: EvaluationContract, level: Level, *, coarse: bool) -> list[Check]:
    """Test everything that the contract asks for: the whole set first, then further metrics and slices."""
    further = {}
    for metric, of in terms.metrics.items():
        values = evidence.metrics[metric]
        if of.threshold is not None:
            further[metric] = (values, of.threshold, True)
        for name, member in evidence.members.items():
            bar, demanded = of.of(name), name in terms.critical
            if bar is not None and (demanded or not coarse):
                further[f"{metric}, {name}"] = (np.where(member, values, np.nan), bar, demanded)
    members = dict(evidence.members)
    for name in terms.critical:
        members.setdefault(name, np.zeros(len(evidence.now), dtype=bool))
    thresholds = {name: terms.of(name) for name in members}
    thresholds |= {name: terms.threshold for name in terms.critical if thresholds[name] is None}
    share = rules.shared(
        level.alpha,
        baseline=evidence.before is not None,
        threshold=terms.threshold is not None,
        others=bool(further) or any(not coarse or name in terms.critical for name in members),
    )
    checks = []
    if terms.threshold is not None:
        checks.append(rules.against_threshold(evidence.now, terms.threshold, level, share.threshold, evidence.groups))
    if evidence.before is not None:
        checks.append(rules.against_baseline(evidence.now, evidence.before, level, evidence.groups))
    return checks + rules.check_slices(
        evidence.now, evidence.before, members, thresholds, level, share.others,
        critical=frozenset(terms.critical), only_critical=coarse, groups=evidence.groups, further=further,
    )  # fmt: skip


def verdict_of(checks: list[Check]) -> str:
    """Say fail where anything fails; pass where everything demanded holds, and something was; else undecided."""
    if any(check.state == FAILS for check in checks):
        return FAIL
    demanded = [check for check in checks if check.demanded]
    return PASS if demanded and all(check.state == HOLDS for check in demanded) else UNDECIDED


def _settled(
    checks: list[Check], evidence: Evidence, run: Run, terms: EvaluationContract, level: Level, *, coarse: bool
) -> tuple[str, str | None]:
    """The verdict, unless cases without a verdict would change it."""
    verdict = verdict_of(checks)
    unknown = np.isnan(run.passed)
    if verdict == PASS and unknown.any():
        worst = replace(
            evidence,
            now=np.where(unknown, 0.0, run.passed),
            metrics={name: np.where(np.isnan(each), 0.0, each) for name, each in evidence.metrics.items()},
        )
        if verdict_of(decide(worst, terms, level, coarse=coarse)) != PASS:
            return UNDECIDED, (
                f"{int(unknown.sum()):,} cases have no verdict; if they failed this would not pass. Run or score them"
            )
    if verdict == FAIL and run.errored.any():
        kindest = replace(
            evidence,
            now=np.where(run.errored, np.nan, run.passed),
            metrics={name: np.where(run.errored, np.nan, each) for name, each in evidence.metrics.items()},
        )
        if verdict_of(decide(kindest, terms, level, coarse=coarse)) != FAIL:
            return UNDECIDED, f"it fails only because {int(run.errored.sum()):,} runs broke off; run those again"
    return verdict, None


def _no_number(doubt: str | None, checks: list[Check]) -> str | None:
    if doubt is not None:
        return doubt
    if not any(check.demanded for check in checks):
        return "nothing was declared that could be shown"
    empty = [check.name for check in checks if check.demanded and check.rate is not None and check.rate.n == 0]
    return None if not empty or empty == ["overall"] else f"{empty[0]} has no case with a verdict"


def _groups(cases: DataFrame, cluster: str | None) -> np.ndarray | None:
    """The cluster of each case; a case without one is its own."""
    if cluster is None:
        return None
    if cluster not in cases.columns:
        raise MissingColumns("cases", [cluster], map(str, cases.columns), "Correct cluster in the contract.")
    given = cases[cluster]
    return np.array([f"case {at}" if each is None or each != each else f"of {each}" for at, each in enumerate(given)])


def _overall(check: Check | None, evidence: Evidence, terms: EvaluationContract, level: Level) -> Overall:
    if check is not None and check.rate is not None:
        return Overall(check.rate, check.threshold, check.state)
    found, _ = measures.rate(evidence.now, level, evidence.groups)
    return Overall(found, terms.threshold, UNTESTED)


def _compared(check: Check | None, level: Level) -> Compared | None:
    if check is None or check.pairs is None or check.difference is None:
        return None
    return Compared(check.difference, check.p, check.pairs, level.margin, check.state)
