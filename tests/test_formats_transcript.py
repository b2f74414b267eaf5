"""Conversations in every dialect: no message merged, dropped or counted twice."""

import json
from pathlib import Path

import pytest

from workbench import formats
from workbench.formats.messages import normalise, speaker
from workbench.formats.records import Rejected

CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"q": 1}'}}


def read(tmp_path: Path, content: object) -> list:
    path = tmp_path / "file"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    assert formats.detect(path) == "transcript"
    return list(formats.read(path))


def contents(record) -> list:
    return [message["content"] for message in record.trace["messages"]]


CHAT = [{"role": "user", "content": "a"}, {"role": "asssistant", "content": "b"}]


@pytest.mark.parametrize(
    "key", ["messages", "traj", "history", "conversation", "trajectory", "conversations", "dialog"]
)
@pytest.mark.parametrize("layout", ["array", "lines", "object", "envelope"])
def test_a_row_with_a_list_of_messages(tmp_path, key, layout):
    row = {key: CHAT, "reward": 1.0}
    content = {
        "array": json.dumps([row, row]), "lines": f"{json.dumps(row)}\n{json.dumps(row)}", "object": json.dumps(row,
          indent=2),
        "envelope": json.dumps({"data": [row, row]}),
    }[layout]  # fmt: skip
    records = read(tmp_path, content)
    assert len(records) == (1 if layout == "object" else 2)
    for record in records:
        assert contents(record) == ["a", "b"]
        assert (record.trace["input"], record.trace["output"], record.trace["n_turns"]) == ("a", "b", 1)
        assert record.trace["messages"][1]["role"] == "asssistant"
        assert record.trace["metadata"] == {"reward": 1.0}


def test_an_array_of_messages_is_one_transcript(tmp_path):
    (record,) = read(tmp_path, CHAT)
    assert contents(record) == ["a", "b"]


def test_arrays_of_messages_are_transcripts_each(tmp_path):
    assert [contents(record) for record in read(tmp_path, [CHAT, CHAT[:1]])] == [["a", "b"], ["a"]]
    assert [contents(record) for record in read(tmp_path, f"{json.dumps(CHAT)}\n{json.dumps(CHAT[:1])}")] == [
        ["a", "b"],
        ["a"],
    ]


def test_a_cut_transcript_is_rejected_as_a_whole(tmp_path):
    path = tmp_path / "file"
    path.write_text(json.dumps(CHAT * 3)[:-10])
    (record,) = formats.read(path, format="transcript")
    assert isinstance(record, Rejected)


def test_tau_bench_repeats_its_tasks_and_so_they_are_no_ids(tmp_path):
    rows = [{"task_id": n // 4, "trial": n % 4, "reward": 0.0, "info": {"x": n}, "traj": CHAT} for n in range(16)]
    records = read(tmp_path, rows)
    assert all("trace_id" not in record.trace for record in records)
    assert records[5].trace["metadata"] == {"task_id": 1, "trial": 1, "reward": 0.0, "info": {"x": 5}}


def test_who_and_when_keeps_every_agents_name(tmp_path):
    row = {
        "is_correct": False, "question": "how many?", "question_ID": "q-1", "mistake_agent": "Coder",
          "mistake_step": "1",
        "history": [
            {"content": "how many?", "role": "human"},
            {"content": "let me think", "role": "Orchestrator (thought)"},
            {"content": "code", "name": "Coder", "role": "assistant"},
        ],
    }  # fmt: skip
    (record,) = read(tmp_path, json.dumps(row, indent=4))
    assert [message["role"] for message in record.trace["messages"]] == ["human", "Orchestrator (thought)", "assistant"]
    assert record.trace["messages"][2]["name"] == "Coder"
    assert (record.trace["input"], record.trace["output"]) == ("how many?", "code")
    assert record.trace["metadata"]["mistake_agent"] == "Coder"


def test_sharegpt(tmp_path):
    rows = [
        {"id": f"x{n}", "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}
        for n in range(3)
    ]
    record = read(tmp_path, rows)[0]
    assert [(message["role"], message["content"]) for message in record.trace["messages"]] == [
        ("human", "a"),
        ("gpt", "b"),
    ]
    assert (record.trace["trace_id"], record.trace["input"], record.trace["output"]) == ("x0", "a", "b")


def test_a_list_that_stands_among_messages_is_opened_not_lost(tmp_path):
    (record,) = read(tmp_path, {"messages": [CHAT[0], [CHAT[1]]], "id": "x"})
    assert contents(record) == ["a", "b"]


def test_a_stray_among_messages_is_kept(tmp_path):
    (record,) = read(tmp_path, {"messages": [*CHAT, "stray", None, *CHAT], "id": "x"})
    assert contents(record) == ["a", "b", "stray", None, "a", "b"]


def test_every_extra_of_a_message_is_kept_and_empty_ones_left_out():
    message = normalise(
        {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None, "annotations": [], "index": 3}
    )
    assert message == {"role": "assistant", "content": None, "tool_calls": [CALL], "index": 3}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"role": "assistant", "content": None, "function_call": {"name": "look", "arguments": '{"q": 1}'}},
            {"role": "assistant", "content": None, "tool_calls": [{"type": "function",
              "function": CALL["function"]}]},
        ),
        ({"role": "function", "name": "look", "content": "42"}, {"role": "function", "content": "42",
          "name": "look"}),
        (
            {"role": "assistant", "content": [{"type": "text", "text": "hm"}, {"type": "tool_use", "id": "c1",
              "name": "look", "input": {"q": 1}}]},
            {"role": "assistant", "content": "hm", "tool_calls": [{**CALL, "function": {"name": "look",
              "arguments": '{"q":1}'}}]},
        ),
        (
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "42"}]},
            {"role": "user", "content": "42", "tool_call_id": "c1"},
        ),
        (
            {"role": "model", "parts": [{"text": "hm"}, {"functionCall": {"name": "look", "args": {"q": 1}}}]},
            {"role": "model", "content": "hm", "tool_calls": [{"type": "function", "function": {"name": "look",
              "arguments": '{"q":1}'}}]},
        ),
        (
            {"role": "user", "parts": [{"functionResponse": {"name": "look", "response": {"n": 42}}}]},
            {"role": "user", "content": {"n": 42}, "tool_call_id": None, "name": "look"},
        ),
        ({"type": "human", "content": "a", "additional_kwargs": {}}, {"role": "human", "content": "a"}),
        (
            {"type": "ai", "content": "", "additional_kwargs": {"tool_calls": [CALL], "refusal": None}},
            {"role": "ai", "content": "", "tool_calls": [CALL]},
        ),
        ({"type": "ai", "data": {"content": "b", "type": "ai"}}, {"role": "ai", "content": "b"}),
        (
            {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "HumanMessage"],
              "kwargs": {"content": "a", "type": "human"}},
            {"role": "human", "content": "a"},
        ),
        ({"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"q": 1}'}, {"role": "assistant",
          "content": None, "tool_calls": [CALL]}),
        ({"type": "function_call_output", "call_id": "c1", "output": "42"}, {"role": "tool", "content": "42",
          "tool_call_id": "c1"}),
        (
            {"role": "assistant", "parts": [{"type": "text", "content": "hm"}, {"type": "tool_call", "id": "c1",
              "name": "look", "arguments": {"q": 1}}]},
            {"role": "assistant", "content": "hm", "tool_calls": [{**CALL, "function": {"name": "look",
              "arguments": '{"q":1}'}}]},
        ),
        (
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "42"}]},
            {"role": "tool", "content": "42", "tool_call_id": "c1"},
        ),
        (
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "result": "42"}]},
            {"role": "tool", "content": "42", "tool_call_id": "c1"},
        ),
        (
            {"role": "user", "content": [{"type": "text", "text": "see"}, {"type": "image_url",
              "image_url": {"url": "data:image/png;base64," + "A" * 500}}]},
            {"role": "user", "content": [{"type": "text", "text": "see"}, {"type": "image_url",
              "image_url": {"url": "data:image/png;base64,[522 characters left out]"}}]},
        ),
        (
            {"role": "user", "parts": [{"type": "blob", "modality": "image", "mime_type": "image/png",
              "content": "QUJD" * 100}]},
            {"role": "user", "content": [{"type": "blob", "modality": "image", "mime_type": "image/png",
              "content": "[400 characters left out]"}]},
        ),
        ({"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["a"]}}, {"role": "user",
          "content": "a"}),
    ],
)  # fmt: skip
def test_one_message_of_each_dialect(given, expected):
    assert normalise(given) == expected


def test_a_users_turn_is_not_a_tools_result_under_the_users_name(tmp_path):
    chat = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "r"}]}],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "b"}]},
    ]
    (record,) = read(tmp_path, {"messages": chat, "id": "1"})
    assert (record.trace["n_turns"], record.trace["n_tool_calls"], record.trace["output"]) == (1, 1, "b")
    assert len(record.trace["messages"]) == 4


@pytest.mark.parametrize(
    ("role", "who"),
    [("user", "user"), ("Human", "user"), ("customer", "user"), ("asssistant", "assistant"), ("assitant", "other"),
      ("ai", "assistant"),
     ("AIMessage", "assistant"), ("model", "assistant"), ("gpt", "assistant"), ("tool", "tool"), ("ToolMessage",
       "tool"), ("function", "tool"),
     ("developer", "system"), ("SYSTEM", "system"), ("Orchestrator (thought)", "other"), (None, "other")],
)  # fmt: skip
def test_who_speaks(role, who):
    assert speaker(role) == who
