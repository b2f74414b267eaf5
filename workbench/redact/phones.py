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
    r"(?:,?\s?(?:x|ext\.?|extn\.?|extension|\#)\s?\d{1,6})?(?![\w%]|[.,:/-]\d)"
)
_CUE = re.compile(
    r"(?:phone|call|cell|mobile|mobil|handy|tel|text|sms|whats\s?app|fax|reach|dial|ring|contact|number|landline|voicemail"
    r"|hotline|line|festnetz|durchwahl|portable|m[oó]vil|celular|cel|tlf|gsm)[^\n]{0,40}$",
    re.IGNORECASE,
)
_CUE_BEHIND = re.compile(
    r"\s?[-–(/]?\s?(?:fax|office|mobile?|cell|home|work|direct|tel|phone|landline|whatsapp)\b", re.IGNORECASE
)
_LABEL = re.compile(r"(?:^|[\n,;|(])[ \t]*[^\W\d_]{1,12}\.?[ \t]*[:)][ \t]*$")
"""A short word and a colon, as before the numbers of a contact block: "H: ...", "Desk: ..."."""
_EXTENSION = re.compile(
    r"\b(?:desk|office|phone|dial|line|extension|ext|reach \w+ (?:at|on)|call \w+ (?:at|on))\b[^\w\n]{0,3}"
    r"(?:(?:is|at|on|number|no)\b\W{0,3})?"
    r"(?P<value>(?:x|ext\.?|extn\.?|extension)?\s?\d{3,6})\b(?![-./:,]\d)",
    re.IGNORECASE,
)
_COUNTRY_FIRST = re.compile(r"\(?(?:\+|00|1[ .-]?\()")
_SIGN_OF_EXTENSION = re.compile(r"\bext|\bx\d", re.IGNORECASE)
_NOT_PHONE = re.compile(
    r"(?<![^\W_])(?:order|confirmation|reservation|booking|invoice|ticket|tracking|case|ref(?:erence)?|transaction|sku|isbn"
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
        is_other = bool(_NOT_PHONE.search(before))
        has_cue = bool(_CUE.search(before) or (len(group) > 8 and _CUE_BEHIND.match(text, end)))
        score = _score(group, has_cue, is_other)
        if not score and not is_other and (_LABEL.search(before) or _ends_its_line(text, start, end)):
            score = _bare_score(group)
        if score:
            yield Finding("PHONE", start, end, score)
    if _SIGN_OF_EXTENSION.search(text):
        for match in _EXTENSION.finditer(text):
            if _SIGN_OF_EXTENSION.search(match[0]):
                yield Finding("PHONE", *match.span("value"), 0.8)
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
    if number.find("(") > 1 and not _COUNTRY_FIRST.match(number):
        return 0.0
    groups = re.findall(r"\d+", number)
    if separated and (
        len(groups) > 6 or min(map(len, groups)) < 2 and "(" not in number and not number.startswith(("1", "0"))
    ):
        return 0.0
    if not separated and not digits.startswith("0"):
        return 0.0
    return 0.7 if _valid_somewhere(number) else 0.0


def _ends_its_line(text: str, start: int, end: int) -> bool:
    """Whether a number closes a line or text that has words in it, as the last line of a contact block does."""
    return text[end : end + 1] in ("", "\n", "\r") and any(map(str.isalpha, text[:start]))


@lru_cache(maxsize=4096)
def _bare_score(group: str) -> float:
    """How sure ten digits without any separator or cue are a North American number, by its numbering plan alone."""
    import phonenumbers

    if not re.fullmatch(r"1?[2-9]\d{2}[2-9]\d{6}", group) or len(set(group)) < 4:
        return 0.0
    return 0.6 if phonenumbers.is_valid_number(phonenumbers.parse(group, "US")) else 0.0


def _valid_somewhere(number: str) -> bool:
    import phonenumbers

    for region in REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
