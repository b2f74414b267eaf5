"""The SQL side, the same on SQLite and PostgreSQL: migrations, labels, samples, and whose database it is."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import tables
from workbench.errors import BadRequest, BadSettings, NewerWorkspace, WorkbenchError
from workbench.store import Store, schema, sql

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    with Store.create(tmp_path / "w", database_url=database_url) as made:
        yield made


# --- schema -------------------------------------------------------------------------------------------------------


def test_migrations_make_exactly_the_declared_tables(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store._database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, sql.metadata) == []


def test_the_list_of_revisions_is_the_folder_of_migrations() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(walked)) == sql.REVISIONS


def test_a_newer_workspace_is_left_alone(store: Store, database_url: str | None) -> None:
    with store._database.writing(visible=False) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerWorkspace, match="'9999'.*Install that version") as caught:
        Store.open(store.path, database_url=database_url)
    assert "\n" not in str(caught.value)


def test_a_half_made_workspace_is_finished_on_opening(tmp_path: Path) -> None:
    with Store.create(tmp_path / "w") as store:
        secret = store.secret
    (store.path / "workbench.db").unlink()
    with Store.open(store.path) as again:
        assert again.secret == secret and again.revision() == 0


def test_each_workspace_needs_a_database_of_its_own(store: Store, tmp_path: Path, database_url: str | None) -> None:
    url = database_url or f"sqlite:///{store.path / 'workbench.db'}"
    with pytest.raises(BadSettings, match="belongs to another workspace"):
        Store.create(tmp_path / "other", database_url=url)


def test_traces_beside_a_new_database_are_not_hidden(store: Store, tmp_path: Path) -> None:
    with store.new_batch() as batch:
        batch.add_traces([{"trace_id": "a"}])
        batch.commit({})
    with pytest.raises(BadSettings, match="holds traces but its database"):
        Store.open(store.path, database_url=f"sqlite:///{tmp_path / 'empty.db'}")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("mysql://u:hidden@h/x", BadSettings),
        ("not a url", BadSettings),
        ("sqlite://", BadSettings),
        ("postgresql://me:hidden@127.0.0.1:1/x", WorkbenchError),
    ],
)
def test_a_bad_database_url_is_one_line_without_the_password(tmp_path: Path, url: str, error: type[Exception]) -> None:
    if url.startswith("postgresql"):
        pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(error) as caught:
        Store.create(tmp_path / "w", database_url=url)
    assert "\n" not in str(caught.value) and "hidden" not in str(caught.value)


def test_migrations_run_from_an_installed_wheel(tmp_path: Path) -> None:
    """The built wheel holds the migrations, and a workspace can be made from it alone."""
    root = Path(schema.__file__).parents[2]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import workbench.store, sys; from pathlib import Path; assert sys.argv[1] in workbench.store.__file__;"
        "print(workbench.store.Store.create(Path(sys.argv[1]) / 'w').revision())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "0"


# --- batches ------------------------------------------------------------------------------------------------------


def test_a_batch_and_its_labels_are_seen_together(store: Store, database_url: str | None) -> None:
    with Store.open(store.path, database_url=database_url) as reader:
        with store.new_batch() as batch:
            batch.add_traces([{"trace_id": "a", "input": "é"}])
            batch.add_spans([{"trace_id": "a", "span_id": "1"}])
            batch.add_labels([{"trace_id": "a", "dimension": "outcome", "value": "pass"}])
            assert (reader.count(), len(reader.labels()), reader.revision()) == (0, 0, 0)
            batch.commit({"ключ": [1, None]})
        assert (reader.count(), len(reader.labels()), reader.revision()) == (1, 1, 1)
        found = reader.batches()
        assert found.loc[0, "summary"] == {"ключ": [1, None]} and found.loc[0, "spans"] == 1
        with store.new_batch() as late:
            late.replace_traces(["a"])
            late.add_traces([{"trace_id": "a", "input": "whole"}])
            late.commit({})
        assert reader.traces()["input"].tolist() == ["whole"] and len(reader.spans()) == 0
        assert len(list((store.path / "traces").iterdir())) == 1


def test_a_lost_connection_at_the_commit_keeps_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkbenchError, match="failed") as caught, store.new_batch() as batch:
        batch.add_traces([{"trace_id": "a"}])
        monkeypatch.setattr("workbench.store.batches.insert_labels", _break_connection)
        batch.commit({})
    assert "\n" not in str(caught.value)
    assert store.count() == 0 and not list((store.path / "traces").iterdir()) and store.revision() == 0


def _break_connection(connection: sa.Connection, *_: Any, **__: Any) -> None:
    connection.execute(sa.text("SELECT * FROM no_such_table"))


# --- labels -------------------------------------------------------------------------------------------------------


def label(value: str | None, hours: float = 0, **more: Any) -> dict[str, Any]:
    at = NOON + timedelta(hours=hours)
    return {"trace_id": "t", "annotator": "ann", "dimension": "outcome", "value": value, "labelled_at": at, **more}


def test_the_newest_label_counts_and_all_are_kept(store: Store) -> None:
    assert store.add_labels([label("pass", 1), label("fail", 2), label("defer", 0)]) == 3
    assert store.labels()["value"].tolist() == ["fail"]
    assert store.labels(newest=False)["value"].tolist() == ["defer", "pass", "fail"]
    store.add_labels([label("pass", 2)])
    assert store.labels()["value"].tolist() == ["pass"]  # the same moment: the one that arrived later


def test_newest_is_per_trace_annotator_and_dimension_and_per_code(store: Store) -> None:
    store.add_labels(
        [
            label("pass"),
            label("fail", annotator="bob"),
            label("fail", annotator=None),
            label("fail", 1, annotator=None),
            label("4", dimension="tone"),
            label("pass", trace_id="u"),
            label("wrong_date", dimension="code", severity=2),
            label("wrong_date", 1, dimension="code", severity=4),
            label("rude", dimension="code"),
        ]
    )
    found = store.labels()
    assert len(found) == 7
    codes = found[found["dimension"] == "code"].set_index("value")["severity"]
    assert codes["wrong_date"] == 4 and codes["rude"] is pd.NA
    assert store.labels(trace_ids=["u"])["value"].tolist() == ["pass"]
    assert store.query("SELECT count(*) AS n FROM labels").loc[0, "n"] == 7


def test_labels_come_as_a_frame_too_and_get_the_time_of_arrival(store: Store) -> None:
    frame = pd.DataFrame(
        {
            "trace_id": ["a", "b"],
            "dimension": ["outcome", "code"],
            "value": ["fail", "x"],
            "severity": [float("nan"), 3.0],
        }
    )
    before = datetime.now(UTC)
    assert store.add_labels(frame) == 2
    found = store.labels()
    assert found["severity"].tolist() == [pd.NA, 3] and str(found["severity"].dtype) == "Int64"
    assert all(before - timedelta(seconds=1) <= at <= datetime.now(UTC) for at in found["labelled_at"])
    assert list(found.columns) == tables.names("labels")
    assert found.dtypes.equals(store.labels(trace_ids=[]).dtypes)


@pytest.mark.parametrize(
    ("row", "message"),
    [({"trace_id": ""}, "trace_id"), ({"dimension": None}, "dimension"), ({"severity": "high"}, "severity"),
     ({"colour": "red"}, "colour")],
)  # fmt: skip
def test_a_bad_label_adds_none_of_them(store: Store, row: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        store.add_labels([label("pass"), label("secret-value", **row)])
    assert len(store.labels(newest=False)) == 0 and store.revision() == 0


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)
label_rows = st.fixed_dictionaries(
    {
        "trace_id": text.filter(bool),
        "dimension": text.filter(bool),
        "value": st.none() | text,
        "severity": st.none() | st.integers(1, 5),
        "note": st.none() | text,
        "annotator": st.none() | text,
        "seconds": st.none() | st.floats(0, 1e9),
        "labelled_at": st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(label_rows, min_size=1, max_size=5))
def test_labels_round_trip_but_for_nul(store: Store, rows: list[dict[str, Any]]) -> None:
    store.add_labels(rows)
    with store._database.reading() as connection:
        from workbench.store.labels import select_labels

        found = select_labels(connection, newest=False).to_pylist()
    sent = [{name: _no_nul(row.get(name)) for name in tables.names("labels")} for row in rows]
    remaining = [tuple(row.values()) for row in found]
    for row in sent:
        assert tuple(row.values()) in remaining


def _no_nul(value: Any) -> Any:
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value


# --- samples ------------------------------------------------------------------------------------------------------


def test_samples_keep_their_order_and_weights(store: Store) -> None:
    rows = [
        {"sample_id": "s1", "trace_id": t, "stratum": "rest", "reason": "drawn", "weight": w}
        for t, w in (("b", 2.5), ("a", None))
    ]
    assert store.add_sample(rows) == 2 and store.revision() == 1
    store.add_sample(pd.DataFrame({"sample_id": ["s2"], "trace_id": ["a"]}))
    found = store.samples("s1")
    assert found["trace_id"].tolist() == ["b", "a"] and found["weight"].isna().tolist() == [False, True]
    assert len(store.samples()) == 3 and list(found.columns) == tables.names("samples")


def test_a_sample_holds_a_trace_once(store: Store) -> None:
    store.add_sample([{"sample_id": "s", "trace_id": "a"}])
    with pytest.raises(BadRequest, match="each trace once"):
        store.add_sample([{"sample_id": "s", "trace_id": "b"}, {"sample_id": "s", "trace_id": "a"}])
    with pytest.raises(ValueError, match="trace_id"):
        store.add_sample([{"sample_id": "s"}])
    assert store.samples()["trace_id"].tolist() == ["a"] and store.revision() == 1


def test_an_older_workspace_is_brought_up_with_its_labels(store: Store, database_url: str | None) -> None:
    from alembic import command
    from alembic.config import Config

    store.add_labels([{"trace_id": "t", "annotator": "a", "dimension": "outcome", "value": "fail"}])
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    with store._database.setting_up() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    with Store.open(store.path, database_url=database_url) as again:
        found = again.labels()
        assert found["value"].tolist() == ["fail"] and found["withdrawn"].isna().all()
        assert again.traces_revision() == 0 and again.revision() == 1


def test_a_label_leaves_the_traces_revision_as_it_is(store: Store) -> None:
    before = store.traces_revision()
    store.add_labels([{"trace_id": "t", "annotator": "a", "dimension": "outcome", "value": "fail"}])
    assert (store.revision(), store.traces_revision()) == (1, before)
