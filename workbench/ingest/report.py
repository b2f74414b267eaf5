"""What an ingest did: counts in the source's own unit, what was redacted by which engine, what was refused and why."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

LISTED_REJECTS = 10_000  # counted beyond that, but no longer listed one by one


@dataclass(frozen=True)
class IngestReport:
    """The account of one ingest: ``rows = new + duplicates + rejected`` in the source's own unit."""

    batch: str | None
    traces: int
    duplicates: int
    rejected: int
    spans: int
    labels: int
    without_text: int
    rows: int
    redacted: dict[str, int]
    rejected_rows: list[dict[str, Any]]
    ner: str
    policy: str
    files: list[dict[str, Any]]
    notices: list[str]

    @property
    def rejected_share(self) -> float:
        """Share of the source's rows that could not be read, 0 where there were none."""
        return self.rejected / self.rows if self.rows else 0.0

    @property
    def took_anything(self) -> bool:
        """Whether any row was new or known already."""
        return self.rows > self.rejected

    def __str__(self) -> str:
        return (
            f"{self.traces:,} new traces, {self.spans:,} spans, {self.duplicates:,} duplicates,"
            f" {self.rejected:,} rejected of {self.rows:,} rows;"
            f" {sum(self.redacted.values()):,} values redacted by {self.ner}"
        )


@dataclass
class Tally:
    """The running account while an ingest is under way."""

    traces: int = 0
    duplicates: int = 0
    rejected: int = 0
    spans: int = 0
    labels: int = 0
    without_text: int = 0
    rows: int = 0
    redacted: Counter[str] = field(default_factory=Counter)
    rejected_rows: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    purged: set[str] = field(default_factory=set)

    def reject(self, file: str, row: int | None, reason: str) -> None:
        """Count a row that could not be read; ``row`` is None where the whole file could not."""
        self.rows += 1
        self.rejected += 1
        if len(self.rejected_rows) < LISTED_REJECTS:
            self.rejected_rows.append({"file": file, "row": row, "reason": reason})
        elif len(self.rejected_rows) == LISTED_REJECTS and self.rejected == LISTED_REJECTS + 1:
            self.notices.append(
                f"more than {LISTED_REJECTS:,} rows were rejected: the first are listed, all are counted"
            )

    def report(self, *, batch: str | None, ner: str, policy: str) -> IngestReport:
        """Close the account."""
        if n := len(self.purged):
            self.notices.append(
                f"{n:,} trace{' was' if n == 1 else 's were'} purged from this workspace before: counted as duplicates,"
                " and not taken in again."
            )
        return IngestReport(
            batch=batch,
            traces=self.traces,
            duplicates=self.duplicates,
            rejected=self.rejected,
            spans=self.spans,
            labels=self.labels,
            without_text=self.without_text,
            rows=self.rows,
            redacted=dict(sorted(self.redacted.items())),
            rejected_rows=self.rejected_rows,
            ner=ner,
            policy=policy,
            files=self.files,
            notices=self.notices,
        )
