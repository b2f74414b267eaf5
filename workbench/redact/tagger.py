"""The offline tagger: finds people, places, addresses and organisations with a small convolutional network in numpy.

Each word is encoded once (``word_features``), then five dilated convolutions read it in its surroundings. Texts are
packed into blocks of one fixed size, with blank rows between them, so a text's result does not depend on its batch.
Trained by ``benchmarks/train_tagger.py`` on text written and generated for it, mostly English: it misses more in other
languages, and it mixes up a surname's type more often than it misses the surname.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np

from workbench.redact.entities import Finding
from workbench.redact.spans import LABELS, spans_of
from workbench.redact.word_features import N_AFFIXES, Lexicon, tokens_of

BLOCK = 256
GAP = 8
DILATIONS = (1, 2, 4, 8, 1)
_WORDS_KEPT = 60_000
_BLOCKS_AT_ONCE = 4


def text_case(words: Sequence[str]) -> int:
    """How a text is written: 0 mixed, 1 without capitals, 2 in capitals, 3 every word capitalised."""
    letters = [word for word in words if word[0].isalpha()]
    if not letters:
        return 0
    lower = sum(word.islower() for word in letters)
    if lower == len(letters):
        return 1
    upper = sum(word.isupper() and len(word) > 1 for word in letters)
    if upper > 0.7 * len(letters):
        return 2
    return 3 if lower < 0.15 * len(letters) and len(letters) > 3 else 0


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The shipped lexicon, read once."""
    return Lexicon()


class Tagger:
    """The trained network and the words it has met; finds names in batches of texts."""

    engine = "offline tagger 1"

    def __init__(self, weights: bytes | None = None) -> None:
        from safetensors.numpy import load

        stored = load(weights or files("workbench.redact").joinpath("model/tagger.safetensors").read_bytes())
        self._weights = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in stored.items()}
        self._lexicon = lexicon()
        self._width = self._weights["word.out.weight"].shape[0]
        self._rows: dict[str, int] = {}
        self._known = np.zeros((1, self._width), np.float32)

    def spans(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text, in code points."""
        read = [tokens_of(text) for text in texts]
        windows: list[tuple[int, int, int, int, int]] = []  # text, first, last, keep from, keep to
        for row, (words, _, _) in enumerate(read):
            reach = 2 * sum(DILATIONS) // 2 + 4
            step = BLOCK - 2 * reach
            if len(words) <= BLOCK:
                windows.append((row, 0, len(words), 0, len(words)))
                continue
            for keep in range(0, len(words), step):
                first, last = max(0, keep - reach), min(len(words), keep + step + reach)
                windows.append((row, first, last, keep, min(len(words), keep + step)))
        marks = [np.zeros((len(words), 2 * len(LABELS) + 1), np.float32) for words, _, _ in read]
        cases = [text_case(words) for words, _, _ in read]
        for batch in _batches(windows):
            self._tag(batch, read, cases, marks)
        return [
            spans_of(mark, starts, ends, text, case, self._lexicon)
            for mark, case, (_, starts, ends), text in zip(marks, cases, read, texts, strict=True)
        ]

    def _tag(
        self, batch: list[list[tuple[int, int, int, int, int]]], read: list, cases: list[int], marks: list[np.ndarray]
    ) -> None:
        rows = np.zeros((len(batch), BLOCK), np.int64)
        glued = np.zeros((len(batch), BLOCK), np.int64)
        styles = np.zeros((len(batch), BLOCK), np.int64)
        mask = np.zeros((len(batch), BLOCK, 1), np.float32)
        self._learn({word for block in batch for row, first, last, _, _ in block for word in read[row][0][first:last]})
        for at, block in enumerate(batch):
            position = 0
            for row, first, last, _, _ in block:
                words, starts, ends = read[row]
                size = last - first
                rows[at, position : position + size] = [self._rows[word] for word in words[first:last]]
                glued[at, position : position + size] = [
                    int(index > 0 and ends[index - 1] == starts[index]) for index in range(first, last)
                ]
                styles[at, position : position + size] = cases[row]
                mask[at, position : position + size] = 1.0
                position += size + GAP
        chances = self._chances(rows, glued, styles, mask)
        for at, block in enumerate(batch):
            position = 0
            for row, first, last, low, high in block:
                marks[row][low:high] = chances[at, position + low - first : position + high - first]
                position += last - first + GAP

    def _chances(self, rows: np.ndarray, glued: np.ndarray, styles: np.ndarray, mask: np.ndarray) -> np.ndarray:
        weights = self._weights
        hidden = self._known[rows]
        hidden += weights["glue.weight"][glued]
        hidden += weights["style.weight"][styles]
        hidden *= mask
        joined = np.empty((*hidden.shape[:2], 3 * self._width), np.float32)
        for layer, dilation in enumerate(DILATIONS):
            joined[:, :dilation, : self._width] = 0.0
            joined[:, dilation:, : self._width] = hidden[:, :-dilation]
            joined[:, :, self._width : 2 * self._width] = hidden
            joined[:, -dilation:, 2 * self._width :] = 0.0
            joined[:, :-dilation, 2 * self._width :] = hidden[:, dilation:]
            change = joined @ weights[f"conv.{layer}.weight"]
            change += weights[f"conv.{layer}.bias"]
            np.maximum(change, 0.0, out=change)
            change *= mask
            hidden += change
        scores = (
            np.maximum(hidden @ weights["top.weight"] + weights["top.bias"], 0.0) @ weights["out.weight"]
            + weights["out.bias"]
        )
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return scores / scores.sum(axis=-1, keepdims=True)

    def _learn(self, words: set[str]) -> None:
        """Encode the words that were not met before; a full memory starts afresh."""
        new = sorted(words - self._rows.keys())
        if not new:
            return
        if len(self._rows) + len(new) > _WORDS_KEPT and self._rows:
            self._rows, self._known = {}, np.zeros((1, self._width), np.float32)
            new = sorted(words)
        weights, encoded = self._weights, []
        for start in range(0, len(new), BLOCK):
            some = new[start : start + BLOCK]
            dense, affixes = self._lexicon.features(some + ["\n"] * (BLOCK - len(some)))
            table = weights["affix.weight"]
            wide = np.concatenate([dense, *(table[affixes[:, at]] for at in range(N_AFFIXES))], axis=1)
            inner = np.maximum(wide @ weights["word.in.weight"] + weights["word.in.bias"], 0.0)
            encoded.append((inner @ weights["word.out.weight"].T + weights["word.out.bias"])[: len(some)])
        size = len(self._known)
        self._rows.update((word, size + at) for at, word in enumerate(new))
        self._known = np.concatenate([self._known, *encoded])


def _batches(windows: list[tuple[int, int, int, int, int]]) -> list[list[list[tuple[int, int, int, int, int]]]]:
    """Windows packed into blocks, and blocks into batches."""
    blocks: list[list[tuple[int, int, int, int, int]]] = []
    free = 0
    for window in windows:
        size = window[2] - window[1]
        if not size:
            continue
        if size > free:
            blocks.append([])
            free = BLOCK
        blocks[-1].append(window)
        free -= size + GAP
    return [blocks[at : at + _BLOCKS_AT_ONCE] for at in range(0, len(blocks), _BLOCKS_AT_ONCE)]
