"""Sets that hold nothing, one trace, the same over and over, or lack what is compared: answers in words, 0 or 2."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from golden_cases import accept, case
from test_drift_verb import Bag, workspace

from workbench import Workspace
from workbench.cli import main


@pytest.fixture
def drift(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    """Run the verb as from a shell: status, what it printed, what it complained of."""
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag())

    def run(ws: Workspace, *words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["workbench", "-w", str(ws.path), "drift", *words])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def of_texts(folder: Path, texts: list[str], *, dated: bool = True) -> Workspace:
    (folder / "w").mkdir(parents=True)
    (folder / "w" / "workspace.toml").write_text('[redaction]\npolicy = "structured_only"\n')
    ws = Workspace.create(folder / "w")
    ws.__dict__["embedder"] = Bag()
    rows = [{"trace_id": f"t{at}", "input": text, "output": "ok"} for at, text in enumerate(texts)]
    for at, row in enumerate(rows if dated else []):
        row["started_at"] = (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=at)).isoformat()
    file = folder / "traces.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ws.ingest(file)
    return ws


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_and_one_trace_are_too_few(tmp_path, drift, n) -> None:
    ws = of_texts(tmp_path, ["a refund please"] * n) if n else Workspace.create(tmp_path / "w")
    status, told, _ = drift(ws)
    assert status == 0 and told.startswith("undecided (too_few)")
    assert f"Not enough traffic: 0 traces against {n}, and 100 a side are needed" in told
    status, told, _ = drift(ws, "--json")
    answer = json.loads(told)
    assert status == 0 and answer["reason"] == "too_few" and "NaN" not in told
    assert {each["state"] for each in answer["lights"].values()} == {"not_tested"}
    status, told, said = drift(ws, "--reference", "golden")
    assert (status, told) == (2, "") and len(said.strip().splitlines()) == 1 and "golden freeze" in said


def test_all_identical_is_stable_and_said(tmp_path, drift) -> None:
    ws = of_texts(tmp_path, ["a refund please"] * 840)
    status, told, _ = drift(ws)
    assert status == 0 and told.startswith("undecided (no_clusters)") and "Every trace says the same" in told
    ws.map()
    status, told, _ = drift(ws)
    assert status == 0 and told.startswith("stable") and "Every trace says the same" in told


def test_traces_without_a_time_have_no_last_days(tmp_path, drift) -> None:
    ws = of_texts(tmp_path, [f"a refund please {at}" for at in range(240)], dated=False)
    status, told, said = drift(ws)
    assert status == 0 and "too_few" in told and "No trace has a time" in said
    status, told, _ = drift(ws, "--current", "trace_id < 't2'")
    assert status == 0 and told.startswith("undecided (no_clusters)")


def test_another_embedder_leaves_clusters_out(tmp_path, drift, monkeypatch) -> None:
    ws = workspace(tmp_path)
    ws.map()
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag("another"))
    status, told, _ = drift(ws)
    assert status == 0 and "the map was made by another embedding model" in told


def test_a_golden_set_without_vectors_is_embedded(tmp_path, drift) -> None:
    ws = workspace(tmp_path)
    accept(ws, *(case(i, input_payload={"query": f"question {i} on a refund of {1000 + i}"}) for i in range(150)))
    ws.freeze(author="lee", reason="first", blind_share=0, allow_findings=True)
    status, told, _ = drift(ws, "--reference", "golden")
    assert status == 0 and told.startswith("drifted") and "150 traces against 210" in told
    assert "Prompts were not compared: of one side nobody knows which they are." in told
    assert "inside the clusters rather than between them" not in told  # there are none
    assert "outcome not tested (Only one of the two sets has any of it)." in told


def test_a_condition_that_meets_nothing_and_one_that_cannot_be(tmp_path, drift) -> None:
    ws = workspace(tmp_path, days=1)
    status, told, _ = drift(ws, "--current", "release = 'never'")
    assert status == 0 and told.startswith("undecided (too_few)")
    status, told, said = drift(ws, "--current", "no_column = 1")
    assert (status, told) == (2, "") and len(said.strip().splitlines()) == 1
