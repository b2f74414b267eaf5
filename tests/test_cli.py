"""The command line: verbs are documented, answers are one JSON object, mistakes are one line and exit status 2."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from workbench.cli import cli

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


def answer(*arguments: str) -> dict:
    found = run(*arguments, "--json")
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("\n") == 1
    return json.loads(found.stdout)


@pytest.mark.parametrize("verb", sorted(cli.commands))
def test_every_verb_is_documented_and_helpful(verb):
    assert f"| `{verb}" in README
    shown = CliRunner().invoke(cli, [verb, "--help"])
    assert shown.exit_code == 0
    assert cli.commands[verb].help and len(cli.commands[verb].help) > 15


def test_the_main_job_through_the_command_line(tmp_path):
    rows = [
        {"id": f"t{i}", "question": f"{what} number {i}", "answer": "Done.", "model": "m-1"}
        for i, what in enumerate(["cancel my order", "where is my parcel", "reset my password"] * 8)
    ]
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    w = str(tmp_path / "w")
    assert answer("-w", w, "init") == {"workspace": w}
    taken = answer("-w", w, "ingest", str(source))
    assert (taken["traces"], taken["duplicates"], taken["rejected"], taken["without_text"]) == (24, 0, 0, 0)
    assert set(taken) >= {"batch", "spans", "labels", "redacted", "rejected_rows", "ner"}
    again = answer("-w", w, "ingest", str(source))
    assert (again["traces"], again["duplicates"]) == (0, 24)
    embedded = answer("-w", w, "embed")
    assert embedded["texts"] == embedded["new"] == 24
    made = answer("-w", w, "map")
    assert made["traces"] == 24 and made["moved"] == 0
    listed = answer("-w", w, "clusters")["clusters"]
    assert len(listed) == made["clusters"]
    for cluster in listed:
        assert set(cluster) >= {"cluster", "n", "share", "keywords", "medoid"}
    target = tmp_path / "points.csv"
    answer("-w", w, "export", "points", str(target))
    lines = target.read_text().splitlines()
    assert lines[0] == "trace_id,x,y,cluster" and len(lines) == 25


def test_redact_needs_no_workspace(tmp_path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    text = "Write to jane.doe@example.com, please 🙂"
    source.write_text(json.dumps({"id": 7, "text": text}) + "\n")
    found = answer("redact", str(source), str(target))
    assert found["texts"] == 1 and found["findings"]["EMAIL"] == 1 and found["ner"]
    row = json.loads(target.read_text())
    spot = next(finding for finding in row["findings"] if finding["type"] == "EMAIL")
    assert text[spot["start"] : spot["end"]] == "jane.doe@example.com"
    assert "jane" not in row["text"] and row["id"] == 7


def test_redact_reads_what_other_writers_write(tmp_path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    half = '{"id": 1, "text": "\\ud83d cut, write to jane.doe@example.com"}\n'
    source.write_bytes(b"\xef\xbb\xbf" + half.encode())
    answer("redact", str(source), str(target))
    row = json.loads(target.read_text())
    (finding,) = row["findings"]
    text = json.loads(half)["text"]
    assert text[finding["start"] : finding["end"]] == "jane.doe@example.com"
    assert row["text"] == "\ufffd cut, write to <EMAIL_1>"


MISTAKES = {
    "no such verb": ["nonsense"],
    "no such option": ["clusters", "--nonsense"],
    "missing argument": ["ingest"],
    "no workspace": ["-w", "nowhere", "clusters"],
    "no such file": ["-w", "w", "ingest", "missing.jsonl"],
    "no such format": ["-w", "w", "ingest", "x.jsonl", "--format", "nonsense"],
    "no such table": ["-w", "w", "export", "nonsense", "x.csv"],
    "no such ending": ["-w", "w", "export", "traces", "x.xls"],
    "a folder to export to": ["-w", "w", "export", "traces", "folder.csv"],
    "no such port": ["-w", "w", "app", "--port", "99999"],
    "nothing to redact": ["redact", "empty.jsonl", "out.jsonl"],
    "a folder to redact to": ["redact", "x.jsonl", "folder.csv"],
    "a workspace that is a file": ["-w", "x.jsonl", "init"],
    "map of nothing": ["-w", "w", "map"],
    "clusters before a map": ["-w", "w", "clusters"],
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_and_exit_status_two(name, tmp_path):
    run("init", "w", cwd=tmp_path)
    (tmp_path / "x.jsonl").write_text('{"id": 1, "text": "hello"}\n')
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "folder.csv").mkdir()
    found = run(*MISTAKES[name], cwd=tmp_path)
    assert found.returncode == 2
    assert found.stdout == "" or name == "no such file" and found.stdout.startswith("0 new traces")
    assert found.stderr.startswith("workbench: ")
    assert found.stderr.count("\n") == 1
    assert "Traceback" not in found.stderr and "╭" not in found.stderr


def test_nothing_taken_still_prints_the_counts(tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "half a li')
    found = run("-w", str(tmp_path / "w"), "ingest", str(bad), "--json")
    assert found.returncode == 2
    counts = json.loads(found.stdout)
    assert counts["rejected"] == 1 and counts["traces"] == 0
    assert found.stderr.count("\n") == 1 and "half a li" not in found.stderr + found.stdout
