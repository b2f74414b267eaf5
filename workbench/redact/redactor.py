"""The Redactor: what the rest of the workbench calls.

``analyse`` answers where; ``redact`` replaces, within one scope per value, until a further pass would find nothing
more: a sentence reads differently once its names are gone, and redacted text must not change when it is redacted again.
"""

import os
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.redact.answers import answers
from workbench.redact.entities import NAMED, Finding, Policy, policy_named
from workbench.redact.names import name_finder
from workbench.redact.overlaps import settled
from workbench.redact.placeholders import number_placeholders, rebuilt, token
from workbench.redact.reading import Reader, field_of_number
from workbench.redact.scope import Known, repeats
from workbench.redact.units import Hit, Reading, hit_of

_ROUNDS = 4
_TELLS_IN_AN_ID = frozenset(
    {"EMAIL", "IBAN", "SSN", "IP_ADDRESS", "MAC_ADDRESS", "CRYPTO", "SECRET", "HANDLE", "URL", "PASSPORT"}
)


class Redactor:
    """Finds and replaces personal data under one policy, with one engine for names.

    Threads may share one; they take turns.

    Args:
        policy: A policy, or the name of one in ``POLICIES``.
        patterns: The team's own entity types and their regular expressions, beside the policy's.
        ner: Who finds names: ``auto`` (the largest installed spaCy ``en_core_web`` model, else the offline tagger),
            ``offline``, ``rules``, or the name of an installed spaCy model.
        secret: The key of the tokens that ``redact(tokens=True)`` leaves; random if not given, so tokens of two
            Redactors only agree under the same secret.

    Raises:
        UnknownName: There is no such policy.
        BadSettings: A pattern cannot be used.
        NotInstalled: The spaCy model named is not installed.
    """

    def __init__(
        self,
        policy: Policy | str = "default",
        *,
        patterns: Mapping[str, str] | None = None,
        ner: str = "auto",
        secret: bytes | None = None,
    ) -> None:
        self.policy, compiled = policy_named(policy, patterns)
        self.wanted = self.policy.entities | frozenset(compiled)
        names = name_finder(ner if self.wanted & NAMED else "rules")
        self.engine = names.engine if self.wanted & NAMED else "patterns only"
        self._reader = Reader(self.policy.entities, compiled, names)
        self._lock = threading.RLock()
        self._secret = secret if secret is not None else os.urandom(32)

    def analyse(
        self, texts: Sequence[str], *, keys: Sequence[str | None] | None = None, structured_only: bool = False
    ) -> list[tuple[Finding, ...]]:
        """Where personal data stands in each text, in code points, in order and without overlaps.

        A text that is a JSON object or array is read leaf by leaf, each with its key as context; offsets are into the
        original string. ``keys`` gives the key that a whole text stands under.
        """
        keys = keys if keys is not None else [None] * len(texts)
        with self._lock:
            readings = self._reader.read(texts, keys, structured_only=structured_only)
        return [tuple(sorted((hit.finding for hit in reading.hits), key=lambda one: one.start)) for reading in readings]

    def has_structured(self, texts: Sequence[str]) -> list[bool]:
        """Whether something other than a card or phone number has the shape of personal data: for ids."""
        return [
            any(one.type in _TELLS_IN_AN_ID for one in found) for found in self.analyse(texts, structured_only=True)
        ]

    def redact(self, values: Sequence[Any], *, tokens: bool = False) -> tuple[list[Any], Counter[str]]:
        """The values with personal data replaced, and how many findings of each type there were.

        Each value, a string or nested lists and dicts, is one scope: a value found in one of its strings is replaced
        in all of them, and by the same placeholder. Numbers, booleans and None are kept, but for numbers under a
        telling key. ``tokens`` leaves keyed tokens, to be numbered later by ``number_placeholders``.
        """
        counts: Counter[str] = Counter()
        scopes = [_Scope(value, self.wanted) for value in values]
        pending = [(scope, at) for scope in scopes for at in range(len(scope.texts))]
        for turn in range(_ROUNDS):
            with self._lock:
                readings = self._reader.read(
                    [scope.texts[at] for scope, at in pending],
                    [scope.keys[at] for scope, at in pending],
                    structured_only=False,
                )
            for (scope, at), reading in zip(pending, readings, strict=True):
                scope.readings[at] = reading
            pending = [(scope, at) for scope in scopes for at in self._replace(scope, counts, spread=turn == 0)]
            if not pending:
                break
        result = [scope.filled() for scope in scopes]
        return (result if tokens else [number_placeholders(value) for value in result]), counts

    def _replace(self, scope: "_Scope", counts: Counter[str], *, spread: bool) -> list[int]:
        """Replace what was found in a scope; returns the places of the texts that changed."""
        changed = []
        for at, hits in scope.settled_hits(self.wanted, spread=spread):
            text, pieces, position = scope.texts[at], [], 0
            for hit in hits:
                finding = hit.finding
                placeholder = token(finding.type, hit.value, self._secret)
                pieces += [text[position : finding.start], hit.quote, placeholder, hit.quote]
                position = finding.end
                counts[finding.type] += 1
            scope.texts[at] = "".join([*pieces, text[position:]])
            changed.append(at)
        scope.readings = {}
        return changed


class _Scope:
    """One value on its way through redaction: its texts in order, and what was read in them."""

    def __init__(self, value: Any, wanted: frozenset[str]) -> None:
        self._value = value
        self._wanted = wanted
        self.texts: list[str] = []
        self.keys: list[str | None] = []
        self.readings: dict[int, Reading] = {}
        rebuilt(value, self._collect)

    def filled(self) -> Any:
        """The value again, with its texts as they are now."""
        texts = iter(self.texts)
        return rebuilt(self._value, lambda leaf, key: next(texts) if self._is_text(leaf, key) else leaf)

    def settled_hits(self, wanted: frozenset[str], *, spread: bool) -> list[tuple[int, list[Hit]]]:
        """The hits of every text that has any; with ``spread``, what the scope's other texts gave away too."""
        known = Known(self.readings.values()) if spread and any(one.hits for one in self.readings.values()) else None
        result = []
        for at, reading in self.readings.items():
            hits = list(reading.hits)
            for unit, finding in repeats(reading.units, known, wanted) if known else ():
                hits.append(hit_of(unit, finding, from_field=False))
            if len(reading.units) == 1 and not reading.units[0].is_key:
                unit = reading.units[0]
                hits += [
                    hit_of(unit, one, from_field=False)
                    for one in answers(self._before(at), unit.text)
                    if one.type in wanted
                ]
            if len(hits) > len(reading.hits):
                hits = _disjoint(self.texts[at], hits)
            if hits:
                result.append((at, sorted(hits, key=lambda one: one.finding.start)))
        return result

    def _before(self, at: int) -> str:
        """The text before this one under the same key; roles, ids and the like in between do not count."""
        for earlier in range(at - 1, max(-1, at - 9), -1):
            if self.keys[earlier] == self.keys[at]:
                return self.texts[earlier]
        return ""

    def _collect(self, leaf: Any, key: str | None) -> Any:
        if self._is_text(leaf, key):
            self.texts.append(leaf if isinstance(leaf, str) else str(leaf))
            self.keys.append(key)
        return leaf

    def _is_text(self, leaf: Any, key: str | None) -> bool:
        """Strings are read; so is a number (or a date) under a telling key."""
        if isinstance(leaf, str):
            return True
        return (
            leaf is not None
            and key is not None
            and not isinstance(leaf, bool)
            and field_of_number(str(leaf), key) in self._wanted
        )


def _disjoint(text: str, hits: list[Hit]) -> list[Hit]:
    by_place = {(hit.finding.start, hit.finding.end, hit.finding.type): hit for hit in reversed(hits)}
    result = []
    for finding in settled(text, (hit.finding for hit in hits)):
        hit = by_place.get((finding.start, finding.end, finding.type))
        result.append(hit or Hit(finding, text[finding.start : finding.end], "", False))
    return result
