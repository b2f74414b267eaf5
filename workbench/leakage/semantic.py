"""The last rung: texts that say the same thing in other words.

No cosine means "the same" everywhere. Two questions about bank cards are nearer to one another than a question about
frogs and its rephrasing. So each text gets a bar of its own: the nearer its neighbours in the files, the nearer a match
has to be. Only mutual best matches count, and numbers that agree or contradict decide between matches that are alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.leakage.numbers import agreement, numbers

if TYPE_CHECKING:
    from workbench.embed import Embedder

Progress = Callable[[str, int, int | None], None]

BAR, TOWARDS, HIGHEST = 0.52, 0.5, 0.95
"""The bar is .52 + half of how near the neighbours are, and never above .95, from where on two texts count as
near-duplicates whatever is around them. The .52 was chosen for all-MiniLM-L6-v2 on banking77, airline_tweets and
pandalm, as the lowest that matches fewer than one text in 200 wrongly with other texts of the same kind in each of the
three; docs/leakage.md has the figures, and those of gsm8k_rephrased, which did not decide it."""
MEASURED = {"all-MiniLM-L6-v2"}
ENOUGH = 200  # texts from which on an encoder that was not measured is set on the texts themselves
NUMBERS = 0.15  # what agreeing numbers add or contradicting ones take away, at most half of it either way
NEIGHBOURS = 4
FAR = 8  # of the other file, neighbours 9 to 12: up to eight copies there do not raise the bar
_KEPT = 12
_RANDOM = 20_000
_QUANTILE = 0.98


@dataclass(frozen=True)
class Semantic:
    """How the semantic rung was set, and what chance gives.

    Attributes:
        encoder: The embedding model.
        bar: Median bar over our texts; `lowest` and `highest` are the extremes.
        random_pairs: Random pairs of one of our texts with one of theirs, found pairs left out.
        random_high: The cosine that one random pair in a thousand reaches.
        random_share: The share of random pairs at or above the bar.
        base: What the bar is where a text has no neighbours.
        origin: Where that comes from: "measured" for the bundled encoder, "given", "own texts" where it was set on
            ours, "assumed" where the encoder was not measured and our texts are too few to set it.
    """

    encoder: str
    bar: float
    lowest: float
    highest: float
    random_pairs: int
    random_high: float
    random_share: float
    base: float
    origin: str


Found = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # our text, their text, cosine, bar


def semantic(
    ours: Sequence[str],
    theirs: Sequence[str],
    embedder: Embedder,
    *,
    known: set[tuple[int, int]],
    same: bool = False,
    bar: float | None = None,
    block: int = 4096,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[Found, Semantic]:
    """Find mutual best matches whose cosine, numbers counted in, is at or above the bar.

    Args:
        ours: The smaller side, n texts; its vectors are held.
        theirs: The larger side, encoded and compared ``block`` texts at a time.
        embedder: What turns texts into vectors.
        known: Pairs that a lower rung has found; they are passed over, so that a rephrasing beside a copy shows too.
        same: Both sides are the same texts.
        bar: What the bar is where a text has no neighbours at all; set by the encoder, or on our texts, if None.
        block: Texts of theirs at a time.
        seed: Seed of the random pairs.
        progress: Told how many texts are encoded.

    Returns:
        Pairs with cosine and bar; and how the rung was set.
    """
    total = len(ours) + (0 if same else len(theirs))

    def told(done: int) -> Progress:
        return lambda stage, n, _: progress("embedding", done + n, total) if progress else None

    vectors = embedder.encode(ours, progress=told(0))
    best = _Best(len(ours), len(theirs))
    skip = np.asarray(sorted(known), dtype=np.int64).reshape(-1, 2)
    chance = _Chance(len(ours), len(theirs), seed)
    for first in range(0, len(theirs), block):
        last = min(first + block, len(theirs))
        those = vectors[first:last] if same else embedder.encode(theirs[first:last], progress=told(len(ours) + first))
        cosines = vectors @ those.T
        inside = skip[(skip[:, 1] >= first) & (skip[:, 1] < last)]
        cosines[inside[:, 0], inside[:, 1] - first] = -1.0
        if same:
            cosines[np.arange(first, last), np.arange(last - first)] = -1.0
        best.see(cosines, first)
        chance.see(cosines, first)
    nearest, near = _neighbours(vectors)
    base, origin = (bar, "given") if bar is not None else _base(embedder.name, nearest, near[0])
    bars = np.minimum(HIGHEST, base + TOWARDS * np.maximum(near[1 if same else 0], best.far()))
    mine, other, cosine, worth = _mutual(best, ours, theirs)
    keep = worth >= bars[mine]
    found = mine[keep], other[keep], cosine[keep], bars[mine[keep]]
    n, high, share = chance.without(mine, other, bars)
    low, middle, top = (float(each) for each in (bars.min(), np.median(bars), bars.max()))
    return found, Semantic(embedder.name, middle, low, top, n, high, share, base, origin)


class _Best:
    """The nearest texts of theirs for each of ours, and the other way round, as blocks come by."""

    def __init__(self, n: int, many: int) -> None:
        self.theirs = np.full((n, _KEPT), -1, dtype=np.int64)
        self.cosines = np.full((n, _KEPT), -1.0, dtype=np.float32)
        self.ours = np.full((many, min(_KEPT, n)), -1, dtype=np.int64)
        self.their_cosines = np.full((many, min(_KEPT, n)), -1.0, dtype=np.float32)

    def see(self, cosines: np.ndarray, first: int) -> None:
        last = first + cosines.shape[1]
        number = np.broadcast_to(np.arange(first, last), cosines.shape)
        self.theirs, self.cosines = _top(
            np.concatenate([self.theirs, number], axis=1), np.concatenate([self.cosines, cosines], axis=1), _KEPT
        )
        mine = np.broadcast_to(np.arange(cosines.shape[0]), cosines.T.shape)
        self.ours[first:last], self.their_cosines[first:last] = _top(mine, cosines.T, self.ours.shape[1])

    def far(self) -> np.ndarray:
        """How near the ninth to twelfth of theirs are to each of ours; 0 where there are not so many."""
        there = self.cosines[:, FAR : FAR + NEIGHBOURS]
        return np.where((there > -1).all(axis=1), np.maximum(there.mean(axis=1), 0.0), 0.0)


def _top(numbers: np.ndarray, cosines: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest in each row, nearest first."""
    if cosines.shape[1] > k:
        part = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        numbers, cosines = np.take_along_axis(numbers, part, 1), np.take_along_axis(cosines, part, 1)
    order = np.argsort(-cosines, axis=1, kind="stable")
    return np.take_along_axis(numbers, order, 1), np.take_along_axis(cosines, order, 1)


def _neighbours(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How near each text's nearest neighbour in its own file is, and the nearest four and the four after the first.

    Within one file the first is the match itself. Shapes (n,) and (2, n), means of the four.
    """
    n = len(vectors)
    k = min(NEIGHBOURS + 1, n - 1)
    nearest, near = np.zeros(n), np.zeros((2, n))
    if k < 1:
        return nearest, near
    for start in range(0, n, 2048):
        cosines = vectors[start : start + 2048] @ vectors.T
        rows = np.arange(len(cosines))
        cosines[rows, rows + start] = -1.0
        closest = -np.sort(np.partition(-cosines, k - 1, axis=1)[:, :k], axis=1)
        nearest[start + rows] = closest[:, 0]
        near[0, start + rows] = closest[:, :NEIGHBOURS].mean(axis=1)
        near[1, start + rows] = closest[:, 1:].mean(axis=1) if k > 1 else 0.0
    return nearest, np.maximum(near, 0.0)


def _base(encoder: str, nearest: np.ndarray, near: np.ndarray) -> tuple[float, str]:
    """The bar of a text without neighbours.

    For an encoder that was not measured it is what 98% of our own texts stay below with their nearest neighbour, which
    is another text; copies within the file are left out.
    """
    if encoder in MEASURED:
        return BAR, "measured"
    other = nearest < HIGHEST
    if other.sum() < ENOUGH:
        return BAR, "assumed"
    return float(np.quantile((nearest - TOWARDS * near)[other], _QUANTILE)), "own texts"


def _mutual(best: _Best, ours: Sequence[str], theirs: Sequence[str]) -> tuple[np.ndarray, ...]:
    """Pairs that are each other's best match among the nearest twelve: texts, cosine, and cosine with numbers."""
    read: dict[tuple[bool, int], Counter[float]] = {}

    def worth(mine: int, other: int, cosine: float) -> float:
        for key, text in (((True, mine), ours[mine]), ((False, other), theirs[other])):
            if key not in read:
                read[key] = numbers(text)
        return cosine + NUMBERS * (agreement(read[True, mine], read[False, other]) - 0.5)

    favourite: dict[int, int] = {}
    found = []
    for mine in range(len(ours)):
        there = [
            (worth(mine, int(other), float(cosine)), -int(other), float(cosine))
            for other, cosine in zip(best.theirs[mine], best.cosines[mine], strict=True)
            if cosine > -1
        ]
        if not there:
            continue
        value, negative, cosine = max(there)
        other = -negative
        if other not in favourite:
            back = zip(best.ours[other], best.their_cosines[other], strict=True)
            favourite[other] = -max(
                (worth(int(one), other, float(near)), -int(one)) for one, near in back if near > -1
            )[1]
        if favourite[other] == mine:
            found.append((mine, other, cosine, value))
    rows = np.asarray(found, dtype=float).reshape(-1, 4)
    return rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), rows[:, 2], rows[:, 3]


class _Chance:
    """Cosines of random pairs, drawn before anything is compared."""

    def __init__(self, n: int, many: int, seed: int) -> None:
        dice = np.random.default_rng(seed)
        self.ours = dice.integers(0, n, _RANDOM)
        self.theirs = dice.integers(0, many, _RANDOM)
        self.cosines = np.full(_RANDOM, -1.0)

    def see(self, cosines: np.ndarray, first: int) -> None:
        here = np.flatnonzero((self.theirs >= first) & (self.theirs < first + cosines.shape[1]))
        self.cosines[here] = cosines[self.ours[here], self.theirs[here] - first]

    def without(self, ours: np.ndarray, theirs: np.ndarray, bars: np.ndarray) -> tuple[int, float, float]:
        """The random pairs that are no best match: how many, what one in a thousand reaches, the share over the bar."""
        many = max(self.theirs.max(initial=0), theirs.max(initial=0)) + 1
        there = (self.cosines > -1) & ~np.isin(self.ours * many + self.theirs, ours * many + theirs)
        if not there.any():
            return 0, float("nan"), float("nan")
        over = self.cosines >= bars[self.ours]
        return int(there.sum()), float(np.quantile(self.cosines[there], 0.999)), float(over[there].mean())
