"""Two sets of vectors: found when they differ, left alone when they do not, sessions dealt out whole."""

import numpy as np
import pytest

from workbench.stats import two_samples
from workbench.stats.classifier import told_apart
from workbench.stats.two_samples import MOST, centroid_shift, mean_discrepancy


def sets(seed: int, n: int = 60, d: int = 8, shift: float = 0.0, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    second = random.normal(size=(n, d)) * spread + shift
    return np.vstack([random.normal(size=(n, d)), second]), np.repeat([False, True], n)


@pytest.mark.parametrize("kernel", ["rbf", "energy"])
def test_a_shift_of_four_tenths_is_found(kernel: str) -> None:
    # statistics.md A.5: N(0, I) against N(.4, I), 60 x 8: both kernels reach the least p of 199 permutations
    x, second = sets(0, shift=0.4)
    assert mean_discrepancy(x, second, replicates=199, kernel=kernel).p == pytest.approx(0.005)
    assert centroid_shift(x, second, replicates=199).p == pytest.approx(0.005)
    assert told_apart(x, second, replicates=99).p <= 0.02


def test_nothing_is_found_where_nothing_is() -> None:
    hits = {"centre": 0, "shape": 0, "classifier": 0}
    for seed in range(100):
        x, second = sets(seed, n=40)
        hits["centre"] += centroid_shift(x, second, replicates=99, seed=seed).p <= 0.05
        hits["shape"] += mean_discrepancy(x, second, replicates=99, seed=seed).p <= 0.05
        hits["classifier"] += told_apart(x, second, replicates=99, seed=seed).p <= 0.05
    assert all(each <= 11 for each in hits.values()), hits  # 5 expected; 12 or more in 1 of 250 such tests


def test_a_change_of_spread_moves_no_centre_and_is_found_by_shape() -> None:
    x, second = sets(1, n=150, spread=1.6)
    assert centroid_shift(x, second, replicates=199).p > 0.05
    assert mean_discrepancy(x, second, replicates=199).p <= 0.01


def test_whole_sessions_are_dealt_out() -> None:
    wrong = {"centre": 0, "shape": 0, "classifier": 0}
    right = dict(wrong)
    for seed in range(30):
        random = np.random.default_rng(seed)
        session = np.repeat(np.arange(30), 6)
        x = random.normal(size=(30, 6))[session] + 0.2 * random.normal(size=(180, 6))
        second = session >= 15
        for counted, groups in ((wrong, None), (right, session)):
            given = {"groups": groups, "replicates": 99, "seed": seed}
            counted["centre"] += centroid_shift(x, second, **given).p <= 0.05
            counted["shape"] += mean_discrepancy(x, second, **given).p <= 0.05
            counted["classifier"] += told_apart(x, second, **given).p <= 0.05
    assert wrong["centre"] > 20 and wrong["shape"] > 20
    assert all(each <= 6 for each in right.values()), right


def test_the_classifier_points_at_what_is_new() -> None:
    x, second = sets(2, n=200)
    new = np.zeros(400, dtype=bool)
    new[300:340] = True
    x[new] += 3.0
    found = told_apart(x, second, replicates=99)
    assert found.auc > 0.55 and found.p <= 0.02
    assert np.nanmean(found.scores[new]) > np.nanmean(found.scores[second & ~new]) + 0.1


def test_the_classifier_draws_from_large_sets_and_says_of_what_it_saw() -> None:
    x, second = sets(3, n=2_500, d=4)
    assert np.isnan(told_apart(x, second, replicates=9).scores).sum() == 5_000 - MOST


def test_random_features_give_about_the_discrepancy_of_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    x, second = sets(3, n=300, d=8, shift=0.3)
    session = np.repeat(np.arange(200), 3)
    pairs = mean_discrepancy(x, second, groups=session, replicates=49)
    monkeypatch.setattr(two_samples, "MOST", 599)
    monkeypatch.setattr(two_samples, "CHUNK", 128)
    waves = mean_discrepancy(x, second, groups=session, replicates=49)
    assert waves.value == pytest.approx(pairs.value, rel=0.15) and waves.p == pairs.p == 0.02
    assert (waves.n, waves.other_n, waves.groups) == (pairs.n, pairs.other_n, pairs.groups) == (300, 300, 200)
    with pytest.raises(ValueError, match="kernel is rbf"):
        mean_discrepancy(x, second, kernel="energy")


def test_of_many_vectors_all_are_looked_at() -> None:
    random = np.random.default_rng(4)
    x, second = random.normal(size=(4_000, 4)), np.repeat([False, True], 2_000)
    x[2_000:2_300, 0] += 1.0  # too few for what 1,000 a side show
    assert mean_discrepancy(x, second, replicates=99).p <= 0.02


def test_what_cannot_be_tested_is_nan() -> None:
    x, second = sets(4, n=5)
    assert np.isnan(centroid_shift(x, np.zeros(10, dtype=bool)).p)
    assert np.isnan(mean_discrepancy(x, np.ones(10, dtype=bool)).p)
    assert np.isnan(told_apart(x, second, groups=np.repeat([0, 1], 5)).auc)
    same = np.zeros((10, 3))
    assert mean_discrepancy(same, second, replicates=19).p == 1.0
    assert centroid_shift(same, second, replicates=19).p == 1.0
    with pytest.raises(ValueError, match="shape"):
        centroid_shift(np.zeros(10), second)


def test_the_same_seed_gives_the_same_answer() -> None:
    x, second = sets(5)
    for test in (centroid_shift, mean_discrepancy):
        assert test(x, second, replicates=49, seed=7) == test(x, second, replicates=49, seed=7)
    assert told_apart(x, second, replicates=9, seed=7).auc == told_apart(x, second, replicates=9, seed=7).auc
