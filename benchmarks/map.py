"""How good and how fast maps are, beside BERTopic's defaults on the same vectors: ``python -m benchmarks.map``.

Quality is normalised mutual information with known intents, the unclustered counted as a label of their own. Speed is
a ratio within this run, both sides end to end from texts: in a fresh process, and again in the same process. BERTopic
runs in ``benchmarks/.venv``, which the first run makes from benchmarks/requirements.txt; where that fails, it is not
compared.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.map_sets import banking77, complaints, subsets
from workbench.clusters import METHODS, build_map
from workbench.embed import load_embedder

FOLDER = Path(os.environ.get("WORKBENCH_TEST_DATA", "../shared/data"))
BERTOPIC = Path("benchmarks/.venv/bin/python")
SEEDS = (0, 1, 2)
PARTS = ("quality", "redaction", "speed", "large")


def score(truth: np.ndarray, found: np.ndarray) -> tuple[float, float, float, float]:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    clusters = len(set(found.tolist()) - {-1})
    return (
        normalized_mutual_info_score(truth, found),
        adjusted_rand_score(truth, found),
        clusters,
        float((found < 0).mean()),
    )


def clusters_of(vectors: np.ndarray, **settings: object) -> np.ndarray:
    made = build_map(vectors, [""] * len(vectors), **settings)
    return made.points["cluster"].fillna(-1).to_numpy(dtype=np.int64)


def bertopic_of(sets: dict) -> dict[str, np.ndarray]:
    if not BERTOPIC.exists():
        return {}
    with tempfile.TemporaryDirectory() as place:
        for i, (texts, _, vectors) in enumerate(sets.values()):
            np.save(Path(place) / f"{i:03}.npy", vectors)
            (Path(place) / f"{i:03}.json").write_text(json.dumps(texts))
        subprocess.run([BERTOPIC, "benchmarks/map_bertopic.py", "fit", place], check=True, stderr=subprocess.DEVNULL)
        return {name: np.array(json.loads((Path(place) / f"{i:03}.topics").read_text())) for i, name in enumerate(sets)}


def quality() -> None:
    embedder = load_embedder()
    texts, truth = banking77(FOLDER)
    vectors = embedder.encode(texts)
    sets = {"banking77-0": (texts, truth, vectors), **subsets(texts, truth, vectors, seed=77)}
    said, reasons = complaints(FOLDER)
    sets["airline complaints-0"] = (said, reasons, embedder.encode(said))
    rows = defaultdict(list)
    for name, (_, labels, these) in sets.items():
        kind = name.rpartition("-")[0]
        for seed in SEEDS if kind == "banking77" else (0,):
            rows[kind, "communities"].append(score(labels, clusters_of(these, seed=seed)))
        rows[kind, "communities, reassigned"].append(score(labels, clusters_of(these, reassign=True)))
        for method in METHODS:
            if method != "communities":
                rows[kind, method].append(score(labels, clusters_of(these, method=method)))
    for name, found in bertopic_of(sets).items():
        rows[name.rpartition("-")[0], "BERTopic defaults"].append(score(sets[name][1], found))
    print(f"{'set':22}{'method':26}{'NMI':>7}{'±':>6}{'ARI':>7}{'clusters':>10}{'unclustered':>13}{'runs':>6}")
    for (kind, method), scores in sorted(rows.items(), key=lambda item: item[0][0]):
        nmi, ari, k, left = np.mean(scores, axis=0)
        spread = np.std([one[0] for one in scores])
        print(f"{kind:22}{method:26}{nmi:7.3f}{spread:6.3f}{ari:7.3f}{k:10.0f}{left:13.1%}{len(scores):6}", flush=True)


def redaction() -> None:
    from workbench.embed import plain_words
    from workbench.redact import Redactor

    embedder = load_embedder()
    texts, truth = banking77(FOLDER)
    redacted, _ = Redactor().redact(texts)
    words = [plain_words(text) for text in redacted]
    changed = np.mean([one != other for one, other in zip(texts, words, strict=True)])
    for name, said in (("raw text", texts), ("redacted", words)):
        print(f"banking77, {name}: NMI {score(truth, clusters_of(embedder.encode(said)))[0]:.3f}")
    print(f"texts that redaction changed: {changed:.1%}")


def end_to_end(times: int) -> None:
    """Embed and map banking77 as many times as asked; print the seconds of each."""
    texts, _ = banking77(FOLDER)
    for _ in range(times):
        start = time.perf_counter()
        embedder = load_embedder()
        build_map(embedder.encode(texts), texts, embed=embedder.encode)
        print(time.perf_counter() - start, flush=True)


def timed(command: list) -> tuple[float, list[float]]:
    """Seconds of a whole process, and those it printed itself."""
    start = time.perf_counter()
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, [float(line) for line in run.stdout.split()]


def speed() -> None:
    from workbench.embed.minilm import installed_folder

    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "texts.json").write_text(json.dumps(banking77(FOLDER)[0]))
        ours = [sys.executable, "-m", "benchmarks.map", "--end-to-end"]
        theirs = [BERTOPIC, "benchmarks/map_bertopic.py", "end_to_end", place, str(installed_folder())]
        seconds = defaultdict(list)
        # fresh and warm in turn, so that a busy machine is busy for both
        for _ in range(2):
            for side, command in (("ours", ours), ("BERTopic", theirs)):
                if side == "ours" or BERTOPIC.exists():
                    whole, inner = timed([*command, "2"])
                    seconds[side, "fresh"].append(whole - inner[1])
                    seconds[side, "warm"].append(inner[1])
                    print(f"{side}: fresh {whole - inner[1]:.1f} s, warm {inner[1]:.1f} s", flush=True)
    for state in ("fresh", "warm"):
        mine, other = np.median(seconds["ours", state]), np.median(seconds["BERTopic", state] or [np.nan])
        print(f"texts to map, {state}: {mine:.1f} s; BERTopic {other:.1f} s; ratio {other / mine:.2f}", flush=True)


def large(n: int = 100_000) -> None:
    random = np.random.default_rng(0)
    centres = random.normal(size=(200, 384))
    vectors = (centres[random.integers(0, 200, n)] + 1.5 * random.normal(size=(n, 384))).astype(np.float32)
    stages: dict[str, float] = {}
    last = [time.perf_counter(), "neighbours"]

    def progress(stage: str, done: int, total: int | None) -> None:
        now = time.perf_counter()
        stages[stage] = stages.get(stage, 0.0) + now - last[0]
        last[0] = now

    start = time.perf_counter()
    made = build_map(vectors, ["please change my flight to a later date"] * n, progress=progress)
    seconds = time.perf_counter() - start
    spent = ", ".join(f"{stage} {part:.0f}" for stage, part in stages.items())
    print(
        f"{n:,} generated vectors to a map: {seconds:.0f} s ({spent}); {len(made.clusters)} clusters of 200", flush=True
    )


def bertopic_environment() -> None:
    """Make BERTopic's own environment where it is absent; without it the comparison is left out."""
    if BERTOPIC.exists():
        return
    print("making benchmarks/.venv for BERTopic (some minutes, once)", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", "benchmarks/.venv"], check=True)
        subprocess.run([BERTOPIC, "-m", "pip", "install", "-q", "-r", "benchmarks/requirements.txt"], check=True)
    except subprocess.CalledProcessError:
        shutil.rmtree("benchmarks/.venv", ignore_errors=True)
        print("BERTopic could not be installed: it is not compared")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--end-to-end", type=int, metavar="TIMES", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.end_to_end:
        end_to_end(chosen.end_to_end)
        return
    bertopic_environment()
    for part in chosen.only:
        {"quality": quality, "redaction": redaction, "speed": speed, "large": large}[part]()


if __name__ == "__main__":
    main()
