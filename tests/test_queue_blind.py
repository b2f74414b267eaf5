"""What an annotator is given: all that came before the answer, then the answer; never who gave it, nobody's view."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.queues import MASK, is_anchored, masker, names_of, similarity, visible


def said(role, content=None, **more):
    return {"role": role, "content": content, **more}


# --- where a trace is cut ------------------------------------------------------------------------------------------


def test_what_comes_before_the_last_answer_is_shown_and_what_comes_after_never():
    trace = {
        "messages": [
            said("system", "Be kind."),
            said("user", "first question"),
            said("assistant", "first answer"),
            said("user", "second question"),
            said("assistant", "", tool_calls=[{"id": "call-9", "function": {"name": "find", "arguments": '{"q": 1}'}}]),
            said("tool", '{"found": 2}', name="find", tool_call_id="call-9"),
            said("assistant", "second answer"),
            said("user", "that is wrong!"),
        ],
        "output": "second answer",
    }
    seen = visible(trace)
    assert [turn["content"] for turn in seen.messages] == [
        "Be kind.", "first question", "first answer", "second question", "", '{"found": 2}'
    ]  # fmt: skip
    assert seen.messages[4]["calls"] == [{"name": "find", "arguments": '{"q": 1}'}]
    assert seen.messages[5]["name"] == "find"
    assert seen.output == "second answer" and "wrong" not in repr(seen) and "call-9" not in repr(seen)


@pytest.mark.parametrize(
    ("messages", "output", "before", "judged"),
    [
        ([said("user", "q")], "a", ["q"], "a"),  # the answer is in no message
        ([said("user", "q1"), said("assistant", "a1"), said("user", "q2")], "a2", ["q1", "a1", "q2"], "a2"),
        ([said("user", "q"), said("assistant", "a long answer in words ")], "a long answer in words", ["q"],
         "a long answer in words "),  # trimmed by the source
        ([said("user", "q"), said("assistant", "an answer that goes on and on"), said("user", "no")],
         "an answer that goes on", ["q"], "an answer that goes on and on"),  # cut short by the source
        ([said("user", "q"), said("assistant", "a")], '{"structured": true}', ["q"], "a"),
        ([said("user", "q"), said("assistant", None, tool_calls=[{"name": "f", "args": {}}])], None, ["q", ""], ""),
        ([said("user", "q")], None, ["q"], ""),
        ([], None, [], ""),
    ],
)  # fmt: skip
def test_the_answer_is_found_wherever_the_source_puts_it(messages, output, before, judged):
    seen = visible({"messages": messages, "output": output})
    assert [turn["content"] for turn in seen.messages] == before and seen.output == judged


def test_a_trace_without_messages_is_its_input_and_output():
    seen = visible({"input": "q", "output": "a", "messages": None})
    assert seen.messages == ({"role": "user", "content": "q"},) and seen.output == "a"
    assert visible({}).messages == () and visible({}).output == ""


def test_content_in_parts_is_read_as_text_and_structure_loses_ids_and_opinions():
    parts = [
        {"type": "text", "text": "look at"},
        {"type": "image_url", "image_url": {"url": "http://x.test/1"}},
        "this",
    ]
    tool = {"found": [{"id": "doc-1", "price": 4, "score": 0.4, "model": "m"}], "trace_id": "t-1"}
    seen = visible({"messages": [said("user", parts), said("tool", tool, name="find"), said("assistant", "a")]})
    assert seen.messages[0]["content"] == "look at\n[image_url]\nthis"
    assert json.loads(seen.messages[1]["content"]) == {"found": [{"price": 4}]}


def test_what_evaluators_say_is_left_out_wherever_it_stands():
    verdict = "verdict: unsupported"
    trace = {
        "messages": [
            said("user", "q"),
            said("assistant", "", tool_calls=[{"name": "groundedness_judge", "args": {"x": verdict}}]),
            said("tool", verdict, name="groundedness_judge"),
            said("tool", verdict, name="relevanceEvaluator"),
            said("tool", verdict, name="check answer"),
            said("evaluator", verdict),
            said("tool", "12 seats", name="search"),
            said("assistant", "a"),
        ],
        "spans": [{"kind": "evaluator", "name": "check answer", "output": verdict}],
    }
    seen = visible(trace)
    assert verdict not in repr(seen)
    assert [turn["content"] for turn in seen.messages] == ["q", "12 seats"]


def test_passages_are_title_and_text_and_nothing_else():
    seen = visible(
        {
            "input": "q",
            "retrieved": [{"id": "p-1", "score": 0.9, "title": "Fares", "text": "Forty.", "judge": "bad"}, "bare", {}],
        }
    )
    assert seen.passages == ({"title": "Fares", "text": "Forty."}, {"title": "", "text": "bare"})


# --- names of models -----------------------------------------------------------------------------------------------


def test_the_own_model_is_masked_in_every_spelling_and_everyday_words_are_not():
    mask = masker(["northlight/aria-large-2", "small"], ["Corvid"])
    assert mask("Aria Large 2, aria_large_2 and ARIA-LARGE-2: a large aria, a small one") == (
        f"{MASK}, {MASK} and {MASK}: a large aria, a small one"
    )
    assert mask("northlight/aria-large-2 by corvid; corvids fly") == f"{MASK} by {MASK}; corvids fly"
    assert mask("aria-large-20 is another") == "aria-large-20 is another"


@pytest.mark.parametrize(
    "text",
    ["I am GPT-4o.", "gpt 4 here", "ChatGPT", "claude-3-5-sonnet-20241022", "Gemini Pro", "llama-3.1-70b", "OpenAI"],
)
def test_models_that_everybody_knows_are_masked_whatever_the_trace_says(text):
    assert MASK in masker([], [])(text)


@pytest.mark.parametrize(
    "text", ["Claude Monet painted it", "the gemini twins", "a llama at the zoo", "GPS, 4 o'clock"]
)
def test_words_that_only_look_like_them_stay(text):
    assert masker([], [])(text) == text


def test_a_dated_model_is_masked_without_its_date_and_a_short_one_only_as_it_is_written():
    assert masker(["acme-chat-2024-08-06"], [])("acme chat and acme-chat-2024-08-06") == f"{MASK} and {MASK}"
    assert masker(["m-1"], [])("m-1 but not the M1 motorway") == f"{MASK} but not the M1 motorway"


def test_models_are_known_from_wherever_the_trace_names_them():
    trace = {
        "model": "a-1", "provider": "one", "params": {"model": "b-2"},
        "metadata": {"model_name": "c-3", "provider": "two"},
        "spans": [{"detail": '{"model": "d-4"}'}, {"detail": "not json"}, {"detail": None}],
    }  # fmt: skip
    assert names_of(trace) == (["a-1", "b-2", "c-3", "d-4"], ["one", "two"])


@given(st.text(max_size=80), st.sampled_from(["aria-large-2", "vendor/x-9b:free", "q.v1"]))
def test_masking_twice_is_masking_once_and_leaves_no_name(text, model):
    mask = masker([model], ["corvid"])
    once = mask(f"{text} {model} {text}")
    assert model not in once.split(" ") and mask(once) == once


# --- nearly the output ---------------------------------------------------------------------------------------------


def test_retyped_is_anchored_and_own_words_are_not():
    output = "You can change the date once until a day before departure, for a fee of 40 euros."
    assert is_anchored(
        similarity("you can change the date once, until a day before departure; for a fee of 40 Euros", output)
    )
    own = "Up to 24 hours before you leave we move the booking one time; this costs EUR 40 plus fare difference."
    assert not is_anchored(similarity(own, output))
    assert similarity("Yes, until Friday.", "Yes, until Friday.") is None and not is_anchored(None)
    assert similarity(None, output) is None and similarity(output, "") is None


def test_two_who_answer_apart_are_rarely_that_alike(test_data: Path):
    """The share on which the threshold rests: pairs of answers of two models in PandaLM's test set (docs/queues.md)."""
    rows = json.loads((test_data / "pandalm" / "testset-v1.json").read_text(encoding="utf-8"))
    edits = [similarity(str(row["input"]), str(row["response1"])) for row in rows]
    alike = [
        similarity(str(row["response1"]), str(row["response2"]))
        for row, edit in zip(rows, edits, strict=True)
        if edit is None or edit < 60
    ]
    compared = [each for each in alike if each is not None]
    assert len(compared) > 400
    assert sum(map(is_anchored, compared)) / len(compared) < 0.02
