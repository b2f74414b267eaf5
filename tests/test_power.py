"""Sizes of sets, and what they can see: the tables of reference/statistics 3.5, whole."""

from math import ceil, floor, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from workbench.stats import power
from workbench.stats.paired import Pairs, mcnemar
from workbench.stats.proportions import wilson

# base, other, independent per arm, one sample, paired with correlation .5 and .7
TABLE = [
    (0.50, 0.45, 1565, 783, 787, 475),
    (0.50, 0.55, 1565, 783, 787, 475),
    (0.80, 0.75, 1092, 528, 553, 336),
    (0.80, 0.85, 903, 471, 460, 281),
    (0.90, 0.85, 681, 316, 353, 218),
    (0.90, 0.95, 424, 239, 232, 155),
    (0.50, 0.48, 9806, 4904, 4908, 2947),
    (0.80, 0.78, 6508, 3208, 3261, 1961),
    (0.90, 0.88, 3835, 1856, 1931, 1166),
    (0.90, 0.92, 3205, 1666, 1619, 980),
    (0.80, 0.70, 292, 137, 153, 95),
    (0.90, 0.80, 195, 86, 108, 77),
]


@pytest.mark.parametrize(("base", "other", "independent", "one_sample", "half", "seven_tenths"), TABLE)
def test_the_table_of_designs(base, other, independent, one_sample, half, seven_tenths):
    assert power.independent(base, other) == independent
    assert power.one_sample(base, other) == one_sample
    effect, variance = other - base, base * (1 - base) + other * (1 - other)
    for correlation, expected in ((0.5, half), (0.7, seven_tenths)):
        shared = 2 * correlation * sqrt(base * (1 - base) * other * (1 - other))
        discordance = max(variance - shared + effect**2, abs(effect))
        assert power.paired(effect, discordance) == expected


@pytest.mark.parametrize(
    ("effect", "sizes"),
    [
        (0.05, {0.05: 155, 0.10: 312, 0.15: 469, 0.20: 626, 0.30: 940}),
        (0.02, {0.05: 979, 0.10: 1960, 0.15: 2941, 0.20: 3923, 0.30: 5885}),
        (0.03, {0.10: 870, 0.20: 1742}),
        (0.10, {0.10: 77, 0.20: 155, 0.30: 234}),
    ],
)
def test_pairs_by_discordance(effect, sizes):
    assert {psi: power.paired(effect, psi) for psi in sizes} == sizes
    assert power.paired(-effect, 0.20) == power.paired(effect, 0.20)


def test_the_articles_rule_holds_for_pairs_only():
    # "5 points need 300 to 400": paired at a discordance of 10 to 13%, or one sample near .9
    assert 300 <= power.paired(0.05, 0.10) <= power.paired(0.05, 0.127) <= 400
    assert 300 <= power.one_sample(0.90, 0.85) <= 400
    assert power.independent(0.80, 0.75) / 350 > 3 and power.independent(0.50, 0.45) / 350 > 4


def test_what_is_easy_to_remember():
    # n ~ 7.85 psi / D^2 paired, 15.7 p(1-p) / D^2 in each of two samples
    assert power.paired(0.05, 0.20) == pytest.approx(7.85 * 0.20 / 0.05**2, rel=0.01)
    assert power.independent(0.50, 0.48) == pytest.approx(15.7 * 0.25 / 0.02**2, rel=0.01)


@pytest.mark.parametrize(
    ("n", "paired", "independent"),
    [
        (100, (8.8, 12.4, 15.2), 17.8),
        (200, (6.2, 8.8, 10.8), 12.2),
        (300, (5.1, 7.2, 8.8), 9.9),
        (500, (4.0, 5.6, 6.9), 7.5),
        (1000, (2.8, 4.0, 4.9), 5.2),
        (2000, (2.0, 2.8, 3.4), 3.7),
    ],
)
def test_what_a_set_can_see(n, paired, independent):
    for discordance, expected in zip((0.1, 0.2, 0.3), paired, strict=True):
        assert 100 * power.mde_paired(n, discordance) == pytest.approx(expected, abs=0.06)
    assert 100 * power.mde_independent(n, 0.80, rising=False) == pytest.approx(independent, abs=0.05)


def test_not_worse_by_a_margin():
    sizes = [(0.05, 0.10, 248), (0.05, 0.20, 495), (0.02, 0.10, 1546)]
    for margin, discordance, n in sizes:
        assert power.non_inferiority(margin, discordance) == n


def test_many_slices_need_more():
    assert [round(power.slice_factor(m), 2) for m in (1, 5, 10, 20)] == [1, 1.49, 1.70, 1.90]


def test_several_answers_a_case():
    # Miller, arXiv 2411.00640: "about 1,000 questions for 3 points"
    assert power.continuous(1 / 9, 0.03) == 969
    assert power.continuous(1 / 9, 0.03, noise=1 / 6) == 3876
    assert power.continuous(1 / 9, 0.03, noise=1 / 6, runs=10) == 1260


def test_a_lower_bound_that_is_reached():
    # reference/statistics 2.2
    claims = {
        0.85: {50: 48, 100: 92, 150: 137, 200: 180, 300: 268},
        0.80: {50: 46, 100: 88, 150: 130, 200: 172, 300: 254},
    }
    for bound, expected in claims.items():
        assert {n: power.least_correct(bound, n) for n in expected} == expected
    assert power.least_correct(0.95, 10) is None
    assert power.lower_bound(0.85, 0.85) is None and power.lower_bound(0.9, 0.8) is None


@given(st.floats(0.5, 0.95), st.floats(0.01, 0.3))
def test_the_least_n_of_a_lower_bound_is_the_least(bound, gap):
    share = min(1.0, bound + gap)
    assume(share - bound > 0.009)
    n = power.lower_bound(bound, share)
    assert wilson(ceil(share * n), n).low >= bound - 1e-9
    assert n == 1 or wilson(floor(share * (n - 1)), n - 1).low < bound


@given(st.floats(0.05, 0.95), st.floats(0.01, 0.3))
def test_independent_agrees_with_statsmodels(base, gap):
    other = base + gap if base + gap < 0.99 else base - gap
    assume(0.01 < other < 0.99)
    size = abs(proportion_effectsize(base, other))
    expected = NormalIndPower().solve_power(size, alpha=0.05, power=0.8)
    assert power.independent(base, other) == pytest.approx(expected, rel=1e-3, abs=1.01)


@given(st.floats(0.02, 0.2), st.floats(1.05, 4))
def test_the_smallest_effect_undoes_the_size(effect, times):
    discordance = min(1.0, effect * times)
    n = power.paired(effect, discordance)
    assert power.mde_paired(n, discordance) == pytest.approx(effect, rel=0.05)
    assert power.mde_paired(n, discordance) <= effect + 1e-9
    n = power.one_sample(0.9, 0.9 - effect)
    assert power.mde_one_sample(n, 0.9) == pytest.approx(effect, rel=0.05)


def test_what_no_set_of_that_size_can_see():
    assert power.mde_paired(3, 0.05) is None
    assert power.mde_independent(5, 0.95) is None and power.mde_independent(5, 0.05, rising=False) is None
    assert power.mde_one_sample(1, 0.99, rising=True) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: power.paired(0.05, 0.04),
        lambda: power.paired(0, 0.1),
        lambda: power.independent(0.8, 0.8),
        lambda: power.one_sample(0.8, 1.2),
        lambda: power.non_inferiority(0, 0.1),
        lambda: power.slice_factor(0),
    ],
)
def test_what_makes_no_sense_is_a_mistake(call):
    with pytest.raises(ValueError, match=r"shares|discordance|slices"):
        call()


def test_mid_p_has_the_power_that_was_planned_for():
    # reference/statistics A.3, exact and mid-p: .779 .803 / .757 .806 / .776 .793; 4,000 runs, an error of .006
    rng = np.random.default_rng(7)
    planned = [(555, 0.1775, 0.05, 0.779, 0.803), (312, 0.10, 0.05, 0.757, 0.806), (1960, 0.10, 0.02, 0.776, 0.793)]
    for n, psi, effect, exact, midp in planned:
        cells = (1 - psi, (psi + effect) / 2, (psi - effect) / 2)
        counts, times = np.unique(rng.multinomial(n, cells, size=4000)[:, 1:], axis=0, return_counts=True)
        for method, expected in (("exact", exact), ("midp", midp)):
            seen = [mcnemar(Pairs(0, int(b), int(c), 0), method=method) <= 0.05 for b, c in counts]
            assert np.average(seen, weights=times) == pytest.approx(expected, abs=0.025)
