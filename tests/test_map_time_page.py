"""The Map page over time: proposals are accepted and dismissed there, and what became of clusters is listed."""

import shutil
from pathlib import Path

import pytest
import streamlit
from lineage_workspace import add, make, opened
from page_in_test import open_page, said

from workbench.ui.map_time import history_words

PAGE = "pages/map.py"


@pytest.fixture(scope="module")
def mapped(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("map time") / "w")


@pytest.fixture
def folder(mapped, tmp_path) -> Path:
    shutil.copytree(mapped, tmp_path / "w")
    yield tmp_path / "w"
    streamlit.cache_resource.clear()


def labels(app):
    return [each.label for each in app.button]


def pressed(app, label):
    return next(each for each in app.button if each.label == label)


def test_a_proposal_is_accepted_under_a_name(folder, monkeypatch):
    app = open_page(folder, PAGE, monkeypatch)
    text = said(app)
    assert "A group off the map" in text and "12 traces of 6 sessions" in text and "**firm**" in text
    assert "decide on the groups off the map" in text
    assert pressed(app, "Accept").disabled  # nobody has said who they are
    app = open_page(folder, PAGE, monkeypatch, **{"as": "Lena"})
    next(each for each in app.text_input if each.label == "Name").set_value("drones on board").run()
    pressed(app, "Accept").click().run()
    assert not app.exception and "is a cluster now" in app.success[0].value and "No point moved" in app.success[0].value
    assert "Accept" not in labels(app)
    ws = opened(folder)
    assert "drones on board" in ws.clusters()["name"].tolist()
    assert ws.cluster_lineage().iloc[-1]["by"] == "Lena"
    assert "1 accepted" in said(app) and app.dataframe[-1].value["what"].tolist()[0] == "accepted"
    ws.store.close()


def test_a_dismissal_without_a_reason_is_refused_in_a_sentence(folder, monkeypatch):
    app = open_page(folder, PAGE, monkeypatch, **{"as": "Lena"})
    pressed(app, "Dismiss it").click().run()
    assert "needs a reason" in app.error[0].value and "Accept" in labels(app)
    next(each for each in app.text_input if each.label.startswith("Why")).set_value("our own test").run()
    pressed(app, "Dismiss it").click().run()
    assert "not proposed again" in app.success[0].value and "Accept" not in labels(app)
    assert app.dataframe[-1].value["why"].tolist()[0] == "our own test"


def test_what_a_rebuilt_map_did_is_said(folder, monkeypatch):
    ws = opened(folder)
    add(ws, "drone", 10, first=12)
    ws.map(seed=3)
    assert history_words(ws.cluster_lineage()).endswith("4 kept, 1 new.")
    ws.store.close()
    app = open_page(folder, PAGE, monkeypatch)
    assert "4 kept, 1 new" in said(app) and "Accept" not in labels(app)
    shown = app.dataframe[-1].value
    assert shown["what"].tolist() == ["new"] * 5
    next(each for each in app.toggle if each.key == "map.kept").set_value(True).run()
    assert app.dataframe[-1].value["what"].tolist().count("kept") == 4
