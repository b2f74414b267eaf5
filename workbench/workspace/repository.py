"""The verb that keeps a frozen version in the git repository around the workspace, by choice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import BadRequest, NotReady
from workbench.workspace.sealed import SealedVerbs

if TYPE_CHECKING:
    from workbench.golden.repository import Kept


class RepositoryVerbs(SealedVerbs):
    """Versions of the golden set in git."""

    def commit_golden(
        self, version: int | None = None, *, commit: bool = True, tag: bool = False, dvc: bool = False
    ) -> Kept:
        """Commit the golden files, and nothing else that is in the repository.

        Args:
            version: The version whose changelog is the message; the newest by default.
            commit: Commit; without it only DVC is asked.
            tag: Commit, and tag the commit ``golden-vN``.
            dvc: Let DVC keep the version's cases.

        Raises:
            NotReady: Nothing was frozen, or the repository is not there or not ready.
            UnknownName: There is no such version.
            BadRequest: It is not as it was frozen.
            WorkbenchError: git or DVC refused.
        """
        from workbench.golden.repository import keep

        folder = self.golden_folder
        number = version if version is not None else max(folder.numbers(), default=0)
        if number == 0:
            raise NotReady("no golden set was frozen yet. Accept cases, then: workbench golden freeze")
        known = folder.manifest(number)
        touched = folder.verify(number).problems
        if touched:
            raise BadRequest(f"version {number} is not as it was frozen: {touched[0].file}: {touched[0].problem}")
        return keep(folder.folder, known, commit=commit, tag=tag, dvc=dvc)

    def golden_repository(self) -> Path | None:
        """The git repository that the golden files lie in; None where there is none."""
        from workbench.golden.repository import root

        return root(self.store.path / "golden")

    def _check_repository(self, version: int, *, commit: bool, tag: bool, dvc: bool) -> None:
        from workbench.golden.repository import check

        if commit or tag or dvc:
            check(self.store.path / "golden", version, commit=commit, tag=tag, dvc=dvc)
