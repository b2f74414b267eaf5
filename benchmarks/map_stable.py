"""Stable maps: ids kept by a rebuilt map, groups that are proposed, and 1,000 new traces on a map of 100,000.

python -m benchmarks.map_stable [--only ids proposals large] [--seeds 5] [--demo WORKSPACE]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from benchmarks.map_sets import banking77
from workbench import Workspace, atlas, lineage
from workbench.clusters import place
from workbench.clusters.graph import distinct
from workbench.clusters.maps import communities_of
from workbench.clusters.proposing import closeness, cut_of, propose
from workbench.embed import load_embedder, text_hash

FOLDER = Path(os.environ.get("WORKBENCH_TEST_DATA", "../shared/data"))
PARTS = ("ids", "proposals", "large")
VIEW = {"embedder": "as given", "view": "as given"}


def tweets() -> tuple[list[str], np.ndarray]:
    frame = pd.read_csv(FOLDER / "airline_tweets" / "Tweets.csv")
    return frame["text"].tolist(), frame["negativereason"].fillna("none").to_numpy(dtype=str)


# ---- ids


def ids(seeds: int, demo: Path | None) -> None:
    """Rebuild maps of unchanged data: with other seeds, of texts in another order, of nine tenths of them."""
    embedder = load_embedder()
    sets = {name: (texts, embedder.encode(texts)) for name, (texts, _) in (("banking77", banking77(FOLDER)),
                                                                          ("airline_tweets", tweets()))}  # fmt: skip
    if demo is not None:
        ws = Workspace(demo)
        frame = atlas.texts(ws.traces(columns=["trace_id", "input", "output", "messages"], order_by="trace_id"), "user")
        sets["demo"] = (frame["text"].tolist(), embedder.encode(frame["text"].tolist()))
    for name, (texts, vectors) in sets.items():
        first = made(texts, vectors, np.arange(len(texts)), seed=0, before=None)
        print(f"{name}: {len(texts):,} texts, {first.counts['clusters']} clusters", flush=True)
        for title in ("another seed", "another seed and order", "nine tenths of the texts"):
            random = np.random.default_rng(1)
            found = [
                made(texts, vectors, rows_for(title, len(texts), random), seed=seed, before=first)
                for seed in range(1, seeds + 1)
            ]
            kept = [each.counts["kept"] / first.counts["clusters"] for each in found]
            named, points = (np.mean([share(first, each) for each in found]) for share in (names_kept, points_kept))
            told = ", ".join(f"{100 * share:.0f}" for share in kept)
            print(
                f"  {title}: ids kept {100 * np.mean(kept):.1f}% ({told}); of those {100 * named:.0f}% with their name;"
                f" traces with the same cluster {100 * points:.1f}%",
                flush=True,
            )


def rows_for(title: str, n: int, random: np.random.Generator) -> np.ndarray:
    if title == "another seed":
        return np.arange(n)
    order = random.permutation(n)
    return order if title == "another seed and order" else np.sort(order[: 9 * n // 10])


def made(texts: list[str], vectors: np.ndarray, rows: np.ndarray, *, seed: int, before: object) -> atlas.StorableMap:
    """A map of some rows, with the ids of the map before."""
    frame = pd.DataFrame({"trace_id": [f"t{row}" for row in rows], "text": [texts[row] for row in rows]})
    frame["text_hash"] = frame["trace_id"]
    new = atlas.build(
        frame, vectors[rows], map_id=f"m{seed}", embed=None, view=VIEW, options={"method": "communities", "seed": seed}
    )
    return lineage.carried(new, None if before is None else stored(before), next_id=0 if before is None else 10_000,
                           comparable=True)  # fmt: skip


def stored(one: atlas.StorableMap) -> SimpleNamespace:
    """A map as the store gives it back."""
    return SimpleNamespace(
        map_id=one.map_id, points=one.points, clusters=one.clusters, params=one.params,
        arrays=tuple(one.arrays), array=one.arrays.__getitem__,
    )  # fmt: skip


def names_kept(first: atlas.StorableMap, other: atlas.StorableMap) -> float:
    both = first.clusters[["cluster", "name"]].merge(other.clusters[["cluster", "name"]], on="cluster")
    return float((both["name_x"] == both["name_y"]).mean())


def points_kept(first: atlas.StorableMap, other: atlas.StorableMap) -> float:
    both = first.points[["trace_id", "cluster"]].merge(other.points[["trace_id", "cluster"]], on="trace_id")
    return float((both["cluster_x"].fillna(-1) == both["cluster_y"].fillna(-1)).mean())


# ---- proposals


def proposals(seeds: int) -> None:
    """Place known questions, held-out intents and foreign texts on maps of 3,000 questions; what is proposed."""
    embedder = load_embedder()
    texts, truth = banking77(FOLDER)
    said, reasons = tweets()
    vectors, foreign = embedder.encode(texts), embedder.encode(said)
    halves_alike(vectors, truth)
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        rows = random.permutation(len(texts))
        held = random.permutation(truth.max() + 1)[:5]
        known = rows[~np.isin(truth[rows], held)]
        unknown = np.flatnonzero(np.isin(truth, held))
        strangers = random.permutation(len(said))[:500]
        later = rows[3000:5000]
        proposed(f"{seed}: 2,000 more of the same", vectors[rows[:3000]], vectors[later], truth[later])
        proposed(f"{seed}: five intents that were held out", vectors[known[:3000]], vectors[unknown], truth[unknown])
        proposed(f"{seed}: 500 tweets on a map of a bank", vectors[rows[:3000]], foreign[strangers], reasons[strangers])


def proposed(title: str, on: np.ndarray, new: np.ndarray, kind: np.ndarray) -> None:
    labels = communities_of(on)
    points = pd.DataFrame({"x": 0.0, "y": 0.0, "cluster": pd.Series(labels, dtype="Int64").mask(labels < 0)})
    off = place(new, on, points)["off_map"].to_numpy()
    groups = propose(new[off], cut=cut_of(closeness(on, labels)))
    largest = [np.unique(kind[off][group.rows], return_counts=True)[1].max() for group in groups]
    told = ", ".join(
        f"{len(group.rows)} ({group.sure}, {most / len(group.rows):.0%} of one kind)"
        for group, most in zip(groups, largest, strict=True)
    )
    print(f"  {title}: {off.mean():.1%} off the map, {len(groups)} proposals: {told or 'none'}", flush=True)


def halves_alike(vectors: np.ndarray, truth: np.ndarray) -> None:
    """How alike the centroids of two halves of one cluster are, and those of neighbouring clusters."""
    labels = communities_of(vectors)
    unit = distinct(vectors).vectors[distinct(vectors).of_row]
    half = np.random.default_rng(0).permutation(len(labels)) % 2
    n = labels.max() + 1
    means = [np.stack([unit[(labels == c) & (half == h)].mean(axis=0) for c in range(n)]) for h in (0, 1)]
    means = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in means]
    close = means[0] @ means[1].T
    own = np.diag(close).copy()
    np.fill_diagonal(close, -1)
    low, middle = np.quantile(own, [0.05, 0.5])
    print(
        f"  cosine between the centroids of two halves of a cluster: median {middle:.3f}, 5% below {low:.3f};"
        f" to the nearest other cluster: median {np.median(close.max(axis=1)):.3f}, 5% above"
        f" {np.quantile(close.max(axis=1), 0.95):.3f}",
        flush=True,
    )


# ---- large


@contextmanager
def timed(what: str) -> Iterator[None]:
    start, used = time.perf_counter(), time.process_time()
    yield
    print(f"  {what}: {time.perf_counter() - start:.1f} s, {time.process_time() - used:.1f} s of processor", flush=True)


class Given:
    """An embedder whose vectors of traces are all known; for the phrases of names it says nothing of use."""

    name = "generated"

    def encode(self, texts: list[str], **_: object) -> np.ndarray:
        """Give one direction for everything."""
        return np.ones((len(texts), 384), dtype=np.float32) / np.sqrt(384)


def large(n: int = 100_000, more: int = 1_000, d: int = 384) -> None:
    """Update a stored map of generated traces through the verb, embedding aside."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(201, d)).astype(np.float32)
    topic = np.append(random.integers(0, 200, n + more - 50), np.full(50, 200))  # the last 50: a subject of their own
    with tempfile.TemporaryDirectory() as folder:
        ws = Workspace.create(Path(folder) / "w")
        ws.__dict__["embedder"] = Given()
        hashes = [text_hash(f"case {i} about subject {topic[i]}") for i in range(n + more)]
        add(ws, topic, hashes, range(n))
        vectors = centres[topic] + 1.2 * random.normal(size=(n + more, d)).astype(np.float32)
        ws.store.add_vectors("generated", hashes, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        with timed(f"a map of {n:,}"):
            first = ws.map()
        before = ws.store.map(first.map_id).points
        add(ws, topic, hashes, range(n, n + more))
        with timed(f"map --update with {more:,} more"):
            second = ws.map(update=True)
        after = ws.store.map(second.map_id).points
        moved = int((after[["x", "y"]].iloc[:n].to_numpy() != before[["x", "y"]].to_numpy()).any(axis=1).sum())
        same = after["trace_id"].iloc[:n].tolist() == before["trace_id"].tolist()
        told = f"{second.placed:,} placed, {moved if same else 'some'} of {n:,} points moved"
        print(f"  {told}, {second.off_map} off the map, {second.proposals} proposals", flush=True)
        with timed("proposals, with words and draws"):
            found = ws.cluster_proposals()
        if len(found.frame):
            with timed("accepting one"):
                ws.accept_cluster(found.frame["proposal"].iloc[0], name="a subject of its own", by="benchmark")
        with timed("lineage"):
            ws.cluster_lineage()
        with timed("a new map with the ids of the old"):
            third = ws.map(seed=1)
        print(f"  {third.kept} clusters kept, {third.new} new, {third.gone} gone", flush=True)


def add(ws: Workspace, topic: np.ndarray, hashes: list[str], rows: range) -> None:
    start = datetime(2026, 10, 12, tzinfo=UTC)
    with ws.store.writing(), ws.store.new_batch() as batch:
        for at in range(rows.start, rows.stop, 5000):
            batch.add_traces(
                [
                    {
                        "trace_id": f"g{i:07d}", "session_id": f"s{i // 2:07d}", "source": "generated", "status": "ok",
                        "started_at": start + timedelta(seconds=30 * i), "input": f"case {i} about subject {topic[i]}",
                        "output": "yes", "signals": [], "text_hash": hashes[i],
                    }
                    for i in range(at, min(at + 5000, rows.stop))
                ]
            )  # fmt: skip
        batch.commit({"traces": len(rows), "rows": len(rows), "files": []})


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    given.add_argument("--seeds", type=int, default=5)
    given.add_argument("--demo", type=Path, help="a workspace with the demo in it")
    chosen = given.parse_args()
    for part in chosen.only:
        print(part, flush=True)
        {"ids": lambda: ids(chosen.seeds, chosen.demo), "proposals": lambda: proposals(min(chosen.seeds, 3)),
         "large": large}[part]()  # fmt: skip


if __name__ == "__main__":
    main()
