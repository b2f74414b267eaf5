"""Addresses and post codes that have a shape: a house number and a street word, a PO box, a state with its ZIP.

The tagger finds addresses too; these patterns hold where it wavers, and end where an address ends.
"""

import re
from collections.abc import Sequence

from workbench.redact.entities import Finding
from workbench.redact.shape import Shape, shape
from workbench.redact.words import is_common

_STREET = (
    r"(?i:street|st|avenue|ave|av|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl|terrace|ter|way|circle"
    r"|cir|trail|trl|parkway|pkwy"
    r"|highway|hwy|square|sq|alley|loop|plaza|crescent|cres|close|mews|row|walk|gardens|grove|expressway|freeway"
    r"|turnpike|pike|crossing|ridge"
    r"|heights|hill|hollow|canyon|bypass|motorway|esplanade|parade|quay)"
)
_PLAIN_STREET = r"(?:street|avenue|ave|road|rd|boulevard|blvd|drive|lane|ln|terrace|parkway|pkwy|highway|hwy)"
_MEASURE = (
    r"(?:hours?|hrs?|min(?:ute)?s?|miles?|kms?|days?|weeks?|months?|years?|more|of|to|on|in|or|and|cars?|people|times?"
    r"|blocks?|lanes?)\b"
)
_UNIT = r"(?i:apt|apartment|suite|ste|unit|flat|floor|fl|rm|room|building|bldg|\#)"
_STATE = (
    r"(?:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT|V[TA]"
    r"|W[AVIY])"
)
_TOWN = rf"(?:,?\s+(?:[A-Z][\w'’.-]*\s?){{1,3}},?\s+{_STATE}\b(?:,?\s+\d{{5}}(?:-\d{{4}})?)?)?"
_WING = r"(?:(?:[NSEW]|N[EW]|S[EW]|North|South|East|West)\.?\s+)?"
_BEFORE = r"(?<![\w$€£.,/-])"
_CROSSING = (
    r"(?:(?:[A-ZÀ-Þ][\w'’.-]*|\d{1,3}(?:st|nd|rd|th)|de|del|la|of|van|der)\s+){0,3}"
    r"(?:[A-ZÀ-Þ][\w'’-]*|\d{1,3}(?:st|nd|rd|th))(?:\s\d{1,4}\b(?![.,]\d))?"
)
"""A street named in passing, as one of two that cross: capitalised words or a number with its ending."""

ADDRESSES: tuple[Shape, ...] = (
    shape(
        "STREET_ADDRESS",
        rf"{_BEFORE}\d{{1,6}}(?:[-–/]\d{{1,4}})?[A-Za-z]?,?\s+{_WING}(?:(?:[A-Z][\w'’.-]*|\d{{1,3}}(?:st|nd|rd|th)"
        rf"|of|the|de|la|del)\s+){{1,4}}?"
        rf"{_STREET}\b\.?(?:\s+(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b)?"
        rf"(?:,?\s+{_UNIT}\b\.?\s*\#?\s*[\w-]{{1,6}})?{_TOWN}",
        0.85,
        hint=rf"\b{_STREET}\b",
    ),
    shape(
        "STREET_ADDRESS",
        rf"{_BEFORE}\d{{1,6}}[a-z]?\s+(?!{_MEASURE})(?:(?:[a-z][\w'’-]*|\d{{1,3}}(?:st|nd|rd"
        rf"|th))\s+){{1,2}}?{_PLAIN_STREET}\b"
        rf"(?:,?\s+{_UNIT}\b\.?\s*\#?\s*[\w-]{{1,6}})?",
        0.75,
        hint=rf"\b{_PLAIN_STREET}\b",
    ),
    shape(
        "STREET_ADDRESS",
        rf"\b(?:[Pp]\.?\s?[Oo]\.?|[Pp]ost\s+[Oo]ffice)\s*[Bb](?:ox|OX)\s*\#?\s*\d+\b{_TOWN}",
        0.9,
        hint="box",
    ),
    shape(
        "STREET_ADDRESS",
        r"\b[A-ZÄÖÜ][a-zäöüß-]+(?:straße|strasse|str\.|weg|platz|allee|gasse|gatan|vägen|gade|straat|laan|katu|tie"
        r"|utca)\s+\d{1,4}\s?[a-z]?\b",
        0.85,
    ),
    shape(
        "STREET_ADDRESS",
        r"(?<=[\s,])(?:apt|apartment|suite|ste)\b\.?\s*\#?\s*(?=[\w-]*\d)[\w-]{1,6}\b",
        0.5,
        any_case=True,
        hint="apt|apart|sui|ste",
    ),
    shape(
        "STREET_ADDRESS",
        rf"\b(?:the\s+)?(?:[Cc]orner|[Ii]ntersection|[Jj]unction|[Cc]rossing)\s+(?:of\s+)?{_CROSSING}\s+(?:and|&|with)\s+{_CROSSING}",
        0.85,
        hint=r"corner|intersection|junction|crossing",
        digits=False,
    ),
    shape("POSTCODE", rf"\b{_STATE},?\s+(?P<value>\d{{5}}(?:-\d{{4}})?)(?![\w-]|[.,]\d)", 0.9),
    shape("POSTCODE", r"(?<![\w-])\d{5}-\d{4}(?![\w-])", 0.8),
    shape(
        "POSTCODE",
        r"\b(?:GIR ?0AA|[A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRVWXY]?) \d[ABD-HJLNP-UW-Z]{2})\b",
        0.85,
    ),
    shape("POSTCODE", r"(?<![\w-])[a-z]{1,2}\d[a-z\d]? \d[abd-hjlnp-uw-z]{2}(?![\w-])", 0.75),
    shape("POSTCODE", r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d\b", 0.85),
)

_STREET_WORD = re.compile(
    rf"\b(?:{_STREET}|{_UNIT})\b|\b(?i:rue|via|viale|piazza|corso|calle|carrera|avenida|av|paseo|plaza|rua|travessa"
    r"|chemin|quai|allée|impasse|ul|ulica|aleja|utca|box|block|plot|sector|villa|house|cottage|farm|estate|cross|nagar)\b"
    r"|\w(?:straße|strasse|str|weg|platz|allee|gasse|gatan|vägen|gata|vej|gade|veien|katu|tie|straat|laan|plein)\b"
)
_WORDS = re.compile(r"[^\W\d_]{2,}")
_ID_LIKE = re.compile(r"(?=\w*\d\w*\d)(?=\w*[A-Za-z])\w{6,}|(?<!\d)\d{5,6}(?!\d)")
_NEXT_TO = re.compile(r"[\s,;/().#-]{0,4}")
_PLACED = frozenset({"STREET_ADDRESS", "LOCATION", "POSTCODE", "PERSON", "ORGANIZATION"})
_NAMES = frozenset({"PERSON", "LOCATION", "ORGANIZATION"})
_NUMBERS = frozenset({"IBAN", "SSN", "BANK_ACCOUNT", "CREDIT_CARD", "PASSPORT", "DRIVER_LICENSE", "IP_ADDRESS"})
_MONEY_BEFORE = re.compile(r"(?:[$€£¥₹]|\b(?:usd|eur|gbp|chf|inr|rs))\s?$", re.IGNORECASE)
_MONEY_AFTER = re.compile(
    r"(?:[,.]\d\d?)?\s?(?:[%€£$¥]|(?:kr|zł|kč|usd|eur|gbp|chf|sek|nok|dkk|mg|ml|mm|cm|kg|km)\b)", re.IGNORECASE
)


def without_scraps(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Findings in order, but for bits of what was taken for an address and holds neither street nor neighbour.

    Once cards, dates and numbers have been cut out of it, what is left may be a lone word or number ("IBAN", "-23"):
    that stays only beside another part of an address, or where it was found with confidence. An unsure name that is
    the label of a number goes too.
    """
    return [
        one
        for at, one in enumerate(findings)
        if not (_is_scrap(text, findings, at) if one.type == "STREET_ADDRESS" else _is_label(text, findings, at))
    ]


def _is_label(text: str, findings: Sequence[Finding], at: int) -> bool:
    """Whether an unsure name is one word in capitals right before the number that it announces: IBAN, BIC, DNI."""
    one = findings[at]
    if one.type not in _NAMES or one.score > 0.6 or at + 1 == len(findings):
        return False
    value, after = text[one.start : one.end], findings[at + 1]
    return value.isupper() and len(value) <= 6 and after.type in _NUMBERS and after.start - one.end <= 2


def _is_scrap(text: str, findings: Sequence[Finding], at: int) -> bool:
    one = findings[at]
    value = text[one.start : one.end]
    if one.score == 1.0 or _STREET_WORD.search(value):
        return False
    if value[0] in "$€£¥₹%" or _MONEY_BEFORE.search(text[max(0, one.start - 5) : one.start]):
        return True
    if value[-1].isdigit() and _MONEY_AFTER.match(text[one.end : one.end + 8]):
        return True
    words = _WORDS.findall(value)
    has_digit = any(map(str.isdigit, value))
    if len(words) > 1 or (words and has_digit and (one.score >= 0.5 or words[0][0].isupper())):
        return False
    after = findings[at + 1] if at + 1 < len(findings) else None
    if after and len(words) == 1 and after.type not in _PLACED and text[one.end : after.start] in (" ", ": ", ". "):
        return True  # the label of a number
    if one.score >= 0.75 and (len(words) == 1 or (value.isdigit() and len(value) < 7)):
        return False
    if one.score >= 0.35 and words and value[0].isupper() and not value.isupper() and not is_common(value):
        return False
    if _ID_LIKE.search(value):
        return False
    for other in (findings[at - 1] if at else None, after):
        if other is not None and other.type in _PLACED:
            gap = text[other.end : one.start] if other.start < one.start else text[one.end : other.start]
            if _NEXT_TO.fullmatch(gap):
                return False
    return True
