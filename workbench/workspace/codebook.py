"""The verbs that change the codebook, and take codes in and out.

Every text a person or a file brings in is redacted before it is stored. Names of codes, like names of people who
judge, are kept as they are, because labels say them: they may hold no address, number or the like.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest
from workbench.workspace.codebook_reads import CodebookReads

if TYPE_CHECKING:
    from workbench.codebook import Change, Codebook, History
    from workbench.codebook.book import Kind
    from workbench.codebook.effect import Effect
    from workbench.codebook.taxonomies import Taxonomy

KEPT = ("name", "aliases", "owner", "category")  # short words that stay as they are


@dataclass(frozen=True)
class ImportedCodes:
    """What an import of codes did: new codes, codes that say something else now, codes that were as in the file."""

    version: int
    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]


class CodebookVerbs(CodebookReads):
    """The versioned taxonomy."""

    def change_codebook(
        self,
        kind: Kind,
        names: str | Sequence[str],
        *,
        author: str,
        reason: str = "",
        into: str | Sequence[str | Mapping[str, Any]] = (),
        fields: Mapping[str, Any] | None = None,
        meaning_changed: bool = False,
        seen: int | None = None,
    ) -> Effect:
        """Make the next version of the codebook.

        Args:
            kind: create, rename, edit, merge, split, retire or restore.
            names: The code it is done to; for a merge the codes.
            author: Who changes it.
            reason: Why; needed for what makes people look at labels again (merge, split, a change of meaning) and for
                retiring a code.
            into: The new name, the code to merge into, or the parts of a split (names, or mappings of name and fields).
            fields: For create and edit, what to write: definition, includes, excludes, just_in, just_out, severity,
                owner, aliases, category.
            meaning_changed: For an edit: whether earlier labels wait to be confirmed.
            seen: The version the author looked at; the change is refused where it is not the newest any more.

        Returns:
            What the change did, as ``preview_change`` tells it.

        Raises:
            UnknownCode: There is no such code.
            BadRequest: The change cannot be made.
            CodebookChanged: Somebody else changed the codebook meanwhile.
        """
        from workbench.codebook.effect import effect
        from workbench.codebook.kinds import apply

        history = self._seen(seen)
        by = self._signed(author, reason)
        book, change = apply(
            history.current,
            kind,
            names,
            into=self._safe_parts(into),
            fields=self._safe_rows([fields or {}])[0],
            meaning_changed=meaning_changed,
            by=by,
        )
        done = effect(self.store.labels(), history, book, change)
        self._check_names(history.current, book)
        self._save(book, change)
        return done

    def add_codes(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        author: str,
        reason: str = "",
        labels: Sequence[Mapping[str, Any]] = (),
        seen: int | None = None,
        meaning_changed: bool = False,
    ) -> ImportedCodes:
        """Make or complete many codes as one version, with labels that use them, all or none.

        Args:
            rows: Mappings of name and fields; an empty field leaves what is there, aliases are added.
            author: Who.
            reason: Why.
            labels: Label rows to write in the same transaction; code labels get the new version's number.
            seen: The version the author looked at.
            meaning_changed: Whether the earlier labels of codes that change wait to be confirmed.

        Raises:
            BadRequest: A row is not what it should be; nothing is taken.
            CodebookChanged: Somebody else changed the codebook meanwhile.
        """
        from workbench.codebook import import_codes

        before = self._seen(seen).current
        safe = self._safe_rows(list(rows))
        made = import_codes(before, safe, meaning_changed=meaning_changed, by=self._signed(author, reason))
        if made is None:
            self.store.add_labels([_stamped(label, before.version) for label in labels])
            return ImportedCodes(before.version, (), (), tuple(str(row["name"]) for row in safe))
        book, change = made
        self._check_names(before, book)
        self._save(book, change, [_stamped(label, book.version) for label in labels])
        updated = {each for each in change.before}
        created = tuple(book.by_id[each].name for each in change.into if each not in updated)
        touched = {*created, *(name for each in updated for name in book.by_id[each].names)}
        same = tuple(str(row["name"]) for row in safe if book.get(str(row["name"])).name not in touched)
        return ImportedCodes(book.version, created, tuple(book.by_id[each].name for each in change.before), same)

    def import_codes(
        self,
        source: str | Path,
        *,
        author: str,
        reason: str = "",
        meaning_changed: bool = False,
        content: bytes | None = None,
    ) -> ImportedCodes:
        """Take codes in from a .toml or .csv file, or from a published taxonomy by its name, as one version.

        Args:
            source: The file, or the taxonomy's name.
            author: Who.
            reason: Why; by default, where they came from.
            meaning_changed: Whether the earlier labels of codes that change wait to be confirmed.
            content: What the file holds, where it is not on disk.

        Raises:
            UnreadableFile: The file is missing, or no table of codes.
            MissingColumns: It has no column of names.
            BadRequest: A row is not what it should be; nothing is taken.
        """
        from workbench.codebook.files import parse_codes, read_codes
        from workbench.codebook.taxonomies import TAXONOMIES, taxonomy

        if content is None and str(source) in TAXONOMIES:
            published = taxonomy(str(source))
            rows, why = list(published.codes), f"starting point: {published.title}, {published.source}"
        else:
            path = Path(source)
            rows = read_codes(path) if content is None else parse_codes(content, path.name)
            why = f"imported from {path.suffix.lstrip('.').upper()}"
        return self.add_codes(rows, author=author, reason=reason or why, meaning_changed=meaning_changed)

    def export_codes(self, path: str | Path) -> int:
        """Write the active codes to a .toml or .csv file that ``import_codes`` reads back; how many they are."""
        from workbench.codebook.files import write_codes

        return write_codes(self.codebook(), Path(path))

    def codes_text(self, ending: str) -> str:
        """The active codes as the text of a file; the ending is .toml or .csv."""
        from workbench.codebook.files import codes_text

        return codes_text(self.codebook(), ending)

    @staticmethod
    def taxonomies() -> list[Taxonomy]:
        """Published taxonomies to start from, each with source and licence."""
        from workbench.codebook.taxonomies import TAXONOMIES, taxonomy

        return [taxonomy(name) for name in TAXONOMIES]

    def _seen(self, version: int | None) -> History:
        from workbench.errors import CodebookChanged

        history = self.codebook_history()
        if version is not None and version != history.current.version:
            newer = [change for change in history.changes if change.version > version]
            who = f"by {', '.join(dict.fromkeys(change.author for change in newer))}, " if newer else ""
            raise CodebookChanged(
                f"the codebook was changed meanwhile {who}to version {history.current.version}; "
                "nothing of this change was kept. Look again and repeat it."
            )
        return history

    def _save(self, book: Codebook, change: Change, labels: Sequence[Mapping[str, Any]] = ()) -> None:
        told = dataclasses.asdict(change)
        kept = {name: told.pop(name) for name in ("version", "changed_at", "author", "kind", "reason")}
        self.store.add_codebook_version(**kept, change=told, codes=book.to_dicts(), labels=labels)

    def _signed(self, author: str, reason: str) -> Any:
        from workbench.codebook import By

        author = " ".join(author.split())
        if author and self.redactor.has_structured([author])[0]:
            raise BadRequest("an author's name is stored as it is and may be no address. Give a name or initials.")
        safe = str(self.redactor.redact([reason])[0][0]) if reason.strip() else ""
        return By(author, safe, datetime.now(UTC))

    def _safe_rows(self, rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Fields of codes with every text redacted; names, owners and categories stay as they are."""
        texts = [{key: v for key, v in row.items() if key not in KEPT and isinstance(v, str)} for row in rows]
        if not any(texts):
            return [dict(row) for row in rows]
        redacted = self.redactor.redact(texts)[0]
        return [{**row, **safe} for row, safe in zip(rows, redacted, strict=True)]

    def _safe_parts(self, into: str | Sequence[str | Mapping[str, Any]]) -> str | list[str | Mapping[str, Any]]:
        if isinstance(into, str):
            return into
        told = iter(self._safe_rows([each for each in into if not isinstance(each, str)]))
        return [each if isinstance(each, str) else next(told) for each in into]

    def _check_names(self, before: Codebook, book: Codebook) -> None:
        """Refuse names that hold an address, a number or the like: they would be stored as they are.

        Raises:
            BadRequest: One does.
        """
        known = set(before.codes)
        new = [code for code in book.codes if code not in known]
        texts = list({word for code in new for word in (*code.names, code.owner, code.category) if word})
        if texts and any(self.redactor.has_structured(texts)):
            raise BadRequest(
                "a name, alias, owner or category of a code looks like an address, a number of a person or the like, "
                "and would be stored as it is. Name the code by what went wrong, and people by name or initials."
            )


def _stamped(label: Mapping[str, Any], version: int) -> dict[str, Any]:
    of_code = label.get("dimension") in ("code", "root_cause") and label.get("codebook_version") is None
    return {**label, "codebook_version": version} if of_code else dict(label)
