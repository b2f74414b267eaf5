"""What drift needs of the past: the weeks before the newest, as far as they are embedded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workbench.workspace.explore import ExploreVerbs

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from workbench.drift.usual import Usual, Window

WEEK, DAY = timedelta(days=7), timedelta(days=1)
LOOKED_AT = 26
"""Weeks before the newest: half a year. What was usual before that no longer is."""
EMBEDDED = 0.9
"""The share of a week's traces that have to have vectors; nobody knows which ones the others are."""
MOST = 100_000
"""Traces of all weeks whose vectors are read; of more, whole sessions are drawn, of every week the same share."""


class UsualWeeks(ExploreVerbs):
    """Past weeks."""

    def _usual(
        self,
        sides: list[DataFrame],
        vectors: tuple[np.ndarray, np.ndarray] | None,
        *,
        newest: bool,
        fixed: bool,
        earlier: bool,
        least: int,
        replicates: int,
        seed: int,
    ) -> Usual:
        """How far weeks usually are from each other, and this one.

        Args:
            sides: Both sets of the comparison.
            vectors: Theirs.
            newest: The current set is the last seven days.
            fixed: Past weeks are held against the reference, and not against the week before.
            earlier: The reference is the four weeks before the current set.
            least: Traces that each window has to have.
            replicates: Permutations.
            seed: Source of chance.
        """
        import pandas as pd

        from workbench.drift.usual import BEFORE, Usual, Window, usual

        of = "reference" if fixed else "weeks"
        if vectors is None:
            return Usual(of=of, reason="too_few")
        times = pd.to_datetime(sides[1]["started_at"], utc=True)
        if times.isna().all():
            return Usual(of=of, reason="no_times")
        end = times.max().to_pydatetime()
        begins = end - WEEK if newest else times.min().to_pydatetime()
        past = _Past(self, begins - LOOKED_AT * WEEK, end if newest else begins, inside=newest, seed=seed)
        weeks = [past.window(begins - (place + 1) * WEEK, begins - place * WEEK) for place in range(LOOKED_AT)]
        unread = past.unread
        given = [Window(None, None, found, _sessions(side)) for side, found in zip(sides, vectors, strict=True)]
        now, before = ([given[0]], given[1]), None
        if newest:
            months = [
                [past.window(last - (place + 1) * WEEK, last - place * WEEK) for place in range(1 + BEFORE)]
                for last in (end, end - DAY)
            ]
            held = [[each for each in month[1:] if each is not None] if earlier else [given[0]] for month in months]
            now = held[0], given[1]
            before = None if months[1][0] is None else (held[1], months[1][0])
            if not held[0]:
                return Usual(of=of, reason="no_vectors" if past.unread else "too_few", unread=past.unread)
        return usual(
            now, weeks, before=before if before and before[0] else None, against=given[0] if fixed else None,
            unread=unread, least=least, replicates=replicates, seed=seed,
        )  # fmt: skip


class _Past:
    """The traces of half a year with the vectors that are there."""

    def __init__(self, ws: ExploreVerbs, first: datetime, last: datetime, *, inside: bool, seed: int) -> None:
        """Read them: after ``first``, up to ``last``, which belongs to them where ``inside``."""
        import numpy as np

        until = "<=" if inside else "<"
        read = ws.store.traces(
            columns=["trace_id", "session_id", "started_at"], where=f"started_at > ? AND started_at {until} ?",
            params=[first, last], order_by="started_at, trace_id",
        )  # fmt: skip
        hashes = _hashes(ws, read)
        said = hashes.notna()  # the others have no text
        self.frame, hashes = read[said], hashes[said]
        self.sessions = _sessions(self.frame)
        self.missing: set[tuple[datetime, datetime]] = set()
        self.known = hashes.isin(ws.store.known_vectors(ws.embedder.name)).to_numpy()
        drawn = np.flatnonzero(self.known & _drawn(self.sessions, seed))
        self.row = np.full(len(self.frame), -1)
        self.row[drawn] = np.arange(len(drawn))
        self.vectors = ws.store.vectors(ws.embedder.name, hashes.iloc[drawn].tolist())

    @property
    def unread(self) -> int:
        """Stretches that were asked for and have traces without vectors."""
        return len(self.missing)

    def window(self, start: datetime, end: datetime) -> Window | None:
        """The traces of a stretch; None where there are none or too many of them have no vector."""
        from workbench.drift.usual import Window

        when = self.frame["started_at"]
        inside = ((when > start) & (when <= end)).to_numpy(dtype=bool)
        if not inside.any():
            return None
        if self.known[inside].mean() < EMBEDDED:
            self.missing.add((start, end))
            return None
        used = inside & (self.row >= 0)
        return Window(start, end, self.vectors[self.row[used]], self.sessions[used])


def _drawn(sessions: np.ndarray, seed: int) -> np.ndarray:
    """Which traces are read."""
    import numpy as np

    if len(sessions) <= MOST:
        return np.ones(len(sessions), dtype=bool)
    _, of = np.unique(sessions.astype(str), return_inverse=True)
    chosen = np.random.default_rng(seed).random(int(of.max()) + 1) < MOST / len(sessions)
    return np.asarray(chosen[of.ravel()])


def _hashes(ws: ExploreVerbs, frame: DataFrame) -> DataFrame:
    """The hash of each trace's text: off the newest map where it is of the same text, else from the text."""
    import pandas as pd

    from workbench import atlas

    view = ws.settings.embedding.view
    found = pd.Series(None, index=frame.index, dtype="object")
    if ws.has_map():
        stored = ws._newest_map()
        if stored.params.get("view") == view:
            points = stored.points.drop_duplicates("trace_id").set_index("trace_id")["text_hash"]
            found = frame["trace_id"].map(points)
    missing = frame.loc[found.isna(), "trace_id"].tolist()
    if missing:
        rest = ws.store.traces_named(missing, ["trace_id", "input", "output", "messages"])
        texts = atlas.texts(rest, view).set_index("trace_id")["text_hash"]
        found = found.fillna(frame["trace_id"].map(texts))
    return found


def _sessions(frame: DataFrame) -> np.ndarray:
    """The session of each trace, itself where it has none."""
    if "session_id" not in frame:
        return frame["trace_id"].astype("str").to_numpy(dtype=object)
    return frame["session_id"].fillna(frame["trace_id"]).astype("str").to_numpy(dtype=object)
