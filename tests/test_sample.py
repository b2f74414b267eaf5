"""The step of sampling: weights that are right on average, orders that nest, strata that do not overlap."""

import numpy as np
import pandas as pd
import pytest
from deep import DEEP
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sample import BUILT_IN, CONDITIONS, Arm, Stratum, draw, evaluate, extend, limits, pick, smallest_share
from workbench.sample.allocation import allocate, apportion, further
from workbench.sample.places import places, weights

N = 1000
REPEATS = 600 if DEEP else 200


def population() -> dict:
    """A thousand traces: single ones and groups of 2, 5, 20 and 60 near-duplicates; failures depend on the strata."""
    random = np.random.default_rng(7)
    sizes = [1] * 620 + [2] * 40 + [5] * 20 + [20] * 4 + [60] * 2
    unit = np.repeat(np.arange(len(sizes)), sizes)
    assert len(unit) == N
    signal, tail, quiet = random.random(N) < 0.1, random.random(N) < 0.2, random.random(N) < 0.15
    fails = random.random(N) < np.where(signal, 0.5, np.where(tail, 0.25, 0.05))
    arms = [Arm("quiet", 15, quiet, "quiet"), Arm("signal", 45, signal, "signal"), Arm("tail", 20, tail, "tail")]
    units_of_quiet = np.isin(unit, unit[quiet])
    fails[units_of_quiet] = False  # a stratum without failures; the three overlap
    return {"ids": [f"t{place:04d}" for place in range(N)], "unit": unit, "arms": arms, "fails": fails}


def share(rows: pd.DataFrame, fails: np.ndarray) -> tuple[float, float, float]:
    """Horvitz-Thompson share, Hajek share, and the naive one that forgets the weights."""
    found = fails[[int(each[1:]) for each in rows["trace_id"]]]
    total = float((rows["weight"] * found).sum())
    return total / N, total / float(rows["weight"].sum()), float(found.mean())


def test_frequencies_are_unbiased_also_after_an_extension():
    made = population()
    truth = made["fails"].mean()
    first, later, naive = [], [], []
    for seed in range(REPEATS):
        drawn = draw(made["ids"], made["unit"], made["arms"], n=70, seed=seed)
        more = extend(drawn.frame, drawn.rows, drawn.strata, more=30, seed=seed, random_share=0.2)
        total, hajek, forgot = share(drawn.rows, made["fails"])
        assert total == pytest.approx(hajek)  # the weights sum to the population, so both are the same
        first.append(total)
        naive.append(forgot)
        later.append(share(more.rows, made["fails"])[0])
    for estimates in (first, later):
        error = np.std(estimates) / REPEATS**0.5
        assert abs(np.mean(estimates) - truth) < 3 * error
    assert np.mean(naive) > truth + 20 * np.std(naive) / REPEATS**0.5  # the plan oversampled failures
    assert np.std(later) < np.std(first)


@pytest.mark.parametrize("n", [2, 5, 9, 12, 16, 17, 20, 36])
def test_every_trace_is_drawn_as_often_as_its_weight_says(n):
    sizes = np.array([1] * 10 + [2] * 4 + [3, 5, 12])
    unit = np.repeat(np.arange(len(sizes)), sizes)
    random = np.random.default_rng(n)
    times = 3000
    seen = sum((places(unit, random) < n).astype(int) for _ in range(times)) / times
    chance = 1 / weights(sizes, n)[unit]
    assert chance.sum() == pytest.approx(n)
    error = np.sqrt(chance * (1 - chance) / times)
    assert (np.abs(seen - chance) <= 4.5 * error + 1e-12).all()


def test_weights_by_hand():
    # 17 traces in groups of 1, 1, 5, 10; two draws: 10 >= 17 / 2 is certain, the other draw is one of 7 traces
    assert weights(np.array([1, 1, 5, 10]), 2).tolist() == [7.0, 7.0, 7.0, 10.0]
    assert weights(np.array([1, 1, 1, 1]), 2).tolist() == [2.0] * 4
    assert weights(np.array([1, 1, 5, 10]), 4).tolist() == [1.0, 1.0, 5.0, 10.0]
    assert weights(np.array([1, 1, 5, 10]), 17).tolist() == [1.0] * 4
    # all four groups and 3 more of the 13 traces left: 1/5 + 4/5 * 3/13
    assert 1 / weights(np.array([1, 1, 5, 10]), 7)[2] == pytest.approx(1 / 5 + 4 / 5 * 3 / 13)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 60)
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_groups_a_draw_holds_its_promises(sizes, seed, n, more):
    unit = np.repeat(np.arange(len(sizes)), sizes)
    ids = [f"t{place:03d}" for place in range(len(unit))]
    odd = np.arange(len(unit)) % 3 == 0
    arms = [Arm("odd", 2.0, odd, "odd"), Arm("early", 1.0, np.arange(len(unit)) < 20, "early")]
    drawn = draw(ids, unit, arms, n=n, seed=seed)
    again = draw(ids[::-1], unit[::-1], [Arm(a.name, a.share, a.member[::-1], a.reason) for a in arms], n=n, seed=seed)
    pd.testing.assert_frame_equal(drawn.rows, again.rows)  # the order of the traces does not matter
    size = min(n, len(ids))
    assert len(drawn.rows) == drawn.rows["trace_id"].nunique() == size
    assert sum(row["population"] for row in drawn.strata) == len(ids)
    assert sum(row["drawn"] for row in drawn.strata) == sum(row["target"] for row in drawn.strata) == size
    assert (drawn.rows["reason"] == "random").sum() >= 0.2 * size
    assert all(row["drawn"] >= min(1, row["population"]) for row in drawn.strata)
    of = dict(zip(ids, unit.tolist(), strict=True))
    groups = drawn.rows["trace_id"].map(of)
    assert drawn.relaxed == (not groups.is_unique) == (size > len(sizes))
    assert drawn.frame.groupby("unit")["stratum"].nunique().max() == 1
    further_drawn = extend(drawn.frame, drawn.rows, drawn.strata, more=more, seed=seed, random_share=0.2)
    assert further_drawn.rows["trace_id"].tolist()[:size] == drawn.rows["trace_id"].tolist()
    assert len(further_drawn.rows) == further_drawn.rows["trace_id"].nunique() == min(size + more, len(ids))
    assert (further_drawn.rows["weight"] >= 1 - 1e-12).all()
    if not further_drawn.relaxed:
        assert further_drawn.rows["weight"].sum() == pytest.approx(len(ids))


def test_a_trace_belongs_to_the_first_stratum_that_any_of_its_group_meets():
    unit = np.array([0, 0, 1, 2, 3, 4])
    first, second = np.array([0, 1, 0, 0, 1, 0], bool), np.array([1, 0, 1, 1, 1, 0], bool)
    drawn = draw(list("abcdef"), unit, [Arm("one", 1, first, "x"), Arm("two", 1, second, "y")], n=6)
    home = drawn.frame.set_index("trace_id")["stratum"].to_dict()
    assert home == {"a": "one", "b": "one", "c": "two", "d": "two", "e": "one", "f": "rest"}


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        (Arm("x", 1, None, missing="there is no map yet"), "there is no map yet"),
        (Arm("x", 1, np.zeros(30, bool)), "no trace is in it"),
        (Arm("x", 1, np.arange(30) == 3), "too few traces"),
    ],
)
def test_a_stratum_that_cannot_be_is_folded_into_the_rest_and_said(arm, words):
    drawn = draw([f"t{place:02d}" for place in range(30)], np.arange(30), [arm], n=10)
    assert [row["stratum"] for row in drawn.strata] == ["rest"]
    assert len(drawn.warnings) == 1 and "folded into the rest" in drawn.warnings[0] and words in drawn.warnings[0]
    assert drawn.strata[0]["share"] == 1  # its share goes with it


def test_a_stratum_inside_an_earlier_one_is_folded():
    inside = np.arange(30) < 10
    arms = [Arm("all", 1, np.ones(30, bool), "x"), Arm("some", 1, inside, "y")]
    drawn = draw([f"t{place:02d}" for place in range(30)], np.arange(30), arms, n=10)
    assert "belong to strata before it" in drawn.warnings[0]


def test_one_draw_is_one_random_trace_that_stands_for_all():
    made = population()
    drawn = draw(made["ids"], made["unit"], made["arms"], n=1)
    assert drawn.rows["weight"].tolist() == [N] and drawn.rows["reason"].tolist() == ["random"]
    assert [row["stratum"] for row in drawn.strata] == ["rest"]


def test_more_than_there_are_draws_all_and_says_so():
    drawn = draw(["a", "b", "c"], np.array([0, 0, 1]), n=9)
    assert sorted(drawn.rows["trace_id"]) == ["a", "b", "c"] and drawn.rows["weight"].tolist() == [1, 1, 1]
    assert "9 traces were asked for and the frame has 3" in drawn.warnings[0]
    assert drawn.relaxed and "some groups gave more than one" in drawn.warnings[1]


def test_near_duplicates_are_drawn_once_until_there_are_no_others():
    unit = np.repeat(np.arange(10), 10)
    ids = [f"t{place:03d}" for place in range(100)]
    ten, eleven = draw(ids, unit, n=10), draw(ids, unit, n=11)
    assert not ten.relaxed and not ten.warnings and ten.rows["weight"].tolist() == [10.0] * 10
    assert eleven.relaxed and len(eleven.rows) == 11


def test_seeds():
    made = population()
    samples = [
        set(draw(made["ids"], made["unit"], made["arms"], n=70, seed=seed).rows["trace_id"]) for seed in (1, 1, 2)
    ]
    assert samples[0] == samples[1] != samples[2]


def test_a_larger_sample_of_the_same_seed_holds_the_smaller_one():
    made = population()
    small = draw(made["ids"], made["unit"], n=40, seed=3).rows["trace_id"]
    assert set(small) <= set(draw(made["ids"], made["unit"], n=90, seed=3).rows["trace_id"])


def test_the_order_of_reading_mixes_the_strata():
    made = population()
    rows = draw(made["ids"], made["unit"], made["arms"], n=70, seed=5).rows
    runs = int((rows["stratum"] != rows["stratum"].shift()).sum())
    assert runs > 20  # of four strata in blocks there would be four runs


def test_an_extension_keeps_reasons_and_mends_weights():
    made = population()
    before = draw(made["ids"], made["unit"], made["arms"], n=40, seed=1)
    after = extend(before.frame, before.rows, before.strata, more=40, seed=1, random_share=0.2)
    head = after.rows.iloc[:40]
    assert head["reason"].tolist() == before.rows["reason"].tolist()
    assert (head["weight"].to_numpy() <= before.rows["weight"].to_numpy() + 1e-9).all()
    assert (after.rows["reason"] == "random").sum() == sum(row["random"] for row in after.strata) >= 16
    assert sum(row["drawn"] for row in after.strata) == 80
    with pytest.raises(ValueError, match="different names"):
        draw(made["ids"], made["unit"], [Arm("rest", 1, None)], n=5)


def test_deliberate_picks_have_no_weight_and_come_last():
    made = population()
    slow = np.arange(N, dtype=float)
    slow[::7] = np.nan
    drawn = draw(made["ids"], made["unit"], n=50, seed=0, n_picked=5, measures={"latency_ms": slow})
    picks = drawn.rows[drawn.rows["stratum"] == "picked"]
    assert len(picks) == 5 and picks["weight"].isna().all() and len(drawn.rows) == 50
    assert drawn.rows["weight"].sum() == pytest.approx(N)
    assert set(picks["reason"]) == {"picked: highest latency_ms"}
    of = dict(zip(made["ids"], made["unit"].tolist(), strict=True))
    assert drawn.rows["trace_id"].map(of).is_unique  # picks come from groups that were not drawn
    all_drawn = extend(drawn.frame, drawn.rows, drawn.strata, more=N, seed=0, random_share=0.2)
    assert all_drawn.rows["weight"].tolist() == [1.0] * N  # a pick that is drawn later gets its weight
    assert any("had been deliberate picks" in warning for warning in all_drawn.warnings)


def test_picked_by_a_person():
    drawn = pick(["a", "b", "c", "d"], np.array([0, 0, 0, 1]), n=2, reason="picked on the map")
    assert drawn.rows["weight"].isna().all() and "d" in set(drawn.rows["trace_id"])
    assert not drawn.relaxed and pick(["a", "b"], np.array([0, 0]), n=5, reason="x").relaxed


def test_allocation_by_hand():
    found = allocate(
        80, np.array([800, 150, 50]), np.array([800, 150, 50]), np.array([50.0, 30, 20]), random_share=0.2, n_all=80
    )
    # 16 at random: 12.8, 2.4, 0.8 -> 13, 2, 1; 64 by share: 32, 19.2, 12.8 -> 32, 19, 13
    assert found.target.tolist() == found.drawn.tolist() == [45, 21, 14]
    assert found.random.tolist() == [13, 2, 1]
    capped = allocate(80, np.array([900, 9]), np.array([900, 9]), np.array([1.0, 9]), random_share=0.2, n_all=80)
    assert capped.target.tolist() == [22, 58] and capped.drawn.tolist() == [71, 9]
    assert apportion(7, np.array([0.0, 0, 0])).tolist() == [3, 2, 2]
    more = further(4, np.array([5, 1]), np.array([4, 7]), np.array([50, 50]))
    assert more.tolist() == [0, 4]


def test_smallest_share_and_limits():
    # statistics.md 4.4: reads that show a failure of 1, 2, 3, 5% with 95% certainty
    for n, share in ((299, 0.01), (149, 0.02), (99, 0.03), (59, 0.05)):
        assert smallest_share(n) <= share < smallest_share(n - 1)
    strata = [
        {"stratum": "a", "population": 900, "drawn": 30},
        {"stratum": "b", "population": 9, "drawn": 3},
        {"stratum": "c", "population": 5, "drawn": 5},
    ]
    found = limits(np.array([30.0] * 30 + [3.0] * 3 + [1.0] * 5), strata, n_picked=2)
    weight = np.array([30.0] * 30 + [3.0] * 3 + [1.0] * 5)
    assert found.effective_n == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert any("“b”: no, 3 of 9" in each for each in found.cannot) and any("“c”: yes" in each for each in found.can)
    assert any("2 deliberate picks" in each for each in found.cannot)
    nothing = limits(np.zeros(0), [], n_picked=4)
    assert nothing.smallest_share is None and "cannot count" in nothing.cannot[0]


def frame() -> pd.DataFrame:
    n = 40
    start = pd.Timestamp("2026-11-01", tz="UTC")
    return pd.DataFrame(
        {
            "trace_id": [f"t{place:02d}" for place in range(n)],
            "started_at": [start + pd.Timedelta(hours=place) for place in range(n)],
            "latency_ms": [float(place) for place in range(n)],
            "cost_usd": [np.nan] * n,
            "length": [10] * n,
            "status": ["error"] + ["ok"] * (n - 1),
            "feedback": pd.array([None, -1] + [1] * (n - 2), dtype="Int8"),
            "signals": ["", "", "retry, complaint"] + [""] * (n - 3),
            "name": ["chat"] * n,
            "release": ["1"] * 35 + ["2"] * 5,
            "tools_hash": pd.array([None] * n, dtype="string"),
            "injection": ["", "encoded"] + [""] * (n - 2),
            "abandoned": pd.array([False] * 39 + [True], dtype="boolean"),
        }
    )


def test_conditions():
    traces = frame()

    def members(condition: str) -> list[int]:
        return np.flatnonzero(evaluate(traces, Stratum("x", 1, condition=condition)).member).tolist()

    assert members("failure_signals") == [0, 1, 2]
    assert members("thumbs_down") == members("injection") == [1]
    assert members("abandoned") == [39]
    assert members("slow") == [38, 39]
    assert members("new_features") == [35, 36, 37, 38, 39]
    assert members("long") == []  # all are of one length: none is extreme
    assert "no trace has a cost" in evaluate(traces, Stratum("x", 1, condition="dear")).missing
    assert "no map" in evaluate(traces, Stratum("x", 1, condition="happy_path")).missing
    assert "no map" in evaluate(traces, Stratum("x", 1, clusters=(1,))).missing
    found = evaluate(traces, Stratum("x", 1, signals=("retry",)))
    assert np.flatnonzero(found.member).tolist() == [2] and found.reason[2] == "signal: retry"
    reasons = evaluate(traces, Stratum("x", 1, condition="failure_signals")).reason
    assert reasons[:3].tolist() == ["signal: error", "signal: thumbs_down", "signal: retry, complaint"]
    traces["cluster"] = [0] * 25 + [1] * 8 + [2] * 4 + [-1] * 2 + [-2]
    assert members("happy_path") == list(range(3, 25)) and members("long_tail") == list(range(25, 39))


def test_plans_name_conditions_that_exist():
    for plan in BUILT_IN.values():
        assert plan.random_share >= 0.2 and plan.meaning
        assert {each.condition for each in plan.strata if each.condition} <= set(CONDITIONS)
