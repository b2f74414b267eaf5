"""A rule over many texts, and what that makes of the labels it gave before.

A rule speaks again wherever its answer or its definition is another than last time, and takes back what it said of
traces that it no longer looks at. Where nothing changed it says nothing, so it may be run as often as one likes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.rules.answers import NO_REFERENCE, NO_TEXT, Check, References, Said

MOST_LATE = 5
"""Texts on which a search may reach its time limit before the rule is stopped."""
Row = dict[str, Any]
Text = tuple[str, str | None, References]
"""Trace, its text, and what the text is set against."""


@dataclass(frozen=True)
class RuleReport:
    """What one rule did.

    Attributes:
        rule: Its name.
        dimension: What its labels are about.
        checked: Traces it gave an answer for; passed and failed add up to it.
        passed: Of these, how many pass.
        failed: How many fail.
        not_applicable: Traces without the text, or without anything to set it against.
        problems: Traces of which nothing can be said.
        reasons: Why not, with the number of traces.
        new: Labels written.
        withdrawn: Labels taken back.
    """

    rule: str
    dimension: str
    checked: int = 0
    passed: int = 0
    failed: int = 0
    not_applicable: int = 0
    problems: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    new: int = 0
    withdrawn: int = 0

    @property
    def failed_share(self) -> float:
        """The share of the checked traces that fail; nan where none was."""
        return self.failed / self.checked if self.checked else float("nan")


def run_rule(check: Check, texts: Iterable[Text]) -> dict[str, Said]:
    """What a rule says of each trace; once its searches took too long too often, of the rest nothing."""
    said: dict[str, Said] = {}
    late = 0
    for trace_id, text, references in texts:
        if text is None:
            said[trace_id] = Said(None, NO_TEXT)
        elif late >= MOST_LATE:
            said[trace_id] = Said(None, f"not looked at: the rule was stopped after {MOST_LATE} texts took too long")
        else:
            said[trace_id] = check(text, references)
            late += said[trace_id].late
    return said


def news(
    said: Mapping[str, Said], before: Iterable[Row], *, dimension: str, version: str, everywhere: bool
) -> tuple[list[Row], list[Row]]:
    """What to write after a run: labels that say something new, and labels to take back.

    Args:
        said: By trace.
        before: The rule's labels that count, with trace_id, dimension, value, note and ``version`` (the definition they
            were given by).
        dimension: What the rule's labels are about.
        version: The hash of its definition.
        everywhere: Whether every trace that the rule is about was looked at; else labels of others are left alone.

    Returns:
        Rows of trace_id, dimension, value and note; and rows of ``before``.
    """
    stands: dict[str, Row] = {}
    gone = []
    for row in before:
        found = said.get(row["trace_id"])
        if found is None and not everywhere:
            continue
        if found is not None and row["dimension"] == dimension and _holds(row, found, version):
            stands[row["trace_id"]] = row
        else:
            gone.append(row)
    new = []
    for trace_id, each in said.items():
        label = {"trace_id": trace_id, "dimension": dimension, "value": each.value, "note": each.why or None}
        earlier = stands.get(trace_id, {})
        same = all(earlier.get(key) == value for key, value in {**label, "version": version}.items())
        if each.value is not None and not same:
            new.append(label)
    return new, gone


def _holds(row: Row, found: Said, version: str) -> bool:
    """Whether an earlier label may stand, or be replaced by a newer one: it need not be taken back."""
    return found.value is not None or (not _not_applicable(found) and row["version"] == version)


def report(rule: str, dimension: str, said: Mapping[str, Said], *, new: int, withdrawn: int) -> RuleReport:
    """The counts of a run."""
    passed = sum(each.value == "pass" for each in said.values())
    failed = sum(each.value == "fail" for each in said.values())
    silent = [each for each in said.values() if each.value is None]
    unsaid = Counter(each.why for each in silent if not _not_applicable(each))
    return RuleReport(
        rule=rule,
        dimension=dimension,
        checked=passed + failed,
        passed=passed,
        failed=failed,
        not_applicable=len(silent) - unsaid.total(),
        problems=unsaid.total(),
        reasons=dict(unsaid),
        new=new,
        withdrawn=withdrawn,
    )


def _not_applicable(said: Said) -> bool:
    return said.why in (NO_TEXT, NO_REFERENCE)
