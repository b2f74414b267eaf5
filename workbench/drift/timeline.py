"""Since when: the days on which clusters, prompts, fetched passages or failure signs changed their share.

A hash or a passage that is new has a first day of its own; what is dated here is when the traffic changed, which is
later where a new prompt was tried out elsewhere first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from workbench.drift.both import Both, days_of, folded
from workbench.drift.retrieval import Fetched, presence
from workbench.stats.changes import changes

COLUMNS = ["series", "day", "what", "cluster", "before", "after", "p"]
REFITS = 199
RARE = 10
"""Passages that were fetched less often are not followed over time."""


def timeline(
    both: Both, names: dict[int, str], fetched: Sequence[Fetched | None], *, level: float, replicates: int, seed: int
) -> DataFrame:
    """Find the days of change over both sets together.

    Args:
        both: The two sets.
        names: Of clusters.
        fetched: What each trace fetched; empty where it is not known.
        level: For all series together: each gets its part (Bonferroni).
        replicates: Permutations of each stretch, at most 199.
        seed: Source of chance.

    Returns:
        Columns series (clusters, prompt, passages, failure_signs), day (the first of the new share), what (cluster,
        hash, passage), cluster, before, after (shares up to the next change) and p; earliest first.
    """
    dated = days_of(both.frame)
    series = _series(both, names, fetched)
    rows = []
    for name, (labels, values) in series.items():
        known = (dated >= 0) & ~np.isnan(values).any(axis=1)
        if not known.any():
            continue
        session, first = np.unique(both.session[known], return_index=True)
        place = np.searchsorted(session, both.session[known])
        counts = np.zeros((len(session), values.shape[1] + 1))
        np.add.at(counts, place, np.column_stack([values[known], np.ones(int(known.sum()))]))
        for each in changes(
            counts[:, :-1], dated[known][first], counts[:, -1], level=level / len(series),
            replicates=min(replicates, REFITS), seed=seed,
        ):  # fmt: skip
            what, cluster = labels[each.category]
            rows.append([name, date.fromordinal(each.day), what, cluster, each.before, each.after, each.p])
    frame = DataFrame(rows, columns=COLUMNS).astype({"cluster": "Int64"})
    return frame.sort_values(["day", "series"], kind="stable", ignore_index=True)


Series = tuple[list[tuple[str, int | None]], NDArray[np.float64]]


def _series(both: Both, names: dict[int, str], fetched: Sequence[Fetched | None]) -> dict[str, Series]:
    frame = both.frame
    found: dict[str, Series] = {}
    if "cluster" in frame and frame["cluster"].notna().any():
        given = frame["cluster"].astype("Int64").fillna(-1).to_numpy(dtype=np.int64)
        known = [int(each) for each in np.unique(given)]
        labels: list[tuple[str, int | None]] = [
            ("Unclustered", None) if c < 0 else (names.get(c, f"cluster {c}"), c) for c in known
        ]
        found["clusters"] = labels, (given[:, None] == np.asarray(known)).astype(float)
    if "prompt_hash" in frame and frame["prompt_hash"].nunique() > 1:
        known_hashes = folded(frame["prompt_hash"].dropna().astype("str"))
        values = known_hashes.reindex(frame.index).to_numpy(dtype=object)
        hashes = sorted(known_hashes.unique())
        found["prompt"] = [(each, None) for each in hashes], np.column_stack([values == each for each in hashes]) * 1.0
    if any(fetched):
        passages, has = presence(fetched, least=RARE)
        if passages:
            has[[each is None for each in fetched]] = np.nan  # not known, which is not the same as not fetched
            found["passages"] = [(each, None) for each in passages], has
    if "signals" in frame:
        from workbench.drift.outcomes import failed

        found["failure_signs"] = [("failure signs", None)], failed(frame)[:, None]
    return found
