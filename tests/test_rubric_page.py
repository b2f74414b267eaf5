"""The Rubric page: one to start from, the standard as people read it, changes with author and reason, files."""

from pathlib import Path

import pytest
import streamlit
from page_in_test import opener, said
from small_workspace import HOSTILE, make
from streamlit.testing.v1 import AppTest

from workbench import Workspace
from workbench.rubric import FIELDS, starter_rows
from workbench.ui.words import plain

APP = str(Path(__file__).parent.parent / "app.py")


@pytest.fixture(autouse=True, scope="module")
def let_go():
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """A rubric of two dimensions, one of them labelled by two people."""
    made = make(tmp_path / "w", with_map=False)
    tone = {"name": "tone", "level": "ordinal", "values": ["curt", "neutral", "warm"], "failure": "curt"}
    facts = {
        "name": "facts",
        "values": ["fail", "pass"],
        "failure": "fail",
        "definition": HOSTILE,
        "rule": "look it up",
    }
    made.change_rubric([tone, facts], author="ana", reason="to begin with")
    given = {"dimension": "tone", "value": "warm", "annotator_kind": "human", "rubric_version": 1}
    rows = [{**given, "trace_id": f"t-{10 + n}", "annotator": "ana" if n < 5 else "ben"} for n in range(7)]
    made.store.add_labels(rows)
    return made


opened = opener("pages/rubric.py")


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def box(app: AppTest, kind: str, label: str):
    return next(each for each in getattr(app, kind) if each.label == label)


def test_without_a_rubric_the_page_offers_one_to_start_from(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    app = opened(ws, monkeypatch)
    assert "There is no rubric yet" in said(app) and "Say who you are" in said(app)
    assert all(plain(row["definition"]) in said(app) for row in starter_rows())
    assert button(app, "Take in the starter").disabled and button(app, "Add").disabled
    app = opened(ws, monkeypatch, **{"as": "ana"})
    button(app, "Take in the starter").click().run()
    assert not app.exception and len(ws.rubric()) == 5
    assert ws.store.rubric_versions()[0]["author"] == "ana"
    told = said(app)
    assert "5 dimensions" in told and "Every dimension has its definition" in told
    assert all(
        plain(row[field]) in told for row in starter_rows() for field in ("definition", "passes", "fails", "rule")
    )


def test_a_first_dimension_is_written_on_the_page(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    app = opened(ws, monkeypatch, **{"as": "ana"})
    box(app, "text_input", "Name").set_value("facts")
    box(app, "text_area", "Definition").set_value("what is claimed is so")
    button(app, "Add").click().run()
    assert "needs a reason" in app.error[0].value and ws.rubric().version == 0
    box(app, "text_input", "Why").set_value("to begin with")
    button(app, "Add").click().run()
    assert not app.exception and ws.rubric().get("facts").definition == "what is claimed is so"
    assert ws.rubric().get("facts").values == ("fail", "pass")


def test_the_standard_is_read_with_labels_and_advice(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    told = said(app)
    assert "7 labels by 2 annotators" in told and "no labels yet" in told
    assert ":red-badge[curt] → :gray-badge[neutral] → :gray-badge[warm]" in told
    assert ":red-badge[fail] :gray-badge[pass]" in told
    advice = "\n".join(each.value for each in app.info)
    assert all(plain(sentence) in advice for sentence in ws.rubric_advice()) and len(app.info) == 3
    assert app.dataframe[-1].value["why"].tolist() == ["to begin with"]


def test_nothing_a_person_wrote_is_read_as_markup(ws, monkeypatch):
    app = opened(ws, monkeypatch, dimension="facts")
    assert plain(ws.rubric().get("facts").definition) in said(app)
    assert "](http" not in said(app) and "<img" not in said(app).replace("\\<img", "")


def test_clearer_words_and_a_new_meaning_are_two_things(ws, monkeypatch):
    app = opened(ws, monkeypatch, dimension="tone", **{"as": "ben"})
    box(app, "text_area", "In doubt").set_value("neutral")
    box(app, "text_input", "Why").set_value("people asked")
    button(app, "Save").click().run()
    assert not app.exception and plain("tone: new words for rule (same meaning)") in app.success[0].value
    assert ws.rubric().get("tone").since == 1 and "dimension" not in app.query_params
    app = opened(ws, monkeypatch, dimension="tone", **{"as": "ben"})
    box(app, "text_area", "In doubt").set_value("curt")
    app.checkbox[0].check()
    box(app, "text_input", "Why").set_value("people were too kind")
    button(app, "Save").click().run()
    assert ws.rubric().get("tone").since == 3 and "7 by an earlier meaning" in said(app)
    assert app.dataframe[-1].value["labels from before"].tolist() == [7, 0, 0]


def test_what_cannot_be_is_said_and_nothing_is_kept(ws, monkeypatch):
    app = opened(ws, monkeypatch, dimension="tone", **{"as": "ben"})
    box(app, "text_input", "Values, separated by |").set_value("curt")
    box(app, "text_input", "Why").set_value("simpler")
    button(app, "Save").click().run()
    assert "two or three are right" in app.error[0].value and ws.rubric().version == 1


def test_a_page_that_is_behind_changes_nothing(ws, monkeypatch):
    app = opened(ws, monkeypatch, dimension="tone", **{"as": "ben"})
    box(app, "text_area", "In doubt").set_value("neutral")
    box(app, "text_input", "Why").set_value("people asked")
    ws.change_rubric(author="ana", reason="faster", remove=["facts"])
    button(app, "Save").click().run()
    assert "changed meanwhile by ana" in app.error[0].value and ws.rubric().version == 2


def test_dimensions_are_opened_moved_and_removed(ws, monkeypatch):
    app = opened(ws, monkeypatch, **{"as": "ben"})
    [button for button in app.button if button.label == "Change"][1].click().run()
    assert app.query_params["dimension"] == "facts" and button(app, "Move down").disabled
    button(app, "Move up").click().run()
    assert list(ws.rubric().by_name) == ["facts", "tone"] and button(app, "Move up").disabled
    [each for each in app.text_input if each.label == "Why"][1].set_value("nobody can tell")
    button(app, "Remove facts").click().run()
    assert not app.exception and list(ws.rubric().by_name) == ["tone"] and "dimension" not in app.query_params


def test_a_file_takes_the_place_of_the_rubric(ws, monkeypatch, tmp_path):
    other = Workspace.create(tmp_path / "other")
    other.import_rubric("starter", author="ana")
    app = opened(ws, monkeypatch, **{"as": "ben"})
    app.file_uploader[0].upload("mine.toml", other.rubric_text().encode()).run()
    button(app, "Take in the file").click().run()
    assert not app.exception and len(ws.rubric()) == 5
    assert [{field: told[field] for field in FIELDS} for told in ws.rubric().to_dicts()] == starter_rows()


def test_the_notebook_lines_run_and_say_the_same(ws, monkeypatch):
    app = opened(ws, monkeypatch, dimension="tone")
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["dimension"] == ws.rubric().get("tone") and made["rubric"] == ws.rubric()
    assert made["dimensions"]["labels"].tolist() == [7, 0] and made["changes"]["version"].tolist() == [1]
    assert plain(made["advice"][0]) == app.info[0].value
