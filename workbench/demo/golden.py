"""The golden set of the demo: promote, freeze, run the live release and the fix, gate both; then a second version.

What people decided and what the two releases answer is canned (``sample_data/golden.csv`` and ``answers.csv``); every
step is the verb that a person would use, so what the pages show came about as it does in earnest.
"""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.workspace import Workspace

LIVE, FIX = "1.43.1", "1.44.0"
REASONS = {1: "the failures that were ranked first, and answers that have to stay right", 2: "eSIM, attacks, tone"}
CHECKER = "ben"
Row = Mapping[str, str]
Progress = Callable[[str, int, int | None], None]


def golden_loop(ws: Workspace, sample: Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Build both versions with their runs and gates; what is there is kept.

    Returns:
        versions, and the verdicts of the gates by release and version.
    """
    rows, answers = _read(sample / "golden.csv"), _read(sample / "answers.csv")
    verdicts: dict[str, str] = {}
    for version in (1, 2):
        of = [row for row in rows if row["version"] == str(version)]
        if version not in ws.golden_versions()["version"].tolist():
            if progress:
                progress(f"golden set: version {version}", version - 1, 2)
            _promote(ws, [row for row in of if row["step"] == "promote"])
            _write(ws, [row for row in of if row["step"] == "write"])
            _change(ws, of)
            ws.freeze(author="lee", reason=REASONS[version])
        verdicts |= _gates(ws, version, answers)
    return {"versions": len(ws.golden_versions()), "verdicts": verdicts}


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _promote(ws: Workspace, rows: list[Row]) -> None:
    """Draft cases from traces, one failure after another as the ranking has them, and take each in."""
    for why in dict.fromkeys(row["reason"] for row in rows):
        ws.promote([row["trace_id"] for row in rows if row["reason"] == why], by="ana", why=why)
    drafted = {ws.case(case_id).trace_id: case_id for case_id in ws.cases(status="candidate")["case_id"]}
    for row in rows:
        if row["trace_id"] in drafted:
            _take_in(ws, drafted[row["trace_id"]], row)


def _write(ws: Workspace, rows: list[Row]) -> None:
    known = set(ws.cases()["case_id"])
    new = [row for row in rows if row["case_id"] not in known]
    for source in dict.fromkeys(row["source"] for row in new):
        cases = [
            {"case_id": row["case_id"], "input_payload": {"query": row["query"]}, "edge": row["edge"] or None}
            for row in new
            if row["source"] == source
        ]
        ws.add_cases(cases, by="lee", why="what came up since the first version", source=source)
    for row in new:
        _take_in(ws, row["case_id"], row)


def _take_in(ws: Workspace, case_id: str, row: Row) -> None:
    slices = {**ws.case(case_id).slices, "failure": row["failure"]}
    told = {name: row[name] for name in ("expected_behavior", "risk_level", "category")}
    ws.edit_case(
        case_id, {**told, "slices": slices, "evaluation_type": "rules", "checks": json.loads(row["checks"])},
        by=row["by"],
    )  # fmt: skip
    ws.check_private(case_id, by=CHECKER)
    ws.accept_case(case_id, by=CHECKER, reason=row["reason"])


def _change(ws: Workspace, rows: list[Row]) -> None:
    """Relabel one open case and retire another; the first of those named that is not sealed."""
    open_ = {ws.case(case_id).trace_id: case_id for case_id in ws.cases(status="accepted")["case_id"]}
    for step in ("relabel", "retire"):
        there = [row for row in rows if row["step"] == step and row["trace_id"] in open_]
        if not there:
            continue
        case_id, row = open_[there[0]["trace_id"]], there[0]
        if step == "retire":
            ws.retire_case(case_id, by=row["by"], reason=row["reason"])
        else:
            ws.edit_case(
                case_id, {"expected_behavior": row["expected_behavior"]}, by=row["by"], reason=row["reason"],
                kind="wrong_label",
            )  # fmt: skip
            ws.check_private(case_id, by=CHECKER)


def _gates(ws: Workspace, version: int, answers: list[Row]) -> dict[str, str]:
    """Run both releases on the open cases of a version, and gate the fix against the one that is live."""
    runs, verdicts = {}, {}
    for release in (LIVE, FIX):
        said = {row["key"]: row["output"] for row in answers if row["release"] == release}
        asked = {_key(case.input_payload): said[case.trace_id or case.case_id] for case in ws.golden_cases(version)}

        def canned(payload: Mapping[str, Any], known: Mapping[str, str] = asked) -> str:
            return known[_key(payload)]

        runs[release] = ws.run(canned, version=version, release=release, concurrency=1).run_id
        baseline = runs[LIVE] if release == FIX else None
        found = ws.gate(runs[release], version=version, baseline=baseline, release=release)
        verdicts[f"{release} on v{version}"] = found.verdict
    return verdicts


def _key(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, sort_keys=True, default=str)
