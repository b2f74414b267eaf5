"""Failures of agent runs, step by step: the shape in which AgentRx publishes its human ground truth.

One object per run, ``{trajectory_id, failures: [{failure_id, step_number, step_reason, failure_category}], root_cause:
{failure_id, reason_for_root_cause}}``. Every failure becomes a code at its step, and the one that caused the others a
label of the dimension ``root_cause``. A run may have several failures, of one category too, at different steps.
"""

from collections.abc import Iterator
from typing import Any

ANNOTATOR = "agentrx"


def is_step_failures(content: list[Any]) -> bool:
    """Whether an array holds runs with failures rather than labels."""
    return bool(content) and all(
        isinstance(each, dict) and {"trajectory_id", "failures"} <= each.keys() for each in content
    )


def step_failure_rows(content: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The labels of each run, with the run's number; in their place a reason where a part cannot be used."""
    for number, run in enumerate(content):
        failures = run["failures"]
        if not isinstance(failures, list):
            yield number, "failures: expected a list"
            continue
        by_id = {}
        for failure in failures:
            if not isinstance(failure, dict) or not failure.get("failure_category"):
                yield number, "failures: expected objects with a failure_category"
                continue
            made = _label(run, failure, "code", failure.get("step_reason"))
            by_id[str(failure.get("failure_id"))] = failure
            yield number, made
        root = run.get("root_cause")
        if root is None:
            continue
        cause = by_id.get(str(root.get("failure_id"))) if isinstance(root, dict) else None
        if cause is None:
            yield number, "root_cause: it names no failure of this run"
        else:
            yield number, _label(run, cause, "root_cause", root.get("reason_for_root_cause"))


def _label(run: dict[str, Any], failure: dict[str, Any], dimension: str, note: Any) -> dict[str, Any]:
    step = failure.get("step_number")
    return {
        "trace_id": run["trajectory_id"],
        "annotator": run.get("annotator") or ANNOTATOR,
        "dimension": dimension,
        "value": failure["failure_category"],
        "severity": failure.get("severity"),
        "note": note,
        "at": None if step is None else f"step:{step}",
    }
