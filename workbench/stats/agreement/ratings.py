"""Ratings in long form: which annotator gave which unit which value. Missing ratings are simply not there."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ratings:
    """Who gave what to which unit, each annotator at most one value a unit.

    Attributes:
        unit: Index of the unit of each rating.
        annotator: Index of its annotator.
        value: Index of its value.
        units: Names of the units.
        annotators: Names of the annotators.
        values: The values there are, in order; more of them may be declared than were used.
    """

    unit: Ints
    annotator: Ints
    value: Ints
    units: tuple[Any, ...]
    annotators: tuple[Any, ...]
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        key = self.unit * max(len(self.annotators), 1) + self.annotator
        if len(np.unique(key)) < len(key):
            raise ValueError("an annotator has two ratings of one unit")

    @classmethod
    def of(
        cls,
        units: Iterable[Hashable],
        annotators: Iterable[Hashable],
        values: Iterable[Hashable],
        *,
        order: Sequence[Hashable] | None = None,
    ) -> Self:
        """Put a long form together.

        Args:
            units: The unit of each rating.
            annotators: Its annotator.
            values: Its value.
            order: All values there may be, in order; else those that occur, sorted.

        Raises:
            ValueError: A value is not in the order, or an annotator rated a unit twice.
        """
        unit, unit_names = _indexed(list(units), None)
        annotator, annotator_names = _indexed(list(annotators), None)
        given = list(values)
        value, value_names = _indexed(given, list(order) if order is not None else sorted(set(given)))  # type: ignore[type-var]
        return cls(unit, annotator, value, unit_names, annotator_names, value_names)

    @classmethod
    def of_rows(cls, rows: Sequence[Sequence[Any]], *, order: Sequence[Hashable] | None = None) -> Self:
        """Put a table together that has one row per annotator and one column per unit; None or nan is missing.

        >>> Ratings.of_rows([[1, 2, None], [1, 1, 2]]).counts.tolist()
        [[2, 0], [1, 1], [0, 1]]
        """
        cells = [
            (column, row, value)
            for column in range(max(map(len, rows), default=0))
            for row, values in enumerate(rows)
            if (value := values[column]) is not None and value == value
        ]
        unit, annotator, value = zip(*cells, strict=True) if cells else ((), (), ())
        found = cls.of(unit, annotator, value, order=order)
        place = np.array([*found.annotators], dtype=np.int64)  # annotators stay in the order of their rows
        names = tuple(range(len(rows)))
        return cls(found.unit, place[found.annotator], found.value, found.units, names, found.values)

    @cached_property
    def counts(self) -> Ints:
        """How many annotators gave each unit each value, units × values."""
        width = len(self.values)
        flat = np.bincount(self.unit * width + self.value, minlength=len(self.units) * width)
        return flat.reshape(len(self.units), width).astype(np.int64)

    @cached_property
    def raters(self) -> Ints:
        """How many annotators each unit has."""
        return np.bincount(self.unit, minlength=len(self.units)).astype(np.int64)

    @property
    def n_paired(self) -> int:
        """Units that two annotators or more have rated."""
        return int((self.raters >= 2).sum())

    @property
    def numbers(self) -> Floats | None:
        """The values as numbers, or None where one of them is none that can be reckoned with."""
        try:
            found = np.array([float(value) for value in self.values])
        except (TypeError, ValueError):
            return None
        return found if np.isfinite(found).all() else None

    def without(self, annotator: int) -> "Ratings":
        """The ratings of all others; units and values stay in place."""
        kept = self.annotator != annotator
        return Ratings(
            self.unit[kept], self.annotator[kept], self.value[kept], self.units, self.annotators, self.values
        )

    def marginals(self) -> Ints:
        """How often each annotator gave each value, annotators × values."""
        width = len(self.values)
        flat = np.bincount(self.annotator * width + self.value, minlength=len(self.annotators) * width)
        return flat.reshape(len(self.annotators), width).astype(np.int64)


def _indexed(given: list[Hashable], order: list[Hashable] | None) -> tuple[Ints, tuple[Hashable, ...]]:
    names = list(dict.fromkeys(given)) if order is None else order
    place = {name: index for index, name in enumerate(names)}
    if order is not None and (len(place) < len(order) or not place.keys() >= set(given)):
        raise ValueError("the order of values must hold every value that occurs, each once")
    return np.array([place[each] for each in given], dtype=np.int64), tuple(names)
