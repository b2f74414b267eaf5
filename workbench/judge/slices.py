"""Where a judge errs: its two rates in each slice of the items, and whether a slice differs from the rest.

A judge that is fair on the whole may be blind in one release or one cluster. Slices are small, so most of them cannot
tell, and with many of them one looks bad by chance: a difference counts only where its interval, widened for the number
of slices that were looked at, excludes 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.judge.calibrate import UNREAD, _rates, _verdict
from workbench.stats.proportions import difference

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.judge.report import Compared

CANNOT_TELL = "cannot tell"
REST = "all others"
COLUMNS = [
    "slice", "n", "n_pass", "true_pass", "true_pass_low", "true_pass_high", "pass_differs", "n_fail", "true_fail",
    "true_fail_low", "true_fail_high", "fail_differs", "unparsable", "verdict", "reason",
]  # fmt: skip


def slices(found: Compared, of: Series[Any], *, top: int = 12, level: float = 0.95) -> DataFrame:
    """Give a judge's rates in each slice.

    Args:
        found: What people and the judge say, as ``compared`` gives it.
        of: The slice of each item, indexed by item. An item may be in several (it may have two codes); those in none
            are only a part of the rest.
        top: How many slices to show; what is left over is one slice, ``all others``.
        level: Confidence level; that of the differences is Bonferroni's for the number of slices.

    Returns:
        One row per slice, largest first and what is left over last: slice, n, n_pass and n_fail (items that people
        passed and failed), true_pass and true_fail with bounds, pass_differs and fail_differs (lower or higher than in
        all other items, or cannot tell; empty where the slice has none), unparsable, verdict and reason as for the
        whole.
    """
    import pandas as pd

    known = of[of.notna() & of.index.isin(found.rows["item"])]
    pairs = pd.DataFrame({"item": known.index.astype("str"), "slice": known.astype("str").to_numpy()}).drop_duplicates()
    counts = pairs["slice"].value_counts()
    if len(counts) > top:
        pairs = pairs.assign(slice=pairs["slice"].where(pairs["slice"].isin(counts.index[: top - 1]), REST))
    items = {str(name): set(group["item"]) for name, group in pairs.groupby("slice", sort=False)}
    names = sorted(items, key=lambda each: (each == REST, -len(items[each])))
    strict = 1 - (1 - level) / max(len(names), 1)
    table = [_slice(found, name, items[name], level, strict) for name in names]
    return pd.DataFrame(table, columns=COLUMNS)


def _slice(found: Compared, name: str, items: set[str], level: float, strict: float) -> dict[str, Any]:
    rows, positive = found.rows, found.positive
    at = rows["item"].isin(items).to_numpy(bool)
    inside = rows[at].set_index("item")
    rates = _rates(inside["human"], inside["judge"], positive, level)
    verdict, _, reason = _verdict(rates, positive)
    good, passed = (rows["human"] == positive).to_numpy(bool), (rows["judge"] == positive).to_numpy(bool)
    caught = ~passed & (rows["judge"] != UNREAD).to_numpy(bool)
    row: dict[str, Any] = {"slice": name, "n": rates.n, "verdict": verdict, "reason": reason}
    row["unparsable"] = int((inside["judge"] == UNREAD).sum())
    for side, rate, of, right in (("pass", rates.true_pass, good, passed), ("fail", rates.true_fail, ~good, caught)):
        row[f"n_{side}"] = rate.n
        row |= {f"true_{side}": rate.estimate, f"true_{side}_low": rate.low, f"true_{side}_high": rate.high}
        row[f"{side}_differs"] = _differs(right[of & at], right[of & ~at], strict)
    return row


def _differs(inside: np.ndarray, outside: np.ndarray, level: float) -> str:
    if not len(inside):
        return ""
    gap = difference(int(inside.sum()), len(inside), int(outside.sum()), len(outside), level=level)
    if gap.low > 0 or gap.high < 0:
        return "higher" if gap.low > 0 else "lower"
    return CANNOT_TELL
