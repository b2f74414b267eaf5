"""The verbs of the labelling standard: look at it, change it, take it in and out.

Every text a person or a file brings in is redacted before it is stored. Names of dimensions and values, like names of
people, are kept as they are, because labels say them: they may hold no address, number or the like.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, RubricChanged, UnknownName
from workbench.workspace.base import Base

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.rubric import Rubric, RubricChange, RubricDimension

LONGEST_NAME = 60


class RubricVerbs(Base):
    """The labelling standard."""

    def rubric(self, version: int | None = None) -> Rubric:
        """The rubric as it is, or as it was; version 0, without dimensions, where none was made.

        Raises:
            UnknownName: There is no such version.
        """
        known = self.rubrics()
        if version is None:
            return known[-1]
        if not 0 <= version < len(known):
            raise UnknownName("version of the rubric", str(version), [f"0 to {len(known) - 1}"])
        return known[version]

    def rubrics(self) -> Sequence[Rubric]:
        """Every version of the rubric, in order from the empty version 0."""
        from workbench.rubric import Rubric

        kept: list[Rubric] = self._for_traces("rubrics", lambda: [Rubric()])  # a version never changes but by a purge
        for row in self.store.rubric_versions(after=kept[-1].version):
            kept.append(Rubric.from_dicts(row["version"], row["dimensions"]))
        return tuple(kept)

    def change_rubric(
        self,
        dimensions: Sequence[Mapping[str, Any]] | None = None,
        *,
        author: str,
        reason: str,
        add: Sequence[Mapping[str, Any]] = (),
        edit: Mapping[str, Mapping[str, Any]] | None = None,
        remove: Collection[str] = (),
        order: Sequence[str] | None = None,
        meaning_changed: Collection[str] = (),
        seen: int | None = None,
    ) -> RubricChange:
        """Make the next version of the rubric; where nothing changes, the version stays.

        Args:
            dimensions: All dimensions it shall have, in order, instead of single changes; each a mapping of name,
                level, values, failure, definition, passes, fails and rule.
            author: Who changes it.
            reason: Why.
            add: New dimensions, put last.
            edit: Fields to write, by the dimension's name.
            remove: Names of dimensions to take out; their labels stay.
            order: The names of all dimensions, in the order they are to be asked.
            meaning_changed: Names of dimensions that mean something else now, though only their texts changed. Where
                the values or the failure change, they do anyway.
            seen: The version the author looked at; the change is refused where it is not the newest any more.

        Returns:
            What changed, dimension by dimension, and what could be better.

        Raises:
            UnknownName: There is no such dimension.
            BadRequest: A field is not what it should be, or there is no author or reason.
            RubricChanged: Somebody else changed the rubric meanwhile.
        """
        from workbench.rubric import RubricChange, advice, change, clean_all, what_changed

        before = self._seen_rubric(seen)
        author, reason = self._signature(author, reason)
        made = change(
            before,
            None if dimensions is None else clean_all(self._safe_dimensions(dimensions)),
            add=clean_all(self._safe_dimensions(add)),
            edit=dict(zip(edit or {}, self._safe_dimensions(list((edit or {}).values())), strict=True)),
            remove=remove,
            order=order,
            meaning_changed=meaning_changed,
        )
        if made is not before:
            self._check_words(before, made)
            self.store.add_rubric_version(
                made.version,
                changed_at=datetime.now(UTC),
                author=author,
                reason=reason,
                dimensions=made.to_dicts(),
            )
        return RubricChange(made.version, what_changed(before, made), advice(made))

    def dimensions(self) -> DataFrame:
        """The dimensions of the rubric with how often they were given.

        Returns:
            One row per dimension, in order: its fields, and ``labels`` (of people, those that count), ``traces``,
            ``annotators`` and ``outdated`` (labels given before it meant what it means now).
        """
        import pandas as pd

        from workbench.rubric import RubricDimension

        rubric = self.rubric()
        labels = self._labels_of_people()
        by = {str(name): rows for name, rows in labels.groupby("dimension")} if len(labels) else {}
        rows = []
        for each in rubric:
            given = by.get(each.name, labels.iloc[:0])
            earlier = (given["rubric_version"] < each.since).fillna(False)
            counts = {"labels": len(given), "traces": given["trace_id"].nunique()}
            counts |= {"annotators": given["annotator"].nunique(), "outdated": int(earlier.sum())}
            rows.append({**each.to_dict(), **counts})
        names = [field.name for field in dataclasses.fields(RubricDimension)]
        return pd.DataFrame(rows, columns=[*names, "labels", "traces", "annotators", "outdated"])

    def rubric_changes(self) -> DataFrame:
        """The versions of the rubric, newest first.

        Returns:
            Columns version, changed_at, author, reason, what (in words); added, removed, meaning (those that mean
            something else since) and wording (those whose words changed only), each a list of dimensions; and
            ``outdated``: labels of people that count, on dimensions whose meaning this version changed, given before.
        """
        import pandas as pd

        from workbench.rubric import in_words, what_changed

        known = self.rubrics()
        told = self.store.rubric_versions()
        labels = self._labels_of_people() if any(version.version > 1 for version in known) else None
        rows = []
        for row, before, after in zip(told, known, known[1:], strict=False):
            changes = what_changed(before, after)
            of = {kind: [each.name for each in changes if each.kind == kind] for kind in ("added", "removed")}
            of |= {kind: [each.name for each in changes if each.kind == kind] for kind in ("meaning", "wording")}
            outdated = 0
            if labels is not None and of["meaning"]:
                earlier = labels["rubric_version"] < after.version
                outdated = int((labels["dimension"].isin(of["meaning"]) & earlier.fillna(False)).sum())
            kept = {name: row[name] for name in ("version", "changed_at", "author", "reason")}
            rows.append({**kept, "what": in_words(changes), **of, "outdated": outdated})
        names = ["version", "changed_at", "author", "reason", "what", "added", "removed", "meaning", "wording"]
        return pd.DataFrame(rows[::-1], columns=[*names, "outdated"])

    def rubric_advice(self) -> tuple[str, ...]:
        """What could be better about the rubric, in sentences; nothing where all is there."""
        from workbench.rubric import advice

        return advice(self.rubric())

    def import_rubric(
        self,
        source: str | Path,
        *,
        author: str,
        reason: str = "",
        meaning_changed: Collection[str] = (),
        content: bytes | None = None,
        seen: int | None = None,
    ) -> RubricChange:
        """Take the whole rubric in from a .toml file, or the one that comes with the workbench: ``starter``.

        Args:
            source: The file, or ``starter``.
            author: Who.
            reason: Why; by default, where it came from.
            meaning_changed: Names of dimensions that mean something else now, though only their texts changed.
            content: What the file holds, where it is not on disk.
            seen: The version the author looked at.

        Raises:
            UnreadableFile: The file is missing, or no rubric.
            BadRequest: A dimension is not what it should be; nothing is taken.
            RubricChanged: Somebody else changed the rubric meanwhile.
        """
        from workbench.rubric import STARTER, parse_rubric, read_rubric, starter_rows

        if content is None and str(source) == STARTER:
            rows, why = starter_rows(), "the starter that comes with the workbench"
        else:
            path = Path(source)
            rows = read_rubric(path) if content is None else parse_rubric(content, path.name)
            why = "imported from a file"
        return self.change_rubric(rows, author=author, reason=reason or why, meaning_changed=meaning_changed, seen=seen)

    @staticmethod
    def starter_rubric() -> Rubric:
        """The rubric that comes with the workbench, as ``import_rubric("starter")`` takes it in."""
        from workbench.rubric import Rubric, clean_all, starter_rows

        return Rubric(0, clean_all(starter_rows()))

    def export_rubric(self, path: str | Path, *, version: int | None = None) -> int:
        """Write the rubric to a .toml file that ``import_rubric`` reads back; how many dimensions it has."""
        from workbench.rubric import write_rubric

        return write_rubric(self.rubric(version), Path(path))

    def rubric_text(self) -> str:
        """The rubric as the text of a .toml file."""
        from workbench.rubric import rubric_text

        return rubric_text(self.rubric())

    @staticmethod
    def check_rubric(path: str | Path) -> tuple[str, ...]:
        """What could be better about the rubric in a file, without taking it in.

        Raises:
            UnreadableFile: The file is missing, or no rubric.
            BadRequest: A dimension is not what it should be.
        """
        from workbench.rubric import Rubric, advice, clean_all, read_rubric

        return advice(Rubric(0, clean_all(read_rubric(Path(path)))))

    def _labels_of_people(self) -> DataFrame:
        labels = self.store.labels()
        return labels[labels["annotator_kind"].fillna("human") == "human"]

    def _seen_rubric(self, version: int | None) -> Rubric:
        newest = self.rubric()
        if version is not None and version != newest.version:
            newer = self.store.rubric_versions(after=version)
            who = f"by {', '.join(dict.fromkeys(row['author'] for row in newer))}, " if newer else ""
            raise RubricChanged(
                f"the rubric was changed meanwhile {who}to version {newest.version}; "
                "nothing of this change was kept. Look again and repeat it."
            )
        return newest

    def _signature(self, author: str, reason: str) -> tuple[str, str]:
        """Who and why, as they may be stored."""
        author = " ".join(author.split())
        if not author or len(author) > LONGEST_NAME or not author.isprintable():
            raise BadRequest(f"an author's name has 1 to {LONGEST_NAME} characters. Give a name or initials.")
        if self.redactor.has_structured([author])[0]:
            raise BadRequest("an author's name is stored as it is and may be no address. Give a name or initials.")
        if not reason.strip():
            raise BadRequest("a change of the rubric needs a reason: people who label by it will read it. Say why.")
        return author, str(self.redactor.redact([" ".join(reason.split())])[0][0])

    def _safe_dimensions(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Fields of dimensions with every text redacted; names and values stay as they are."""
        from workbench.rubric import TEXTS

        texts = [{key: row[key] for key in TEXTS if isinstance(row.get(key), str)} for row in rows]
        redacted = self.redactor.redact(texts)[0] if any(texts) else texts
        return [{**row, **safe} for row, safe in zip(rows, redacted, strict=True)]

    def _check_words(self, before: Rubric, made: Rubric) -> None:
        """Refuse names and values that hold an address, a number or the like: they would be stored as they are."""
        known = set(before.dimensions)
        new: list[RubricDimension] = [each for each in made.dimensions if each not in known]
        words = sorted({word for each in new for word in (each.name, *each.values)})
        if words and any(self.redactor.has_structured(words)):
            raise BadRequest(
                "a name or value of a dimension looks like an address, a number of a person or the like, and would be "
                "stored as it is. Name it by what is looked at."
            )
