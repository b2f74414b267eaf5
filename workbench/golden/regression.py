"""From a flagged failure to a case that notices when it comes back: the labels and the case, as plain rows.

Whoever makes one has seen the product's answer and why it was flagged, so nothing of it is blind and the record says
so: its labels are of the round ``unblinded``, which counts in no rate, no agreement and no truth that judges are held
against. They say what should have happened in this one case, and who says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import BadRequest
from workbench.golden.promote import ANSWERING, SEVERITY_RISK, UNBLINDED

SIGNS = {"error": "error", "thumbs_down": "thumbs down"}


def signs(status: Any, feedback: Any, signals: Any) -> tuple[str, ...]:
    """What flags a trace without a person having read it.

    >>> signs("error", -1, ["thumbs_down", "asks_again"])
    ('error', 'thumbs down', 'asks again')
    >>> signs("ok", 1, None)
    ()
    """
    found = ["error"] if isinstance(status, str) and status == "error" else []
    found += ["thumbs_down"] if feedback is not None and feedback == feedback and feedback < 0 else []
    listed = signals.split(", ") if isinstance(signals, str) else signals
    found += [str(each) for each in listed if each] if hasattr(listed, "__iter__") else []
    return tuple(SIGNS.get(each, each.replace("_", " ")) for each in dict.fromkeys(found))


def failing_answer(trace: Mapping[str, Any]) -> str:
    """The answer that failed: the trace's output, else the last thing its assistant said; empty where there is none."""
    output = trace.get("output")
    if isinstance(output, str) and output.strip():
        return output
    said = [
        each.get("content")
        for each in trace.get("messages") or []
        if isinstance(each, Mapping) and str(each.get("role") or "").lower() in ANSWERING
    ]
    return next((text for text in reversed(said) if isinstance(text, str) and text.strip()), "")


def regression_labels(
    trace_id: str,
    by: str,
    *,
    code: str,
    severity: int | None,
    critique: str,
    gold_answer: str,
    codebook_version: int,
    saw: Mapping[str, Any],
    seconds: float | None,
) -> list[dict[str, Any]]:
    """The labels of a failure that was seen: that it fails, why, what would have been right, and its code."""
    fixed = {
        "trace_id": trace_id, "annotator": by, "annotator_kind": "human", "round": UNBLINDED, "saw": dict(saw),
        "seconds": seconds,
    }  # fmt: skip
    failed = {"dimension": "outcome", "value": "fail", "note": critique or None, "gold_answer": gold_answer or None}
    named = {"dimension": "code", "value": code, "severity": severity, "codebook_version": codebook_version}
    return [{**fixed, **failed}, {**fixed, **named}]


def regression_case(
    drafted: Mapping[str, Any],
    by: str,
    *,
    expected: str,
    gold_answer: str,
    rules: Sequence[Mapping[str, Any]],
    severity: int | None,
    query: str,
    slices: Mapping[str, str],
) -> dict[str, Any]:
    """The fields of the case: as it was drafted from the trace, with what the person wrote in their place.

    Args:
        drafted: As ``draft_case`` gives it, the new labels counted.
        by: Who says what should have happened.
        expected: That, in plain language; without it the draft's wording of the code stands.
        gold_answer: An answer that would have been right.
        rules: Checks that need no judgement; where there are any, they decide.
        severity: What the failure costs, 1-5.
        query: What is asked, where it is not to be the trace's own words.
        slices: Slices that replace the draft's, by name; an empty one is left out.

    Raises:
        BadRequest: Nothing says what should have happened.
    """
    if not (expected or gold_answer or rules):
        raise BadRequest(
            "a regression case needs what should have happened: in plain language (expected), as the right answer"
            " (gold_answer), or as checks (rules). Give one of them"
        )
    wording = expected or " ".join([str(drafted["expected_behavior"]), *(["Meets its checks."] if rules else [])])
    decided = "rules" if rules else "reference" if gold_answer and not expected else "open_ended"
    asked = {"query": query} if query else {}
    placed = {**drafted["slices"], **slices}
    return {
        **drafted,
        "input_payload": {**drafted["input_payload"], **asked},
        "expected_behavior": wording.strip(),
        "reference": gold_answer or drafted["reference"],
        "checks": [dict(each) for each in rules],
        "evaluation_type": decided,
        "category": "edge",
        "risk_level": SEVERITY_RISK[severity or 3],
        "slices": {name: value for name, value in placed.items() if str(value).strip()},
        "labelled_by": list(dict.fromkeys([*drafted["labelled_by"], by])),
    }
