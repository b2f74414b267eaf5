"""Outcomes over time: sums by hand, days or weeks, intervals by session, the last week judged if it holds enough."""

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from small_workspace import make

from workbench.cli import cli
from workbench.drift import outcomes_over_time
from workbench.errors import BadRequest, NotReady
from workbench.signals import refuses
from workbench.stats.proportions import wilson
from workbench.stats.session_means import bootstrap_means


def traffic(days: int, daily: int, *, bad_from: int = 999, sessions: int = 1, seed: int = 0) -> pd.DataFrame:
    """Traces of ``sessions`` a session, a tenth of which fails, and from one day on a half."""
    random = np.random.default_rng(seed)
    rows = []
    for at in range(days * daily):
        day = at // daily
        rows.append({
            "trace_id": f"t{at}", "session_id": f"s{at // sessions}",
            "started_at": datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(days=day, minutes=at % daily),
            "status": "error" if random.random() < (0.5 if day >= bad_from else 0.1) else "ok", "latency_ms": 100.0,
        })  # fmt: skip
    return pd.DataFrame(rows)


def test_values_are_sums_over_traces_and_stretches_are_days() -> None:
    frame = traffic(3, 40)
    found = outcomes_over_time(frame, replicates=99)
    assert found.every == "day" and found.frame["measure"].tolist() == ["errors", "latency_ms"] * 3
    first = found.frame.iloc[0]
    share = (frame["status"].head(40) == "error").mean()
    assert (first["start"], first["end"], first["n"], first["value"]) == (date(2026, 3, 1), date(2026, 3, 1), 40, share)
    assert first["low"] <= share <= first["high"] and first["enough"] and first["method"] == "bootstrap"
    whole = found.groups.set_index("measure").loc["latency_ms"]
    assert (whole["value"], whole["low"], whole["high"], whole["n"]) == (100.0, 100.0, 100.0, 120)


def test_little_traffic_makes_weeks_counted_back_from_the_newest_day() -> None:
    found = outcomes_over_time(traffic(15, 6), replicates=99)
    ends = found.frame[found.frame["measure"] == "errors"][["start", "end", "n", "enough"]].to_numpy().tolist()
    assert found.every == "week" and ends == [
        [date(2026, 2, 23), date(2026, 3, 1), 6, False], [date(2026, 3, 2), date(2026, 3, 8), 42, True],
        [date(2026, 3, 9), date(2026, 3, 15), 42, True],
    ]  # fmt: skip


def test_what_all_or_none_have_is_bounded_by_sessions() -> None:
    frame = traffic(1, 60, sessions=3).assign(status="ok")
    row = outcomes_over_time(frame, replicates=99).frame.iloc[0]
    assert (row["method"], row["sessions"], row["value"]) == ("wilson", 20, 0.0)
    assert row["high"] == wilson(0, 20).high > wilson(0, 60).high


def test_a_bad_last_week_is_told_and_the_same_traffic_is_not() -> None:
    found = outcomes_over_time(traffic(28, 40, bad_from=21), replicates=199)
    [changed] = found.changed.to_dict("records")
    assert changed["measure"] == "errors" and changed["now"] > 0.4 > 0.2 > changed["before"] and changed["low"] > 0.2
    assert (changed["start"], changed["end"]) == (date(2026, 3, 22), date(2026, 3, 28))
    assert "Traces that ended in an error" in found.sentences[0]
    quiet = outcomes_over_time(traffic(28, 40, seed=2), replicates=199)
    assert quiet.changed.empty and "as far as can be shown" in quiet.sentences[0]


def test_alike_traces_of_a_session_widen_the_interval() -> None:
    frame = traffic(1, 120, sessions=12, seed=1)
    frame["status"] = np.where(np.arange(120) // 12 % 2 == 0, "error", "ok")
    alone = frame.assign(session_id=frame["trace_id"])
    widths = [row["high"] - row["low"] for each in (frame, alone)
              for row in outcomes_over_time(each, replicates=499).groups.head(1).to_dict("records")]  # fmt: skip
    assert widths[0] > 2 * widths[1]


def test_nothing_is_judged_under_the_least_n() -> None:
    found = outcomes_over_time(traffic(28, 40, bad_from=21), min_n=500, replicates=99)
    assert found.newest.empty and not found.frame["enough"].any()
    assert found.sentences[0].startswith("Nothing can be judged")
    few = outcomes_over_time(traffic(28, 40, bad_from=21, sessions=100), replicates=99)
    assert few.newest.empty  # three sessions in the last week


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (traffic(1, 3).head(0), "no_traces"),
        (traffic(1, 3)[["trace_id", "session_id", "started_at"]], "no_outcomes"),
        (traffic(1, 3).assign(started_at=pd.NaT), "no_times"),
    ],
)
def test_what_cannot_be_said_is_said_in_words(frame, reason) -> None:
    found = outcomes_over_time(frame, replicates=9)
    assert found.reason == reason and len(found.sentences) == 1 and found.newest.empty


def test_one_trace_is_an_answer() -> None:
    found = outcomes_over_time(traffic(1, 1), replicates=9)
    assert found.n == 1 and found.groups["n"].tolist() == [1, 1] and np.isnan(found.groups["low"].iloc[1])


def test_days_that_differ_by_themselves_are_no_change() -> None:
    # each day has a rate of its own, the last week drawn as those before; permuting sessions alone finds 6 of these 20
    random = np.random.default_rng(3)
    wrong = 0
    for turn in range(20):
        daily = np.repeat(1 / (1 + np.exp(2 - random.normal(0, 1, 28))), 40)
        frame = traffic(28, 40).assign(status=np.where(random.random(1120) < daily, "error", "ok"))
        wrong += len(outcomes_over_time(frame[["trace_id", "session_id", "started_at", "status"]], replicates=99,
                                        seed=turn).changed)  # fmt: skip
    assert wrong <= 2


def test_the_first_year_has_no_day_before_it() -> None:
    frame = traffic(1, 3)
    frame["started_at"] = pd.array([datetime(1, 1, 1, tzinfo=UTC)] * 3, dtype="datetime64[us, UTC]")  # a zero of others
    assert outcomes_over_time(frame, replicates=9).frame["start"].tolist() == [date(1, 1, 1)] * 2


def test_calm_is_claimed_only_of_groups_that_were_judged() -> None:
    frame = traffic(28, 40).assign(group=["rare" if at % 40 == 0 else "common" for at in range(28 * 40)])
    found = outcomes_over_time(frame, by="cluster", replicates=99)
    assert found.sentences[0].startswith("In 1 of 2 groups, those with enough traces, the last seven days")


def test_groups_are_told_apart_and_the_smallest_are_one() -> None:
    frame = traffic(1, 100).assign(group=[f"g{min(at // 4, 21)}" for at in range(100)])
    groups = outcomes_over_time(frame, by="cluster", replicates=9).groups["group"].unique().tolist()
    assert groups[0] == "g21" and groups[-1] == "other" and len(groups) == 21
    releases = traffic(4, 10).assign(group=[["1.9", "1.10"][at // 20] for at in range(40)])
    assert outcomes_over_time(releases, by="release", replicates=9).groups["group"].unique().tolist() == ["1.9", "1.10"]


def test_bounds_of_means_by_hand() -> None:
    # two sessions of one trace each, 0 and 1: a resample has mean 0, .5 or 1
    low, high = bootstrap_means([[0.0], [1.0]], [[1.0], [1.0]], replicates=999)
    assert (low[0], high[0]) == (0.0, 1.0)
    low, high = bootstrap_means([[0.5, 3.0]], [[1.0, 0.0]])
    assert np.isnan([*low, *high]).all()


@pytest.mark.parametrize(
    ("answer", "declines"),
    [
        ("I'm sorry, but I can't help with that.", True), ("I am unable to provide legal advice.", True),
        ("I\u2019m not able to discuss other customers.", True), ("As an AI, I have no opinion.", True),
        ("That goes against our guidelines.", True), ("That is not something I can do.", True),
        ("Tickets can't be passed on to another person.", False), ("Sorry for the wait. It ships today.", False),
        ("I can help with that.", False), ("It can't be changed any more, but I can offer a voucher.", False),
    ],
)  # fmt: skip
def test_answers_that_decline(answer: str, declines: bool) -> None:
    assert refuses(answer) is declines


def test_no_answer_declines_nothing() -> None:
    assert refuses(None) is None and refuses("") is None


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return make(tmp_path_factory.mktemp("outcomes") / "w")


def test_by_release_and_by_cluster(small) -> None:
    releases = small.outcomes("release").groups
    assert releases.loc[releases["measure"] == "failure_signs", "n"].tolist() == [20, 20]
    clusters = small.outcomes("cluster").groups
    assert set(clusters["group"]) == {"change flight", "refund [ticket](http://evil.test)", "Unclustered"}
    one = small.outcomes(where="release = '1.0'")
    assert one.n == 20 and one.groups["group"].unique().tolist() == ["all"]
    assert small.outcomes(where="release = 'never'").reason == "no_traces"
    with pytest.raises(BadRequest, match="release or cluster"):
        small.outcomes("planet")


def test_by_cluster_needs_a_map(tmp_path) -> None:
    with pytest.raises(NotReady, match="workbench map"):
        make(tmp_path / "w", with_map=False).outcomes("cluster")


def test_the_command_line(small) -> None:
    shown = CliRunner().invoke(cli, ["-w", str(small.path), "outcomes", "--by", "release", "--json"])
    assert shown.exit_code == 0, shown.output
    answer = json.loads(shown.stdout)
    assert {"by", "every", "groups", "over_time", "newest", "sentences", "reason"} <= set(answer)
    assert answer["by"] == "release" and "answer 1" not in shown.stdout and "NaN" not in shown.stdout
    told = CliRunner().invoke(cli, ["-w", str(small.path), "outcomes", "--measure", "latency_ms"])
    assert told.exit_code == 0 and "latency_ms" in told.stdout
    empty = CliRunner().invoke(cli, ["-w", str(small.path), "outcomes", "--where", "release = 'never'"])
    assert empty.exit_code == 0 and empty.stdout == "No trace meets the condition.\n"
    wrong = CliRunner().invoke(cli, ["-w", str(small.path), "outcomes", "--where", "no_column = 1"])
    assert wrong.exit_code != 0 and len(wrong.output.strip().splitlines()) <= 1
    for words in (("--level", "nan"), ("--seed", "-1")):  # a number within any range, and one no chance comes from
        assert CliRunner().invoke(cli, ["-w", str(small.path), "outcomes", *words]).exit_code == 2
