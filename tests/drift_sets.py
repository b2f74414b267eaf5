"""Traffic to compare: sessions of one to three traces, topics as directions, two prompts, passages, outcomes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

TOPICS = 8
DIRECTIONS = np.random.default_rng(99).normal(size=(TOPICS + 4, 24))


def side(seed: int, n: int, *, new: float = 0.0, prompt: str = "p1", name: str = "a", start: int = 1) -> Any:
    """A frame of n traces and their vectors; a share of ``new`` is on a topic that nobody else asks about."""
    random = np.random.default_rng(seed)
    session = np.repeat(np.arange(n), random.integers(1, 4, n))[:n]
    topic = random.integers(0, TOPICS, n)
    topic[random.random(n) < new] = TOPICS
    vectors = DIRECTIONS[topic] + 0.6 * random.normal(size=(n, DIRECTIONS.shape[1]))
    when = [datetime(2026, 3, start, tzinfo=UTC) + timedelta(minutes=int(10 * 1440 * i / n)) for i in range(n)]
    cluster = pd.array(topic, dtype="Int64")
    frame = pd.DataFrame(
        {
            "trace_id": [f"{name}-{i}" for i in range(n)], "session_id": [f"{name}-s{i}" for i in session],
            "started_at": pd.Series(when, dtype="datetime64[us, UTC]"), "cluster": cluster,
            "prompt_hash": prompt, "query": [f"q{t}" for t in topic],
            "retrieved": [[{"id": f"d{t}", "score": 0.8}, {"id": "common", "score": 0.5}] for t in topic],
            "signals": [["retry"] if bad else [] for bad in random.random(n) < 0.1],
            "status": "ok", "feedback": pd.array([None] * n, dtype="Int8"), "latency_ms": random.gamma(2, 100, n),
            "cost_usd": random.gamma(2, 0.01, n),
        }
    )  # fmt: skip
    return frame, vectors


NAMES = {topic: f"topic {topic}" for topic in range(TOPICS)} | {TOPICS: "refund of a voucher"}
