"""The Codebook page: notes accepted as codes, changes seen before they are made, labels answered; nothing is markup."""

from pathlib import Path

import pytest
import streamlit
from page_in_test import opener, said
from small_workspace import HOSTILE, make
from streamlit.testing.v1 import AppTest

from workbench import Workspace
from workbench.ui.words import plain

APP = str(Path(__file__).parent.parent / "app.py")


@pytest.fixture(autouse=True, scope="module")
def let_go():
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = make(tmp_path / "w", with_map=False)
    notes = ["promised a refund", "it promised a refund", "wrong date", "the date is wrong", HOSTILE]
    rows = [
        {"trace_id": f"t-{n:02d}", "annotator": "ana", "annotator_kind": "human", "dimension": "note", "value": note}
        for n, note in enumerate(notes)
    ]
    made.store.add_labels(rows)
    return made


@pytest.fixture
def coded(ws: Workspace) -> Workspace:
    """Two codes, one of them given by ana five times and by ben twice."""
    for name in ("late", "rude"):
        ws.change_codebook("create", name, author="ana", fields={"definition": HOSTILE})
    given = {"annotator_kind": "human", "dimension": "code", "value": "late", "codebook_version": 2}
    rows = [{**given, "trace_id": f"t-{10 + n}", "annotator": "ana" if n < 5 else "ben"} for n in range(7)]
    ws.store.add_labels(rows)
    return ws


opened = opener("pages/codebook.py")


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def test_an_empty_codebook_says_where_codes_come_from(tmp_path, monkeypatch):
    app = opened(make(tmp_path / "w", with_map=False), monkeypatch)
    assert "There are no codes yet" in said(app) and "No note waits" in said(app)
    assert "Say who you are" in said(app)
    assert button(app, "Create").disabled


def test_a_group_is_accepted_without_the_note_that_was_unticked(ws, monkeypatch):
    ws.change_codebook("create", "Refund promised", author="ana")  # a new name is typed in the browser's test
    app = opened(ws, monkeypatch, **{"as": "ben"})
    assert "5 notes in 3 suggestions" in said(app)
    assert button(app, "Accept 2").disabled
    next(each for each in app.checkbox if each.label.startswith("it promised")).uncheck().run()
    card = str(button(app, "Accept 1").key).removeprefix("codebook.accept.")
    next(box for box in app.selectbox if box.key == f"codebook.name.{card}").set_value("Refund promised").run()
    button(app, "Accept 1").click().run()
    assert not app.exception and "1 trace got the code" in said(app)
    assert ws.store.labels(annotator="ben")["trace_id"].tolist() == ["t-00"]
    assert "4 notes" in said(app) and app.query_params["code"] == "Refund promised"


def test_notes_can_be_moved_and_put_aside_without_storing_anything(ws, monkeypatch):
    app = opened(ws, monkeypatch, **{"as": "ben"})
    button(app, "Put aside").click().run()
    assert "3 notes in 2 suggestions" in said(app)
    button(app, "Show 2 put aside").click().run()
    assert "5 notes in 3 suggestions" in said(app)
    button(app, "to group 2").click().run()
    assert not app.exception and "5 notes in 2 suggestions" in said(app)
    assert "4 notes" in said(app)
    assert ws.codebook().version == 0 and ws.store.labels(annotator="ben").empty


def test_nothing_a_person_wrote_is_read_as_markup(coded, monkeypatch):
    app = opened(coded, monkeypatch, code="late")
    shown = [each.label for each in (*app.checkbox, *app.button)]
    for text in [said(app), *shown]:
        assert "](http" not in text and "<img" not in text.replace("\\<img", "")
    assert plain(coded.codebook().get("late").definition) in said(app)


def test_a_merge_says_what_it_will_do_before_it_does_it(coded, monkeypatch):
    app = opened(coded, monkeypatch, code="late", **{"as": "ben"})
    app.button_group[0].set_value("merge").run()
    app.multiselect[0].set_value(["rude"]).run()
    next(box for box in app.selectbox if box.label == "What stays").set_value("rude").run()
    told = coded.preview_change("merge", ["late", "rude"], into="rude")
    assert plain(str(told)) in app.info[0].value and coded.codebook().version == 2
    button(app, "Merge").click().run()
    assert "needs a reason" in app.error[0].value and coded.codebook().version == 2
    next(box for box in app.text_input if box.label == "Why").set_value("one thing").run()
    button(app, "Merge").click().run()
    assert not app.exception and plain(str(told)) in app.success[0].value
    assert coded.codebook().version == 3 and len(coded.stale_labels()) == 7
    assert app.query_params["code"] == "rude"


def test_a_page_that_is_behind_changes_nothing(coded, monkeypatch):
    app = opened(coded, monkeypatch, code="late", **{"as": "ben"})
    app.button_group[0].set_value("retire").run()
    next(box for box in app.text_input if box.label == "Why").set_value("unused").run()
    coded.change_codebook("create", "third", author="ana")
    button(app, "Retire").click().run()
    assert "changed meanwhile by ana" in app.error[0].value.replace("\\", "")
    assert coded.codebook().version == 3 and coded.codebook().get("late").active


def test_one_press_confirms_and_only_ones_own(coded, monkeypatch):
    coded.change_codebook("merge", ["late"], into="rude", author="ben", reason="one thing")
    app = opened(coded, monkeypatch, **{"as": "ana"})
    assert [each.label for each in app.expander][0] == "To look at again: 5 of yours, 2 of others"
    button(app, "Confirm as rude").click().run()
    assert not app.exception and len(coded.stale_labels("ana")) == 4
    button(app, "Confirm all 4").click().run()
    assert len(coded.stale_labels("ana")) == 0 and len(coded.stale_labels("ben")) == 2
    assert "None of them is yours" in said(app)


def test_after_a_split_one_press_chooses_or_takes_back(coded, monkeypatch):
    coded.change_codebook("split", "late", into=["too late", "never"], author="ben", reason="two things")
    app = opened(coded, monkeypatch, **{"as": "ana"})
    button(app, "never").click().run()
    button(app, "Neither").click().run()
    assert not app.exception and len(coded.stale_labels("ana")) == 3
    assert coded.codes().set_index("name")["labels"].to_dict() == {"rude": 0, "too late": 0, "never": 1}


def test_codes_are_written_edited_renamed_and_restored(coded, monkeypatch):
    app = opened(coded, monkeypatch, code="late", **{"as": "ben"})
    app.button_group[0].set_value("edit").run()
    next(box for box in app.text_area if box.label == "Definition").set_value("over a minute")
    button(app, "Save").click().run()
    assert not app.exception and coded.codebook().get("late").definition == "over a minute"
    app.button_group[0].set_value("rename").run()
    next(box for box in app.text_input if box.label == "New name").set_value("too late")
    button(app, "Rename").click().run()
    assert coded.codebook().get("too late").aliases == ("late",)
    coded.change_codebook("retire", "too late", author="ana", reason="unused")
    app.run()
    button(app, "Restore too late").click().run()
    assert not app.exception and coded.codebook().get("late").active
    next(box for box in app.text_input if box.label == "Name").set_value("brand new")
    button(app, "Create").click().run()
    assert coded.codebook().get("brand new").code_id == "c3"


def test_a_published_list_is_taken_in_with_its_source_shown(ws, monkeypatch):
    app = opened(ws, monkeypatch, **{"as": "ben"})
    next(box for box in app.selectbox if box.label.startswith("A published list")).set_value("tau_bench").run()
    assert "sierra" in said(app) and "Licence" in said(app)
    button(app, "Take in 4 codes").click().run()
    assert not app.exception and len(ws.codebook().active) == 4


def test_the_notebook_lines_run_and_say_the_same(coded, monkeypatch):
    app = opened(coded, monkeypatch, code="late")
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["code"] == coded.codebook().get("late")
    assert len(made["notes"]) == 5 and made["changes"]["version"].tolist() == [2, 1]
    assert made["codes"].set_index("name")["labels"].to_dict() == {"late": 7, "rude": 0}
