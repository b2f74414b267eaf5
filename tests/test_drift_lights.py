"""The four lights: changed, unchanged, not tested; a thing that was not tested is never shown as unchanged."""

import numpy as np
import pandas as pd
import pytest
from drift_sets import NAMES, side

from workbench.drift import DriftReport, drift
from workbench.drift.lights import WHY


def compared(first, second) -> DriftReport:
    return drift(first[0], second[0], vectors=(first[1], second[1]), names=NAMES, replicates=99, telling=0)


def states(report: DriftReport) -> dict[str, str]:
    return {name: light.state for name, light in report.lights.items()}


def test_each_light_follows_its_own_thing() -> None:
    first, second = side(1, 900), side(2, 900, name="b")
    assert states(compared(first, second)) == dict.fromkeys(("input", "prompt", "retrieval", "outcome"), "unchanged")
    second[0]["retrieved"] = [[{"id": "archive", "score": 0.4}] for _ in range(900)]
    second[0]["latency_ms"] *= 3
    second[0]["prompt_hash"] = np.where(np.arange(900) % 2, "p1", "p2")
    report = compared(first, second)
    assert states(report) == {"input": "unchanged", "prompt": "changed", "retrieval": "changed", "outcome": "changed"}
    assert report.what == ("prompt", "retrieval", "outcome")


def test_what_was_not_tested_says_why() -> None:
    first, second = side(1, 200)[0][["trace_id"]], side(2, 200, name="b")[0][["trace_id"]]
    report = drift(first, second, without={"clusters": "no_map"}, replicates=99)
    assert set(states(report).values()) == {"not_tested"} and report.what == ()
    reasons = {name: light.reason for name, light in report.lights.items()}
    assert reasons == {
        "input": "no_map", "prompt": "no_hashes", "retrieval": "no_retrieval", "outcome": "no_outcomes",
    }  # fmt: skip
    assert all(light.words == WHY[light.reason] for light in report.lights.values())


def test_what_only_one_side_has_was_not_tested() -> None:
    first, second = side(1, 200), side(2, 200, name="b")
    first[0]["retrieved"] = None
    first[0][["status", "latency_ms", "cost_usd"]] = None
    first[0]["signals"] = None
    second[0]["signals"] = [["retry"]] * 200
    report = compared(first, second)
    assert [report.lights[name].reason for name in ("retrieval", "outcome")] == ["one_side", "one_side"]
    assert not {"passages", "failure_signs"} & set(report.timeline["series"])


def days_that_differ(days: int, seed: int = 0, *, last: float = 0.0) -> tuple:
    """A set before and one after, of days whose error rates differ by themselves; those after fail more by a share."""
    random = np.random.default_rng(seed)
    frame, vectors = side(seed, 100 * days)
    day = np.arange(len(frame)) // 100
    rate = random.choice([0.02, 0.12], days) + np.where(np.arange(days) >= days * 3 // 4, last, 0.0)
    frame["started_at"] = pd.Timestamp("2026-03-01", tz="UTC") + pd.to_timedelta(day * 24 + 3, unit="h")
    frame["status"] = np.where(random.random(len(frame)) < rate[day], "error", "ok")
    frame = frame.drop(columns=["signals", "latency_ms", "cost_usd", "session_id"])
    split = days * 3 // 4 * 100
    return (frame[:split], vectors[:split]), (frame[split:].reset_index(drop=True), vectors[split:])


def test_days_that_differ_by_themselves_are_no_change_of_outcomes() -> None:
    for seed in (0, 5):  # to permuted sessions alone both are a change
        assert compared(*days_that_differ(16, seed)).lights["outcome"].state == "unchanged"
    assert compared(*days_that_differ(16, last=0.2)).lights["outcome"].state == "changed"


def test_few_days_or_none_say_nothing_of_outcomes() -> None:
    found = compared(*days_that_differ(4, last=0.5))
    assert (found.lights["outcome"].state, found.lights["outcome"].reason) == ("not_tested", "few_days")
    assert not any("error" in each for each in found.sentences)
    first, second = days_that_differ(16, last=0.5)
    for frame, _ in (first, second):
        frame["started_at"] = pd.NaT
    assert compared(first, second).lights["outcome"].reason == "few_days"


@pytest.mark.parametrize("n", [0, 1, 50])
def test_under_the_least_n_no_light_is_on(n: int) -> None:
    second = side(2, 300, name="b", prompt="p2")
    second[0]["latency_ms"] *= 100
    second = second[0].head(n), second[1][:n]
    report = compared(side(1, 300), second)
    assert {(each.state, each.reason) for each in report.lights.values()} == {("not_tested", "too_few")}
    assert report.what == () and len(report.sentences) == 1


def test_one_template_on_both_sides_is_a_prompt_that_did_not_change() -> None:
    report = compared(side(1, 200), side(2, 200, name="b"))
    assert report.templates.p is None and report.lights["prompt"].state == "unchanged"
    own = side(1, 300), side(2, 300, name="b")
    for frame, _ in own:
        frame["prompt_hash"] = [f"h{one}" for one in frame["trace_id"]]
    assert compared(*own).lights["prompt"].reason == "no_common_template"


def test_columns_of_nothing_are_no_outcome() -> None:
    first, second = side(1, 200), side(2, 200, name="b")
    for frame, _ in (first, second):
        frame["signals"] = None
        frame[["status", "latency_ms", "cost_usd"]] = None
        frame["feedback"] = pd.array([None] * 200, dtype="Int8")
    assert compared(first, second).lights["outcome"].reason == "no_outcomes"
