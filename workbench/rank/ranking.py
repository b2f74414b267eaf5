"""The ranking itself: expected harm of each code per 1,000 traces, with its interval, and what can be told apart.

A code of severity 5 with one confirmed case stands on top whatever its frequency: nobody should argue with a product
about something that must never happen. What has no severity cannot be weighed and stands below, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import BadRequest
from workbench.rank.evidence import evidence
from workbench.rank.result import Ranking, covers, pairs, table, table_rows
from workbench.rank.reviewed import reviewed, severities
from workbench.rank.saturation import saturation_of
from workbench.rank.words import sentences, standing
from workbench.stats.ranking import cover, order_by, rank_uncertainty, swaps, tiers
from workbench.stats.resampling import resampled_shares
from workbench.stats.sampling import weighted_shares

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.codebook import Codebook

COSTS = (1.0, 3.0, 10.0, 30.0, 100.0)
ORDINAL = (1.0, 2.0, 3.0, 4.0, 5.0)
NEVER = 5
"""The severity of what must not happen even once."""


def rank(
    labels: DataFrame,
    *,
    codebook: Codebook | None = None,
    sample: DataFrame | None = None,
    dimension: str = "code",
    costs: Sequence[float] = COSTS,
    level: float = 0.95,
    seed: int = 0,
    n_boot: int = 2000,
) -> Ranking:
    """Rank codes by expected harm: share of the traffic times the cost of their severity.

    The interval of harm is that of the share; the costs are taken as given. Redraws keep the codes of a trace together.
    A stratum in which a code was never found is redrawn as if it had none, so the order of rare codes is less certain
    than ``p_top`` says.

    Args:
        labels: Labels that count, see ``reviewed``.
        codebook: Severities and names; without one severities come from the labels.
        sample: Rows of samples, see ``evidence``; without any, shares describe the reviewed traces only.
        dimension: The dimension whose values are codes.
        costs: What each severity from 1 to 5 costs, in any unit.
        level: Confidence level of the intervals.
        seed: Of the redraws.
        n_boot: How many redraws.

    Raises:
        BadRequest: The costs are not five numbers that rise from above 0.
        MissingColumns: labels or sample lacks a column.
    """
    costs = _five(costs)
    read = reviewed(labels, codebook=codebook, dimension=dimension)
    drawn = evidence(read, sample)
    severity, severity_from = severities(read, codebook)
    has = read.has[drawn.rows]
    weights = [costs[each - 1] if each else np.nan for each in severity]
    by_harm = not np.isnan(weights).all()
    cost = np.array(weights if by_harm else [1.0] * len(weights))
    found = weighted_shares(has, drawn.design, level=level) if drawn.design is not None and has.size else ()
    share = np.array([each.estimate for each in found])
    redrawn = (
        resampled_shares(has, drawn.design, n_boot=n_boot, seed=seed) if drawn.design is not None and has.size else has
    )
    known = np.flatnonzero(~np.isnan(cost))
    doubt = rank_uncertainty(redrawn[:, known] * cost[known])
    pinned = np.array([each == NEVER for each in severity], dtype=bool) & (read.has.sum(axis=0) > 0)
    order = _order(share * cost, pinned)
    rows = table_rows(read, drawn, found, severity, severity_from, cost if by_harm else None)
    tier = _tiers(order, known, pinned, doubt.above)
    at = {int(k): place for place, k in enumerate(known)}
    for k, row in enumerate(rows):
        place = at.get(k)
        row |= {
            "p_top": None if place is None else float(doubt.top[place]),
            "rank_low": None if place is None else int(doubt.low[place]),
            "rank_high": None if place is None else int(doubt.high[place]),
            "tier": tier.get(k),
            "pinned": bool(pinned[k]),
        }
    codes = table([rows[k] for k in order])
    above = pairs([read.codes[k] for k in known], doubt.above)
    codes["standing"] = standing(codes, above)
    other_costs = COSTS if costs == ORDINAL else ORDINAL
    other = _order(share * np.array([other_costs[each - 1] if each else np.nan for each in severity], float), pinned)
    turned = swaps(order, other) if by_harm else []
    chosen, covered = cover(has, drawn.design.parts) if drawn.design is not None else ([], [])
    anything = weighted_shares(has.any(axis=1)[:, None], drawn.design, level=level) if drawn.design is not None else ()
    made = Ranking(
        codes=codes,
        above=above,
        covered=covers([read.codes[k] for k in chosen], covered),
        any_code=anything[0] if anything else None,
        strata=drawn.strata,
        saturation=saturation_of(read, drawn, severity=severity, seed=seed),
        reviewed=read.n,
        weighted=drawn.n_weighted,
        population=drawn.population,
        random_share=drawn.random_share,
        costs=costs,
        dimension=dimension,
        level=level,
        seed=seed,
        by_harm=by_harm,
        other_costs=other_costs,
        scale_swaps=tuple((read.codes[first], read.codes[second]) for first, second in turned),
    )
    return replace(made, sentences=sentences(made, drawn.notes, read.unplaced))


def _five(costs: Sequence[float]) -> tuple[float, ...]:
    numbers = tuple(float(each) for each in costs)
    rises = all(a <= b for a, b in zip(numbers, numbers[1:], strict=False))
    if len(numbers) != 5 or not np.isfinite(numbers).all() or numbers[0] <= 0 or not rises:
        raise BadRequest(
            "costs are five numbers above 0, one for each severity from 1 to 5, none smaller than the one before."
            " Give them as 1,3,10,30,100."
        )
    return numbers


def _order(score: np.ndarray, pinned: np.ndarray) -> list[int]:
    """Pinned ones first, then by score; what has none comes last, as it stands (by number of traces)."""
    rounded = np.round(np.nan_to_num(score, nan=-1.0), 12)
    by_score = order_by(rounded)
    return sorted(by_score, key=lambda k: not pinned[k])


def _tiers(order: Sequence[int], known: np.ndarray, pinned: np.ndarray, above: np.ndarray) -> dict[int, int]:
    """The first tier holds what is pinned, where anything is; the others follow by what can be told apart."""
    at = {int(k): place for place, k in enumerate(known)}
    open_ = [k for k in order if k in at and not pinned[k]]
    first = 1 if pinned.any() else 0
    found = dict(zip(open_, (first + each for each in tiers([at[k] for k in open_], above)), strict=True))
    return found | {k: 1 for k in order if pinned[k]}
