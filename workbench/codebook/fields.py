"""What may be written about a code: texts, a severity, other names; anything else is refused with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.codebook.names import clean_name, same_name
from workbench.errors import BadRequest

TEXTS = ("definition", "includes", "excludes", "just_in", "just_out", "owner", "category")
EDITABLE = (*TEXTS, "severity", "aliases")
LONGEST_TEXT = 4000


def clean_aliases(name: str, aliases: Iterable[str]) -> tuple[str, ...]:
    """Aliases without repeats and without the name itself, in their order."""
    kept = {same_name(each): each for each in reversed([clean_name(each, "alias") for each in aliases])}
    kept.pop(same_name(name), None)
    return tuple(reversed(kept.values()))


def clean_fields(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as a code holds them."""
    unknown = [key for key in fields if key not in EDITABLE]
    if unknown:
        raise BadRequest(f"a code has no field {unknown[0]!r}; it has: {', '.join(EDITABLE)}.")
    made: dict[str, Any] = {}
    for key, value in fields.items():
        if key == "severity":
            made[key] = severity_of(value)
        elif key == "aliases":
            made[key] = clean_aliases(name, [value] if isinstance(value, str) else value or ())
        else:
            made[key] = _told(key, value)
    return made


def _told(key: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRequest(f"the {key} of a code has to be text, not {type(value).__name__}. Correct that and try again.")
    if len(value) > LONGEST_TEXT:
        raise BadRequest(f"the {key} of a code has {len(value)} characters, at most {LONGEST_TEXT} are taken.")
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def severity_of(value: object) -> int | None:
    """A severity from 1 to 5, or None.

    Raises:
        BadRequest: it is anything else.
    """
    if value is None or value == "":
        return None
    try:
        number = float(str(value)) if not isinstance(value, bool) else 0.0
    except ValueError:
        number = 0.0
    if number not in (1, 2, 3, 4, 5):
        raise BadRequest("a severity is a whole number from 1 (cosmetic) to 5 (must never happen). Correct it.")
    return int(number)
