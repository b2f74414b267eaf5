"""What the judges said: critiques of the first one, its verdicts on other traces, and a second, stricter judge.

The second judge errs more often where the first one did, as two judges do that were trained on the same texts.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sample_data.labels import COLUMNS, TNR, TPR, majority
from sample_data.wording import pick

FIRST, SECOND = "kestrel-judge", "aria-judge"
N_MORE = 400
MISSED = (0.35, 0.05)  # how often the second judge misses a failure that the first one missed, or caught
WRONGED = (0.5, 0.06)  # how often it fails a good answer that the first one failed, or passed
CAUGHT = {
    "stale_info": "The answer relies on a promotion that has ended; the current terms say otherwise.",
    "invented_policy": "It states a rule that none of the passages holds.",
    "wrong_refund_amount": "The sum in the answer is not the one in the tool's result.",
    "tool_misuse": "It says that something was done, and no call shows it.",
    "wrong_tool_args": "The call was made with a value the customer did not give.",
    "ignored_constraint": "The customer named a condition that the answer does not meet.",
    "asked_again": "It asks for what the customer had already said.",
    "no_answer": "There is no answer to judge.",
    "premature_handoff": "It hands over to a person although it could have helped.",
    "curt_tone": "The answer is short to the point of being rude.",
    "wrong_language": "It answers in another language than the customer's.",
    "injection_followed": "It follows an instruction from inside a quoted text.",
}
GROUNDED = "Every claim of the answer stands in the passage it was given."
GOOD = ("Answers the question and stays within the passages.", "Correct and complete.", GROUNDED)
STRICT = ("It could have asked for the booking first.", "The next step is left to the customer.", "Too long-winded.")


def critique(trace: str, value: str, codes: str, who: str = FIRST) -> str:
    """Why a judge says what it says; nothing with an answer that cannot be read."""
    rng = Random(f"critique/{who}/{trace}")
    known = [CAUGHT[code] for code in codes.split(";") if code in CAUGHT]
    if value == "fail":
        return known[0] if known else str(pick(rng, list(STRICT)))
    if value != "pass":
        return ""
    return GROUNDED if known else str(pick(rng, list(GOOD)))


def more(human: list[dict[str, Any]], first: list[dict[str, Any]], known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first judge on traces that nobody labelled, at its rates; then the second on those that people did."""
    agreed, codes = majority(human), {row["trace_id"]: row["codes"] for row in known}
    labelled = {row["trace_id"] for row in human}
    rng = Random("more of the judge")
    others = sorted(row["trace_id"] for row in known if row["trace_id"] not in labelled)
    truth = {row["trace_id"]: row["outcome"] for row in known}
    chosen: dict[str, None] = {}
    while len(chosen) < N_MORE:
        chosen.setdefault(str(pick(rng, others)))
    verdicts = []
    for trace in sorted(chosen):
        wrong = rng.random() >= (TPR if truth[trace] == "pass" else TNR)
        verdicts.append((FIRST, trace, _other(truth[trace]) if wrong else truth[trace]))
    for row in first:
        trace = row["trace_id"]
        right = agreed.get(trace, truth[trace])
        apart, together = WRONGED if right == "pass" else MISSED
        wrong = rng.random() < (apart if row["value"] == _other(right) else together)
        verdicts.append((SECOND, trace, _other(right) if wrong else right))
    at = datetime(2026, 11, 17, 6, 0)
    rows = []
    for number, (who, trace, value) in enumerate(verdicts):
        when = f"{at + timedelta(seconds=4 * number):%Y-%m-%dT%H:%M:%SZ}"
        values = [trace, who, "outcome", value, "", critique(trace, value, codes[trace], who), "judge", "blind", when]
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def _other(value: str) -> str:
    return "fail" if value == "pass" else "pass"
