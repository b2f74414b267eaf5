"""Settles which finding keeps which characters, so that findings never overlap and nothing found stays readable.

A card number inside what looks like an address stays a card number; an address keeps the town and post code within
it; what is left of a weaker finding on either side of a stronger one stays a finding of its own.
"""

from bisect import bisect_right
from collections.abc import Iterable

from workbench.redact.entities import PLACEHOLDER, Finding

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
    return sorted(kept, key=lambda one: one.start)


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
