"""How often the gate errs, and how often it cannot tell.

python benchmarks/gate.py [--runs 1000]
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
from workbench.contract import EvaluationContract
from workbench.gate import gate
from workbench.gate.decide import Evidence, decide, verdict_of
from workbench.gate.measures import Level
from workbench.gate.rules import FAILS
from workbench.stats.power import paired

SIZES = (50, 100, 200, 312, 500, 1000, 2000)
INTENTS = (0.30, 0.25, 0.20, 0.12, 0.08, 0.05)
TONES = (0.5, 0.3, 0.2)
LEVELS = (0.4, 0.35, 0.25)
WORDS = ("pass", "fail", "undecided")


def run_pair(rng: np.random.Generator, n: int, share: float, drop: float, psi: float) -> tuple[np.ndarray, np.ndarray]:
    """Verdicts of a run and of the baseline: the baseline's share, how much the run lost, the discordance."""
    lost, gained = (psi + drop) / 2, (psi - drop) / 2
    cell = rng.choice(4, size=n, p=[share - lost, lost, gained, 1 - share - gained])
    return np.isin(cell, (0, 2)).astype(float), np.isin(cell, (0, 1)).astype(float)


def slices(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Twelve slices of three columns that overlap."""
    found = {}
    for name, shares in (("intent", INTENTS), ("tone", TONES), ("level", LEVELS)):
        value = rng.choice(len(shares), size=n, p=shares)
        found |= {f"{name}={k}": value == k for k in range(len(shares))}
    return found


def verdicts(
    terms: EvaluationContract,
    n: int,
    drop: float,
    psi: float,
    *,
    runs: int,
    share: float = 0.9,
    mode: str = "deep",
    anytime: bool = False,
) -> dict[str, float]:
    """Shares of pass, fail and undecided."""
    rng = np.random.default_rng([n, int(1000 * psi), int(1000 * (drop + 1))])
    slack = terms.trip_margin if mode == "trip-wire" else 0.0
    level = Level(terms.alpha, terms.margin_of(mode), slack, anytime)
    count = dict.fromkeys(WORDS, 0)
    for _ in range(runs):
        now, before = run_pair(rng, n, share, drop, psi)
        count[verdict_of(decide(Evidence(now, before, slices(rng, n), {}), terms, level, coarse=mode != "deep"))] += 1
    return {word: count[word] / runs for word in WORDS}


def table(
    title: str,
    terms: EvaluationContract,
    rows: list[tuple[int, float]],
    drops: tuple[float, ...],
    runs: int,
    **options: object,
) -> None:
    print(f"\n{title}\n\n| n | discordance |" + "".join(f" {_named(drop)} |" for drop in drops))
    print("|---|---|" + "---|" * len(drops))
    for n, psi in rows:
        cells = []
        for drop in drops:
            if abs(drop) > psi:
                cells.append("")
                continue
            share = 0.9 if psi <= 0.1 else 0.8
            found = verdicts(terms, n, drop, psi, runs=runs, share=share, **options)  # type: ignore[arg-type]
            cells.append(" / ".join(f"{100 * found[word]:.1f}" for word in WORDS))
        print(f"| {n:,} | {100 * psi:g}% | " + " | ".join(cells) + " |", flush=True)


def _named(drop: float) -> str:
    return "no change" if drop == 0 else f"{abs(100 * drop):g} points {'worse' if drop > 0 else 'better'}"


def planted(runs: int) -> None:
    """A slice of 8% breaks while everything else gets better, so that the whole rises."""
    print("\nA slice of 8% breaks, the rest rises by 8 points: fail / the slice is named / overall rises in the run\n")
    print("| n | cases of the slice | 90% to 60% | 90% to 40% | 90% to 20% |\n|---|---|---|---|---|")
    terms = EvaluationContract()
    for n in (100, 200, 312, 500, 1000, 2000):
        cells = []
        for left in (0.6, 0.4, 0.2):
            rng = np.random.default_rng([n, int(100 * left)])
            failed = named = rose = 0
            for _ in range(runs):
                members = slices(rng, n)
                broken = members["intent=4"]
                now, before = run_pair(rng, n, 0.9, -0.08, 0.10)
                now = np.where(broken, (before == 1) & (rng.random(n) < left / 0.9), now).astype(float)
                checks = decide(Evidence(now, before, members, {}), terms, Level(), coarse=False)
                failed += verdict_of(checks) == "fail"
                named += any(check.name == "intent=4" and check.state == FAILS for check in checks)
                rose += now.mean() > before.mean()
            cells.append(" / ".join(f"{100 * each / runs:.0f}" for each in (failed, named, rose)))
        print(f"| {n:,} | {round(0.08 * n)} | " + " | ".join(cells) + " |", flush=True)


def peeking(runs: int) -> None:
    """A run that grows to 600 cases and is looked at after every 50: how often harmless changes fail at some look."""
    terms, failed = EvaluationContract(), {False: 0, True: 0}
    rng = np.random.default_rng(9)
    for _ in range(runs):
        now, before = run_pair(rng, 600, 0.9, 0.0, 0.10)
        members = slices(rng, 600)
        for anytime in failed:
            level = Level(anytime=anytime)
            failed[anytime] += any(
                verdict_of(
                    decide(
                        Evidence(now[:n], before[:n], {name: each[:n] for name, each in members.items()}, {}),
                        terms, level, coarse=False,
                    )
                )
                == "fail"
                for n in range(50, 601, 50)
            )  # fmt: skip
    print(f"\nno change, twelve looks at a growing run: fails at some look {100 * failed[False] / runs:.1f}%", end="")
    print(f", with anytime {100 * failed[True] / runs:.1f}%")


def speed() -> None:
    rng = np.random.default_rng(0)
    n = 2000
    now, before = run_pair(rng, n, 0.9, 0.02, 0.10)
    cases = pd.DataFrame({"case_id": [f"c{i}" for i in range(n)], "intent": rng.choice(list("abcdefgh"), n)})
    frames = [pd.DataFrame({"case_id": cases["case_id"], "passed": each == 1}) for each in (now, before)]
    start = time.perf_counter()
    gate(cases, frames[0], EvaluationContract(threshold=0.8), baseline=frames[1])
    print(f"\ngate of 2,000 cases and 8 slices: {time.perf_counter() - start:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    rows = [(n, 0.10) for n in SIZES] + [(paired(0.05, psi), psi) for psi in (0.05, 0.20, 0.30)]
    drops = (0.0, 0.05, 0.10, 0.025, -0.05)
    print("pass / fail / undecided in percent, base rate 90% (80% where the discordance is above 10%), 12 slices")
    table("Baseline only, margin 5 points", EvaluationContract(), rows, drops, runs)
    table("and a threshold of 85%", EvaluationContract(threshold=0.85), [(n, 0.10) for n in SIZES], drops[:3], runs)
    edge = EvaluationContract(threshold=0.9, slice_threshold=0.9)
    table("Thresholds at the true rate itself, slices too", edge, [(n, 0.10) for n in SIZES], (0.0,), runs)
    critical = EvaluationContract(slice_threshold=0.75, critical=("intent=2",))
    table("a critical slice of 20%, slices above 75%", critical, [(n, 0.10) for n in SIZES], drops[:3], runs)
    trip = [(n, psi) for n in (50, 100, 150, 200) for psi in (0.10, 0.20)]
    table("Trip-wire, margin 10 points, threshold 75%", EvaluationContract(threshold=0.75), trip, (0.0, 0.05, 0.10, 0.20), runs, mode="trip-wire")  # fmt: skip  # noqa: E501
    table(
        "Anytime",
        EvaluationContract(),
        [(n, 0.10) for n in (200, 312, 500, 1000)],
        drops[:3],
        max(50, runs // 4),
        anytime=True,
    )
    planted(runs)
    peeking(max(50, runs // 10))
    speed()


if __name__ == "__main__":
    main()
