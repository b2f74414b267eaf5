"""What happens when: 1,512 traces over five weeks, and the events planted among them.

Times are UTC. The dates below are the ones the README states and later steps are measured against.
"""

from datetime import datetime, timedelta
from random import Random

from sample_data.dialogue import indexed_injections, known_languages
from sample_data.intents import BY_NAME, GENERAL_FAULTS, RATES, SHARES, SUMS, maddening
from sample_data.people import Person, crowd
from sample_data.scene import Plan
from sample_data.wording import pick, weighted

SEED = 20261037
N_TRACES = 1512
START = datetime(2026, 10, 12)
DAYS = 35
TEMPLATE_CHANGE = datetime(2026, 11, 3, 10, 0)
INDEX_SWAP = datetime(2026, 11, 5, 8, 0)
ESIM_LAUNCH = datetime(2026, 11, 9, 6, 0)
RELEASES = [
    (START, "1.40.2"),
    (datetime(2026, 10, 21, 9), "1.41.0"),
    (datetime(2026, 11, 2, 9), "1.42.0"),
    (datetime(2026, 11, 10, 9), "1.43.1"),
]
MODELS = {("aria-large-2", "northlight"): 46, ("aria-mini-2", "northlight"): 33, ("kestrel-7", "corvid"): 21}
WEAKNESS = {"aria-large-2": 0.75, "aria-mini-2": 1.45, "kestrel-7": 1.0}
PERSONAS = {
    "plain": 33, "terse": 9, "lower": 12, "texting": 7, "rambling": 9, "polite": 9, "angry": 11, "shouting": 4,
    "learner": 7, "typist": 8, "emoji": 4,
}  # fmt: skip
HOURS = [2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 10, 10, 10, 11, 12, 13, 14, 14, 12, 8, 4]
WEEKDAYS = [1.22, 1.08, 1.0, 0.98, 0.94, 0.78, 1.0]
CHIPS = {"change_flight", "order_status", "refund_policy", "baggage", "cancel_booking", "return_item", "flight_search",
         "hotel_search"}  # fmt: skip
INJECTIONS, FOLLOWED = 12, {1, 4, 7, 10}
GROUPS = 40


def draw_intent(rng: Random, at: datetime) -> tuple[str, str]:
    """Intent and topic of the moment."""
    if at >= ESIM_LAUNCH and rng.random() < min(0.17, 0.09 + 0.02 * (at - ESIM_LAUNCH).days):
        name = "esim"
    else:
        name = str(weighted(rng, SHARES))
    return name, str(weighted(rng, BY_NAME[name].topics))


def draw_faults(rng: Random, plan: Plan) -> list[str]:
    """At most one fault of the assistant's own, seldom two; the incident overrides."""
    if plan.intent == "refund_policy" and plan.topic == "nonref" and plan.swapped_index and rng.random() < 0.93:
        return ["stale_info"]
    intent = BY_NAME[plan.intent]
    possible = set(intent.faults) | set(GENERAL_FAULTS)
    if not intent.needs or intent.needs not in {"ref", "order"}:
        possible.discard("asked_again")
    if (plan.intent, plan.topic) in SUMS:
        possible.add("wrong_refund_amount")
    if plan.topic in {"fee", "route", "alert"}:
        possible.discard("wrong_tool_args")
    if plan.topic not in intent.offers | {"address", "edit", "room"}:
        possible.discard("tool_misuse")
    if plan.intent in {"human", "chat"}:
        possible = {"curt_tone"}
    if plan.language != "en":
        return ["wrong_language"] if rng.random() < 0.11 else []
    weakness = WEAKNESS[plan.model]
    found = []
    for code in sorted(possible):
        rate = RATES[code] * weakness
        if plan.template == "v8":
            rate *= {"curt_tone": 3.0, "verbose": 0.15, "asked_again": 0.7}.get(code, 1.0)
        if plan.intent == "esim" and code == "stale_info":
            rate = 0.12
        if rng.random() < rate:
            found.append(code)
    found = found[:1] if rng.random() < 0.8 or not {"asked_again", "verbose"} & set(found) else found[:2]
    return found


def settle(rng: Random, plan: Plan) -> Plan:
    """What follows from the time: release, template, index; then model and faults."""
    late = timedelta(hours=6 * rng.random())
    plan.release = [name for since, name in RELEASES if since + late <= plan.at or since == START][-1]
    roll = rng.random()
    plan.environment = "production" if roll < 0.945 else ("staging" if roll < 0.985 else "development")
    plan.template = "v8" if plan.at >= TEMPLATE_CHANGE else "v7"
    if plan.environment != "production" and plan.at >= TEMPLATE_CHANGE - timedelta(days=5):
        plan.template = "v8"
    plan.swapped_index = plan.at >= INDEX_SWAP
    plan.model, plan.provider = weighted(rng, MODELS)
    if plan.injection:
        return plan
    if rng.random() < 0.021:
        plan.error = str(weighted(rng, {"tool": 5, "parse": 3, "provider": 2}))
    else:
        plan.codes = draw_faults(rng, plan)
    plan.abandoned = not plan.error and rng.random() < 0.1
    plan.loop = not plan.codes and not plan.abandoned and rng.random() < 0.03
    return plan


def fresh(rng: Random, at: datetime, person: Person, other: Person, key: str) -> Plan:
    """A trace that stands on its own."""
    intent, topic = draw_intent(rng, at)
    language = person.language
    if language != "en" and language not in known_languages(intent):
        able = [name for name in SHARES if language in known_languages(name)]
        if rng.random() < 0.75:
            intent = str(weighted(rng, {name: SHARES[name] for name in able}))
            topic = _foreign_topic(intent)
        else:
            language = "en"
    elif language != "en":
        topic = _foreign_topic(intent)
    persona = "learner" if person.language != "en" else str(weighted(rng, PERSONAS))
    if persona in {"angry", "shouting"} and not maddening(intent, topic):
        persona = str(pick(rng, ["plain", "lower", "rambling"]))
    plan = Plan(at, person, other, intent, topic, language, persona, key, key, key, at)
    plan.chip = language == "en" and intent in CHIPS and rng.random() < 0.03
    return plan


def _foreign_topic(intent: str) -> str:
    """Other languages have one topic per intent; ``flex`` for refunds, so that no incident is counted there."""
    known = {"refund_policy": "flex", "baggage": "checked", "order_status": "where"}
    return known.get(intent, next(iter(BY_NAME[intent].topics)))


def _retry(rng: Random, last: Plan, talk: str) -> Plan:
    """The same person asking nearly the same, a few minutes later."""
    plan = Plan(
        at=last.at + timedelta(seconds=40 + int(rng.random() * 400)),
        person=last.person,
        other=last.other,
        intent=last.intent,
        topic=last.topic,
        language=last.language,
        persona=last.persona,
        words=last.words,
        own=last.own,
        talk=talk,
        facts_at=last.facts_at,
    )
    settle(rng, plan)
    plan.environment, plan.release, plan.template = last.environment, last.release, last.template
    return plan


def make_plans() -> list[Plan]:
    """All traces in order of time, with sessions, retries, near-duplicates and injections in place."""
    rng = Random(SEED)
    people = crowd(rng, 930)
    plans: list[Plan] = []
    while len(plans) < N_TRACES - 96:
        at = moments_one(rng)
        person, other = pick(rng, people), pick(rng, people)
        plan = settle(rng, fresh(rng, at, person, other, f"{len(plans)}"))
        plan.session = f"s-{len(plans)}"
        plans.append(plan)
        visit = 0
        while len(plans) < N_TRACES - 96 and visit < 4:
            visit += 1
            last = plans[-1]
            again = 0.22 if last.codes else (0.5 if last.error else 0.05)
            if last.abandoned or last.chip or last.persona == "terse":
                again = 0
            roll = rng.random()
            if roll < again:
                following = _retry(rng, last, f"retry-{len(plans)}")
                following.retry_of = len(plans) - 1
            elif roll < again + 0.13:
                later = last.at + timedelta(minutes=3 + rng.random() * 35)
                following = settle(rng, fresh(rng, later, person, other, f"{len(plans)}"))
            else:
                break
            following.session = plan.session
            plans.append(following)
    _near_duplicates(rng, plans, people)
    _injections(rng, plans)
    order = sorted(range(len(plans)), key=lambda i: (plans[i].at, i))
    place = {old: new for new, old in enumerate(order)}
    for plan in plans:
        plan.retry_of = None if plan.retry_of is None else place[plan.retry_of]
    return [plans[i] for i in order]


_WEIGHTS = {
    (day, hour): HOURS[hour] * WEEKDAYS[(START + timedelta(days=day)).weekday()] * (0.93 + 0.004 * day)
    for day in range(DAYS)
    for hour in range(24)
}


def moments_one(rng: Random) -> datetime:
    """One starting time, with the rhythm of day and week and slow growth."""
    day, hour = weighted(rng, _WEIGHTS)
    return START + timedelta(days=day, hours=hour, seconds=int(rng.random() * 3600))


def _near_duplicates(rng: Random, plans: list[Plan], people: list[Person]) -> None:
    """Forty groups: the same words from other people (even), or the same text pasted again with slips (odd)."""
    able = [
        i
        for i, p in enumerate(plans)
        if p.language == "en" and not (p.codes or p.error or p.chip or p.abandoned or p.loop) and p.retry_of is None
        and p.intent in SHARES and p.persona not in {"terse"} and p.topic != "nonref"
    ]  # fmt: skip
    retried = {p.retry_of for p in plans}
    able = [i for i in able if i not in retried]
    chosen = sorted({able[int(rng.random() * len(able))] for _ in range(80)})
    chosen = [chosen[i * len(chosen) // GROUPS] for i in range(GROUPS)]
    copies = [1] * 10 + [2] * 20 + [3] * 6 + [4] * 4
    room = N_TRACES - len(plans)
    while sum(copies) > room:
        copies[copies.index(max(copies))] -= 1
    while sum(copies) < room:
        copies[copies.index(min(copies))] += 1
    for group, (index, count) in enumerate(zip(chosen, copies, strict=True)):
        base = plans[index]
        base.duplicate_group = f"dup-{group + 1:02d}"
        for copy in range(count):
            at = moments_one(rng)
            pasted = group % 2 == 1
            person = base.person if pasted else pick(rng, [p for p in people if p.language == "en"])
            own = base.own if pasted else f"{base.own}-{group}-{copy}"
            twin = Plan(
                at, person, base.other, base.intent, base.topic, "en", base.persona, base.words, own, base.talk,
                at, duplicate_group=base.duplicate_group,
                slips=f"{group}/{copy}" if pasted else "",
            )  # fmt: skip
            settle(rng, twin)
            twin.codes, twin.error, twin.loop, twin.abandoned = [], "", False, False
            twin.session = f"d-{group}-{copy}"
            plans.append(twin)


def _injections(rng: Random, plans: list[Plan]) -> None:
    """Twelve attacks, spread over the five weeks, on traces that were plain until then."""
    plain = [
        i
        for i, p in enumerate(plans)
        if p.language == "en" and not (p.codes or p.error or p.chip or p.duplicate_group or p.abandoned or p.loop)
        and p.environment == "production"
        and p.intent in {"refund_policy", "change_flight", "product_advice", "payment"}
        and p.topic != "nonref" and p.persona in {"plain", "lower"}
    ]  # fmt: skip
    retried = {p.retry_of for p in plans}
    plain = sorted((i for i in plain if i not in retried and plans[i].retry_of is None), key=lambda i: plans[i].at)
    for k, name in enumerate(indexed_injections()[:INJECTIONS]):
        plan = plans[plain[(2 * k + 1) * len(plain) // (2 * INJECTIONS)]]
        plan.injection = name
        plan.codes = ["injection_followed"] if k in FOLLOWED else []
