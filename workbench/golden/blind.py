"""Which cases are sealed: a fifth of each stratum, chosen by a keyed hash of the id, so that nobody can steer it.

What was open once is never sealed later: somebody may have tuned on it. What is sealed stays sealed until it is opened.
A version therefore seals among its new cases only, and where too few are new it holds less than its share and says so.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from hashlib import sha256
from math import floor

from workbench.golden.cases import Case

BLIND_SHARE = 0.2


def choose_blind(
    cases: Iterable[Case], *, sealed: Collection[str], open_: Collection[str], key: bytes, share: float = BLIND_SHARE
) -> set[str]:
    """Choose the ids of the cases that are sealed in the next version.

    Args:
        cases: All cases of the next version.
        sealed: Ids that are sealed now; they stay so.
        open_: Ids that were ever open; they are never sealed.
        key: The workspace's secret; without it nobody can tell which new case will be sealed.
        share: The share of each stratum (source, risk level, category) to be sealed.
    """
    strata: dict[tuple[str, ...], list[Case]] = {}
    for case in cases:
        strata.setdefault((case.source, case.risk_level, case.category), []).append(case)
    chosen: set[str] = set()
    owed = 0.0  # what rounding left over in the strata before, so that small strata do not lose their share together
    for _, members in sorted(strata.items()):
        ids = {case.case_id for case in members}
        kept = ids & set(sealed)
        new = sorted(ids - kept - set(open_), key=lambda case_id: _place(case_id, key))
        owed += share * len(members)
        wanted = max(0, min(floor(owed + 0.5) - len(kept), len(new)))
        chosen |= kept | set(new[:wanted])
        owed -= len(kept) + wanted
    return chosen


def _place(case_id: str, key: bytes) -> str:
    return hmac.new(key, b"blind slice\x00" + case_id.encode(), sha256).hexdigest()
