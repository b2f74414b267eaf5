"""Frozen versions in a git repository, by choice: one commit of the golden folder's own files, a tag, DVC for cases.

Only files that a freeze writes are ever added, by name; what else is staged in the repository stays staged and is in no
commit of ours. Whatever would make a commit fail is looked for before a version is frozen, because a version cannot be
taken back; only a hook can refuse afterwards, and then the index is as it was. What a hook or git printed is not passed
on: it may quote the files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.errors import BadRequest, NotReady, WorkbenchError
from workbench.golden.folder import LEDGER, manifest_name, open_name, sealed_name
from workbench.golden.version import changelog

OURS = re.compile(r"golden-v\d+\.(json|jsonl|sealed)|CHANGELOG\.md|" + re.escape(LEDGER))
POINTERS = re.compile(r"golden-v\d+\.(jsonl|sealed)\.dvc|\.gitignore")
SECONDS = 300  # a hook may run a team's tests; one that asks a question never ends
# an outer hook sets these for its own repository
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_COMMON_DIR")


@dataclass(frozen=True)
class Kept:
    """What became of a version in the repository.

    Attributes:
        version: The version.
        commit: The commit's hash; None where nothing had to be committed, or nothing was asked to be.
        tag: The tag, where one was made.
        dvc: The files that DVC keeps.
    """

    version: int
    commit: str | None = None
    tag: str | None = None
    dvc: tuple[str, ...] = ()


def tag_name(version: int) -> str:
    """The tag of a version."""
    return f"golden-v{version}"


def check(folder: Path, version: int, *, commit: bool, tag: bool, dvc: bool) -> None:
    """Refuse what would fail after the version is frozen.

    Args:
        folder: Where the golden files lie, or will.
        version: The version that is to be kept.
        commit: Whether it is to be committed.
        tag: Whether the commit is to be tagged.
        dvc: Whether its cases are to be kept by DVC.

    Raises:
        NotReady: There is no repository, nobody's name to commit under, or it is in the middle of something.
        BadRequest: The tag is there already, or the repository ignores the files.
        WorkbenchError: git or DVC is not installed.
    """
    if dvc:
        _check_dvc(folder)
    if not (commit or tag):
        return
    if shutil.which("git") is None:
        raise WorkbenchError("git is not installed here. Install it, or freeze without --commit")
    if root(folder) is None:
        raise NotReady(
            "the golden folder lies in no git repository. Make one around it (git init), or freeze without --commit"
        )
    where = Path(_git(folder, "rev-parse", "--absolute-git-dir").stdout.strip())
    for mark, words in (("MERGE_HEAD", "a merge"), ("CHERRY_PICK_HEAD", "a cherry-pick"), ("rebase-merge", "a rebase")):
        if (where / mark).exists():
            raise NotReady(f"the repository is in the middle of {words}. Finish it first")
    if (where / "index.lock").exists():
        raise NotReady("another git process works on the repository (index.lock). Try again when it is done")
    if _git(folder, "var", "GIT_COMMITTER_IDENT").returncode or _git(folder, "var", "GIT_AUTHOR_IDENT").returncode:
        raise NotReady("git does not know who commits. Set user.name and user.email: git config user.name NAME")
    first = str(folder.resolve() / manifest_name(version))
    if _git(folder, "check-ignore", "-q", "--no-index", "--", first).returncode == 0:
        raise BadRequest("the repository ignores the golden files. Take them out of .gitignore, or leave out --commit")
    if tag and _git(folder, "rev-parse", "-q", "--verify", f"refs/tags/{tag_name(version)}").returncode == 0:
        raise BadRequest(f"the repository has a tag {tag_name(version)} already. Delete it, or leave out --tag")


def keep(folder: Path, manifest: Mapping[str, Any], *, commit: bool, tag: bool, dvc: bool) -> Kept:
    """Commit the golden folder's files, with the version's section of the changelog as the message; tag it.

    Args:
        folder: Where the golden files lie.
        manifest: The manifest of the version.
        commit: Commit.
        tag: Commit, and tag the commit.
        dvc: Let DVC keep the version's cases; the repository then holds pointers to them.

    Raises:
        WorkbenchError: git or DVC refused; the version is frozen all the same, and the index is as it was.
    """
    number = int(manifest["version"])
    check(folder, number, commit=commit, tag=tag, dvc=dvc)
    pointed = _dvc_add(folder, number) if dvc else ()
    if not (commit or tag):
        return Kept(number, dvc=pointed)
    made = _commit(folder, number, message(manifest))
    named = None
    if tag:
        named = tag_name(number)
        told = f"golden set v{number}\n\nsha256 {manifest['sha256']}\n"
        if _git(folder, "tag", "-a", "--cleanup=whitespace", "-F", "-", named, text=told).returncode:
            raise WorkbenchError(f"version {number} was committed, and git did not tag it. Try: git tag -a {named}")
    return Kept(number, made, named, pointed)


def message(manifest: Mapping[str, Any]) -> str:
    """The message of a version's commit: a line, then its section of the changelog.

    >>> told = {"version": 2, "cases": 5, "blind": 1, "created_at": "2026-11-05", "author": "ana", "reason": "more",
    ...         "sha256": "ab", "changes": []}
    >>> message(told).splitlines()[0]
    'Golden set v2: 5 cases, 1 of them sealed'
    """
    sealed = f", {manifest['blind']} of them sealed" if manifest["blind"] else ""
    section = changelog([manifest]).split("\n", 2)[2]
    return f"Golden set v{manifest['version']}: {manifest['cases']} cases{sealed}\n\n{section}"


def root(folder: Path) -> Path | None:
    """The repository around a folder; None where there is none."""
    if shutil.which("git") is None:
        return None
    found = _git(folder, "rev-parse", "--show-toplevel")
    return None if found.returncode else Path(found.stdout.strip())


def files(folder: Path) -> list[str]:
    """The files of the folder that may be committed: those that freezes write; of what DVC keeps the pointer."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    pointed = {name.removesuffix(".dvc") for name in names if POINTERS.fullmatch(name) and name.endswith(".dvc")}
    ours = [name for name in names if OURS.fullmatch(name) and name not in pointed]
    return ours + ([name for name in names if POINTERS.fullmatch(name)] if pointed else [])


def _commit(folder: Path, number: int, told: str) -> str | None:
    names = files(folder)
    if _git(folder, "add", "--", *names).returncode:
        _git(folder, "reset", "-q", "--", *names)
        raise WorkbenchError(f"version {number} is frozen, and git could not add its files. See: git status")
    if _git(folder, "diff", "--cached", "--quiet", "--", *names).returncode == 0:
        return None
    # --only: what somebody else staged stays staged, and out of this commit
    done = _git(folder, "commit", "-q", "--cleanup=whitespace", "-F", "-", "--only", "--", *names, text=told)
    if done.returncode:
        _git(folder, "reset", "-q", "--", *names)
        raise WorkbenchError(
            f"version {number} is frozen, and git did not commit it (exit status {done.returncode}): a hook refused, or"
            f" signing failed. Put that right, then: workbench golden commit {number}"
        )
    return _git(folder, "rev-parse", "HEAD").stdout.strip()


def _git(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run git in the folder, or the nearest one above it that is there; nothing is asked of anybody."""
    return _run(["git", *arguments], folder, text, "git")


def _run(command: Sequence[str], folder: Path, text: str, name: str) -> subprocess.CompletedProcess[str]:
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())
    environment = {key: value for key, value in os.environ.items() if key not in ELSEWHERE}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "LC_ALL": "C"}
    # DVC reports usage and looks for newer versions over the network unless it is told not to
    environment |= {"DVC_NO_ANALYTICS": "1", "CI": "1"} if name == "dvc" else {}
    try:
        return subprocess.run(
            command, cwd=there, env=environment, input=text, capture_output=True, text=True, check=False,
            timeout=SECONDS, encoding="utf-8", errors="replace",
        )  # fmt: skip
    except FileNotFoundError:
        raise WorkbenchError(f"{name} is not installed here. Install it, or freeze without it") from None
    except subprocess.TimeoutExpired:
        raise WorkbenchError(
            f"{name} did not end within {SECONDS // 60} minutes. See what it, or a hook, waits for"
        ) from None


def _dvc() -> list[str] | None:
    if find_spec("dvc") is not None:
        return [sys.executable, "-m", "dvc"]
    found = shutil.which("dvc")
    return [found] if found else None


def _check_dvc(folder: Path) -> None:
    command = _dvc()
    if command is None:
        raise WorkbenchError("dvc is not installed here. Install it (pip install dvc), or freeze without --dvc")
    if _run([*command, "root", "-q"], folder, "", "dvc").returncode:
        raise NotReady("the golden folder lies in no DVC repository. Make one (dvc init), or freeze without --dvc")


def _dvc_add(folder: Path, number: int) -> tuple[str, ...]:
    command = _dvc() or []
    names = [name for name in (open_name(number), sealed_name(number)) if (folder / name).exists()]
    done = _run([*command, "add", "-q", *names], folder, "", "dvc")
    if done.returncode or not all((folder / f"{name}.dvc").exists() for name in names):
        raise WorkbenchError(
            f"version {number} is frozen, and dvc did not add its files: git may hold them already."
            f" See: dvc add {' '.join(names)}"
        )
    return tuple(names)
