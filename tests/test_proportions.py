"""Wilson and Newcombe against published values, and what must always hold."""

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from workbench.stats.proportions import clopper_pearson, difference, wilson

# Newcombe (1998), Statistics in Medicine 17:873, table II, method 10
NEWCOMBE = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (10, 10, 0, 10, 0.6075, 1.0000),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0000),
]
# Newcombe (1998), Statistics in Medicine 17:857, table I, method 3; then further values of the same formula
WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
    (0, 10, 0.0, 0.2775),
    (10, 10, 0.7225, 1.0),
    (5, 10, 0.2366, 0.7634),
    (8, 10, 0.4902, 0.9433),
    (1, 10, 0.0179, 0.4042),
    (80, 100, 0.7112, 0.8666),
    (85, 100, 0.7672, 0.9069),
    (0, 30, 0.0, 0.1135),
]


@pytest.mark.parametrize(("x", "n", "low", "high"), WILSON)
def test_wilson_gives_the_published_intervals(x, n, low, high):
    found = wilson(x, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize(("a", "n", "b", "m", "low", "high"), NEWCOMBE)
def test_difference_gives_newcombes_published_intervals(a, n, b, m, low, high):
    found = difference(a, n, b, m)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_wilson_gives_the_intervals_of_the_judge_example():
    # reference/statistics: fails 30/40 caught = 75.0% (59.8-85.8), passes 78/80 = 97.5% (91.3-99.3)
    assert str(wilson(30, 40)) == "75.0% (59.8-85.8), n 40"
    assert str(wilson(78, 80)) == "97.5% (91.3-99.3), n 80"


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_statsmodels_and_holds_its_estimate(counts):
    x, n = counts
    found = wilson(x, n)
    low, high = proportion_confint(x, n, method="wilson")
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)
    assert 0 <= found.low <= found.estimate <= found.high <= 1


@given(st.integers(1, 200), st.integers(0, 10))
def test_wilson_narrows_with_n(n, tenths):
    x = n * tenths // 10
    small, large = wilson(x, n), wilson(x * 4, n * 4)
    assert large.high - large.low < small.high - small.low


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_difference_holds_its_estimate_and_turns_its_sign_with_the_groups(n, m, data):
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    one, other = difference(a, n, b, m), difference(b, m, a, n)
    assert one.low <= one.estimate <= one.high
    assert one.low == pytest.approx(-other.high)


def test_no_data_is_said_not_guessed():
    assert isnan(wilson(0, 0).estimate)
    assert str(wilson(0, 0)) == "no data, n 0"
    assert isnan(difference(0, 0, 1, 2).estimate)


def test_more_successes_than_units_is_a_mistake():
    with pytest.raises(ValueError, match=r"0\.\.3"):
        wilson(4, 3)


# Newcombe (1998), Statistics in Medicine 17:857, table I, method 5
@pytest.mark.parametrize(
    ("x", "n", "low", "high"), [(81, 263, 0.2527, 0.3676), (0, 20, 0.0, 0.1684), (15, 148, 0.0578, 0.1617)]
)
def test_clopper_pearson_gives_the_published_intervals(x, n, low, high):
    found = clopper_pearson(x, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_exact_interval_is_statsmodels_own(counts):
    found = clopper_pearson(*counts)
    assert (found.low, found.high) == pytest.approx(proportion_confint(*counts, method="beta"), nan_ok=False)
    assert found.low <= found.estimate <= found.high


def test_nothing_counted_is_said_by_the_exact_interval_too():
    assert isnan(clopper_pearson(0, 0).estimate)
    with pytest.raises(ValueError, match=r"0\.\.3"):
        clopper_pearson(4, 3)


def test_pairing_is_worth_having():
    # reference/statistics 3.3: the same table as two samples gives (-.0122, .1320)
    found = difference(174, 200, 162, 200)
    assert (found.low, found.high) == pytest.approx((-0.0122, 0.1320), abs=5e-5)
