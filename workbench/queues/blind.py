"""What one annotator may see of an item, and nothing else: built here, once, from what is allowed.

The list is of what is shown, not of what is hidden: the conversation up to the answer that is judged, the passages
fetched for it, and after the reveal that answer. Nothing that was said after it (the user's reaction is a verdict), no
id, no name of a model, no score, nobody's opinion ever gets into a ``QueueItem``. Pages, command line and notebooks
get that and cannot show more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.queues.masking import masker, names_of

ASSISTANTS = frozenset({"assistant", "ai", "agent", "bot", "model", "gpt"})
USERS = frozenset({"user", "human", "customer", "end_user", "enduser"})
TOOLS = frozenset({"tool", "function", "tool_result", "environment"})
JUDGES = frozenset({"evaluator", "guardrail"})  # kinds of span
SURE = 20  # characters from which a text within another is no accident
_JUDGE = re.compile(
    r"(?i)(?:^|[\W_])(?:judge|judgement|judgment|evaluat\w*|grader|grading|scorer|llm_?eval|evals?)(?:$|[\W_])"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TEXT_KEYS = ("text", "content", "value", "response", "result", "output")
_NEVER = re.compile(
    r"(?i)^(?:id|.*_ids?|.*[a-z]Ids?|.*hash|model.*|provider.*|usage|tokens?|metadata|params|tags|signals|feedback"
    r"|scores?|rating|verdict|release|cluster|label.*|judge.*|evaluat.*|logprobs|system_fingerprint)$"
)
"""Keys left out of structured content; a tool's answer that is text stays as it is."""

Turn = dict[str, Any]


@dataclass(frozen=True)
class QueueItem:
    """One item as one annotator may see it now.

    Attributes:
        queue_id: The queue.
        slot_id: What the item is called towards this annotator; says nothing of the trace.
        messages: The conversation up to the answer: role, content, calls (name, arguments).
        passages: What was fetched for the answer: title, text.
        revealed: Whether the output may be seen.
        output: The answer that is judged; None before the reveal, empty where none was given.
        output_calls: Tools that the answer calls.
        answer: The annotator's own answer, redacted, also while it is a draft; None where there is none.
        declined: Whether they said that they cannot write one.
        said: What they said of it so far: outcome, dimensions, critique.
        rubric_version: The rubric that holds for the queue.
        gold_first: Whether their own answer comes before the reveal.
        place: Which item of theirs it is, from 1.
        done: How many they have done.
        left: How many more there can be for them, this one included.
        state: held, or done where they look at their last one again.
    """

    queue_id: str
    slot_id: int
    messages: tuple[Turn, ...]
    passages: tuple[dict[str, str], ...]
    revealed: bool
    output: str | None
    output_calls: tuple[Turn, ...]
    answer: str | None
    declined: bool
    rubric_version: int
    gold_first: bool
    place: int
    done: int
    left: int
    state: str
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> list[str]:
        """What of the item is on the screen."""
        parts = {"messages": self.messages, "passages": self.passages, "output": self.revealed}
        return [name for name, part in parts.items() if part]


@dataclass(frozen=True)
class Visible:
    """A trace cut into what comes before the judged answer and the answer itself."""

    messages: tuple[Turn, ...]
    passages: tuple[dict[str, str], ...]
    output: str
    calls: tuple[Turn, ...] = ()


def visible(trace: Mapping[str, Any]) -> Visible:
    """Cut a trace for blind reading, names of models and providers masked.

    Args:
        trace: As ``Workspace.trace`` returns it, nested values decoded; with ``spans`` where it has some.
    """
    mask = masker(*names_of(trace))
    judges = _judges(trace.get("spans"))
    listed = trace.get("messages")
    raw = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    before, answer = _cut(raw, _text(trace.get("output")))
    turns = [turn for each in before if (turn := _turn(each, mask, judges)) is not None]
    if not turns and _text(trace.get("input")):
        turns = [{"role": "user", "content": mask(_text(trace["input"]))}]
    said = _turn(answer, mask, judges) if answer is not None else None
    output = said["content"] if said else mask(_text(trace.get("output")))
    passages = trace.get("retrieved")
    return Visible(
        tuple(turns),
        tuple(filter(None, (_passage(each, mask) for each in (passages if isinstance(passages, list) else [])))),
        output,
        tuple(said.get("calls", ())) if said else (),
    )


def _cut(messages: Sequence[Mapping[str, Any]], output: str) -> tuple[Sequence[Mapping[str, Any]], Any]:
    """The messages before the answer that is judged, and the message that is it (None: it is in none of them)."""
    spoken = [at for at, each in enumerate(messages) if _role(each) in ASSISTANTS and _text(each.get("content"))]
    same = [at for at in spoken if _is_same(_text(messages[at].get("content")), output)]
    asked = max((at for at, each in enumerate(messages) if _role(each) in USERS), default=-1)
    if same:
        return messages[: same[-1]], messages[same[-1]]
    if spoken and (not output or spoken[-1] > asked):
        return messages[: spoken[-1]], messages[spoken[-1]]
    return messages, None


def _is_same(said: str, output: str) -> bool:
    """Whether a message is the output; sources trim one of them, or cut it short."""
    one, other = sorted((" ".join(said.split()), " ".join(output.split())), key=len)
    return one == other or (len(one) >= SURE and one in other)


def _turn(message: Mapping[str, Any], mask: Callable[[str], str], judges: frozenset[str]) -> Turn | None:
    """One message with nothing but who speaks, what is said and which tools are called; None of a judge's."""
    role, name = str(message.get("role") or "message"), str(message.get("name") or "")
    if _judges_by_name(name, judges) or _judges_by_name(role, judges):
        return None
    turn: Turn = {"role": mask(role), "content": mask(_text(message.get("content")))}
    if _role(message) in TOOLS and name:
        turn["name"] = mask(name)
    given = message.get("tool_calls") or []
    calls = [_call(each, mask, judges) for each in (given if isinstance(given, list) else [given])]
    kept = [call for call in calls if call is not None]
    if kept:
        turn["calls"] = kept
    elif given and not turn["content"]:
        return None
    return turn


def _call(call: Any, mask: Callable[[str], str], judges: frozenset[str]) -> Turn | None:
    """One tool call: its name and arguments, whichever way they are wrapped."""
    inner = call.get("function", call) if isinstance(call, Mapping) else {}
    inner = inner if isinstance(inner, Mapping) else {"name": inner}
    name = str(inner.get("name") or "tool")
    if _judges_by_name(name, judges):
        return None
    given = next((inner[key] for key in ("arguments", "args", "input") if inner.get(key) is not None), "")
    return {"name": mask(name), "arguments": mask(given if isinstance(given, str) else _json(given))}


def _passage(passage: Any, mask: Callable[[str], str]) -> dict[str, str] | None:
    """One passage: its title where it has one, and its text."""
    given = passage if isinstance(passage, Mapping) else {"text": passage}
    text = mask(_text(given.get("text", given.get("content"))))
    title = given.get("title")
    return {"title": mask(title) if isinstance(title, str) else "", "text": text} if text else None


def _judges(spans: Any) -> frozenset[str]:
    """The names of spans that judge."""
    listed = spans if isinstance(spans, list) else []
    found = (span.get("name") for span in listed if isinstance(span, Mapping) and span.get("kind") in JUDGES)
    return frozenset(str(name).casefold() for name in found if name)


def _judges_by_name(name: str, judges: frozenset[str]) -> bool:
    return name.casefold() in judges or bool(_JUDGE.search(_CAMEL.sub("_", name)))


def _role(message: Mapping[str, Any]) -> str:
    return str(message.get("role") or "").lower()


def _text(content: Any) -> str:
    """Content as text: the words of its parts; what is no text is named by its kind."""
    if content is None or isinstance(content, float):
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(_part, content)))
    if isinstance(content, Mapping):
        return _part(content)
    return str(content)


def _part(part: Any) -> str:
    if isinstance(part, Mapping):
        text = next((part[key] for key in _TEXT_KEYS if isinstance(part.get(key), str)), None)
        if text is not None:
            return str(text)
        kind = part.get("type")
        return f"[{kind}]" if isinstance(kind, str) and kind.isidentifier() else _json(part)
    return part if isinstance(part, str) else _json(part)


def _json(value: Any) -> str:
    return json.dumps(_allowed(value), ensure_ascii=False, default=str)


def _allowed(value: Any) -> Any:
    """Structured content without ids, names of models and opinions."""
    if isinstance(value, Mapping):
        return {str(key): _allowed(each) for key, each in value.items() if not _NEVER.match(str(key))}
    return [_allowed(each) for each in value] if isinstance(value, list) else value
