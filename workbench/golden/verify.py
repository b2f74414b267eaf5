"""Whether a frozen version is still what was frozen, and if not, which file, line and case was touched."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from workbench.errors import WorkbenchError
from workbench.golden.cases import Case
from workbench.golden.seal import keyed_hash, sign, unseal
from workbench.golden.version import FORMAT, canonical, digest

NEEDED = ("format", "version", "cases", "blind", "files", "case_hashes", "sealed_hashes", "previous", "sha256")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was frozen: in which file, what, and which case where that can be told."""

    file: str
    problem: str
    case_id: str | None = None


@dataclass(frozen=True)
class Verified:
    """What was found about a version.

    Attributes:
        version: The version.
        cases: Cases it says it has.
        blind: Of them sealed.
        sha256: The hash it was frozen under.
        problems: What is not as it was.
        notices: What could not be checked here.
    """

    version: int
    cases: int
    blind: int
    sha256: str
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether everything that can be checked here is as it was frozen."""
        return not self.problems


def check_manifest(
    content: bytes | None, *, version: int, name: str, secret: bytes | None, expected: str | None
) -> tuple[dict[str, Any], list[Problem], list[str]]:
    """Check a manifest by itself: that it can be read, was not edited, and is the one that was recorded.

    Args:
        content: The file; None where it is missing.
        version: The version it should be of.
        name: The file's name.
        secret: The workspace's secret, where it is at hand.
        expected: The hash that was recorded elsewhere (the database, a pinned value), where it is known.
    """
    if content is None:
        return {}, [Problem(name, "the manifest is missing")], []
    try:
        found = orjson.loads(content)
        if not isinstance(found, dict) or any(each not in found for each in NEEDED):
            raise ValueError
    except ValueError:
        return {}, [Problem(name, "the manifest cannot be read")], []
    problems, notices = [], []
    if found["format"] != FORMAT:
        problems.append(Problem(name, f"format {found['format']!r} is not known to this version of the workbench"))
    if found["version"] != version:
        problems.append(Problem(name, f"the manifest is of version {found['version']}, not {version}"))
    if digest(canonical(found)) != found["sha256"]:
        problems.append(Problem(name, "the manifest was edited: its own hash does not match"))
    elif expected is not None and found["sha256"] != expected:
        problems.append(Problem(name, "the manifest is not the one that was recorded when the version was frozen"))
    if secret is None:
        notices.append("The signature was not checked: the workspace's secret is not here.")
    elif not hmac.compare_digest(str(found.get("signature")), sign(str(found["sha256"]).encode(), secret=secret)):
        problems.append(Problem(name, "its signature is not this workspace's: it was forged or made elsewhere"))
    return found, problems, notices


def check_open(content: bytes | None, known: Mapping[str, Any], *, name: str) -> list[Problem]:
    """Check the open cases line by line against the manifest."""
    if content is None:
        return [Problem(name, "the file is missing")]
    recorded = known["files"].get(name, {}).get("sha256")
    if digest(content) == recorded:
        return []
    hashes: Mapping[str, str] = known["case_hashes"]
    problems, seen = [], []
    for number, line in enumerate(content.splitlines()):
        try:
            case = Case.from_dict(orjson.loads(line))
        except (ValueError, TypeError, AttributeError, WorkbenchError):
            problems.append(Problem(name, f"line {number} is no case"))
            continue
        if case.case_id not in hashes:
            problems.append(Problem(name, f"line {number} is a case that was not frozen", case.case_id))
            continue
        if case.case_id in seen:
            problems.append(Problem(name, f"line {number} repeats a case", case.case_id))
        elif case.content != hashes[case.case_id]:
            problems.append(Problem(name, f"line {number} was edited", case.case_id))
        seen.append(case.case_id)
    damaged = any(each.problem.endswith("is no case") for each in problems)
    missing = [case_id for case_id in hashes if case_id not in set(seen)]
    problems += [Problem(name, "the case is missing" + (" or damaged" if damaged else ""), each) for each in missing]
    if not problems and seen != sorted(seen):
        problems.append(Problem(name, "the lines are in another order"))
    return problems or [Problem(name, "bytes were changed that no case shows (spaces, line ends or a case's version)")]


def check_sealed(
    content: bytes | None, known: Mapping[str, Any], *, name: str, secret: bytes | None
) -> tuple[list[Problem], list[str]]:
    """Check the sealed cases without telling anything of them."""
    if not known["blind"]:
        return [], []
    if content is None:
        return [Problem(name, "the file is missing")], []
    if digest(content) == known["files"].get(name, {}).get("sha256"):
        if secret is None:
            return [], []
    elif secret is None:
        return [Problem(name, "the file was changed")], []
    assert secret is not None
    try:
        hashes = sorted(keyed_hash(case.content, secret=secret) for case in unseal(content, secret=secret))
    except WorkbenchError:
        return [Problem(name, "the file was changed, or sealed with another secret")], []
    if hashes != known["sealed_hashes"]:
        return [Problem(name, "the sealed cases are not those that were frozen")], []
    if digest(content) != known["files"].get(name, {}).get("sha256"):
        return [Problem(name, "the file was changed")], []
    return [], []


def check_chain(known: Mapping[str, Any], before: str | None, *, name: str) -> list[Problem]:
    """Check that a manifest names the manifest before it."""
    if known["previous"] == before:
        return []
    return [Problem(name, "it does not follow on the version before: one of the two was replaced")]


def check_files(known: Mapping[str, Any], expected: Sequence[str], *, name: str) -> list[Problem]:
    """Check that a manifest lists the files of its version."""
    missing = [each for each in expected if each not in known["files"]]
    return [Problem(name, f"the manifest does not list {each}") for each in missing]
