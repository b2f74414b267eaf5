"""How fast the store is with 100,000 generated traces, in one batch and in 500.

python benchmarks/store.py [--traces 100000] [--batches 1 500]
"""

import argparse
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from workbench.store import Store

WORDS = "order flight refund please help cancel hotel booking agent card the a of my was late".split()
PAGE = (
    "trace_id session_id user_id started_at latency_ms source name environment release model provider n_turns "
    "n_tool_calls tokens_in tokens_out cost_usd status feedback input output"
).split()


def generated(dice: random.Random, number: int) -> dict[str, object]:
    def words(n: int) -> str:
        return " ".join(dice.choices(WORDS, k=n))

    return {
        "trace_id": f"{dice.getrandbits(128):032x}",
        "session_id": str(number // 3),
        "started_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
        "latency_ms": dice.random() * 3000,
        "model": dice.choice("abc"),
        "status": dice.choice(["ok", "error"]),
        "input": words(30),
        "output": words(60),
        "messages": [{"role": "user", "content": words(60)}, {"role": "assistant", "content": words(120)}],
        "n_turns": 3,
        "signals": ["retry"],
        "metadata": {"k": number},
        "text_hash": f"{number:064x}",
    }


def write(store: Store, traces: int, batches: int) -> list[str]:
    """Write in chunks as an ingest does: 5 spans to a trace; some of the ids."""
    dice, some = random.Random(0), []
    for batch_number in range(batches):
        numbers = range(batch_number * traces // batches, (batch_number + 1) * traces // batches)
        with store.new_batch() as batch:
            for start in range(numbers.start, numbers.stop, 1000):
                rows = [generated(dice, number) for number in range(start, min(start + 1000, numbers.stop))]
                some += [str(row["trace_id"]) for row in rows[:50]]
                batch.add_traces(rows)
                spans = [{"trace_id": row["trace_id"], "input": "x" * 50, "output": "y" * 50} for row in rows]
                batch.add_spans([{**span, "span_id": str(k)} for span in spans for k in range(5)])
            batch.commit({})
    return some


def timings(store: Store, ids: list[str]) -> Iterator[tuple[str, Callable[[], object], int]]:
    dice = random.Random(1)
    where = "status = 'error' AND model = 'a'"
    everyone = store.traces(columns=["trace_id"])["trace_id"].tolist()
    yield "revision", store.revision, 50
    yield "count", store.count, 9
    yield (
        "page: 20 columns, filtered, sorted, 50 rows",
        lambda: store.traces(columns=PAGE, where=where, order_by="started_at DESC", limit=50),
        9,
    )
    yield (
        "page: words in the input, 50 rows",
        lambda: store.traces(columns=PAGE, where="input ILIKE ?", params=["%refund flight refund%"], limit=50),
        9,
    )
    yield "8 columns, all rows", lambda: store.traces(columns=[*PAGE[:6], "model", "status"]), 9
    yield "one trace", lambda: store.trace(dice.choice(ids)), 21
    yield "spans of one trace", lambda: store.spans(dice.choice(ids)), 21
    yield "known_ids of 1", lambda: store.known_ids([dice.choice(ids)]), 21
    yield "known_ids of all", lambda: store.known_ids(everyone), 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, default=100_000)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 500])
    chosen = parser.parse_args()
    for batches in chosen.batches:
        with tempfile.TemporaryDirectory() as folder, Store.create(Path(folder) / "w") as store:
            started = time.perf_counter()
            ids = write(store, chosen.traces, batches)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            took = time.perf_counter() - started
            print(f"{chosen.traces} traces, 5 spans each, {batches} batches: generated and written in {took:.1f} s, "
                  f"peak memory so far {peak} MB")  # fmt: skip
            started = time.perf_counter()
            with Store.open(store.path) as fresh:
                fresh.count()
                print(f"  {1000 * (time.perf_counter() - started):8.1f} ms  open and first count")
            for name, call, times in timings(store, ids):
                call()
                taken = []
                for _ in range(times):
                    started = time.perf_counter()
                    call()
                    taken.append(time.perf_counter() - started)
                print(f"  {1000 * statistics.median(taken):8.1f} ms  {name}", flush=True)


if __name__ == "__main__":
    main()
