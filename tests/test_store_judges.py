"""Judges in the store, on SQLite and on PostgreSQL: a request is reserved once, an answer kept once with its label."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.store import Store
from workbench.store.judges import Asked

ASKED = Asked("strict", "hash", "t1", 0)
CLAIM = {"version": 1, "text_hash": "x", "seconds": 60}
LABEL = {"trace_id": "t1", "dimension": "outcome", "value": "pass", "annotator": "strict", "annotator_kind": "judge"}


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    with Store.create(tmp_path / "w", database_url=database_url) as made:
        yield made


def test_of_many_at_once_one_gets_a_request(store: Store) -> None:
    won: list[str] = []
    start = threading.Barrier(6)

    def claim(name: str) -> None:
        start.wait()
        for place in range(10):
            if store.claim_judgement(ASKED._replace(trace_id=f"t{place}"), run_id=name, **CLAIM):
                won.append(f"t{place}")

    threads = [threading.Thread(target=claim, args=(f"run-{number}",)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(won) == sorted(f"t{place}" for place in range(10))


def test_a_request_is_free_again_when_its_time_is_over_or_it_was_dropped(store: Store) -> None:
    assert store.claim_judgement(ASKED, run_id="a", **CLAIM)
    assert store.claim_judgement(ASKED, run_id="a", **CLAIM)  # its own
    assert not store.claim_judgement(ASKED, run_id="b", **CLAIM)
    store.renew_judgements("a", seconds=-1)
    assert store.claim_judgement(ASKED, run_id="b", **CLAIM)
    store.drop_judgement(ASKED, run_id="a", problem="no")  # not its own any more
    assert not store.claim_judgement(ASKED, run_id="c", **CLAIM)
    store.drop_judgement(ASKED, run_id="b", problem="status 500")
    (row,) = store.judgements("strict").to_dict("records")
    assert (row["state"], row["problem"]) == ("failed", "status 500")
    assert store.claim_judgement(ASKED, run_id="c", **CLAIM)


def test_the_first_answer_is_kept_with_its_label_and_a_second_is_not(store: Store) -> None:
    store.claim_judgement(ASKED, run_id="a", **CLAIM)
    answer = {"value": "pass", "critique": "fine\x00", "tokens_in": 7, "cost_usd": 0.5}
    before = store.revision()
    assert store.keep_judgement(ASKED, text_hash="x", answer=answer, label=LABEL)
    assert store.revision() == before + 1
    assert not store.keep_judgement(ASKED, text_hash="x", answer={"value": "fail"}, label={**LABEL, "value": "fail"})
    (row,) = store.judgements("strict", prompt_hash="hash").to_dict("records")
    assert (row["state"], row["value"], row["critique"], row["tokens_in"]) == ("answered", "pass", "fine\ufffd", 7)
    assert store.labels()["value"].tolist() == ["pass"]
    assert not store.claim_judgement(ASKED, run_id="b", **CLAIM)
    assert store.claim_judgement(ASKED, run_id="b", **{**CLAIM, "text_hash": "y"})  # another text is another request


def test_an_answer_whose_label_cannot_be_kept_is_not_kept_either(store: Store) -> None:
    store.claim_judgement(ASKED, run_id="a", **CLAIM)
    with pytest.raises(ValueError, match="needs trace_id"):
        store.keep_judgement(ASKED, text_hash="x", answer={"value": "pass"}, label={**LABEL, "trace_id": None})
    assert store.judgements("strict")["state"].tolist() == ["asked"]


def test_a_run_sets_free_what_it_has_reserved_and_leaves_its_outcome(store: Store) -> None:
    with store.judging("strict", 1, run_id="a", plan={"traces": 2}) as outcome:
        store.claim_judgement(ASKED, run_id="a", **CLAIM)
        assert store.judge_runs()[0]["ended_at"] is None
        with store.judging("strict", 1, run_id="b", plan={}):  # one that is alive keeps what it has
            assert not store.claim_judgement(ASKED, run_id="b", **CLAIM)
        outcome["answered"] = 0
    assert store.judgements("strict")["problem"].tolist() == ["the run ended before an answer came"]
    first = store.judge_runs("strict")[0]
    assert first["plan"] == {"traces": 2} and first["outcome"] == {"answered": 0} and first["ended_at"] is not None


def test_versions_and_looks_are_added_where_they_say_something_new(store: Store) -> None:
    told = {"author": "ann", "reason": "", "spec": {"b": 1, "a": 2}}
    assert store.add_judge_version("strict", **told, prompt_hash="1") == (1, True)
    assert store.add_judge_version("strict", **{**told, "spec": {"a": 2, "b": 1}}, prompt_hash="1") == (1, False)
    assert store.add_judge_version("strict", **told, prompt_hash="2") == (2, True)
    assert store.add_judge_version("other", **told, prompt_hash="1") == (1, True)
    assert [row["version"] for row in store.judge_versions("strict")] == [1, 2]
    assert store.judge_versions()[0]["judge"] == "other" and store.judge_versions()[0]["spec"] == {"a": 2, "b": 1}
    look = {"dimension": "outcome", "part": "test", "n": 9, "looked_by": "ann"}
    assert store.add_look("strict", 1, **look) and not store.add_look("strict", 1, **look)
    assert store.add_look("strict", 1, **{**look, "n": 10}) and len(store.judge_looks("strict")) == 2
    assert store.judge_looks("none").empty
