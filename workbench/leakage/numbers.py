"""Whether two texts speak of the same numbers: what a rephrasing keeps and another question of the same kind does not.

An encoder hardly sees numbers: "27 puppies" and "6 puppies" are the same to it, and so are two tasks cut to one
pattern. Digits and English number words are read; everything else is left to the encoder.
"""

from __future__ import annotations

import re
from collections import Counter

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
VALUES = {word: number for number, word in enumerate(_WORDS.split())} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100,
    "dozen": 12,
}  # fmt: skip
_FOUND = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def numbers(text: str) -> Counter[float]:
    """The numbers in a text, each as often as it stands there.

    >>> sorted(numbers("Three of 1,200 eggs at $2.50").elements())
    [2.5, 3.0, 1200.0]
    """
    found: Counter[float] = Counter()
    for word in _FOUND.findall(_GROUPED.sub("", text).casefold()):
        if word[0].isdecimal():
            found[float(word)] += 1
        elif word in VALUES:
            found[float(VALUES[word])] += 1
    return found


def agreement(ours: Counter[float], theirs: Counter[float]) -> float:
    """How far two texts have the same numbers: from near 0 (none of many) to near 1 (all of many), .5 without any.

    The overlap of the two multisets with half a number added to what is shared and one to what there is, so that one
    number more or less moves a text with few of them only a little.
    """
    shared = (ours & theirs).total()
    return (shared + 0.5) / (ours.total() + theirs.total() - shared + 1)
