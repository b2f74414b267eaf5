"""Drawing further into a sample, from the order that its first draw fixed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from workbench.sample.allocation import Allocation, allocate, further
from workbench.sample.draw import RANDOM, Drawn
from workbench.sample.plans import PICKED
from workbench.sample.rows import drawn_rows, pick_row, relaxed_words, strata_rows

if TYPE_CHECKING:
    from pandas import DataFrame


def extend(
    frame: "DataFrame",
    rows: "DataFrame",
    strata: Sequence[Mapping[str, Any]],
    *,
    more: int,
    seed: int,
    random_share: float,
) -> Drawn:
    """Draw further into a sample: what was drawn stays, and all weights are those of the larger sample.

    A deliberate pick that the draw now comes upon becomes a drawn row with a weight.

    Args:
        frame: As ``draw`` left it.
        rows: The sample so far, in its order.
        strata: Its strata, as ``draw`` left them.
        more: How many further draws.
        seed: The seed of the sample.
        random_share: Least share drawn at random.

    Returns:
        Rows with the former ones first, in their order.
    """
    import pandas as pd

    real = [row for row in strata if row["stratum"] != PICKED]
    listed = [row["stratum"] for row in real]
    population, units, drawn, by_chance = (
        np.asarray([row[key] for row in real], dtype=np.int64) for key in ("population", "units", "drawn", "random")
    )
    shares = np.asarray([row["share"] for row in real], dtype=float)
    before = int(drawn.sum())
    n = min(before + more, int(population.sum()))
    n_all = n + sum(row["drawn"] for row in strata if row["stratum"] == PICKED)
    wanted = allocate(n, population, units, shares, random_share=random_share, n_all=n_all)
    now = drawn + further(n - before, drawn, wanted.drawn, population)
    random_now = by_chance + further(
        max(int(wanted.random.sum()) - int(by_chance.sum()), 0), by_chance, wanted.random, by_chance + now - drawn
    )
    after = drawn_rows(frame, dict(zip(listed, now.tolist(), strict=True)))
    first = after["stratum"].map(dict(zip(listed, drawn.tolist(), strict=True)))
    by_chance_to = first + after["stratum"].map(dict(zip(listed, (random_now - by_chance).tolist(), strict=True)))
    after["reason"] = np.where(after["place"] < by_chance_to, RANDOM, after["reason"])
    after = after.set_index("trace_id")
    former = rows.set_index("trace_id")[["stratum", "reason", "weight", "population"]]
    stays = former.index.intersection(after.index)
    was_drawn = former.index[former["weight"].notna()]
    after.loc[was_drawn, "reason"] = former.loc[was_drawn, "reason"]
    former = former.astype({"population": "float64"})
    former.loc[stays] = after.loc[stays, former.columns]
    fresh = after.loc[after.index.difference(former.index), former.columns]
    fresh = fresh.iloc[np.random.default_rng([seed, crc32(b"reading order"), n]).permutation(len(fresh))]
    plan = Allocation(wanted.target, now, random_now)
    table = strata_rows(listed, population, units, shares, plan, frame)
    warnings = []
    if before + more > n:
        warnings.append(f"{more:,} more traces were asked for and {n - before:,} were left: all of them are drawn.")
    relaxed = bool((now > units).any())
    if relaxed:
        warnings.append(relaxed_words(int(units.sum()), n))
    found = int(former["weight"].notna().sum()) - len(was_drawn)
    if found:
        warnings.append(f"{found} of the draws had been deliberate picks before; they now have a weight.")
    left = sum(row["drawn"] for row in strata if row["stratum"] == PICKED) - found
    if left > 0:
        table += (pick_row(left, left),)
    both = pd.concat([former, fresh]) if len(fresh) else former
    return Drawn(both.reset_index(), frame, table, tuple(warnings), relaxed)
