"""Leaks that no comparison of texts shows: by time, by session, by selection and by looking too often.

Each check counts something that is known beside the cases, and says in words what the count means. None of them
proves a leak, and none of them proves that there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import BadRequest, MissingColumns
from workbench.stats.proportions import Interval, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pandas import DataFrame

TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class Temporal:
    """Cases that were captured before the change that they are to judge.

    Attributes:
        older: Share of cases captured before the change, Wilson.
        n_undated: Cases without a time; they are in no share.
        rows: Rows of the cases that are older.
    """

    older: Interval
    n_undated: int
    rows: list[int]

    def __str__(self) -> str:
        if not self.older.n:
            return "no case has a time: whether they are older than the change cannot be told"
        told = f"{len(self.rows):,} of {self.older.n:,} cases are older than the change"
        undated = f"; {self.n_undated:,} more have no time" if self.n_undated else ""
        return f"{told}{': whoever made it may have seen them' if self.rows else ''}{undated}"


def temporal(captured_at: Sequence[object], changed_at: datetime | date | str) -> Temporal:
    """Count cases that are older than the feature, prompt or index that they are to judge.

    Args:
        captured_at: When each case was captured (UTC); None where it is not known.
        changed_at: When the change was made.

    Raises:
        BadRequest: A time cannot be read.
    """
    times, change = _times(captured_at), _times([changed_at])[0]
    if change is None:
        raise BadRequest("the time of the change is missing. Give a date, as in 2026-11-05")
    dated = [(row, time) for row, time in enumerate(times) if time is not None]
    older = [row for row, time in dated if time < change]
    return Temporal(wilson(len(older), len(dated)), len(times) - len(dated), older)


@dataclass(frozen=True)
class SplitCheck:
    """Whether two parts are apart in time and in whose they are.

    Attributes:
        last_train: The newest time in the train part, None where no row has one.
        first_test: The oldest in the test part.
        n_late: Rows of train that are not older than the first of test.
        straddling: How many values of each key (session, user, parent) have rows in both parts.
        n_undated: Rows without a time.
    """

    last_train: datetime | None
    first_test: datetime | None
    n_late: int
    straddling: dict[str, int]
    n_undated: int

    @property
    def passed(self) -> bool | None:
        """True where train ends before test begins and nothing straddles; None where times are missing."""
        if self.n_late or any(self.straddling.values()):
            return False
        return None if self.n_undated or self.last_train is None or self.first_test is None else True

    def __str__(self) -> str:
        found = [f"{self.n_late:,} rows of train are not older than the first of test"] if self.n_late else []
        found += [f"{n:,} values of {key} have rows on both sides" for key, n in self.straddling.items() if n]
        if self.n_undated:
            found.append(f"{self.n_undated:,} rows have no time")
        return "; ".join(found) or "train ends before test begins, and nothing is on both sides"


def check_split(rows: DataFrame, *, keys: Sequence[str] = ("session_id", "user_id", "parent_case")) -> SplitCheck:
    """Check a split by time and by whose the rows are.

    A split by time alone leaves the first half of a conversation in train and asks for the second half in test; a
    synthetic variant belongs on the side of its parent.

    Args:
        rows: Columns part (train or test), at, and those of ``keys`` that are there.
        keys: Columns whose values must not be on both sides; empty values are nobody's.

    Raises:
        MissingColumns: part or at is missing.
        BadRequest: A part is neither train nor test, or empty; or a time cannot be read.
    """
    missing = [name for name in ("part", "at") if name not in rows.columns]
    if missing:
        raise MissingColumns("the split", missing, map(str, rows.columns), "Add it.")
    part = rows["part"].astype("str")
    if set(part) != {TRAIN, TEST}:
        raise BadRequest("a split has two parts, train and test, and both have rows. Name them so in the column part")
    times = _times(rows["at"].tolist())
    train = [time for time, side in zip(times, part, strict=True) if side == TRAIN and time is not None]
    test = [time for time, side in zip(times, part, strict=True) if side == TEST and time is not None]
    last, first = max(train, default=None), min(test, default=None)
    straddling = {}
    for key in keys:
        if key in rows.columns:
            sides = rows[rows[key].notna()].assign(part=part).groupby(key)["part"].nunique()
            straddling[key] = int((sides > 1).sum())
    late = sum(time >= first for time in train) if first is not None else 0
    return SplitCheck(last, first, late, straddling, len(times) - len(train) - len(test))


def split_by_time(rows: DataFrame, at: datetime | str, *, key: str = "session_id") -> list[str | None]:
    """Split rows at a moment: before it train, from it on test, and neither for what would be on both sides.

    Args:
        rows: Columns at and ``key``.
        at: Where the test part begins.
        key: All rows with the same value of it stay together.

    Returns:
        train, test or None for each row: None for rows without a time, and for those before the moment whose session
        (or user) goes on after it.
    """
    missing = [name for name in ("at", key) if name not in rows.columns]
    if missing:
        raise MissingColumns("the rows", missing, map(str, rows.columns), "Add it, or name another key.")
    times, moment = _times(rows["at"].tolist()), _times([at])[0]
    if moment is None:
        raise BadRequest("the moment to split at is missing. Give a date, as in 2026-11-05")
    owners = [None if owner != owner else owner for owner in rows[key].tolist()]
    before = {owner for owner, time in zip(owners, times, strict=True) if owner and time is not None and time < moment}
    after = {owner for owner, time in zip(owners, times, strict=True) if owner and time is not None and time >= moment}
    return [
        None if time is None or owner in before & after else TRAIN if time < moment else TEST
        for owner, time in zip(owners, times, strict=True)
    ]


@dataclass(frozen=True)
class Selection:
    """Cases that every past model passed: they cannot tell the next one from the last.

    Attributes:
        always: Share of cases that every model passed, Wilson.
        never: Share that no model passed: hard, or wrongly labelled.
        n_models: Models compared.
    """

    always: Interval
    never: Interval
    n_models: int

    def __str__(self) -> str:
        if self.n_models < 2:
            return "one model says nothing of selection; give the results of two or more"
        return (
            f"{self.always} of the cases were passed by each of {self.n_models} models and can only show a step back;"
            f" {self.never} by none of them: look whether their labels are right"
        )


def selection(passed: Mapping[str, Sequence[bool | None]]) -> Selection:
    """Count the cases that every past model passed.

    A set from which the hard cases were dropped, or that was mined where one model was good, flatters that model.

    Args:
        passed: For each model whether each case passed, in the same order; cases without all results are left out.

    Raises:
        BadRequest: The models have different numbers of cases.
    """
    if len({len(one) for one in passed.values()}) > 1:
        raise BadRequest("the models have different numbers of cases. Give each a result, or none, for every case")
    whole = [case for case in zip(*passed.values(), strict=True) if all(one is not None for one in case)]
    return Selection(
        wilson(sum(all(case) for case in whole), len(whole)),
        wilson(sum(not any(case) for case in whole), len(whole)),
        len(passed),
    )


@dataclass(frozen=True)
class Tuning:
    """How far looking often at the same cases may have raised the best score.

    Attributes:
        looks: How often the open part was scored since the last freeze.
        n: Cases in it.
        optimism: What the best of that many equally good versions gains by luck, as a share.
    """

    looks: int
    n: int
    optimism: float

    def __str__(self) -> str:
        if self.looks < 2 or self.optimism != self.optimism:
            return f"scored {self.looks:,} times since the last freeze: nothing to choose from"
        gain = f"the best of as many equally good versions would look {100 * self.optimism:.1f} points better by luck"
        return f"scored {self.looks:,} times since the last freeze: {gain}; the blind slice is what can tell"


def tuning(looks: int, n: int, *, rate: float = 0.5) -> Tuning:
    """Say what choosing the best of several scores on the same cases is worth by luck alone.

    Versions share most of their luck on the same cases, so this is the most it can be, not what it is.

    Args:
        looks: How often the cases were scored since the last freeze.
        n: Cases.
        rate: Share passed; at .5 luck is largest.

    Raises:
        ValueError: looks or n is negative, or rate no share.
    """
    if looks < 0 or n < 0 or not 0 <= rate <= 1:
        raise ValueError("looks and n must not be negative, and rate must lie within 0..1")
    if looks < 2 or n == 0:
        return Tuning(looks, n, float("nan") if n == 0 else 0.0)
    return Tuning(looks, n, _largest_of(looks) * float(np.sqrt(rate * (1 - rate) / n)))


def _largest_of(k: int) -> float:
    """The mean of the largest of k standard normal draws (David & Nagaraja, Order Statistics, 3rd ed., eq. 3.1.1)."""
    from scipy.integrate import quad
    from scipy.stats import norm

    value, _ = quad(lambda x: x * k * np.exp(norm.logpdf(x) + (k - 1) * norm.logcdf(x)), -12, 12, limit=200)
    return float(value)


def _times(values: Sequence[object]) -> list[datetime | None]:
    import pandas as pd

    found: list[datetime | None] = []
    for row, value in enumerate(values):
        if value is None or value != value or value == "":
            found.append(None)
            continue
        try:
            time = pd.Timestamp(value)  # type: ignore[arg-type]
        except (ValueError, TypeError):
            raise BadRequest(f"row {row} has a time that cannot be read. Write it as 2026-11-05T10:30:00Z") from None
        found.append(time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC"))
    return found
