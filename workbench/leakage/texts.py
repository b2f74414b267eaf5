"""Texts in one spelling, and without the labels that a whole file puts around each of them.

Two copies of a question differ in quotation marks, case, spaces and full-width digits long before they differ in
words, so the first four rungs compare words only. A file made for training often wraps every text in the same
labels ("Question: … Answer: …"); those are the file's, not the text's, and would hide a copy from the exact rung and
push two different texts together on every other.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

FRAME_ROWS = 20  # texts from which on "nearly all of them" means something
FRAME_SHARE = 0.9
_FRAME_LONGEST = 40  # tokens looked at from either end
_TOKEN = re.compile(r"\S+")
_NUMBER = re.compile(r"\d[\d.,]*")
_SPACELESS = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"


def normalised(texts: Sequence[str]) -> list[str]:
    """Texts as words parted by one space: NFKC, casefolded, everything but letters, digits and marks a space.

    In scripts written without spaces every character is a word. A text without a letter or digit (an emoji) is kept as
    it stands, because it would otherwise equal every other such text.

    >>> normalised(["  Where's MY ﬁle?! ", "🙂"])
    ['where s my file', '🙂']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    folded = [_folded(text) for text in texts]
    spaced = pc.replace_substring_regex(pa.array(folded, pa.large_string()), _SPACELESS, r" \1 ")
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(spaced, r"[^\pL\pN\pM]+", " "))
    return [words or "".join(text.split()) for words, text in zip(plain.to_pylist(), folded, strict=True)]


def _folded(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    for _ in range(2):  # casefolding may leave what NFKC would compose, and the other way round
        text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", text)


def words_of(plain: Sequence[str]) -> pa.ListArray:
    """The words of normalised texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.split_pattern(pa.array(plain, pa.string()), " ")


def without_frame(texts: Sequence[str]) -> tuple[list[str], int]:
    """Take off the labels that nearly every text begins or ends with.

    A label is a run of words that at least 90% of the texts share at one end (any number counts as the same) and that
    stops at a colon, at a mark without letters, or at a line break: "Question:", "### Answer: 18", "[INST]". A shared
    phrase that runs on into the text ("what is the …") is part of the text and stays.

    Args:
        texts: The texts of one file; with fewer than 20 that say something nothing is taken off.

    Returns:
        The texts without the labels, and how many words of them were taken off.
    """
    tokens = [[(found.start(), found.end()) for found in _TOKEN.finditer(text)] for text in texts]
    if sum(bool(spans) for spans in tokens) < FRAME_ROWS:
        return list(texts), 0
    before = _shared(texts, tokens, from_end=False)
    after = _shared(texts, tokens, from_end=True)
    if not before and not after:
        return list(texts), 0
    out = []
    for text, spans in zip(texts, tokens, strict=True):
        start = _matching(text, spans, before)
        left = spans[start:]
        end = len(left) - _matching(text, left[::-1], after)
        out.append(text[left[0][0] : left[end - 1][1]] if end > 0 else "")
    return out, len(before) + len(after)


def _matching(text: str, spans: Sequence[tuple[int, int]], frame: Sequence[str]) -> int:
    """How many tokens of the frame stand here: all of it or none."""
    there = [_shape(text[start:end]) for start, end in spans[: len(frame)]]
    return len(frame) if there == list(frame) else 0


def _shared(texts: Sequence[str], tokens: list[list[tuple[int, int]]], *, from_end: bool) -> list[str]:
    """The shapes of the tokens at one end that nearly all texts have, outermost first, up to the last that closes."""
    rows = [row for row, spans in enumerate(tokens) if spans]
    enough = FRAME_SHARE * len(rows)
    frame: list[str] = []
    closed = 0
    for place in range(_FRAME_LONGEST):
        rows = [row for row in rows if len(tokens[row]) > place]
        at = -1 - place if from_end else place
        shapes = [_shape(texts[row][slice(*tokens[row][at])]) for row in rows]
        commonest = Counter(shapes).most_common(1)
        if not commonest or commonest[0][1] < enough:
            break
        shape = commonest[0][0]
        rows = [row for row, found in zip(rows, shapes, strict=True) if found == shape]
        frame.append(shape)
        if _closes(shape) or sum(_at_break(texts[row], tokens[row], at, from_end) for row in rows) >= enough:
            closed = len(frame)
    kept = frame[:closed]
    return kept if any(character.isalpha() for shape in kept for character in shape) else []


def _shape(token: str) -> str:
    return _NUMBER.sub("0", token.casefold())


def _closes(shape: str) -> bool:
    return shape.endswith(":") or not any(character.isalnum() for character in shape)


def _at_break(text: str, spans: list[tuple[int, int]], at: int, from_end: bool) -> bool:
    """Whether a line break stands on the inner side of this token."""
    if from_end:
        gap = text[spans[at - 1][1] : spans[at][0]] if len(spans) > -at else ""
    else:
        gap = text[spans[at][1] : spans[at + 1][0]] if len(spans) > at + 1 else ""
    return "\n" in gap
