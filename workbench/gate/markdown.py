"""A gate's report as Markdown, for a pull request.

What comes from cases (ids, slices) stands in code spans, in which GitHub links nobody and nothing; outputs and inputs
are left out altogether, and of sealed cases only the number is told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.gate.report import GateReport

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_SLICES = 12
MOST_IDS = 15
LONGEST = 80
STATES = {"holds": "holds", "fails": "fails", "unknown": "cannot tell", "untested": "not tested"}
HEADS = {"pass": "✅ Pass", "fail": "❌ Fail", "undecided": "⚠️ Cannot tell yet"}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_LOOKALIKE = str.maketrans({"\\": "/", "|": "¦", "<": "‹", ">": "›", "`": "'"})


def markdown(report: GateReport) -> str:
    """Write a report as Markdown.

    Returns:
        A heading with the verdict, the reason, a table of the whole, the slices (the worst first), flips and notices.
    """
    parts = [f"## {HEADS[report.verdict]}", "", _sentence(report.reason), "", f"**{_sentence(report.advice)}**", ""]
    if report.contract.decision:
        parts += [f"Decision: {_text(report.contract.decision)}", ""]
    parts += _whole(report)
    parts += _slices(report)
    parts += _flips(report.flips)
    if report.notices:
        parts += ["", "Notes", "", *(f"- {_sentence(each)}" for each in report.notices)]
    return "\n".join(parts).rstrip() + "\n"


def _whole(report: GateReport) -> list[str]:
    rate = report.overall
    rows = [
        (
            "passed",
            _share(rate.rate.estimate, rate.rate.low, rate.rate.high, rate.rate.n),
            _bar(rate.threshold),
            STATES[rate.state],
        )
    ]
    if report.paired is not None:
        gap = report.paired.difference
        bounds = f"({100 * gap.low:+.1f} to {100 * gap.high:+.1f}), n {gap.n:,}, p {report.paired.p:.3f}"
        words = f"{100 * gap.estimate:+.1f} points {bounds}"
        rows.append(
            ("against the baseline", words, f"not worse by {100 * report.paired.margin:g}", STATES[report.paired.state])
        )
    for row in report.metrics.itertuples():
        rows.append(
            (_code(row.metric), _share(row.rate, row.low, row.high, row.n), _bar(row.threshold), STATES[row.state])
        )
    lines = ["| | found | wanted | |", "|---|---|---|---|", *("| " + " | ".join(row) + " |" for row in rows)]
    sees = (
        []
        if report.power.mde is None
        else [f"The smallest change that these cases see: {100 * report.power.mde:.1f} points."]
    )
    return [*lines, "", f"Mode: {report.mode}. " + " ".join(sees), ""]


def _slices(report: GateReport) -> list[str]:
    if report.slices.empty:
        return []
    lines = ["| slice, worst first | passed | lost / gained | wanted | |", "|---|---|---|---|---|"]
    for row in report.slices.head(MOST_SLICES).itertuples():
        change = f"{row.lost} / {row.gained}" if report.paired is not None else ""
        name = _code(row.slice) + (" (critical)" if row.critical else "")
        cells = (name, _share(row.rate, row.low, row.high, row.n), change, _bar(row.threshold), STATES[row.state])
        lines.append("| " + " | ".join(cells) + " |")
    rest = len(report.slices) - MOST_SLICES
    return [*lines, *([f"\n{rest:,} more slices are in the report."] if rest > 0 else []), ""]


def _flips(flips: DataFrame) -> list[str]:
    lines = []
    for kind, words in (("lost", "Passed before, fails now"), ("gained", "Failed before, passes now")):
        rows = flips[flips["flip"] == kind]
        if rows.empty:
            continue
        open_ = [str(each) for each in rows.loc[~rows["blind"].astype(bool), "case_id"]]
        told = ", ".join(_code(each) for each in open_[:MOST_IDS])
        more = [f"{len(open_) - MOST_IDS:,} more"] if len(open_) > MOST_IDS else []
        sealed = [f"{len(rows) - len(open_):,} sealed"] if len(rows) > len(open_) else []
        lines.append(f"- {words} ({len(rows):,}): " + ", ".join([*([told] if told else []), *more, *sealed]))
    return lines


def _share(rate: float, low: float, high: float, n: int) -> str:
    return "no verdict" if n == 0 else f"{100 * rate:.1f}% ({100 * low:.1f}-{100 * high:.1f}), n {n:,}"


def _bar(threshold: float | None) -> str:
    return "" if threshold is None or threshold != threshold else f"{100 * threshold:g}%"


def _code(text: str) -> str:
    """Text from cases as a code span: one line, without the signs that could end it, the cell, or start a tag."""
    plain = _UNSAFE.sub(" ", str(text)).strip() or " "
    plain = plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
    return "`" + plain.translate(_LOOKALIKE) + "`"


def _sentence(text: str) -> str:
    """A sentence of ours that may name a slice: nothing in it can be markup."""
    return _text(text[:1].upper() + text[1:])


def _text(text: str) -> str:
    plain = _UNSAFE.sub(" ", text)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = re.sub(r"([\\`*_{}\[\]|~!])", r"\\\1", plain)
    return re.sub(r"([@#]|://|www\.|\bGH-)", lambda found: found[0] + "\u2060", plain)
