"""What an annotator says of an item: checked against the rubric of its queue, and written as labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from workbench.errors import BadRequest, UnknownName

OUTCOMES = ("pass", "fail", "defer")
PASS, FAIL, DEFER = OUTCOMES


class Dimension(Protocol):
    """What is needed of a dimension of the rubric."""

    @property
    def values(self) -> tuple[str, ...]:
        """All values there are."""


def check_said(
    outcome: str, dimensions: Mapping[str, str], critique: str, rubric: Mapping[str, Dimension]
) -> dict[str, str]:
    """The values of the dimensions, as long as everything is said that has to be.

    Args:
        outcome: pass, fail or defer.
        dimensions: Value by dimension; all of the rubric's, unless the item is deferred.
        critique: Why; a failure needs one.
        rubric: The dimensions of the queue's rubric, by name.

    Raises:
        BadRequest: An outcome or value that is none; a dimension or the critique is missing.
        UnknownName: The rubric has no such dimension.
    """
    if outcome not in OUTCOMES:
        raise BadRequest(f"an outcome is one of {', '.join(OUTCOMES)}. Give one of those")
    for name, value in dimensions.items():
        if name not in rubric:
            raise UnknownName("dimension of the queue's rubric", name, rubric)
        if value not in rubric[name].values:
            raise BadRequest(f"{name} has the values {', '.join(rubric[name].values)}. Give one of those")
    missing = [name for name in rubric if name not in dimensions]
    if missing and outcome != DEFER:
        raise BadRequest(f"no value was given for {', '.join(missing)}. Give one for each dimension, or defer the item")
    if outcome == FAIL and not critique.strip():
        raise BadRequest("a failure was given without a critique. Write in a sentence what is wrong")
    return {name: dimensions[name] for name in rubric if name in dimensions}


def label_rows(
    trace_id: str,
    annotator: str,
    *,
    outcome: str,
    dimensions: Mapping[str, str],
    critique: str,
    answer: str | None,
    shared: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """The labels of one item: its outcome with critique and gold answer, then one per dimension.

    Args:
        trace_id: The trace.
        annotator: Who judged.
        outcome: pass, fail or defer.
        dimensions: Value by dimension.
        critique: Redacted.
        answer: The gold answer, redacted; None where there is none.
        shared: What all of them carry: rubric_version, saw, seconds.
    """
    fixed = {"trace_id": trace_id, "annotator": annotator, "annotator_kind": "human", "round": "blind", **shared}
    first = {**fixed, "dimension": "outcome", "value": outcome, "note": critique or None, "gold_answer": answer}
    return [first, *({**fixed, "dimension": name, "value": value} for name, value in dimensions.items())]
