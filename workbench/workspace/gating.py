"""The verb of the gate: results of a release on a frozen version, against the contract and the release that is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest
from workbench.workspace.case_judging import judge_of
from workbench.workspace.run_cases import with_verdicts
from workbench.workspace.running import RunningVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.contract import EvaluationContract
    from workbench.gate import GateReport
    from workbench.judge import Calibration
    from workbench.score import Scorer


TRIP_WIRE = "trip-wire"


class GatingVerbs(RunningVerbs):
    """May this release pass."""

    @property
    def evaluation_contract(self) -> EvaluationContract | None:
        """The contract of workspace.toml; None where it has none."""
        return self.settings.contract

    def gate(
        self,
        results: str | Path | DataFrame,
        *,
        version: int | None = None,
        baseline: str | Path | DataFrame | None = None,
        contract: str | Path | None = None,
        mode: str | None = None,
        anytime: bool = False,
        judge: str | None = None,
        scorer: Scorer | str | None = None,
        force: bool = False,
        release: str = "",
        remember: bool = True,
    ) -> GateReport:
        """Decide whether a release may pass; see ``workbench.gate.gate``.

        Sealed cases count only where they were opened for this release. Outputs without a verdict are scored by the
        checks and references of their cases where those are exact; anything else stays unscored and is counted.

        Args:
            results: A file or frame of case_id, output, passed and error, or the id of a run.
            version: The frozen version; that of the run, else the newest. It has to be as it was frozen.
            baseline: The same of the release that is live.
            contract: A TOML file; by default [contract] of workspace.toml.
            mode: trip-wire or deep. Results of a version's trip-wire and nothing else are held to those cases only.
            anytime: The run grows and is looked at several times.
            judge: The judge whose verdicts these are; it has to be calibrated well enough to gate. Of a run it also
                gives those that open-ended cases lack.
            scorer: Scores outputs that the cases' own checks cannot: one of ``workbench.score``, or in words contains,
                rouge=LEAST or similar=LEAST.
            force: Score open-ended cases by likeness all the same.
            release: The release's id, for the record and for sealed cases.
            remember: Count this look.

        Raises:
            NotReady: Nothing was frozen, the version was touched, or the judge may not gate.
            UnreadableFile: A file cannot be read.
            BadSettings: The contract does not say what it should.
        """
        import pandas as pd

        from workbench.gate import gate

        if version is None and isinstance(results, str) and self._is_run(results):
            version = self._run_row(results)["version"]
        number, told = self._version_to_run(version)
        rows = self._cases_of(number, blind=self._opened_for(number, " ".join(release.split())))
        cases, terms = pd.DataFrame(rows), self._contract(contract)
        mode = mode or (TRIP_WIRE if self._is_trip_wire(results) else terms.mode if terms else None)
        likeness = self._scorer(scorer)
        how = {"scorer": likeness, "force": force}
        taken = [self._taken(results, cases, how)]
        if judge is None and taken[0].judges and taken[0].run_id is not None:
            judge = taken[0].judges[0]  # the verdicts of a run are by a judge that might gate then; it has to now too
        calibration = None
        if judge is not None:
            calibration, of_judge = self._calibration(judge, taken[0], rows)
            told += of_judge
        taken = [self._taken(each, cases, how) for each in (results, baseline) if each is not None]
        narrow, taken, picked = self._narrowed(cases, taken, mode or "", terms)
        before = {look["results"] for look in self.store.gate_looks(number)}
        mark, live = taken[0].mark, taken[1] if baseline is not None else None
        report = gate(
            narrow,
            taken[0].rows,
            terms,
            baseline=None if live is None else live.rows,
            mode=mode,
            anytime=anytime,
            looks=len(before | {mark}),
            judge=calibration,
            version=str(number),
            baseline_version=None if live is None or live.version is None else str(live.version),
        )
        told += (picked,) if picked else ()
        forced = _by_force(taken[0].rows, cases, likeness)
        told += (f"{forced:,} verdicts on open-ended cases are by likeness, which was forced.",) if forced else ()
        if taken[0].version not in (None, number):
            told += (
                f"The results are of a run on version {taken[0].version} and are gated on version {number}: cases of"
                " one of them only count as missing or unknown.",
            )
        others = [name for name in taken[0].judges if name != judge]
        if others:
            told += (f"Verdicts are by a judge ({', '.join(others)}); name it (--judge) to have it checked.",)
        report = replace(report, notices=(*told, *report.notices))
        if remember and mark not in before:
            rate = report.overall.rate
            self.store.add_gate_look(
                {
                    "version": number,
                    "part": TRIP_WIRE if mode == TRIP_WIRE else "blind" if narrow["blind"].any() else "open",
                    "release": release.strip(), "results": mark, "n": rate.n,
                    "passed": round(rate.estimate * rate.n) if rate.n else 0, "verdict": report.verdict,
                    "looked_at": datetime.now(UTC),
                }
            )  # fmt: skip
        return report

    def gate_looks(self, version: int | None = None) -> DataFrame:
        """Each time a version was scored, oldest first: version, part, release, n, passed, verdict, looked_at."""
        import pandas as pd

        columns = ["version", "part", "release", "n", "passed", "verdict", "looked_at"]
        frame = pd.DataFrame(self.store.gate_looks(version), columns=[*columns, "results", "look_id"])[columns]
        return frame.assign(looked_at=pd.to_datetime(frame["looked_at"], utc=True))

    def _taken(self, given: str | Path | DataFrame, cases: DataFrame, how: Mapping[str, Any]) -> _Taken:
        """A run's rows with a verdict wherever one can be given, a hash that tells one run from another, its version.

        Raises:
            BadRequest: The rows do not say of which case they are.
            UnreadableFile: A file cannot be read.
        """
        from workbench.gate import read_results

        if isinstance(given, str) and self._is_run(given):
            frame = self.run_results(given)
            versions = {self._run_row(given)["version"]}
        else:
            frame = read_results(Path(given)).frame if isinstance(given, str | Path) else given
            said = frame["golden_version"].dropna() if "golden_version" in frame.columns else ()
            versions = {int(each) for each in said if str(each).isdigit()}
        if "case_id" not in frame.columns:
            raise BadRequest("the results have no case_id. Name the case of each row")
        scored = frame.assign(**{name: None for name in ("output", "passed") if name not in frame.columns})
        version = versions.pop() if len(versions) == 1 else None
        run_id = given if isinstance(given, str) and self._is_run(given) else None
        rows = with_verdicts(scored, cases, **how)
        told = sorted(rows[["case_id", "output", "passed"]].astype(str).itertuples(index=False, name=None))
        mark = sha256(repr(told).encode()).hexdigest()  # the same for a run and for the file that was made of it
        return _Taken(rows, mark, version, run_id)

    def _scorer(self, given: Scorer | str | None) -> Scorer | None:
        """A scorer, or one that is named in words.

        Raises:
            BadRequest: There is no such scorer, or its least likeness is no number.
        """
        from workbench.score import Contains, Rouge, Similar

        if not isinstance(given, str):
            return given
        name, _, least = given.partition("=")
        try:
            if name == "contains" and not least:
                return Contains()
            if name == "rouge":
                return Rouge(float(least))
            if name == "similar":
                return Similar(self.embedder, float(least))
        except ValueError:
            pass  # no number: said below
        raise BadRequest(
            "there is no such scorer. Give contains, rouge=LEAST or similar=LEAST, with a likeness from 0 to 1 that was"
            " taken from outputs which people have judged"
        )

    def _is_trip_wire(self, given: Any) -> bool:
        return isinstance(given, str) and self._is_run(given) and bool(self._run_row(given)["plan"]["trip_wire"])

    def _is_run(self, given: str | Path) -> bool:
        return isinstance(given, str) and given in {row["run_id"] for row in self.store.runs()}

    def _calibration(
        self, name: str, taken: _Taken, cases: Sequence[Mapping[str, Any]]
    ) -> tuple[Calibration, tuple[str, ...]]:
        """The calibration of the judge whose verdicts count, which gives those that a run still lacks."""
        if name not in self._defined():
            return self.judge(name), ()
        if taken.run_id is None:
            judge = self._gating_judge(name, model=None)
            return judge.calibration, judge.notices
        model = self._run_row(taken.run_id)["plan"]["model"]
        judge = self._gating_judge(name, model=model, allow_same_provider=name in taken.judges)
        with self.store.running(taken.run_id):
            self._judge_run(taken.run_id, cases, judge)
        return judge.calibration, judge.notices

    def _narrowed(
        self, cases: DataFrame, taken: Sequence[_Taken], mode: str, contract: EvaluationContract | None
    ) -> tuple[DataFrame, list[_Taken], str | None]:
        """A trip-wire's cases, where the results are of those and of no others; else all."""
        if mode != TRIP_WIRE or not taken:
            return cases, list(taken), None
        picked = self._picked(cases.to_dict("records"), contract)
        outside = set(cases["case_id"]) - set(picked.case_ids)
        if not outside or outside & set(taken[0].rows["case_id"]):
            return cases, list(taken), None
        kept = [replace(each, rows=each.rows[~each.rows["case_id"].isin(outside)]) for each in taken]
        return cases[~cases["case_id"].isin(outside)], kept, picked.sentence


@dataclass(frozen=True)
class _Taken:
    """Results as they came: rows with verdicts, their hash, their version and run where those are known."""

    rows: DataFrame
    mark: str
    version: int | None
    run_id: str | None

    @property
    def judges(self) -> list[str]:
        """The judges whose verdicts are among them."""
        scorers = self.rows.loc[self.rows["passed"].notna(), "scorer"].dropna().unique()
        return sorted({name for each in scorers if (name := judge_of(each))})


def _by_force(rows: DataFrame, cases: DataFrame, scorer: Scorer | None) -> int:
    """How many open-ended cases have a verdict by likeness."""
    if scorer is None or not scorer.by_likeness:
        return 0
    open_ended = cases.loc[cases["evaluation_type"] == "open_ended", "case_id"]
    return int((rows["case_id"].isin(open_ended) & (rows["scorer"] == scorer.name) & rows["passed"].notna()).sum())


def gate_answer(report: GateReport) -> dict[str, Any]:
    """A report as plain values for JSON."""
    from workbench.gate import answer

    return answer(report)


def written(report: GateReport, kind: str) -> str:
    """A report as JUnit XML or as Markdown for a pull request."""
    from workbench.gate import junit, markdown

    return junit(report) if kind == "junit" else markdown(report)
