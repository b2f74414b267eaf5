"""The verb that runs a golden set against a target; each answer is redacted and kept the moment it is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from workbench.errors import BadRequest, NotReady
from workbench.store.runs import ANSWERED, FAILED
from workbench.workspace.case_judging import CaseJudging
from workbench.workspace.run_cases import RESULTS, with_verdicts

if TYPE_CHECKING:
    from workbench.runs import Answered, Pick, RunReport, Target

Progress = Callable[[str, int, int | None], None]


class RunningVerbs(CaseJudging):
    """Runs of a golden set."""

    def run(
        self,
        target: Any,
        *,
        version: int | None = None,
        release: str,
        include_blind: bool = False,
        concurrency: int = 4,
        timeout: float = 60.0,
        limit: int | None = None,
        trip_wire: bool = False,
        judge: str | None = None,
        allow_same_provider: bool = False,
        contract: str | Path | None = None,
        fresh: bool = False,
        progress: Progress | None = None,
    ) -> RunReport:
        """Ask a target every case of a frozen version.

        The same target, version and release are the same run: what was answered is not asked again, what gave an error
        is. Answers are redacted before they are stored, and scored as they are stored: by the cases' own references and
        checks, and open-ended ones by a judge that may gate.

        Args:
            target: A function, ``package.module:function``, a command, or a service's fields or TOML file; see
                ``workbench.runs``.
            version: The frozen version; the newest by default. It has to be as it was frozen.
            release: The release that is run.
            include_blind: Ask the sealed cases too, which were opened for this release.
            concurrency: Cases under way at a time.
            timeout: Seconds for one case; of a service, for one attempt.
            limit: Only the first so many cases.
            trip_wire: Only 100 to 200 cases: all of critical slices and high risk, the others spread over slices.
            judge: A judge that was defined here and may gate, for open-ended cases.
            allow_same_provider: Let a judge mark its own family's work.
            contract: Where critical slices are declared; by default [contract] of workspace.toml.
            fresh: Begin anew.
            progress: Told how many cases are done.

        Raises:
            BadRequest: There is no such target, or the request cannot be.
            NotReady: Nothing was frozen, the version was touched, sealed cases were not opened, the judge may not gate.
            WorkspaceBusy: Another process is at work on this run.
            EndpointFailed: A service refuses, or fails again and again; what it answered before that is kept.
        """
        from workbench.runs import RunReport, run, target_of

        if not release.strip():
            raise BadRequest("a run is of a release. Give its id: --release ID")
        if not 1 <= concurrency <= 256 or not timeout > 0 or (limit is not None and limit < 1):
            raise BadRequest("concurrency lies between 1 and 256, timeout and limit above 0. Correct that")
        asked = target_of(target, patience=self.settings.judging.model_dump())
        release, name = self._safe_note(" ".join(release.split())), self._safe_note(asked.name)
        number, notices = self._version_to_run(version)
        cases, picked = self._cases_to_run(number, release, include_blind, trip_wire, contract)
        cases = cases if limit is None else cases[:limit]
        marker = None
        if judge is not None:
            marker = self._gating_judge(judge, model=asked.model, allow_same_provider=allow_same_provider)
        plan = {"key": asked.key, "target": name, "model": asked.model, "trip_wire": trip_wire}
        run_id, resumed = self._run_id(number, release, asked, trip_wire, fresh)
        with self.store.running(run_id):
            if run_id not in {row["run_id"] for row in self.store.runs()}:
                self.store.add_run(run_id, version=number, release=release, plan=plan)
            rows = {row["case_id"]: row for row in self.store.run_results(run_id)}
            there = {case_id for case_id, row in rows.items() if row["output"] is not None}
            open_ = [(case["case_id"], case["input_payload"]) for case in cases if case["case_id"] not in there]
            problems: Counter[str] = Counter()
            done = 0

            def keep(found: Answered) -> None:
                nonlocal done
                self._keep(run_id, found)
                done += 1
                problems.update([found.error] if found.error else [])
                if progress:
                    progress(f"asking {name}", done, len(open_))

            if open_:
                with asked.opened(timeout=timeout, concurrency=concurrency) as ask:
                    run(ask, open_, keep, concurrency=min(concurrency, len(open_)))
            self._score_run(run_id, cases)
            judged, told = (0, []) if marker is None else self._judge_run(run_id, cases, marker)
            errors = sum(problems.values())
            if limit is None and not errors:
                self.store.finish_run(run_id)
        ids = {case["case_id"] for case in cases}
        notices += (picked.sentence,) if picked else ()
        scored = [r for r in self.store.run_results(run_id) if r["case_id"] in ids and r["passed"] is not None]
        notices += (*told, *_unscored(len(cases), errors, len(scored)))
        return RunReport(
            run_id, number, release, name, cases=len(cases), answered=len(open_) - errors, errors=errors,
            skipped=len(cases) - len(open_), resumed=resumed, scored=len(scored), judged=judged,
            problems=dict(problems), pick=picked, notices=notices,
        )  # fmt: skip

    def export_run(self, run_id: str, path: str | Path) -> int:
        """Write a run's results as JSON lines that ``gate`` reads; how many rows.

        Raises:
            UnknownName: There is no such run.
            BadRequest: The path has another ending.
        """
        path = Path(path)
        if path.suffix.lower() != ".jsonl":
            raise BadRequest(f"{path.name}: results are written as JSON lines. Give a path that ends in .jsonl")
        version = self._run_row(run_id)["version"]
        rows = self.run_results(run_id)[list(RESULTS)].to_dict("records")
        lines = [orjson.dumps({**row, "golden_version": version, "run_id": run_id}) for row in rows]
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return len(lines)

    def _cases_to_run(
        self, number: int, release: str, include_blind: bool, trip_wire: bool, contract: str | Path | None
    ) -> tuple[list[dict[str, Any]], Pick | None]:
        if include_blind and trip_wire:
            raise BadRequest("a trip-wire leaves sealed cases alone; they are for the whole run. Leave one of them out")
        if include_blind and not self._opened_for(number, release):
            raise NotReady(
                f"the sealed cases of version {number} were not opened for release {release}. Open them (workbench"
                f" golden open {number} --release {release} --reason TEXT), or run without them"
            )
        cases = self._cases_of(number, blind=include_blind)
        if not trip_wire:
            return cases, None
        picked = self._picked(cases, self._contract(contract))
        chosen = set(picked.case_ids)
        return [case for case in cases if case["case_id"] in chosen], picked

    def _run_id(self, number: int, release: str, target: Target, trip_wire: bool, fresh: bool) -> tuple[str, bool]:
        """The id of a run, the same for the same target, version and release; and whether it has begun."""
        told = {"version": number, "release": release, "key": target.key, "trip_wire": trip_wire}
        before = sum(
            {"version": row["version"], "release": row["release"], **_of_plan(row["plan"])} == told
            for row in self.store.runs()
        )
        resumed = before > 0 and not fresh
        place = before - 1 if resumed else before
        text = orjson.dumps({**told, "place": place}, option=orjson.OPT_SORT_KEYS)
        return f"run-{sha256(text).hexdigest()[:12]}", resumed

    def _keep(self, run_id: str, found: Answered) -> None:
        output = None if found.output is None else self._safe_note(found.output)
        state = ANSWERED if output is not None else FAILED
        values = {"state": state, "output": output, "error": found.error, "latency_ms": found.latency_ms}
        self.store.keep_result(run_id, found.case_id, values)

    def _score_run(self, run_id: str, cases: list[dict[str, Any]]) -> None:
        """Give verdicts by the cases' own references and checks."""
        import pandas as pd

        before = self.run_results(run_id)
        if before.empty:
            return
        after = with_verdicts(before, pd.DataFrame(cases))
        new = after[before["passed"].isna() & after["passed"].notna()]
        self.store.score_results(
            run_id,
            [
                {
                    "case_id": row["case_id"],
                    "passed": bool(row["passed"]),
                    "score": row["score"],
                    "scorer": row["scorer"],
                }
                for row in new.to_dict("records")
            ],
        )


def _of_plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plan.get(name) for name in ("key", "trip_wire")}


def _unscored(n: int, errors: int, scored: int) -> tuple[str, ...]:
    left = n - errors - scored
    if not left:
        return ()
    return (
        f"{left:,} answers have no verdict: their cases are open-ended or have no reference or checks. Name a judge"
        " that may gate (--judge), or write passed into the results.",
    )
