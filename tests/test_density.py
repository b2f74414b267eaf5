"""The difference of two densities: where it is, that it is shared out rightly, and that chance is not marked."""

import numpy as np
import pytest

from workbench.stats.density import density_difference


def points(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Ten places on a map, and which of two equal sets each point is of."""
    random = np.random.default_rng(seed)
    middles = np.random.default_rng(3).uniform(0, 20, (10, 2))
    return middles[random.integers(0, 10, n)] + 0.4 * random.normal(size=(n, 2)), random.random(n) < 0.4


def test_a_new_patch_is_marked_where_it_is_and_nowhere_else():
    xy, second = points(0)
    patch = np.asarray([30.0, 5.0]) + 0.4 * np.random.default_rng(1).normal(size=(40, 2))
    whole, of_second = np.vstack([xy, patch]), np.append(second, np.ones(40, dtype=bool))
    found = density_difference(whole[:, 0], whole[:, 1], of_second)
    assert found.difference.shape == (len(found.y), len(found.x)) == found.shown.shape
    row, column = np.unravel_index(found.difference.argmax(), found.difference.shape)
    assert abs(found.x[column] - 30) < 0.6 and abs(found.y[row] - 5) < 0.6
    near = (np.abs(found.x - 30) < 3)[None, :] & (np.abs(found.y - 5) < 3)[:, None]
    assert found.shown[row, column] and not found.shown[~near].any()
    assert found.difference.sum() == pytest.approx(0, abs=1e-9)
    gained = 40 / of_second.sum()
    assert found.difference[near].sum() == pytest.approx(gained, rel=0.02)  # the patch is all of the current set


def test_the_same_traffic_is_seldom_marked():
    marked = sum(
        bool(density_difference(xy[:, 0], xy[:, 1], second, replicates=99, seed=seed).shown.any())
        for seed in range(40)
        for xy, second in [points(seed + 10)]
    )
    assert marked <= 5  # of 40 at a level of .05: more has a chance of 1.4%


def test_one_long_session_is_no_difference():
    xy, second = points(2)
    talk = np.asarray([30.0, 5.0]) + 0.2 * np.random.default_rng(1).normal(size=(40, 2))
    whole, of_second = np.vstack([xy, talk]), np.append(second, np.ones(40, dtype=bool))
    sessions = np.asarray([f"s{i}" for i in range(400)] + ["long"] * 40, dtype=object)
    assert density_difference(whole[:, 0], whole[:, 1], of_second).shown.any()
    assert not density_difference(whole[:, 0], whole[:, 1], of_second, groups=sessions).shown.any()


def test_few_traces_and_no_dealing_mark_nothing():
    found = density_difference([0.0, 1.0], [0.0, 1.0], [False, True])
    assert not found.shown.any() and found.difference.max() > 0 > found.difference.min()
    xy, second = points(0)
    assert not density_difference(xy[:, 0], xy[:, 1], xy[:, 0] > 10, replicates=0).shown.any()
    assert density_difference(xy[:, 0], xy[:, 1], xy[:, 0] > 10).shown.any()
    one = density_difference([2.0, 2.0], [1.0, 1.0], [False, True])  # in one place
    assert np.abs(one.difference).max() == pytest.approx(0)


@pytest.mark.parametrize("second", [[True, True], [False, False]])
def test_one_set_has_no_difference(second):
    with pytest.raises(ValueError, match="one of them is empty"):
        density_difference([0.0, 1.0], [0.0, 1.0], second)
