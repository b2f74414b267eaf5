"""Runs in the store, on both databases: one row a case, a failed attempt is replaced, verdicts beside answers."""

import pytest

from workbench.errors import WorkspaceBusy
from workbench.store import Store


@pytest.fixture
def store(tmp_path, database_url):
    with Store.create(tmp_path / "w", database_url=database_url) as made:
        yield made


def answered(text: str) -> dict:
    return {"state": "answered", "output": text, "latency_ms": 1.5}


def test_a_case_is_one_row_whatever_came_before(store) -> None:
    store.add_run("run-1", version=2, release="r1", plan={"target": "f", "trip_wire": False})
    store.keep_result("run-1", "a", {"state": "failed", "error": "exit status 1"})
    store.keep_result("run-1", "b", answered("two"))
    store.keep_result("run-1", "a", answered("one"))
    store.keep_result("run-2", "a", answered("of another"))
    rows = {row["case_id"]: row for row in store.run_results("run-1")}
    assert (rows["a"]["output"], rows["a"]["error"], rows["a"]["passed"]) == ("one", None, None)
    assert store.run_counts() == {"run-1": {"answered": 2}, "run-2": {"answered": 1}}
    store.score_results("run-1", [{"case_id": "a", "passed": False, "score": 0.5, "scorer": "exact"}])
    rows = {row["case_id"]: row for row in store.run_results("run-1")}
    assert (rows["a"]["passed"], rows["a"]["score"], rows["b"]["passed"]) == (False, 0.5, None)
    assert store.run_results("run-2")[0]["passed"] is None
    store.finish_run("run-1")
    [run] = store.runs()
    assert run["plan"]["target"] == "f" and run["finished_at"] >= run["started_at"]


def test_writing_an_answer_raises_the_revision_but_not_that_of_traces(store) -> None:
    before = store.revision(), store.traces_revision()
    store.keep_result("run-1", "a", answered("one"))
    assert store.revision() > before[0] and store.traces_revision() == before[1]


def test_one_holder_at_a_time(store) -> None:
    import threading

    refused = []

    def other() -> None:
        try:
            with store.running("run-1"):
                pass
        except WorkspaceBusy as error:
            refused.append(str(error))

    with store.running("run-1"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1 and "run-1" in refused[0]
    other()
    assert len(refused) == 1
