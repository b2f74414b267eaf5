"""Three annotators and a judge over the same traces, with disagreements that are planted and known.

Groundedness is clear to everybody. Tone is not: Ben calls short answers curt where Ana and Chen see them as neutral.
Chen grows lenient in the last two weeks (outcome and completeness). Ben mixes up stale_info and invented_policy.
The judge passes good answers and misses failures, first of all those that agree with the passage they were given.
"""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sample_data.intents import SEVERITY
from sample_data.wording import pick, read_bank

COLUMNS = ["trace_id", "annotator", "dimension", "value", "severity", "note", "annotator_kind", "round", "labelled_at"]
SAMPLE_COLUMNS = ["trace_id", "stratum", "reason", "weight", "population"]
ANNOTATORS = ["ana", "ben", "chen"]
N_RANDOM, N_DELIBERATE, N_BY_ALL = 150, 60, 150
DRIFT_FROM = datetime(2026, 11, 9)
UNGROUNDED = {
    "invented_policy", "wrong_refund_amount", "stale_info", "tool_misuse", "wrong_tool_args", "injection_followed",
}  # fmt: skip
MISSING = {"no_answer", "premature_handoff", "curt_tone", "injection_followed"}
PARTIAL = {"ignored_constraint", "wrong_tool_args", "asked_again", "tool_misuse", "wrong_language"}
MIXED_UP = {"stale_info": "invented_policy", "invented_policy": "stale_info"}
CURT_WHERE_NEUTRAL = {"ana": 0.04, "ben": 0.48, "chen": 0.1}
TPR, TNR = 0.94, 0.71
UNPARSABLE = [
    "Overall I would say this is mostly fine, 7/10.",
    '{"verdict": "pa',
    "The response addresses the request. However, the tone could be improved.",
    "N/A",
    "As a language model I cannot assess refunds.",
    "pass / fail",
]
NOTES = read_bank("common")
PASS_NOTES = [*NOTES["note.pass"], *[""] * 40]


def draw(known: list[dict[str, Any]]) -> dict[str, str]:
    """Which traces are labelled: a simple random sample, and a deliberate pick among what looked bad."""
    rng = Random("label draw")
    ids = sorted(row["trace_id"] for row in known)
    picks: dict[str, str] = {}
    while len(picks) < N_RANDOM:
        picks[str(pick(rng, ids))] = "random"
    bad = sorted(row["trace_id"] for row in known if row["outcome"] == "fail" and row["trace_id"] not in picks)
    while len(picks) < N_RANDOM + N_DELIBERATE:
        picks.setdefault(str(pick(rng, bad)), "deliberate")
    return picks


def sample(picks: dict[str, str], n_traces: int) -> list[dict[str, Any]]:
    """The draw as a sample: a random trace stands for n_traces / N_RANDOM, a deliberate pick for nothing but itself."""
    weight = f"{n_traces / N_RANDOM:g}"
    return [
        {"trace_id": trace_id, "stratum": "all", "reason": "random", "weight": weight, "population": n_traces}
        if how == "random"
        else {"trace_id": trace_id, "stratum": "picked", "reason": "looked bad", "weight": "", "population": ""}
        for trace_id, how in picks.items()
    ]


def annotate(chosen: list[dict[str, Any]], batches: dict[str, datetime]) -> list[dict[str, Any]]:
    """Labels in long form, in the order they were made. ``batches``: the Monday on which a trace's batch is opened."""
    rng = Random("annotators")
    shuffled = sorted(chosen, key=lambda row: Random(f"order/{row['trace_id']}").random())
    out: list[dict[str, Any]] = []
    for number, row in enumerate(shuffled):
        left_out = "" if number < N_BY_ALL else ANNOTATORS[number % 3]
        latent = _latent(row)
        for annotator in ANNOTATORS:
            if annotator == left_out:
                continue
            at = batches[row["trace_id"]] + timedelta(days=int(rng.random() * 5), hours=8 + 9 * rng.random())
            late = annotator == "chen" and at >= DRIFT_FROM
            out += _one(Random(f"{annotator}/{row['trace_id']}"), row, latent, annotator, at, late=late)
    return sorted(out, key=lambda label: label["labelled_at"])


def _latent(row: dict[str, Any]) -> dict[str, Any]:
    """What a perfectly careful reader would say about each dimension."""
    codes = set(row["codes"].split(";")) - {""}
    rng = Random(f"latent/{row['trace_id']}")
    tone = "curt" if "curt_tone" in codes else ("warm" if rng.random() < 0.22 else "neutral")
    missing, partial = codes & MISSING, codes & PARTIAL
    full = "partial" if rng.random() < 0.08 else "full"
    return {
        "codes": sorted(codes),
        "outcome": row["outcome"],
        "groundedness": "fail" if codes & UNGROUNDED else "pass",
        "tone": tone,
        "completeness": "missing" if missing else ("partial" if partial else full),
    }


def _one(
    rng: Random, row: dict[str, Any], latent: dict[str, Any], annotator: str, at: datetime, *, late: bool
) -> list[dict[str, Any]]:
    """All labels of one annotator on one trace."""
    outcome, codes = _verdict(rng, latent, annotator, late=late)
    note = ""
    if codes and rng.random() < 0.85:
        note = str(pick(rng, NOTES.get(f"note.{codes[0]}", ["error message, no answer", "nothing came back"])))
    elif not codes:
        note = str(pick(rng, PASS_NOTES))
    when = at

    def label(dimension: str, value: str, severity: int | str = "", text: str = "") -> dict[str, Any]:
        nonlocal when
        when += timedelta(seconds=2 + 12 * rng.random())
        made = f"{when:%Y-%m-%dT%H:%M:%SZ}"
        values = [row["trace_id"], annotator, dimension, value, severity, text, "human", "blind", made]
        return dict(zip(COLUMNS, values, strict=True))

    out = [label("outcome", outcome, text=note)]
    for code in codes:
        shift = 0 if rng.random() < 0.72 else (1 if rng.random() < 0.5 else -1)
        out.append(label("code", code, min(5, max(1, SEVERITY[code] + shift))))
    if note:
        out.append(label("note", note))
    for dimension, value in _rubric(rng, latent, annotator, late=late).items():
        out.append(label(dimension, value))
    return out


def _verdict(rng: Random, latent: dict[str, Any], annotator: str, *, late: bool) -> tuple[str, list[str]]:
    """Pass or fail, and the codes."""
    outcome = latent["outcome"]
    if rng.random() < (0.06 if outcome == "fail" else 0.03):
        outcome = "pass" if outcome == "fail" else "fail"
    if late and outcome == "fail" and rng.random() < 0.5:
        outcome = "pass"
    if outcome == "pass":
        return outcome, ["verbose"] if "verbose" in latent["codes"] and rng.random() < 0.5 else []
    codes = list(latent["codes"]) or [str(pick(rng, ["asked_again", "curt_tone", "verbose", "ignored_constraint"]))]
    swap = 0.45 if annotator == "ben" else 0.06
    codes = [MIXED_UP[code] if code in MIXED_UP and rng.random() < swap else code for code in codes]
    if rng.random() < 0.05 and "verbose" not in codes:
        codes.append("verbose")
    return outcome, codes


def _rubric(rng: Random, latent: dict[str, Any], annotator: str, *, late: bool) -> dict[str, str]:
    """The three dimensions: clear, ambiguous, and clear until one annotator drifts."""
    grounded = latent["groundedness"]
    if rng.random() < 0.042:
        grounded = "fail" if grounded == "pass" else "pass"
    tone = latent["tone"]
    if tone == "neutral" and rng.random() < CURT_WHERE_NEUTRAL[annotator]:
        tone = "curt"
    elif rng.random() < 0.1:
        tone = "warm" if tone == "neutral" else "neutral"
    steps = ["missing", "partial", "full"]
    level = steps.index(latent["completeness"])
    if rng.random() < 0.1:
        level += 1 if level == 0 or (level == 1 and rng.random() < 0.5) else -1
    if late and level < 2 and rng.random() < 0.6:
        level += 1
    return {"groundedness": grounded, "tone": tone, "completeness": steps[level]}


def majority(human: list[dict[str, Any]]) -> dict[str, str]:
    """The outcome most annotators gave; traces on which they are even are left out."""
    votes: dict[str, Counter[str]] = {}
    for row in human:
        if row["dimension"] == "outcome":
            votes.setdefault(row["trace_id"], Counter())[row["value"]] += 1
    decided = {trace: counts for trace, counts in sorted(votes.items()) if counts["pass"] != counts["fail"]}
    return {trace: counts.most_common(1)[0][0] for trace, counts in decided.items()}


def judge(human: list[dict[str, Any]], known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A judge with exactly the planted rates against the majority, and six answers that cannot be read."""
    rng = Random("judge")
    agreed = majority(human)
    traces = sorted({row["trace_id"] for row in human})
    codes = {row["trace_id"]: row["codes"] for row in known}
    garbled: dict[str, str] = {}
    while len(garbled) < len(UNPARSABLE):
        garbled.setdefault(str(pick(rng, traces)), UNPARSABLE[len(garbled)])
    verdicts = {trace: agreed.get(trace, "pass") for trace in traces}
    for value, share, first in (("pass", 1 - TPR, ""), ("fail", 1 - TNR, "stale_info")):
        mine = [trace for trace in agreed if agreed[trace] == value and trace not in garbled]
        mine.sort(key=lambda trace: (0 if first and first in codes[trace] and rng.random() < 0.75 else 1, rng.random()))
        for trace in mine[: round(share * len(mine))]:
            verdicts[trace] = "fail" if value == "pass" else "pass"
    at = datetime(2026, 11, 16, 22, 0)
    out = []
    for number, trace in enumerate(traces):
        when = f"{at + timedelta(seconds=4 * number):%Y-%m-%dT%H:%M:%SZ}"
        value = garbled.get(trace, verdicts[trace])
        values = [trace, "kestrel-judge", "outcome", value, "", "", "judge", "blind", when]
        out.append(dict(zip(COLUMNS, values, strict=True)))
    return out
