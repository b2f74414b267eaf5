"""Answers that only the question before them explains: "What is your date of birth?" - "4 March 88".

A short reply in a conversation often is the value and nothing else. The question sits in the message before it, so this
looks at two texts of one scope at a time; a reply of more than a few words is left to the other recognisers.
"""

import re

from workbench.redact.announced import DATE
from workbench.redact.entities import PLACEHOLDER, Finding
from workbench.redact.words import could_be_a_name

_I = re.IGNORECASE
_QUESTIONS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "BIRTH_DATE",
        re.compile(r"date of birth|birth\s?-?date|\bdob\b|when were you born|birthday", _I),
        re.compile(DATE, _I),
    ),
    (
        "CARD_ENDING",
        re.compile(r"(?:last|final) (?:four|4)", _I),
        re.compile(r"(?<![\w$€£.,/-])\d{4}(?![\w%]|[.,:/-]\d)"),
    ),
    (
        "POSTCODE",
        re.compile(r"\bzip\b|post(?:al)? ?code|postcode", _I),
        re.compile(r"\b\d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b", _I),
    ),
    (
        "PHONE",
        re.compile(
            r"(?:phone|mobile|cell|contact|callback|telephone)(?: number)?|number (?:to|we can) (?:reach|call|text)", _I
        ),
        re.compile(r"(?<![\w$€£.])\+?\(?\d(?:[ ().-]{0,3}\d){6,14}(?![\w%])"),
    ),
    (
        "SECRET",
        re.compile(r"\bpin\b|pass(?:code|word)|security code|one[- ]time|verification code|\bcvv\b|\botp\b", _I),
        re.compile(r"(?<![\w$€£.,/-])\d{3,8}(?![\w%]|[.,:/-]\d)"),
    ),
    (
        "SSN",
        re.compile(r"social security|\bssn\b|national insurance", _I),
        re.compile(r"(?<![\w$€£.])\d(?:[ -]?\d){3,10}(?![\w%])"),
    ),
    (
        "ACCOUNT_ID",
        re.compile(
            r"(?:account|member(?:ship)?|customer|user|policy|employee|student|loyalty|passport|licen[cs]e) ?"
            r"(?:number|id|name|no\b)|login",
            _I,
        ),
        re.compile(r"(?<![\w@.-])(?=[\w-]*[\d_])(?=[\w-]{5})[A-Za-z0-9][\w-]*\w(?![\w@])"),
    ),
)
_NAME_ASKED = re.compile(
    r"(?:your|the|full|first|last|sur|family|passenger'?s?|guest'?s?)\s?names?\b|who am i speaking|who is this"
    r"|name, please",
    _I,
)
_OPENING = re.compile(
    r"^(?:(?:yes|yeah|sure|ok|okay|it'?s|its|this is|i'?m|i am|my name is|name is|the name is|that would be|hi"
    r"|hello)[,:!. ]+)+",
    _I,
)
_NAME = re.compile(r"[^\W\d_][\w'’-]*\.?(?: [^\W\d_][\w'’-]*\.?){0,3}")
_LONGEST_REPLY = 120


def answers(question: str, reply: str) -> list[Finding]:
    """What a reply gives away once the text before it is known."""
    if len(reply) > _LONGEST_REPLY or not reply.strip():
        return []
    asked = PLACEHOLDER.sub(" ", question[-600:])
    found = []
    for entity, cue, value in _QUESTIONS:
        if cue.search(asked):
            found += [Finding(entity, match.start(), match.end(), 0.85) for match in value.finditer(reply)]
    if _NAME_ASKED.search(asked):
        opening = _OPENING.match(reply)
        start = opening.end() if opening else 0
        match = _NAME.fullmatch(reply[start:].rstrip(" .!,\n"))
        if match and all(could_be_a_name(word.strip(".")) for word in match[0].split()):
            found.append(Finding("PERSON", start, start + match.end(), 0.8))
    return found
