"""How the share of each code goes over time or by release, each period with its own interval.

A sample of eighty has a handful of traces in any week: most of what such a picture shows is chance, which is why every
point carries its interval and a period under ten traces says that it cannot tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.rank.evidence import evidence
from workbench.rank.reviewed import reviewed
from workbench.stats.sampling import weighted_shares

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.codebook import Codebook

FEW = 10
COLUMNS = ("period", "code", "reviewed", "n", "share", "low", "high", "reason")


def trend(
    labels: DataFrame,
    periods: Series,
    *,
    codebook: Codebook | None = None,
    sample: DataFrame | None = None,
    dimension: str = "code",
    level: float = 0.95,
) -> DataFrame:
    """Give the share of each code in each period.

    Args:
        labels: Labels that count, see ``reviewed``.
        periods: The period of each trace, by trace id; traces without one are left out.
        codebook: Names in force.
        sample: Rows of samples, see ``evidence``.
        dimension: The dimension whose values are codes.
        level: Confidence level of the intervals.

    Returns:
        Rows of period, code, reviewed (traces of the period behind the share), n (of them with the code), share, low,
        high, and reason where a period has too few traces to tell; periods in rising order.
    """
    import pandas as pd

    read = reviewed(labels, codebook=codebook, dimension=dimension)
    drawn = evidence(read, sample)
    rows: list[dict[str, Any]] = []
    if drawn.design is not None and len(read.codes):
        of_row = periods.reindex(read.trace_ids[drawn.rows])
        has = read.has[drawn.rows]
        for period in sorted(of_row.dropna().unique()):
            inside = (of_row == period).fillna(False).to_numpy(dtype=bool)
            found = weighted_shares(has, drawn.design, domain=inside, level=level)
            among = len(np.unique(drawn.rows[inside]))
            for k, (code, share) in enumerate(zip(read.codes, found, strict=True)):
                rows.append(
                    {
                        "period": period,
                        "code": code,
                        "reviewed": among,
                        "n": len(np.unique(drawn.rows[inside & has[:, k]])),
                        "share": share.estimate,
                        "low": share.low,
                        "high": share.high,
                        "reason": f"only {among} traces" if among < FEW else None,
                    }
                )
    return pd.DataFrame(rows, columns=list(COLUMNS))
