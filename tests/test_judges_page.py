"""The Judges page, opened empty and filled: verdict, parts, looks, labels from a file, a judge that is run, rules."""

import pandas as pd
import pytest
import streamlit
from judge_service import Service
from page_in_test import opener, said
from small_workspace import make
from streamlit.testing.v1 import AppTest
from test_judge_reads import CRITIQUE, judged_workspace

from workbench import Workspace, charts
from workbench.ui.words import plain


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Workspace:
    return judged_workspace(tmp_path_factory.mktemp("judged") / "workspace")


@pytest.fixture
def service():
    made = Service()
    yield made
    made.stop()


opened = opener("pages/judges.py")


def press(app: AppTest, label: str) -> AppTest:
    """Press a button by its label."""
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception
    return app


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The table that has these columns."""
    return next(each.value for each in app.dataframe if set(columns) <= set(each.value.columns))


# --- nothing to compare -------------------------------------------------------------------------------------------


def test_before_anybody_judged_the_page_says_what_a_judge_is_and_how_to_get_one(tmp_path, monkeypatch):
    app = opened(make(tmp_path / "w", with_map=False), monkeypatch)
    assert "No judge and no rule has labelled anything yet" in said(app)
    assert [each.label for each in app.tabs] == [
        "Bring labels", "Run a judge", "Define a judge", "Rules", "Versions and looks"
    ]  # fmt: skip


def test_a_judge_without_people_and_one_without_a_trace_in_common(filled, monkeypatch):
    app = opened(filled, monkeypatch, judge="lone")
    assert "no person has labelled any on it" in said(app) and not app.get("plotly_chart")
    ids = sorted(filled.traces(columns=["trace_id"])["trace_id"])
    row = {"annotator": "apart", "annotator_kind": "judge", "dimension": "tone", "value": "pass"}
    filled.store.add_labels([{**row, "trace_id": ids[1]}])
    filled.store.add_labels([{"trace_id": ids[2], "annotator": "ana", "dimension": "tone", "value": "pass"}])
    app = opened(filled, monkeypatch, judge="apart")
    assert "none of them is the same" in said(app) and "label what people labelled" in said(app)


# --- the verdict --------------------------------------------------------------------------------------------------


def test_the_page_says_what_the_verbs_say(filled, monkeypatch):
    app, found = opened(filled, monkeypatch), filled.judge("kestrel")
    text = said(app)
    passed, caught = (
        plain(charts.rate_text(rate.estimate, rate.low, rate.high, rate.n))
        for rate in (found.rates.true_pass, found.rates.true_fail)
    )
    assert f"Good outputs passed **{passed}**; real failures caught **{caught}**" in text
    assert "may not gate, it misses failures" in text and found.verdict == "may_not"
    assert any("May not gate" in each.body and charts.FAIL in each.body for each in app.get("html"))
    judges, compared = table(app, "verdict", "real failures caught", "kind"), filled.compare_judges()
    assert judges["judge"].tolist() == compared["judge"].tolist() and judges["kind"].tolist() == ["judge", "rule"]
    assert judges["real failures caught"].iloc[1].startswith("0.0%")  # the rule that passes everything
    treated = next(each.value for each in app.dataframe if list(each.value.columns)[0] == "" and len(each.value) == 3)
    assert treated[""].tolist() == ["count as wrong", "left out", "people, alpha"]
    assert plain(found.ceiling) in text
    assert all(plain(each) in text for each in found.notices)


def test_disputes_are_listed_and_hostile_text_stays_text(filled, monkeypatch):
    app, found = opened(filled, monkeypatch, trace="t-00"), filled.judge_disputes("kestrel")
    rows = table(app, "first words", "open")
    assert rows["trace"].tolist() == found["trace_id"].tolist()
    assert all(each.startswith("read?trace=") for each in rows["open"])
    text = said(app)
    assert plain(CRITIQUE) in text and CRITIQUE not in text
    assert plain("ana: my *reason* · ana: promised a refund") in text
    only = opened(filled, monkeypatch, kind="unreadable")
    assert table(only, "first words", "open")["kind"].tolist() == ["unreadable"]


def test_slices_by_what_the_address_says(filled, monkeypatch):
    app = opened(filled, monkeypatch, by="release")
    slices = filled.judge_slices("kestrel", "release")
    rows = table(app, "slice", "unreadable")
    assert rows["slice"].tolist() == slices["slice"].tolist()
    assert plain("Catches fewer failures than elsewhere in: 1.0.") in said(app)


def test_how_labels_were_chosen_decides_what_is_corrected(filled, monkeypatch):
    app = opened(filled, monkeypatch, labelled="by what the judge said")
    assert "No corrected share:" in said(app) and "no correction holds" in said(app)
    app = opened(filled, monkeypatch, labelled="a random sample of the traffic")
    assert any("no random sample" in each.value for each in app.warning)


# --- parts and looks ----------------------------------------------------------------------------------------------


def test_the_test_part_is_closed_until_somebody_opens_it(tmp_path, monkeypatch):
    ws = judged_workspace(tmp_path / "w", with_map=False)
    app = opened(ws, monkeypatch, part="test")
    text = said(app)
    assert "The test part is closed" in text and "Nobody has looked at it yet" in text
    assert "Good outputs passed" not in text and ws.store.judge_looks().empty
    press(app, "Open the test part")
    assert "say who looks" in said(app) and ws.store.judge_looks().empty
    app.text_input(key="judges.who").set_value("ana")
    press(app, "Open the test part")
    found = ws.judge("kestrel", part="test", looked_by="ana")
    rate = found.rates.true_pass
    assert plain(charts.rate_text(rate.estimate, rate.low, rate.high, rate.n)) in said(app)
    assert "On the test part of people's labels, opened by ana" in said(app)
    assert "stay closed: whoever reads them tunes" in said(app)
    app.run()
    assert ws.store.judge_looks()[["looked_by", "part", "n"]].values.tolist() == [["ana", "test", found.rates.n]]


def test_a_second_look_is_warned_about_before_it_is_taken(tmp_path, monkeypatch):
    ws = judged_workspace(tmp_path / "w", with_map=False)
    n = ws.judge("kestrel", part="test", looked_by="ana").rates.n
    app = opened(ws, monkeypatch, part="test")
    assert any("looked at **once** before, first by **ana**" in each.value for each in app.warning)
    assert "a second look is no test any more" in said(app).replace("\\", "")
    assert table(app, "by", "traces").values.tolist()[0][1:] == ["ana", "labels from elsewhere", "outcome", n]
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    said_more = {"annotator": "kestrel", "annotator_kind": "judge", "dimension": "outcome", "value": "pass"}
    ws.store.add_labels([{**said_more, "trace_id": each} for each in ids[36:]])
    app = opened(ws, monkeypatch, part="test")
    app.text_input(key="judges.who").set_value("ben")
    press(app, "Open the test part")
    assert any("looked at before" in each.value for each in app.warning)
    assert ws.store.judge_looks()["looked_by"].tolist() == ["ana", "ben"]


# --- what to do next ----------------------------------------------------------------------------------------------


def test_what_a_verdict_lacks_is_drawn_from_the_page(tmp_path, monkeypatch):
    ws = make(tmp_path / "w", with_map=False)
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    rows = [
        {"trace_id": each, "annotator": who, "annotator_kind": kind, "dimension": "outcome",
         "value": "fail" if place % 2 else "pass"}
        for place, each in enumerate(ids[:20]) for who, kind in (("ana", "human"), ("kestrel", "judge"))
    ]  # fmt: skip
    ws.store.add_labels(rows)
    app, need = opened(ws, monkeypatch), ws.judge_wanted("kestrel")
    assert "cannot tell yet, label about" in said(app) and need.n == 20
    press(app, f"Draw {need.n:,} to hand out")
    (sample_id,) = ws.samples()["sample_id"]
    assert set(ws.store.samples(sample_id)["trace_id"]) == set(ids[20:])
    assert sample_id in said(app)


def test_the_notebook_lines_give_the_same(filled, monkeypatch):
    app = opened(filled, monkeypatch, part="dev", by="model", labelled="balanced, or blind to the judge")
    made: dict = {}
    exec(app.code[-1].value, made)
    found = made["found"]
    rate = found.rates.true_fail
    assert plain(charts.rate_text(rate.estimate, rate.low, rate.high, rate.n)) in said(app)
    assert made["disputes"]["trace_id"].tolist() == table(app, "first words", "open")["trace"].tolist()
    assert made["slices"]["slice"].tolist() == table(app, "slice", "unreadable")["slice"].tolist()


# --- labels from a file, judges of one's own, rules ----------------------------------------------------------------


def turned_to(app: AppTest, tab: str) -> AppTest:
    """Turn to a tab at the end of the page."""
    app.session_state["judges.tab"] = tab
    app.run()
    assert not app.exception
    return app


def test_a_judges_labels_come_from_a_file(tmp_path, monkeypatch):
    ws = make(tmp_path / "w", with_map=False)
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    file = tmp_path / "judge.csv"
    lines = [f"{ids[0]},pass,mail mary@example.com", f"{ids[1]},well,", f"{ids[2]},fail,", "nope,pass,"]
    file.write_text("trace_id,value,note\n" + "\n".join(lines) + "\n")
    app = opened(ws, monkeypatch)
    app.text_input(key="judges.path").set_value(str(file)).run()
    press(app, "Bring in")
    assert "no column 'annotator'" in app.error[0].value.replace("\\", "")
    app.text_input(key="judges.name").set_value("kestrel").run()
    press(app, "Bring in")
    assert "3 labels added, 1 of them cannot be read; 1 rows rejected" in said(app).replace("\\", "")
    labels = ws.labels()
    assert set(labels["annotator_kind"]) == {"judge"} and set(labels["value"]) == {"pass", "fail", "unparsable"}
    assert "mary@example.com" not in str(labels.to_dict("records"))


def test_a_judge_is_defined_run_and_goes_on_where_it_was(tmp_path, monkeypatch, service):
    ws = judged_workspace(tmp_path / "w", with_map=False)
    monkeypatch.setenv("MY_JUDGE_KEY", "sk-very-secret")
    app = turned_to(opened(ws, monkeypatch), "Define a judge")
    fields = {"name": "mine", "model": "made-up-1", "url": service.url, "key_env": "MY_JUDGE_KEY", "author": "ana"}
    for name, value in fields.items():
        app.text_input(key=f"judges.define.{name}").set_value(value)
    press(app, "Define this version")
    assert "mine version 1 defined" in said(app).replace("\\", "")
    spec = ws.judge_version("mine").spec
    assert (spec.model, spec.key_env, spec.dimension) == ("made-up-1", "MY_JUDGE_KEY", "outcome")
    app.selectbox(key="judges.change").set_value("mine").run()
    app.text_input(key="judges.define.model").set_value("made-up-2")
    press(app, "Define this version")
    assert [each.spec.model for each in ws.judge_history("mine")] == ["made-up-1", "made-up-2"]
    turned_to(app, "Run a judge")
    dev = int((ws.judge_parts()["part"] == "dev").sum())
    assert f"{dev} requests" in said(app).replace("\\", "") and "Price unknown" in said(app)
    press(app, "Start the run")
    assert len(service.billed) == dev and f"{dev} answered now" in said(app).replace("\\", "")
    assert "Nothing to pay" in said(app)
    assert next(each for each in app.button if each.label.endswith("the run")).disabled
    app = opened(ws, monkeypatch, judge="mine")
    assert "On the dev part of people's labels" in said(app)
    turned_to(app, "Versions and looks")
    assert table(app, "version", "why")["version"].tolist() == [2, 1]
    everything = said(app) + str([each.value for each in (*app.code, *app.dataframe, *app.text_input)])
    assert "sk-very-secret" not in everything


def test_a_run_that_would_mark_its_own_familys_work_waits_until_it_is_allowed(tmp_path, monkeypatch, service):
    ws = make(tmp_path / "w", with_map=False)
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": "m-1", "input": "hello", "output": "hi", "model": "mistral-large"}])
        batch.commit({})
    ws.define_judge("kin", {"model": "mistral-small", "url": service.url, "prompt": "{output}"}, author="ana")
    app = turned_to(opened(ws, monkeypatch), "Run a judge")
    app.selectbox(key="judges.run.scope").set_value("all traces").run()
    start = next(each for each in app.button if each.label == "Start the run")
    assert start.disabled and "1 of 41 traces were answered by a model of the judge's own family" in app.error[0].value
    app.checkbox(key="judges.run.allow").check().run()
    assert not next(each for each in app.button if each.label == "Start the run").disabled
    assert any("which judges tend to prefer" in each.value for each in app.warning) and not service.billed


def test_what_cannot_be_a_judge_is_a_sentence(tmp_path, monkeypatch):
    app = turned_to(opened(make(tmp_path / "w", with_map=False), monkeypatch), "Define a judge")
    app.text_input(key="judges.define.name").set_value("mine")
    app.text_input(key="judges.define.author").set_value("ana")
    press(app, "Define this version")
    assert len(app.error) == 1 and "url" in app.error[0].value


def test_rules_are_run_and_stand_among_the_judges(tmp_path, monkeypatch):
    ws = judged_workspace(tmp_path / "w", with_map=False)
    app = turned_to(opened(ws, monkeypatch), "Rules")
    assert "There are none in workspace.toml" in said(app)
    settings = ws.path / "workspace.toml"
    settings.write_text(settings.read_text() + '\n[rules.short]\nkind = "length"\nmax = 8\n')
    app = turned_to(opened(Workspace(ws.path), monkeypatch), "Rules")
    press(app, "Run the rules")
    assert "1 rule run, 40 labels written" in said(app).replace("\\", "")
    assert set(table(app, "verdict", "kind")["judge"]) == {"kestrel", "rule-length", "short"}
    assert "3 judges" in said(app), "three make a panel"


# --- figures ------------------------------------------------------------------------------------------------------


def test_the_figures_are_drawn(filled):
    found = filled.judge("kestrel")
    rates = charts.judge_rates(found.sides)
    assert [trace.marker.color for trace in rates.data] == [charts.FAIL, charts.PASS]
    confusion = charts.confusion_matrix(found.confusion, first=found.positive)
    assert list(confusion.data[0].x) == ["judge: pass", "judge: fail", "judge: unparsable"]
    cells = {each.text for each in confusion.layout.annotations}
    n = found.confusion.query("human == 'fail' and judge == 'pass'")["n"].item()
    assert any(each.startswith(f"<b>{n}</b>") for each in cells)
    slices = filled.judge_slices("kestrel", "release")
    drawn = charts.judge_slices(slices, true_pass=0.9, true_fail=0.5)
    told = dict(zip([row.split("<br>")[0] for row in drawn.data[1].text], drawn.data[1].marker.symbol, strict=True))
    assert told["1.0"] == "circle", "surely below the border"
    assert "<img" not in str(drawn) and "[r](http" in str(drawn), "names are text"
    shares = charts.corrected_share(found.shares)
    assert len(shares.data) == found.shares["estimate"].notna().sum()
    pairs = pd.DataFrame({"judge": ["a"], "other": ["<b>b</b>"], "correlation": [0.6]})
    panel = charts.error_correlations(pairs, names=["a", "<b>b</b>"])
    assert {each.text for each in panel.layout.annotations} == {"", "0.60"} and "<b>b" not in str(panel.data)
