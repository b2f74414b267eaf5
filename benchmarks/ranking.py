"""Ranking: how fast, and that shares and their intervals are right over a thousand oversampled draws.

python -m benchmarks.ranking [--draws 1000]
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.sampling import generated, run
from workbench.rank import rank
from workbench.sample import Arm, draw
from workbench.stats.sampling import design, weighted_shares

SIZES = (1, 1, 1, 1, 1, 1, 2, 2, 3, 8)
"""Traces in a group of near-duplicates, as often as they stand here; groups fail together."""


def speed(n: int = 300, codes: int = 30) -> None:
    dice = np.random.default_rng(0)
    rows = [(f"t{i}", "outcome", "fail", "ana", None) for i in range(n)]
    rows += [
        (f"t{i}", "code", f"code {k}", "ana", 1 + k % 5) for i in range(n) for k in range(codes) if dice.random() < 0.06
    ]
    labels = pd.DataFrame(rows, columns=["trace_id", "dimension", "value", "annotator", "severity"])
    sample = pd.DataFrame({"sample_id": "s", "trace_id": [f"t{i}" for i in range(n)]})
    sample = sample.assign(stratum=[f"h{i % 6}" for i in range(n)], weight=[1.0 + i % 6 for i in range(n)])
    taken = []
    for _ in range(9):
        started = time.perf_counter()
        rank(labels, sample=sample)
        taken.append(1000 * (time.perf_counter() - started))
    print(
        f"{statistics.median(taken):.0f} ms (slowest {max(taken):.0f}) for {n} reviewed, {codes} codes, 2,000 redraws"
    )


def by_strata(rounds: int = 20_000) -> None:
    """Simple strata: how often the nominal 95% interval covers the truth."""
    print(f"\nnominal 95%, {rounds:,} draws each: coverage, mean width, naive share, truth")
    dice = np.random.default_rng(5)
    for name, population, drawn, rate in (
        ("reference: 200 of 10,000", (4000, 2500, 2000, 1000, 500), (60, 40, 40, 30, 30), (0.1, 0.1, 0.15, 0.3, 0.5)),
        ("80, the largest without", (1000, 500, 300, 150, 50), (32, 20, 16, 8, 4), (0, 0.15, 0.3, 0.2, 0.2)),
        ("80, the smallest without", (1000, 500, 300, 150, 50), (24, 20, 20, 10, 6), (0.05, 0.1, 0.3, 0.4, 0)),
        ("100, the second without", (1200, 300, 300, 150, 50), (30, 20, 25, 15, 10), (0.05, 0, 0.4, 0.2, 0.2)),
        ("300, strongly oversampled", (4000, 400, 200, 100), (100, 80, 70, 50), (0.08, 0.3, 0.5, 0)),
        ("20 of the half without", (2000, 2000), (20, 80), (0, 0.3)),
        ("few: 2.3%", (1200, 300, 300, 150, 50), (40, 20, 25, 10, 5), (0.01, 0, 0.1, 0.02, 0.02)),
        ("very few: 0.7%", (1200, 300, 300, 150, 50), (40, 20, 25, 10, 5), (0.005, 0, 0.02, 0.02, 0)),
    ):
        size, n = np.array(population, dtype=float), np.array(drawn)
        failing = np.round(size * rate).astype(int)
        stratum = np.repeat(np.arange(len(n)), n)
        columns = [
            dice.hypergeometric(int(k), int(all_ - k), int(many), size=rounds)
            for k, all_, many in zip(failing, size, n, strict=True)
        ]
        has = np.concatenate([np.arange(many) for many in n])[:, None] < np.stack(columns)[stratum]
        truth = failing.sum() / size.sum()
        found = weighted_shares(has, design(stratum, (size / n)[stratum], size))
        covered = np.mean([each.low <= truth <= each.high for each in found])
        width = np.mean([each.high - each.low for each in found])
        print(f"  {name:28} {covered:.3f}  {width:.3f}  {has.mean():.3f}  {truth:.3f}", flush=True)


def by_groups(rounds: int) -> None:
    """Groups of near-duplicates of unequal size that fail together, drawn by the sampling step itself."""
    dice = np.random.default_rng(1)
    sizes = dice.choice(SIZES, 900)
    unit = np.repeat(np.arange(900), sizes)
    signal, slow = (dice.random(900) < 0.15)[unit], (dice.random(900) < 0.2)[unit]
    quiet = (dice.random(900) < 0.15)[unit]
    fails = (dice.random(900)[unit] < np.where(signal, 0.5, np.where(slow, 0.25, 0.05))) & ~quiet
    ids = np.array([f"t{place:05d}" for place in range(len(unit))], dtype=object)
    arms = [Arm("quiet", 15, quiet), Arm("signals", 45, signal), Arm("slow", 20, slow)]
    for n in (80, 200):
        shares, covered, naive = [], [], []
        for seed in range(rounds):
            rows = draw(ids, unit, arms, n=n, seed=seed).rows
            places = rows["trace_id"].str.slice(1).astype(int).to_numpy()
            names, stratum = np.unique(rows["stratum"], return_inverse=True)
            size = rows.groupby("stratum")["population"].first().loc[names].to_numpy()
            (found,) = weighted_shares(fails[places][:, None], design(stratum, rows["weight"].to_numpy(), size))
            shares.append(found.estimate)
            covered.append(found.low <= fails.mean() <= found.high)
            naive.append(fails[places].mean())
        _report(f"groups of 1 to 8 that fail together, {n} of {len(ids):,}", shares, covered, naive, fails.mean())


def through_the_command_line(draws: int, n: int = 2000) -> None:
    """80 drawn, extended by 40, ranked, all by the verbs; every trace is labelled, so each draw is read at once."""
    with tempfile.TemporaryDirectory() as folder:
        ws, fails = generated(n, Path(folder) / "w")
        ids = ws.traces(columns=["trace_id"])["trace_id"]
        failing = fails[[int(each[1:]) for each in ids]]
        rows = [{"dimension": "outcome", "value": "fail" if bad else "pass"} for bad in failing]
        coded = [{"dimension": "code", "value": "wrong", "severity": 3} for _ in range(int(failing.sum()))]
        who = [*ids, *ids[failing]]
        ws.store.add_labels(
            [{"trace_id": each, "annotator": "ana", **row} for each, row in zip(who, rows + coded, strict=True)]
        )
        ws.change_codebook("create", "wrong", author="ana", reason="benchmark")
        found: dict[str, tuple[list, list, list]] = {"80": ([], [], []), "80 and 40 more": ([], [], [])}
        started = time.perf_counter()
        for seed in range(draws):
            sample_id = run(ws, "sample", "--n", "80", "--plan", "oversampled", "--seed", str(seed))["sample_id"]
            for name in found:
                if name != "80":
                    run(ws, "sample", "--n", "40", "--extend", sample_id)
                row = run(ws, "rank", "--sample", sample_id)["codes"][0]
                shares, covered, naive = found[name]
                shares.append(row["share"])
                covered.append(row["low"] <= fails.mean() <= row["high"])
                naive.append(row["naive"])
        each = 1000 * (time.perf_counter() - started) / draws
        print(f"\nby the verbs sample, sample --extend and rank, twice: {each:.0f} ms a round")
        for name, (shares, covered, naive) in found.items():
            _report(f"{name} of {n:,}", shares, covered, naive, fails.mean())


def _report(name: str, shares: list, covered: list, naive: list, truth: float) -> None:
    error = np.std(shares) / len(shares) ** 0.5
    print(
        f"  {name}, {len(shares):,} draws: truth {truth:.4f}, weighted {np.mean(shares):.4f}"
        f" ({(np.mean(shares) - truth) / error:+.1f} Monte Carlo SE), naive {np.mean(naive):.4f},"
        f" 95% interval covers {np.mean(covered):.1%}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1_000)
    draws = parser.parse_args().draws
    speed()
    by_strata()
    print()
    by_groups(draws)
    through_the_command_line(draws)


if __name__ == "__main__":
    main()
