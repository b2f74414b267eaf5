"""What an ingest works with: the redactor, the store, the batch, and the ids it has made safe.

The protocols say how little the pipeline needs of each, so that a test can hand in small ones.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from workbench.ingest import shape
from workbench.ingest.report import Tally
from workbench.store.spill import Spill

Progress = Callable[[str, int, int | None], None]
Rows = Sequence[Mapping[str, Any]]

REMEMBERED_IDS = 200_000


class Redacts(Protocol):
    """What ingest needs of a redactor."""

    engine: str

    def redact(self, values: Sequence[Any], *, tokens: bool = False) -> tuple[list[Any], Mapping[str, int]]:
        """Redact values, each its own placeholder scope."""

    def has_structured(self, texts: Sequence[str]) -> list[bool]:
        """Say in which texts a structured recogniser fires."""


class Batch(Protocol):
    """What ingest needs of a batch that is being written."""

    batch: str

    def add_traces(self, rows: Rows) -> None:
        """Write rows of the traces table."""

    def add_spans(self, rows: Rows) -> None:
        """Write rows of the spans table."""

    def add_labels(self, rows: Rows) -> None:
        """Write rows of the labels table."""

    def replace_traces(self, trace_ids: Sequence[str]) -> None:
        """Retire earlier rows of traces that are written anew."""


class Stored(Protocol):
    """What ingest asks of what is stored already."""

    def known_ids(self, trace_ids: Sequence[str]) -> set[str]:
        """Which of the ids exist."""

    def purged_ids(self, trace_ids: Sequence[str]) -> set[str]:
        """Which of the ids were purged."""

    def spans(self, trace_id: str) -> Any:
        """The stored spans of a trace, as a frame."""


class SafeIds:
    """Ids as they may be stored: as they are, or as an HMAC where a structured recogniser fires in them."""

    def __init__(self, redactor: Redacts, secret: bytes) -> None:
        self._redactor = redactor
        self._secret = secret
        self._known: dict[str, str] = {}

    def learn(self, ids: Sequence[Any]) -> None:
        """Ask the redactor once for all ids of a chunk that were not seen yet."""
        if len(self._known) > REMEMBERED_IDS:
            self._known.clear()
        fresh = sorted({str(value) for value in ids if value not in (None, "")} - self._known.keys())
        for value, gives_away in zip(fresh, self._redactor.has_structured(fresh), strict=True):
            self._known[value] = shape.pseudonym(value, self._secret) if gives_away else shape.clean(value)

    def safe(self, value: Any) -> str | None:
        """The id as it may be stored; it must have been learnt."""
        return None if value in (None, "") else self._known[str(value)]

    def all_safe(self, record: Mapping[str, Any], keys: Sequence[str]) -> dict[str, str | None]:
        """The named ids of a record, safe."""
        return {key: self.safe(record.get(key)) for key in keys}

    def user(self, value: Any) -> str | None:
        """An end user's id: always an HMAC."""
        return None if value in (None, "") else shape.pseudonym(str(value), self._secret, "user")


@dataclass
class Run:
    """One ingest under way: its parts, its account, and the rows it has handed on."""

    redactor: Redacts
    stored: Stored
    batch: Batch
    spill: Spill
    ids: SafeIds
    progress: Progress
    tally: Tally = field(default_factory=Tally)

    def known(self, trace_ids: Sequence[str]) -> set[str]:
        """Which of the ids are here, or were purged and stay out."""
        purged = self.stored.purged_ids(trace_ids)
        self.tally.purged |= purged
        return self.stored.known_ids(trace_ids) | purged

    def write(
        self,
        traces: Sequence[Mapping[str, Any]],
        spans: Sequence[Mapping[str, Any]],
        labels: Sequence[Mapping[str, Any]],
    ) -> None:
        """Hand finished rows to the batch and count them."""
        self.tally.traces += len(traces)
        self.tally.spans += len(spans)
        self.tally.labels += len(labels)
        self.tally.without_text += sum(not (trace["input"] or trace["output"]) for trace in traces)
        for rows, add in (
            (traces, self.batch.add_traces),
            (spans, self.batch.add_spans),
            (labels, self.batch.add_labels),
        ):
            if rows:
                add(rows)
