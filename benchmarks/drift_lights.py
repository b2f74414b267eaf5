"""How often the lights of drift, outcomes of the last week and snapshots of retrieval cry wolf where nothing changed.

python -m benchmarks.drift_lights [--times 200]

About ten minutes of processor time. What is drawn: sessions that are alike in themselves, days that differ by
themselves or do not, retrievers that fetch a few other passages each time they are asked.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
from workbench.drift import outcomes_over_time
from workbench.drift.both import both
from workbench.drift.outcomes import outcome_drift
from workbench.drift.retrieval import retrieval_drift
from workbench.drift.snapshots import MIN_QUERIES, Knowledge, SnapshotDrift, against_snapshot
from workbench.stats.proportions import wilson

START = datetime(2026, 3, 1, tzinfo=UTC)
LEVEL, WEEK, PASSAGES = 0.05, 7, 5
Random = np.random.Generator


def traffic(
    random: Random, days: int, daily: int, *, session: int = 1, day: float = 0.0, groups: int = 1
) -> pd.DataFrame:
    """Traces of sessions of that size about; day is how far days differ, the standard deviation of the log odds."""
    rates, rows = random.normal(-2.2, day, days + 2), []
    for at, start in enumerate(np.sort(random.uniform(0, days * 1440, days * daily // session))):
        mood, group = (random.normal() if session > 1 else 0.0), random.integers(groups)
        for turn in range(1 + random.poisson(session - 1)):
            minute = start + 3 * turn
            odds = rates[int(minute // 1440)] + mood
            rows.append({
                "session_id": f"s{at}", "started_at": START + timedelta(minutes=float(minute)), "group": f"g{group}",
                "status": "error" if random.random() < 1 / (1 + np.exp(-odds)) else "ok",
                "latency_ms": random.gamma(2, 100) * np.exp(mood / 2), "signals": None,
                "retrieved": fetched(random, 4 * group + random.integers(0, 20)),
            })  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.assign(trace_id=[f"t{at}" for at in range(len(frame))])


def fetched(random: Random, topic: int) -> list[dict]:
    """Three passages about a topic, or nothing."""
    names = dict.fromkeys(f"d{topic + each}" for each in random.integers(0, 4, 3)) if random.random() > 0.03 else {}
    return [{"id": name, "score": float(random.uniform(0.3, 0.95))} for name in names]


def week(frame: pd.DataFrame, by: str | None, seed: int) -> bool:
    """Whether anything is told of the last seven days."""
    kept = frame.drop(columns=["signals", "retrieved"] + ([] if by else ["group"]))
    return len(outcomes_over_time(kept, by=by, replicates=199, seed=seed).changed) > 0


def lit(frame: pd.DataFrame, seed: int) -> tuple[bool, bool]:
    """Whether the lights of retrieval and outcome come on, the last seven days against those before."""
    recent = frame["started_at"] > frame["started_at"].max() - timedelta(days=WEEK)
    pair = both(frame[~recent].reset_index(drop=True), frame[recent].reset_index(drop=True))
    found, _ = retrieval_drift(pair, threshold=None, level=LEVEL, replicates=999, seed=seed)
    p = [*found.measures["p_bh"], *found.documents["p_bh"]]
    return np.nanmin(p) <= LEVEL, outcome_drift(pair, level=LEVEL, replicates=199, seed=seed)["p_bh"].min() <= LEVEL


def holds(random: Random, sessions: int, size: int, seed: int) -> tuple[bool, bool]:
    """Whether the intervals of a share and of a mean of long tails hold the truth; a session is alike in itself."""
    rate, latency = np.repeat([random.beta(2, 8, sessions), random.lognormal(0, 1, sessions)], size, axis=1)
    n = sessions * size
    frame = pd.DataFrame({
        "trace_id": [f"t{at}" for at in range(n)], "session_id": [f"s{at // size}" for at in range(n)],
        "started_at": START, "status": np.where(random.random(n) < rate, "error", "ok"), "latency_ms": latency,
    })  # fmt: skip
    rows = outcomes_over_time(frame, seed=seed).groups.set_index("measure")
    low, high = rows["low"], rows["high"]
    return (
        bool(low["errors"] <= 0.2 <= high["errors"]),
        bool(low["latency_ms"] <= np.exp(0.5) <= high["latency_ms"]),
    )


def snapshots(random: Random, queries: int, other: float, moved: float, seed: int) -> SnapshotDrift:
    """The same queries three times; each passage is another one with that chance, in the last time with more."""
    scores = np.sort(random.uniform(0.4, 0.95, (queries, PASSAGES)))[:, ::-1]

    def asked(chance: float) -> dict:
        return {
            f"q{at}": [] if random.random() < 0.02 else [
                (f"{at}-{place}" if random.random() > chance else f"x{random.integers(10**6)}",
                 float(scores[at, place] + random.normal(0, 0.05))) for place in range(PASSAGES)
            ] for at in range(queries)
        }  # fmt: skip

    earlier, before, now = asked(other), asked(other), asked(other + moved)
    return against_snapshot(
        before, now, earlier=earlier, queries=dict.fromkeys(before, "?"), snapshot_id="s", as_of=START, against="file",
        known_before=Knowledge(), known_now=Knowledge(), seed=seed,
    )  # fmt: skip


def main() -> Iterator[str]:
    """The lines of the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    times = parser.parse_args().times

    def share(found: list) -> str:
        return str(wilson(int(np.sum(found)), len(found)))

    yield "snapshots of golden queries, the same retriever: changed; any sentence of scores"
    for queries in (10, 12, 46, 200):
        for other in (0.02, 0.1):
            made = [snapshots(np.random.default_rng(seed), queries, other, 0.0, seed) for seed in range(times)]
            told = [(one.measures["p_bh"] <= LEVEL).any() and queries >= MIN_QUERIES for one in made]
            yield f"  {queries} queries, {other:.0%}: {share([bool(one.changed) for one in made])}; {share(told)}"
    yield "the same with so many more passages replaced: changed"
    for queries in (12, 46):
        for moved in (0.1, 0.2, 0.3):
            made = [snapshots(np.random.default_rng(seed), queries, 0.1, moved, seed) for seed in range(times)]
            yield f"  {queries} queries, {moved:.0%}: {share([bool(one.changed) for one in made])}"
    yield "lights of retrieval; of outcome: the last week against three before"
    for terms in ({"daily": 20}, {"daily": 20, "session": 3}, {"daily": 60, "day": 0.3}, {"daily": 60, "day": 0.6}):
        on = [lit(traffic(np.random.default_rng(seed), 28, **terms), seed) for seed in range(times)]
        yield f"  {terms}: {share([one for one, _ in on])}; {share([one for _, one in on])}"
    yield "outcomes of the last seven days: anything told"
    for terms in (
        {"daily": 20}, {"daily": 40, "session": 4}, {"daily": 40, "session": 15}, {"daily": 60, "day": 0.6},
        {"daily": 40, "day": 1.0}, {"daily": 120, "session": 3, "groups": 8, "day": 0.6},
    ):  # fmt: skip
        by = "cluster" if "groups" in terms else None
        alarms = [week(traffic(np.random.default_rng(seed), 28, **terms), by, seed) for seed in range(times)]
        yield f"  {terms}: {share(alarms)}"
    yield "intervals of a stretch that hold the truth: of a share, of a mean latency"
    for sessions, size in ((10, 4), (30, 1), (20, 3), (60, 3)):
        held = [holds(np.random.default_rng(seed), sessions, size, seed) for seed in range(times)]
        yield f"  {sessions} sessions of {size}: {share([one for one, _ in held])}; {share([one for _, one in held])}"


if __name__ == "__main__":
    for line in main():
        print(line, flush=True)
