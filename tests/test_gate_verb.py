"""The gate on a frozen version: exit statuses, sealed cases, touched sets, looks, outputs that have to be scored."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from golden_cases import accept, case

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import NotReady, WorkbenchError

CONTRACT = """
[contract]
decision = "ship the assistant"
threshold = 0.8
"""


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = Workspace.create(tmp_path / "w")
    accept(ws, *(case(number) for number in range(150)))
    ws.freeze(author="ana", reason="first")
    return ws


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.toml"
    path.write_text(CONTRACT)
    return path


def results(ws: Workspace, path: Path, failing: int, **more: object) -> Path:
    ids = [each.case_id for each in ws.golden_cases()]
    rows = [{"case_id": case_id, "output": "x", "passed": at >= failing, **more} for at, case_id in enumerate(ids)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(ws: Workspace, *arguments: str) -> tuple[int, dict, str]:
    found = CliRunner().invoke(cli, ["-w", str(ws.path), "gate", *arguments, "--json"])
    if isinstance(found.exception, WorkbenchError):  # ``main`` makes one line and exit status 2 of it
        return 2, {}, str(found.exception)
    return found.exit_code, json.loads(found.stdout) if found.stdout.strip() else {}, found.stderr


@pytest.mark.parametrize(("failing", "status", "verdict"), [(2, 0, "pass"), (60, 1, "fail"), (20, 3, "undecided")])
def test_exit_statuses(ws, contract, tmp_path, failing: int, status: int, verdict: str) -> None:
    path = results(ws, tmp_path / "r.jsonl", failing)
    code, answer, _ = run(ws, "--golden", "1", "--results", str(path), "--contract", str(contract))
    assert (code, answer["verdict"]) == (status, verdict)
    assert {"verdict", "overall", "slices", "paired", "power"} <= answer.keys()
    assert answer["overall"]["n"] == 120 and answer["overall"]["threshold"] == 0.8
    assert ("n_needed" in answer["power"]) and answer["paired"] is None


@pytest.mark.parametrize(("failing", "status"), [(60, 1), (20, 3)])
def test_the_program_ends_with_the_status(ws, contract, tmp_path, failing: int, status: int) -> None:
    path = results(ws, tmp_path / "r.jsonl", failing)
    command = [sys.executable, "-m", "workbench", "-w", str(ws.path), "gate", "--results", str(path), "--json"]
    done = subprocess.run([*command, "--contract", str(contract)], capture_output=True, text=True, check=False)
    assert done.returncode == status and json.loads(done.stdout)["verdict"]


def test_against_the_baseline(ws, tmp_path) -> None:
    now, before = results(ws, tmp_path / "now.jsonl", 40), results(ws, tmp_path / "before.jsonl", 5)
    code, answer, told = run(ws, "--results", str(now), "--baseline", str(before))
    assert code == 1
    assert answer["paired"]["lost"] == 35 and answer["paired"]["gained"] == 0
    assert "No contract" in told


def test_files_for_a_pull_request(ws, contract, tmp_path) -> None:
    path = results(ws, tmp_path / "r.jsonl", 2)
    run(ws, "--results", str(path), "--contract", str(contract), "--junit", str(tmp_path / "j.xml"),
        "--markdown", str(tmp_path / "m.md"))  # fmt: skip
    assert 'failures="0"' in (tmp_path / "j.xml").read_text()
    assert "pass" in (tmp_path / "m.md").read_text().lower()


def test_a_touched_version_decides_nothing(ws, contract, tmp_path) -> None:
    path = results(ws, tmp_path / "r.jsonl", 2)
    file = ws.path / "golden" / "golden-v1.jsonl"
    file.write_bytes(file.read_bytes().replace(b"window", b"windov", 1))
    code, answer, told = run(ws, "--results", str(path), "--contract", str(contract))
    assert (code, answer) == (2, {})
    assert "not as it was frozen" in told and len(told.strip().splitlines()) == 1


def test_looks_are_counted_once_for_each_run(ws, contract, tmp_path) -> None:
    for turn in range(3):
        path = results(ws, tmp_path / f"r{turn}.jsonl", turn)
        report = ws.gate(path, contract=contract, release=f"r{turn}")
        assert report.looks == turn + 1
        assert ws.gate(path, contract=contract).looks == turn + 1
    looks = ws.gate_looks()
    assert looks["release"].tolist() == ["r0", "r1", "r2"] and looks["n"].tolist() == [120] * 3
    assert any("scored 3 times" in notice for notice in report.notices)
    ws.gate(results(ws, tmp_path / "r9.jsonl", 9), contract=contract, remember=False)
    assert len(ws.gate_looks(1)) == 3 and ws.gate_looks(2).empty


def test_sealed_cases_count_only_where_they_were_opened_for_the_release(ws, contract, tmp_path) -> None:
    opened = ws.open_golden(1, release="r7", reason="final check", opened_by="lee")
    ids = [each.case_id for each in (*ws.golden_cases(), *opened.cases)]
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps({"case_id": each, "passed": True}) + "\n" for each in ids))
    assert ws.gate(path, contract=contract, release="r7").overall.rate.n == 150
    other = ws.gate(path, contract=contract, release="r8")
    assert other.overall.rate.n == 120 and other.counts.unknown == 30


def test_outputs_are_scored_by_the_checks_of_their_cases(tmp_path: Path, contract: Path) -> None:
    ws = Workspace.create(tmp_path / "s")
    exact = [case(n, evaluation_type="exact", reference=f"{n} days") for n in range(30)]
    open_ = [case(n) for n in range(30, 40)]
    accept(ws, *exact, *open_)
    ws.freeze(author="ana", reason="first", blind_share=0)
    rows = [{"case_id": each.case_id, "output": each.reference or "some words"} for each in (*exact, *open_)]
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = ws.gate(path, contract=contract)
    assert report.overall.rate.n == 30 and report.overall.rate.estimate == 1.0
    assert report.counts.unscored == 10
    assert any("no verdict" in notice for notice in report.notices)


def test_likeness_is_asked_for_by_name_and_refuses_open_ended_cases_unless_forced(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "s")
    alike = [case(n, evaluation_type="reference", reference=f"within {n} days of the purchase") for n in range(20)]
    accept(ws, *alike, *(case(n, reference="within 9 days of the purchase") for n in range(20, 25)))
    ws.freeze(author="ana", reason="first", blind_share=0)
    path = tmp_path / "r.jsonl"
    rows = [{"case_id": f"case-{n:03d}", "output": f"it is within {n} days of the purchase"} for n in range(25)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert ws.gate(path, scorer="contains").overall.rate.n == 25
    code, _, told = run(ws, "--results", str(path), "--scorer", "rouge=0.5")
    assert code == 2 and "5 of 25 outputs are of open-ended cases" in told
    code, answer, told = run(ws, "--results", str(path), "--scorer", "rouge=0.5", "--force")
    assert answer["overall"]["n"] == 25 and "5 verdicts on open-ended cases are by likeness" in told
    for given in ("rouge", "rouge=much", "bleu=0.3"):
        assert run(ws, "--results", str(path), "--scorer", given)[0] == 2


def test_missing_unknown_and_repeated_rows_are_counted(ws, contract, tmp_path) -> None:
    ids = [each.case_id for each in ws.golden_cases()]
    rows = [{"case_id": each, "passed": True} for each in ids[:100]]
    rows += [{"case_id": "stranger", "passed": True}, {"case_id": ids[0], "passed": True}]
    rows += [{"case_id": ids[100], "error": "timed out"}]
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    counts = ws.gate(path, contract=contract).counts
    assert (counts.unknown, counts.duplicates, counts.errors, counts.missing) == (1, 1, 1, 19)


def test_a_judge_that_is_not_calibrated_decides_nothing(ws, contract, tmp_path) -> None:
    code, _, told = run(
        ws, "--results", str(results(ws, tmp_path / "r.jsonl", 2)), "--contract", str(contract), "--judge", "nobody"
    )
    assert code == 2 and len(told.strip().splitlines()) == 1


@pytest.mark.parametrize("content", ["", "{", '{"case": 1}\n', '{"case_id": "zzz", "passed": true}\n'])
def test_broken_results_are_one_line(ws, tmp_path, content: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    code, answer, told = run(ws, "--results", str(path))
    assert (code, answer) == (2, {}) and len(told.strip().splitlines()) == 1


def test_without_a_frozen_version_nothing_is_decided(tmp_path) -> None:
    with pytest.raises(NotReady, match="freeze"):
        Workspace.create(tmp_path / "e").gate(tmp_path / "r.jsonl")
