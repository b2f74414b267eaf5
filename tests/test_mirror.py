"""The mirror: its statistics against reference values (statistics.md 8), and the step on counts done by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, permutation_test, spearmanr

from workbench.mirror import Production, mirror, reweighted
from workbench.mirror.mirror import TheSet
from workbench.mirror.modes import OTHER, modes
from workbench.mirror.releases import validity
from workbench.mirror.signs import apart_from_production, old, stuck, thin_safety
from workbench.stats.correlation import correlated, fisher_z, reliability, same_order, same_sign, without_noise
from workbench.stats.mixes import apart, gap, log2_ratio, worth
from workbench.stats.proportions import difference, wilson
from workbench.stats.sampling import design, simple, weighted_shares

# --- statistics -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "r", "low", "high"),
    [(5, 0.9, 0.09, 0.99), (6, 0.9, 0.33, 0.99), (8, 0.9, 0.53, 0.98), (10, 0.9, 0.62, 0.98), (20, 0.9, 0.76, 0.96),
     (10, 0.7, 0.13, 0.92), (20, 0.7, 0.37, 0.87)],
)  # fmt: skip
def test_the_interval_of_a_correlation(n: int, r: float, low: float, high: float) -> None:
    """statistics.md 8.5, Fisher's z."""
    found = fisher_z(r, n)
    assert (round(found.low, 2), round(found.high, 2)) == (low, high)


def test_a_perfect_order_of_five_has_p_0167_and_of_four_cannot_reach_05() -> None:
    """statistics.md 8.3: 2 of 120 orders are as far out, and 2 of 24."""
    five, four = same_order([5, 4, 3, 2, 1], [9, 7, 5, 3, 1]), same_order([4, 3, 2, 1], [4, 3, 2, 1])
    assert five.spearman == five.kendall == 1 and round(five.spearman_p, 4) == round(five.kendall_p, 4) == 0.0167
    assert four.spearman_p == pytest.approx(2 / 24) and four.least_p > 0.05 >= five.least_p


def test_orders_are_those_of_scipy_ties_included() -> None:
    x, y = [1, 2, 2, 4, 5, 7], [2, 1, 4, 4, 9, 5]
    found = same_order(x, y)
    assert found.spearman == pytest.approx(spearmanr(x, y).statistic)
    assert found.kendall == pytest.approx(kendalltau(x, y).statistic)
    for name, statistic in (("spearman_p", spearmanr), ("kendall_p", kendalltau)):
        whole = permutation_test(
            (x,), lambda a, s=statistic: s(a, y).statistic, permutation_type="pairings", n_resamples=np.inf
        )
        beyond = (np.abs(whole.null_distribution) >= abs(whole.statistic) - 1e-9).mean()
        assert getattr(found, name) == pytest.approx(beyond)
    strict = same_order([1, 2, 3, 4, 5, 6, 7], [2, 1, 3, 5, 4, 7, 6])
    assert strict.kendall_p == pytest.approx(
        kendalltau([1, 2, 3, 4, 5, 6, 7], [2, 1, 3, 5, 4, 7, 6], method="exact").pvalue
    )


def test_from_ten_things_on_orders_are_drawn_and_seeded() -> None:
    x, y = np.arange(12), np.r_[1, 0, np.arange(2, 12)]
    found = same_order(x, y)
    assert not found.exact and found == same_order(x, y) and found.spearman_p == pytest.approx(1e-4)
    assert np.isnan(same_order(x, np.ones(12)).spearman_p), "what never changes has no order"


def test_correlation_of_what_never_changes_or_of_few_is_not_known() -> None:
    assert np.isnan(correlated([1, 1, 1, 1], [1, 2, 3, 4]).estimate) and np.isnan(correlated([1, 2], [1, 2]).estimate)
    found = correlated([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    assert found.estimate == pytest.approx(0.8) and found.contains(0.8)


def test_signs_that_agree_and_noise_taken_out() -> None:
    assert str(same_sign([1, -1, 2, 0, 3], [1, -2, -1, 1, 2])) == "75.0% (30.1-95.4), n 4"
    assert without_noise(0.5, 0.64, 1.0) == pytest.approx(0.625) and without_noise(0.9, 0.5, 0.5) == 1.0
    assert np.isnan(without_noise(0.5, 0.0, 1.0)) and reliability([1, 2, 3], [0, 0, 0]) == 1.0


def test_a_ratio_by_hand_and_the_same_both_ways() -> None:
    """log2(20.5 / 5.5) = 1.898; variance 1/20.5 - 1/101 + 1/5.5 - 1/101 = .2108, so 1.898 +- 1.96 x .459 / ln 2."""
    found, other = log2_ratio(20, 100, 5, 100), log2_ratio(5, 100, 20, 100)
    assert (round(found.estimate, 3), round(found.low, 2), round(found.high, 2)) == (1.898, 0.6, 3.2)
    assert (other.estimate, other.low, other.high) == pytest.approx((-found.estimate, -found.high, -found.low))
    sure = log2_ratio(10, 10, 10, 10)
    assert sure.estimate == 0 and sure.low < -0.2 and sure.high > 0.2, "all of both is not sure either"


def test_the_gap_of_two_wilson_intervals_is_newcombes() -> None:
    ours, theirs = gap(wilson(56, 70), wilson(48, 80)), difference(56, 70, 48, 80)
    assert (ours.estimate, ours.low, ours.high) == pytest.approx((theirs.estimate, theirs.low, theirs.high))


def test_a_sample_with_equal_weights_is_worth_its_size_and_a_lopsided_one_less() -> None:
    has = np.eye(3)[np.arange(90) % 3]
    assert worth(weighted_shares(has, simple(90))) == pytest.approx(90, rel=0.02)
    uneven = design(np.repeat([0, 1], [60, 30]), np.ones(90), np.array([100.0, 9000.0]))
    assert worth(weighted_shares(has, uneven)) < 45


def test_one_mix_in_two_samples_is_called_two_at_the_stated_rate() -> None:
    """200 pairs of samples of one mix: at .05 no more than the upper end of a binomial interval for 5%."""
    random = np.random.default_rng(0)
    p = np.array([0.4, 0.3, 0.2, 0.1])
    called = [
        apart(random.multinomial(60, p), 60, random.multinomial(40, p), 40, replicates=199, seed=at).p <= 0.05
        for at in range(200)
    ]
    assert wilson(sum(called), 200).low <= 0.05
    other = apart([40, 30, 20, 10], 100, [10, 20, 30, 40], 100)
    assert other.p < 0.01 and other.moved == pytest.approx(0.4) and 0.3 < other.moved_excess < 0.4


# --- failure by failure ---------------------------------------------------------------------------------------------


def production(counts: dict[str, int], *, uncoded: int = 0, passed: int = 20) -> Production:
    """So many failing traces of each code, one code each, some without a code, and some that passed."""
    codes = tuple(counts)
    has = np.repeat(np.eye(len(codes), dtype=bool), list(counts.values()), axis=0)
    rest = np.zeros((uncoded + passed, len(codes)), dtype=bool)
    failed = np.r_[np.ones(len(has) + uncoded, dtype=bool), np.zeros(passed, dtype=bool)]
    n = len(failed)
    return Production(codes, np.vstack([has, rest]), failed, np.ones(n, dtype=bool), simple(n), False)


def test_coverage_counts_the_failures_with_enough_cases_and_what_has_none_comes_first() -> None:
    found = modes(production({"invented": 60, "curt": 30, "slow": 10}), [["curt"]] * 5 + [["slow"]] * 4)
    assert found.frame["mode"].tolist() == ["invented", "curt", "slow"] and found.missing == ("invented",)
    assert found.coverage.estimate == pytest.approx(0.30) and found.coverage.n == 100
    assert found.coverage.low < 0.30 < found.coverage.high and found.frame["covered"].tolist() == [False, True, False]
    assert found.frame["share"].tolist() == pytest.approx([0.6, 0.3, 0.1])
    assert found.frame["case_share"].tolist() == pytest.approx([0, 5 / 9, 4 / 9])


def test_over_and_under_are_told_only_where_they_are_more_than_chance() -> None:
    found = modes(
        production({"invented": 60, "curt": 30, "slow": 10}), [["curt"]] * 40 + [["invented"]] * 5 + [["slow"]] * 5
    )
    state = found.frame.set_index("mode")["state"]
    assert state["curt"] == "over" and state["invented"] == "under" and state["slow"] == "cannot tell"
    assert found.distance.p < 0.01 and found.distance.moved == pytest.approx(0.5)
    same = modes(production({"invented": 60, "curt": 40}), [["invented"]] * 6 + [["curt"]] * 4)
    assert not same.of("over") and not same.of("under") and same.distance.p > 0.5 and same.distance.moved_excess == 0
    large = modes(production({"invented": 600, "curt": 400}), [["invented"]] * 600 + [["curt"]] * 400)
    assert set(large.frame["state"]) == {"as it is"}


def test_a_trace_with_several_codes_counts_once_and_one_without_is_other() -> None:
    has = np.array([[True, True], [True, False], [False, False], [False, False]])
    failed = np.array([True, True, True, False])
    found = modes(Production(("a", "b"), has, failed, np.ones(4, dtype=bool), simple(4), False), [["a", "b"], []])
    shares = found.frame.set_index("mode")[["share", "case_share", "n", "cases"]]
    assert shares["share"].to_dict() == pytest.approx({"a": 0.5, "b": 1 / 6, OTHER: 1 / 3})
    assert shares["case_share"].to_dict() == pytest.approx({"a": 0.25, "b": 0.25, OTHER: 0.5})
    assert shares["cases"].to_dict() == {"a": 1, "b": 1, OTHER: 1} and shares["n"].to_dict() == {
        "a": 2,
        "b": 1,
        OTHER: 1,
    }


def test_weights_decide_what_production_fails_on() -> None:
    """Two strata of 50 read each, one standing for nine times the traffic: its failure is nine tenths of what fails."""
    has = np.repeat(np.eye(2, dtype=bool), 50, axis=0)
    drawn = design(np.repeat([0, 1], 50), np.ones(100), np.array([9000.0, 1000.0]))
    all_ = np.ones(100, dtype=bool)
    found = modes(Production(("often", "rare"), has, all_, all_, drawn, True), [["rare"]] * 5)
    assert found.frame.set_index("mode")["share"].to_dict() == pytest.approx({"often": 0.9, "rare": 0.1})
    assert found.coverage.estimate == pytest.approx(0.1)


def test_only_the_window_counts() -> None:
    made = production({"a": 10, "b": 10})
    inside = np.arange(len(made.failed)) < 10
    found = modes(Production(made.codes, made.has, made.failed, inside, made.design, False), [["b"]] * 5)
    assert found.failures == 10 and found.frame.set_index("mode").loc["b", "share"] == 0 and found.missing == ("a",)


def test_nothing_on_one_side_is_an_answer() -> None:
    nothing = Production(
        (), np.zeros((0, 0), dtype=bool), np.zeros(0, dtype=bool), np.zeros(0, dtype=bool), None, False
    )
    found = modes(nothing, [["a"]] * 3)
    assert np.isnan(found.distance.p) and found.coverage.n == 0 and np.isnan(found.frame["share"].iloc[0])
    assert modes(nothing, []).frame.empty
    bare = modes(production({"a": 30}), [])
    assert bare.coverage.estimate == 0 and bare.missing == ("a",) and np.isnan(bare.overlap)


@settings(max_examples=20, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(1, 30), min_size=1),
    st.lists(st.lists(st.sampled_from("abcdef"), max_size=3), max_size=25),
    st.integers(0, 5),
)
def test_shares_add_up_and_renaming_changes_nothing(counts: dict, cases: list, uncoded: int) -> None:
    found = modes(production(counts, uncoded=uncoded), cases, replicates=20)
    assert found.frame["share"].sum() == pytest.approx(1) and found.frame["covered"].dtype == bool
    if cases:
        assert found.frame["case_share"].sum() == pytest.approx(1)
        assert (
            (found.frame["log2_low"] <= found.frame["log2"]) & (found.frame["log2"] <= found.frame["log2_high"])
        ).all()
    other = modes(
        production({f"x{name}": n for name, n in counts.items()}, uncoded=uncoded),
        [[f"x{name}" for name in each] for each in cases], replicates=20,
    )  # fmt: skip
    assert other.coverage == found.coverage
    assert sorted(other.frame["share"]) == pytest.approx(sorted(found.frame["share"]))


# --- scores ---------------------------------------------------------------------------------------------------------


def test_a_score_is_weighed_by_productions_mix_by_hand() -> None:
    """8 of 10 of "easy" and 2 of 10 of "hard" passed, easy being 9 tenths of the traffic: .9 x .8 + .1 x .2 = .74."""
    passed = [True] * 8 + [False] * 2 + [True] * 2 + [False] * 8
    found = reweighted(passed, ["easy"] * 10 + ["hard"] * 10, {"easy": 0.9, "hard": 0.1}, by="intent")
    assert found.raw.estimate == 0.5 and found.by_traffic.estimate == pytest.approx(0.74) and found.traffic == 1
    assert found.by_traffic.low < 0.74 < found.by_traffic.high
    part = reweighted(passed, ["easy"] * 10 + ["gone"] * 10, {"easy": 0.6, "rest": 0.3, "more": 0.1}, by="intent")
    assert part.by_traffic.estimate == pytest.approx(0.8) and part.traffic == pytest.approx(0.6)
    assert part.without == ("rest", "more") and part.unplaced == 10
    assert reweighted(passed, [None] * 20, {"easy": 1.0}, by="intent").reason == "no_shared_slice"
    assert reweighted([], [], {"easy": 1.0}, by="intent").reason == "no_scores"


def releases(n: int, *, offline: list[int] | None = None, online: list[int] | None = None, verdict: str | None = None):
    given = offline or [80 + at for at in range(n)]
    seen = online or [300 - 10 * at for at in range(n)]
    return pd.DataFrame(
        {
            "release": [f"r{at}" for at in range(n)],
            "first_seen": pd.date_range("2026-01-01", periods=n, freq="7D", tz="UTC"),
            "cases": 100, "passed": given, "traces": 1000, "failures": seen, "verdict": verdict,
        }
    )  # fmt: skip


def test_below_eight_releases_there_are_dots_only() -> None:
    found = validity(releases(7), source="signals")
    assert (found.levels, found.same_way, found.reason) == (None, None, "too_few_releases") and len(found.frame) == 7
    assert "dots only" in found.sentence
    assert validity(releases(0), source="signals").reason == "no_releases"


def test_from_eight_on_levels_changes_and_signs_are_told() -> None:
    online = [300, 280, 290, 250, 240, 245, 220, 200, 190]
    offline = [80, 82, 81, 85, 86, 84, 88, 90, 91]
    found = validity(releases(9, offline=offline, online=online), source="labels")
    r = np.corrcoef([100 - each for each in offline], online)[0, 1]
    assert found.levels.estimate == pytest.approx(r) and found.levels.n == 9 and found.changes.n == 8
    assert found.same_way.estimate == 1 and found.same_way.n == 8 and abs(found.without_noise) >= abs(r)
    same = validity(releases(8, offline=[90] * 8), source="labels")
    assert same.reason == "no_variation" and np.isnan(same.levels.estimate)


def test_what_the_gate_let_through_is_followed() -> None:
    frame = releases(4, online=[100, 200, 200, 100]).assign(verdict=["pass", "pass", "fail", "pass"])
    found = validity(frame, source="signals")
    assert (found.gated.estimate, found.gated.n, found.held.estimate, found.held.n) == (0.5, 2, 0, 1)


# --- signs ----------------------------------------------------------------------------------------------------------


def told(frame: pd.DataFrame) -> str:
    return stuck(validity(frame, source="signals").frame).state


def test_stuck_scores_need_three_releases_and_users_that_fare_no_better() -> None:
    assert told(releases(2)) == "cannot tell"
    assert told(releases(3, offline=[80, 85, 89])) == "no"
    high = {"offline": [99, 98, 100]}
    assert told(releases(3, **high, online=[300, 300, 300])) == "yes"
    assert told(releases(3, **high, online=[300, 250, 200])) == "no", "users fare better"
    assert told(releases(3, offline=[94, 95, 94], online=[300, 300, 300])) == "cannot tell", "94 of 100 may be 88%"
    few = releases(3, **high, online=[3, 3, 3]).assign(traces=10)
    assert told(few) == "cannot tell"


def test_a_set_is_old_by_its_version_or_by_its_cases() -> None:
    assert [old(10, 20).state, old(183, 20).state, old(10, 400).state, old(182, None).state] == [
        "no",
        "yes",
        "yes",
        "no",
    ]
    assert old(None, None).state == "cannot tell" and "183 days" in old(183, None).words


def test_thin_safety_slices_are_named() -> None:
    found = thin_safety({"injection": 9, "toxicity": 5}, {"invented policy": 4}, enough=5)
    assert found.state == "yes" and found.words == "Under 5 cases: policy 0, invented policy 4."
    assert thin_safety({"injection": 9, "toxicity": 5, "policy": 5}, {}, enough=5).state == "no"


@pytest.mark.parametrize(
    ("edges", "grave", "sealed", "state"),
    [
        ({"injection": 4, "toxicity": 5, "policy": 5}, {}, 1, "cannot tell"),  # the sealed one may be the fifth
        ({"injection": 3, "toxicity": 5, "policy": 5}, {}, 1, "yes"),
        ({"injection": 4, "toxicity": 4, "policy": 5}, {}, 1, "yes"),  # it is of one kind at most
        ({"injection": 5, "toxicity": 5, "policy": 5}, {"made up": 0}, 4, "yes"),
        ({"injection": 5, "toxicity": 5, "policy": 5}, {"made up": 0}, 5, "cannot tell"),
        ({"injection": 5, "toxicity": 5, "policy": 5}, {"made up": 5}, 9, "no"),
    ],
)
def test_a_slice_is_thin_only_where_sealed_cases_cannot_fill_it(edges, grave, sealed, state) -> None:
    found = thin_safety(edges, grave, enough=5, sealed=sealed)
    assert found.state == state and ("sealed" in found.words) == (state != "no")


def test_fifteen_points_need_an_interval_beyond_them() -> None:
    def between(benchmark: int, fresh: int, n: int) -> str:
        return apart_from_production(wilson(benchmark, n), wilson(fresh, n), fresh="the last month").state

    assert between(950, 700, 1000) == "yes" and between(950, 900, 1000) == "no" and between(19, 15, 20) == "cannot tell"
    assert apart_from_production(wilson(0, 0), wilson(1, 2), fresh="x").state == "cannot tell"
    assert apart_from_production(wilson(1, 2), None, fresh="x").state == "cannot tell"


# --- the whole ------------------------------------------------------------------------------------------------------


def the_set(failing: list[list[str]]) -> TheSet:
    return TheSet(failing, 3, 2, 1, {"injection": 2}, 30, 40, "the accepted cases")


@pytest.mark.parametrize(
    ("cases", "word", "reason"),
    [([["a"]] * 30 + [["b"]] * 30, "covers", None), ([["b"]] * 30, "behind", None), ([], "behind", None)],
)
def test_the_verdict_is_by_coverage_and_its_interval(cases: list, word: str, reason: str | None) -> None:
    report = mirror(production({"a": 60, "b": 40}), the_set(cases), releases(0), source="signals")
    assert (report.verdict, report.reason) == (word, reason)
    straddling = mirror(production({"a": 27, "b": 3}), the_set([["a"]] * 30), releases(0), source="signals")
    assert (straddling.verdict, straddling.reason) == ("undecided", "straddles")
    assert "cannot be told yet" in " ".join(straddling.sentences)


def test_a_name_that_commands_a_terminal_is_told_on_one_line() -> None:
    name = "\x1b[2Jslow\r\nNo failure is missing"
    report = mirror(production({name: 60, "b": 40}), the_set([["b"]] * 30), releases(0), source="signals")
    assert "\u201c[2Jslow No failure is missing\u201d" in report.sentences[0]
    assert all(each.isprintable() for each in report.sentences)


def test_the_sentences_put_what_is_missing_first_and_say_when_an_order_says_nothing() -> None:
    report = mirror(production({"a": 60, "b": 40}), the_set([["b"]] * 30), releases(0), source="signals")
    assert report.sentences[0] == (
        "1 failure of production has no case at all, 60.0% (50.2-69.1), n 100 of what fails: “a”."
    )
    assert str(report.modes.uncovered) == "60.0% (50.2-69.1), n 100" and report.modes.coverage.estimate == 0.4
    assert any("With 2 kinds of failure no order can reach p .05" in each for each in report.sentences)
    assert report.showing[0].name == "thin_safety" and report.other_mix and "behind" in repr(report)
