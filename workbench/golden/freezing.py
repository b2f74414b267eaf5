"""From the cases that were accepted to the next version: what is in it, what is sealed, what changed and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.errors import NotReady, TooLittleData
from workbench.golden import version as versions
from workbench.golden.blind import BLIND_SHARE, choose_blind
from workbench.golden.cases import Case
from workbench.golden.folder import manifest_name, open_name, sealed_name
from workbench.golden.seal import seal
from workbench.golden.version import Diff, differences

Why = Mapping[str, tuple[str, str, str]]


@dataclass(frozen=True)
class Draft:
    """The next version before it is written.

    Attributes:
        version: Its number.
        open: Its open cases.
        sealed: Its sealed cases.
        newly_sealed: Ids that are sealed with it.
        opened: Cases that were sealed until now.
        retired: Ids of cases that were sealed and are left out.
        diff: What changed.
        notices: What a reader should know, in sentences.
    """

    version: int
    open: tuple[Case, ...] = field(repr=False)
    sealed: tuple[Case, ...] = field(repr=False)
    newly_sealed: tuple[str, ...] = field(repr=False)
    opened: tuple[Case, ...] = field(repr=False)
    retired: tuple[str, ...] = field(repr=False)
    diff: Diff
    notices: tuple[str, ...] = ()


def draft(
    accepted: Sequence[Case],
    *,
    number: int,
    before_open: Sequence[Case],
    before_sealed: Sequence[Case],
    looked_at: Sequence[str],
    ever_open: Sequence[str],
    retired: Sequence[str],
    why: Why,
    secret: bytes,
    share: float = BLIND_SHARE,
) -> Draft:
    """Put the next version together.

    Args:
        accepted: Cases that were accepted and are not sealed.
        number: The next version's number.
        before_open: The open cases of the version before.
        before_sealed: Its sealed cases.
        looked_at: Ids of sealed cases that somebody opened: they are open from now on.
        ever_open: Ids that were open in any version: they are never sealed.
        retired: Ids of sealed cases to leave out.
        why: Kind, reason and who, by id.
        secret: The workspace's secret.
        share: The share to seal.

    Raises:
        TooLittleData: There is no case.
        NotReady: Nothing changed since the version before.
    """
    kept = [case for case in before_sealed if case.case_id not in set(retired)]
    opened = [case for case in kept if case.case_id in set(looked_at)]
    still = [case for case in kept if case.case_id not in set(looked_at)]
    cases = [_dated(case, number) for case in (*accepted, *opened, *still)]
    if not cases:
        raise TooLittleData("no case was accepted yet, so there is nothing to freeze. Accept cases first")
    before = {case.case_id: case for case in (*before_open, *before_sealed)}
    unseen = [*ever_open, *(case.case_id for case in opened)]
    blind = choose_blind(cases, sealed=[case.case_id for case in still], open_=unseen, key=secret, share=share)
    diff = differences(before, {case.case_id: case for case in cases}, sealed=blind, why=why)
    if not diff.changes and not opened:
        raise NotReady(f"nothing changed since version {number - 1}; accept, change or retire a case first.")
    return Draft(
        number,
        tuple(case for case in cases if case.case_id not in blind),
        tuple(case for case in cases if case.case_id in blind),
        tuple(sorted(blind - {case.case_id for case in still})),
        tuple(opened),
        tuple(sorted(set(retired) & {case.case_id for case in before_sealed})),
        diff,
        tuple(_notices(cases, blind, opened, share)),
    )


def written(
    made: Draft, *, previous: str | None, secret: bytes, facts: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest of a version and its files by name, the manifest last."""
    files = {open_name(made.version): versions.open_lines(made.open)}
    if made.sealed:
        files[sealed_name(made.version)] = seal(made.sealed, secret=secret)
    content = versions.manifest(
        made.version,
        cases=made.open,
        blind=made.sealed,
        files=files,
        diff=made.diff,
        previous=previous,
        secret=secret,
        facts=facts,
    )
    return content, {**files, manifest_name(made.version): versions.pretty(content)}


def _dated(case: Case, number: int) -> Case:
    return case if case.version_added is not None else replace(case, version_added=number)


def _notices(cases: Sequence[Case], blind: set[str], opened: Sequence[Case], share: float) -> list[str]:
    found = []
    if opened:
        found.append(f"{len(opened)} cases that were opened are no longer blind and are open from this version on.")
    wanted = round(share * len(cases))
    if len(blind) < wanted:
        found.append(
            f"{len(blind)} of {len(cases)} cases are sealed, {wanted} were wanted: what was open once is never sealed,"
            " and too few cases are new."
        )
    return found
