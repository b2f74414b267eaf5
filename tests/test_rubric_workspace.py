"""The rubric in a workspace: versions in the store, redaction, labels measured by it, and the command line."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from small_workspace import make

from workbench import Workspace
from workbench.cli import main
from workbench.errors import BadRequest, RubricChanged, UnknownName, UnreadableFile
from workbench.rubric import FIELDS, read_rubric, starter_rows

TONE = {"name": "tone", "level": "ordinal", "values": ["curt", "neutral", "warm"], "failure": "curt"}
FACTS = {"name": "facts", "values": ["fail", "pass"], "failure": "fail"}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make(tmp_path / "w", with_map=False)


def change(ws: Workspace, *rows: Any, **told: Any) -> Any:
    return ws.change_rubric(*rows, **{"author": "ana", "reason": "because", **told})


def given(ws: Workspace, tmp_path: Path, *rows: dict[str, Any], **told: Any) -> Any:
    path = tmp_path / "given.jsonl"
    filled = [{"trace_id": f"t-{10 + n}", "annotator": "ana", **row} for n, row in enumerate(rows)]
    path.write_text("".join(json.dumps(row) + "\n" for row in filled))
    return ws.import_labels(path, **told)


def cli(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_versions_are_kept_and_read_back(ws: Workspace) -> None:
    assert ws.rubric().version == 0 and not ws.rubric().dimensions
    assert change(ws, [TONE]).version == 1
    assert str(change(ws, add=[FACTS])) == "Version 2: added facts."
    again = Workspace(ws.path)
    assert again.rubric() == ws.rubric() and list(again.rubric(1).by_name) == ["tone"]
    with pytest.raises(UnknownName, match="0 to 2"):
        ws.rubric(3)


def test_no_change_makes_no_version(ws: Workspace) -> None:
    change(ws, [TONE])
    before = ws.revision
    assert change(ws, [TONE]).changes == () and ws.rubric().version == 1 and ws.revision == before


def test_whoever_was_faster_wins(ws: Workspace) -> None:
    other = Workspace(ws.path)
    assert other.rubric().version == 0
    change(ws, [TONE])
    assert other.rubric().get("tone").failure == "curt"
    with pytest.raises(RubricChanged, match="by ana, to version 1"):
        change(other, [FACTS], seen=0)
    with pytest.raises(RubricChanged, match="by ana, to version 1"):  # in the store itself, for two at the same moment
        ws.store.add_rubric_version(
            1, changed_at=ws.store.rubric_versions()[0]["changed_at"], author="ben", reason="x", dimensions=[]
        )
    assert ws.rubric().version == 1


def test_every_text_is_redacted_and_no_name_holds_an_address(ws: Workspace) -> None:
    change(
        ws, [{**TONE, "rule": "ask joe@example.com", "fails": "he wrote to eva@example.com"}], reason="of x@example.com"
    )
    kept = ws.rubric().get("tone")
    assert "example.com" not in kept.rule + kept.fails and kept.rule.startswith("ask <EMAIL_")
    change(ws, edit={"tone": {"passes": "to joe@example.com"}})
    assert "example.com" not in (ws.path / "workbench.db").read_bytes().decode("latin-1")
    for told in (
        {"add": [{**FACTS, "values": ["joe@example.com", "pass"], "failure": "pass"}]},
        {"author": "joe@example.com", "remove": ["tone"]},
        {"author": "", "remove": ["tone"]},
        {"reason": " ", "remove": ["tone"]},
    ):
        with pytest.raises(BadRequest):
            change(ws, **told)
    assert ws.rubric().version == 2


def test_the_starter_is_stored_word_for_word(ws: Workspace) -> None:
    ws.import_rubric("starter", author="ana")
    assert [{field: told[field] for field in FIELDS} for told in ws.rubric().to_dicts()] == starter_rows()
    assert ws.rubric_advice() == ()


def test_the_demo_s_rubric_is_stored_word_for_word(ws: Workspace) -> None:
    path = Path(__file__).parent.parent / "sample_data" / "rubric.toml"
    ws.import_rubric(path, author="demo")
    assert [{field: told[field] for field in FIELDS} for told in ws.rubric().to_dicts()] == read_rubric(path)


def test_a_file_goes_out_and_comes_back_as_the_same_version(ws: Workspace, tmp_path: Path) -> None:
    ws.import_rubric("starter", author="ana")
    assert ws.export_rubric(tmp_path / "r.toml") == 5
    assert ws.import_rubric(tmp_path / "r.toml", author="ben").changes == ()
    assert ws.import_rubric("mine.toml", author="ben", content=ws.rubric_text().encode()).version == 1
    with pytest.raises(UnreadableFile, match=r"no file nowhere\.toml"):
        ws.import_rubric(tmp_path / "nowhere.toml", author="ben")
    with pytest.raises(UnreadableFile, match="is a folder"):
        ws.import_rubric(tmp_path, author="ben")


def test_history_says_what_changed_and_whose_labels_are_about_something_else(ws: Workspace, tmp_path: Path) -> None:
    change(ws, [TONE, FACTS])
    given(ws, tmp_path, *[{"dimension": "tone", "value": "warm"}] * 3, {"dimension": "facts", "value": "pass"})
    change(ws, edit={"facts": {"rule": "look it up"}})
    change(ws, edit={"tone": {"values": ["curt", "fine"]}})
    told = ws.rubric_changes()
    assert told["version"].tolist() == [3, 2, 1]
    assert told["meaning"].tolist() == [["tone"], [], []] and told["wording"].tolist() == [[], ["facts"], []]
    assert told["added"].tolist() == [[], [], ["tone", "facts"]] and told["outdated"].tolist() == [3, 0, 0]
    assert "values curt, fine instead of curt, neutral, warm" in told["what"][0]


def test_dimensions_are_counted_over_what_people_said(ws: Workspace, tmp_path: Path) -> None:
    change(ws, [TONE, FACTS])
    given(
        ws,
        tmp_path,
        {"dimension": "tone", "value": "warm"},
        {"dimension": "tone", "value": "curt", "annotator": "ben"},
        {"dimension": "tone", "value": "curt", "annotator": "j", "annotator_kind": "judge"},
    )
    counted = ws.dimensions().set_index("name")
    assert counted["labels"].to_dict() == {"tone": 2, "facts": 0} and counted.loc["tone", "annotators"] == 2
    change(ws, edit={"tone": {"failure": "warm"}})
    assert ws.dimensions().set_index("name")["outdated"].to_dict() == {"tone": 2, "facts": 0}


def test_labels_from_a_file_are_measured_by_the_rubric(ws: Workspace, tmp_path: Path) -> None:
    change(ws, [TONE])
    report = given(
        ws,
        tmp_path,
        {"dimension": "Tone", "value": "Warm"},
        {"dimension": "tone", "value": "frosty"},
        {"dimension": "reach", "value": "whatever"},
        {"dimension": "tone", "value": "frosty", "annotator_kind": "judge", "annotator": "j"},
        {"dimension": "tone", "value": "curt", "rubric_version": 2},
        {"dimension": "outcome", "value": "pass"},
    )
    assert report.labels == 4 and report.unreadable == 1
    assert {row["row"]: row["reason"] for row in report.rejected_rows} == {
        1: "value: by the rubric tone is one of curt, neutral, warm",
        4: "rubric_version: this workspace's rubric is at version 1",
    }
    kept = ws.labels().set_index("dimension")
    assert kept.loc["tone", "value"].tolist() == ["warm", "unparsable"]
    assert kept["rubric_version"].fillna(0).to_dict() == {"tone": 1, "reach": 0, "outcome": 0}


def test_a_label_that_tells_its_version_is_measured_by_that_one(ws: Workspace, tmp_path: Path) -> None:
    change(ws, [TONE])
    change(ws, edit={"tone": {"values": ["curt", "fine"]}})
    report = given(
        ws,
        tmp_path,
        {"dimension": "tone", "value": "warm", "rubric_version": 1},
        {"dimension": "tone", "value": "warm"},
        {"dimension": "tone", "value": "fine"},
    )
    assert [row["row"] for row in report.rejected_rows] == [1]
    assert ws.labels()["rubric_version"].tolist() == [1, 2]


def test_without_a_rubric_every_dimension_is_free(ws: Workspace, tmp_path: Path) -> None:
    report = given(ws, tmp_path, {"dimension": "tone", "value": "anything"})
    assert report.labels == 1 and ws.labels()["rubric_version"].isna().all()


def test_the_same_through_the_command_line(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    def answer(*arguments: object) -> dict[str, Any]:
        code, out, err = cli(capsys, monkeypatch, "-w", tmp_path / "w", "rubric", *arguments, "--json")
        assert code == 0 and out.count("\n") == 1, err
        return json.loads(out)

    made = answer("import", "starter", "--author", "ana")
    assert made["version"] == 1 and {each["kind"] for each in made["changes"]} == {"added"}
    assert [each["name"] for each in answer("show")["dimensions"]] == [each["name"] for each in starter_rows()]
    target = tmp_path / "r.toml"
    assert answer("export", target) == {"path": str(target), "dimensions": 5, "version": 1}
    target.write_text(target.read_text().replace("Being short is never off by itself", "Short is fine"))
    again = answer("import", target, "--author", "ben", "--reason", "shorter", "--meaning-changed", "tone")
    assert [(each["name"], each["kind"]) for each in again["changes"]] == [("tone", "meaning")]
    assert [row["meaning"] for row in answer("history")["versions"]] == [["tone"], []]
    assert answer("show", "--version", 1)["version"] == 1
    assert answer("check") == {"advice": []}
    target.write_text(target.read_text().split('[[dimensions]]\nname = "tone"')[0])
    assert "3 dimensions" in answer("check", target)["advice"][0]


def test_the_command_line_tells_people_too(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    w = tmp_path / "w"
    cli(capsys, monkeypatch, "-w", w, "init")
    assert "no dimensions yet" in cli(capsys, monkeypatch, "-w", w, "rubric", "show")[1]
    assert "no dimensions yet" in cli(capsys, monkeypatch, "-w", w, "rubric", "check")[1]
    assert "Version 1: added" in cli(capsys, monkeypatch, "-w", w, "rubric", "import", "starter", "--author", "ana")[1]
    assert "just fails: " in cli(capsys, monkeypatch, "-w", w, "rubric", "show")[1]
    assert "ana" in cli(capsys, monkeypatch, "-w", w, "rubric", "history")[1]
    assert "nothing to put right" in cli(capsys, monkeypatch, "-w", w, "rubric", "check")[1]


def test_mistakes_are_one_line(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    w = tmp_path / "w"
    cli(capsys, monkeypatch, "-w", w, "init")
    (tmp_path / "bad.toml").write_text('[[dimensions]]\nname = "outcome"\nvalues = ["a", "b"]\nfailure = "a"\n')
    for arguments in (
        ("show", "--version", "7"),
        ("import", tmp_path / "nowhere.toml", "--author", "ana"),
        ("import", tmp_path / "bad.toml", "--author", "ana"),
        ("import", "starter", "--author", "joe@example.com"),
        ("export", tmp_path / "r.csv"),
        ("export", tmp_path / "r.toml"),
        ("check", tmp_path / "bad.toml"),
    ):
        code, out, err = cli(capsys, monkeypatch, "-w", w, "rubric", *arguments)
        assert code == 2 and out == "" and err.count("\n") == 1 and "Traceback" not in err
