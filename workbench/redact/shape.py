"""One pattern and how it is tried; the tables of patterns are in ``patterns``, ``announced`` and ``addresses``."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.redact.entities import Finding

_NUMBERED = frozenset(
    {
        "CREDIT_CARD",
        "CARD_ENDING",
        "SSN",
        "PASSPORT",
        "DRIVER_LICENSE",
        "BANK_ACCOUNT",
        "POSTCODE",
        "IBAN",
        "STREET_ADDRESS",
    }
)
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Shape:
    """One pattern: group ``value``, or the whole match, is the finding; ``hint`` must occur for it to be tried."""

    entity: str
    regex: re.Pattern[str]
    score: float
    hint: re.Pattern[str] | None
    has_value: bool
    needs_digit: bool


def shape(
    entity: str,
    regex: str,
    score: float,
    *,
    any_case: bool = False,
    hint: str | None = None,
    digits: bool | None = None,
) -> Shape:
    """A pattern from its source; ``hint`` is always tried without regard to case.

    ``digits`` says whether a text without any need not be searched; by default its entity decides.
    """
    compiled = re.compile(regex, re.IGNORECASE if any_case else 0)
    return Shape(
        entity,
        compiled,
        score,
        re.compile(hint, re.IGNORECASE) if hint else None,
        "value" in compiled.groupindex,
        entity in _NUMBERED if digits is None else digits,
    )


def matches(shapes: Iterable[Shape], text: str) -> Iterator[Finding]:
    """Every finding of every pattern in a text; they may overlap."""
    has_digit = _DIGIT.search(text) is not None
    for one in shapes:
        if one.needs_digit and not has_digit:
            continue
        if one.hint is not None and not one.hint.search(text):
            continue
        for match in one.regex.finditer(text):
            start, end = match.span("value") if one.has_value else match.span()
            yield Finding(one.entity, start, end, one.score)
