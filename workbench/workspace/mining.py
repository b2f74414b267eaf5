"""The verb that proposes candidates week by week, and what people said of the trace behind a case."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest
from workbench.workspace.coverage import CoverageVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.golden.mining import Candidate, Subject

MOST = 1000
EDGE = {"adversarial": "injection"}  # the edge set it belongs to, by category; a guess that a person goes over
SAID = ("dimension", "value", "severity", "note", "gold_answer", "annotator", "annotator_kind", "round", "labelled_at")


@dataclass(frozen=True)
class Mined:
    """What was proposed.

    Attributes:
        asked: How many were asked for.
        added: How many were drafted.
        categories: How many by category.
        case_ids: The new cases.
        candidates: Each trace with its category and why.
        rejected_rows: Traces that cannot be cases, each with the reason.
        notices: What could not be looked for, in sentences.
    """

    asked: int
    added: int
    categories: dict[str, int]
    case_ids: tuple[str, ...] = field(repr=False)
    candidates: tuple[Candidate, ...] = field(repr=False)
    rejected_rows: list[dict[str, Any]] = field(repr=False, default_factory=list)
    notices: tuple[str, ...] = ()


class MiningVerbs(CoverageVerbs):
    """Candidates for the golden set."""

    def mine_cases(self, n: int = 25, *, since: object = None, by: str) -> Mined:
        """Propose candidates in four categories, each with why; what is a case already, or like one, is left out.

        They take turns: failures that people saw (edge), what came in since the newest version in subjects that grew or
        off the map (drift), guesses at injection attempts (adversarial), and the typical trace of every subject without
        a case, the largest first (happy_path).

        Args:
            n: How many at most.
            since: Only traces from this day or moment on; what has grown is then counted from there too.
            by: Who proposes them.

        Raises:
            BadRequest: n or since cannot be.
            TooLittleData: There are no traces.
        """
        from workbench.golden.mining import mine

        if not 1 <= n <= MOST:
            raise BadRequest(f"n is the number of candidates, from 1 to {MOST:,}")
        by, read = self._golden_author(by), self._people()
        traces, subjects = self._to_mine(since), self._subjects()
        boundary, words = self._boundary(since)
        candidates = mine(
            self._with_verdicts(traces, read[0]),
            subjects,
            n=n,
            known=self._cases_already(traces["trace_id"].tolist()),
            covered=self._covered_subjects(),
            codes=read[1],
            severities=read[2],
            boundary=boundary,
            since_words=words,
        )
        reasons = {each.trace_id: (each.why, _fields(each.category)) for each in candidates}
        report = self._draft_from(reasons, by=by)
        refused = {row["trace_id"] for row in report.rejected_rows}
        drafted = tuple(each for each in candidates if each.trace_id not in refused)
        notices = _notices(subjects, boundary, len(drafted), n)
        counts = dict(Counter(each.category for each in drafted))
        return Mined(n, report.added, counts, report.case_ids, drafted, report.rejected_rows, tuple(notices))

    def case_labels(self, case_id: str) -> DataFrame:
        """What was said of the trace behind a case, oldest first; nothing where it was not made from one.

        Returns:
            Columns dimension, value, severity, note, gold_answer, annotator, annotator_kind, round and labelled_at;
            codes by the names they have now.

        Raises:
            UnknownName: There is no case of that id.
            BadRequest: It is sealed.
        """
        import pandas as pd

        trace_id = self.case(case_id).trace_id
        called = [trace_id, self.store.pseudonym(trace_id)] if trace_id else []  # the second where it was purged
        said = [row for rows in self._labels_for_cases(called).values() for row in rows]
        frame = pd.DataFrame([{name: row.get(name) for name in SAID} for row in said], columns=list(SAID))
        return frame.sort_values("labelled_at", kind="stable", ignore_index=True)

    def _to_mine(self, since: object) -> DataFrame:
        """All traces, with which of them may be chosen."""
        from workbench.workspace.frame import moment, read_frame

        traces = read_frame(self.store)
        first = moment(since)
        traces["recent"] = True if first is None else (traces["started_at"] >= first).fillna(False).astype(bool)
        traces["off_map"] = False
        traces["cluster"] = traces["cluster"] if "cluster" in traces else -1
        newest = self.store.newest_map()
        if newest is not None:
            points = self.store.map(newest).points
            off = points.loc[points["off_map"].fillna(False).astype(bool), "trace_id"]
            traces["off_map"] = traces["trace_id"].isin(set(off))
        bad = (traces["status"] == "error").fillna(False) | (traces["feedback"] < 0).fillna(False)
        traces["signal"] = bad.to_numpy(dtype=bool) | (traces["signals"].fillna("") != "").to_numpy(dtype=bool)
        return traces

    def _people(self) -> tuple[dict[str, bool], dict[str, list[str]], dict[str, int]]:
        """Which traces people failed, the codes of each, and the severities of codes."""
        from workbench.rank.reviewed import reviewed, severities

        book = self.codebook()
        read = reviewed(self.coverage_labels(), codebook=book)
        codes = {
            str(trace_id): [read.codes[at] for at in has.nonzero()[0]]
            for trace_id, has in zip(read.trace_ids, read.has, strict=True)
        }
        known = zip(read.codes, severities(read, book)[0], strict=True)
        failed = dict(zip(map(str, read.trace_ids), read.failed.tolist(), strict=True))
        return failed, codes, {code: severity for code, severity in known if severity is not None}

    def _with_verdicts(self, traces: DataFrame, failed: dict[str, bool]) -> DataFrame:
        return traces.assign(failed=traces["trace_id"].map(failed).astype("boolean"))

    def _subjects(self) -> list[Subject]:
        from workbench.golden.mining import Subject

        newest = self.store.newest_map()
        if newest is None:
            return []
        clusters = self.store.map(newest).clusters.sort_values(["n", "cluster"], ascending=[False, True])
        return [
            Subject(
                int(row["cluster"]), str(row["name"]), int(row["n"]), float(row["share"]),
                tuple(dict.fromkeys([str(row["medoid"]), *map(str, row["exemplars"])])),
            )
            for row in clusters.to_dict("records")
        ]  # fmt: skip

    def _cases_already(self, trace_ids: list[str]) -> set[str]:
        """The traces that are cases in whatever state, sealed and discarded ones too."""
        origins = {row["origin"] for row in self.store.case_rows() if row["origin"]}
        if not origins:
            return set()
        known: dict[str, str] = self._for_traces("case origins", dict)  # keyed hashes, worked out once a trace
        known.update({each: self._case_origin(each) for each in trace_ids if each not in known})
        return {each for each in trace_ids if known[each] in origins}

    def _covered_subjects(self) -> set[str]:
        """The subjects with an open case; sealed ones count nowhere, for that would tell what they are about."""
        rows = [row for row in self.store.case_rows(statuses=["candidate", "accepted"]) if row["pool"] == "golden"]
        found = {((row["content"] or {}).get("slices") or {}).get("intent") for row in rows}
        return {str(name) for name in found if name}

    def _boundary(self, since: object) -> tuple[datetime | None, str]:
        """The moment from which on traffic has come in, and how to speak of it."""
        from workbench.workspace.frame import moment

        first = moment(since)
        if first is not None:
            return first, f"since {first.day} {first:%b %Y}"
        frozen = self.store.golden_versions()
        if not frozen:
            return None, ""
        at: datetime = frozen[-1]["created_at"]
        return at.astimezone(UTC), f"since v{frozen[-1]['version']} ({at.day} {at:%b %Y})"


def _fields(category: str) -> dict[str, Any]:
    return {"category": category, **({"edge": EDGE[category]} if category in EDGE else {})}


def _notices(subjects: list[Subject], boundary: datetime | None, found: int, n: int) -> list[str]:
    told = []
    if not subjects:
        told.append("There is no map, so no typical traces were looked for. Make one: workbench map")
    if boundary is None:
        told.append("No version was frozen and no day named, so nothing was looked for that has come in since.")
    if found < n:
        told.append(f"{found} of {n} were found: nothing else is worth a case that is none yet.")
    return told
