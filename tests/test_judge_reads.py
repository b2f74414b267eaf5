"""Who judged what, where judges and people differ, and which divisions there are: on a small workspace."""

import pytest
from small_workspace import HOSTILE, HOSTILE_ID, make

from workbench import Workspace
from workbench.errors import BadRequest, TooLittleData
from workbench.judge.wanted import wanted

CRITIQUE = f"the policy says otherwise {HOSTILE}"


def judged_workspace(folder, *, with_map: bool = True) -> Workspace:
    """Forty traces: two people on all of them, a judge on thirty-six, a rule on all, one critique that is hostile.

    People fail every third trace. The judge passes what fails in release 1.0, and cannot be read once.
    """
    ws = make(folder, with_map=with_map)
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    releases = ws.traces(columns=["trace_id", "release"]).set_index("trace_id")["release"]
    rows = []
    for place, trace_id in enumerate(ids):
        truth = "fail" if place % 3 == 0 else "pass"
        other = "pass" if place == 3 else truth
        missed = truth == "fail" and releases[trace_id] == "1.0"
        answer = "unparsable" if place == 4 else "pass" if missed else truth
        note = CRITIQUE if trace_id == HOSTILE_ID or missed else None
        machine = {"trace_id": trace_id, "dimension": "outcome"}
        rows += [
            {"trace_id": trace_id, "annotator": "ana", "dimension": "outcome", "value": truth, "note": "my *reason*"},
            {"trace_id": trace_id, "annotator": "ben", "dimension": "outcome", "value": other},
            {**machine, "annotator": "rule-length", "annotator_kind": "rule", "value": "pass"},
        ]
        if place < 36:
            rows.append({**machine, "annotator": "kestrel", "annotator_kind": "judge", "value": answer, "note": note})
    rows.append({"trace_id": ids[0], "annotator": "ana", "dimension": "note", "value": "promised a refund"})
    rows.append(
        {"trace_id": ids[0], "annotator": "lone", "dimension": "tone", "annotator_kind": "judge", "value": "ok"}
    )
    ws.store.add_labels(rows)
    ws.change_codebook("create", "wrong refund", author="ana", reason="test", fields={"severity": 4})
    for trace_id in (ids[0], ids[6]):
        ws.save_reading(trace_id, "ana", codes=["wrong refund"])
    return ws


@pytest.fixture(scope="module")
def ws(tmp_path_factory) -> Workspace:
    return judged_workspace(tmp_path_factory.mktemp("judged") / "workspace")


def test_who_judged_what(ws) -> None:
    found = ws.judged().set_index(["judge", "dimension"])
    assert found.index.tolist() == [("kestrel", "outcome"), ("lone", "tone"), ("rule-length", "outcome")]
    kestrel = found.loc[("kestrel", "outcome")]
    assert (kestrel["labels"], kestrel["unparsable"], kestrel["compared"]) == (36, 1, 36)
    assert found.loc[("lone", "tone"), "compared"] == 0 and found.loc[("rule-length", "outcome"), "kind"] == "rule"


def test_the_test_part_is_opened_by_somebody_and_never_read(ws) -> None:
    parts = ws.judge_parts().set_index("trace_id")["part"]
    dev = ws.judge_disputes("kestrel", part="dev")
    assert set(parts[dev["trace_id"]]) == {"dev"} and 0 < len(dev) < len(ws.judge_disputes("kestrel"))
    for refused in (lambda: ws.judge_disputes("kestrel", part="test"), lambda: ws.compare_judges(part="test")):
        with pytest.raises(BadRequest, match="helps to tune on it"):
            refused()
    with pytest.raises(BadRequest, match="Say who looks"):
        ws.judge_slices("kestrel", "release", part="test")
    before = len(ws.store.judge_looks())
    of_test = ws.judge_slices("kestrel", "release", part="test", looked_by="ana")
    found = ws.judge("kestrel", part="test", looked_by="ana")
    assert of_test["n"].sum() == found.rates.n and len(ws.store.judge_looks()) == before + 1  # one look, not two
    assert (
        ws.compare_judges(part="dev").set_index("judge").loc["kestrel", "n"] == ws.judge("kestrel", part="dev").rates.n
    )


def test_judges_and_rules_stand_in_one_table(ws) -> None:
    table = ws.compare_judges()
    assert table["judge"].tolist() == ["kestrel", "rule-length"] and table["kind"].tolist() == ["judge", "rule"]
    found, row = ws.judge("kestrel"), table.iloc[0]
    assert (row["verdict"], row["n"], row["n_fail"]) == (found.verdict, 35, found.rates.true_fail.n)  # one is a tie
    assert row["true_fail_high"] == found.rates.true_fail.high and row["kappa"] == found.rates.kappa.value
    assert table.iloc[1]["true_fail"] == 0 and table.iloc[1]["true_pass"] == 1  # it passes everything
    (lone,) = ws.compare_judges(dimension="tone").to_dict("records")
    assert (lone["judge"], lone["verdict"], lone["n"]) == ("lone", "", 0) and "in common" in lone["reason"]


def test_disputes_are_the_errors_of_the_confusion_table(ws) -> None:
    found, table = ws.judge_disputes("kestrel"), ws.judge("kestrel").confusion
    assert len(found) == table[table["human"] != table["judge"]]["n"].sum()
    assert found["kind"].tolist() == sorted(found["kind"])  # missed failures before what cannot be read
    missed = found[found["kind"] == "missed failure"]
    assert set(missed["release"]) == {"1.0"} and set(missed["critique"]) == {CRITIQUE}
    first = found[found["trace_id"] == "t-00"].iloc[0]
    assert first["votes"] == "ana: fail, ben: fail" and first["note"] == "ana: my *reason* · ana: promised a refund"
    assert found[found["kind"] == "unreadable"]["judge"].tolist() == ["unparsable"]
    assert first["first_words"].startswith("change my flight")


def test_slices_say_where_it_errs(ws) -> None:
    assert ws.judge_divisions("kestrel") == ["release", "model", "cluster", "code"]
    by_release = ws.judge_slices("kestrel", "release").set_index("slice")
    assert by_release.loc["1.0", "true_fail"] == 0 and by_release.loc["1.0", "fail_differs"] == "lower"
    assert by_release.loc["1.0", "verdict"] == "may_not"
    by_code = ws.judge_slices("kestrel", "code")
    assert by_code["slice"].tolist() == ["wrong refund"] and by_code["n_fail"].tolist() == [2]
    assert "refund [ticket](http://evil.test)" in set(ws.judge_slices("kestrel", "cluster")["slice"])
    assert ws.judge_slices("kestrel", "provider").empty


def test_what_there_is_not(ws, tmp_path) -> None:
    with pytest.raises(BadRequest, match="no slices by 'user_id'"):
        ws.judge_slices("kestrel", "user_id")
    with pytest.raises(BadRequest, match="none in common"):
        ws.judge_disputes("lone", dimension="tone")
    bare = make(tmp_path / "bare", with_map=False)
    assert bare.judged().empty and list(bare.judged())[:2] == ["judge", "kind"]
    assert "cluster" not in judged_workspace(tmp_path / "w", with_map=False).judge_divisions("kestrel")


def test_what_a_verdict_lacks_is_drawn_from_what_people_have_not_labelled(tmp_path) -> None:
    ws = make(tmp_path / "w", with_map=False)
    signs = "feedback < 0 OR len(signals) > 0"
    bad = sorted(ws.traces(columns=["trace_id"], where=signs)["trace_id"])
    good = sorted(set(ws.traces(columns=["trace_id"])["trace_id"]) - set(bad))
    said = [(each, "fail") for each in bad[:6]] + [(each, "pass") for each in good]
    rows = [
        {"trace_id": trace_id, "annotator": who, "annotator_kind": kind, "dimension": "outcome", "value": value}
        for trace_id, value in said
        for who, kind in (("ana", "human"), ("kestrel", "judge"))
    ]
    ws.store.add_labels(rows)
    need = ws.judge_wanted("kestrel")
    found = ws.judge("kestrel")
    assert {"fail": need.n_fail} == found.n_more and need.n_fail == 44  # passes were judged well enough
    assert not need.looks_bad and need.n == len(need.candidates) == len(bad) - 6 and not need.enough
    report = ws.draw_for_judge("kestrel", name="for the judge")
    drawn = ws.store.samples(report.sample_id)
    assert set(drawn["trace_id"]) == set(bad[6:]) and drawn["weight"].isna().all()
    assert set(drawn["reason"]) == {"labels that a judge's verdict lacks"}


def test_a_verdict_that_is_told_lacks_nothing(ws) -> None:
    assert ws.judge("kestrel").verdict == "may_not" and ws.judge_wanted("kestrel") is None
    with pytest.raises(TooLittleData, match="lacks no labels"):
        ws.draw_for_judge("kestrel")


def test_how_many_it_takes_by_hand() -> None:
    failed = {f"s{place}": place < 9 for place in range(12)} | {f"q{place}": False for place in range(30)}
    signs = {f"s{place}" for place in range(40)}
    traces = [*signs, *(f"q{place}" for place in range(40))]
    need = wanted({"fail": 15, "pass": 0}, failed, signs, traces)
    assert need.looks_bad and (need.share, need.n_share, need.n) == (0.75, 12, 20)  # 15 / .75
    assert len(need.candidates) == 28 and set(need.candidates) <= signs and need.enough
    both = wanted({"fail": 9, "pass": 10}, failed, signs, traces)
    assert not both.looks_bad and both.n == 38 and not both.enough  # 9 / (9/42) = 42 of 38
    assert wanted({"pass": 0}, failed, signs, traces) is None
    part = wanted({"fail": 15, "pass": 0}, failed, signs, traces, counts=0.8)
    assert part.n == 25  # 15 / .75 / .8
    assert wanted({"fail": 1}, {}, signs, traces).n == 2  # nothing is known: half


def test_whether_the_labelled_traces_are_a_random_sample(tmp_path) -> None:
    ws = judged_workspace(tmp_path / "w", with_map=False)
    assert ws.labelled_how().startswith("40 of the 40 labelled traces were picked or came without a weight")
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    rows = [{"sample_id": "s-1", "trace_id": each, "stratum": "all", "reason": "random", "weight": 2.0} for each in ids]
    ws.store.add_sample(rows)
    assert ws.labelled_how() == "the 40 labelled traces are a random sample"
    uneven = [{**row, "sample_id": "s-2", "weight": 1.0 + place % 2} for place, row in enumerate(rows)]
    ws.store.add_sample(uneven)
    assert "unequal weights" in ws.labelled_how(sample_id="s-2")
