"""Verdicts of a judge on a run: only by a judge that was shown to be good enough, in the version that was."""

import json

import pytest
from golden_cases import accept, case
from judge_service import Service
from test_judge_run import KEY, spec, workspace
from test_runs import gate, number_of, right

from workbench.errors import BadRequest, NotReady

TRACES, CASES = 160, 40


def failing(i: int) -> bool:
    return i % 2 == 0


@pytest.fixture
def service():
    """A judge that is right of traces, unless it is told to be lenient; and fails every answer that says no."""

    def reply(prompt):
        asked, _, answer = prompt.partition("Answer: ")
        lenient = "be kind" in prompt
        bad = failing(int(asked.split("number ")[1].split()[0])) if "number " in asked else answer.startswith("no")
        if "garbled" in answer:
            return "who knows"
        return json.dumps({"verdict": "fail" if bad and not lenient else "pass", "critique": "so"})

    made = Service(reply=reply)
    yield made
    made.stop()


@pytest.fixture
def ws(tmp_path, monkeypatch, service):
    monkeypatch.setenv("JUDGE_KEY", KEY)
    ws = workspace(tmp_path / "w", n=TRACES)
    ws.store.add_labels(
        {"trace_id": f"t{i:03}", "annotator": "ann", "annotator_kind": "human", "dimension": "outcome",
         "value": "fail" if failing(i) else "pass"}
        for i in range(TRACES)
    )  # fmt: skip
    accept(ws, *(case(n) for n in range(CASES - 1)), case(CASES - 1, evaluation_type="exact", reference="39 days"))
    ws.freeze(author="ana", reason="first", blind_share=0)
    ws.define_judge("strict", spec(service), author="ann", reason="first")
    return ws


def answers(payload):
    return {0: "no", 1: "no", 2: "garbled"}.get(number_of(payload)) or right(payload)


def test_a_judge_gives_verdicts_only_once_it_may_gate(ws, service) -> None:
    with pytest.raises(BadRequest):  # it has answered nothing yet
        ws.run(answers, release="r1", judge="strict")
    assert ws.runs().empty
    ws.run_judge("strict")
    report = ws.run(answers, release="r1", judge="strict")
    assert (report.answered, report.judged, report.scored) == (CASES, CASES - 2, CASES - 1)
    rows = ws.run_results(report.run_id).set_index("case_id")
    assert rows.loc["case-000", "passed"] is False and rows.loc["case-003", "passed"] is True
    assert rows.loc["case-002", "passed"] is None and rows.loc["case-002", "scorer"] is None
    assert rows.loc["case-003", "scorer"] == "judge strict version 1" and rows.loc["case-039", "scorer"] == "exact"
    assert any("1 answers got no verdict that can be read" in each for each in report.notices)
    assert any("not known who makes" in each for each in report.notices)
    sent = [body["messages"][-1]["content"] for _, _, body in service.seen if "item 3 " in str(body)]
    assert sent and not any("window is" in each for each in sent)  # what the case expects is not shown
    n = len(service.seen)
    again = ws.run(answers, release="r1", judge="strict")
    assert again.judged == 0 and again.skipped == CASES and len(service.seen) == n + 2  # what could not be read
    found = ws.gate(report.run_id)
    assert found.overall.rate.n == CASES - 1 and found.counts.unscored == 1


def test_a_new_version_has_to_be_calibrated_and_marks_everything_again(ws, service) -> None:
    ws.run_judge("strict")
    report = ws.run(answers, release="r1", judge="strict")
    kind = {**spec(service), "prompt": "be kind\n" + spec(service)["prompt"]}
    ws.define_judge("strict", kind, author="ann", reason="kinder")
    ws.run_judge("strict")
    with pytest.raises(NotReady, match="version 2 may not gate: may_not"):
        ws.gate(report.run_id, judge="strict")
    code, _, told = gate(ws, "--results", report.run_id)  # nobody names it, and it is asked for all the same
    assert code == 2 and "may not gate" in told and len(told.splitlines()) == 1
    ws.define_judge("strict", {**spec(service), "max_tokens": 90}, author="ann", reason="shorter")
    ws.run_judge("strict")
    ws.gate(report.run_id, judge="strict")
    assert set(ws.run_results(report.run_id)["scorer"].dropna()) == {"judge strict version 3", "exact"}


def test_a_file_says_whose_verdicts_it_holds(ws, tmp_path) -> None:
    ws.run_judge("strict")
    report = ws.run(answers, release="r1", judge="strict")
    ws.export_run(report.run_id, tmp_path / "r.jsonl")
    _, _, told = gate(ws, "--results", str(tmp_path / "r.jsonl"))
    assert "Verdicts are by a judge (strict)" in told
    _, _, told = gate(ws, "--results", str(tmp_path / "r.jsonl"), "--judge", "strict")
    assert "Verdicts are by a judge" not in told


def test_a_judge_does_not_mark_its_own_family_nor_another_dimension(ws, service, monkeypatch) -> None:
    monkeypatch.setenv("TARGET_KEY", "sk-1")
    ws.run_judge("strict")
    kin = {"url": service.url, "model": "claude-small", "key_env": "TARGET_KEY"}
    with pytest.raises(BadRequest, match="own family"):
        ws.run(kin, release="r1", judge="strict")
    ws.define_judge("tone", spec(service, dimension="tone", values=["kind", "rude"]), author="ann", reason="tone")
    with pytest.raises(BadRequest, match="judges tone"):
        ws.run(answers, release="r1", judge="tone")
