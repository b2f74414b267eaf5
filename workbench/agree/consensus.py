"""What annotators probably mean together, item by item, and how each of them errs (Dawid & Skene 1979).

It helps to see whose errors are of which kind, and which items to give to an expert first. It settles nothing: a model
that believes three people who all overlook the same failure is certain and wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.agree.gather import Measure, gather
from workbench.agree.narrow import Only
from workbench.agree.plain import MANY
from workbench.errors import BadRequest, UnknownName
from workbench.stats import agreement as stats
from workbench.stats.agreement.consensus import FEWEST_ITEMS

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, repr=False)
class ProbableLabels:
    """The labels that annotators together point to.

    Attributes:
        dimension: What was labelled.
        items: item, value (the most probable), certainty, labels, votes, majority (more than half of two or more;
            empty where there is none) and differs (whether the two are not the same), least certain first.
        annotators: annotator, labels, right (the share of their labels that the model takes for true).
        errors: annotator, truth, said, share: of the items whose truth is this, on how many they say that.
        prior: How common each value is.
        same: Share of the starts that found this answer.
        reason: Why there is no answer, or what to beware of.
        notices: What was left out and why.
    """

    dimension: str
    items: DataFrame
    annotators: DataFrame
    errors: DataFrame
    prior: Mapping[str, float]
    same: float
    reason: str | None
    notices: tuple[str, ...] = field(default=())

    @property
    def refused(self) -> bool:
        """Whether there is no answer."""
        return not self.prior

    def __repr__(self) -> str:
        if self.refused:
            return f"ProbableLabels of {self.dimension}: none; {self.reason}"
        unsure = int((self.items["certainty"] < 0.9).sum())
        return f"ProbableLabels of {self.dimension}: {len(self.items):,} items, {unsure:,} of them below 90% certain"


def consensus(
    labels: DataFrame,
    dimension: str = "outcome",
    *,
    rubric: Mapping[str, Measure] | None = None,
    leave_out: tuple[str, ...] = ("defer",),
    only: Only | None = None,
    fewest: int = FEWEST_ITEMS,
    seed: int = 0,
) -> ProbableLabels:
    """Estimate the true label of each item from all annotators' labels given blind.

    Args:
        labels: As for ``agree``.
        dimension: The dimension; ``code: NAME`` for whether an item has a code.
        rubric: As for ``agree``.
        leave_out: Values that mean no answer.
        only: The part of the labels that is asked about.
        fewest: Items that each annotator must have labelled.
        seed: Seed of the starts.

    Returns:
        Empty frames with a reason where the model is refused: fewer than three annotators, or too few items of one.

    Raises:
        BadRequest: All codes together were asked for.
        UnknownName: There is no such dimension.
    """
    import pandas as pd

    if dimension == MANY:
        raise BadRequest("codes are taken one by one here. Name one of them, as code: NAME")
    gathered = gather(labels, rubric=rubric, leave_out=leave_out, only=only)
    found = {each.name: each for each in gathered.dimensions}
    if dimension not in found:
        raise UnknownName("dimension", dimension[:60], [name for name in found if name != MANY])
    ratings = found[dimension].ratings
    model = stats.dawid_skene(ratings, fewest=fewest, seed=seed)
    values = [str(value) for value in ratings.values]
    empty = {
        "items": ["item", "value", "certainty", "labels", "votes", "majority", "differs"],
        "annotators": ["annotator", "labels", "right"],
        "errors": ["annotator", "truth", "said", "share"],
    }
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in empty}
    if not model.refused:
        rows = {"items": _items(ratings, model, values), **_annotators(ratings, model, values)}
    frames = {name: pd.DataFrame(rows[name], columns=columns) for name, columns in empty.items()}
    prior = {} if model.refused else dict(zip(values, model.prior.tolist(), strict=True))
    return ProbableLabels(dimension, **frames, prior=prior, same=model.same, reason=model.reason,
                          notices=gathered.notices)  # fmt: skip


def _items(ratings: stats.Ratings, model: stats.Consensus, values: list[str]) -> list[dict[str, Any]]:
    rows = []
    for unit, (value, certainty) in enumerate(zip(model.value, model.certainty, strict=True)):
        counts = ratings.counts[unit]
        order = sorted((k for k in range(len(values)) if counts[k]), key=lambda k: -counts[k])
        top = order[0] if ratings.raters[unit] >= 2 and 2 * counts[order[0]] > ratings.raters[unit] else None
        rows.append(
            {
                "item": ratings.units[unit], "value": values[value], "certainty": float(certainty),
                "labels": int(ratings.raters[unit]), "votes": ", ".join(f"{values[k]} ({counts[k]})" for k in order),
                "majority": None if top is None else values[top], "differs": top is not None and top != int(value),
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: row["certainty"])


def _annotators(ratings: stats.Ratings, model: stats.Consensus, values: list[str]) -> dict[str, list[dict[str, Any]]]:
    people, errors = [], []
    for index, name in enumerate(ratings.annotators):
        own = ratings.annotator == index
        right = float(model.posterior[ratings.unit[own], ratings.value[own]].mean())
        people.append({"annotator": name, "labels": int(own.sum()), "right": right})
        errors += [
            {"annotator": name, "truth": truth, "said": said, "share": float(model.confusion[index, row, column])}
            for row, truth in enumerate(values)
            for column, said in enumerate(values)
        ]
    return {"annotators": people, "errors": errors}
