"""A small workspace written straight through the store, so that a page can be tested in a second.

Two clusters and a few loose traces, two releases, failures in the second cluster; one trace is hostile: its text holds
markup, a link, an image and LaTeX, all of which have to be shown as they stand.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import Workspace
from workbench.embed import text_hash

HOSTILE = (
    '<img src=x onerror="document.title=1"> ![p](http://evil.test/p.png) [click](http://evil.test) $x^2$ :red[r] **b**'
)
HOSTILE_ID = "t-hostile"
N = 40


def make(folder: Path, *, with_map: bool = True) -> Workspace:
    """Write the workspace and open it."""
    ws = Workspace.create(folder)
    rows = [_row(place) for place in range(N)]
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces(rows)
        batch.commit(
            {
                "traces": N,
                "rows": N + 1,
                "duplicates": 0,
                "rejected": 1,
                "rejected_rows": [{"file": "traces.jsonl", "row": 7, "reason": "expected an object"}],
                "redacted": {"PERSON": 12, "EMAIL": 3},
                "ner": "offline tagger 1",
                "policy": "default",
                "files": [{"file": "traces.jsonl"}],
            }
        )
    if with_map:
        _add_map(ws, rows)
    return ws


def _row(place: int) -> dict:
    refund = place % 2 == 1
    asked = HOSTILE if place == 5 else f"{'refund for a ticket' if refund else 'change my flight'} number {place}"
    return {
        "trace_id": HOSTILE_ID if place == 5 else f"t-{place:02d}",
        "started_at": datetime(2026, 10, 12, tzinfo=UTC) + timedelta(hours=12 * place),
        "latency_ms": 100.0 + place,
        "source": "made",
        "release": ["1.0", "1.1 ![r](http://evil.test/i.png)"][place >= 20],
        "model": ["small", "large"][place % 3 == 0],
        "prompt_hash": ["p1", "p2"][place >= 20],
        "input": asked,
        "output": f"answer {place}",
        "messages": [
            {"role": "system", "content": "You help travellers."},
            {"role": "user", "content": asked},
            {"role": "assistant", "content": f"answer {place}"},
        ],
        "retrieved": [{"id": "policy-1", "score": 0.5, "text": "Refunds take a week."}],
        "n_turns": 1,
        "status": "ok",
        "feedback": -1 if refund and place % 3 == 0 else None,
        "signals": ["asks_again"] if refund and place % 5 == 0 else [],
        "text_hash": text_hash(asked),
    }


def _add_map(ws: Workspace, rows: list[dict]) -> None:
    random = np.random.default_rng(0)
    refund = np.arange(N) % 2
    vectors = np.zeros((N, 8), dtype=np.float32)
    vectors[np.arange(N), refund] = 1
    vectors += 0.1 * random.normal(size=vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hashes = [row["text_hash"] for row in rows]
    ws.store.add_vectors("made", hashes, vectors)
    loose = np.arange(N) >= N - 3
    points = pd.DataFrame(
        {
            "trace_id": [row["trace_id"] for row in rows],
            "x": 10.0 * refund + random.normal(size=N),
            "y": random.normal(size=N),
            "cluster": pd.Series(refund, dtype="Int64").mask(loose),
            "text_hash": hashes,
            "off_map": False,
        }
    )
    ids = points["trace_id"].tolist()
    clusters = pd.DataFrame(
        {
            "cluster": [0, 1],
            "name": ["change flight", "refund [ticket](http://evil.test)"],
            "n": [int(((refund == each) & ~loose).sum()) for each in (0, 1)],
            "share": [0.46, 0.46],
            "keywords": [["change", "flight"], ["refund", "ticket"]],
            "medoid": [ids[0], ids[1]],
            "exemplars": [ids[0:6:2], ids[1:7:2]],
            "x": [0.0, 10.0],
            "y": [0.0, 0.0],
        }
    )
    ws.store.save_map("made", points=points, clusters=clusters, arrays={}, params={"embedder": "made", "view": "user"})
