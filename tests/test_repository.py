"""Frozen versions in a real git repository, and with real DVC where it is installed: only our files, or refused."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from golden_cases import accept, case

from workbench import Workspace
from workbench.errors import BadRequest, NotReady, WorkbenchError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git is installed")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the machine, and a person who commits."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Ana\n\temail = ana@team\n[init]\n\tdefaultBranch = main\n")


def git(where: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a file of its own, one that is staged, one that was changed, one that is not tracked."""
    top = tmp_path / "team repo"
    top.mkdir()
    git(top, "init", "-q")
    (top / "README").write_text("ours\n")
    git(top, "add", "README")
    git(top, "commit", "-q", "-m", "first")
    (top / "staged.txt").write_text("staged\n")
    git(top, "add", "staged.txt")
    (top / "README").write_text("ours, changed\n")
    (top / "loose.txt").write_text("loose\n")
    return top


@pytest.fixture
def ws(repository: Path) -> Workspace:
    made = Workspace.create(repository / "workspace")
    accept(made, *(case(number) for number in range(20)))
    return made


def in_commit(where: Path, commit: str = "HEAD") -> set[str]:
    return set(git(where, "show", "--name-only", "--format=", commit).splitlines())


def test_a_freeze_is_committed_with_its_changelog_and_nothing_else(ws: Workspace, repository: Path) -> None:
    (ws.path / "golden" / "notes.txt").write_text("a note of mine\n")
    report = ws.freeze(author="ana", reason="first set", commit=True)
    assert report.commit == git(repository, "rev-parse", "HEAD") and report.tag is None
    names = ("CHANGELOG.md", "golden-v1.json", "golden-v1.jsonl", "golden-v1.sealed")
    assert in_commit(repository) == {f"workspace/golden/{name}" for name in names}
    told = git(repository, "log", "-1", "--format=%B")
    assert told.startswith("Golden set v1: 20 cases, 4 of them sealed\n\n## v1 · ")
    assert "Frozen by ana: first set" in told and report.sha256 in told and "- `case-" in told
    assert git(repository, "diff", "--cached", "--name-only") == "staged.txt"
    assert git(repository, "diff", "--name-only") == "README"
    assert "?? loose.txt" in git(repository, "status", "--porcelain").splitlines()


def test_what_is_committed_verifies_in_a_clone(ws: Workspace, repository: Path, tmp_path: Path) -> None:
    ws.freeze(author="ana", reason="first set", commit=True)
    git(tmp_path, "clone", "-q", str(repository), "clone")
    command = [sys.executable, "-m", "workbench", "golden", "verify", "--json", "--folder"]
    done = subprocess.run([*command, str(tmp_path / "clone" / "workspace" / "golden")], capture_output=True, check=True)
    assert json.loads(done.stdout)["ok"]
    assert not (tmp_path / "clone" / "workspace" / "secret.key").exists()


def test_a_tag_names_the_commit_and_its_hash(ws: Workspace, repository: Path) -> None:
    report = ws.freeze(author="ana", reason="first set", tag=True)
    assert git(repository, "rev-parse", "golden-v1^{commit}") == report.commit
    assert report.sha256 in git(repository, "tag", "-n9", "-l", "golden-v1")


def test_the_next_version_is_the_next_commit(ws: Workspace, repository: Path) -> None:
    ws.freeze(author="ana", reason="first set")
    accept(ws, case(77))
    ws.freeze(author="ben", reason="one more", tag=True)
    assert {f"workspace/golden/golden-v{n}.json" for n in (1, 2)} <= in_commit(repository)
    assert "## v1" not in git(repository, "log", "-1", "--format=%B")
    assert ws.commit_golden().commit is None  # the repository holds it all


def test_a_look_is_committed_too(ws: Workspace, repository: Path) -> None:
    ws.freeze(author="ana", reason="first set", commit=True)
    ws.open_golden(1, release="2.0", reason="final", opened_by="ana")
    assert ws.commit_golden(1).commit is not None
    assert in_commit(repository) == {"workspace/golden/ledger.jsonl"}


# --- what cannot be is refused before anything is frozen -------------------------------------------------------------


def refused(ws: Workspace, told: str, error: type[WorkbenchError] = NotReady, **asked: bool) -> None:
    with pytest.raises(error, match=told):
        ws.freeze(author="ana", reason="first set", **{"commit": True, **asked})
    assert ws.golden_versions().empty


def test_without_a_repository(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "alone")
    accept(made, case(1))
    assert made.golden_repository() is None
    refused(made, "git init")


def test_without_a_name_to_commit_under(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.useConfigOnly")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    refused(ws, "user.name")


def test_with_a_tag_of_that_name(ws: Workspace, repository: Path) -> None:
    git(repository, "tag", "golden-v1")
    refused(ws, "tag golden-v1 already", BadRequest, tag=True)


def test_where_the_folder_is_ignored(ws: Workspace, repository: Path) -> None:
    (repository / ".gitignore").write_text("golden/\n")
    refused(ws, "ignores", BadRequest)


def test_in_the_middle_of_a_merge(ws: Workspace, repository: Path) -> None:
    (repository / ".git" / "MERGE_HEAD").write_text(git(repository, "rev-parse", "HEAD") + "\n")
    refused(ws, "a merge")


def test_while_another_git_works(ws: Workspace, repository: Path) -> None:
    (repository / ".git" / "index.lock").touch()
    refused(ws, "index.lock")


def test_without_dvc(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.golden.repository._dvc", lambda: None)
    refused(ws, "pip install dvc", WorkbenchError, dvc=True, commit=False)


# --- and what is refused afterwards leaves the repository as it was --------------------------------------------------


def test_a_hook_that_refuses_leaves_the_index_as_it_was(ws: Workspace, repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\ncat workspace/golden/golden-v1.jsonl >&2\nexit 7\n")
    hook.chmod(0o755)
    before = git(repository, "status", "--porcelain", "--", "README", "staged.txt", "loose.txt")
    with pytest.raises(WorkbenchError, match="workbench golden commit 1") as refusal:
        ws.freeze(author="ana", reason="first set", tag=True)
    assert "return item" not in str(refusal.value)  # the hook printed cases; nothing of that is passed on
    assert ws.golden_versions()["version"].tolist() == [1]
    assert git(repository, "status", "--porcelain", "--", "README", "staged.txt", "loose.txt") == before
    assert git(repository, "diff", "--cached", "--name-only") == "staged.txt"
    assert git(repository, "tag") == ""
    hook.unlink()
    kept = ws.commit_golden(1, tag=True)
    assert kept.commit == git(repository, "rev-parse", "golden-v1^{commit}")


def test_a_version_that_was_touched_is_not_committed(ws: Workspace) -> None:
    ws.freeze(author="ana", reason="first set")
    with (ws.path / "golden" / "golden-v1.jsonl").open("ab") as file:
        file.write(b"\n")
    with pytest.raises(BadRequest, match=r"golden-v1\.jsonl"):
        ws.commit_golden(1)


def test_a_hook_of_another_repository_does_not_lead_astray(
    ws: Workspace, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a freeze runs inside a hook of some other repository, whose GIT_DIR is in the environment."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    report = ws.freeze(author="ana", reason="first set", commit=True)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert report.commit == git(repository, "rev-parse", "HEAD")


def test_through_the_command_line(ws: Workspace, repository: Path) -> None:
    command = [sys.executable, "-m", "workbench", "-w", str(ws.path), "golden"]
    given = ["freeze", "--reason", "first set", "--by", "ana", "--tag", "--json"]
    done = subprocess.run([*command, *given], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["tag"] == "golden-v1" and answer["commit"] == git(repository, "rev-parse", "HEAD")
    again = subprocess.run([*command, "commit", "1", "--tag"], capture_output=True, text=True, check=False)
    assert again.returncode == 2 and "tag golden-v1 already" in again.stderr and again.stderr.count("\n") == 1
    none = subprocess.run([*command, "commit"], capture_output=True, text=True, check=True)
    assert "nothing to commit" in none.stdout


# --- DVC ------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(find_spec("dvc") is None and shutil.which("dvc") is None, reason="dvc is not installed")
def test_dvc_keeps_the_cases_and_git_their_pointers(ws: Workspace, repository: Path) -> None:
    dvc = [sys.executable, "-m", "dvc"] if find_spec("dvc") else ["dvc"]
    refused(ws, "dvc init", NotReady, dvc=True)
    subprocess.run([*dvc, "init", "-q"], cwd=repository, check=True, env=quiet())
    report = ws.freeze(author="ana", reason="first set", commit=True, dvc=True)
    assert report.dvc == ("golden-v1.jsonl", "golden-v1.sealed")
    names = (".gitignore", "CHANGELOG.md", "golden-v1.json", "golden-v1.jsonl.dvc", "golden-v1.sealed.dvc")
    assert in_commit(repository) == {f"workspace/golden/{name}" for name in names}
    assert ws.verify_golden()[0].ok
    accept(ws, case(77))
    assert ws.freeze(author="ana", reason="one more", commit=True, dvc=True).dvc == (
        "golden-v2.jsonl",
        "golden-v2.sealed",
    )
    for path in (ws.path / "golden").glob("*.jsonl"):
        path.unlink()
    subprocess.run([*dvc, "checkout", "-q"], cwd=repository, check=True, env=quiet())
    assert all(each.ok for each in ws.verify_golden())


def quiet() -> dict[str, str]:
    import os

    return {**os.environ, "DVC_NO_ANALYTICS": "1", "CI": "1"}
