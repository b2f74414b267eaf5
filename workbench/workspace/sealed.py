"""The verbs around what is sealed: open it, and see who opened it before. A line in the ledger always comes first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.errors import BadRequest
from workbench.workspace.labels import LabelVerbs

if TYPE_CHECKING:
    from workbench.golden import Case, Look
    from workbench.golden.folder import GoldenFolder


@dataclass(frozen=True)
class Opened:
    """The sealed cases of a version, and who had looked before."""

    version: int
    cases: tuple[Case, ...] = field(repr=False)
    look: Look
    earlier: tuple[Look, ...] = ()

    @property
    def lines(self) -> bytes:
        """The cases as JSON lines."""
        from workbench.golden.version import open_lines

        return open_lines(self.cases)

    @property
    def warning(self) -> str | None:
        """What an earlier look means for this one; None for the first."""
        if not self.earlier:
            return None
        releases = sorted({look.release for look in self.earlier})
        return (
            f"this slice was opened before, for {', '.join(releases)}: it is no longer blind,"
            " and a rate on it is not a fresh one. Freeze a new version to seal new cases."
        )


class SealedVerbs(LabelVerbs):
    """The sealed part of the golden set."""

    @property
    def golden_folder(self) -> GoldenFolder:
        """The golden files of this workspace, without what a freeze that died left behind."""
        from workbench.golden.folder import GoldenFolder

        self.store.clear_golden()
        return GoldenFolder(self.store.path / "golden", self.store.secret)

    def open_golden(self, version: int, *, release: str, reason: str, opened_by: str) -> Opened:
        """Open the sealed cases of a version: a line goes into the ledger first, then they are handed out.

        Args:
            version: The version.
            release: The release that is to be judged by them.
            reason: Why.
            opened_by: Who.

        Raises:
            UnknownName: There is no such version.
            BadRequest: Release, reason or person is missing, or the version holds no sealed case.
        """
        from workbench.golden import ledger
        from workbench.golden.folder import LEDGER
        from workbench.golden.ledger import Look

        folder = self.golden_folder
        folder.manifest(version)
        if not release.strip():
            raise BadRequest("opening sealed cases needs the release they are opened for. Give its id")
        by, why, told = self._golden_author(opened_by), self._golden_reason(reason), self._golden_reason(release)
        cases = folder.sealed_cases(version)
        if not cases:
            raise BadRequest(f"version {version} holds no sealed cases. Freeze one with new cases to have some")
        earlier = tuple(self.golden_seen(version))
        look = Look(version, told, why, by, datetime.now(UTC).isoformat(timespec="microseconds"), len(cases))
        row = {name: getattr(look, name) for name in ("version", "release", "reason", "opened_by", "opened_at", "n")}
        secret = self.store.secret
        self.store.add_golden_look(
            row, LEDGER, lambda before: ledger.line(look, ledger.last_hash(before), secret=secret)
        )
        return Opened(version, tuple(cases), look, earlier)

    def golden_looks(self) -> list[Look]:
        """Every look at sealed cases that the ledger file or the database knows of, oldest first."""
        from workbench.golden.ledger import Look, missing_from

        looks, _ = self.golden_folder.looks()
        known = [Look(**row) for row in self.store.golden_looks()]
        return sorted([*looks, *missing_from(looks, known)], key=lambda look: look.opened_at)

    def golden_seen(self, version: int) -> list[Look]:
        """The looks that any of the cases which a version seals has had, oldest first: with one it is not blind."""
        ids = self._sealed_ids(version)
        return [look for look in self.golden_looks() if ids & self._sealed_ids(look.version)]

    def _sealed_ids(self, version: int) -> set[str]:
        return {case.case_id for case in self.golden_folder.sealed_cases(version)}

    def _looked_at(self) -> list[str]:
        opened = {look.version for look in self.golden_looks()}
        return sorted({case_id for version in opened for case_id in self._sealed_ids(version)})

    def _golden_author(self, name: str) -> str:
        name = " ".join(name.split())
        if not name:
            raise BadRequest("this is recorded under a person's name, and none was given. Say who you are: --by NAME")
        if self.redactor.has_structured([name])[0]:
            raise BadRequest("a person's name is stored as it is and may be no address. Give a name or initials")
        return name

    def _golden_reason(self, reason: str) -> str:
        if not reason.strip():
            raise BadRequest("a change of the golden set needs a reason. Say why: --reason TEXT")
        return str(self.redactor.redact([" ".join(reason.split())])[0][0])
