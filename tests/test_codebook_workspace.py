"""The codebook in a workspace: versions in the store, the re-tag queue, notes, files and the command line."""

import json
import multiprocessing
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_workspace import make

from workbench import Workspace
from workbench.cli import main
from workbench.errors import BadRequest, CodebookChanged, MissingColumns, UnknownCode, UnknownName, UnreadableFile

ANA, BEN, CHEN = "ana", "ben", "chen"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make(tmp_path / "w", with_map=False)


def change(ws: Workspace, kind: Any, names: Any, **told: Any) -> Any:
    return ws.change_codebook(kind, names, **{"author": ANA, "reason": "because", **told})


def code(trace: int, value: str, annotator: str, version: int, **more: Any) -> dict[str, Any]:
    trace_id = f"t-{trace:02d}" if trace != 5 else "t-hostile"
    given = {"trace_id": trace_id, "annotator": annotator, "annotator_kind": "human", "dimension": "code"}
    return {**given, "value": value, "codebook_version": version, **more}


@pytest.fixture
def sixty(ws: Workspace) -> Workspace:
    """A code with 60 labels of three annotators on 30 traces, and another code with 7."""
    change(ws, "create", "wrong refund", fields={"severity": 4})
    change(ws, "create", "rude")
    rows = [code(n, "wrong refund", who, 2, severity=3) for n in range(30) for who in (ANA, BEN)]
    rows[-10:] = [{**row, "annotator": CHEN} for row in rows[-10:]]
    rows = list({(row["trace_id"], row["annotator"]): row for row in rows}.values())
    rows += [code(n, "wrong refund", ANA, 2, severity=3) for n in range(30, 30 + 60 - len(rows))]
    assert len(rows) == 60
    ws.store.add_labels([*rows, *(code(n, "rude", BEN, 2) for n in range(7))])
    return ws


def test_versions_are_kept_and_read_back(ws: Workspace) -> None:
    assert ws.codebook().version == 0 and not ws.codebook().codes
    change(ws, "create", "late", fields={"definition": "over a minute", "severity": 3, "aliases": ["slow"]})
    change(ws, "rename", "late", into="too late")
    again = Workspace(ws.path)
    assert again.codebook() == ws.codebook()
    assert again.codebook(1).get("late").name == "late" and again.codebook().get("slow").name == "too late"
    assert [change.kind for change in again.codebook_history().changes] == ["create", "rename"]
    with pytest.raises(UnknownName, match="0 to 2"):
        ws.codebook(3)


def test_what_another_process_changed_is_seen(ws: Workspace) -> None:
    other = Workspace(ws.path)
    assert other.codebook().version == 0
    change(ws, "create", "late")
    assert other.codebook().get("late").name == "late"


def test_a_merge_of_sixty_labels(sixty: Workspace) -> None:
    before = sixty.store.labels(newest=False)
    preview = sixty.preview_change("merge", ["wrong refund", "rude"], into="rude")
    assert (preview.labels, preview.retags, preview.makes_stale) == (60, 60, "confirm")
    assert sum(preview.by_annotator.values()) == 60 and set(preview.by_annotator) == {ANA, BEN, CHEN}
    assert sixty.codebook().version == 2, "a preview changes nothing"
    done = change(sixty, "merge", ["wrong refund", "rude"], into="rude")
    assert dict(done.by_annotator) == dict(preview.by_annotator) and str(done) == str(preview)
    # every old label is as it was, and readable under its old version
    pd.testing.assert_frame_equal(sixty.store.labels(newest=False), before)
    then = sixty.codebook(2)
    assert all(then.get(value).name == value for value in before["value"])
    # the queue holds exactly the sixty
    queue = sixty.stale_labels()
    assert len(queue) == 60 and set(queue["value"]) == {"wrong refund"} and set(queue["why"]) == {"confirm"}
    assert queue["annotator"].value_counts().to_dict() == dict(preview.by_annotator)
    # they go on counting
    assert sixty.codes().set_index("name")["labels"].to_dict() == {"rude": 67}


def test_a_split_of_sixty_labels(sixty: Workspace) -> None:
    before = sixty.store.labels(newest=False)
    done = change(sixty, "split", "wrong refund", into=["refund too low", {"name": "refund denied", "severity": 5}])
    assert (done.labels, done.makes_stale) == (60, "choose")
    pd.testing.assert_frame_equal(sixty.store.labels(newest=False), before)
    queue = sixty.stale_labels()
    assert len(queue) == 60 and set(queue["options"]) == {("refund too low", "refund denied")}
    assert queue["code"].isna().all()
    assert sixty.codes().set_index("name")["labels"].to_dict() == {"rude": 7, "refund too low": 0, "refund denied": 0}
    with pytest.raises(BadRequest, match="cannot be confirmed"):
        sixty.retag(queue[queue["annotator"] == ANA], annotator=ANA)
    mine = queue[queue["annotator"] == ANA]
    assert sixty.retag(mine[:5], "refund denied", annotator=ANA) == 5
    assert sixty.retag(mine[5:7], ["refund denied", "refund too low"], annotator=ANA) == 2
    assert sixty.retag(mine[7:8], [], annotator=ANA) == 1
    assert len(sixty.stale_labels()) == 52 and len(sixty.stale_labels(ANA)) == len(mine) - 8
    counts = sixty.codes().set_index("name")["labels"].to_dict()
    assert counts == {"rude": 7, "refund too low": 2, "refund denied": 7}
    kept = sixty.store.labels(annotator=ANA)
    assert set(kept.loc[kept["value"] == "refund denied", "severity"]) == {3}


def test_confirming_twice_or_from_two_windows_answers_once(sixty: Workspace) -> None:
    change(sixty, "merge", ["wrong refund"], into="rude")
    queue = sixty.stale_labels(BEN)
    n = len(queue)
    assert sixty.retag(queue, annotator=BEN) == n
    labels = len(sixty.store.labels(newest=False))
    assert sixty.retag(queue, annotator=BEN) == 0
    assert len(sixty.store.labels(newest=False)) == labels
    assert len(sixty.stale_labels()) == 60 - n
    history = sixty.codebook_changes()
    assert history[["version", "touched", "waiting"]].iloc[0].tolist() == [3, 60, 60 - n]


def test_nobody_answers_for_another(sixty: Workspace) -> None:
    change(sixty, "merge", ["wrong refund"], into="rude")
    with pytest.raises(BadRequest, match="labels of your own"):
        sixty.retag(sixty.stale_labels(BEN), annotator=ANA)
    with pytest.raises(UnknownCode):
        sixty.retag(sixty.stale_labels(ANA), "nonsense", annotator=ANA)
    assert len(sixty.stale_labels()) == 60


def test_a_change_of_meaning_is_answered_by_the_same_code_again(sixty: Workspace) -> None:
    change(sixty, "edit", "rude", fields={"definition": "insults only"}, meaning_changed=True)
    queue = sixty.stale_labels(code="rude")
    assert len(queue) == 7
    assert sixty.retag(queue[:3], annotator=BEN) == 3
    assert len(sixty.stale_labels()) == 4 and sixty.codes().set_index("name")["labels"]["rude"] == 7


def test_undo_takes_an_answer_back(sixty: Workspace) -> None:
    change(sixty, "merge", ["wrong refund"], into="rude")
    sixty.retag(sixty.stale_labels(CHEN)[:1], annotator=CHEN)
    assert len(sixty.stale_labels()) == 59
    sixty.store.undo_labels(CHEN)
    assert len(sixty.stale_labels()) == 60


def test_the_later_of_two_writers_is_told_and_nothing_of_theirs_is_kept(ws: Workspace) -> None:
    other = Workspace(ws.path)
    change(ws, "create", "late")
    with pytest.raises(CodebookChanged, match="changed meanwhile by ana, to version 1"):
        change(other, "create", "rude", author=BEN, seen=0)
    # the race itself: both read version 1, both write version 2
    history = other.codebook_history()
    change(ws, "create", "rude")
    other.codebook_history = lambda: history  # type: ignore[method-assign]
    with pytest.raises(CodebookChanged, match="nothing of this change was kept"):
        other.add_codes([{"name": "x"}], author=BEN, labels=[code(1, "x", BEN, 0)])
    assert [code.name for code in ws.codebook().active] == ["late", "rude"]
    assert ws.store.labels(newest=False).empty


def _create_many(path: Path, who: str, told: Any) -> None:
    ws = Workspace(path)
    refused = 0
    for n in range(10):
        try:
            ws.change_codebook("create", f"{who} number {chr(97 + n)}", author=who)
        except CodebookChanged:
            refused += 1
    told.put(10 - refused)


@pytest.mark.deep
def test_four_processes_leave_versions_without_gaps(ws: Workspace) -> None:
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    people = [context.Process(target=_create_many, args=(ws.path, f"p{n}", told)) for n in range(4)]
    for each in people:
        each.start()
    made = sum(told.get(timeout=60) for _ in people)
    for each in people:
        each.join()
    history = ws.codebook_history()
    assert [change.version for change in history.changes] == list(range(1, made + 1))
    assert len(history.current.active) == made >= 10


def test_texts_are_redacted_and_names_may_hold_no_address(ws: Workspace) -> None:
    fields = {"definition": "write to jane.doe@example.com", "just_in": "call +1 202 555 0143", "owner": "Ana Lee"}
    change(ws, "create", "late", fields=fields, reason="jane.doe@example.com complained")
    change(ws, "split", "late", into=["a", {"name": "b", "excludes": "card 4111 1111 1111 1111"}])
    raw = json.dumps(ws.store.codebook_versions(), default=str)
    assert "jane.doe" not in raw and "555 0143" not in raw and "4111 1111" not in raw
    assert "<EMAIL_1>" in raw and "Ana Lee" in raw
    for told in (
        {"names": "ask jane.doe@example.com"},
        {"names": "x", "fields": {"aliases": ["jane.doe@example.com"]}},
    ):
        with pytest.raises(BadRequest, match="looks like an address") as caught:
            change(ws, "create", **told)
        assert "jane" not in str(caught.value)
    with pytest.raises(BadRequest, match="may be no address"):
        change(ws, "create", "x", author="jane.doe@example.com")
    assert ws.codebook().version == 2


def note(trace: int, text: str, annotator: str = ANA, **more: Any) -> dict[str, Any]:
    return {**code(trace, text, annotator, 0), "dimension": "note", "codebook_version": None, **more}


def test_open_notes_are_those_without_a_code(ws: Workspace) -> None:
    ws.store.add_labels([code(1, "late", ANA, 0), code(2, "late", BEN, 0)])
    ws.store.add_labels([note(n, f"note {n}") for n in range(5)])
    ws.store.add_labels([{**note(3, "pass"), "dimension": "outcome"}, note(4, "judged", annotator_kind="judge")])
    found = ws.open_notes()
    # 1 has a code by its reader; 2 one by somebody else, but before the note; 3 passed; 4 is a machine's
    assert found["trace_id"].tolist() == ["t-00", "t-02"]
    ws.store.add_labels([code(2, "late", CHEN, 0)])
    assert ws.open_notes()["trace_id"].tolist() == ["t-00"]
    assert ws.open_notes(annotator=BEN).empty


def test_accepting_a_group_makes_the_code_and_the_labels_at_once(ws: Workspace) -> None:
    said = [
        "it promised a refund",
        "promised a refund",
        "promised a refund, wrongly",
        "wrong date",
        "the date is wrong",
    ]
    ws.store.add_labels([note(n, text, at="message:2") for n, text in enumerate(said)])
    groups = ws.suggest_groups()
    assert groups["group"].tolist() == [0, 0, 0, 1, 1]
    first = groups[groups["group"] == 0]
    assert ws.code_notes(first, "Refund promised", author=BEN, fields={"severity": 4, "definition": "no policy"}) == 3
    book = ws.codebook()
    assert (book.version, book.get("refund promised").severity) == (1, 4)
    assert ws.codebook_history().changes[0].reason == "from 3 notes"
    labels = ws.store.labels(annotator=BEN)
    assert labels["value"].tolist() == ["Refund promised"] * 3
    assert set(labels["codebook_version"]) == {1} and set(labels["at"]) == {"message:2"}
    assert set(ws.suggest_groups()["note"]) == {"wrong date", "the date is wrong"}
    assert ws.code_notes(groups[groups["group"] == 1], "refund promised", author=BEN) == 2
    assert ws.codebook().version == 1 and ws.open_notes().empty and ws.suggest_groups().empty
    with pytest.raises(BadRequest, match="no note is chosen"):
        ws.code_notes(groups[:0], "x", author=BEN)
    with pytest.raises(BadRequest, match="at most 80"):
        ws.code_notes(groups, "x" * 99, author=BEN)


@pytest.mark.parametrize("ending", ["toml", "csv"])
def test_codes_go_round_through_a_file(ws: Workspace, tmp_path: Path, ending: str) -> None:
    fields = {
        "definition": 'says "full refund",\nwhere none is due',
        "includes": "vouchers; credit",
        "excludes": "it's [not] a = b",
        "just_in": "ü €",
        "just_out": "# no comment",
        "severity": 5,
        "owner": "Ana",
        "category": "Policy",
        "aliases": ["refund; invented", "promised, refund"],
    }
    change(ws, "create", "Invented refund", fields=fields)
    change(ws, "create", "plain")
    change(ws, "create", "old")
    change(ws, "merge", ["old"], into="plain")
    file = tmp_path / f"codes.{ending}"
    assert ws.export_codes(file) == 2
    other = Workspace.create(tmp_path / "other")
    made = other.import_codes(file, author=BEN)
    assert (made.version, made.created) == (1, ("Invented refund", "plain"))

    def told(each: Workspace) -> list[dict[str, Any]]:
        return [{**code.to_dict(), "code_id": ""} for code in each.codebook().active]

    assert told(other) == told(ws) and other.codebook().get("OLD").name == "plain"
    again = other.import_codes(file, author=BEN)
    assert (again.version, again.created, again.updated) == (1, (), ()) and len(again.unchanged) == 2
    other.change_codebook("edit", "plain", author=BEN, fields={"severity": 1})
    file.write_text(file.read_text().replace("plain", "Plain"))
    assert other.import_codes(file, author=BEN).updated == ()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_table_of_codes_is_exported_like_the_others(sixty: Workspace, tmp_path: Path, ending: str) -> None:
    change(sixty, "edit", "rude", fields={"aliases": ["curt", "cold"]})
    change(sixty, "merge", ["wrong refund"], into="rude")
    file = tmp_path / f"codes.{ending}"
    assert sixty.export("codes", file) == 2
    if ending == "csv":
        rows = pd.read_csv(file).set_index("name")
        assert json.loads(rows.loc["rude", "aliases"]) == ["curt", "cold", "wrong refund"]
    elif ending == "jsonl":
        rows = pd.DataFrame([json.loads(line) for line in file.read_text().splitlines()]).set_index("name")
        assert rows.loc["rude", "aliases"] == ["curt", "cold", "wrong refund"]
    else:
        rows = pd.read_parquet(file).set_index("name")
    assert rows["labels"].to_dict() == {"wrong refund": 0, "rude": 67}
    assert rows["status"].to_dict() == {"wrong refund": "merged", "rude": "active"}


BAD_FILES = {
    "wrong.csv": ("nme,definition\nx,y\n", BadRequest, "a column 'nme' that codes do not have"),
    "no_name.csv": ("definition\nx\n", MissingColumns, "no column 'name'"),
    "no_head.csv": ("secret words of a user here\n", BadRequest, "has a column '…'|a column 'secret"),
    "severity.csv": ("name,severity\nx,2\ny,9\n", BadRequest, "row 1: a severity"),
    "cells.csv": ("name,severity\nx\n", BadRequest, "row 0 has 1 cells where the head has 2"),
    "twice.csv": ("name,Name\nx,y\n", BadRequest, "two columns for one field"),
    "clash.csv": ("name,aliases\nx,\ny,X\n", BadRequest, "row 1: .* name of the code 'x' already"),
    "empty.csv": ("", BadRequest, "holds no codes"),
    "head.csv": ("name\n", BadRequest, "holds no codes"),
    "quote.csv": ('name\n"x\n', UnreadableFile, "quote is left open"),
    "broken.toml": ("[[codes]\nname=1", UnreadableFile, "no valid TOML"),
    "deep.toml": ("x=" + "[" * 5000, UnreadableFile, "nested too deeply"),
    "other.toml": ("a = 1", UnreadableFile, r"no \[\[codes\]\]"),
    "list.toml": ("codes = [1]", UnreadableFile, r"no \[\[codes\]\]"),
    "type.toml": ("[[codes]]\nname = 7", BadRequest, "row 0: the name of a code has to be text"),
    "alias.toml": ("[[codes]]\nname = 'x'\naliases = [1]", BadRequest, "aliases have to be texts"),
    "codes.xls": ("name", UnreadableFile, "neither .toml nor .csv"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_whole(ws: Workspace, tmp_path: Path, name: str) -> None:
    text, error, message = BAD_FILES[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(error, match=message) as caught:
        ws.import_codes(tmp_path / name, author=ANA)
    assert "secret words of a user" not in str(caught.value)
    assert ws.codebook().version == 0


def test_no_file_and_no_place_for_one(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="there is no file"):
        ws.import_codes(tmp_path / "none.csv", author=ANA)
    (tmp_path / "bytes.csv").write_bytes(b"name\n\xff\xfe")
    with pytest.raises(UnreadableFile, match="UTF-8"):
        ws.import_codes(tmp_path / "bytes.csv", author=ANA)
    for bad in ("x.xls", "none/x.csv"):
        with pytest.raises(BadRequest, match="cannot write"):
            ws.export_codes(tmp_path / bad)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process: exit status, stdout, stderr."""

    def runs(ws: Workspace, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", "-w", str(ws.path), "codebook", *arguments])
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return runs


def answer(run: Run, ws: Workspace, *arguments: str) -> dict[str, Any]:
    status, out, err = run(ws, *arguments, "--json")
    assert status == 0, err
    assert out.count("\n") == 1
    told: dict[str, Any] = json.loads(out)
    return told


def test_the_codebook_on_the_command_line(sixty: Workspace, run: Run) -> None:
    assert [each["labels"] for each in answer(run, sixty, "list")["codes"]] == [60, 7]
    told = answer(run, sixty, "merge", "wrong refund", "--into", "rude", "--dry-run")
    assert (told["labels"], told["retags"], told["makes_stale"], told["dry_run"]) == (60, 60, "confirm", True)
    assert answer(run, sixty, "stale")["stale"] == 0
    told = answer(run, sixty, "merge", "wrong refund", "--into", "rude", "--author", "ana", "--reason", "one thing")
    assert told["version"] == 3 and not told["dry_run"]
    waiting = answer(run, sixty, "stale")
    assert waiting["stale"] == 60 == len(waiting["labels"])
    assert waiting["labels"][0]["options"] == ["rude"] and waiting["labels"][0]["codebook_version"] == 2
    mine = waiting["by_annotator"]["ben"]
    assert answer(run, sixty, "retag", "--annotator", "ben", "--confirm") == {"answered": mine, "waiting": 0}
    shown = answer(run, sixty, "show", "Wrong-Refunds")
    assert (shown["name"], shown["stale"]) == ("rude", 60 - mine)
    assert [each["reason"] for each in shown["history"]] == ["one thing", "because"]
    versions = answer(run, sixty, "history")["versions"]
    assert [each["version"] for each in versions] == [3, 2, 1] and versions[0]["waiting"] == 60 - mine
    assert len(answer(run, sixty, "history", "--version", "3")["labels"]) == 60
    assert answer(run, sixty, "history", "--version", "1")["labels"] == []


def test_tables_for_people_and_published_lists(ws: Workspace, run: Run) -> None:
    assert answer(run, ws, "import", "tau_bench", "--author", "ana")["created"][0] == "Goal partially completed"
    assert "4 as they were" in run(ws, "import", "tau_bench", "--author", "ana")[1]
    for arguments in (["list"], ["show", "used wrong tool"], ["history"], ["stale"], ["notes"], ["taxonomies"]):
        status, out, err = run(ws, *arguments)
        assert status == 0 and out, err
    assert {each["name"] for each in answer(run, ws, "taxonomies")["taxonomies"]} == {
        "mast",
        "trail",
        "agentrx",
        "tau_bench",
    }


MISTAKES = {
    "severity 9": ["create", "x", "--severity", "9"],
    "name taken": ["create", "RUDE"],
    "unknown code": ["rename", "nonsense", "x"],
    "merge into itself": ["merge", "rude", "--into", "rude", "--reason", "r"],
    "merge without a reason": ["merge", "rude", "--into", "wrong refund"],
    "one part": ["split", "rude", "--into", "x", "--reason", "r"],
    "nobody": ["create", "x", "--author", ""],
    "no such file": ["import", "none.csv"],
    "nothing said": ["retag", "--annotator", "ana"],
    "somebody's code": ["retag", "--annotator", "ana", "--as", "nonsense"],
    "no such version": ["show", "rude", "--version", "9"],
    "no such change": ["history", "--version", "9"],
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_and_changes_nothing(sixty: Workspace, run: Run, name: str) -> None:
    status, out, err = run(sixty, *MISTAKES[name])
    assert status == 2 and out == ""
    assert err.startswith("workbench: ") and err.count("\n") == 1
    assert sixty.codebook().version == 2
