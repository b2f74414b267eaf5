"""Sampling: how fast groups and draws are, and that a thousand draws through the command line are right on average.

python -m benchmarks.sampling [--traces 100000] [--draws 1000]
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent.parent))
from workbench import Workspace
from workbench.cli import cli
from workbench.workspace.frame import marks

PLAN = """
[sample.plans.oversampled]
strata = [
  { name = "quiet", share = 15, where = "release = 'quiet'" },
  { name = "signals", share = 45, condition = "failure_signals" },
  { name = "slow", share = 20, where = "latency_ms > 800" },
]
"""


def generated(n: int, folder: Path) -> tuple[Workspace, np.ndarray]:
    """Write n traces of 90 words, a tenth of them near-duplicates of others; and which of them fail."""
    dice = np.random.default_rng(0)
    ws = Workspace.create(folder)
    words = np.asarray([f"word{place}" for place in range(20_000)])
    base = [" ".join(dice.choice(words, 90)) for _ in range(max(n // 100, 1))]
    signal, slow, quiet = dice.random(n) < 0.1, dice.random(n) < 0.2, dice.random(n) < 0.15
    fails = (dice.random(n) < np.where(signal, 0.5, np.where(slow, 0.25, 0.05))) & ~quiet
    with ws.store.new_batch() as batch:
        for start in range(0, n, 1000):
            rows = []
            for place in range(start, min(start + 1000, n)):
                again = dice.random() < 0.1
                text = base[dice.integers(len(base))] if again else " ".join(dice.choice(words, 90))
                rows.append(
                    {
                        "trace_id": f"t{place:06d}",
                        "started_at": datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=place),
                        "input": text + (f" extra{place % 3}" if again else ""),
                        "latency_ms": 900.0 if slow[place] else 100.0,
                        "feedback": -1 if signal[place] else None,
                        "release": "quiet" if quiet[place] else "1",
                    }
                )
            batch.add_traces(rows)
        batch.commit({})
    (folder / "workspace.toml").write_text(PLAN)
    return Workspace(folder), fails


def took(call, times: int = 5) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def speed(n: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ws, _ = generated(n, Path(folder) / "w")
        started = time.perf_counter()
        groups = marks(ws.store)["unit"].nunique()
        print(
            f"{n:,} traces of 90 words: {time.perf_counter() - started:.1f} s for groups and guesses, {groups:,} groups"
        )
        print(f"  {1000 * took(lambda: ws.sample(80)):7.0f} ms  a draw of 80, stratified")
        print(f"  {1000 * took(lambda: ws.sample(80, plan='random')):7.0f} ms  a draw of 80, random")
        sample_id = ws.sample(80).sample_id
        print(f"  {1000 * took(lambda: ws.sample(20, extend=sample_id)):7.0f} ms  an extension by 20")
        print(f"  {1000 * took(ws.samples):7.0f} ms  the list of samples", flush=True)
        ws.store.close()


def unbiased(draws: int, n: int = 2000) -> None:
    """Draw by the command line's own verbs, in this process: 80 and then 40 more, with overlapping strata."""
    with tempfile.TemporaryDirectory() as folder:
        ws, fails = generated(n, Path(folder) / "w")
        started = time.perf_counter()
        first, later, naive = [], [], []
        for seed in range(draws):
            words = ["sample", "--n", "80", "--plan", "oversampled", "--seed", str(seed)]
            drawn = run(ws, *words)
            first.append(share(ws, drawn["sample_id"], fails))
            run(ws, "sample", "--n", "40", "--extend", drawn["sample_id"])
            later.append(share(ws, drawn["sample_id"], fails))
            naive.append(share(ws, drawn["sample_id"], fails, weighted=False))
        each = (time.perf_counter() - started) / draws
        print(f"{draws:,} draws of 80 and extensions by 40 from {n:,} traces, {1000 * each:.0f} ms each")
        print(f"  truth {fails.mean():.4f}")
        for name, found in (("weighted, 80", first), ("weighted, 120", later), ("naive, 120", naive)):
            error = np.std(found) / draws**0.5
            bias = np.mean(found) - fails.mean()
            print(
                f"  {name:15} mean {np.mean(found):.4f}  bias {bias:+.4f} = {bias / error:+.1f} Monte Carlo SE",
                flush=True,
            )


def run(ws: Workspace, *words: str) -> dict:
    result = CliRunner().invoke(cli, ["-w", str(ws.path), *words, "--json"], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout)


def share(ws: Workspace, sample_id: str, fails: np.ndarray, *, weighted: bool = True) -> float:
    rows = ws.store.samples(sample_id)
    failing = fails[[int(each[1:]) for each in rows["trace_id"]]]
    weight = rows["weight"].to_numpy() if weighted else np.ones(len(rows))
    return float((weight * failing).sum() / weight.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, nargs="+", default=[2_000, 100_000])
    parser.add_argument("--draws", type=int, default=1_000)
    chosen = parser.parse_args()
    for n in chosen.traces:
        speed(n)
    unbiased(chosen.draws)


if __name__ == "__main__":
    main()
