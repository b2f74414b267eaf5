"""A workspace full of what an annotator must not see: each secret is a string that can be sought in what is sent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import Workspace
from workbench.embed import text_hash

MODEL, PROVIDER, CLUSTER = "aria-large-2", "northlight", "lost parcels cluster"
JUDGE, COLLEAGUE, GOLD = "judged unsubstantiated", "ben finds it invented", "the settled answer is Tuesday"
FEEDBACK, METADATA, TAG, RELEASE = "thumbs_down_given", "rationale for the record", "tag-under-watch", "rel-9.91"
REACTION, EVALUATED = "no, that is wrong, you useless thing", "groundedness 0.12 unsupported"
SECRETS = (
    MODEL, "Aria Large", PROVIDER, CLUSTER, JUDGE, COLLEAGUE, GOLD, FEEDBACK, METADATA, TAG, RELEASE, REACTION,
    EVALUATED, "parcel-trace", "session-of", "prompt-hash-7", "0.7391177",
)  # fmt: skip
SAMPLE = "s-first"
RUBRIC = [
    {"name": "grounded", "values": ["fail", "pass"], "failure": "fail", "definition": "Says what the passages say."},
    {"name": "tone", "level": "ordinal", "values": ["curt", "neutral", "warm"], "failure": "curt",
     "definition": "How it speaks.", "passes": "Please wait a day.", "fails": "Wait.", "rule": "Read it aloud."},
]  # fmt: skip
GIVEN = {"grounded": "pass", "tone": "neutral"}


def trace_id(place: int) -> str:
    return f"parcel-trace-{place:02d}"


def question(place: int) -> str:
    return f"where is parcel number {place:02d}"


def answer(place: int) -> str:
    return f"Parcel {place:02d} is on its way and will arrive tomorrow before noon at your door."


def make_labelling(folder: Path, *, n: int = 12, gold: int = 2, database_url: str | None = None) -> Workspace:
    """Write the workspace: ``n`` traces in a sample, the last ``gold`` of all traces adjudicated and in no sample."""
    if database_url is not None:
        folder.mkdir(parents=True)
        (folder / "workspace.toml").write_text(f"database_url = '{database_url}'\n", encoding="utf-8")
    ws = Workspace.create(folder)
    rows = [_row(place) for place in range(n + gold)]
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces(rows)
        batch.add_spans(
            [
                {"trace_id": trace_id(place), "span_id": f"s{place}", "kind": "evaluator", "name": "checker",
                 "output": EVALUATED, "detail": {"model": MODEL}}
                for place in range(n + gold)
            ]
        )  # fmt: skip
        batch.commit({"traces": n + gold, "rows": n + gold})
    _map(ws, rows)
    ws.store.add_sample([{"sample_id": SAMPLE, "trace_id": trace_id(place), "weight": 1.0} for place in range(n)])
    ws.change_rubric(RUBRIC, author="lead", reason="first")
    said = []
    for place in range(n + gold):
        of = {"trace_id": trace_id(place), "dimension": "outcome", "value": "fail"}
        said.append({**of, "annotator": "judge-7", "annotator_kind": "judge", "note": JUDGE})
        said.append({**of, "annotator": "ben reader", "annotator_kind": "human", "note": COLLEAGUE})
    for place in range(n, n + gold):
        of = {"trace_id": trace_id(place), "annotator": "expert", "annotator_kind": "human", "round": "adjudicated"}
        said.append({**of, "dimension": "outcome", "value": "fail", "gold_answer": GOLD})
        said.append({**of, "dimension": "tone", "value": "warm"})
    ws.store.add_labels(said)
    return ws


def _row(place: int) -> dict:
    asked, said = question(place), answer(place)
    return {
        "trace_id": trace_id(place),
        "session_id": f"session-of-{place}",
        "started_at": datetime(2026, 10, 12, tzinfo=UTC) + timedelta(hours=place),
        "model": MODEL,
        "provider": PROVIDER,
        "params": {"temperature": 0.7391177},
        "release": RELEASE,
        "prompt_hash": "prompt-hash-7",
        "feedback": -1,
        "signals": [FEEDBACK],
        "tags": [TAG],
        "metadata": {"rationale": METADATA},
        "input": asked,
        "output": said,
        "messages": [
            {"role": "system", "content": "You are Aria Large 2 by Northlight. Find parcels."},
            {"role": "user", "content": asked},
            {"role": "assistant", "content": "", "tool_calls": [{"id": f"session-of-{place}", "name": "find_parcel",
                                                                 "arguments": {"parcel": place}}]},
            {"role": "tool", "name": "find_parcel", "content": f"depot {place}"},
            {"role": "tool", "name": "checker", "content": EVALUATED},
            {"role": "assistant", "content": said},
            {"role": "user", "content": REACTION},
        ],
        "retrieved": [
            {"id": f"parcel-trace-doc-{place}", "score": 0.7391177, "title": "Depots", "text": f"Depot {place}."}
        ],
        "status": "ok",
        "text_hash": text_hash(asked),
    }  # fmt: skip


def _map(ws: Workspace, rows: list[dict]) -> None:
    n = len(rows)
    vectors = np.random.default_rng(0).normal(size=(n, 8)).astype(np.float32)
    hashes = [row["text_hash"] for row in rows]
    ws.store.add_vectors("made", hashes, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    ids = [row["trace_id"] for row in rows]
    points = pd.DataFrame({"trace_id": ids, "x": 1.0, "y": 1.0, "cluster": 0, "text_hash": hashes, "off_map": False})
    clusters = pd.DataFrame(
        {"cluster": [0], "name": [CLUSTER], "n": [n], "share": [1.0], "keywords": [["lost"]], "medoid": [ids[0]],
         "exemplars": [ids[:2]], "x": [0.0], "y": [0.0]}
    )  # fmt: skip
    ws.store.save_map("made", points=points, clusters=clusters, arrays={}, params={"embedder": "made", "view": "user"})
