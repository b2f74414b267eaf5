"""Many tests at once, and tests looked at many times: published values, and false alarms counted."""

import numpy as np
import pytest
from deep import DEEP
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from workbench.stats.anytime import bounds, e_value, e_value_one_sided
from workbench.stats.multiplicity import adjusted
from workbench.stats.paired import Pairs, mcnemar, worse

# Benjamini & Hochberg (1995), JRSS B 57:289, section 4.1
BH_1995 = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip  # noqa: E501


def test_the_example_of_benjamini_and_hochberg():
    rejected = {method: int((adjusted(BH_1995, method=method) <= 0.05).sum()) for method in ("bh", "holm", "bonferroni", "by")}  # fmt: skip  # noqa: E501
    assert rejected == {"bh": 4, "holm": 3, "bonferroni": 3, "by": 3}
    assert adjusted(BH_1995, method="bh")[:5] == pytest.approx([0.0015, 0.0030, 0.0095, 0.0356, 0.0603], abs=5e-5)


@settings(max_examples=100 if DEEP else 15)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusting_agrees_with_statsmodels_in_any_order(p):
    for method, theirs in (("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by"), ("bonferroni", "bonferroni")):
        found = adjusted(p, method=method)
        assert found == pytest.approx(multipletests(p, method=theirs)[1])
        assert (found >= np.asarray(p) - 1e-12).all() and (found <= 1).all()
        assert adjusted(p[::-1], method=method)[::-1] == pytest.approx(found)


def test_a_test_that_was_not_made_counts_for_nothing():
    found = adjusted([0.01, float("nan"), 0.04])
    assert found[[0, 2]].tolist() == pytest.approx([0.02, 0.04]) and np.isnan(found[1])
    assert len(adjusted([])) == 0
    with pytest.raises(ValueError, match="holm"):
        adjusted([0.1], method="sidak")


def test_e_values():
    # reference/statistics 3.7
    assert e_value(17, 20) == pytest.approx(43.80, abs=5e-3)
    assert e_value_one_sided(17, 20) == pytest.approx(87.54, abs=6e-3)
    assert e_value(10, 10) == pytest.approx(93.09, abs=5e-3)
    assert e_value(20, 30) == pytest.approx(1.153, abs=5e-4)
    assert e_value(0, 0) == e_value_one_sided(0, 0) == 1
    assert e_value_one_sided(3, 20) < 0.1
    assert e_value(3000, 3000) > 1e300
    with pytest.raises(ValueError, match="within"):
        e_value(3, 2)


@given(st.integers(0, 40), st.integers(0, 40))
def test_an_e_value_is_the_mean_of_what_may_come_next(k, rest):
    # a martingale under the null: the next discordant pair goes either way with a chance of one half
    m = k + rest
    for value in (e_value, e_value_one_sided):
        assert value(k, m) == pytest.approx((value(k + 1, m + 1) + value(k, m + 1)) / 2, rel=1e-9)


def test_looking_often_raises_false_alarms_and_the_e_process_does_not():
    # reference/statistics 3.7: ten looks at .05 raise 22%, every discordant pair 39%; the e-process .034 over 500 looks
    rng = np.random.default_rng(5)
    steps = rng.random((1000, 500)) < 0.5
    won = steps.cumsum(axis=1)
    p = {(k, m): mcnemar(Pairs(0, k, m - k, 0), method="exact") for m in range(50, 501, 50) for k in range(m + 1)}
    at = np.arange(50, 501, 50)
    ten = np.mean([any(p[won[i, m - 1], m] <= 0.05 for m in at) for i in range(1000)])
    assert ten == pytest.approx(0.20, abs=0.04)
    evidence = {(k, m): e_value(k, m) for m in range(1, 501) for k in np.unique(won[:, m - 1])}
    ever = np.mean([any(evidence[won[i, m - 1], m] >= 20 for m in range(1, 501)) for i in range(1000)])
    assert 0 < ever <= 0.05


def test_evidence_costs_cases():
    # reference/statistics 3.7: discordance .10, 5 points: 53% found by 312 cases, 79% by 500
    rng = np.random.default_rng(6)
    found = {312: 0, 500: 0}
    for _ in range(600):
        step = rng.choice([0, 1, -1], size=500, p=[0.90, 0.075, 0.025])
        k, m = (step == 1).cumsum(), (step != 0).cumsum()
        changes = np.flatnonzero(step)
        first = next((i for i in changes if e_value(int(k[i]), int(m[i])) >= 20), 10**6)
        for n in found:
            found[n] += first < n
    assert found[312] / 600 == pytest.approx(0.53, abs=0.06) and found[500] / 600 == pytest.approx(0.79, abs=0.05)


@given(st.integers(0, 200), st.integers(0, 200))
def test_bounds_for_all_looks_hold_the_mean_and_turn_with_it(passed, failed):
    if passed + failed == 0:
        assert (bounds([0, 1], [0, 0]).low, bounds([0, 1], [0, 0]).high) == (0, 1)
        return
    one, other = bounds([0, 1], [failed, passed]), bounds([0, 1], [passed, failed])
    assert 0 <= one.low <= one.estimate <= one.high <= 1
    assert one.low == pytest.approx(1 - other.high, abs=1e-6)


STREAMS = 300 if DEEP else 60


def test_bounds_hold_at_all_looks_at_once():
    # streams of a share of .9 and of a paired difference of 0, looked at after every tenth case up to 400
    rng = np.random.default_rng(8)
    missed = np.zeros(2)
    for _ in range(STREAMS):
        share = rng.random(400) < 0.9
        pair = rng.choice([-1, 0, 1], size=400, p=[0.05, 0.90, 0.05])
        looks = range(10, 401, 10)
        missed[0] += any(not bounds([0, 1], [n - share[:n].sum(), share[:n].sum()]).contains(0.9) for n in looks)
        cells = [[(pair[:n] == value).sum() for value in (-1, 0, 1)] for n in looks]
        missed[1] += any(not bounds([-1, 0, 1], row, least=-1).contains(0) for row in cells)
    assert (missed / STREAMS <= 0.05).all()


def test_one_sided_p_agrees_with_the_two_sided_one():
    assert worse(20, 8) == pytest.approx(mcnemar(Pairs(0, 8, 20, 0)) / 2)
