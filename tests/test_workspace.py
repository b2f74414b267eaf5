"""The verbs together: what holds while another process writes to the same workspace."""

import json
from pathlib import Path

import numpy as np
import pytest

from workbench import Workspace


class Letters:
    """An embedder that counts letters, and lets something happen while it is at work."""

    name = "letters"

    def __init__(self) -> None:
        self.meanwhile = None

    def encode(self, texts, *, query=False, progress=None) -> np.ndarray:
        if self.meanwhile:
            happen, self.meanwhile = self.meanwhile, None
            happen()
        counts = [[text.count(letter) for letter in "abcdefghijklmnop"] for text in texts]
        vectors = np.asarray(counts, dtype=np.float32) + 0.01
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def jsonl(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"input": text}) + "\n" for text in texts))
    return path


@pytest.mark.parametrize("update", [False, True])
def test_a_map_is_made_while_another_process_ingests(tmp_path, update):
    ws = Workspace.create(tmp_path / "w")
    ws.__dict__["embedder"] = embedder = Letters()
    ws.ingest(jsonl(tmp_path / "a.jsonl", [f"{letter * 5} one two three" for letter in "abcdefgh"]))
    if update:
        ws.map()
        ws.ingest(jsonl(tmp_path / "b.jsonl", ["kkkk kkkk kkkk"]))
    late = jsonl(tmp_path / "late.jsonl", ["llll llll llll", "mmmm mmmm mmmm"])
    embedder.meanwhile = lambda: Workspace(ws.path).ingest(late)
    made = ws.map(update=update)
    assert made.traces == 8 + update and ws.count() == 10 + update
    after = ws.map(update=True)
    assert (after.traces, after.placed, after.moved) == (10 + update, 2, 0)
    again = ws.map(update=True)
    assert (again.traces, again.placed, again.moved) == (10 + update, 0, 0)


def test_a_map_has_as_many_neighbours_as_the_step_chooses_unless_the_settings_or_the_call_say_otherwise(tmp_path):
    ws = Workspace.create(tmp_path / "w")
    ws.__dict__["embedder"] = Letters()
    ws.ingest(jsonl(tmp_path / "a.jsonl", [f"{'a' * i} {'b' * (23 - i)} three" for i in range(24)]))
    assert ws.map().params["n_neighbors"] == 10
    assert ws.map(n_neighbors=7).params["n_neighbors"] == 7
    file = ws.path / "workspace.toml"
    file.write_text(file.read_text().replace("# n_neighbors = 15", "n_neighbors = 12"))
    assert Workspace(ws.path).settings.map.n_neighbors == 12
    again = Workspace(ws.path)
    again.__dict__["embedder"] = Letters()
    assert again.map().params["n_neighbors"] == 12


def test_labels_are_read_once_for_as_long_as_nothing_is_written(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    ws.ingest(jsonl(tmp_path / "a.jsonl", ["one two three", "four five six"]))
    first, second = sorted(ws.traces(columns=["trace_id"])["trace_id"])[:2]
    ws.save_reading(first, "ana", outcome="fail")
    reads, read = [], ws.store.labels
    monkeypatch.setattr(ws.store, "labels", lambda **asked: reads.append(asked) or read(**asked))
    shown = ws.coverage_labels()
    shown["value"] = "changed by whoever was given it"
    assert ws.flagged()["trace_id"].tolist() == [first] and ws.coverage_labels()["value"].tolist() == ["fail"]
    assert reads == [{}]
    ws.save_reading(second, "ana", outcome="pass")
    reads.clear()
    assert ws.coverage_labels()["value"].tolist() == ["fail", "pass"] and {} in reads
