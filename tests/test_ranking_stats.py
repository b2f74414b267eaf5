"""Orders by expected harm: the published example, ties, tiers, covers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats.ranking import cover, order_by, rank_uncertainty, swaps, tiers
from workbench.stats.resampling import resampled_shares
from workbench.stats.sampling import simple

# reference/statistics.md 7: finds among 200 traces, and severities
FOUND = np.array([18, 15, 9, 6, 4, 3])
SEVERITY = np.array([2, 3, 5, 2, 1, 4])
COST = np.array([1, 3, 10, 30, 100])


def example():
    has = np.zeros((200, 6), dtype=bool)
    has[np.arange(FOUND.sum()), np.repeat(np.arange(6), FOUND)] = True
    return has


def test_the_order_depends_on_the_scale():
    assert (FOUND * SEVERITY).tolist() == [36, 45, 45, 12, 4, 12]
    assert [place + 1 for place in order_by(FOUND * SEVERITY)] == [2, 3, 1, 4, 6, 5]
    assert [place + 1 for place in order_by(FOUND * COST[SEVERITY - 1])] == [3, 2, 6, 1, 4, 5]


def test_who_is_first_is_uncertain():
    """Published: .132 / .444 / .423, where a tie goes to the lower index; shared, ties move .015 to the third."""
    drawn = resampled_shares(example(), simple(200), n_boot=20_000, seed=1) * SEVERITY
    first = np.bincount(np.argmax(np.round(drawn, 9), axis=1), minlength=6) / len(drawn)
    assert first[:3] == pytest.approx([0.132, 0.444, 0.423], abs=0.01)
    found = rank_uncertainty(drawn)
    assert found.top[:3] == pytest.approx([0.13, 0.44, 0.42], abs=0.02)
    assert found.top.sum() == pytest.approx(1)
    assert tiers(order_by(FOUND * SEVERITY), found.above)[:3] == [1, 1, 1]


def test_ties_are_shared():
    found = rank_uncertainty(np.array([[2.0, 2.0, 1.0]] * 4))
    assert found.top.tolist() == [0.5, 0.5, 0.0]
    assert found.above[0, 1] == 0.5 and found.above[0, 2] == 1.0
    assert found.low.tolist() == [1, 1, 3] and found.high.tolist() == [2, 2, 3]


def test_ties_are_seen_through_rounding_errors():
    scores = np.array([[0.1 + 0.2, 0.3]])
    assert scores[0, 0] != scores[0, 1]
    assert rank_uncertainty(scores).top.tolist() == [0.5, 0.5]


def test_nothing_to_rank():
    assert rank_uncertainty(np.zeros((5, 0))).top.shape == (0,)
    assert tiers([], np.zeros((0, 0))) == []
    assert cover(np.zeros((3, 2), dtype=bool), np.ones(3)) == ([], [])


def test_neighbours_that_swap():
    assert swaps([0, 1, 2, 3], [0, 2, 1, 3]) == [(1, 2)]
    assert swaps([0, 1], [0, 1]) == []


def test_a_trace_with_two_kinds_is_covered_once():
    has = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=bool)
    chosen, covered = cover(has, np.array([1.0, 1.0, 4.0, 9.0]))
    assert chosen == [1, 0] and covered == pytest.approx([4 / 6, 1.0])


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 5))
def test_what_must_hold_of_any_redrawn_scores(draws, kinds, seed):
    scores = np.random.default_rng(seed).integers(0, 4, (draws, kinds)).astype(float)
    found = rank_uncertainty(scores)
    assert found.top.sum() == pytest.approx(1)
    assert found.above + found.above.T == pytest.approx(np.ones((kinds, kinds)))
    assert (found.low >= 1).all() and (found.high <= kinds).all() and (found.low <= found.high).all()


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(1, 5), st.integers(0, 5))
def test_covers_grow_until_all_is_covered(n, kinds, seed):
    has = np.random.default_rng(seed).random((n, kinds)) < 0.3
    chosen, covered = cover(has, np.ones(n))
    assert len(set(chosen)) == len(chosen) == len(covered)
    assert all(a < b for a, b in zip(covered, covered[1:], strict=False))
    if has.any():
        assert covered[-1] == pytest.approx(1)
