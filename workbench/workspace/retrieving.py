"""The verbs of retrieval snapshots: what the golden queries fetched, written down and compared.

Nobody's retriever is asked here: what a query fetched is known from a file or from traces. Sealed cases stay sealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, NotReady, TooLittleData, UnknownName
from workbench.workspace.retrieval_sources import RetrievalSources, asked_in, passages_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.drift import SnapshotDrift
    from workbench.drift.retrieval import Fetched
    from workbench.drift.snapshots import Knowledge
    from workbench.golden import Case

FILE, TRACES = "file", "traces"
SNAPSHOTS = ("snapshot_id", "version", "source", "as_of", "taken_at", "taken_by", "n")


@dataclass(frozen=True)
class Snapshot:
    """What was written down.

    Attributes:
        snapshot_id: Its id.
        version: The golden version whose open cases it is of.
        source: file or traces.
        as_of: The time it is of.
        n: Queries in it.
        cases: Open cases of the version that have a query.
        other: Rows of the file that are of no open case.
        rejected_rows: Rows of the file that could not be used: file, row and reason.
    """

    snapshot_id: str
    version: int
    source: str
    as_of: datetime
    n: int
    cases: int
    other: int = 0
    rejected_rows: tuple[Mapping[str, Any], ...] = ()


class RetrievalVerbs(RetrievalSources):
    """What golden queries fetch."""

    def snapshot_retrieval(
        self, file: str | Path | None = None, *, where: str | None = None, as_of: datetime | None = None, by: str
    ) -> Snapshot:
        """Write down what the golden queries fetch, ids and scores without text, to compare with later.

        Args:
            file: Rows of case_id or query and retrieved, a list of {id, score}; traces without one.
            where: Of traces: only those that meet this SQL condition.
            as_of: The time a file is of; now by default. A snapshot of traces is of the newest that is used.
            by: Who asks for it.

        Raises:
            NotReady: Nothing was frozen.
            UnreadableFile: The file cannot be read.
            TooLittleData: It, or the traces, say of no open case what was fetched.
            BadRequest: Nobody asks for it, a condition was given with a file, or a time without one.
        """
        by = self._golden_author(by)
        if file is None and as_of is not None:
            raise BadRequest("a snapshot of traces is of the newest one's time. Leave the time out, or give a file")
        if file is not None and where is not None:
            raise BadRequest("a condition chooses among traces, and a file was given. Leave one of them out")
        version, cases = self._cases_that_ask()
        found = self._from_file(Path(file), cases) if file is not None else self._from_traces(cases, where)
        if not found.fetched:
            source = (
                "no row of the file is of an open case"
                if file is not None
                else ("no trace that an open case was made from, or that asks the same, says what was fetched")
            )
            raise TooLittleData(f"{source} of golden version {version}. Run the retriever over its queries and bring"
                                " the file: workbench retrieval snapshot FILE")  # fmt: skip
        now = datetime.now(UTC)
        moment = found.newest or as_of or now
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        source = TRACES if file is None else FILE
        snapshot: dict[str, Any] = {
            "snapshot_id": f"retrieval-{moment:%Y%m%d}-{token_hex(2)}", "version": version, "source": source,
            "as_of": moment, "taken_at": now, "taken_by": by,
        }  # fmt: skip
        rows = [{"case_id": each, "trace_id": found.of_trace.get(each), "fetched": fetched}
                for each, fetched in found.fetched.items()]  # fmt: skip
        self.store.add_retrieval_snapshot(snapshot, rows)
        return Snapshot(snapshot["snapshot_id"], version, source, moment, len(rows), len(cases), found.other,
                        found.rejected_rows)  # fmt: skip

    def retrieval_snapshots(self) -> DataFrame:
        """The snapshots by the time they are of, oldest first.

        Returns:
            Columns snapshot_id, version (of the golden set), source (file or traces), as_of, taken_at, taken_by and n
            (queries).
        """
        import pandas as pd

        frame = pd.DataFrame(self.store.retrieval_snapshots(), columns=list(SNAPSHOTS))
        return frame.assign(**{name: pd.to_datetime(frame[name], utc=True) for name in ("as_of", "taken_at")})

    def compare_retrieval(
        self,
        file: str | Path | None = None,
        *,
        where: str | None = None,
        snapshot: str | None = None,
        corpus: str | Path | None = None,
        threshold: float | None = None,
        seed: int = 0,
    ) -> SnapshotDrift:
        """Hold what the golden queries fetch now against a snapshot.

        Args:
            file: What they fetch now, as for a snapshot; it is not stored. Without one the traces after the snapshot.
            where: Of traces: those that meet this SQL condition instead.
            snapshot: Its id; the newest by default.
            corpus: The ids of all passages there are; without it those that were ever fetched until the snapshot.
            threshold: The score below which a passage does not count.
            seed: Source of chance.

        Raises:
            NotReady: Nothing was frozen, or there is no snapshot.
            UnknownName: There is no such snapshot.
            UnreadableFile: A file cannot be read.
            BadRequest: A condition was given with a file, or cannot be used.
        """
        from workbench.drift.retrieval_file import read_corpus
        from workbench.drift.snapshots import Knowledge

        if file is not None and where is not None:
            raise BadRequest("a condition chooses among traces, and a file was given. Leave one of them out")
        _, cases = self._cases_that_ask()
        base, earlier = self._snapshot_and_before(snapshot, FILE if file is not None else TRACES)
        since = where if where is not None else "started_at > ?", [] if where is not None else [base["as_of"]]
        found = self._from_file(Path(file), cases) if file is not None else self._from_traces(cases, *since)
        then, now = self._passages("started_at <= ?", [base["as_of"]]), self._passages(*since)
        if corpus is not None:
            then = Knowledge(then.texts, self._safe_ids(read_corpus(Path(corpus))))
        compared = self._against(
            base, earlier, found.fetched, cases, then, Knowledge({**now.texts, **found.texts}, now.ids),
            against=FILE if file is not None else "traffic", corpus=corpus is not None, threshold=threshold,
            level=self.settings.drift.level, seed=seed,
        )  # fmt: skip
        return replace(compared, other=found.other, rejected_rows=found.rejected_rows)

    def _beside_snapshot(
        self, sides: Sequence[DataFrame], *, threshold: float | None, level: float, seed: int
    ) -> SnapshotDrift:
        """The newest snapshot from before the current set against a later one, else against the current set."""
        from workbench.drift.snapshots import SnapshotDrift

        rows = self.store.retrieval_snapshots()
        if not rows:
            return SnapshotDrift(reason="no_snapshot")
        found = self._newest_open_cases()
        if isinstance(found, str):
            return SnapshotDrift(reason=found)
        begins = sides[1]["started_at"].min()
        if begins != begins or begins is None:
            return SnapshotDrift(reason="no_times")
        before, later = ([row for row in rows if (row["as_of"] < begins) is past] for past in (True, False))
        if not before:
            return SnapshotDrift(reason="no_earlier_snapshot")
        cases = [case for case in found[1] if case.query]
        if later:
            now, against = self._of_snapshot(later[-1]["snapshot_id"]), later[-1]["snapshot_id"]
        else:
            now, against = asked_in(sides[1], cases).fetched, "traffic"
        base, earlier = before[-1], _alike(before, later[-1]["source"] if later else TRACES)
        then, here = (passages_of(side["retrieved"].tolist() if "retrieved" in side else []) for side in sides)
        return self._against(
            base, earlier, now, cases, then, here, against=against, threshold=threshold, level=level, seed=seed,
        )  # fmt: skip

    def _against(
        self, base: Mapping[str, Any], earlier: Mapping[str, Any] | None, now: Mapping[str, Fetched],
        cases: Sequence[Case], then: Knowledge, here: Knowledge, **terms: Any,
    ) -> SnapshotDrift:  # fmt: skip
        from workbench.drift.snapshots import against_snapshot

        return against_snapshot(
            self._of_snapshot(base["snapshot_id"]), now, queries={case.case_id: case.query for case in cases},
            known_before=then, known_now=here,
            earlier=None if earlier is None else self._of_snapshot(earlier["snapshot_id"]),
            snapshot_id=base["snapshot_id"], as_of=base["as_of"], **terms,
        )  # fmt: skip

    def _cases_that_ask(self) -> tuple[int, list[Case]]:
        version = max((row["version"] for row in self.store.golden_versions()), default=0)
        cases = [case for case in self.golden_cases(version or None) if case.query]
        return version, cases

    def _snapshot_and_before(self, snapshot: str | None, source: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        rows = self.store.retrieval_snapshots()
        if not rows:
            raise NotReady("there is no snapshot of retrieval yet. Take one: workbench retrieval snapshot FILE")
        ids = [row["snapshot_id"] for row in rows]
        if snapshot is not None and snapshot not in ids:
            raise UnknownName("snapshot", snapshot[:40], ids[-5:])
        at = len(rows) - 1 if snapshot is None else ids.index(snapshot)
        return rows[at], _alike(rows[: at + 1], source)

    def _of_snapshot(self, snapshot_id: str) -> dict[str, Fetched]:
        return {
            row["case_id"]: [(str(name), score) for name, score in row["fetched"]]
            for row in self.store.retrievals(snapshot_id)
        }


def _alike(rows: Sequence[dict[str, Any]], source: str) -> dict[str, Any] | None:
    """The newest snapshot before the last of these that says what is usual: all of one kind of source.

    A retriever that is asked by a file is asked without the conversation that users are in, and may fetch other things.
    """
    if rows[-1]["source"] != source:
        return None
    return next((row for row in reversed(rows[:-1]) if row["source"] == source), None)
