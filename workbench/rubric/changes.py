"""From one version of the rubric to the next, and what lies between two versions, in words.

Whether better words are only better words is known to whoever wrote them, so they say so. Where the set of values or
the failure changes nobody need be asked: labels from before answered another question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from workbench.errors import BadRequest
from workbench.rubric.fields import FIELDS, TEXTS, check_apart, clean_dimension
from workbench.rubric.standard import Rubric, RubricDimension

Kind = Literal["added", "removed", "meaning", "wording", "order"]
NAMES = {"definition": "definition", "passes": "just passes", "fails": "just fails", "rule": "rule"}


@dataclass(frozen=True)
class DimensionChange:
    """What became of one dimension between two versions.

    Attributes:
        name: The dimension; ``order`` where all of them are asked in another order.
        kind: added, removed, meaning (labels from before are about something else), wording (they hold) or order.
        what: In words.
    """

    name: str
    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


@dataclass(frozen=True)
class RubricChange:
    """What a change of the rubric did.

    Attributes:
        version: The version that holds now; the same as before where nothing changed.
        changes: By dimension.
        advice: What could be better about the rubric as it is now.
    """

    version: int
    changes: tuple[DimensionChange, ...] = ()
    advice: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"Version {self.version}: {in_words(self.changes)}."


def in_words(changes: Sequence[DimensionChange]) -> str:
    """What changed, in one line."""
    parts = []
    for kind in ("added", "removed"):
        names = [each.name for each in changes if each.kind == kind]
        parts += [f"{kind} {', '.join(names)}"] if names else []
    parts += [str(each) for each in changes if each.kind not in ("added", "removed")]
    return "; ".join(parts) or "nothing changed"


def change(
    rubric: Rubric,
    whole: Sequence[RubricDimension] | None = None,
    *,
    add: Sequence[RubricDimension] = (),
    edit: Mapping[str, Mapping[str, Any]] | None = None,
    remove: Collection[str] = (),
    order: Sequence[str] | None = None,
    meaning_changed: Collection[str] = (),
) -> Rubric:
    """Make the next version, or give the same one back where nothing changes.

    Args:
        rubric: As it is.
        whole: All dimensions it shall have, in order, instead of single changes.
        add: New dimensions, put last.
        edit: Fields to write, by the dimension's name; the name itself cannot be changed.
        remove: Names of dimensions to take out; their labels stay.
        order: The names of all dimensions, in the order they are to be asked.
        meaning_changed: Names of dimensions that mean something else now, though only their texts changed.

    Raises:
        UnknownName: there is no such dimension.
        BadRequest: a field is not what it should be, or both a whole rubric and single changes are given.
    """
    if whole is not None and (add or edit or remove or order is not None):
        raise BadRequest("give the whole rubric or single changes, not both.")
    wanted = list(_changed(rubric, add, edit or {}, remove) if whole is None else whole)
    check_apart(each.name for each in wanted)
    if order is not None:
        wanted = _ordered(wanted, order)
    version = rubric.version + 1
    made = Rubric(version, tuple(_dated(each, rubric, version, meaning_changed) for each in wanted))
    for name in meaning_changed:
        made.get(name)
    return rubric if made.dimensions == rubric.dimensions else made


def _changed(
    rubric: Rubric, add: Sequence[RubricDimension], edit: Mapping[str, Mapping[str, Any]], remove: Collection[str]
) -> list[RubricDimension]:
    gone = {rubric.get(name).name for name in remove}
    edits = {rubric.get(name).name: fields for name, fields in edit.items()}
    kept = []
    for each in rubric.dimensions:
        if each.name in edits:
            told = {field: getattr(each, field) for field in FIELDS} | dict(edits[each.name])
            if told["name"] != each.name:
                raise BadRequest("a dimension keeps its name, because labels say it. Remove it and add another.")
            each = clean_dimension(told)
        if each.name not in gone:
            kept.append(each)
    return [*kept, *add]


def _ordered(dimensions: Sequence[RubricDimension], order: Sequence[str]) -> list[RubricDimension]:
    by_name = {each.name: each for each in dimensions}
    if sorted(order) != sorted(by_name):
        raise BadRequest(f"an order names every dimension once. They are: {', '.join(by_name)}.")
    return [by_name[name] for name in order]


def _dated(each: RubricDimension, rubric: Rubric, version: int, meaning_changed: Collection[str]) -> RubricDimension:
    before = rubric.by_name.get(each.name)
    if before is None or _asks_else(before, each):
        return replace(each, since=version)
    said = each.name in meaning_changed and replace(each, since=before.since) != before
    return replace(each, since=version if said else before.since)


def _asks_else(before: RubricDimension, after: RubricDimension) -> bool:
    """Whether labels from before answered another question, whatever the texts say."""
    return set(before.values) != set(after.values) or before.failure != after.failure


def what_changed(before: Rubric, after: Rubric) -> tuple[DimensionChange, ...]:
    """What lies between two versions, dimension by dimension; a new order of all comes last."""
    found = []
    for each in after.dimensions:
        earlier = before.by_name.get(each.name)
        if earlier is None:
            found.append(DimensionChange(each.name, "added", f"added, with {', '.join(each.values)}"))
        elif earlier != each:
            kind: Kind = "meaning" if each.since > before.version else "wording"
            told = "means something else now" if kind == "meaning" else "same meaning"
            found.append(DimensionChange(each.name, kind, f"{_differences(earlier, each)} ({told})"))
    found += [DimensionChange(name, "removed", "removed") for name in before.by_name if name not in after.by_name]
    stayed = [name for name in before.by_name if name in after.by_name]
    if stayed != [name for name in after.by_name if name in before.by_name]:
        found.append(DimensionChange("order", "order", f"now {', '.join(after.by_name)}"))
    return tuple(found)


def _differences(before: RubricDimension, after: RubricDimension) -> str:
    parts = []
    if before.values != after.values:
        parts.append(f"values {', '.join(after.values)} instead of {', '.join(before.values)}")
    if before.failure != after.failure:
        parts.append(f"failure {after.failure} instead of {before.failure}")
    if before.level != after.level:
        parts.append(f"{after.level} instead of {before.level}")
    texts = [NAMES[key] for key in TEXTS if getattr(before, key) != getattr(after, key)]
    if texts:
        parts.append(f"new words for {' and '.join(texts)}")
    return "; ".join(parts) or "looked at anew"
