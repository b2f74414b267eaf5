"""Writes the whole demo: ``python -m sample_data.generate [FOLDER]``. The same bytes every time.

Standard library only; every stream of chance is seeded by name, so changing one phrase changes few traces.
"""

import csv
import io
import json
import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sample_data import golden, judges, labels
from sample_data.dialogue import play
from sample_data.intents import SEVERITY
from sample_data.people import mark, take_marks
from sample_data.plan import INDEX_SWAP, SEED, make_plans
from sample_data.scene import Plan, Scene
from sample_data.wording import weighted

HERE = Path(__file__).parent
PRICES = {"aria-large-2": (2.5e-6, 10e-6), "aria-mini-2": (0.15e-6, 0.6e-6), "kestrel-7": (1.1e-6, 4.4e-6)}
SPEED = {"aria-large-2": 2300, "aria-mini-2": 950, "kestrel-7": 1700}
TOOLS_V7 = (
    "search_flights search_hotels search_products get_booking change_booking cancel_booking search_policy order_status "
    "create_return list_charges issue_refund file_claim flight_status book_flight book_hotel add_to_basket handoff"
).split()
TOOLS_V8 = [*TOOLS_V7[:3], "search_esim_plans", *TOOLS_V7[3:]]
ERRORS = {
    "tool": "ToolTimeout: upstream did not answer within 30000 ms",
    "parse": "ToolCallParseError: arguments are not valid JSON",
    "provider": "ProviderError: 429 rate limit reached, gave up after 3 attempts",
}
TRUTH = [
    "trace_id", "intent", "topic", "language", "persona", "codes", "severity", "outcome", "duplicate_group",
    "injection",
    "incident", "template", "index_version", "retry_of", "abandoned", "clarification_loop", "label_pick",
]  # fmt: skip


def record(plan: Plan, scene: Scene, number: int) -> dict[str, Any]:
    """One row of traces.jsonl, personal values still marked."""
    rng = Random(f"{SEED}/record/{number}/{plan.talk}")
    calls = [m for m in scene.messages if m.get("tool_calls")]
    sizes = [len(json.dumps(m, ensure_ascii=False)) for m in scene.messages]
    tokens_in = tokens_out = 0
    for at, message in enumerate(scene.messages):
        if message["role"] == "assistant":
            tokens_in += int(sum(sizes[:at]) / 4.1)
            tokens_out += max(3, int(sizes[at] / 4.3))
    retrieved = sum(len(p["text"]) for p in scene.retrieved) // 4
    tokens_in += retrieved
    turns = sum(m["role"] == "assistant" for m in scene.messages)
    latency = sum(SPEED[plan.model] * rng.lognormvariate(0, 0.45) for _ in range(max(1, turns)))
    latency += sum(240 * rng.lognormvariate(0, 0.7) for _ in calls)
    if plan.error == "tool":
        latency += 30_000
    elif rng.random() < 0.009:
        latency *= 9 + 20 * rng.random()
    price_in, price_out = PRICES[plan.model]
    row: dict[str, Any] = {
        "trace_id": f"wf-{int(Random(f'{SEED}/id/{number}').random() * 16**12):012x}",
        "session_id": plan.session,
        "user_id": plan.person.user_id,
        "started_at": f"{plan.at:%Y-%m-%dT%H:%M:%S}.{int(rng.random() * 1000):03d}Z",
        "latency_ms": round(latency),
        "name": "concierge-chat",
        "environment": plan.environment,
        "release": plan.release,
        "model": plan.model,
        "provider": plan.provider,
        "params": {
            "temperature": 0.2 if plan.template == "v8" else 0.4,
            "max_tokens": 300 if plan.template == "v8" else 800,
            "tools": TOOLS_V8 if plan.template == "v8" else TOOLS_V7,
        },
        "messages": scene.messages,
        "retrieved": scene.retrieved,
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "cost_usd": round(tokens_in * price_in + tokens_out * price_out, 6),
        "status": "error" if plan.error else "ok",
        "error": ERRORS.get(plan.error),
        "feedback": thumb(rng, plan),
        "tags": tags(rng, plan),
        "metadata": metadata(rng, plan),
    }
    return row


def thumb(rng: Random, plan: Plan) -> int | None:
    """Sparse, and not always what one would think."""
    failed = bool(plan.realised) or bool(plan.error)
    if plan.environment != "production" or rng.random() > (0.27 if failed else 0.095):
        return None
    good = rng.random() < (0.14 if failed else 0.86)
    if plan.realised == ["stale_info"] and plan.intent == "refund_policy":
        good = rng.random() < 0.5  # nobody minds being promised a refund
    return 1 if good else -1


def tags(rng: Random, plan: Plan) -> list[str]:
    """What the application's own code attaches."""
    out = [str(weighted(rng, {"web": 50, "ios": 26, "android": 24}))]
    if plan.chip:
        out.append("quick-reply")
    if plan.environment == "staging":
        out.append("smoke")
    return out


def metadata(rng: Random, plan: Plan) -> dict[str, Any]:
    """The rest: locale, prompt and index version, sometimes the signed-in customer."""
    person = plan.person
    locale = {"en": "en-US" if person.currency == "$" else "en-GB", "pt": "pt-BR", "ja": "ja-JP"}
    out: dict[str, Any] = {
        "locale": locale.get(person.language, f"{person.language}-{person.language.upper()}"),
        "prompt_version": f"concierge/{plan.template}",
        "index_version": "kb-2026-11" if plan.swapped_index else "kb-2026-09",
    }
    if rng.random() < 0.3:
        out["customer"] = {
            "name": mark("PERSON", person.name),
            "email": mark("EMAIL_ADDRESS", person.email),
            "account": mark("ACCOUNT_ID", person.account),
            "tier": ["basic", "silver", "gold"][int(rng.random() ** 2 * 3)],
        }
        if rng.random() < 0.4:
            out["customer"]["phone"] = mark("PHONE_NUMBER", person.phone)
    return out


def truth(plan: Plan, trace_id: str, ids: list[str]) -> dict[str, Any]:
    """What is known about a trace because it was planted."""
    severity = max((SEVERITY[code] for code in plan.realised), default=0)
    incident = plan.at >= INDEX_SWAP and plan.intent == "refund_policy" and plan.topic == "nonref"
    return {
        "trace_id": trace_id,
        "intent": plan.intent,
        "topic": plan.topic,
        "language": plan.language,
        "persona": plan.persona,
        "codes": ";".join(plan.realised),
        "severity": severity or "",
        "outcome": "fail" if severity >= 2 else "pass",
        "duplicate_group": plan.duplicate_group,
        "injection": ("followed" if "injection_followed" in plan.realised else "attempt") if plan.injection else "",
        "incident": int(incident and "stale_info" in plan.realised),
        "template": plan.template,
        "index_version": "kb-2026-11" if plan.swapped_index else "kb-2026-09",
        "retry_of": "" if plan.retry_of is None else ids[plan.retry_of],
        "abandoned": int(plan.abandoned),
        "clarification_loop": int(plan.loop),
    }


def as_csv(columns: list[str], rows: list[dict[str, Any]]) -> str:
    """CSV text with plain newlines."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_jsonl(rows: list[dict[str, Any]]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


def build() -> dict[str, str]:
    """Every file's text by its path under sample_data/."""
    plans = make_plans()
    rows, personal, sessions = [], [], {}
    for number, plan in enumerate(plans):
        scene = play(plan)
        if plan.error:
            plan.realised = ["no_answer"]
        row, found = take_marks(record(plan, scene, number))
        row["session_id"] = sessions.setdefault(plan.session, f"sess-{len(sessions) + 1:05d}")
        rows.append(row)
        personal += [{"trace_id": row["trace_id"], **item} for item in found]
    ids = [row["trace_id"] for row in rows]
    known = [truth(plan, ids[number], ids) for number, plan in enumerate(plans)]
    picks = labels.draw(known)
    for row in known:
        row["label_pick"] = picks.get(row["trace_id"], "")
    mondays = [datetime.combine(plan.at.date() + timedelta(days=7 - plan.at.weekday()), time()) for plan in plans]
    times = dict(zip(ids, mondays, strict=True))
    human = labels.annotate([row for row in known if row["label_pick"]], times)
    codes = {row["trace_id"]: row["codes"] for row in known}
    judged = [
        {**row, "note": judges.critique(row["trace_id"], row["value"], codes[row["trace_id"]])}
        for row in labels.judge(human, known)
    ]
    cases, answers = golden.golden(rows, known)
    return {
        "golden.csv": as_csv(list(golden.CASES), cases),
        "answers.csv": as_csv(list(golden.ANSWERS), answers),
        "traces.jsonl": as_jsonl(rows),
        "truth/pii.jsonl": as_jsonl(personal),
        "truth/traces.csv": as_csv(TRUTH, known),
        "sample.csv": as_csv(labels.SAMPLE_COLUMNS, labels.sample(picks, len(rows))),
        "labels.csv": as_csv(labels.COLUMNS, human),
        "judge.csv": as_csv(labels.COLUMNS, judged),
        "judges_more.csv": as_csv(labels.COLUMNS, judges.more(human, judged, known)),
    }


def main(folder: Path = HERE) -> None:
    """Write every file."""
    for name, text in build().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
