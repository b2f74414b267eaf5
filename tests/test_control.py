"""Control limits: the distance of means without chance, and what goes beyond mean and three standard deviations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from workbench.stats.control import apart, centre, limit, merged


def test_the_mean_and_what_chance_adds_by_hand() -> None:
    found = centre([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    assert found.mean.tolist() == [1.0, 1.0] and (found.n, found.sessions) == (4, 4)
    assert found.chance == pytest.approx(8 / 16 * 4 / 3)  # squares of the deviations 2 each; the trace of S is 8 / 3
    paired = centre([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]], ["a", "b", "a", "b"])
    # the deviations of a session add up: (-2, 0) and (2, 0)
    assert paired.chance == pytest.approx(8 / 16 * 2 / 1) and paired.sessions == 2
    assert np.isnan(centre([[1.0], [2.0]], ["a", "a"]).chance)


def test_chance_is_taken_out_on_average() -> None:
    random = np.random.default_rng(1)
    squares = []
    for _ in range(400):
        first, second = (centre(random.normal(size=(n, 5))) for n in (30, 90))
        squares.append(((first.mean - second.mean) ** 2).sum() - first.chance - second.chance)
    assert np.mean(squares) == pytest.approx(0.0, abs=3 * np.std(squares) / 20)


def test_parts_merge_to_the_whole() -> None:
    x = np.random.default_rng(5).normal(size=(60, 3))
    whole, parts = centre(x), merged([centre(x[:20]), centre(x[20:])])
    assert parts.mean == pytest.approx(whole.mean) and (parts.n, parts.sessions) == (60, 60)
    assert parts.chance == pytest.approx((1 / 9) * centre(x[:20]).chance + (4 / 9) * centre(x[20:]).chance)


def test_a_thin_week_is_told_at_the_size_of_the_others() -> None:
    random = np.random.default_rng(2)
    full = [centre(random.normal(size=(2000, 20))) for _ in range(2)]
    chance = full[0].chance + full[1].chance
    thin = [apart(full[0], centre(random.normal(size=(100, 20))), chance=chance) for _ in range(200)]
    raw = [apart(full[0], centre(random.normal(size=(100, 20)))) for _ in range(50)]
    assert np.sqrt(np.mean(np.square(thin))) < 0.6 * np.mean(raw)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=30), st.floats(0.1, 10), st.floats(0, 5))
def test_a_limit_moves_with_its_values(values: list[float], scale: float, shift: float) -> None:
    one, other = limit(values), limit([scale * each + shift for each in values])
    assert other.high == pytest.approx(scale * one.high + shift, rel=1e-6, abs=1e-6)
    assert one.high >= one.mean


def test_eight_values_hold_the_level_that_is_said() -> None:
    # x of n + 1 alike values beyond mean + 3 sd of the other n: P(t > 3 / sqrt(1 + 1 / n)), n - 1 degrees of freedom
    said = t.sf(3 / np.sqrt(1 + 1 / 8), 7)
    assert said == pytest.approx(0.0127, abs=0.0002)
    drawn = np.random.default_rng(3).normal(size=(4000, 9))
    wrong = np.mean([row[8] > limit(row[:8]).high for row in drawn])
    assert wrong == pytest.approx(said, abs=3 * np.sqrt(said / 4000))
