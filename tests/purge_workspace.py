"""A workspace in which every trace has a word of its own, in every place where a trace can be named or quoted."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
import sqlalchemy as sa
from golden_cases import accept
from test_drift_verb import Bag

from workbench import Workspace
from workbench.embed import text_hash
from workbench.golden import Case
from workbench.store import sql

N = 40
NOON = datetime(2026, 10, 12, 12, tzinfo=UTC)
COLOURS = ("amber", "cobalt", "crimson", "emerald", "indigo", "ochre", "scarlet", "teal")
ANIMALS = ("falcon", "badger", "walrus", "heron", "lynx", "otter", "raven", "stoat")
GONE = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)


def name(place: int) -> str:
    return f"trace-of-{place:03d}"


def word(place: int) -> str:
    return f"{COLOURS[place % 8]}{ANIMALS[place // 8]}"


def asked(place: int) -> str:
    kind = ("refund for a ticket", "change my flight")[place % 2]
    return f"{kind} with the {word(place)} fare that I booked"


def answered(place: int) -> str:
    return f'The {word(place)} fare says "no changes" & nothing more can be done about it, sorry.'


def make(folder: Path, *, database_url: str | None = None) -> Workspace:
    """Write it: traces with spans, a map and its update, labels, a sample, a queue, judges, cases, a round, a run."""
    folder.mkdir(parents=True, exist_ok=True)
    at = f"database_url = '{database_url}'\n" if database_url else ""
    (folder / "workspace.toml").write_text(f'{at}[redaction]\npolicy = "structured_only"\n', encoding="utf-8")
    ws = Workspace.create(folder)
    ws.__dict__["embedder"] = Bag("made")
    with ws.store.new_batch() as batch:
        batch.add_traces([row(place) for place in range(N)])
        batch.add_spans([span(place) for place in range(N)])
        batch.commit({"traces": N})
    _map(ws)
    _said(ws)
    _queue(ws)
    _judged(ws)
    _cases(ws)
    _written(ws)
    return ws


def row(place: int) -> dict[str, Any]:
    return {
        "trace_id": name(place), "session_id": f"session-{name(place)}", "started_at": NOON + timedelta(days=place),
        "user_id": f"user-hash-{place:03d}", "source": "made", "input": asked(place), "output": answered(place),
        "messages": [
            {"role": "system", "content": "You help travellers with their bookings, briefly and kindly."},
            {"role": "user", "content": asked(place)},
            {"role": "assistant", "content": answered(place)},
        ],
        "retrieved": [{"id": "policy-1", "score": 0.5, "text": f"Of the {word(place)} fare: it cannot be changed."}],
        "n_turns": 1, "status": "ok", "text_hash": text_hash(asked(place)),
    }  # fmt: skip


def span(place: int) -> dict[str, Any]:
    return {"trace_id": name(place), "span_id": f"span-of-{place:03d}", "kind": "llm", "input": asked(place)}


def _map(ws: Workspace) -> None:
    first = N - 4  # the last four are placed by an update
    texts = [asked(place) for place in range(N)]
    hashes = [text_hash(text) for text in texts]
    ws.store.add_vectors("made", hashes, ws.embedder.encode(texts))
    random = np.random.default_rng(0)
    near = np.asarray([[(at + step) % first for step in (2, 4, 1)] for at in range(first)], dtype=np.int32)
    points = pd.DataFrame(
        {
            "trace_id": [name(place) for place in range(first)],
            "x": random.normal(size=first), "y": random.normal(size=first),
            "cluster": pd.Series(np.arange(first) % 2, dtype="Int64"), "text_hash": hashes[:first],
            "off_map": False, "placed": False, "dismissed": False,
        }
    )  # fmt: skip
    clusters = pd.DataFrame(
        {
            "cluster": [0, 1], "name": [f"{word(0)} fare", "change my flight"], "n": [first // 2] * 2,
            "share": [0.5, 0.5],
            "keywords": [[f"{word(0)} fare", "refund", "ticket"], ["change my flight", f"{word(1)} fare"]],
            "medoid": [name(0), name(1)], "exemplars": [[name(2), name(10)], [name(3), name(11)]],
            "x": [0.0, 1.0], "y": [0.0, 0.0],
        }
    )  # fmt: skip
    arrays: dict[str, np.ndarray] = {
        "neighbours": near, "similarities": np.full(near.shape, 0.5, dtype=np.float32),
        "graph_data": np.ones(first), "graph_indices": ((np.arange(first) + 2) % first).astype(np.int32),
        "graph_indptr": np.arange(first + 1, dtype=np.int32),
        "centroids": np.eye(2, ws.embedder.encode(["refund"]).shape[1], dtype=np.float32),
        "centroid_clusters": np.arange(2),
    }  # fmt: skip
    params = {"embedder": "made", "view": "user", "lineage": [], "next_cluster": 2}
    ws.store.save_map("map-first", points=points, clusters=clusters, arrays=arrays, params=params)
    ws.map(update=True)


def _said(ws: Workspace) -> None:
    for place in range(0, N, 2):
        saw = {"page": "read", "shown": name(place)}
        ws.save_reading(
            name(place), "ana", outcome="fail", note=f"it speaks of the {word(place)} fare", saw=saw,
            at=f"span:span-of-{place:03d}" if place == 4 else None,
        )  # fmt: skip
        ws.save_reading(name(place), "ben", outcome="fail" if place % 4 else "pass")
    ws.store.add_labels([
        {"trace_id": name(place), "dimension": "outcome", "value": "fail", "annotator": "judge-1",
         "annotator_kind": "judge", "note": f"the {word(place)} fare is made up", "gold_answer": answered(place)}
        for place in range(N)
    ])  # fmt: skip
    ws.add_codes([{"name": "invented policy", "severity": 4, "just_in": f"e.g. {answered(2)}",
                   "just_out": "says that it does not know"}], author="ana", reason=f"seen in {name(2)}")  # fmt: skip
    for place in range(0, N, 4):
        ws.save_reading(name(place), "ana", codes=["invented policy"])
    ws.sample(24, seed=1, plan="random", name="first reading")
    ws.adjudicate(name(4), "outcome", value="fail", reason=f"the {word(4)} fare is not in the policy", decided_by="lee")


def _queue(ws: Workspace) -> None:
    sample = ws.samples()["sample_id"].iloc[-1]
    queue = ws.make_queue(sample, per_item=1, overlap=0, gold=[name(4), name(20)], annotators=["cy", "di"])
    for _ in range(20):
        item = ws.queue_item(queue.queue_id, "cy")
        if item is None:
            break
        ws.answer_item(queue.queue_id, item.slot_id, "cy", f"an answer to {item.messages[-1]}"[:300])
        ws.save_item(queue.queue_id, item.slot_id, "cy", outcome="fail", critique="no")
    item = ws.queue_item(queue.queue_id, "di")
    assert item is not None
    ws.draft_item(queue.queue_id, item.slot_id, "di", answer=f"a draft on {item.messages[-1]}"[:300])


def _judged(ws: Workspace) -> None:
    prompt = f"Judge this: {{output}}\nHere is one that failed: {answered(3)} {{examples}}"
    spec = {"prompt": prompt, "examples": [name(3), name(30)], "model": "m", "url": "http://localhost:1"}
    ws.store.add_judge_version("strict", author="ana", reason="first", spec=spec, prompt_hash="h" * 64)
    with ws.store._database.writing() as connection:
        at = {"judge": "strict", "version": 1, "prompt_hash": "h" * 64, "replicate": 0, "asked_at": NOON}
        for place in range(N):
            new = {"trace_id": name(place), "state": "answered", "value": "fail", "text_hash": text_hash(asked(place)),
                   "critique": f"the {word(place)} fare is nowhere in the passages"}  # fmt: skip
            connection.execute(sa.insert(sql.judgements), {**at, **new})


def _cases(ws: Workspace) -> None:
    kept = ws.promote([name(6)], by="ana", why="worth keeping").case_ids[0]
    ws.edit_case(kept, {"expected_behavior": "says that it does not know"}, by="ana")
    ws.check_private(kept, by="ben")
    ws.accept_case(kept, by="ana", reason="worth keeping")
    ws.promote([name(7), name(31)], by="ana", why="to be decided on")
    ws.promote([name(8), name(32)], by="ana", why="rolling", pool="rolling")
    accept(ws, *(Case.from_dict({
        "case_id": f"case-made-{each}", "input_payload": {"query": f"a question of our own, number {each}"},
        "expected_behavior": "says so", "source": "expert", "labelled_by": ["ana"],
    }) for each in range(6)))  # fmt: skip
    ws.add_cases([{"input_payload": {"query": f"what if: {answered(9)}"}, "source": "synthetic"}], by="ana")
    ws.freeze(author="ana", reason="first", allow_leaks=True)  # all ask nearly the same, the judge's examples too


def _written(ws: Workspace) -> None:
    steps = {
        "ingest": {"new": N}, "choose": {"proposals": [{"trace_id": name(place), "why": f"read {name(place)} first"}
                                                       for place in (0, 12)]},
        "draft": {"case_ids": [], "traces": [name(0), name(12)]},
    }  # fmt: skip
    ws.store.add_round("round-1", period="week", by="ana", steps=steps)
    ws.store.keep_steps("round-1", {**steps, "report": "reports/round-1.html"}, done=True)
    with ws.store._database.writing() as connection:
        taken = {"snapshot_id": "s-1", "version": 1, "source": "traces", "as_of": NOON, "taken_at": NOON}
        connection.execute(sa.insert(sql.retrieval_snapshots), {**taken, "taken_by": "ana"})
        for place in (0, 12):
            of = {"snapshot_id": "s-1", "case_id": f"case-{place}", "trace_id": name(place), "fetched": "[]"}
            connection.execute(sa.insert(sql.retrievals), of)
    rows = "".join(f'<li id="{name(place)}"><code>{name(place)}</code> {asked(place)}</li>' for place in (0, 12))
    ws.store.write_report("round-1.html", f"<html><body><ul>{rows}</ul></body></html>")


def strings_in(folder: Path) -> dict[str, str]:
    """Everything there is in a workspace's folder as text: a search that shares nothing with the one that is tested."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "secret.key":
            continue
        if path.suffix == ".parquet":
            text = orjson.dumps(pq.read_table(path).to_pylist(), default=str).decode()
        else:
            text = path.read_bytes().decode("utf-8", "replace")
        found[str(path.relative_to(folder))] = text
    return found


def where_it_is(folder: Path, sought: str) -> list[str]:
    return sorted(place for place, text in strings_in(folder).items() if sought in text)


def cells_with(folder: Path, sought: str) -> list[str]:
    """The columns of the database that hold a text."""
    found = []
    with sqlite3.connect(folder / "workbench.db") as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for column in [each[1] for each in connection.execute(f"PRAGMA table_info({table})")]:
                like = f"SELECT count(*) FROM {table} WHERE CAST({column} AS TEXT) LIKE ?"
                if connection.execute(like, [f"%{sought}%"]).fetchone()[0]:
                    found.append(f"{table}.{column}")
    connection.close()
    return found
