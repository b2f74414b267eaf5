"""Braintrust: rows of the logs page and of the API."""

import csv
import json
from pathlib import Path

import pytest

from workbench import formats
from workbench.formats import Rejected, SpanRow, TraceRow

COLUMNS = ("name", "input", "output", "expected", "tags", "metrics", "metadata", "created", "span_id", "comments")
CHAT = [{"role": "user", "content": "hi"}, {"role": "asssistant", "content": "yo"}]


def page(tmp_path: Path, *rows: dict) -> list:
    path = tmp_path / "file"
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(
            {key: cell if isinstance(cell, str) else json.dumps(cell) for key, cell in row.items()} for row in rows
        )
    assert formats.detect(path) == "braintrust"
    return list(formats.read(path))


ROW = {
    "name": "root", "input": CHAT, "metrics": {"start": 1700000000.5, "end": 1700000002.0, "prompt_tokens": 3,
      "completion_tokens": 4, "estimated_cost": None},
    "metadata": {"model": "m", "tools": [{"type": "function"}], "user_id": "u", "note": "n"},
      "created": "2026-01-01T00:00:00Z", "span_id": "s1",
}  # fmt: skip


def test_a_row_of_the_page_is_a_trace(tmp_path):
    (record,) = page(tmp_path, ROW)
    assert isinstance(record, TraceRow)
    trace = record.trace
    assert [message["content"] for message in trace["messages"]] == ["hi", "yo"]
    expected = {"trace_id": "s1", "name": "root", "input": "hi", "output": "yo", "latency_ms": 1500, "tokens_in": 3,
      "model": "m",
                "user_id": "u", "tools": [{"type": "function"}], "status": "ok"}  # fmt: skip
    assert {key: trace[key] for key in expected} == expected
    assert trace["started_at"].timestamp() == 1700000000.5
    assert trace["metadata"]["note"] == "n"


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ("plain words", "plain words"),
        ([{"index": 0, "message": {"role": "assistant", "content": "done"}}], "done"),
        ({"answer": "done"}, "done"),
    ],
)
def test_outputs_in_their_forms_are_one_more_message(tmp_path, given, answer):
    record = page(tmp_path, {**ROW, "input": CHAT[:1], "output": given})[0]
    assert record.trace["output"] == answer
    assert record.trace["n_turns"] == 1


def test_an_answer_that_the_input_holds_already_is_not_said_twice(tmp_path):
    record = page(tmp_path, {**ROW, "output": "yo"})[0]
    assert [message["content"] for message in record.trace["messages"]] == ["hi", "yo"]


def test_a_list_among_the_messages_is_opened(tmp_path):
    record = page(tmp_path, {**ROW, "input": [CHAT[0], [CHAT[1]]]})[0]
    assert [message["content"] for message in record.trace["messages"]] == ["hi", "yo"]


def test_comments_are_peoples_notes(tmp_path):
    comments = [{"comment": {"text": "look here"}, "user": {"email": "ann@x"}, "created": "2026-01-02T00:00:00Z"}]
    (label,) = page(tmp_path, {**ROW, "comments": comments})[0].labels
    assert (label["dimension"], label["note"], label["annotator"], label["annotator_kind"]) == (
        "note",
        "look here",
        "ann@x",
        "human",
    )


def row(span_id: str, kind: str, parent: str | None = "r", **more) -> dict:
    return {
        "id": f"row-{span_id}", "_xact_id": "100", "span_id": span_id, "root_span_id": "r",
          "span_parents": [parent] if parent else None,
        "is_root": not parent, "span_attributes": {"name": span_id, "type": kind},
          "created": "2026-01-01T00:00:00Z", "input": None,
        "output": None, "expected": None, "error": None, "scores": None, "metadata": None, "tags": None,
        "metrics": {"start": 1700000000.0, "end": 1700000001.0}, **more,
    }  # fmt: skip


API = [
    row("r", "task", None, input={"question": "why?"}, output="because", tags=["a"], scores={"quality": 0.5}),
    row("l", "llm", input=CHAT[:1], output=[{"index": 0, "message": {"role": "assistant", "content": "because"}}],
        metrics={"start": 1700000000.2, "end": 1700000000.9, "prompt_tokens": 3, "completion_tokens": 4},
          metadata={"model": "m"}),
    row("s", "score", input="judge this", output={"score": 1}, scores={"factuality": 1.0}),
    row("j", "llm", "s", input=[{"role": "user", "content": "is it right?"}] * 9, metadata={"model": "judge"}),
    row("v", "review", scores={"quality": 0.25}, metadata={"reviewer": "ann"}),
    row("l", "llm", input=CHAT[:1], output=[{"message": {"role": "assistant", "content": "newest"}}],
      _xact_id="200", metadata={"model": "m2"}),
]  # fmt: skip


@pytest.mark.parametrize("layout", ["lines", "fetch", "btql"])
def test_rows_of_the_api_are_spans(tmp_path, layout):
    path = tmp_path / "file"
    content = {
        "lines": "\n".join(map(json.dumps, API)),
        "fetch": json.dumps({"events": API, "cursor": "x"}),
        "btql": json.dumps({"data": API}),
    }
    path.write_text(content[layout])
    assert formats.detect(path) == "braintrust"
    records = list(formats.read(path))
    assert [type(record) for record in records] == [SpanRow] * 6
    assert [record.span["span_id"] for record in records] == ["r", "l", "s", "j", "v", "l"]
    trace = formats.assemble([record.span for record in records])
    assert (trace["trace_id"], trace["name"], trace["input"], trace["output"], trace["tags"]) == (
        "r",
        "r",
        "why?",
        "because",
        ["a"],
    )
    assert trace["model"] == "m2"
    assert [message["content"] for message in trace["messages"]] == ["hi", "newest"]
    labels = [label for record in records for label in record.labels]
    assert [(label["dimension"], label["value"], label["annotator_kind"],
      label["annotator"]) for label in labels] == [
        ("factuality", "1", "judge", "s"), ("quality", "0.25", "human", "ann"),
    ]  # fmt: skip
    assert trace["metadata"]["scores"] == {"quality": 0.5}


def test_a_row_of_another_shape_is_rejected_with_its_place(tmp_path):
    records = page(tmp_path, ROW, {**ROW, "metrics": "secret"}, {**ROW, "span_id": ""})
    assert [record.reason for record in records if isinstance(record, Rejected)] == [
        "metrics: expected an object",
        "span_id: expected an id",
    ]
