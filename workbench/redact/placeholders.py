"""Placeholders: keyed tokens while a trace is put together, small numbers once it is whole.

The same value is the same token wherever it occurs under one secret, so spans that are redacted apart can be numbered
together later. The token is an HMAC: without the secret it says nothing about the value.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from typing import Any

from workbench.redact.entities import PLACEHOLDER

_KEYED = re.compile(r"<([A-Z][A-Z0-9_]{1,30}?)#([0-9a-f]{16})>")


def token(entity: str, value: str, secret: bytes) -> str:
    """The keyed placeholder of a value."""
    digest = hmac.digest(
        secret, f"{entity}\0{normalised(entity, value)}".encode("utf-8", "surrogatepass"), hashlib.sha256
    )
    return f"<{entity}#{digest.hex()[:16]}>"


def normalised(entity: str, value: str) -> str:
    """A value as it is compared: case, blanks and, in numbers, punctuation left out."""
    if entity in ("PHONE", "CREDIT_CARD", "CARD_ENDING", "SSN", "IBAN", "BANK_ACCOUNT"):
        plain = "".join(letter for letter in value if letter.isalnum()).casefold()
        return plain[-10:] if entity == "PHONE" else plain
    return " ".join(value.casefold().strip(".,;:!?\"'()[]*_ ").split())


def number_placeholders(value: Any) -> Any:
    """The value with keyed tokens as ``<PERSON_1>``, ``<PERSON_2>``, in the order in which they first appear in it.

    Numbers that the value bears already are not given again.
    """
    used: dict[str, set[int]] = {}
    for text in _strings(value):
        if "<" in text:
            for match in PLACEHOLDER.finditer(text):
                if match[2]:
                    used.setdefault(match[1], set()).add(int(match[2]))
    given: dict[str, str] = {}
    counts: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        if match[0] not in given:
            entity = match[1]
            count = counts.get(entity, 0) + 1
            while count in used.get(entity, ()):
                count += 1
            counts[entity] = count
            given[match[0]] = f"<{entity}_{count}>"
        return given[match[0]]

    return rebuilt(value, lambda text, _: _KEYED.sub(number, text) if isinstance(text, str) and "#" in text else text)


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(one.values())
            waiting.extend(one.keys())
        elif isinstance(one, (list, tuple)):
            waiting.extend(one)


def rebuilt(value: Any, change: Callable[[Any, str | None], Any]) -> Any:
    """A copy of nested lists and dicts with every leaf and every string key changed, in order, without recursion.

    ``change`` gets a leaf and the key it stands under; for a dict's own keys the second argument is ``KEY``.
    Keys that become equal keep the value that came first under the changed key, and the later ones a mark.
    """
    root: list[Any] = [None]
    folds: list[tuple[list[Any] | dict[Any, Any], Any, list[tuple[Any, list[Any]]]]] = []
    waiting: list[tuple[list[Any], int, Any, str | None]] = [(root, 0, value, None)]
    while waiting:
        holder, place, one, key = waiting.pop()
        if isinstance(one, dict):
            members: list[tuple[Any, list[Any]]] = []
            inner = []
            for name, member in one.items():
                slot: list[Any] = [None]
                members.append((change(name, KEY) if isinstance(name, str) else name, slot))
                inner.append((slot, 0, member, name if isinstance(name, str) else key))
            folds.append((holder, place, members))
            waiting.extend(reversed(inner))
        elif isinstance(one, (list, tuple)):
            copy: list[Any] = [None] * len(one)
            holder[place] = copy
            waiting.extend((copy, at, member, key) for at, member in reversed(list(enumerate(one))))
        else:
            holder[place] = change(one, key)
    for holder, place, members in reversed(folds):
        folded: dict[Any, Any] = {}
        for name, slot in members:
            unique, again = name, 2
            while unique in folded:
                unique, again = f"{name}~{again}", again + 1
            folded[unique] = slot[0]
        holder[place] = folded
    return root[0]


KEY = "\0key"
"""What ``rebuilt`` passes in place of a key when the leaf is a dict's own key."""
