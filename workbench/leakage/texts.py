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
_TOKEN = re.compile(r"\s*(\S+)(\s*)")
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
    if text.isascii():
        return text.lower()
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
    if sum(not text.isspace() for text in texts if text) < FRAME_ROWS:
        return list(texts), 0
    before, after = (_shared(texts, from_end=from_end) for from_end in (False, True))
    if not before and not after:
        return list(texts), 0
    out = []
    for text in texts:
        start, end = _inside(text, before, from_end=False), _inside(text, after, from_end=True)
        out.append(text[start:end].strip())
    return out, len(before) + len(after)


def _token(text: str, at: int, from_end: bool) -> tuple[int, int, int] | None:
    """The token that comes next from one end: where it begins and ends, and where the space on its inner side does."""
    if not from_end:
        found = _TOKEN.match(text, at)
        return (found.start(1), found.end(1), found.end(2)) if found else None
    end = at
    while end and text[end - 1].isspace():
        end -= 1
    start = end
    while start and not text[start - 1].isspace():
        start -= 1
    inner = start
    while inner and text[inner - 1].isspace():
        inner -= 1
    return (start, end, inner) if end else None


def _inside(text: str, frame: Sequence[str], *, from_end: bool) -> int:
    """Where the text begins (or ends) without the frame: all of the frame comes off, or none."""
    at = outside = len(text) if from_end else 0
    for shape in frame:
        token = _token(text, at, from_end)
        if token is None or _shape(text[token[0] : token[1]]) != shape:
            return outside
        at = token[0] if from_end else token[1]
    return at


def _shared(texts: Sequence[str], *, from_end: bool) -> list[str]:
    """The shapes of the tokens at one end that nearly all texts have, outermost first, up to the last that closes."""
    places = {row: len(text) if from_end else 0 for row, text in enumerate(texts) if text and not text.isspace()}
    enough = FRAME_SHARE * len(places)
    frame: list[str] = []
    closed = 0
    for _ in range(_FRAME_LONGEST):
        tokens = {row: token for row, at in places.items() if (token := _token(texts[row], at, from_end))}
        shapes = {row: _shape(texts[row][start:end]) for row, (start, end, _) in tokens.items()}
        commonest = Counter(shapes.values()).most_common(1)
        if not commonest or commonest[0][1] < enough:
            break
        shape = commonest[0][0]
        kept = [row for row, found in shapes.items() if found == shape]
        frame.append(shape)
        if _closes(shape) or sum(_breaks(texts[row], tokens[row], from_end) for row in kept) >= enough:
            closed = len(frame)
        places = {row: tokens[row][0] if from_end else tokens[row][1] for row in kept}
    label = frame[:closed]
    return label if any(character.isalpha() for shape in label for character in shape) else []


def _shape(token: str) -> str:
    return _NUMBER.sub("0", token.casefold())


def _closes(shape: str) -> bool:
    return shape.endswith(":") or not any(character.isalnum() for character in shape)


def _breaks(text: str, token: tuple[int, int, int], from_end: bool) -> bool:
    """Whether a line break stands on the inner side of a token."""
    start, end, inner = token
    return "\n" in (text[inner:start] if from_end else text[end:inner])
