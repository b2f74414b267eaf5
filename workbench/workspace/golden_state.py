"""The verbs that say how the golden set stands: what it is made of, how it has grown, what would be frozen next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.workspace.coverage import CoverageVerbs
from workbench.workspace.golden import CHANGELOG
from workbench.workspace.golden_reads import HOW

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.coverage.composition import Composition
    from workbench.leakage import GoldenCheck

SEALED = "sealed"


@dataclass(frozen=True)
class NextVersion:
    """What would be frozen now, without a word on which cases would be sealed.

    Attributes:
        version: Its number.
        cases: Cases it would hold.
        blind: Of them sealed.
        changes: How many would be added, removed, relabelled and edited.
        unchecked: Accepted cases that nobody has checked for private data.
        findings: Cases in which the scan finds what looks like personal data.
        checks: What ``check_golden`` says; None where nothing was scanned.
        notices: What a reader should know, in sentences.
        refusal: Why nothing can be frozen, where nothing can.
    """

    version: int
    cases: int
    blind: int
    changes: dict[str, int]
    unchecked: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    checks: GoldenCheck | None = None
    notices: tuple[str, ...] = field(default=(), repr=False)
    refusal: str | None = None


class GoldenStateVerbs(CoverageVerbs):
    """How the golden set stands."""

    def preview_freeze(self, *, blind_share: float | None = None, scan: bool = True) -> NextVersion:
        """What ``freeze`` would do now; nothing is written.

        Args:
            blind_share: The share to seal; a fifth by default.
            scan: Look for personal data and leaks too, which takes about a second per hundred cases.
        """
        from workbench.golden import Case

        rows = [row for row in self.store.case_rows(statuses=["accepted"]) if row["pool"] == "golden"]
        cases = [Case.from_dict(row["content"]) for row in rows]
        unchecked = tuple(row["case_id"] for row in rows if row["private_at"] is None)
        number, refusal, made = len(self.store.golden_versions()) + 1, None, None
        try:
            number = self._next_version()
            made = self._next_draft(cases, number, share=blind_share)
        except WorkbenchError as error:
            refusal = str(error)
        if made is None:
            return NextVersion(number, len(cases), 0, dict.fromkeys(HOW, 0), unchecked, refusal=refusal)
        findings = tuple(self._personal_data(cases)) if scan else ()
        if unchecked:
            refusal = f"{len(unchecked)} accepted cases were not checked for private data by a person. Check them first"
        checks = self.check_golden() if scan else None
        size, blind = len(made.open) + len(made.sealed), len(made.sealed)
        return NextVersion(number, size, blind, made.diff.counts(), unchecked, findings, checks, made.notices, refusal)

    def golden_composition(self, version: int | None = None) -> Composition:
        """Set what a version, or the accepted cases as they stand, are made of against their stage; open cases only.

        Raises:
            UnknownName: There is no such version.
            BadRequest: It is not as it was frozen.
        """
        from workbench.coverage import composition

        return composition(self._set_to_cover(version)[1])

    def golden_growth(self, versions: Sequence[int] | None = None) -> DataFrame:
        """How many cases of each source the versions hold, and the set as it stands now.

        Args:
            versions: These versions; all by default.

        Returns:
            Columns version (empty for the set as it stands), created_at, source (sealed cases under that word) and n.

        Raises:
            BadRequest: A version is not as it was frozen.
        """
        import pandas as pd

        folder = self.golden_folder
        rows: list[dict[str, Any]] = []
        for number in folder.numbers() if versions is None else versions:
            known = folder.manifest(number)
            counts = Counter(case.source for case in folder.open_cases(number))
            counts[SEALED] = known["blind"]
            rows += _counted(counts, number, pd.Timestamp(known["created_at"]))
        standing = [row for row in self.store.case_rows(statuses=["accepted", SEALED]) if row["pool"] == "golden"]
        now = Counter(row["content"]["source"] if row["content"] else SEALED for row in standing)
        frame = pd.DataFrame([*rows, *_counted(now, None, None)], columns=["version", "created_at", "source", "n"])
        frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
        return frame.astype({"version": "Int64", "n": "int64"})

    def golden_changelog(self) -> str:
        """The changelog of the golden set, as it is written in the file; empty where there is none."""
        content = self.golden_folder.read(CHANGELOG)
        return "" if content is None else content.decode("utf-8", "replace")

    def golden_stamp(self) -> str:
        """Name the state of the golden files, so that what was worked out of them is kept until one is touched."""
        folder = self.golden_folder.folder
        found = []
        for path in sorted(folder.glob("*")):
            stat = path.stat()  # the time of change cannot be set back as that of writing can
            found.append(f"{path.name} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}")
        return "|".join(found)


def _counted(counts: Counter[str], version: int | None, at: Any) -> list[dict[str, Any]]:
    return [
        {"version": version, "created_at": at, "source": source, "n": n} for source, n in sorted(counts.items()) if n
    ]
