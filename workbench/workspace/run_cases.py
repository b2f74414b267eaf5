"""What running and gating share: the cases of a version, the verdicts their own checks give, runs that were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import NotReady, UnknownName
from workbench.store.runs import ANSWERED, FAILED
from workbench.workspace.calibrating import CalibratingVerbs
from workbench.workspace.golden import GoldenVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.contract import EvaluationContract
    from workbench.runs import Pick
    from workbench.score import Scorer

RUNS = ("run_id", "version", "release", "target", "trip_wire", "started_at", "finished_at", "answered", "errors")
RESULTS = ("case_id", "output", "passed", "score", "scorer", "error")


class RunCases(CalibratingVerbs, GoldenVerbs):
    """Cases and runs."""

    def runs(self) -> DataFrame:
        """The runs, oldest first.

        Returns:
            Columns run_id, version, release, target, trip_wire, started_at, finished_at (empty where it broke off or
            was limited), answered and errors.
        """
        import pandas as pd

        rows = []
        states = self.store.run_counts()
        for run in self.store.runs():
            told = {name: run["plan"][name] for name in ("target", "trip_wire")}
            of_run = states.get(run["run_id"], {})
            counts = {"answered": of_run.get(ANSWERED, 0), "errors": of_run.get(FAILED, 0)}
            rows.append({**run, **told, **counts})
        frame = pd.DataFrame(rows, columns=list(RUNS))
        return frame.assign(**{name: pd.to_datetime(frame[name], utc=True) for name in ("started_at", "finished_at")})

    def run_results(self, run_id: str) -> DataFrame:
        """What came of each case of a run: case_id, output (redacted), passed, score, scorer, error.

        Raises:
            UnknownName: There is no such run.
        """
        import pandas as pd

        self._run_row(run_id)
        return pd.DataFrame(self.store.run_results(run_id), columns=[*RESULTS], dtype=object)

    def _run_row(self, run_id: str) -> dict[str, Any]:
        rows = {row["run_id"]: row for row in self.store.runs()}
        if run_id not in rows:
            raise UnknownName("run", run_id[:40], list(rows)[-5:])
        return rows[run_id]

    def _version_to_run(self, version: int | None) -> tuple[int, tuple[str, ...]]:
        """A version that is as it was frozen, and what could not be checked of it.

        Raises:
            NotReady: Nothing was frozen, or the version was touched.
            UnknownName: There is no such version.
        """
        from workbench.golden.folder import GoldenFolder

        known = [row["version"] for row in self.store.golden_versions()]
        folder = self.golden_folder
        number = version if version is not None else max(known or folder.numbers(), default=0)
        if number == 0:
            raise NotReady("no golden set was frozen yet. Accept cases, then: workbench golden freeze")
        told: tuple[str, ...] = ()
        if number in known or number not in folder.numbers():
            [checked] = self.verify_golden(number)
        else:  # a clone of the files: the database and the secret stayed at home
            checked = GoldenFolder(folder.folder).verify(number)
            told = (
                f"Version {number} is known from its files only, so its signature was not checked. Pin its hash:"
                f" workbench golden verify {number} --sha256 {checked.sha256[:12]}…",
            )
        touched = [each for each in checked.problems if each.file.startswith(f"golden-v{number}.")]
        if touched:
            first = touched[0]
            raise NotReady(
                f"version {number} is not as it was frozen ({first.file}: {first.problem}), so nothing is decided on"
                " it. Restore it, or freeze a new version"
            )
        return number, told

    def _opened_for(self, number: int, release: str) -> bool:
        """Whether the sealed cases of a version were opened for a release."""
        return bool(release) and any(look.version == number and look.release == release for look in self.golden_looks())

    def _cases_of(self, number: int, *, blind: bool) -> list[dict[str, Any]]:
        """The cases of a version, sealed ones where they were opened."""
        rows = [{**case.to_dict(), "blind": False} for case in self.golden_cases(number)]
        if blind:
            rows += [{**case.to_dict(), "blind": True} for case in self.golden_folder.sealed_cases(number)]
        return rows

    def _contract(self, given: Any) -> EvaluationContract | None:
        from pathlib import Path

        from workbench.contract import read_contract

        return read_contract(Path(given)) if given is not None else self.settings.contract

    def _picked(self, cases: Sequence[Mapping[str, Any]], contract: EvaluationContract | None) -> Pick:
        """The cases of a version that its trip-wire asks; sealed ones never."""
        from workbench.runs import pick

        return pick([case for case in cases if not case["blind"]], critical=contract.critical if contract else ())


def with_verdicts(rows: DataFrame, cases: DataFrame, *, scorer: Scorer | None = None, force: bool = False) -> DataFrame:
    """Results with a verdict wherever the cases' own references and checks give one, else ``scorer``.

    Returns:
        The results with passed, score and scorer; what had a verdict keeps it.
    """
    from workbench.score import Checks, Exact, score

    found = rows.reset_index(drop=True)
    found = found.assign(**{name: None for name in RESULTS[1:5] if name not in found.columns})
    steps: list[tuple[DataFrame, Scorer, bool]] = [
        (cases[cases["evaluation_type"] == kind], checks, False)
        for kind, checks in (("exact", Exact()), ("rules", Checks()))
    ]
    steps += [(cases, scorer, force)] if scorer is not None else []
    for of_kind, checks, forced in steps:
        if len(of_kind):
            had = found["passed"].notna()
            scored = score(of_kind, found, checks, force=forced).frame
            new = ~had & scored["passed"].notna()
            values = {name: found[name].astype(object).where(~new, scored[name]) for name in ("score", "scorer")}
            found = found.assign(passed=scored["passed"], **values)
    return found
