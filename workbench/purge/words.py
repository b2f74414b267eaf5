"""What tells purged traces: their ids, and pieces of text that no kept trace holds; and how to take both out of a text.

A text that somebody copied from a purged trace, into a definition, a reason or a report, is found by the pieces it
shares with it. What kept traces say as well (a system prompt, a stock answer) tells nobody, and stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import orjson

from workbench.purge.needles import Needles

PIECE = 24
"""Bytes of a piece: a copied passage of 47 bytes or more holds a whole one wherever it begins."""
SHORT = 12
"""Bytes from which on a question or an answer that is shorter than a piece is looked for as a whole."""
QUOTE = 16
"""Bytes of a passage that a person copied: looked for from every word of what people wrote."""
LONGER = (24, 32, 48)
"""Bytes of longer ones that begin so: others may say each short passage of a long one, and yet not the long one."""
RAW = 6
"""Bytes below which an id is no use in raw bytes: it would be found by chance. It is looked for as a whole value."""
BLANK = "[purged]"
NAMING = frozenset({"trace_id", "trace_ids", "trace", "traces", "gold", "answers", "examples", "medoid", "exemplars"})
"""Fields of plans, rounds and judges whose values, or keys, are ids of traces."""

_RUN = re.compile(r"[^\x00-\x1f\"\\&<>']+")  # what JSON and HTML write as it stands
_WRITTEN = re.compile(r"[^\x00-\x1f\"\\&<>]+")  # the same of JSON alone
_BEGINS = re.compile(r"\b\w|[^\x00-\x7f]")  # where a passage may begin: at a word, or at any sign of other scripts
_LIKE_A_HASH = re.compile(r"[0-9a-f]{1,11}")  # so few of its digits that hashes hold the same by chance
_PLACE = re.compile(r"\{[a-z_]+\}")
_BETWEEN_TAGS = re.compile(r">[^<]+<")


def pieces(texts: Iterable[str], most: int) -> set[bytes]:
    """Pieces that tell texts, at most so many from each; of a text shorter than a piece the whole of it.

    >>> sorted(pieces(["my card ends in 4242 and it was charged twice", "why so slow?"], 10))
    [b'my card ends in 4242 and', b'why so slow?']
    """
    found: set[bytes] = set()
    for text in texts:
        runs = [run.encode() for run in _RUN.findall(text.encode("utf-8", "ignore").decode())]
        own = [run[at : at + PIECE] for run in runs for at in range(0, len(run) - PIECE + 1, PIECE)]
        if not own and len(runs) == 1 and SHORT <= len(runs[0].strip()) < PIECE:
            own = [runs[0].strip()]
        step = max(1, -(-len(own) // most))
        found.update(own[::step])
    return found


def passages(text: str, length: int = QUOTE) -> Iterator[bytes]:
    """What of a text that somebody wrote may be copied: the passages of so many bytes that begin with its words.

    >>> [each.decode() for each in passages("he asks for a refund")]
    ['he asks for a re', 'asks for a refun']
    """
    for run in _WRITTEN.findall(text):
        for begin in _BEGINS.finditer(run):
            passage = run[begin.start() : begin.start() + length].encode("utf-8", "ignore")[:length]
            if len(passage) == length:
                yield passage


def by_chance(name: str) -> bool:
    """Whether an id is so short, or so like a piece of a hash, that raw bytes hold the same by chance."""
    return len(name.encode()) < RAW or _LIKE_A_HASH.fullmatch(name) is not None


def spellings(name: str) -> set[str]:
    """How an id may be written down: as it is, within JSON, and within HTML."""
    in_json = (json.dumps(name, ensure_ascii=ascii_)[1:-1] for ascii_ in (False, True))
    return {name, *in_json, escape(name), escape(name, quote=False)}


@dataclass(frozen=True)
class Words:
    """What tells the purged traces.

    Attributes:
        ids: Their ids, and what they are called from now on.
        telling: Ids of theirs that no kept trace has: of spans, sessions and users, hashes of their texts.
        pieces: Pieces of their texts that nothing kept holds.
        alone: Ids that also stand in what is kept, a golden case say, or that chance may make: looked for standing by
            themselves, not in raw bytes.
        without_text: Traces whose texts hold no piece of their own, so that only ids tell them.
    """

    ids: Mapping[str, str] = field(repr=False)
    telling: frozenset[str] = field(repr=False)
    pieces: frozenset[bytes] = field(repr=False)
    alone: frozenset[str] = field(repr=False)
    without_text: int = 0


class Scrub:
    """Takes purged traces out of texts: their ids become what they are called now, what quotes them is blanked.

    Texts may be JSON (each value by itself, the keys too), HTML (each piece between two tags), or plain.
    """

    def __init__(self, words: Words, unsaid: Iterable[str] = ()) -> None:
        self._ids = words.ids
        called = {**words.ids, **{each: BLANK for each in words.telling & words.alone if len(each.encode()) >= RAW}}
        self._called = {written: new for name, new in called.items() for written in spellings(name)}
        self._alone = {written for name in words.alone for written in spellings(name)}
        self._named = Needles(each.encode() for each in self._called)
        telling = (written for each in words.telling - words.alone for written in spellings(each))
        self._quoted = Needles([*words.pieces, *(each.encode() for each in (*telling, *unsaid))])

    def texts(self, texts: Iterable[str]) -> dict[str, str]:
        """What becomes of those texts that have to change."""
        changed = {}
        for each in self._touched(list(dict.fromkeys(texts))):
            made = self.text(each)
            if made != each:
                changed[each] = made
        return changed

    def _touched(self, texts: list[str]) -> Iterator[str]:
        """Texts that something is found in: halved until it is alone, so that looking costs little where nothing is."""
        raw = "\0".join(texts).encode("utf-8", "ignore")
        if not texts or not (self._named.found_in(raw) or self._quoted.found_in(raw)):
            return
        if len(texts) == 1:
            yield texts[0]
            return
        half = len(texts) // 2
        yield from self._touched(texts[:half])
        yield from self._touched(texts[half:])

    def text(self, text: str) -> str:
        """One text: JSON where it is a list or an object, plain otherwise."""
        if text[:1] in ("{", "["):
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError:
                return self._plain(text)
            pretty = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS if text[1:2] == "\n" else 0
            made = self._value(value, None)
            return text if made == value else orjson.dumps(made, option=pretty).decode() + "\n" * text.endswith("\n")
        return self._plain(text)

    def html(self, text: str) -> str:
        """An HTML page."""
        return self._renamed(_BETWEEN_TAGS.sub(lambda found: f">{self._plain(found[0][1:-1])}<", text))

    def _value(self, value: Any, under: str | None) -> Any:
        if isinstance(value, str):
            return self._ids[value] if value in self._ids and under in NAMING else self._plain(value)
        if isinstance(value, list):
            return [self._value(each, under) for each in value]
        if isinstance(value, dict):
            return {self._value(key, under): self._value(each, key) for key, each in value.items()}
        return value

    def _plain(self, text: str) -> str:
        """A text, line by line: what quotes is blanked, but for what a prompt holds a place for."""
        if not self._quoted.found_in(text.encode("utf-8", "ignore")):
            return self._renamed(text)
        return "\n".join(self._line(line) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        if self._quoted.found_in(line.encode("utf-8", "ignore")):
            return " ".join([BLANK, *_PLACE.findall(line)])
        return self._renamed(line)

    def _renamed(self, text: str) -> str:
        """Ids within a text; those too short to be told from chance are left to the fields that name traces."""
        found = [each.decode() for each in self._named.found_in(text.encode("utf-8", "ignore")) if len(each) >= RAW]
        for each in sorted(found, key=len, reverse=True):
            new = self._called[each]
            text = whole(each).sub(new, text) if each in self._alone else text.replace(each, new)
        return text


def whole(name: str) -> re.Pattern[str]:
    """An id that stands by itself, not as a part of a longer one, or of a number."""
    return re.compile(rf"(?<![\w-])(?<!\d\.){re.escape(name)}(?![\w-]|\.\d|\+\d)")


def strings(text: str) -> Iterator[str]:
    """The strings that a text holds: of JSON each value and key, of any other the whole."""
    if text[:1] in ("{", "["):
        try:
            yield from leaves(orjson.loads(text), keys=True)
            return
        except orjson.JSONDecodeError:
            pass
    yield text


def leaves(value: Any, *, keys: bool = False) -> Iterator[str]:
    """The strings within what JSON nests, with its keys where they are asked for."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, keys=keys)
    elif isinstance(value, dict):
        for key, each in value.items():
            if keys:
                yield key
            yield from leaves(each, keys=keys)


def named_in(text: str) -> Iterator[str]:
    """What fields that name traces hold, in JSON text."""
    if text[:1] in ("{", "["):
        try:
            yield from _named(orjson.loads(text), None)
        except orjson.JSONDecodeError:
            return


def _named(value: Any, under: str | None) -> Iterator[str]:
    if isinstance(value, str) and under in NAMING:
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _named(each, under)
    elif isinstance(value, dict):
        for key, each in value.items():
            if under in NAMING:
                yield key
            yield from _named(each, key)
