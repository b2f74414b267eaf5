"""The verbs of the rolling pool: turn it over, let a case graduate to the golden set, score it apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, TooLittleData
from workbench.workspace.case_sources import CaseSources
from workbench.workspace.golden import GoldenVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.golden import Case
    from workbench.runs import Answered
    from workbench.stats.proportions import Interval

GRADUATED = "graduated"
WHY = "drawn at random for the rolling pool"
IN_POOL = ("candidate", "accepted")
TOO_OLD, MADE_ROOM = "older than the pool takes", "the oldest, made room for new ones"
"""How the reasons of what leaves end."""


@dataclass(frozen=True)
class Refreshed:
    """What a round did to the rolling pool.

    Attributes:
        added: Candidates that were drawn.
        too_old: Cases that left because of their age.
        made_room: Cases that left for new ones, the oldest.
        size: Cases in the pool now.
        first: The first day of the window; ``last`` is the last.
        notices: What a reader should know, in sentences.
        case_ids: The new candidates.
    """

    added: int
    too_old: int
    made_room: int
    size: int
    first: date
    last: date
    notices: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class RollingScore:
    """The share of the rolling pool that passed. It is no part of any golden version's rate.

    Attributes:
        rate: Share passed among cases with a verdict, Wilson.
        cases: Accepted cases in the pool.
        errors: Runs that gave an error; they count as failed.
        unscored: Cases with an output and no verdict; they are in no share.
        missing: Cases without a row.
        unknown: Rows of cases that are not in the pool.
        first: The oldest capture date; ``last`` is the newest.
    """

    rate: Interval
    cases: int
    errors: int
    unscored: int
    missing: int
    unknown: int
    first: str | None
    last: str | None

    def __str__(self) -> str:
        window = f", captured {self.first} to {self.last}" if self.first else ""
        left = [f"{n:,} {what}" for n, what in self._left if n]
        return f"rolling pool: {self.rate} passed of {self.cases:,} cases{window}" + "".join(f"; {one}" for one in left)

    @property
    def _left(self) -> tuple[tuple[int, str], ...]:
        return (
            (self.errors, "runs gave an error and count as failed"), (self.unscored, "without a verdict"),
            (self.missing, "without a result"), (self.unknown, "results of other cases"),
        )  # fmt: skip


@dataclass(frozen=True)
class RollingRun:
    """What a target answered the rolling pool; it is kept nowhere but here.

    Attributes:
        score: The share that passed.
        results: case_id, output (redacted), passed, score, scorer and error, one row per case.
    """

    score: RollingScore
    results: DataFrame = field(repr=False)


class RollingVerbs(CaseSources, GoldenVerbs):
    """The rolling pool."""

    def refresh_rolling(
        self,
        *,
        by: str,
        n: int | None = None,
        today: date | None = None,
        seed: int | None = None,
    ) -> Refreshed:
        """Turn the rolling pool over: what is too old leaves, traces of the window are drawn, the oldest make room.

        What comes in is a candidate like any other: a person checks it and says what should happen. Size and age are
        ``[golden] rolling_size`` and ``rolling_days`` of workspace.toml.

        Args:
            by: Who asks for it.
            n: New ones at most; by default a quarter of the size.
            today: The last day of the window.
            seed: Of the draw; by default the day, so that a round that is repeated draws the same.

        Raises:
            BadRequest: There is no name, or n is below 1.
        """
        import pandas as pd

        from workbench.golden.rolling import first_day, turn

        by, limits = self._golden_author(by), self.settings.golden
        day = today or datetime.now(UTC).date()
        first = first_day(day, limits.rolling_days)
        rows = {row["case_id"]: row for row in self._rolling_rows(IN_POOL)}
        pool = pd.DataFrame(
            [(case_id, row["content"].get("capture_date")) for case_id, row in rows.items()],
            columns=["case_id", "capture_date"], dtype=object,
        )  # fmt: skip
        wanted = n if n is not None else max(1, limits.rolling_size // 4)
        made = turn(
            pool, self._fresh(first, day), n=wanted, size=limits.rolling_size, days=limits.rolling_days, today=day,
            seed=day.toordinal() if seed is None else seed,
        )  # fmt: skip
        report = self._draft_from({trace_id: (WHY, {}) for trace_id in made.drawn}, by=by, pool="rolling")
        for case_id in made.too_old:
            self._leave(rows[case_id], f"captured before {first.isoformat()}, {TOO_OLD}", by=by)
        for case_id in made.make_room:
            self._leave(rows[case_id], MADE_ROOM, by=by)
        told = [f"{report.added:,} of {wanted:,} were drawn: from {first} to {day} no other trace is without a case."]
        notices = tuple(told if report.added < wanted else [])
        left = len(made.too_old) + len(made.make_room)
        size = len(rows) - left + report.added
        return Refreshed(
            report.added, len(made.too_old), len(made.make_room), size, first, day, notices, report.case_ids
        )

    def graduate_case(self, case_id: str, *, by: str, reason: str) -> Case:
        """Move a case of the rolling pool to the golden one; accepted it is in the next version, and is never sealed.

        Raises:
            UnknownName: There is none of that id.
            BadRequest: It is not in the rolling pool, or there is no reason.
        """
        by, why = self._golden_author(by), self._golden_reason(reason)
        row = self._case_row(case_id, sealed=False)
        if row["pool"] != "rolling" or row["status"] not in IN_POOL:
            raise BadRequest(
                f"the case is {row['status']} in the {row['pool']} pool. Only one of the rolling pool moves"
            )
        kind = "new_coverage" if row["status"] == "accepted" else None
        self._change_case(row, {"pool": "golden"}, how=GRADUATED, kind=kind, reason=why, by=by)
        return self.case(case_id)

    def score_rolling(self, results: str | Path | DataFrame) -> RollingScore:
        """Say how many accepted cases of the rolling pool passed, apart from every golden version.

        Args:
            results: A file or frame of case_id, output, passed and error, as for ``gate``. Outputs without a verdict
                are scored by the cases' own references and checks where those are exact.

        Raises:
            TooLittleData: No case of the pool was accepted.
            UnreadableFile: The file cannot be read.
            MissingColumns: It lacks a column.
            BadRequest: A case has two results.
        """
        import pandas as pd

        from workbench.gate import read_results
        from workbench.stats.proportions import wilson
        from workbench.workspace.run_cases import with_verdicts

        cases = pd.DataFrame([row["content"] for row in self._rolling_rows(("accepted",))])
        if cases.empty:
            raise TooLittleData("no case of the rolling pool was accepted yet. Refresh it, and go over the candidates")
        frame = read_results(Path(results)).frame if isinstance(results, str | Path) else results
        if "case_id" not in frame.columns:
            raise BadRequest("the results have no case_id. Name the case of each row")
        frame = frame.assign(**{name: None for name in ("output", "passed", "error") if name not in frame.columns})
        ours = frame[frame["case_id"].isin(set(cases["case_id"]))]
        if ours["case_id"].duplicated().any():
            raise BadRequest("a case has more than one result. Keep one row for each")
        rows = with_verdicts(ours, cases)
        broke = rows["error"].notna() & rows["passed"].isna()
        verdicts = [bool(each) for each in rows.loc[rows["passed"].notna(), "passed"]] + [False] * int(broke.sum())
        days = sorted(cases["capture_date"].dropna())
        return RollingScore(
            wilson(sum(verdicts), len(verdicts)), len(cases), int(broke.sum()), len(rows) - len(verdicts),
            len(cases) - len(rows), len(frame) - len(ours), days[0] if days else None, days[-1] if days else None,
        )  # fmt: skip

    def run_rolling(self, target: Any, *, concurrency: int = 4, timeout: float = 60.0) -> RollingRun:
        """Ask a target every accepted case of the rolling pool, and score what it says.

        It is no run of a version: nothing of it is stored, counted as a look, or taken by the gate. Answers are
        redacted as they come; those of open-ended cases have no verdict before people give one.

        Args:
            target: As for ``run``.
            concurrency: Cases under way at a time.
            timeout: Seconds for one case.

        Raises:
            TooLittleData: No case of the pool was accepted.
            BadRequest: There is no such target.
            EndpointFailed: A service refuses, or fails again and again.
        """
        import pandas as pd

        from workbench.runs import run, target_of
        from workbench.workspace.run_cases import RESULTS, with_verdicts

        if not 1 <= concurrency <= 256 or not timeout > 0:
            raise BadRequest("concurrency lies between 1 and 256, timeout above 0. Correct that")
        cases = [row["content"] for row in self._rolling_rows(("accepted",))]
        rows: list[dict[str, Any]] = []
        if cases:
            asked = target_of(target, patience=self.settings.judging.model_dump())
            open_ = [(case["case_id"], case["input_payload"]) for case in cases]
            with asked.opened(timeout=timeout, concurrency=concurrency) as ask:
                run(ask, open_, lambda found: rows.append(self._safe_answer(found)), concurrency=concurrency)
        answers = pd.DataFrame(rows, columns=list(RESULTS), dtype=object)
        results = with_verdicts(answers, pd.DataFrame(cases)) if cases else answers
        return RollingRun(self.score_rolling(results), results[list(RESULTS)])

    def _safe_answer(self, found: Answered) -> dict[str, Any]:
        output = None if found.output is None else str(self.redactor.redact([found.output])[0][0])
        return {"case_id": found.case_id, "output": output, "error": found.error}

    def rolling_counts(self) -> dict[str, int]:
        """How many cases of the rolling pool are in each state."""
        return dict(Counter(row["status"] for row in self._rolling_rows(None)))

    def _rolling_rows(self, statuses: tuple[str, ...] | None) -> list[dict[str, Any]]:
        rows = self.store.case_rows(statuses=statuses)
        return [row for row in rows if row["pool"] == "rolling"]

    def _fresh(self, first: date, last: date) -> list[str]:
        """The traces of the window that are no case in whatever state."""
        from workbench.workspace.frame import moment

        window = [moment(first), moment(last, end=True)]
        ids = self.store.traces(columns=["trace_id"], where="started_at >= ? AND started_at < ?", params=window)
        origins = {self._case_origin(trace_id): trace_id for trace_id in ids["trace_id"].astype(str)}
        known = self.store.case_origins(list(origins))
        return sorted(trace_id for origin, trace_id in origins.items() if origin not in known)

    def _leave(self, row: Mapping[str, Any], why: str, *, by: str) -> None:
        gone = "retired" if row["status"] == "accepted" else "discarded"
        self._change_case(row, {"status": gone}, how=gone, kind=None, reason=why, by=by)
