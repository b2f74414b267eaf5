"""Near-duplicate groups: traces that say the same thing in almost the same words, the units a sample is drawn from.

Two texts are near-duplicates where the sets of their three-word runs overlap by 80% (Jaccard). A single changed word
touches three runs, so texts under some thirty words group only when they are practically equal: texts cut to one
template with another number in it stay apart unless the template is long. Candidates come from MinHash and are then
checked exactly; a group is what is near its first member, so chains do not run away.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

THRESHOLD = 0.8  # Lee et al. (2022), "Deduplicating Training Data Makes Language Models Better", section 4.2
RUN = 3  # words to a shingle
BANDS, ROWS = 12, 6  # a pair at Jaccard .8 becomes a candidate with 1 - (1 - .8**6)**12 = .974, at .9 with .9999
_AT_ONCE = 2_000_000  # shingles hashed at a time
_SEED = 20220714  # of the hash functions; fixed, so that the groups of a text collection never depend on a draw


def near_duplicate_groups(
    texts: "Sequence[str | None]", apart: "Sequence[object] | None" = None, *, threshold: float = THRESHOLD
) -> np.ndarray:
    """Give each text the number of its group; a text that nothing is like is a group of its own.

    Empty texts are never grouped: nothing is known of how alike they are.

    Args:
        texts: The texts, or None where there is none.
        apart: A key per text; texts whose keys differ are never grouped.
        threshold: Jaccard similarity from which on two texts are near-duplicates.

    Returns:
        (n,) int64, groups numbered in order of their first member.
    """
    import pyarrow as pa

    n = len(texts)
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    plain = _plain(pa.array(texts, pa.string()))
    has_text = np.asarray(plain, dtype=object) != ""
    keys = _codes(pa.array([str(key) for key in apart])) if apart is not None else np.zeros(n, dtype=np.int64)
    text = _codes(plain)
    leader = _first_with(np.stack([text, keys], axis=1))
    leader[~has_text] = np.flatnonzero(~has_text)
    distinct = np.flatnonzero((leader == np.arange(n)) & has_text)
    if len(distinct) > 1:
        shingles, starts = _shingles(plain.take(pa.array(distinct)))
        near = _near(shingles, starts, keys[distinct], threshold)
        towards = np.arange(n)
        towards[distinct] = distinct[near]
        leader = towards[leader]
    _, group = np.unique(leader, return_inverse=True)
    return group.ravel().astype(np.int64)


def _plain(texts: "pa.Array") -> "pa.Array":
    """Texts in one spelling: compatibility forms, small letters, words parted by one space."""
    import pyarrow as pa
    import pyarrow.compute as pc

    small = pc.utf8_lower(pc.utf8_normalize(pc.fill_null(texts, ""), form="NFKC"))
    worded = pc.utf8_trim_whitespace(pc.replace_substring_regex(small, r"[^\pL\pN\pM]+", " "))
    return worded if isinstance(worded, pa.Array) else worded.combine_chunks()


def _codes(values: "pa.Array") -> np.ndarray:
    return np.asarray(values.dictionary_encode().indices, dtype=np.int64)


def _first_with(pairs: np.ndarray) -> np.ndarray:
    """For each row the first row that is equal to it."""
    _, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    return first[inverse.ravel()].astype(np.int64)


def _shingles(texts: "pa.Array") -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the distinct runs of words, sorted within each text, and where each text's begin: (m,), (n + 1,)."""
    import pandas as pd
    import pyarrow.compute as pc

    words = pc.split_pattern(texts, " ")
    ends = np.asarray(words.offsets, dtype=np.int64)
    named = words.values.dictionary_encode()
    known = pd.util.hash_array(np.asarray(named.dictionary, dtype=object), categorize=False)
    word = known[np.asarray(named.indices)]
    text_of = np.repeat(np.arange(len(texts)), np.diff(ends))
    run = word.copy()  # a run that would leave its text is cut short, so a text of two words has its runs too
    for step in range(1, RUN):
        follows = np.zeros_like(word)
        inside = text_of[step:] == text_of[:-step]
        follows[:-step][inside] = word[step:][inside]
        run = (run * np.uint64(0x9E3779B97F4A7C15)) ^ (follows + np.uint64(step))
    length = np.diff(ends)
    place = np.arange(len(word)) - ends[text_of]
    whole = place <= np.maximum(length[text_of] - RUN, 0)
    text_of, run = text_of[whole], run[whole]
    order = np.lexsort((run, text_of))
    text_of, run = text_of[order], run[order]
    new = np.ones(len(run), dtype=bool)
    new[1:] = (run[1:] != run[:-1]) | (text_of[1:] != text_of[:-1])
    starts = np.searchsorted(text_of[new], np.arange(len(texts) + 1))
    return run[new], starts


def _near(shingles: np.ndarray, starts: np.ndarray, keys: np.ndarray, threshold: float) -> np.ndarray:
    """For each text the first text of its group."""
    n = len(starts) - 1
    signatures = _signatures(shingles, starts)
    pairs = _candidates(signatures, keys)
    alike = (signatures[pairs[:, 0]] == signatures[pairs[:, 1]]).mean(axis=1)
    pairs = pairs[alike >= threshold - 0.25]  # 72 hashes: an estimate that low is over four standard errors off
    pairs = pairs[_jaccard(shingles, starts, pairs) >= threshold]
    leader = np.arange(n)
    leads = np.zeros(n, dtype=bool)
    for first, other in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]:
        if leader[first] == first and leader[other] == other and not leads[other]:
            leader[other] = first
            leads[first] = True
    return leader


def _signatures(shingles: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """MinHash of each text, by multiply-shift hashing: (n, BANDS * ROWS) uint32."""
    random = np.random.default_rng(_SEED)
    factors = random.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) * 2 + 1
    terms = random.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64)
    n = len(starts) - 1
    out = np.empty((n, BANDS * ROWS), dtype=np.uint32)
    first = 0
    while first < n:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _AT_ONCE, side="right")) - 1)
        part = shingles[starts[first] : starts[last]]
        at = starts[first:last] - starts[first]
        for place in range(BANDS * ROWS):
            hashed = ((part * factors[place] + terms[place]) >> np.uint64(32)).astype(np.uint32)
            out[first:last, place] = np.minimum.reduceat(hashed, at)
        first = last
    return out


def _candidates(signatures: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Pairs worth a look: within a bucket each text beside the bucket's first and beside the one before it."""
    found = []
    for band in range(BANDS):
        columns = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS])
        bucket = np.zeros(len(columns), dtype=np.uint64)
        for column in columns.T:
            bucket = (bucket ^ column) * np.uint64(0xD6E8FEB86659FD93)
            bucket ^= bucket >> np.uint64(32)
        order = np.lexsort((bucket, keys))
        same = (bucket[order][1:] == bucket[order][:-1]) & (keys[order][1:] == keys[order][:-1])
        if not same.any():
            continue
        begins = np.maximum.accumulate(np.where(np.r_[True, ~same], np.arange(len(order)), 0))
        later = np.flatnonzero(same) + 1
        found += [np.stack([order[begins[later]], order[later]], 1), np.stack([order[later - 1], order[later]], 1)]
    if not found:
        return np.zeros((0, 2), dtype=np.int64)
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def _jaccard(shingles: np.ndarray, starts: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Exact Jaccard similarity of pairs of texts."""
    out = np.empty(len(pairs))
    sizes = np.diff(starts)
    for place, (first, other) in enumerate(pairs):
        ours, theirs = shingles[starts[first] : starts[first + 1]], shingles[starts[other] : starts[other + 1]]
        small, large = (ours, theirs) if len(ours) <= len(theirs) else (theirs, ours)
        found = np.minimum(np.searchsorted(large, small), len(large) - 1)
        shared = int((large[found] == small).sum())
        out[place] = shared / (sizes[first] + sizes[other] - shared)
    return out
