"""Phone numbers: groups of digits, judged by their shape, the words before them and the numbering plans.

The stock recogniser tries every number against every region and takes most of an engine's time; here a cheap
expression proposes groups of digits, and ``phonenumbers`` is asked only where the shape does not settle it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from workbench.redact.entities import Finding

_GROUP = re.compile(
    r"(?<![\w.#$€£¥/@:=-])(?:(?:\+|00)\s?)?\(?\+?\d(?:[ ()./\u2010-\u2015\xa0-]{0,3}\d){5,16}\)?"
    r"(?:\s?(?:x|ext\.?|extension|\#)\s?\d{1,6})?(?![\w%]|[.,:/-]\d)"
)
_CUE = re.compile(
    r"(?:phone|call|cell|mobile|tel|text|sms|whats\s?app|fax|reach|dial|ring|contact|number|landline|voicemail"
    r"|hotline|line)[^\n]{0,40}$",
    re.IGNORECASE,
)
_NOT_PHONE = re.compile(
    r"(?:order|confirmation|reservation|booking|invoice|ticket|tracking|case|ref(?:erence)?|transaction|sku|isbn"
    r"|serial|part|"
    r"model|flight|id|account|acct|routing|version|upc|ean|vin|licen[cs]e|passport|certificate|claim|card|policy)"
    r"(?:\s*(?:number|no\.?|id|code|\#))?\s*(?:is|was|:|=|\#)?\s*[\"'(]?$",
    re.IGNORECASE,
)
_DATE_LIKE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:\s+\d{1,2})?|(?:19"
    r"|20)\d\d\s?[-–]\s?(?:19|20)\d\d"
)
_NORTH_AMERICAN = re.compile(r"(?:(?:\+|00)?1[ .-]?)?(?:\([2-9]\d\d\)\s?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]?\d{4}$")
_LETTERS = re.compile(
    r"(?<![\w-])(?:\+?1[ -])?(?:8(?:00|33|44|55|66|77|88)|900)[ -]"
    r"(?=[A-Z0-9-]*[A-Z]{3})[A-Z0-9]{3,4}[ -]?[A-Z0-9]{3,5}\b"
)
REGIONS = ("US", "GB", "IN", "DE", "FR", "AU", "CA", "ES", "IT", "MX", "BR", "NL", "SE", "PL", "CH", "JP", "ZA", "NG")


def phones_in(text: str) -> Iterator[Finding]:
    """Phone and fax numbers in a text."""
    for match in _GROUP.finditer(text):
        start, end = match.span()
        group = match.group()
        if group.endswith(")") and "(" not in group:
            group, end = group[:-1], end - 1
        before = text[max(0, start - 60) : start]
        score = _score(group, bool(_CUE.search(before)), bool(_NOT_PHONE.search(before)))
        if score:
            yield Finding("PHONE", start, end, score)
    if "8" in text or "900" in text:
        for match in _LETTERS.finditer(text):
            yield Finding("PHONE", match.start(), match.end(), 0.8)


@lru_cache(maxsize=65536)
def _score(group: str, has_cue: bool, is_other: bool) -> float:
    """How sure a group of digits is a phone number; 0 where it is not."""
    number = re.split(r"x|ext|#", group, maxsplit=1)[0]
    digits = "".join(letter for letter in number if letter.isdigit())
    plain = number.strip("() ")
    if not 7 <= len(digits) <= 16 or len(set(digits)) == 1 or _DATE_LIKE.fullmatch(plain):
        return 0.0
    international = number.lstrip("( ").startswith("+")
    separated = not plain.lstrip("+").isdigit()
    if international and len(digits) >= 8:
        return 0.95
    if is_other and not has_cue:
        return 0.0
    if separated and _NORTH_AMERICAN.fullmatch(number.strip()):
        return 0.9
    if has_cue and 7 <= len(digits) <= 15:
        return 0.8
    if is_other or not separated and len(digits) < 10:
        return 0.0
    groups = re.findall(r"\d+", number)
    if separated and (
        len(groups) > 6 or min(map(len, groups)) < 2 and "(" not in number and not number.startswith(("1", "0"))
    ):
        return 0.0
    if not separated and not digits.startswith("0"):
        return 0.0
    return 0.7 if _valid_somewhere(number) else 0.0


def _valid_somewhere(number: str) -> bool:
    import phonenumbers

    for region in REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
