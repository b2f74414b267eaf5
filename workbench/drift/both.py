"""The two sets side by side, as every part reads them: pooled rows, the side of each, its session, its template."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

Floats = NDArray[np.float64]
DISTINCT, OTHER = 200, "other"
"""Templates that are told apart."""
SHARED = 50
"""Sessions a side of templates that both sides use, from which on input is tested within templates only."""


@dataclass(frozen=True)
class Both:
    """Two sets in one.

    Attributes:
        frame: Rows of the reference, then of the current set.
        second: (n,) whether each is of the current set.
        session: (n,) number of its session; a session on both sides is two.
        side: (G,) whether each session is of the current set.
        template: (n,) the number of its prompt and tools, None where neither is known on a side.
        told: (n,) whether more is known of it than what was asked.
        within: Whether input is tested within templates.
        confounded: Whether templates differ and no test within them is possible.
    """

    frame: DataFrame
    second: NDArray[np.bool_]
    session: NDArray[np.int64]
    side: NDArray[np.bool_]
    template: NDArray[np.int64] | None
    told: NDArray[np.bool_]
    within: bool
    confounded: bool

    @property
    def strata(self) -> NDArray[np.int64] | None:
        """(n,) within which sessions are dealt out where input is tested; None for all as one."""
        return self.template if self.within else None

    @property
    def session_strata(self) -> NDArray[np.int64] | None:
        """(G,) the same by session."""
        if self.strata is None:
            return None
        return self.strata[np.unique(self.session, return_index=True)[1]]

    def by_session(self, values: Floats) -> Floats:
        """(G, k) sums over the traces of each session."""
        found = np.zeros((len(self.side), values.shape[1]))
        np.add.at(found, self.session, values)
        return found


def both(reference: DataFrame, current: DataFrame) -> Both:
    """Put two sets side by side."""
    frame = pd.concat([reference, current], ignore_index=True)
    second = np.arange(len(frame)) >= len(reference)
    own = frame["trace_id"].astype("str")
    named = frame["session_id"].astype("str").where(frame["session_id"].notna(), own) if "session_id" in frame else own
    _, place = np.unique(named.to_numpy(dtype=object).astype(str), return_inverse=True)
    used, session = np.unique(place.ravel() * 2 + second, return_inverse=True)
    side = (used % 2).astype(bool)
    told = ~frame["untold"].eq(True).to_numpy(dtype=bool) if "untold" in frame else np.ones(len(frame), dtype=bool)
    both_told = bool(told[second].any() and told[~second].any())
    template = _templates(frame) if both_told else None
    within = confounded = False
    if template is not None and len(np.unique(template)) > 1:
        of_session = template[np.unique(session, return_index=True)[1]]
        shared = np.intersect1d(of_session[side], of_session[~side])
        common = np.isin(of_session, shared)
        within = min(int((common & side).sum()), int((common & ~side).sum())) >= SHARED
        confounded = not within and len(shared) < len(np.unique(template))
    return Both(frame, second, session.ravel(), side, template, told, within, confounded)


def days_of(frame: DataFrame) -> NDArray[np.int64]:
    """The day of each trace (UTC) as an ordinal, -1 where it has no time."""
    if "started_at" not in frame:
        return np.full(len(frame), -1)
    times = pd.to_datetime(frame["started_at"], utc=True)
    return np.asarray([-1 if pd.isna(each) else each.toordinal() for each in times], dtype=np.int64)


def _templates(frame: DataFrame) -> NDArray[np.int64] | None:
    columns = [name for name in ("prompt_hash", "tools_hash") if name in frame and frame[name].notna().any()]
    if not columns:
        return None
    words = frame[columns[0]].astype("str").fillna("")
    for name in columns[1:]:
        words = words + "\x1f" + frame[name].astype("str").fillna("")
    return np.asarray(np.unique(folded(words).to_numpy(dtype=str), return_inverse=True)[1].ravel())


def folded(words: pd.Series) -> pd.Series:
    """The commonest values as they are, the rest as one: a prompt with a name in it has a hash for every person."""
    often = words.value_counts(sort=True)
    if len(often) <= DISTINCT:
        return words
    # those that are as common as the first one too many go, too: which of them came first says which side they are of
    return words.where(words.isin(often.index[often > often.iloc[DISTINCT]]), OTHER)
