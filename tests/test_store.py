"""The store: what goes in comes out, what is not committed was never there, and conditions cannot reach outside."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import tables
from workbench.errors import BadRequest, MissingColumns, NotAWorkspace, WorkbenchError, WorkspaceBusy
from workbench.store import Store, frames, parquet
from workbench.store.reading import StoredFile, Visible

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "w") as made:
        yield made


def add(store: Store, *rows: dict[str, Any], spans: list[dict[str, Any]] | None = None, replace: bool = False) -> str:
    """One committed batch; its id."""
    with store.new_batch() as batch:
        if replace:
            batch.replace_traces([row["trace_id"] for row in rows])
        batch.add_traces(rows)
        batch.add_spans(spans or [])
        batch.commit({"traces": len(rows)})
    return batch.batch


def trace(trace_id: str, **more: Any) -> dict[str, Any]:
    return {"trace_id": trace_id, "input": f"asks {trace_id}", "status": "ok", **more}


# --- the folder ---------------------------------------------------------------------------------------------------


def test_create_lays_out_the_folder_and_is_idempotent(tmp_path: Path) -> None:
    with Store.create(tmp_path / "new" / "w") as first, Store.create(tmp_path / "new" / "w") as second:
        assert first.secret == second.secret and len(first.secret) == 32
        assert {p.name for p in first.path.iterdir()} >= {
            "traces",
            "spans",
            "vectors",
            "maps",
            "golden",
            "workbench.db",
        }
        assert (first.path / "secret.key").stat().st_mode & 0o777 == 0o600
        assert first.revision() == 0


def test_two_workspaces_have_different_secrets(tmp_path: Path) -> None:
    with Store.create(tmp_path / "a") as a, Store.create(tmp_path / "b") as b:
        assert a.secret != b.secret


@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_open_says_how_to_make_a_workspace(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "w"
    if kind == "empty":
        path.mkdir()
    if kind == "file":
        path.write_text("not a folder")
    with pytest.raises(NotAWorkspace, match="workbench init") as caught:
        Store.open(path)
    assert "\n" not in str(caught.value)


def test_create_under_a_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkbenchError, match="cannot write in the workspace .*Not a directory") as caught:
        Store.create(tmp_path / "file" / "w")
    assert "\n" not in str(caught.value)


def test_a_damaged_secret_is_said_not_replaced(store: Store) -> None:
    (store.path / "secret.key").write_text("zz")
    with pytest.raises(WorkbenchError, match="restore it from a backup"):
        Store.create(store.path)


def test_a_damaged_database_is_one_clear_line(store: Store) -> None:
    store.close()
    (store.path / "workbench.db").write_bytes(b"no database, " * 1000)
    with pytest.raises(WorkbenchError, match="not a database") as caught:
        Store.open(store.path)
    assert "\n" not in str(caught.value)


def test_a_path_with_glob_characters_and_quotes(tmp_path: Path) -> None:
    with Store.create(tmp_path / "it's [a] *odd* 100% pláce?") as store:
        add(store, trace("a"), spans=[{"trace_id": "a", "span_id": "1"}])
        assert store.count() == 1 and len(store.spans("a")) == 1


# --- round trips --------------------------------------------------------------------------------------------------


def test_every_column_comes_back(store: Store) -> None:
    full = {
        "trace_id": "t1",
        "started_at": NOON,
        "latency_ms": 1.5,
        "params": {"temperature": 0.2},
        "input": "héllo\nworld",
        "messages": [{"role": "user", "content": "hi", "tool_calls": None}],
        "retrieved": '[{"id":"d1","score":0.5,"text":"passage"}]',
        "n_turns": 3,
        "feedback": -1,
        "signals": ["retry", "apology"],
        "tags": [],
        "metadata": {"big": 2**70, "ключ": [1, None, "x"]},
    }
    batch = add(store, full)
    found = store.trace("t1")
    assert found is not None
    assert found == {name: None for name in tables.names("traces")} | full | {
        "batch": batch,
        "retrieved": [{"id": "d1", "score": 0.5, "text": "passage"}],
    }
    assert store.trace("nobody") is None


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
nested = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
values = {
    "text": text,
    "json": nested.filter(lambda value: not isinstance(value, str)),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "count": st.integers(-(2**63), 2**63 - 1),
    "sign": st.sampled_from([-1, 0, 1]),
    "time": st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
    "words": st.lists(text, max_size=3),
}


def rows_of(table: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {c.name: st.none() | values[c.type] for c in tables.TABLES[table] if c.name not in ("trace_id", "batch")}
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(rows_of("traces"), max_size=4), spans=st.lists(rows_of("spans"), max_size=3))
def test_rows_round_trip(store: Store, rows: list[dict[str, Any]], spans: list[dict[str, Any]]) -> None:
    store_rows = [{**row, "trace_id": f"t{place}"} for place, row in enumerate(rows)]
    batch = add(
        store,
        *store_rows,
        spans=[{**span, "trace_id": "t0", "span_id": str(i)} for i, span in enumerate(spans)],
        replace=True,
    )
    for row in store_rows:
        assert store.trace(row["trace_id"]) == {**row, "batch": batch}
    found = store.spans(where="batch = ?", params=[batch], order_by="span_id")
    for column in tables.SPANS:
        if column.name in ("trace_id", "span_id", "batch"):
            continue
        sent = [span[column.name] for span in spans]
        got = [None if pd.isna(value) else value for value in found[column.name]]
        if column.type == "json":
            got = [None if value is None else json.loads(value) for value in got]
        assert got == sent


def test_types_do_not_depend_on_the_rows(store: Store) -> None:
    empty = store.traces()
    add(store, trace("a", n_turns=1, feedback=1, started_at=NOON, signals=["x"], latency_ms=1.0))
    add(store, trace("b"))
    full = store.traces()
    assert list(empty.columns) == tables.names("traces") and len(empty) == 0
    assert empty.dtypes.equals(full.dtypes)
    assert str(full["input"].dtype) == "str" and full["input"].dtype.storage == "pyarrow"
    assert str(full["n_turns"].dtype) == "Int64" and str(full["feedback"].dtype) == "Int8"
    assert str(full["started_at"].dtype) == "datetime64[us, UTC]"
    assert full["signals"].iloc[0] == ["x"]
    assert store.spans().dtypes["input"] == full.dtypes["input"]


def test_times_are_utc_whatever_they_came_in(store: Store) -> None:
    add(store, trace("a", started_at=NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))))
    found = store.trace("a")
    assert found is not None and found["started_at"] == NOON and found["started_at"].utcoffset() == timedelta(0)
    assert store.count("started_at = TIMESTAMPTZ '2026-03-01 12:00:00.123456+00'") == 1


def test_equal_text_under_two_ids_is_two_traces_in_order_of_ingestion(store: Store) -> None:
    for trace_id in ("c", "a", "b"):
        add(store, trace(trace_id, input="same"))
    assert store.traces(columns=["trace_id"])["trace_id"].tolist() == ["c", "a", "b"]
    assert sorted(store.traces_named(["b", "?", "c", "b"], ["trace_id"])["trace_id"]) == ["b", "c"]
    assert store.traces_named([], ["trace_id"]).empty
    assert len(store.traces_named([*map(str, range(50_000)), "a"], ["trace_id"])) == 1


@pytest.mark.parametrize(
    ("row", "named"),
    [({"n_turns": "many-secrets"}, "n_turns"), ({"started_at": "secret"}, "started_at"), ({"tags": "secret"}, "tags"),
     ({"input": "\ud800secret"}, "input"), ({"nonsense": "secret"}, "nonsense"), ({"tokens_in": 2**70}, "tokens_in")],
)  # fmt: skip
def test_a_row_that_does_not_fit_names_the_column_not_the_value(store: Store, row: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named) as caught, store.new_batch() as batch:
        batch.add_traces([{"trace_id": "a", **row}])
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert store.count() == 0


def test_memory_is_bounded_by_row_groups(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 10)
    monkeypatch.setattr(parquet, "_AT_ONCE", 5)
    monkeypatch.setattr(parquet, "_GROUP_BYTES", 50_000)
    add(store, *(trace(f"t{i}") for i in range(35)), *(trace(f"big{i}", output="x" * 40_000) for i in range(5)))
    (file,) = (store.path / "traces").iterdir()
    meta = pq.ParquetFile(file).metadata
    assert [meta.row_group(i).num_rows for i in range(meta.num_row_groups)] == [10, 10, 10, 10]
    assert store.count() == 40


# --- batches ------------------------------------------------------------------------------------------------------


def test_a_batch_is_seen_whole_or_not_at_all(store: Store) -> None:
    with Store.open(store.path) as reader:
        with store.new_batch() as batch:
            batch.add_traces([trace("a"), trace("b")])
            batch.add_spans([{"trace_id": "a", "span_id": "1"}])
            batch.add_labels([{"trace_id": "a", "dimension": "outcome", "value": "pass"}])
            (batch.spill / "waiting").write_text("redacted")
            assert (reader.count(), len(reader.labels()), reader.revision()) == (0, 0, 0)
            batch.commit({"duplicates": 1})
            assert (reader.count(), len(reader.labels()), reader.revision()) == (2, 1, 1)
        assert not batch.spill.exists()
        (row,) = reader.batches().to_dict("records")
        assert (row["batch"], row["traces"], row["spans"], row["summary"]) == (batch.batch, 2, 1, {"duplicates": 1})
        assert row["created_at"].tzinfo is not None


@pytest.mark.parametrize("how", ["no commit", "error"])
def test_without_commit_nothing_stays(store: Store, how: str) -> None:
    before = everything(store.path)
    try:
        with store.new_batch() as batch:
            batch.add_traces([trace("a")])
            batch.add_labels([{"trace_id": "a", "dimension": "outcome", "value": "pass"}])
            (batch.spill / "waiting").write_text("redacted")
            if how == "error":
                raise RuntimeError
    except RuntimeError:
        pass
    assert everything(store.path) == before
    assert (store.count(), len(store.labels()), store.revision(), len(store.batches())) == (0, 0, 0, 0)


def everything(path: Path) -> set[str]:
    """All files but locks, which are made when first needed, and SQLite's own."""
    return {str(p.relative_to(path)) for p in path.rglob("*") if p.suffix != ".lock" and "workbench.db" not in p.name}


def test_a_failed_label_takes_the_batch_back(store: Store) -> None:
    with pytest.raises(ValueError, match="dimension"), store.new_batch() as batch:
        batch.add_traces([trace("a")])
        batch.add_labels([{"trace_id": "a"}])
        batch.commit({})
    assert store.count() == 0 and not list((store.path / "traces").iterdir()) and store.revision() == 0


def test_a_batch_of_nothing_is_still_a_batch(store: Store) -> None:
    add(store)
    assert store.batches()["traces"].tolist() == [0] and not list((store.path / "traces").iterdir())


def test_committing_twice_is_a_mistake(store: Store) -> None:
    with store.new_batch() as batch:
        batch.commit({})
        with pytest.raises(ValueError, match="committed already"):
            batch.commit({})


def test_batch_ids_sort_in_the_order_of_ingestion_even_when_the_clock_goes_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.store import batches

    class Backwards(datetime):
        moments = iter([NOON, NOON, NOON - timedelta(days=1), NOON - timedelta(days=1), NOON, NOON])

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return next(cls.moments)

    monkeypatch.setattr(batches, "datetime", Backwards)
    made = [add(store, trace(name)) for name in ("a", "b", "c")]
    assert made == sorted(made) and len(set(made)) == 3
    assert store.batches()["batch"].tolist() == made


def test_known_ids(store: Store) -> None:
    assert store.known_ids(["a"]) == set() and store.known_ids([]) == set()
    add(store, trace("a"), trace("b'; --"))
    add(store, trace("c\x00d"))
    assert store.known_ids(["a", "a", "b'; --", "c", "c\x00d", ""]) == {"a", "b'; --", "c\x00d"}


def test_late_completion_replaces_rows_and_retires_files(store: Store) -> None:
    first = add(
        store, trace("a"), trace("b"), spans=[{"trace_id": t, "span_id": f"{t}{i}"} for t in "ab" for i in range(2)]
    )
    alone = add(store, trace("c"), spans=[{"trace_id": "c", "span_id": "c0"}])
    untouched = add(store, trace("d"))
    store.add_labels([{"trace_id": "a", "dimension": "outcome", "value": "pass"}])
    late = add(
        store, trace("a", output="whole now"), trace("c"), spans=[{"trace_id": "a", "span_id": "a9"}], replace=True
    )  # fmt: skip
    rows = store.traces(columns=["trace_id", "batch"]).itertuples(index=False)
    assert sorted(map(tuple, rows)) == [("a", late), ("b", first), ("c", late), ("d", untouched)]
    assert sorted(store.spans()["span_id"]) == ["a9", "b0", "b1"]
    assert len(store.labels()) == 1
    assert store.batches().set_index("batch")["traces"].to_dict() == {first: 1, alone: 0, untouched: 1, late: 2}
    assert files(store) == on_disk(store)
    again = add(store, trace("b", output="whole too"), replace=True)
    assert store.batches().set_index("batch")["traces"].to_dict() == {
        first: 0, alone: 0, untouched: 1, late: 2, again: 1
    }  # fmt: skip
    assert files(store) == on_disk(store)


def files(store: Store) -> set[str]:
    return {file.path for file in store._visible().files}


def on_disk(store: Store) -> set[str]:
    return {f"{kind}/{path.name}" for kind in ("traces", "spans") for path in (store.path / kind).iterdir()}


def test_replacing_what_is_not_there_copies_nothing(store: Store) -> None:
    add(store, trace("a"))
    before = on_disk(store)
    add(store, trace("b"), replace=True)
    assert before < on_disk(store) and len(on_disk(store)) == 2


def test_many_small_batches(store: Store) -> None:
    for i in range(40):
        add(store, trace(f"t{i}"))
    assert store.count() == 40 and len(store.batches()) == 40
    assert store.traces(columns=["trace_id"])["trace_id"].tolist() == [f"t{i}" for i in range(40)]


def test_an_older_file_lacks_a_column_and_reads_as_null(store: Store) -> None:
    add(store, trace("old", n_turns=1), trace("older"))
    old = next((store.path / "traces").iterdir())
    content = pq.read_table(old).drop_columns(["n_turns", "signals", "started_at"])
    pq.write_table(content, old)
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE files SET columns = ?", (json.dumps(content.column_names),))
    add(store, trace("new", n_turns=2))
    found = store.traces(columns=["trace_id", "n_turns", "signals"], order_by="trace_id")
    assert found["n_turns"].fillna(-1).tolist() == [2, -1, -1]
    assert found["signals"].isna().all()
    add(store, trace("old", n_turns=7), replace=True)
    assert store.traces(columns=["n_turns"], where="n_turns IS NOT NULL", order_by="n_turns")["n_turns"].tolist() == [
        2,
        7,
    ]


# --- conditions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def five(store: Store) -> Store:
    add(store, *(trace(f"t{i}", n_turns=i, status="error" if i % 2 else "ok", metadata={"k": i}) for i in range(5)))
    store.add_labels([{"trace_id": "t3", "dimension": "outcome", "value": "fail", "annotator": "ann"}])
    return store


def ids(frame: pd.DataFrame) -> list[str]:
    return frame["trace_id"].tolist()


def test_where_order_limit_offset(five: Store) -> None:
    assert ids(five.traces(columns=["trace_id"], where="n_turns >= ? AND status = ?", params=[1, "ok"])) == ["t2", "t4"]
    assert ids(five.traces(order_by="n_turns DESC", limit=2)) == ["t4", "t3"]
    assert ids(five.traces(order_by="n_turns", limit=2, offset=2)) == ["t2", "t3"]
    assert ids(five.traces(where="metadata->>'k' = '4' -- a comment")) == ["t4"]
    assert five.count("status = 'error' OR false") == 2
    assert list(five.traces(columns=["status", "trace_id"]).columns) == ["status", "trace_id"]


def test_conditions_reach_labels_samples_batches_and_points(five: Store) -> None:
    five.add_sample([{"sample_id": "s", "trace_id": "t1", "stratum": "rest", "weight": 2.0}])
    points = pd.DataFrame({"trace_id": ["t2"], "x": [0.0], "y": [1.0], "cluster": [None]})
    five.save_map("m", points=points, clusters=pd.DataFrame(), arrays={}, params={})
    assert five.count("trace_id IN (SELECT trace_id FROM labels WHERE value = 'fail')") == 1
    assert five.count("trace_id IN (SELECT trace_id FROM samples)") == 1
    assert five.count("trace_id IN (FROM (SELECT trace_id FROM points WHERE cluster IS NULL))") == 1
    assert five.count("batch = (SELECT max(batch) FROM Batches)") == 5
    five.add_labels([{"trace_id": "t4", "dimension": "outcome", "value": "fail"}])
    assert five.count("trace_id IN (SELECT trace_id FROM labels WHERE value = 'fail')") == 2


def test_query_gives_plain_types(five: Store) -> None:
    found = five.query("SELECT status, count(*) AS n, sum(n_turns) AS turns, bool_or(n_turns > ?) AS many"
                       " FROM traces GROUP BY status ORDER BY status", [3])  # fmt: skip
    assert found.to_dict("list") == {"status": ["error", "ok"], "n": [2, 3], "turns": [4.0, 6.0], "many": [False, True]}


def test_query_on_an_empty_workspace(store: Store) -> None:
    for table in (*tables.TABLES, "batches"):
        assert len(store.query(f"SELECT * FROM {table}")) == 0
    assert list(store.query("SELECT * FROM points").columns) == tables.names("points")


@pytest.mark.parametrize(
    "where",
    ["nope = 1", "status = ", "1=1) OR (1=1", "n_turns = 1; DROP VIEW traces", "trace_id = ?", "status::INT = 1", "",
     "regexp_matches(input, '(')"],
)  # fmt: skip
def test_a_bad_condition_is_one_line_without_stored_text(five: Store, where: str) -> None:
    with pytest.raises(BadRequest) as caught:
        five.traces(where=where)
    assert "\n" not in str(caught.value) and "asks t" not in str(caught.value)
    assert "'error'" not in str(caught.value) and "'ok'" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("order", ["nope", "1; SELECT 2", "(SELECT content FROM read_text('/etc/hostname'))"])
def test_a_bad_order_is_refused(five: Store, order: str) -> None:
    with pytest.raises(BadRequest):
        five.traces(order_by=order)


def test_an_unknown_column_is_named(five: Store) -> None:
    with pytest.raises(MissingColumns, match="'cluster'.*trace_id"):
        five.traces(columns=["trace_id", "cluster"])


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('{outside}')",
        "SELECT * FROM read_csv('{outside}')",
        "SELECT * FROM '{outside}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_blob('{secret}')",
        "COPY traces TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/new.db'",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW traces",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT 1; COPY (SELECT 1) TO '{folder}/out.csv'",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT * FROM rows_of_this_test",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "",
    ],
)
def test_a_query_cannot_read_or_write_outside(five: Store, tmp_path: Path, query: str) -> None:
    rows_of_this_test = pd.DataFrame({"a": [1]})
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    before = everything(tmp_path)
    filled = query.format(outside=outside, folder=tmp_path, secret=five.path / "secret.key")
    with pytest.raises(BadRequest):
        five.query(filled)
    if filled.startswith("SELECT") and ";" not in filled:
        with pytest.raises(BadRequest):
            five.count(f"(SELECT count(*) FROM ({filled})) > 0")
    assert everything(tmp_path) == before and len(rows_of_this_test) == 1


def test_a_retired_file_cannot_be_read_by_name(five: Store) -> None:
    (name,) = on_disk(five)
    copy = five.path / "traces" / "other.parquet"
    copy.write_bytes((five.path / name).read_bytes())
    assert five.count() == 5
    with pytest.raises(BadRequest):
        five.query(f"SELECT * FROM read_parquet('{copy}')")


def test_a_lost_file_is_one_clear_line(five: Store) -> None:
    (name,) = on_disk(five)
    (five.path / name).unlink()
    with pytest.raises(WorkbenchError, match="missing or damaged"):
        five.traces()


# --- several at once, in one process ------------------------------------------------------------------------------


def test_one_writer_at_a_time_between_threads(store: Store) -> None:
    refused: list[type[Exception]] = []

    def other() -> None:
        try:
            with Store.open(store.path) as second, second.writing(wait=0.05):
                pass
        except WorkspaceBusy as error:
            refused.append(type(error))

    with store.writing(), store.writing(wait=0):  # the same thread may ask again
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused == [WorkspaceBusy]
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert refused == [WorkspaceBusy]


def test_threads_share_a_store(five: Store) -> None:
    failures: list[BaseException] = []
    finished: list[int] = []

    def read() -> None:
        try:
            for _ in range(15):
                assert five.count("status = 'error'") >= 2
                assert five.count("trace_id IN (SELECT trace_id FROM labels)") >= 1
                assert five.trace("t3") is not None
            finished.append(1)
        except (AssertionError, WorkbenchError) as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(8):
        add(five, trace(f"more{i}"))
        five.add_labels([{"trace_id": f"more{i}", "dimension": "outcome", "value": "pass"}])
    for thread in threads:
        thread.join()
    assert failures == [] and len(finished) == 4


def test_a_reader_is_kept_while_the_files_stay_the_same(five: Store) -> None:
    five.count()
    reader = five._reader
    five.add_labels([{"trace_id": "t1", "dimension": "outcome", "value": "pass"}])
    five.count()
    assert five._reader is reader
    add(five, trace("t9"))
    five.count()
    assert five._reader is not reader


def test_a_file_retired_during_a_read_is_looked_up_again(five: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    five.count()
    stale = five._visible()
    add(five, trace("t1", output="late"), replace=True)
    answers = iter([stale])
    current = five._visible
    monkeypatch.setattr(five, "_visible", lambda: next(answers, None) or current())
    monkeypatch.setattr(five, "_reader", None)
    assert five.count() == 5


def test_views_declare_every_type() -> None:
    from workbench.store.reading import Reader

    reader = Reader(Path("/nowhere"), Visible(0, (), None))
    for table in ("traces", "spans", "points"):
        types = reader.fetch(f"SELECT * FROM {table}").schema.types
        assert frames.to_frame(reader.fetch(f"SELECT * FROM {table}")).shape[0] == 0
        assert [str(t).replace("Etc/UTC", "UTC").replace("<l:", "<item:") for t in types] == [
            str(t).replace("element", "item") for t in tables.schema(table).types
        ]
    assert duckdb.__version__ and StoredFile("p", "traces", "b", 1, ()).rows == 1
