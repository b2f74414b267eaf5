"""A gate's report as JUnit XML: one test case for each thing that was tested.

CI systems show it beside the unit tests. A failing check is a failure, an undecided one that is demanded an error;
whatever was not demanded and is not known is skipped. Cases stand in it by id only, sealed ones not at all.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from workbench.gate.report import FAIL, UNDECIDED, GateReport

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST_IDS = 50


def junit(report: GateReport, *, name: str = "workbench gate") -> str:
    """Write a report as JUnit XML.

    Args:
        report: What the gate said.
        name: Of the test suite.

    Returns:
        A whole XML document. Its root says ``failures`` above 0 exactly where the verdict is fail, and ``errors`` above
        0 where it is undecided.
    """
    suite = ET.Element("testsuite", {"name": _clean(name)})
    verdict = _case(suite, "verdict", report.reason)
    if report.verdict == FAIL:
        _outcome(verdict, "failure", "fail", report.reason + "\n" + report.advice)
    elif report.verdict == UNDECIDED:
        _outcome(verdict, "error", "undecided", report.reason + "\n" + report.advice)
    rate = report.overall
    against = "" if rate.threshold is None else f", threshold {100 * rate.threshold:g}%"
    _add(suite, "overall", rate.state, f"{rate.rate}{against}", rate.threshold is not None, report.verdict)
    if report.paired is not None:
        lost = [
            str(each) for each in report.flips.loc[(report.flips["flip"] == "lost") & ~report.flips["blind"], "case_id"]
        ]
        more = f" and {len(lost) - MOST_IDS:,} more" if len(lost) > MOST_IDS else ""
        gap = report.paired.difference
        words = f"{100 * gap.estimate:+.1f} points ({100 * gap.low:+.1f} to {100 * gap.high:+.1f}); lost: {', '.join(lost[:MOST_IDS]) or 'none'}{more}"  # noqa: E501
        _add(suite, "baseline", report.paired.state, words, True, report.verdict)
    for row in report.metrics.itertuples():
        words = f"{100 * row.rate:.1f}% ({100 * row.low:.1f}-{100 * row.high:.1f}), n {row.n:,}"
        _add(suite, f"metric {row.metric}", row.state, words, True, report.verdict)
    for row in report.slices.itertuples():
        _add(suite, f"slice {row.slice}", row.state, row.reason or "not tested", bool(row.critical), report.verdict)
    counts = {"tests": len(suite)} | {key: len(suite.findall(f"testcase/{tag}")) for key, tag in _COUNTED.items()}
    for key, n in counts.items():
        suite.set(key, str(n))
    whole = ET.Element("testsuites", {"name": _clean(name), **{key: str(n) for key, n in counts.items()}})
    whole.append(suite)
    ET.indent(whole)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(whole, encoding="unicode") + "\n"


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _add(suite: ET.Element, name: str, state: str, words: str, demanded: bool, verdict: str) -> None:
    case = _case(suite, name, words)
    if state == "fails":
        # where failed runs alone explain a failure the verdict is undecided, and so is what it rests on
        _outcome(case, "failure" if verdict == FAIL else "error", "fails", words)
    elif state == "unknown" and demanded and verdict == UNDECIDED:
        _outcome(case, "error", "cannot be told yet", words)
    elif state in ("unknown", "untested"):
        _outcome(case, "skipped", "cannot be told" if state == "unknown" else "not tested", "")


def _case(suite: ET.Element, name: str, words: str) -> ET.Element:
    case = ET.SubElement(suite, "testcase", {"classname": "workbench.gate", "name": _clean(name), "time": "0"})
    ET.SubElement(case, "system-out").text = _clean(words)
    return case


def _outcome(case: ET.Element, tag: str, message: str, words: str) -> None:
    found = ET.Element(tag, {"message": message})
    found.text = _clean(words) or None
    case.insert(0, found)


def _clean(text: str) -> str:
    """The text without what XML cannot hold; the rest is escaped where it is written."""
    return _ILLEGAL.sub("\ufffd", text)
