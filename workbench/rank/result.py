"""What a ranking is: its table, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.rank.evidence import Evidence
from workbench.rank.reviewed import Reviewed
from workbench.rank.saturation import Saturation
from workbench.stats.sampling import WeightedShare

if TYPE_CHECKING:
    from pandas import DataFrame

PER = 1000
NO_SEVERITY = "no severity: neither the codebook nor a label gives one"


@dataclass(frozen=True)
class Ranking:
    """What deserves attention first.

    Attributes:
        codes: One row per code, first things first: rank, code, severity, severity_from (codebook or labels), n (traces
            with it among those reviewed), labels, n_weighted (of n, those with a weight), share, low, high, method,
            effective_n, naive (the share without weights), harm, harm_low, harm_high (per 1,000 traces), ordinal (share
            in per cent times severity, a heuristic), p_top (how often it has the most harm when the sample is redrawn),
            rank_low, rank_high (90% of redraws), tier, pinned, standing (in words), reason (why a number is missing).
        above: How often the row's code has more harm than the column's, when the sample is redrawn.
        covered: code and covered: share of failing traffic that has one of the codes up to that row.
        any_code: The share of traces with any code.
        strata: The strata behind the shares, see ``Evidence``.
        saturation: How much has not been seen yet.
        reviewed: Traces that people reviewed.
        weighted: Of those, traces with a weight; 0 says that the shares describe the reviewed traces only.
        population: Traces that the shares stand for.
        random_share: The part of the weighted traces drawn at random over everything.
        costs: What each severity from 1 to 5 costs.
        dimension: The dimension that was ranked.
        level: Confidence level of the intervals.
        seed: Of the redraws.
        by_harm: False where no code has a severity: the order is then by share.
        other_costs: Another scale, to compare with: 1 to 5, or the default where the costs are that.
        scale_swaps: Neighbours that stand the other way round by that scale.
        sentences: The same in words.
    """

    codes: DataFrame = field(repr=False)
    above: DataFrame = field(repr=False)
    covered: DataFrame = field(repr=False)
    any_code: WeightedShare | None
    strata: DataFrame = field(repr=False)
    saturation: Saturation
    reviewed: int
    weighted: int
    population: int
    random_share: float
    costs: tuple[float, ...]
    dimension: str
    level: float
    seed: int
    by_harm: bool
    other_costs: tuple[float, ...]
    scale_swaps: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...] = field(repr=False, default=())

    @property
    def first(self) -> str | None:
        """The code on top."""
        return None if self.codes.empty else str(self.codes["code"].iloc[0])

    @property
    def pinned(self) -> tuple[str, ...]:
        """Codes that must never happen and did."""
        return tuple(self.codes.loc[self.codes["pinned"], "code"])

    @property
    def tied(self) -> tuple[tuple[str, ...], ...]:
        """Groups of codes that cannot be told apart."""
        groups = self.codes[~self.codes["pinned"]].groupby("tier", sort=True)["code"]
        return tuple(tuple(codes) for _, codes in groups if len(codes) > 1)

    @property
    def depends_on_scale(self) -> bool:
        """Whether another scale of costs changes the order."""
        return bool(self.scale_swaps)

    def __str__(self) -> str:
        return "\n".join(self.sentences)


def table_rows(
    read: Reviewed,
    drawn: Evidence,
    found: Sequence[WeightedShare],
    severity: Sequence[int | None],
    severity_from: Sequence[str | None],
    cost: np.ndarray | None,
) -> list[dict[str, Any]]:
    """One row per code, in the order of ``read.codes``; what redrawing adds comes later."""
    counted = np.unique(drawn.rows)
    weighted = read.has[counted].sum(axis=0) if drawn.weighted else np.zeros(len(read.codes), dtype=int)
    rows = []
    for k, code in enumerate(read.codes):
        share, level = found[k] if found else None, severity[k]
        harm = None if cost is None or np.isnan(cost[k]) else PER * float(cost[k])
        rows.append(
            {
                "code": code,
                "severity": level,
                "severity_from": severity_from[k],
                "n": int(read.has[:, k].sum()),
                "labels": int(read.labels[k]),
                "n_weighted": int(weighted[k]),
                "share": share and share.estimate,
                "low": share and share.low,
                "high": share and share.high,
                "method": share and share.method,
                "effective_n": share and share.effective_n,
                "naive": float(read.has[counted, k].mean()) if len(counted) else None,
                "harm": share and harm and share.estimate * harm,
                "harm_low": share and harm and share.low * harm,
                "harm_high": share and harm and share.high * harm,
                "ordinal": share and level and 100 * share.estimate * level,
                "reason": None if level else NO_SEVERITY,
            }
        )
    return rows


COLUMNS: Mapping[str, str] = {
    "rank": "int64", "code": "str", "severity": "Int64", "severity_from": "str", "n": "int64", "labels": "int64",
    "n_weighted": "int64", "share": "float64", "low": "float64", "high": "float64", "method": "str",
    "effective_n": "float64", "naive": "float64", "harm": "float64", "harm_low": "float64", "harm_high": "float64",
    "ordinal": "float64", "p_top": "float64", "rank_low": "Int64", "rank_high": "Int64", "tier": "Int64",
    "pinned": "bool", "reason": "str",
}  # fmt: skip


def table(rows: list[dict[str, Any]]) -> DataFrame:
    """Rows as the table of a ranking, numbered as they come."""
    import pandas as pd

    numbered = [{"rank": place, **row} for place, row in enumerate(rows, start=1)]
    return pd.DataFrame(numbered, columns=list(COLUMNS)).astype(dict(COLUMNS))


def pairs(names: list[str], above: np.ndarray) -> DataFrame:
    """How often one is above the other, by name."""
    import pandas as pd

    return pd.DataFrame(above, index=names, columns=names)


def covers(names: list[str], covered: list[float]) -> DataFrame:
    """Share of failing traffic covered by each code and those before it."""
    import pandas as pd

    return pd.DataFrame({"code": pd.Series(names, dtype="str"), "covered": pd.Series(covered, dtype="float64")})
