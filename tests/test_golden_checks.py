"""What is looked at before a freeze: what refuses, what warns, and what cannot be told."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from golden_cases import accept, case
from small_workspace import make

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import BadRequest
from workbench.golden.promote import asked
from workbench.leakage import Scored, before_freezing

NONE = {"captured_at": None, "session_id": None, "parent_case": None, "context": "", "alone": None}


def cases(*asked: str, **more: list) -> pd.DataFrame:
    rows = pd.DataFrame({"case_id": [f"c{at}" for at in range(len(asked))], "asked": list(asked), **NONE})
    return rows.assign(**more)


TWO = cases("may I bring a cello on board of the plane", "when does the lounge close")


def test_the_same_question_in_the_same_context_is_in_the_set_twice() -> None:
    found = before_freezing(cases("When does the lounge close?", "may I bring a cello", "when does the LOUNGE close"))
    twice = found.of("duplicates")
    assert (twice.verdict, twice.case_ids) == ("refuse", ("c0", "c2"))
    assert not found.passed and found.refused == (twice,) and "lounge" not in twice.told


@pytest.mark.parametrize(
    ("one", "other", "context"),
    [
        ("when does the lounge close", "When does the lounge close", ["it closes at ten", "it closes at nine"]),
        (
            "I paid 120 euros for a seat on the flight to Oslo and want it back",
            "I paid 340 euros for a seat on the flight to Oslo and want it back",
            "",
        ),
    ],
)
def test_other_passages_or_other_numbers_make_another_case_that_is_told(one: str, other: str, context: object) -> None:
    found = before_freezing(cases(one, other).assign(context=context))
    assert found.of("duplicates").verdict == "warn" and found.passed


def test_sealed_cases_are_counted_and_not_named() -> None:
    rows = cases("when does the lounge close", "when does the lounge close").assign(case_id=["c0", None])
    twice = before_freezing(rows).of("duplicates")
    assert twice.case_ids == ("c0",) and "2 cases" in twice.told and "sealed" in twice.told


def test_what_nobody_said_cannot_be_told_and_is_not_clear() -> None:
    found = before_freezing(TWO)
    verdicts = {each.check: each.verdict for each in found.findings}
    unknown = ("copies", "temporal", "split", "selection", "review")
    assert verdicts == {**dict.fromkeys(unknown, "cannot tell"), "duplicates": "clear", "tuning": "clear"}
    assert found.passed and repr(found).count("\n") == 6


def test_copies_refuse_and_nothing_found_does_not() -> None:
    copies = pd.DataFrame({"case_id": ["c1", None], "against": ["few_shot.txt", "few_shot.txt"]})
    found = before_freezing(TWO, copies=copies).of("copies")
    assert (found.verdict, found.case_ids) == ("refuse", ("c1",)) and "2 cases stand in few_shot.txt" in found.told
    assert before_freezing(TWO, copies=copies.iloc[:0]).of("copies").verdict == "clear"


def test_cases_older_than_the_change_are_told() -> None:
    rows = TWO.assign(captured_at=["2026-11-01", "2026-11-09"])
    found = before_freezing(rows, changed_at="2026-11-05").of("temporal")
    assert (found.verdict, found.case_ids) == ("warn", ("c0",)) and "1 of 2 cases" in found.told
    assert before_freezing(rows, changed_at="2026-10-05").of("temporal").verdict == "clear"
    assert before_freezing(TWO, changed_at="2026-10-05").of("temporal").verdict == "cannot tell"


def test_a_split_by_time_alone_leaves_a_session_on_both_sides() -> None:
    rows = TWO.assign(captured_at=["2026-11-06", "2026-11-09"], session_id=["s1", "s2"])
    train = pd.DataFrame({"at": ["2026-11-01", "2026-11-02"], "session_id": ["s0", "s1"], "parent_case": [None, None]})
    found = before_freezing(rows, train=train).of("split")
    assert found.verdict == "warn" and "1 values of session_id" in found.told
    apart = before_freezing(rows, train=train.assign(session_id="s0")).of("split")
    assert apart.verdict == "clear"
    late = before_freezing(rows, train=train.assign(session_id="s0", at="2026-11-08")).of("split")
    assert late.verdict == "warn" and "2 rows of train are not older" in late.told


def test_a_set_that_every_release_passed_shows_only_steps_back() -> None:
    rows = cases(*(f"question {at} of quite another kind {at * 37}" for at in range(20)))
    whole = {str(at): True for at in range(20)}
    assert before_freezing(rows, passed={"1": whole}).of("selection").verdict == "cannot tell"
    found = before_freezing(rows, passed={"1": whole, "2": whole}).of("selection")
    assert found.verdict == "warn" and "2 models" in found.told and "n 20" in found.told
    half = {str(at): at % 2 == 0 for at in range(20)}
    assert before_freezing(rows, passed={"1": whole, "2": half}).of("selection").verdict == "clear"
    few = {str(at): True for at in range(5)}  # a run of a quarter of the cases is no past release of this set
    assert before_freezing(rows, passed={"1": whole, "2": few}).of("selection").verdict == "cannot tell"


def test_scoring_often_is_told_with_what_luck_alone_gives() -> None:
    found = before_freezing(TWO, scored=Scored(8, 200, 0.8)).of("tuning")
    # the largest of 8 standard normal draws is 1.4236 on average (Harter 1961), times sqrt(.8 x .2 / 200)
    assert found.verdict == "warn" and "scored 8 times" in found.told and "4.0 points" in found.told
    assert before_freezing(TWO, scored=Scored(1, 200, 0.8)).of("tuning").verdict == "clear"


def test_a_case_that_no_second_person_has_seen_is_told_and_refuses_nothing() -> None:
    found = before_freezing(TWO.assign(alone=[True, False]))
    assert (found.of("review").verdict, found.of("review").case_ids) == ("warn", ("c0",)) and found.passed
    assert found.of("review").told.startswith("1 of 2 cases were accepted by the person who alone had written")


def test_what_was_asked_is_what_the_user_said_over_all_turns() -> None:
    history = [
        {"role": "system", "content": "You help."},
        {"role": "user", "content": "a flight to Oslo"},
        {"role": "assistant", "content": "on which day?"},
    ]
    payload = {"query": "on Friday", "history": history, "retrieved_context": [{"id": "1", "text": "none on Sunday"}]}
    assert asked(payload) == ("a flight to Oslo\non Friday", "on which day?\nnone on Sunday")


# --- in a workspace -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Cases made from traces, two of them the same, and a file of training rows from the same days."""
    made = make(tmp_path_factory.mktemp("w") / "workspace", with_map=False)
    settings = made.path / "workspace.toml"
    text = settings.read_text().replace("against = []", 'against = ["train.jsonl"]')
    settings.write_text(text.replace("# changed_at = 2026-11-05", "changed_at = 2026-10-20"))
    rows = [{"trace_id": "t-04", "text": "tell me of cellos"}, {"text": "may I bring a cello", "at": "2026-10-11"}]
    (made.path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    again = Workspace(made.path)
    same = {"input_payload": {"query": "May I return item 3 after 13 days"}}
    accept(
        again,
        *(case(at, trace_id=f"t-{at * 2:02d}" if at else None, capture_date="2026-10-12") for at in range(12)),
        case(40, **same),
    )
    return again


def test_the_verb_brings_together_what_is_known(ws: Workspace) -> None:
    found = ws.check_golden()
    assert {each.check: each.verdict for each in found.findings} == {
        "copies": "clear", "duplicates": "refuse", "temporal": "warn", "split": "warn", "selection": "cannot tell",
        "tuning": "clear", "review": "clear",
    }  # fmt: skip
    assert found.of("duplicates").case_ids == ("case-003", "case-040")
    # traces come every twelve hours from 12 October, so t-16 is the first of 20 October; one has a day and one nothing
    assert found.of("temporal").told.startswith("8 of 12 cases")
    assert ws.check_golden(changed_at="2026-10-01").of("temporal").verdict == "clear"
    with pytest.raises(BadRequest, match="is no time"):
        ws.check_golden(changed_at="soon")


def test_a_freeze_refuses_and_keeps_what_was_allowed(ws: Workspace) -> None:
    with pytest.raises(BadRequest, match=r"case-003, case-040.*twice"):
        ws.freeze(author="ana", reason="first")
    waiting = ws.preview_freeze()
    assert waiting.checks is not None and not waiting.checks.passed
    shown = CliRunner().invoke(cli, ["-w", str(ws.path), "golden", "check", "--json"])
    answer = json.loads(shown.stdout)
    assert shown.exit_code == 0 and not answer["passed"] and answer["findings"][1]["verdict"] == "refuse"
    told = ["--reason", "one is asked by phone", "--by", "ana", "--allow-leaks", "--json"]
    assert CliRunner().invoke(cli, ["-w", str(ws.path), "golden", "freeze", *told]).exit_code == 0
    kept = ws.golden_folder.manifest(1)["checks"]
    assert kept["allowed"] and kept["duplicates"]["verdict"] == "refuse" and kept["selection"]["verdict"]
    assert "although a check refused it" in ws.golden_changelog()
    assert all(each.ok for each in ws.verify_golden())


def test_runs_and_looks_are_counted_after_a_freeze(ws: Workspace) -> None:
    if not len(ws.golden_versions()):
        ws.freeze(author="ana", reason="first", allow_leaks=True)
    for release in ("1", "2"):
        ws.store.add_run(f"run-{release}", version=1, release=release, plan={"target": "x", "trip_wire": False})
        for each in ws.golden_cases():
            ws.store.keep_result(f"run-{release}", each.case_id, {"state": "answered", "output": "x", "passed": True})
    now = datetime(2026, 11, 20, tzinfo=UTC)
    for place, results in enumerate(("a", "b", "c")):
        look = {"version": 1, "part": "open", "release": "", "results": results, "n": 10, "passed": 5}
        ws.store.add_gate_look({**look, "verdict": "undecided", "looked_at": now + timedelta(hours=place)})
    found = ws.check_golden()
    assert found.of("selection").verdict == "warn" and "2 models" in found.of("selection").told
    assert found.of("tuning").verdict == "warn" and "scored 3 times" in found.of("tuning").told


def test_a_sealed_case_is_found_twice_and_not_named(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "w")
    accept(ws, *(case(at) for at in range(10)))
    ws.freeze(author="ana", reason="first")
    hidden = ws.golden_folder.sealed_cases(1)[0]
    accept(ws, case(77, input_payload=dict(hidden.input_payload)))
    with pytest.raises(BadRequest, match="case-077, sealed ones") as refused:
        ws.freeze(author="ana", reason="second")
    assert hidden.case_id not in str(refused.value) and hidden.query not in str(refused.value)


def test_a_judge_that_shows_a_case_by_the_id_of_its_trace_is_found(tmp_path: Path) -> None:
    ws = make(tmp_path / "w", with_map=False)
    accept(
        ws,
        case(1, trace_id="t-04"),
        case(2, trace_id="t-06"),
        case(3, input_payload={"query": "Change my flight number 4"}),
    )
    spec = {"prompt": "Is it right?\n\n{examples}", "examples": ["t-04"]}
    ws.store.add_judge_version("strict", author="ana", reason="first", spec=spec, prompt_hash="h1")
    leaks = ws.case_leaks()
    assert set(zip(leaks["case_id"], leaks["rung"], strict=True)) == {("case-001", "trace"), ("case-003", "exact")}
    found = ws.check_golden().of("copies")
    assert (found.verdict, found.case_ids) == ("refuse", ("case-001", "case-003"))
    assert "judge strict version 1" in found.told
    ws.store.add_judge_version(
        "strict", author="ana", reason="another", spec={**spec, "examples": ["t-09"]}, prompt_hash="h2"
    )
    assert ws.check_golden().of("copies").verdict == "clear", "what an old version showed is past"
