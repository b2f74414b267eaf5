"""Unseen kinds: published values, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats.species import accumulation, chao1, chao2, coverage, good_turing, quiet_bound


@pytest.mark.parametrize(
    ("counts", "corrected", "estimate", "bounds"),
    [  # scikit-bio 0.7, skbio/diversity/alpha/tests/test_chao1.py, matched there to EstimateS
        ([0, 1, 1, 4, 2, 5, 2, 4, 1, 2], True, 9.75, (9.07, 17.45)),
        ([0, 1, 1, 4, 2, 5, 2, 4, 1, 2], False, 10.5, (9.17, 21.89)),
        ([0, 2, 2, 4, 5], True, 4.0, None),
        ([0, 1, 1, 4, 5], True, 5.0, (4.08, 17.27)),
    ],
)
def test_chao1(counts, corrected, estimate, bounds):
    found = chao1(np.array(counts), bias_corrected=corrected)
    assert found.estimate == pytest.approx(estimate)
    if bounds:
        assert (found.low, found.high) == pytest.approx(bounds, abs=0.01)


def test_chao2_by_hand():
    """5 seen, 2 once, 1 twice, 10 traces: 5 + 9/10 * 2 * 1 / (2 * 2)."""
    found = chao2(np.array([1, 1, 2, 4, 6]), 10)
    assert found.estimate == pytest.approx(5.45)
    assert (found.seen, found.once, found.twice) == (5, 2, 1)
    assert 5 <= found.low <= found.estimate <= found.high


def test_nothing_seen_is_nothing_known():
    assert chao2(np.array([], dtype=int), 0).estimate == 0
    assert good_turing(0, 0) == 1.0
    assert coverage(np.array([], dtype=int)) == 0.0
    assert quiet_bound(0) == 1.0


@pytest.mark.parametrize(("quiet", "bound"), [(20, 0.139), (50, 0.058), (60, 0.049), (100, 0.030)])
def test_a_quiet_run_bounds_little(quiet, bound):
    """reference/statistics.md 4.4: 1 - .05^(1/k)."""
    assert quiet_bound(quiet) == pytest.approx(bound, abs=5e-4)


def test_coverage_without_and_with_singletons():
    assert coverage(np.array([3, 5])) == 1.0
    # 1 - (2/10) * (9*2) / (9*2 + 2*1)
    assert coverage(np.array([1, 1, 2, 6])) == pytest.approx(1 - 0.2 * 18 / 20)
    assert 0 <= coverage(np.array([1, 1])) < 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=15))
def test_estimates_never_fall_below_what_was_seen(counts):
    array = np.array(counts, dtype=int)
    for corrected in (True, False):
        found = chao1(array, bias_corrected=corrected)
        assert found.seen <= found.low <= found.high + 1e-9
        assert found.estimate >= found.seen
    assert 0 <= coverage(array) <= 1


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 5), st.integers(0, 3))
def test_the_curve_rises_to_what_was_seen(n, kinds, seed):
    has = np.random.default_rng(seed).random((n, kinds)) < 0.3
    curve = accumulation(has, orders=20, seed=1)
    assert curve.traces[0] == 0 and curve.traces[-1] == n
    assert curve.mean[0] == 0 and curve.mean[-1] == has.any(axis=0).sum()
    assert (np.diff(curve.mean) >= 0).all() and (curve.low <= curve.high).all()


def test_the_curve_is_the_mean_over_orders():
    """One kind in one of two traces: after one trace it is seen in half of the orders."""
    curve = accumulation(np.array([[True], [False]]), orders=2000, seed=3)
    assert curve.mean[1] == pytest.approx(0.5, abs=0.05)
