"""The ledger of looks at sealed cases: a file of signed lines, each naming the one before it.

It lies beside the golden files, so it goes with them into a repository or a backup even where the database does not.
A line that is changed, left out or put in between is found. What cannot be found is a folder that was put back whole
as it was before a look: nothing in it remembers. Whoever needs that keeps the ledger's last hash somewhere else.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from workbench.golden.seal import sign
from workbench.golden.version import digest


@dataclass(frozen=True, slots=True)
class Look:
    """One time the sealed cases of a version were opened."""

    version: int
    release: str
    reason: str
    opened_by: str
    opened_at: str
    n: int


def line(look: Look, before: str, *, secret: bytes) -> bytes:
    """A ledger line after the one with hash ``before`` (empty for the first)."""
    content: dict[str, Any] = {**asdict(look), "before": before}
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return orjson.dumps({**content, "signature": sign(text, secret=secret)}, option=orjson.OPT_SORT_KEYS) + b"\n"


def read(content: bytes, *, secret: bytes | None) -> tuple[list[Look], list[str]]:
    """Read a ledger: its looks, and what is wrong with it in sentences."""
    looks, problems, before = [], [], ""
    for number, each in enumerate(content.splitlines()):
        try:
            found = orjson.loads(each)
            signature = str(found.pop("signature"))
            follows = found.pop("before")
            look = Look(**found)
        except (ValueError, TypeError, AttributeError, KeyError):
            problems.append(f"line {number} of the ledger cannot be read")
            continue
        text = orjson.dumps({**asdict(look), "before": follows}, option=orjson.OPT_SORT_KEYS)
        if follows != before:
            problems.append(f"line {number} of the ledger does not follow on the line before it")
        if secret is not None and not hmac.compare_digest(signature, sign(text, secret=secret)):
            problems.append(f"line {number} of the ledger was edited")
        before = digest(each)
        looks.append(look)
    return looks, problems


def last_hash(content: bytes) -> str:
    """The hash that the next line has to name."""
    lines = content.splitlines()
    return digest(lines[-1]) if lines else ""


def missing_from(looks: Sequence[Look], known: Sequence[Look]) -> list[Look]:
    """The looks that are known elsewhere and not in the ledger."""
    return [look for look in known if look not in looks]
