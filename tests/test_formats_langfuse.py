"""Langfuse's shapes: no observation lost, none counted twice, people's scores kept apart from machines'."""

import json
from pathlib import Path

import pytest

from workbench import formats
from workbench.formats import Rejected, SpanRow, TraceRow


def observation(name: str, kind: str, parent: str | None = None, **more) -> dict:
    return {
        "id": name, "traceId": "t1", "type": kind, "name": name, "startTime": "2026-01-01T00:00:01.000Z",
        "endTime": "2026-01-01T00:00:02.000Z", "parentObservationId": parent, "level": "DEFAULT", **more,
    }  # fmt: skip


CHAT = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}]
OBSERVATIONS = [
    observation("root", "AGENT"),
    observation(
        "model", "GENERATION", "root", input=json.dumps(CHAT), output=json.dumps({"role": "assistant",
          "content": "yo"}), model="m",
        modelParameters={"temperature": 0}, usageDetails={"input": 5, "output": 7, "total": 12},
          costDetails={"total": 0.5}, totalCost=0.5,
    ),
    observation("search", "RETRIEVER", "root", output=json.dumps([{"id": "d", "score": 0.2, "content": "text"}])),
    observation("ghost", "EVENT", "not here"),
]  # fmt: skip
TRACE = {
    "id": "t1", "projectId": "p", "name": "chat", "timestamp": "2026-01-01T00:00:00.000Z", "environment": "prod",
      "tags": ["a"],
    "release": "r1", "version": "v1", "userId": "u", "sessionId": "s", "public": False, "bookmarked": True,
      "input": '"hi"',
    "output": '"yo"', "metadata": '{"team": "x"}', "latency": 2.5, "scores": [],
}  # fmt: skip


def read(tmp_path: Path, content: object) -> list:
    path = tmp_path / "file"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    assert formats.detect(path) == "langfuse"
    return list(formats.read(path))


@pytest.mark.parametrize("shape", ["download", "nested copies", "api", "without trace", "lines", "list"])
def test_every_shape_gives_one_trace_with_every_observation(tmp_path, shape):
    bare = [{**item, "input": None, "output": None} for item in OBSERVATIONS]
    download = {"trace": {**TRACE, "observations": bare}, "observations": OBSERVATIONS, "scores": []}
    content = {
        "download": {"trace": TRACE, "observations": OBSERVATIONS}, "nested copies": download,
        "api": {**TRACE, "observations": OBSERVATIONS}, "without trace": {"observations": OBSERVATIONS, "scores": []},
        "lines": "\n".join([json.dumps(download)] * 2), "list": {"data": [download], "meta": {"page": 1}},
    }[shape]  # fmt: skip
    records = read(tmp_path, content)
    assert len(records) == (2 if shape == "lines" else 1)
    record = records[0]
    assert isinstance(record, TraceRow)
    assert sorted(span["span_id"] for span in record.spans) == ["ghost", "model", "root", "search"]
    trace = record.trace
    assert [message["content"] for message in trace["messages"]] == ["be kind", "hi", "yo"]
    expected = {
        "trace_id": "t1",
        "input": "hi",
        "output": "yo",
        "model": "m",
        "tokens_in": 5,
        "tokens_out": 7,
        "cost_usd": 0.5,
    }
    assert {key: trace[key] for key in expected} == expected
    assert trace["retrieved"] == [{"id": "d", "score": 0.2, "text": "text"}]
    if shape != "without trace":
        own = {
            "name": "chat",
            "user_id": "u",
            "session_id": "s",
            "release": "r1",
            "environment": "prod",
            "latency_ms": 2500,
            "tags": ["a"],
        }
        assert {key: trace[key] for key in own} == own
        assert (trace["metadata"]["team"], trace["metadata"]["version"], trace["metadata"]["bookmarked"]) == (
            "x",
            "v1",
            True,
        )


def score(name: str, source: str, **more) -> dict:
    return {
        "id": name + source,
        "name": name,
        "source": source,
        "dataType": "NUMERIC",
        "value": None,
        "stringValue": None,
        **more,
    }


def test_scores_by_who_gave_them(tmp_path):
    scores = [
        score(
            "tone",
            "ANNOTATION",
            dataType="CATEGORICAL",
            stringValue="rude",
            value=1,
            authorUserId="ann",
            comment="ouch",
        ),
        score("toxicity", "EVAL", value=0.25),
        score("correct", "API", dataType="BOOLEAN", value=1, stringValue="True"),
        score("user-feedback", "API", dataType="BOOLEAN", value=0),
        score("answer", "ANNOTATION", dataType="CORRECTION", value=0, longStringValue="better", authorUserId="ann"),
        score("empty", "EVAL"),
    ]
    (record,) = read(tmp_path, {"trace": TRACE, "observations": OBSERVATIONS, "scores": scores})
    found = [
        (label["dimension"], label["value"], label["annotator_kind"], label["annotator"]) for label in record.labels
    ]
    assert found == [
        ("tone", "rude", "human", "ann"), ("toxicity", "0.25", "judge", "toxicity"), ("correct", "True", "judge",
          "correct"),
        ("user-feedback", "0", "user", "user-feedback"), ("correction", "corrected", "human", "ann"),
    ]  # fmt: skip
    assert record.labels[0]["note"] == "ouch"
    assert record.labels[-1]["gold_answer"] == "better"
    assert record.trace["feedback"] == -1
    assert all(label["trace_id"] == "t1" for label in record.labels)


def test_an_error_and_its_message(tmp_path):
    failing = observation("root", "SPAN", level="ERROR", statusMessage="ran out")
    (record,) = read(tmp_path, {"trace": TRACE, "observations": [failing]})
    assert (record.trace["status"], record.trace["error"], record.spans[0]["status"]) == ("error", "ran out", "error")


def test_tool_definitions_among_the_messages_are_no_messages(tmp_path):
    definition = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}
    chat = [*CHAT, {"role": "tool", "content": definition}]
    made = observation("m", "GENERATION", input=json.dumps(chat), output='"yo"')
    (record,) = read(tmp_path, {"trace": TRACE, "observations": [made]})
    assert [message["role"] for message in record.trace["messages"]] == ["system", "user", "assistant"]
    assert record.trace["tools"] == [definition]


def test_a_large_trace_without_texts_still_comes_in(tmp_path):
    bare = [{key: value for key, value in item.items() if key not in ("input", "output")} for item in OBSERVATIONS]
    (record,) = read(tmp_path, {"observations": bare, "scores": []})
    assert len(record.spans) == 4
    assert "input" not in record.trace and record.trace["trace_id"] == "t1"


def test_observations_listed_without_their_traces_are_spans(tmp_path):
    blob = [
        {"id": "b", "trace_id": "t2", "type": "GENERATION", "start_time": "2026-01-01 00:00:00.000",
          "end_time": "2026-01-01 00:00:01.000",
         "parent_observation_id": "", "name": "n", "input": '[{"role":"user","content":"hi"}]',
           "output": '{"role":"assistant","content":"yo"}',
         "provided_model_name": "m", "usage_details": '{"input": 2}', "total_cost": "0.5", "level": "DEFAULT"},
    ]  # fmt: skip
    records = read(tmp_path, "\n".join(json.dumps(row) for row in [*OBSERVATIONS, *blob]))
    assert [type(record) for record in records] == [SpanRow] * 5
    trace = formats.assemble([records[-1].span])
    assert {key: trace[key] for key in ("trace_id", "input", "output", "model", "tokens_in", "cost_usd",
      "latency_ms")} == {
        "trace_id": "t2", "input": "hi", "output": "yo", "model": "m", "tokens_in": 2, "cost_usd": 0.5,
          "latency_ms": 1000,
    }  # fmt: skip


def test_traces_listed_without_observations(tmp_path):
    listed = {"data": [{**TRACE, "htmlPath": "/x", "observations": ["root"], "scores": ["s1"]}], "meta": {"page": 1}}
    (record,) = read(tmp_path, listed)
    assert (record.trace["input"], record.trace["output"], record.spans) == ("hi", "yo", [])


def test_half_a_file_is_one_rejected_row(tmp_path):
    path = tmp_path / "file"
    path.write_text(json.dumps({"trace": TRACE, "observations": OBSERVATIONS})[:-40])
    (record,) = formats.read(path)
    assert isinstance(record, Rejected)
    assert "be kind" not in record.reason
