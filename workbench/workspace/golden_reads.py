"""The verbs that read the golden set: its versions, the cases of one, and what two differ in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from workbench.errors import NotReady, UnknownName
from workbench.workspace.repository import RepositoryVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.golden import Case, Diff

HOW = ("added", "removed", "relabelled", "edited")
MANIFEST = ("created_at", "author", "reason", "cases", "blind", "sha256")


class GoldenReads(RepositoryVerbs):
    """The golden set as it stands in its files."""

    def golden_diff(self, before: int, after: int) -> Diff:
        """Say what two versions differ in; sealed cases are counted and not named.

        Raises:
            UnknownName: There is no such version.
        """
        from workbench.golden import differences

        folder = self.golden_folder
        sides = []
        hidden: set[str] = set()
        opened = set(self._looked_at())
        for number in (before, after):
            folder.manifest(number)
            sealed = folder.sealed_cases(number)
            hidden |= {case.case_id for case in sealed} - opened
            sides.append({case.case_id: case for case in (*folder.open_cases(number), *sealed)})
        why = {
            each["case_id"]: (each["kind"], each["reason"], each["by"])
            for number in range(before + 1, after + 1)
            for each in folder.manifest(number)["changes"]
            if each["case_id"] is not None
        }
        open_now = {case.case_id for case in folder.open_cases(after)}
        return differences(*sides, sealed=hidden - open_now, why=why)

    def golden_versions(self) -> DataFrame:
        """The versions, oldest first.

        Returns:
            Columns version, created_at, author, reason, cases, blind, added, removed, relabelled, edited, looks (times
            its sealed part was opened), sha256 and recorded (whether the database knows it). What a manifest that is
            missing or cannot be read would say is empty.
        """
        import pandas as pd

        recorded = {row["version"]: row for row in self.store.golden_versions()}
        looks, folder = self.golden_looks(), self.golden_folder
        rows = []
        for number in sorted({*recorded, *folder.numbers()}):
            seen = sum(look.version == number for look in looks)
            told = {"version": number, "looks": seen, "recorded": number in recorded}
            try:
                known = folder.manifest(number)
            except UnknownName:  # missing or unreadable: what the database has; verify says what is wrong
                kept = recorded.get(number, {})
                rows.append({**told, **{name: kept.get(name) for name in ("created_at", "author", "reason", "sha256")}})
                continue
            counts = Counter(each["how"] for each in known["changes"])
            rows.append({**told, **{name: known[name] for name in MANIFEST}, **{how: counts[how] for how in HOW}})
        columns = ["version", *MANIFEST[:-1], *HOW, "looks", "sha256", "recorded"]
        frame = pd.DataFrame(rows, columns=columns, dtype=object)
        frame = frame.where(frame.notna(), None)
        whole = [name for name in ("version", "cases", "blind", *HOW, "looks") if frame[name].notna().all()]
        return frame.astype({**dict.fromkeys(whole, "int64"), "recorded": bool})

    def golden_cases(self, version: int | None = None) -> list[Case]:
        """The open cases of a version, the newest by default; sealed ones come from ``open_golden`` only.

        Raises:
            NotReady: Nothing was frozen yet.
            UnknownName: There is no such version.
        """
        folder = self.golden_folder
        known = [row["version"] for row in self.store.golden_versions()]
        number = version if version is not None else max(known, default=0)
        if number == 0:
            raise NotReady("no golden set was frozen yet. Accept cases, then: workbench golden freeze")
        folder.manifest(number)
        return folder.open_cases(number)

    def golden_frame(self, version: int | None = None) -> DataFrame:
        """The open cases of a version, the newest by default, as a frame; nested fields as JSON text.

        Raises:
            NotReady: Nothing was frozen yet.
            UnknownName: There is no such version.
        """
        import orjson
        import pandas as pd

        from workbench import tables

        nested = {column.name for column in tables.GOLDEN if column.type == "json"}
        rows = [case.to_dict() for case in self.golden_cases(version)]
        told = [{k: orjson.dumps(v).decode() if k in nested else v for k, v in row.items()} for row in rows]
        frame = pd.DataFrame(told, columns=[column.name for column in tables.GOLDEN])
        return frame.astype({"rubric_version": "Int64", "version_added": "Int64"})
