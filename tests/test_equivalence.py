"""What may have moved: the bound holds at the level, narrows with n, and is honest about sessions."""

import numpy as np
import pytest

from workbench.stats.equivalence import moved


def sets(
    random: np.random.Generator, n: int, *, k: int = 12, spread: float = 0.0, new: float = 0.0
) -> tuple[np.ndarray, np.ndarray, float]:
    """Categories, sides, and the true total variation: spread over all, or to one that was not there."""
    p = np.append(np.full(k, 1 / k), 0.0)
    q = p * np.append(np.tile([1 + 2 * spread, 1 - 2 * spread], k // 2), 0.0)
    q = np.append(q[:k] * (1 - new), new)
    drawn = np.concatenate([random.choice(k + 1, n, p=p), random.choice(k + 1, n, p=q / q.sum())])
    return drawn, np.repeat([False, True], n), float(np.abs(p - q / q.sum()).sum() / 2)


@pytest.mark.parametrize("planted", [{"spread": 0.15}, {"new": 0.15}])
@pytest.mark.parametrize("n", [200, 800])
def test_the_bound_holds_at_the_level(planted: dict[str, float], n: int) -> None:
    random = np.random.default_rng(1)
    below = 0
    for seed in range(100):
        categories, second, truth = sets(random, n, **planted)
        below += moved(categories, second, replicates=99, seed=seed).high < truth
    assert truth == pytest.approx(0.15)
    assert below <= 9


def test_more_traffic_says_more() -> None:
    random = np.random.default_rng(2)
    found = [[moved(*sets(random, n)[:2], replicates=199) for _ in range(15)] for n in (100, 400, 4000)]
    for name in ("high", "topic", "spread"):
        values = [np.median([getattr(each, name) for each in many]) for many in found]
        assert values == sorted(values, reverse=True)
    assert np.median([each.high for each in found[-1]]) < 0.1 < np.median([each.high for each in found[0]])


def test_what_is_said_to_be_seen_four_times_in_five_is() -> None:
    from workbench.stats.divergence import diverged

    random = np.random.default_rng(3)
    topic = moved(*sets(random, 300)[:2], replicates=499).topic
    seen = [diverged(*sets(random, 300, new=topic)[:2], replicates=99, seed=seed).p <= 0.05 for seed in range(100)]
    assert 0.65 < np.mean(seen)


def test_ten_traces_of_a_session_are_not_ten() -> None:
    random = np.random.default_rng(4)
    category = np.repeat(random.integers(0, 6, 80), 10)
    session, second = np.repeat(np.arange(80), 10), np.repeat([False, True], 400)
    alone = moved(category, second, replicates=199)
    whole = moved(category, second, groups=session, replicates=199)
    assert whole.spread > 2 * alone.spread


def test_what_cannot_be_bounded_is_nan_and_one_category_leaves_what_nobody_met() -> None:
    assert np.isnan(moved([0, 1], [True, True]).high)
    one = moved(np.zeros(200, dtype=int), np.repeat([False, True], 100), replicates=49)
    assert one.high == pytest.approx(1 - 0.025 ** (1 / 100))  # .036
