"""Judges in a workspace: versions, prompts that leak nothing, calibration in parts, looks, and the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from judge_service import Service
from test_judge_run import KEY, PATIENT, spec, workspace

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import BadRequest, EndpointFailed, UnknownName, WorkbenchError

N = 60


def failing(i):
    return i % 3 == 0


@pytest.fixture
def service():
    """A judge that catches most failures: it misses every fifth one, and fails every tenth good answer."""

    def reply(prompt):
        i = int(prompt.split("number ")[-1].split(".")[0])
        wrong = i % 15 == 0 if failing(i) else i % 10 == 1
        return json.dumps({"verdict": "fail" if failing(i) ^ wrong else "pass", "critique": f"It is {i}."})

    made = Service(reply=reply)
    yield made
    made.stop()


@pytest.fixture
def ws(tmp_path, monkeypatch):
    monkeypatch.setenv("JUDGE_KEY", KEY)
    return labelled(workspace(tmp_path / "w", n=N))


def labelled(ws, n=N):
    rows = [
        {
            "trace_id": f"t{i:03}", "annotator": who, "annotator_kind": "human", "dimension": "outcome",
            "value": "fail" if failing(i) ^ (who == "bob" and i == 7) else "pass", "note": f"because {who} {i}",
        }
        for i in range(n)
        for who in ("ann", "bob")
    ]  # fmt: skip
    ws.store.add_labels(rows)
    return ws


def define(ws, service, name="strict", **changed):
    return ws.define_judge(name, spec(service, **changed), author="ann", reason="a try")


# --- definitions --------------------------------------------------------------------------------------------------


def test_versions_only_where_something_changed(ws, service):
    first = define(ws, service)
    assert (first.version, first.new, first.spec.positive) == (1, True, "pass")
    assert not define(ws, service).new and define(ws, service, max_tokens=50).version == 2
    (row,) = ws.judges().to_dict("records")
    assert (row["judge"], row["version"], row["family"], row["answered"], row["looks"]) == (
        "strict",
        2,
        "anthropic",
        0,
        0,
    )
    assert [each.version for each in ws.judge_history("strict")] == [1, 2] and ws.judge_version(
        "strict", 1
    ) == first.__class__(**{**vars(first), "new": False})
    with pytest.raises(UnknownName, match="choose one of: strict"):
        ws.judge_history("lenient")
    with pytest.raises(UnknownName, match="1 to 2"):
        ws.judge_version("strict", 3)


def test_the_prompt_is_redacted_and_what_it_fills_in_is_not(ws, service):
    prompt = 'Ask Mia Li, mia.li@example.com. {input} {output} Say {"verdict": "pass"} or {"verdict": "fail"}.'
    made = define(ws, service, prompt=prompt)
    assert "mia.li" not in made.spec.prompt and "<EMAIL_1>" in made.spec.prompt and "EMAIL 1" in made.notices[0]
    assert made.spec.prompt.endswith('{input} {output} Say {"verdict": "pass"} or {"verdict": "fail"}.')


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"dimension": "code"}, "is none"),
        ({"values": ["good", "bad"]}, "the values of outcome are pass, fail"),
        ({"prompt": "{output} {rubric}"}, "the rubric has no dimension"),
        ({"prompt": f"{{output}} {KEY}"}, "holds the key"),
        ({"prompt": "{output} {examples}", "examples": ["nowhere"]}, "no traces of this workspace"),
    ],
)
def test_what_cannot_be_defined(ws, service, changed, words):
    with pytest.raises(BadRequest, match=words) as caught:
        define(ws, service, **changed)
    assert KEY not in str(caught.value) and ws.judges().empty


def test_nobody_judges_under_a_persons_name(ws, service):
    with pytest.raises(BadRequest, match="people label under that name"):
        define(ws, service, name="ann")


def of_part(ws, part):
    parts = ws.judge_parts()
    return parts.loc[parts["part"] == part, "trace_id"].tolist()


def test_parts_hold_sessions_together_and_no_label_moves_them(tmp_path, service):
    ws = labelled(workspace(tmp_path / "w", n=N), n=40)
    before = ws.judge_parts().set_index("trace_id")["part"]
    labelled(ws)
    after = ws.judge_parts()
    assert (after.set_index("trace_id")["part"][before.index] == before).all()
    assert len(after) == N - 1  # on t007 the two are split
    session = after["trace_id"].str[1:].astype(int) // 2
    assert after.groupby(session)["part"].nunique().max() == 1
    assert set(after["part"]) == {"train", "dev", "test"}


def test_examples_come_from_the_train_part_and_stand_in_the_prompt(ws, service):
    prompt = "{examples}\n\n{input} {output}"
    with pytest.raises(BadRequest, match="only the train part may"):
        define(ws, service, prompt=prompt, examples=of_part(ws, "test")[:2])
    with pytest.raises(BadRequest, match="have not agreed on a label of 1 of the examples, such as t007"):
        define(ws, service, prompt=prompt, examples=["t007"])
    shown = of_part(ws, "train")[:2]
    made = define(ws, service, prompt=prompt, examples=shown)
    assert "parcel" not in json.dumps(ws.store.judge_versions("strict")[0]["spec"])  # by their ids, not by their texts
    ws.run_judge("strict", part="dev")
    sent = service.seen[0][2]["messages"][-1]["content"]
    number = int(shown[0][1:])
    assert f"Input: where is parcel number {number}" in sent and f"Critique: because bob {number}" in sent
    assert sent.count("Verdict: ") == 2
    ws.run_judge("strict", part="train")
    found = ws.judge("strict", part="train")
    assert any(
        "2 labelled traces left out" in each or "left out that the prompt shows" in each for each in found.notices
    )
    ws.store.add_labels(
        [{"trace_id": shown[0], "annotator": "ann", "dimension": "outcome", "value": "fail", "note": "new"}]
    )
    ws.store.add_labels(
        [{"trace_id": shown[0], "annotator": "bob", "dimension": "outcome", "value": "fail", "note": "new"}]
    )
    with pytest.raises(BadRequest, match="have changed since it was defined"):
        ws.run_judge("strict", part="dev")
    again = define(ws, service, prompt=prompt, examples=shown)
    assert again.version == 2 and again.prompt_hash != made.prompt_hash


def test_words_of_a_tested_trace_in_the_prompt_are_refused(tmp_path, service, monkeypatch):
    monkeypatch.setenv("JUDGE_KEY", KEY)
    ws = workspace(tmp_path / "w", n=N)
    told = " ".join(f"word{i}" for i in range(20))
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces(
            [{"trace_id": f"x{i}", "input": f"case {i} {told} end {i}", "output": "yes"} for i in range(9)]
        )
        batch.commit({"traces": 9})
    ws.store.add_labels(
        [{"trace_id": f"x{i}", "annotator": "ann", "dimension": "outcome", "value": "pass"} for i in range(9)]
    )
    parts = ws.judge_parts()
    assert (parts["part"] != "train").any()
    with pytest.raises(BadRequest, match=r"quotes \d traces .* such as x\d") as caught:
        define(ws, service, prompt=f"For example {told}: pass. {{output}}")
    assert "word3" not in str(caught.value)


def test_a_dimension_of_the_rubric_gives_values_and_words(ws, service):
    ws.change_rubric(
        [{"name": "tone", "values": ["cold", "warm"], "failure": "cold", "definition": "Is it kind?"}],
        author="ann",
        reason="new",
    )
    made = define(ws, service, dimension="tone", prompt="{rubric}\n{output}", values=("cold", "warm"))
    assert made.spec.positive == "warm"
    service.reply = lambda prompt: '{"verdict": "cold"}'
    ws.run_judge("strict", trace_ids=["t000"])
    assert "Is it kind?" in service.seen[0][2]["messages"][-1]["content"]
    label = ws.labels(annotator="strict").iloc[0]
    assert (label["dimension"], label["value"], label["rubric_version"]) == ("tone", "cold", 1)


# --- calibration --------------------------------------------------------------------------------------------------


def test_calibration_by_hand_in_each_part(ws, service):
    define(ws, service)
    ws.run_judge("strict")
    for part in ("dev", "test"):
        numbers = [int(each[1:]) for each in of_part(ws, part)]
        found = ws.judge("strict", part=part, looked_by="ann")
        fails = [i for i in numbers if failing(i)]
        assert found.rates.n == len(numbers) and found.rates.true_fail.n == len(fails)
        assert found.rates.true_fail.estimate == pytest.approx(np.mean([i % 15 != 0 for i in fails]))
        assert found.rates.true_pass.estimate == pytest.approx(
            np.mean([i % 10 != 1 for i in numbers if not failing(i)])
        )
        assert found.raw.n == 1  # t007, on which people are split: other parts are no traffic that only the judge saw
    whole = ws.judge("strict")
    assert whole.rates.n == N - 1


def test_looks_at_the_test_part_are_written_down_and_a_second_one_is_warned_about(ws, service):
    define(ws, service)
    ws.run_judge("strict")
    with pytest.raises(BadRequest, match="Say who looks"):
        ws.judge("strict", part="test")
    with pytest.raises(UnknownName, match="train, dev, test"):
        ws.judge("strict", part="holdout")
    assert ws.store.judge_looks().empty
    ws.judge("strict", part="dev")
    assert ws.store.judge_looks().empty
    first = ws.judge("strict", part="test", looked_by="ann")
    assert not any("looked at before" in each for each in first.notices)
    again = ws.judge("strict", part="test", looked_by="ann")
    assert not any("looked at before" in each for each in again.notices)
    (look,) = ws.store.judge_looks().to_dict("records")
    assert (look["version"], look["n"], look["looked_by"], look["part"]) == (1, first.rates.n, "ann", "test")
    define(ws, service, max_tokens=60)
    ws.run_judge("strict")
    later = ws.judge("strict", part="test", looked_by="bob")
    assert any("looked at before (version 1" in each and "by ann" in each for each in later.notices)
    assert len(ws.store.judge_looks()) == 2 and ws.judges()["looks"].tolist() == [2]


def test_one_version_is_compared_never_a_mixture(ws, service):
    define(ws, service)
    ws.run_judge("strict")
    good = ws.judge("strict").rates.agreement.estimate
    service.reply = lambda prompt: '{"verdict": "pass"}'
    define(ws, service, prompt="{output}")
    told = ws.judge("strict")
    assert told.rates.agreement.estimate == good and "answers of version 1; the newest is version 2" in told.notices[0]
    ws.run_judge("strict", trace_ids=["t000", "t001", "t002"])
    assert ws.judge("strict").rates.n == 3 and ws.judge("strict").rates.true_fail.estimate == 0
    assert ws.judge("strict", version=1).rates.agreement.estimate == good


def test_what_was_settled_as_no_case_is_left_out(ws, service):
    define(ws, service)
    ws.run_judge("strict")
    ws.adjudicate("t007", "outcome", how="decide", value="pass", reason="says so", decided_by="eve")
    assert ws.judge("strict").rates.n == N
    ws.adjudicate("t008", "outcome", how="exclude", reason="no answer in it", decided_by="eve")
    assert ws.judge("strict").rates.n == N - 1 and "t008" not in set(ws.judge_parts()["trace_id"])


def test_unreadable_answers_are_counted_both_ways(ws, service):
    before = service.reply
    service.reply = lambda prompt: "hm" if "number 3" in prompt.split("Answer")[0] else before(prompt)
    define(ws, service, reasks=0)
    ws.run_judge("strict")
    found = ws.judge("strict")
    assert found.unparsable == 11 and found.rates.n == N - 1 and found.dropped.n == N - 12
    assert found.rates.true_fail.estimate < found.dropped.true_fail.estimate


def test_labels_of_a_judge_from_elsewhere_are_compared_as_before(ws):
    ws.store.add_labels(
        [{"trace_id": f"t{i:03}", "annotator": "theirs", "annotator_kind": "judge", "dimension": "outcome",
          "value": "fail" if failing(i) else "pass"} for i in range(60)]
    )  # fmt: skip
    assert ws.judge("theirs").rates.agreement.estimate == 1
    found = ws.judge("theirs", part="test", looked_by="ann")
    assert 0 < found.rates.n < 59 and ws.store.judge_looks()["version"].tolist() == [0]
    with pytest.raises(UnknownName):
        ws.judge("theirs", version=1)


def test_panels_habits_and_the_alternative_annotator(ws, service):
    for name in ("one", "two", "three"):
        define(ws, service, name=name, system=f"You are judge {name}.")
        ws.run_judge(name)
    found = ws.judge_panel(["one", "two", "three"], part="test", looked_by="ann")
    assert found.errors.effective == pytest.approx(1) and found.split.estimate == 0  # one judge, paid three times
    assert any("3 by anthropic" in each for each in found.notices) and len(ws.store.judge_looks()) == 3
    with pytest.raises(BadRequest, match="odd number"):
        ws.judge_panel(["one", "two"])
    ws.run_judge("one", trace_ids=[f"t{i:03}" for i in range(30)], replicates=2)
    told = ws.judge_habits("one")
    assert told.repeatable.estimate == 1 and told.repeatable.n == 30 and "n 30" in told.words[0]
    assert len(told.words) == 4 and "cannot be told" in told.words[2]
    assert ws.judge_alt_test("one").verdict in ("may_replace", "not_shown")


def test_when_it_is_due_again(ws, service):
    define(ws, service)
    ws.run_judge("strict")
    assert ws.calibration_due("strict") == ("It has never been compared with people on the test part.",)
    ws.judge("strict", part="test", looked_by="ann")
    assert ws.calibration_due("strict") == ()
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": f"n{i}", "input": "x", "output": "y", "model": "large-2"} for i in range(60)])
        batch.commit({"traces": 60})
    (told,) = ws.calibration_due("strict")
    assert "by model, 100% of 60 later traces" in told
    define(ws, service, max_tokens=70)
    assert "The last look was at version 1" in ws.calibration_due("strict")[0]


# --- the command line ---------------------------------------------------------------------------------------------


def run(ws, *arguments):
    found = CliRunner().invoke(cli, ["-w", str(ws.path), "judge", *map(str, arguments)], catch_exceptions=True)
    if isinstance(found.exception, WorkbenchError):
        return 2, found.stdout, str(found.exception)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.stdout, found.stderr


def answer(ws, *arguments):
    code, out, _ = run(ws, *arguments, "--json")
    assert code == 0 and out.count("\n") == 1
    return json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))


@pytest.fixture
def file(tmp_path, service):
    path = tmp_path / "strict.toml"
    rows = {**spec(service), "prompt": "Question: {input}\\nAnswer: {output}"}
    path.write_text("".join(f"{name} = {json.dumps(value)}\n".replace("\\\\n", "\\n") for name, value in rows.items()))
    return path


def test_from_a_file_to_a_verdict(ws, service, file):
    assert answer(ws, "define", "strict", file, "--author", "ann", "--reason", "first")["version"] == 1
    assert answer(ws, "define", "strict", file, "--author", "ann")["new"] is False
    code, out, err = run(ws, "run", "strict", "--dry-run")
    assert code == 0 and f"{N} requests" in err and "about $" in out and not service.seen
    told = answer(ws, "run", "strict", "--dry-run")
    assert told["calls"] == N and told["cost"] < told["cost_most"] and told["refusal"] is None
    code, out, err = run(ws, "run", "strict")
    assert code == 2 and out == "" and "Give --yes" in err and not service.seen
    done = answer(ws, "run", "strict", "--yes", "--where", "trace_id < 't040'")
    assert (done["answered"], done["left"], done["cached"], done["stopped"]) == (40, 0, 0, None)
    done = answer(ws, "run", "strict", "--yes")
    assert (done["answered"], done["cached"]) == (20, 40)
    assert answer(ws, "run", "strict")["answered"] == 0  # nothing to pay, nothing to ask back
    found = answer(ws, "calibrate", "strict", "--part", "test", "--by", "ann")
    assert found["verdict"] in ("undecided", "may_gate", "may_not") and found["tnr_n"] > 0
    shown = answer(ws, "show", "strict")
    assert shown["looks"][0]["looked_by"] == "ann" and len(shown["runs"]) == 3 and shown["due"] == []
    assert answer(ws, "list")["judges"][0]["answered"] == N
    assert answer(ws, "habits", "strict")["alpha"] is None
    told = answer(ws, "alt-test", "strict")
    assert told["verdict"] in ("may_replace", "not_shown") and len(told["annotators"]) == 2
    for arguments in (["show", "strict"], ["list"], ["habits", "strict"], ["calibrate", "strict"]):
        code, out, _ = run(ws, *arguments)
        assert code == 0 and "strict" in out or "good outputs" in out or "Repeatability" in out
    assert KEY not in json.dumps(shown)


def test_what_ends_a_run_is_one_line(ws, service, file):
    run(ws, "define", "strict", file, "--author", "ann")
    service.plan = lambda number, attempt: "401" if number >= 4 else None
    code, out, err = run(ws, "run", "strict", "--yes", "--json")
    assert code == 2 and out == "" and "status 401" in err and "are left: run it again" in err and KEY not in err
    assert run(ws, "run", "strict", "--yes", "--sample", "none")[0] == 2
    assert run(ws, "run", "strict", "--sample", "a", "--where", "true")[2].startswith("the traces were named by")
    assert run(ws, "run", "nobody")[0] == 2


def test_panel_on_the_command_line(ws, service, file):
    for name in "abc":
        run(ws, "define", name, file, "--author", "ann")
        run(ws, "run", name, "--yes")
    found = answer(ws, "panel", "a", "b", "c")
    assert found["effective"] == pytest.approx(1) and len(found["judges"]) == 3 and found["majority"]["n"] > 0
    code, out, _ = run(ws, "panel", "a", "b", "c")
    assert code == 0 and "worth 1.00 independent" in out


def test_pairs_show_a_preference_for_a_place(ws, service, file, tmp_path):
    run(ws, "define", "strict", file, "--author", "ann")
    run(ws, "run", "strict", "--yes", "--part", "dev")
    for name, value in (("shown", 1), ("swapped", 1)):
        pd.DataFrame({"item": range(20), "value": [value] * 20}).to_csv(tmp_path / f"{name}.csv", index=False)
    found = answer(ws, "habits", "strict", "--shown", tmp_path / "shown.csv", "--swapped", tmp_path / "swapped.csv")
    assert found["position"]["first"] == 20 and "prefers the first place" in found["words"][3]
    assert run(ws, "habits", "strict", "--shown", tmp_path / "shown.csv")[0] == 2
    assert EndpointFailed.__mro__[1] is WorkbenchError and PATIENT  # the exit status is 2 for both
    assert Workspace(ws.path).judge_history("strict")[0].author == "ann"
