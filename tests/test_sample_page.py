"""The Sample page and the map's "draw to review", through the router."""

from pathlib import Path

import pytest
import streamlit
from page_in_test import open_page as opened
from page_in_test import said
from small_workspace import N, make
from streamlit.testing.v1 import AppTest

from workbench import Workspace
from workbench.ui.sampling import NAME, Wanted, samples_table, strata_table

APP = str(Path(__file__).parent.parent / "app.py")


@pytest.fixture(autouse=True)
def let_go():
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def ws(tmp_path) -> Workspace:
    return make(tmp_path / "workspace")


def button(app: AppTest, label: str):
    return next(each for each in app.button if label in each.label)


def test_an_empty_workspace_offers_ways_in(tmp_path, monkeypatch):
    app = opened(Workspace.create(tmp_path / "w"), "pages/sample.py", monkeypatch)
    assert "Look at the demo" in said(app)


def test_the_page_shows_the_draw_before_it_is_made(ws, monkeypatch):
    app = opened(ws, "pages/sample.py", monkeypatch, plan="random", n="10", seed="3")
    report = ws.preview_sample(10, plan="random", seed=3)
    assert app.dataframe[0].value.to_dict() == strata_table(report).to_dict()
    assert app.metric[0].value == f"{report.smallest_share:.1%} of the traffic"
    assert "No sample yet" in said(app) and ws.samples().empty
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["report"].strata == report.strata


def test_drawing_reading_on_and_drawing_further(ws, monkeypatch):
    app = opened(ws, "pages/sample.py", monkeypatch, plan="random", n="10")
    app.text_input(key=NAME).set_value("first look").run()
    button(app, "Draw 10").click().run()
    assert not app.exception
    listed = ws.samples()
    assert listed["name"].tolist() == ["first look"] and listed["n"].tolist() == [10]
    assert listed["sample_id"][0] in app.query_params["sample"]
    assert "0 of 10 traces read" in said(app)
    assert app.dataframe[1].value["name"].tolist() == samples_table(listed)["name"].tolist()
    button(app, "Draw further").click().run()
    assert not app.exception and ws.samples()["n"].tolist() == [30]


def test_a_draw_that_cannot_be_is_a_sentence(ws, monkeypatch):
    app = opened(ws, "pages/sample.py", monkeypatch, plan="incident")
    assert "give since, until or where" in said(app).replace("\\", "")
    assert not [each for each in app.button if each.label.startswith("Draw ")]
    app = opened(ws, "pages/sample.py", monkeypatch, where="status = (")
    assert "cannot be used" in said(app).replace("\\", "")


def test_a_selection_on_the_map_becomes_picks(ws, monkeypatch):
    app = opened(ws, "pages/map.py", monkeypatch, cluster="1")
    button(app, "to review").click().run()
    assert not app.exception
    rows = ws.sample_rows(ws.samples()["sample_id"][0])
    inside = ws.points().query("cluster == 1")["trace_id"]
    assert ws.samples()["name"][0].startswith("Cluster “refund [ticket]")  # as it is, not as Markdown wants it
    assert len(rows) == 18 <= N and set(rows["trace_id"]) <= set(inside) and rows["weight"].isna().all()


def test_what_is_not_set_is_not_said():
    assert Wanted(5, "random", 0, None, None, None).options == {"plan": "random", "seed": 0}
