"""Each failure signal fires on a trace made for it, and on nothing else."""

import pytest

from workbench.signals import SIGNALS, find_signals, plain_text


def trace(*turns, **columns):
    messages = [{"role": role, "content": text} for role, text in turns]
    return {"status": "ok", "input": "a question", "output": "an answer", "messages": messages, **columns}


CASES = {
    "error": trace(status="error"),
    "thumbs_down": trace(feedback=-1),
    "tool_error": trace(("tool", '{"error": "no such booking"}')),
    "retry": trace(
        ("user", "can I change my flight to the 4th of June?"),
        ("assistant", "Yes."),
        ("user", "can I change my flight to the 4th of june please?"),
    ),
    "clarification_loop": trace(
        ("assistant", "Could you clarify which trip?"), ("user", "the second"), ("assistant", "Please specify a date.")
    ),
    "complaint": trace(("user", "no, that's not what I asked")),
    "no_answer": trace(output="", model="m-1"),
    "unparsed_output": trace(output='{"answer": "yes"'),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_each_signal_fires_alone_on_its_own_case(name):
    assert find_signals(CASES[name]) == [name]


def test_a_plain_good_trace_has_no_signal():
    assert find_signals(trace(("user", "Where is my order?"), ("assistant", "It arrives on Friday."))) == []


def test_a_question_without_any_model_call_is_not_a_missing_answer():
    assert find_signals({"input": "I am still waiting on my card?", "output": None, "status": "ok"}) == []


def test_text_is_found_in_parts_and_nothing_in_nothing():
    assert plain_text([{"type": "text", "text": "one"}, {"type": "image_url"}, "two"]) == "one\ntwo"
    assert plain_text(None) == ""
