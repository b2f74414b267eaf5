"""The ranking in plain language, because a tier number persuades nobody: "2 and 3 are tied"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.stats.ranking import CERTAIN

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.rank.result import Ranking

NAMED = 3
"""Codes, ties or swaps that are told one by one; the table shows the rest."""


def standing(codes: DataFrame, above: DataFrame) -> list[str]:
    """Say of each row how certain its place is.

    Args:
        codes: Rows of a ranking in order, with rank, code, tier and pinned.
        above: How often the row's code is above the column's.
    """
    open_ = codes[~codes["pinned"] & codes["tier"].notna()]
    place, pairs = open_["rank"].to_numpy(), above.reindex(index=open_["code"], columns=open_["code"]).to_numpy()
    spans = {}
    for at, code in enumerate(open_["code"]):
        alike = place[(np.arange(len(place)) == at) | ((pairs[at] < CERTAIN) & (pairs[at] > 1 - CERTAIN))]
        spans[code] = "certain" if len(alike) == 1 else f"{alike.min()}-{alike.max()} tied"
    words = zip(codes["code"], codes["pinned"], strict=True)
    return ["never event" if pinned else spans.get(code, "not ranked") for code, pinned in words]


def sentences(ranking: Ranking, notes: tuple[str, ...], unplaced: int) -> tuple[str, ...]:
    """Say what the ranking rests on and what it cannot tell."""
    codes = ranking.codes
    said = [_basis(ranking), *notes]
    if codes.empty:
        return (*said, "No code was given to any of them yet." if ranking.reviewed else "Nothing was read yet.")
    said += _order(ranking)
    scale = "/".join(f"{each:g}" for each in ranking.other_costs)
    if ranking.scale_swaps:
        place = dict(zip(codes["code"], codes["rank"], strict=True))
        pairs = [f"{place[one]} and {place[other]}" for one, other in ranking.scale_swaps[:NAMED]]
        more = " and others" if len(ranking.scale_swaps) > NAMED else ""
        said.append(f"The order depends on the costs: with {scale} instead, {', '.join(pairs)}{more} swap.")
    elif ranking.by_harm and len(codes) > 1:
        said.append(f"The order is the same with {scale} as costs.")
    said += _naive(ranking)
    none = codes.loc[codes["reason"].notna(), "code"]
    if ranking.by_harm and len(none):
        said.append(f"{_listed(none)} {'has' if len(none) == 1 else 'have'} no severity and cannot be weighed.")
    if unplaced:
        said.append(f"{unplaced} labels of codes that were split or retired count for none until somebody chooses.")
    return tuple(said)


def _basis(ranking: Ranking) -> str:
    if not ranking.weighted:
        return f"{ranking.reviewed:,} traces are reviewed, without weights."
    base = f"Weighted from {ranking.weighted:,} reviewed of {ranking.population:,} traces"
    extra = ranking.reviewed - ranking.weighted
    picks = f"; {extra:,} more were reviewed without a weight and enter no share" if extra else ""
    return f"{base}, {ranking.random_share:.0%} of them drawn at random over everything{picks}."


def _order(ranking: Ranking) -> list[str]:
    codes, said = ranking.codes, []
    if not ranking.by_harm:
        said.append("No code has a severity: the order is by share.")
    for row in codes[codes["pinned"]].head(NAMED).itertuples():
        times = "once" if row.n == 1 else f"{row.n} times"
        said.append(f"“{row.code}” must never happen and was seen {times}: it stays on top, whatever its share.")
    place = dict(zip(codes["code"], codes["rank"], strict=True))
    for group in ranking.tied[:NAMED]:
        places = [place[code] for code in group]
        listed = f"{places[0]} and {places[1]}" if len(places) == 2 else f"{places[0]} to {places[-1]}"
        said.append(f"{listed} are tied: another sample could as well turn their order round.")
    alone = codes[~codes["pinned"] & codes["tier"].notna()]
    if len(alone) > 1 and alone["standing"].iloc[0] == "certain":
        word = "harm" if ranking.by_harm else "traces"
        said.append(
            f"{alone['rank'].iloc[0]}, “{alone['code'].iloc[0]}”, is certain to have more {word} than the next."
        )
    return said


def _naive(ranking: Ranking) -> list[str]:
    """Say where counting without weights would have misled most."""
    if not ranking.weighted:
        return []
    codes = ranking.codes
    gap = (codes["naive"] - codes["share"]).abs()
    worst = codes.loc[gap.idxmax()]
    if worst["low"] <= worst["naive"] <= worst["high"]:
        return []
    return [
        f"Counted without weights “{worst['code']}” would seem to be in {worst['naive']:.1%} of the traffic;"
        f" it is in {worst['share']:.1%}."
    ]


def _listed(names: DataFrame) -> str:
    shown = [f"“{each}”" for each in names[:NAMED]]
    return ", ".join(shown) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
