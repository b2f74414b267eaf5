"""Cases on their way into the golden set: drafts, private data, decisions with a reason, and what never becomes one."""

import json
from pathlib import Path

import pandas as pd
import pytest
from small_workspace import make

from workbench import Workspace
from workbench.errors import BadRequest, MissingColumns, UnknownName, UnreadableFile, WorkbenchError
from workbench.golden.promote import complexity, draft_case, payload, said_of
from workbench.overview import golden_steps


def label(dimension: str, value: str, annotator: str = "ana", **more: object) -> dict:
    return {"dimension": dimension, "value": value, "annotator": annotator, "annotator_kind": "human", **more}


# --- what people said ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "outcome", "agreement"),
    [
        ([], None, "single"),
        ([label("outcome", "fail")], "fail", "single"),
        ([label("outcome", "fail"), label("outcome", "fail", "ben")], "fail", "agreed"),
        ([label("outcome", "fail"), label("outcome", "pass", "ben")], None, "disputed"),
        (
            [label("outcome", "fail"), label("outcome", "pass", "ben"), label("outcome", "pass", "cy")],
            "pass", "disputed",
        ),
        (
            [label("outcome", "pass"), label("outcome", "pass", "ben"),
             label("outcome", "fail", "lee", round="adjudicated")],
            "fail", "adjudicated",
        ),
        ([label("outcome", "defer")], None, "single"),
        ([label("code", "invented policy")], "fail", "single"),
    ],
)  # fmt: skip
def test_what_people_said_comes_down_to_an_outcome(labels: list, outcome: str | None, agreement: str) -> None:
    said = said_of(labels, {})
    assert (said.outcome, said.agreement) == (outcome, agreement)


def test_judges_rules_and_users_say_nothing_here() -> None:
    labels = [label("outcome", "fail", "j", annotator_kind=kind) for kind in ("judge", "rule", "user")]
    assert said_of(labels, {}).annotators == ()
    assert said_of(labels, {}).outcome is None


def test_an_adjudicated_answer_goes_before_a_blind_one() -> None:
    labels = [
        label("outcome", "fail", "lee", round="adjudicated", gold_answer="thirty days"),
        label("outcome", "fail", "ana", gold_answer="a month"),
    ]
    assert said_of(labels, {}).gold_answer == "thirty days"


def test_the_highest_severity_counts() -> None:
    labels = [label("code", "a", severity=2), label("code", "b")]
    assert said_of(labels, {"b": ("never", 5)}).severity == 5


# --- drafts -------------------------------------------------------------------------------------------------------

TRACE = {
    "trace_id": "t",
    "release": "1.2",
    "n_turns": 2,
    "n_tool_calls": 1,
    "params": {"tools": ["search"]},
    "retrieved": [{"id": "p", "text": "thirty days"}],
    "messages": [
        {"role": "system", "content": "You help."},
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "hello, how can I help"},
        {"role": "user", "content": "how long may I return it"},
        {"role": "assistant", "content": "", "tool_calls": [{"name": "search"}]},
        {"role": "tool", "content": "thirty days"},
        {"role": "assistant", "content": "ninety days"},
    ],
}


def test_the_payload_stops_before_the_answer_that_is_judged() -> None:
    found = payload(TRACE)
    assert found["query"] == "how long may I return it"
    assert [each["role"] for each in found["history"]] == ["system", "user", "assistant"]
    assert "ninety" not in json.dumps(found)
    assert found["tool_definitions"] == ["search"]


def test_a_trace_without_messages_is_asked_by_its_input() -> None:
    assert payload({"trace_id": "t", "input": "how long"}) == {"query": "how long"}


def test_a_draft_says_what_is_known() -> None:
    said = said_of([label("code", "invented policy", severity=4)], {"invented policy": ("states a rule.", 3)})
    drafted = draft_case(TRACE, said, case_id="case-1", intent="returns")
    assert drafted["expected_behavior"] == "Does not show \u201cinvented policy\u201d: states a rule."
    assert (drafted["risk_level"], drafted["category"], drafted["labelled_by"]) == ("high", "edge", ["ana"])
    assert drafted["slices"] == {"intent": "returns", "complexity": "moderate", "outcome": "fail"}


def test_missing_counts_give_no_complexity() -> None:
    assert complexity(float("nan"), None) is None


# --- in a workspace -----------------------------------------------------------------------------------------------


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make(tmp_path / "w")


def test_from_a_labelled_trace_to_a_frozen_case(ws: Workspace) -> None:
    ws.save_reading("t-01", "ana", outcome="fail", note="says a week, the policy says a month")
    report = ws.promote(["t-01", "t-01", "nowhere"], by="lee", why="invented refunds")
    assert (report.added, report.known, report.rejected) == (1, 0, 1)
    [case_id] = report.case_ids
    assert "t-01" not in case_id
    assert ws.promote(["t-01"], by="lee").known == 1
    row = ws.cases().iloc[0]
    assert (row["status"], row["category"], row["labelled_by"]) == ("candidate", "edge", "ana")
    assert row["intent"].startswith("refund")
    with pytest.raises(BadRequest, match="expected_behavior"):
        ws.accept_case(case_id, by="lee", reason="first")
    ws.edit_case(case_id, {"expected_behavior": "says that refunds take a month"}, by="lee")
    assert ws.case(case_id).labelled_by == ("ana", "lee")
    with pytest.raises(BadRequest, match="private"):
        ws.accept_case(case_id, by="lee", reason="first")
    assert ws.check_private(case_id, by="ben") == 0
    with pytest.raises(BadRequest, match="reason"):
        ws.accept_case(case_id, by="lee", reason="")
    ws.accept_case(case_id, by="lee", reason="invented refunds")
    with pytest.raises(BadRequest, match="accepted already"):
        ws.accept_case(case_id, by="lee", reason="again")
    report = ws.freeze(author="lee", reason="first", blind_share=0)
    assert (report.cases, report.blind) == (1, 0)
    [case] = ws.golden_cases()
    assert case.trace_id == "t-01" and case.version_added == 1
    assert ws.case_changes(case_id)["how"].tolist() == ["proposed", "edited", "checked", "accepted"]


def test_a_thumb_alone_is_no_label(ws: Workspace) -> None:
    [case_id] = ws.promote(["t-03"], by="lee").case_ids  # a thumb down and nothing else
    ws.edit_case(case_id, {"risk_level": "high"}, by="lee")
    ws.check_private(case_id, by="lee")
    for fields in ({}, {"slices": {"intent": "refund"}}):
        ws.edit_case(case_id, fields, by="lee")
        with pytest.raises(BadRequest):
            ws.accept_case(case_id, by="lee", reason="a thumb said so")


def test_an_edit_has_to_be_checked_again_and_says_what_sort_it_is(ws: Workspace) -> None:
    report = ws.add_cases([{"input_payload": "may I", "expected_behavior": "says yes"}], by="ana")
    [case_id] = report.case_ids
    ws.check_private(case_id, by="ben")
    ws.accept_case(case_id, by="lee", reason="first")
    with pytest.raises(BadRequest, match="reason"):
        ws.edit_case(case_id, {"expected_behavior": "says no"}, by="lee")
    ws.edit_case(case_id, {"expected_behavior": "says no"}, by="lee", reason="the policy changed")
    ws.edit_case(case_id, {"risk_level": "low"}, by="lee", reason="harmless")
    kinds = ws.case_changes(case_id)["kind"].tolist()
    assert kinds[-2:] == ["wrong_label", "wording"]
    assert not ws.cases()["private"].iloc[0]
    with pytest.raises(BadRequest, match="never changes"):
        ws.edit_case(case_id, {"case_id": "other"}, by="lee", reason="x")
    with pytest.raises(BadRequest, match="kind"):
        ws.edit_case(case_id, {"risk_level": "high"}, by="lee", reason="x", kind="mood")


def test_what_people_write_is_redacted(ws: Workspace) -> None:
    [case_id] = ws.add_cases(
        [{"input_payload": "mail maria.lopez@example.org", "expected_behavior": "writes to maria.lopez@example.org"}],
        by="ana",
        why="asked by maria.lopez@example.org",
    ).case_ids
    assert "maria" not in repr(ws.case(case_id)) + repr(ws.cases().to_dict()) + repr(ws.case_changes().to_dict())
    ws.edit_case(case_id, {"reference": "maria.lopez@example.org"}, by="ana", reason="per maria.lopez@example.org")
    assert "maria" not in repr(ws.case(case_id)) + repr(ws.case_changes().to_dict())
    with pytest.raises(BadRequest, match="address"):
        ws.edit_case(case_id, {"labelled_by": ["maria.lopez@example.org"]}, by="ana")


def test_discarding_and_retiring(ws: Workspace) -> None:
    one, two = ws.add_cases(
        [{"input_payload": f"may I {n}", "expected_behavior": f"says {n}"} for n in range(2)], by="ana"
    ).case_ids
    with pytest.raises(BadRequest, match="Only an accepted"):
        ws.retire_case(one, by="lee", reason="x")
    ws.discard_case(one, by="lee", reason="the same as another")
    assert ws.cases(status="discarded")["case_id"].tolist() == [one]
    ws.check_private(two, by="ben")
    ws.accept_case(two, by="lee", reason="first")
    with pytest.raises(BadRequest, match="retire"):
        ws.discard_case(two, by="lee", reason="x")
    ws.freeze(author="lee", reason="first", blind_share=0)
    ws.retire_case(two, by="lee", reason="no longer sold")
    ws.check_private(one, by="ben")
    ws.accept_case(one, by="lee", reason="after all")
    report = ws.freeze(author="lee", reason="second", blind_share=0)
    assert (report.added, report.removed) == (1, 1)
    assert "no longer sold" in (ws.path / "golden" / "CHANGELOG.md").read_text()


def test_a_sealed_case_can_be_retired_and_not_read(ws: Workspace) -> None:
    made = ws.add_cases(
        [{"input_payload": f"may I {n}", "expected_behavior": f"says {n}"} for n in range(10)], by="ana"
    ).case_ids
    for case_id in made:
        ws.check_private(case_id, by="ben")
        ws.accept_case(case_id, by="lee", reason="first")
    ws.freeze(author="lee", reason="first")
    sealed = ws.cases(status="sealed")
    assert len(sealed) == 2 and sealed["query"].isna().all() and sealed["expected_behavior"].isna().all()
    case_id = sealed["case_id"].iloc[0]
    for refused in (
        lambda: ws.case(case_id),
        lambda: ws.edit_case(case_id, {"risk_level": "low"}, by="x"),
        lambda: ws.check_private(case_id, by="x"),
    ):
        with pytest.raises(BadRequest, match="sealed"):
            refused()
    ws.retire_case(case_id, by="lee", reason="wrong")
    report = ws.freeze(author="lee", reason="second")
    assert (report.cases, report.blind, report.removed) == (9, 1, 1)


def test_promoting_a_trace_again_does_not_tell_whether_its_case_is_sealed(ws: Workspace) -> None:
    ids = [f"t-{number:02d}" for number in range(10, 20)]
    for trace_id in ids:
        ws.save_reading(trace_id, "ana", outcome="fail", note="says a week")
    for case_id in ws.promote(ids, by="lee", why="the secret reason").case_ids:
        ws.edit_case(case_id, {"expected_behavior": f"says how long {case_id} takes"}, by="lee")
        ws.check_private(case_id, by="ben")
        ws.accept_case(case_id, by="lee", reason="the secret reason")
    ws.freeze(author="lee", reason="first")
    sealed = {case.trace_id for case in ws.golden_folder.sealed_cases(1)}
    assert len(sealed) == 2
    told = {repr(ws.promote([trace_id], by="lee")) for trace_id in ids}
    assert len(told) == 1 and "known=1" in next(iter(told))
    assert not set(ws.cell_traces({"outcome": "fail"})["trace_id"]) & set(ids)
    assert not {each.trace_id for each in ws.mine_cases(by="lee").candidates} & set(ids)
    locked = ws.cases(status="sealed")
    assert locked["why"].isna().all() and locked["intent"].isna().all()
    for case_id in locked["case_id"]:
        assert set(ws.case_changes(case_id)["reason"]) == {""}
    assert "the secret reason" in set(ws.case_changes()["reason"])


def test_the_next_steps_lead_from_a_code_to_the_gate(ws: Workspace) -> None:
    def pages() -> list[str | None]:
        return [step.page for step in golden_steps(ws)]

    assert pages() == []
    ws.add_codes(
        [{"name": "invented policy", "definition": "a rule that no passage holds", "severity": 4}], author="lee"
    )
    ws.save_reading("t-01", "ana", outcome="fail", codes=["invented policy"])
    assert pages() == ["cases"]
    [case_id] = ws.promote(["t-01"], by="lee").case_ids
    assert "1 candidate waits" in golden_steps(ws)[0].text and pages() == ["cases"]
    ws.edit_case(case_id, {"expected_behavior": "says that refunds take a month"}, by="lee")
    ws.check_private(case_id, by="ben")
    ws.accept_case(case_id, by="lee", reason="first")
    assert pages() == ["golden"] and golden_steps(ws)[0].command
    ws.freeze(author="lee", reason="first", blind_share=0)
    assert pages() == ["gate"] and "v1" in golden_steps(ws)[0].text
    ws.gate(pd.DataFrame({"case_id": [case_id], "passed": [True]}), release="2.4.0")
    assert pages() == ["cases"] and "undecided for 2.4.0" in golden_steps(ws)[0].text
    assert [step.page for step in ws.review_steps()] == ["sample", "regress", "cases"]


# --- from files ---------------------------------------------------------------------------------------------------


def test_a_csv_and_a_jsonl_of_cases(ws: Workspace, tmp_path: Path) -> None:
    csv = tmp_path / "cases.csv"
    csv.write_text(
        "case_id,query,expected_behavior,slice_intent,labelled_by,history\n"
        'a-1,may I,says yes,returns,"ana, ben","[{""role"": ""user""}]"\n'
        "a-2,,says no,returns,ana,\n"
        "a-1,again,says yes,returns,ana,\n"
        "a-3,how,says how,returns,ana,{bad\n"
    )
    report = ws.add_cases(csv, by="lee", source="adversarial")
    assert (report.added, report.rejected) == (1, 3)
    assert [row["row"] for row in report.rejected_rows] == [1, 2, 3]
    case = ws.case("a-1")
    assert case.source == "adversarial" and case.slices == {"intent": "returns"} and case.labelled_by == ("ana", "ben")
    assert case.input_payload["history"] == [{"role": "user"}]
    lines = tmp_path / "cases.jsonl"
    lines.write_text(json.dumps({**case.to_dict(), "case_id": "b-1", "version_added": None}) + "\n")
    assert ws.add_cases(lines, by="lee").added == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [("", UnreadableFile), ("answer\nx\n", MissingColumns), ("query,mood\nx,y\n", BadRequest)],
)
def test_files_that_are_none(ws: Workspace, tmp_path: Path, content: str, error: type[WorkbenchError]) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(content)
    with pytest.raises(error):
        ws.add_cases(path, by="lee")
    with pytest.raises(UnreadableFile):
        ws.add_cases(tmp_path / "nowhere.csv", by="lee")


def test_an_unknown_case_is_told(ws: Workspace) -> None:
    with pytest.raises(UnknownName):
        ws.case("nothing")
