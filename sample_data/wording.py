"""Phrase banks, alternations, personas: how one sentence in a bank becomes what a person would type.

A bank is a text file of sections (``== ask.date``). A line may hold alternations ``[a|b|]`` and slots ``{dest}``.
Personal values travel through all of this between private-use marks, so that a typo never lands inside one and
the ground truth can be read off the finished trace (see ``people.take_marks``).
"""

import re
from pathlib import Path
from random import Random

PHRASES = Path(__file__).parent / "phrases"
MARKED = re.compile("(\ue000[^\ue002]*\ue002)")
CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
SLOT = re.compile(r"\{([A-Za-z_0-9]+)\}")

Bank = dict[str, list[str]]


def read_bank(name: str) -> Bank:
    """Sections of one phrase file; an empty line counts only in ``note.pass``, where saying nothing is usual."""
    sections: Bank = {}
    lines: list[str] = []
    for line in (PHRASES / f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("== "):
            lines = sections.setdefault(line[3:].strip(), [])
        elif line.strip() and not line.startswith("# "):
            lines.append(line.replace("\\n", "\n"))
    return sections


def pick(rng: Random, items: list) -> object:
    """One of ``items``."""
    return items[int(rng.random() * len(items))]


def weighted(rng: Random, weights: dict) -> object:
    """One key of ``weights``, by its weight."""
    at = rng.random() * sum(weights.values())
    for key, weight in weights.items():
        at -= weight
        if at < 0:
            return key
    return key


def expand(text: str, rng: Random, slots: dict[str, str]) -> str:
    """Settle every alternation and fill every slot. ``{Dest}`` is ``{dest}`` with a capital."""
    while found := CHOICE.search(text):
        text = text[: found.start()] + str(pick(rng, found.group(1).split("|"))) + text[found.end() :]

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in slots:
            return slots[name]
        value = slots[name[0].lower() + name[1:]]
        return value[:1].upper() + value[1:]

    text = SLOT.sub(fill, text)
    text = re.sub(r"[ ]{2,}", " ", text)
    return re.sub(r" ([.?!,])(?=\s|$)", r"\1", text).strip()


NEAR = dict(zip("abcdefghijklmnopqrstuvwxyz", "snvfrdghojklnmbppetyibqxuz", strict=True))
TEXTING = {
    "please": "pls",
    "thanks": "thx",
    "you": "u",
    "your": "ur",
    "are": "r",
    "because": "bc",
    "tomorrow": "tmrw",
    "message": "msg",
    "people": "ppl",
    "right now": "rn",
    "I don't know": "idk",
    "and": "n",
}
LEARNER = [
    (r"\b[Tt]he (?=[a-z])", ""),
    (r"\bI'd like to\b", "I would like"),
    (r"\bCan I\b", "It is possible I can"),
    (r"\bHow much is\b", "How much cost"),
    (r"\bHow long\b", "How much time"),
    (r"\bI have\b", "I am having"),
    (r"\bI booked\b", "I have booked"),
    (r"\bdoesn't\b", "not"),
    (r"\bdidn't\b", "did not"),
    (r"\bis it possible\b", "it is possible"),
    (r"\bDo you have\b", "You have"),
    (r"\bplease\b", "kindly"),
    (r"\ba (?=[a-z])", ""),
    (r"\bWhat's\b", "What is"),
    (r"\bon my\b", "in my"),
    (r"\binformation\b", "informations"),
]


def outside_marks(text: str, change) -> str:
    """Apply ``change`` to the text between marked values only."""
    return "".join(part if part.startswith("\ue000") else change(part) for part in MARKED.split(text))


def mark_case(text: str, change) -> str:
    """Apply ``change`` to letters everywhere, values included, but never to the type inside a mark."""

    def one(part: str) -> str:
        if not part.startswith("\ue000"):
            return change(part)
        head, value = part.split("\ue001", 1)
        return f"{head}\ue001{change(value)}"

    return "".join(one(part) for part in MARKED.split(text))


def typos(text: str, rng: Random, rate: float) -> str:
    """Swap, drop, double or mistype letters inside words of four letters and more."""

    def word(match: re.Match[str]) -> str:
        letters = match.group(0)
        if rng.random() > rate:
            return letters
        at = 1 + int(rng.random() * (len(letters) - 2))
        kind = rng.random()
        if kind < 0.35:
            return letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :]
        if kind < 0.6:
            return letters[:at] + letters[at + 1 :]
        if kind < 0.8:
            return letters[:at] + letters[at] + letters[at:]
        return letters[:at] + NEAR.get(letters[at], letters[at]) + letters[at + 1 :]

    return outside_marks(text, lambda part: re.sub(r"(?<![\w{])[A-Za-z]{4,}(?!\w)", word, part))


def _swap_words(text: str, rng: Random, pairs: list[tuple[str, str]], chance: float, flags: int = 0) -> str:
    for pattern, instead in pairs:
        if rng.random() < chance:
            text = outside_marks(text, lambda part, p=pattern, i=instead: re.sub(p, i, part, flags=flags))
    return text


def restyle(text: str, persona: str, rng: Random, *, lowers_values: bool) -> str:
    """The same words as this kind of person types them."""
    if persona == "shouting" and rng.random() < 0.65:
        return mark_case(text, str.upper)
    if persona == "learner":
        text = typos(_swap_words(text, rng, LEARNER, 0.55), rng, 0.02)
    elif persona == "typist":
        text = typos(text, rng, 0.11)
        if rng.random() < 0.5:
            text = outside_marks(text, lambda part: part.replace("'", ""))
    elif persona == "texting":
        short = [(rf"\b{word}\b", instead) for word, instead in TEXTING.items()]
        text = typos(_swap_words(text, rng, short, 0.6, re.I), rng, 0.03)
    if persona in {"texting", "lower"} or (persona in {"typist", "terse"} and rng.random() < 0.6):
        text = (mark_case if lowers_values else outside_marks)(text, str.lower)
        if rng.random() < 0.6:
            text = outside_marks(text, lambda part: re.sub(r"[.,;]+(?=\s|$)", "", part))
    elif rng.random() < 0.05:
        text = typos(text, rng, 0.05)
    return text
