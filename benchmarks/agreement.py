"""Whether the intervals of agreement hold what they promise, and how long they take.

python benchmarks/agreement.py [--studies 1000]
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
from workbench.agree import agree
from workbench.stats.agreement import Ratings, alpha, leave_one_out, unit_bootstrap

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    coverage(parser.parse_args().studies)
    speed()


if __name__ == "__main__":
    main()
