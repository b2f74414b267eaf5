"""A gate's report as tables: slices with the worst first, further metrics, and the cases that flipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.gate.intake import case_ids
from workbench.gate.rules import FAILS, HOLDS, UNKNOWN, UNTESTED, Check

if TYPE_CHECKING:
    from pandas import DataFrame


def metric_rows(checks: list[Check]) -> DataFrame:
    """Further metrics and their slices: what each reached of its threshold."""
    import pandas as pd

    rows = [
        (each.name, of.n, of.estimate, of.low, of.high, each.threshold, each.state, each.p_holm)
        for each in checks
        if each.kind == "metric" and (of := each.rate) is not None
    ]
    return pd.DataFrame(rows, columns=["metric", "n", "rate", "low", "high", "threshold", "state", "p_holm"])


_ORDER = {FAILS: 0, UNKNOWN: 1, HOLDS: 2, UNTESTED: 2}
_COLUMNS = "slice n rate low high threshold before difference lost gained p p_holm state critical reason".split()


def slice_rows(checks: list[Check]) -> DataFrame:
    """The slices, the worst first: what fails, then critical ones, then by what each can be at best."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for check in checks:
        if check.kind != "slice" or check.rate is None:
            continue
        pairs = check.pairs if check.pairs is not None and check.pairs.n else None
        rows.append(
            {
                "slice": check.name, "n": check.rate.n, "rate": check.rate.estimate, "low": check.rate.low,
                "high": check.rate.high, "threshold": check.threshold,
                "before": None if pairs is None else (pairs.both + pairs.second) / pairs.n,
                "difference": None if pairs is None else pairs.difference,
                "lost": None if pairs is None else pairs.second, "gained": None if pairs is None else pairs.first,
                "p": np.fmin(check.p, check.p_threshold), "p_holm": check.p_holm, "state": check.state,
                "critical": check.demanded, "reason": check.reason,
            }
        )  # fmt: skip
    rows.sort(key=lambda row: (_ORDER[row["state"]], not row["critical"], row["high"], row["slice"]))
    numbers = dict.fromkeys(("threshold", "before", "difference", "p"), "float") | {"lost": "Int64", "gained": "Int64"}
    return pd.DataFrame(rows, columns=_COLUMNS).astype(numbers)


def flips(cases: DataFrame, now: np.ndarray, before: np.ndarray | None, members: Mapping[str, np.ndarray]) -> DataFrame:
    """The cases that passed in one run only, lost ones first; whether each is sealed, and its slices."""
    import pandas as pd

    rows: list[tuple[str, str, bool, str]] = []
    if before is not None:
        ids = case_ids(cases)
        sealed = cases["blind"].fillna(False).to_numpy(dtype=bool) if "blind" in cases.columns else np.zeros(len(ids), bool)  # fmt: skip  # noqa: E501
        for at in np.flatnonzero(~np.isnan(now) & ~np.isnan(before) & (now != before)):
            of = ", ".join(name for name, member in members.items() if member[at])
            rows.append((ids[at], "lost" if before[at] == 1 else "gained", bool(sealed[at]), of))
    rows.sort(key=lambda row: (row[1] != "lost", row[0]))
    return pd.DataFrame(rows, columns=["case_id", "flip", "blind", "slices"]).astype({"blind": "bool"})
