"""From the tagger's chances to findings: runs of tokens, grown to whole names, kept where they are sure enough.

How sure is enough depends on how a word is written and where it stands. A capital within a sentence is evidence by
itself; one that opens a sentence is little; a word in lower case in a text that has capitals needs a list of names or
near certainty. The limits were set on the counts of right and wrong findings in each of these groups.
"""

import re

import numpy as np

from workbench.redact.entities import Finding
from workbench.redact.word_features import Lexicon
from workbench.redact.words import is_common

LABELS = ("PERSON", "LOCATION", "STREET_ADDRESS", "ORGANIZATION")
THRESHOLD = 0.04
OPENING = 0.1
LOWER_IN_LOWER = 0.15
LOWER_AFTER_OPENINGS = 0.3
LOWER = {True: 0.6, False: 0.8}
LOWER_BESIDE_A_NAME = 0.3
"""How sure the tagger must be, by how a word is written: a capital within a sentence says much, one that opens it
little. A word in lower case may be a name where nothing else has a capital, or only what opens a sentence (a telephone
does that); where other words have theirs it must be in a list of names (True) or nearly certain (False)."""
_INNER_CAPITAL = re.compile(r"[a-z,;'’)] (?!I(?:\b|['’]))[A-Z]")
_AROUND = 150
NEIGHBOUR = 0.04
NEIGHBOUR_IN_ADDRESS = 0.04
CAPITALISED = 0.03
_EDGES = frozenset("'\"’‘“”`()[]{}:;,-–|*/<>=")
_ENDINGS = frozenset(("s", "t", "d", "m", "ll", "re", "ve"))
_POSTCODE = re.compile(r"\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d", re.IGNORECASE)


def spans_of(
    marks: np.ndarray, starts: list[int], ends: list[int], text: str, case: int, lexicon: Lexicon
) -> list[Finding]:
    """The findings in a text, from the chances of each token; ``case`` is how the text is written."""
    return _believed(text, case, _runs(marks, starts, ends, text), lexicon)


def _runs(marks: np.ndarray, starts: list[int], ends: list[int], text: str) -> list[Finding]:
    """Findings from the chances of each token: runs that are something, grown over neighbours that might well be."""
    some = 1.0 - marks[:, 0]
    surely = some > THRESHOLD
    if not surely.any():
        return []
    n_types = len(LABELS)
    by_type = marks[:, 1 : n_types + 1] + marks[:, n_types + 1 :]
    kinds = by_type.argmax(axis=1)
    begins = marks[np.arange(len(marks)), 1 + kinds] > marks[np.arange(len(marks)), 1 + n_types + kinds]
    maybe = some > np.where(kinds == 2, NEIGHBOUR_IN_ADDRESS, NEIGHBOUR)
    found: list[Finding] = []
    at = 0
    while at < len(marks):
        if not maybe[at]:
            at += 1
            continue
        first = at
        kind = kinds[first]
        at += 1
        while at < len(marks) and maybe[at] and kinds[at] == kind and not (begins[at] and surely[at]):
            at += 1
        if not surely[first:at].any():
            continue
        while first < at - 1 and text[starts[first]] in _EDGES:
            first += 1
        after = at
        while after - 1 > first and text[starts[after - 1]] in _EDGES:
            after -= 1
        first, after = _whole_name(int(kind), first, after, some, starts, ends, text)
        at = max(at, after)
        start, end = starts[first], ends[after - 1]
        if any(letter.isalnum() for letter in text[start:end]):
            score = float(some[first:after].max() if after - first < 3 else some[first:after].mean())
            if text[end : end + 2] not in ("'t", "’t"):
                label = "POSTCODE" if kind == 2 and _POSTCODE.fullmatch(text[start:end]) else LABELS[kind]
                found.append(Finding(label, start, end, round(min(score, 0.99), 3)))
    return found


def _whole_name(
    kind: int, first: int, after: int, some: np.ndarray, starts: list[int], ends: list[int], text: str
) -> tuple[int, int]:
    """A run of tokens grown to whole words (O'Brien), and a person's over capitalised words that may belong."""

    def word(at: int) -> str:
        return text[starts[at] : ends[at]]

    def belongs(at: int) -> bool:
        return (
            kind == 0
            and some[at] > CAPITALISED
            and word(at)[0].isupper()
            and word(at).isalpha()
            and not is_common(word(at))
        )

    n = len(starts)
    while after < n:
        if (
            after + 1 < n
            and ends[after - 1] == starts[after]
            and ends[after] == starts[after + 1]
            and word(after) in "'’-"
        ):
            if not word(after + 1).isalpha() or word(after + 1).lower() in _ENDINGS:
                break
            after += 2
        elif starts[after] == ends[after - 1] + 1 and text[ends[after - 1]] == " " and belongs(after):
            after += 1
        else:
            break
    while first > 0:
        if (
            first > 1
            and ends[first - 1] == starts[first]
            and ends[first - 2] == starts[first - 1]
            and word(first - 1) in "'’-"
        ):
            if not word(first - 2).isalpha() or kind == 2:
                break
            first -= 2
        elif starts[first] == ends[first - 1] + 1 and text[ends[first - 1]] == " " and belongs(first - 1):
            first -= 1
        else:
            break
    return first, after


def _believed(text: str, case: int, found: list[Finding], lexicon: Lexicon) -> list[Finding]:
    """The findings that are sure enough for how they are written and where they stand."""
    kept: list[Finding] = []
    for one in found:
        value = text[one.start : one.end]
        if one.type not in ("STREET_ADDRESS", "POSTCODE"):
            beside = bool(kept) and kept[-1].end + 1 == one.start and kept[-1].type == one.type
            if one.score < _enough(text, one.start, value, case, lexicon, beside):
                continue
            if value.isalpha() and is_common(value) and (one.score <= 0.7 or (value.islower() and one.score <= 0.85)):
                continue  # an everyday word is nobody's name unless the tagger is quite sure
        kept.append(one)
    return kept


def _enough(text: str, start: int, value: str, case: int, lexicon: Lexicon, beside: bool) -> float:
    """How sure the tagger must be of a name."""
    if value.islower():
        if case == 1 or "_" in (text[start - 1 : start], text[start + len(value) :][:1]):
            return LOWER_IN_LOWER  # also within a login: mia_li_3668
        around = text[max(0, start - _AROUND) : start + _AROUND]
        if beside or not _INNER_CAPITAL.search(around):
            return LOWER_BESIDE_A_NAME if beside else LOWER_AFTER_OPENINGS
        return LOWER[lexicon.knows_name(value)]
    before = text[max(0, start - 12) : start].rstrip(" \t\"'“(*-–•")
    return OPENING if not before or before[-1] in ".!?…:\n" else THRESHOLD
