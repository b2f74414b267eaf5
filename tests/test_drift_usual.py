"""What is usual: a limit from past weeks, an alert that asks for three things, and every reason for none."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from test_drift_verb import Bag, workspace

from workbench import Workspace
from workbench.cli import cli
from workbench.drift.usual import WEEKS, Window, usual

START = datetime(2026, 3, 1, tzinfo=UTC)
DIRECTIONS = np.random.default_rng(7).normal(size=(9, 16))


def week(place: int, *, n: int = 300, mix: float = 0.0, new: float = 0.0, seed: int = 0) -> Window:
    """Traffic on eight topics whose shares wander by ``mix``, and a share of ``new`` on a ninth."""
    random = np.random.default_rng([seed, place])
    shares = np.exp(mix * random.normal(size=8))
    topic = random.choice(8, n, p=shares / shares.sum())
    topic[random.random(n) < new] = 8
    vectors = DIRECTIONS[topic] + 0.5 * random.normal(size=(n, 16))
    sessions = np.asarray([f"{place}-{i // 2}" for i in range(n)], dtype=object)
    return Window(START + timedelta(days=7 * place), START + timedelta(days=7 * place + 7), vectors, sessions)


def past(n: int, *, mix: float = 0.0, seed: int = 0) -> list[Window]:
    """Newest first, so that the week before the newest is number n."""
    return [week(place, mix=mix, seed=seed) for place in range(n, 0, -1)]


def test_a_new_topic_is_an_alert_where_a_day_earlier_it_was_there_too() -> None:
    weeks = past(10)
    now = (weeks[:4], week(11, new=0.15))
    found = usual(now, weeks, before=(weeks[:4], week(12, new=0.13)), replicates=199)
    assert found.n == 8 and found.ratio > 1.5 and found.value > found.limit > found.mean
    assert found.p <= 0.01 and found.above and found.alert
    assert usual(now, weeks, before=(weeks[:4], week(12)), replicates=199).alert is False
    alone = usual(now, weeks, replicates=199)
    assert alone.above and alone.alert is None


def test_what_is_no_chance_may_still_be_usual() -> None:
    chance, above = 0, 0
    for seed in range(20):
        weeks = past(14, mix=0.5, seed=seed)
        found = usual((weeks[:4], week(15, mix=0.5, seed=seed)), weeks, replicates=199)
        assert found.ratio == pytest.approx(found.value / found.mean)
        chance += found.p > 0.01
        above += bool(found.above)
    assert chance <= 8 and above <= 3  # most weeks are no draw from those before, and next to none is odd


def test_fewer_than_eight_distances_teach_nothing() -> None:
    weeks = past(9)  # the two oldest lack two weeks before them
    found = usual((weeks[:4], week(10)), weeks, replicates=99)
    assert (found.reason, found.n, found.needed, found.limit, found.alert) == ("too_few_weeks", 7, WEEKS, None, None)
    assert found.value is not None and found.ratio is None
    gap = past(12)
    gap[5] = None  # one week is lost; those after it have three before them
    found = usual((gap[:4], week(13)), gap, replicates=99)
    assert found.n == 9 and set(found.weeks["n"]) == {600, 900, 1200}
    thin = past(12)
    thin[5] = week(99, n=20)
    assert usual((thin[:4], week(13)), thin, least=100, replicates=99).n == 9
    assert usual(([thin[5]], week(13)), thin, least=100).reason == "too_few"


def test_against_one_reference_eight_weeks_are_eight_distances() -> None:
    weeks, fixed = past(8), week(500, new=0.5)
    found = usual(([fixed], week(9)), weeks, against=fixed, replicates=99)
    assert (found.of, found.n, found.reason) == ("reference", 8, None)
    assert found.above is False and found.ratio == pytest.approx(1.0, abs=0.1)  # far away, and as far as ever
    nearer = usual(([fixed], week(9, new=0.3)), weeks, against=fixed, replicates=99)
    assert nearer.value < found.value


def test_one_session_says_nothing() -> None:
    one = week(3)
    lonely = Window(one.start, one.end, one.vectors, np.asarray(["s"] * one.n, dtype=object))
    weeks = past(12)
    assert usual((weeks[:4], lonely), weeks, replicates=99).reason == "too_few"
    weeks[4] = lonely
    assert usual((weeks[:4], week(13)), weeks, replicates=99).n == 9


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = workspace(tmp_path_factory.mktemp("quarter"), days=91, new_from=84)
    ws.embed()
    return ws


def test_the_newest_weeks_are_held_against_those_before(quarter: Workspace) -> None:
    report = quarter.drift(replicates=199)
    found = report.usual
    assert report.verdict == "drifted" and (found.of, found.n, found.reason) == ("weeks", 10, None)
    assert found.alert and found.ratio > 2 and found.before > found.limit
    assert list(found.weeks["n"]) == [420, 630] + [840] * 8 and list(found.weeks["other_n"]) == [210] * 10
    spans = found.weeks["end"] - found.weeks["start"]
    assert (spans == timedelta(days=7)).all() and found.weeks["end"].is_monotonic_increasing
    assert any(each.startswith("Alert: this is") and "a day earlier" in each for each in report.sentences)


def test_any_sets_are_told_in_usual_weeks_but_only_the_newest_days_alert(quarter: Workspace) -> None:
    found = quarter.drift("release = '60'", "release = '89'", min_n=10, replicates=199).usual
    assert found.n >= WEEKS and found.ratio is not None and found.alert is None
    early = quarter.drift(current="started_at < '2026-04-01'", replicates=99).usual
    assert early.reason in ("too_few", "too_few_weeks")


def test_weeks_without_vectors_are_not_counted_and_that_is_said(quarter: Workspace) -> None:
    kept = quarter.__dict__["embedder"]
    quarter.__dict__["embedder"] = Bag("another")  # embeds both sets, and nothing of the weeks before
    try:
        report = quarter.drift(replicates=99)
    finally:
        quarter.__dict__["embedder"] = kept
    assert (report.usual.reason, report.usual.n) == ("too_few_weeks", 2) and report.usual.unread > 6
    assert any("Too few weeks to say what is usual: 2 of 8" in each for each in report.sentences)
    assert any("have no vectors: workbench embed" in each for each in report.sentences)


def test_the_command_line_has_it(quarter: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag())
    shown = CliRunner().invoke(cli, ["-w", str(quarter.path), "drift", "--json"])
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)["usual"]
    assert told["alert"] is True and told["n"] == len(told["weeks"]) == 10 and told["ratio"] > 2
    assert told["weeks"][0]["end"] < told["weeks"][-1]["end"] and told["reason"] is None


def test_an_empty_workspace_has_no_usual(tmp_path: Path) -> None:
    assert Workspace.create(tmp_path / "empty").drift().usual.reason == "too_few"
