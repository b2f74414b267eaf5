"""Correcting a judge's rate: published and checked values, refusals, and coverage by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats.calibration import delta_interval, effective_judges, lang_reiczigel, panel, ppi_mean, rogan_gladen
from workbench.stats.proportions import wilson


def test_rogan_gladen_and_its_bounds():
    # p = .80 of 1000, rates .90 and .85 from 50 each; code of Lee et al., arXiv 2511.21140
    assert rogan_gladen(0.80, 0.90, 0.85) == pytest.approx(0.8667, abs=5e-5)
    delta = delta_interval(0.80, 1000, 0.90, 50, 0.85, 50)
    assert (delta.low, delta.high) == pytest.approx((0.7635, 0.9698), abs=5e-5)
    found = lang_reiczigel(0.80, 1000, 0.90, 50, 0.85, 50)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.8667, 0.7792, 1.0), abs=5e-5)
    assert found.method == "lang_reiczigel" and found.n == 1000 and found.n_labelled == 100


def test_prediction_powered_mean():
    # ppi-python 0.2.3, alpha=.05
    labels = np.repeat([1, 0], [80, 20])
    judged = np.concatenate([np.repeat([1, 0], [72, 8]), np.repeat([1, 0], [3, 17])])
    others = np.repeat([1, 0], [750, 250])
    plain, tuned = ppi_mean(labels, judged, others, power=1), ppi_mean(labels, judged, others)
    assert (plain.estimate, plain.low, plain.high) == pytest.approx((0.80, 0.7304, 0.8696), abs=5e-5)
    assert (tuned.estimate, tuned.low, tuned.high) == pytest.approx((0.80, 0.7411, 0.8589), abs=5e-5)


def test_how_many_it_takes_to_claim_a_rate():
    # the least correct of n whose Wilson lower bound reaches .85 and .80
    of_85 = {50: 48, 100: 92, 150: 137, 200: 180, 300: 268}
    of_80 = {50: 46, 100: 88, 150: 130, 200: 172, 300: 254}
    for bound, expected in ((0.85, of_85), (0.80, of_80)):
        for n, least in expected.items():
            assert wilson(least, n).low >= bound > wilson(least - 1, n).low


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((0.5, 100, 0.4, 50, 0.5, 50), "no better than chance"),
        ((0.5, 0, 0.9, 50, 0.9, 50), "no item beyond"),
        ((0.5, 100, float("nan"), 0, 0.9, 50), "labelled no item as pass"),
        ((0.5, 100, 0.9, 50, float("nan"), 0), "labelled no item as fail"),
        ((0.5, 100, 0.9, 2, 0.15, 1000), "cannot be told from chance"),
    ],
)
def test_what_cannot_be_corrected(arguments, reason):
    found = lang_reiczigel(*arguments)
    assert math.isnan(found.estimate) and found.method is None and reason in found.reason


def test_a_weak_judge_is_told():
    assert "weak" in lang_reiczigel(0.6, 500, 0.7, 60, 0.7, 60).reason
    assert lang_reiczigel(0.6, 500, 0.9, 60, 0.7, 60).reason is None


def test_ppi_without_anything_to_go_on():
    assert math.isnan(ppi_mean([], [], []).estimate)
    alone = ppi_mean([1, 0, 1, 1], [1, 0, 1, 0], [])
    assert alone.estimate == 0.75 and alone.low < 0.75 < alone.high
    assert ppi_mean([1, 0, 1, 1], [1, 1, 1, 1], [1, 1, 1]).estimate == 0.75  # a judge that always passes adds nothing


@given(
    st.floats(0, 1), st.integers(1, 3000), st.integers(1, 100), st.integers(1, 100), st.floats(0, 1), st.floats(0, 1)
)
@settings(max_examples=200, deadline=None)
def test_bounds_hold_the_estimate_and_stay_within_reach(passed, n, n_pass, n_fail, true_pass, true_fail):
    found = lang_reiczigel(passed, n, true_pass, n_pass, true_fail, n_fail)
    if found.method:
        assert 0 <= found.low <= found.estimate <= found.high <= 1
    else:
        assert found.reason


def study(rng, share, n_labelled, n_others, balanced):
    """One study: what people and the judge said of the labelled items, and the judge of the others."""
    if balanced:
        truth = np.repeat([1, 0], n_labelled // 2)
    else:
        truth = (rng.random(n_labelled) < share).astype(int)

    def judged(of):
        return np.where(of == 1, rng.random(len(of)) < 0.90, rng.random(len(of)) >= 0.85).astype(int)

    return truth, judged(truth), judged((rng.random(n_others) < share).astype(int))


@pytest.mark.parametrize(("balanced", "method"), [(True, "lang_reiczigel"), (False, "lang_reiczigel"), (False, "ppi")])
def test_coverage(balanced, method):
    # 1000 studies of 100 labels and 1000 others, truth .80: nominal .95; a share of 1000 has an error of .007, and PPI
    # is known to hold .93
    rng = np.random.default_rng(11)
    held = []
    for _ in range(1000):
        truth, judged, others = study(rng, 0.80, 100, 1000, balanced)
        if method == "ppi":
            found = ppi_mean(truth, judged, others)
        else:
            good = truth == 1
            found = lang_reiczigel(
                others.mean(), 1000, judged[good].mean(), good.sum(), 1 - judged[~good].mean(), (~good).sum()
            )
        held.append(found.low <= 0.80 <= found.high)
    assert 0.915 <= np.mean(held) <= 0.985


def test_ppi_on_a_balanced_set_is_wrong():
    rng = np.random.default_rng(12)
    bounds = [ppi_mean(*study(rng, 0.80, 100, 1000, True)) for _ in range(300)]
    assert np.mean([each.low <= 0.80 <= each.high for each in bounds]) < 0.3


def test_judges_that_err_together():
    rng = np.random.default_rng(4)
    shared, own = rng.random((5000, 1)) < 0.2, rng.random((5000, 3)) < 0.2
    wrong = np.where(rng.random((5000, 3)) < 0.775, shared, own)  # correlation .775 squared = .6
    found = panel(wrong)
    assert found.mean == pytest.approx(0.6, abs=0.04)
    assert effective_judges(3, 0.6) == pytest.approx(1.36, abs=5e-3)
    assert found.effective == pytest.approx(effective_judges(3, found.mean))
    never = panel(np.column_stack([wrong[:, 0], np.zeros(5000, dtype=bool)]))
    assert math.isnan(never.mean) and math.isnan(never.effective)
