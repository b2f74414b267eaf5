"""The rubric as values: its dimensions, and one version of it.

A label keeps the name of its dimension and the version it was given under, so what it meant can be looked up. A name
never changes: a dimension of another name is another dimension. Texts may be worded better at any time; where the
meaning moves, ``since`` moves with it, and labels from before are about something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, Literal

from workbench.errors import UnknownName

Level = Literal["nominal", "ordinal"]


@dataclass(frozen=True, slots=True)
class RubricDimension:
    """One thing that is looked at, and where its line is.

    Attributes:
        name: What labels call it.
        level: nominal where its values are kinds, ordinal where they are steps.
        values: All values there are; of an ordinal dimension in order.
        failure: The value that is a failure.
        definition: What it means, in a sentence or two.
        passes: An example that just passes.
        fails: An example that just fails.
        rule: What holds where people disagree.
        since: The version from which on it means this; labels given under an earlier one are about something else.
    """

    name: str
    level: Level = "nominal"
    values: tuple[str, ...] = ("fail", "pass")
    failure: str = "fail"
    definition: str = ""
    passes: str = ""
    fails: str = ""
    rule: str = ""
    since: int = 0

    def find(self, value: str) -> str | None:
        """The value as the rubric writes it, however its case; None where there is none."""
        return next((each for each in self.values if each.casefold() == value.strip().casefold()), None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "values": list(self.values)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> RubricDimension:
        """Read ``to_dict`` back; unknown keys, which a newer version may have written, are left out."""
        known = {each.name: told[each.name] for each in fields(cls) if each.name in told}
        known["values"] = tuple(known.get("values", ()))
        return cls(**known)


@dataclass(frozen=True)
class Rubric:
    """One version of the labelling standard.

    Attributes:
        version: 0 for the empty rubric a workspace begins with, then one more with each change.
        dimensions: What is looked at, in the order it is asked.
    """

    version: int = 0
    dimensions: tuple[RubricDimension, ...] = ()

    def __repr__(self) -> str:
        return f"Rubric(version {self.version}: {', '.join(self.by_name) or 'no dimensions'})"

    def __len__(self) -> int:
        return len(self.dimensions)

    def __iter__(self) -> Iterator[RubricDimension]:
        return iter(self.dimensions)

    @cached_property
    def by_name(self) -> dict[str, RubricDimension]:
        """The dimensions by their names, in order."""
        return {each.name: each for each in self.dimensions}

    def find(self, name: str) -> RubricDimension | None:
        """The dimension of this name, however its case; None where there is none."""
        return self.by_name.get(name) or next(
            (each for each in self.dimensions if each.name.casefold() == name.casefold()), None
        )

    def get(self, name: str) -> RubricDimension:
        """The dimension of this name, however its case.

        Raises:
            UnknownName: there is none.
        """
        found = self.find(name)
        if found is None:
            raise UnknownName("dimension of the rubric", name, self.by_name)
        return found

    def to_dicts(self) -> list[dict[str, Any]]:
        """The dimensions as plain values, for JSON."""
        return [each.to_dict() for each in self.dimensions]

    @classmethod
    def from_dicts(cls, version: int, dimensions: Iterable[Mapping[str, Any]]) -> Rubric:
        """Read ``to_dicts`` back."""
        return cls(version, tuple(RubricDimension.from_dict(each) for each in dimensions))
