"""How a dimension is measured: by what was asked, else by the rubric, else as words without an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from workbench.agree.plain import MANY, so_many
from workbench.errors import BadRequest

if TYPE_CHECKING:
    from pandas import DataFrame

LEVELS = ("nominal", "ordinal", "interval", "ratio")


class Measure(Protocol):
    """What ``agree`` has to know of a dimension of a rubric, whoever declares it."""

    @property
    def level(self) -> str:
        """The level: nominal, ordinal, interval or ratio."""

    @property
    def values(self) -> tuple[str, ...]:
        """All values, in order."""

    @property
    def failure(self) -> str | None:
        """The value that means a failure."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How the rubric measures a dimension.

    Attributes:
        level: nominal, ordinal, interval or ratio.
        values: All values there may be, in order; none leaves it to the labels.
        failure: The value that means a failure.
        since: The version of the rubric from which on it means this; labels given under an earlier one are left out.
    """

    level: str = "nominal"
    values: tuple[str, ...] = ()
    failure: str | None = None
    since: int = 0


def scales_of(
    names: list[str], level: str | Mapping[str, str] | None, rubric: Mapping[str, Measure]
) -> dict[str, Scale]:
    """The scale of each dimension.

    Raises:
        BadRequest: A level that is none, or of a dimension that is none.
    """
    by_name = level if isinstance(level, Mapping) else {}
    for each in (level, *by_name.values()):
        if isinstance(each, str):
            one_of("level", each, LEVELS)
    for each in by_name:
        if each not in (*names, MANY):
            raise BadRequest(f"a level was given for a dimension that no label has. The dimensions: {listed(names)}")
    scales = {}
    for name in names:
        scale: Measure = rubric.get(name, Scale())
        chosen = by_name.get(name) or (level if isinstance(level, str) else None)
        since = getattr(scale, "since", 0)
        scales[name] = Scale(chosen or scale.level, tuple(scale.values), scale.failure, since)
    return scales


def under_its_meaning(rows: DataFrame, scales: Mapping[str, Scale], notices: list[str]) -> DataFrame:
    """The labels without those given under a rubric whose dimension meant something else."""
    since = rows["dimension"].map({name: scale.since for name, scale in scales.items()}).fillna(0)
    old = (rows["version"] < since).fillna(False).astype(bool)
    for name, n in rows.loc[old, "dimension"].value_counts(sort=False).items():
        notices.append(
            f"{name}: {so_many(n)} from before version {scales[str(name)].since} of the rubric, which changed what it"
            " means, left out."
        )
    return rows[~old]


def one_of(what: str, given: str, words: tuple[str, ...]) -> None:
    """Refuse a word that is none of those.

    Raises:
        BadRequest: It is none.
    """
    if given not in words:
        raise BadRequest(f"{what} {given!r} is none; choose one of: {', '.join(words)}")


def listed(names: list[str]) -> str:
    """Names as a sentence lists them, not more than eight."""
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "none"
