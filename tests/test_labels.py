"""Labels from files, row by row: what is read, what is refused and why, and what a reading comes to."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from workbench.codebook import Code, Codebook
from workbench.errors import BadRequest, MissingColumns, UnreadableFile
from workbench.labels import Checked, FileRow, Reading, check, read_rows, reading_of, reading_rows

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
BOOK = Codebook(
    3,
    (
        Code("c1", "wrong date", aliases=("date mix-up",), severity=2),
        Code("c2", "rude", status="retired"),
    ),
)
HEAD = "trace_id,annotator,dimension,value,severity,note\n"


def checked(*rows: dict[str, Any], create_codes: bool = False) -> Checked:
    whole = [{"trace_id": "t1", "annotator": "ana", **row} for row in rows]
    numbered = [FileRow(number, row) for number, row in enumerate(whole)]
    return check(numbered, known={"t1", "t2"}, codebook=BOOK, create_codes=create_codes, now=NOW)


def reasons(result: Checked) -> list[str]:
    return [row["reason"] for row in result.rejected_rows]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- files --------------------------------------------------------------------------------------------------------

ROWS = [
    {"trace_id": "t1", "annotator": "ana", "dimension": "outcome", "value": "fail", "severity": None, "note": "curt"},
    {"trace_id": "t2", "annotator": "ana", "dimension": "code", "value": "wrong date", "severity": 2, "note": None},
]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "json", "parquet"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"labels.{ending}"
    if ending in ("csv", "tsv"):
        pd.DataFrame(ROWS).astype({"severity": "Int64"}).to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    elif ending == "parquet":
        parquet.write_table(pa.Table.from_pylist(ROWS), path)
    else:
        path.write_text(json.dumps(ROWS) if ending == "json" else "\n".join(map(json.dumps, ROWS)) + "\n\n")
    rows = read_rows(path)
    result = check(rows, known={"t1", "t2"}, codebook=BOOK, create_codes=False, now=NOW)
    assert [row.number for row in rows] == [0, 1] and not result.rejected_rows
    assert [(row["value"], row["severity"], row["note"]) for row in result.labels] == [
        ("fail", None, "curt"),
        ("wrong date", 2, None),
    ]


def test_other_peoples_csv_is_read(tmp_path: Path) -> None:
    text = '\ufeffItem;Annotator;Dimension;Value;Note\n\nt1;ana;outcome;fail;"two\nlines; one ""quote"""\n'
    (row,) = read_rows(written(tmp_path, "a.csv", text))
    assert row.values == {
        "trace_id": "t1", "annotator": "ana", "dimension": "outcome", "value": "fail", "note": 'two\nlines; one "quote"'
    }  # fmt: skip


def test_a_missing_column_is_named_and_what_there_is(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "trace_id,who,dimension,value\nt1,ana,outcome,fail\n")
    with pytest.raises(MissingColumns, match=r"no column 'annotator' \(it has: trace_id, who, dimension, value\)"):
        read_rows(path)
    with pytest.raises(BadRequest, match="labels have no column 'who'"):
        read_rows(path, annotator="ana")


def test_a_misspelt_column_is_not_silently_lost(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "trace_id,annotator,dimension,value,severty\nt1,ana,outcome,fail,3\n")
    with pytest.raises(BadRequest, match="labels have no column 'severty'; they may have: trace_id, dimension"):
        read_rows(path)


def test_a_file_without_a_header_does_not_show_its_text(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "t1,ana,note,called Mary Jones by +49 170 1234567\nt2,ana,outcome,fail\n")
    with pytest.raises(MissingColumns) as caught:
        read_rows(path)
    assert "Mary" not in str(caught.value) and "1 more that cannot be shown" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "holds no rows"),
        ("a.csv", HEAD, "holds no rows"),
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[" * 100_000, "not valid JSON"),
        ("a.json", '{"trace_id": "t1"}', "expected a JSON array"),
        ("a.xlsx", "x", "are read from .csv"),
        ("a.parquet", "no parquet", "not readable as Parquet"),
    ],
)
def test_a_file_that_is_no_table_of_labels_is_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read_rows(written(tmp_path, name, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such file"):
        read_rows(tmp_path / "gone.csv")


def test_broken_rows_are_counted_and_the_others_read(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEAD + "t1,ana,outcome,fail,,\nt1,ana\nt2,ana,outcome,pass,,\n")
    assert [row.problem for row in read_rows(path)] == [None, "2 fields where the header has 6", None]
    path = written(tmp_path, "a.jsonl", '{"trace_id": "t1", "annotator": "a", "dimension": "d", "value": "v"}\nx\n3\n')
    assert [row.problem for row in read_rows(path)][1:] == [
        "not valid JSON", "expected an object with the columns of a label"
    ]  # fmt: skip


def test_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    row = {"trace_id": "t1", "annotator": "a", "dimension": "note", "value": "one\u2028two\x85three"}
    path = written(tmp_path, "a.jsonl", json.dumps(row, ensure_ascii=False) + "\r\n" + "[" * 100_000 + "\n")
    first, second = read_rows(path)
    assert first.values == row and second.problem == "not valid JSON"


def test_long_notes_and_broken_characters(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEAD + f"t1,ana,note,{'x' * 200_000},,\nt2,ana,outcome,fail,,\n")
    assert [row.problem for row in read_rows(path)] == [None, None]
    line = '{"trace_id": "t1", "annotator": "a", "dimension": "note", "value": "%s"}\n'
    rows = read_rows(written(tmp_path, "a.jsonl", line % "fine" + line % "\\ud800 half"))
    assert rows[0].problem is None and "half a character" in str(rows[1].problem)


def test_a_failure_with_an_odd_id_is_no_crash(tmp_path: Path) -> None:
    run = {"trajectory_id": 2, "failures": [{"failure_id": [1], "failure_category": "x"}]}
    rows = read_rows(written(tmp_path, "a.json", json.dumps([{**run, "root_cause": {"failure_id": [1]}}])))
    assert [row.values["dimension"] for row in rows if row.values] == ["code", "root_cause"]


def test_step_failures_become_codes_at_their_steps_and_a_root_cause(tmp_path: Path) -> None:
    run = {
        "trajectory_id": 2,
        "failures": [
            {"failure_id": 1, "step_number": 3, "failure_category": "Wrong dates", "step_reason": "saw 3 for 5"},
            {"failure_id": 2, "step_number": 7, "failure_category": "wrong-date"},
        ],
        "root_cause": {"failure_id": 2, "reason_for_root_cause": "never looked"},
    }
    broken = {"trajectory_id": 3, "failures": [{}], "root_cause": {"failure_id": 9}}
    rows = read_rows(written(tmp_path, "a.json", json.dumps([run, broken])))
    assert [(row.values["dimension"], row.values["value"], row.values["at"]) for row in rows if row.values] == [
        ("code", "Wrong dates", "step:3"),
        ("code", "wrong-date", "step:7"),
        ("root_cause", "wrong-date", "step:7"),
    ]
    assert [(row.number, row.problem) for row in rows if row.problem] == [
        (1, "failures: expected objects with a failure_category"),
        (1, "root_cause: it names no failure of this run"),
    ]
    result = check(rows, known={"2"}, codebook=BOOK, create_codes=False, now=NOW)
    assert {row["value"] for row in result.labels} == {"wrong date"} and len(result.labels) == 3


# --- checks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"trace_id": "gone", "dimension": "outcome", "value": "pass"}, "no trace of that id"),
        ({"trace_id": "", "dimension": "outcome", "value": "pass"}, "trace_id: empty"),
        ({"annotator": " ", "dimension": "outcome", "value": "pass"}, "annotator: empty"),
        ({"dimension": "", "value": "pass"}, "dimension: empty"),
        ({"dimension": "the answer, was it good?", "value": "x"}, "dimension: expected outcome, code"),
        ({"dimension": "outcome", "value": "meh"}, "one of pass, fail, defer"),
        ({"dimension": "outcome", "value": ""}, "value: empty"),
        ({"dimension": "note", "value": " "}, "value: empty"),
        ({"dimension": "code", "value": "unheard of"}, "no code of that name"),
        ({"dimension": "code", "value": "rude"}, "no longer in force, it was retired"),
        ({"dimension": "code", "value": "wrong date", "severity": "9"}, "whole number from 1 to 5"),
        ({"dimension": "code", "value": "wrong date", "severity": "0"}, "whole number from 1 to 5"),
        ({"dimension": "code", "value": "wrong date", "severity": "2.5"}, "whole number from 1 to 5"),
        ({"dimension": "code", "value": "wrong date", "severity": "high"}, "whole number from 1 to 5"),
        ({"dimension": "code", "value": "wrong date", "codebook_version": "9"}, "codebook is at version 3"),
        ({"dimension": "outcome", "value": "fail", "labelled_at": "yesterday"}, "expected an ISO 8601 time"),
        ({"dimension": "outcome", "value": "fail", "labelled_at": "2031-01-01"}, "lies in the future"),
        ({"dimension": "outcome", "value": "fail", "labelled_at": "0001-01-01T00:00:00+05:00"}, "an ISO 8601 time"),
        ({"dimension": "outcome", "value": "fail", "round": "third"}, "one of blind, adjudicated"),
        ({"dimension": "outcome", "value": "fail", "annotator_kind": "cat"}, "one of human, judge, rule, user"),
        ({"dimension": "outcome", "value": "fail", "at": "the end"}, "message:N, span:ID or step:N"),
        ({"dimension": "outcome", "value": "fail", "seconds": "-1"}, "0 or more"),
        ({"dimension": "outcome", "value": "fail", "withdrawn": "maybe"}, "true or false"),
        ({"dimension": "outcome", "value": {"is": "fail"}}, "found a nested value"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_reason(row: dict[str, Any], reason: str) -> None:
    result = checked({"dimension": "outcome", "value": "pass", "trace_id": "t2"}, row)
    assert len(result.labels) == 1
    assert [each["row"] for each in result.rejected_rows] == [1] and reason in reasons(result)[0]


def test_a_reason_quotes_nothing_of_the_row() -> None:
    secret = "Mary Jones +49 170 1234567"
    names = ("trace_id", "dimension", "value", "severity", "labelled_at", "round", "at", "seconds", "withdrawn")
    usual = {"dimension": "code", "value": "wrong date"}
    result = checked(*({**usual, name: secret} for name in names))
    assert len(result.rejected_rows) == len(names) and "Mary" not in str(result.rejected_rows)


def test_what_is_given_in_other_words_is_understood() -> None:
    result = checked(
        {"dimension": "Outcome", "value": "FAIL", "labelled_at": "2026-11-05T12:00:00+02:00"},
        {"dimension": "code", "value": "Date  mix_up", "severity": 3.0},
        {"dimension": "note", "value": None, "note": "asked twice"},
        {"dimension": "tone", "value": 4},
    )
    outcome, code, note, tone = result.labels
    assert outcome["value"] == "fail" and outcome["labelled_at"] == datetime(2026, 11, 5, 10, tzinfo=UTC)
    assert (code["value"], code["severity"], code["codebook_version"]) == ("wrong date", 3, 3)
    assert (note["value"], note["note"]) == ("asked twice", None)
    assert (tone["value"], tone["annotator_kind"], tone["round"]) == ("4", "human", None)


def test_what_a_judge_says_that_is_no_outcome_is_kept_as_unparsable() -> None:
    said = [{"dimension": "outcome", "value": value, "trace_id": each} for value, each in (("N/A", "t1"), (None, "t2"))]
    for kind in ("Judge", "rule"):
        result = checked(*({**row, "annotator_kind": kind} for row in said))
        assert [row["value"] for row in result.labels] == ["unparsable", "unparsable"] and not result.rejected_rows
    assert len(checked(*said).rejected_rows) == 2  # a person says what they mean
    code = {"dimension": "code", "value": None, "annotator_kind": "judge"}
    assert "empty" in reasons(checked(code))[0]


def test_a_file_that_does_not_say_whose_labels_it_holds_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "item,value,annotator\nt1,pass,\nt2,perhaps,other\n")
    rows = read_rows(path, annotator="kestrel", annotator_kind="judge", dimension="outcome")
    result = check(rows, known={"t1", "t2"}, codebook=BOOK, create_codes=False, now=NOW)
    found = [(row["annotator"], row["annotator_kind"], row["dimension"], row["value"]) for row in result.labels]
    assert found == [("kestrel", "judge", "outcome", "pass"), ("other", "judge", "outcome", "unparsable")]


def test_a_row_that_stands_there_already_is_refused_and_so_is_one_that_says_otherwise() -> None:
    row = {"dimension": "outcome", "value": "fail"}
    code = {"dimension": "code", "value": "wrong date"}
    result = checked(
        row, row, {**row, "value": "pass"}, code, {**code, "value": "date mix-up"}, {**code, "at": "step:2"}
    )
    assert [each["row"] for each in result.rejected_rows] == [1, 2, 4] and len(result.labels) == 3
    assert reasons(result)[0] == "the same label stands in row 0"
    assert reasons(result)[1].startswith("row 0 says something else") and "without a time" in reasons(result)[1]
    timed = [{**row, "labelled_at": f"2026-11-0{day}"} for day in (1, 2)]
    assert len(checked(*timed).labels) == 2


def test_new_codes_gather_their_spellings_and_the_median_of_their_severities() -> None:
    rows = [("Too Long", 4), ("too-long", 2), ("Too Long", None), ("too_longs", 3), ("off topic", None)]
    given = [
        {"dimension": "code", "value": name, "severity": severity, "at": f"step:{number}"}
        for number, (name, severity) in enumerate(rows)
    ]
    result = checked(*given, create_codes=True)
    long, topic = result.new_codes
    assert (long.name, long.aliases, long.severity, long.n) == ("Too Long", ("too-long", "too_longs"), 3, 4)
    assert (topic.name, topic.severity) == ("off topic", None)
    assert [row["value"] for row in result.labels] == ["Too Long"] * 4 + ["off topic"]
    assert "no code" in checked(*given).rejected_rows[0]["reason"]
    assert "at most 80" in reasons(checked({"dimension": "code", "value": "x" * 90}, create_codes=True))[0]


def test_a_label_that_tells_its_version_keeps_the_name_it_was_given() -> None:
    result = checked({"dimension": "code", "value": "rude", "codebook_version": 2})
    assert (result.labels[0]["value"], result.labels[0]["codebook_version"]) == ("rude", 2)


values = st.one_of(st.none(), st.text(max_size=8), st.integers(-3, 9), st.floats(), st.booleans(), st.lists(st.text()))
columns = st.sampled_from(["trace_id", "annotator", "dimension", "value", "severity", "note", "labelled_at", "at"])


@given(st.lists(st.dictionaries(columns, values), max_size=6))
def test_every_row_is_either_taken_or_refused(rows: list[dict[str, Any]]) -> None:
    result = checked(*rows, create_codes=True)
    assert len(result.labels) + len(result.rejected_rows) == len(rows)


# --- readings -----------------------------------------------------------------------------------------------------

READING = Reading("t1", "ana", "fail", "wrong day", "message:2")


def said(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["dimension"], row["value"], row.get("at"), bool(row.get("withdrawn"))) for row in rows]


def test_what_is_not_said_stays_and_what_is_said_empty_is_taken_back() -> None:
    assert reading_rows(READING) == []
    assert said(reading_rows(READING, outcome="")) == [("outcome", "fail", None, True)]
    assert said(reading_rows(READING, note="  ")) == [("note", "wrong day", None, True)]
    assert said(reading_rows(READING, outcome="pass")) == [("outcome", "pass", None, False)]
    assert reading_rows(Reading("t1", "ana"), outcome="", note="") == []


def test_a_mark_moves_what_was_said_and_comes_off() -> None:
    moved = [("outcome", "fail", "span:a", False), ("note", "wrong day", "span:a", False)]
    assert said(reading_rows(READING, at="span:a")) == moved
    assert [row[2] for row in said(reading_rows(READING, at=""))] == [None, None]
    assert reading_rows(READING, at="message:2") == []


def test_codes_are_added_at_the_mark_and_taken_back_where_they_are() -> None:
    labels = [
        {"dimension": "code", "value": "a", "severity": 2, "at": "message:1"},
        {"dimension": "code", "value": "b", "severity": None, "at": None},
        {"dimension": "note", "value": "late", "severity": None, "at": "message:4"},
    ]
    reading = reading_of(labels, "t1", "ana")
    assert reading.names == ("a", "b") and reading.at == "message:4" and reading.reviewed
    assert said(reading_rows(reading, codes=["b", "c"])) == [
        ("code", "a", "message:1", True),
        ("code", "c", "message:4", False),
    ]
    (row,) = reading_rows(reading, severities={"a": 5})
    assert (row["severity"], row["at"]) == (5, "message:1")


@pytest.mark.parametrize("bad", [{"outcome": "good"}, {"at": "there"}, {"severities": {"a": 9}}])
def test_a_reading_that_cannot_be_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        reading_rows(READING, **bad)


def test_a_long_note_is_one_field_to_every_reader_of_labels(tmp_path):
    from workbench.long_form import read_long

    file = tmp_path / "labels.csv"
    file.write_text(f"item,annotator,value,note\n1,ana,pass,{'x' * 200_000}\n2,ana,fail,\n", encoding="utf-8")
    found = read_long(file)
    assert found["value"].tolist() == ["pass", "fail"] and len(found["note"].iloc[0]) == 200_000
