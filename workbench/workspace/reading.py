"""The verbs of reading: save what a person says of a trace, take it back, ask what is left to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, UnknownName
from workbench.tables import PURGED
from workbench.workspace.labels import LabelVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.labels import Reading

LONGEST_NAME = 60


@dataclass(frozen=True)
class Undone:
    """What an undo took back: of which trace, and which dimensions of it."""

    trace_id: str
    dimensions: tuple[str, ...]


class ReadingVerbs(LabelVerbs):
    """What people say of traces."""

    def reading(self, trace_id: str, annotator: str, *, round_: str = "blind") -> Reading:
        """What one person has said of one trace so far, blind or in adjudication."""
        from workbench.labels import reading_of

        return reading_of(self.store.label_rows(trace_id, annotator, round_=round_), trace_id, annotator)

    def save_reading(
        self,
        trace_id: str,
        annotator: str,
        *,
        outcome: str | None = None,
        note: str | None = None,
        at: str | None = None,
        codes: Sequence[str] | None = None,
        severities: Mapping[str, int | None] | None = None,
        round_: str = "blind",
        saw: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Reading:
        """Save what a person says of a trace, at once and whole; saying it again changes nothing.

        What is None stays as it is, what is empty is taken back.

        Args:
            trace_id: The trace.
            annotator: Who read it.
            outcome: pass, fail or defer.
            note: The first thing that went wrong, in the reader's own words; it is redacted before it is stored.
            at: The place it is tied to: message:N (from 0) or span:ID.
            codes: The names of all the codes the trace shall have.
            severities: Severities 1-5 by the code's name; None is the code's own.
            round_: blind or adjudicated.
            saw: What was on the screen.
            seconds: How long it took.

        Returns:
            The reading as it now stands.

        Raises:
            UnknownCode: The codebook has no such code in force.
            BadRequest: There is no such trace; an outcome, place, severity or name that is none.
        """
        from workbench.labels import reading_rows
        from workbench.labels.readings import check_round

        check_round(round_)
        annotator = self.reader(annotator)
        if not self._has_trace(trace_id):
            raise BadRequest("this workspace has no trace of that id. Check the id, or ingest the trace first")
        book = self.codebook()
        name = {each: book.get(each).name for each in (*(codes or ()), *(severities or {}))}
        before = self.reading(trace_id, annotator, round_=round_)
        rows = reading_rows(
            before,
            outcome=outcome,
            note=self._safe_note(note) if note else note,
            at=at,
            codes=None if codes is None else [name[each] for each in codes],
            severities={name[each]: severity for each, severity in (severities or {}).items()},
        )
        if not rows:
            return before
        fixed = {"annotator_kind": "human", "round": round_, "saw": dict(saw or {}), "seconds": seconds}
        of_code = {"codebook_version": book.version}
        self.store.add_labels([{**row, **fixed, **(of_code if row["dimension"] == "code" else {})} for row in rows])
        return self.reading(trace_id, annotator, round_=round_)

    def undo(self, annotator: str, *, sample_id: str | None = None) -> Undone | None:
        """Take back the annotator's last save, in one sample or anywhere; None where there is none left.

        Called again it goes back one save further. Labels that came in a file are left alone.
        """
        taken = self.store.undo_labels(annotator, sample_id=sample_id)
        if taken.empty:
            return None
        return Undone(str(taken["trace_id"].iloc[0]), tuple(dict.fromkeys(taken["dimension"])))

    def reading_queue(self, sample_id: str, annotator: str) -> DataFrame:
        """A sample's traces in the order they are read, with what this annotator has said of each.

        Returns:
            Columns trace_id, outcome, has_note, n_codes and reviewed.

        Raises:
            UnknownName: There is no such sample.
        """
        import pandas as pd

        rows = self.store.samples(sample_id)
        if rows.empty:
            raise UnknownName("sample", sample_id, list(self.store.sample_names())[:8])
        rows = rows[~rows["trace_id"].str.startswith(PURGED)]
        said = self.store.labels(sample_id=sample_id, annotator=annotator, round_="blind")
        of = {name: said[said["dimension"] == name] for name in ("outcome", "note", "code")}
        queue = pd.DataFrame({"trace_id": rows["trace_id"].to_numpy()})
        outcome = of["outcome"].set_index("trace_id")["value"]
        queue["outcome"] = queue["trace_id"].map(outcome).astype("str")
        queue["has_note"] = queue["trace_id"].isin(set(of["note"]["trace_id"]))
        codes = of["code"].groupby("trace_id")["value"].nunique()
        queue["n_codes"] = queue["trace_id"].map(codes).fillna(0).astype(int)
        queue["reviewed"] = queue["outcome"].notna() | (queue["n_codes"] > 0)
        return queue

    def since_new_code(self, sample_id: str, annotator: str) -> int | None:
        """How many traces of a sample this annotator has read since a code came up for the first time.

        Returns:
            None where no code was given yet.
        """
        said = self.store.labels(sample_id=sample_id, annotator=annotator, round_="blind")
        codes = said[said["dimension"] == "code"].drop_duplicates("value")  # the first time of each
        if codes.empty:
            return None
        read = said[said["dimension"].isin(["outcome", "code"])].groupby("trace_id")["labelled_at"].max()
        newest = codes["labelled_at"].max()
        found_in = set(codes.loc[codes["labelled_at"] == newest, "trace_id"])
        return int((read[~read.index.isin(found_in)] > newest).sum())

    def code_keys(self, annotator: str, trace_id: str, *, sample_id: str | None = None) -> list[str]:
        """The names of all codes in force: those this annotator gave last to other traces first.

        The order does not change while a trace is read, and shows nothing of what others gave.
        """
        book = self.codebook()
        said = self.store.labels(annotator=annotator, sample_id=sample_id, round_="blind")
        given = said[(said["dimension"] == "code") & (said["trace_id"] != trace_id)]["value"]
        recent = [found.name for value in given[::-1] if (found := book.find(value)) is not None]
        return list(dict.fromkeys([*recent, *(code.name for code in book.active)]))

    def code_named(self, name: str, *, author: str, reason: str = "") -> str:
        """The name of the code in force that is called this; made first where there is none.

        Raises:
            BadRequest: It cannot be the name of a code.
            CodebookChanged: Somebody else changed the codebook in the same moment.
        """
        found = self.codebook().find(name)
        if found is None:
            self.change_codebook("create", " ".join(name.split()), author=author, reason=reason)
        return self.codebook().get(name).name

    @property
    def severity_anchors(self) -> dict[int, str]:
        """What each severity means, in words: those of workspace.toml where it has its own."""
        from workbench.labels import ANCHORS

        own = self.settings.severity.anchors
        return dict(enumerate(own, start=1)) if own else ANCHORS

    def reader(self, name: str) -> str:
        """A reader's name as it may be stored.

        Raises:
            BadRequest: It is empty, too long, or an address.
        """
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise BadRequest(f"a reader's name has 1 to {LONGEST_NAME} characters. Give a first name or initials")
        if name not in self._readers:
            if self.redactor.has_structured([name])[0]:
                raise BadRequest("a reader's name is stored as it is and may be no address. Give a name or initials")
            self._readers.add(name)
        return name

    @property
    def _readers(self) -> set[str]:
        """Names that were found fit to be stored."""
        known: set[str] = self.__dict__.setdefault("_known_readers", set())
        return known

    def _has_trace(self, trace_id: str) -> bool:
        known = self._known_traces
        if trace_id not in known:
            known |= self.store.known_ids([trace_id])
        return trace_id in known

    def _safe_note(self, text: str) -> str:
        return str(self.redactor.redact([text])[0][0])
