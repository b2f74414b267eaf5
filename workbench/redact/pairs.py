"""Values under telling names in running text: ``Name: ...`` lines, Python-repr dicts, query strings, markdown lists.

The name before a colon or equals sign is read like a field's name; what follows must look like its kind, because prose
has colons too ("Address: the wrong one").
"""

import re

from workbench.redact.entities import Finding
from workbench.redact.fields import entity_of, says_nothing, words_of

_BEFORE_COLON = re.compile(
    r"([A-Za-z][A-Za-z0-9_-]*(?:[ ][A-Za-z][A-Za-z0-9_]*){0,3})(?:\s?\([^)\n]{0,20}\))?[\"'*`]{0,3}\s*$"
)
_AFTER_COLON = re.compile(r"[\s*`]*([\"'“]?)([^\n\"'“”,;}{|<>\[\]]{1,120})")
_QUOTED = {
    '"': re.compile(r'[\s*`]*"((?:[^"\\\n]|\\.){1,200})"'),
    "'": re.compile(r"[\s*`]*'((?:[^'\\\n]|\\.){1,200})'"),
}
_COLON = re.compile(r"(?<![:/\w=!<>]:)[:=](?![:/=])")


def pairs_in(text: str) -> list[Finding]:
    """Every value whose name before it says what it is."""
    found = []
    for mark in _COLON.finditer(text):
        before = _BEFORE_COLON.search(text[max(0, mark.start() - 60) : mark.start()])
        entity = entity_of(before[1]) if before else None
        if entity is None:
            continue
        rest = text[mark.end() : mark.end() + 220]
        opening = rest.lstrip(" \t*`")[:1]
        quoted = _QUOTED[opening].match(rest) if opening in _QUOTED else None
        value = quoted or _AFTER_COLON.match(rest)
        if not value:
            continue
        start, end = value.span(1 if quoted else 2)
        if not quoted:
            if "\n" in rest[:start]:
                continue
            end = start + len(_until_prose(value[2], entity))
        if end > start and not says_nothing(rest[start:end], entity) and _likely(rest[start:end], entity, bool(quoted)):
            found.append(Finding(entity, mark.end() + start, mark.end() + end, 0.9))
    return found


def _until_prose(value: str, entity: str) -> str:
    """An unquoted value up to where a sentence seems to begin."""
    value = (
        re.split(r"\s{2,}|\t|\s[-–—|]\s|[.!?](?:\s|$)|\)", value, maxsplit=1)[0]
        if entity != "STREET_ADDRESS"
        else value
    )
    return value.rstrip(" .!?*_`")


def _likely(value: str, entity: str, quoted: bool) -> bool:
    words = value.split()
    if entity == "PERSON":
        named = [word for word in words if word[:1].isupper()]
        return len(words) <= 5 and (len(named) == len(words) or (quoted and len(words) <= 3))
    if entity == "LOCATION":
        return len(words) <= 4 and (value[:1].isupper() or quoted)
    if entity == "STREET_ADDRESS":
        return any(map(str.isdigit, value)) or quoted
    if entity == "EMAIL":
        return "@" in value
    if entity in ("IP_ADDRESS", "MAC_ADDRESS"):
        return re.fullmatch(r"[0-9a-fA-F.:/-]{3,45}", value) is not None
    if entity in ("SECRET", "ACCOUNT_ID", "HANDLE"):
        return len(words) == 1 and (quoted or any(not letter.isalpha() for letter in value))
    return len(words_of(value)) > 0 or any(map(str.isdigit, value))
