"""What may be written about a dimension; anything else is refused with a reason.

Refused is what labels could not live with: a name that no label may have, one value, no value for a failure. What is
merely poor (no example at the line, five values) is taken, and ``advice`` says so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.codebook.names import APART, same_name
from workbench.errors import BadRequest
from workbench.labels.words import DIMENSION, OF_CODES, UNPARSABLE
from workbench.rubric.standard import RubricDimension

LEVELS = ("nominal", "ordinal")
TEXTS = ("definition", "passes", "fails", "rule")
FIELDS = ("name", "level", "values", "failure", *TEXTS)
TAKEN = ("outcome", "note", *OF_CODES)
"""Dimensions that every workspace has; a rubric's own may not be called like them."""
NO_VALUES = (UNPARSABLE,)  # what is stored where a judge's answer could not be read
LONGEST_TEXT = 4000
LONGEST_VALUE = 40
MOST_VALUES = 7


def clean_dimension(told: Mapping[str, Any]) -> RubricDimension:
    """A dimension from its fields.

    Raises:
        BadRequest: a field is missing, unknown, or not what it should be.
    """
    unknown = [key for key in told if key not in FIELDS]
    if unknown:
        raise BadRequest(f"a dimension has no field {_shown(unknown[0])}; it has: {', '.join(FIELDS)}.")
    name = clean_name(told.get("name"))
    values = _values(name, told.get("values"))
    level: Any = told.get("level") or "nominal"
    if level not in LEVELS:
        raise BadRequest(f"the level of {name} has to be nominal (kinds) or ordinal (steps in order). Choose one.")
    failure = _word(name, told.get("failure"))
    if failure not in values:
        raise BadRequest(f"{name} does not say which of its values is the failure. Name one of: {', '.join(values)}.")
    definition, passes, fails, rule = (_text(name, key, told.get(key)) for key in TEXTS)
    return RubricDimension(name, level, values, failure, definition, passes, fails, rule)


def clean_all(rows: Sequence[Mapping[str, Any]]) -> tuple[RubricDimension, ...]:
    """Dimensions from their fields, each name once.

    Raises:
        BadRequest: one is not what it should be, or two bear one name.
    """
    dimensions = tuple(clean_dimension(row) for row in rows)
    check_apart(each.name for each in dimensions)
    return dimensions


def check_apart(names: Iterable[str]) -> None:
    """Refuse two names that differ in spelling only."""
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(same_name(name), name)
        if other is not name:
            raise BadRequest(f"two dimensions are called {other} and {name}. Give each a name of its own.")


def clean_name(name: object) -> str:
    """A dimension's name as labels may have it.

    Raises:
        BadRequest: it is none, or the name of something every workspace has.
    """
    cleaned = " ".join(name.split()) if isinstance(name, str) else ""
    if not DIMENSION.fullmatch(cleaned):
        raise BadRequest(
            "the name of a dimension begins with a letter and has at most 64 letters, digits, spaces and _ . : / -. "
            "Give it such a name."
        )
    for taken in TAKEN:
        if same_name(cleaned) == same_name(taken):
            raise BadRequest(
                f"a dimension may not be called {cleaned}: {taken} is what every trace is labelled with besides the "
                "rubric. Name it by what is looked at."
            )
    return cleaned


def _values(name: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise BadRequest(f"the values of {name} have to be a list of words. Give two or three, in order.")
    values = tuple(_word(name, each) for each in given)
    if not 2 <= len(values) <= MOST_VALUES:
        raise BadRequest(
            f"{name} has {len(values)} values; two or three are right, {MOST_VALUES} the most. Correct it."
        )
    if len({each.casefold() for each in values}) < len(values):
        raise BadRequest(f"two values of {name} are the same word. Keep one.")
    for each in values:
        if each.casefold() in NO_VALUES:
            raise BadRequest(f"{name} may have no value {each}: it is stored where a judge's answer cannot be read.")
    return values


def _word(name: str, value: object) -> str:
    cleaned = " ".join(value.split()) if isinstance(value, str) else ""
    if not cleaned or len(cleaned) > LONGEST_VALUE or APART in cleaned or not cleaned.isprintable():
        raise BadRequest(
            f"a value of {name} is empty, no text, longer than {LONGEST_VALUE} characters or holds {APART!r}. "
            "Correct it."
        )
    return cleaned


def _text(name: str, key: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRequest(f"{key} of {name} has to be text. Correct it and try again.")
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise BadRequest(
            f"{key} of {name} has {len(text):,} characters, at most {LONGEST_TEXT:,} are taken. Shorten it."
        )
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" for each in text):
        raise BadRequest(f"{key} of {name} holds a control character or half a character. Take it out and try again.")
    return text


def _shown(name: str) -> str:
    """A field's name, if it can be one; a message quotes no text."""
    return repr(name) if name.isidentifier() and len(name) <= 30 else "of that name"
