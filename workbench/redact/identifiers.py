"""Tokens that name something in a program (a file, a flag, a tool, a trace) and not a person, whatever the tagger sees.

Only what the tagger found is ever dropped for this: a login made of a known name is found another way. Where a run of
letters could be either, it stays a name, so ``anne-marie``, ``McDonald`` and ``hiMia`` are no identifiers.
"""

import re
from collections.abc import Sequence

from workbench.redact.entities import Finding
from workbench.redact.words import could_be_a_name, is_common

_RUN = re.compile(r"[\w./@~%+\\-]+")
_FLAG = re.compile(r"--[a-z][\w.-]*|-[a-z](?:[a-z0-9]*-[\w-]*)?")
_JOINED = re.compile(r"[@a-z0-9]+(?:[-.][a-z0-9]+){2,}")
_SNAKE = re.compile(r"[@./~\\-]*[a-z0-9]+(?:[-./\\@][a-z0-9]+)*_[a-z0-9_./\\@-]*")
_PATH = re.compile(r"(?:\.{0,2}|~|[a-z])[:]?[/\\][a-z0-9._/\\@+-]+|[a-z0-9._@-]+(?:[/\\][a-z0-9._@+-]+){2,}")
_DOTTED_PATH = re.compile(r"[a-z0-9@]+(?:[/\\][a-z0-9@]*[-.@0-9][a-z0-9.@-]*)+")
_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)+")
_HUMP = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]")
_PASCAL = re.compile(r"(?!(?:Ma?c|De|La|Le|Van|Di|Du|O|Fitz|St)[A-Z])(?:[A-Z][a-z0-9]+){2,}|[A-Z][a-z]+[A-Z]{2,}\w*")
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_HUMPED = re.compile(r"[A-Za-z][A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*|[A-Z]{2,}[a-z][A-Za-z0-9]*")
_DIGIT_INSIDE = re.compile(r"\w*\d[A-Za-z]\w*")
_PARTICLES = frozenset("de van von la le di da del della mc mac al el o d ten ter du dos st bin ben ibn".split())
_IN_A_PLACE = frozenset("on upon sur de la le les en am an der in by del du of the sous aux under".split())
_REACH = 120
_NAMES_ONLY = frozenset({"PERSON", "LOCATION", "ORGANIZATION"})


def is_identifier(token: str) -> bool:
    """Whether a token without blanks is written as programs write names."""
    token = token.strip(".,")
    if _FLAG.fullmatch(token):
        return True
    token = token.rstrip("-")
    if _CAMEL.fullmatch(token):
        humps = _HUMP.findall(token)
        return humps[0] not in _PARTICLES and (len(humps) > 2 or all(map(is_common, humps)))
    if _JOINED.fullmatch(token):
        return not _IN_A_PLACE.intersection(re.split(r"[-.]", token)[1:-1])
    if _SNAKE.fullmatch(token):
        return not _could_be_a_login(token)
    return any(one.fullmatch(token) for one in (_PATH, _DOTTED_PATH, _DIGIT_INSIDE))


def _could_be_a_login(token: str) -> bool:
    """Whether a token is one or two words that are not common ones, and perhaps a number: mia_li_3668."""
    words = token.split("_")
    if words[-1].isdigit():
        words.pop()
    return 1 <= len(words) <= 2 and all(word.isalpha() and not is_common(word) for word in words)


def without_identifiers(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """The tagger's findings but for names that stand within identifiers."""
    return [one for one in findings if one.type not in _NAMES_ONLY or not _within_identifiers(text, one)]


def _within_identifiers(text: str, finding: Finding) -> bool:
    first = max(0, finding.start - _REACH)
    around = text[first : finding.end + _REACH]
    start, end = finding.start - first, finding.end - first
    touched = [match[0] for match in _RUN.finditer(around) if match.start() < end and match.end() > start]
    return bool(touched) and all(map(is_identifier, touched))


def names_software(value: str) -> bool:
    """Whether the whole value of a field called just "name" is one word written as programs write theirs.

    Firmer than ``is_identifier``, which reads running text: ``ChatOpenAI`` holds a common word or letters of an
    abbreviation, which ``McDonald``, ``DeShawn`` and ``JohnSmith`` do not.
    """
    if not value or any(map(str.isspace, value)):
        return False
    if is_identifier(value):
        return True
    humps = _HUMPS.findall(value)
    return (
        len(humps) > 1
        and _HUMPED.fullmatch(value) is not None
        and humps[0].casefold() not in _PARTICLES
        and any(hump.isupper() and len(hump) > 1 or is_common(hump) for hump in humps)
    )


def could_be_somebody(value: str) -> bool:
    """Whether the value of a field called just "name" is written as people's names are."""
    words = value.split()
    if not 1 <= len(words) <= 6 or any(letter.isdigit() or letter in "_/\\{}<>=@" for letter in value):
        return False
    if len(words) == 1 and (names_software(value) or _PASCAL.fullmatch(value) or (value.islower() and "-" in value)):
        return False
    return not value.islower() or any(could_be_a_name(word.strip(".,'’")) for word in words)
