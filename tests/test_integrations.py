"""The gate where releases are decided: the Action's steps in a shell, a push that a hook blocks, the pytest example.

All of them work on a clone: the golden files and the settings, without the database and the secret of the workspace.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from golden_cases import accept, case

from workbench import Workspace

INTEGRATIONS = Path(__file__).parent.parent / "integrations"
ACTION = INTEGRATIONS / "github-action"
CONTRACT = '[contract]\ndecision = "ship the assistant"\nthreshold = 0.8\n'
STATES = {"pass": (2, 0), "fail": (40, 1), "undecided": (16, 3)}  # cases that fail of 100, and the exit status


@pytest.fixture(scope="module")
def frozen(tmp_path_factory) -> tuple[Path, str]:
    """A checkout with a frozen version and results in every state, and the version's hash."""
    top = tmp_path_factory.mktemp("home")
    ws = Workspace.create(top / "workspace")
    (ws.path / "workspace.toml").write_text(CONTRACT)
    accept(ws, *(case(number) for number in range(100)))
    sha256 = ws.freeze(author="ana", reason="first", blind_share=0).sha256
    clone = tmp_path_factory.mktemp("clone")
    shutil.copytree(ws.path / "golden", clone / "workspace" / "golden")
    shutil.copy(ws.path / "workspace.toml", clone / "workspace")
    for state, (failing, _) in STATES.items():
        rows = [{"case_id": f"case-{n:03d}", "output": "x", "passed": n >= failing} for n in range(100)]
        (clone / f"{state}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return clone, sha256


@pytest.fixture
def checkout(frozen, tmp_path) -> Path:
    return Path(shutil.copytree(frozen[0], tmp_path / "checkout"))


def environment(**more: str) -> dict[str, str]:
    """The present one, with this Python's programs first, and without what another workspace would be."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WORKBENCH", "GIT_", "GITHUB_"))}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **more}


# --- the Action ---------------------------------------------------------------------------------------------------


def act(checkout: Path, tmp_path: Path, **given: str) -> tuple[int, str, dict[str, str]]:
    """Run the Action's shell steps as its runner would; the exit status, the job's summary, the step's outputs."""
    action = yaml.safe_load((ACTION / "action.yml").read_text())
    inputs = {name: given.get(name, each.get("default")) for name, each in action["inputs"].items()}
    missing = [name for name, each in action["inputs"].items() if each.get("required") and name not in given]
    assert not missing and set(given) <= set(action["inputs"])
    summary, output = tmp_path / "summary.md", tmp_path / "output.txt"
    runner = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output), "GITHUB_ACTION_PATH": str(ACTION),
              "RUNNER_TEMP": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}  # fmt: skip
    status = 0
    for step in action["runs"]["steps"]:
        if "run" not in step or status:
            continue
        assert "${{" not in step["run"]  # what somebody else wrote is no part of a script
        filled = {name: str(inputs[text[len("${{ inputs.") : -len(" }}")]]) for name, text in step["env"].items()}
        command = [step["shell"], "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        status = subprocess.run(command, cwd=checkout, env=environment(**runner, **filled), check=False).returncode
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    return status, summary.read_text(), outputs


@pytest.mark.parametrize(
    ("state", "status"),
    [
        pytest.param(state, status, marks=[pytest.mark.deep] * (state != "fail"))
        for state, (_, status) in STATES.items()
    ],
)
def test_the_action_ends_as_the_gate_does_and_writes_a_summary(checkout, tmp_path, frozen, state, status) -> None:
    given = {"results": f"{state}.jsonl", "golden": "1", "sha256": frozen[1], "package": "click"}
    ended, summary, outputs = act(checkout, tmp_path, **given)
    assert ended == status == int(outputs["status"])
    words = "cannot tell yet" if state == "undecided" else state
    assert words in summary.lower() and Path(outputs["junit"]).read_text().startswith("<?xml")
    assert Path(outputs["markdown"]).read_text() in summary and "signature was not checked" in summary


@pytest.mark.deep
def test_the_action_says_why_nothing_is_decided(checkout, tmp_path, frozen) -> None:
    ended, summary, outputs = act(checkout, tmp_path, results="nowhere.jsonl", package="click")
    assert ended == 2 == int(outputs["status"]) and "not decided" in summary and "no such file" in summary
    ended, summary, _ = act(checkout, tmp_path, results="pass.jsonl", golden="1", sha256="0" * 64, package="click")
    assert ended == 2 and "not the one that was frozen" in summary


@pytest.mark.deep
def test_an_edited_golden_file_decides_nothing(checkout, tmp_path) -> None:
    file = checkout / "workspace" / "golden" / "golden-v1.jsonl"
    file.write_bytes(file.read_bytes().replace(b"window", b"windov", 1))
    ended, summary, _ = act(checkout, tmp_path, results="pass.jsonl", package="click")
    assert ended == 2 and "not as it was frozen" in summary


# --- the hook -----------------------------------------------------------------------------------------------------


def git(where: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["git", *arguments], cwd=where, env=environment(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_SYSTEM=os.devnull),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 or not check, done.stderr
    return done


@pytest.fixture
def repository(checkout, tmp_path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("no git is installed")
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(checkout, "init", "-q", "-b", "main")
    for name, value in (("user.name", "Ana"), ("user.email", "ana@team"), ("workbench.golden", "1")):
        git(checkout, "config", name, value)
    git(checkout, "remote", "add", "origin", str(tmp_path / "remote.git"))
    (checkout / "workspace" / ".gitignore").write_text("workbench.db*\nsecret.key\n.scratch/\n")
    git(checkout, "add", ".")
    git(checkout, "commit", "-q", "-m", "a release")
    shutil.copy(INTEGRATIONS / "hooks" / "pre-push", checkout / ".git" / "hooks" / "pre-push")
    Workspace.create(checkout / "workspace")
    return checkout


def pushed(repository: Path, branch: str = "main") -> bool:
    here = git(repository, "rev-parse", "HEAD").stdout
    there = git(repository, "ls-remote", "origin", f"refs/heads/{branch}").stdout
    return there.startswith(here.strip())


def test_a_push_is_blocked_until_the_gate_passes(repository) -> None:
    for state, words in (("fail", "gate: fail"), ("undecided", "cannot tell yet"), ("missing", "nothing could be")):
        git(repository, "config", "workbench.results", f"{state}.jsonl")
        done = git(repository, "push", "origin", "main", check=False)
        assert done.returncode != 0 and words in done.stderr and not pushed(repository)
    git(repository, "config", "workbench.results", "now.jsonl")
    git(repository, "config", "workbench.run", "false")
    done = git(repository, "push", "origin", "main", check=False)
    assert done.returncode != 0 and "what makes the results failed" in done.stderr and not pushed(repository)
    git(repository, "config", "workbench.run", "cp pass.jsonl now.jsonl")
    done = git(repository, "push", "origin", "main")
    assert "gate: pass" in done.stderr and pushed(repository)


@pytest.mark.deep
def test_only_the_branches_that_are_meant_are_gated(repository) -> None:
    git(repository, "config", "workbench.results", "fail.jsonl")
    git(repository, "config", "workbench.ref", "refs/heads/main")
    assert "gate" not in git(repository, "push", "origin", "HEAD:refs/heads/try").stderr
    assert pushed(repository, "try")
    git(repository, "push", "origin", "--delete", "try")
    assert git(repository, "push", "origin", "HEAD:refs/heads/main", check=False).returncode != 0
    assert not pushed(repository)


# --- the pytest example -------------------------------------------------------------------------------------------


def example(checkout: Path, state: str, **more: str) -> tuple[int, str]:
    Workspace.create(checkout / "workspace")
    file = shutil.copy(INTEGRATIONS / "pytest" / "test_gate_example.py", checkout)
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", file]
    done = subprocess.run(
        command, cwd=checkout, env=environment(WORKBENCH_RESULTS=f"{state}.jsonl", **more), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_the_example_passes_and_fails_as_the_gate_does(checkout) -> None:
    code, told = example(checkout, "pass")
    assert code == 0 and "2 passed" in told
    code, told = example(checkout, "fail")
    assert code == 1 and "AssertionError: fail: " in told


@pytest.mark.deep
def test_the_example_skips_nothing_that_is_undecided(checkout) -> None:
    code, told = example(checkout, "undecided")
    assert code == 1 and "AssertionError: undecided: " in told and "skipped" not in told
    code, told = example(checkout, "undecided", WORKBENCH_UNDECIDED="xfail")
    assert code == 0 and "1 xfailed" in told and "undecided: " in told and "skipped" not in told
