"""Slots made of other slots: identifiers and coined words; names and towns in the forms that are easily missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.tagger_text.values import Values

_BEFORE = ("d'", "D'", "O'", "O’", "L'", "N'", "M'", "Dell'", "Dall'", "De'", "dell’", "al-", "'t ", "el-", "Fitz")
_COINED_ENDINGS = ("", "", "ly", "ify", "io", "r", "DB", "ML", "flow", "hub", "JS", "kit", "graph", "X", "base", "OS")


def further(values: Values) -> dict[str, Callable[[], str]]:
    """What stands in each of these slots."""
    chance = values.chance

    def low() -> str:
        return chance.choice(values.common)

    def words() -> list[str]:
        return [low() for _ in range(chance.choice((2, 2, 2, 3, 3, 4)))]

    def camel() -> str:
        first, *rest = words()
        return first + "".join(word.capitalize() for word in rest)

    def coined() -> str:
        start = low() if chance.random() < 0.5 else values.made[chance.randrange(2)].draw(chance)
        return start.capitalize() + chance.choice(_COINED_ENDINGS)

    def initials() -> str:
        joint = chance.choice(("", " "))
        letters = joint.join(f"{values.value('I')}." for _ in range(chance.choice((1, 2, 2, 2, 3))))
        return f"{letters} {values.last()}" if chance.random() < 0.85 else f"{values.last()}, {letters}"

    def surname_first() -> str:
        last = values.last() if chance.random() < 0.85 else f"{values.last()} {values.last()}"
        behind = chance.choice(("", "", "", "", f" {values.value('I')}.", f" {values.first()}"))
        return f"{last.upper() if chance.random() < 0.5 else last}, {values.first()}{behind}"

    def nicknamed() -> str:
        nick = chance.choice((values.first()[:4].strip(), low().capitalize(), values.value("WN"), values.value("WN")))
        opening, closing = chance.choice(('""', '""', "''", "“”", "‘’", "()"))
        return f"{values.first()} {opening}{nick}{closing} {values.last()}"

    def eponym() -> str:
        name = values.last()
        return chance.choice((name, f"{name}'s", f"{name}'s", f"{name}s'", f"{name}-{values.last()}"))

    def small_town() -> str:
        name = chance.choice(values.places[chance.choice(("us", "us", "world"))]).split(",")[0]
        return name.lower() if chance.random() < 0.75 else name

    return {
        "LOW": low,
        "TITLED": lambda: " ".join(low().capitalize() for _ in range(chance.choice((1, 1, 2, 3)))),
        "SNAKE": lambda: "_".join(words()),
        "UPSNAKE": lambda: "_".join(words()).upper(),
        "KEBAB": lambda: "-".join(words()),
        "CAMEL": camel,
        "PASCAL": lambda: "".join(word.capitalize() for word in words()),
        "COINED": coined,
        "LET": lambda: chance.choice("abcdefghijklmnoprstuvwxyzABCDEFGHILMNPRSTUVX"),
        "HEX": lambda: f"{chance.getrandbits(160):040x}"[: chance.choice((6, 7, 8, 12, 16, 32, 40))],
        "PI": initials,
        "PN": surname_first,
        "PW": lambda: f"{values.value('WN')} {values.last()}",
        "PQ": nicknamed,
        "PX": lambda: chance.choice(_BEFORE) + values.last(),
        "TL": small_town,
        "ISCI": eponym,
    }
