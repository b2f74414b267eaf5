"""Vectors by hash and maps by id: exact, aligned, and visible only when whole."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.errors import BadRequest, NotReady, UnknownName, WorkbenchError
from workbench.store import Store
from workbench.store.files import folder_name

NAMES = [
    "all-MiniLM-L6-v2",
    "BAAI/bge-small-en",
    "https://example.org/v1/embeddings",
    "..",
    "ünïcode name",
    "a/b",
    "a-b",
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "w") as made:
        yield made


# --- vectors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("embedder", NAMES)
def test_vectors_stay_inside_their_folder(store: Store, embedder: str) -> None:
    assert store.known_vectors(embedder) == set()
    assert store.add_vectors(embedder, ["h"], np.ones((1, 2), dtype=np.float32)) == 1
    assert store.known_vectors(embedder) == {"h"}
    (folder,) = (store.path / "vectors").iterdir()
    assert len(list(folder.iterdir())) == 1


def test_folder_names_are_different_for_different_embedders() -> None:
    assert len({folder_name(name) for name in NAMES}) == len(NAMES)
    assert folder_name("all-MiniLM-L6-v2") == "all-MiniLM-L6-v2"


def test_only_new_hashes_are_added_and_raise_the_revision(store: Store) -> None:
    assert store.add_vectors("e", ["a", "b", "a"], np.array([[1, 2], [3, 4], [5, 6]])) == 2
    assert store.revision() == 1
    assert store.add_vectors("e", ["b", "c"], np.array([[9, 9], [7, 8]])) == 1
    assert store.add_vectors("e", ["a"], np.array([[0, 0]])) == 0
    assert store.revision() == 2
    found = store.vectors("e", ["c", "a", "b", "a"])
    assert found.dtype == np.float32
    assert found.tolist() == [[7, 8], [1, 2], [3, 4], [1, 2]]
    assert store.known_vectors("e") == {"a", "b", "c"} and store.known_vectors("f") == set()


def test_missing_vectors_are_counted_not_listed(store: Store) -> None:
    store.add_vectors("e", ["a"], np.ones((1, 3)))
    with pytest.raises(NotReady, match="2 of 3 texts have no vector"):
        store.vectors("e", ["a", "x", "y"])
    assert store.vectors("e", []).shape == (0, 3)
    assert store.vectors("none", []).shape == (0, 0)


@pytest.mark.parametrize("vectors", [np.ones(3), np.ones((2, 3)), np.ones((1, 0)), np.array([[1.0, np.nan]])])
def test_a_wrong_array_is_a_mistake(store: Store, vectors: np.ndarray) -> None:
    with pytest.raises(ValueError, match="vector"):
        store.add_vectors("e", ["a"], vectors)
    assert store.known_vectors("e") == set() and store.revision() == 0


def test_an_embedder_keeps_its_length(store: Store) -> None:
    store.add_vectors("e", ["a"], np.ones((1, 3)))
    with pytest.raises(WorkbenchError, match="have length 3, the new ones 4"):
        store.add_vectors("e", ["b"], np.ones((1, 4)))


def test_the_file_has_the_documented_form(store: Store) -> None:
    store.add_vectors("e", ["a"], np.ones((1, 3)))
    (file,) = (store.path / "vectors" / "e").iterdir()
    assert str(pq.read_schema(file).field("vector").type).startswith("fixed_size_list<") and pq.read_schema(
        file
    ).names == ["text_hash", "vector"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    vectors=hnp.arrays(np.float32, st.tuples(st.integers(1, 6), st.just(3)), elements=st.floats(-1e6, 1e6, width=32)),
    order=st.randoms(),
)
def test_vectors_come_back_bit_for_bit_in_any_order(store: Store, vectors: np.ndarray, order) -> None:
    hashes = [f"{id(vectors)}-{row}-{vectors.tobytes().hex()}" for row in range(len(vectors))]
    store.add_vectors("h", hashes, vectors)
    rows = list(range(len(hashes))) * 2
    order.shuffle(rows)
    assert store.vectors("h", [hashes[row] for row in rows]).tobytes() == vectors[rows].tobytes()


# --- maps ---------------------------------------------------------------------------------------------------------

POINTS = pd.DataFrame(
    {"trace_id": ["a", "b"], "x": [0.25, 1.0], "y": [0.5, -1.0], "cluster": [0.0, np.nan], "near": [1, 0]}
)
CLUSTERS = pd.DataFrame({"cluster": [0], "keywords": [["refund", "late"]], "medoid": ["a"]})
ARRAYS = {"graph_index": np.arange(6, dtype=np.int32).reshape(2, 3), "order": np.array([1, 0])}


def save(store: Store, map_id: str = "m1", **more: object) -> None:
    content = {"points": POINTS, "clusters": CLUSTERS, "arrays": ARRAYS, "params": {"seed": 7}} | more
    store.save_map(map_id, **content)  # type: ignore[arg-type]


def test_a_map_comes_back(store: Store) -> None:
    assert store.newest_map() is None and len(store.maps()) == 0
    save(store)
    found = store.map("m1")
    assert found.points["trace_id"].tolist() == ["a", "b"] and found.points["near"].tolist() == [1, 0]
    assert found.points["cluster"].tolist() == [0, pd.NA] and str(found.points["cluster"].dtype) == "Int64"
    assert found.clusters.loc[0, "keywords"] == ["refund", "late"]
    assert found.params == {"seed": 7}
    assert found.arrays == ("graph_index", "order")
    assert found.array("graph_index").tobytes() == ARRAYS["graph_index"].tobytes()
    assert not found.array("order").flags.writeable
    assert json.loads((store.path / "maps" / "m1" / "map.json").read_text()) == {"seed": 7}
    assert store.revision() == 1
    with pytest.raises(UnknownName, match="graph_index, order"):
        found.array("../../secret")


def test_the_newest_map_is_the_last_stored(store: Store) -> None:
    for map_id in ("m2", "m10", "m1"):
        save(store, map_id)
    assert store.newest_map() == "m1" and store.maps()["map_id"].tolist() == ["m2", "m10", "m1"]
    assert store.maps()["params"].tolist() == [{"seed": 7}] * 3
    with pytest.raises(UnknownName, match="choose one of: m2, m10, m1"):
        store.map("m3")


def test_points_are_a_table_of_queries(store: Store) -> None:
    save(store)
    assert store.query("SELECT count(*) AS n, count(cluster) AS c FROM points").to_dict("list") == {"n": [2], "c": [1]}
    save(store, "m2", points=POINTS.iloc[:1])
    assert store.query("SELECT trace_id FROM points")["trace_id"].tolist() == ["a"]


def test_an_id_is_used_once(store: Store) -> None:
    save(store)
    with pytest.raises(BadRequest, match="already"):
        save(store, clusters=CLUSTERS.iloc[:0])
    assert len(store.map("m1").clusters) == 1 and store.revision() == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"map_id": "../m"}, "cannot name"),
        ({"map_id": ".hidden"}, "cannot name"),
        ({"arrays": {"a/b": np.ones(1)}}, "cannot name"),
        ({"points": POINTS.drop(columns="x")}, "'x'"),
        ({"points": POINTS.assign(x="left")}, "'x'"),
        ({"arrays": {"objects": np.array([{}], dtype=object)}}, "[Oo]bject"),
    ],
)
def test_a_bad_map_leaves_nothing(store: Store, more: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        save(store, **more)
    assert store.newest_map() is None and store.revision() == 0
    assert not list((store.path / "maps").iterdir())
    assert not [path for path in (store.path / ".scratch").iterdir() if path.is_dir()]


def test_a_map_that_never_became_visible_is_removed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise WorkbenchError("the database failed")

    with monkeypatch.context() as patched:
        patched.setattr(type(store._database), "writing", fail)
        with pytest.raises(WorkbenchError):
            save(store)
    assert (store.path / "maps" / "m1").exists()  # the database could not be asked: left to the next writer
    save(store, "m2")
    assert not (store.path / "maps" / "m1").exists() and store.newest_map() == "m2"
