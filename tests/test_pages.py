"""Each page opened empty and filled, through the router, and what a person does on it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit
from page_in_test import open_page as opened
from page_in_test import said
from small_workspace import HOSTILE_ID, N, make
from streamlit.testing.v1 import AppTest

from workbench import Workspace
from workbench.ui.explore import MAP
from workbench.ui.words import plain

APP = str(Path(__file__).parent.parent / "app.py")
PAGES = ("pages/overview.py", "pages/map.py")


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Workspace:
    return make(tmp_path_factory.mktemp("filled") / "workspace")


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def empty(tmp_path) -> Workspace:
    return Workspace.create(tmp_path / "workspace")


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_workspace_offers_three_ways_in(empty, page, monkeypatch):
    app = opened(empty, page, monkeypatch)
    text = said(app)
    assert "Look at the demo" in text and "Bring a file" in text and "From your platform" in text
    assert "nothing is sent anywhere" in text
    assert [button.label for button in app.button] == ["Build and open the demo", "Bring in"]
    assert app.button[1].disabled


@pytest.mark.parametrize("page", PAGES)
def test_no_workspace_is_a_sentence_not_a_traceback(tmp_path, page, monkeypatch):
    app = opened(tmp_path / "nowhere", page, monkeypatch)
    assert len(app.error) == 1 and "nowhere" in app.error[0].value


def test_a_path_that_is_not_there_is_said_so(empty, monkeypatch):
    app = opened(empty, "pages/overview.py", monkeypatch)
    app.text_input[0].set_value("/no/such/file.jsonl").run()
    app.button[1].click().run()
    assert not app.exception
    assert "there is no such file or folder" in "\n".join(
        row for frame in app.dataframe for row in frame.value["reason"]
    )


def test_overview_counts_and_sends_on(filled, monkeypatch):
    app = opened(filled, "pages/overview.py", monkeypatch)
    numbers = {metric.label: metric.value for metric in app.metric}
    state = filled.overview()
    assert numbers["Traces"] == f"{N}"
    assert numbers["From"] == "12 Oct - 31 Oct 2026"
    assert numbers["Values redacted"] == "15"
    assert numbers["Failure signals"].startswith(f"{state.failure_signals.estimate:.0%} (")
    assert plain(state.next_steps[0].text) in said(app)


def test_overview_notebook_lines_run(filled, monkeypatch):
    app = opened(filled, "pages/overview.py", monkeypatch)
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["state"].n_traces == N


def test_without_a_map_the_page_offers_to_make_one(tmp_path, monkeypatch):
    app = opened(make(tmp_path / "workspace", with_map=False), "pages/map.py", monkeypatch)
    assert [button.label for button in app.button] == ["Make the map"]
    assert "`workbench map`" in said(app)


def test_map_lists_all_traces_and_clusters(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch)
    table, clusters = app.dataframe[0].value, app.dataframe[1].value
    assert len(table) == N
    assert table["time"].iloc[0] == "31 Oct 2026 12:00"
    assert clusters["n"].tolist() == sorted(clusters["n"], reverse=True)
    assert "3 of 40 traces unclustered" in said(app)


def test_a_link_to_a_cluster_selects_it(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, cluster="1")
    points = filled.points()
    table = app.dataframe[0].value
    assert set(table["trace"]) == set(points.loc[points["cluster"] == 1, "trace_id"])
    assert "elsewhere" in said(app)
    assert r"refund \[ticket\]\(http" in said(app)


def test_a_link_to_an_unknown_cluster_shows_the_list(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, cluster="99")
    assert len(app.dataframe[0].value) == N


def test_a_link_to_a_trace_opens_it_and_marks_its_row(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, trace="t-07")
    assert "trace id t\\-07" in said(app)
    table = app.dataframe[0]
    rows = app.session_state["map.table"]["selection"]["rows"]
    assert table.value["trace"].iloc[rows[0]] == "t-07"


def test_a_link_to_an_unknown_trace_says_so(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, trace="gone")
    assert "There is no trace gone" in app.warning[0].value


def test_hostile_words_are_disarmed_wherever_markdown_is_read(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, trace=HOSTILE_ID)
    labels = [button.label for button in app.button]
    for text in [said(app), *labels]:
        assert "](http" not in text and "<img" not in text.replace("\\<img", "")


def test_filters_leave_what_their_notebook_line_leaves(filled, monkeypatch):
    app = opened(
        filled,
        "pages/map.py",
        monkeypatch,
        release="1.1 ![r](http://evil.test/i.png)",
        failed="true",
        since="2026-10-25",
    )
    table = app.dataframe[0].value
    points = filled.points()
    kept = points[(points["release"] != "1.0") & points["failed"] & (points["started_at"] >= "2026-10-25")]
    assert 0 < len(table) == len(kept)
    assert set(_run(app)["points"]["trace_id"]) == set(table["trace"]) == set(kept["trace_id"])


def test_a_lasso_selects_what_lies_inside(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch)
    corners = {"id": 7, "x": [6.0, 15.0, 15.0, 6.0], "y": [-9.0, -9.0, 9.0, 9.0]}
    app.session_state[MAP] = {"polygon": corners}
    app.run()
    assert not app.exception
    inside = filled.within(corners["x"], corners["y"])
    assert set(app.dataframe[0].value["trace"]) == set(inside) and len(inside) == N // 2
    assert "Drawn around: 20 of 40 traces" in said(app)
    assert set(_run(app)["points"]["trace_id"]) == set(inside)
    next(button for button in app.button if button.label == "Clear selection").click().run()
    assert len(app.dataframe[0].value) == N


def test_a_search_marks_and_lists_what_it_finds(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, q="refund ticket")
    table = app.dataframe[0].value
    assert len(table) == 19 and table["first words"].str.contains("refund").all()
    assert set(_run(app)["points"]["trace_id"]) == set(table["trace"])


def test_a_search_that_finds_nothing_says_what_to_do(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, q="zeppelin")
    assert "Clear one of them, or search by meaning" in app.info[0].value


def test_clearing_takes_all_filters_out(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, q="refund", model="large", failed="true")
    assert len(app.dataframe[0].value) < N
    next(button for button in app.button if "filter" in button.label).click().run()
    assert not app.exception
    assert len(app.dataframe[0].value) == N


@pytest.mark.parametrize("colour", ["failed", "feedback", "status", "model", "release", "latency_ms", "started_at"])
def test_the_map_can_be_coloured_by_any_column(filled, monkeypatch, colour):
    app = opened(filled, "pages/map.py", monkeypatch, colour=colour)
    assert app.selectbox[0].value == colour


def test_a_second_page_of_the_table_continues_the_first(filled, monkeypatch):
    monkeypatch.setattr("workbench.ui.selection.PAGE", 25)
    app = opened(filled, "pages/map.py", monkeypatch)
    assert len(app.dataframe[0].value) == 25
    app.session_state["map.page"] = 2
    app.run()
    assert len(app.dataframe[0].value) == N - 25


def _run(app: AppTest) -> dict:
    """Run the page's notebook lines."""
    made: dict = {}
    exec(app.code[-1].value, made)
    assert isinstance(made["points"], pd.DataFrame) and np.isfinite(made["points"]["x"]).all()
    return made


def test_the_demo_opens_beside_the_workspace_and_there_is_a_way_back(empty, monkeypatch):
    monkeypatch.setattr("workbench.demo.build_demo", lambda folder, progress: make(folder))
    app = opened(empty, "pages/overview.py", monkeypatch)
    app.button[0].click().run()
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}["Traces"] == f"{N}"
    assert (empty.path.parent / "demo" / "workspace.toml").exists() and empty.count() == 0
    next(button for button in app.button if button.label == "Back to workspace").click().run()
    assert "Look at the demo" in said(app)


def test_traces_that_are_not_on_the_map_can_be_placed(tmp_path, monkeypatch):
    ws = make(tmp_path / "workspace")
    (tmp_path / "more.jsonl").write_text('{"id": "new", "input": "one more about a refund", "output": "yes"}\n')
    ws.ingest(tmp_path / "more.jsonl")
    app = opened(ws, "pages/map.py", monkeypatch)
    assert "1 more to be placed on the map" in said(app)
    assert any(button.label == "Place them" for button in app.button)


def test_settings_that_changed_are_read_anew(filled, tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "workspace")
    opened(ws, "pages/overview.py", monkeypatch)
    (ws.path / "workspace.toml").write_text("[redaction]\npolicy = 'structured_only'\n")
    assert "structured" in said(opened(ws, "pages/overview.py", monkeypatch))


def test_a_trace_that_was_opened_elsewhere_has_its_row_on_top(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, trace="t-02")
    assert app.dataframe[0].value["trace"].tolist()[:2] == ["t-02", "t-39"]
    assert app.session_state["map.table"]["selection"]["rows"] == [0]
    app.session_state["map.row"] = "t-02"
    app.run()
    assert app.dataframe[0].value["trace"].tolist()[0] == "t-39"
    assert app.session_state["map.table"]["selection"]["rows"] == [N - 3]


def test_a_selection_by_outcome_is_not_compared_by_outcome(filled, monkeypatch):
    app = opened(filled, "pages/map.py", monkeypatch, failed="true", cluster="1")
    assert "failures only" in said(app) and "chosen by how they ended" in said(app)
    assert "fails more often" not in said(app)
