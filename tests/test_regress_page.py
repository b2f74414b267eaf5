"""The Regressions page: what is listed, what one press writes, what is shown of cases that are like it, the way in."""

from pathlib import Path

import pytest
import streamlit
from golden_cases import accept, case
from page_in_test import open_page, opener, said
from small_workspace import HOSTILE_ID, make
from test_regress import FLAGGED, SAID, TRACE

from workbench import Workspace
from workbench.ui.regress_form import phrases, slices_of
from workbench.ui.words import plain


@pytest.fixture(autouse=True, scope="module")
def let_go():
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = make(tmp_path / "w")
    made.add_codes([{"name": "curt", "severity": 2}, {"name": "invented policy", "severity": 4}], author="ana")
    return made


opened = opener("pages/regress.py")


def button(app, label: str):
    return next(each for each in app.button if each.label == label)


def box(app, kind: str, name: str, trace_id: str = TRACE):
    return next(each for each in getattr(app, kind) if each.key == f"regress.{name}.{trace_id}")


def test_the_newest_flagged_failure_is_open_and_the_rest_is_listed(ws, monkeypatch):
    app = opened(ws, monkeypatch, **{"as": "lee"})
    assert "10 flagged failures without a case** · 10 traces" in said(app)
    assert app.dataframe[0].value["why"].tolist()[:2] == ["thumbs down", "asks again"]
    assert "trace id t\\-39" in said(app) and "thumbs down" in said(app)
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["flagged"]["trace_id"].tolist() == FLAGGED and made["start"].query == "refund for a ticket number 39"
    button(app, "Skip").click().run()
    assert app.query_params["trace"] == "t-35" and not app.exception


def test_one_press_writes_labels_and_case_and_says_what_is_missing(ws, monkeypatch):
    app = opened(ws, monkeypatch, trace=TRACE, **{"as": "lee"})
    button(app, "invented policy").click().run()
    button(app, "One up").click().run()
    box(app, "text_area", "expected").set_value("Says a month, to no jane.doe@example.com.")
    box(app, "text_area", "critique").set_value("says a week")
    button(app, "Make it a regression case").click().run()
    assert not app.exception and not app.error
    row = ws.cases().iloc[0]
    found, labels = ws.case(row["case_id"]), ws.labels().set_index("dimension")
    assert found.risk_level == "critical" and "jane" not in found.expected_behavior and found.labelled_by == ("lee",)
    assert labels.loc["code", "severity"] == 5 and labels.loc["outcome", "note"] == "says a week"
    assert labels["seconds"].notna().all() and set(labels["round"]) == {"unblinded"}
    assert f"**{plain(row['case_id'])}** · candidate" in said(app) and "look at it for private data" in said(app)
    assert app.query_params["case"] == row["case_id"]
    button(app, "Privacy checked").click().run()
    button(app, "Accept it as a regression").click().run()
    assert "The next version holds it" in said(app) and "golden freeze" in said(app, code=True)
    assert ws.case_changes()[["how", "kind"]].values.tolist()[-1] == ["accepted", "regression"]
    button(app, "Next flagged failure").click().run()
    assert app.query_params["trace"] == HOSTILE_ID and "case" not in app.query_params
    assert "9 flagged failures" in said(app) and not app.exception


def test_what_is_missing_is_said_and_nothing_is_written(ws, monkeypatch):
    app = opened(ws, monkeypatch, trace=TRACE)
    assert "Say who you are" in said(app) and button(app, "Make it a regression case").disabled
    app = opened(ws, monkeypatch, trace=TRACE, **{"as": "lee"})
    button(app, "Make it a regression case").click().run()
    assert "needs what went wrong" in app.error[0].value
    button(app, "curt").click().run()
    button(app, "Make it a regression case").click().run()
    assert "needs what should have happened" in app.error[0].value
    assert ws.cases().empty and ws.labels().empty
    app = opened(ws, monkeypatch, trace="t-99", **{"as": "lee"})
    assert "There is no trace t\\-99" in app.warning[0].value


def test_a_case_that_asks_nearly_the_same_has_to_be_passed_by(ws, monkeypatch):
    accept(ws, case(1, input_payload={"query": ws.trace(TRACE)["input"]}), case(2))
    app = opened(ws, monkeypatch, trace=TRACE, **{"as": "lee"})
    assert "asks nearly the same" in app.warning[0].value and "case\\-001" in app.warning[0].value
    button(app, "curt").click().run()
    box(app, "text_area", "expected").set_value("Says a month.")
    button(app, "Make it a regression case").click().run()
    assert "make it anyway" in app.error[0].value and len(ws.cases()) == 2
    box(app, "checkbox", "anyway").set_value(True).run()
    button(app, "Make it a regression case").click().run()
    assert not app.error and len(ws.cases()) == 3


def test_checks_and_slices_can_be_written(ws, monkeypatch):
    app = opened(ws, monkeypatch, trace=TRACE, **{"as": "lee"})
    box(app, "text_area", "must").set_value("a month\n")
    box(app, "text_area", "slices").set_value("tone: angry\nmodel: large")
    button(app, "curt").click().run()
    button(app, "Make it a regression case").click().run()
    assert not app.error
    found = ws.case(ws.cases()["case_id"].iloc[0])
    assert found.evaluation_type == "rules" and dict(found.slices) == {
        "tone": "angry",
        "model": "large",
        "outcome": "fail",
    }
    assert phrases("", " \n") == [] and slices_of("", {"a": "1"}) == {"a": ""}


def test_a_trace_that_is_a_case_already_takes_no_second_one(ws, monkeypatch):
    made = ws.regress(TRACE, by="lee", code="curt", expected="Says a month.")
    app = opened(ws, monkeypatch, trace=TRACE, **{"as": "lee"})
    assert "is a case already" in app.info[0].value and made.case_id not in said(app)
    app = opened(ws, monkeypatch, trace="t-03", case=made.case_id, **{"as": "lee"})  # a link that says two things
    assert "Make it a regression case" in [each.label for each in app.button]


def test_nothing_of_a_trace_is_read_as_markup(ws, monkeypatch):
    app = opened(ws, monkeypatch, trace=HOSTILE_ID, **{"as": "lee"})
    told = said(app) + "".join(each.label for each in app.expander)
    assert "](http" not in told and "<img" not in told.replace("\\<img", "")


def test_the_ways_in_are_on_the_overview_and_beside_a_failed_reading(ws, monkeypatch):
    overview = open_page(ws, "pages/overview.py", monkeypatch)
    assert "10 flagged failures have no case, the newest of 31 Oct 2026" in said(overview).replace("\\", "")
    reading = open_page(ws, "pages/read.py", monkeypatch, trace=TRACE, **{"as": "lee"})
    assert "Make a case" in [each.label for each in reading.button]
    button(reading, "Fail").click().run()
    assert "Make a case" not in [each.label for each in reading.button]
    app = opened(ws, monkeypatch, trace=TRACE, **{"as": "lee"})
    assert "people failed it" in app.dataframe[0].value["why"].tolist()[7]


def test_where_nothing_is_flagged_it_says_so(ws, monkeypatch):
    for trace_id in FLAGGED:
        ws.save_reading(trace_id, "ana", outcome="pass")
    app = opened(ws, monkeypatch, **{"as": "lee"})
    assert "No failure is flagged" in app.info[0].value and SAID["code"] not in said(app)
