"""A version of the golden set: what is in it, what changed since the last one and why, and hashes over all of it.

The manifest is the commit point: a version exists once its manifest does. It is signed with the workspace's secret and
names the manifest before it, so a forged or swapped one is found by whoever holds the secret, and by everybody who
wrote down the ``sha256`` of a version.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from workbench.golden.cases import Case
from workbench.golden.seal import keyed_hash, sign

FORMAT = 1
KINDS = ("new_coverage", "regression", "wrong_label", "wording", "retired", "opened")
"""Why a case changed: what it adds, a failure that came back, a label that was wrong, words only, no longer true."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One case that differs from the version before.

    Attributes:
        case_id: The case; None while it is sealed.
        how: added, removed, relabelled or edited.
        kind: One of ``KINDS``.
        reason: Why, in words.
        by: Who.
    """

    case_id: str | None
    how: str
    kind: str
    reason: str
    by: str


@dataclass(frozen=True)
class Diff:
    """What two versions differ in; sealed cases are counted and not named."""

    changes: tuple[Changed, ...] = field(default=(), repr=False)

    def of(self, how: str) -> tuple[Changed, ...]:
        """The changes of one sort: added, removed, relabelled or edited."""
        return tuple(each for each in self.changes if each.how == how)

    def counts(self) -> dict[str, int]:
        """How many of each sort."""
        return {how: len(self.of(how)) for how in ("added", "removed", "relabelled", "edited")}

    def __repr__(self) -> str:
        return "Diff(" + ", ".join(f"{n} {how}" for how, n in self.counts().items()) + ")"


def differences(
    before: Mapping[str, Case],
    after: Mapping[str, Case],
    *,
    sealed: Collection[str] = (),
    why: Mapping[str, tuple[str, str, str]] | None = None,
) -> Diff:
    """Say what changed from one set of cases to the next; of a sealed case neither its id nor why.

    Args:
        before: Cases by id.
        after: Cases by id.
        sealed: Ids that may not be named.
        why: Kind, reason and who, by id.
    """
    hidden, told = set(sealed), why or {}
    found = []
    for case_id in sorted(before.keys() | after.keys()):
        old, new = before.get(case_id), after.get(case_id)
        if old is not None and new is not None and old.content == new.content:
            continue
        if old is None:
            how, usual = "added", "new_coverage"
        elif new is None:
            how, usual = "removed", "retired"
        else:
            how, usual = ("relabelled", "wrong_label") if old.meaning != new.meaning else ("edited", "wording")
        kind, reason, by = told.get(case_id, (usual, "", ""))
        found.append(Changed(None, how, kind, "", "") if case_id in hidden else Changed(case_id, how, kind, reason, by))
    return Diff(tuple(found))


def open_lines(cases: Sequence[Case]) -> bytes:
    """The open cases as JSON lines, in the order of their ids."""
    ordered = sorted(cases, key=lambda case: case.case_id)
    return b"".join(orjson.dumps(case.to_dict(), option=orjson.OPT_SORT_KEYS) + b"\n" for case in ordered)


def manifest(
    version: int,
    *,
    cases: Sequence[Case],
    blind: Sequence[Case],
    files: Mapping[str, bytes],
    diff: Diff,
    previous: str | None,
    secret: bytes,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Put the manifest of a version together.

    Args:
        version: Its number.
        cases: The open cases.
        blind: The sealed cases.
        files: The version's files by name.
        diff: What changed since the version before.
        previous: sha256 of the manifest before; None for the first.
        secret: The workspace's secret.
        facts: When, by whom, why, the rubric and the like.
    """
    content = {
        "format": FORMAT,
        "version": version,
        **facts,
        "cases": len(cases) + len(blind),
        "blind": len(blind),
        "files": {name: {"sha256": digest(text), "bytes": len(text)} for name, text in sorted(files.items())},
        "case_hashes": {case.case_id: case.content for case in sorted(cases, key=lambda each: each.case_id)},
        "sealed_hashes": sorted(keyed_hash(case.content, secret=secret) for case in blind),
        "changes": [
            {"case_id": each.case_id, "how": each.how, "kind": each.kind, "reason": each.reason, "by": each.by}
            for each in diff.changes
        ],
        "previous": previous,
    }
    content["sha256"] = digest(canonical(content))
    return {**content, "signature": sign(content["sha256"].encode(), secret=secret)}


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes that the hash of a manifest is taken over."""
    kept = {name: value for name, value in content.items() if name not in ("sha256", "signature")}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def pretty(content: Mapping[str, Any]) -> bytes:
    """A manifest as it is written."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"


def digest(content: bytes) -> str:
    """The sha256 of bytes."""
    return sha256(content).hexdigest()


def changelog(manifests: Sequence[Mapping[str, Any]]) -> str:
    """CHANGELOG.md of the golden set, newest version first, from the manifests."""
    parts = ["# Golden set\n"]
    for each in sorted(manifests, key=lambda one: -one["version"]):
        sealed = f", {each['blind']} of them sealed" if each["blind"] else ""
        parts.append(f"\n## v{each['version']} · {each['created_at'][:10]}\n")
        parts.append(f"\n{each['cases']} cases{sealed}. Frozen by {each['author']}: {each['reason']}\n")
        if each.get("checks", {}).get("allowed"):
            parts.append("\nFrozen although a check refused it; the manifest says which cases stood in the way.\n")
        parts.append(f"\nsha256 `{each['sha256']}`\n")
        parts += _sections(each["changes"])
    return "".join(parts)


def _sections(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    for how, title in (("added", "Added"), ("removed", "Removed"), ("relabelled", "Relabelled"), ("edited", "Edited")):
        rows = [each for each in changes if each["how"] == how]
        if not rows:
            continue
        found.append(f"\n### {title}\n\n")
        named = [each for each in rows if each["case_id"] is not None]
        found += [f"- `{each['case_id']}` ({each['kind'].replace('_', ' ')}{_told(each)})\n" for each in named]
        if hidden := len(rows) - len(named):
            found.append(f"- {hidden} sealed\n")
    return found


def _told(change: Mapping[str, Any]) -> str:
    by = f", by {change['by']}" if change["by"] else ""
    return f": {change['reason']}{by}" if change["reason"] else by
