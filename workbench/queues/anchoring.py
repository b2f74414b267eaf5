"""Whether an annotator's own answer is the model's: the sign that it was not their own.

A gold answer is worth having because it was written before the output was seen. One that is nearly the output was
copied after the reveal, or the output was seen elsewhere before: either way the label that goes with it leans on the
output. The flag is a lead for whoever runs the labelling, not a verdict: some questions have one right answer.
"""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz import fuzz

NEARLY = 90.0
"""rapidfuzz ``ratio`` of 100 from which two texts are nearly equal. Of the pairs of answers that two models gave to one
instruction in PandaLM's test set, those that edit the input left out, 0.8% are that near."""
SHORTEST = 40
"""Characters, normalised, that both must have: "Yes, until Friday." is what anybody would write."""
_WORD = re.compile(r"\w+")


def normalised(text: str) -> str:
    """Words in lower case with one space between them: what retyping keeps."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def similarity(answer: str | None, output: str | None) -> float | None:
    """How alike an answer and an output are, 0 to 100; None where either is too short to say.

    >>> similarity("Change it until a day before, for a small fee", "change it, until a day before, for a small FEE.")
    100.0
    >>> similarity("No.", "No.") is None
    True
    """
    mine, theirs = normalised(answer or ""), normalised(output or "")
    if min(len(mine), len(theirs)) < SHORTEST:
        return None
    return round(float(fuzz.ratio(mine, theirs)), 1)


def is_anchored(alike: float | None) -> bool:
    """Whether an answer that is so much like the output has to be taken for it."""
    return alike is not None and alike >= NEARLY
