"""The verb of drift on a workspace: windows, conditions, golden, maps that lack something; and what the demo plants."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from golden_cases import accept, case

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import BadRequest, NotReady
from workbench.settings import DEFAULT_FILE

ROOT = Path(__file__).parent.parent
WORDS = ("refund", "baggage", "seat", "voucher", "delay", "hotel")


class Bag:
    """An embedder that counts a few words, and is told apart by its name."""

    def __init__(self, name: str = "bag") -> None:
        self.name = name

    def encode(self, texts, *, query=False, progress=None) -> np.ndarray:
        noise = np.asarray([[ord(text[-1]) % 7, ord(text[-2]) % 5] for text in texts]) / 30
        counts = np.asarray([[text.count(word) for word in WORDS] for text in texts], dtype=np.float32)
        vectors = np.column_stack([counts, noise]).astype(np.float32) + 0.01
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def workspace(folder: Path, *, days: int = 35, daily: int = 30, new_from: int = 99) -> Workspace:
    """Traffic on five words a day, and from one day on a third of it on a sixth."""
    (folder / "w").mkdir()
    (folder / "w" / "workspace.toml").write_text('[redaction]\npolicy = "structured_only"\n')
    ws = Workspace.create(folder / "w")
    ws.__dict__["embedder"] = Bag()
    random = np.random.default_rng(1)
    rows = []
    for at in range(days * daily):
        day = at // daily
        word = "hotel" if day >= new_from and random.random() < 0.33 else WORDS[random.integers(0, 5)]
        when = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day, minutes=40 * (at % daily))
        rows.append({"trace_id": f"t{at}", "session_id": f"s{at}", "started_at": when.isoformat(), "release": str(day),
                     "input": f"question {at} on a {word} of {random.integers(1000, 9999)}"})  # fmt: skip
    file = folder / "traces.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ws.ingest(file)
    return ws


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = workspace(tmp_path_factory.mktemp("moved"), new_from=28)
    ws.map()
    return ws


def test_the_last_week_is_held_against_the_four_before(moved):
    report = moved.drift(replicates=99)
    assert (report.verdict, report.n, report.other_n) == ("drifted", 28 * 30, 7 * 30)
    assert "hotel" in report.leading.iloc[0]["name"] and report.leading.iloc[0]["state"] == "new"
    assert str(report.since("clusters")) == "2026-03-29"


def test_conditions_choose_the_sets_and_the_rest_before_is_the_reference(moved):
    report = moved.drift(current="started_at >= '2026-03-20' AND started_at < '2026-03-27'", replicates=99)
    assert (report.n, report.other_n) == (19 * 30, 7 * 30) and report.verdict != "drifted"
    both = moved.drift("true", "started_at >= '2026-03-20'", replicates=99)
    assert (both.n, both.other_n) == (19 * 30, 16 * 30)
    assert both.notices == ("480 traces are in both sets and count for the current one only.",)


def test_settings_and_arguments_decide(moved):
    assert moved.drift(min_n=500, replicates=99).reason == "too_few"
    file = moved.path / "workspace.toml"
    text = file.read_text()
    assert "min_n = 100 " in DEFAULT_FILE and "tolerance = 0.15" in DEFAULT_FILE
    file.write_text(text + "[drift]\nmin_n = 300\n")
    again = Workspace(moved.path)
    again.__dict__["embedder"] = Bag()
    assert again.drift(replicates=99).min_n == 300
    file.write_text(text)


def test_an_empty_window_and_an_empty_workspace_are_answers(moved, tmp_path):
    report = moved.drift(current="release = 'never'")
    assert (report.verdict, report.reason, report.other_n) == ("undecided", "too_few", 0)
    assert Workspace.create(tmp_path / "empty").drift().reason == "too_few"
    with pytest.raises(BadRequest):
        moved.drift(current="no_column = 1")


def test_without_a_map_embeddings_still_tell(tmp_path):
    ws = workspace(tmp_path, new_from=28)
    report = ws.drift(replicates=99)
    assert report.verdict == "drifted" and report.drifted[0] == "embedding"
    assert report.clusters.reason == "no_map" and any("workbench map" in each for each in report.sentences)


@pytest.mark.deep
def test_another_embedder_is_no_drift(tmp_path):
    ws = workspace(tmp_path)
    ws.map()
    ws.__dict__["embedder"] = Bag("another")
    report = ws.drift(replicates=99)
    assert (report.verdict, report.reason) == ("undecided", "no_clusters")
    assert report.clusters.reason == "embedder_changed" and report.embedding.mmd_p is not None
    assert any("another embedding model" in each for each in report.sentences)


@pytest.mark.deep
def test_traces_that_came_after_the_map_are_read_off_it_like_the_others(tmp_path):
    ws = workspace(tmp_path, days=28)
    ws.map()
    late = tmp_path / "late"
    late.mkdir()
    other = workspace(late, days=35)
    rows = [json.loads(line) for line in (late / "traces.jsonl").read_text().splitlines()][28 * 30 :]
    file = tmp_path / "late.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    del other
    ws.ingest(file)
    report = ws.drift(replicates=99)
    assert (report.n, report.other_n) == (28 * 30, 7 * 30) and report.drifted == ()
    assert report.clusters.shares["n"].sum() == report.n and report.clusters.shares["other_n"].sum() == report.other_n


def test_the_golden_set_is_compared_by_its_queries(moved):
    with pytest.raises(NotReady, match="golden"):
        moved.drift("golden")
    words = WORDS[:3]
    accept(
        moved,
        *(case(i, input_payload={"query": f"question {i} on a {words[i % 3]} of {1000 + i}"}) for i in range(150)),
    )
    moved.freeze(author="lee", reason="first", blind_share=0, allow_findings=True)
    report = moved.drift("golden", replicates=99)
    assert (report.verdict, report.n) == ("drifted", 150)
    assert "curated" in report.notices[0] and "new" in set(report.leading["state"])


def test_the_command_line_prints_the_contracted_keys_and_no_text(moved, monkeypatch):
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag())
    shown = CliRunner().invoke(cli, ["-w", str(moved.path), "drift", "--json"])
    assert shown.exit_code == 0, shown.output
    answer = json.loads(shown.stdout)
    assert {"verdict", "clusters", "embedding", "templates", "retrieval", "off_map"} <= set(answer)
    assert {"jsd", "p", "shares"} <= set(answer["clusters"]) and {"centroid", "mmd_p", "auc"} <= set(
        answer["embedding"]
    )
    assert answer["verdict"] == "drifted" and answer["templates"] == [] and answer["templates_reason"] == "no_hashes"
    assert answer["retrieval"]["reason"] == "no_retrieval" and answer["timeline"][0]["day"] == "2026-03-29"
    assert answer["embedding"]["telling"][0]["trace_id"].startswith("t") and "question 1" not in shown.stdout
    assert "NaN" not in shown.stdout
    told = CliRunner().invoke(cli, ["-w", str(moved.path), "drift", "--current", "release = 'never'"])
    assert told.exit_code == 0 and told.stdout.startswith("undecided (too_few)")
    wrong = CliRunner().invoke(cli, ["-w", str(moved.path), "drift", "--current", "no_column = 1"])
    assert wrong.exit_code != 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("demo") / "w"
    folder.mkdir()
    (folder / "workspace.toml").write_text('[redaction]\npolicy = "structured_only"\n')
    ws = Workspace.create(folder)
    ws.ingest(ROOT / "sample_data" / "traces.jsonl")
    ws.map()
    return ws


@pytest.mark.deep
def test_the_planted_events_are_found_dated_and_told_apart(demo):
    # sample_data/plan.py: another template on 3 November, another index on the 5th, a new intent on the 9th
    report = demo.drift(replicates=199)
    assert report.verdict == "drifted" and {"input", "prompt", "retrieval"} <= set(report.what)
    days = {(row.series, str(row.day)): row for row in report.timeline.itertuples()}
    assert ("prompt", "2026-11-03") in days
    assert days["passages", "2026-11-05"].what == "kb-0417"
    new = days["clusters", "2026-11-09"]
    assert "esim" in new.what.lower() and new.before < 0.01 < 0.08 < new.after
    assert report.within and report.leading.iloc[0]["cluster"] == new.cluster
    # before the new intent came, the template and the index had changed, and what is asked had not
    earlier = demo.drift(
        "started_at < '2026-11-01'", "started_at >= '2026-11-03 10:00' AND started_at < '2026-11-09'", replicates=199
    )
    assert "prompt" in earlier.what and "input" not in earlier.what
