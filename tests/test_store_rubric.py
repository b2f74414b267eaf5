"""The versions of the rubric in the store, on SQLite and PostgreSQL alike: in order, and never two of one number."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.errors import RubricChanged
from workbench.rubric import Rubric, RubricDimension
from workbench.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TONE = RubricDimension("tone", "ordinal", ("curt", "neutral", "wärm"), "curt", "how\nit \x00 speaks")


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    with Store.create(tmp_path / "w", database_url=database_url) as made:
        yield made


def add(store: Store, version: int, author: str = "ana") -> None:
    store.add_rubric_version(version, changed_at=NOON, author=author, reason="because", dimensions=[TONE.to_dict()])


def test_versions_come_back_in_order_and_as_they_were(store: Store) -> None:
    assert store.rubric_versions() == []
    before = store.revision()
    add(store, 1)
    add(store, 2, "ben")
    assert store.revision() == before + 2
    found = store.rubric_versions()
    assert [(row["version"], row["author"], row["reason"]) for row in found] == [
        (1, "ana", "because"),
        (2, "ben", "because"),
    ]
    assert found[0]["changed_at"] == NOON and [row["version"] for row in store.rubric_versions(after=1)] == [2]
    assert Rubric.from_dicts(1, found[0]["dimensions"]).get("tone") == TONE


@pytest.mark.parametrize("version", [1, 3, 0])
def test_only_the_next_number_is_taken(store: Store, version: int) -> None:
    add(store, 1)
    with pytest.raises(RubricChanged, match="by ana, to version 1"):
        add(store, version, "ben")
    assert len(store.rubric_versions()) == 1


def test_a_number_that_nothing_leads_to_is_refused(store: Store) -> None:
    with pytest.raises(RubricChanged, match="older copy"):
        add(store, 2)


def test_of_eight_at_the_same_moment_one_wins(store: Store) -> None:
    def attempt(number: int) -> bool:
        try:
            add(store, 1, f"person {number}")
        except RubricChanged:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))
    assert won.count(True) == 1
    assert [row["author"] for row in store.rubric_versions()] == [f"person {won.index(True)}"]
