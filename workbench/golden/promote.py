"""From a trace that people labelled to a draft of a case: what was asked, what should happen, and how sure that is.

A draft is only as good as the labels behind it, so it carries who gave them and whether they agreed. A thumb of the
product's user is no label: a trace that nobody read can be drafted, and cannot be accepted before a person says what
should have happened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ASKING = ("user", "human", "customer", "end_user", "enduser")
ANSWERING = ("assistant", "ai", "model", "agent", "bot", "gpt")
SEEN_IN = ("model", "provider", "environment", "name")
"""Where a trace was seen, filed so that coverage can be had by it; the gate slices by these only where it is told to,
because they say what answered then and not what is asked."""
UNBLINDED = "unblinded"
"""The round of labels by somebody who had seen the failure: their vote counts, and makes nobody agree."""
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]+)?")
SEVERITY_RISK = {5: "critical", 4: "high", 3: "medium", 2: "low", 1: "low"}


@dataclass(frozen=True)
class Said:
    """What people said of a trace.

    Attributes:
        outcome: pass or fail, as it stands; None where nobody said.
        agreement: single, agreed, adjudicated or disputed.
        codes: Names and definitions of its codes.
        severity: The highest severity of those.
        gold_answer: The answer that should have been given, adjudicated before blind, newest first.
        annotators: Who said so.
    """

    outcome: str | None = None
    agreement: str = "single"
    codes: tuple[tuple[str, str], ...] = ()
    severity: int | None = None
    gold_answer: str | None = None
    annotators: tuple[str, ...] = ()


def said_of(labels: Iterable[Mapping[str, Any]], definitions: Mapping[str, tuple[str, int | None]]) -> Said:
    """Bring the labels of one trace that count down to what they say; judges, rules and users are left out.

    Args:
        labels: In order of time: dimension, value, annotator, annotator_kind, round, severity, gold_answer; codes by
            the names they have now.
        definitions: Definition and severity of each code by its name.
    """
    rows = [row for row in labels if (row.get("annotator_kind") or "human") == "human"]
    outcomes = [row for row in rows if row["dimension"] == "outcome" and row["value"] in ("pass", "fail")]
    settled = [row for row in outcomes if row.get("round") == "adjudicated"]
    votes = list({row["annotator"]: row["value"] for row in outcomes if row.get("round") != "adjudicated"}.values())
    blind = {row["annotator"] for row in outcomes if row.get("round") not in ("adjudicated", UNBLINDED)}
    if settled:
        outcome, agreement = settled[-1]["value"], "adjudicated"
    elif len(set(votes)) > 1:
        most = max(set(votes), key=votes.count)
        outcome, agreement = (most if votes.count(most) * 2 > len(votes) else None), "disputed"
    else:
        outcome, agreement = (votes[0] if votes else None), "agreed" if len(blind) > 1 else "single"
    codes = list(dict.fromkeys(row["value"] for row in rows if row["dimension"] == "code"))
    given = [row["severity"] for row in rows if row["dimension"] == "code" and row.get("severity")]
    known = [definitions[code][1] for code in codes if code in definitions]
    severity = max([*given, *(each for each in known if each)], default=None)
    golds = sorted((row for row in rows if row.get("gold_answer")), key=lambda row: row.get("round") == "adjudicated")
    return Said(
        outcome if outcome or not codes else "fail",
        agreement,
        tuple((code, definitions.get(code, ("", None))[0]) for code in codes),
        severity,
        golds[-1]["gold_answer"] if golds else None,
        tuple(dict.fromkeys(row["annotator"] for row in rows if row["dimension"] in ("outcome", "code"))),
    )


def draft_case(trace: Mapping[str, Any], said: Said, *, case_id: str, intent: str | None = None) -> dict[str, Any]:
    """Draft a case from a trace.

    Args:
        trace: As ``Workspace.trace`` gives it, nested values decoded.
        said: What people said of it.
        case_id: The new case's id.
        intent: The name of its cluster.

    Returns:
        The fields of a case; ``expected_behavior`` is a proposal, or empty where nobody said anything.
    """
    slices = {
        "intent": intent,
        "complexity": complexity(trace.get("n_turns"), trace.get("n_tool_calls")),
        "outcome": said.outcome,
        "language": language(trace.get("metadata")),
        **{name: str(trace[name]) for name in SEEN_IN if trace.get(name) and trace[name] == trace[name]},
    }
    started: Any = trace.get("started_at")
    return {
        "case_id": case_id,
        "input_payload": payload(trace),
        "expected_behavior": expected(said),
        "reference": said.gold_answer,
        "risk_level": SEVERITY_RISK.get(said.severity or 3, "medium"),
        "source": "production",
        "category": "edge" if said.outcome == "fail" else "happy_path",
        "slices": {name: value for name, value in slices.items() if value},
        "capture_date": started.isoformat()[:10] if hasattr(started, "isoformat") and started == started else None,
        "product_version": trace.get("release"),
        "labelled_by": list(said.annotators),
        "agreement": said.agreement,
        "trace_id": str(trace["trace_id"]),
    }


def payload(trace: Mapping[str, Any]) -> dict[str, Any]:
    """What went in: the last question before the judged answer, what was said before it, passages, tool definitions.

    What the product did about that question (tools it called, what they said) is its own work and no input.
    """
    messages = [each for each in _list(trace.get("messages")) if isinstance(each, Mapping)]
    answers = [at for at, each in enumerate(messages) if _role(each) in ANSWERING and _text(each.get("content"))]
    before = messages[: answers[-1]] if answers else messages
    asked = [at for at, each in enumerate(before) if _role(each) in ASKING]
    if asked:
        query = _text(before[asked[-1]].get("content"))
        history = [dict(each) for each in before[: asked[-1]]]
    else:
        query, history = _text(trace.get("input")), [dict(each) for each in before]
    params = trace.get("params")
    tools = _list(params.get("tools")) if isinstance(params, Mapping) else []
    found = {
        "query": query or _text(trace.get("input")),
        "history": history,
        "retrieved_context": _list(trace.get("retrieved")),
        "tool_definitions": tools,
    }
    return {name: value for name, value in found.items() if value}


def asked(payload: Mapping[str, Any]) -> tuple[str, str]:
    r"""What the user asked over all turns, and what else went in; two cases with both the same are one.

    Prompts and tool definitions count as neither: they change with the release, and the question stays.

    >>> asked({"query": "and to Rome?", "history": [{"role": "user", "content": "a flight to Oslo"}]})
    ('a flight to Oslo\nand to Rome?', '')
    """
    turns = [each for each in _list(payload.get("history")) if isinstance(each, Mapping)]
    words = [_text(each.get("content")) for each in turns if _role(each) in ASKING]
    others = [_text(each.get("content")) for each in turns if _role(each) not in (*ASKING, "system", "developer")]
    passages = [
        _text(each.get("text")) if isinstance(each, Mapping) else _text(each)
        for each in _list(payload.get("retrieved_context"))
    ]
    return "\n".join([*words, _text(payload.get("query"))]), "\n".join([*others, *passages])


def expected(said: Said) -> str:
    """A first wording of what should happen, out of the codes that were given; a person goes over it."""
    parts = []
    for name, definition in said.codes:
        parts.append(f"Does not show \u201c{name}\u201d" + (f": {definition.rstrip('.')}." if definition else "."))
    if said.gold_answer:
        parts.append("Says in substance what the reference says.")
    return " ".join(parts)


def complexity(n_turns: Any, n_tool_calls: Any) -> str | None:
    """How much a trace asks: one turn without tools, several turns or a tool, many of both.

    >>> [complexity(1, 0), complexity(3, 1), complexity(4, 6), complexity(None, None)]
    ['simple', 'moderate', 'complex', None]
    """
    turns, calls = (0 if each is None or each != each else int(each) for each in (n_turns, n_tool_calls))
    if turns == 0 and calls == 0:
        return None
    if turns <= 1 and calls == 0:
        return "simple"
    return "complex" if turns + calls >= 8 else "moderate"


def language(metadata: Any) -> str | None:
    """The language that the metadata of a trace names, in two or three letters; None where it names none.

    >>> [language(each) for each in ({"language": "pt-BR"}, {"locale": "EN_us"}, {"locale": "<LOCATION_1>"}, None)]
    ['pt', 'en', None, None]
    """
    if not isinstance(metadata, Mapping):
        return None
    named = (_LANGUAGE.fullmatch(str(metadata.get(name) or "")) for name in ("language", "locale"))
    return next((found[1].lower() for found in named if found), None)


def _role(message: Mapping[str, Any]) -> str:
    return str(message.get("role") or "").lower()


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = [each.get("text") if isinstance(each, Mapping) else each for each in content]
        return "\n".join(part for part in parts if isinstance(part, str))
    return "" if content is None else json.dumps(content, ensure_ascii=False, default=str)
