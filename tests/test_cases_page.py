"""The Cases page: one at a time, written and decided under a name, brought in by form and file; sealed ones locked."""

from datetime import date
from pathlib import Path

import pytest
import streamlit
from golden_cases import accept, case
from page_in_test import opener, said
from small_workspace import HOSTILE_ID, make
from streamlit.testing.v1 import AppTest

from workbench import Workspace
from workbench.ui.cases_open import payload_turns
from workbench.ui.words import plain

APP = str(Path(__file__).parent.parent / "app.py")


@pytest.fixture(autouse=True, scope="module")
def let_go():
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """Two candidates of labelled traces, one of a trace that has nothing but a thumb."""
    made = make(tmp_path / "w")
    made.save_reading("t-01", "ana", outcome="fail", note="says a week, the policy says a month")
    made.save_reading("t-02", "ana", outcome="pass")
    made.promote(["t-01", "t-02", "t-03"], by="lee", why="the ones of this week")
    return made


opened = opener("pages/cases.py")


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def box(app: AppTest, kind: str, key: str):
    return next(each for each in getattr(app, kind) if each.key == key)


def of_trace(ws: Workspace, trace_id: str) -> str:
    return next(each for each in ws.cases()["case_id"] if ws.case(each).trace_id == trace_id)


# --- empty --------------------------------------------------------------------------------------------------------


def test_without_a_case_there_are_three_ways_in(tmp_path, monkeypatch):
    ws = make(tmp_path / "w")
    app = opened(ws, monkeypatch)
    assert "promote the failures that Rank puts first" in said(app) and "Say who you are" in said(app)
    assert "**Write one**" in said(app) and "**From a file**" in said(app)
    assert button(app, "Add it to the candidates").disabled


def test_a_case_can_be_written_where_there_is_no_traffic(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    app = opened(ws, monkeypatch, **{"as": "ana"})
    assert "There is no traffic" in said(app)
    box(app, "text_area", "cases.new.query").set_value("may I return it after jane.doe@example.com wrote")
    box(app, "text_area", "cases.new.expected_behavior").set_value("says that the window is 30 days")
    box(app, "selectbox", "cases.new.source").set_value("adversarial")
    box(app, "selectbox", "cases.new.edge").set_value("injection")
    box(app, "text_input", "cases.new.intent").set_value("returns")
    button(app, "Add it to the candidates").click().run()
    assert not app.exception and "1 case drafted" in said(app)
    one = ws.case(ws.cases()["case_id"].iloc[0])
    assert "jane" not in one.query and "EMAIL" in one.query
    assert (one.source, one.edge, one.labelled_by, dict(one.slices)) == (
        "adversarial", "injection", ("ana",), {"intent": "returns"},
    )  # fmt: skip
    assert box(app, "text_area", "cases.new.query").value == ""
    button(app, "Add it to the candidates").click().run()
    assert "query" in app.error[0].value and len(ws.cases()) == 1


# --- one at a time ------------------------------------------------------------------------------------------------


def test_the_list_leaves_what_category_and_status_say(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    assert len(app.dataframe[0].value) == 3
    app = opened(ws, monkeypatch, category="edge")
    assert app.dataframe[0].value["case"].tolist() == [of_trace(ws, "t-01")]
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["cases"]["case_id"].tolist() == [of_trace(ws, "t-01")] and made["case"].trace_id == "t-01"
    assert made["changes"]["how"].tolist() == ["proposed"]


def test_a_link_opens_a_case_in_whatever_state_it_is(ws, monkeypatch):
    case_id = of_trace(ws, "t-02")
    ws.discard_case(case_id, by="lee", reason="says nothing")
    app = opened(ws, monkeypatch, case=case_id)
    assert f"**{plain(case_id)}**" in said(app) and len(app.dataframe[0].value) == 1
    assert "says nothing" in said(app)


def test_the_payload_reads_as_a_conversation(ws):
    turns = payload_turns(ws.case(of_trace(ws, "t-01")).input_payload)
    assert [each["role"] for each in turns] == ["system", "user", "passage 1 · policy-1"]
    assert turns[-1]["content"] == "Refunds take a week."


def test_who_said_what_stands_beside_it(ws, monkeypatch):
    app = opened(ws, monkeypatch, case=of_trace(ws, "t-01"))
    labels = app.dataframe[1].value
    assert ("ana", "human", "outcome", "fail") in [tuple(row) for row in labels[["who", "as", "on", "said"]].values]
    assert "read?trace=t-01" in said(app)
    app = opened(ws, monkeypatch, case=of_trace(ws, "t-03"))
    assert "A thumb of the product" in said(app)


def test_nothing_of_a_trace_is_read_as_markup(tmp_path, monkeypatch):
    ws = make(tmp_path / "w")
    ws.promote([HOSTILE_ID], by="lee")
    app = opened(ws, monkeypatch)
    assert "](http" not in said(app).replace("](read?", "") and "<img" not in said(app).replace("\\<img", "")


def test_without_a_name_nothing_can_be_changed(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    assert all(button(app, label).disabled for label in ("Accept", "Leave out", "Privacy checked"))
    assert all(each.disabled for each in app.text_area if each.key and ".expected_behavior." in each.key)


def test_from_the_draft_to_an_accepted_case(ws, monkeypatch):
    case_id = of_trace(ws, "t-01")
    others = [each for each in ws.cases()["case_id"] if each != case_id]
    app = opened(ws, monkeypatch, case=case_id, **{"as": "lee"})
    button(app, "Accept").click().run()
    assert "needs a reason" in app.error[0].value
    box(app, "text_input", f"cases.reason.{case_id}").set_value("invented refunds")
    button(app, "Accept").click().run()
    assert "expected\\_behavior" in app.error[0].value
    text = "Says that a refund takes a month, and writes to no jane.doe@example.com."
    box(app, "text_area", f"cases.expected_behavior.{case_id}").set_value(text).run()
    kept = ws.case(case_id).expected_behavior
    assert "jane" not in kept and box(app, "text_area", f"cases.expected_behavior.{case_id}").value == kept
    box(app, "selectbox", f"cases.risk_level.{case_id}").set_value("high").run()
    button(app, "Accept").click().run()
    assert "private data" in app.error[0].value
    button(app, "Privacy checked").click().run()
    assert "Checked by lee" in app.success[0].value and "checked for private data]" in said(app)
    button(app, "Accept").click().run()
    assert not app.exception and "accepted" in app.success[0].value
    row = ws.cases().set_index("case_id").loc[case_id]
    assert (row["status"], row["risk_level"]) == ("accepted", "high")
    assert app.query_params["case"] in others  # another one is open
    assert ws.case(case_id).labelled_by == ("ana", "lee")


def test_an_edit_takes_the_check_for_private_data_back(ws, monkeypatch):
    case_id = of_trace(ws, "t-02")
    ws.check_private(case_id, by="ben")
    app = opened(ws, monkeypatch, case=case_id, **{"as": "lee"})
    box(app, "text_area", f"cases.slices.{case_id}").set_value("intent: flights\nchannel: mobile").run()
    assert dict(ws.case(case_id).slices) == {"intent": "flights", "channel": "mobile"}
    assert "not checked for private data" in said(app)


def test_checks_are_a_json_list_or_refused(ws, monkeypatch):
    case_id = of_trace(ws, "t-02")
    app = opened(ws, monkeypatch, case=case_id, **{"as": "lee"})
    box(app, "text_area", f"cases.checks.{case_id}").set_value("[{").run()
    assert "expected a JSON list" in app.error[0].value and ws.case(case_id).checks == ()
    told = '[{"kind": "phrases", "forbidden": ["full refund"]}]'
    box(app, "text_area", f"cases.checks.{case_id}").set_value(told).run()
    assert ws.case(case_id).checks == ({"kind": "phrases", "forbidden": ["full refund"]},)


def test_a_candidate_is_left_out_with_a_reason_and_taken_in_after_all(ws, monkeypatch):
    case_id = of_trace(ws, "t-03")
    app = opened(ws, monkeypatch, case=case_id, **{"as": "lee"})
    button(app, "Leave out").click().run()
    assert "needs a reason" in app.error[0].value
    box(app, "text_input", f"cases.reason.{case_id}").set_value("says nothing new")
    button(app, "Leave out").click().run()
    assert ws.cases().set_index("case_id").loc[case_id, "status"] == "discarded"
    assert ws.case_changes(case_id)["reason"].iloc[-1] == "says nothing new"


def test_an_accepted_case_changes_with_reason_and_kind(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    accept(ws, case(1), case(2))
    app = opened(ws, monkeypatch, case="case-001", **{"as": "ben"})
    box(app, "text_area", "cases.expected_behavior.case-001").set_value("says that the window is 30 days")
    button(app, "Save the change").click().run()
    assert "needs a reason" in app.error[0].value and "11 days" in ws.case("case-001").expected_behavior
    box(app, "text_input", "cases.reason.case-001").set_value("the policy changed")
    button(app, "Save the change").click().run()
    assert not app.exception and ws.case("case-001").expected_behavior == "says that the window is 30 days"
    last = ws.case_changes("case-001").iloc[-1]
    assert (last["kind"], last["reason"], last["changed_by"]) == ("wrong_label", "the policy changed", "ben")
    button(app, "Retire").click().run()
    assert ws.cases().set_index("case_id").loc["case-001", "status"] == "retired"


def test_sealed_cases_are_locked_rows(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    accept(ws, *(case(number) for number in range(10)), reason="the secret reason")
    ws.freeze(author="ana", reason="first")
    sealed = ws.golden_folder.sealed_cases(1)
    app = opened(ws, monkeypatch, case=sealed[0].case_id, **{"as": "lee"})
    table = app.dataframe[0].value
    assert table["case"].tolist() == sorted(each.case_id for each in sealed) and list(table) == ["", "case", "pool"]
    everything = said(app) + "".join(frame.value.to_csv() for frame in app.dataframe)
    everything += "".join(str(each.value) for each in (*app.text_area, *app.text_input, *app.selectbox))
    assert "Sealed: what it asks" in everything
    assert not [each for each in sealed if each.query in everything or each.expected_behavior in everything]
    assert "the secret reason" not in everything
    box(app, "text_input", f"cases.reason.{sealed[0].case_id}").set_value("no longer sold")
    button(app, "Retire").click().run()
    assert not app.exception and (ws.cases()["status"] == "retired").sum() == 1
    app = opened(ws, monkeypatch, case=sealed[0].case_id, **{"as": "lee"})
    assert not app.error and "Sealed: what it asks" in said(app)


# --- the rolling pool ---------------------------------------------------------------------------------------------


def test_the_rolling_pool_is_a_list_of_its_own_with_a_way_into_the_golden_set(ws, monkeypatch):
    ws.refresh_rolling(by="lee", n=3, today=date(2026, 10, 30))
    one = ws.cases(pool="rolling")["case_id"].iloc[0]
    app = opened(ws, monkeypatch, **{"as": "lee"})
    assert len(app.dataframe[0].value) == 3 and not [each for each in app.button if each.label == "To the golden set"]
    app = opened(ws, monkeypatch, case=one, **{"as": "lee"})  # a link to a case opens its pool
    assert "3 of 100" in said(app) and one in app.dataframe[0].value["case"].tolist()
    button(app, "To the golden set").click().run()
    assert "needs a reason" in said(app)
    box(app, "text_input", f"cases.reason.{one}").set_value("nobody had thought of it")
    button(app, "To the golden set").click().run()
    assert not app.exception and "in the golden pool now" in said(app)
    assert ws.cases().set_index("case_id").loc[one, "pool"] == "golden"
    button(app, "Turn it over").click().run()
    assert not app.exception and " in the pool" in said(app)


# --- files --------------------------------------------------------------------------------------------------------


def test_a_file_is_taken_in_from_memory_row_by_row(ws, monkeypatch):
    content = (
        "query,expected_behavior,risk_level\nmay I,says yes to jane.doe@example.com,high\n,says no,low\na,b,awful\n"
    )
    app = opened(ws, monkeypatch, **{"as": "ana"})
    app.file_uploader[0].upload("mine.csv", content.encode()).run()
    box(app, "selectbox", "cases.upload.source").set_value("synthetic")
    button(app, "Take it in").click().run()
    assert not app.exception and "1 case drafted" in said(app) and "2 cannot be" in said(app)
    rows = ws.cases()
    [new] = rows.loc[rows["source"] == "synthetic", "case_id"]
    assert ws.case(new).risk_level == "high" and "jane" not in ws.case(new).expected_behavior
    assert rows.set_index("case_id").loc[new, "why"] == "from mine.csv"


def test_a_file_that_is_none_is_one_line(ws, monkeypatch):
    app = opened(ws, monkeypatch, **{"as": "ana"})
    app.file_uploader[0].upload("mine.csv", b"colour\nred\n").run()
    button(app, "Take it in").click().run()
    assert not app.exception and "mine" in app.error[0].value and "/proc" not in app.error[0].value
    assert "/tmp" not in app.error[0].value and len(ws.cases()) == 3
