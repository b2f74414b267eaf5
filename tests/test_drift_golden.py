"""Templates that the golden set has never seen; and a golden set of which nothing is known but its queries."""

import json
from datetime import UTC, datetime

import pandas as pd
import pytest
from click.testing import CliRunner
from drift_sets import NAMES, side
from golden_cases import accept, case
from small_workspace import make

from workbench import Workspace
from workbench.cli import cli
from workbench.drift import drift
from workbench.drift.golden_templates import golden_templates

WHEN = datetime(2026, 11, 3, 10, tzinfo=UTC)
QUICK = {"version": 2, "first_seen": {"new": WHEN}, "tolerance": 0.15, "min_n": 10}


def hashes(*prompts: str | None, tools: str | None = "t1") -> pd.DataFrame:
    ids = [f"t{n}" for n in range(len(prompts))]
    return pd.DataFrame(
        {"trace_id": ids, "session_id": None, "prompt_hash": pd.array(prompts, dtype="str"), "tools_hash": tools}
    )


def test_what_no_case_was_made_under_is_unseen_counted_and_dated() -> None:
    current = hashes(*["old"] * 60, *["new"] * 40)
    found = golden_templates(hashes("old", "older"), current, **QUICK)
    assert (found.n, found.n_unseen, found.share, found.alert, found.cases) == (100, 40, 0.4, True, 2)
    assert found.frame.to_numpy().tolist() == [["prompt", "new", 0.4, 40, WHEN]] and found.since == WHEN


def test_up_to_the_tolerance_is_no_alert() -> None:
    found = golden_templates(hashes("old"), hashes(*["old"] * 85, *["new"] * 15), **QUICK)
    assert found.share == 0.15 and found.alert is False
    none = golden_templates(hashes("old"), hashes(*["old"] * 85), **QUICK)
    assert none.n_unseen == 0 and none.alert is False and none.since is None


def test_other_tools_are_unseen_too_and_a_trace_counts_once() -> None:
    current = pd.concat([hashes(*["old"] * 50), hashes(*["new"] * 50, tools="t2")], ignore_index=True)
    found = golden_templates(hashes("old"), current, **QUICK)
    assert found.n_unseen == 50 and set(found.frame["kind"]) == {"prompt", "tools"}
    assert found.since == WHEN  # of the tools no time is known


def test_no_prompt_at_all_is_a_template_of_its_own() -> None:
    current = hashes(*["old"] * 50, *[None] * 50)
    found = golden_templates(hashes("old"), current, **QUICK)
    assert found.n_unseen == 50 and found.frame["hash"].tolist() == ["none"]
    assert golden_templates(hashes("old", None), current, **QUICK).n_unseen == 0


def test_a_prompt_for_every_person_alarms_nobody() -> None:
    own = golden_templates(hashes("old"), hashes(*[f"of {n}" for n in range(90)], *["old"] * 10), **QUICK)
    assert own.reason == "no_common_template" and own.alert is None
    some = golden_templates(hashes("old"), hashes(*[f"of {n}" for n in range(40)], *["old"] * 60), **QUICK)
    assert (some.n, some.n_unseen, some.alert) == (60, 0, False)
    several = hashes(*[f"of {n // 3}" for n in range(39)], *["old"] * 61)  # three traces a session
    several["session_id"] = [f"s{n // 3}" for n in range(100)]
    found = golden_templates(hashes("old"), several, **QUICK)
    assert (found.n, found.n_unseen, found.alert) == (61, 0, False)


def test_what_says_neither_prompt_nor_tools_is_not_known() -> None:
    silent = hashes(None, None, tools=None)
    assert golden_templates(silent, hashes(*["new"] * 50), **QUICK).reason == "no_cases"  # no alert of 100%
    current = pd.concat([hashes(*["old"] * 50), hashes(*[None] * 50, tools=None)], ignore_index=True)
    found = golden_templates(pd.concat([hashes("old"), silent]), current, **QUICK)
    assert (found.cases, found.n, found.n_unseen, found.alert) == (1, 50, 0, False)


@pytest.mark.parametrize(
    ("cases", "current", "reason"),
    [
        (hashes(), hashes("a", "a"), "no_cases"), (hashes("a"), hashes(), "no_hashes"),
        (hashes("a"), hashes(None, None, tools=None), "no_hashes"), (hashes("a"), hashes(*["b"] * 9), "too_few"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_says_why(cases, current, reason) -> None:
    found = golden_templates(cases, current, **QUICK)
    assert found.reason == reason and found.alert is None


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Workspace:
    """Twenty traces under p1, then twenty under p2; one open case from the first, and no vectors that anyone needs."""
    ws = make(tmp_path_factory.mktemp("golden") / "w")
    accept(ws, case(1, trace_id="t-03"), case(2))
    ws.freeze(author="lee", reason="first", blind_share=0, allow_findings=True)
    return ws


class Flat:
    name = "flat"

    def encode(self, texts, *, query=False, progress=None):
        import numpy as np

        return np.tile(np.asarray([[1.0, 0.0]], dtype=np.float32), (len(texts), 1))


def test_the_verb_looks_at_the_newest_golden_set_whatever_is_compared(small) -> None:
    small.__dict__["embedder"] = Flat()
    report = small.drift("release = '1.0'", "release != '1.0'", min_n=10, replicates=19)
    found = report.golden_templates
    assert (found.version, found.cases, found.n, found.share, found.alert) == (1, 1, 20, 1.0, True)
    assert found.since == datetime(2026, 10, 22, tzinfo=UTC)
    assert any(each.startswith("Alert: 100% of the traffic (20 of 20 traces)") for each in report.sentences)
    seen = small.drift(current="release = '1.0'", min_n=10, replicates=19).golden_templates
    assert seen.n_unseen == 0 and seen.alert is False
    few = small.drift("release = '1.0'", "release != '1.0'", replicates=19)
    assert few.reason == "too_few" and few.golden_templates.reason == "too_few" and len(few.sentences) == 2


def test_no_golden_set_and_a_damaged_one_are_reasons(small, tmp_path, monkeypatch) -> None:
    ws = make(tmp_path / "w")
    ws.__dict__["embedder"] = Flat()
    assert ws.drift(replicates=19).golden_templates.reason == "no_golden"
    accept(ws, case(1, trace_id="t-03"))
    ws.freeze(author="lee", reason="first", blind_share=0, allow_findings=True)
    for file in (ws.path / "golden").glob("*.json"):
        file.unlink()
    assert ws.drift(replicates=19).golden_templates.reason == "unreadable"
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Flat())
    shown = CliRunner().invoke(cli, ["-w", str(small.path), "drift", "--json"])
    assert shown.exit_code == 0 and json.loads(shown.stdout)["golden_templates"]["version"] == 1


def test_of_cases_that_are_no_traces_neither_prompt_nor_outcome_is_known() -> None:
    first, second = side(1, 200), side(2, 200, name="b")
    columns = ["trace_id", "query"]
    report = drift(first[0][columns].assign(untold=True), second[0], vectors=(first[1], second[1]), names=NAMES,
                   replicates=99, telling=0)  # fmt: skip
    assert report.lights["prompt"].reason == "one_side" and "templates" not in report.drifted and not report.confounded
    assert [report.lights[name].state for name in ("retrieval", "outcome")] == ["not_tested"] * 2
    assert "Prompts were not compared" in report.sentences[-1]
    # where some are traces, those are compared
    known = first[0].assign(untold=[place >= 150 for place in range(200)])
    known.loc[known["untold"], "prompt_hash"] = None
    assert drift(known, second[0], replicates=99).lights["prompt"].state == "unchanged"
