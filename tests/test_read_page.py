"""The reading page, opened and used through the router: who reads what, saved at once, nothing shown too early."""

from pathlib import Path

import pytest
import streamlit
from small_workspace import HOSTILE_ID, make
from streamlit.testing.v1 import AppTest
from test_pages import opened, said

from workbench import Workspace
from workbench.charts import saturation_curve
from workbench.errors import WorkspaceBusy
from workbench.ui.conversation import turns
from workbench.ui.reading import readable
from workbench.ui.reading_words import place_words

PAGE = "pages/read.py"
FIRST = 6


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = make(tmp_path / "workspace", with_map=False)
    ids = made.traces(columns=["trace_id"])["trace_id"].tolist()[:FIRST]
    made.store.add_sample([{"sample_id": "s1", "trace_id": each, "stratum": "rest", "weight": 7.0} for each in ids])
    made.change_codebook("create", "wrong date", author="ana", fields={"severity": 2})
    made.change_codebook("create", "rude", author="ana")
    return made


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def press(app: AppTest, label: str) -> AppTest:
    button(app, label).click().run()
    assert not app.exception
    return app


def test_without_a_sample_the_page_says_how_to_draw_one(tmp_path, monkeypatch):
    app = opened(make(tmp_path / "workspace", with_map=False), PAGE, monkeypatch, **{"as": "ana"})
    assert "`workbench sample --n 80`" in said(app)


def test_the_name_is_asked_once_and_kept_in_the_link(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch)
    assert "Who is reading?" in said(app) and len(app.text_area) == 0
    app.text_input[0].set_value(" ana ")
    press(app, "Start reading")
    assert (
        app.query_params["as"] == "ana" and app.query_params["trace"] == "t-00" and app.query_params["sample"] == "s1"
    )
    press(app, "reading as **ana**")
    assert "Who is reading?" in said(app)


def test_a_name_that_is_an_address_is_refused(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana@example.com"})
    assert "may be no address" in app.error[0].value


def test_reading_starts_where_it_was_left(ws, monkeypatch):
    ws.save_reading("t-00", "ana", outcome="pass")
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    assert app.query_params["trace"] == "t-01"
    assert opened(ws, PAGE, monkeypatch, **{"as": "ben"}).query_params["trace"] == "t-00"


def test_a_link_to_a_trace_that_is_gone_says_so(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, trace="gone", **{"as": "ana"})
    assert "There is no trace gone" in app.warning[0].value


def test_a_link_to_a_trace_of_no_sample_can_be_read(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, trace="t-20", **{"as": "ana"})
    assert "a single trace, in no sample" in said(app)
    press(app, "Fail")
    assert ws.reading("t-20", "ana").outcome == "fail"


def test_five_presses_leave_one_label(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    for _ in range(5):
        press(app, "Fail")
    assert app.query_params["trace"] == "t-00"
    assert ws.labels(newest=False)["value"].tolist() == ["fail"]


def test_saved_and_on_and_back_and_taken_back(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    app.text_area[0].set_value("called Mary Jones twice")
    press(app, "Fail")
    assert "stored redacted: called \\<PERSON\\_1\\> twice" in said(app)
    press(app, "Save and go on")
    assert app.query_params["trace"] == "t-01" and app.text_area[0].value == ""
    press(app, "Back")
    assert app.query_params["trace"] == "t-00" and app.text_area[0].value == "called <PERSON_1> twice"
    assert len(ws.labels(newest=False)) == 2
    press(app, "Skip")
    press(app, "Undo")
    assert app.query_params["trace"] == "t-00" and "Took back: " in said(app)
    while "Nothing of yours" not in said(app):
        press(app, "Undo")
    assert ws.labels().empty and app.text_area[0].value == ""


def test_the_same_note_can_be_written_on_two_traces_and_again_after_an_undo(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    for _ in range(2):
        app.text_area[0].set_value("too late")
        press(press(app, "Fail"), "Save and go on")
    assert [ws.reading(each, "ana").note for each in ("t-00", "t-01")] == ["too late"] * 2
    press(press(app, "Undo"), "Undo")
    app.text_area[0].set_value("too late")
    press(app, "Fail")
    assert ws.reading(app.query_params["trace"], "ana").note == "too late"


def test_an_empty_workspace_offers_ways_in(tmp_path, monkeypatch):
    app = opened(Workspace.create(tmp_path / "empty"), PAGE, monkeypatch)
    assert "Bring a file" in said(app)


def test_going_on_comes_back_to_what_was_skipped_and_ends(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    press(app, "Skip")
    for _ in range(FIRST - 1):
        press(press(app, "Pass"), "Save and go on")
    assert app.query_params["trace"] == "t-00"
    press(app, "Defer")
    assert f"All {FIRST} are read" in said(app) and "1 deferred" in said(app)
    queue = ws.reading_queue("s1", "ana")
    assert queue["outcome"].tolist() == ["defer"] + ["pass"] * (FIRST - 1)


def test_what_could_not_be_saved_is_said_and_the_note_stays(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})

    def busy(*_, **__):
        raise WorkspaceBusy("another process has been writing for 30 s; try again when it is done.")

    monkeypatch.setattr(Workspace, "save_reading", busy)
    app.text_area[0].set_value("late")
    press(app, "Save and go on")
    assert app.query_params["trace"] == "t-00" and "Not saved: another process" in app.error[0].value
    assert app.text_area[0].value == "late"


def test_round_one_knows_no_codes_and_round_two_does(ws, monkeypatch):
    ws.save_reading("t-00", "ben", outcome="fail", codes=["rude"], note="ben's own view")
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    labels = {each.label for each in app.button}
    assert not labels & {"rude", "wrong date"} and len(app.selectbox) == 1
    app = opened(ws, PAGE, monkeypatch, round="codes", **{"as": "ana"})
    assert {"rude", "wrong date"} <= {each.label for each in app.button}
    assert "ben's own view" not in said(app)
    assert button(app, "rude").proto.type == "secondary", "what ben gave is not shown"


def test_codes_are_given_found_weighed_and_taken_back(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, round="codes", **{"as": "ana"})
    press(press(app, "rude"), "rude")
    next(each for each in app.selectbox if each.label.startswith("Find")).set_value(
        "wrong date"
    ).run()  # a new one: in a browser
    assert not app.exception
    assert ws.reading("t-00", "ana").names == ("rude", "wrong date")
    press(press(app, "Last one up"), "Last one up")
    assert {code.name: code.severity for code in ws.reading("t-00", "ana").codes} == {"rude": None, "wrong date": 4}
    press(app, ":material/close:")
    assert ws.reading("t-00", "ana").names == ("wrong date",)
    assert len(ws.labels(newest=False)) == 5


def test_jump_goes_to_a_number_or_an_id(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    app.number_input[0].set_value(4)
    press(app, "Go")
    assert app.query_params["trace"] == "t-03"
    next(each for each in app.text_input if each.label == "or to a trace id").set_value(HOSTILE_ID)
    press(app, "Go")
    assert app.query_params["trace"] == HOSTILE_ID


def test_the_notebook_lines_run(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    press(app, "Fail")
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["reading"].outcome == "fail" and made["trace"]["trace_id"] == "t-00" and len(made["queue"]) == FIRST


def test_what_is_stored_as_seen_is_what_was_shown(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    press(app, "Fail")
    label = ws.labels().iloc[0]
    assert label["saw"] == (
        '{"page":"read","round":"notes","sample":"s1","of":6,"shown":["messages","input","output","retrieved"],"place":1}'
    )
    assert 0 <= label["seconds"] < 60


def test_nothing_that_anybody_thinks_of_a_trace_is_shown():
    verdict = "the judge says fail"
    spans = [
        {"span_id": "a", "kind": "tool", "name": "find", "detail": {"x": verdict}},
        {"span_id": "b", "kind": "evaluator", "name": "judge", "output": verdict},
    ]
    opinions = {name: verdict for name in ("metadata", "params", "tags", "signals", "feedback", "status", "name")}
    shown = readable({"trace_id": "t", "input": "q", "output": "a", "spans": spans, **opinions})
    assert verdict not in str(shown) and verdict not in str(turns(shown))
    assert [span["span_id"] for span in shown["spans"]] == ["a"] and shown["input"] == "q"


def test_every_turn_says_where_it_stands():
    trace = {
        "messages": [
            {"role": "user", "content": "q"},
            {
                "role": "assistant",
                "content": '{"plan": "' + "look " * 60 + '"}',
                "tool_calls": [{"function": {"name": "f"}}],
            },
        ],
        "retrieved": [{"text": "passage"}],
        "spans": [{"span_id": "x", "name": "search"}],
    }
    shown = turns(trace)
    assert [item.get("at") for item in shown] == ["message:0", None, "message:1", "message:1", None]
    assert shown[-1]["items"][0]["at"] == "span:x"
    assert next(item for item in shown if item["kind"] == "assistant")["folded"], "long JSON is folded, whoever said it"
    assert [item["at"] for item in turns({"output": "a"})] == ["message:1"]
    assert [place_words(trace, at) for at in ("message:1", "message:9", "span:x", "step:3")] == [
        "assistant turn 1", "message:9", "span search", "step 3"
    ]  # fmt: skip


def test_the_curve_of_codes_shows_its_band():
    figure = saturation_curve([1, 2, 3], [1.0, 1.5, 2.0], [1.0, 1.0, 2.0], [1.0, 2.0, 2.0], [1, 1, 2])
    assert [trace.name for trace in figure.data if trace.name] == ["any order (5-95%)", "as read"]
