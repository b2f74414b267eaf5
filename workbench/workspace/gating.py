"""The verb of the gate: results of a release on a frozen version, against the contract and the release that is live."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, NotReady
from workbench.workspace.calibrating import CalibratingVerbs
from workbench.workspace.golden import GoldenVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.contract import EvaluationContract
    from workbench.gate import GateReport
    from workbench.score import Scorer


class GatingVerbs(CalibratingVerbs, GoldenVerbs):
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
        scorer: Scorer | None = None,
        force: bool = False,
        release: str = "",
        remember: bool = True,
    ) -> GateReport:
        """Decide whether a release may pass; see ``workbench.gate.gate``.

        Sealed cases count only where they were opened for this release. Outputs without a verdict are scored by the
        checks and references of their cases where those are exact; anything else stays unscored and is counted.

        Args:
            results: A file or frame of case_id, output, passed and error.
            version: The frozen version; the newest by default. It has to be as it was frozen.
            baseline: The same of the release that is live.
            contract: A TOML file; by default [contract] of workspace.toml.
            mode: trip-wire or deep.
            anytime: The run grows and is looked at several times.
            judge: The judge whose verdicts these are; it has to be calibrated well enough to gate.
            scorer: Scores outputs that the cases' own checks cannot.
            force: Score open-ended cases by likeness all the same.
            release: The release's id, for the record and for sealed cases.
            remember: Count this look.

        Raises:
            NotReady: Nothing was frozen, the version was touched, or the judge may not gate.
            UnreadableFile: A file cannot be read.
            BadSettings: The contract does not say what it should.
        """
        from workbench.contract import read_contract
        from workbench.gate import gate

        number, cases = self._cases_to_gate(version, release)
        rows, mark = self._results(results, cases, scorer=scorer, force=force)
        live = None if baseline is None else self._results(baseline, cases, scorer=scorer, force=force)[0]
        before = {look["results"] for look in self.store.gate_looks(number)}
        report = gate(
            cases,
            rows,
            read_contract(Path(contract)) if contract is not None else self.evaluation_contract,
            baseline=live,
            mode=mode,
            anytime=anytime,
            looks=len(before | {mark}),
            judge=None if judge is None else self.judge(judge),
            version=str(number),
        )
        if remember and mark not in before:
            rate = report.overall.rate
            self.store.add_gate_look(
                {
                    "version": number, "part": "blind" if cases["blind"].any() else "open", "release": release.strip(),
                    "results": mark, "n": rate.n, "passed": round(rate.estimate * rate.n) if rate.n else 0,
                    "verdict": report.verdict, "looked_at": datetime.now(UTC),
                }
            )  # fmt: skip
        return report

    def gate_looks(self, version: int | None = None) -> DataFrame:
        """Each time a version was scored, oldest first: version, part, release, n, passed, verdict, looked_at."""
        import pandas as pd

        columns = ["version", "part", "release", "n", "passed", "verdict", "looked_at"]
        frame = pd.DataFrame(self.store.gate_looks(version), columns=[*columns, "results", "look_id"])[columns]
        return frame.assign(looked_at=pd.to_datetime(frame["looked_at"], utc=True))

    def _cases_to_gate(self, version: int | None, release: str) -> tuple[int, DataFrame]:
        """The cases of a version that is as it was frozen, sealed ones where they were opened for this release."""
        import pandas as pd

        known = [row["version"] for row in self.store.golden_versions()]
        number = version if version is not None else max(known, default=0)
        if number == 0:
            raise NotReady("no golden set was frozen yet. Accept cases, then: workbench golden freeze")
        [checked] = self.verify_golden(number)
        touched = [each for each in checked.problems if each.file.startswith(f"golden-v{number}.")]
        if touched:
            first = touched[0]
            raise NotReady(
                f"version {number} is not as it was frozen ({first.file}: {first.problem}), so nothing is decided on"
                " it. Restore it, or freeze a new version"
            )
        rows = [{**case.to_dict(), "blind": False} for case in self.golden_cases(number)]
        wanted = " ".join(release.split())
        opened = any(look.version == number and look.release == wanted for look in self.golden_looks())
        if wanted and opened:
            rows += [{**case.to_dict(), "blind": True} for case in self.golden_folder.sealed_cases(number)]
        return number, pd.DataFrame(rows)

    def _results(
        self, given: str | Path | DataFrame, cases: DataFrame, *, scorer: Scorer | None, force: bool
    ) -> tuple[DataFrame, str]:
        """A run's rows with a verdict wherever one can be given, and a hash that tells one run from another."""
        from workbench.gate import read_results
        from workbench.score import Checks, Exact, score

        if isinstance(given, str | Path):
            path = Path(given)
            frame = read_results(path).frame
            mark = sha256(path.read_bytes()).hexdigest()
        else:
            frame = given
            mark = sha256(frame.to_json(orient="records").encode()).hexdigest()
        if "case_id" not in frame.columns:
            raise BadRequest("the results have no case_id. Name the case of each row")
        scored = frame.assign(**{name: None for name in ("output", "passed") if name not in frame.columns})
        for kind, checks in (("exact", Exact()), ("rules", Checks())):
            of_kind = cases[cases["evaluation_type"] == kind]
            if len(of_kind):
                scored = _merged(scored, score(of_kind, scored, checks).frame)
        if scorer is not None:
            scored = _merged(scored, score(cases, scored, scorer, force=force).frame)
        return scored, mark


def _merged(rows: DataFrame, scored: DataFrame) -> DataFrame:
    """Rows with the verdicts that a scorer added."""
    said: Any = scored["passed"].to_numpy()
    return rows.reset_index(drop=True).assign(passed=said)


def gate_answer(report: GateReport) -> dict[str, Any]:
    """A report as plain values for JSON."""
    from workbench.gate import answer

    return answer(report)


def written(report: GateReport, kind: str) -> str:
    """A report as JUnit XML or as Markdown for a pull request."""
    from workbench.gate import junit, markdown

    return junit(report) if kind == "junit" else markdown(report)
