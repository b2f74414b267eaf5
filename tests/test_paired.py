"""Two runs over the same cases: published and checked values, and what must always hold."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from workbench.stats.paired import Pairs, bonett_price, clustered, exchanged, mcnemar, newcombe_paired, statistic, worse

EXAMPLE = Pairs(150, 24, 12, 14)  # reference/statistics 3.3


@pytest.mark.parametrize(
    ("table", "plain", "corrected", "exact"),
    [
        (Pairs(101, 121, 59, 33), 21.356, 20.672, 4.43e-6),  # Wikipedia, McNemar's test
        (Pairs(794, 150, 86, 570), 17.356, 16.818, 3.7e-5),  # Agresti, approval of the prime minister
    ],
)
def test_mcnemar_gives_the_published_values(table, plain, corrected, exact):
    gap, m = abs(table.first - table.second), table.first + table.second
    assert statistic(gap, m) == pytest.approx(plain, abs=5e-4)
    assert statistic(gap, m, corrected=True) == pytest.approx(corrected, abs=5e-4)
    assert mcnemar(table, method="exact") == pytest.approx(exact, rel=0.01)
    cells = [[table.both, table.first], [table.second, table.neither]]
    for method, options in (
        ("exact", {"exact": True}),
        ("chi2", {"exact": False, "correction": False}),
        ("corrected", {"exact": False, "correction": True}),
    ):
        assert mcnemar(table, method=method) == pytest.approx(statsmodels_mcnemar(cells, **options).pvalue)


def test_the_intervals_of_a_difference():
    # reference/statistics 3.3: a=150, b=24, c=12, d=14
    assert EXAMPLE.difference == pytest.approx(0.06) and EXAMPLE.discordance == pytest.approx(0.18)
    bonett, newcombe = bonett_price(EXAMPLE), newcombe_paired(EXAMPLE)
    assert (bonett.low, bonett.high) == pytest.approx((0.0002, 0.1187), abs=5e-5)
    assert (newcombe.low, newcombe.high) == pytest.approx((0.0006, 0.1203), abs=5e-5)
    assert mcnemar(EXAMPLE, method="exact") == pytest.approx(0.0652, abs=5e-5)
    # mid-p takes half of what exact gives the outcome itself
    assert mcnemar(EXAMPLE) == pytest.approx(0.0652 - math.comb(36, 12) / 2**36, abs=5e-5)


def test_without_a_discordant_pair_nothing_differs():
    same = Pairs(40, 0, 0, 10)
    assert all(mcnemar(same, method=method) == 1 for method in ("midp", "exact", "chi2", "corrected"))
    assert worse(0, 0) == 1
    assert bonett_price(same).low < 0 < bonett_price(same).high
    assert newcombe_paired(same).estimate == 0


def test_no_data_is_said_not_guessed():
    nothing = Pairs(0, 0, 0, 0)
    assert math.isnan(nothing.difference) and math.isnan(nothing.discordance)
    assert (bonett_price(nothing).low, bonett_price(nothing).high) == (-1, 1)
    assert (newcombe_paired(nothing).low, newcombe_paired(nothing).high) == (-1, 1)
    assert math.isnan(clustered([], []).interval.estimate)
    with pytest.raises(ValueError, match="midp"):
        mcnemar(nothing, method="asymptotic")
    with pytest.raises(ValueError, match="midp or exact"):
        worse(1, 2, method="chi2")


def test_counting_two_columns():
    assert Pairs.of([1, 1, 0, 0, 1], [1, 0, 1, 0, 0]) == Pairs(1, 2, 1, 1)


def test_worse_is_one_sided():
    assert worse(9, 1, method="exact") == pytest.approx(11 / 1024)
    assert worse(9, 1) == pytest.approx(11 / 1024 - 5 / 1024)
    assert worse(1, 9) > 0.99
    for lost, gained in ((9, 1), (30, 12)):
        assert 2 * worse(lost, gained) == pytest.approx(mcnemar(Pairs(0, gained, lost, 0)))


counts = st.integers(0, 60)
tables = st.builds(Pairs, counts, counts, counts, counts).filter(lambda pairs: pairs.n > 0)


@given(tables)
def test_intervals_hold_their_estimate_and_turn_with_the_runs(pairs):
    turned = Pairs(pairs.both, pairs.second, pairs.first, pairs.neither)
    for interval in (bonett_price, newcombe_paired):
        one, other = interval(pairs), interval(turned)
        assert -1 <= one.low <= one.estimate <= one.high <= 1
        assert one.low == pytest.approx(-other.high)
    assert mcnemar(pairs) == pytest.approx(mcnemar(turned))
    assert mcnemar(pairs) <= mcnemar(pairs, method="exact") <= 1


@given(tables, st.integers(2, 6))
def test_bonett_price_narrows_with_n(pairs, times):
    more = Pairs(*(times * each for each in (pairs.both, pairs.first, pairs.second, pairs.neither)))
    wide, narrow = bonett_price(pairs), bonett_price(more)
    assert narrow.high - narrow.low <= wide.high - wide.low


def test_bonett_price_holds_its_level():
    # reference/statistics 3.3: coverage .986-.990 with 50 pairs, .957 with 200; 2,000 runs, an error of .005
    rng = np.random.default_rng(3)
    for n, least in ((50, 0.965), (200, 0.935)):
        drawn = rng.multinomial(n, (0.80, 0.08, 0.04, 0.08), size=2000)
        held = [bonett_price(Pairs(*map(int, row))).contains(0.04) for row in drawn]
        assert np.mean(held) >= least


def test_clusters_of_one_are_a_paired_t_test():
    rng = np.random.default_rng(0)
    one, other = rng.random(80) < 0.8, rng.random(80) < 0.6
    gap = one.astype(float) - other
    found = clustered(gap, np.arange(80))
    expected = ttest_rel(one.astype(float), other.astype(float))
    bounds = expected.confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((bounds.low, bounds.high))
    assert found.p == pytest.approx(expected.pvalue)
    assert found.effect == pytest.approx(1)


def test_the_t_interval_of_the_example():
    # reference/statistics 3.3: t (.0013, .1187)
    values = np.repeat([0.0, 1.0, -1.0, 0.0], [150, 24, 12, 14])
    found = clustered(values, np.arange(200)).interval
    assert (found.low, found.high) == pytest.approx((0.0013, 0.1187), abs=5e-5)


def test_cluster_errors_agree_with_statsmodels():
    # reference/statistics 3.4: 60 clusters of 5; within sqrt(G/(G-1) (n-1)/n) of statsmodels
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(60), 5)
    value = (rng.random(300) < np.repeat(rng.beta(2, 1, 60), 5)).astype(float)
    found = clustered(value, group)
    fitted = sm.OLS(value, np.ones(300)).fit(cov_type="cluster", cov_kwds={"groups": group})
    assert found.error == pytest.approx(float(fitted.bse[0]) * math.sqrt(299 / 300), rel=0.003)
    assert found.clusters == 60 and found.effect > 1.2
    assert found.error == pytest.approx(math.sqrt(found.effect) * value.std(ddof=1) / math.sqrt(300))


def test_one_cluster_says_nothing():
    found = clustered([0.0, 1.0, 1.0], ["a", "a", "a"])
    assert found.interval.estimate == pytest.approx(2 / 3) and math.isnan(found.error) and math.isnan(found.p)


def test_a_difference_that_never_varies():
    assert clustered([0.0, 0.0, 0.0], [1, 2, 3]).p == 1
    assert clustered([1.0, 1.0, 1.0], [1, 2, 3]).p == 0


def test_exchanged_pairs_give_the_exact_chance():
    # three pairs, eight orders: as far out in the order seen and in its opposite
    assert exchanged([1.0, 1.0, 1.0], replicates=9999) == pytest.approx(2 / 8, abs=0.02)
    assert exchanged([1.0, -1.0], replicates=99) == 1.0
    assert exchanged(np.ones(12)) < 0.01
