"""A sample that was drawn elsewhere: its rows with their weights, taken as they are.

Whoever drew it answers for the weights; here only what cannot be is refused. Without the frame it came from it cannot
be drawn further.
"""

from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import BadRequest
from workbench.sample.limits import smallest_share
from workbench.sample.plans import BROUGHT, PICKED

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.sample.draw import Drawn


def brought(rows: "DataFrame") -> "Drawn":
    """Take the rows of a sample as drawn.

    Args:
        rows: trace_id; and where known stratum, reason, weight (1 / inclusion probability, empty for a deliberate pick)
            and population (traces in the stratum; the sum of its weights where it is not given).

    Raises:
        BadRequest: No rows, a trace twice, a weight under 1, or a population smaller than what was drawn of it.
    """
    import pandas as pd

    from workbench.sample.draw import Drawn

    trace_id = rows["trace_id"].astype("string")
    if rows.empty or trace_id.isna().any() or trace_id.duplicated().any():
        raise BadRequest("a sample needs rows, each with a trace_id of its own; look for empty or repeated ids.")
    weight = _numbers(rows, "weight")
    if (weight < 1).any():
        raise BadRequest("a weight is 1 / inclusion probability, so at least 1; leave it empty for a deliberate pick.")
    drawn = weight.notna().to_numpy()
    stratum = _words(rows, "stratum", "all").where(drawn, PICKED)
    sizes = _numbers(rows, "population").fillna(0.0).groupby(stratum).max()
    sums = weight.groupby(stratum).sum().round()
    strata = []
    for name in dict.fromkeys(stratum[drawn]):
        weights = weight[(stratum == name) & drawn]
        population = int(sizes[name] or sums[name])
        if population < len(weights):
            raise BadRequest(
                f"a stratum of {population:,} traces has {len(weights):,} drawn rows; correct its population."
            )
        strata.append(
            {"stratum": str(name), "population": population, "units": population, "share": 0.0, "target": len(weights)}
            | {"drawn": len(weights), "random": 0, "weight_low": float(weights.min())}
            | {"weight_high": float(weights.max()), "smallest_share": smallest_share(len(weights))}
        )
    if not drawn.all():
        strata.append({"stratum": PICKED, "population": 0, "units": 0, "share": 0.0, "target": int((~drawn).sum())})
        strata[-1] |= {"drawn": int((~drawn).sum()), "random": 0, "weight_low": None, "weight_high": None}
        strata[-1] |= {"smallest_share": None}
    reason = _words(rows, "reason", BROUGHT)
    columns = {"trace_id": trace_id, "stratum": stratum, "reason": reason, "weight": weight}
    taken = pd.DataFrame({**columns, "population": stratum.map({row["stratum"]: row["population"] for row in strata})})
    frame = taken[["trace_id", "stratum", "reason"]].assign(unit=np.arange(len(taken)), size=1, place=0)
    return Drawn(taken.reset_index(drop=True), frame.reset_index(drop=True), tuple(strata))


def _numbers(rows: "DataFrame", name: str) -> "Series":
    import pandas as pd

    given = rows[name] if name in rows else pd.Series(np.nan, index=rows.index)
    numbers = pd.to_numeric(given, errors="coerce").astype(float)
    if (numbers.isna() & given.notna() & (given.astype("string").str.strip() != "")).any() or np.isinf(numbers).any():
        raise BadRequest(f"a value in column {name!r} is not a number; write numbers, or leave it empty.")
    return numbers


def _words(rows: "DataFrame", name: str, default: str) -> "Series":
    import pandas as pd

    given = rows[name] if name in rows else pd.Series(None, index=rows.index, dtype="string")
    words = given.astype("string").str.strip()
    return words.where(words.notna() & (words != ""), default)
