"""Columns guessed and mapped, and cells in their types."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import formats
from workbench.errors import BadSettings
from workbench.formats import ReadOptions, Rejected, load_mapping, values
from workbench.formats.streams import walk


def read(tmp_path: Path, rows: list[dict], **options) -> list:
    path = tmp_path / "rows"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return list(formats.read(path, options=ReadOptions(**options)))


def only(tmp_path: Path, row: dict) -> dict:
    (record,) = read(tmp_path, [row])
    return record.trace


def test_our_own_names_map_in_any_spelling(tmp_path):
    trace = only(
        tmp_path,
        {
            "traceId": "t1", "sessionId": "s1", "User ID": "u1", "Started-At": "2026-01-02T03:04:05Z",
              "latency_ms": "12.5",
            "Input": "hi", "OUTPUT": "yo", "tokensIn": "7", "cost_usd": "$0.01", "Status": "success", "feedback": "👍",
            "tags": "a|b", "params": '{"temperature": 0}', "environment": "prod", "unknown": 1,
        },
    )  # fmt: skip
    assert trace == {
        "source": "generic", "trace_id": "t1", "session_id": "s1", "user_id": "u1",
        "started_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "latency_ms": 12.5, "input": "hi", "output": "yo",
        "tokens_in": 7, "cost_usd": 0.01, "status": "ok", "feedback": 1, "tags": ["a", "b"],
        "params": {"temperature": 0}, "environment": "prod", "metadata": {"unknown": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("question", "input"), ("prompt", "input"), ("user_input", "input"), ("query", "input"), ("text", "input"),
        ("Response", "output"), ("answer", "output"), ("completion", "output"), ("model_output", "output"),
        ("conversation_id", "session_id"), ("threadId", "session_id"), ("model_name", "model"),
        ("environment", "environment"), ("app_version", "release"),
    ],
)  # fmt: skip
def test_customary_names_map(tmp_path, name, target):
    assert only(tmp_path, {"input": "x", name: "some words"} if target != "input" else {name: "some words"})[
        target
    ] == ("some words")


def test_the_first_that_says_something_wins_and_the_other_is_kept(tmp_path):
    rows = [{"instruction": "sum it up", "input": ""}, {"instruction": "translate", "input": "bonjour"}]
    first, second = read(tmp_path, rows)
    assert first.trace["input"] == "sum it up"
    assert second.trace["input"] == "bonjour"
    assert second.trace["metadata"] == {"instruction": "translate"}


def test_an_id_column_is_the_trace_id_only_where_it_hardly_repeats(tmp_path):
    rare = [{"tweet_id": n if n else 1, "text": "x"} for n in range(100)]
    often = [{"task_id": n // 4, "text": "x"} for n in range(100)]
    path = tmp_path / "rows"
    path.write_text("\n".join(map(json.dumps, rare)))
    guess = formats.guess_columns(path)
    assert guess.by_target["trace_id"] == ["tweet_id"]
    assert any("1 of its 100 values repeat" in notice for notice in guess.notices)
    path.write_text("\n".join(map(json.dumps, often)))
    guess = formats.guess_columns(path)
    assert "trace_id" not in guess.by_target
    assert any("'task_id'" in notice and "75%" in notice for notice in guess.notices)
    assert [record.trace["metadata"]["task_id"] for record in formats.read(path)][:5] == [0, 0, 0, 0, 1]


def test_a_column_called_trace_id_is_it_however_often_it_repeats(tmp_path):
    rows = [{"trace_id": "same", "id": n, "input": "x"} for n in range(4)]
    assert [record.trace["trace_id"] for record in read(tmp_path, rows)] == ["same"] * 4


def test_ids_of_other_things_are_not_the_traces(tmp_path):
    rows = [{"customer_id": f"c{n}", "orderId": n, "parent_id": n, "input": "x"} for n in range(40)]
    assert all("trace_id" not in record.trace for record in read(tmp_path, rows))


def test_one_row_cannot_prove_an_id(tmp_path):
    assert "trace_id" not in only(tmp_path, {"task_id": 3, "input": "x"})
    assert only(tmp_path, {"id": "a-1", "input": "x"})["trace_id"] == "a-1"


def test_a_wrong_type_rejects_where_it_was_promised_and_only_there(tmp_path):
    rows = [
        {"input": "a", "started_at": "hunter2", "date": "2026-01-01"},
        {"input": "b", "tokens_in": "hunter2"},
        *[{"input": "c", "date": "2026-01-01"}] * 8,
        {"input": "d", "date": "hunter2"},
    ]
    records = read(tmp_path, rows)
    assert [record.reason for record in records[:2]] == [
        "started_at: expected a time",
        "tokens_in: expected a whole number",
    ]
    assert records[-1].trace["metadata"] == {"date": "hunter2"}
    assert not any("hunter2" in record.reason for record in records if isinstance(record, Rejected))


def test_messages_in_a_row_give_what_was_asked_and_answered(tmp_path):
    messages = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "first"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "42"},
        {"role": "assistant", "content": "answer"},
    ]
    for cell in (messages, json.dumps(messages)):
        trace = only(tmp_path, {"id": "x", "conversation": cell, "note": "n"})
        assert (trace["input"], trace["output"], trace["n_turns"], trace["n_tool_calls"]) == ("first", "answer", 1, 1)
        assert len(trace["messages"]) == 5
        assert trace["system_prompt"] == "be kind"
        assert trace["metadata"] == {"note": "n"}


def test_request_and_response_bodies_are_opened_and_the_rest_of_them_kept(tmp_path):
    trace = only(
        tmp_path,
        {
            "request": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
            "response": {
                "choices": [{"message": {"role": "assistant", "content": "yo"}}],
                "usage": {"total_tokens": 3},
            },
        },
    )
    assert (trace["input"], trace["output"], len(trace["messages"])) == ("hi", "yo", 2)
    assert trace["metadata"]["request"] == {"model": "m"}
    assert trace["metadata"]["response"]["usage"] == {"total_tokens": 3}


def test_an_answer_in_its_own_column_ends_a_conversation_that_waits_for_one(tmp_path):
    asked = [{"role": "user", "content": "hi"}]
    trace = only(tmp_path, {"id": "1", "messages": asked, "response": "yo"})
    assert [message["content"] for message in trace["messages"]] == ["hi", "yo"]
    trace = only(tmp_path, {"id": "1", "messages": [*asked, {"role": "assistant", "content": "yo"}], "response": "yo"})
    assert [message["content"] for message in trace["messages"]] == ["hi", "yo"]


def test_a_system_prompt_in_its_own_column_is_kept(tmp_path):
    trace = only(tmp_path, {"id": "1", "system": "be kind", "messages": [{"role": "user", "content": "hi"}]})
    assert trace["system_prompt"] == trace["metadata"]["system_prompt"] == "be kind"


def test_json_in_a_csv_cell_is_opened(tmp_path):
    path = tmp_path / "rows"
    path.write_text('question,answer,more\n"{""question"": ""why""}",because,"{""k"": [1]}"\n')
    (record,) = formats.read(path)
    assert (record.trace["input"], record.trace["output"]) == ("why", "because")
    assert record.trace["metadata"] == {"more": {"k": [1]}}


def test_what_pandas_writes_for_a_list_is_opened(tmp_path):
    path = tmp_path / "rows"
    chat = [{"role": "user", "content": 'it\'s "here"'}, {"role": "assistant", "content": None}]
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, ["id", "messages"])
        writer.writeheader()
        writer.writerows({"id": f"x{n}", "messages": str(chat)} for n in range(2))
    assert formats.detect(path) == "transcript"
    for record in formats.read(path):
        assert record.trace["messages"] == chat


def test_retrieved_passages_in_several_spellings(tmp_path):
    trace = only(
        tmp_path,
        {
            "question": "q",
            "contexts": [
                "plain",
                {"id": 7, "score": "0.5", "page_content": "doc"},
                {"document": {"id": "d", "content": "c"}},
            ],
        },
    )
    assert trace["retrieved"] == [
        {"id": None, "score": None, "text": "plain"},
        {"id": "7", "score": 0.5, "text": "doc"},
        {"id": "d", "score": None, "text": "c"},
    ]


def test_latency_takes_its_unit_from_the_name_or_says_what_it_assumed(tmp_path):
    assert only(tmp_path, {"input": "x", "duration_s": 2})["latency_ms"] == 2000
    assert only(tmp_path, {"input": "x", "durationNs": 5_000_000})["latency_ms"] == 5
    heard: list[str] = []
    (record,) = read(tmp_path, [{"input": "x", "latency": 1.5}], notice=heard.append)
    assert record.trace["latency_ms"] == 1500
    assert "seconds" in heard[0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02T03:04:05.123456789+02:00", datetime(2026, 1, 2, 1, 4, 5, 123456)),
        ("2026-01-02 03:04:05 +0000", datetime(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02 03:04:05.5 UTC", datetime(2026, 1, 2, 3, 4, 5, 500000)),
        ("2026-01-02", datetime(2026, 1, 2)),
        ("2026/01/02 03:04", datetime(2026, 1, 2, 3, 4)),
        ("2/24/2015 11:35", datetime(2015, 2, 24, 11, 35)),
        ("2/24/2015 11:35 PM", datetime(2015, 2, 24, 23, 35)),
        ("24/02/2015", datetime(2015, 2, 24)),
        ("Tue, 24 Feb 2015 11:35:52 -0800", datetime(2015, 2, 24, 19, 35, 52)),
        ("Tue Feb 24 11:35:52 +0000 2015", datetime(2015, 2, 24, 11, 35, 52)),
        (1424777752, datetime(2015, 2, 24, 11, 35, 52)),
        (1424777752.5, datetime(2015, 2, 24, 11, 35, 52, 500000)),
        ("1424777752", datetime(2015, 2, 24, 11, 35, 52)),
        (1424777752123, datetime(2015, 2, 24, 11, 35, 52, 123000)),
        (1424777752123456, datetime(2015, 2, 24, 11, 35, 52, 123456)),
        ("1424777752123456789", datetime(2015, 2, 24, 11, 35, 52, 123456)),
    ],
)
def test_times(given, expected):
    assert values.moment(given) == expected.replace(tzinfo=UTC)


@pytest.mark.parametrize("given", ["", "banana", "12", 5, None, True, "2026-13-45", float("nan"), "9" * 40, {}])
def test_what_is_no_time(given):
    assert values.moment(given) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("up", 1),
        ("thumbs_down", -1),
        (True, 1),
        (False, -1),
        (0, 0),
        ("-1", -1),
        (1.0, 1),
        ("great stuff", None),
        (5, None),
    ],
)
def test_verdicts(given, expected):
    assert values.sign(given) == expected


def mapping_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    return path


def test_a_mapping_file_says_what_is_what(tmp_path):
    path = mapping_file(
        tmp_path,
        '[columns]\nsaid = "input"\n"reply.text" = "output"\n'
        '[constants]\nenvironment = "prod"\n[messages]\npath = "body.chat"\n',
    )
    chat = [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]
    row = {"said": "s", "reply": {"text": "r", "n": 1}, "body": {"chat": chat}, "model": "m", "question": "not guessed"}
    (record,) = read(tmp_path, [row], mapping=load_mapping(path))
    assert {key: record.trace[key] for key in ("input", "output", "environment", "model")} == {
        "input": "s", "output": "r", "environment": "prod", "model": "m",
    }  # fmt: skip
    assert [message["content"] for message in record.trace["messages"]] == ["u", "a"]
    assert record.trace["metadata"]["question"] == "not guessed"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[columns]\nsaid = "inptu"\n', "Valid: trace_id"),
        ('[constants]\ncolour = "red"\n[columns]\na = "input"\n', "colour"),
        ('[columns]\na = "input"\nb = "input"\n', "two columns"),
        ("[columns]\na = 3\n", "columns.a"),
        ("[colums]\n", "colums"),
        ("not toml at all", "not valid TOML"),
        ("", "maps no column"),
        ('[messages]\nroute = "x"\n', "path"),
    ],
)
def test_a_wrong_mapping_is_refused_in_one_line(tmp_path, text, says):
    with pytest.raises(BadSettings) as caught:
        load_mapping(mapping_file(tmp_path, text))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mapping_of_columns_that_are_not_there_is_refused(tmp_path):
    mapping = load_mapping(mapping_file(tmp_path, '[columns]\nsaid = "input"\n'))
    with pytest.raises(BadSettings, match="'said'.*it has: asked"):
        read(tmp_path, [{"asked": "x"}], mapping=mapping)


def test_a_column_that_only_later_rows_have_may_be_mapped(tmp_path):
    mapping = load_mapping(mapping_file(tmp_path, '[columns]\nsaid = "input"\nlate = "error"\n'))
    rows = [{"said": "x"}] * 500 + [{"said": "y", "late": "boom"}]
    assert read(tmp_path, rows, mapping=mapping)[-1].trace["error"] == "boom"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=6), st.sampled_from([None, 1]), st.integers(1, 40))
def test_the_scan_cuts_an_array_into_its_elements(rows, indent, chunk):
    import io

    class Dribble(io.BytesIO):
        """A stream that gives a few bytes at a time, so that every token is cut somewhere."""

        def read(self, size: int = -1, /) -> bytes:
            return super().read(min(size, chunk) if size >= 0 else chunk)

    raw = json.dumps(rows, indent=indent).encode()
    found = list(walk(Dribble(raw), [("*",)], 1 << 20))
    assert [where for where, _ in found] == [(n,) for n in range(len(rows))]
    assert [json.loads(piece) for _, piece in found] == rows


# one object: a row, or an envelope of rows


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"question": "q", "answer": "a", "contexts": [{"id": 1, "text": "passage"}]}, ("q", "a")),
        ({"prompt": "q", "response": "a", "events": [{"message": "started"}]}, ("q", "a")),
        ({"messages": [{"role": "user", "content": "q"}], "tools": [{"type": "function"}]}, ("q", None)),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "q"}]}]}, ("q", None)),
    ],
)
def test_one_object_that_speaks_for_itself_is_one_row(tmp_path, row, said):
    trace = only(tmp_path, row)
    assert (trace.get("input"), trace.get("output")) == said


def test_an_envelope_is_opened_whatever_it_says_beside_its_rows(tmp_path):
    path = tmp_path / "envelope"
    path.write_text(json.dumps({"message": "success", "data": [{"question": "q1"}, {"question": "q2"}]}))
    assert [record.trace["input"] for record in formats.read(path)] == ["q1", "q2"]


@pytest.mark.parametrize(
    "header", ["input,output,jane.roe@example.org", "Customer's question,Agent's reply,How was it?"]
)
def test_a_header_may_hold_odd_names(tmp_path, header):
    path = tmp_path / "table"
    path.write_text(f"{header}\nwhere is my order,on its way,1\nwhy is it late,sorry for that,2\n")
    assert [record.trace["input"] for record in formats.read(path)] == ["where is my order", "why is it late"]
