"""Time in pieces: thirds of somebody's labels, or days, weeks and months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import BadRequest

if TYPE_CHECKING:
    from pandas import Series

NO_TIME = "no time"


def check_by(by: str, known: tuple[str, ...]) -> None:
    """Refuse a division that is none.

    Raises:
        BadRequest: It is none.
    """
    if by not in known:
        raise BadRequest(f"time is not divided by {by!r}; choose one of: {', '.join(known)}")


def divided(times: Series[Any], by: str) -> Series[Any]:
    """The period of each time of one annotator, in their order.

    Args:
        times: In order, oldest first.
        by: all, thirds, day, week (its Monday) or month (its first day).
    """
    import pandas as pd

    if by == "all":
        return pd.Series("all", index=times.index)
    if by == "thirds":
        return pd.Series([f"{third + 1}/3" for third in np.arange(len(times)) * 3 // len(times)], index=times.index)
    days = times.dt.tz_localize(None).dt.normalize()
    starts = days if by == "day" else days.dt.to_period("W" if by == "week" else "M").dt.start_time
    return starts.dt.strftime("%Y-%m-%d").fillna(NO_TIME)
