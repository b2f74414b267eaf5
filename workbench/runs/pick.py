"""A trip-wire's cases: 100 to 200 that are asked in minutes, fixed before anybody sees an answer.

Everything of the critical slices and of high risk is in it as far as it fits, the rest is spread over slices and
sources. A share over these cases is therefore not the share over the whole set: they are the dear ones on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

USUAL, MOST = 150, 200
DEAR = ("critical", "high")


@dataclass(frozen=True)
class Pick:
    """The cases of a trip-wire.

    Attributes:
        case_ids: Which, in the order of the set.
        of: Cases it was drawn from.
        dear: Cases of critical slices or high risk in it.
        dear_left: Those that did not fit.
        seed: Of the draw.
    """

    case_ids: tuple[str, ...] = field(repr=False)
    of: int
    dear: int
    dear_left: int
    seed: int

    @property
    def sentence(self) -> str:
        """What was picked, in words."""
        others = len(self.case_ids) - self.dear
        fits = f"all {self.dear:,}" if not self.dear_left else f"{self.dear:,} of {self.dear + self.dear_left:,}"
        return (
            f"A trip-wire asks {len(self.case_ids):,} of {self.of:,} open cases: {fits} of critical slices or high"
            f" risk, and {others:,} others spread over slices (seed {self.seed})."
        )


def pick(cases: Sequence[Mapping[str, Any]], *, critical: Sequence[str] = (), seed: int = 0) -> Pick:
    """Pick the cases of a trip-wire; the same cases, slices and seed give the same pick.

    Args:
        cases: case_id, and where there are: risk_level, source, slices.
        critical: Slices that veto, as ``column=value``.
        seed: Of the draw.
    """
    wanted = [slice_.partition("=")[::2] for slice_ in critical]
    dear = [case for case in cases if _is_dear(case, wanted)]
    others = [case for case in cases if not _is_dear(case, wanted)]
    n_dear = min(len(dear), MOST)
    chosen = _spread(dear, n_dear, seed) | _spread(others, max(0, min(USUAL - n_dear, len(others))), seed)
    ids = tuple(str(case["case_id"]) for case in cases if case["case_id"] in chosen)
    return Pick(ids, len(cases), n_dear, len(dear) - n_dear, seed)


def _is_dear(case: Mapping[str, Any], critical: Sequence[Sequence[str]]) -> bool:
    slices = case.get("slices") or {}
    return case.get("risk_level") in DEAR or any(
        str(slices.get(name, case.get(name))) == value for name, value in critical
    )


def _spread(cases: Sequence[Mapping[str, Any]], n: int, seed: int) -> set[str]:
    """So many, at even distances through the cases in order of their stratum: every stratum gets its share or near it.

    Systematic sampling with a random start (Cochran 1977, section 8): with more strata than places, shares rounded
    stratum by stratum would all fall to the first ones.
    """
    if not n:
        return set()
    order = sorted(cases, key=lambda case: (_stratum(case), _chance(seed, case["case_id"])))
    start = int(_chance(seed, "start")[:13], 16) / 16**13
    return {str(order[int((place + start) * len(order) / n)]["case_id"]) for place in range(n)}


def _stratum(case: Mapping[str, Any]) -> tuple[str, ...]:
    slices = case.get("slices") or {}
    return (str(case.get("risk_level")), str(case.get("source")), *(f"{key}={slices[key]}" for key in sorted(slices)))


def _chance(seed: int, name: Any) -> str:
    return sha256(f"trip-wire {seed} {name}".encode()).hexdigest()
