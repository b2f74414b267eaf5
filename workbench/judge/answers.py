"""What a judge's answer says, or that nobody can tell.

Lenient about dress, strict about content: fences, chatter around the object, case and punctuation are put up with; two
verdicts, or a word that is none of the values, are not guessed at. An answer that cannot be read is an answer of its
own, counted and shown, because leaving it out would flatter the judge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.judge.spec import UNPARSABLE, JudgeSpec

LONGEST_CRITIQUE = 4_000  # characters
_VERDICTS = ("verdict", "label", "answer")
_REASONS = ("critique", "reason", "reasoning", "explanation")
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_DRESS = " \t\r\n*_`\"'#>.,:;!-"
_MOST_OBJECTS = 50  # looked at in one answer


@dataclass(frozen=True)
class Answer:
    """One answer, read.

    Attributes:
        value: One of the judge's values, as the judge's description writes it, or ``unparsable``.
        critique: Why; empty where it does not say.
        problem: Why it cannot be read; None where it can. It never quotes the answer.
    """

    value: str
    critique: str
    problem: str | None = None

    @property
    def readable(self) -> bool:
        """Whether it is one of the values."""
        return self.problem is None


def parse(text: str | None, spec: JudgeSpec, *, cut_off: bool = False) -> Answer:
    r"""Read an answer.

    Args:
        text: What the model wrote; None where it declined.
        spec: The judge, whose values and format it should keep to.
        cut_off: Whether it stopped because it had written ``max_tokens``.

    >>> judge = JudgeSpec(url="http://localhost/v1", model="m", prompt="{output}")
    >>> parse('```json\n{"verdict": "Pass", "critique": "Cites the policy."}\n```', judge)
    Answer(value='pass', critique='Cites the policy.', problem=None)
    >>> parse("It depends.", judge).problem
    'it holds no JSON object with a verdict'
    """
    if text is None or not text.strip():
        return _unread("", "the model gave no answer" + (" within max_tokens" if cut_off else ""))
    plain = _THOUGHT.sub("", text).strip()
    found = _from_json(plain, spec.values) if spec.format == "json" else _from_words(plain, spec.values)
    if not found.readable and cut_off:
        return Answer(UNPARSABLE, found.critique, "it was cut off at max_tokens")
    return found


def _from_json(text: str, values: Sequence[str]) -> Answer:
    told = [each for each in _objects(text) if any(_get(each, (name,)) is not None for name in _VERDICTS)]
    if not told:
        return _unread(text, "it holds no JSON object with a verdict")
    verdicts = {_value(_get(each, _VERDICTS), values) for each in told}
    critique = _get(told[-1], _REASONS)
    critique = critique if isinstance(critique, str) else ""
    if len(verdicts) > 1:
        return _unread(critique, "it holds two different verdicts")
    (verdict,) = verdicts
    if verdict is None:
        return _unread(critique, "its verdict is none of the values")
    return Answer(verdict, _short(critique))


def _from_words(text: str, values: Sequence[str]) -> Answer:
    bare = text.lstrip(_DRESS)
    for value in sorted(values, key=len, reverse=True):
        rest = bare[len(value) :]
        if bare[: len(value)].casefold() == value.casefold() and not re.match(r"[\w-]", rest):
            return Answer(value, _short(rest.lstrip(_DRESS)))
    return _unread(text, "its first word is none of the values")


def _objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text, outermost only."""
    decoder, found, at = json.JSONDecoder(strict=False), [], text.find("{")
    for _ in range(_MOST_OBJECTS):
        if at < 0:
            break
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        found.append(value)
        at = text.find("{", end)
    return found


def _get(told: dict[str, Any], names: Sequence[str]) -> Any:
    by_name = {key.strip().casefold(): value for key, value in told.items()}
    return next((by_name[name] for name in names if by_name.get(name) is not None), None)


def _value(said: Any, values: Sequence[str]) -> str | None:
    if isinstance(said, bool | int | float):
        said = json.dumps(said)
    if not isinstance(said, str):
        return None
    return next((value for value in values if value.casefold() == said.strip(_DRESS).casefold()), None)


def _unread(critique: str, problem: str) -> Answer:
    return Answer(UNPARSABLE, _short(critique), problem)


def _short(text: str) -> str:
    text = text.encode("utf-8", "replace").decode().strip()  # half characters, which JSON can hold
    return text if len(text) <= LONGEST_CRITIQUE else text[: LONGEST_CRITIQUE - 1] + "…"
