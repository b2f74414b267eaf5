"""The Coverage page, opened empty and filled, its figures, and what a click on it does."""

import re
from pathlib import Path

import pandas as pd
import pytest
import streamlit
from golden_cases import accept, case
from page_in_test import opener, said
from small_workspace import HOSTILE_ID, make
from streamlit.testing.v1 import AppTest

from workbench import Workspace, charts
from workbench.coverage import cells, grid
from workbench.errors import BadRequest
from workbench.ui.coverage_cells import choose_point
from workbench.ui.coverage_made import unseen_rows
from workbench.ui.coverage_open import candidate_rows

ROOT = Path(__file__).parent.parent
REFUND = "refund [ticket](http://evil.test)"
FAILED = {"t-01", "t-07", "t-13", "t-19", "t-25"}


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


def fill(ws: Workspace) -> Workspace:
    """Read most traces, of which five refunds fail; accept a few cases for one cluster, and freeze them."""
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    for trace_id in ids[:30]:
        bad = trace_id in FAILED
        ws.save_reading(trace_id, "ana", outcome="fail" if bad else "pass", note="wrong" if bad else None)
    more = {"source": "production", "slices": {"intent": "change flight", "complexity": "simple"}}
    accept(ws, *(case(number, **more) for number in range(12)))
    accept(ws, case(50, slices={"intent": "telex", "complexity": "simple"}), case(51, edge="injection"))
    ws.freeze(author="ana", reason="first")
    accept(ws, case(60, **more))
    return ws


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Workspace:
    return fill(make(tmp_path_factory.mktemp("covered") / "workspace"))


opened = opener("pages/coverage.py")


def told(app: AppTest) -> str:
    return said(app).replace("\\", "").replace("\u2060", "")


# --- the page -----------------------------------------------------------------------------------------------------


def test_a_workspace_without_traces_says_how_to_bring_some_in(tmp_path, monkeypatch):
    app = opened(Workspace.create(tmp_path / "workspace"), monkeypatch)
    assert not app.dataframe and not app.error


def test_without_a_case_it_offers_the_ways_to_one_and_shows_what_is_wanted(tmp_path, monkeypatch):
    ws = make(tmp_path / "workspace")
    app = opened(ws, monkeypatch)
    assert "No case yet: promote the failures that Rank puts first" in said(app)
    assert "3 cells with 100% of the traffic have no case at all." in told(app)
    assert "signals are hints" in told(app), "nothing was read, so signals stand in"
    table = app.dataframe[0].value
    assert table["have"].sum() == 0 and table["target"].sum() == 75
    assert table["fails"].tolist() == ["not read"] * 3


def test_without_a_map_intent_is_not_offered_and_it_says_why(tmp_path, monkeypatch):
    app = opened(make(tmp_path / "workspace", with_map=False), monkeypatch)
    assert app.multiselect(key="by").value == ["complexity", "outcome"]
    assert "there is no map yet" in told(app)


def test_the_page_shows_what_the_verb_says(filled, monkeypatch):
    app, found = opened(filled, monkeypatch), filled.coverage()
    table = app.dataframe[0].value
    frame = found.cells.frame
    for name in ("have", "target", "gap"):
        assert table[name].tolist() == frame[name].tolist()
    assert table["cell"].iloc[0] == f"{REFUND} · simple"
    first = frame.iloc[0]
    rate = charts.rate_text(first["failure_rate"], first["low"], first["high"], first["reviewed"])
    assert table["fails"].iloc[0] == rate
    assert table["traffic"].tolist()[-1] == "not seen"
    for sentence in found.sentences:
        assert sentence in told(app)
    assert "sealed cases are counted nowhere" in told(app)
    assert "the newest version is 0 days old" in told(app)
    assert r"\(http" in said(app) and not re.search(r"(?<!\\)\(http", said(app)), "names of clusters stay text"


def test_a_link_opens_a_cell_and_lists_what_is_no_case_yet(filled, monkeypatch):
    app = opened(filled, monkeypatch, cell=["change flight", "simple"])
    assert "**change flight · simple**" in told(app)
    expected = filled.cell_traces({"intent": "change flight", "complexity": "simple"})
    candidates = app.dataframe[1].value
    assert candidates["trace"].tolist() == expected["trace_id"].tolist() and len(candidates)
    assert all(each.startswith("read?trace=") for each in candidates["open"])
    gone = opened(filled, monkeypatch, cell=["no such", "cell"])
    assert f"**{REFUND} · simple**" in told(gone)


def test_a_cell_that_production_has_not_shown_has_no_candidates(filled, monkeypatch):
    app = opened(filled, monkeypatch, cell=["telex", "simple"])
    assert "Production has not shown this" in said(app)
    assert not [each for each in app.dataframe if "trace" in each.value.columns]


def test_a_frozen_version_a_size_a_day_and_other_dimensions_are_in_the_address(filled, monkeypatch):
    app = opened(filled, monkeypatch, version="1", size="200", since="2026-10-20", by="Intent")
    found = filled.coverage(["intent"], version=1, size=200, since="2026-10-20")
    table = app.dataframe[0].value
    assert table["target"].sum() == 200
    assert table["have"].tolist() == found.cells.frame["have"].tolist()
    assert table["cell"].tolist() == found.cells.frame["intent"].tolist()
    assert found.cells.frame["traffic"].sum() < 40
    three = opened(filled, monkeypatch, by=["Intent", "Complexity", "Release"])
    assert three.dataframe[0].value["cell"].iloc[0].count(" · ") == 2
    assert "so the whole set counts as 'not given'" in told(opened(filled, monkeypatch, by="Model"))
    unknown = opened(filled, monkeypatch, version="9")
    assert unknown.selectbox[0].value == "accepted"


@pytest.mark.parametrize("query", [{}, {"by": "Release", "size": "90"}, {"version": "1", "cell": ["telex", "simple"]}])
def test_the_notebook_lines_give_the_same(filled, monkeypatch, query):
    app = opened(filled, monkeypatch, **query)
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["found"].cells.frame["gap"].tolist() == app.dataframe[0].value["gap"].tolist()
    listed = [each.value["trace"].tolist() for each in app.dataframe if "trace" in each.value.columns]
    assert made["candidates"]["trace_id"].tolist() == (listed[0] if listed else [])


def test_ticked_traces_become_cases_under_a_name_and_unread_ones_a_sample(tmp_path, monkeypatch):
    ws = fill(make(tmp_path / "workspace"))
    cell = [REFUND, "simple"]
    app = opened(ws, monkeypatch, cell=cell)
    candidates = app.dataframe[1].value
    assert app.button(key="coverage.draft").disabled and app.button(key="coverage.draw").disabled
    unread = [place for place, words in enumerate(candidates["what people said"]) if words.startswith("not read")]
    assert candidates["what people said"].iloc[0] == "failed" and unread
    place = app.dataframe[0].value["cell"].tolist().index(" · ".join(cell))
    key = f"coverage.traces.{place}.intent.complexity.{len(candidates)}"
    ticked = {"selection": {"rows": [0, unread[0]], "columns": [], "cells": []}}

    app.session_state[key] = ticked
    app.run()
    assert app.button(key="coverage.draft").disabled, "a case has somebody who proposed it"
    app.session_state[key] = ticked
    app.button(key="coverage.draw").click().run()
    assert not app.exception and "1 trace drawn" in told(app)
    [sample] = ws.samples()["sample_id"]
    assert ws.sample_rows(sample)["trace_id"].tolist() == [candidates["trace"].iloc[unread[0]]]

    app = opened(ws, monkeypatch, cell=cell, **{"as": "ben"})
    app.session_state[key] = ticked
    app.run()
    app.session_state[key] = ticked
    app.button(key="coverage.draft").click().run()
    assert not app.exception and "1 case drafted" in told(app)
    drafted = ws.cases(status="candidate")
    assert drafted["proposed_by"].tolist() == ["ben"]
    left = ws.cell_traces({"intent": cell[0], "complexity": cell[1]})["trace_id"].tolist()
    assert candidates["trace"].iloc[0] not in left


# --- parts --------------------------------------------------------------------------------------------------------


def production(n_intents: int) -> pd.DataFrame:
    rows = [
        {"intent": f"i{place:02d}", "complexity": ("complex", "simple")[at % 2], "failed": at < place, "signal": False,
         "cost": 10.0}
        for place in range(n_intents)
        for at in range(40)
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"failed": "boolean"})


def test_the_grid_keeps_the_dearest_rows_and_says_what_is_left_out():
    held = pd.DataFrame({"intent": [], "complexity": []})
    found = cells(production(30), held, ["complexity", "intent"], size=300)
    seen = found.grid()
    assert (seen.down, seen.across) == ("intent", "complexity")
    assert seen.columns == ("simple", "complex"), "complexity rises from the left, however dear"
    assert len(seen.rows) == 25 and seen.left_rows == 5
    dear = found.frame.groupby("intent")["dear"].sum()
    assert dear[list(seen.rows)].min() >= dear.drop(list(seen.rows)).max()
    assert seen.left_dear == pytest.approx(dear.drop(list(seen.rows)).sum())
    assert seen.notice is not None and "5 more values of intent" in seen.notice
    assert found.grid(rows=40).notice is None
    assert "1 more value of complexity" in str(found.grid(columns=1).notice)
    with pytest.raises(BadRequest, match="two dimensions"):
        grid(found.frame, ("intent",))


def test_a_click_opens_the_cell_in_the_order_of_the_dimensions(monkeypatch):
    held = pd.DataFrame({"intent": [], "complexity": []})
    seen = cells(production(3), held, ["complexity", "intent"], size=50).grid()
    given: dict = {}
    monkeypatch.setattr(streamlit, "query_params", given)
    choose_point([{"x": 1, "y": 2}], seen, ("complexity", "intent"))
    assert given == {"cell": ["complex", seen.rows[2]]}
    choose_point([], seen, ("complexity", "intent"))
    assert given == {"cell": ["complex", seen.rows[2]]}, "a click beside all cells changes nothing"


def test_the_matrix_writes_held_of_wanted_and_names_stay_text():
    frame = production(3).replace({"intent": {"i02": "<b>refund</b>"}})
    held = pd.DataFrame({"intent": ["<b>refund</b>", "telex"], "complexity": ["simple", "simple"]})
    found = cells(frame, held, ["intent", "complexity"], size=60)
    seen = found.grid()
    figure = charts.coverage_matrix(
        found.frame, seen.down, seen.across, rows=seen.rows, columns=seen.columns,
        open_cell={"intent": "telex", "complexity": "simple"},
    )  # fmt: skip
    heat, points = figure.data
    words = dict(zip(zip(points.x, points.y, strict=True), points.text, strict=True))
    for row in found.frame.itertuples():
        at = seen.columns.index(row.complexity), seen.rows.index(row.intent)
        assert words[at] == f"{row.have} / {row.target}"
    assert heat.z[~pd.isna(heat.z)].max() == pytest.approx(1)
    everything = " ".join([*points.customdata, *figure.layout.yaxis.ticktext])
    assert "&lt;b&gt;refund" in everything and "<b>refund" not in everything
    assert "production has not shown it" in everything
    first = found.frame.iloc[0]
    assert charts.rate_text(first["failure_rate"], first["low"], first["high"], first["reviewed"]) in everything
    assert len(figure.layout.shapes) == 1, "the open cell is framed"


def test_a_matrix_where_no_harm_is_expected_is_drawn_all_the_same():
    frame = production(3).assign(failed=False).astype({"failed": "boolean"})
    held = pd.DataFrame({"intent": [], "complexity": []})
    found = cells(frame, held, ["intent", "complexity"], size=30)
    seen = found.grid()
    figure = charts.coverage_matrix(found.frame, seen.down, seen.across, rows=seen.rows, columns=seen.columns)
    assert len(figure.data[1].x) == 6 and not figure.layout.shapes


@pytest.mark.parametrize("n", [0, 75, 5000])
def test_the_size_stands_beside_its_stages(n):
    figure = charts.coverage_size(n)
    assert figure.data[0].text == (f"{n:,}",)
    assert [each.text for each in figure.layout.annotations] == ["start", "growing", "mature"]
    assert 10 ** figure.layout.xaxis.range[1] >= max(n, 2000)


def test_what_people_said_of_a_candidate():
    found = pd.DataFrame(
        {
            "trace_id": ["a b", "b", "c", HOSTILE_ID],
            "started_at": pd.to_datetime(["2026-11-01T10:00Z", None, None, None]),
            "input": ["hello", None, "x" * 900, "y"],
            "failed": pd.array([True, False, None, None], dtype="boolean"),
            "signal": [True, False, False, True],
        }
    )
    rows = candidate_rows(found)
    assert rows["what people said"].tolist() == ["failed", "passed", "not read", "not read, signal"]
    assert rows["open"].iloc[0] == "read?trace=a+b" and rows["time"].tolist()[1] == ""
    assert rows["asked"].str.len().max() == 400


def test_stale_cases_say_when_production_last_showed_them():
    unseen = pd.DataFrame(
        {"case_id": ["a", "b"], "cell": ["x", "y"], "last_seen": [pd.Timestamp("2026-01-01").date(), None]}
    )
    assert unseen_rows(unseen)["last seen"].tolist() == ["2026-01-01", "never"]
