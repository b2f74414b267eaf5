"""Snapshots of retrieval in the store, on both databases: whole or not at all, in the order of what they are of."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from workbench.store import Store

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path, database_url):
    with Store.create(tmp_path / "w", database_url=database_url) as made:
        yield made


def snapshot(name: str, days: int) -> dict:
    return {"snapshot_id": name, "version": 1, "source": "file", "as_of": NOON + timedelta(days=days),
            "taken_at": NOON, "taken_by": "ana"}  # fmt: skip


def test_what_was_written_comes_back_in_the_order_of_time(store) -> None:
    before = store.revision(), store.traces_revision()
    rows = [
        {"case_id": "a", "trace_id": "t1", "fetched": [["kb-2", 0.9], ["kb-1", None]]},
        {"case_id": "b", "trace_id": None, "fetched": []},
    ]
    store.add_retrieval_snapshot(snapshot("later", 2), rows)
    store.add_retrieval_snapshot(snapshot("earlier", 1), [])
    assert [(row["snapshot_id"], row["n"]) for row in store.retrieval_snapshots()] == [("earlier", 0), ("later", 2)]
    assert store.retrieval_snapshots()[1]["as_of"] == NOON + timedelta(days=2)
    assert store.retrievals("later") == rows and store.retrievals("earlier") == []
    assert store.revision() > before[0] and store.traces_revision() == before[1]


def test_a_case_twice_is_no_snapshot(store) -> None:
    row = {"case_id": "a", "trace_id": None, "fetched": [["kb-1", 0.5]]}
    with pytest.raises(sa.exc.IntegrityError):
        store.add_retrieval_snapshot(snapshot("one", 1), [row, row])
    assert store.retrieval_snapshots() == []
