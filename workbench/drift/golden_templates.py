"""Prompts and tools of current traffic that the golden set has never seen: of that traffic its scores say nothing.

A hash is a fact, so there is no test: a template that no case was made under is unseen, whatever its share. The alert
asks for a share above the tolerance, because up to there no rate can be off by more than the tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from pandas import DataFrame

from workbench.drift.templates import KINDS

COLUMNS = ["kind", "hash", "share", "n", "first_seen"]
NONE = "none"
"""Stands for a trace without a system prompt, or without tools; of one without either nothing is known."""


@dataclass(frozen=True)
class GoldenTemplates:
    """Templates of the golden set beside those of current traffic.

    Attributes:
        version: The frozen version; None where there is none.
        cases: Its open cases made from a trace that is here and says which prompt or tools it had.
        n: Traces of the current set that could be told: they say it, and no unseen prompt is of one session alone.
        n_unseen: Of them those under a prompt or a set of tools that no such case was made under.
        frame: A row per unseen prompt and set of tools, the commonest first: kind (prompt, tools), hash, share of n, n,
            first_seen (in all traffic).
        tolerance: The share from which on it is an alert.
        reason: Why there is none: not_asked, no_golden, unreadable, no_cases, no_hashes, no_common_template; or, where
            there is one and it is not judged, too_few.
    """

    version: int | None = None
    cases: int = 0
    n: int = 0
    n_unseen: int = 0
    frame: DataFrame = field(default_factory=lambda: DataFrame(columns=COLUMNS), repr=False)
    tolerance: float = 0.0
    reason: str | None = None

    @property
    def share(self) -> float | None:
        """The share of current traffic under templates the golden set has never seen; None where it is not known."""
        return self.n_unseen / self.n if self.n else None

    @property
    def since(self) -> datetime | None:
        """When the first of them was first seen; None where there is none, or no time is known."""
        seen = [each for each in self.frame["first_seen"] if each is not None and each == each]
        return min(seen) if seen else None

    @property
    def alert(self) -> bool | None:
        """Whether that is more than is tolerated; None where nothing is judged."""
        return None if self.reason or self.share is None else self.share > self.tolerance


def golden_templates(
    cases: DataFrame,
    current: DataFrame,
    *,
    version: int,
    first_seen: Mapping[str, datetime],
    tolerance: float,
    min_n: int,
) -> GoldenTemplates:
    """Look for templates that the golden set has never seen.

    Args:
        cases: A row per case whose trace is here: prompt_hash and tools_hash of the trace.
        current: A row per trace of the current set: the same, and trace_id and session_id.
        version: Of the golden set.
        first_seen: When each hash was first seen in all traffic.
        tolerance: The share from which on it is an alert.
        min_n: Traces below which nothing is judged.
    """
    kinds = {kind: column for kind, column in KINDS.items() if column in current and current[column].notna().any()}
    cases = cases[cases[list(KINDS.values())].notna().any(axis=1)]
    if not kinds:
        return GoldenTemplates(version, len(cases), tolerance=tolerance, reason="no_hashes")
    if cases.empty:
        return GoldenTemplates(version, tolerance=tolerance, reason="no_cases")
    current = current[current[list(kinds.values())].notna().any(axis=1)]
    session = current["session_id"].astype("str").where(current["session_id"].notna(), current["trace_id"])
    unseen, own, columns = np.zeros(len(current), bool), np.zeros(len(current), bool), {}
    for kind, column in kinds.items():
        used = current[column].astype("str").where(current[column].notna(), NONE)
        known = set(cases[column].astype("str").where(cases[column].notna(), NONE))
        new = ~used.isin(known).to_numpy(dtype=bool)
        alone = new & (session.groupby(used).transform("nunique") == 1).to_numpy(dtype=bool)  # as where it holds a name
        unseen, own, columns[kind] = unseen | new, own | alone, (used, new)
    n = int((~own).sum())
    if n < len(current) / 2:
        return GoldenTemplates(version, len(cases), tolerance=tolerance, reason="no_common_template")
    rows = [
        [kind, str(value), count / n, int(count), first_seen.get(str(value))]
        for kind, (used, new) in columns.items()
        for value, count in used[new & ~own].value_counts().items()
    ]
    frame = DataFrame(rows, columns=COLUMNS).sort_values(["n", "hash"], ascending=[False, True], ignore_index=True)
    reason = "too_few" if n < min_n else None
    return GoldenTemplates(version, len(cases), n, int((unseen & ~own).sum()), frame, tolerance, reason)
