"""What the person chose on the Map page, as a value: the filters, and which traces they leave.

The widgets write to the URL and read from it, so that a view can be sent to a colleague; this module turns their values
into a mask over the points, into a few words for the page, and into the line of pandas that does the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

FACETS = ("release", "model", "feedback")
MORE_FACETS = ("status", "environment", "name", "provider", "source", "signals", "batch")
FEEDBACK = {"thumbs down": -1, "neutral": 0, "thumbs up": 1}
MOST_OPTIONS = 300


@dataclass(frozen=True)
class Filters:
    """Which traces to show: those that meet all of these.

    ``values`` holds, by column, the values to keep; days are whole days in UTC, both ends included.
    """

    since: date | None = None
    until: date | None = None
    failed: bool = False
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def n_set(self) -> int:
        """How many filters are set."""
        return sum(map(bool, (self.since, self.until, self.failed, *self.values.values())))

    @property
    def choose_by_outcome(self) -> bool:
        """Whether traces are chosen by how they ended: their failure rate then says nothing."""
        return self.failed or any(self.values.get(column) for column in ("status", "feedback", "signals"))

    def words(self) -> str:
        """Say which filters are set: 'since 2026-11-05, release 2.4.1 or 2.4.2, failures only'."""
        parts = [f"{name} {day}" for name, day in (("since", self.since), ("until", self.until)) if day]
        for column, wanted in self.values.items():
            listed = " or ".join(wanted[:3]) + (f" or {len(wanted) - 3} more" if len(wanted) > 3 else "")
            parts += [f"{words_for(column).lower()} {listed}"] if wanted else []
        return ", ".join(parts + ["failures only"] * self.failed)

    def mask(self, points: pd.DataFrame) -> np.ndarray:
        """Tell which rows of the points meet all filters."""
        keep = np.ones(len(points), dtype=bool)
        if self.since or self.until:
            days = pd.to_datetime(points["started_at"], utc=True)
            if self.since:
                keep &= (days >= pd.Timestamp(self.since, tz="UTC")).to_numpy(dtype=bool)
            if self.until:
                keep &= (days < pd.Timestamp(self.until, tz="UTC") + pd.Timedelta(days=1)).to_numpy(dtype=bool)
        if self.failed:
            keep &= points["failed"].to_numpy(dtype=bool)
        for column, wanted in self.values.items():
            if wanted:
                keep &= _holds(points[column], column, wanted)
        return keep

    def code(self) -> str:
        """Write the line of pandas that keeps the same rows of ``points``; empty where no filter is set."""
        terms = []
        if self.since:
            terms.append(f'(points.started_at >= "{self.since:%Y-%m-%d}")')
        if self.until:
            terms.append(
                f'(points.started_at < pd.Timestamp("{self.until:%Y-%m-%d}", tz="UTC") + pd.Timedelta(days=1))'
            )
        if self.failed:
            terms.append("points.failed")
        for column, wanted in self.values.items():
            if not wanted:
                continue
            if column == "signals":
                terms.append(
                    f"points.signals.map(lambda each: bool({set(wanted)!r} & set(each if each is not None else ())))"
                )
            elif column == "feedback":
                terms.append(f"points.feedback.isin({[FEEDBACK[each] for each in wanted]!r})")
            else:
                terms.append(
                    f"points.{column}.isin({list(wanted)!r})"
                    if column != "name"
                    else f'points["name"].isin({list(wanted)!r})'
                )
        return f"points = points[{' & '.join(terms)}]" if terms else ""


def options(points: pd.DataFrame, column: str) -> list[str]:
    """The values of a column to choose from, most frequent first."""
    if column == "feedback":
        return [word for word, value in FEEDBACK.items() if (points["feedback"] == value).any()]
    values = points[column]
    if column == "signals":
        values = values.explode()
    return [str(value) for value in values.dropna().value_counts().index[:MOST_OPTIONS]]


def facets(points: pd.DataFrame, columns: tuple[str, ...] = FACETS + MORE_FACETS) -> dict[str, list[str]]:
    """The columns worth filtering by, with their options: those in which traces differ."""
    found = {column: options(points, column) for column in columns if column in points}
    return {
        column: values
        for column, values in found.items()
        if len(values) > 1 or (values and column in ("feedback", "signals"))
    }


COLOURS = ("cluster", "failed", "feedback", "status", "model", "release")
MORE_COLOURS = (
    "environment", "name", "provider", "source", "signals", "batch", "started_at", "latency_ms", "cost_usd",
    "tokens_in", "tokens_out", "n_turns", "n_tool_calls",
)  # fmt: skip


def colour_columns(points: pd.DataFrame) -> list[str]:
    """The columns worth colouring by: the usual ones, then any other in which traces differ."""
    others = [name for name in MORE_COLOURS if name in points and name != "signals" and points[name].nunique() > 1]
    if "signals" in points and options(points, "signals"):
        others.append("signals")
    usual = [
        name for name in COLOURS if name in ("cluster", "failed") or (name in points and points[name].notna().any())
    ]
    return [*usual, *others]


WORDS = {
    "cluster": "Cluster",
    "failed": "Failure signals",
    "feedback": "Feedback",
    "status": "Status",
    "model": "Model",
    "release": "Release",
    "started_at": "Time",
    "latency_ms": "Latency",
    "cost_usd": "Cost",
    "tokens_in": "Tokens in",
    "tokens_out": "Tokens out",
    "n_turns": "Turns",
    "n_tool_calls": "Tool calls",
    "signals": "Signal",
    "name": "Kind of trace",
}


def words_for(column: str) -> str:
    """The page's word for a column."""
    return WORDS.get(column, column.replace("_", " ").capitalize())


def _holds(values: pd.Series, column: str, wanted: tuple[str, ...]) -> np.ndarray:
    if column == "feedback":
        return values.isin([FEEDBACK[each] for each in wanted if each in FEEDBACK]).to_numpy(dtype=bool)
    if column == "signals":
        sought = set(wanted)
        return np.asarray([each is not None and bool(sought.intersection(each)) for each in values], dtype=bool)
    return values.astype("string").isin(list(wanted)).fillna(False).to_numpy(dtype=bool)
