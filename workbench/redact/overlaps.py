"""Settles which finding keeps which characters, so that findings never overlap and nothing found stays readable.

A card number inside what looks like an address stays a card number; an address keeps the town and post code within
it; what is left of a weaker finding on either side of a stronger one stays a finding of its own.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable

from workbench.redact.addresses import without_scraps
from workbench.redact.entities import PLACEHOLDER, Finding

_ADDRESS = frozenset({"STREET_ADDRESS", "LOCATION", "POSTCODE"})
_ON_A_CORNER = frozenset({"STREET_ADDRESS", "LOCATION", "PERSON", "ORGANIZATION"})
_CORNER = re.compile(r"(?:the\s+)?(?:corner|intersection|junction|crossing)\s+of\s+", re.IGNORECASE)
_AT_CORNER = re.compile(_CORNER.pattern + r"$", re.IGNORECASE)
_BETWEEN_LINES = re.compile(r"(?!.*\n\s*\n)[\s,;/#().-]{0,4}(?:[A-Z0-9][\w'’-]*[\s,;/#()-]{1,4}){0,2}")
"""What may stand between two parts of an address: marks and blanks, and up to two words with a capital or a digit."""
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
    return _joined(text, without_scraps(text, sorted(kept, key=lambda one: one.start)))


def _joined(text: str, findings: list[Finding]) -> list[Finding]:
    """Neighbouring parts of one address, or of one name, as one finding: commas between them say where they lived.

    Within an address a part may have been taken for a name (a street is often named after somebody), or missed.
    """
    joined: list[Finding] = []
    for at, finding in enumerate(findings):
        last = joined[-1] if joined else None
        following = findings[at + 1] if at + 1 < len(findings) else None
        if last is not None and _crosses(text, last, finding):
            joined[-1] = Finding("STREET_ADDRESS", last.start, finding.end, max(last.score, finding.score))
            continue
        if last is not None and (_belong(text, last, finding) or _within_address(text, last, finding, following)):
            kind = last.type if last.type == finding.type else "STREET_ADDRESS"
            joined[-1] = Finding(kind, last.start, finding.end, max(last.score, finding.score))
        else:
            corner = (
                _AT_CORNER.search(text[max(0, finding.start - 40) : finding.start])
                if finding.type in _ON_A_CORNER
                else None
            )
            start = finding.start - len(corner[0]) if corner else finding.start
            clear = corner is not None and (last is None or last.end <= start)
            joined.append(Finding("STREET_ADDRESS", start, finding.end, finding.score) if clear else finding)
    return joined


def _crosses(text: str, left: Finding, right: Finding) -> bool:
    """Whether two streets are named as one corner: after "the corner of", or where only the second has its number."""
    if text[left.end : right.start] not in (" and ", " & ") or not {left.type, right.type} <= _ON_A_CORNER:
        return False
    if left.type == "STREET_ADDRESS" and _CORNER.match(text[left.start : left.end]) is not None:
        return True
    has_number = text[right.end - 1].isdigit() and right.type == "STREET_ADDRESS"
    return has_number and text[left.start].isupper() and text[right.start].isupper()


def _belong(text: str, left: Finding, right: Finding) -> bool:
    between = text[left.end : right.start]
    types = {left.type, right.type}
    if "STREET_ADDRESS" in types and types <= _ADDRESS:
        return len(between) <= 20 and _BETWEEN_LINES.fullmatch(between) is not None
    if right.type == "PHONE" and left.type == "STREET_ADDRESS":  # a house number and a post code, taken for a phone
        return right.score <= 0.7 and between == " " and not any(map(str.isdigit, text[left.start : left.end]))
    if types == {"PERSON"}:
        return between in (" ", "-", "'", "’", ". ")
    if types == {"ORGANIZATION"}:
        return between in (" ", " & ", "-")
    return types == {"LOCATION", "POSTCODE"} and between in (" ", ", ")


def _within_address(text: str, left: Finding, middle: Finding, right: Finding | None) -> bool:
    """Whether what was taken for a name stands between two parts of one address."""
    if (
        right is None
        or left.type != "STREET_ADDRESS"
        or middle.type not in ("PERSON", "ORGANIZATION")
        or right.type not in _ADDRESS
    ):
        return False
    gaps = (text[left.end : middle.start], text[middle.end : right.start])
    return all(len(gap) <= 4 and _BETWEEN_LINES.fullmatch(gap) is not None for gap in gaps)


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
