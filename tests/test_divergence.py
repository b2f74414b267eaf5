"""Divergence of categories and overlap of rankings, against the published and the closed-form values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency

from workbench.stats.divergence import (
    SMOOTH,
    added_up,
    diverged,
    jensen_shannon,
    kullback_leibler,
    null_mean,
    permuted_sums,
    shifts,
    stability_index,
    total_variation,
)
from workbench.stats.overlap import jaccard, rank_biased_overlap

# reference values: statistics.md sections 5.1 and 5.3 and A.4; scipy's distance is the root of the divergence
P, Q = (0.40, 0.25, 0.20, 0.10, 0.05), (0.35, 0.25, 0.22, 0.12, 0.06)


def test_reference_values_of_divergences() -> None:
    assert jensen_shannon((1, 0), (0.5, 0.5), base=2) == pytest.approx(0.31128, abs=1e-5)
    assert jensen_shannon((1, 0), (0.5, 0.5)) == pytest.approx(0.21576, abs=1e-5)
    assert jensenshannon((1, 0), (0.5, 0.5), base=2) == pytest.approx(0.55792, abs=1e-5)
    assert jensen_shannon(P, Q, base=2) == pytest.approx(0.0025318, abs=1e-7)
    assert kullback_leibler(P, Q) == pytest.approx(0.0070023, abs=1e-7)
    assert stability_index(P, Q) == pytest.approx(0.014052, abs=1e-6)


@given(
    st.lists(st.integers(0, 50), min_size=2, max_size=12),
    st.lists(st.integers(0, 50), min_size=2, max_size=12),
)
def test_it_is_scipys_distance_squared_and_symmetric(first: list[int], second: list[int]) -> None:
    size = min(len(first), len(second))
    first, second = first[:size], second[:size]
    if sum(first) == 0 or sum(second) == 0:
        return
    found = jensen_shannon(first, second)
    assert found == pytest.approx(jensenshannon(first, second) ** 2, abs=1e-9)
    assert found == pytest.approx(jensen_shannon(second, first), abs=1e-12)
    assert 0 <= found <= np.log(2) + 1e-12
    assert 0 <= total_variation(first, second) <= 1


def test_an_empty_category_needs_smoothing_for_these_only() -> None:
    assert np.isinf(kullback_leibler((1, 1), (2, 0)))
    assert np.isfinite(kullback_leibler((1, 1), (2, 0), smooth=SMOOTH))
    assert np.isfinite(stability_index((1, 1), (2, 0), smooth=SMOOTH))
    with pytest.raises(ValueError, match="distribution"):
        jensen_shannon((0, 0), (1, 1))


def test_pooled_divergence_is_the_g_statistic() -> None:
    # 2 N x the divergence weighted by the sizes of the sets = G exactly
    table = np.array([[30, 20, 10], [20, 40, 30]])
    n, m = table.sum(axis=1)
    p, q = table[0] / n, table[1] / m
    middle = table.sum(axis=0) / table.sum()
    weighted = n / (n + m) * np.sum(p * np.log(p / middle)) + m / (n + m) * np.sum(q * np.log(q / middle))
    g = chi2_contingency(table, lambda_="log-likelihood", correction=False).statistic
    assert 2 * (n + m) * weighted == pytest.approx(g)


@pytest.mark.parametrize(
    ("k", "n", "bits"), [(10, 200, 0.01665), (20, 500, 0.01392), (5, 50, 0.0299), (10, 100, 0.0333), (20, 200, 0.0354)]
)
def test_the_same_traffic_diverges_by_about_what_the_formula_says(k: int, n: int, bits: float) -> None:
    random = np.random.default_rng(1)
    drawn = [
        jensen_shannon(
            np.bincount(random.integers(0, k, n), minlength=k), np.bincount(random.integers(0, k, n), minlength=k),
            base=2,
        )
        for _ in range(400)
    ]  # fmt: skip
    assert np.mean(drawn) == pytest.approx(bits, rel=0.08)
    assert null_mean(k, n, n) / np.log(2) == pytest.approx(bits, rel=0.06)


def sets(random: np.random.Generator, n: int, k: int = 8, moved: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    first, second = random.integers(0, k, n), random.integers(0, k, n)
    second[: int(moved * n)] = 0
    return np.concatenate([first, second]), np.repeat([False, True], n)


def test_the_test_holds_its_level_and_what_chance_gives_is_taken_out() -> None:
    random = np.random.default_rng(2)
    found = [diverged(*sets(random, 120), replicates=199, seed=turn) for turn in range(200)]
    assert 0.01 <= np.mean([each.p < 0.05 for each in found]) <= 0.09
    assert np.mean([each.excess for each in found]) < 0.5 * np.mean([each.jsd for each in found])


def test_a_move_is_found_and_its_size_is_told() -> None:
    random = np.random.default_rng(3)
    found = diverged(*sets(random, 1000, moved=0.3), seed=1)
    assert found.p < 0.001
    # 30% went to category 0, an eighth of them was there already
    assert 0.18 < found.moved_excess < 0.3 * 7 / 8 < found.moved + 0.03


def test_whole_sessions_are_dealt_out() -> None:
    # 20 sessions a side, each of one category: traces look as if something moved, sessions do not
    random = np.random.default_rng(4)
    wrong = right = 0
    for turn in range(60):
        session = np.repeat(np.arange(40), 10)
        category = np.repeat(random.integers(0, 5, 40), 10)
        second = session >= 20
        wrong += diverged(category, second, replicates=199, seed=turn).p < 0.05
        right += diverged(category, second, groups=session, replicates=199, seed=turn).p < 0.05
    assert wrong > 40
    assert right <= 9


def test_what_cannot_be_tested_is_nan() -> None:
    assert np.isnan(diverged([0, 1], [True, True]).jsd)
    one_group = diverged([0, 1, 1], [True, False, False], groups=[0, 1, 1])
    assert one_group.groups == 2 and one_group.p == 1.0
    assert np.isnan(shifts([0, 1], [True, True], 2).p).all()
    assert permuted_sums(np.ones((2, 1)), np.array([True, True]), replicates=3, seed=0) is None


def test_the_category_that_grew_is_told_from_the_others() -> None:
    random = np.random.default_rng(5)
    found = shifts(*sets(random, 800, moved=0.15), 8, seed=1)
    assert found.adjusted[0] < 0.01
    assert found.differences[0].low > 0.05
    assert (found.adjusted[1:] > 0.01).sum() >= 5


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_the_same_seed_gives_the_same_answer(seed: int) -> None:
    random = np.random.default_rng(seed)
    of = sets(random, 50)
    assert diverged(*of, replicates=99, seed=seed) == diverged(*of, replicates=99, seed=seed)


# --- rankings -----------------------------------------------------------------------------------------------------


def test_reference_values_of_overlap() -> None:
    assert rank_biased_overlap("abcde", "bacde", p=0.9) == pytest.approx(0.900, abs=1e-3)
    assert rank_biased_overlap("abcde", "abcde", p=0.9) == pytest.approx(1.0)
    first, second = list(range(1, 11)), [1, 3, 2, 4, 5, 11, 6, 12, 7, 13]
    assert rank_biased_overlap(first, second, p=0.9) == pytest.approx(0.79982, abs=1e-5)
    assert jaccard(first, second) == pytest.approx(7 / 13)


def test_overlap_of_nothing_and_of_strangers() -> None:
    assert rank_biased_overlap([], []) == 1.0
    assert rank_biased_overlap([], [1]) == 0.0
    assert rank_biased_overlap([1, 2], [3, 4]) == 0.0
    assert jaccard([], []) == 1.0
    with pytest.raises(ValueError, match="once"):
        rank_biased_overlap([1, 1], [1])
    with pytest.raises(ValueError, match="p lies"):
        rank_biased_overlap([1], [1], p=1.0)


@given(st.permutations(list(range(8))), st.permutations(list(range(8))), st.integers(1, 8))
def test_overlap_is_symmetric_and_within_bounds(first: list[int], second: list[int], cut: int) -> None:
    found = rank_biased_overlap(first[:cut], second)
    assert found == pytest.approx(rank_biased_overlap(second, first[:cut]))
    assert -1e-12 <= found <= 1 + 1e-12


@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 300), st.sampled_from([0.0, 0.02, 0.5, 1.0]))
@settings(max_examples=30)
def test_sums_with_weights_are_those_one_by_one_however_full_the_table(g: int, k: int, times: int, full: float) -> None:
    random = np.random.default_rng(g)
    values = random.normal(size=(g, k)) * (random.random((g, k)) < full)
    weights = random.integers(0, 3, (times, g)).astype(float)
    assert np.allclose(added_up(values, iter(weights), times), weights @ values)
