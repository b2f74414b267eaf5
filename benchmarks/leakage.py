"""Leakage: what each rung finds in rephrased questions, how often it is wrong, and how long it takes.

python -m benchmarks.leakage [--rows 100000]
"""

import argparse
import json
import os
import re
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from leakage_pairs import PAIRS

from workbench.embed import load_embedder
from workbench.leakage import RUNGS, leakage
from workbench.leakage import semantic as setting
from workbench.leakage.files import read_texts

DATA = Path(os.environ.get("WORKBENCH_TEST_DATA", "../shared/data"))
BARS = (0.46, 0.48, 0.5, 0.52, 0.54, 0.56)


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
    started, worked = time.perf_counter(), time.process_time()
    found = leakage(ours, theirs, embedder=embedder)
    took, worked = time.perf_counter() - started, time.process_time() - worked
    right = sum(row.eval_row == row.other_row for row in found.pairs.itertuples())
    print(f"{n:,} questions × {n:,} rephrasings: {took:.0f} s, {worked:.0f} s of processor time")
    print(f"  {found.by_rung}, {right:,} right ({100 * right / n:.1f}%), {len(found.pairs) - right} wrong")
    chance = found.semantic["against"]
    print(f"  bar {chance.lowest:.2f} to {chance.highest:.2f}, median {chance.bar:.2f}")
    print(f"  {chance.random_pairs:,} random pairs: .1% at {chance.random_high:.3f} or above, over the bar ", end="")
    print(f"{100 * chance.random_share:.3f}%")
    on_halves(ours, theirs, embedder)


def on_halves(ours: list[str], theirs: list[str], embedder: Remembering) -> None:
    """The bar on eight random halves; it was chosen elsewhere, so these are figures of unseen texts."""
    kept = setting.BAR
    figures = np.zeros((8, len(BARS), 3))
    for seed in range(8):
        order = np.random.default_rng(seed).permutation(len(ours))
        one, other = np.array_split(order, 2)
        for place, bar in enumerate(BARS):
            setting.BAR = bar
            near = matched(ours, theirs, other, other, embedder)
            right = (near["eval_row"] == near["other_row"]).sum() / len(other)
            wrong = len(matched(ours, theirs, other, one, embedder)) / len(other)
            few = len(matched(ours, theirs, order[:100], order[100:], embedder)) / 100
            figures[seed, place] = right, wrong, few
    setting.BAR = kept
    print("  halves: found among their rephrasings; wrongly matched among those of the other half")
    print("   bar    found (lowest)   wrong (highest)   100 questions, 1,219 others: wrong")
    for place, bar in enumerate(BARS):
        right, wrong, few = figures[:, place].T
        cells = (np.mean(right), min(right), np.mean(wrong), max(wrong), np.mean(few))
        print("   {:.2f}   {:.3f} ({:.3f})    {:.4f} ({:.4f})   {:.3f}".format(bar, *cells))


def matched(ours, theirs, rows, others, embedder):
    mine, those = [ours[row] for row in rows], [theirs[row] for row in others]
    return leakage(mine, those, rungs=["semantic"], embedder=embedder).pairs


def others_of_the_kind(name: str, seed: int) -> tuple[list[str], list[str]]:
    """Two lists of texts of one kind that do not mean the same: other intents, other airlines, other tasks."""
    dice = np.random.default_rng(seed)
    if name == "banking77":
        rows = pd.read_csv(DATA / name / "test.csv").drop_duplicates("text")
        text, group = "text", "category"
        groups = dice.permutation(rows[group].unique())
        one, other = set(groups[: len(groups) // 2]), set(groups[len(groups) // 2 :])
    elif name == "airline_tweets":
        rows = pd.read_csv(DATA / name / "Tweets.csv")
        rows["words"] = [re.sub(r"@\w+", "", text).strip() for text in rows["text"]]
        rows = rows[rows["words"].str.split().str.len() >= 6].drop_duplicates("words")
        text, group = "words", "airline"
        first, second = dice.permutation(["United", "US Airways", "American", "Southwest", "Delta"])[:2]
        one, other = {first}, {second}
    else:
        tasks = json.loads((DATA / name / "testset-v1.json").read_text(encoding="utf-8"))
        said = list(dict.fromkeys(f"{task['instruction']} {task.get('input') or ''}".strip() for task in tasks))
        order = dice.permutation(len(said))
        return [said[at] for at in order[: len(said) // 2]], [said[at] for at in order[len(said) // 2 :]]
    shuffled = rows.sample(frac=1, random_state=seed)
    return tuple(shuffled[shuffled[group].isin(side)][text].tolist() for side in (one, other))


def on_other_sets(embedder: Remembering) -> None:
    """What the bar was chosen on: wrong matches with other texts of the same kind, at two sizes, eight times each."""
    kept = setting.BAR
    print("  wrongly matched, mean (highest): 659 texts in 660, and 100 texts in up to 1,219")
    for name in ("banking77", "airline_tweets", "pandalm"):
        figures = np.zeros((8, len(BARS), 2))
        for seed in range(8):
            ours, theirs = others_of_the_kind(name, seed)
            for place, bar in enumerate(BARS):
                setting.BAR = bar
                for size, (n, many) in enumerate(((659, 660), (100, 1219))):
                    mine = ours[:n]
                    found = leakage(mine, theirs[:many], rungs=["semantic"], embedder=embedder)
                    figures[seed, place, size] = len(found.pairs) / len(mine)
        setting.BAR = kept
        for place, bar in enumerate(BARS):
            half, few = figures[:, place].T
            cells = f"{half.mean():.4f} ({half.max():.4f})   {few.mean():.4f} ({few.max():.4f})"
            print(f"   {name:15s} {bar:.2f}   {cells}")


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
    letters = np.asarray(list("abcdefghijklmnopqrstuvwxyz"))
    words = np.asarray(["".join(dice.choice(letters, dice.integers(2, 10))) for _ in range(20_000)])
    often = 1 / np.arange(1, len(words) + 1)
    often /= often.sum()
    ours = [" ".join(dice.choice(words, 60, p=often)) for _ in range(1319)]
    theirs = [" ".join(dice.choice(words, 60, p=often)) for _ in range(rows)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for rungs in (("exact",), ("ngram",), ("minhash",), ("substring",), ("semantic",)):
        started = time.process_time()
        found = leakage(ours, theirs, rungs=rungs, embedder=Noise())
        took = time.process_time() - started
        print(f"  {rungs[0]:10s} {took:6.1f} s of processor time, {len(found.pairs):,} pairs")
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
    on_other_sets(embedder)
    rephrased(embedder)
    by_hand(embedder)
    elsewhere(embedder)
    speed(given.rows)


if __name__ == "__main__":
    main()
