"""The wheel carries everything the installed command needs, and the command starts from it, outside the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("trace_workbench-*.whl"))


def test_the_wheel_holds_pages_demo_data_models_and_migrations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    pages = {f"workbench/_app/pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    assert pages
    assert names >= pages | {
        "workbench/_app/app.py",
        "workbench/_app/.streamlit/config.toml",
        "workbench/_app/sample_data/traces.jsonl",
        "workbench/_app/sample_data/workspace.toml",
        "workbench/_app/sample_data/rubric.toml",
        "workbench/rubric/starter.toml",
        "workbench/redact/model/tagger.safetensors",
        "workbench/store/migrations/env.py",
        "workbench/ui/scatter.js",
    }
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests/", "benchmarks/"))]


def test_the_installed_package_finds_its_app_and_takes_traces_in(wheel, tmp_path):
    installed = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(installed)
    (tmp_path / "a.jsonl").write_text('{"input": "where is my order"}\n')
    code = (
        "import workbench, workbench.places as p; from workbench import Workspace;"
        "print(workbench.__file__, p.app_folder()); print(Workspace.create('w').ingest('a.jsonl').traces)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(installed / "workbench" / "_app") in found.stdout
    assert found.stdout.split()[-1] == "1"
