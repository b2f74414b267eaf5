"""The verbs of labels: bring them in from a file, look at them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workspace.codebook import CodebookVerbs
from workbench.workspace.rubric import RubricVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.labels import FileRow

LONGEST_WORD = 40  # characters from which the value of a rubric's dimension is taken for text


@dataclass(frozen=True)
class LabelsReport:
    """What an import of labels did.

    Attributes:
        labels: Labels added.
        known: Labels that were there already, word for word.
        rejected: Rows that could not be used.
        rejected_rows: Each with file, row (from 0) and reason.
        dimensions: Labels of the file by dimension, those that were there already included.
        new_codes: Codes that were made for it.
        unreadable: Answers of judges that are no outcome; kept as unparsable.
    """

    labels: int
    known: int
    rejected: int
    rejected_rows: list[dict[str, Any]] = field(repr=False)
    dimensions: dict[str, int] = field(default_factory=dict)
    new_codes: list[str] = field(default_factory=list)
    unreadable: int = 0

    @property
    def took_anything(self) -> bool:
        """Whether any row of the file could be used."""
        return self.labels + self.known > 0


class LabelVerbs(CodebookVerbs, RubricVerbs):
    """Labels, wherever they come from."""

    def import_labels(
        self,
        path: str | Path,
        *,
        create_codes: bool = False,
        annotator: str | None = None,
        annotator_kind: str | None = None,
        dimension: str | None = None,
    ) -> LabelsReport:
        """Take labels in from a file, redacted, in one transaction; a second time it adds nothing.

        Args:
            path: Long form (trace_id, annotator, dimension, value) as .csv, .jsonl, .json or .parquet, or a JSON array
                of agent runs with step-level failures.
            create_codes: Make the codes that the codebook does not have; spelling variants become one code.
            annotator: Who judged, where the file does not say.
            annotator_kind: human, judge, rule or user, where it does not; a file that never says is of people. An
                outcome of a judge or rule that is none is kept as unparsable.
            dimension: What the labels are about, where it does not.

        Raises:
            UnreadableFile: The file is missing, empty, or no table of labels.
            MissingColumns: It lacks a column that labels need.
            BadRequest: It has a column that labels do not have.
        """
        from workbench.labels import UNPARSABLE, check, read_rows

        path = Path(path)
        rows = read_rows(path, annotator=annotator, annotator_kind=annotator_kind, dimension=dimension)
        rows = self._with_safe_names(rows)
        ids = {row.values["trace_id"] for row in rows if row.values and row.values.get("trace_id")}
        checked = check(
            rows,
            known=self.store.known_ids(sorted(ids)),
            codebook=self.codebook(),
            create_codes=create_codes,
            now=datetime.now(UTC),
            rubrics=self.rubrics(),
        )
        labels = self._safe_to_store(list(checked.labels))
        if checked.new_codes:
            before = self.store.n_labels()
            codes = [
                {"name": each.name, "aliases": each.aliases, "severity": each.severity} for each in checked.new_codes
            ]
            self.add_codes(codes, author="labels import", reason=f"codes that {path.name} uses", labels=labels)
            added = self.store.n_labels() - before
        else:
            added = self.store.add_labels(labels) if labels else 0
        dimensions = Counter(label["dimension"] for label in labels)
        refused = [{"file": path.name, **each} for each in checked.rejected_rows]
        made = [code.name for code in checked.new_codes]
        unread = sum(label["value"] == UNPARSABLE for label in labels)
        return LabelsReport(added, len(labels) - added, len(refused), refused, dict(dimensions), made, unread)

    def labels(self, *, newest: bool = True, annotator: str | None = None, sample_id: str | None = None) -> DataFrame:
        """Labels in order of time.

        Args:
            newest: Only those that count: what was replaced or taken back is left out.
            annotator: Only by this annotator.
            sample_id: Only of this sample's traces.
        """
        return self.store.labels(newest=newest, annotator=annotator, sample_id=sample_id)

    def _with_safe_names(self, rows: list[FileRow]) -> list[FileRow]:
        """Rows with ids as ingest stores them, so that a label finds its trace whatever its id holds.

        A row that names a code by an address or the like is refused: names of codes are stored as they are.
        """
        from workbench.ingest.parts import SafeIds
        from workbench.labels import FileRow
        from workbench.labels.words import OF_CODES

        names = ("trace_id", "annotator")
        ids = SafeIds(self.redactor, self.store.secret)
        texts = [{name: _id_text(row.values.get(name)) for name in names} if row.values else {} for row in rows]
        ids.learn([value for text in texts for value in text.values()])
        codes = {str(row.values.get("value")) for row in rows if row.values and row.values.get("dimension") in OF_CODES}
        ordered = sorted(codes)
        telling = {code for code, tells in zip(ordered, self.redactor.has_structured(ordered), strict=True) if tells}
        safe = []
        for row, text in zip(rows, texts, strict=True):
            if row.values is None:
                safe.append(row)
            elif row.values.get("dimension") in OF_CODES and str(row.values.get("value")) in telling:
                safe.append(FileRow(row.number, None, "value: a code's name may be no address, number or the like"))
            else:
                safe.append(FileRow(row.number, {**row.values, **ids.all_safe(text, names)}))
        return safe

    def _safe_to_store(self, labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Labels with every text redacted; a word of a rubric or a code's name only where it looks like text."""
        values = [label["value"] for label in labels]
        telling = self.redactor.has_structured(values)
        scopes = []
        for label, tells in zip(labels, telling, strict=True):
            free = tells or label["dimension"] == "note" or len(label["value"]) > LONGEST_WORD
            kept = ("value", "note", "gold_answer") if free else ("note", "gold_answer")
            if label["dimension"] in ("outcome", "code", "root_cause"):
                kept = ("note", "gold_answer")
            scopes.append({name: label[name] for name in kept if label.get(name)})
        redacted = self.redactor.redact(scopes)[0]
        return [{**label, **texts} for label, texts in zip(labels, redacted, strict=True)]


def _id_text(value: Any) -> str | None:
    if value is None or value != value or isinstance(value, dict | list):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None
