"""What the demo shows of the golden set: ranked failures become cases, one release is held, the fix passes, v2 follows.

Only the traces that become cases are taken in here, and no map is made; the steps are those of the demo verb.
"""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from workbench import Workspace
from workbench.cli import cli
from workbench.demo.golden import FIX, LIVE, golden_loop

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data"


def rows_of(name: str) -> list[dict[str, str]]:
    with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict]:
    folder = tmp_path_factory.mktemp("demo")
    wanted = {row["trace_id"] for row in rows_of("golden.csv")}
    lines = (SAMPLE / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    part = [line for line in lines if json.loads(line)["trace_id"] in wanted]
    (folder / "part.jsonl").write_text("\n".join(part), encoding="utf-8")
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [row for row in rows_of("labels.csv") if row["trace_id"] in wanted]
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (folder / "w").mkdir()
    settings = (SAMPLE / "workspace.toml").read_text(encoding="utf-8")
    (folder / "w" / "workspace.toml").write_text(settings.replace('ner = "auto"', 'ner = "offline"'), encoding="utf-8")
    ws = Workspace.create(folder / "w")
    ws.ingest(folder / "part.jsonl")
    ws.import_labels(folder / "labels.csv", create_codes=True)
    return ws, golden_loop(ws, SAMPLE)


def test_the_live_release_is_held_and_the_fix_passes(demo) -> None:
    """Whichever fifth is sealed, which hangs on the workspace's secret."""
    ws, made = demo
    assert made["versions"] == 2
    assert made["verdicts"][f"{LIVE} on v1"] == "fail" and made["verdicts"][f"{FIX} on v1"] == "pass"
    assert made["verdicts"][f"{LIVE} on v2"] == "fail" and made["verdicts"][f"{FIX} on v2"] != "fail"
    runs = ws.runs()
    assert runs[["release", "version"]].values.tolist() == [[LIVE, 1], [FIX, 1], [LIVE, 2], [FIX, 2]]
    assert runs["finished_at"].notna().all() and (runs["errors"] == 0).all()
    live, fix = runs["run_id"][:2]
    report = ws.gate(fix, version=1, baseline=live, remember=False)
    assert report.paired.difference.low > 0.05
    worst = ws.gate(live, version=1, remember=False).slices.iloc[0]
    assert worst["slice"] == "failure=stale_info" and worst["rate"] == 0 and worst["state"] == "fails"


def test_both_versions_are_sealed_in_part_and_say_why_they_changed(demo) -> None:
    ws, _ = demo
    versions = ws.golden_versions()
    assert versions["cases"].tolist() == [74, 91]
    assert [round(0.2 * n) for n in (74, 91)] == [15, 18] and versions["blind"].tolist() in ([15, 18], [15, 19])
    assert versions.loc[1, ["added", "removed", "relabelled"]].tolist() == [18, 1, 1]
    text = ws.golden_changelog()
    assert "wrong label: the expected answer left out that the fare decides, by lee" in text
    assert "retired: asks nothing that the next case does not ask, by lee" in text
    assert all(each.ok for each in ws.verify_golden()) and ws.golden_looks() == []
    assert not ws.check_golden().refused


def test_the_cases_say_who_found_the_failure_and_what_should_happen(demo) -> None:
    ws, _ = demo
    cases = ws.golden_cases(2)
    every = [*cases, *ws.golden_folder.sealed_cases(2)]
    assert sorted(case.source for case in every if case.source != "production") == ["adversarial"] * 2 + ["expert"] * 2
    promoted = [case for case in cases if case.trace_id is not None]
    assert all(case.labelled_by and case.checks and case.expected_behavior for case in cases)
    assert all({"ana", "ben", "chen"} & set(case.labelled_by) for case in promoted)
    assert {case.slices["failure"] for case in promoted} >= {"stale_info", "invented_policy", "asked_again", "none"}


def test_building_it_again_changes_nothing(demo) -> None:
    ws, made = demo
    before, looks = len(ws.cases()), len(ws.gate_looks())
    assert golden_loop(ws, SAMPLE) == made
    assert (len(ws.cases()), len(ws.gate_looks()), len(ws.runs())) == (before, looks, 4)


def test_the_command_line_tells_the_same(demo) -> None:
    ws, made = demo
    live, fix = ws.runs()["run_id"][:2]
    told = ["gate", "--results", fix, "--baseline", live, "--golden", "1", "--json"]
    found = CliRunner().invoke(cli, ["-w", str(ws.path), *told])
    assert (found.exit_code, json.loads(found.stdout)["verdict"]) == (0, made["verdicts"][f"{FIX} on v1"])
