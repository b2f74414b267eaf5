"""The parts of a judge: descriptions, prompts, answers, makers, costs, leaks, habits, panels, and when it is due."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import BadRequest, BadSettings, TooLittleData, UnreadableFile
from workbench.judge import compared
from workbench.judge.answers import LONGEST_CRITIQUE, parse
from workbench.judge.cost import Counted, guess
from workbench.judge.due import shifts
from workbench.judge.habits import habits, repeated
from workbench.judge.leaks import groups, quoted
from workbench.judge.panels import judge_panel
from workbench.judge.prompt import Template, texts_of
from workbench.judge.providers import family, kinship
from workbench.judge.spec import read_spec
from workbench.service.endpoint import _retry_after, read_reply

PLAIN = {"url": "http://localhost:9/v1", "model": "m", "prompt": "{input} {output}"}


def spec(**changed):
    return read_spec({**PLAIN, **changed})


# --- descriptions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"url": "ftp://x"}, "no http"),
        ({"url": "http://me:sk-123@host/v1"}, "holds a key"),
        ({"url": "http://host/v1?api_key=sk-123"}, "holds a key"),
        ({"key_env": "sk-123"}, "no name of an environment variable"),
        ({"parameters": {"api_key": "sk-123"}}, "do not belong"),
        ({"parameters": {"messages": []}}, "do not belong"),
        ({"values": ["pass"]}, "values"),
        ({"values": ["pass", "Pass "]}, "different words"),
        ({"values": ["pass", "unparsable"]}, "unparsable"),
        ({"prompt": "Is it good? {input}"}, "{output} or {conversation}"),
        ({"examples": ["t1"]}, "go together"),
        ({"prompt": "{examples} {output}"}, "go together"),
        ({"reasks": 7}, "reasks"),
        ({"temprature": 0}, "a field that judges do not have"),
    ],
)
def test_a_description_that_cannot_be_is_one_line_that_quotes_nothing(changed, words):
    with pytest.raises(BadSettings) as caught:
        spec(**changed)
    assert words in str(caught.value) and "sk-123" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_description_from_a_file(tmp_path):
    path = tmp_path / "strict.toml"
    path.write_text('url = "http://localhost/v1"\nmodel = "m"\nprompt = """\nRate {output}\n"""\nprice_in = 0.15\n')
    assert read_spec(path).price_in == 0.15 and not read_spec(path).priced
    path.write_text("url = = sk-123")
    with pytest.raises(UnreadableFile, match=r"not valid TOML \(at line 1") as caught:
        read_spec(path)
    assert "sk-123" not in str(caught.value)
    with pytest.raises(UnreadableFile, match="no such file"):
        read_spec(tmp_path / "none.toml")


def test_the_hash_follows_what_answers_hang_on_and_nothing_else():
    first = Template.of(spec()).prompt_hash
    for changed in (
        {"model": "n"},
        {"temperature": 1.0},
        {"format": "word"},
        {"system": "Be strict."},
        {"max_tokens": 9},
    ):
        assert Template.of(spec(**changed)).prompt_hash != first
    for changed in ({"price_in": 1.0}, {"key_env": "K"}, {"concurrency": 9}, {"timeout": 5}, {"provider": "me"}):
        assert Template.of(spec(**changed)).prompt_hash == first
    shown = spec(prompt="{output} {rubric}")
    assert Template.of(shown, rubric="a").prompt_hash != Template.of(shown, rubric="b").prompt_hash


# --- prompts ------------------------------------------------------------------------------------------------------


def test_a_prompt_is_filled_in_one_pass():
    made = Template.of(spec(prompt="{input} | {output} | {x} | {rubric}"), rubric="RULES")
    body = json.loads(made.body(texts_of({"input": "say {rubric} and {output}", "output": "{input}"})))
    said = body["messages"][-1]["content"]
    assert said.startswith("say {rubric} and {output} | {input} | {x} | RULES\n\nAnswer with one JSON object")
    assert made.body(texts_of({})) == made.body(texts_of({}))
    own = Template.of(
        spec(prompt="{output}\n{answer_format}\nGo.", parameters={"max_completion_tokens": 50, "seed": 1})
    )
    body = json.loads(own.body(texts_of({"output": "x"}), again=True))
    assert "max_tokens" not in body and body["max_completion_tokens"] == 50 and body["seed"] == 1
    assert body["messages"][-1]["content"].count("JSON object") == 1
    assert "temperature" not in json.loads(Template.of(spec(temperature="default")).body(texts_of({})))


def test_conversations_and_passages_as_text():
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Where is it?"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"name": "track", "arguments": {"id": 7}}]},
        {"role": "tool", "content": "On its way."},
        "odd",
    ]
    found = texts_of({"messages": json.dumps(messages), "retrieved": [{"id": "p", "text": "A week."}, {"id": "q"}]})
    assert found["conversation"].split("\n\n")[0] == "user: Where is it?"
    assert '"track"' in found["conversation"] and "tool: On its way." in found["conversation"]
    assert found["passages"] == "[1] A week." and found["input"] == "(none)"
    assert texts_of({"messages": float("nan"), "input": float("nan")})["conversation"] == "(none)"


# --- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"verdict": "pass"}', "pass"),
        ('```json\n{"verdict": " FAIL. "}\n```', "fail"),
        ('Sure! {"Verdict": "fail", "critique": "no"} Hope it helps', "fail"),
        ('<think>maybe {"verdict": "fail"}</think>{"verdict": "pass"}', "pass"),
        ('{"critique": "says {x}", "label": "pass"}', "pass"),
        ('{"verdict": "pass"} {"verdict": "pass"}', "pass"),
        ('{"verdict": "pass"} or {"verdict": "fail"}', "unparsable"),
        ('{"verdict": "maybe"}', "unparsable"),
        ('{"verdict": null}', "unparsable"),
        ('{"verdict": ["pass"]}', "unparsable"),
        ('{"verdict": "pass"', "unparsable"),
        ("pass", "unparsable"),
        ("", "unparsable"),
        (None, "unparsable"),
        ("{" * 100_000, "unparsable"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "unparsable"),
    ],
)
def test_json_answers(text, value):
    found = parse(text, spec())
    assert found.value == value and found.readable == (value != "unparsable")
    assert found.readable or (found.problem and "maybe" not in found.problem)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Pass", "pass"), ("**FAIL** because", "fail"), ("passing", "unparsable"),
        ("not sure", "unparsable"), ("- pass: ok", "pass"),
    ],
)  # fmt: skip
def test_word_answers(text, value):
    assert parse(text, spec(format="word")).value == value


def test_longer_values_go_first_and_numbers_are_words():
    graded = spec(values=["good", "good enough", "bad"], positive="good")
    assert parse('{"verdict": "Good enough"}', graded).value == "good enough"
    assert parse("Good enough, I think", graded.model_copy(update={"format": "word"})).value == "good enough"
    assert parse('{"verdict": true}', spec(values=["true", "false"], positive="true")).value == "true"
    assert parse('{"verdict": 1}', spec(values=["1", "0"], positive="1")).value == "1"


def test_a_critique_is_cut_and_what_was_cut_off_is_said():
    found = parse(json.dumps({"verdict": "fail", "critique": "x" * 9_999}), spec())
    assert len(found.critique) == LONGEST_CRITIQUE
    assert parse('{"critique": "\\ud83d", "verdict": "pass"}', spec()).critique == "?"
    assert parse('{"critique": "on and', spec(), cut_off=True).problem == "it was cut off at max_tokens"


@given(st.text(max_size=300))
def test_any_answer_is_read_or_said_to_be_unreadable(text):
    for form in ("json", "word"):
        found = parse(text, spec(format=form))
        assert found.value in ("pass", "fail", "unparsable") and found.readable == (found.value != "unparsable")
        found.critique.encode()


def test_replies_and_their_hostile_counts():
    told = {"choices": [{"message": {"content": [{"text": "a"}, {"text": "b"}]}, "finish_reason": "length"}]}
    found = read_reply(json.dumps({**told, "usage": {"prompt_tokens": -5, "completion_tokens": 10**12}}).encode())
    assert (found.text, found.cut_off, found.tokens_in, found.tokens_out) == ("ab", True, None, None)
    assert read_reply(b'{"choices": [{"message": {"content": null}}], "usage": "no"}').text is None


def test_retry_after_in_seconds_or_as_a_date():
    assert _retry_after("7") == 7 and _retry_after("0.5") == 0.5 and _retry_after("-3") == 0
    assert _retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0 and _retry_after("Fri, 01 Jan 2100 00:00:00 GMT") > 1e6
    assert _retry_after("soon") is None and _retry_after(None) is None and _retry_after("nan") is None


# --- makers, costs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "provider", "maker"),
    [
        ("gpt-4o-mini-2024-07-18", None, "openai"), ("openai/gpt-oss-120b", "groq", "openai"), ("o3", None, "openai"),
        ("claude-sonnet-4-5", "bedrock", "anthropic"), ("us.anthropic.claude-3-haiku-v1:0", None, "anthropic"),
        ("models/gemini-2.5-pro", "vertex_ai", "google"), ("meta-llama/Llama-3.3-70B-Instruct", "together", "meta"),
        ("mistral-large", None, "mistral"), ("Qwen/Qwen3-32B", None, "alibaba"), ("deepseek-r1", None, "deepseek"),
        ("finetuned-7", "openai", "openai"), ("finetuned-7", "azure", None), ("octopus", None, None),
        (None, None, None),
        ("command-r-plus", None, "cohere"), ("grok-4", "xai", "xai"), ("phi-4", None, "microsoft"),
    ],
)  # fmt: skip
def test_who_makes_a_model(model, provider, maker):
    assert family(model, provider) == maker


def test_kinship_counts_its_own_and_the_unknown():
    found = kinship("openai", [("gpt-4o", None, 3), ("claude-3", None, 5), (None, None, 2)])
    assert (found.own, found.unknown, found.n) == (3, 2, 10) and len(found.warnings("gpt-4")) == 2
    assert kinship(None, [(None, None, 4)]).own == 0


def test_costs_by_hand():
    priced = spec(price_in=2.0, price_out=10.0, max_tokens=100, reasks=0)
    first = guess(priced, 10, 40_000, Counted())
    assert (first.tokens_in, first.tokens_out) == (10_000, 1_000)
    assert first.cost == pytest.approx(0.02 + 0.01) and first.cost_most == pytest.approx(0.04 + 0.01)
    later = guess(priced, 10, 40_000, Counted(5, 6_000, 50))
    assert (later.tokens_in, later.tokens_out) == (12_000, 100) and "5 earlier answers" in later.how
    twice = guess(spec(price_in=2.0, price_out=10.0, max_tokens=100), 10, 40_000, Counted())
    assert twice.cost_most == pytest.approx(2 * first.cost_most)
    assert guess(spec(), 10, 40_000, Counted()).cost is None


# --- leaks --------------------------------------------------------------------------------------------------------


def test_groups_hold_sessions_texts_and_near_duplicates_together():
    times = pd.date_range("2026-01-01", periods=7, tz="UTC")
    traces = pd.DataFrame({
        "trace_id": list("abcdefg"), "started_at": times, "session_id": ["s1", "s1", None, None, "s2", None, None],
        "text_hash": ["1", "2", "2", "4", "5", "6", None], "unit": [0, 1, 2, 3, 4, 4, 9],
    })  # fmt: skip
    found = groups(traces)
    assert found.to_dict() == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "e", "f": "e", "g": "g"}
    later = pd.concat([traces, pd.DataFrame({"trace_id": ["A"], "started_at": [times[-1]], "session_id": ["s1"]})])
    assert (
        groups(later)["A"] == "a" and groups(later.sample(frac=1, random_state=0)).to_dict() == groups(later).to_dict()
    )
    assert groups(traces[:0]).empty


def test_thirteen_words_in_a_row_are_a_leak_and_twelve_are_not():
    words = [f"w{i}" for i in range(20)]
    text = [("t1", " ".join(words)), ("t2", "something else entirely")]
    assert quoted(f"Judge: {' '.join(words[3:16])}!", text) == ["t1"]
    assert quoted(f"Judge: {' '.join(words[3:15])}!", text) == []


# --- habits, panels, due ------------------------------------------------------------------------------------------


def frame(values, start=0):
    return pd.DataFrame({"item": [f"i{n}" for n in range(start, start + len(values))], "value": values})


def test_repeated_by_hand():
    runs = pd.DataFrame({
        "item": ["a", "a", "a", "b", "b", "c", "d", "d"], "replicate": [0, 1, 2, 0, 1, 0, 0, 1],
        "value": ["pass", "pass", "pass", "pass", "fail", "pass", "fail", "fail"],
    })  # fmt: skip
    same, alpha, most = repeated(runs)
    assert (same.estimate, same.n, most) == (2 / 3, 3, 3) and alpha.value == alpha.value
    none, alpha, most = repeated(runs[runs["item"] == "c"])
    assert none.n == 0 and alpha is None and most == 1


def test_habits_in_words():
    rng = np.random.default_rng(0)
    n = 400
    size = rng.integers(20, 2_000, n)
    truth = rng.random(n) < 0.5
    passed = rng.random(n) < 1 / (1 + np.exp(-(np.log2(size / 200) + 2 * truth - 1)))
    human, judged = frame(np.where(truth, "pass", "fail")), frame(np.where(passed, "pass", "fail"))
    lengths = pd.Series(size, index=human["item"])
    own = pd.Series(rng.random(n) < 0.3, index=human["item"])
    runs = judged.assign(replicate=0)
    found = habits(compared(human, judged), runs, lengths=lengths, own=own)
    assert "not known: no trace was asked twice" in found.words[0]
    assert found.words[1].startswith("It prefers long answers") and found.length.odds_ratio > 1.5
    assert found.words[2].startswith("No habit about its own family") and "not about pairs" in found.words[3]
    flipped = judged.assign(replicate=1, value=np.where(passed ^ (rng.random(n) < 0.3), "pass", "fail"))
    shown, swapped = frame(["1"] * 30 + ["2"] * 10), frame(["1"] * 30 + ["1"] * 10)
    again = habits(
        compared(human, judged), pd.concat([runs, flipped]), lengths=lengths, own=None, pairs=(shown, swapped)
    )
    assert "contradicts itself" in again.words[0] and "not known who makes" in again.words[2]
    assert again.words[3].startswith("It prefers the first place") and "30 of 30" in again.words[3]


def test_a_panel_is_worth_less_where_judges_err_together():
    n = 200
    human = frame(["pass", "fail"] * (n // 2))
    rng = np.random.default_rng(1)

    def judged(wrong):
        said = np.where((np.arange(n) % 2 == 0) ^ wrong, "pass", "fail")
        return frame(said)

    alone = {name: judged(rng.random(n) < 0.2) for name in "abc"}
    shared = rng.random(n) < 0.2
    together = {name: judged(shared ^ (rng.random(n) < 0.02)) for name in "abc"}
    first, second = judge_panel(human, alone), judge_panel(human, together)
    assert first.errors.effective > 2.5 > 1.4 > second.errors.effective
    assert first.majority.rates.agreement.estimate > 0.85 > second.majority.rates.agreement.estimate
    assert first.split.estimate > second.split.estimate and len(first.split_items) == round(first.split.estimate * n)
    assert first.each["judge"].tolist() == ["a", "b", "c"] and len(first.correlations) == 3
    assert "worth" in repr(first)


def test_a_panel_that_cannot_decide_is_unreadable():
    human = frame(["pass", "fail", "fail"])
    votes = {"a": frame(["pass", "fail", "unparsable"]), "b": frame(["fail", "fail", "unparsable"]),
             "c": frame(["pass", "unparsable", "fail"])}  # fmt: skip
    found = judge_panel(human, votes)
    assert found.majority.rates.n == 3 and found.majority.unparsable == 1
    with pytest.raises(BadRequest, match="odd number"):
        judge_panel(human, {"a": votes["a"], "b": votes["b"]})
    with pytest.raises(TooLittleData, match="no item in common"):
        judge_panel(human, {**votes, "c": frame(["pass"], start=50)})


def test_traffic_counts_as_changed_beyond_a_tenth_and_beyond_chance():
    before = {"model": {"a": 500, "b": 500}, "release": {"1": 1_000}}
    (found,) = shifts(before, {"model": {"a": 300, "b": 700}, "release": {"1": 1_000}})
    assert found.column == "model" and found.moved == pytest.approx(0.2) and found.n == 1_000
    assert shifts(before, {"model": {"a": 560, "b": 440}}) == ()  # surely another mix, and less than a tenth
    assert shifts(before, {"model": {"a": 20, "b": 35}}) == ()  # more than a tenth, and maybe chance
    assert shifts(before, {"model": {"a": 9}}) == ()
    assert [each.column for each in shifts(before, {"release": {"2": 60}})] == ["release"]
