"""What the usual cut-offs say of the same traffic, against statistics.md, 5.1, 5.2 and A.4."""

import numpy as np
import pytest
from scipy.stats import chi2

from workbench.stats.divergence import null_mean

RUNS = 1500


def same_traffic(k: int, n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """JSD in bits and PSI (half a count added) of pairs of samples of k equal categories."""
    random = np.random.default_rng(seed)
    first, second = (random.multinomial(n, np.full(k, 1 / k), size=RUNS).astype(float) for _ in range(2))
    p, q = first / n, second / n
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        jsd = (np.where(p > 0, p * np.log2(p / middle), 0) + np.where(q > 0, q * np.log2(q / middle), 0)).sum(
            axis=1
        ) / 2
    p, q = (first + 0.5) / (n + k / 2), (second + 0.5) / (n + k / 2)
    return jsd, ((p - q) * np.log(p / q)).sum(axis=1)


@pytest.mark.parametrize(
    ("k", "n", "mean", "high"),
    [
        (5, 50, 0.0299, 0.0700), (5, 200, 0.0070, 0.0168), (10, 100, 0.0333, 0.0623), (10, 1000, 0.0033, 0.0062),
        (20, 200, 0.0354, 0.0561), (20, 1000, 0.0069, 0.0109), (50, 1000, 0.0180, 0.0244), (50, 5000, 0.0035, 0.0048),
    ],
)  # fmt: skip
def test_the_null_table(k: int, n: int, mean: float, high: float) -> None:  # A.4
    jsd, _ = same_traffic(k, n)
    assert jsd.mean() == pytest.approx(mean, rel=0.06)
    assert np.quantile(jsd, 0.95) == pytest.approx(high, rel=0.08)
    assert null_mean(k, n, n) / np.log(2) == pytest.approx(mean, rel=0.12)


@pytest.mark.parametrize(("k", "n", "alarms"), [(10, 100, 0.91), (10, 200, 0.53), (10, 300, 0.21), (20, 500, 0.39)])
def test_a_distance_of_a_tenth_is_an_alarm_about_nothing(k: int, n: int, alarms: float) -> None:
    # 5.1: 4 n JSD ~ chi-square with k - 1 degrees of freedom, JSD in nats; the cut-off is .1 on its root
    assert chi2.sf(4 * n * 0.1**2, k - 1) == pytest.approx(alarms, abs=0.02)
    jsd, _ = same_traffic(k, n)
    assert (np.sqrt(jsd * np.log(2)) > 0.1).mean() == pytest.approx(alarms, abs=0.06)


@pytest.mark.parametrize(
    ("k", "n", "mean", "over"), [(10, 100, 0.169, 0.80), (10, 200, 0.088, 0.33), (10, 500, 0.036, 0.003)]
)
def test_the_stability_index_too(k: int, n: int, mean: float, over: float) -> None:  # 5.1
    _, psi = same_traffic(k, n)
    assert psi.mean() == pytest.approx(mean, rel=0.1)
    assert (psi > 0.1).mean() == pytest.approx(over, abs=0.06)


def test_an_auc_over_the_usual_cut_off_is_chance_where_a_hundred_a_side_are_compared() -> None:
    # 5.2: n = 100 a side, 64 dimensions: mean .506, sd .060, over .55 in 15% (logistic regression; ours is ridge)
    from workbench.stats.classifier import told_apart

    random = np.random.default_rng(3)
    second = np.repeat([False, True], 100)
    found = [told_apart(random.normal(size=(200, 64)), second, replicates=19, seed=s) for s in range(60)]
    auc = np.array([each.auc for each in found])
    assert 0.04 < auc.std() < 0.08
    assert 0.05 <= (auc > 0.55).mean() <= 0.35
    assert np.mean([each.p <= 0.05 for each in found]) <= 0.13
