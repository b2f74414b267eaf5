"""What gets mixed up: the pairs of values given to the same items, and the codes that stand in for one another.

A pair that makes up most of the disputes is a line the rubric does not draw. For a code the question is what the
others gave in its place: another code, which is a border to define, or none, which is a failure that was not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.stats.agreement import confused, unit_agreement

if TYPE_CHECKING:
    from workbench.stats.agreement import Ratings

NO_CODE = "no code"
LEFT_OUT = "nothing more"  # the others saw fewer things wrong, and nothing in its place
Row = dict[str, Any]


def n_disputed(ratings: Ratings) -> int:
    """Count the items on which not all annotators gave the same."""
    return int((unit_agreement(ratings) < 1).sum())


def mixed_values(dimension: str, ratings: Ratings) -> list[Row]:
    """Give the pairs of values that were given to the same items, most often first."""
    given = ratings.counts > 0
    return [
        {
            "dimension": dimension, "value": written(ratings.values[one]), "other": written(ratings.values[other]),
            "n": n, "share": share, "items": int((given[:, one] & given[:, other]).sum()),
        }
        for one, other, n, share in confused(ratings)
    ]  # fmt: skip


def mixed_codes(dimension: str, ratings: Ratings) -> list[Row]:
    """Give, for each code, what others gave in its place, most often first.

    Args:
        dimension: The dimension of the codes; each code is one of its own, ``code: NAME``.
        ratings: The codes of an item as sets.
    """
    instead: dict[tuple[str, str], dict[int, float]] = {}
    for unit in np.flatnonzero(unit_agreement(ratings) < 1):
        sets = [(ratings.values[at], int(ratings.counts[unit, at])) for at in np.flatnonzero(ratings.counts[unit])]
        pairs = ratings.raters[unit] - 1
        for own, n_own in sets:
            for others, n_others in sets:
                for code in own - others:
                    for other in (others - own) or {NO_CODE if not others else LEFT_OUT}:
                        items = instead.setdefault((code, other), {})
                        items[int(unit)] = items.get(int(unit), 0.0) + n_own * n_others / pairs
    total: dict[str, float] = {}
    for (code, _), items in instead.items():
        total[code] = total.get(code, 0.0) + sum(items.values())
    rows = [
        {
            "dimension": f"{dimension}: {code}", "value": code, "other": other, "n": sum(items.values()),
            "share": sum(items.values()) / total[code], "items": len(items),
        }
        for (code, other), items in instead.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["dimension"], -row["n"], row["other"]))


def written(value: Any) -> str:
    """A value as it is shown; of a set of codes all of them."""
    return (" + ".join(sorted(value)) or NO_CODE) if isinstance(value, frozenset) else str(value)
