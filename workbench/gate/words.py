"""What a gate says in sentences: the reason, the advice, and what a reader has to know of the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contract import EvaluationContract
from workbench.gate.intake import Counts, Run
from workbench.gate.needed import Needed
from workbench.gate.report import FAIL, PASS, GateReport
from workbench.gate.rules import FAILS, UNKNOWN, Check

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.gate.decide import Evidence

FEW_CLUSTERS = 30
MOST_NAMES = 3


def sentence(verdict: str, checks: list[Check]) -> str:
    """Why the verdict is what it is, in one sentence."""
    if verdict == FAIL:
        failing = [check for check in checks if check.state == FAILS]
        first = min(failing, key=lambda check: (check.kind in ("slice", "metric"), not check.demanded))
        return f"{_named(first)}{first.reason}{_also('fails', failing, first)}"
    demanded = [check for check in checks if check.demanded]
    if not demanded:
        return "nothing was declared that could be shown: there is no threshold and no baseline"
    if verdict == PASS:
        return "; ".join(f"{_named(check)}{check.reason}" for check in demanded[:2])
    open_ = [check for check in demanded if check.state == UNKNOWN]
    if not open_:
        return "a critical slice was not tested"
    return f"{_named(open_[0])}{open_[0].reason}{_also('undecided', open_, open_[0])}"


def _also(state: str, checks: list[Check], first: Check) -> str:
    """The names of what else is so, critical slices before others."""
    others = sorted((each for each in checks if each is not first), key=lambda each: not each.demanded)
    if not others:
        return ""
    more = f" and {len(others) - MOST_NAMES:,} more" if len(others) > MOST_NAMES else ""
    return f"; {state} too: {', '.join(each.name for each in others[:MOST_NAMES])}{more}"


def _named(check: Check) -> str:
    return "" if check.kind in ("overall", "baseline") else f"{check.name}: "


def advice(verdict: str, terms: EvaluationContract, power: Needed, mode: str) -> str:
    """What to do, in one sentence."""
    if verdict == PASS:
        return "Nothing broke that a trip-wire sees; run deep before you ship." if mode == "trip-wire" else "Ship."
    if verdict == FAIL:
        return "Hold, and read the lost cases of the worst slice first."
    more = f"{power.n_needed:,} more cases would decide" if power.n_needed else "more cases alone would not decide"
    if terms.false_pass is None or terms.false_hold is None:
        return f"It cannot be told yet: {more}."
    if terms.false_pass >= terms.false_hold:
        return f"Hold until it is decided, as a false pass costs {terms.false_pass / terms.false_hold:g} times a false hold; {more}."  # fmt: skip  # noqa: E501
    return f"A false hold costs {terms.false_hold / terms.false_pass:g} times a false pass, so shipping while {more} can be argued."  # fmt: skip  # noqa: E501


def warnings(
    run: Run,
    live: Run | None,
    terms: EvaluationContract,
    members: Mapping[str, np.ndarray],
    evidence: Evidence,
    declared: bool,
    looks: int | None,
    anytime: bool,
    judged: bool,
) -> list[str]:
    """Everything that was left out or assumed, in sentences."""
    told = []
    if not declared:
        margin = f"{100 * terms.margin:g} points"
        told.append(
            "No contract was given, so there is no threshold and no critical slice; only the baseline decides, with a"
            f" margin of {margin}. Write [contract] into workspace.toml."
        )
    told += [*_rows(run.counts, "the results"), *([] if live is None else _rows(live.counts, "the baseline"))]
    if live is not None and live.counts.errors:
        told.append(f"{live.counts.errors:,} cases whose run failed in the baseline are not compared.")
    absent = [name for name in dict.fromkeys((*terms.critical, *terms.slices)) if name not in members]
    told += [f"No case is of the slice {name}, which the contract names." for name in absent]
    if terms.cluster and evidence.groups is not None:
        many = len(np.unique(evidence.groups))
        if many < FEW_CLUSTERS:
            told.append(
                f"The cases are of only {many} clusters; with fewer than {FEW_CLUSTERS} the bounds are too narrow."
            )
    if judged:
        told.append("The verdicts are a judge's; the rates are not corrected for its errors.")
    if looks is not None and looks > 1 and not anytime:
        once = 1 - (1 - terms.alpha) ** looks
        told.append(
            f"This set has been scored {looks:,} times since it was frozen. Of as many harmless changes at least one"
            f" fails with a chance of up to {100 * once:.0f}%, and what is tuned on a set looks better on it than it"
            " is; confirm on fresh or sealed cases."
        )
    return told


def _rows(counts: Counts, what: str) -> list[str]:
    sentences = {
        "errors": "{} cases of {what} whose run failed; they count as failing.",
        "missing": "{} cases without a row in {what}.",
        "unscored": "{} cases of {what} with an output and no verdict.",
        "contradicted": "{} cases of {what} with verdicts of both kinds; they have none.",
        "duplicates": "{} rows of {what} that repeat an earlier row of their case; the first counts.",
        "unknown": "{} rows of {what} of cases that the set does not have; they count for nothing.",
        "without_id": "{} rows of {what} without a case_id.",
    }
    if what == "the baseline":
        sentences["errors"] = ""
    return [
        text.format(f"{number:,}", what=what)
        for name, text in sentences.items()
        if (number := getattr(counts, name)) and text
    ]


def answer(report: GateReport) -> dict[str, Any]:
    """A report as plain values for JSON: what cannot be computed is None, with a reason beside it."""
    overall, paired, power = report.overall, report.paired, report.power
    return {
        "verdict": report.verdict,
        "reason": report.reason,
        "advice": report.advice,
        "mode": report.mode,
        "anytime": report.anytime,
        "contract": report.declared,
        "decision": report.contract.decision,
        "overall": {
            "n": overall.rate.n,
            "rate": _number(overall.rate.estimate),
            "low": overall.rate.low,
            "high": overall.rate.high,
            "threshold": overall.threshold,
            "state": overall.state,
            "method": overall.rate.method,
            **({} if overall.rate.n else {"reason": "no case has a verdict"}),
        },
        "metrics": _records(report.metrics),
        "slices": _records(report.slices),
        "paired": None
        if paired is None
        else {
            "difference": _number(paired.difference.estimate),
            "low": paired.difference.low,
            "high": paired.difference.high,
            "p": _number(paired.p),
            "n": paired.pairs.n,
            "lost": paired.lost,
            "gained": paired.gained,
            "margin": paired.margin,
            "state": paired.state,
            "method": paired.difference.method,
            **({} if paired.pairs.n else {"reason": "no case has a verdict in both runs"}),
        },
        "power": {
            "n_needed": power.n_needed,
            "reason": power.reason,
            "by_check": power.checks,
            "n": power.n,
            "discordance": power.discordance,
            "mde": power.mde,
            "recommended": power.recommended,
        },
        "flips": _flips(report.flips),
        "counts": _counts(report.counts),
        "baseline_counts": None if report.baseline_counts is None else _counts(report.baseline_counts),
        "looks": report.looks,
        "notices": list(report.notices),
    }


def _flips(flips: DataFrame) -> dict[str, Any]:
    """The ids of cases that flipped; of sealed ones the number."""
    sealed = flips["blind"].astype(bool)
    open_ = {kind: flips.loc[(flips["flip"] == kind) & ~sealed, "case_id"] for kind in ("lost", "gained")}
    return {kind: [str(each) for each in ids] for kind, ids in open_.items()} | {"sealed": int(sealed.sum())}


def _counts(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in Counts.__slots__}


def _records(frame: Any) -> list[dict[str, Any]]:
    import pandas as pd

    return [
        {str(key): None if pd.isna(item) else _plain(item) for key, item in row.items()}
        for row in frame.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _number(value: float) -> float | None:
    return None if value != value else float(value)
