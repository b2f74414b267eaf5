"""Change points of shares by day, and means of two sets by session."""

from datetime import date

import numpy as np
import pytest

from workbench.stats.changes import changes
from workbench.stats.session_means import session_means


def traffic(random: np.random.Generator, *, since: dict[int, float], days: int = 30, daily: int = 40):
    """Sessions of one unit over days; category 0 has a tenth, from each day in ``since`` on another share."""
    when = np.repeat(np.arange(days), daily)
    share = np.full(days, 0.1)
    for day, value in since.items():
        share[day:] = value
    category = np.where(random.random(len(when)) < share[when], 0, random.integers(1, 5, len(when)))
    return np.eye(5)[category], when, np.ones(len(when))


def test_a_change_is_dated_to_its_day_and_named() -> None:
    random = np.random.default_rng(1)
    found = changes(*traffic(random, since={17: 0.35}), replicates=99)
    assert [(each.day, each.category) for each in found] == [(17, 0)]
    assert found[0].before == pytest.approx(0.1, abs=0.03) and found[0].after == pytest.approx(0.35, abs=0.05)


def test_an_incident_has_a_beginning_and_an_end() -> None:
    random = np.random.default_rng(2)
    found = changes(*traffic(random, since={10: 0.5, 16: 0.1}), replicates=99)
    assert [each.day for each in found] == [10, 16]
    assert found[0].after == pytest.approx(0.5, abs=0.07) and found[1].after == pytest.approx(0.1, abs=0.05)


def test_a_day_that_is_half_of_each_is_one_change() -> None:
    random = np.random.default_rng(3)
    counts, when, units = traffic(random, since={10: 0.45, 11: 0.9}, daily=80)
    assert [each.day for each in changes(counts, when, units, replicates=99)] == [10]


def test_nothing_is_found_in_the_same_traffic_more_often_than_the_level() -> None:
    random = np.random.default_rng(4)
    wrong = sum(bool(changes(*traffic(random, since={}, days=14), replicates=99, seed=s)) for s in range(60))
    assert wrong <= 8


def test_whole_sessions_are_moved_between_days() -> None:
    random = np.random.default_rng(5)
    wrong = right = 0
    for seed in range(25):
        category = random.integers(0, 4, 60)
        when = np.sort(random.integers(0, 12, 60))
        counts = np.eye(4)[category] * 15
        right += bool(changes(counts, when, np.full(60, 15.0), replicates=99, seed=seed))
        wrong += bool(changes(np.repeat(counts / 15, 15, axis=0), np.repeat(when, 15), np.ones(900), replicates=99))
    assert wrong > 20 and right <= 4


def test_one_day_has_no_change() -> None:
    assert changes(np.eye(3), [4, 4, 4], np.ones(3)) == ()
    assert changes(np.zeros((0, 3)), [], []) == ()


def test_means_by_session() -> None:
    random = np.random.default_rng(6)
    side = np.repeat([False, True], 200)
    size = random.integers(1, 5, 400).astype(float)
    failed = random.binomial(size.astype(int), np.where(side, 0.3, 0.1))
    found = session_means(np.column_stack([failed, size * 0]), np.column_stack([size, size * 0]), side, replicates=299)
    assert found.first[0] == pytest.approx(failed[~side].sum() / size[~side].sum())
    assert found.low[0] < found.difference[0] < found.high[0] and found.low[0] > 0.1
    assert found.p[0] < 0.01
    assert np.isnan([found.first[1], found.p[1], found.low[1]]).all()  # nothing was counted


def test_means_hold_their_level() -> None:
    random = np.random.default_rng(7)
    wrong = 0
    for seed in range(100):
        wrong += (
            session_means(random.random((60, 1)), np.ones((60, 1)), np.arange(60) < 25, replicates=99, seed=seed).p[0]
            <= 0.05
        )
    assert 1 <= wrong <= 11


def test_weekends_that_ask_for_other_things_every_week_are_no_change() -> None:
    random = np.random.default_rng(0)
    day = np.repeat(np.arange(date(2026, 3, 2).toordinal(), date(2026, 3, 2).toordinal() + 35), 60)  # from a Monday on
    asked = random.random(len(day)) < np.where((day % 7 == 6) | (day % 7 == 0), 0.6, 0.2)
    assert changes(asked[:, None].astype(float), day, np.ones(len(day)), seed=1) == ()
    asked |= (day >= date(2026, 3, 19).toordinal()) & (random.random(len(day)) < 0.4)
    found = changes(asked[:, None].astype(float), day, np.ones(len(day)), seed=1)
    assert [date.fromordinal(each.day) for each in found] == [date(2026, 3, 19)]
