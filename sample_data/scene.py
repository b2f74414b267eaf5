"""One conversation, from a plan: who asks what in which mood, and what the assistant gets wrong.

The opening is drawn from the ``words`` seed, facts about the trip too; the person's own facts from ``own``; all that
follows from ``talk``. A retry shares the first two with the trace before it, a near-duplicate the first and the last.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from sample_data import tools
from sample_data.intents import BY_NAME, SUMS, maddening
from sample_data.people import Person
from sample_data.wording import Bank, expand, pick, read_bank, restyle
from sample_data.world import own_facts, trip_facts

BANKS: dict[str, Bank] = {name: read_bank(name) for name in sorted({intent.bank for intent in BY_NAME.values()})}
COMMON, LANGUAGES, INJECTIONS, PASSAGES = (
    read_bank(name) for name in ("common", "languages", "injections", "passages")
)
DETAIL_FOR = {"order": "order_detail", "shop": "order_detail"}
DETAIL_OF = {"payment": "payment_detail", "visa": "travel_detail", "name": "travel_detail", "minor": "travel_detail"}
ENDED = tuple(".?!,:;)👍🙏…\ue002")
CONSTRAINT_OF = {"flight_search": "flight", "hotel_search": "hotel", "product_advice": "shop"}
SLOT_OF = {"flight": "constraint", "hotel": "hconstraint", "shop": "pconstraint"}
STALE = {"kb-0417", "kb-0418"}
INCIDENT_PASSAGES = ["kb-0417", "kb-0112", "kb-0418"]


@dataclass
class Plan:
    """Everything about a trace that is decided before a word is written."""

    at: datetime
    person: Person
    other: Person
    intent: str
    topic: str
    language: str
    persona: str
    words: str
    own: str
    talk: str
    facts_at: datetime
    session: str = ""
    codes: list[str] = field(default_factory=list)
    template: str = "v7"
    swapped_index: bool = False
    injection: str = ""
    error: str = ""
    chip: bool = False
    loop: bool = False
    abandoned: bool = False
    retry_of: int | None = None
    duplicate_group: str = ""
    slips: str = ""
    release: str = ""
    model: str = ""
    provider: str = ""
    environment: str = "production"
    realised: list[str] = field(default_factory=list)


class Scene:
    """Writes one plan out as messages."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.intent = BY_NAME[plan.intent]
        self.bank = BANKS[self.intent.bank]
        self.words, self.talk = Random(f"say/{plan.words}"), Random(f"talk/{plan.talk}")
        luggage = plan.intent not in {"order_status"}
        facts = trip_facts(Random(f"trip/{plan.words}"), plan.person.currency, luggage_only=luggage)
        self.facts = facts | own_facts(Random(f"own/{plan.own}"), plan.person, plan.other, plan.facts_at, facts)
        self.messages: list[dict[str, Any]] = []
        self.retrieved: list[dict[str, Any]] = []
        self.calls = 0
        self.used: set[str] = set()
        self.constraint = ("", "", "")
        self.violation: str | None = None

    def fill(self, text: str, rng: Random | None = None, **changed: str) -> str:
        """A line with its alternations and slots settled."""
        return expand(text, rng or self.talk, self.facts | changed)

    def one(self, bank: Bank, *sections: str, rng: Random | None = None) -> str:
        """A line from the first of ``sections`` that exists and still has an unused line."""
        rng = rng or self.talk
        for section in sections:
            lines = [line for line in bank.get(section, []) if line not in self.used]
            if lines or bank.get(section):
                line = str(pick(rng, lines or bank[section]))
                self.used.add(line)
                return line
        raise KeyError(sections)

    def user(self, text: str, rng: Random | None = None) -> None:
        """A user message, in the person's own manner."""
        rng = rng or self.talk
        if self.plan.language == "en":
            text = restyle(text, self.plan.persona, rng, lowers_values=rng.random() < 0.5)
        self.messages.append({"role": "user", "content": text})

    def assistant(self, text: str, *, wrap: bool = False) -> None:
        """An assistant message; template v7 likes openers and closers, v8 hardly uses any."""
        if wrap and self.plan.language == "en":
            chatty = 0.5 if self.plan.template == "v7" else 0.07
            if self.talk.random() < chatty:
                text = f"{self.fill(self.one(COMMON, 'opener'))} {text}"
            if self.talk.random() < chatty * 0.7 and not text.endswith("?"):
                text = f"{text} {self.fill(self.one(COMMON, 'closer'))}"
        self.messages.append({"role": "assistant", "content": text})

    def call(self, name: str, arguments: dict[str, Any], result: dict[str, Any] | None) -> None:
        """A tool call and its result; None where the tool never answered."""
        self.calls += 1
        call_id = f"call_{self.calls}"
        text = json.dumps(arguments, ensure_ascii=False)
        if self.plan.error == "parse" and self.calls == 1:
            text = text[: max(2, len(text) - 3 - int(self.talk.random() * 4))].rpartition("\ue000")[0] or '{"'
        function = {"name": name, "arguments": text}
        self.messages.append(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": call_id, "type": "function", "function": function}],
            }
        )
        if result is not None:
            content = json.dumps(result, ensure_ascii=False)
            self.messages.append({"role": "tool", "tool_call_id": call_id, "name": name, "content": content})

    def has(self, code: str) -> bool:
        """Whether the plan wants this fault; asking counts as having shown it."""
        if code in self.plan.codes:
            if code not in self.plan.realised:
                self.plan.realised.append(code)
            return True
        return False

    def choose_ask(self) -> tuple[str, list[str]]:
        """The opening's central line and its own answers, if it has any."""
        rng = self.words
        lines = self.bank[f"ask.{self.plan.topic}"]
        domain = CONSTRAINT_OF.get(self.plan.intent)
        if "ignored_constraint" in self.plan.codes or "wrong_tool_args" in self.plan.codes or SUMS.get(
            (self.plan.intent, self.plan.topic)
        ) and "wrong_refund_amount" in self.plan.codes:  # fmt: skip
            lines = [line for line in lines if " => " not in line] or lines
        line = str(pick(rng, lines))
        self.used.add(line)
        ask, _, own = line.partition(" => ")
        if domain:
            early = self.facts["f1dep"] < self.facts["f1arr"] < "12:00"
            limits = [limit for limit in COMMON[f"constraint.{domain}"] if early or "before noon" not in limit]
            asked, _, rest = str(pick(rng, limits)).partition(" => ")
            broken, _, honoured = rest.partition(" || ")
            self.constraint = (self.fill(asked, rng), broken, honoured)
            self.facts[SLOT_OF[domain]] = self.constraint[0]
        text = expand(ask, rng, self.facts)
        if self.constraint[0]:
            low, high = self.constraint[0], self.constraint[0][:1].upper() + self.constraint[0][1:]
            if low not in text and high not in text:
                if "ignored_constraint" in self.plan.codes:
                    text = f"{text} {high}."
                else:
                    self.constraint = ("", "", "")
        return text, own.split(" || ") if own else []

    def compose(self, ask: str) -> str:
        """Greeting, mood, story and detail around the central line, as the persona would have it."""
        rng, plan = self.words, self.plan
        before, after = [], []

        smiley = "emoji_upset" if maddening(plan.intent, plan.topic) else "emoji"

        formal = "greet_formal" if plan.persona == "polite" else "greet"

        def add(to: list[str], chance: float, section: str, bank: Bank = COMMON) -> None:
            if rng.random() < chance and bank.get(section):
                to.append(expand(self.one(bank, section, rng=rng), rng, self.facts))

        greeted = re.match(r"(hi|hello|hey|good|guten|dear)\b", ask, re.I)
        add(
            before,
            0
            if greeted
            else {"polite": 0.8, "learner": 0.5, "terse": 0, "angry": 0.06, "shouting": 0.02}.get(plan.persona, 0.2),
            formal,
        )
        greeted_now = bool(before)
        add(before, {"polite": 0.55}.get(plan.persona, 0.02), "polite_open")
        add(before, {"angry": 0.6, "shouting": 0.45}.get(plan.persona, 0.01), "angry_open")
        story: list[str] = []
        add(
            story,
            {"rambling": 0.95, "angry": 0.3, "polite": 0.3, "terse": 0}.get(plan.persona, 0.17),
            "story",
            self.bank,
        )
        if plan.persona == "rambling":
            add(story, 0.35, "story", self.bank)
        (before if rng.random() < 0.45 else after).extend(story)
        known = "\ue000BOOKING_REF" in ask or "\ue000ORDER_ID" in ask
        wants = "asked_again" in plan.codes
        if wants and not known:
            after.append(
                expand("Order {order}." if self.intent.needs == "order" else "My booking is {ref}.", rng, self.facts)
            )
        section = DETAIL_OF.get(plan.intent) or DETAIL_FOR.get(self.intent.domain, "detail")
        chance = (
            0.5 if plan.intent in DETAIL_OF else {"terse": 0.03, "rambling": 0.4, "polite": 0.3}.get(plan.persona, 0.14)
        )
        add(after, 0 if wants else chance, section)
        add(after, {"rambling": 0.5, "polite": 0.2}.get(plan.persona, 0.06), "worry")
        add(after, {"angry": 0.5, "shouting": 0.35}.get(plan.persona, 0.01), "angry_close")
        add(after, {"polite": 0.75, "learner": 0.3}.get(plan.persona, 0.06), "polite_close")
        add(after, {"emoji": 0.95, "texting": 0.25, "angry": 0.08}.get(plan.persona, 0.015), smiley)
        gap = "\n\n" if plan.persona in {"polite", "rambling"} and rng.random() < 0.35 else " "
        parts = [*before, ask, *after]
        for at, part in enumerate(parts[:-1]):
            if (
                not part.endswith(ENDED)
                and parts[at + 1][:1].isupper()
                and rng.random() < 0.75
                and (at > 0 or not greeted_now)
            ):
                parts[at] = f"{part}."
        text = gap.join(parts)
        return text if plan.persona != "polite" else text[:1].upper() + text[1:]

    def look_up(self, own: list[str]) -> None:
        """The calls before the answer, and the passages they bring."""
        plan = self.plan
        passages = list(self.intent.passages.get(plan.topic, []))
        if passages:
            top = 0.74 + self.talk.random() * 0.17 - (0.03 if plan.swapped_index else 0)
            if plan.swapped_index and plan.topic == "nonref":
                passages = INCIDENT_PASSAGES
            elif plan.swapped_index or self.talk.random() < 0.5:
                near = [key for key in PASSAGES if key[:5] == passages[0][:5] and key not in {*passages, *STALE}]
                passages = [*passages, str(pick(self.talk, near))] if near else passages
                if plan.swapped_index and len(passages) > 2 and self.talk.random() < 0.6:
                    passages[1], passages[2] = passages[2], passages[1]
            for passage in passages:
                self.retrieved.append({"id": passage, "score": round(top, 3), "text": PASSAGES[passage][0]})
                top -= 0.05 + 0.06 * self.talk.random()
        made = tools.lookups(
            plan.intent,
            plan.topic,
            self.facts,
            plan.person,
            passages,
            wrong="wrong_tool_args" in plan.codes,
            delivered=any("delivered" in line for line in own),
        )
        for at, (name, arguments, result) in enumerate(made):
            last = at == len(made) - 1
            if plan.error == "tool" and last:
                result = {"error": "upstream timeout after 30000 ms"}
            self.call(name, arguments, None if plan.error == "parse" and self.calls == 0 else result)
            if plan.error == "parse":
                return

    def right_answer(self, own: list[str]) -> str:
        """The answer without a fault, save that a sum in it may be wrong."""
        lines = own or self.bank.get(f"answer.{self.plan.topic}") or self.bank["answer"]
        slot = SUMS.get((self.plan.intent, self.plan.topic))
        naming = [line for line in lines if f"{{{slot}}}" in line]
        if slot and naming and self.has("wrong_refund_amount"):
            sum_ = self.facts[slot]
            digits = "".join(c for c in sum_ if c.isdigit() or c == ".")
            wrong = float(digits) * (0.55 if self.talk.random() < 0.5 else 1.35) + 3
            return self.fill(str(pick(self.talk, naming)), **{slot: f"{sum_[0]}{wrong:.0f}"})
        text = self.fill(str(pick(self.talk, lines)))
        if self.constraint[2] and self.talk.random() < 0.75:
            text = f"{text} {self.fill(self.constraint[2])}"
        return text

    def answer(self, own: list[str]) -> str:
        """What the assistant says, faults included."""
        if self.constraint[1] and self.has("ignored_constraint"):
            return self.fill(self.constraint[1])
        for code in ("stale_info", "invented_policy"):
            if code in self.plan.codes and (f"fault.{code}" in self.bank or f"fault.{code}" in COMMON):
                self.has(code)
                bank = self.bank if f"fault.{code}" in self.bank else COMMON
                return self.fill(self.one(bank, f"fault.{code}"))
        if self.has("tool_misuse"):
            return self.fill(self.one(COMMON, "fault.tool_misuse"))
        if self.has("wrong_tool_args"):
            kind = {"change_flight": "flight", "flight_search": "flight"}.get(self.plan.intent, "booking")
            return self.fill(
                self.one(COMMON, f"fault.wrong_tool_args.{'order' if self.intent.domain == 'order' else kind}")
            )
        if self.has("premature_handoff"):
            self.call("handoff", {"reason": self.plan.topic}, {"queue_minutes": 12 + int(self.talk.random() * 40)})
            return self.fill(self.one(COMMON, "fault.premature_handoff"))
        if self.has("wrong_language"):
            return self.fill(self.one(COMMON, "fault.wrong_language"))
        if self.has("curt_tone"):
            return self.fill(self.one(COMMON, "fault.curt_tone"))
        text = self.right_answer(own)
        if self.has("verbose"):
            before = [self.one(COMMON, "fault.verbose.before") for _ in range(1 + int(self.talk.random() * 2))]
            after = [self.one(COMMON, "fault.verbose.after") for _ in range(1 + int(self.talk.random() * 2))]
            text = "\n\n".join([*before, text, *after])
        return text
