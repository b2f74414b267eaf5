"""The course of a conversation: opening, questions back, lookups, the answer, and what people do with it.

Kept apart from ``scene.py`` (what a line looks like), because this is the part to change when traffic should behave
differently: longer, angrier, more often given up.
"""

from random import Random

from sample_data import tools
from sample_data.scene import COMMON, INJECTIONS, LANGUAGES, Plan, Scene
from sample_data.wording import PHRASES, pick, typos

SYSTEM = {v: (PHRASES / f"system_{v}.txt").read_text(encoding="utf-8").strip() for v in ("v7", "v8")}
FAIL_CODES_THAT_ANGER = {
    "asked_again", "tool_misuse", "wrong_tool_args", "premature_handoff", "curt_tone", "wrong_language",
}  # fmt: skip
PATIENCE = {"terse": 0.6, "texting": 0.8, "rambling": 1.5, "angry": 1.5, "polite": 1.2}


def play(plan: Plan) -> Scene:
    """The whole conversation of a plan."""
    scene = Scene(plan)
    scene.messages.append({"role": "system", "content": SYSTEM[plan.template]})
    if plan.injection:
        _injection(scene)
    elif plan.language != "en":
        _foreign(scene)
    else:
        _english(scene)
    last = scene.messages[-1]
    plan.abandoned = plan.abandoned and last["role"] == "assistant" and (last["content"] or "").rstrip().endswith("?")
    return scene


def _injection(scene: Scene) -> None:
    plan, kind = scene.plan, scene.plan.injection.split("/")
    attack, _, replies = INJECTIONS[kind[0]][int(kind[1])].partition(" => ")
    refused, _, works = replies.partition(" || ")
    ask, own = scene.choose_ask()
    late = scene.talk.random() < 0.4
    if late:
        scene.user(scene.compose(ask), scene.words)
        scene.look_up(own)
        scene.assistant(scene.right_answer(own), wrap=True)
    scene.user(scene.fill(attack))
    scene.assistant(scene.fill(works if scene.has("injection_followed") else refused))
    if not late and scene.talk.random() < 0.5:
        scene.user(scene.compose(ask), scene.words)
        scene.look_up(own)
        scene.assistant(scene.right_answer(own), wrap=True)
    plan.persona = "plain"


def _foreign(scene: Scene) -> None:
    plan, code = scene.plan, scene.plan.language
    ask, _, own = str(pick(scene.words, LANGUAGES[f"{code}.{plan.intent}"])).partition(" => ")
    text = scene.fill(ask, scene.words)
    scene.user(text)
    if plan.error == "provider":
        return
    scene.look_up([own])
    if plan.error:
        if plan.error == "tool":
            scene.assistant(COMMON["error_reply"][0])
        return
    if scene.has("wrong_language"):
        scene.assistant(scene.fill(scene.one(LANGUAGES, f"{code}.wrong")))
        if scene.talk.random() < 0.6:
            scene.user({"es": "en español por favor", "de": "auf Deutsch bitte", "fr": "en français svp",
                        "pt": "em português por favor", "ja": "日本語でお願いします"}[code])  # fmt: skip
            scene.assistant(scene.fill(str(pick(scene.talk, own.split(" || ")))))
        return
    scene.assistant(scene.fill(str(pick(scene.talk, own.split(" || ")))))
    if scene.talk.random() < 0.5:
        scene.user(scene.one(LANGUAGES, f"{code}.thanks"))
        if scene.talk.random() < 0.6:
            scene.assistant(scene.one(LANGUAGES, f"{code}.welcome"))


def _english(scene: Scene) -> None:
    plan, talk = scene.plan, scene.talk
    ask, own = scene.choose_ask()
    opening = scene.compose(ask)
    terse = plan.persona == "terse" and plan.retry_of is None and "terse" in scene.bank and scene.words.random() < 0.75
    if plan.chip:
        scene.user(scene.one(COMMON, f"chip.{plan.intent}"))
        scene.assistant(scene.fill(_question(scene)))
        scene.user(opening, scene.words)
    elif terse:
        first = scene.fill(scene.one(scene.bank, "terse", rng=scene.words), scene.words)
        scene.user(first, scene.words)
        if plan.abandoned:
            scene.assistant(scene.fill(_question(scene)))
            return
        scene.assistant(scene.fill(_question(scene, known="\ue000" in first)))
        scene.user(ask, scene.words)
    else:
        if plan.retry_of is not None and talk.random() < 0.7:
            opening = f"{scene.one(COMMON, 'reask')} {opening if talk.random() < 0.5 else ask}"
        if plan.slips or (plan.retry_of is not None and talk.random() < 0.5):
            slips = Random(f"slips/{plan.slips}") if plan.slips else talk
            opening = typos(opening, slips, 0.08)
            end = str(pick(slips, ["!", "", "..", " please", " ??"]))
            opening = (opening[:-1] if opening[-1] in ".?!" else opening) + end
        scene.user(opening, scene.words)
    if plan.error == "provider":
        return
    if _questions_back(scene, own, opening):
        return
    skips_lookup = plan.codes and plan.codes[0] in {"tool_misuse", "premature_handoff", "wrong_language", "curt_tone"}
    if not skips_lookup or plan.error:
        scene.look_up([own])
    if plan.error:
        if plan.error == "tool":
            scene.assistant(scene.one(COMMON, "error_reply"))
        return
    text = scene.answer(own)
    scene.assistant(text, wrap=not plan.realised)
    _afterwards(scene, text)


def _question(scene: Scene, *, known: bool = False) -> str:
    """Something to ask back after a chip or a few bare words."""
    if not known and "need" in scene.bank and scene.talk.random() < 0.5:
        return scene.one(scene.bank, "need")
    return scene.one(COMMON, "open_question")


def _questions_back(scene: Scene, own: list[str], opening: str) -> bool:
    """Missing details, loops and needless questions. True where the person gives up over them."""
    plan, talk, needs = scene.plan, scene.talk, scene.intent.needs
    known = _knows_enough(scene, opening)
    if "asked_again" in plan.codes and "need" in scene.bank and scene.has("asked_again"):
        asks = [
            line for line in scene.bank["need"] if any(word in line for word in ("reference", "order number", "WG"))
        ]
        scene.assistant(scene.fill(str(pick(talk, asks or scene.bank["need"]))), wrap=True)
        if plan.abandoned:
            return True
        order = needs == "order"
        scene.user(scene.fill(scene.one(COMMON, "annoyed_order" if order else "annoyed_repeat")))
    elif (needs and not known and not own and "need" in scene.bank and talk.random() < 0.5) or (
        plan.abandoned and "need" in scene.bank and not known and not own
    ):
        scene.assistant(scene.fill(scene.one(scene.bank, "need")), wrap=True)
        if plan.abandoned:
            return True
        scene.user(scene.fill(scene.one(scene.bank, "give")))
    if plan.loop:
        for _ in range(2 + int(talk.random() * 2)):
            asked, _, replies = scene.one(COMMON, "clarify").partition(" => ")
            scene.assistant(asked)
            scene.user(str(pick(talk, replies.split(" || "))))
    return False


def _knows_enough(scene: Scene, opening: str) -> bool:
    """Whether the person has said what a lookup needs."""
    said = opening + "".join(m["content"] or "" for m in scene.messages if m["role"] == "user")
    facts, needs = scene.facts, scene.intent.needs
    if needs == "trip":
        return (facts["origin"] in said or facts["ocode"] in said) and facts["date"] in said
    if needs == "stay":
        return facts["checkin"] in said
    return "\ue000BOOKING_REF" in said or "\ue000ORDER_ID" in said


def _afterwards(scene: Scene, text: str) -> None:
    """Yes or no, more questions, grumbling, thanks; or silence."""
    plan, talk = scene.plan, scene.talk
    failed = bool(plan.realised)
    patience = PATIENCE.get(plan.persona, 1.0)
    if plan.abandoned:
        return
    if failed and set(plan.realised) & FAIL_CODES_THAT_ANGER and talk.random() < 0.55 * patience:
        scene.user(scene.one(COMMON, "grumble"))
        if talk.random() < 0.8:
            scene.assistant(scene.fill(scene.one(COMMON, "grumble_reply")))
        return
    if _offered(scene, text) and not failed and not _take_it_or_leave_it(scene):
        return
    _more_questions(scene, 0.42 * patience)
    if talk.random() < (0.12 if failed else 0.4):
        scene.user(scene.fill(scene.one(COMMON, "thanks")))
        if talk.random() < 0.75:
            scene.assistant(scene.fill(scene.one(COMMON, "welcome")))


def _offered(scene: Scene, text: str) -> bool:
    """Whether the answer ends in an offer that can be accepted."""
    topic = scene.plan.topic
    return text.rstrip().endswith("?") and topic in scene.intent.offers and f"done.{topic}" in scene.bank


def _take_it_or_leave_it(scene: Scene) -> bool:
    """Yes, with the action that follows, or no (False: the conversation is over), or neither."""
    plan, talk = scene.plan, scene.talk
    said = talk.random()
    if said < 0.62:
        yes = [line for line in COMMON["confirm"] if "newtime" not in line or plan.intent == "change_flight"]
        scene.user(scene.fill(str(pick(talk, yes))))
        scene.call(*tools.action(plan.intent, plan.topic, scene.facts))
        scene.assistant(scene.fill(scene.one(scene.bank, f"done.{plan.topic}")))
    elif said < 0.78:
        scene.user(scene.fill(scene.one(COMMON, "decline")))
        scene.assistant(scene.fill(scene.one(COMMON, "declined_reply")))
        return False
    return True


def _more_questions(scene: Scene, more: float) -> None:
    """Follow-up questions, digressions and grumbling, up to eight user messages in all."""
    talk = scene.talk
    turns = 0
    while turns < 5 and sum(m["role"] == "user" for m in scene.messages) < 7 and talk.random() < more:
        turns += 1
        roll = talk.random()
        if roll < 0.08:
            asked, _, reply = scene.one(COMMON, "digress").partition(" => ")
        elif roll < (0.3 if scene.plan.persona in {"angry", "shouting"} else 0.13):
            asked, reply = scene.one(COMMON, "grumble"), scene.one(COMMON, "grumble_reply")
        elif scene.bank.get("pairs"):
            asked, _, reply = scene.one(scene.bank, "pairs").partition(" => ")
        else:
            return
        scene.user(scene.fill(asked))
        scene.assistant(scene.fill(reply), wrap=talk.random() < 0.3)
        more *= 0.9


def known_languages(intent: str) -> set[str]:
    """Languages the banks hold for an intent."""
    return {key.split(".")[0] for key in LANGUAGES if key.endswith(f".{intent}")}


def indexed_injections() -> list[str]:
    """Every attack in the bank, as ``kind/number``."""
    return [f"{kind}/{i}" for kind, lines in INJECTIONS.items() for i in range(len(lines))]
