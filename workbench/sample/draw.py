"""Drawing a sample, and drawing further: strata made disjoint, sizes decided, rows with weights.

A group of near-duplicates lies in one stratum, the first that any of its traces meets. Within a stratum the draws are
the first places of an order that the seed fixes, so a larger sample holds every smaller one; weights are worked out
again for the size that is reached. The weight of a row is 1 / the chance it had, so sums over drawn rows are unbiased.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from workbench.sample.allocation import LEAST, Allocation, allocate, further
from workbench.sample.limits import smallest_share
from workbench.sample.places import inclusion, places
from workbench.sample.plans import PICKED, REST

if TYPE_CHECKING:
    from pandas import DataFrame

RANDOM = "random"
"""The reason of a row that belongs to the random part of a sample."""


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """A stratum as it meets a frame: who belongs, and why; ``member`` is None where that cannot be told."""

    name: str
    share: float
    member: np.ndarray | None
    reason: "str | np.ndarray" = ""
    missing: str | None = None


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
    arms = [_in_order(arm, order) for arm in arms]
    picked_n = min(n_picked, n - 1, max(len(order) - 1, 0))
    n_drawn = min(n - picked_n, len(order))
    kept, home, warnings = _strata(arms, unit, n_drawn, random_share, n)
    shares = np.asarray([arm.share for arm in kept] + [sum(arm.share for arm in arms if arm not in kept)], dtype=float)
    population, units = _counts(home, unit, len(kept) + 1)
    there = population > 0
    plan = allocate(n_drawn, population[there], units[there], shares[there], random_share=random_share, n_all=n)
    frame = _frame(np.asarray(trace_ids, dtype=object)[order], unit, home, kept, seed)
    listed = [[*names_of(kept), REST][place] for place in np.flatnonzero(there)]
    reason_of = {name: int(count) for name, count in zip(listed, plan.random, strict=True)}
    rows = _rows(frame, dict(zip(listed, plan.drawn.tolist(), strict=True)))
    rows["reason"] = np.where(rows["place"] < rows["stratum"].map(reason_of), RANDOM, rows["reason"])
    strata = _table(listed, population[there], units[there], shares[there], plan, frame)
    if n > len(order):
        warnings.append(f"{n:,} traces were asked for and the frame has {len(order):,}: all of them are drawn.")
    relaxed = bool((plan.drawn > units[there]).any())
    if relaxed:
        warnings.append(_relaxed(int(units.sum()), n_drawn))
    if picked_n:
        columns = {name: np.asarray(values, dtype=float)[order] for name, values in (measures or {}).items()}
        chosen = _most_extreme(frame, rows, columns, picked_n)
        if len(chosen) < picked_n:
            warnings.append(f"{picked_n} deliberate picks were planned and {len(chosen)} could be made.")
        rows = _with_picks(rows, chosen)
        strata += (_pick_row(picked_n, len(chosen)),)
    rows = rows.iloc[np.random.default_rng([seed, crc32(b"reading order")]).permutation(len(rows))]
    return Drawn(rows.drop(columns="place").reset_index(drop=True), frame, strata, tuple(warnings), relaxed)


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
    after = _rows(frame, dict(zip(listed, now.tolist(), strict=True)))
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
    table = _table(listed, population, units, shares, plan, frame)
    warnings = []
    if before + more > n:
        warnings.append(f"{more:,} more traces were asked for and {n - before:,} were left: all of them are drawn.")
    relaxed = bool((now > units).any())
    if relaxed:
        warnings.append(_relaxed(int(units.sum()), n))
    found = int(former["weight"].notna().sum()) - len(was_drawn)
    if found:
        warnings.append(f"{found} of the draws had been deliberate picks before; they now have a weight.")
    left = sum(row["drawn"] for row in strata if row["stratum"] == PICKED) - found
    if left > 0:
        table += (_pick_row(left, left),)
    both = pd.concat([former, fresh]) if len(fresh) else former
    return Drawn(both.reset_index(), frame, table, tuple(warnings), relaxed)


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
    rows = _picks(taken, [reason] * len(taken))
    frame = pd.DataFrame({"trace_id": ids, "stratum": PICKED, "reason": reason, "unit": np.asarray(unit)[order]})
    frame = frame.assign(size=frame.groupby("unit")["unit"].transform("size"), place=place)
    relaxed = len(taken) > frame["unit"].nunique()
    warnings = [_relaxed(frame["unit"].nunique(), len(taken))] if relaxed else []
    if n > len(ids):
        warnings.append(f"{n:,} traces were asked for and {len(ids):,} were chosen: all of them are taken.")
    return Drawn(rows, frame, (_pick_row(n, len(taken)),), tuple(warnings), relaxed)


def names_of(arms: Sequence[Arm]) -> list[str]:
    """The names of some strata."""
    return [arm.name for arm in arms]


def _sorted(trace_ids: Sequence[str]) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.asarray(pc.sort_indices(pa.array(trace_ids, pa.string())))


def _in_order(arm: Arm, order: np.ndarray) -> Arm:
    member = None if arm.member is None else np.asarray(arm.member, dtype=bool)[order]
    reason = arm.reason if isinstance(arm.reason, str) else np.asarray(arm.reason, dtype=object)[order]
    return Arm(arm.name, arm.share, member, reason, arm.missing)


def _strata(
    arms: list[Arm], unit: np.ndarray, n: int, random_share: float, n_all: int
) -> tuple[list[Arm], np.ndarray, list[str]]:
    """Settle which strata there are: those that cannot be told, are empty or would be too thin go into the rest.

    Returns:
        the strata that stay, (N,) the number of each trace's stratum (their count for the rest), and what was folded.
    """
    folded = [(arm, arm.missing or "it cannot be told") for arm in arms if arm.member is None]
    kept = [arm for arm in arms if arm.member is not None]
    while True:
        home = _homes(kept, unit)
        population, units = _counts(home, unit, len(kept) + 1)
        thin = [place for place in range(len(kept)) if units[place] < LEAST]
        why = "too few traces are in it alone"
        if not thin and kept and LEAST * int((population > 0).sum()) > n:
            shares = np.asarray([arm.share for arm in kept] + [sum(arm.share for arm, _ in folded)], dtype=float)
            sizes = allocate(n, population, units, shares, random_share=random_share, n_all=n_all)
            thin = [int(np.argmin(sizes.target[:-1]))]
            why = f"{n} draws do not suffice for {LEAST} of each stratum"
        if not thin:
            return kept, home, [f"Stratum “{arm.name}” is folded into the rest: {reason}." for arm, reason in folded]
        for place in reversed(thin):
            arm = kept.pop(place)
            empty = not population[place] and units[place] < LEAST
            met = empty and arm.member is not None and bool(arm.member.any())
            told = "its traces all belong to strata before it" if met else "no trace is in it" if empty else why
            folded.append((arm, told))


def _homes(arms: list[Arm], unit: np.ndarray) -> np.ndarray:
    """(N,) the first stratum that any trace of a trace's group meets."""
    home = np.full(int(unit.max()) + 1, len(arms), dtype=np.int64)
    for place in range(len(arms) - 1, -1, -1):
        member = arms[place].member
        assert member is not None
        home[unit[member]] = place
    return home[unit]


def _counts(home: np.ndarray, unit: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Traces and groups in each of n strata."""
    first = np.unique(unit, return_index=True)[1]
    return np.bincount(home, minlength=n), np.bincount(home[first], minlength=n)


def _frame(ids: np.ndarray, unit: np.ndarray, home: np.ndarray, kept: list[Arm], seed: int) -> "DataFrame":
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


def _chances(frame: "DataFrame", stratum: str, n: int) -> dict[int, float]:
    """The chance of a trace by the size of its group, in one stratum of which n are drawn."""
    sizes = frame.loc[frame["stratum"] == stratum].groupby("unit")["size"].first().to_numpy()
    return dict(zip(sizes.tolist(), inclusion(sizes, n).tolist(), strict=True))


def _rows(frame: "DataFrame", drawn: Mapping[str, int]) -> "DataFrame":
    """The drawn rows with weight, population and place."""
    import pandas as pd

    rows = frame[frame["place"] < frame["stratum"].map(drawn).fillna(0)]
    chances = {stratum: _chances(frame, stratum, n) for stratum, n in drawn.items() if n}
    weight = [1 / chances[stratum][size] for stratum, size in zip(rows["stratum"], rows["size"], strict=True)]
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


def _table(
    names: Sequence[str],
    population: np.ndarray,
    units: np.ndarray,
    shares: np.ndarray,
    plan: Allocation,
    frame: "DataFrame",
) -> tuple[dict[str, Any], ...]:
    out = []
    for place, name in enumerate(names):
        n = int(plan.drawn[place])
        weights = [1 / chance for chance in _chances(frame, name, n).values()] if n else []
        out.append(
            {
                "stratum": name,
                "population": int(population[place]),
                "units": int(units[place]),
                "share": float(shares[place]),
                "target": int(plan.target[place]),
                "drawn": n,
                "random": int(plan.random[place]),
                "weight_low": min(weights, default=None),
                "weight_high": max(weights, default=None),
                "smallest_share": smallest_share(n),
            }
        )
    return tuple(out)


def _pick_row(target: int, drawn: int) -> dict[str, Any]:
    empty = {"weight_low": None, "weight_high": None, "smallest_share": None}
    return {"stratum": PICKED, "population": 0, "units": 0, "share": 0.0, "target": target, "drawn": drawn} | {
        "random": 0,
        **empty,
    }


def _relaxed(units: int, n: int) -> str:
    return f"{units:,} groups of near-duplicates do not suffice for {n:,} draws: some groups gave more than one trace."


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


def _picks(ids: Sequence[str], reasons: Sequence[str]) -> "DataFrame":
    import pandas as pd

    empty = np.full(len(ids), np.nan)
    columns = {"trace_id": ids, "stratum": PICKED, "reason": reasons, "weight": empty, "population": empty}
    return pd.DataFrame(columns)


def _with_picks(rows: "DataFrame", chosen: list[tuple[str, str]]) -> "DataFrame":
    import pandas as pd

    if not chosen:
        return rows
    picks = _picks([each[0] for each in chosen], [each[1] for each in chosen]).assign(place=0)
    return pd.concat([rows, picks], ignore_index=True)
