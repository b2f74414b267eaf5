"""Whether the intervals of agreement hold what they promise, who is said to drift, and how long it takes.

python benchmarks/agreement.py [--studies 1000]
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
from workbench.agree import agree, agreement_over_time, disputes
from workbench.stats.agreement import Ratings, alpha, dawid_skene, leave_one_out, unit_bootstrap

# units, raters, share of failures, failures seen by a rater, passes seen by a rater
SITUATIONS = (
    (50, 3, 0.50, 0.90, 0.90),
    (50, 3, 0.30, 0.85, 0.90),
    (50, 3, 0.30, 0.95, 0.95),
    (50, 3, 0.15, 0.90, 0.95),
    (50, 3, 0.10, 0.80, 0.97),
    (50, 3, 0.30, 0.70, 0.80),
    (50, 2, 0.30, 0.85, 0.90),
    (20, 3, 0.30, 0.85, 0.90),
    (10, 3, 0.40, 0.85, 0.90),
    (100, 3, 0.10, 0.80, 0.97),
    (200, 3, 0.10, 0.80, 0.97),
)


def ratings(values: np.ndarray) -> Ratings:
    """Ratings of a full table, units × raters."""
    units, raters = np.indices(values.shape).reshape(2, -1)
    names = tuple(range(values.shape[0])), tuple(range(values.shape[1]))
    return Ratings(units, raters, values.ravel().astype(np.int64), *names, tuple(range(int(values.max()) + 1)))


def study(
    rng: np.random.Generator, units: int, raters: int, share: float, seen: float, passed: float, levels: int
) -> np.ndarray:
    """What raters say: a yes or no, or with more levels a grade that is off by one now and then."""
    if levels == 2:
        failed = rng.random((units, 1)) < share
        return np.where(failed, rng.random((units, raters)) < seen, rng.random((units, raters)) >= passed).astype(int)
    truth = rng.integers(0, levels, (units, 1))
    off = rng.choice([-1, 0, 1], (units, raters), p=[(1 - seen) / 2, seen, (1 - seen) / 2])
    return np.clip(truth + off, 0, levels - 1)


def coverage(studies: int) -> None:
    print(f"share of {studies:,} studies whose 95% interval holds the true alpha")
    print("units raters failures  scale     true   held  expanded percentiles  undefined")
    plans = [(situation, "nominal", 2) for situation in SITUATIONS]
    plans += [((50, 3, 0.0, 0.7, 0.0), "ordinal", 5), ((50, 3, 0.0, 0.7, 0.0), "nominal", 5)]
    for situation, level, levels in plans:
        rng = np.random.default_rng(1)
        truth = alpha(ratings(study(rng, 200_000, *situation[1:], levels)), level).value
        held, wider, undefined = [], [], 0
        for _ in range(studies):
            drawn = ratings(study(rng, *situation, levels))
            bounds = unit_bootstrap(drawn, level, replicates=1000)
            if bounds.estimate != bounds.estimate:
                undefined += 1
                continue
            held.append(bounds.low <= truth <= bounds.high)
            other = unit_bootstrap(drawn, level, replicates=1000, expanded=True)
            wider.append(other.low <= truth <= other.high)
        units, raters, share = situation[:3]
        print(
            f"{units:5d} {raters:6d} {share:8.2f}  {level:8s} {truth:5.3f}  {np.mean(held):5.3f}"
            f"  {np.mean(wider):20.3f}  {undefined:9d}"
        )


def labels_in_time(rng: np.random.Generator, items: int, errors: dict[str, np.ndarray]) -> pd.DataFrame:
    """Labels one a minute in sittings of 30 a day; ``errors`` is each person's chance of an error, item by item."""
    failed = rng.random(items) < 0.4
    place = np.arange(items)
    times = pd.Timestamp("2026-01-05T09:00Z") + pd.to_timedelta(place // 30 * 1440 + place % 30, unit="min")
    parts = [
        pd.DataFrame(
            {
                "item": place,
                "annotator": who,
                "dimension": "outcome",
                "value": np.where(failed ^ (rng.random(items) < chance), "fail", "pass"),
                "labelled_at": times,
            }
        )
        for who, chance in errors.items()
    ]
    return pd.concat(parts, ignore_index=True)


def drift(studies: int) -> None:
    """How often who drifts or tires is named, and how often somebody else is."""
    place = np.arange(180)
    steady = np.full(180, 0.05)
    plans = {
        "nobody changes": (np.full(180, 0.08), np.full(180, 0.08)),
        "c drifts from 0 to 40% errors": (0.4 * place / 180, steady),
        "c tires from 0 to 58% within a sitting": (0.02 * (place % 30), steady),
    }
    print(f"\nof {studies:,} studies of 180 items by three people: c named, a or b named (drift or fatigue)")
    for name, (of_c, of_others) in plans.items():
        named, others = 0, 0
        for seed in range(studies):
            frame = labels_in_time(np.random.default_rng(seed), 180, {"a": of_others, "b": of_others, "c": of_c})
            found = agreement_over_time(frame, seed=seed)
            wanted = found.tired if "tires" in name else found.drifting.query("what == 'disagreement'")
            people = set(wanted["annotator"])
            named, others = named + ("c" in people), others + len(people - {"c"})
        print(f"  {name:40s} {named:5d} {others:5d}")


def consensus(studies: int) -> None:
    """Majority against Dawid & Skene: three good annotators and a bad one."""
    right = []
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 200)
        said = [np.where(rng.random(200) < good, truth, 1 - truth) for good in (0.9, 0.9, 0.9, 0.55)]
        found = ratings(np.column_stack(said))
        model = dawid_skene(found)
        right.append([(found.counts.argmax(axis=1) == truth).mean(), (model.value == truth).mean()])
    most, probable = np.mean(right, axis=0)
    print(f"\n200 items, annotators right on 90, 90, 90 and 55%: majority {most:.3f}, Dawid & Skene {probable:.3f}")


def speed() -> None:
    rng = np.random.default_rng(0)
    tables = [ratings(rng.integers(0, 3, (300, 3))) for _ in range(10)]
    print("\nseconds for 10 dimensions of 300 units and 3 raters, 2,000 replicates each")
    for level in ("nominal", "ordinal", "interval"):
        unit_bootstrap(tables[0], level)
        start = time.perf_counter()
        for each in tables:
            unit_bootstrap(each, level)
        print(f"  bounds of alpha, {level:8s} {time.perf_counter() - start:6.2f}")
    start = time.perf_counter()
    for each in tables:
        leave_one_out(each)
    print(f"  leave-one-out, nominal    {time.perf_counter() - start:6.2f}")
    rows = [
        (item, f"a{rater}", f"d{k}", int(table.value[item * 3 + rater]))
        for k, table in enumerate(tables)
        for item in range(300)
        for rater in range(3)
    ]
    frame = pd.DataFrame(rows, columns=["item", "annotator", "dimension", "value"])
    start = time.perf_counter()
    agree(frame)
    print(f"  agree, all of it          {time.perf_counter() - start:6.2f}")
    large = pd.DataFrame(
        {
            "item": np.repeat(np.arange(100_000), 3),
            "annotator": np.tile(["a", "b", "c"], 100_000),
            "dimension": "outcome",
            "value": rng.choice(["pass", "fail"], 300_000),
        }
    )
    start = time.perf_counter()
    agree(large)
    print(f"  agree, 100,000 items by 3 {time.perf_counter() - start:6.2f}")
    steady = np.full(20_000, 0.1)
    timed = labels_in_time(rng, 20_000, {"a": steady, "b": steady, "c": steady})
    start = time.perf_counter()
    disputes(timed.rename(columns={"item": "trace_id"}))
    print(f"  disputes, 20,000 by 3     {time.perf_counter() - start:6.2f}")
    start = time.perf_counter()
    agreement_over_time(timed, by="week")
    print(f"  over time, 20,000 by 3    {time.perf_counter() - start:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    coverage(studies)
    drift(min(studies, 100))
    consensus(min(studies, 100))
    speed()


if __name__ == "__main__":
    main()
