"""What every test may use: real data where it is there, a small workspace, and no network."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# a slow machine makes a test slow, not wrong
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

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
