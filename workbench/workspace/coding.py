"""The verbs between notes, labels and codes: which notes wait for a code, which labels to look at again.

A label is a person's word. Only its annotator gives it again or takes it back; what a colleague accepts becomes a label
of the colleague.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest
from workbench.tables import PURGED
from workbench.workspace.codebook import CodebookVerbs

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

LABEL_KEY = ("trace_id", "annotator", "value", "at")


class CodingVerbs(CodebookVerbs):
    """From notes to codes, and from old codes to new ones."""

    def open_notes(self, sample_id: str | None = None, *, annotator: str | None = None) -> DataFrame:
        """The notes that wait for a code: those of traces that got no code with them or since.

        Notes of people who let the trace pass are left out: they name no failure.

        Args:
            sample_id: Only of this sample's traces.
            annotator: Only by this annotator.

        Returns:
            Columns trace_id, annotator, note, at and labelled_at, oldest first.
        """
        import numpy as np

        labels = self._labels(sample_id)
        notes = labels[(labels["dimension"] == "note") & (labels["annotator_kind"].fillna("human") == "human")]
        notes = notes[~notes["trace_id"].str.startswith(PURGED)]
        passed = labels[(labels["dimension"] == "outcome") & (labels["value"] == "pass")]
        codes = labels[labels["dimension"] == "code"]
        mine = set(zip(codes["trace_id"], codes["annotator"], strict=True))
        latest = codes.groupby("trace_id")["labelled_at"].max().to_dict()
        let_pass = set(zip(passed["trace_id"], passed["annotator"], strict=True))
        keep = [
            (row.trace_id, row.annotator) not in mine
            and (row.trace_id, row.annotator) not in let_pass
            and not (row.trace_id in latest and latest[row.trace_id] >= row.labelled_at)
            and (annotator is None or row.annotator == annotator)
            for row in notes.itertuples()
        ]
        found = notes[np.asarray(keep, dtype=bool)].rename(columns={"value": "note", "note": "said"})
        return found[["trace_id", "annotator", "note", "at", "labelled_at"]].reset_index(drop=True)

    def suggest_groups(self, sample_id: str | None = None, *, near: float | None = None) -> DataFrame:
        """Open notes in an order in which like stands beside like, with groups as suggestions.

        Args:
            sample_id: Only of this sample's traces.
            near: The mean cosine down to which notes are put together, from 0 to 1.

        Returns:
            The columns of ``open_notes`` with ``group`` (empty for a note that stands alone) and ``nearness``.

        Raises:
            BadRequest: There are more notes than can be laid out at once.
        """
        from workbench.codebook.notes import MOST, NEAR, note_groups

        notes = self.open_notes(sample_id)
        texts = notes["note"].tolist()
        vectors = self._note_vectors(texts[: MOST + 1])  # too many are refused below, before they are embedded
        laid = note_groups(texts, vectors, near=NEAR if near is None else near)
        placed = notes.iloc[laid["place"].to_numpy()].reset_index(drop=True)
        return placed.assign(group=laid["group"].array, nearness=laid["nearness"].array)

    def code_notes(
        self,
        notes: DataFrame,
        code: str,
        *,
        author: str,
        fields: Mapping[str, Any] | None = None,
        reason: str = "",
        seen: int | None = None,
    ) -> int:
        """Give the traces of some notes a code, which is made where there is none of that name, all or none.

        Args:
            notes: Rows of ``open_notes`` or ``suggest_groups``.
            code: The code's name.
            author: Whose labels these are: the person who says that the notes mean this code.
            fields: For a new code, what to write about it.
            reason: Why; by default, from how many notes it was made.
            seen: The version the author looked at.

        Returns:
            How many labels were added.

        Raises:
            BadRequest: There are no notes, or the name cannot be one.
            CodebookChanged: Somebody else changed the codebook meanwhile.
        """
        if notes.empty:
            raise BadRequest("no note is chosen. Choose the notes that mean this code.")
        book = self._seen(seen).current
        author = self._signed(author, "").author
        known = book.find(code)
        rows = [
            {
                "trace_id": str(row["trace_id"]),
                "annotator": author,
                "annotator_kind": "human",
                "dimension": "code",
                "value": known.name if known else " ".join(code.split()),
                "at": row["at"] if isinstance(row["at"], str) else None,
                "saw": {"page": "codebook"},
            }
            for row in notes.drop_duplicates(["trace_id", "at"]).to_dict("records")
        ]
        if known is not None:
            return self.store.add_labels([{**row, "codebook_version": book.version} for row in rows])
        n = len(notes)
        why = reason or f"from {n} note{'' if n == 1 else 's'}"
        self.add_codes([{**(fields or {}), "name": code}], author=author, reason=why, labels=rows, seen=book.version)
        return len(rows)

    def stale_labels(self, annotator: str | None = None, *, code: str | None = None) -> DataFrame:
        """The re-tag queue: labels whose code was merged, split or got another meaning since they were given.

        Args:
            annotator: Only of this annotator.
            code: Only those that may become this code now.

        Returns:
            Label rows with ``code`` (what it counts as; empty after a split), ``why`` (confirm or choose), ``since``
            (the version that made it so) and ``options`` (names to choose from), oldest change first.
        """
        import pandas as pd

        from workbench.codebook import Lineage

        found = self.coded_labels()
        found = found[found["stale"] & (found["annotator_kind"].fillna("human") == "human")]  # a judge answers nobody
        found = found[~found["trace_id"].str.startswith(PURGED)]  # what nobody can look at again
        if annotator is not None:
            found = found[found["annotator"] == annotator]
        lineage = Lineage(self.codebook_history())
        options = [
            lineage.meaning(
                str(row.value), None if pd.isna(row.codebook_version) else int(row.codebook_version)
            ).options
            for row in found.itertuples()
        ]
        found = found.assign(options=pd.Series(options, index=found.index, dtype=object))
        if code is not None:
            wanted = self.codebook().get(code).name
            found = found[[wanted in each for each in found["options"]]]
        return found.sort_values("since", kind="stable").reset_index(drop=True)

    def retag(
        self,
        stale: DataFrame,
        codes: str | Sequence[str] | None = None,
        *,
        annotator: str,
        severity: int | None = None,
    ) -> int:
        """Answer stale labels of one's own: confirm them, choose what they are, or take them back.

        Args:
            stale: Rows of ``stale_labels``; what was answered meanwhile is passed over.
            codes: None confirms each as what it counts as; names give it these codes; an empty list takes it back.
            annotator: Whose labels these are.
            severity: A severity to give with it; by default the label's own.

        Returns:
            How many labels were answered.

        Raises:
            BadRequest: A label is somebody else's, or has to be chosen and is not.
            UnknownCode: There is no such code.
        """
        from workbench.codebook import severity_of

        book = self.codebook()
        chosen = (
            None if codes is None else [book.get(each).name for each in ([codes] if isinstance(codes, str) else codes)]
        )
        if any(stale["annotator"] != annotator):
            raise BadRequest("a label is given again by the person who gave it. Choose labels of your own.")
        waiting = {_key(row): row for row in self.stale_labels(annotator).to_dict("records")}
        rows: list[dict[str, Any]] = []
        answered = 0
        for given in stale.to_dict("records"):
            row = waiting.get(_key(given))
            if row is None:
                continue
            if chosen is None and row["why"] == "choose":
                raise BadRequest(
                    "a label of a code that was split cannot be confirmed. Choose which of its parts it is."
                )
            names = [row["code"]] if chosen is None else chosen
            rows += _again(row, names, book.version, severity_of(severity))
            answered += 1
        if rows:
            self.store.add_labels(rows)
        return answered

    def _note_vectors(self, texts: list[str]) -> np.ndarray:
        """Vectors of notes, kept in memory: notes are few, and what is not written disturbs nobody's map."""
        import numpy as np

        kept: dict[str, np.ndarray] = self.__dict__.setdefault("_kept_note_vectors", {})
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        if new:
            kept.update(zip(new, self.embedder.encode(new), strict=True))
        return np.stack([kept[text] for text in texts]) if texts else np.zeros((0, 1), dtype=np.float32)


def _key(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[name] if isinstance(row[name], str) else None for name in LABEL_KEY)


def _again(row: Mapping[Any, Any], names: Sequence[str], version: int, severity: int | None) -> list[dict[str, Any]]:
    """What to write so that a label says these codes from now on, about the same place."""
    import pandas as pd

    same = {
        "trace_id": row["trace_id"],
        "annotator": row["annotator"],
        "annotator_kind": row["annotator_kind"] if isinstance(row["annotator_kind"], str) else "human",
        "dimension": "code",
        "at": row["at"] if isinstance(row["at"], str) else None,
        "round": row["round"] if isinstance(row["round"], str) else None,
        "codebook_version": version,
        "saw": {"page": "codebook", "since": int(row["since"])},
    }
    own = row["severity"] if severity is None else severity
    own = None if pd.isna(own) else int(own)
    note = row["note"] if isinstance(row["note"], str) else None
    given = [{**same, "value": name, "severity": own, "note": note} for name in names]
    return given if row["value"] in names else [{**same, "value": row["value"], "withdrawn": True}, *given]
