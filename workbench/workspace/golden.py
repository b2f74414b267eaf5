"""The verbs of the golden set: freeze the accepted cases as a version, check one, compare two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, NotReady, UnknownName
from workbench.workspace.golden_checks import GoldenChecks, in_the_way, kept
from workbench.workspace.golden_reads import GoldenReads

if TYPE_CHECKING:
    from workbench.golden import Case, Problem, Verified
    from workbench.golden.freezing import Draft

CHANGELOG, LEDGER = "CHANGELOG.md", "ledger.jsonl"


@dataclass(frozen=True)
class Frozen:
    """What a freeze did.

    Attributes:
        version: The new version.
        cases: Cases in it.
        blind: Of them sealed.
        added: Cases that were not in the version before.
        removed: Cases that are no longer in it.
        relabelled: Cases of which something else is expected now.
        edited: Cases whose wording or filing changed.
        sha256: The version's hash: who writes it down elsewhere can tell a forgery.
        notices: What a reader should know, in sentences.
        commit: The commit that holds it, where it was to be committed.
        tag: The tag of that commit.
        dvc: Its files that DVC keeps.
    """

    version: int
    cases: int
    blind: int
    added: int
    removed: int
    relabelled: int
    edited: int
    sha256: str
    notices: tuple[str, ...] = ()
    commit: str | None = None
    tag: str | None = None
    dvc: tuple[str, ...] = ()


class GoldenVerbs(GoldenReads, GoldenChecks):
    """Versions of the golden set."""

    def freeze(
        self,
        *,
        author: str,
        reason: str,
        blind_share: float | None = None,
        allow_findings: bool = False,
        allow_leaks: bool = False,
        commit: bool = False,
        tag: bool = False,
        dvc: bool = False,
    ) -> Frozen:
        """Freeze the accepted cases as the next version: files, changelog and manifest, all or none.

        Before that every case is scanned for personal data again, since engines get better and cases are edited, and
        looked over by ``check_golden``.

        Args:
            author: Who freezes it.
            reason: Why there is a new version.
            blind_share: The share to seal; a fifth by default.
            allow_findings: Freeze although the scan found something, because a person looked at it.
            allow_leaks: Freeze although cases stand in prompts, few-shot files or what a judge is asked with, or are in
                the set twice. The reason has to say why; the manifest keeps both.
            commit: Commit the golden files to the git repository around them.
            tag: Commit, and tag the commit.
            dvc: Let DVC keep the version's cases.

        Raises:
            TooLittleData: No case was accepted.
            NotReady: Nothing changed, a case was not checked for private data, the files hold other versions or were
                touched, or there is no repository to commit to.
            WorkbenchError: git or DVC refused after the version was frozen.
            BadRequest: The scan found personal data, cases leaked or are in it twice, or there is no author or reason.
        """
        from workbench.golden.freezing import written
        from workbench.golden.version import changelog

        by, why = self._golden_author(author), self._golden_reason(reason)
        folder, number = self.golden_folder, self._next_version()
        self._check_repository(number, commit=commit, tag=tag, dvc=dvc)
        cases = self._accepted_cases()
        found = self._personal_data(cases)
        if found and not allow_findings:
            raise BadRequest(
                f"{len(found)} cases hold what looks like personal data ({', '.join(found[:5])}). Edit them, or freeze"
                " with findings allowed after a person has looked"
            )
        checked = self.check_golden()
        leaks = in_the_way(checked)
        if leaks and not allow_leaks:
            raise BadRequest(f"{leaks} Retire them or change the prompt, or freeze with leaks allowed")
        made = self._next_draft(cases, number, share=blind_share)
        now = datetime.now(UTC)
        facts = {
            "created_at": now.isoformat(timespec="seconds"),
            "author": by,
            "reason": why,
            "rubric_version": max((case.rubric_version or 0 for case in cases), default=0) or None,
            "checks": kept(checked, allowed=allow_leaks),
            "redaction": {"engine": self.redactor.engine, "policy": self.redactor.policy.name, "findings": len(found)},
        }
        versions = range(1, number)
        previous = folder.manifest(number - 1)["sha256"] if number > 1 else None
        content, files = written(made, previous=previous, secret=self.store.secret, facts=facts)
        row = {"version": number, "created_at": now, "author": by, "reason": why, "sha256": content["sha256"]}
        opened = {case.case_id: case.to_dict() for case in made.opened}
        told = changelog([*(folder.manifest(each) for each in versions), content]).encode()
        self.store.freeze_golden(
            row, files=files, changelog=told, sealed=made.newly_sealed, opened=opened, retired=made.retired
        )
        n = made.diff.counts()
        notices = (*made.notices, *([f"{len(found)} cases hold what looks like personal data."] if found else []))
        notices += tuple(each.told for each in (*checked.refused, *checked.warned))
        of: dict[str, Any] = {"cases": content["cases"], "blind": content["blind"], **n, "sha256": content["sha256"]}
        report = Frozen(number, **of, notices=notices)
        if not (commit or tag or dvc):
            return report
        there = self.commit_golden(number, commit=commit, tag=tag, dvc=dvc)
        return replace(report, commit=there.commit, tag=there.tag, dvc=there.dvc)

    def verify_golden(self, version: int | None = None, *, expected: str | None = None) -> list[Verified]:
        """Check a frozen version, or all of them, against what was frozen; the first problem names file and case.

        Args:
            version: One version; all by default.
            expected: The hash it should have, as it was written down elsewhere.

        Raises:
            UnknownName: There is no such version.
        """
        from workbench.golden import Problem, Verified

        known = {row["version"]: row["sha256"] for row in self.store.golden_versions()}
        numbers = sorted({*known, *self.golden_folder.numbers()}) if version is None else [version]
        if version is not None and version not in known and version not in self.golden_folder.numbers():
            raise UnknownName("version", str(version), [str(each) for each in sorted(known)])
        found = [self.golden_folder.verify(each, expected=expected or known.get(each)) for each in numbers]
        beside = self._beside_the_versions()
        if found and beside:
            last = found[-1]
            problems = (*last.problems, *(Problem(*each) for each in beside))
            found[-1] = Verified(last.version, last.cases, last.blind, last.sha256, problems, last.notices)
        return found

    def adopt_golden(self) -> list[int]:
        """Take versions into the database that only the files know, as after a restored folder; which ones those are.

        Raises:
            BadRequest: A version is not as it was frozen.
        """
        known = {row["version"] for row in self.store.golden_versions()}
        new = [number for number in self.golden_folder.numbers() if number not in known]
        for number in new:
            checked = self.golden_folder.verify(number)
            if not checked.ok:
                first = checked.problems[0]
                raise BadRequest(
                    f"version {number} cannot be taken in: {first.file}: {first.problem}. Restore it first"
                )
        if new:
            newest = self.golden_folder
            rows = [self._version_row(number) for number in new]
            opened, sealed = newest.open_cases(new[-1]), newest.sealed_cases(new[-1])
            self.store.adopt_golden(rows, [case.to_dict() for case in opened], [case.case_id for case in sealed])
        return new

    def _version_row(self, number: int) -> dict[str, Any]:
        known = self.golden_folder.manifest(number)
        created = datetime.fromisoformat(known["created_at"])
        return {"version": number, "created_at": created, **{k: known[k] for k in ("author", "reason", "sha256")}}

    def _next_version(self) -> int:
        known = [row["version"] for row in self.store.golden_versions()]
        unknown = [number for number in self.golden_folder.numbers() if number not in known]
        if unknown:
            told = ", ".join(f"v{number}" for number in unknown)
            raise NotReady(
                f"the golden folder holds versions this database does not know ({told})."
                " Take them in first: workbench golden adopt"
            )
        newest = max(known, default=0)
        touched = [each for each in self._touched(newest) if each.file != LEDGER] if newest else []
        if touched:
            raise NotReady(
                f"version {newest} is not as it was frozen ({touched[0].file}: {touched[0].problem}), and the next"
                " would follow on it. Restore its files first"
            )
        return newest + 1

    def _touched(self, version: int) -> Sequence[Problem]:
        recorded = {row["version"]: row["sha256"] for row in self.store.golden_versions()}
        return self.golden_folder.verify(version, expected=recorded.get(version)).problems

    def _next_draft(self, cases: Sequence[Case], number: int, *, share: float | None) -> Draft:
        from workbench.golden.blind import BLIND_SHARE
        from workbench.golden.freezing import draft

        folder, before = self.golden_folder, number - 1
        return draft(
            cases,
            number=number,
            before_open=folder.open_cases(before) if before else [],
            before_sealed=folder.sealed_cases(before) if before else [],
            looked_at=self._looked_at(),
            ever_open=[
                *(case.case_id for each in range(1, number) for case in folder.open_cases(each)),
                *(row["case_id"] for row in self.store.case_changes() if row["how"] == "graduated"),
            ],
            retired=[row["case_id"] for row in self.store.case_rows(statuses=["retired"])],
            why=self._why_cases_changed(),
            secret=self.store.secret,
            share=BLIND_SHARE if share is None else share,
        )

    def _accepted_cases(self) -> list[Case]:
        from workbench.golden import Case

        rows = [row for row in self.store.case_rows(statuses=["accepted"]) if row["pool"] == "golden"]
        unchecked = [row["case_id"] for row in rows if row["private_at"] is None]
        if unchecked:
            raise NotReady(
                f"{len(unchecked)} accepted cases were not checked for private data by a person"
                f" ({', '.join(unchecked[:5])}). Check them first"
            )
        return [Case.from_dict(row["content"]) for row in rows]

    def _personal_data(self, cases: Sequence[Case]) -> list[str]:
        """The ids of the cases in which the redactor finds something."""
        texts = [case.texts for case in cases]
        if not texts:
            return []
        safe, _ = self.redactor.redact(texts)
        return [case.case_id for case, was, now in zip(cases, texts, safe, strict=True) if was != now]

    def _why_cases_changed(self) -> dict[str, tuple[str, str, str]]:
        """The newest reason for each case since the last version."""
        frozen = self.store.golden_versions()
        since = frozen[-1]["created_at"] if frozen else None
        return {
            row["case_id"]: (row["kind"] or "new_coverage", row["reason"], row["changed_by"])
            for row in self.store.case_changes(since=since)
            if row["kind"] is not None
        }

    def _changelog(self) -> str:
        from workbench.golden.version import changelog

        known = {row["version"] for row in self.store.golden_versions()}
        folder = self.golden_folder
        return changelog([folder.manifest(number) for number in folder.numbers() if number in known])

    def _beside_the_versions(self) -> list[tuple[str, str]]:
        """What is wrong with the files that follow from the versions."""
        from workbench.golden.ledger import Look, missing_from

        folder = self.golden_folder
        found = []
        try:
            expected = self._changelog().encode()
        except UnknownName:
            expected = None
        written = folder.read(CHANGELOG)
        if written is None:
            found.append((CHANGELOG, "the file is missing"))
        elif expected is not None and written != expected:
            found.append((CHANGELOG, "it says something else than the manifests"))
        looks, _ = folder.looks()
        gone = missing_from(looks, [Look(**row) for row in self.store.golden_looks()])
        if gone:
            found.append((LEDGER, f"{len(gone)} looks that the database knows are missing"))
        return found


def verify_folder(folder: str | Path, version: int | None = None, *, expected: str | None = None) -> list[Verified]:
    """Check golden files where there is no workspace, such as in a clone of a repository.

    Signatures and sealed cases need the workspace's secret and are not checked; hashes are.

    Raises:
        UnknownName: There is no such version.
    """
    from workbench.golden.folder import GoldenFolder

    found = GoldenFolder(Path(folder))
    numbers = found.numbers()
    if not numbers or (version is not None and version not in numbers):
        raise UnknownName("version", str(version or "of a golden set there"), [str(each) for each in numbers])
    return [found.verify(each, expected=expected) for each in ([version] if version is not None else numbers)]
