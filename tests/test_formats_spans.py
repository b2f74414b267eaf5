"""One trace out of its spans, however they come."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbench.formats import assemble
from workbench.formats.threads import add_results, conversation

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def user(text: str) -> dict:
    return {"role": "user", "content": text}


def bot(text: str | None, *calls: tuple[str, str]) -> dict:
    made = [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}} for call_id, name in calls
    ]
    return {"role": "assistant", "content": text, **({"tool_calls": made} if made else {})}


def tool(text: str, call_id: str | None = None) -> dict:
    return {"role": "tool", "content": text, **({"tool_call_id": call_id} if call_id else {})}


def span(
    span_id: str, parent: str | None = None, kind: str = "span", at: float = 0, length: float = 1, **more: Any
) -> dict:
    detail = {key: more.pop(key) for key in list(more) if key not in ("input", "output", "status", "name")}
    return {
        "trace_id": "t", "span_id": span_id, "parent_id": parent, "kind": kind, "name": more.pop("name", span_id),
        "started_at": T0 + timedelta(seconds=at), "latency_ms": length * 1000, "status": more.pop("status", "ok"),
        "input": more.pop("input", None), "output": more.pop("output", None), "detail": detail,
    }  # fmt: skip


def words(trace: dict) -> list:
    return [message["content"] for message in trace["messages"]]


def test_a_history_that_is_sent_again_is_counted_once():
    calls = [
        span("1", "0", "llm", 1, messages_in=[user("a")], messages_out=[bot("b")]),
        span("2", "0", "llm", 2, messages_in=[user("a"), bot("b"), user("c")], messages_out=[bot(None, ("x", "f"))]),
        span(
            "3",
            "0",
            "llm",
            3,
            messages_in=[user("a"), bot("b"), user("c"), bot(None, ("x", "f")), tool("r", "x")],
            messages_out=[bot("d")],
        ),
    ]
    trace = assemble([span("0", kind="agent", length=9), *calls])
    assert words(trace) == ["a", "b", "c", None, "r", "d"]
    assert (trace["n_turns"], trace["n_tool_calls"], trace["input"], trace["output"]) == (2, 1, "a", "d")


def test_calls_that_send_only_what_is_new_are_strung_together():
    calls = [
        ([user("a")], [bot(None, ("x", "f"))]),
        ([tool("r", "x")], [bot("b")]),
        ([bot("b"), user("c")], [bot("d")]),
    ]
    assert [message["content"] for message in conversation(calls)] == ["a", None, "r", "b", "c", "d"]


def test_a_side_call_stays_out():
    calls = [
        ([user("a")], [bot("b")]),
        ([user("give this chat a title")], [bot("A title")]),
        ([user("a"), bot("b"), user("c")], [bot("d")]),
    ]
    assert [message["content"] for message in conversation(calls)] == ["a", "b", "c", "d"]


def test_a_retry_replaces_what_it_tried_again():
    calls = [([user("a")], [bot("first try")]), ([user("a")], [bot("second try")])]
    assert [message["content"] for message in conversation(calls)] == ["a", "second try"]


def test_an_answer_stored_with_the_history_in_it():
    calls = [([user("a")], [user("a"), bot(None, ("x", "f")), tool("r", "x"), bot("b")])]
    assert [message["content"] for message in conversation(calls)] == ["a", None, "r", "b"]


def test_the_user_saying_the_same_twice_is_two_messages():
    calls = [([user("hi"), bot("hello"), user("hi")], [bot("hello")])]
    assert [message["content"] for message in conversation(calls)] == ["hi", "hello", "hi", "hello"]


def test_a_tools_result_that_no_call_repeats_is_put_after_its_call():
    messages = [user("a"), bot(None, ("x", "f"), ("y", "g")), bot("b")]
    tools = [{"name": "f", "call_id": "x", "output": "1"}, {"name": "g", "call_id": None, "output": "2"}]
    assert [message["content"] for message in add_results(messages, tools)] == ["a", None, "1", "2", "b"]
    again = add_results(messages[:2] + [tool('{"result": "1"}', "x"), tool("2", "y")], tools)
    assert [message["content"] for message in again] == ["a", None, '{"result": "1"}', "2"]


def test_tokens_and_cost_are_added_over_innermost_calls_only():
    spans = [
        span("0", kind="agent", tokens_in=30, tokens_out=9, cost_usd=0.3),
        span("1", "0", "llm", tokens_in=10, tokens_out=3, cost_usd=0.1),
        span("1a", "1", "llm", tokens_in=10, tokens_out=3, cost_usd=0.1),
        span("2", "0", "llm", tokens_in=20, tokens_out=6, cost_usd=0.2),
    ]
    trace = assemble(spans)
    assert (trace["tokens_in"], trace["tokens_out"], round(trace["cost_usd"], 6)) == (30, 9, 0.3)
    assert assemble(spans[:1])["tokens_in"] == 30


def test_an_orphan_alone_and_a_missing_root():
    trace = assemble([span("2", "gone", "llm", 5, messages_in=[user("a")], messages_out=[bot("b")], name="call")])
    assert (trace["name"], trace["input"], trace["output"], trace["started_at"]) == (
        "call",
        "a",
        "b",
        T0 + timedelta(seconds=5),
    )


def test_the_root_is_the_earliest_that_names_no_parent():
    spans = [span("9", "gone", at=0, name="orphan"), span("1", at=2, name="later"), span("0", at=1, name="root")]
    assert assemble(spans)["name"] == "root"


def test_circles_missing_times_and_skewed_clocks_do_no_harm():
    spans = [
        span("1", "2"),
        span("2", "1"),
        {**span("3", "3"), "started_at": None, "latency_ms": None},
        span("4", "1", at=-5, length=-3),
    ]
    trace = assemble(spans)
    assert trace["latency_ms"] == 6000
    assert trace["started_at"] == T0 - timedelta(seconds=5)
    nothing = assemble([{"trace_id": "t", "span_id": "1"}])
    assert "latency_ms" not in nothing and nothing["status"] == "ok"


def test_status_is_the_roots_or_the_last_calls():
    fine = [span("0"), span("1", "0", "llm", 1, status="error", error="once"), span("2", "0", "llm", 2)]
    assert assemble(fine)["status"] == "ok"
    failed = [span("0"), span("1", "0", "llm", 1), span("2", "0", "llm", 2, status="error", error="limit")]
    assert (assemble(failed)["status"], assemble(failed)["error"]) == ("error", "limit")
    root = [span("0", status="error", error="boom"), span("1", "0", "tool", 1)]
    assert assemble(root)["error"] == "boom"


def test_a_newer_version_of_a_span_replaces_the_older():
    old, new = span("1", kind="llm", output="old", version="9"), span("1", kind="llm", output="new", version="10")
    assert assemble([new, old])["output"] == assemble([old, new])["output"] == "new"


def test_what_the_platform_made_stays_out():
    spans = [
        span("0", kind="chain", input="q", output="a", length=2),
        span("1", "0", "evaluator", 100, platform_made=True, tokens_in=99),
        span("2", "1", "llm", 101, platform_made=True, messages_in=[user("is it good?")] * 3, tokens_in=99),
    ]
    trace = assemble(spans)
    assert (trace["input"], trace["output"], trace["latency_ms"]) == ("q", "a", 2000)
    assert "messages" not in trace and "tokens_in" not in trace


def test_a_roots_own_words_come_first_and_json_is_not_words():
    calls = span("1", "0", "llm", messages_in=[user("old"), bot("x"), user("new")], messages_out=[bot("y")])
    assert assemble([span("0", input="new", output='{"answer": "y!"}'), calls])["output"] == "y!"
    assert assemble([span("0", input="new"), calls])["input"] == "new"
    assert assemble([span("0", input='{"a": 1, "b": 2}'), calls])["input"] == "old"


def test_detail_may_be_json_text_and_times_too():
    spans = [span("0", kind="llm", messages_in=[user("a")], messages_out=[bot("b")], session_id="s", user_id="u")]
    stored = [
        {**one, "detail": json.dumps(one["detail"]), "started_at": one["started_at"].isoformat()} for one in spans
    ]
    assert assemble(stored) == assemble(spans)
    assert (assemble(stored)["session_id"], assemble(stored)["user_id"]) == ("s", "u")


def test_passages_of_several_retrievers_come_once_each():
    passage = {"id": "d", "score": 0.5, "text": "x"}
    spans = [
        span("0"),
        span("1", "0", "retriever", documents=[passage]),
        span("2", "0", "retriever", documents=[passage, {**passage, "id": "e"}]),
    ]
    assert [found["id"] for found in assemble(spans)["retrieved"]] == ["d", "e"]


texts = st.sampled_from(["a", "b", "c", "d"])
turns = st.lists(st.tuples(texts, texts), min_size=1, max_size=6)


@given(turns)
def test_a_growing_history_always_ends_as_the_conversation_itself(pairs):
    history: list[dict] = []
    spans = []
    for n, (asked, answered) in enumerate(pairs):
        history.append(user(asked))
        spans.append(span(str(n), "root", "llm", n, messages_in=list(history), messages_out=[bot(answered)]))
        history.append(bot(answered))
    assert assemble([span("root", kind="agent"), *spans])["messages"] == history


@given(turns, st.randoms(use_true_random=False))
def test_the_order_in_which_spans_come_does_not_matter(pairs, chance):
    spans = [span("root", kind="agent")]
    for n, (asked, answered) in enumerate(pairs):
        spans.append(
            span(str(n), "root", "llm", n + 1, messages_in=[user(asked)], messages_out=[bot(answered)], tokens_in=n)
        )
    shuffled = list(spans)
    chance.shuffle(shuffled)
    assert assemble(shuffled) == assemble(spans)
