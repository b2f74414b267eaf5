"""Adjudication: what is disputed, who settles it and why, and what that does to ranking and to judges."""

import json
import sqlite3

import pandas as pd
import pytest
from click.testing import CliRunner

from workbench import Workspace
from workbench.agree import disputes
from workbench.cli import cli
from workbench.errors import BadRequest, UnknownCode, UnknownName, WorkbenchError
from workbench.store import Store

SECRET = "anna.lee@example.org"


@pytest.fixture
def ws(tmp_path):
    source = tmp_path / "traces.jsonl"
    source.write_text(
        "".join(json.dumps({"id": f"t{i}", "question": f"parcel {i}?", "answer": "Sent."}) + "\n" for i in range(6))
    )
    ws = Workspace.create(tmp_path / "w")
    ws.ingest(source)
    ws.add_codes([{"name": "Facts"}, {"name": "Tone"}], author="lead")
    said = {  # outcome and codes by ann, bob and cy
        "t0": [("fail", ["Facts"]), ("fail", ["Facts", "Tone"]), ("pass", [])],
        "t1": [("fail", ["Tone"]), ("pass", []), None],
        "t2": [("pass", []), ("pass", []), ("pass", [])],
        "t3": [("fail", ["Facts"]), ("defer", []), ("fail", ["Facts"])],
        "t4": [("defer", []), None, None],
    }
    for trace, each in said.items():
        for name, reading in zip(("ann", "bob", "cy"), each, strict=True):
            if reading is not None:
                ws.save_reading(trace, name, outcome=reading[0], codes=reading[1], note=f"{name} on {trace}")
    ws.store.add_labels(
        [
            {"trace_id": "t0", "annotator": "j", "annotator_kind": "judge", "dimension": "outcome", "value": "pass"},
            {"trace_id": "t2", "annotator": "j", "annotator_kind": "judge", "dimension": "outcome", "value": "fail"},
        ]
    )
    return ws


def rows(frame):
    return {(row.trace_id, row.dimension): row for row in frame.itertuples()}


def test_what_is_disputed(ws):
    found = rows(ws.disputes())
    assert set(found) == {
        ("t0", "outcome"), ("t1", "outcome"), ("t3", "outcome"),
        ("t0", "code: Facts"), ("t0", "code: Tone"), ("t1", "code: Tone"),
    }  # fmt: skip
    first = found["t0", "outcome"]
    assert (first.why, first.n, first.votes, first.majority) == ("differ", 3, "fail (2), pass (1)", "fail")
    assert first.annotators == "fail: ann, bob; pass: cy" and not first.adjudicated
    assert first.critiques == ["ann: ann on t0", "bob: bob on t0", "cy: cy on t0"]
    assert pd.isna(found["t1", "outcome"].majority)
    put_off = found["t3", "outcome"]
    assert (put_off.why, put_off.n, put_off.deferred) == ("deferred", 2, 1)
    assert found["t0", "code: Tone"].votes == "no (2), yes (1)"
    assert ("t3", "code: Facts") not in found, "who put it off and gave no code has not said no"
    assert ws.disputes()["why"].tolist()[-1] == "deferred"
    assert set(ws.disputes(dimension="code: tone")["trace_id"]) == {"t0", "t1"}


def test_one_dispute_whole(ws):
    ws.store.add_labels(
        [
            {"trace_id": "t1", "annotator": "dee", "dimension": "outcome", "value": "fail", "note": "no date given",
             "gold_answer": "It comes on Friday.", "seconds": 41.0, "severity": 3, "rubric_version": 2}
        ]
    )  # fmt: skip
    found = ws.dispute("t1", "outcome")
    assert found.tally == {"fail": 2, "pass": 1} and found.disputed and found.decision is None
    last = found.votes[-1]
    assert (last.annotator, last.critique, last.gold_answer) == ("dee", "no date given", "It comes on Friday.")
    assert (last.seconds, last.severity, last.rubric_version) == (41.0, 3, 2)
    assert found.votes[0].critique == "ann on t1", "the note says why"
    assert found.values == ("pass", "fail") and "open" in repr(found)
    with pytest.raises(BadRequest, match="no trace of that id"):
        ws.dispute("t99", "outcome")
    with pytest.raises(UnknownName, match="no dimension 'mood'"):
        ws.dispute("t1", "mood")
    with pytest.raises(UnknownCode):
        ws.dispute("t1", "code: Nothing")
    with pytest.raises(BadRequest, match="one by one"):
        ws.dispute("t1", "code")


def test_an_expert_decides_and_the_minority_stays(ws):
    before = ws.labels()
    found = ws.adjudicate("t0", "outcome", value="Pass", reason="it was sent", decided_by="  lead ")
    assert found.decision.value == "pass" and found.decision.decided_by == "lead"
    assert found.decision.votes == {"ann": "fail", "bob": "fail", "cy": "pass"}
    assert [vote.annotator for vote in found.minority] == ["ann", "bob"] and len(found.votes) == 3
    new = ws.labels()
    assert len(new) == len(before) + 1
    label = new.iloc[-1]
    assert (label["round"], label["annotator"], label["value"], label["note"]) == (
        "adjudicated", "lead", "pass", "it was sent",
    )  # fmt: skip
    row = rows(ws.disputes())["t0", "outcome"]
    assert row.adjudicated and (row.how, row.value, row.decided_by) == ("decide", "pass", "lead") and not row.changed
    kept = ws.adjudications().iloc[0]
    assert kept["minority"] == "ann, bob" and kept["stands"] and not kept["by_majority"]
    assert ws.disputes()["adjudicated"].tolist()[-1], "what is settled comes last"


def test_a_vote_that_changes_afterwards_is_seen(ws):
    ws.adjudicate("t0", "outcome", value="pass", reason="it was sent", decided_by="lead")
    ws.save_reading("t0", "bob", outcome="pass")
    assert rows(ws.disputes())["t0", "outcome"].changed and ws.dispute("t0", "outcome").changed


def test_settled_anew_the_newest_counts(ws):
    ws.adjudicate("t1", "outcome", value="pass", reason="fine", decided_by="lead")
    ws.adjudicate("t1", "outcome", value="fail", reason="not fine after all", decided_by="boss")
    settled = ws.labels().query("round == 'adjudicated'")
    assert settled[["annotator", "value"]].to_numpy().tolist() == [["boss", "fail"]]
    assert ws.adjudications()["stands"].tolist() == [False, True]
    ws.adjudicate("t1", "outcome", how="ambiguous", reason="nobody can tell", decided_by="boss")
    assert ws.labels().query("round == 'adjudicated'").empty
    assert ws.left_out("outcome") == {"t1": "ambiguous"} and ws.left_out("code: Tone") == {}
    ws.adjudicate("t1", "outcome", value="fail", reason="now we can", decided_by="boss")
    assert ws.left_out() == {} and len(ws.adjudications()) == 4
    assert len(ws.dispute("t1", "outcome").decisions) == 4


def test_the_majority_has_a_flag_and_is_refused_on_a_tie(ws):
    with pytest.raises(BadRequest, match="no value has more than half"):
        ws.adjudicate("t1", "outcome", how="majority", decided_by="lead")
    ws.save_reading("t5", "ann", outcome="fail")
    with pytest.raises(BadRequest, match="there is one answer"):
        ws.adjudicate("t5", "outcome", how="majority", decided_by="lead")
    with pytest.raises(BadRequest, match="nobody has answered"):
        ws.adjudicate("t4", "outcome", how="majority", decided_by="lead")
    with pytest.raises(BadRequest, match="says something else"):
        ws.adjudicate("t0", "outcome", how="majority", value="pass", decided_by="lead")
    assert ws.adjudications().empty and ws.labels().query("round == 'adjudicated'").empty
    found = ws.adjudicate("t0", "outcome", how="majority", decided_by="lead")
    assert found.decision.how == "majority" and found.decision.value == "fail" and found.decision.reason
    assert ws.adjudications()["by_majority"].tolist() == [True]
    assert found.minority[0].annotator == "cy"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"how": "vote"}, "settles nothing"),
        ({"how": "decide", "value": None}, "takes a value"),
        ({"how": "decide", "value": "maybe"}, "choose one of: pass, fail"),
        ({"how": "decide", "value": "defer"}, "choose one of: pass, fail"),
        ({"how": "exclude", "value": "pass"}, "has no value"),
        ({"how": "decide", "value": "pass", "reason": "  "}, "no reason"),
        ({"how": "ambiguous", "reason": ""}, "no reason"),
        ({"how": "decide", "value": "pass", "decided_by": ""}, "name has 1 to"),
        ({"how": "decide", "value": "pass", "decided_by": SECRET}, "may be no address"),
    ],
)
def test_what_cannot_be_settled(ws, options, words):
    revision = ws.revision
    with pytest.raises(BadRequest, match=words):
        ws.adjudicate("t0", "outcome", **{"reason": "because", "decided_by": "lead", **options})
    assert ws.revision == revision and ws.adjudications().empty


def test_reasons_are_redacted_before_they_are_stored(ws):
    ws.adjudicate("t0", "outcome", value="pass", reason=f"{SECRET} says so", decided_by="lead")
    assert "EMAIL" in ws.adjudications()["reason"].iloc[0].upper()
    with sqlite3.connect(ws.path / "workbench.db") as database:
        assert SECRET not in "\n".join(database.iterdump())


def test_dimensions_of_the_rubric_have_its_values(ws):
    ws.store.add_labels(
        [
            {"trace_id": "t0", "annotator": who, "dimension": "politeness", "value": value}
            for who, value in (("ann", "curt"), ("bob", "kind"))
        ]
    )
    assert rows(ws.disputes(dimension="politeness"))["t0", "politeness"].n == 2
    with pytest.raises(BadRequest, match="choose one of: curt, kind"):
        ws.adjudicate("t0", "politeness", value="warm", reason="so", decided_by="lead")
    assert ws.adjudicate("t0", "politeness", value="kind", reason="so", decided_by="lead").decision.value == "kind"


# --- what it does to the ranking ---------------------------------------------------------------------------------


def test_a_code_decided_as_no_counts_no_more(ws):
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Facts": 2, "Tone": 1}
    ws.adjudicate("t0", "code: Facts", value="no", reason="the facts were right", decided_by="lead")
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Facts": 1, "Tone": 1}
    ws.adjudicate("t0", "code: Tone", value="yes", reason="curt", decided_by="lead")
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Facts": 1, "Tone": 2}, "and each code by itself"
    ws.adjudicate("t0", "code: Facts", value="yes", reason="they were not", decided_by="boss")
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Facts": 2, "Tone": 2}
    ws.adjudicate("t0", "code: Facts", how="exclude", reason="the trace is cut off", decided_by="boss")
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Facts": 2, "Tone": 2}, "the votes count again"


def test_a_code_nobody_gave_may_be_decided_for(ws):
    found = ws.adjudicate("t2", "code: Tone", value="yes", reason="all three missed it", decided_by="lead")
    assert [vote.annotator for vote in found.minority] == ["ann", "bob", "cy"], "who did not give it said no"
    assert ws.coded_traces("Tone")["trace_id"].tolist().count("t2") == 1


def test_an_outcome_decided_as_pass_takes_the_codes_along(ws):
    ws.adjudicate("t0", "outcome", value="pass", reason="fine", decided_by="lead")
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Facts": 1, "Tone": 1}


def test_who_decides_the_outcome_is_no_reader_who_gave_no_code(ws):
    # Tone on t1: one of two readers, which is half
    ws.adjudicate("t1", "outcome", value="fail", reason="it is", decided_by="lead")
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Facts": 2, "Tone": 1}


def test_codes_keep_what_was_decided_when_they_are_renamed_or_merged(ws):
    ws.adjudicate("t0", "code: Facts", value="no", reason="the facts were right", decided_by="lead")
    ws.change_codebook("rename", "Facts", into="Accuracy", author="lead")
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Accuracy": 1, "Tone": 1}
    assert rows(ws.disputes())["t0", "code: Accuracy"].adjudicated
    assert ws.adjudications()["dimension"].tolist() == ["code: Accuracy"]
    ws.change_codebook("merge", ["Accuracy", "Tone"], into="Tone", author="lead", reason="one thing")
    assert ws.rank().codes.set_index("code")["n"].to_dict() == {"Tone": 3}, "no case of a part may be one of the whole"


def test_what_is_left_out_is_not_held_against_a_judge(ws):
    assert ws.judge("j", dimension="outcome").rates.n == 2
    ws.adjudicate("t2", "outcome", how="exclude", reason="the trace is cut off", decided_by="lead")
    assert ws.judge("j", dimension="outcome").rates.n == 1
    ws.adjudicate("t2", "outcome", value="fail", reason="it is whole after all", decided_by="lead")
    found = ws.judge("j", dimension="outcome")
    assert found.rates.n == 2 and found.rates.true_fail.n == 2, "and what was settled is the truth"


def test_a_decision_and_its_label_stand_or_fall_together(tmp_path, database_url):
    store = Store.create(tmp_path / "s", database_url=database_url)
    votes = [{"trace_id": "t", "annotator": who, "dimension": "outcome", "value": "fail"} for who in ("ann", "bob")]
    store.add_labels(votes)
    label = {"trace_id": "t", "annotator": "lead", "dimension": "outcome", "value": "pass", "round": "adjudicated"}

    def decide(labels, now):
        assert labels["annotator"].tolist() == ["ann", "bob"], "the votes are read within the transaction"
        row = {"dimension": "outcome", "how": "decide", "value": "pass", "reason": "r", "decided_by": "lead"}
        return {**row, "decided_at": now, "votes": {"ann": "fail", "bob": "fail"}}, [label]

    def decide_wrongly(labels, now):
        row, _ = decide(labels, now)
        return row, [{**label, "mood": "bad"}]

    with pytest.raises(ValueError, match="no column"):
        store.add_adjudication("t", decide_wrongly)
    assert store.adjudications() == [] and store.n_labels() == 2
    before = store.revision()
    store.add_adjudication("t", decide)
    assert store.revision() == before + 1 and store.n_labels() == 3
    kept = store.adjudications("t")[0]
    assert kept["votes"] == {"ann": "fail", "bob": "fail"} and kept["decided_at"].tzinfo is not None
    assert store.adjudications("u") == [] and store.labels(round_="blind")["annotator"].tolist() == ["ann", "bob"]
    store.close()


# --- without a workspace, and at the command line ---------------------------------------------------------------


def test_any_table_of_labels():
    frame = pd.DataFrame(
        [("x", "a", "tone", "1"), ("x", "b", "tone", "2"), ("y", "a", "tone", "1")],
        columns=["trace_id", "annotator", "dimension", "value"],
    )
    found = disputes(frame)
    assert found["trace_id"].tolist() == ["x"] and found["severity_high"].isna().all()
    assert disputes(frame.iloc[:0]).empty
    with pytest.raises(WorkbenchError, match="no column 'value'"):
        disputes(frame.drop(columns="value"))


def run(ws, *arguments):
    found = CliRunner().invoke(cli, ["-w", str(ws.path), "adjudicate", *arguments], catch_exceptions=True)
    if isinstance(found.exception, WorkbenchError):
        return 2, str(found.exception)
    return found.exit_code, found.stdout


def test_the_command_line(ws):
    code, out = run(ws, "--list", "--json")
    found = json.loads(out)
    assert code == 0 and (found["open"], found["adjudicated"]) == (6, 0)
    assert found["disputes"][0]["decided_at"] is None and found["disputes"][0]["how"] is None
    code, out = run(ws, "t0", "--dimension", "outcome", "--json")
    assert json.loads(out)["majority"] == "fail" and json.loads(out)["decision"] is None
    settled = ["--how", "decide", "--value", "pass", "--reason", "it was sent", "--by", "lead"]
    code, out = run(ws, "t0", "--dimension", "outcome", *settled, "--json")
    found = json.loads(out)
    assert code == 0 and out.count("\n") == 1 and found["decision"]["value"] == "pass"
    assert found["minority"] == ["ann", "bob"] and found["decision"]["votes"]["cy"] == "pass"
    code, out = run(ws, "t1", "--dimension", "code: Tone", "--how", "exclude", "--reason", "cut off", "--by", "lead")
    assert code == 0 and "left out of what judges" in out
    code, out = run(ws, "--list")
    assert code == 0 and "decide pass by lead" in out and "open" in out
    assert run(ws, "--list", "--dimension", "code: Facts")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "needs a trace"),
        (("t0",), "needs a trace and its --dimension"),
        (("t0", "--list"), "settles none"),
        (("t0", "--dimension", "outcome", "--value", "pass"), "without --how"),
        (("t0", "--dimension", "outcome", "--how", "majority"), "Give --by NAME"),
        (("t0", "--dimension", "mood"), "no dimension"),
        (("nope", "--dimension", "outcome"), "no trace of that id"),
    ],
)
def test_mistakes_are_one_line(ws, arguments, words):
    code, out = run(ws, *arguments)
    assert code == 2 and words in out and "\n" not in out


def test_an_empty_workspace_has_no_disputes(tmp_path):
    empty = Workspace.create(tmp_path / "empty")
    assert empty.disputes().empty and empty.adjudications().empty and empty.left_out() == {}
    assert run(empty, "--list") == (0, "nothing is disputed: no two people who read the same trace differ\n")
