"""Which cases might go: those that ask what production has not asked for six months.

A proposal and no more. What is rare and grave is rare on purpose, so only cases taken from production are proposed, and
none of critical risk and none of the edge set; and where the traffic at hand does not go back six months, nobody can
say that a question was not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

SIX_MONTHS = 182


@dataclass(frozen=True)
class Retirements:
    """Cases that might go.

    Attributes:
        cases: case_id, cell, last_seen (a day, or None where it was never seen) and why.
        kept: Cases unseen as well that are not proposed, because they are rare on purpose.
        reason: Why nothing can be said; None where it can.
    """

    cases: tuple[Mapping[str, Any], ...] = field(repr=False)
    kept: int = 0
    reason: str | None = None


def retirements(
    unseen: Sequence[Mapping[str, Any]], cases: Mapping[str, Mapping[str, Any]], *, first: date | None, today: date
) -> Retirements:
    """Propose cases for retirement.

    Args:
        unseen: case_id, cell and last_seen of the cases whose cell was not seen within six months.
        cases: source, risk_level and edge by case_id.
        first: The day of the oldest trace.
        today: The day to count from.
    """
    if first is None or (today - first).days < SIX_MONTHS:
        return Retirements((), 0, "too_short")
    found, kept = [], 0
    for row in unseen:
        case = cases.get(str(row["case_id"]), {})
        if case.get("source") != "production" or case.get("risk_level") == "critical" or case.get("edge"):
            kept += 1
            continue
        seen = row["last_seen"] if isinstance(row["last_seen"], date) else None
        when = f"last asked on {seen.isoformat()}" if seen else "never asked in the traffic at hand"
        found.append({"case_id": str(row["case_id"]), "cell": str(row["cell"]), "last_seen": seen, "why": when})
    return Retirements(tuple(found), kept)
