"""The Gate page, opened empty and filled: nothing frozen, touched, no results, the three verdicts, flips, every row."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit
from golden_cases import accept, case
from streamlit.testing.v1 import AppTest
from test_rank_page import ROOT

from workbench import Workspace, charts
from workbench.contract import read_contract
from workbench.gate import junit, markdown
from workbench.ui.gate_terms import contract_lines
from workbench.ui.gate_verdict import flip_rows, what_decides
from workbench.ui.words import plain

HOSTILE = "**x** [r](http://evil.test) <img src=x onerror=alert(1)> $y$"
CONTRACT = """
[contract]
decision = "ship the assistant"
scope = "returns; not voice"
threshold = 0.8
critical = ["intent=returns"]
false_pass = 5
false_hold = 1
"""


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


def frozen(path: Path, *, contract: str = CONTRACT) -> Workspace:
    """A workspace with a frozen version of 150 cases, 30 of them sealed; one slice has a hostile name."""
    ws = Workspace.create(path)
    accept(
        ws,
        *(
            case(n, slices={"intent": ["returns", "refunds"][n % 2], "tone": HOSTILE if n % 5 == 0 else "calm"})
            for n in range(150)
        ),
    )
    ws.freeze(author="ana", reason="first")
    settings = path / "workspace.toml"
    settings.write_text(settings.read_text() + contract)
    return Workspace(path)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return frozen(tmp_path / "w")


def results(ws: Workspace, name: str, failing: set[int], *more: dict) -> Path:
    """A file of results in which the cases at these places fail."""
    rows = [{"case_id": each.case_id, "passed": at not in failing} for at, each in enumerate(ws.golden_cases())]
    path = ws.path.parent / name
    path.write_text("".join(json.dumps(row) + "\n" for row in (*rows, *more)))
    return path


def few_of_each(ws: Workspace) -> set[int]:
    """Places of 9 returns and 12 refunds: too many to show 80%, too few to fail, whichever cases were sealed."""
    kinds = [each.slices["intent"] for each in ws.golden_cases()]
    return {
        at for kind, most in (("returns", 9), ("refunds", 12))
        for at in [place for place, each in enumerate(kinds) if each == kind][:most]
    }  # fmt: skip


def opened(ws: Workspace, monkeypatch, **query: str) -> AppTest:
    monkeypatch.setenv("WORKBENCH", str(ws.path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90).run()
    app.switch_page("pages/gate.py")
    for name, value in query.items():
        app.query_params[name] = str(value)
    app.run()
    assert not app.exception
    return app


def decided(ws: Workspace, monkeypatch, **query: object) -> AppTest:
    app = opened(ws, monkeypatch, **{name: str(value) for name, value in query.items()})
    press = next(each for each in app.button if each.label == "Decide")
    assert not press.disabled and not word(app), "a link decides nothing"
    press.click().run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success]
    return "\n".join(str(part.value) for part in parts)


def word(app: AppTest) -> str:
    """The verdict as it stands on the page, with its colour."""
    return next((each.body for each in app.get("html") if 'role="status"' in each.body), "")


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The table that has these columns."""
    return next(each.value for each in app.dataframe if set(columns) <= set(each.value.columns))


# --- nothing to decide --------------------------------------------------------------------------------------------


def test_before_anything_is_frozen_the_page_leads_to_the_golden_set(tmp_path, monkeypatch):
    app = opened(Workspace.create(tmp_path / "e"), monkeypatch)
    assert "Nothing is frozen yet" in said(app) and not app.button
    assert any(each.proto.page.endswith("golden") for each in app.get("page_link") if each.proto.label == "Golden set")


def test_without_results_it_says_how_to_get_them_and_shows_the_contract(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    text = said(app)
    assert "How to get results" in text and "Choose the results first" in text and not word(app)
    assert next(each for each in app.button if each.label == "Decide").disabled
    assert any("workbench run --golden 1" in each.value for each in app.code)
    assert table(app, "column", "holds")["column"].tolist() == ["case_id", "output", "passed", "error"]
    assert "Decision: ship the assistant" in text and "The whole: **80%** has to be shown" in text
    assert plain("intent=returns") in text and "A false pass costs 5, a false hold 1" in text
    assert "120 open cases see a change of" in text
    assert ws.gate_looks().empty


def test_without_a_contract_there_is_one_to_copy(tmp_path, monkeypatch):
    app = opened(frozen(tmp_path / "w", contract=""), monkeypatch)
    assert "There is none, so only the baseline decides" in said(app)
    [snippet] = [each.value for each in app.code if each.value.startswith("[contract]")]
    path = tmp_path / "contract.toml"
    path.write_text(snippet)
    terms = read_contract(path)
    assert terms.threshold == 0.85 and terms.critical == ("tone=calm",), "a slice that the set has"
    assert any("85%" in line for line in contract_lines(terms))


def test_a_touched_version_is_one_clear_sentence(ws, monkeypatch):
    path = results(ws, "r.jsonl", set())
    file = ws.path / "golden" / "golden-v1.jsonl"
    file.write_bytes(file.read_bytes().replace(b"window", b"windov", 1))
    app = opened(ws, monkeypatch, results=str(path))
    [told] = app.error
    assert "v1 is not what was frozen" in told.value and "nothing is decided on it" in told.value
    assert not word(app) and not any(each.label == "Decide" for each in app.button)
    assert "windov" not in said(app) and ws.gate_looks().empty


def test_a_file_that_cannot_be_read_is_one_sentence(ws, monkeypatch):
    app = decided(ws, monkeypatch, results=ws.path / "nowhere.jsonl")
    [told] = app.error
    assert "there is no such file" in told.value and not word(app)
    assert "How to get results" in said(app)


# --- the verdict --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failing", "shown", "shade"),
    [(2, "Ship", charts.PASS), (60, "Hold", charts.FAIL), (None, "Cannot tell", "#E69F00")],
)
def test_one_word_in_the_colour_of_its_verdict(ws, monkeypatch, failing, shown, shade):
    path = results(ws, "r.jsonl", few_of_each(ws) if failing is None else set(range(failing)))
    app = decided(ws, monkeypatch, results=path, candidate="2.4.0")
    report = ws.gate(path, release="2.4.0")
    assert f">{shown}</div>" in word(app) and shade in word(app)
    text = said(app)
    assert plain(report.reason[1:].rstrip(".")) in text and plain(report.advice) in text
    rate = report.overall.rate
    assert f"**Passed** {plain(charts.rate_text(rate.estimate, rate.low, rate.high, rate.n))}" in text
    assert ("What would decide it" in text) == (shown == "Cannot tell")
    if shown == "Cannot tell":
        assert f"about {report.power.n_needed:,} more cases" in text
    assert ws.gate_looks()["release"].tolist() == ["2.4.0"], "looked at twice, counted once"
    assert "scored once" in text


def test_a_trip_wire_that_passes_does_not_say_ship(ws, monkeypatch):
    app = decided(ws, monkeypatch, results=results(ws, "r.jsonl", {1}), mode="trip-wire")
    assert ">No alarm</div>" in word(app) and "run deep before you ship" in said(app)


def test_against_the_baseline_both_directions_stand_side_by_side(ws, monkeypatch):
    now, before = results(ws, "now.jsonl", set(range(40))), results(ws, "before.jsonl", {100, 101})
    app = decided(ws, monkeypatch, results=now, baseline=before)
    report = ws.gate(now, baseline=before)
    assert "**Flips** · 40 lost, 2 gained of 120" in said(app)
    lost, gained = (each.value for each in app.dataframe if list(each.value.columns) == ["case", "", "slices"])
    assert set(lost["case"]) == set(report.flips.query("flip == 'lost'")["case_id"]) and len(gained) == 2
    assert lost[""].tolist() == [f"cases?case={each}" for each in lost["case"]]
    assert f"{100 * report.paired.difference.estimate:+.1f} points" in said(app).replace("\\", "")
    shown = table(app, "slice", "state", "p (Holm)")
    assert shown["slice"].tolist() == report.slices["slice"].tolist()
    assert len(app.get("plotly_chart")) == 3


def test_what_was_decided_stands_until_something_is_changed(ws, monkeypatch):
    app = decided(ws, monkeypatch, results=results(ws, "r.jsonl", {1}))
    app.run()
    assert word(app)
    app.text_input(key="candidate").set_value("2.5.0").run()
    assert not word(app) and "Decide anew" in said(app)


def test_a_look_that_others_took_is_warned_about(ws, monkeypatch):
    for turn in range(3):
        ws.gate(results(ws, f"r{turn}.jsonl", {turn}), release=f"r{turn}")
    app = decided(ws, monkeypatch, results=results(ws, "r3.jsonl", {3}))
    assert any("scored 4 times" in each.value for each in app.warning)
    assert table(app, "verdict", "sealed too")["release"].tolist() == ["", "r2", "r1", "r0"]


def test_every_row_is_accounted_for(ws, monkeypatch):
    first, *_ = [each.case_id for each in ws.golden_cases()]
    more = [
        {"case_id": "stranger <b>", "passed": True},
        {"case_id": first, "passed": True},
        {"case_id": 1, "passed": "x"},
    ]
    app = decided(ws, monkeypatch, results=results(ws, "r.jsonl", set(), *more))
    counts = table(app, "results").set_index("")["results"]
    assert counts["cases with a verdict"] == 120 and counts["rows in all"] == 122
    assert counts["rows of cases that the set does not have"] == 1 and counts["rows that repeat a case"] == 1
    assert "rows of the file were not taken" in said(app)


def test_sealed_cases_that_flipped_are_a_number(ws, monkeypatch):
    sealed = ws.open_golden(1, release="r7", reason="final check", opened_by="lee").cases
    passes = [{"case_id": each.case_id, "passed": True} for each in sealed]
    fails = [{"case_id": each.case_id, "passed": False} for each in sealed]
    now, before = results(ws, "now.jsonl", {0}, *fails), results(ws, "before.jsonl", set(), *passes)
    app = decided(ws, monkeypatch, results=now, baseline=before, candidate="r7")
    assert "**Flips** · 31 lost, 0 gained of 150" in said(app) and "30 sealed" in said(app)
    shown = repr([each.value.to_dict() for each in app.dataframe]) + said(app)
    assert not [each.case_id for each in sealed if each.case_id in shown]


def test_names_from_cases_stay_text(ws, monkeypatch):
    now, before = results(ws, "now.jsonl", set(range(0, 120, 2))), results(ws, "before.jsonl", set())
    text = said(decided(ws, monkeypatch, results=now, baseline=before))
    assert HOSTILE not in text


def test_a_stored_run_is_gated_by_its_id(ws, monkeypatch):
    ws.run(lambda payload: "the window is 30 days", release="2.4.0", version=1)
    [run_id] = ws.runs()["run_id"]
    app = decided(ws, monkeypatch, run=run_id)
    assert f"{plain(run_id)} without a baseline" in said(app)
    assert ">Cannot tell</div>" in word(app) and "cases with an output and no verdict" in repr(table(app, "results"))
    assert opened(ws, monkeypatch, run="run-gone").selectbox(key="gate.run").value == "", "gone: none is chosen"


def test_the_notebook_lines_give_the_same(ws, monkeypatch):
    now, before = results(ws, "now.jsonl", set(range(30))), results(ws, "before.jsonl", {100})
    app = decided(ws, monkeypatch, results=now, baseline=before, mode="deep", candidate="2.4.0")
    made: dict = {}
    exec(app.code[-1].value, made)
    report = made["report"]
    assert f">{'Hold' if report.verdict == 'fail' else 'other'}</div>" in word(app)
    assert table(app, "slice", "p (Holm)")["slice"].tolist() == report.slices["slice"].tolist()
    assert len(made["looks"]) == 1 and made["contract"].threshold == 0.8


# --- parts --------------------------------------------------------------------------------------------------------


def test_flips_of_the_worst_slice_come_first():
    flips = pd.DataFrame(
        {
            "case_id": ["a", "b", "c", "d"], "flip": ["lost"] * 3 + ["gained"], "blind": [False, False, True, False],
            "slices": ["intent=x, tone=calm", "intent=y, tone=calm", "intent=y", ""],
        }
    )  # fmt: skip
    rows, sealed = flip_rows(flips, "lost", ["intent=y", "tone=calm", "intent=x"])
    assert rows["case"].tolist() == ["b", "a"] and rows["slices"].tolist() == ["y, calm", "x, calm"] and sealed == 1
    assert len(flip_rows(flips, "gained", [])[0]) == 1
    assert flip_rows(flips.iloc[:0], "lost", [])[0].empty


def test_what_would_decide_names_the_slice(ws):
    report = ws.gate(results(ws, "r.jsonl", few_of_each(ws)), remember=False)
    assert report.verdict == "undecided"
    told = what_decides(report)
    assert f"about {report.power.n_needed:,} more cases" in told
    assert all(plain(name) in told for name in report.power.checks if "=" in name)


def test_the_downloads_are_the_report(ws, monkeypatch):
    path = results(ws, "r.jsonl", {1})
    app = decided(ws, monkeypatch, results=path)
    assert {each.proto.label for each in app.get("download_button")} >= {"Markdown", "JUnit XML"}
    report = ws.gate(path)
    assert markdown(report).startswith("## ") and 'failures="0"' in junit(report)


# --- figures ------------------------------------------------------------------------------------------------------


def test_the_figures_are_drawn_and_names_are_text(ws):
    now, before = results(ws, "now.jsonl", set(range(40))), results(ws, "before.jsonl", {100})
    report = ws.gate(now, baseline=before, remember=False)
    rate = charts.gate_rate(report.overall.rate, 0.8, report.overall.state)
    assert rate.data[0].x[0] == report.overall.rate.estimate and "wanted 80%" in str(rate.layout.annotations)
    low, high = rate.layout.xaxis.range
    assert low < report.overall.rate.low and high > 0.8
    gap = charts.gate_difference(report.paired)
    assert gap.data[0].marker.color == charts.FAIL and gap.data[0].x[0] == 100 * report.paired.difference.estimate
    slices = charts.gate_slices(report.slices, overall=report.overall.rate.estimate)
    names = slices.layout.yaxis.ticktext
    assert names[-1].startswith("▲ ") and len(names) == len(report.slices), "the worst stands at the top"
    drawn = {each.name: each for each in slices.data}
    assert drawn["fails"].marker.color == charts.FAIL and len(drawn["baseline"].x) == len(report.slices)
    assert "<img" not in str(slices) and "p " in drawn["fails"].text[0]


def test_figures_of_nothing(ws):
    frame = ws.gate(results(ws, "r.jsonl", {1}), remember=False).slices.iloc[:0]
    assert len(charts.gate_slices(frame).data) == 0
    ids = [each.case_id for each in ws.golden_cases()]
    unscored = pd.DataFrame({"case_id": ids, "output": "x"})
    report = ws.gate(unscored, remember=False)
    assert np.isnan(report.overall.rate.estimate)
    assert len(charts.gate_rate(report.overall.rate, 0.8, report.overall.state).data) == 0
