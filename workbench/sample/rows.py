"""The tables of a draw: the frame in its order of drawing, the drawn rows with their weights, a line per stratum."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from workbench.sample.allocation import Allocation
from workbench.sample.limits import smallest_share
from workbench.sample.places import places, weights
from workbench.sample.plans import PICKED, REST
from workbench.sample.strata import Arm, names_of

if TYPE_CHECKING:
    from pandas import DataFrame


def laid_out(ids: np.ndarray, unit: np.ndarray, home: np.ndarray, kept: list[Arm], seed: int) -> "DataFrame":
    """Every trace of the frame with its stratum, reason, group, the group's size and its place in the draw."""
    import pandas as pd

    place = np.zeros(len(ids), dtype=np.int64)
    reason = np.full(len(ids), "rest of the frame", dtype=object)
    for number, name in enumerate([*names_of(kept), REST]):
        inside = np.flatnonzero(home == number)
        if not len(inside):
            continue
        place[inside] = places(unit[inside], np.random.default_rng([seed, crc32(name.encode())]))
        if number < len(kept):
            arm = kept[number]
            texts = arm.reason if isinstance(arm.reason, str) else arm.reason[inside]
            member = arm.member[inside] if arm.member is not None else np.ones(len(inside), dtype=bool)
            reason[inside] = np.where(member, texts, f"near-duplicate of a trace of “{name}”")
    sizes = np.bincount(unit)
    names = np.asarray([*names_of(kept), REST], dtype=object)
    return pd.DataFrame(
        {
            "trace_id": ids,
            "stratum": names[home],
            "reason": reason,
            "unit": unit,
            "size": sizes[unit],
            "place": place,
        }
    )


def weights_by_size(frame: "DataFrame", stratum: str, n: int) -> dict[int, float]:
    """The weight of a trace by the size of its group, in one stratum of which n are drawn."""
    sizes = frame.loc[frame["stratum"] == stratum].groupby("unit")["size"].first().to_numpy()
    return dict(zip(sizes.tolist(), weights(sizes, n).tolist(), strict=True))


def drawn_rows(frame: "DataFrame", drawn: Mapping[str, int]) -> "DataFrame":
    """The drawn rows with weight, population and place."""
    import pandas as pd

    rows = frame[frame["place"] < frame["stratum"].map(drawn).fillna(0)]
    known = {stratum: weights_by_size(frame, stratum, n) for stratum, n in drawn.items() if n}
    weight = [known[stratum][size] for stratum, size in zip(rows["stratum"], rows["size"], strict=True)]
    population = frame["stratum"].value_counts()
    return pd.DataFrame(
        {
            "trace_id": rows["trace_id"].to_numpy(),
            "stratum": rows["stratum"].to_numpy(),
            "reason": rows["reason"].to_numpy(dtype=object),
            "weight": np.asarray(weight, dtype=float),
            "population": rows["stratum"].map(population).to_numpy(dtype=float),
            "place": rows["place"].to_numpy(),
        }
    )


def strata_rows(
    names: Sequence[str],
    population: np.ndarray,
    units: np.ndarray,
    shares: np.ndarray,
    plan: Allocation,
    frame: "DataFrame",
) -> tuple[dict[str, Any], ...]:
    """A line per stratum: how large, how many wished and drawn, with which weights, and what it can show."""
    out = []
    for place, name in enumerate(names):
        n = int(plan.drawn[place])
        found = weights_by_size(frame, name, n).values() if n else []
        out.append(
            {
                "stratum": name,
                "population": int(population[place]),
                "units": int(units[place]),
                "share": float(shares[place]),
                "target": int(plan.target[place]),
                "drawn": n,
                "random": int(plan.random[place]),
                "weight_low": min(found, default=None),
                "weight_high": max(found, default=None),
                "smallest_share": smallest_share(n),
            }
        )
    return tuple(out)


def pick_row(target: int, drawn: int) -> dict[str, Any]:
    """The line of the deliberate picks, which are no stratum: nothing is drawn from them and nothing is estimated."""
    sizes = {"population": 0, "units": 0, "share": 0.0, "target": target, "drawn": drawn, "random": 0}
    empty = {"weight_low": None, "weight_high": None, "smallest_share": None, "reason": "deliberate, without weight"}
    return {"stratum": PICKED, **sizes, **empty}


def pick_rows(ids: Sequence[str], reasons: Sequence[str]) -> "DataFrame":
    """Rows of deliberate picks: without weight and population."""
    import pandas as pd

    empty = np.full(len(ids), np.nan)
    columns = {"trace_id": ids, "stratum": PICKED, "reason": reasons, "weight": empty, "population": empty}
    return pd.DataFrame(columns)


def relaxed_words(units: int, n: int) -> str:
    """Say that near-duplicates had to be drawn."""
    return f"{units:,} groups of near-duplicates do not suffice for {n:,} draws: some groups gave more than one trace."
