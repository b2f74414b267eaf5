"""The Queue page, opened and used through the router; and the server for annotators, on which nothing else is drawn."""

import json
from pathlib import Path

import pytest
import streamlit
from labelling_workspace import GIVEN, SAMPLE, SECRETS, answer, make_labelling, question, trace_id
from streamlit.testing.v1 import AppTest
from test_pages import opened, said

from workbench import Workspace
from workbench.errors import SlotTaken
from workbench.ui.menu import SECTIONS
from workbench.ui.serving import ONLY, may_draw

ROOT = Path(__file__).parent.parent
PAGE = "pages/queue.py"
PAGES = [path for pages in SECTIONS.values() for path, _, _ in pages]


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_labelling(tmp_path / "w", n=4)


@pytest.fixture
def queue(ws) -> str:
    return ws.make_queue(SAMPLE, name="first round", author="lead").queue_id


def press(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label.startswith(label)).click().run()
    assert not app.exception
    return app


def write(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """Everything the conversations of the page are sent."""
    return "\n".join(each.proto.SerializeToString().decode(errors="replace") for each in app.get("bidi_component"))


def kept(app: AppTest) -> str:
    """Everything in the session, keys of widgets included."""
    session = app.session_state._state
    found = {name: session[name] for name in session.filtered_state}
    keys = [each.key for each in (*app.button, *app.text_area, *app.button_group)]
    assert any("queue." in str(key) for key in keys)
    return str(found) + str(keys)


def labels_of(ws: Workspace, name: str):
    return ws.labels(annotator=name).set_index("dimension")


def test_the_name_is_asked_once_and_queues_show_ones_own_progress(ws, queue, monkeypatch):
    ws.save_item(queue, ws.queue_item(queue, "cem").slot_id, "cem", outcome="defer")
    app = opened(ws, PAGE, monkeypatch)
    assert "Who is labelling?" in said(app) and not app.text_area
    app.text_input[0].set_value(" ana ")
    press(app, "Start labelling")
    assert app.query_params["as"] in ("ana", ["ana"])
    assert "first round" in said(app) and "0 done · up to 4 to go" in said(app)
    press(app, "Label")
    assert app.query_params["queue"] in (queue, [queue]) and app.text_area[0].label.startswith("The answer that should")
    press(press(app, "All queues"), "labelling as")
    assert "Who is labelling?" in said(app)


def test_without_a_queue_the_page_says_how_to_make_one(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "ana"})
    assert "nothing to label for ana yet" in said(app) and "`workbench queue make SAMPLE`" in said(app)


def test_answer_reveal_judge_and_on_to_the_next(ws, queue, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    assert question(0) in shown(app) and answer(0) not in shown(app)
    assert "**1** of at most **4**" in app.get("progress")[0].proto.text
    press(app, "Reveal")
    assert "Not saved: an item needs the answer" in app.error[0].value and answer(0) not in shown(app)
    write(app, "At the depot, says Mary Jones.")
    press(app, "Reveal")
    assert answer(0) in shown(app) and "At the depot, says <PERSON_1>." in shown(app) and "Mary" not in shown(app)
    press(app, "Save and next")
    assert "Not saved: an outcome is one of" in app.error[0].value
    press(press(app, "grounded"), "grounded")  # the next value: fail, then pass
    press(app, "tone")
    press(app, "Fail")
    press(app, "Save and next")
    assert "without a critique" in app.error[0].value
    write(app, "no date")
    press(app, "Save and next")
    found = labels_of(ws, "ana")
    assert found["value"].to_dict() == {"outcome": "fail", "grounded": "pass", "tone": "curt"}
    assert found.loc["outcome", "note"] == "no date" and set(found["trace_id"]) == {trace_id(0)}
    assert found.loc["outcome", "gold_answer"] == "At the depot, says <PERSON_1>."
    assert json.loads(found.loc["outcome", "saw"])["answer"] == "before"
    assert question(1) in shown(app) and app.text_area[0].value == "" and answer(1) not in shown(app)


def test_what_is_written_and_chosen_is_there_when_the_page_is_loaded_again(ws, queue, monkeypatch):
    write(opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"}), "half an ans")
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    assert app.text_area[0].value == "half an ans" and answer(0) not in shown(app)
    press(app, "I cannot say")
    press(press(app, "Fail"), "tone")
    write(app, "says too much")
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    assert app.text_area[0].value == "says too much" and "You said that you cannot say." in shown(app)
    press(press(app, "grounded"), "Save and next")
    assert labels_of(ws, "ana")["value"].to_dict() == {"outcome": "fail", "grounded": "fail", "tone": "curt"}


def test_an_item_is_passed_on_and_the_last_one_said_anew(ws, queue, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    press(app, "I cannot judge this")
    assert question(1) in shown(app)
    press(app, "I cannot say")
    for label in ("grounded", "tone", "Pass", "Save and next"):
        press(app, label)
    press(app, "My last item")
    assert (
        question(1) in shown(app)
        and answer(1) in shown(app)
        and "your last item again" in app.get("progress")[0].proto.text
    )
    press(press(app, "Defer"), "Save anew")
    assert ws.labels(annotator="ana")["value"].tolist()[-1] == "defer" and question(2) in shown(app)
    press(app, "My last item")
    press(app, "Back to the next item")
    assert question(2) in shown(app)


def test_an_answer_changed_after_the_reveal_is_known_as_such(ws, queue, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    press(write(app, "wait and see"), "Reveal")
    next(each for each in app.text_area if each.label == "What should have been said").set_value("ask the depot")
    press(app, "Keep this")
    assert "ask the depot" in shown(app)
    for label in ("grounded", "tone", "Pass", "Save and next"):
        press(app, label)
    outcome = labels_of(ws, "ana").loc["outcome"]
    assert outcome["gold_answer"] == "ask the depot" and json.loads(outcome["saw"])["answer"] == "after"


def test_an_item_that_went_to_somebody_else_is_said_so_and_the_next_one_comes(ws, queue, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})

    def taken(*_, **__):
        raise SlotTaken("your time for this item ran out.")

    monkeypatch.setattr(Workspace, "answer_item", taken)
    write(app, "late")
    press(app, "Reveal")
    assert "Not saved: your time for this item ran out" in app.error[0].value


def test_when_all_is_done_the_page_says_so_and_what_is_next(ws, queue, monkeypatch):
    while (item := ws.queue_item(queue, "ana")) is not None:
        ws.save_item(queue, item.slot_id, "ana", outcome="defer")
    ws.queue_item(queue, "cem")
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    assert "Others are at work on 1" in said(app) and not app.text_area
    ws.hand_over(queue, "cem")
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    assert "You have labelled 4 items" in app.success[0].value
    ws.close_queue(queue)
    assert "This queue is closed" in said(opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "dee"}))


def test_without_a_rubric_outcome_and_critique_are_asked(tmp_path, monkeypatch):
    from small_workspace import make

    ws = make(tmp_path / "small", with_map=False)
    ws.store.add_sample([{"sample_id": "s", "trace_id": "t-00"}])
    queue = ws.make_queue("s").queue_id
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    press(app, "I cannot say")
    assert "no rubric" in said(app)
    press(press(app, "Pass"), "Save and next")
    assert labels_of(ws, "ana")["value"].to_dict() == {"outcome": "pass"}


def test_the_queue_of_others_is_refused_in_words(ws, monkeypatch):
    queue = ws.make_queue(SAMPLE, annotators=["cem", "dee"]).queue_id
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    assert "not for the name" in app.error[0].value and not app.text_area


def test_whoever_runs_the_labelling_makes_a_queue_sees_progress_and_hands_over(ws, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, **{"as": "lead"})
    assert not app.selectbox, "nothing of it is drawn before it is opened"
    monkeypatch.setattr("workbench.ui.queue_lead._is_open", lambda shown: True)
    app.run()
    next(each for each in app.text_input if each.label == "Name").set_value("second round")
    next(each for each in app.text_input if each.label.startswith("People")).set_value("ana, cem")
    next(each for each in app.checkbox if each.label == "plan items to people").check()
    press(app, "Make the queue")
    report = ws.queues().iloc[0]
    assert report["name"] == "second round" and report["annotators"] == ["ana", "cem"] and report["assign"] == "fixed"
    assert "8 labels by 2 people" in app.success[0].value and "0 of 8 labels" in app.get("progress")[0].proto.text
    ws.save_item(report["queue_id"], ws.queue_item(report["queue_id"], "ana").slot_id, "ana", outcome="defer")
    app.run()
    table = app.dataframe[0].value.set_index("person")
    assert table["done"].to_dict() == {"ana": 1, "cem": 0} and table["planned"].to_dict() == {"ana": 3, "cem": 4}
    next(each for each in app.text_input if each.label == "to").set_value("dee")
    press(app, "Hand over")
    assert "3 to dee" in app.success[0].value
    press(app, "Close the queue")
    assert ws.queues().iloc[0]["closed_at"] is not None and "closed" in app.get("progress")[0].proto.text
    press(app, "Open again")
    made: dict = {}
    exec(next(each.value for each in app.code if "progress" in each.value), made)
    assert made["progress"]["annotator"].tolist() == ["ana", "cem", "dee"] and made["checks"].empty


def test_the_notebook_lines_run(ws, queue, monkeypatch):
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    made: dict = {}
    exec(app.code[-1].value, made)
    assert question(0) in repr(made["item"]) and made["standing"].left == 4
    exec(opened(ws, PAGE, monkeypatch, **{"as": "ana"}).code[-1].value, made)
    assert made["mine"]["queue_id"].tolist() == [queue]


def test_nothing_secret_is_in_what_the_page_holds(ws, monkeypatch):
    queue = ws.make_queue(SAMPLE, gold="adjudicated", gold_share=0.3).queue_id
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    held = []
    for _ in range(5):
        held += [shown(app), said(app), kept(app), str(app.query_params)]
        press(app, "I cannot say")
        held += [shown(app), said(app), kept(app), str(app.query_params)]
        for label in ("grounded", "tone", "Pass", "Save and next"):
            press(app, label)
    everything = "\n".join(held).casefold()
    assert question(1) in everything and answer(1).casefold() in everything
    for secret in SECRETS:
        assert secret.casefold() not in everything, f"the page holds {secret!r}"


# --- a server for annotators ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [page for page in PAGES if page != PAGE])
def test_every_other_page_refuses_on_a_server_for_annotators(ws, queue, page, monkeypatch):
    """The page itself, as on a server that has just started, without the router in front of it."""
    monkeypatch.setenv("WORKBENCH", str(ws.path))
    monkeypatch.setenv(ONLY, "queue")
    app = AppTest.from_file(str(ROOT / page), default_timeout=60)
    app.query_params["trace"] = trace_id(0)
    app.run()
    assert not app.exception and "not served here" in app.error[0].value
    drawn = [*app.markdown, *app.caption, *app.text, *app.title, *app.button, *app.dataframe, *app.selectbox, *app.code]
    assert not drawn and not app.sidebar.children and not shown(app)


@pytest.mark.parametrize("what", ["queue", "everything", " "])
def test_on_such_a_server_the_queue_is_all_there_is(ws, queue, what, monkeypatch):
    monkeypatch.setenv("WORKBENCH", str(ws.path))
    monkeypatch.setenv(ONLY, what)
    assert may_draw("Queue") == (what == "queue") and not may_draw("Map"), "what is not known serves nothing"
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    if what != "queue":
        assert "No page is served here" in app.error[0].value and not app.exception
        return
    app.query_params["as"] = "ana"
    app.switch_page(PAGE).run()
    assert not app.exception and "first round" in said(app)
    assert [each.label for each in app.get("page_link")] == ["Queue"]
    assert not app.get("expandable") or all(
        "Run the labelling" not in str(each.proto) for each in app.get("expandable")
    )
    ws.close_queue(queue)


def test_the_name_of_every_page_is_the_one_in_the_menu():
    """The frame refuses by the title it is given, so that has to be the page's own."""
    for pages in SECTIONS.values():
        for path, title, _ in pages:
            assert f'ui.frame("{title}"' in (ROOT / path).read_text(encoding="utf-8"), path


def test_the_command_line_starts_such_a_server(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from workbench.cli import cli

    Workspace.create(tmp_path / "w")
    started: list = []
    monkeypatch.setattr("os.execve", lambda program, command, environment: started.append((command, environment)))
    monkeypatch.setattr("os.chdir", lambda folder: None)
    shown = CliRunner().invoke(cli, ["-w", str(tmp_path / "w"), "app", "--no-open", "--only", "queue"])
    assert shown.exit_code == 0, shown.output
    command, environment = started[0]
    assert environment[ONLY] == "queue" and "--client.showErrorDetails=none" in command
    CliRunner().invoke(cli, ["-w", str(tmp_path / "w"), "app", "--no-open"])
    assert ONLY not in started[1][1] and "--client.showErrorDetails=none" not in started[1][0]
    assert CliRunner().invoke(cli, ["app", "--only", "map"]).exit_code == 2


def test_a_judgement_given_elsewhere_is_not_shown_either(ws, queue, monkeypatch):
    ws.save_reading(trace_id(0), "ana", outcome="fail", note="read before")
    app = opened(ws, PAGE, monkeypatch, queue=queue, **{"as": "ana"})
    press(app, "I cannot say")
    assert not [each for each in app.button if each.proto.type == "primary" and each.label in ("Pass", "Fail")]
    assert GIVEN and "read before" not in said(app) + shown(app)
