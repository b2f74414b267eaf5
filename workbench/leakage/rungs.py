"""The four rungs that compare words: from a copy to a shared passage. Each gives pairs of distinct texts and a score.

All of them take normalised texts, each once. The score of a rung is its own share between 0 and 1 and is not to be
compared with another rung's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.leakage.windows import Matches, Tokens, character_tokens, matches, word_tokens

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]  # our text, their text, score

COVERED = 0.5  # Tulu 3 / open-instruct: share of a text's words covered by n-grams of the single best other text
REVIEW = 0.3
LEAST_WORDS = 8  # the smallest n-gram of GPT-3's appendix C: fewer copied words are a phrase, unless they are the text
LONGEST_GRAM, SHORTEST_GRAM = 13, 5  # 13: GPT-3 appendix C, lm-evaluation-harness; fewer where the text is short
JACCARD = 0.8  # Lee et al. (2022), "Deduplicating Training Data Makes Language Models Better", section 4.2
SHORT_WORDS = 30  # below, three-word runs are too few, and runs of five characters are compared
WORD_RUN, CHARACTER_RUN = 3, 5
PERMUTATIONS, BANDS, BAND_ROWS = 128, 25, 5  # made for Jaccard .5; at .8 a pair is missed once in 20,000
PASSAGE = 50  # letters and digits: GPT-4 technical report, appendix C
HALF = 0.5
LEAST_PASSAGE = 30  # less is a phrase, though it be half of a short text: "what is the difference between" is 26


def exact(ours: Sequence[str], theirs: Sequence[str]) -> Pairs:
    """Texts that are equal once normalised."""
    place = {text: number for number, text in enumerate(theirs)}
    pairs = [(number, place[text]) for number, text in enumerate(ours) if text in place]
    found = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1], np.ones(len(found))


def gram_length(n_words: np.ndarray) -> np.ndarray:
    """Words to an n-gram, by the words of the text: min(13, max(5, half of them))."""
    return np.minimum(LONGEST_GRAM, np.maximum(SHORTEST_GRAM, n_words // 2))


def ngram(ours: Sequence[str], theirs: Sequence[str], *, same: bool = False) -> tuple[Pairs, Pairs]:
    """Share of our text's own words that lie in n-grams which one other text has too: found at .5, to review at .3.

    Fewer than eight covered words are found only where they are the whole text, and are for review otherwise.

    The share is taken twice, of the words and of the words weighed by how rare they are in both files together, and
    the smaller one is the score: "how do i get my" is most of a short question and says nothing of it. Words in a
    template (``windows.matches``) are nobody's own and count on neither side; a text with fewer than five words of its
    own is left to the other rungs.
    """
    mine, others = word_tokens(ours), word_tokens(theirs)
    lengths, weights = gram_length(mine.lengths), _rarity(mine, others)
    parts: list[tuple[Pairs, Pairs]] = []
    for n in range(SHORTEST_GRAM, LONGEST_GRAM + 1):
        chosen = (lengths == n) & (mine.lengths >= n)
        if chosen.any():
            found = matches(mine, others, n, chosen=chosen, same=same)
            parts.append(_coverage(mine, weights, found, n))
    return _joined([part[0] for part in parts]), _joined([part[1] for part in parts])


def _rarity(mine: Tokens, others: Tokens) -> np.ndarray:
    """A weight for each word of ours: log(1 + texts / texts with it), over both files.

    As if fifty more texts were there and five of them had the word: among a handful of texts a word is not common
    because the two that are compared have it.
    """
    names, word = np.unique(mine.names, return_inverse=True)
    n_with = np.zeros(len(names))
    for side in (mine, others):
        place = np.searchsorted(names, side.names)
        place[place == len(names)] = 0
        known = names[place] == side.names if len(names) else np.zeros(0, dtype=bool)
        text = np.repeat(np.arange(len(side)), side.lengths)[known]
        both = np.unique(text * len(names) + place[known])
        n_with += np.bincount(both % max(len(names), 1), minlength=len(names))
    return np.log1p((len(mine) + len(others) + 50) / (n_with + 5))[word]


def _coverage(mine: Tokens, weights: np.ndarray, found: Matches, n: int) -> tuple[Pairs, Pairs]:
    spread = np.arange(n)
    common = np.zeros(len(mine.names), dtype=bool)
    common[(mine.starts[found.template[:, 0]] + found.template[:, 1])[:, None] + spread] = True
    own = _sums(~common, mine.starts)
    own_weight = _sums(weights * ~common, mine.starts)
    pair, which = np.unique(np.stack([found.ours, found.theirs], axis=1), axis=0, return_inverse=True)
    place = ((mine.starts[found.ours] + found.ours_at)[:, None] + spread).ravel()
    covered = np.unique(np.stack([np.repeat(which.ravel(), n), place], axis=1)[~common[place]], axis=0)
    count = np.bincount(covered[:, 0], minlength=len(pair))
    weight = np.bincount(covered[:, 0], weights[covered[:, 1]], minlength=len(pair))
    text = pair[:, 0]
    share = np.minimum(count / np.maximum(own[text], 1), weight / np.maximum(own_weight[text], 1e-9))
    share = np.where(count == own[text], 1.0, np.minimum(share, 1.0))
    judged = own[text] >= SHORTEST_GRAM
    flagged = judged & (share >= COVERED) & ((count >= LEAST_WORDS) | (count == own[text]))
    review = judged & (share >= REVIEW) & ~flagged
    return (text[flagged], pair[flagged, 1], share[flagged]), (text[review], pair[review, 1], share[review])


def _sums(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0], np.cumsum(values)])
    return total[starts[1:]] - total[starts[:-1]]


def minhash(ours: Sequence[str], theirs: Sequence[str]) -> Pairs:
    """Texts whose sets of runs overlap by 80% or more: three-word runs, or of five characters under 30 words.

    MinHash with banding names candidates far below that; each is then measured exactly, so a score is never an
    estimate. Which runs are compared is decided by our text.
    """
    mine, others = word_tokens(ours).lengths, word_tokens(theirs).lengths
    parts = []
    for short in (True, False):
        few, many = np.flatnonzero((mine < SHORT_WORDS) == short), others
        near = np.flatnonzero(many < SHORT_WORDS / JACCARD + 2 if short else many >= SHORT_WORDS * JACCARD - 2)
        if len(few) and len(near):
            a, b, score = _near([ours[int(i)] for i in few], [theirs[int(i)] for i in near], short)
            parts.append((few[a], near[b], score))
    return _joined(parts)


def _near(ours: list[str], theirs: list[str], short: bool) -> Pairs:
    from datasketch import MinHashLSH

    mine = [_runs(text, short) for text in ours]
    known = set().union(*mine)
    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, BAND_ROWS))
    for number, runs in enumerate(mine):
        index.insert(number, _sketch(runs), check_duplication=False)
    found = []
    for number, text in enumerate(theirs):
        runs = _runs(text, short)
        if len(runs & known) < JACCARD * len(runs):  # no text of ours can hold that many of its runs
            continue
        for candidate in index.query(_sketch(runs)):
            shared = len(runs & mine[candidate])
            score = shared / (len(runs) + len(mine[candidate]) - shared)
            if score >= JACCARD:
                found.append((candidate, number, score))
    rows = np.asarray(sorted(found), dtype=float).reshape(-1, 3)
    return rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), rows[:, 2]


def _runs(text: str, short: bool) -> set[str]:
    if short:
        return {text[at : at + CHARACTER_RUN] for at in range(max(1, len(text) - CHARACTER_RUN + 1))}
    words = text.split(" ")
    return {" ".join(words[at : at + WORD_RUN]) for at in range(max(1, len(words) - WORD_RUN + 1))}


def _sketch(runs: set[str]):  # type: ignore[no-untyped-def]
    from datasketch import MinHash

    # sketches are made and thrown away here, so it does not matter that version 2 of the package hashes anew
    sketch = MinHash(num_perm=PERMUTATIONS)
    sketch.update_batch([run.encode("utf-8") for run in runs])
    return sketch


def substring(ours: Sequence[str], theirs: Sequence[str], *, same: bool = False) -> Pairs:
    """Texts that share a passage of 50 letters and digits, or of half of the shorter text (and at least 30).

    The passage is the longest run of characters both have, spaces and punctuation left out, a template cutting it
    short. The score is its share of the shorter text.
    """
    mine, others = character_tokens(ours), character_tokens(theirs)
    found = matches(mine, others, LEAST_PASSAGE, same=same)
    if not len(found.ours):
        return _joined([])
    shift = found.theirs_at - found.ours_at  # windows of one passage follow one another on one diagonal
    order = np.lexsort((found.ours_at, shift, found.theirs, found.ours))
    text, other, shift, at = (part[order] for part in (found.ours, found.theirs, shift, found.ours_at))
    new = np.ones(len(text), dtype=bool)
    new[1:] = (text[1:] != text[:-1]) | (other[1:] != other[:-1]) | (shift[1:] != shift[:-1]) | (at[1:] != at[:-1] + 1)
    begins = np.flatnonzero(new)
    length = np.diff(np.append(begins, len(text))) + LEAST_PASSAGE - 1
    text, other = text[begins], other[begins]
    order = np.lexsort((-length, other, text))
    text, other, length = text[order], other[order], length[order]
    first = np.ones(len(text), dtype=bool)
    first[1:] = (text[1:] != text[:-1]) | (other[1:] != other[:-1])
    text, other, length = text[first], other[first], length[first]
    shorter = np.minimum(mine.lengths[text], others.lengths[other])
    keep = (length >= PASSAGE) | (length >= HALF * shorter)
    return text[keep], other[keep], (length / shorter)[keep]


def _joined(parts: Sequence[Pairs]) -> Pairs:
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, np.zeros(0)
    first, other, score = (np.concatenate(part) for part in zip(*parts, strict=True))
    return first, other, score
