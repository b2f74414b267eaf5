"""A workspace with four subjects on a map and a fifth that came later and is off it, with an embedder of its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from workbench import Workspace
from workbench.embed import text_hash

SUBJECTS = ("refund", "baggage", "seat", "voucher", "drone")
DAY = datetime(2026, 10, 12, tzinfo=UTC)


class Words:
    """An embedder that gives every text a direction near its subject's; about drones people ask alike."""

    name = "words"

    def encode(self, texts, *, query=False, progress=None):
        made = np.zeros((len(texts), 32), dtype=np.float32)
        for row, text in enumerate(texts):
            random = np.random.default_rng(int(text_hash(text)[:8], 16))
            made[row] = (0.3 if "drone" in text else 0.6) * random.normal(size=32) / np.sqrt(32)
            made[row, [SUBJECTS.index(word) for word in text.split() if word in SUBJECTS]] += 1
        return made / np.linalg.norm(made, axis=1, keepdims=True)


def add(ws, subject, n, *, first=0):
    rows = [
        {
            "trace_id": f"{subject}-{i:03d}", "session_id": f"s-{subject}-{i // 2}", "source": "made", "status": "ok",
            "started_at": DAY + timedelta(hours=i), "input": f"about my {subject} number {i} please", "output": "yes",
            "signals": [], "text_hash": text_hash(f"about my {subject} number {i} please"),
        }
        for i in range(first, first + n)
    ]  # fmt: skip
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces(rows)
        batch.commit({"traces": n, "rows": n, "duplicates": 0, "rejected": 0, "rejected_rows": [], "files": []})


def opened(folder):
    ws = Workspace(folder)
    ws.__dict__["embedder"] = Words()
    return ws


def make(folder: Path) -> Path:
    """Four subjects on a map; then twelve questions about drones, placed on it later."""
    Workspace.create(folder)
    ws = opened(folder)
    for subject in SUBJECTS[:4]:
        add(ws, subject, 30)
    first = ws.map()
    assert (first.clusters, first.new, first.kept, first.gone) == (4, 4, 0, 0)
    add(ws, "drone", 12)
    add(ws, "seat", 5, first=30)
    second = ws.map(update=True)
    assert (second.placed, second.moved, second.off_map, second.proposals) == (17, 0, 12, 1)
    ws.store.close()
    return folder
