"""The verbs of the labelling standard: look at it, change it, take it in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import UnknownName
from workbench.workspace.base import Base

if TYPE_CHECKING:
    from workbench.rubric import Rubric


class RubricVerbs(Base):
    """The labelling standard."""

    def rubric(self, version: int | None = None) -> Rubric:
        """The rubric as it is, or as it was; version 0, without dimensions, where none was made.

        Raises:
            UnknownName: There is no such version.
        """
        from workbench.rubric import Rubric

        kept: list[Rubric] = self.__dict__.setdefault("_rubrics", [Rubric()])
        for row in self.store.rubric_versions(after=kept[-1].version):  # versions never change: only new ones are read
            kept.append(Rubric.from_dicts(row["version"], row["dimensions"]))
        if version is None:
            return kept[-1]
        if not 0 <= version < len(kept):
            raise UnknownName("version of the rubric", str(version), [f"0 to {len(kept) - 1}"])
        return kept[version]
