"""Prompts and tools: which templates are new, gone, or take another share, to the moment.

A hash is a fact, not an estimate: a template that was not there before is new, whatever its share. The test only says
whether the mix is another one than chance gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from workbench.drift.both import OTHER, Both, folded
from workbench.stats.divergence import diverged, shifts

COLUMNS = [
    "kind", "hash", "state", "first_seen", "last_seen", "reference", "current", "difference", "low", "high", "p_bh",
    "n", "other_n",
]  # fmt: skip
KINDS = {"prompt": "prompt_hash", "tools": "tools_hash"}


@dataclass(frozen=True)
class TemplateDrift:
    """Templates in both sets.

    Attributes:
        p: Permutation p-value of the mix of prompts and tools; None where there is but one.
        frame: A row per prompt and per set of tools; new and gone ones first.
        reason: Why there is none.
    """

    p: float | None = None
    frame: DataFrame = field(default_factory=lambda: DataFrame(columns=COLUMNS), repr=False)
    reason: str | None = None

    @property
    def changed(self) -> DataFrame:
        """Those that are new or gone."""
        return self.frame[self.frame["state"] != "kept"]


def template_drift(both: Both, *, level: float, replicates: int, seed: int) -> TemplateDrift:
    """Compare the templates of both sets."""
    told = both.told
    if not (told[both.second].any() and told[~both.second].any()):
        return TemplateDrift(reason="one_side")
    if both.template is None:
        return TemplateDrift(reason="no_hashes")
    terms: dict[str, Any] = {"groups": both.session[told], "replicates": replicates, "seed": seed}
    p = None
    if len(np.unique(both.template[told])) > 1:
        p = diverged(both.template[told], both.second[told], **terms).p
    times = pd.to_datetime(both.frame["started_at"], utc=True) if "started_at" in both.frame else None
    rows = []
    for kind, column in KINDS.items():
        if column not in both.frame or not both.frame[column].notna().any():
            continue
        has = told & both.frame[column].notna().to_numpy(dtype=bool)
        known, place = np.unique(folded(both.frame[column][has].astype("str")).to_numpy(dtype=str), return_inverse=True)
        second = both.second[has]
        each = shifts(
            place.ravel(), second, len(known), groups=both.session[has], level=1 - level, replicates=replicates,
            seed=seed,
        )  # fmt: skip
        for at, value in enumerate(known):
            if value == OTHER:  # many, of which none is common
                continue
            of = place.ravel() == at
            seen = times[has][of].dropna() if times is not None else pd.Series(dtype="object")
            first, other = int((of & ~second).sum()), int((of & second).sum())
            gap = each.differences[at]
            rows.append(
                {
                    "kind": kind, "hash": str(value), "state": "new" if not first else "kept" if other else "gone",
                    "first_seen": seen.min() if len(seen) else None, "last_seen": seen.max() if len(seen) else None,
                    "reference": first / max(int((~second).sum()), 1), "current": other / max(int(second.sum()), 1),
                    "difference": gap.estimate, "low": gap.low, "high": gap.high, "p_bh": float(each.adjusted[at]),
                    "n": first, "other_n": other,
                }
            )  # fmt: skip
    if not rows:
        return TemplateDrift(reason="no_common_template")
    frame = DataFrame(rows, columns=COLUMNS)
    order = np.lexsort((-frame["difference"].abs(), frame["state"] == "kept"))
    return TemplateDrift(p, frame.iloc[order].reset_index(drop=True))
