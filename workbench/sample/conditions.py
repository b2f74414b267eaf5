"""The conditions that plans are made of, each over the light columns of the frame: who belongs, and why.

They are guesses about where reading pays, cheap and readable in a line or two; whether a trace failed is for a person
to say. A condition that needs what is not there (a map, times, costs) says so instead of matching nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import UnknownName
from workbench.sample.plans import Stratum

if TYPE_CHECKING:
    from pandas import DataFrame

EXTREME = 0.95
"""The quantile from which on a trace counts as slow, dear or long."""
HEAD = 0.5
"""The largest clusters that together hold this share of the clustered traces are the frequent ones."""
RECENT = 0.2
"""What was first seen in this last part of the frame's time is new."""
_NO_MAP = "there is no map yet (make one: workbench map)"


@dataclass(frozen=True, slots=True)
class Membership:
    """Which traces of a frame belong to a stratum.

    Attributes:
        member: (n,) bool; None where it cannot be told.
        reason: Why a trace is drawn from it: one text, or (n,) texts.
        missing: What there would have to be, where it cannot be told.
    """

    member: np.ndarray | None
    reason: "str | np.ndarray" = ""
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition by name: what it means, and the rule."""

    meaning: str
    rule: Callable[["DataFrame"], Membership]


def evaluate(frame: "DataFrame", stratum: Stratum, matched: np.ndarray | None = None) -> Membership:
    """Tell which traces belong to a stratum.

    Args:
        frame: One row per trace: started_at, latency_ms, cost_usd, length, status, feedback, signals (names joined by
            ", "), name, release, tools_hash, injection (families joined by ", "), abandoned; and cluster where there
            is a map (-1 unclustered, -2 not on it).
        stratum: The stratum.
        matched: For a stratum with ``where``, which rows meet it; only the store can read SQL.

    Raises:
        UnknownName: There is no condition of that name.
        ValueError: A stratum with ``where`` came without ``matched``.
    """
    if stratum.where is not None:
        if matched is None:
            raise ValueError(f"stratum {stratum.name!r} has a condition in SQL; pass matched")
        return Membership(matched, stratum.name)
    if stratum.clusters is not None:
        if "cluster" not in frame:
            return Membership(None, missing=_NO_MAP)
        return Membership(frame["cluster"].isin(stratum.clusters).to_numpy(dtype=bool), stratum.name)
    if stratum.signals is not None:
        return _signals(frame, stratum.signals)
    if stratum.condition not in CONDITIONS:
        raise UnknownName("condition", str(stratum.condition), CONDITIONS)
    return CONDITIONS[stratum.condition].rule(frame)


def _texts(frame: "DataFrame", column: str) -> np.ndarray:
    return frame[column].fillna("").to_numpy(dtype=object)


def _signals(frame: "DataFrame", names: tuple[str, ...]) -> Membership:
    wanted = set(names)
    found = [", ".join(name for name in text.split(", ") if name in wanted) for text in _texts(frame, "signals")]
    reason = np.asarray([f"signal: {each}" for each in found], dtype=object)
    return Membership(np.asarray([bool(each) for each in found], dtype=bool), reason)


def _failed(frame: "DataFrame") -> tuple[np.ndarray, np.ndarray]:
    """Which traces show a sign of failure, and which signs."""
    error = (frame["status"] == "error").fillna(False).to_numpy(dtype=bool)
    down = (frame["feedback"] < 0).fillna(False).to_numpy(dtype=bool)
    signs = [
        ", ".join(dict.fromkeys([*text.split(", ")] * bool(text) + ["error"] * bad + ["thumbs_down"] * disliked))
        for text, bad, disliked in zip(_texts(frame, "signals"), error.tolist(), down.tolist(), strict=True)
    ]
    return np.asarray([bool(each) for each in signs], dtype=bool), np.asarray(signs, dtype=object)


def _failure_signals(frame: "DataFrame") -> Membership:
    failed, signs = _failed(frame)
    return Membership(failed, np.asarray([f"signal: {each}" for each in signs], dtype=object))


def _thumbs_down(frame: "DataFrame") -> Membership:
    return Membership((frame["feedback"] < 0).fillna(False).to_numpy(dtype=bool), "thumbs down")


def _injection(frame: "DataFrame") -> Membership:
    found = _texts(frame, "injection")
    return Membership(found != "", np.asarray([f"injection attempt, a guess: {each}" for each in found], dtype=object))


def _abandoned(frame: "DataFrame") -> Membership:
    return Membership(frame["abandoned"].fillna(False).to_numpy(dtype=bool), "the user spoke last and got no answer")


def _head(cluster: np.ndarray) -> np.ndarray:
    """Which traces lie in the frequent clusters."""
    known, sizes = np.unique(cluster[cluster >= 0], return_counts=True)
    order = np.lexsort((known, -sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    return np.isin(cluster, known[order][before < HEAD * sizes.sum()])


def _happy_path(frame: "DataFrame") -> Membership:
    if "cluster" not in frame:
        return Membership(None, missing=_NO_MAP)
    head = _head(frame["cluster"].to_numpy(dtype=np.int64))
    return Membership(head & ~_failed(frame)[0], "frequent subject, no failure signal")


def _long_tail(frame: "DataFrame") -> Membership:
    if "cluster" not in frame:
        return Membership(None, missing=_NO_MAP)
    cluster = frame["cluster"].to_numpy(dtype=np.int64)
    reason = np.where(cluster < 0, "unclustered", "rare subject").astype(object)
    return Membership((cluster > -2) & ~_head(cluster), reason)


def _new_features(frame: "DataFrame") -> Membership:
    moments = frame["started_at"]
    first, last = moments.min(), moments.max()
    if frame.empty or first != first or first == last:
        return Membership(None, missing="the traces carry no times to tell new from old by")
    since = last - RECENT * (last - first)
    member = np.zeros(len(frame), dtype=bool)
    reason = np.full(len(frame), "", dtype=object)
    for column in ("release", "name", "tools_hash"):
        first_seen = moments.groupby(frame[column]).transform("min")
        new = (first_seen > since).fillna(False).to_numpy(dtype=bool) & ~member
        member |= new
        reason[new] = f"new {'tools' if column == 'tools_hash' else column}"
    return Membership(member, reason)


def _extreme(column: str, words: str) -> Callable[["DataFrame"], Membership]:
    def rule(frame: "DataFrame") -> Membership:
        values = frame[column].to_numpy(dtype=float, na_value=np.nan)
        known = values[np.isfinite(values)]
        if not len(known):
            return Membership(None, missing=f"no trace has a {words}")
        edge = np.quantile(known, EXTREME)
        if edge <= np.median(known):
            return Membership(np.zeros(len(frame), dtype=bool), words)
        with np.errstate(invalid="ignore"):
            return Membership(values >= edge, f"{words} in the top 5%")

    return rule


CONDITIONS: dict[str, Condition] = {
    "injection": Condition("the words of an injection attempt, a guess by published patterns", _injection),
    "failure_signals": Condition("an error, a thumbs down, or any failure signal", _failure_signals),
    "thumbs_down": Condition("the user gave negative feedback", _thumbs_down),
    "abandoned": Condition("the conversation ends with the user's words, unanswered", _abandoned),
    "happy_path": Condition("in one of the clusters that hold half of the traffic, no failure signal", _happy_path),
    "long_tail": Condition("in a smaller cluster, or unclustered", _long_tail),
    "new_features": Condition("a release, kind of trace or set of tools first seen in the last fifth", _new_features),
    "slow": Condition("latency in the top 5%", _extreme("latency_ms", "latency")),
    "dear": Condition("cost in the top 5%", _extreme("cost_usd", "cost")),
    "long": Condition("question and answer together in the top 5% by length", _extreme("length", "length")),
}
