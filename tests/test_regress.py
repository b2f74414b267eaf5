"""From a flagged failure to a regression case: what is listed, what is written, what it counts for, what is refused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from golden_cases import accept, case
from labelling_workspace import make_labelling
from small_workspace import HOSTILE_ID, make

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import BadRequest, UnknownCode, UnknownName
from workbench.golden.promote import said_of
from workbench.rank.reviewed import reviewed
from workbench.store import cases as case_store

TRACE = "t-09"
SAID = {"by": "lee", "code": "invented policy", "expected": "Says that a refund takes a month."}
FLAGGED = ["t-39", "t-35", "t-33", "t-27", "t-25", "t-21", "t-15", "t-09", HOSTILE_ID, "t-03"]
"""The traces of the small workspace with a thumbs down or a signal, newest first."""


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = make(tmp_path / "w")
    made.change_codebook("create", "invented policy", author="ana", fields={"severity": 4})
    return made


# --- what is flagged ----------------------------------------------------------------------------------------------


def test_flagged_failures_come_newest_first_each_with_why(ws):
    found = ws.flagged()
    assert found["trace_id"].tolist() == FLAGGED and set(found["n"]) == {1}
    why = dict(zip(found["trace_id"], found["why"], strict=True))
    assert (why["t-39"], why["t-35"], why["t-15"]) == ("thumbs down", "asks again", "thumbs down, asks again")
    assert found["cluster"].iloc[1] == "refund [ticket](http://evil.test)" and found["input"].iloc[0]
    assert ws.flagged(limit=2)["trace_id"].tolist() == FLAGGED[:2]
    assert ws.flagged(since="2026-10-29")["trace_id"].tolist() == FLAGGED[:2]
    assert ws.flagged(cluster="change flight").empty
    with pytest.raises(UnknownName, match="there is no cluster 'nosuch'"):
        ws.flagged(cluster="nosuch")


def test_a_persons_word_goes_before_a_signal(ws):
    ws.save_reading("t-39", "ana", outcome="pass")
    ws.save_reading("t-02", "ana", outcome="fail", codes=["invented policy"])
    found = ws.flagged().set_index("trace_id")
    assert "t-39" not in found.index
    assert found.loc["t-02", "why"] == "people failed it: \u201cinvented policy\u201d"


def test_what_is_a_case_is_flagged_no_more_nor_what_is_nearly_the_same(ws):
    twin = {**_plain(ws, "t-09"), "trace_id": "t-twin", "started_at": ws.trace("t-39")["started_at"]}
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces([twin])
        batch.commit({"traces": 1})
    both = ws.flagged().set_index("trace_id")
    assert both.loc["t-twin", "n"] == 2 and "t-09" not in both.index
    made = ws.regress("t-twin", **SAID)
    ws.discard_case(made.case_id, by="lee", reason="not worth it")
    assert not {"t-twin", "t-09"} & set(ws.flagged()["trace_id"])


def test_an_empty_workspace_has_nothing_flagged(tmp_path):
    ws = Workspace.create(tmp_path / "w")
    assert ws.flagged().empty and "trace_id" in ws.flagged()
    shown = CliRunner().invoke(cli, ["-w", str(ws.path), "cases", "flagged", "--json"])
    assert json.loads(shown.output) == {"failures": 0, "traces": 0, "flagged": []}


# --- what is written ----------------------------------------------------------------------------------------------


def test_labels_and_case_are_written_in_one_step(ws):
    made = ws.regress(TRACE, **SAID, critique="says a week, wrote jane.doe@example.com", severity=5)
    found = ws.case(made.case_id)
    assert (found.trace_id, found.expected_behavior, found.risk_level) == (TRACE, SAID["expected"], "critical")
    assert (found.category, found.evaluation_type, found.agreement) == ("edge", "open_ended", "single")
    assert found.labelled_by == ("lee",) and found.slices["intent"].startswith("refund") and found.query.endswith("9")
    labels = ws.labels().set_index("dimension")
    assert labels.loc["outcome", "value"] == "fail" and labels.loc["code", "value"] == "invented policy"
    assert labels.loc["code", "severity"] == 5 and "jane" not in labels.loc["outcome", "note"]
    assert set(labels["round"]) == {"unblinded"} and set(labels["annotator"]) == {"lee"}
    saw = json.loads(labels.loc["outcome", "saw"])
    assert saw == {"page": "regress", "flags": ["thumbs down"], "answer": "before"}
    row = ws.cases().iloc[0]
    assert (
        row["status"] == "candidate" and "written after the answer was seen" in row["why"] and "jane" not in row["why"]
    )
    assert made.labels == 2 and len(made.waits_for) == 2


@pytest.mark.parametrize("broken", ["insert_labels", "_add_changes"])
def test_where_writing_breaks_off_there_is_neither_label_nor_case(ws, monkeypatch, broken):
    with monkeypatch.context() as patched:
        patched.setattr(case_store, broken, _torn)
        with pytest.raises(OSError, match="disk full"):
            ws.regress(TRACE, **SAID, checked=True)
    assert ws.labels(newest=False).empty and ws.cases().empty and ws.case_changes().empty
    assert ws.regress(TRACE, **SAID).labels == 2


def test_of_two_at_once_one_is_written(ws, monkeypatch):
    monkeypatch.setattr(type(ws.store), "case_origins", lambda *_: {})  # neither has seen the other
    ws.regress(TRACE, **SAID)
    with pytest.raises(BadRequest, match="there already"):
        ws.regress(TRACE, **{**SAID, "by": "ben"}, anyway=True)
    assert len(ws.cases()) == 1 and set(ws.labels()["annotator"]) == {"lee"}


def test_it_is_all_or_nothing_on_either_database(tmp_path, monkeypatch, database_url):
    ws = make_labelling(tmp_path / "w", n=12, database_url=database_url)
    ws.add_codes([{"name": "invented policy"}], author="ana")
    trace_id, before = ws.traces(columns=["trace_id"])["trace_id"].iloc[0], len(ws.labels())
    with monkeypatch.context() as patched:
        patched.setattr(case_store, "insert_labels", _torn)  # after the case and its change were written
        with pytest.raises(OSError, match="disk full"):
            ws.regress(trace_id, **SAID)
    assert len(ws.labels()) == before and ws.cases().empty and ws.case_changes().empty
    made = ws.regress(trace_id, **SAID)
    assert made.labels == 2 == len(ws.labels()) - before and ws.cases()["case_id"].tolist() == [made.case_id]
    ws.store.close()


def test_a_right_answer_or_checks_say_what_should_happen_too(ws):
    ws.change_codebook("edit", "invented policy", author="ana", fields={"definition": "names a rule there is not"})
    gold = ws.case(ws.regress("t-09", by="lee", code="invented policy", gold_answer="It takes a month.").case_id)
    assert (gold.evaluation_type, gold.reference) == ("reference", "It takes a month.")
    assert "names a rule there is not" in gold.expected_behavior
    rule = {"kind": "phrases", "required": ["a month"]}
    ruled = ws.case(ws.regress("t-03", by="lee", code="Invented Policy", rules=[rule], anyway=True).case_id)
    assert ruled.evaluation_type == "rules" and dict(ruled.checks[0]) == rule


def test_what_was_written_in_place_of_the_draft_stands(ws):
    made = ws.regress(TRACE, **SAID, query="may I have it back, jane.doe@example.com", slices={"tone": "angry"})
    found = ws.case(made.case_id)
    assert found.query.startswith("may I have it back") and "jane" not in found.query
    assert found.slices["tone"] == "angry" and found.slices["model"] == "large"


def test_a_new_code_is_made_where_it_is_wanted(ws):
    with pytest.raises(UnknownCode, match="curt"):
        ws.regress(TRACE, **{**SAID, "code": "curt"})
    made = ws.regress(TRACE, **{**SAID, "code": "curt"}, create_code=True)
    assert made.code == "curt" and made.risk_level == "medium" and ws.codebook().find("curt") is not None
    assert ws.labels().set_index("dimension").loc["code", "codebook_version"] == 2


def test_it_waits_for_a_look_and_a_decision_and_then_a_version_holds_it(ws):
    made = ws.regress(TRACE, **SAID)
    assert [each.split(" to ")[1] for each in made.waits_for] == [
        "look at it for private data.", "accept it, with a reason.",
    ]  # fmt: skip
    ws.check_private(made.case_id, by="ben")
    ws.accept_case(made.case_id, by="ben", reason="came back twice", kind="regression")
    assert ws.case_waits_for(made.case_id) == ()
    assert ws.check_golden().of("review").verdict == "clear"
    ws.freeze(author="ben", reason="the incident", blind_share=0)
    assert made.case_id in [each.case_id for each in ws.golden_cases(1)]
    checked = ws.regress("t-03", **SAID, checked=True, anyway=True)
    ws.accept_case(checked.case_id, by=SAID["by"], reason="came back", kind="regression")
    assert ws.check_golden().of("review").case_ids == (checked.case_id,), "who wrote it checked and accepted it"
    assert len(checked.waits_for) == 1 and ws.case_changes(checked.case_id)["how"].tolist() == [
        "proposed",
        "checked",
        "accepted",
    ]


def test_a_judge_that_shows_the_trace_stands_in_the_way(ws, monkeypatch):
    made = ws.regress(TRACE, **SAID, checked=True)
    given = (("strict", 1, TRACE), ("mild", 1, TRACE), ("mild", 2, "t-02"))  # what an old version showed is past
    shown = [{"judge": name, "version": at, "spec": {"examples": [trace]}} for name, at, trace in given]
    monkeypatch.setattr(ws.store, "judge_versions", lambda: shown)
    told = [each for each in ws.case_waits_for(made.case_id) if "judge" in each]
    assert len(told) == 1 and told[0].startswith("The judge strict version 1 shows its trace")


# --- what it counts for -------------------------------------------------------------------------------------------


def test_a_failure_that_was_seen_counts_in_no_rate_and_no_truth_of_judges(ws):
    sample = ws.sample(10, trace_ids=[f"t-{at:02d}" for at in range(1, 20) if at != 5], seed=0)
    traces = ws.sample_rows(sample.sample_id)["trace_id"].tolist()
    first, second = traces[:2]
    ws.regress(first, **SAID)
    assert ws.samples()["reviewed"].iloc[0] == 0 and ws.reading(first, "lee").outcome is None
    assert reviewed(ws.labels(), codebook=ws.codebook()).n == 0 and ws.judge_parts().empty
    assert ws.undo("lee") is None and len(ws.labels()) == 2
    ws.save_reading(second, "ana", outcome="fail", codes=["invented policy"])
    assert ws.judge_parts()["trace_id"].tolist() == [second] and ws.codes()["labels"].iloc[0] == 2
    assert reviewed(ws.labels(), codebook=ws.codebook()).trace_ids.tolist() == [second]


def test_an_unblinded_vote_makes_nobody_agree():
    def vote(who: str, value: str, round_: str) -> dict:
        return {"dimension": "outcome", "value": value, "annotator": who, "round": round_}

    alone, seen = vote("ana", "fail", "blind"), vote("lee", "fail", "unblinded")
    assert said_of([seen], {}).agreement == "single" and said_of([seen], {}).outcome == "fail"
    assert said_of([alone, seen], {}).agreement == "single"
    assert said_of([alone, vote("ben", "fail", "blind"), seen], {}).agreement == "agreed"
    assert said_of([vote("ana", "pass", "blind"), seen], {}).agreement == "disputed"
    assert said_of([vote("lee", "pass", "blind"), seen], {}).outcome == "fail"


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"expected": "  "}, "needs what should have happened"),
        ({"code": "curt"}, "there is no code 'curt'"),
        ({"code": " "}, "needs what went wrong"),
        ({"by": " "}, "reader's name has"),
        ({"by": "lee@example.com"}, "may be no address"),
        ({"severity": 6}, "from 1 to 5"),
        ({"rules": [{"kind": "phrases", "required": ["answer 9"]}]}, "do not fail the answer that failed"),
        ({"rules": [{"kind": "regex", "pattern": "(", "match": "fail"}]}, "no regular expression"),
        ({"rules": [{"kind": "nothing"}]}, "check 0 of a case"),
        ({"slices": {"1": "x"}}, "slices: a name begins"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(ws, said, why):
    before = ws.revision
    with pytest.raises(BadRequest, match=why):
        ws.regress(TRACE, **{**SAID, **said})
    assert ws.revision == before


def test_a_trace_that_is_none_is_a_case_or_was_settled_is_refused(ws):
    with pytest.raises(BadRequest, match="no trace of that id"):
        ws.regress("t-99", **SAID)
    ws.regress(TRACE, **SAID)
    with pytest.raises(BadRequest, match="is a case already"):
        ws.regress(TRACE, **SAID, anyway=True)
    ws.save_reading("t-03", "ben", outcome="pass", round_="adjudicated")
    with pytest.raises(BadRequest, match="settled that this trace passes"):
        ws.regress("t-03", **SAID, anyway=True)


def test_a_sealed_case_is_told_from_no_other_and_likens_to_nothing(ws):
    made = ws.regress(TRACE, **SAID)
    row = ws.store.case_rows()[0]
    change = {"case_id": made.case_id, "how": "sealed", "kind": None, "reason": "", "changed_by": "lee"}
    sealed = {"status": "sealed", "content": None}
    ws.store.change_case(made.case_id, sealed, {**change, "changed_at": row["proposed_at"]}, was="candidate")
    with pytest.raises(BadRequest, match="is a case already, and a second one") as refused:
        ws.regress(TRACE, **SAID)
    assert made.case_id not in str(refused.value) and ws.start_regression(TRACE, by="ana").is_case
    assert ws.similar_cases(TRACE).empty
    with pytest.raises(BadRequest, match="sealed"):
        ws.case_waits_for(made.case_id)


def test_one_failure_does_not_become_two_cases(ws):
    asks = ws.trace(TRACE)["input"]
    accept(ws, case(1, input_payload={"query": asks}), case(2))
    like = ws.similar_cases(TRACE)
    assert like["case_id"].tolist() == ["case-001"] and like["near"].all() and like["how"].iloc[0] == "exact"
    with pytest.raises(BadRequest, match=r"case-001 \(accepted\) asks nearly the same \(exact 1.00\)"):
        ws.regress(TRACE, **SAID)
    assert ws.regress(TRACE, **SAID, anyway=True).case_id
    ws.retire_case("case-001", by="ana", reason="asked no more")
    other = ws.similar_cases(TRACE).set_index("case_id")
    assert other.loc["case-001", "status"] == "retired"


def test_what_is_known_is_filled_in_beforehand(ws):
    ws.save_reading("t-03", "ana", outcome="fail", codes=["invented policy"])
    ws.save_reading(
        TRACE, "lee", outcome="fail", note="a week", codes=["invented policy"], severities={"invented policy": 5}
    )
    found = ws.start_regression(TRACE, by="lee")
    assert (found.query, found.answer, found.flags) == ("refund for a ticket number 9", "answer 9", ("thumbs down",))
    assert (found.outcome, found.note, found.code, found.severity) == ("fail", "a week", "invented policy", 5)
    assert found.codes == ("invented policy",) and not found.is_case
    assert ws.start_regression(TRACE, by="ana").outcome is None
    assert ws.start_regression(TRACE).code is None


# --- the command line ---------------------------------------------------------------------------------------------


def run(ws: Workspace, *words: str):
    return CliRunner().invoke(cli, ["-w", str(ws.path), "cases", *words], catch_exceptions=True)


def test_the_command_line_lists_makes_and_says_what_is_missing(ws):
    shown = run(ws, "flagged", "--limit", "2")
    assert "10 flagged failures no case covers (10 traces), 2 shown" in shown.output
    answer = json.loads(run(ws, "flagged", "--limit", "2", "--json").output)
    assert answer["failures"] == 10 and [row["trace_id"] for row in answer["flagged"]] == FLAGGED[:2]
    words = [TRACE, "--must-say", "a month", "--code", "invented policy", "--severity", "5", "--by", "lee"]
    made = json.loads(run(ws, "regress", *words, "--slice", "tone=angry", "--checked", "--json").output)
    found = ws.case(made["case_id"])
    assert found.checks[0]["required"] == ["a month"] and found.slices["tone"] == "angry"
    assert made["waits_for"] == ["Somebody has to accept it, with a reason."] and made["severity"] == 5
    told = run(
        ws, "regress", "t-03", "--expected", "Says a month.", "--code", "invented policy", "--by", "lee", "--anyway"
    )
    assert "a candidate of the golden pool, risk high" in told.output
    assert told.output.count("before a version holds it") == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["t-99", "--code", "invented policy", "--expected", "x"], "no trace of that id"),
        ([TRACE, "--code", "curt", "--expected", "x"], "there is no code 'curt'"),
        ([TRACE, "--code", "invented policy"], "needs what should have happened"),
        ([TRACE, "--code", "invented policy", "--rule", "[]"], "--rule is a JSON object"),
        ([TRACE, "--code", "invented policy", "--expected", "x", "--slice", "tone"], "NAME=VALUE"),
    ],
)
def test_the_command_line_refuses_in_one_sentence(ws, words, why):
    shown = run(ws, "regress", *words, "--by", "lee")
    assert isinstance(shown.exception, BadRequest) and why in str(shown.exception)
    assert "\n" not in str(shown.exception) and ws.cases().empty


def _torn(*_: object, **__: object) -> None:
    raise OSError("disk full")


def _plain(ws: Workspace, trace_id: str) -> dict:
    """A trace as it is written to the store."""
    row = {name: value for name, value in ws.trace(trace_id).items() if name != "spans" and value is not None}
    return {name: value for name, value in row.items() if name not in ("batch",) and value == value}
