"""Drift: how often it cries wolf on halves of the same texts, what it finds, and how often it cannot tell.

python -m benchmarks.drift [--pairs 500] [--texts 5000] [--sizes 100 200] [--cache FOLDER]
                           [--results FILE.csv] [--parts verdicts alerts] [--years 10]

The verdicts at 500 pairs and 5,000 texts take 23 minutes of processor time, all of it about an hour. With --results
each comparison is a line of a file, and a run that was broken off goes on where it stopped.
"""

import argparse
import csv
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
from workbench.clusters import build_map
from workbench.clusters.reading_off import read_off, read_together
from workbench.drift import LEVEL, PARTS, TOLERANCE, DriftReport, drift, inputs
from workbench.drift.usual import BEFORE, WEEKS, Usual, Window, usual
from workbench.embed import load_embedder
from workbench.stats.proportions import wilson

DATA = Path(os.environ.get("WORKBENCH_TEST_DATA", "../shared/data"))
SIZES = (100, 200, 500, 2000)
PERMUTATIONS = 199  # fewer than the verb's 999, so that thousands of runs end; the level holds at any number
MIXED = 0.1
PARTS_OF_IT = ("february", "updated", "alerts", "verdicts")


class Texts:
    """A set of texts with what is needed of it, worked out once."""

    def __init__(self, name: str, frame: pd.DataFrame, kind: str, cache: Path) -> None:
        self.name, self.frame, self.kind = name, frame, frame[kind].fillna("none").to_numpy(dtype=str)
        texts = frame["text"].tolist()
        started = time.perf_counter()
        self.vectors = _kept(cache / f"{name}-vectors.npy", lambda: load_embedder().encode(texts))
        self._embedded = time.perf_counter() - started
        names_file = cache / f"{name}-names.csv"

        def mapped() -> np.ndarray:
            made = build_map(self.vectors, texts)
            made.clusters[["cluster", "name"]].to_csv(names_file, index=False)
            return made.points["cluster"].fillna(-1).to_numpy(dtype=np.int64)

        self.cluster = _kept(cache / f"{name}-cluster.npy", mapped)
        named = pd.read_csv(names_file)
        self.names = dict(zip(named["cluster"], named["name"].astype(str), strict=True))
        unclustered = 100 * (self.cluster < 0).mean()
        print(f"{name}: {len(texts):,} texts, {len(self.names)} clusters, {unclustered:.0f}% unclustered", flush=True)

    def compared(self, first: np.ndarray, second: np.ndarray, *, seed: int, **options) -> DriftReport:
        """The report on two sets of rows."""
        sides = [
            pd.DataFrame({"trace_id": rows.astype(str), "cluster": pd.array(self.cluster[rows], dtype="Int64")})
            for rows in (first, second)
        ]
        for side in sides:
            side["cluster"] = side["cluster"].mask(side["cluster"] < 0)
        terms = {"replicates": PERMUTATIONS, "telling": 0, **options}
        return drift(*sides, vectors=(self.vectors[first], self.vectors[second]), names=self.names, seed=seed, **terms)


def _kept(path: Path, make) -> np.ndarray:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, make(), allow_pickle=False)
    return np.load(path, allow_pickle=False)


def halves(texts: Texts, n: int, seed: int) -> DriftReport:
    """Two sets of the same texts."""
    rows = np.random.default_rng(seed).permutation(len(texts.frame))
    return texts.compared(rows[:n], rows[n : 2 * n], seed=seed)


def mixture(texts: Texts, n: int, seed: int) -> DriftReport:
    """A tenth of the current set is of kinds that the rest of both sets does not have."""
    kinds, counts = np.unique(texts.kind, return_counts=True)
    random = np.random.default_rng(10_000 + seed)
    wanted, chosen = round(MIXED * n), []
    for kind in random.permutation(len(kinds)):
        if counts[kind] < 0.2 * len(texts.kind):  # no kind that most texts are of
            chosen.append(kinds[kind])
        if sum(counts[np.isin(kinds, chosen)]) >= wanted:
            break
    new = random.permutation(np.flatnonzero(np.isin(texts.kind, chosen)))[:wanted]
    rows = random.permutation(np.flatnonzero(~np.isin(texts.kind, chosen)))
    return texts.compared(rows[:n], np.concatenate([rows[n : 2 * n - wanted], new]), seed=seed)


class Results:
    """One line a comparison, in memory and in a file if there is one."""

    COLUMNS = ("set", "n", "planted", "seed", "verdict", "reason", *PARTS, "high")

    def __init__(self, path: Path | None) -> None:
        self.path, self.rows = path, []
        if path is not None and path.exists():
            with path.open(newline="") as file:
                self.rows = list(csv.DictReader(file))
        elif path is not None:
            self._write(self.COLUMNS)

    def of(self, texts: Texts, n: int, planted: bool, pairs: int) -> pd.DataFrame:
        """The comparisons of one kind; those that are missing are made."""
        key = {"set": texts.name, "n": str(n), "planted": str(int(planted))}
        made = [row for row in self.rows if all(row[name] == value for name, value in key.items())]
        there = {row["seed"] for row in made}
        compared: Callable[[Texts, int, int], DriftReport] = mixture if planted else halves
        for seed in range(pairs):
            if str(seed) in there:
                continue
            report = compared(texts, n, seed)
            parts = dict(zip(report.parts["part"], report.parts["p"], strict=True))
            row = {**key, "seed": str(seed), "verdict": report.verdict, "reason": report.reason or "",
                   **{name: f"{value:.4f}" for name, value in parts.items()},
                   "high": f"{report.clusters.moved.high:.4f}"}  # fmt: skip
            made.append(row)
            if self.path is not None:
                self._write([row[name] for name in self.COLUMNS])
        return pd.DataFrame(made).astype({name: float for name in (*PARTS, "high")})

    def _write(self, row) -> None:
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow(row)


def told(title: str, found: pd.DataFrame) -> None:
    n = len(found)
    drifted = wilson(int((found["verdict"] == "drifted").sum()), n)
    stable, undecided = ((found["verdict"] == word).mean() for word in ("stable", "undecided"))
    alone = ", ".join(
        f"{name} {100 * (found[name] <= LEVEL).mean():.1f}%" for name in PARTS if found[name].notna().any()
    )
    print(
        f"  {title}: drifted {drifted}; stable {100 * stable:.1f}%, undecided {100 * undecided:.1f}%;"
        f" each part alone: {alone}; at most moved (median) {100 * found['high'].median():.0f}%",
        flush=True,
    )


def updated(texts: Texts, n: int, pairs: int) -> None:
    """False alarms where the reference is on the map and the current set was placed on it later."""
    from workbench.clusters import place

    wrong = {"as stored": 0, "read off alike": 0, "grouped together": 0}
    for seed in range(pairs):
        rows = np.random.default_rng(seed).permutation(len(texts.frame))
        first, second = rows[:n], rows[n : 2 * n]
        made = build_map(texts.vectors[first], texts.frame["text"].iloc[first].tolist())
        stored = made.points["cluster"].fillna(-1).to_numpy(dtype=np.int64)
        later = place(texts.vectors[second], texts.vectors[first], made.points)["cluster"].fillna(-1).to_numpy(int)
        alike = [
            read_off(texts.vectors[part], own, texts.vectors[first], stored)
            for part, own in ((first, np.arange(n)), (second, np.full(n, -1)))
        ]
        kept = texts.cluster.copy()
        together = read_together([texts.vectors[first], texts.vectors[second]], alike)
        for name, pair in (("as stored", (stored, later)), ("read off alike", alike), ("grouped together", together)):
            texts.cluster[first], texts.cluster[second] = pair
            report = texts.compared(first, second, seed=seed)
            wrong[name] += bool(report.clusters.p <= report.level)
        texts.cluster = kept
    for name, count in wrong.items():
        print(f"  updated map, n {n}, clusters {name}: {wilson(count, pairs)} by clusters alone", flush=True)


def alerts(texts: Texts, daily: int, wander: float, years: int) -> None:
    """How often the rule of alerts fires in years without drift, and how soon after a tenth is planted.

    Args:
        texts: Where days are drawn from, with replacement.
        daily: Traces a day.
        wander: By how much the logarithms of the kinds' shares wander from week to week; 0 for the same mix always.
        years: How many.
    """
    kinds, place = np.unique(texts.kind, return_inverse=True)
    rows_of = [np.flatnonzero(place == kind) for kind in range(len(kinds))]
    base = np.array([len(rows) for rows in rows_of]) / len(place)
    held = np.flatnonzero(base < 0.2)  # of these one is kept back, to be planted
    days = alarms = runs = tests = 0
    waited = []
    for year in range(years):
        random = np.random.default_rng([year, daily, int(100 * wander)])
        secret = random.choice(held)
        usual_shares = np.where(np.arange(len(kinds)) == secret, 0.0, base)

        def day_of(shares: np.ndarray, planted: float = 0.0, random=random, secret=secret) -> np.ndarray:
            kind = random.choice(len(shares), daily, p=shares / shares.sum())
            kind[random.random(daily) < planted] = secret
            return np.array([random.choice(rows_of[one]) for one in kind])

        traffic = Traffic(texts)
        for week in range(52):
            shares = usual_shares * np.exp(wander * np.random.default_rng([year, week]).normal(size=len(kinds)))
            traffic.days += [day_of(shares) for _ in range(7)]
        before = False
        for day in range(7 * (1 + WEEKS + BEFORE), 7 * 52):
            found = traffic.usual(day)
            days += 1
            tests += found.p <= LEVEL
            alarms += bool(found.alert)
            runs += bool(found.alert) and not before
            before = bool(found.alert)
        shares = usual_shares * np.exp(wander * np.random.default_rng([year, 52]).normal(size=len(kinds)))
        for after in range(1, 15):
            traffic.days.append(day_of(shares, MIXED))
            if traffic.usual(len(traffic.days)).alert:
                waited.append(after)
                break
    told = ", ".join(map(str, sorted(waited)))
    mix = "the same mix" if not wander else f"shares that wander by {wander}"
    print(
        f"  {texts.name}, {7 * daily} a week, {mix}, {years} years: an alert on {alarms} of {days:,} days, in"
        f" {runs} runs ({365 * runs / days:.2f} a year); p <= .05 on {100 * tests / days:.1f}% of days;"
        f" a planted tenth found in {len(waited)} of {years} within 14 days, on day {told}",
        flush=True,
    )


class Traffic:
    """Days of traffic, and the weeks that end with each, made once."""

    def __init__(self, texts: Texts) -> None:
        self.texts, self.days, self.weeks = texts, [], {}

    def week(self, end: int) -> Window | None:
        """The seven days up to one; None where there are fewer."""
        if end < 7:
            return None
        if end not in self.weeks:
            rows = np.concatenate(self.days[end - 7 : end])
            sessions = np.array([f"{end}-{place}" for place in range(len(rows))], dtype=object)
            self.weeks[end] = Window(None, None, self.texts.vectors[rows].astype(np.float64), sessions)
        return self.weeks[end]

    def usual(self, day: int) -> Usual:
        """What is told at the end of a day, as the verb would."""
        weeks = [self.week(day - 7 * place) for place in range(1, 27)]
        before = [self.week(day - 1 - 7 * place) for place in range(1, 1 + BEFORE)], self.week(day - 1)
        now = weeks[:BEFORE], self.week(day)
        return usual(now, weeks, before=before, least=100, replicates=PERMUTATIONS, seed=day)


def february(texts: Texts) -> None:
    day = pd.to_datetime(texts.frame["tweet_created"], format="mixed").dt.day.to_numpy()
    before, after = np.flatnonzero((day >= 16) & (day <= 20)), np.flatnonzero((day >= 21) & (day <= 22))
    started = time.perf_counter()
    report = texts.compared(before, after, seed=0, telling=10, replicates=999)
    print(f"16-20 February against 21-22, {time.perf_counter() - started:.0f} s:\n{report!r}")
    shares = report.clusters.shares
    cancelled = np.flatnonzero(shares["name"].str.contains("cancel", case=False))
    print(f"  'cancel' is in the names of leading clusters number {(cancelled[:5] + 1).tolist()} of {len(shares)}")
    print(shares.head(8)[["name", "state", "reference", "current", "p_bh"]].to_string(index=False))


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--pairs", type=int, default=100)
    given.add_argument("--cache", type=Path, default=Path(os.environ.get("TMPDIR", "/tmp")) / "workbench-drift")
    given.add_argument("--texts", type=int, help="at most so many of each set, drawn at random; all by default")
    given.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="traces a side")
    given.add_argument("--results", type=Path, help="a file of one line a comparison; what it holds is not made again")
    given.add_argument("--years", type=int, default=10, help="of daily alerts, for each situation")
    given.add_argument("--parts", nargs="+", default=PARTS_OF_IT, choices=PARTS_OF_IT)
    options = given.parse_args()
    banking = pd.concat([pd.read_csv(DATA / "banking77" / f"{part}.csv") for part in ("train", "test")])
    tweets = pd.read_csv(DATA / "airline_tweets" / "Tweets.csv")
    given_sets = (("banking77", banking, "category"), ("airline_tweets", tweets, "negativereason"))
    sets = []
    for name, frame, kind in given_sets:
        part = frame if options.texts is None else frame.sample(min(options.texts, len(frame)), random_state=0)
        named = f"{name}-{len(part)}"  # the cache is of these texts
        sets.append(Texts(named, part.reset_index(drop=True), kind, options.cache))
    if "february" in options.parts:
        february(sets[1])
    if "updated" in options.parts:
        for texts in sets:
            updated(texts, 500, max(options.pairs // 4, 10))
    if "alerts" in options.parts:
        for texts in sets:
            for daily, years in ((30, options.years), (100, max(options.years // 4, 2))):
                for wander in (0.0, 0.5):
                    alerts(texts, daily, wander, years)
    if "verdicts" in options.parts:
        verdicts(sets, options)


def verdicts(sets: list[Texts], options: argparse.Namespace) -> None:
    inputs.FINE = 1  # no verdict rests on the p-values of single clusters
    print(f"verdicts at level .05, {TOLERANCE:.0%} tolerated, {PERMUTATIONS} permutations")
    results = Results(options.results)
    for n in options.sizes:
        for texts in sets:
            started = time.process_time()
            for planted in (False, True):
                kind = "with a planted tenth" if planted else "halves"
                told(f"{texts.name}, n {n}, {options.pairs} {kind}", results.of(texts, n, planted, options.pairs))
            print(f"    {time.process_time() - started:.0f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
