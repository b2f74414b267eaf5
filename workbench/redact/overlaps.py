"""Settles which finding keeps which characters, so that findings never overlap and nothing found stays readable.

A card number inside what looks like an address stays a card number; an address keeps the town and post code within
it; what is left of a weaker finding on either side of a stronger one stays a finding of its own.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable

from workbench.redact.entities import PLACEHOLDER, Finding

_ADDRESS = frozenset({"STREET_ADDRESS", "LOCATION", "POSTCODE"})
_BETWEEN_LINES = re.compile(r"[\s,.;/#()-]{1,4}")
_RANK = {
    name: rank
    for rank, names in enumerate(
        (
            ("FIELD",),
            (
                "SECRET",
                "EMAIL",
                "CREDIT_CARD",
                "IBAN",
                "SSN",
                "PASSPORT",
                "DRIVER_LICENSE",
                "BIRTH_DATE",
                "CRYPTO",
                "MAC_ADDRESS",
            ),
            ("URL", "IP_ADDRESS", "ACCOUNT_ID", "ORDER_ID"),
            ("CARD_ENDING", "HANDLE", "BANK_ACCOUNT", "PHONE"),
            ("STREET_ADDRESS",),
            ("DOMAIN", "POSTCODE"),
            ("PERSON", "LOCATION", "ORGANIZATION"),
        )
    )
    for name in names
}


def settled(text: str, findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order, without overlaps, without blank edges, and never inside a placeholder."""
    placed = [(match.start(), match.end()) for match in PLACEHOLDER.finditer(text)] if "<" in text else []
    taken: list[tuple[int, int]] = list(placed)
    starts = [start for start, _ in taken]
    kept: list[Finding] = []
    for finding in sorted(
        findings, key=lambda one: (_RANK.get(one.type, 1), one.start - one.end, -one.score, one.start, one.type)
    ):
        for start, end in _free(finding.start, finding.end, taken, starts):
            start, end = _trimmed(text, start, end)
            whole = (start, end) == (finding.start, finding.end)
            if start < end and (whole or sum(letter.isalnum() for letter in text[start:end]) >= 2):
                at = bisect_right(starts, start)
                starts.insert(at, start)
                taken.insert(at, (start, end))
                kept.append(finding if whole else Finding(finding.type, start, end, finding.score))
    return _joined(text, sorted(kept, key=lambda one: one.start))


def _joined(text: str, findings: list[Finding]) -> list[Finding]:
    """Neighbouring parts of one address, or of one name, as one finding: commas between them say where they lived."""
    joined: list[Finding] = []
    for finding in findings:
        last = joined[-1] if joined else None
        if last is not None and _belong(text[last.end : finding.start], last.type, finding.type):
            kind = last.type if last.type == finding.type else "STREET_ADDRESS"
            joined[-1] = Finding(kind, last.start, finding.end, max(last.score, finding.score))
        else:
            joined.append(finding)
    return joined


def _belong(between: str, left: str, right: str) -> bool:
    if len(between) > 4:
        return False
    if left == right == "PERSON":
        return between in (" ", "-", "'", "’", ". ")
    if left == right == "ORGANIZATION":
        return between in (" ", " & ", "-")
    if "STREET_ADDRESS" in (left, right):
        return {left, right} <= _ADDRESS and _BETWEEN_LINES.fullmatch(between) is not None
    return {left, right} == {"LOCATION", "POSTCODE"} and between in (" ", ", ")


def _free(start: int, end: int, taken: list[tuple[int, int]], starts: list[int]) -> list[tuple[int, int]]:
    """The stretches of [start, end) that nothing has taken; ``taken`` is sorted and disjoint."""
    if start >= end:
        return []
    at = max(0, bisect_right(starts, start) - 1)
    free = []
    while at < len(taken) and taken[at][0] < end:
        low, high = taken[at]
        if high > start:
            if low > start:
                free.append((start, low))
            start = max(start, high)
        at += 1
    if start < end:
        free.append((start, end))
    return free


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in ",;:"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",;:"):
        end -= 1
    return start, end
