"""What a rule says of one text; and the search in a text, which has a time limit.

A pattern is somebody's guess at what texts are like, and a wrong guess can take longer than the age of the universe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from workbench.errors import BadRequest

TIME_LIMIT = 0.5
"""Seconds of one search in one text."""
References = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says of one text.

    Attributes:
        value: pass or fail; None where nothing can be said.
        why: Why it fails, or why nothing can be said.
        late: Whether that is because the time limit was reached.
    """

    value: Literal["pass", "fail"] | None
    why: str = ""
    late: bool = False


Check = Callable[[str, References], Said]
PASSED = Said("pass")
NO_TEXT = "no text"
NO_REFERENCE = "no reference"


class Late(Exception):
    """A search took longer than its limit."""


def searcher(pattern: str, seconds: float, *, ignore_case: bool = False) -> Callable[[str], bool]:
    """A search for a pattern in a text that raises ``Late`` where it takes too long.

    Raises:
        BadRequest: the pattern is none.
    """
    import regex

    try:
        made = regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise BadRequest(f"its pattern is no regular expression: {error}") from None

    def search(text: str) -> bool:
        try:
            return made.search(text, timeout=seconds) is not None
        except TimeoutError:
            raise Late from None

    return search
