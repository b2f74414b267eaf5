"""Labels in the store: said twice is kept once, taken back is gone but not deleted, undo goes back step by step."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.store import Store

NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "w") as made:
        yield made


def said(value: str | None, **more: Any) -> dict[str, Any]:
    return {
        "trace_id": "t",
        "annotator": "ana",
        "dimension": "outcome",
        "value": value,
        "saw": {"page": "read"},
        **more,
    }


def code(value: str, **more: Any) -> dict[str, Any]:
    return said(value, dimension="code", **more)


def counting(store: Store) -> list[tuple[Any, ...]]:
    found = store.labels().to_dict("records")
    return sorted((row["dimension"], row["value"]) for row in found)


def test_a_label_said_five_times_is_kept_once(store: Store) -> None:
    assert [store.add_labels([said("fail")]) for _ in range(5)] == [1, 0, 0, 0, 0]
    assert len(store.labels(newest=False)) == 1
    assert store.add_labels([said("fail", annotator="ben")]) == 1
    assert store.add_labels([said("pass"), said("pass"), said("fail")]) == 2  # a change of mind, and back
    assert store.labels(annotator="ana")["value"].tolist() == ["fail"]


@pytest.mark.parametrize(
    "change",
    [{"severity": 3}, {"note": "curt"}, {"at": "message:2"}, {"codebook_version": 2}, {"round": "adjudicated"}],
)
def test_what_differs_in_what_it_says_is_another_label(store: Store, change: dict[str, Any]) -> None:
    store.add_labels([said("fail")])
    assert store.add_labels([said("fail", **change)]) == 1
    assert store.add_labels([said("fail", seconds=9.0, saw={"page": "other"}, **change)]) == 0


def test_a_file_read_twice_adds_nothing_and_a_change_of_mind_is_kept(store: Store) -> None:
    rows = [
        said(value, labelled_at=NOON + timedelta(hours=hour)) for hour, value in enumerate(("fail", "pass", "fail"))
    ]
    assert store.add_labels(rows) == 3
    assert store.add_labels(rows) == 0
    assert store.add_labels([*rows, said("fail", labelled_at=NOON + timedelta(hours=9))]) == 1
    assert len(store.labels(newest=False)) == 4


def test_what_is_said_last_counts_although_a_clock_is_behind(store: Store) -> None:
    ahead = datetime.now(UTC) + timedelta(days=2)
    store.add_labels([said("fail", labelled_at=ahead)])
    assert store.add_labels([said("pass")]) == 1
    assert store.labels()["value"].tolist() == ["pass"]


def test_what_is_taken_back_no_longer_counts_and_is_still_there(store: Store) -> None:
    store.add_labels([said("fail"), code("rude"), code("late", at="message:3"), code("late", at="message:5")])
    assert store.add_labels([code("late", at="message:3", withdrawn=True)]) == 1
    assert store.add_labels([code("late", at="message:3", withdrawn=True)]) == 0
    assert store.add_labels([code("never given", withdrawn=True)]) == 0
    found = store.labels()
    assert sorted(map(str, found[found["dimension"] == "code"]["at"])) == ["message:5", "nan"]
    assert len(store.labels(newest=False)) == 5
    assert store.query("SELECT count(*) AS n FROM labels").loc[0, "n"] == 3
    assert store.add_labels([code("late", at="message:3")]) == 1 and len(store.labels()) == 4


def test_undo_goes_back_one_save_at_a_time(store: Store) -> None:
    store.add_labels([said("pass")])
    store.add_labels([said("fail"), said("the dates are wrong", dimension="note", at="message:2")])
    store.add_labels([code("wrong_date", severity=2)])
    store.add_labels([code("wrong_date", severity=4)])
    assert store.undo_labels("ana")["severity"].tolist() == [4]
    assert store.labels()["severity"].dropna().tolist() == [2]
    assert store.undo_labels("ana")["value"].tolist() == ["wrong_date"]
    assert counting(store) == [("note", "the dates are wrong"), ("outcome", "fail")]
    assert len(store.undo_labels("ana")) == 2
    assert counting(store) == [("outcome", "pass")]
    store.add_labels([said("defer")])
    assert [len(store.undo_labels("ana")) for _ in range(3)] == [1, 1, 0]
    assert counting(store) == [] and len(store.labels(newest=False)) == 12


def test_undo_leaves_others_and_files_and_other_samples_alone(store: Store) -> None:
    store.add_sample([{"sample_id": "s", "trace_id": "t"}])
    store.add_labels([said("fail", saw=None, labelled_at=NOON)])
    store.add_labels([said("fail", annotator="ben")])
    assert store.undo_labels("ana").empty
    store.add_labels([said("pass", trace_id="elsewhere")])
    assert store.undo_labels("ana", sample_id="s").empty
    assert store.undo_labels("ana")["trace_id"].tolist() == ["elsewhere"]
    assert counting(store) == [("outcome", "fail"), ("outcome", "fail")]


def test_labels_of_a_sample_or_of_one_annotator(store: Store) -> None:
    store.add_sample([{"sample_id": "s", "trace_id": "t"}])
    store.add_labels([said("fail"), said("pass", annotator="ben"), said("pass", trace_id="u")])
    assert len(store.labels(sample_id="s")) == 2
    assert store.labels(sample_id="s", annotator="ana")["value"].tolist() == ["fail"]


steps = st.lists(
    st.tuples(st.sampled_from(["outcome", "note", "code"]), st.sampled_from("ab"), st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_undoing_everything_leads_back_to_nothing(store: Store, steps: list[tuple[str, str, bool]]) -> None:
    states, annotator = [counting(store)], f"a{len(store.labels(newest=False))}"
    for dimension, value, withdrawn in steps:
        row = said(value, dimension=dimension, withdrawn=withdrawn, annotator=annotator)
        if store.add_labels([row]):
            states.append(counting(store))
    for expected in reversed(states[:-1]):
        assert len(store.undo_labels(annotator)) == 1
        assert counting(store) == expected
    assert store.undo_labels(annotator).empty
