"""What drift needs of the golden set's templates: of the traces its open cases were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import UnknownName
from workbench.workspace.golden import GoldenVerbs

if TYPE_CHECKING:
    from datetime import datetime

    from pandas import DataFrame

    from workbench.drift import GoldenTemplates
    from workbench.golden import Case

HASHES = ("prompt_hash", "tools_hash")


class GoldenTemplateReads(GoldenVerbs):
    """Templates the golden set has seen."""

    def _newest_open_cases(self) -> tuple[int, list[Case]] | str:
        """The newest frozen version and its open cases, or why there are none: no_golden, unreadable."""
        version = max((row["version"] for row in self.store.golden_versions()), default=0)
        if not version:
            return "no_golden"
        try:
            return version, self.golden_cases(version)
        except UnknownName:  # its files are gone or damaged; golden verify says what is wrong
            return "unreadable"

    def _golden_templates(self, current: DataFrame, *, tolerance: float, min_n: int) -> GoldenTemplates:
        from workbench.drift.golden_templates import GoldenTemplates, golden_templates

        found = self._newest_open_cases()
        if isinstance(found, str):
            return GoldenTemplates(tolerance=tolerance, reason=found)
        version, cases = found
        ids = [case.trace_id for case in cases if case.trace_id]
        made_from = self.store.traces_named(ids, ["trace_id", *HASHES])
        seen: dict[str, datetime] = {}
        for column in HASHES:
            rows = self.store.query(
                f"SELECT {column} AS hash, min(started_at) AS first_seen FROM traces WHERE {column} IN"
                " (SELECT unnest(?::VARCHAR[])) GROUP BY 1",
                [current[column].dropna().unique().tolist()],
            )
            seen |= dict(zip(rows["hash"], rows["first_seen"], strict=True))
        return golden_templates(made_from, current, version=version, first_seen=seen, tolerance=tolerance, min_n=min_n)
