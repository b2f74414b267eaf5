"""Where two collections of texts have a run of words or characters in common: exact, in numpy, block by block.

A window is ``n`` tokens in a row. Windows are compared by a 64-bit hash; among a hundred million of them two
different ones share a hash with a chance of about 1 in 4,000, and a pair needs many. A window that many texts have is
a template of the file and says nothing of any one text: it is set aside, on both sides, and told to the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

OURS_FEW, THEIRS_FEW = 4, 50  # texts that may share a window before it can be a template at all
TEMPLATE_SHARE = 0.02
_AT_ONCE = 4_000_000  # tokens hashed at a time
_FACTOR = 0x9E3779B97F4A7C15
_BITS = 22


@dataclass(frozen=True)
class Tokens:
    """The tokens of several texts in one row: 64-bit names, and where each text begins (n + 1 places)."""

    names: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """How many tokens each text has."""
        return np.diff(self.starts)


@dataclass(frozen=True)
class Matches:
    """Windows that two texts have in common, one row each; and the windows of ours that are templates.

    Attributes:
        ours: Number of our text.
        ours_at: Where in it the window begins.
        theirs: Number of their text.
        theirs_at: Where in it the window begins.
        template: Text and place of each window of ours that was set aside, (m, 2).
    """

    ours: np.ndarray
    ours_at: np.ndarray
    theirs: np.ndarray
    theirs_at: np.ndarray
    template: np.ndarray


def word_tokens(plain: Sequence[str]) -> Tokens:
    """The words of normalised texts."""
    import pandas as pd

    from workbench.leakage.texts import words_of

    words = words_of(plain)
    named = words.values.dictionary_encode()
    known = pd.util.hash_array(np.asarray(named.dictionary, dtype=object), categorize=False)
    names = known[np.asarray(named.indices)] if len(known) else np.zeros(0, dtype=np.uint64)
    return Tokens(names, np.asarray(words.offsets, dtype=np.int64))


def character_tokens(plain: Sequence[str]) -> Tokens:
    """The letters and digits of normalised texts, without the spaces between words."""
    packed = [text.replace(" ", "") for text in plain]
    codes = np.frombuffer("".join(packed).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return Tokens(_mixed(codes + np.uint64(1)), np.cumsum([0, *map(len, packed)], dtype=np.int64))


def _mixed(values: np.ndarray) -> np.ndarray:
    """Spread small numbers over 64 bits (the finaliser of splitmix64)."""
    values = values * np.uint64(_FACTOR)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def window_hashes(tokens: Tokens, n: int, first: int = 0, last: int | None = None) -> tuple[np.ndarray, ...]:
    """Hashes of all windows of ``n`` tokens in the texts ``first`` to ``last``, their text and their place in it."""
    last = len(tokens) if last is None else last
    names = tokens.names[tokens.starts[first] : tokens.starts[last]]
    lengths = tokens.lengths[first:last]
    n_windows = np.maximum(lengths - n + 1, 0)
    text = np.repeat(np.arange(first, last), n_windows)
    begins = np.cumsum(n_windows) - n_windows
    at = np.arange(len(text)) - np.repeat(begins, n_windows)
    place = at + np.repeat(tokens.starts[first:last] - tokens.starts[first], n_windows)
    return _rolled(names, n)[place] if len(place) else np.zeros(0, dtype=np.uint64), text, at


def _rolled(names: np.ndarray, n: int) -> np.ndarray:
    """Polynomial hash of every ``n`` names in a row: put together from runs of powers of two."""
    done, length, power = np.zeros(len(names) + 1, dtype=np.uint64), 0, names
    step, rest = 1, n
    while rest:
        if rest & 1:  # a run of `length` followed by one of `step`
            ahead = power[length:] if length else power
            factor = np.uint64(pow(_FACTOR, step, 2**64))
            done = ahead if not length else done[: len(ahead)] * factor + ahead
            length += step
        rest >>= 1
        if rest:
            factor = np.uint64(pow(_FACTOR, step, 2**64))
            power = power[:-step] * factor + power[step:]
            step *= 2
    return _mixed(done)


def matches(ours: Tokens, theirs: Tokens, n: int, *, chosen: np.ndarray | None = None, same: bool = False) -> Matches:
    """Find the windows of ``n`` tokens that a text of ours and one of theirs have in common.

    A template is a window in more than 4 texts and 2% of ours, or in more than 50 texts and 2% of theirs.

    Args:
        ours: The smaller side; it is held whole.
        theirs: The larger side, gone through block by block.
        n: Tokens to a window.
        chosen: (len(ours),) bool, the texts of ours that matter; the others still count for templates.
        same: Both sides are the same texts, and a text is not compared with itself.
    """
    hashes, text, at = window_hashes(ours, n)
    known, of_window = np.unique(hashes, return_inverse=True)
    in_ours = _texts_with(of_window, text, len(known))
    template = in_ours > max(OURS_FEW, TEMPLATE_SHARE * len(ours))
    wanted = np.ones(len(text), dtype=bool) if chosen is None else chosen[text]
    matters = np.zeros(len(known), dtype=bool)
    matters[of_window[wanted]] = True
    which, their_text, their_at = _looked_up(known, matters & ~template, theirs, n)
    in_theirs = _texts_with(which, their_text, len(known))
    template |= in_theirs > max(THEIRS_FEW, TEMPLATE_SHARE * len(theirs))
    keep = ~template[which]
    which, their_text, their_at = which[keep], their_text[keep], their_at[keep]
    aside = template[of_window] & wanted
    set_aside = np.stack([text[aside], at[aside]], axis=1)
    use = np.flatnonzero(wanted & ~template[of_window])
    use = use[np.argsort(of_window[use], kind="stable")]
    begins = np.searchsorted(of_window[use], np.arange(len(known) + 1))
    times = np.diff(begins)[which]
    again = np.repeat(np.arange(len(which)), times)
    nth = np.arange(len(again)) - np.repeat(np.cumsum(times) - times, times)
    mine = use[begins[which[again]] + nth]
    found = Matches(text[mine], at[mine], their_text[again], their_at[again], set_aside)
    if not same:
        return found
    apart = found.ours != found.theirs
    return Matches(found.ours[apart], found.ours_at[apart], found.theirs[apart], found.theirs_at[apart], found.template)


def _texts_with(which: np.ndarray, text: np.ndarray, n: int) -> np.ndarray:
    """In how many texts each window stands. A text's windows come in a row, so a repeat is found after sorting."""
    if not len(which):
        return np.zeros(n, dtype=np.int64)
    order = np.lexsort((text, which))
    which, text = which[order], text[order]
    new = np.ones(len(which), dtype=bool)
    new[1:] = (which[1:] != which[:-1]) | (text[1:] != text[:-1])
    return np.bincount(which[new], minlength=n)


def _looked_up(known: np.ndarray, matters: np.ndarray, theirs: Tokens, n: int) -> tuple[np.ndarray, ...]:
    """Windows of theirs that we have too: number of the window, text and place."""
    shift = np.uint64(64 - _BITS)
    there = np.zeros(1 << _BITS, dtype=bool)  # most windows of theirs are unknown to us; this says so at once
    there[known[matters] >> shift] = True
    found: list[tuple[np.ndarray, ...]] = []
    first = 0
    while first < len(theirs):
        until = int(np.searchsorted(theirs.starts, theirs.starts[first] + _AT_ONCE, side="right")) - 1
        last = min(max(first + 1, until), len(theirs))
        hashes, text, at = window_hashes(theirs, n, first, last)
        maybe = np.flatnonzero(there[hashes >> shift])
        place = np.searchsorted(known, hashes[maybe])
        place[place == len(known)] = 0
        hit = matters[place] & (known[place] == hashes[maybe]) if len(known) else np.zeros(0, dtype=bool)
        found.append((place[hit], text[maybe[hit]], at[maybe[hit]]))
        first = last
    if not found:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    which, text, at = (np.concatenate(part) for part in zip(*found, strict=True))
    return which, text, at
