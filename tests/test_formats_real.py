"""Real exports: every row accounted for, every message and every observation there."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from workbench import formats
from workbench.errors import UnreadableFile
from workbench.formats import Rejected, SpanRow, TraceRow


def traces(path: Path, expected: str) -> list[TraceRow]:
    assert formats.detect(path) == expected
    records = list(formats.read(path))
    assert not [record for record in records if isinstance(record, Rejected)]
    return [record for record in records if isinstance(record, TraceRow)]


def n_messages(records: list[TraceRow]) -> int:
    return sum(len(record.trace["messages"]) for record in records)


def test_nurtureboss_as_json(test_data):
    path = test_data / "nurtureboss" / "nurtureboss_traces_labeled.json"
    records = traces(path, "transcript")
    assert len(records) == 100
    assert n_messages(records) == sum(len(row["messages"]) for row in json.loads(path.read_text())) == 1198
    assert len({record.trace["trace_id"] for record in records}) == 100
    roles = Counter(message["role"] for record in records for message in record.trace["messages"])
    assert roles["asssistant"] == 2
    assert (
        sum(bool(record.trace["metadata"].get("z_note") or record.trace["metadata"].get("Notes")) for record in records)
        > 0
    )
    assert all(record.trace["tools"] and record.trace["system_prompt"] for record in records)


def test_nurtureboss_as_csv(test_data):
    path = test_data / "nurtureboss" / "nurtureboss_logs.csv"
    records = traces(path, "braintrust")
    with path.open(newline="") as source:
        rows = [json.loads(row["input"]) for row in csv.DictReader(source)]
    said = sum(len(item) if isinstance(item, list) else 1 for row in rows for item in row)
    assert len(records) == 100
    assert n_messages(records) == said == 1409
    assert all(record.trace["started_at"] and record.trace["trace_id"] for record in records)


def test_tau_airline(test_data):
    path = test_data / "tau_airline" / "gpt-4o-airline.json"
    records = traces(path, "transcript")
    rows = json.loads(path.read_text())
    assert len(records) == 200
    for record, row in zip(records, rows, strict=True):
        assert [message["content"] for message in record.trace["messages"]] == [
            message["content"] for message in row["traj"]
        ]
        assert record.trace["n_tool_calls"] == sum(len(message.get("tool_calls") or []) for message in row["traj"])
        assert "trace_id" not in record.trace
    assert sum(record.trace["metadata"]["reward"] for record in records) / 200 == pytest.approx(0.42)


def test_agentrx_tau(test_data):
    records = traces(test_data / "agentrx_tau" / "tau_dataset_failed.json", "transcript")
    assert len(records) == 29
    assert n_messages(records) == 1064
    assert {record.trace["trace_id"] for record in records} >= {"2"}
    with pytest.raises(UnreadableFile, match="no column"):
        formats.detect(test_data / "agentrx_tau" / "tau_ground_truth.json")


def test_langfuse_exports(test_data):
    paths = sorted((test_data / "platform_exports").glob("*.trace.json"))
    assert len(paths) == 10
    for path in paths:
        whole = json.loads(path.read_text())
        (record,) = traces(path, "langfuse")
        assert {span["span_id"] for span in record.spans} == {item["id"] for item in whole["observations"]}
        assert len(record.labels) == len(whole["trace"]["scores"]) + len(whole["trace"]["corrections"])
        assert record.trace["input"], path
        assert record.trace["messages"], path
        assert not record.trace["input"].startswith(("{", "[")), path
        turns = Counter(message["content"] for message in record.trace["messages"] if message["role"] == "user")
        assert max(turns.values()) == 1, path


def test_phoenix_spans(test_data):
    path = test_data / "platform_exports" / "pxi_turn_trace.json"
    assert formats.detect(path) == "openinference"
    records = list(formats.read(path))
    assert [type(record) for record in records] == [SpanRow] * 18
    trace = formats.assemble([record.span for record in records])
    assert (len(trace["messages"]), trace["n_turns"], trace["n_tool_calls"]) == (27, 2, 11)
    assert trace["input"] == "can you save this trace to a dataset?"


def test_the_otlp_example(test_data):
    path = test_data / "platform_exports" / "trace.json"
    assert formats.detect(path) == "otlp"
    (record,) = formats.read(path)
    assert record.span["trace_id"] == "5B8EFFF798038103D269B633813FC60C"
    assert formats.assemble([record.span])["latency_ms"] == 1000


def test_banking77(test_data):
    rows = [
        record for name in ("train", "test") for record in traces(test_data / "banking77" / f"{name}.csv", "generic")
    ]
    assert len(rows) == 13_083
    assert all(record.trace["input"] and record.trace["metadata"]["category"] for record in rows)
    assert len({record.trace["metadata"]["category"] for record in rows}) == 77


def test_airline_tweets(test_data):
    path = test_data / "airline_tweets" / "Tweets.csv"
    records = traces(path, "generic")
    assert len(records) == 14_640
    assert len({record.trace["trace_id"] for record in records}) == 14_640 - 155
    assert all(record.trace["started_at"].year == 2015 for record in records)
    assert any("155 of its 14640" in notice for notice in formats.guess_columns(path).notices)


def test_a_database_is_named_as_one(test_data):
    with pytest.raises(UnreadableFile, match="SQLite"):
        formats.detect(test_data / "platform_exports" / "example_traces.db")
