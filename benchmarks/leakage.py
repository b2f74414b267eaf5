"""Leakage: what each rung finds in rephrased questions, how often it is wrong, and how long it takes.

python -m benchmarks.leakage [--rows 100000]
"""

import argparse
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from leakage_pairs import PAIRS

from workbench.embed import load_embedder
from workbench.leakage import RUNGS, leakage
from workbench.leakage import semantic as setting
from workbench.leakage.files import read_texts

DATA = Path(os.environ.get("WORKBENCH_TEST_DATA", "../shared/data"))
BARS = (0.46, 0.48, 0.5, 0.52, 0.54)


class Remembering:
    """An embedder that encodes a text once, so that what is timed apart from it is the comparing."""

    def __init__(self) -> None:
        self._inner = load_embedder()
        self.name, self.dimensions = self._inner.name, self._inner.dimensions
        self._known: dict[str, np.ndarray] = {}

    def encode(self, texts, *, query=False, progress=None):
        """Encode what is new."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._inner.encode(new, progress=progress), strict=True))
        return np.stack([self._known[text] for text in texts])


class Noise:
    """An embedder of random vectors, for the time and memory of comparing alone."""

    name, dimensions = "noise", 384

    def encode(self, texts, *, query=False, progress=None):
        """Random directions."""
        found = np.random.default_rng(len(texts)).standard_normal((len(texts), 384), dtype=np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def rephrased(embedder: Remembering) -> None:
    folder = DATA / "gsm8k_rephrased"
    ours = read_texts(folder / "test.jsonl").texts
    theirs = read_texts(folder / "rephrase_gsm8k.jsonl").texts
    n = len(ours)
    started = time.perf_counter()
    found = leakage(ours, theirs, embedder=embedder)
    took = time.perf_counter() - started
    right = sum(row.eval_row == row.other_row for row in found.pairs.itertuples())
    print(f"{n:,} questions × {n:,} rephrasings: {took:.0f} s, embedding included")
    print(f"  {found.by_rung}, {right:,} right ({100 * right / n:.1f}%), {len(found.pairs) - right} wrong")
    chance = found.semantic["against"]
    print(f"  bar {chance.lowest:.2f} to {chance.highest:.2f}, median {chance.bar:.2f}")
    print(f"  {chance.random_pairs:,} random pairs: .1% at {chance.random_high:.3f} or above, over the bar ", end="")
    print(f"{100 * chance.random_share:.3f}%")
    print("  the bar on halves: questions found among their rephrasings; wrongly matched among those of the other half")
    print("   bar    found (lowest)   wrong (highest)   100 questions, 1,219 others: wrong")
    kept = setting.BAR
    for bar in BARS:
        setting.BAR = bar
        hits, wrong, few = [], [], []
        for seed in range(8):
            order = np.random.default_rng(seed).permutation(n)
            half, other = order[: n // 2], order[n // 2 :]
            mine = [ours[row] for row in half]
            near = leakage(mine, [theirs[row] for row in half], rungs=["semantic"], embedder=embedder)
            hits.append(sum(row.eval_row == row.other_row for row in near.pairs.itertuples()) / len(half))
            far = leakage(mine, [theirs[row] for row in other], rungs=["semantic"], embedder=embedder)
            wrong.append(far.share)
            small, rest = [ours[row] for row in order[:100]], [theirs[row] for row in order[100:]]
            few.append(leakage(small, rest, rungs=["semantic"], embedder=embedder).share)
        cells = (np.mean(hits), min(hits), np.mean(wrong), max(wrong), np.mean(few))
        print("   {:.2f}   {:.3f} ({:.3f})    {:.4f} ({:.4f})   {:.3f}".format(bar, *cells))
    setting.BAR = kept


def by_hand(embedder: Remembering) -> None:
    found = leakage([one for one, _ in PAIRS], [other for _, other in PAIRS], embedder=embedder)
    right = sum(row.eval_row == row.other_row for row in found.pairs.itertuples())
    print(f"{len(PAIRS)} requests said anew by hand: {right} found, {len(found.pairs) - right} wrong")


def elsewhere(embedder: Remembering) -> None:
    test, train = (read_texts(DATA / "banking77" / f"{part}.csv").texts for part in ("test", "train"))
    tweets = read_texts(DATA / "airline_tweets" / "Tweets.csv", "text").texts[:5000]
    questions = read_texts(DATA / "gsm8k_rephrased" / "test.jsonl").texts
    for name, ours, theirs in (
        ("banking77, test against train", test, train),
        ("banking77, test within itself", test, None),
        ("5,000 airline tweets within", tweets, None),
        ("gsm8k questions within", questions, None),
        ("banking77 test against gsm8k", test, questions),
        ("5,000 airline tweets against banking77 test", tweets, test),
    ):
        found = leakage(ours, theirs, embedder=embedder)
        print(f"{name}: {100 * found.share:.1f}% of rows, {found.by_rung}, {len(found.review):,} to review")


def speed(rows: int) -> None:
    dice = np.random.default_rng(0)
    words = np.asarray([f"word{place}" for place in range(20_000)])
    often = 1 / np.arange(1, len(words) + 1)
    often /= often.sum()
    ours = [" ".join(dice.choice(words, 60, p=often)) for _ in range(1319)]
    theirs = [" ".join(dice.choice(words, 60, p=often)) for _ in range(rows)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for rungs in (("exact",), ("ngram",), ("minhash",), ("substring",), ("semantic",)):
        started = time.perf_counter()
        found = leakage(ours, theirs, rungs=rungs, embedder=Noise())
        took = time.perf_counter() - started
        print(f"  {rungs[0]:10s} {took:6.1f} s, {len(found.pairs):,} pairs")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"1,319 × {rows:,} texts of 60 words: memory up from {before:,.0f} to {most:,.0f} MB, encoding left out")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"real data sets are not here (WORKBENCH_TEST_DATA={DATA})")
    print(f"rungs: {', '.join(RUNGS)}")
    embedder = Remembering()
    rephrased(embedder)
    by_hand(embedder)
    elsewhere(embedder)
    speed(given.rows)


if __name__ == "__main__":
    main()
