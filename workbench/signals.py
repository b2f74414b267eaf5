"""Failure signals: what a trace itself says about having gone badly, without anyone reading it.

They are guesses that decide where to look first, never labels. Each has a name, a meaning and one rule that can be
read in a line or two; all work on redacted text. English phrases only, so a low share on other languages says little.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

SIGNALS: dict[str, str] = {
    "error": "the trace or its last step ended in an error",
    "thumbs_down": "the user gave negative feedback",
    "tool_error": "a tool answered with an error",
    "retry": "the user asked nearly the same again",
    "clarification_loop": "the assistant asked for clarification twice or more",
    "complaint": "the user says that the answer is wrong or asks for a person",
    "no_answer": "a model was called and the trace holds no answer",
    "unparsed_output": "the output looks like JSON and cannot be parsed, or names a parser error",
}

USER_ROLES = frozenset({"user", "human", "customer", "end_user", "enduser"})
ASSISTANT_ROLES = frozenset({"assistant", "ai", "agent", "bot", "model", "gpt"})
TOOL_ROLES = frozenset({"tool", "function", "tool_result", "environment"})

_COMPLAINT = re.compile(
    r"\b(that'?s (not|wrong)|not what i (asked|said|meant|wanted)|you('re| are) (wrong|not (listening|helping))"
    r"|doesn'?t (help|answer)|useless"
    r"|(speak|talk) (to|with) (a |an )?(human|person|manager|supervisor|real|representative|agent)"
    r"|i (already|just) (told|said|gave)|still (not|doesn'?t|isn'?t|wrong)|wrong answer"
    r"|this is (ridiculous|unacceptable))\b",
    re.IGNORECASE,
)
_CLARIFY = re.compile(
    r"\b(could you (please )?(clarify|specify|provide|confirm)|can you (please )?(clarify|specify|tell me more|provide)"
    r"|i'?m not sure (what|which|i understand)|which (one|booking|order) do you mean|please (clarify|specify))\b",
    re.IGNORECASE,
)
_TOOL_ERROR = re.compile(
    r'^\s*(error\b|exception\b|traceback \()|"(error|exception|errors)"\s*:\s*("[^"]|\{|\[|true)'
    r'|"status"\s*:\s*"(error|failed)"'
    r"|\b(timed? ?out|internal server error|5\d\d (bad gateway|service unavailable))\b",
    re.IGNORECASE,
)
_PARSER = re.compile(
    r"\b(json ?decode ?error|output ?parser|failed to parse|parsing error|invalid json)\b", re.IGNORECASE
)
_REFUSAL = re.compile(
    r"\b(i|we)( am|'m| are|'re)? (can'?t|cannot|can not|won'?t|will not|unable to|not (able|allowed|permitted) to"
    r"|must decline to|have to decline)( \w+){0,2}? (help|assist|answer|discuss|share|disclose|provide|give|offer"
    r"|predict|approve|advise|comment|comply|fulfill?|support|continue|generate|create|write|engage|do that)\b"
    r"|\bas an ai\b|\b(against|violates?) (my|our) (guidelines|polic(y|ies)|rules)\b"
    r"|\bnot (something|a topic) (that )?(i|we) can\b",
    re.IGNORECASE,
)
RETRY_SIMILARITY = (
    85  # rapidfuzz token_set_ratio, of 100; by eye on the demo: paraphrases lie above, new questions below
)


def plain_text(content: Any) -> str:
    """The text of a message's content, which may be a string, a list of parts, or nothing."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        return "\n".join(filter(None, (plain_text(part) for part in content)))
    if isinstance(content, Mapping):
        for key in ("text", "content", "value", "response", "result"):
            if content.get(key) is not None:
                return plain_text(content[key])
        return ""
    return str(content)


def find_signals(trace: Mapping[str, Any]) -> list[str]:
    """Name the failure signals of one trace.

    Args:
        trace: Columns of the traces table with ``messages`` as a list.

    Returns:
        Names from ``SIGNALS``, in that order.
    """
    messages = trace.get("messages") or []
    texts = [(str(message.get("role") or "").lower(), plain_text(message.get("content"))) for message in messages]
    users = [text for role, text in texts if role in USER_ROLES]
    answers = [text for role, text in texts if role in ASSISTANT_ROLES]
    output = plain_text(trace.get("output"))
    error = plain_text(trace.get("error"))
    found = {
        "error": trace.get("status") == "error",
        "thumbs_down": (trace.get("feedback") or 0) < 0,
        "tool_error": any(_TOOL_ERROR.search(text[:2000]) for role, text in texts if role in TOOL_ROLES),
        "retry": _asked_again(users),
        "clarification_loop": sum(bool(_CLARIFY.search(text)) for text in answers) >= 2,
        "complaint": any(_COMPLAINT.search(text) for text in users),
        "no_answer": not output.strip() and any(trace.get(sign) is not None for sign in ("model", "tokens_out")),
        "unparsed_output": bool(_PARSER.search(error)) or _broken_json(output),
    }
    return [name for name in SIGNALS if found[name]]


def refuses(output: str | None) -> bool | None:
    """Whether an answer declines to do what was asked; None where there is no answer.

    No failure signal: an answer that declines an injection is right. Only how often it happens, and since when, tells.

    >>> refuses("I can't share that, but I can help with flights."), refuses("That can't be changed any more.")
    (True, False)
    """
    return None if not output else _REFUSAL.search(output.replace("\u2019", "'")) is not None


def _asked_again(users: Sequence[str]) -> bool:
    long_enough = [text.lower() for text in users if len(text) >= 20]
    return any(
        fuzz.token_set_ratio(first, second, score_cutoff=RETRY_SIMILARITY) > 0
        for first, second in zip(long_enough, long_enough[1:], strict=False)
    )


def _broken_json(output: str) -> bool:
    import orjson

    text = output.strip()
    if not (text.startswith(("{", "[{")) and '":' in text):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return True
    return False
