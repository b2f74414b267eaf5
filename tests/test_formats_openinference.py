"""Phoenix spans, by REST and out of data frames."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench import formats
from workbench.formats import Rejected

REST = [
    {
        "id": "Rw==", "name": "agent", "context": {"trace_id": "t1", "span_id": "s1"}, "span_kind": "AGENT",
          "parent_id": None,
        "start_time": "2026-01-01T00:00:00+00:00", "end_time": "2026-01-01T00:00:03+00:00", "status_code": "OK",
          "status_message": "",
        "attributes": {"input.value": "what is it?", "output.value": "a thing", "session.id": "se",
          "user.id": "us"}, "events": [],
    },
    {
        "id": "Rx==", "name": "model", "context": {"trace_id": "t1", "span_id": "s2"}, "span_kind": "LLM",
          "parent_id": "s1",
        "start_time": "2026-01-01T00:00:01+00:00", "end_time": "2026-01-01T00:00:02+00:00", "status_code": "UNSET",
          "status_message": "",
        "attributes": {
            "llm.model_name": "m", "llm.token_count.prompt": 3, "llm.invocation_parameters": '{"temperature": 0}',
            **{f"llm.input_messages.{n}.message.role": "user" if n % 2 == 0 else "assistant" for n in range(11)},
            **{f"llm.input_messages.{n}.message.content": f"m{n}" for n in range(11)},
            "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "a thing",
            "llm.tools.0.tool.json_schema": '{"name": "f"}',
        },
        "events": [],
        "annotations": [
            {"name": "quality", "annotator_kind": "HUMAN", "user_id": "ann", "result": {"label": "bad",
              "explanation": "off"}, "updated_at": "2026-01-02T00:00:00Z"},
            {"name": "toxic", "annotator_kind": "LLM", "result": {"score": 0.0}},
        ],
    },
]  # fmt: skip


def read(path: Path, content: object) -> list:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    assert formats.detect(path) == "openinference"
    return list(formats.read(path))


@pytest.mark.parametrize("layout", ["array", "lines", "envelope"])
def test_rest_spans(tmp_path, layout):
    content = {
        "array": REST,
        "lines": "\n".join(map(json.dumps, REST)),
        "envelope": {"data": REST, "next_cursor": None},
    }[layout]
    records = read(tmp_path / "f", content)
    trace = formats.assemble([record.span for record in records])
    assert (trace["input"], trace["output"], trace["name"]) == ("what is it?", "a thing", "agent")
    assert [message["content"] for message in trace["messages"]] == [*[f"m{n}" for n in range(11)], "a thing"]
    assert (trace["session_id"], trace["user_id"], trace["model"], trace["tokens_in"]) == ("se", "us", "m", 3)
    assert (trace["latency_ms"], trace["params"], trace["tools"]) == (3000, {"temperature": 0}, [{"name": "f"}])
    assert [record.span["kind"] for record in records] == ["agent", "llm"]


def test_annotations_by_people_and_by_models_are_kept_apart(tmp_path):
    labels = read(tmp_path / "f", REST)[1].labels
    assert [(label["dimension"], label["value"], label["annotator_kind"], label["annotator"]) for label in labels] == [
        ("quality", "bad", "human", "ann"),
        ("toxic", "0.0", "judge", "toxic"),
    ]
    assert labels[0]["note"] == "off"
    assert labels[0]["labelled_at"] == datetime(2026, 1, 2, tzinfo=UTC)


FRAME = {
    "context.span_id": "s2", "context.trace_id": "t1", "name": "model", "span_kind": "LLM", "parent_id": None,
    "start_time": "2026-01-01 00:00:01+00:00", "end_time": "2026-01-01 00:00:02+00:00", "status_code": "ERROR",
      "status_message": "too long",
    "events": [], "attributes.llm.model_name": "m", "attributes.llm.token_count.prompt": 3.0,
    "attributes.llm.input_messages": [{"message.role": "user", "message.content": "hi"}],
    "attributes.llm.output_messages": [
        {"message.role": "assistant", "message.tool_calls": [{"tool_call.id": "c", "tool_call.function.name": "f",
          "tool_call.function.arguments": "{}"}]}
    ],
    "attributes.metadata": {"team": "x"},
}  # fmt: skip


def check_frame(records: list) -> None:
    trace = formats.assemble([record.span for record in records])
    assert [message["content"] for message in trace["messages"]] == ["hi", None]
    assert trace["messages"][1]["tool_calls"] == [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ]
    assert (trace["status"], trace["error"], trace["tokens_in"], trace["metadata"]) == (
        "error",
        "too long",
        3,
        {"team": "x"},
    )


def test_a_data_frame_as_json(tmp_path):
    check_frame(read(tmp_path / "f", [FRAME]))


def test_a_data_frame_as_csv(tmp_path):
    cells = {name: json.dumps(cell) if isinstance(cell, (list, dict)) else cell for name, cell in FRAME.items()}
    with (tmp_path / "f").open("w", newline="") as out:
        writer = csv.DictWriter(out, cells)
        writer.writeheader()
        writer.writerow(cells)
    assert formats.detect(tmp_path / "f") == "openinference"
    check_frame(list(formats.read(tmp_path / "f")))


def test_a_data_frame_as_parquet(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([FRAME]), tmp_path / "f")
    assert formats.detect(tmp_path / "f") == "openinference"
    check_frame(list(formats.read(tmp_path / "f")))


SAID = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]


def test_the_console_exporter(tmp_path):
    span = {
        "name": "chat m", "context": {"trace_id": "0xabc", "span_id": "0xdef", "trace_state": "[]"},
          "kind": "SpanKind.CLIENT", "parent_id": None,
        "start_time": "2026-01-01T00:00:00.000000Z", "end_time": "2026-01-01T00:00:01.000000Z",
          "status": {"status_code": "UNSET"},
        "attributes": {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(SAID)},
        "events": [], "links": [], "resource": {"attributes": {"service.name": "shop"}, "schema_url": ""},
    }  # fmt: skip
    (record,) = read(tmp_path / "f", json.dumps(span, indent=4))
    assert (record.span["trace_id"], record.span["span_id"], record.span["kind"]) == ("abc", "def", "llm")
    assert formats.assemble([record.span])["input"] == "hi"
    assert record.span["detail"]["service"] == "shop"


def test_a_span_without_ids_is_rejected(tmp_path):
    records = read(tmp_path / "f", [REST[0], {**REST[0], "context": {"trace_id": "t1"}}, "x", REST[1]])
    assert [record.reason for record in records if isinstance(record, Rejected)] == [
        "context.span_id: expected an id",
        "row: expected a span object",
    ]
