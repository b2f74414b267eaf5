"""How the traces that were read came to be read: the design behind every share.

Weights come from the samples. What was drawn and not yet read is allowed for stratum by stratum, because the order of
reading within a sample is random; a stratum of which nothing was read is left out and named. Without any weighted
sample the shares describe the traces that were read and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import MissingColumns
from workbench.stats.sampling import Design, design, simple

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.rank.reviewed import Reviewed

NEEDED = ("sample_id", "trace_id", "stratum", "weight")
RANDOM = "random"
"""The reason of a sample's rows that were drawn at random over everything."""


@dataclass(frozen=True)
class Evidence:
    """The rows that shares are worked out from.

    Attributes:
        rows: (m,) places among the reviewed traces; a trace that two samples drew is there twice.
        design: How those rows were drawn; None where nothing was reviewed.
        weighted: Whether the shares stand for the population that was sampled.
        population: Traces that the shares stand for.
        strata: sample_id, stratum, population, drawn, read, share (of the population), in the order of the samples.
        unread: Names of strata of which nothing was read.
        at_random: (m,) whether each row was drawn at random over everything.
        notes: What a reader of the shares has to know, in sentences.
    """

    rows: np.ndarray = field(repr=False)
    design: Design | None = field(repr=False)
    weighted: bool
    population: int
    strata: DataFrame = field(repr=False)
    unread: tuple[str, ...]
    at_random: np.ndarray = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def n_weighted(self) -> int:
        """How many different traces carry a weight."""
        return len(np.unique(self.rows)) if self.weighted else 0

    @property
    def random_share(self) -> float:
        """The part of the rows that was drawn at random over everything."""
        return float(self.at_random.mean()) if len(self.rows) else 0.0


def evidence(read: Reviewed, sample: DataFrame | None = None) -> Evidence:
    """Find the design behind the traces that were read.

    Args:
        read: The reviewed traces.
        sample: Rows of one sample or of several: sample_id, trace_id, stratum, weight (empty for a deliberate pick)
            and, where they are known, population (traces in the stratum), reason, and whole (whether the sample was
            drawn from all traces).

    Raises:
        MissingColumns: A column is missing.
    """
    import pandas as pd

    none = pd.DataFrame(columns=["sample_id", "stratum", "population", "drawn", "read", "share"])
    drawn = None if sample is None else _weighted(sample)
    if drawn is not None and len(drawn):
        place = {trace_id: at for at, trace_id in enumerate(read.trace_ids)}
        drawn["place"] = drawn["trace_id"].map(place)
        drawn, unread = _begun(drawn, sample)
        drawn, notes = _without_contained(drawn)
        found = _designed(drawn, (*unread, *notes))
        if found is not None:
            return found
    rows = np.arange(read.n)
    why = "of the traces that were read and nothing else: none of them was drawn with a weight"
    notes = (f"Shares are {why}. Draw a sample and read it to know the traffic.",)
    return Evidence(rows, simple(read.n) if read.n else None, False, read.n, none, (), np.zeros(read.n, bool), notes)


def _weighted(sample: DataFrame) -> DataFrame:
    import pandas as pd

    missing = [name for name in NEEDED if name not in sample]
    if missing:
        raise MissingColumns("sample", missing, sample.columns, "Pass rows as ws.sample_rows() gives them.")
    weight = pd.to_numeric(sample["weight"], errors="coerce").astype(float)
    columns = {name: sample[name].astype(object) for name in ("sample_id", "trace_id")}
    columns["stratum"] = sample["stratum"].astype(object).fillna("all")
    columns["reason"] = sample["reason"].astype(object) if "reason" in sample else None
    known = sample["population"] if "population" in sample else np.nan
    columns["population"] = pd.Series(pd.to_numeric(known, errors="coerce"), index=sample.index).astype(float)
    whole = sample["whole"] if "whole" in sample else True
    rows = pd.DataFrame({**columns, "weight": weight, "whole": whole}, index=sample.index)
    return rows[weight > 0].reset_index(drop=True)


def _begun(drawn: DataFrame, sample: DataFrame) -> tuple[DataFrame, tuple[str, ...]]:
    """Leave out samples of which nothing was read but what others hold too.

    Those traces were read for a reason of their own, a deliberate pick among them; as the random start of a sample
    that nobody has begun they would enter its shares.
    """
    import pandas as pd

    picks = sample[~(pd.to_numeric(sample["weight"], errors="coerce").astype(float) > 0).to_numpy()]
    picked = {sample_id: set(rows) for sample_id, rows in picks.groupby("sample_id")["trace_id"]}
    there = drawn["place"].notna()
    part = there.groupby(drawn["sample_id"], sort=False).mean()
    explained: set[Any] = set()
    idle = []
    for sample_id in part.sort_values(ascending=False, kind="stable").index:
        rows = set(drawn.loc[there & (drawn["sample_id"] == sample_id), "trace_id"])
        elsewhere = explained.union(*(ids for other, ids in picked.items() if other != sample_id))
        if rows and part[sample_id] < 1 and rows <= elsewhere:
            idle.append(sample_id)
        else:
            explained |= rows
    if not idle:
        return drawn, ()
    few = len(idle) <= 3
    told = tuple(f"Sample {each} is not begun: what was read of it was read for another one." for each in idle)
    many = (f"{len(idle)} samples are not begun: what was read of them was read for others.",)
    return drawn[~drawn["sample_id"].isin(idle)].reset_index(drop=True), told if few else many


def _without_contained(drawn: DataFrame) -> tuple[DataFrame, tuple[str, ...]]:
    """Leave out samples that lie wholly in another one: the same seed drew both, and they would count twice."""
    traces = {sample_id: frozenset(rows) for sample_id, rows in drawn.groupby("sample_id", sort=False)["trace_id"]}
    samples_of: dict[Any, set[Any]] = {}
    for sample_id, ids in traces.items():
        for trace_id in ids:
            samples_of.setdefault(trace_id, set()).add(sample_id)
    left_out: set[Any] = set()
    for sample_id, ids in sorted(traces.items(), key=lambda each: len(each[1])):
        holders = set.intersection(*(samples_of[trace_id] for trace_id in ids)) - {sample_id} - left_out
        if holders:
            left_out.add(sample_id)
    if not left_out:
        return drawn, ()
    notes = tuple(f"Sample {each} lies wholly within another one and is not counted again." for each in traces)
    kept = [note for each, note in zip(traces, notes, strict=True) if each in left_out]
    told = tuple(kept) if len(kept) <= 3 else (f"{len(kept)} samples lie wholly within others and count once.",)
    return drawn[~drawn["sample_id"].isin(left_out)].reset_index(drop=True), told


def _designed(drawn: DataFrame, notes: tuple[str, ...]) -> Evidence | None:
    by = drawn.groupby(["sample_id", "stratum"], sort=False)
    strata = by.agg(
        population=("population", "first"),
        weights=("weight", "sum"),
        drawn=("trace_id", "size"),
        read=("place", "count"),
    ).reset_index()
    strata["population"] = strata["population"].fillna(strata.pop("weights"))
    begun = strata.groupby("sample_id", sort=False)["read"].transform("sum") > 0
    strata = strata[begun].reset_index(drop=True)
    kept = strata[strata["read"] > 0].reset_index(drop=True)
    if kept.empty:
        return None
    number = {key: at for at, key in enumerate(zip(kept["sample_id"], kept["stratum"], strict=True))}
    read = drawn[drawn["place"].notna()]
    stratum = np.array([number[key] for key in zip(read["sample_id"], read["stratum"], strict=True)])
    samples = {sample_id: at for at, sample_id in enumerate(kept["sample_id"].drop_duplicates())}
    made = design(
        stratum,
        read["weight"].to_numpy(),
        kept["population"].to_numpy(dtype=float),
        sample=kept["sample_id"].map(samples).to_numpy(dtype=int),
    )
    strata["share"] = 0.0
    strata.loc[strata["read"] > 0, "share"] = made.share
    gaps = strata[strata["read"] == 0]
    unread = tuple(str(each) for each in dict.fromkeys(gaps["stratum"]))
    by_sample = kept.groupby("sample_id", sort=False)["population"].sum()
    return Evidence(
        read["place"].to_numpy(dtype=int),
        made,
        True,
        round(float(by_sample.max())),
        strata[["sample_id", "stratum", "population", "drawn", "read", "share"]],
        unread,
        (read["reason"] == RANDOM).fillna(False).to_numpy(dtype=bool),
        (*notes, *_notes(strata, gaps, read, len(samples))),
    )


def _notes(strata: DataFrame, gaps: DataFrame, read: DataFrame, n_samples: int) -> list[str]:
    notes = []
    left = int(strata["drawn"].sum() - strata["read"].sum())
    if left:
        notes.append(
            f"{left:,} of {int(strata['drawn'].sum()):,} drawn traces are not read yet; the shares allow for it."
        )
        shared = int(read["trace_id"].duplicated(keep=False).sum() // 2)
        if shared:
            notes.append(
                f"{shared:,} traces were drawn by two samples: what was read for the one leans in the other until both"
                " are read whole."
            )
    if len(gaps):
        names = ", ".join(f"“{each}”" for each in dict.fromkeys(gaps["stratum"]))
        share = gaps["population"].sum() / strata["population"].sum()
        notes.append(f"Nothing is read of {names}, {share:.0%} of the traffic: the shares are over the rest.")
    whole = read["whole"].astype(bool)
    if not whole.all():
        mixed = " and part of it mixed" if n_samples > 1 else ""
        notes.append(
            f"A sample was drawn from a part of the traces only{mixed}: the shares are of what was drawn from."
        )
    if n_samples > 1:
        notes.append(f"{n_samples} samples are put together by how much of each was read.")
    return notes
