"""The rolling pool: fresh production cases beside the golden set, so that a score can be had on what is asked now.

The golden set stays as it is until somebody changes it, which is its worth and its weakness: products are tuned on it
and traffic leaves it behind. The rolling pool is drawn at random from the last weeks and turned over every round. It is
scored apart and never pooled with the golden set: where the two rates part, the golden set no longer says how it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import BadRequest

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Turn:
    """What a round does to the pool.

    Attributes:
        too_old: Cases that leave because they were captured before the window; undated ones too.
        make_room: Cases that leave, oldest first, so that as many new ones come in.
        drawn: Traces that come in.
    """

    too_old: tuple[str, ...]
    make_room: tuple[str, ...]
    drawn: tuple[str, ...]


def first_day(today: date, days: int) -> date:
    """The first day of the window that cases may be from."""
    return today - timedelta(days=days)


def turn(pool: DataFrame, fresh: Sequence[str], *, n: int, size: int, days: int, today: date, seed: int = 0) -> Turn:
    """Turn the pool over: what is too old leaves, new traces are drawn, the oldest make room for them.

    Args:
        pool: The cases in it: case_id and capture_date (YYYY-MM-DD).
        fresh: Traces of the window that are no case yet.
        n: How many new ones at most.
        size: The most the pool may hold.
        days: How old a case may be.
        today: The day to count from.
        seed: Of the draw, which is a simple random one, so that the pool speaks for the window.

    Raises:
        BadRequest: n, size or days is below 1.
    """
    for name, value in (("n", n), ("size", size), ("days", days)):
        if value < 1:
            raise BadRequest(f"{name} is {value:,} and has to be 1 or more. Give another")
    first = first_day(today, days).isoformat()
    day = pool["capture_date"].where(pool["capture_date"].notna(), "")
    ordered = pool.assign(day=day).sort_values(["day", "case_id"])
    too_old = ordered.loc[ordered["day"] < first, "case_id"].tolist()
    kept = ordered.loc[ordered["day"] >= first, "case_id"].tolist()
    order = np.random.default_rng(seed).permutation(len(fresh))
    drawn = [sorted(fresh)[at] for at in order[: min(n, size)]]
    room = max(0, len(kept) + len(drawn) - size)
    return Turn(tuple(too_old), tuple(kept[:room]), tuple(drawn))
