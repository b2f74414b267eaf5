"""The verbs that read the codebook: its versions, how often its codes were given, what changes did to the labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.errors import UnknownName
from workbench.workspace.base import Base

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.codebook import Codebook, History
    from workbench.codebook.book import Kind
    from workbench.codebook.effect import Effect


class CodebookReads(Base):
    """What the codebook says, and said."""

    def codebook(self, version: int | None = None) -> Codebook:
        """The codebook as it is, or as it was.

        Raises:
            UnknownName: There is no such version.
        """
        history = self.codebook_history()
        if version is None:
            return history.current
        if not 0 <= version <= history.current.version:
            known = f"0 to {history.current.version}"
            raise UnknownName("version of the codebook", str(version), [known])
        return history.at(version)

    def codebook_history(self) -> History:
        """Every version of the codebook, with the change that made it."""
        from workbench.codebook import Codebook, History
        from workbench.codebook.book import Change

        known: dict[str, History] = self._for_traces("codebook", dict)  # a version never changes but by a purge
        kept = known.get("history", History())
        for row in self.store.codebook_versions(after=kept.current.version):
            told = {**row["change"], "version": row["version"], "changed_at": row["changed_at"]}
            told |= {name: row[name] for name in ("author", "kind", "reason")}
            for name in ("before", "into"):
                told[name] = tuple(told[name])
            kept = kept.with_(Codebook.from_dicts(row["version"], row["codes"]), Change(**told))
        known["history"] = kept
        return kept

    def codes(self, *, all_: bool = False) -> DataFrame:
        """The codes with how often they were given.

        Args:
            all_: Those that were merged, split or retired, too.

        Returns:
            One row per code: its fields, and ``labels``, ``traces``, ``annotators`` and ``stale``, counted over the
            labels that count as it.
        """
        import pandas as pd

        from workbench.codebook import Code

        book = self.codebook()
        rows = [code.to_dict() for code in (book.codes if all_ else book.active)]
        given = self.coded_labels()
        by = given[given["code"].notna()].groupby("code")
        counts = pd.DataFrame(
            {
                "labels": by.size(),
                "traces": by["trace_id"].nunique(),
                "annotators": by["annotator"].nunique(),
                "stale": by["stale"].sum(),
            }
        )
        for row in rows:
            found = counts.loc[row["name"]] if row["status"] == "active" and row["name"] in counts.index else None
            row |= {name: 0 if found is None else int(found[name]) for name in counts.columns}
        names = [field.name for field in dataclasses.fields(Code)]
        frame = pd.DataFrame(rows, columns=[*names, *counts.columns])
        return frame.astype({"severity": "Int64"})

    def codebook_changes(self) -> DataFrame:
        """The versions of the codebook, newest first.

        Returns:
            Columns version, changed_at, author, kind, what (in words), reason, before and into (names), code_ids (those
            of both), makes_stale, ``touched`` (labels it made stale) and ``waiting`` (those nobody has answered yet).
        """
        import pandas as pd

        from workbench.codebook import touched
        from workbench.codebook.effect import told

        history = self.codebook_history()
        waiting = self.coded_labels()
        still = waiting.loc[waiting["stale"], "since"].value_counts().to_dict()
        given = self.store.labels(newest=False) if any(change.makes_stale for change in history.changes) else None
        rows = []
        for change, book in zip(history.changes, history.books, strict=True):
            before = history.at(change.version - 1)
            made_stale = len(touched(given, history, change)) if change.makes_stale and given is not None else 0
            rows.append(
                {
                    "version": change.version,
                    "changed_at": change.changed_at,
                    "author": change.author,
                    "kind": change.kind,
                    "what": told(change, before, book),
                    "reason": change.reason,
                    "before": [before.by_id[each].name for each in change.before],
                    "into": [book.by_id[each].name for each in change.into],
                    "code_ids": list(dict.fromkeys((*change.before, *change.into))),
                    "makes_stale": change.makes_stale or None,
                    "touched": made_stale,
                    "waiting": int(still.get(change.version, 0)),
                }
            )
        columns = ["version", "changed_at", "author", "kind", "what", "reason", "before", "into", "code_ids"]
        return pd.DataFrame(rows[::-1], columns=[*columns, "makes_stale", "touched", "waiting"])

    def labels_of_change(self, version: int) -> DataFrame:
        """The labels a version of the codebook made stale, answered since or not, as they were given.

        Raises:
            UnknownName: There is no such version.
        """
        from workbench.codebook import touched

        history = self.codebook_history()
        if not 1 <= version <= len(history):
            raise UnknownName("version of the codebook", str(version), [f"1 to {len(history)}"])
        change = history.changes[version - 1]
        labels = self.store.labels(newest=False)
        return touched(labels if change.makes_stale else labels.iloc[:0], history, change)

    def coded_labels(self, *, dimension: str = "code", sample_id: str | None = None) -> DataFrame:
        """The labels that count and whose values are codes, with what they mean in today's codebook.

        Returns:
            Label rows with ``code``, ``code_id``, ``stale``, ``why`` and ``since``; see ``codebook.to_current``.
        """
        from workbench.codebook import to_current

        return to_current(self._labels(sample_id), self.codebook_history(), dimension=dimension)

    def preview_change(
        self,
        kind: Kind,
        names: str | Sequence[str],
        *,
        into: str | Sequence[str | Mapping[str, Any]] = (),
        fields: Mapping[str, Any] | None = None,
        meaning_changed: bool = False,
    ) -> Effect:
        """What a change would do, without making it: labels touched, and who would have to look at how many again.

        Args:
            kind: create, rename, edit, merge, split, retire or restore.
            names: The code it is done to; for a merge the codes.
            into: The new name, the code to merge into, or the parts of a split.
            fields: For create and edit, what to write: definition, includes, excludes, just_in, just_out, severity,
                owner, aliases, category.
            meaning_changed: For an edit: whether earlier labels wait to be confirmed.

        Raises:
            UnknownCode: There is no such code.
            BadRequest: The change cannot be made.
        """
        from workbench.codebook import By
        from workbench.codebook.effect import effect
        from workbench.codebook.kinds import apply

        history = self.codebook_history()
        by = By("preview", "preview", datetime.now(UTC))
        book, change = apply(
            history.current, kind, names, into=into, fields=fields, meaning_changed=meaning_changed, by=by
        )
        return effect(self.store.labels(), history, book, change)
