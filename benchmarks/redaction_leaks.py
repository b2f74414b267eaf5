"""What of the personal data in real traces is still readable after redaction.

Gold is taken from the structured parts of the same trace (JSON fields of tool results and arguments; "First Name:"
lines; anything shaped like an e-mail or a phone number), then searched for in everything the redacted trace still
says, keys included. So a name counts as left even when it was redacted nine times out of ten. What only ever stands in
free text is not gold here: this is a floor under the leaks, not their total.
"""

import functools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

KINDS = ("name", "user id", "e-mail", "phone", "card ending", "birth date", "street", "zip", "city")
MUST_NOT_LEAK = ("name", "e-mail", "phone", "card ending", "birth date")

FIELDS = {
    "first_name": "name",
    "last_name": "name",
    "user_id": "user id",
    "email": "e-mail",
    "phone": "phone",
    "last_four": "card ending",
    "dob": "birth date",
    "address1": "street",
    "address2": "street",
    "zip": "zip",
    "city": "city",
}
LINES = {
    "name": re.compile(r"(?:First|Last) Name: *([A-Z][\w'’-]*)"),
    "phone": re.compile(
        r"(?:(?:Phone Number: *)|(?<![\w/=.-]))(\+?1?[ .-]?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4})(?![\w-])"
    ),
    "e-mail": re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"),
}
ASKS_FOR_NAME = re.compile(r"(?i)\b(first and last|full|your|first|last) name\b[^.!]*\?")
ANSWERS_NAME = re.compile(r"(?:It's |it's |My name is |my name is )?([A-Z][a-z]+(?: [A-Z][a-z]+)?)\.?$")
NO_NAMES = {"VLA", "NA", "Phone", "Email"}  # what the name fields hold where no name is known
MONTHS = "January February March April May June July August September October November December".split()


@dataclass
class Leaks:
    """Gold values per kind, those still readable, and where in the trace they were read."""

    traces: int = 0
    gold: Counter = field(default_factory=Counter)
    left: Counter = field(default_factory=Counter)
    places: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    chars: int = 0

    def share(self, kind: str) -> float:
        """Share of the gold values of a kind that can still be read."""
        return self.left[kind] / self.gold[kind] if self.gold[kind] else 0.0

    def as_json(self) -> dict[str, Any]:
        """Counts per kind."""
        return {
            "traces": self.traces,
            "kinds": {
                kind: {"n": self.gold[kind], "left": self.left[kind], "where": dict(self.places[kind])}
                for kind in KINDS
                if self.gold[kind]
            },
        }


def strings(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every string and number below a value, keys included, as (place, text); a place is a role or a top-level key."""
    if isinstance(value, Mapping):
        role = value.get("role")
        for key, inner in value.items():
            inner_place = f"{role}" if isinstance(role, str) else place or str(key)
            yield inner_place, str(key)
            yield from strings(inner, inner_place)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner, place)
    elif value is not None:
        yield place, str(value)


def _fields(value: Any) -> Iterator[tuple[str, str]]:
    """(kind, value) of the structured fields, also in strings that hold JSON."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in FIELDS and isinstance(inner, str) and inner.strip():
                yield FIELDS[key], inner.strip()
            else:
                yield from _fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner)
    elif isinstance(value, str) and value[:1] in "{[":
        try:
            parsed = json.loads(value)
        except ValueError:
            return
        yield from _fields(parsed)


def _lines(trace: Any) -> Iterator[tuple[str, str]]:
    for _, text in strings(trace):
        for kind, pattern in LINES.items():
            for match in pattern.finditer(text):
                value = match[match.lastindex or 0]
                if value not in NO_NAMES:
                    yield kind, value


def _asked_names(messages: list[Mapping]) -> Iterator[tuple[str, str]]:
    """A short capitalised answer to "could I have your first and last name?"."""
    before = ""
    for message in messages:
        content = message.get("content") or ""
        if message["role"] == "user" and ASKS_FOR_NAME.search(before):
            answer = ANSWERS_NAME.fullmatch(content.strip())
            if answer and not re.match(r"(?i)(yes|yeah|yep|sure|no|okay|ok|hello|hi|what|why)\b", answer[1]):
                for part in answer[1].split():
                    yield "name", part
        if content:
            before = content


def trace_gold(trace: Mapping, *, lines: bool) -> set[tuple[str, str]]:
    """The personal values of one trace as (kind, value)."""
    found = set(_fields(trace))
    if lines:
        found |= set(_lines(trace)) | set(_asked_names(trace["messages"]))
    return found


@functools.cache
def readable(kind: str, value: str) -> re.Pattern[str]:
    """A pattern that finds the value wherever a reader would recognise it."""
    if kind in ("name", "city", "street"):
        return re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])")
    if kind in ("e-mail", "user id"):
        return re.compile(rf"(?i)(?<![\w.]){re.escape(value)}")
    if kind == "phone":
        digits = re.sub(r"\D", "", value)[-10:]
        return re.compile(r"(?<!\d)(?:\+?1[ .-]?)?\(?" + r"[\s().-]*".join(digits) + r"(?!\d)")
    if kind == "birth date":
        return _written_date(value)
    return re.compile(rf"(?<!\d){re.escape(value)}(?!\d)")


def _written_date(value: str) -> re.Pattern[str]:
    try:
        born = date.fromisoformat(value)
    except ValueError:
        return re.compile(re.escape(value))
    month, day = rf"(?:{MONTHS[born.month - 1]}|{MONTHS[born.month - 1][:3]}\.?)", rf"0?{born.day}(?:st|nd|rd|th)?"
    shapes = [
        re.escape(value),
        rf"{month} {day},? {born.year}",
        rf"{day}(?: of)? {month},? {born.year}",
        rf"0?{born.month}[/.-]0?{born.day}[/.-]{born.year}",
        rf"0?{born.day}[/.-]0?{born.month}[/.-]{born.year}",
    ]
    return re.compile("(?i)(?<!\\d)(?:" + "|".join(shapes) + ")(?!\\d)")


def leaks(traces: list[dict], redacted: list, *, lines: bool) -> Leaks:
    """Gold values of each trace that its redacted form still shows."""
    result = Leaks(traces=len(traces), chars=sum(len(text) for trace in traces for _, text in strings(trace)))
    for trace, after in zip(traces, redacted, strict=True):
        texts = list(strings(after))
        for kind, value in trace_gold(trace, lines=lines):
            pattern = readable(kind, value)
            places = {place for place, text in texts if pattern.search(text)}
            result.gold[kind] += 1
            result.left[kind] += bool(places)
            result.places[kind].update(places)
    return result


def prose_leaks(traces: list[dict], redactor: Any, *, lines: bool) -> Leaks:
    """The same for what people and the assistant say, each message alone: no field of the trace helps.

    A value counts once per message that shows it. This is what the engine does on chat without the trace's records.
    """
    told = []
    for trace in traces:
        gold = trace_gold(trace, lines=lines)
        for message in trace.get("traj") or trace["messages"]:
            content = message.get("content")
            if message["role"] in ("user", "assistant") and content:
                told += [(message["role"], content, kind, readable(kind, value)) for kind, value in gold]
    told = [entry for entry in told if entry[3].search(entry[1])]
    texts = list({content: None for _, content, _, _ in told})
    after = dict(zip(texts, redactor.redact(texts)[0], strict=True))
    result = Leaks(traces=len(traces), chars=sum(map(len, texts)))
    for role, content, kind, pattern in told:
        result.gold[kind] += 1
        if pattern.search(after[content]):
            result.left[kind] += 1
            result.places[kind][role] += 1
    return result


def tau_airline(folder: Path) -> list[dict]:
    return json.loads((folder / "tau_airline" / "gpt-4o-airline.json").read_text(encoding="utf-8"))


def nurtureboss(folder: Path) -> list[dict]:
    return json.loads((folder / "nurtureboss" / "nurtureboss_traces_labeled.json").read_text(encoding="utf-8"))
