"""Drawing a sample: strata made disjoint, sizes decided, rows with weights.

A group of near-duplicates lies in one stratum, the first that any of its traces meets. Within a stratum the draws are
the first places of an order that the seed fixes, so a larger sample holds every smaller one; weights are worked out
again for the size that is reached. The weight of a row is 1 / the chance it had, so sums over drawn rows are unbiased.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from workbench.sample.allocation import allocate
from workbench.sample.places import places
from workbench.sample.plans import PICKED, REST
from workbench.sample.rows import drawn_rows, laid_out, pick_row, pick_rows, relaxed_words, strata_rows
from workbench.sample.strata import Arm, counts, in_order, names_of, settle

if TYPE_CHECKING:
    from pandas import DataFrame

RANDOM = "random"
"""The reason of a row that belongs to the random part of a sample."""


@dataclass(frozen=True)
class Drawn:
    """A sample as drawn, with what is needed to draw further.

    Attributes:
        rows: trace_id, stratum, reason, weight (nan for a deliberate pick), population (traces in the row's stratum),
            in an order that is random, so that a sample read in part is one too.
        frame: trace_id, stratum, reason, unit, size (of the unit) and place (in the order of drawing) of every trace.
        strata: stratum, population, units, share, target, drawn, random, weight_low, weight_high, smallest_share.
        warnings: What was done otherwise than asked, in sentences.
        relaxed: Whether a group of near-duplicates gave more than one trace.
    """

    rows: "DataFrame" = field(repr=False)
    frame: "DataFrame" = field(repr=False)
    strata: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...] = ()
    relaxed: bool = False


def draw(
    trace_ids: Sequence[str],
    unit: np.ndarray,
    arms: Sequence[Arm] = (),
    *,
    n: int,
    seed: int = 0,
    random_share: float = 0.2,
    n_picked: int = 0,
    measures: Mapping[str, np.ndarray] | None = None,
) -> Drawn:
    """Draw a sample.

    Args:
        trace_ids: The traces of the frame; their order does not matter.
        unit: (N,) the group of near-duplicates of each.
        arms: The strata, in the order in which a trace is tried.
        n: Rows of the sample, picks included; all traces where there are fewer.
        seed: The same seed and frame give the same sample.
        random_share: Least share of the sample drawn at random over all strata.
        n_picked: How many of the rows are deliberate picks.
        measures: For picks: values by name, each (N,); the highest of each are picked in turn.

    Raises:
        ValueError: No traces, n under 1, a negative seed, or two strata of one name.
    """
    names = [arm.name for arm in arms]
    if not len(trace_ids) or n < 1 or seed < 0 or len({*names, REST, PICKED}) < len(names) + 2:
        raise ValueError("a draw needs traces, n of at least 1, a seed from 0 up and strata of different names")
    order = _sorted(trace_ids)
    unit = np.unique(np.asarray(unit)[order], return_inverse=True)[1].ravel()
    arms = [in_order(arm, order) for arm in arms]
    picked_n = min(n_picked, n - 1, max(len(order) - 1, 0))
    n_drawn = min(n - picked_n, len(order))
    kept, home, warnings = settle(arms, unit, n_drawn, random_share, n)
    shares = np.asarray([arm.share for arm in kept] + [sum(arm.share for arm in arms if arm not in kept)], dtype=float)
    population, units = counts(home, unit, len(kept) + 1)
    there = population > 0
    plan = allocate(n_drawn, population[there], units[there], shares[there], random_share=random_share, n_all=n)
    frame = laid_out(np.asarray(trace_ids, dtype=object)[order], unit, home, kept, seed)
    listed = [[*names_of(kept), REST][place] for place in np.flatnonzero(there)]
    by_chance = {name: int(count) for name, count in zip(listed, plan.random, strict=True)}
    rows = drawn_rows(frame, dict(zip(listed, plan.drawn.tolist(), strict=True)))
    rows["reason"] = np.where(rows["place"] < rows["stratum"].map(by_chance), RANDOM, rows["reason"])
    strata = strata_rows(listed, population[there], units[there], shares[there], plan, frame)
    if n > len(order):
        warnings.append(f"{n:,} traces were asked for and the frame has {len(order):,}: all of them are drawn.")
    relaxed = bool((plan.drawn > units[there]).any())
    if relaxed:
        warnings.append(relaxed_words(int(units.sum()), n_drawn))
    if picked_n:
        columns = {name: np.asarray(values, dtype=float)[order] for name, values in (measures or {}).items()}
        chosen = _most_extreme(frame, rows, columns, picked_n)
        if len(chosen) < picked_n:
            warnings.append(f"{picked_n} deliberate picks were planned and {len(chosen)} could be made.")
        rows = _with_picks(rows, chosen)
        strata += (pick_row(picked_n, len(chosen)),)
    rows = rows.iloc[np.random.default_rng([seed, crc32(b"reading order")]).permutation(len(rows))]
    return Drawn(rows.drop(columns="place").reset_index(drop=True), frame, strata, tuple(warnings), relaxed)


def pick(trace_ids: Sequence[str], unit: np.ndarray, *, n: int, seed: int = 0, reason: str) -> Drawn:
    """Take n of some traces that somebody chose by looking; they carry no weight, whatever they show.

    One of each group of near-duplicates comes before any second one.

    Args:
        trace_ids: The chosen traces.
        unit: (N,) their groups of near-duplicates.
        n: How many to take.
        seed: The seed of which.
        reason: Why they were chosen.
    """
    import pandas as pd

    order = _sorted(trace_ids)
    ids = np.asarray(trace_ids, dtype=object)[order]
    place = places(np.asarray(unit)[order], np.random.default_rng([seed, crc32(PICKED.encode())]))
    taken = ids[np.argsort(place)][:n]
    rows = pick_rows(taken, [reason] * len(taken))
    frame = pd.DataFrame({"trace_id": ids, "stratum": PICKED, "reason": reason, "unit": np.asarray(unit)[order]})
    frame = frame.assign(size=frame.groupby("unit")["unit"].transform("size"), place=place)
    relaxed = len(taken) > frame["unit"].nunique()
    warnings = [relaxed_words(frame["unit"].nunique(), len(taken))] if relaxed else []
    if n > len(ids):
        warnings.append(f"{n:,} traces were asked for and {len(ids):,} were chosen: all of them are taken.")
    return Drawn(rows, frame, (pick_row(n, len(taken)),), tuple(warnings), relaxed)


def _sorted(trace_ids: Sequence[str]) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.asarray(pc.sort_indices(pa.array(trace_ids, pa.string())))


def _most_extreme(
    frame: "DataFrame", rows: "DataFrame", measures: Mapping[str, np.ndarray], n: int
) -> list[tuple[str, str]]:
    """The most extreme traces whose groups were not drawn, each measure in its turn: trace ids and reasons."""
    units, ids = frame["unit"].to_numpy(), frame["trace_id"].to_numpy()
    taken = set(units[frame["trace_id"].isin(rows["trace_id"]).to_numpy()].tolist())
    queues = {}
    for name, values in measures.items():
        known = np.flatnonzero(np.isfinite(values))
        queues[name] = iter(known[np.argsort(-values[known], kind="stable")].tolist())
    chosen: list[tuple[str, str]] = []
    while queues and len(chosen) < n:
        for name in list(queues):
            place = next((place for place in queues[name] if units[place] not in taken), None)
            if place is None:
                del queues[name]
            elif len(chosen) < n:
                taken.add(units[place])
                chosen.append((ids[place], f"picked: highest {name}"))
    return chosen


def _with_picks(rows: "DataFrame", chosen: list[tuple[str, str]]) -> "DataFrame":
    import pandas as pd

    if not chosen:
        return rows
    picks = pick_rows([each[0] for each in chosen], [each[1] for each in chosen]).assign(place=0)
    return pd.concat([rows, picks], ignore_index=True)
