"""What is sent to a judge: a template filled with one trace, in one pass.

What a trace says is text and stays text: braces in it are not filled again, so that a user who writes ``{examples}``
gets no examples. Whether a judge obeys what a trace tells it is another matter, and no template prevents it; that is
what calibration on real failures shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from workbench.judge.spec import GIVEN, SHOWN, JudgeSpec

NOTHING = "(none)"
BYTES_PER_TOKEN = 4  # of English under the usual vocabularies; other languages take more tokens
_PLACES = re.compile(r"\{(" + "|".join((*SHOWN, *GIVEN)) + r")\}")
_OF_ALL = re.compile(r"\{(" + "|".join(GIVEN) + r")\}")
_AGAIN = "\n\nAnswer in exactly that form and with nothing else."


@dataclass(frozen=True)
class Template:
    """A judge's messages with everything filled that is the same for every trace; the rest waits in between.

    Attributes:
        spec: The judge.
        system: The system message; empty where there is none.
        prompt: The user message.
        given: What ``rubric``, ``examples`` and ``answer_format`` stand for.
    """

    spec: JudgeSpec
    system: str
    prompt: str
    given: Mapping[str, str]

    @classmethod
    def of(cls, spec: JudgeSpec, *, rubric: str = "", examples: str = "") -> Template:
        """The template of a judge, given the texts of the rubric and the examples."""
        prompt = spec.prompt
        if "{answer_format}" not in f"{spec.system or ''}{prompt}":
            prompt += "\n\n{answer_format}"
        given = {"rubric": rubric, "examples": examples, "answer_format": answer_format(spec)}
        return cls(spec, spec.system or "", prompt, given)

    @property
    def prompt_hash(self) -> str:
        """A hash of everything that an answer hangs on, but the trace."""
        system, prompt = (
            _OF_ALL.sub(lambda place: f"{place.group()}={self.given[place.group(1)]}", text)
            for text in (self.system, self.prompt)
        )
        return self.spec.prompt_hash(system, prompt)

    def body(self, trace: Mapping[str, str], *, again: bool = False) -> bytes:
        """The request for one trace, the same bytes every time.

        Args:
            trace: Texts by placeholder, as ``texts_of`` gives them.
            again: After an answer that could not be read.
        """
        spec, texts = self.spec, {**self.given, **trace}
        system, prompt = (_PLACES.sub(lambda place: texts[place.group(1)], text) for text in (self.system, self.prompt))
        messages = [{"role": "system", "content": system}] if system else []
        messages += [{"role": "user", "content": prompt + (_AGAIN if again else "")}]
        sent: dict[str, Any] = {"model": spec.model, "messages": messages}
        if spec.temperature != "default":
            sent["temperature"] = spec.temperature
        if "max_completion_tokens" not in spec.parameters:
            sent["max_tokens"] = spec.max_tokens
        return orjson.dumps({**sent, **spec.parameters})


def answer_format(spec: JudgeSpec) -> str:
    """How the judge is told to answer."""
    if spec.format == "word":
        return f"Answer with one of these words first: {', '.join(spec.values)}. Then say why, in one or two sentences."
    words = " or ".join(f'"{value}"' for value in spec.values)
    shape = f'{{"critique": "why, in one or two sentences", "verdict": {words}}}'
    return f"Answer with one JSON object and nothing else: {shape}"


def texts_of(trace: Mapping[str, Any]) -> dict[str, str]:
    """A trace's texts by placeholder.

    Args:
        trace: input and output as text; messages and retrieved as stored (JSON text), decoded, or missing.
    """
    messages = [_line(message) for message in _decoded(trace.get("messages")) if isinstance(message, Mapping)]
    passages = [_passage(number, each) for number, each in enumerate(_decoded(trace.get("retrieved")), 1)]
    return {
        "input": _text(trace.get("input")) or NOTHING,
        "output": _text(trace.get("output")) or NOTHING,
        "conversation": "\n\n".join(filter(None, messages)) or NOTHING,
        "passages": "\n\n".join(filter(None, passages)) or NOTHING,
    }


def example_texts(examples: Sequence[tuple[Mapping[str, str], str, str]]) -> str:
    """The examples as they stand in a prompt: each trace's texts, people's verdict, and their critique."""
    shown = []
    for number, (texts, verdict, critique) in enumerate(examples, 1):
        said = f"\nCritique: {critique}" if critique else ""
        shown.append(f"Example {number}\nInput: {texts['input']}\nOutput: {texts['output']}{said}\nVerdict: {verdict}")
    return "\n\n".join(shown)


def rubric_text(dimension: Any) -> str:
    """What the rubric says of a dimension, as it stands in a prompt."""
    lines = [
        f"{dimension.name}: {' or '.join(dimension.values)}",
        dimension.definition,
        f"Just passes: {dimension.passes}" if dimension.passes else "",
        f"Just fails: {dimension.fails}" if dimension.fails else "",
        f"Where in doubt: {dimension.rule}" if dimension.rule else "",
    ]
    return "\n".join(line for line in lines if line)


def _line(message: Mapping[str, Any]) -> str:
    text = _text(message.get("content"))
    calls = message.get("tool_calls")
    if calls:
        text = f"{text}\ntool calls: {calls if isinstance(calls, str) else orjson.dumps(calls).decode()}".strip()
    return f"{message.get('role') or 'message'}: {text}" if text else ""


def _passage(number: int, passage: Any) -> str:
    text = _text(passage)
    return f"[{number}] {text}" if text else ""


def _decoded(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return [value]
    return list(value) if isinstance(value, list | tuple) else []


def _text(content: Any) -> str:
    """The text of a content, which may be a string, a list of parts, or nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple):
        return "\n".join(filter(None, map(_text, content)))
    if isinstance(content, Mapping):
        for key in ("text", "content", "value", "response", "result"):
            if content.get(key) is not None:
                return _text(content[key])
    return ""
