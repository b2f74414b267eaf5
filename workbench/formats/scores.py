"""Scores of a platform as labels, keeping apart who gave them: a person, a judge, a rule, or the product's user."""

import re
from typing import Any

from workbench.formats import values

FEEDBACK_NAME = re.compile(r"feedback|thumb|user[_\- ]?(rating|score|vote)|\bvote\b|like", re.IGNORECASE)


def verdict(name: str, value: Any, *, boolean: bool = False) -> int | None:
    """A user's verdict as -1, 0 or 1; a thumb or a yes-or-no that is 0 points down, as it cannot be in between."""
    if (boolean or "thumb" in name.lower()) and values.number(value) == 0:
        return -1
    return values.sign(value)


def label_of(
    trace_id: Any,
    dimension: str,
    value: Any,
    *,
    note: Any,
    annotator: Any,
    kind: str,
    labelled_at: Any,
    gold_answer: Any = None,
) -> dict[str, Any] | None:
    """A row of the labels table; None where it says nothing."""
    if value is None and not note and not gold_answer:
        return None
    whole = isinstance(value, float) and value.is_integer()
    return {
        "trace_id": trace_id,
        "dimension": dimension,
        "value": None if value is None else str(int(value)) if whole else str(value),
        "note": note or None,
        "gold_answer": gold_answer,
        "annotator": str(annotator),
        "annotator_kind": kind,
        "labelled_at": values.moment(labelled_at),
    }
