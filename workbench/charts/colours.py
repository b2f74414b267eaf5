"""Which colour means what, in every chart and on every page.

The verdicts keep three of Okabe and Ito's colours (pass bluish green, fail vermillion, undecided amber) and nothing
else may use them; clusters walk through one fixed cycle that stays clear of those three, so a red patch on any map
is a failure and never "cluster 7". Past the end of the cycle colours repeat: the name on the map tells clusters apart.
A column is turned into at most ``MOST`` values; what is left over is one grey "other", and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

PASS = "#009E73"
FAIL = "#D55E00"
UNDECIDED = "#E69F00"
UNCLUSTERED = "#9A9A9A"
NEUTRAL = "#7C8DA6"

CLUSTERS = (
    "#4C8BE0",
    "#CC79A7",
    "#2FA9C4",
    "#8F6FC8",
    "#A5A530",
    "#B0529B",
    "#7FB2E5",
    "#A67B5B",
    "#5C6FB8",
    "#D6B3D0",
    "#6E8F3A",
    "#88A0B8",
)
SEQUENCE = ("#45609A", "#4F7BA6", "#5A95AB", "#6CAEA3", "#8CC28F", "#B4CE73", "#D9D04A")

MOST = 12
"""Values of one column that get a colour of their own."""

NOT_GIVEN = "not given"
OTHER = "other"

_VERDICTS: dict[str, dict[Any, tuple[str, str]]] = {
    "failed": {True: ("failure signal", FAIL), False: ("none seen", NEUTRAL)},
    "feedback": {-1: ("thumbs down", FAIL), 0: ("neutral", NEUTRAL), 1: ("thumbs up", PASS)},
    "status": {"error": ("error", FAIL), "ok": ("ok", NEUTRAL)},
}


@dataclass(frozen=True)
class Colouring:
    """One colour code per row, with what each code means.

    ``codes`` index ``palette`` and ``labels``; ``counts`` says how many rows bear each. ``is_scale`` is true where the
    colours are steps of a number rather than kinds.
    """

    column: str
    codes: np.ndarray
    palette: tuple[str, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    is_scale: bool = False


def cluster_colour(cluster: Any) -> str:
    """Return the colour of a cluster, by its id; grey for the unclustered.

    >>> cluster_colour(0) == cluster_colour(len(CLUSTERS))
    True
    >>> cluster_colour(None)
    '#9A9A9A'
    """
    if cluster is None or cluster is pd.NA or cluster != cluster or int(cluster) < 0:
        return UNCLUSTERED
    return CLUSTERS[int(cluster) % len(CLUSTERS)]


def colouring(frame: pd.DataFrame, column: str) -> Colouring:
    """Colours for the rows of a frame by one of its columns.

    Args:
        frame: one row per trace; must hold ``column``.
        column: ``cluster``, ``failed``, ``feedback`` and ``status`` have fixed colours; numbers become a scale of
            seven equally filled steps; anything else gets the cluster cycle for its most frequent values.
    """
    values = frame[column]
    if column == "cluster":
        return _clusters(values)
    if column in _VERDICTS:
        return _verdicts(column, values)
    if column == "signals":
        values = values.map(_first_word)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _scale(column, (values - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1), _day)
    if _is_measure(values):
        return _scale(column, values)
    return _kinds(column, values)


def _clusters(values: pd.Series) -> Colouring:
    """Codes for the cycle's colours, and one more for the unclustered; the list of clusters is the legend."""
    ids = values.astype("Int64").fillna(-1).to_numpy(dtype=np.int64)
    codes = np.where(ids < 0, len(CLUSTERS), ids % len(CLUSTERS)).astype(np.uint8)
    labels = ("",) * len(CLUSTERS) + ("Unclustered",)
    return _counted("cluster", codes, (*CLUSTERS, UNCLUSTERED), labels)


def _verdicts(column: str, values: pd.Series) -> Colouring:
    meanings = _VERDICTS[column]
    codes = np.full(len(values), len(meanings), dtype=np.uint8)
    for code, value in enumerate(meanings):
        codes[(values == value).fillna(False).to_numpy(dtype=bool)] = code
    labels = (*(label for label, _ in meanings.values()), NOT_GIVEN)
    return _counted(column, codes, (*(colour for _, colour in meanings.values()), UNCLUSTERED), labels)


def _scale(column: str, values: pd.Series, write: Callable[[float], str] | None = None) -> Colouring:
    """Cut a number into steps of about as many traces each; a long tail would leave equal widths empty."""
    write = write or _short
    numbers = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, len(SEQUENCE) + 1)))
    codes = np.full(len(numbers), len(SEQUENCE), dtype=np.uint8)
    steps = max(len(edges) - 1, 1)
    codes[known] = np.clip(np.searchsorted(edges, numbers[known], side="right") - 1, 0, steps - 1)
    labels = [f"{write(edges[i])} to {write(edges[min(i + 1, len(edges) - 1)])}" for i in range(steps)]
    labels += [""] * (len(SEQUENCE) - steps) + [NOT_GIVEN]
    return _counted(column, codes, (*SEQUENCE, UNCLUSTERED), tuple(labels), is_scale=True)


def _kinds(column: str, values: pd.Series) -> Colouring:
    written = values.astype("string")
    frequent = written.value_counts()
    named = [str(value) for value in frequent.index[:MOST]]
    place = {value: code for code, value in enumerate(named)}
    codes = written.map(place).astype("Float64").fillna(MOST).to_numpy(dtype=float).astype(np.uint8)
    codes[written.isna().to_numpy(dtype=bool)] = MOST + 1
    palette = (*(CLUSTERS[i % len(CLUSTERS)] for i in range(MOST)), NEUTRAL, UNCLUSTERED)
    rest = len(frequent) - len(named)
    labels = (*named, *[""] * (MOST - len(named)), f"{rest} {OTHER}s" if rest > 1 else OTHER, NOT_GIVEN)
    return _counted(column, codes, palette, labels)


def _counted(
    column: str, codes: np.ndarray, palette: tuple[str, ...], labels: tuple[str, ...], is_scale: bool = False
) -> Colouring:
    counts = tuple(int(n) for n in np.bincount(codes, minlength=len(palette)))
    return Colouring(column, codes, palette, labels, counts, is_scale)


def _is_measure(values: pd.Series) -> bool:
    """Tell a number with more values than there are colours; few values are kinds, whatever their type."""
    numeric = pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)
    return bool(numeric and values.nunique() > MOST)


def _first_word(words: object) -> object:
    """Take the first of a list of words, for a column that holds lists."""
    if isinstance(words, str):
        return words
    try:
        return next(iter(words), None)  # type: ignore[call-overload]
    except TypeError:
        return None


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _day(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%b %Y}"
