"""What the README shows is run, word for word, on a small file of traces."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path) -> Path:
    wishes = ["cancel my order", "where is my parcel", "reset my password"]
    rows = [{"id": str(n), "question": f"{wishes[n % 3]} please, number {n}", "answer": "Done."} for n in range(30)]
    (tmp_path / "traces.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_the_python_in_the_readme_runs(folder):
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        found = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stderr
        assert "failure_rate" in found.stdout


def test_the_commands_in_the_readme_run(folder):
    lines = re.findall(r"^workbench (.*?)(?:\s+#.*)?$", README, re.MULTILINE)
    assert len(lines) >= 4 and lines[-1].endswith("app")
    for line in lines[:-1]:
        command = [sys.executable, "-m", "workbench", *line.split()]
        found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([\w./-]+)\)", README))))
def test_the_links_in_the_readme_lead_somewhere(link):
    assert (Path(__file__).parent.parent / link).exists()
