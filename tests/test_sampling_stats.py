"""Weighted shares: published values, what must always hold, and a small simulation of coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from workbench.stats.proportions import wilson
from workbench.stats.resampling import resampled_shares
from workbench.stats.sampling import design, korn_graubard, simple, weighted_shares, wilson_on

# reference/statistics.md 4.2: five strata, failures among the drawn
POPULATION = np.array([4000.0, 2500, 2000, 1000, 500])
DRAWN = np.array([60, 40, 40, 30, 30])
FAILED = np.array([6, 4, 6, 9, 15])


def example():
    stratum = np.repeat(np.arange(5), DRAWN)
    has = np.concatenate([np.arange(n) < x for x, n in zip(FAILED, DRAWN, strict=True)])[:, None]
    return has, design(stratum, (POPULATION / DRAWN)[stratum], POPULATION)


def test_the_stratified_example():
    has, drawn = example()
    (found,) = weighted_shares(has, drawn)
    assert has.mean() == pytest.approx(0.200)
    assert found.estimate == pytest.approx(0.150)
    assert found.se == pytest.approx(0.02451, abs=5e-6)
    assert found.effective_n == pytest.approx(212.2, abs=0.05)
    assert drawn.kish_n == pytest.approx(177.1, abs=0.05)
    assert (found.low, found.high) == pytest.approx((0.1082, 0.2042), abs=5e-5)
    assert found.method == "wilson"
    assert korn_graubard(0.15, found.effective_n) == pytest.approx((0.1048, 0.2053), abs=5e-5)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_values_of_newcombe_1998(x, n, low, high):
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I."""
    assert wilson_on(x / n, n) == pytest.approx((low, high), abs=5e-5)
    assert (wilson(x, n).low, wilson(x, n).high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"), [(81, 263, 0.2527, 0.3676), (0, 20, 0, 0.1684), (15, 148, 0.0578, 0.1617)]
)
def test_clopper_pearson_values_of_newcombe_1998(x, n, low, high):
    assert korn_graubard(x / n, n) == pytest.approx((low, high), abs=5e-5)


def test_one_stratum_without_end_is_the_simple_share():
    """Effective n is n - 1: the variance is the unbiased one, p (1 - p) / (n - 1)."""
    (found,) = weighted_shares((np.arange(100) < 30)[:, None], simple(100))
    assert found.effective_n == pytest.approx(99)
    assert (found.low, found.high) == pytest.approx(wilson_on(0.3, 99))


def test_nothing_found_still_has_an_upper_bound():
    stratum = np.repeat([0, 1], 30)
    (found,) = weighted_shares(np.zeros((60, 1)), design(stratum, np.ones(60), np.array([3000.0, 1000.0])))
    assert found.estimate == found.low == 0
    assert 0.04 < found.high < 0.12 and found.method == "korn-graubard"


def test_a_stratum_without_finds_widens_the_interval():
    """Half of the population, ten draws, none found: without the floor it would count as certain."""
    stratum = np.repeat([0, 1], [10, 40])
    has = np.r_[np.zeros(10), np.arange(40) < 12][:, None]
    (found,) = weighted_shares(has, design(stratum, np.ones(50), np.array([2000.0, 2000.0])))
    sure_half = 0.5 * np.sqrt(0.3 * 0.7 / 39 * 0.98)
    floor = 0.5 * np.sqrt(0.5 / 11 * (1 - 0.5 / 11) / 9 * 0.995)
    assert found.se == pytest.approx(np.hypot(sure_half, floor))


def test_a_stratum_with_next_to_no_finds_gets_bounds_of_its_own():
    """By hand: 0.5 * (0 of 10) + 0.5 * (5 of 10); Jeffreys on 9 units each, (0, .2378) and (.2171, .7829)."""
    stratum = np.repeat([0, 1], 10)
    has = np.r_[np.zeros(10), np.arange(10) < 5][:, None]
    plan = design(stratum, np.ones(20), np.array([np.inf, np.inf]))
    (found,) = weighted_shares(has, plan)
    up, down = (
        np.hypot(0.5 * beta.ppf(0.975, 0.5, 9.5), 0.5 * (beta.ppf(0.975, 5, 5) - 0.5)),
        0.5 - beta.ppf(0.025, 5, 5),
    )
    assert found.method == "mover-jeffreys"
    assert (found.low, found.high) == pytest.approx((0.25 - 0.5 * down, 0.25 + up))


def test_few_finds_at_random_keep_korn_and_graubards_interval():
    (found,) = weighted_shares((np.arange(200) < 3)[:, None], simple(200))
    assert found.method == "korn-graubard" and found.estimate == pytest.approx(0.015)
    assert (found.low, found.high) == pytest.approx(korn_graubard(0.015, 199))


def test_all_read_is_certain():
    stratum = np.repeat([0, 1], 5)
    (found,) = weighted_shares((np.arange(10) < 3)[:, None], design(stratum, np.ones(10), np.array([5.0, 5.0])))
    assert found.method == "complete" and found.se == 0
    assert found.low == found.estimate == found.high == pytest.approx(0.3)


def test_unequal_weights_within_a_stratum():
    """Hajek by hand: (3 + 1) / (3 + 1 + 1 + 1)."""
    weight = np.array([3.0, 1, 1, 1])
    drawn = design(np.zeros(4, dtype=int), weight, np.array([6.0]))
    (found,) = weighted_shares(np.array([[1], [1], [0], [0]]), drawn)
    assert found.estimate == pytest.approx(4 / 6)


def test_two_samples_count_by_what_was_read_of_each():
    stratum = np.repeat([0, 1], [30, 10])
    drawn = design(stratum, np.ones(40), np.array([100.0, 100.0]), sample=np.array([0, 1]))
    assert drawn.share.tolist() == [0.75, 0.25]
    has = np.r_[np.ones(30), np.zeros(10)][:, None]
    assert weighted_shares(has, drawn)[0].estimate == pytest.approx(0.75)


def test_a_domain_is_a_share_of_its_own():
    has, drawn = example()
    first = drawn.stratum == 0
    (found,) = weighted_shares(has, drawn, domain=first)
    assert found.estimate == pytest.approx(0.1) and found.n == 60
    (empty,) = weighted_shares(has, drawn, domain=np.zeros(200, dtype=bool))
    assert np.isnan(empty.estimate) and (empty.low, empty.high, empty.n) == (0, 1, 0)


@pytest.mark.parametrize("weight", [np.array([1.0, 0.0]), np.array([1.0, -1.0])])
def test_weights_are_positive(weight):
    with pytest.raises(ValueError, match="positive weight"):
        design(np.array([0, 1]), weight, np.array([2.0, 2.0]))


def test_redrawn_shares_spread_as_the_standard_error_says():
    has, drawn = example()
    redrawn = resampled_shares(has, drawn, n_boot=4000, seed=1)
    assert redrawn.mean() == pytest.approx(0.150, abs=0.002)
    assert redrawn.std() == pytest.approx(0.02451, rel=0.05)
    assert (redrawn == resampled_shares(has, drawn, n_boot=4000, seed=1)).all()


@st.composite
def samples(draw):
    strata = draw(st.integers(1, 4))
    drawn = [draw(st.integers(1, 12)) for _ in range(strata)]
    population = np.array([n + draw(st.integers(0, 500)) for n in drawn], dtype=float)
    found = [draw(st.integers(0, n)) for n in drawn]
    stratum = np.repeat(np.arange(strata), drawn)
    has = np.concatenate([np.arange(n) < x for x, n in zip(found, drawn, strict=True)])[:, None]
    return has, stratum, population


@settings(deadline=None)
@given(samples())
def test_an_interval_contains_its_estimate_and_what_is_weighed_by_hand(sample):
    has, stratum, population = sample
    (found,) = weighted_shares(has, design(stratum, np.ones(len(stratum)), population))
    by_hand = sum(size * has[stratum == h].mean() for h, size in enumerate(population)) / population.sum()
    assert found.estimate == pytest.approx(by_hand)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    if (np.bincount(stratum) < population).any():
        assert found.se > 0 and found.low < found.high


@settings(deadline=None)
@given(samples(), st.sampled_from([0.8, 0.9, 0.99]))
def test_more_certainty_is_a_wider_interval_and_the_complement_mirrors(sample, level):
    has, stratum, population = sample
    drawn = design(stratum, np.ones(len(stratum)), population)
    (found,), (other,) = weighted_shares(has, drawn), weighted_shares(has, drawn, level=level)
    width, wanted = found.high - found.low, other.high - other.low
    assert (wanted >= width - 1e-9) if level > 0.95 else (wanted <= width + 1e-9)
    (passed,) = weighted_shares(1 - has, drawn)
    assert (passed.low, passed.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-6)


@settings(deadline=None)
@given(samples(), st.floats(0.1, 50))
def test_only_ratios_of_weights_count(sample, factor):
    has, stratum, population = sample
    one = weighted_shares(has, design(stratum, np.ones(len(stratum)), population))
    assert weighted_shares(has, design(stratum, np.full(len(stratum), factor), population))[0].estimate == (
        pytest.approx(one[0].estimate)
    )


@pytest.mark.parametrize(
    ("name", "population", "drawn", "rate"),
    [
        ("the largest has none", (1000, 500, 300, 150, 50), (32, 20, 16, 8, 4), (0, 0.15, 0.3, 0.2, 0.2)),
        ("the small stratum has none", (1000, 500, 300, 150, 50), (24, 20, 20, 10, 6), (0.05, 0.1, 0.3, 0.4, 0)),
        ("the second has none", (1200, 300, 300, 150, 50), (30, 20, 25, 15, 10), (0.05, 0, 0.4, 0.2, 0.2)),
        ("few of the largest", (285, 247, 247, 1121), (12, 36, 16, 16), (0, 0.5, 0.25, 0.05)),
        ("few in all", (1200, 300, 300, 150, 50), (40, 20, 25, 10, 5), (0.01, 0, 0.1, 0.02, 0.02)),
        ("three to one, many read", (4000, 400, 200, 100), (100, 80, 70, 50), (0.08, 0.3, 0.5, 0)),
    ],
)  # fmt: skip
def test_the_95_interval_covers_93_to_97_in_a_hundred(name, population, drawn, rate):
    population, drawn = np.array(population, dtype=float), np.array(drawn)
    failing = np.round(population * rate).astype(int)
    random = np.random.default_rng(20)
    stratum = np.repeat(np.arange(len(drawn)), drawn)
    plan = design(stratum, (population / drawn)[stratum], population)
    truth = failing.sum() / population.sum()
    rounds = 3000
    found = np.stack(
        [
            random.hypergeometric(int(k), int(size - k), int(n), size=rounds)
            for k, size, n in zip(failing, population, drawn, strict=True)
        ]
    )
    place = np.concatenate([np.arange(n) for n in drawn])
    has = place[:, None] < found[stratum]
    shares = weighted_shares(has, plan)
    estimates = np.array([each.estimate for each in shares])
    covered = np.mean([each.low <= truth <= each.high for each in shares])
    assert abs(estimates.mean() - truth) < 3 * estimates.std() / np.sqrt(rounds)
    assert 0.93 <= covered <= 0.97, name
    assert abs(has.mean() - truth) > 0.3 * truth or truth > 0.1, "the naive share is visibly wrong"
    assert abs(has.mean() - truth) > 5 * estimates.std() / np.sqrt(rounds)
