"""What became of it: failure signs, errors, feedback, refusals, latency and cost in both sets, with what chance gives.

None of these decides whether traffic drifted: they follow from it, and from much else. They are not held within
templates: what a new prompt did is meant to show. Days differ by themselves, so days are dealt out as well as sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from workbench.drift.both import Both, days_of
from workbench.drift.by_day import by_day
from workbench.drift.retrieval import MEASURES, as_rows

Floats = NDArray[np.float64]
SHARES = ("failure_signs", "errors", "thumbs_down", "refusals")
NEEDS = {"failure_signs": "signals", "errors": "status", "thumbs_down": "feedback", "refusals": "refused"}


def outcome_drift(both: Both, *, level: float, replicates: int, seed: int) -> DataFrame:
    """Compare what became of the traces.

    Returns:
        Columns measure, reference, current, difference, low, high, p, p_bh, n and other_n; measures without a value
        on either side are left out. No p where the sets have too few days to tell a change from days that differ by
        themselves.
    """
    names, whole = measured(both.frame)
    if not names:
        return DataFrame(columns=MEASURES)
    terms: dict[str, Any] = {"level": level, "replicates": replicates, "seed": seed}
    found = by_day(whole, both.session, days_of(both.frame), both.second, **terms)
    return as_rows("measure", names, replace(found.means, p=found.p))


def measured(frame: DataFrame) -> tuple[list[str], Floats]:
    """The measures of which any trace has a value, and (n, k) the values: nan where a trace has none.

    Args:
        frame: Any of signals, status, feedback, refused (whether the answer declined), latency_ms and cost_usd.
    """
    read: dict[str, Callable[[], Floats]] = {
        "failure_signs": lambda: failed(frame),
        "errors": lambda: np.where(frame["status"].isna(), np.nan, frame["status"] == "error").astype(float),
        "thumbs_down": lambda: np.where(frame["feedback"].isna(), np.nan, frame["feedback"] == -1).astype(float),
        "refusals": lambda: frame["refused"].astype("Float64").to_numpy(dtype=float, na_value=np.nan),
        "latency_ms": lambda: frame["latency_ms"].to_numpy(dtype=float, na_value=np.nan),
        "cost_usd": lambda: frame["cost_usd"].to_numpy(dtype=float, na_value=np.nan),
    }
    found = {name: values() for name, values in read.items() if NEEDS.get(name, name) in frame}
    kept = {name: values for name, values in found.items() if not np.isnan(values).all()}
    return list(kept), np.column_stack([*kept.values()]) if kept else np.zeros((len(frame), 0))


def failed(frame: DataFrame) -> Floats:
    """1 where any sign of failure is there: a signal, an error, a thumbs down; nan where nobody looked for signals."""
    signals = frame["signals"].tolist()
    known = np.asarray([hasattr(each, "__len__") for each in signals], dtype=bool)
    found = np.asarray([hasattr(each, "__len__") and len(each) > 0 for each in signals], dtype=bool)
    if "status" in frame:
        found |= (frame["status"] == "error").fillna(False).to_numpy(dtype=bool)
    if "feedback" in frame:
        found |= (frame["feedback"] == -1).fillna(False).to_numpy(dtype=bool)
    return np.where(known, found.astype(float), np.nan)
