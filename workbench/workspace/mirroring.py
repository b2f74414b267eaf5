"""The verb of the mirror: the failures of the set against those that people found in production."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import inf
from statistics import median_high
from typing import TYPE_CHECKING, Any

from workbench.errors import UnknownName
from workbench.workspace.coverage import CoverageVerbs
from workbench.workspace.gating import TRIP_WIRE
from workbench.workspace.ranking import RankingVerbs

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.codebook import Codebook
    from workbench.mirror import MirrorReport, Production, Reweighted
    from workbench.rank import Evidence, Reviewed

FRESH = timedelta(days=28)
"""What counts as fresh: the last four weeks of traffic."""
READ = 30
"""Traces of each release that people have to have read before labels, and not signals, say how it fared."""
CODE = "code"
"""The slice that names the failure a case tests for, where its trace does not say."""
SIGNS = "status = 'error' OR feedback < 0 OR len(signals) > 0"


Runs = list[tuple[dict[str, Any], dict[str, bool]]]
"""Rows of runs, each with whether cases passed, by case."""


class MirrorVerbs(RankingVerbs, CoverageVerbs):
    """Does the set mirror production."""

    def mirror(
        self,
        version: int | None = None,
        *,
        sample: str | None = None,
        since: object = None,
        by: str | None = None,
        run: str | None = None,
        level: float = 0.95,
        seed: int = 0,
        today: date | None = None,
    ) -> MirrorReport:
        """Set the failures that the golden set tests for against those that people found in production.

        A case tests for the codes of its slice ``code``, else for those of the trace it was made from.

        Args:
            version: A frozen version; by default the accepted cases as they stand.
            sample: Production by this sample; by all samples without one, as ``rank`` does it.
            since: Only failures of traces from this day or moment on.
            by: The slices that a score is re-weighted by: intent where there is a map, else complexity; or any other
                dimension of ``coverage``.
            run: The run whose score is told; without one the newest of a whole version that has a verdict.
            level: Confidence level of the intervals.
            seed: Source of chance.
            today: The day to count ages from.

        Raises:
            UnknownName: There is no such version, sample or run.
            BadRequest: since is no time, or by is no dimension.
            NotReady: Nothing was frozen, or intent was named and there is no map.
        """
        from workbench.mirror import mirror
        from workbench.rank import evidence, reviewed
        from workbench.rank.reviewed import severities

        labels, book = self._coded("code", sample_id=sample)
        read = reviewed(labels, codebook=book)
        drawn = evidence(read, self._drawn(sample))
        about = self._of_traces(["trace_id", "started_at", "release"], list(map(str, read.trace_ids)))
        window = _window(read, drawn, about, since, self._newest_trace())
        notices = [*drawn.notes, *window.notices]
        if read.unplaced:
            notices.append(f"{read.unplaced:,} labels have a code that was split or retired, and count as none.")
        held = self._mirror_set(version, read, book, today or datetime.now(UTC).date())
        if held.sealed:
            notices.append(
                f"{held.sealed:,} sealed cases are looked at nowhere and stand in no figure of the set: a failure may"
                " be covered better than it says here."
            )
        runs = self._whole_runs()
        source, releases = self._mirror_releases(read, drawn, about, runs)
        grave = [code for code, each in zip(read.codes, severities(read, book)[0], strict=True) if each == 5]
        return mirror(
            window.production, held, releases, source=source, rates=self._mirror_rates(run, by, read, level, runs),
            fresh=window.fresh, fresh_words=window.fresh_words, grave=grave, population=drawn.population, level=level,
            seed=seed, notices=notices,
        )  # fmt: skip

    def _newest_trace(self) -> datetime | None:
        newest = self.store.query("SELECT max(started_at) AS newest FROM traces")["newest"].iloc[0]
        return None if newest != newest or newest is None else newest

    def _mirror_set(self, version: int | None, read: Reviewed, book: Codebook, today: date) -> Any:
        """What is known of the set."""
        from workbench.mirror.mirror import TheSet

        if version is not None:
            cases = [case.to_dict() for case in self.golden_cases(version)]
            sealed, of = int(self.golden_folder.manifest(version)["blind"]), f"version {version}"
        else:
            rows = [row for row in self.store.case_rows(statuses=["accepted", "sealed"]) if row["pool"] == "golden"]
            cases = [row["content"] for row in rows if row["content"] is not None]
            sealed, of = len(rows) - len(cases), "the accepted cases"
        place = {str(trace_id): at for at, trace_id in enumerate(read.trace_ids)}
        for trace_id in {str(case["trace_id"]) for case in cases if case.get("trace_id")} - place.keys():
            purged = self.store.pseudonym(trace_id)  # where the case outlived the trace, so did its labels
            if purged in place:
                place[trace_id] = place[purged]
        told = [_tests_for(case, read, place, book) for case in cases]
        days = [date.fromisoformat(case["capture_date"]) for case in cases if case.get("capture_date")]
        frozen = [row for row in self.store.golden_versions() if version in (None, row["version"])]
        return TheSet(
            [each for each in told if isinstance(each, tuple)],
            told.count("pass"),
            told.count("unknown"),
            sealed,
            Counter(str(case["edge"]) for case in cases if case.get("edge")),
            (today - frozen[-1]["created_at"].date()).days if frozen else None,
            (today - date.fromordinal(median_high(each.toordinal() for each in days))).days if days else None,
            of,
        )

    def _mirror_rates(
        self, run: str | None, by: str | None, read: Reviewed, level: float, runs: Runs
    ) -> Reweighted | None:
        """The newest score, or that of a run, raw and by production's mix."""
        from workbench.mirror import Reweighted, reweighted
        from workbench.stats.proportions import wilson

        known = {row["run_id"]: row for row in self.store.runs()}
        if run is not None and run not in known:
            raise UnknownName("run", run[:40], list(known)[-5:])
        by = by or ("intent" if self.store.newest_map() is not None else "complexity")
        self._columns_of([by])  # a name that is none is told where there is no score yet, too
        named = [] if run is None else [(known[run], _verdicts(self.store.run_results(run)))]
        for row, scored in named or runs[::-1]:
            if not scored:
                continue
            cases = {case.case_id: case for case in self.golden_cases(row["version"])}
            slices = [cases[each].slices.get(by) if each in cases else None for each in scored]
            values = self._production([by], since=None, read=read)[by] if self.count() else None
            shares = {} if values is None else values.dropna().astype(str).value_counts(normalize=True).to_dict()
            return reweighted(list(scored.values()), slices, shares, by=by, level=level)
        looks = self._whole_looks()
        if not looks:
            return None
        return Reweighted(wilson(looks[-1]["passed"], looks[-1]["n"], level=level), None, by, reason="totals_only")

    def _whole_runs(self) -> Runs:
        """The runs that asked a whole version, oldest first, each with whether cases passed.

        A trip-wire asks what is hardest, and a run of a few cases or one that broke off is of whatever came first:
        neither says how a release did.
        """
        sizes: dict[int, float] = {}
        found = []
        for run in self.store.runs():
            results = self.store.run_results(run["run_id"])
            if run["finished_at"] is None and run["version"] not in sizes:
                there = run["version"] in self.golden_folder.numbers()
                made = self.golden_folder.manifest(run["version"]) if there else {"cases": inf, "blind": 0}
                sizes[run["version"]] = made["cases"] - made["blind"]
            whole = run["finished_at"] is not None or len(results) >= sizes[run["version"]]
            if whole and not run["plan"].get("trip_wire"):
                found.append((run, _verdicts(results)))
        return found

    def _whole_looks(self) -> list[dict[str, Any]]:
        """The scores at the gate, oldest first, without those of a trip-wire."""
        return [look for look in self.store.gate_looks() if look["part"] != TRIP_WIRE]

    def _mirror_releases(self, read: Reviewed, drawn: Evidence, about: DataFrame, runs: Runs) -> tuple[str, DataFrame]:
        """The newest score of each release, and how it fared in production."""
        import pandas as pd

        online = self.store.query(
            f"SELECT release, min(started_at) AS first_seen, count(*) AS traces, count(*) FILTER (WHERE {SIGNS}) AS"
            " failures FROM traces WHERE release IS NOT NULL GROUP BY 1 ORDER BY 2, 1"
        ).set_index("release")
        offline = self._offline_scores(runs)
        there = [release for release in online.index if release in offline]
        by_label = _by_label(read, drawn, about, there)
        source = "labels" if there and all(by_label[each][0] >= READ for each in there) else "signals"
        columns = ["release", "first_seen", "cases", "passed", "traces", "failures", "verdict"]
        rows = []
        for release in there:
            seen = online.loc[release]
            fared = by_label[release][1:] if source == "labels" else (int(seen["traces"]), int(seen["failures"]))
            rows.append((release, seen["first_seen"], *offline[release][:2], *fared, offline[release][2]))
        return source, pd.DataFrame(rows, columns=columns)

    def _offline_scores(self, runs: Runs) -> dict[str, tuple[int, int, str | None]]:
        """Cases scored, cases passed, and the gate's verdict, by release, the newest score counting."""
        when: dict[str, datetime] = {}
        found: dict[str, tuple[int, int, str | None]] = {}
        scores: list[tuple[datetime, str, int, int, str | None]] = [
            (look["looked_at"], look["release"], look["n"], look["passed"], look["verdict"])
            for look in self._whole_looks()
        ]
        for row, scored in runs:
            scores.append((row["started_at"], row["release"], len(scored), sum(scored.values()), None))
        for at, release, n, passed, verdict in scores:
            if not release or not n:
                continue
            told = verdict or found.get(release, (0, 0, None))[2]
            found[release] = (
                (n, passed, told) if release not in when or at >= when[release] else (*found[release][:2], told)
            )
            when[release] = max(at, when.get(release, at))
        return found


def _verdicts(results: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """Whether each case passed; one that was asked and gave an error failed, as at the gate; without a verdict none."""
    return {row["case_id"]: bool(row["passed"]) for row in results if row["passed"] is not None or row["error"]}


@dataclass(frozen=True)
class _Window:
    """Production as it is asked about."""

    production: Production
    fresh: Any
    fresh_words: str
    notices: tuple[str, ...]


def _window(read: Reviewed, drawn: Evidence, about: DataFrame, since: object, newest: datetime | None) -> _Window:
    """The traces that were read, which of them are asked about, and which are fresh."""
    import numpy as np
    import pandas as pd

    from workbench.mirror import Production
    from workbench.workspace.frame import moment

    started = _of(about, "started_at", read)
    started = pd.to_datetime(started, utc=True).iloc[drawn.rows]
    first = moment(since)
    inside = np.ones(len(drawn.rows), bool) if first is None else (started >= first).fillna(False).to_numpy(dtype=bool)
    fresh = np.zeros(len(drawn.rows), bool)
    if newest is not None:
        fresh = (started > newest - FRESH).fillna(False).to_numpy(dtype=bool)
    made = Production(read.codes, read.has[drawn.rows], read.failed[drawn.rows], inside, drawn.design, drawn.weighted)
    told = () if first is None else (f"Failures of traces from {first:%Y-%m-%d} on: {int(inside.sum()):,} were read.",)
    return _Window(made, fresh, "the last 28 days of traffic", told)


def _of(about: DataFrame, column: str, read: Reviewed) -> Series:
    """A column of traces in the order of the traces that were read."""
    return about.set_index("trace_id")[column].reindex([str(each) for each in read.trace_ids])


def _by_label(
    read: Reviewed, drawn: Evidence, about: DataFrame, releases: Sequence[str]
) -> dict[str, tuple[int, int, int]]:
    """Traces read of each release; and how many it is worth and how many failed, by the weights of the samples."""
    import numpy as np

    from workbench.stats.sampling import weighted_shares

    release = _of(about, "release", read).to_numpy(dtype=object)[drawn.rows]
    failed = read.failed[drawn.rows][:, None]
    found = {}
    for each in releases:
        inside = np.array([one == each for one in release], dtype=bool)
        if drawn.design is None or not inside.any():
            found[each] = (0, 0, 0)
            continue
        [share] = weighted_shares(failed, drawn.design, domain=inside)
        n = max(1, round(min(share.effective_n, share.n)))
        found[each] = (share.n, n, round(share.estimate * n))
    return found


def _tests_for(
    case: Mapping[str, Any], read: Reviewed, place: Mapping[str, int], book: Codebook
) -> tuple[str, ...] | str:
    """The failures a case tests for; pass where it tests for none, unknown where nobody said."""
    slices = case.get("slices") or {}
    if slices.get(CODE):
        whole = str(slices[CODE]).strip()  # which may be one name with a comma in it
        given = [whole] if book.find(whole) else [each.strip() for each in whole.split(",") if each.strip()]
        known = [book.find(each) for each in given]
        return tuple(each if code is None else code.name for each, code in zip(given, known, strict=True))
    at = place.get(str(case.get("trace_id") or ""))
    if at is not None:
        return tuple(read.codes[k] for k in read.has[at].nonzero()[0]) if read.failed[at] else "pass"
    return "pass" if slices.get("outcome") == "pass" else "unknown"
