"""Severity as a dimension of its own: how bad it is, of a failure that two people or more have seen.

What is rated is an item's outcome, or one code of an item, so only who gave the same code is compared. The severities
of one item are drawn together: they are one person's mood about one conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.stats.agreement import Ratings

if TYPE_CHECKING:
    from pandas import DataFrame

SEVERITY = "severity"
SCALE = ("1", "2", "3", "4", "5")
MANY = "code"


def severities(rows: DataFrame) -> tuple[Ratings, tuple[int, ...]] | None:
    """The severities that were given, with the group of each; None where there are none.

    Args:
        rows: Plain rows that count.

    Returns:
        Ratings of (item, what) pairs on the scale from 1 to 5, and the session, else the item, of each pair.
    """
    given = rows[rows["severity"].notna()]
    if given.empty:
        return None
    what = given["value"].where(given["dimension"] == MANY, given["dimension"])
    given = given.assign(what=what).drop_duplicates(["item", "what", "annotator"], keep="last")
    values = given["severity"].map(lambda number: f"{number:.15g}")
    order = list(SCALE) if set(values) <= set(SCALE) else sorted(set(values), key=float)
    units = list(zip(given["item"], given["what"], strict=True))
    ratings = Ratings.of(units, given["annotator"], values, order=order)
    session = dict(zip(given["item"], given["session"], strict=True))
    names = [session[item] if isinstance(session[item], str) else ("", item) for item, _ in ratings.units]
    place = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return ratings, tuple(place[name] for name in names)
