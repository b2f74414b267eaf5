"""The verbs of queues: what each gives back and to whom, answers before the reveal, late answers, hand-over, gold."""

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from labelling_workspace import (
    COLLEAGUE,
    GIVEN,
    GOLD,
    SAMPLE,
    SECRETS,
    answer,
    make_labelling,
    question,
    trace_id,
)

from workbench import Workspace
from workbench.errors import BadRequest, NotReady, SlotTaken, UnknownName

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = timedelta(minutes=31)


@pytest.fixture
def ws(tmp_path: Path, database_url: str | None) -> Any:
    made = make_labelling(tmp_path / "w", database_url=database_url)
    yield made
    made.store.close()


def judged(ws: Workspace, queue: str, name: str, *, now: datetime = NOON, **said: Any) -> Any:
    """Take the next item, say that there is no answer, judge it."""
    item = ws.queue_item(queue, name, now=now)
    if item is None:
        return None
    ws.answer_item(queue, item.slot_id, name, declined=True, now=now)
    ws.save_item(queue, item.slot_id, name, **{"outcome": "pass", "dimensions": GIVEN, "now": now, **said})
    return item


def traces_of(ws: Workspace, queue: str) -> pd.DataFrame:
    return pd.DataFrame(ws.store.queue_slots(queue))


def strings(value: Any) -> list[str]:
    """Every string anywhere in a value, keys of mappings too."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [text for field in dataclasses.fields(value) for text in strings(getattr(value, field.name))]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for part in pair for text in strings(part)]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for each in value for text in strings(each)]
    if isinstance(value, pd.DataFrame):
        return strings(value.to_dict("records"))
    return [str(value)]


# --- blind ---------------------------------------------------------------------------------------------------------


def test_nothing_that_must_not_be_seen_is_in_what_the_verbs_give_back(ws):
    report = ws.make_queue(SAMPLE, gold="adjudicated", gold_share=0.2, annotators=["ana", "cem"], now=NOON)
    queue, seen, shown_gold = report.queue_id, [], 0
    gold = {trace_id(12), trace_id(13)}
    while (item := ws.queue_item(queue, "ana", now=NOON)) is not None:
        slot = next(each for each in ws.store.queue_slots(queue) if each["slot_id"] == item.slot_id)
        place = int(slot["trace_id"][-2:])
        before = strings(item)
        assert question(place) in before and answer(place) not in "\n".join(before) and item.output is None
        shown_gold += slot["trace_id"] in gold
        revealed = ws.answer_item(queue, item.slot_id, "ana", f"my own words on parcel {place}", now=NOON)
        assert revealed.output == answer(place)
        saved = ws.save_item(queue, item.slot_id, "ana", outcome="pass", dimensions=GIVEN, now=NOON)
        again = ws.last_item(queue, "ana")
        rest = (ws.queue_standing(queue, "ana"), ws.my_queues("ana"))
        seen += [*before, *strings(revealed), *strings(saved), *strings(again), *strings(rest), repr(item), repr(again)]
    everything = "\n".join(seen).casefold()
    assert shown_gold == 2 and len(everything) > 10_000
    for secret in SECRETS:
        assert secret.casefold() not in everything, f"{secret!r} was given to an annotator"
    assert "gold" not in everything.replace("gold_first", "")


def test_gold_items_cannot_be_told_by_number_place_or_shape(ws):
    queue = ws.make_queue(SAMPLE, gold="adjudicated", gold_share=0.2, now=NOON).queue_id
    items = []
    while (item := judged(ws, queue, "ana")) is not None:
        items.append(item)
    slots = traces_of(ws, queue).set_index("slot_id")
    mine = slots.loc[[item.slot_id for item in items]]
    assert mine["gold"].sum() == 2 and not mine["gold"].iloc[0:0].any()
    numbers = [item.slot_id for item in items]
    assert numbers != sorted(numbers), "numbers are drawn at random"
    shapes = {json.dumps([sorted(turn) for turn in item.messages]) for item in items}
    assert len(shapes) == 1 and [item.place for item in items] == list(range(1, 15))
    assert [item.done + item.left for item in items] == [14] * 14, "the total does not jump when a gold item comes"


def test_a_server_in_another_language_of_names_masks_the_model_in_the_conversation(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    item = ws.queue_item(queue, "ana", now=NOON)
    assert item.messages[0]["content"] == "You are [model] by [model]. Find parcels."
    assert item.passages == ({"title": "Depots", "text": "Depot 0."},)
    assert [turn.get("calls") for turn in item.messages if turn.get("calls")] == [
        [{"name": "find_parcel", "arguments": '{"parcel": 0}'}]
    ]


# --- answer first --------------------------------------------------------------------------------------------------


def test_no_judgement_before_the_own_answer_and_none_without_what_it_needs(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id

    def save(**said):
        return ws.save_item(queue, slot, "ana", now=NOON, **said)

    with pytest.raises(NotReady, match="comes first"):
        save(outcome="pass", dimensions=GIVEN)
    for bad in ({}, {"answer": "  "}, {"answer": "x", "declined": True}):
        with pytest.raises(BadRequest, match="declined=True"):
            ws.answer_item(queue, slot, "ana", now=NOON, **bad)
    ws.answer_item(queue, slot, "ana", "At the depot, says Mary Jones.", now=NOON)
    with pytest.raises(BadRequest, match="one of pass, fail, defer"):
        save(outcome="good", dimensions=GIVEN)
    with pytest.raises(BadRequest, match="no value was given for tone"):
        save(outcome="pass", dimensions={"grounded": "pass"})
    with pytest.raises(BadRequest, match="tone has the values curt, neutral, warm"):
        save(outcome="pass", dimensions={**GIVEN, "tone": "icy"})
    with pytest.raises(UnknownName, match="'wit'"):
        save(outcome="pass", dimensions={**GIVEN, "wit": "dry"})
    with pytest.raises(BadRequest, match="without a critique"):
        save(outcome="fail", dimensions=GIVEN)
    assert ws.labels(annotator="ana").empty
    saved = save(outcome="fail", dimensions=GIVEN, critique="no date, says Mary Jones")
    assert (saved.labels, saved.done, saved.left) == (3, 1, 11)
    labels = ws.labels(annotator="ana").set_index("dimension")
    assert labels["value"].to_dict() == {"outcome": "fail", **GIVEN}
    outcome = labels.loc["outcome"]
    assert outcome["gold_answer"] == "At the depot, says <PERSON_1>." and outcome["note"] == "no date, says <PERSON_1>"
    assert set(labels["rubric_version"]) == {1} and set(labels["round"]) == {"blind"}
    assert set(labels["annotator_kind"]) == {"human"} and set(labels["trace_id"]) == {trace_id(0)}
    saw = json.loads(outcome["saw"])
    assert saw == {
        "page": "queue", "queue": queue, "slot": slot, "shown": ["messages", "passages", "output"],
        "answer": "before", "anchored": False, "similarity": None,
    }  # fmt: skip


def test_who_copies_the_output_is_anchored_before_or_after_the_reveal(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    own = "Somewhere between the depot and the customer, I would not promise any hour of arrival."
    answers = [
        ("ana", answer(0), None, "before", True),  # knew the output beforehand
        ("ana", own, answer(1).replace(" and", ", and") + "!", "after", True),  # took it over after the reveal
        ("ana", own, own + " Sorry.", "after", False),
        ("ben", own, None, "before", False),
        ("ben", "Tomorrow.", None, "before", False),  # too short to say
    ]
    for name, first, changed, when, anchored in answers:
        slot = ws.queue_item(queue, name, now=NOON).slot_id
        ws.answer_item(queue, slot, name, first, now=NOON)
        if changed:
            assert ws.answer_item(queue, slot, name, changed, now=NOON).answer == changed
        ws.save_item(queue, slot, name, outcome="pass", dimensions=GIVEN, now=NOON)
        saw = json.loads(ws.labels(annotator=name, newest=False)["saw"].iloc[-1])
        assert (saw["answer"], saw["anchored"]) == (when, anchored)
    found = ws.anchored(queue).set_index("annotator")
    assert found.loc["ana", ["answers", "comparable", "anchored", "after"]].tolist() == [3, 3, 2, 2]
    assert found.loc["ben", ["answers", "comparable", "anchored", "after"]].tolist() == [2, 1, 0, 0]
    share = found.loc["ana"]
    assert share["anchored_share"] == pytest.approx(2 / 3) and share["low"] < 2 / 3 < share["high"]
    progress = ws.queue_progress(queue, now=NOON).set_index("annotator")
    assert progress.loc["ana", "anchored"] == 2 and progress.loc["ben", "done"] == 2


def test_the_same_answer_sent_twice_is_no_change_and_another_after_the_reveal_is(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    for second in (0, 5):
        ws.answer_item(queue, slot, "ana", "at the depot", now=NOON + timedelta(seconds=second))
    ws.save_item(queue, slot, "ana", outcome="pass", dimensions=GIVEN, now=NOON)
    assert json.loads(ws.labels(annotator="ana")["saw"].iloc[0])["answer"] == "before"


def test_an_item_that_cannot_be_judged_is_passed_on_without_a_look(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    ws.save_item(queue, slot, "ana", outcome="defer", now=NOON)
    label = ws.labels(annotator="ana").iloc[0]
    assert label["value"] == "defer" and json.loads(label["saw"])["shown"] == ["messages", "passages"]
    assert ws.queue_item(queue, "ana", now=NOON).slot_id != slot
    assert ws.queue_progress(queue, now=NOON).set_index("annotator").loc["ana", "deferred"] == 1


def test_without_gold_first_the_output_is_there_at_once_and_answers_are_known_as_later(ws):
    queue = ws.make_queue(SAMPLE, gold_first=False, now=NOON).queue_id
    item = ws.queue_item(queue, "ana", now=NOON)
    assert item.output == answer(0)
    ws.save_item(queue, item.slot_id, "ana", outcome="pass", dimensions=GIVEN, now=NOON)
    item = ws.queue_item(queue, "ana", now=NOON)
    ws.answer_item(queue, item.slot_id, "ana", "own words", now=NOON)
    ws.save_item(queue, item.slot_id, "ana", outcome="pass", dimensions=GIVEN, now=NOON)
    said = ws.labels(annotator="ana")
    answers = [json.loads(saw)["answer"] for saw in said[said["dimension"] == "outcome"]["saw"]]
    assert answers == ["declined", "after"]


def test_drafts_are_kept_redacted_and_come_back(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    ws.draft_item(queue, slot, "ana", answer="ask Mary Jones", now=NOON)
    item = ws.queue_item(queue, "ana", now=NOON)
    assert item.answer == "ask <PERSON_1>" and not item.revealed and not item.declined
    ws.answer_item(queue, slot, "ana", item.answer, now=NOON)
    said = {"outcome": "fail", "dimensions": {"tone": "curt"}, "critique": "curt to Mary Jones"}
    ws.draft_item(queue, slot, "ana", said=said, now=NOON)
    ws.draft_item(queue, slot, "ana", answer="too late for a draft", now=NOON)
    item = ws.queue_item(queue, "ana", now=NOON)
    assert item.said == {**said, "critique": "curt to <PERSON_1>"} and item.answer == "ask <PERSON_1>"
    stored = str(ws.store.last_slot(queue, "ana")) + str(ws.store.claim_slot(queue, slot, "ana", now=NOON))
    assert "Mary" not in stored


# --- reservations --------------------------------------------------------------------------------------------------


def test_a_hold_is_kept_renewed_and_runs_out(ws):
    queue = ws.make_queue(SAMPLE, per_item=1, now=NOON).queue_id
    before = ws.revision
    first = ws.queue_item(queue, "ana", now=NOON)
    assert ws.queue_item(queue, "ana", now=NOON + timedelta(minutes=29)).slot_id == first.slot_id
    other = ws.queue_item(queue, "ben", now=NOON + timedelta(minutes=58))
    assert other.slot_id != first.slot_id, "renewed by asking for it"
    assert ws.queue_item(queue, "cem", now=NOON + timedelta(minutes=59)).slot_id == first.slot_id
    assert ws.revision == before, "holds are nobody's business"
    ws.answer_item(queue, other.slot_id, "ben", declined=True, now=NOON + timedelta(minutes=60))
    ws.save_item(queue, other.slot_id, "ben", outcome="pass", dimensions=GIVEN, now=NOON + timedelta(minutes=60))
    assert ws.revision == before + 1


def test_a_late_answer_counts_as_long_as_nobody_else_has_the_item(ws):
    queue = ws.make_queue(SAMPLE, per_item=1, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    ws.answer_item(queue, slot, "ana", "late but mine", now=NOON + LATER)
    assert ws.save_item(queue, slot, "ana", outcome="pass", dimensions=GIVEN, now=NOON + 3 * LATER).labels == 3
    assert ws.store.last_slot(queue, "ana")["answer"] == "late but mine"


def test_a_late_answer_to_an_item_of_somebody_else_is_refused_and_takes_nothing_from_them(ws):
    queue = ws.make_queue(SAMPLE, per_item=1, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    taken = ws.queue_item(queue, "ben", now=NOON + LATER)
    assert taken.slot_id == slot
    ws.answer_item(queue, slot, "ben", "the other answer", now=NOON + LATER)
    for act in (
        lambda: ws.answer_item(queue, slot, "ana", "my answer", now=NOON + LATER),
        lambda: ws.draft_item(queue, slot, "ana", answer="x", now=NOON + LATER),
        lambda: ws.save_item(queue, slot, "ana", outcome="defer", now=NOON + LATER),
    ):
        with pytest.raises(SlotTaken, match="given to somebody else"):
            act()
    assert ws.queue_item(queue, "ben", now=NOON + LATER).answer == "the other answer"
    assert ws.labels(annotator="ana").empty
    ws.save_item(queue, slot, "ben", outcome="pass", dimensions=GIVEN, now=NOON + LATER)
    with pytest.raises(SlotTaken):
        ws.save_item(queue, slot, "ana", outcome="pass", dimensions=GIVEN, now=NOON + LATER)


def test_what_somebody_began_is_handed_out_last_and_without_their_words(ws):
    queue = ws.make_queue(SAMPLE, per_item=1, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    ws.answer_item(queue, slot, "ana", "ana's own words", now=NOON)
    order = []
    while (item := ws.queue_item(queue, "ben", now=NOON + LATER)) is not None:
        order.append(item.slot_id)
        assert item.answer is None and item.output is None
        ws.save_item(queue, item.slot_id, "ben", outcome="defer", now=NOON + LATER)
    assert order[-1] == slot and len(order) == 12
    assert ws.queue_item(queue, "ana", now=NOON + LATER) is None


def test_who_has_seen_an_output_and_lost_the_item_gets_it_last_and_their_answer_is_known_as_after(ws):
    queue = ws.make_queue(SAMPLE, per_item=2, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    ws.answer_item(queue, slot, "ana", declined=True, now=NOON)
    later = NOON + LATER
    other = ws.queue_item(queue, "ben", now=later).slot_id  # the other slot of the same trace
    while (item := ws.queue_item(queue, "dee", now=later)) is not None:
        last = item.slot_id
        ws.save_item(queue, last, "dee", outcome="defer", now=later)
    assert last == slot, "what ana has begun is given to others last"
    later += LATER  # ben has gone too, without a word written
    while (item := ws.queue_item(queue, "ana", now=later)) is not None:
        assert item.output is None
        last = item.slot_id
        ws.answer_item(queue, last, "ana", "in words of my own", now=later)
        ws.save_item(queue, last, "ana", outcome="pass", dimensions=GIVEN, now=later)
    assert last == other
    said = ws.labels(annotator="ana")
    when = {json.loads(row.saw)["answer"]: row.trace_id for row in said[said["dimension"] == "outcome"].itertuples()}
    assert when["after"] == trace_id(0) and len(said) == 36


def test_people_not_on_the_list_and_queues_that_are_not_there_are_told_so(ws):
    queue = ws.make_queue(SAMPLE, annotators=["ana", "ben"], now=NOON).queue_id
    with pytest.raises(BadRequest, match="not for the name 'cem'"):
        ws.queue_item(queue, "cem")
    with pytest.raises(UnknownName, match="no queue 'q-0'"):
        ws.queue_item("q-0", "ana")
    with pytest.raises(BadRequest, match="no such item"):
        ws.save_item(queue, 1, "ana", outcome="defer")
    assert ws.my_queues("cem").empty and ws.my_queues("ana")["queue_id"].tolist() == [queue]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"per_item": 3, "annotators": ["ana", "ben"]}, "only 2 may label"),
        ({"per_item": 0}, "per_item of 1 to 50"),
        ({"overlap": 1.5}, "overlap of 0 to 1"),
        ({"minutes": 0}, "minutes of 1"),
        ({"assign": "fixed"}, "named people"),
        ({"assign": "later"}, "'later'"),
        ({"gold": ["gone"]}, "1 of 1 gold ids"),
        ({"gold": "all"}, "'adjudicated'"),
        ({"annotators": ["ana@example.com", "b"]}, "may be no address"),
    ],
)
def test_a_queue_that_cannot_be_is_refused_in_words(ws, wrong, told):
    with pytest.raises(BadRequest, match=told):
        ws.make_queue(SAMPLE, **wrong)
    assert ws.queues().empty
    with pytest.raises(UnknownName):
        ws.make_queue("s-none")


# --- who gets what -------------------------------------------------------------------------------------------------


def test_an_open_queue_gives_out_exactly_what_is_planned(ws):
    report = ws.make_queue(SAMPLE, per_item=3, overlap=0.5, seed=4, now=NOON)
    assert (report.items, report.shared, report.slots) == (12, 6, 24)
    names = ["ana", "ben", "cem", "dee"]
    while any(judged(ws, report.queue_id, name) is not None for name in names):
        pass
    slots = traces_of(ws, report.queue_id)
    assert (slots["state"] == "done").all() and sorted(slots.groupby("trace_id").size()) == [1] * 6 + [3] * 6
    assert not slots.duplicated(["trace_id", "annotator"]).any()
    said = ws.labels()
    said = said[said["rubric_version"].notna() & (said["dimension"] == "tone")]
    assert len(said) == 24


def test_a_fixed_queue_gives_each_what_is_theirs(ws):
    report = ws.make_queue(SAMPLE, per_item=2, annotators=["ana", "ben", "cem"], assign="fixed", now=NOON)
    assert report.per_person == {"ana": 8, "ben": 8, "cem": 8}
    slots = traces_of(ws, report.queue_id)
    mine = set(slots[slots["assigned"] == "ana"]["trace_id"])
    first = ws.queue_item(report.queue_id, "ana", now=NOON)
    assert (first.place, first.done + first.left) == (1, 8)
    while judged(ws, report.queue_id, "ana") is not None:
        pass
    assert set(ws.labels(annotator="ana")["trace_id"]) == mine and ws.queue_standing(report.queue_id, "ana").left == 0
    assert ws.queue_progress(report.queue_id, now=NOON).set_index("annotator")["open"].to_dict() == {
        "ana": 0, "ben": 8, "cem": 8
    }  # fmt: skip


@pytest.mark.parametrize("to", [None, "ben", "dee"])
def test_a_hand_over_moves_what_is_open_and_nobody_gets_a_trace_twice(ws, to):
    report = ws.make_queue(SAMPLE, per_item=2, annotators=["ana", "ben", "cem"], assign="fixed", now=NOON)
    queue = report.queue_id
    for _ in range(2):
        judged(ws, queue, "ana")
    ws.queue_item(queue, "ana", now=NOON)
    done = ws.hand_over(queue, "ana", to, now=NOON)
    assert done.released == 1 and sum(done.moved.values()) + done.stuck == 6
    slots = traces_of(ws, queue)
    assert not slots.duplicated(["trace_id", "assigned"]).any()
    if to == "dee":
        assert done.moved == {"dee": 6}, "somebody new can take all"
        assert ws.queue_item(queue, "dee", now=NOON) is not None
    elif to is None:
        assert done.stuck == 0 and set(done.moved) == {"ben", "cem"} and max(done.moved.values()) <= 4
    assert slots[(slots["assigned"] == "ana") & (slots["state"] == "open")].shape[0] == done.stuck
    with pytest.raises(BadRequest, match="theirs already"):
        ws.hand_over(queue, "ana", "ana")


def test_what_nobody_else_may_take_stays_and_is_counted(ws):
    queue = ws.make_queue(SAMPLE, per_item=2, annotators=["ana", "ben"], assign="fixed", now=NOON).queue_id
    done = ws.hand_over(queue, "ana", now=NOON)
    assert (done.moved, done.stuck) == ({}, 12) and "nobody else can take them" in str(done)
    assert ws.queue_item(queue, "ana", now=NOON) is not None


def test_an_open_queue_hands_over_by_letting_go(ws):
    queue = ws.make_queue(SAMPLE, per_item=1, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    assert ws.hand_over(queue, "ana", now=NOON).released == 1
    assert ws.queue_item(queue, "ben", now=NOON).slot_id == slot


def test_a_closed_queue_gives_nothing_out_and_still_takes_what_is_held(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    slot = ws.queue_item(queue, "ana", now=NOON).slot_id
    ws.close_queue(queue, now=NOON)
    assert ws.queue_item(queue, "ben", now=NOON) is None and ws.queue_standing(queue, "ben").closed
    ws.save_item(queue, slot, "ana", outcome="defer", now=NOON)
    assert ws.queue_item(queue, "ana", now=NOON) is None
    free = next(each["slot_id"] for each in ws.store.queue_slots(queue) if each["state"] == "open")
    with pytest.raises(BadRequest, match="was closed"):
        ws.save_item(queue, free, "ben", outcome="defer", now=NOON)
    ws.reopen_queue(queue)
    assert ws.queue_item(queue, "ben", now=NOON) is not None


def test_gold_is_asked_of_everybody_and_checked_against_what_is_known(ws):
    known = {trace_id(12): {"outcome": "pass", "grounded": "fail"}, trace_id(3): {}}
    report = ws.make_queue(SAMPLE, per_item=1, gold=known, gold_share=0.5, annotators=["ana", "ben"], now=NOON)
    assert report.items == 11 and report.gold == 2 and any("no answer is known yet" in each for each in report.notices)
    for name in ("ana", "ben"):
        for _ in range(7):
            judged(ws, report.queue_id, name, outcome="pass")
    checks = ws.gold_checks(report.queue_id)
    of_12 = checks[checks["trace_id"] == trace_id(12)]
    assert set(of_12["annotator"]) == {"ana", "ben"} and set(checks["trace_id"]) == {trace_id(12)}
    ana = of_12[of_12["annotator"] == "ana"].set_index("dimension")
    assert ana["missed"].to_dict() == {"outcome": False, "grounded": True, "tone": True}
    assert ana.loc["tone", ["expected", "given"]].tolist() == ["warm", "neutral"], (
        "adjudicated, where nothing was given"
    )
    assert ws.gold_checks().equals(checks)
    progress = ws.queue_progress(report.queue_id, now=NOON).set_index("annotator")
    assert progress["gold_done"].to_dict() == {"ana": 2, "ben": 2}


def test_the_name_that_annotators_see_tells_nothing_of_the_sample(ws):
    report = ws.make_queue(SAMPLE, now=NOON)
    assert report.name == "12 items, 25 Nov 2026"
    assert ws.make_queue(SAMPLE, name=" asked by  Mary Jones ", now=NOON).name == "asked by <PERSON_1>"


def test_a_queue_keeps_the_rubric_it_was_made_under(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    ws.change_rubric(
        add=[{"name": "brevity", "values": ["fail", "pass"], "failure": "fail", "definition": "Says no more."}],
        author="lead",
        reason="more",
    )
    judged(ws, queue, "ana")
    assert set(ws.labels(annotator="ana")["rubric_version"]) == {1}
    assert ws.make_queue(SAMPLE, now=NOON).rubric_version == 2


# --- changing one's mind -------------------------------------------------------------------------------------------


def test_the_last_item_can_be_said_anew_and_the_newest_counts(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    assert ws.last_item(queue, "ana") is None
    judged(ws, queue, "ana")
    last = ws.last_item(queue, "ana")
    assert last.state == "done" and last.said["outcome"] == "pass" and last.said["dimensions"] == GIVEN
    changed = ws.save_item(
        queue, last.slot_id, "ana", outcome="fail", dimensions=GIVEN, critique="on second thought", now=NOON
    )
    assert changed.labels == 1 and changed.done == 1, "only what is new is written"
    assert ws.labels(annotator="ana").set_index("dimension").loc["outcome", "value"] == "fail"
    assert len(ws.labels(annotator="ana", newest=False)) == 4


def test_undo_by_reading_leaves_the_queue_alone_and_the_other_way_round(ws):
    queue = ws.make_queue(SAMPLE, now=NOON).queue_id
    ws.save_reading(trace_id(0), "ana", outcome="defer", saw={"page": "read"})
    judged(ws, queue, "ana", now=datetime.now(UTC))
    assert ws.labels(annotator="ana").set_index("dimension").loc["outcome", "value"] == "pass"
    undone = ws.undo("ana")
    assert undone is not None and undone.dimensions == ("outcome",), "the reading's, not the queue's"
    assert ws.labels(annotator="ana").set_index("dimension").loc["outcome", "value"] == "pass", "what came later counts"
    assert ws.undo("ana") is None and len(ws.labels(annotator="ana")) == 3

    ws.save_reading(trace_id(0), "ana", outcome="fail", saw={"page": "read"})
    assert ws.undo("ana") is not None
    label = ws.labels(annotator="ana").set_index("dimension").loc["outcome"]
    assert label["value"] == "pass" and json.loads(label["saw"])["queue"] == queue, "the queue's label holds again"
    assert ws.undo("ana") is None


def test_colleagues_and_gold_answers_are_there_to_be_found(ws):
    said = ws.labels()
    assert COLLEAGUE in set(said["note"]) and GOLD in set(said["gold_answer"]), "or the search for them proves nothing"
