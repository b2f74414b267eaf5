"""Writes the text that the offline tagger is trained on: templates, names of many languages, how people type.

Everything is drawn from one seeded generator. The templates and lists beside this file were written for it; names come
from Faker's lists and places from the area-code tables of ``phonenumbers``. Some names are made up letter by letter,
and words outside names are swapped for others, so that the tagger learns from the sentence and not from its lists.
"""

import re
from dataclasses import dataclass

from benchmarks.tagger_text.values import SLOT, Values, chosen, templates

LABEL_OF = {
    **dict.fromkeys(("P", "PF", "PL", "PI", "PN", "PQ", "PX", "PW", "WN"), "PERSON"),
    **dict.fromkeys(("C", "CT", "ST", "CS", "TL"), "LOCATION"),
    **dict.fromkeys(("A", "AS", "ZIP"), "STREET_ADDRESS"),
    **dict.fromkeys(("O", "SCHOOL", "HOSP"), "ORGANIZATION"),
    **dict.fromkeys(("EMAIL", "I"), "SKIP"),
}
"""What a slot's value is to the tagger; SKIP is neither right nor wrong."""
WITH_NAMES = ("with_names", "chatter", "registers", "other_languages_names", "shy_names", *2 * ("also_names",))
WITHOUT = (
    *("without_names", "plain", "words_in_names", "things", "other_languages", "machines", "matters"),
    "look_alikes",
)
FRONTS = ("User: ", "Agent: ", "customer: ", "> ", "- ", "Assistant: ", "[note] ", "Q: ", "A: ", "* ", "12:04 ")
INTERJECTIONS = """
    oh ah haha hahaha lol lmao ugh omg hmm yikes wow yay nah yup yeah dude bro guys folks mate boo phew aww jeez
    dang damn gosh huh meh whoa oops ouch argh ahhh grr yep kinda gonna wanna gotta cuz coz tho thx pls plz dont
    cant wont im ive didnt doesnt isnt its thats whats youre theyre hes shes id wasnt couldnt shouldnt wouldnt
    havent hasnt arent werent lets til ppl rn tmrw tonite flt msg acct info pics vm asap fyi np ty idk tbh imo
    smh min mins hrs appt cert ftw gunna dept mgr govt approx etc misc temp ref qty crypto wifi app apps blog
    podcast emoji""".split()
SUFFIXES = "s ing er ers ness ism ly able ful less ish y ed ization ware z ies like".split()
PREFIXES = ("", "", "", "un", "re", "over", "mis", "pre", "non", "anti", "de")
_WORD = re.compile(r"\b[A-Za-z][a-z]{2,}\b")


@dataclass
class Piece:
    """A text and where its labelled stretches are."""

    text: str
    spans: list[tuple[int, int, str]]


class Writer(Values):
    """Writes training texts."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.with_names = [line for name in WITH_NAMES for line in templates(f"{name}.txt")]
        self.without = [line for name in WITHOUT for line in templates(f"{name}.txt")]

    def piece(self) -> Piece:
        """One text: one to six sentences, as somebody might type them."""
        chance = self.chance
        count = chance.choices((1, 2, 3, 4, 6), (50, 24, 13, 8, 5))[0]
        share = chance.choice((0.0, 0.3, 0.6, 0.8, 1.0))
        parts = [self.sentence(self.with_names if chance.random() < share else self.without) for _ in range(count)]
        joint = chance.choice((" ", " ", " ", "\n", "\n\n", " "))
        text, spans = chance.choice(FRONTS) if chance.random() < 0.08 else "", []
        for at, part in enumerate(parts):
            text += joint if at else ""
            spans += [(start + len(text), end + len(text), label) for start, end, label in part.spans]
            text += part.text
        return self.typed(self.posted(Piece(text, spans)))

    def sentence(self, lines: list[str]) -> Piece:
        """One template with its choices made and its slots filled."""
        template = chosen(self.chance.choice(lines), self.chance)
        text, spans, position = "", [], 0
        for match in SLOT.finditer(template):
            text += template[position : match.start()]
            value = self.value(match[1], match[2])
            label = LABEL_OF.get(match[1])
            if label:
                spans.append((len(text), len(text) + len(value), label))
            text += value
            position = match.end()
        return self.reworded(Piece(text + template[position:], spans))

    def reworded(self, piece: Piece) -> Piece:
        """Now and then some words outside names are other words: a sentence need not make sense to name nobody."""
        chance = self.chance
        rate = chance.choice((0.0, 0.0, 0.0, 0.1, 0.25, 0.6))
        if not rate:
            return piece
        text, spans, position = "", [], 0
        for start, end, label in [*piece.spans, (len(piece.text), len(piece.text), "")]:
            between = piece.text[position:start]
            text += _WORD.sub(lambda match: self._other(match[0]) if chance.random() < rate else match[0], between)
            if label:
                spans.append((len(text), len(text) + end - start, label))
            text += piece.text[start:end]
            position = end
        return Piece(text, spans)

    def _other(self, word: str) -> str:
        """Another word: common, coined from a common one, an interjection, a short form, letters."""
        chance = self.chance
        draw = chance.random()
        other = chance.choice(self.common if draw < 0.7 else self.rare if draw < 0.88 else INTERJECTIONS)
        if draw < 0.25:
            other = chance.choice(PREFIXES) + other + chance.choice(SUFFIXES)
        elif draw < 0.32:
            other = other[: chance.randint(2, 5)]
        elif draw < 0.36:
            other += other[-1] * chance.randint(1, 4)
        elif draw < 0.40:
            return "".join(chance.choice("ABCDEFGHIKLMNOPRSTUVW") for _ in range(chance.randint(2, 4)))
        elif draw < 0.44:
            other += chance.choice(self.common)
        elif draw < 0.47 and len(other) > 4:
            at = chance.randrange(1, len(other) - 1)
            other = other[:at] + other[at + 1 :]
        return other.capitalize() if word[0].isupper() and word[1:].islower() else other

    def posted(self, piece: Piece) -> Piece:
        """Some texts are posts: a handle in front, hashtags and a link behind."""
        chance = self.chance
        if chance.random() > 0.12:
            return piece
        one, two, three, four = (chance.choice(self.common).capitalize() for _ in range(4))
        person = self.first().replace(" ", "")
        handles = (
            f"@{one}{two}",
            f"@{one.lower()}",
            f".@{one}",
            f"RT @{one}{two}:",
            f"@{one} @{two}",
            f"@{person}_{one}",
        )
        front = chance.choice(handles) + chance.choice((" ", " ", ", ", " - "))
        behind = (
            "",
            "",
            f" #{three}",
            f" #{three}{four} #{one}",
            " http://t.co/aZ3kQ9",
            " 😡",
            " 👍👍",
            f" #{three.lower()}fail",
        )
        spans = [(start + len(front), end + len(front), label) for start, end, label in piece.spans]
        return Piece(front + piece.text + chance.choice(behind), spans)

    def typed(self, piece: Piece) -> Piece:
        """The text as people type: without capitals, in capitals, with slips, without full stops."""
        chance, text, spans = self.chance, piece.text, piece.spans
        style = chance.random()
        if style < 0.22:
            text = _cased(text, str.lower)
        elif style < 0.26:
            text = _cased(text, str.upper)
        elif style < 0.29:
            text = re.sub(r"\b[a-z](?=[a-z]{2})", lambda match: match[0].upper(), text)
        elif style < 0.38:
            change = str.lower if style < 0.35 else str.upper
            for start, end, label in spans:
                if style < 0.35 or label == "PERSON":
                    text = text[:start] + _cased(text[start:end], change) + text[end:]
        if chance.random() < 0.12:
            text = "".join(
                " " if letter in ".,!?" and not _within(at, spans) else letter for at, letter in enumerate(text)
            )
        return Piece(self._slipped(text, spans) if chance.random() < 0.12 else text, spans)

    def _slipped(self, text: str, spans: list[tuple[int, int, str]]) -> str:
        """Letters outside names swapped with their neighbours."""
        letters = list(text)
        for _ in range(1 + len(text) // 60):
            at = self.chance.randrange(1, len(letters) - 2) if len(letters) > 4 else 0
            both = letters[at : at + 2]
            if at and all(map(str.isalpha, both)) and not _within(at, spans) and not _within(at + 1, spans):
                letters[at : at + 2] = both[::-1]
        return "".join(letters)


def _cased(text: str, change) -> str:
    return "".join(change(letter) if len(change(letter)) == 1 else letter for letter in text)


def _within(at: int, spans: list[tuple[int, int, str]]) -> bool:
    return any(start <= at < end for start, end, _ in spans)
