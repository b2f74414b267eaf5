"""Labelled sets for the map benchmark: banking77 whole, at random, and cut into few intents of unlike sizes.

Small random samples of 77 intents hold one or two texts of most, which no product's traffic does; the skewed sets,
with intent sizes falling as 1, 1/2, 1/3, ..., are nearer to it.
"""

from pathlib import Path

import numpy as np
import pandas as pd

Labelled = tuple[list[str], np.ndarray, np.ndarray]


def banking77(folder: Path) -> tuple[list[str], np.ndarray]:
    frame = pd.concat([pd.read_csv(folder / "banking77" / name) for name in ("train.csv", "test.csv")])
    return frame["text"].tolist(), frame["category"].astype("category").cat.codes.to_numpy()


def complaints(folder: Path) -> tuple[list[str], np.ndarray]:
    frame = pd.read_csv(folder / "airline_tweets" / "Tweets.csv")
    frame = frame[frame["negativereason"].notna() & (frame["negativereason"] != "Can't Tell")]
    return frame["text"].tolist(), frame["negativereason"].astype("category").cat.codes.to_numpy()


def subsets(
    texts: list[str], truth: np.ndarray, vectors: np.ndarray, *, seed: int, times: int = 3
) -> dict[str, Labelled]:
    """Named parts of a labelled set; the name before the last dash is the kind of part."""
    random = np.random.default_rng(seed)

    def part(rows: np.ndarray) -> Labelled:
        return [texts[row] for row in rows], truth[rows], vectors[rows]

    found = {}
    for i in range(times):
        for n in (1500, 400):
            found[f"random {n}-{i}"] = part(random.choice(len(texts), n, replace=False))
        for intents, n in ((10, 100), (6, 300), (12, 600), (25, 1500)):
            shares = 1 / np.arange(1, intents + 1)
            sizes = np.maximum(2, np.round(n * shares / shares.sum()).astype(int))
            picked = [
                random.permutation(np.flatnonzero(truth == intent))[:size]
                for intent, size in zip(random.permutation(truth.max() + 1)[:intents], sizes, strict=True)
            ]
            found[f"{intents} skewed {n}-{i}"] = part(random.permutation(np.concatenate(picked)))
    return found
