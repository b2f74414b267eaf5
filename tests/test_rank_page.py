"""The Rank page, opened empty and filled, and the verbs behind it on a real workspace."""

import json
from pathlib import Path

import pandas as pd
import pytest
import streamlit
from click.testing import CliRunner
from page_in_test import opener, said
from small_workspace import make

from workbench import Workspace, charts
from workbench.cli import cli
from workbench.errors import BadRequest, BadSettings, TooLittleData, UnknownName
from workbench.tables import PURGED
from workbench.ui.ranking_figures import trace_rows

ROOT = Path(__file__).parent.parent
CODE = {"wrong refund": range(1, 13, 2), "asks again *x* :red[y]": range(1, 20, 6), "leaks": (3,)}
SEVERITY = {"wrong refund": 4, "asks again *x* :red[y]": 2, "leaks": 5}


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


def read_some(ws: Workspace) -> None:
    """Draw all forty traces in two strata, read thirty of them, and give codes."""
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    place = {trace_id: at for at, trace_id in enumerate(ids)}
    rows = [
        {"sample_id": "s-1", "trace_id": each, "stratum": "odd" if place[each] % 2 else "even", "reason": "random",
         "weight": 1.0 if place[each] % 2 else 3.0}
        for each in ids
    ]  # fmt: skip
    ws.store.add_sample([*rows[:30], {"sample_id": "s-1", "trace_id": ids[35], "stratum": "picked", "weight": None}])
    for name, severity in SEVERITY.items():
        ws.change_codebook("create", name, author="ana", reason="test", fields={"severity": severity})
    for trace_id in [*ids[:30], ids[35]]:
        codes = [name for name, places in CODE.items() if place[trace_id] in places]
        note = "promised <b>a refund</b>" if codes else None
        ws.save_reading(trace_id, "ana", outcome="fail" if codes else "pass", note=note, codes=codes)


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Workspace:
    ws = make(tmp_path_factory.mktemp("ranked") / "workspace", with_map=False)
    read_some(ws)
    return ws


opened = opener("pages/rank.py")


def run(ws: Workspace, *words: str):
    return CliRunner().invoke(cli, ["-w", str(ws.path), "rank", *words])


def test_the_page_before_anything_was_read_says_what_to_do(tmp_path, monkeypatch):
    ws = make(tmp_path / "workspace", with_map=False)
    app = opened(ws, monkeypatch)
    assert "No trace was reviewed yet" in said(app) and not app.dataframe
    assert run(ws).output.count("Nothing was read yet.") == 1


def test_the_page_shows_what_the_verb_says(filled, monkeypatch):
    app, ranking = opened(filled, monkeypatch), filled.rank()
    table = app.dataframe[0].value
    assert table["code"].tolist() == ranking.codes["code"].tolist()
    assert table["#"].tolist() == ["!", "2", "3"] and table["severity"].tolist() == ["5 pinned", "4", "2"]
    row = ranking.codes.iloc[1]
    assert table["share"].iloc[1] == charts.rate_text(row["share"], row["low"], row["high"])
    assert table["naive"].iloc[1] == f"{row['naive']:.1%}" != f"{row['share']:.1%}"
    text = said(app)
    assert "Weighted from 30 reviewed of 60 traces" in text.replace("\\", "")
    assert "1 more were reviewed without a weight" in text
    assert ":red[" not in text, "names of codes are text"


def test_the_costs_change_the_order_at_once(filled, monkeypatch):
    app = opened(filled, monkeypatch, cost4="10", cost2="9", cost3="9.5")
    before = filled.rank(costs=(1, 9, 9.5, 10, 100)).codes
    assert app.dataframe[0].value["code"].tolist() == before["code"].tolist()
    app.number_input(key="cost5").set_value(1000.0).run()
    assert not app.exception
    assert app.dataframe[0].value["harm per 1,000"].iloc[0].startswith(f"{1000 * before['harm'].iloc[0] / 100:,.0f}")


def test_costs_that_fall_are_a_sentence(filled, monkeypatch):
    app = opened(filled, monkeypatch, cost1="50")
    assert "five numbers above 0" in app.error[0].value


def test_a_link_to_a_code_opens_its_traces(filled, monkeypatch):
    app = opened(filled, monkeypatch, code="wrong refund")
    traces = app.dataframe[1].value
    assert traces["trace"].tolist() == filled.coded_traces("wrong refund")["trace_id"].tolist() and len(traces) == 6
    assert all(each.startswith("read?trace=") for each in traces["open"])
    assert "**wrong refund** · 6 reviewed traces" in said(app)
    assert "leaks" in said(opened(filled, monkeypatch, code="no such code"))


def test_a_purged_trace_behind_a_code_leads_nowhere(filled):
    found = filled.coded_traces("wrong refund")
    found["trace_id"] = [f"{PURGED}1", *found["trace_id"].iloc[1:]]
    rows = trace_rows(found, "s-1")
    assert pd.isna(rows["open"].iloc[0]) and rows["open"].iloc[1].startswith("read?trace=")
    assert "purged" in rows["first words"].iloc[0] and "purged" not in rows["first words"].iloc[1]


def test_the_notebook_lines_give_the_same(filled, monkeypatch):
    app = opened(filled, monkeypatch, code="wrong refund", sample="s-1", by="by release", cost5="200")
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["ranking"].costs[4] == 200
    assert app.dataframe[0].value["code"].tolist() == made["ranking"].codes["code"].tolist()
    assert made["traces"]["trace_id"].tolist() == app.dataframe[1].value["trace"].tolist()
    assert set(made["trend"]["period"]) == {"1.0", "1.1 ![r](http://evil.test/i.png)"}


def test_the_weights_by_hand(filled):
    """Even: 15 of 45 traces, none failing. Odd: 15 of 15, six with the wrong refund: 6 of 60."""
    row = filled.rank("s-1").codes.set_index("code").loc["wrong refund"]
    assert row["share"] == pytest.approx(0.1) and row["naive"] == pytest.approx(0.2)
    assert row["harm"] == pytest.approx(0.1 * 30 * 1000)


def test_the_command_says_the_same(filled):
    answer = json.loads(run(filled, "--json").stdout)
    keys = {"code", "severity", "n", "share", "low", "high", "harm", "harm_low", "harm_high", "p_top", "tier", "pinned"}
    assert all(keys <= set(row) for row in answer["codes"])
    assert (answer["reviewed"], answer["weighted"]) == (31, 30)
    assert answer["codes"][0]["code"] == "leaks" and answer["codes"][0]["pinned"]
    assert [row["share"] for row in answer["codes"]] == filled.rank().codes["share"].tolist()
    assert answer["saturation"]["traces"] == 31 and answer["saturation"]["quiet_bound"] > 0
    people = run(filled, "--sample", "s-1", "--trend", "week", "--costs", "1,2,3,4,5").stdout
    assert "wrong refund" in people and "never event" in people and "Weighted from 30" in people
    with_trend = json.loads(run(filled, "--trend", "release", "--json").stdout)["trend"]
    assert {row["period"] for row in with_trend} == {"1.0", "1.1 ![r](http://evil.test/i.png)"}


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        (("--sample", "gone"), UnknownName, "no sample 'gone'"),
        (("--costs", "1,2"), BadRequest, "five numbers above 0"),
        (("--dimension", "tone"), TooLittleData, "no label has the dimension 'tone'"),
    ],
)
def test_requests_that_cannot_be(filled, words, error, told):
    result = run(filled, *words)
    assert isinstance(result.exception, error) and told in str(result.exception)
    assert "commas" in run(filled, "--costs", "much").output


def test_costs_come_from_the_settings(filled, tmp_path):
    ws = make(tmp_path / "workspace", with_map=False)
    read_some(ws)
    settings = ws.path / "workspace.toml"
    settings.write_text('[severity]\ncosts = [1, 1, 1, 2, 3]\nanchors = ["a", "b", "c", "d", "e"]\n')
    again = Workspace(ws.path)
    assert again.rank().costs == (1, 1, 1, 2, 3) and again.severity_anchors[5] == "e"
    settings.write_text("[severity]\ncosts = [5, 4, 3, 2, 1]\n")
    with pytest.raises(BadSettings, match="none smaller than the one before"):
        Workspace(ws.path)


def test_a_split_code_waits_and_an_unknown_one_counts_as_it_stands(tmp_path):
    ws = make(tmp_path / "workspace", with_map=False)
    read_some(ws)
    ws.store.add_labels([{"trace_id": "t-01", "annotator": "ben", "dimension": "code", "value": "from elsewhere"}])
    ws.change_codebook("split", "wrong refund", author="ana", reason="two things", into=["too much", "too little"])
    ranking = ws.rank()
    assert set(ranking.codes["code"]) == {"leaks", "asks again *x* :red[y]", "from elsewhere"}
    assert any("6 labels of codes that were split or retired" in each for each in ranking.sentences)


def test_a_trend_by_day_and_by_what_there_is_not(filled):
    days = filled.rank_trend("day")
    assert days["period"].is_monotonic_increasing and days["reviewed"].max() <= 2
    weeks = filled.rank_trend("week")
    assert all(each.weekday() == 0 for each in pd.to_datetime(weeks["period"]))
    with pytest.raises(BadRequest, match="day, week or release"):
        filled.rank_trend("month")


def test_the_figures_are_drawn(filled):
    ranking = filled.rank()
    harm = charts.harm_forest(ranking.codes)
    assert harm.data[0].marker.symbol[-1] == "diamond" and harm.layout.xaxis.type == "log"
    matrix = charts.severity_matrix(ranking.codes)
    assert sorted(round(float(each)) for each in matrix.data[0].y) == [2, 4, 5]
    covered = charts.pareto(ranking.covered)
    assert covered.data[1].y[-1] == pytest.approx(1)
    trend = filled.rank_trend("week")
    assert len(charts.code_trend(trend).data) == 3
    bare = charts.harm_forest(ranking.codes.assign(harm=float("nan")))
    assert bare.layout.xaxis.type != "log" and "<a" not in str(bare)


@pytest.mark.deep
def test_root_causes_of_real_agent_failures(test_data, tmp_path):
    """data/README.md: 39 failures in 29 runs; by root cause the order is another one."""
    ws = Workspace.create(tmp_path / "workspace")
    ws.ingest(test_data / "agentrx_tau" / "tau_dataset_failed.json")
    ws.import_labels(test_data / "agentrx_tau" / "tau_ground_truth.json", create_codes=True)
    found, causes = ws.rank(), ws.rank(dimension="root_cause")
    assert sorted(found.codes["labels"], reverse=True) == [10, 8, 8, 6, 4, 2, 1]
    assert found.codes["labels"].sum() == 39 and found.codes["n"].sum() == 36 and found.reviewed == 29
    assert causes.codes["n"].sum() == 29
    raw = found.codes.sort_values("labels", ascending=False, kind="stable")["code"].tolist()
    assert causes.codes["code"].tolist() != raw
    assert "severity" in found.codes["reason"].iloc[0] and not found.by_harm
    assert ws.ranked_dimensions() == ["code", "root_cause"]
