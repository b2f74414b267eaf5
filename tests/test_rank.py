"""The ranking: who counts as reviewed, what the weights do, the order and what is said about it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.codebook import Code, Codebook
from workbench.errors import BadRequest, MissingColumns
from workbench.rank import evidence, rank, reviewed, saturation, trend
from workbench.stats.species import quiet_bound

# reference/statistics.md 7: finds among 200 traces, and severities
FOUND, SEVERITY = (18, 15, 9, 6, 4, 3), (2, 3, 5, 2, 1, 4)
NAMES = tuple("abcdef")


def book(severities=SEVERITY) -> Codebook:
    return Codebook(1, tuple(Code(f"c-{k}", NAMES[k], severity=each) for k, each in enumerate(severities)))


def labels(*rows: tuple, **more) -> pd.DataFrame:
    """Rows of trace, dimension, value and, if there are, annotator, round, severity."""
    names = ["trace_id", "dimension", "value", "annotator", "round", "severity"]
    full = [(*row, *(None,) * (len(names) - len(row))) for row in rows]
    return pd.DataFrame(full, columns=names).assign(**more)


def example() -> pd.DataFrame:
    rows = [(f"t{place:03d}", "outcome", "fail" if place < sum(FOUND) else "pass", "ana") for place in range(200)]
    owner = np.repeat(np.arange(6), FOUND)
    rows += [(f"t{place:03d}", "code", NAMES[k], "ana") for place, k in enumerate(owner)]
    return labels(*rows)


def drawn(population, n, **more) -> pd.DataFrame:
    """A stratified sample: traces h-0, h-1 … of stratum h."""
    return pd.DataFrame(
        [
            {"sample_id": "s", "trace_id": f"{h}-{i}", "stratum": f"stratum {h}", "weight": size / many, **more}
            for h, (size, many) in enumerate(zip(population, n, strict=True))
            for i in range(many)
        ]
    )


def stratified_labels(n, found) -> pd.DataFrame:
    rows = [
        (f"{h}-{i}", "outcome", "fail" if i < x else "pass", "ana")
        for h, (many, x) in enumerate(zip(n, found, strict=True))
        for i in range(many)
    ]
    return labels(*rows, *[(trace, "code", "a", "ana") for trace, _, value, _ in rows if value == "fail"])


def test_the_two_orders_of_the_published_example():
    by_cost = rank(example(), codebook=book((2, 3, 5, 2, 1, 4)))
    assert "".join(by_cost.codes["code"]) == "cbfade", "pinned first; then 150, 90, 54, 18, 4 of 200"
    plain = rank(example(), codebook=book(), costs=(1, 2, 3, 4, 5))
    assert plain.codes.set_index("code").loc[list("abcdef"), "ordinal"].tolist() == pytest.approx(
        [18, 22.5, 22.5, 6, 2, 6]
    ), "36, 45, 45, 12, 4, 12 of 200"
    assert by_cost.depends_on_scale and plain.depends_on_scale
    assert any("depends on the costs: with 1/2/3/4/5 instead, 3 and 4 swap" in each for each in by_cost.sentences)


def test_who_is_first_is_said_with_its_chance():
    found = rank(example(), codebook=book(), costs=(1, 2, 3, 4, 5)).codes.set_index("code")
    assert found.loc[["a", "b", "c"], "p_top"].tolist() == pytest.approx([0.13, 0.44, 0.42], abs=0.035)
    assert found["p_top"].sum() == pytest.approx(1)
    assert found.loc["c", "pinned"] and found.loc["c", "rank"] == 1 and found.loc["c", "standing"] == "never event"
    assert found.loc["b", "standing"] == found.loc["a", "standing"] == "2-3 tied"
    assert found.loc["a", "tier"] == found.loc["b", "tier"] == 2


def test_harm_is_share_times_cost_per_thousand():
    found = rank(example(), codebook=book()).codes.set_index("code").loc["b"]
    assert found["share"] == pytest.approx(0.075) and found["harm"] == pytest.approx(0.075 * 10 * 1000)
    assert found["harm_low"] == pytest.approx(found["low"] * 10_000)
    assert found["harm_high"] == pytest.approx(found["high"] * 10_000)


def test_the_stratified_example_by_labels_and_rows():
    """reference/statistics.md 4.2."""
    population, n, x = (4000, 2500, 2000, 1000, 500), (60, 40, 40, 30, 30), (6, 4, 6, 9, 15)
    found = rank(stratified_labels(n, x), sample=drawn(population, n, reason="random"))
    row = found.codes.iloc[0]
    assert (row["naive"], row["share"]) == pytest.approx((0.200, 0.150))
    assert (row["low"], row["high"]) == pytest.approx((0.1082, 0.2042), abs=5e-5)
    assert row["effective_n"] == pytest.approx(212.2, abs=0.05)
    assert (found.reviewed, found.weighted, found.population, row["n"], row["n_weighted"]) == (200, 200, 10_000, 40, 40)


def test_what_is_drawn_and_not_read_is_allowed_for():
    """Half of the first stratum is read: its weight doubles, the share stays 1/2 * 3/4 + 0."""
    sample = drawn((300, 100), (20, 20))
    some = labels(*[(f"0-{i}", "code" if i < 5 else "outcome", "a" if i < 5 else "pass", "ana") for i in range(10)])
    rest = labels(*[(f"1-{i}", "outcome", "pass", "ana") for i in range(20)])
    found = rank(pd.concat([some, rest]), sample=sample)
    assert found.codes["share"].iloc[0] == pytest.approx(0.375)
    assert any("10 of 40 drawn traces are not read yet" in each for each in found.sentences)


def test_a_stratum_nobody_read_is_named_and_left_out():
    some = labels(*[(f"0-{i}", "outcome", "pass", "ana") for i in range(19)], ("0-19", "code", "a", "ana"))
    found = rank(some, sample=drawn((300, 100), (20, 20)))
    assert found.codes["share"].iloc[0] == pytest.approx(0.05)
    assert any("Nothing is read of “stratum 1”, 25% of the traffic" in each for each in found.sentences)
    assert found.strata["share"].tolist() == [1.0, 0.0]


def test_picks_enter_no_share_and_are_counted():
    sample = drawn((100,), (10,))
    sample.loc[len(sample)] = {"sample_id": "s", "trace_id": "pick", "stratum": "picked", "weight": np.nan}
    read = labels(*[(f"0-{i}", "outcome", "pass", "ana") for i in range(10)], ("pick", "code", "a", "ana", None, 5))
    found = rank(read, sample=sample)
    row = found.codes.iloc[0]
    assert (row["n"], row["n_weighted"], row["share"], row["low"]) == (1, 0, 0.0, 0.0) and row["high"] > 0
    assert row["pinned"], "seen is seen, however it was found"
    assert (found.reviewed, found.weighted) == (11, 10)
    assert any("1 more were reviewed without a weight" in each for each in found.sentences)


def test_without_weights_the_shares_are_of_what_was_read():
    found = rank(example(), codebook=book())
    assert found.weighted == 0 and found.codes["share"].sum() == pytest.approx(sum(FOUND) / 200)
    assert any("of the traces that were read and nothing else" in each for each in found.sentences)


def test_several_samples_count_by_what_was_read_of_each():
    first, second = drawn((100,), (30,)), drawn((100,), (10,)).assign(sample_id="other")
    second["trace_id"] = "b" + second["trace_id"]
    read = labels(
        *[(f"0-{i}", "code", "a", "ana") for i in range(30)],
        *[(f"b0-{i}", "outcome", "pass", "ana") for i in range(10)],
    )
    found = rank(read, sample=pd.concat([first, second]))
    assert found.codes["share"].iloc[0] == pytest.approx(0.75) and found.population == 100


def test_what_two_samples_share_is_said_until_both_are_read():
    first, second = drawn((100,), (20,)), drawn((100,), (20,)).assign(sample_id="other")
    second.loc[5:, "trace_id"] = "b" + second.loc[5:, "trace_id"]
    read = labels(*[(f"0-{i}", "outcome", "pass", "ana") for i in range(20)], ("b0-7", "code", "a", "ana"))
    found = rank(read, sample=pd.concat([first, second]))
    assert any(each.startswith("5 traces were drawn by two samples") for each in found.sentences)
    rest = labels(*[(f"b0-{i}", "outcome", "pass", "ana") for i in range(20)])
    whole = rank(pd.concat([read, rest]), sample=pd.concat([first, second]))
    assert not any("drawn by two samples" in each for each in whole.sentences)


def test_a_sample_within_another_counts_once():
    """The same seed drew both: together they would look like twice the reading."""
    large, small = drawn((100,), (20,)), drawn((100,), (20,)).head(10).assign(sample_id="small", weight=10.0)
    read = labels(*[(f"0-{i}", "code" if i < 10 else "outcome", "a" if i < 10 else "pass", "ana") for i in range(20)])
    alone, both = rank(read, sample=large), rank(read, sample=pd.concat([small, large]))
    assert both.codes[["share", "low", "high"]].equals(alone.codes[["share", "low", "high"]])
    assert any("small lies wholly within another" in each for each in both.sentences)


def test_a_sample_nobody_has_begun_changes_no_share():
    """What was read of it was read for another sample, or picked: no random start of this one."""
    old = drawn((100,), (10,))
    pick = old.head(1).assign(sample_id="picks", trace_id="0-99", weight=None)
    new = drawn((100,), (100,)).assign(sample_id="new")
    read = labels(*[(f"0-{i}", "outcome", "pass", "ana") for i in range(10)], ("0-99", "code", "a", "ana"))
    alone, both = rank(read, sample=pd.concat([old, pick])), rank(read, sample=pd.concat([old, pick, new]))
    assert both.codes[["share", "low", "high"]].equals(alone.codes[["share", "low", "high"]])
    assert both.weighted == 10 and any("Sample new is not begun" in each for each in both.sentences)
    picks_alone = rank(labels(("0-99", "code", "a", "ana")), sample=pd.concat([pick, new]))
    assert picks_alone.weighted == 0
    more = labels(*[(f"0-{i}", "outcome", "pass", "ana") for i in range(20)])
    assert rank(more, sample=pd.concat([old, new])).weighted == 20, "begun"


def test_identical_samples_count_once():
    one = drawn((100,), (20,))
    read = labels(
        *[(f"0-{i}", "code", "a", "ana") for i in range(5)],
        *[(f"0-{i}", "outcome", "pass", "ana") for i in range(5, 20)],
    )
    both = rank(read, sample=pd.concat([one, one.assign(sample_id="again")]))
    assert both.codes["effective_n"].iloc[0] == rank(read, sample=one).codes["effective_n"].iloc[0]


def test_the_order_of_rows_does_not_matter():
    read, sample = stratified_labels((30, 30), (3, 12)), drawn((900, 100), (30, 30))
    shuffled = rank(read.sample(frac=1, random_state=1), sample=sample.sample(frac=1, random_state=2))
    assert shuffled.codes["share"].iloc[0] == pytest.approx(rank(read, sample=sample).codes["share"].iloc[0])


def test_half_of_the_readers_suffice_and_fewer_do_not():
    two = reviewed(labels(("t", "code", "a", "ana"), ("t", "outcome", "pass", "ben")))
    three = reviewed(labels(("t", "code", "a", "ana"), ("t", "outcome", "pass", "ben"), ("t", "outcome", "pass", "cy")))
    assert two.has.tolist() == [[True]]
    assert three.codes == () and three.n == 1 and not three.failed[0]


def test_what_was_adjudicated_wins():
    said = labels(
        ("t", "code", "a", "ana"), ("t", "code", "a", "ben"), ("t", "code", "b", "cy", "adjudicated"),
        ("u", "code", "a", "ana"), ("u", "outcome", "pass", "cy", "adjudicated"),
        ("v", "code", "a", "ana"), ("v", "outcome", "fail", "cy", "adjudicated"),
    )  # fmt: skip
    found = reviewed(said)
    have = {trace: found.codes[k] for trace, k in zip(*np.nonzero(found.has), strict=True)}
    assert {found.trace_ids[at]: code for at, code in have.items()} == {"t": "b", "v": "a"}


def test_a_trace_is_reviewed_by_outcome_or_code_and_by_people_only():
    said = labels(("t", "note", "odd", "ana"), ("u", "outcome", "defer", "ana"), ("v", "code", "a", "ana"))
    judged = labels(("w", "outcome", "fail", "robot"), annotator_kind="judge")
    found = reviewed(pd.concat([said, judged]))
    assert sorted(found.trace_ids) == ["u", "v"] and found.annotators == ("ana",)


def test_the_same_code_at_two_places_is_one_trace_and_two_labels():
    found = reviewed(labels(("t", "code", "a", "ana"), ("t", "code", "a", "ana")).assign(at=["step:1", "step:4"]))
    assert found.labels.tolist() == [2] and found.has.sum() == 1


def test_names_are_looked_up_and_split_codes_wait():
    known = Codebook(1, (Code("c", "wrong refund", aliases=("refund wrong",), severity=4),))
    found = reviewed(labels(("t", "code", "refund-wrong", "ana"), ("u", "code", "new one", "ana")), codebook=known)
    assert set(found.codes) == {"wrong refund", "new one"}
    waiting = labels(("t", "code", "old", "ana"), ("u", "code", "old", "ana"), code=[None, "new"])
    assert reviewed(waiting).unplaced == 1 and reviewed(waiting).n == 2
    assert any("1 labels of codes that were split or retired" in each for each in rank(waiting).sentences)


def test_severity_is_the_codebooks_else_the_median_else_missing():
    said = labels(
        ("t", "code", "a", "ana", None, 1), ("t", "code", "g", "ana", None, 2), ("u", "code", "g", "ana", None, 5),
        ("u", "code", "h", "ana"),
    )  # fmt: skip
    found = rank(said, codebook=book()).codes.set_index("code")
    assert found.loc["a", ["severity", "severity_from"]].tolist() == [2, "codebook"]
    assert found.loc["g", ["severity", "severity_from"]].tolist() == [5, "labels"], "the worse of two"
    assert pd.isna(found.loc["h", "harm"]) and "no severity" in found.loc["h", "reason"]
    assert found.loc["h", "rank"] == 3 and pd.isna(found.loc["h", "p_top"]) and pd.isna(found.loc["h", "tier"])


def test_without_any_severity_the_order_is_by_share():
    found = rank(example())
    assert not found.by_harm and "".join(found.codes["code"]) == "abcdef"
    assert found.codes["harm"].isna().all() and found.codes["p_top"].sum() == pytest.approx(1)
    assert any("No code has a severity" in each for each in found.sentences)


def test_nothing_read_and_nothing_coded():
    nothing = rank(labels())
    assert nothing.codes.empty and nothing.any_code is None and nothing.first is None
    assert "Nothing was read yet." in nothing.sentences
    clean = rank(labels(("t", "outcome", "pass", "ana")))
    assert clean.codes.empty and clean.reviewed == 1 and clean.any_code.estimate == 0
    assert "No code was given to any of them yet." in clean.sentences


@pytest.mark.parametrize("costs", [(1, 2, 3), (0, 1, 2, 3, 4), (5, 4, 3, 2, 1), (1, 2, 3, 4, float("nan"))])
def test_costs_that_cannot_be(costs):
    with pytest.raises(BadRequest, match="five numbers above 0"):
        rank(example(), costs=costs)


def test_missing_columns_are_named():
    with pytest.raises(MissingColumns, match="'annotator'"):
        rank(pd.DataFrame({"trace_id": [], "dimension": [], "value": []}))
    with pytest.raises(MissingColumns, match="'stratum'"):
        evidence(reviewed(example()), pd.DataFrame({"sample_id": [], "trace_id": [], "weight": []}))


def test_failing_traces_are_covered_by_few_codes():
    said = labels(("t", "code", "a", "x"), ("t", "code", "b", "x"), ("u", "code", "a", "x"), ("v", "code", "c", "x"))
    found = rank(said)
    assert found.covered["code"].tolist() == ["a", "c"] and found.covered["covered"].tolist() == pytest.approx(
        [2 / 3, 1]
    )


def test_saturation_counts_quiet_traces_in_the_order_of_reading():
    times = pd.date_range("2026-11-01", periods=30, freq="min", tz="UTC")
    rows = [(f"t{i}", "outcome", "pass", "ana") for i in range(30)]
    said = labels(*rows, ("t9", "code", "a", "ana"), ("t3", "code", "a", "ana"), ("t9", "code", "b", "ana"))
    said["labelled_at"] = [*times, times[9], times[3], times[9]]
    found = saturation(said.iloc[::-1])
    assert (found.traces, found.codes, found.once, found.twice, found.quiet) == (30, 2, 1, 1, 20)
    assert found.quiet_bound == pytest.approx(quiet_bound(20)) == pytest.approx(0.139, abs=5e-4)
    assert found.good_turing == pytest.approx(1 / 30) and found.next_20 == pytest.approx(20 / 30)
    assert found.chao2 == 2 and not found.may_stop
    assert found.read.tolist()[:5] == [0, 0, 0, 1, 1] and found.read[-1] == 2
    assert "20 traces since the last new code: that alone bounds new ones at 13.9%" in found.sentences[0]


def test_saturation_before_anything_was_coded():
    assert saturation(labels()).sentences == ("Nothing was read yet.",)
    found = saturation(labels(("t", "outcome", "pass", "ana")))
    assert found.chao2 is None and found.quiet == 1 and "nothing can be said" in found.sentences[0]
    assert not found.may_stop


def test_the_random_part_is_told_apart():
    sample = drawn((900, 100), (25, 25))
    sample["reason"] = ["random"] * 25 + ["looks bad"] * 25
    read = stratified_labels((25, 25), (0, 5))
    found = saturation(pd.concat([read, labels(("0-1", "code", "b", "ana"))]), sample=sample)
    assert found.random_traces == 25 and found.random_good_turing == pytest.approx(1 / 25)


def test_a_trend_is_a_share_per_period_with_its_interval():
    sample, read = drawn((900, 100), (30, 30)), stratified_labels((30, 30), (3, 12))
    weeks = pd.Series(
        ["w1" if trace.endswith(tuple("02468")) else "w2" for trace in sample["trace_id"]], index=sample["trace_id"]
    )
    weeks.iloc[-1] = None
    found = trend(read, weeks, sample=sample)
    assert found["period"].tolist() == ["w1", "w2"] and found["reviewed"].tolist() == [30, 29]
    assert found["n"].sum() == 15
    assert ((found["low"] <= found["share"]) & (found["share"] <= found["high"])).all()
    few = trend(read, weeks.where(weeks.index.str.startswith("0-0")), sample=sample)
    assert few["reason"].tolist() == ["only 1 traces"]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 5))
def test_what_must_hold_of_any_ranking(seed, n, kinds):
    random = np.random.default_rng(seed)
    rows = [(f"t{i}", "outcome", "fail", "ana") for i in range(n)]
    rows += [(f"t{i}", "code", NAMES[k], "ana") for i in range(n) for k in range(kinds) if random.random() < 0.3]
    population = n + int(random.integers(0, 1000))
    stratum = random.integers(0, 3, n)
    sample = pd.DataFrame({"sample_id": "s", "trace_id": [f"t{i}" for i in range(n)], "stratum": stratum.astype(str)})
    sample["weight"] = population / n
    found = rank(labels(*rows), codebook=book(), sample=sample, seed=seed, n_boot=200)
    codes = found.codes
    assert codes["rank"].tolist() == list(range(1, len(codes) + 1))
    assert ((0 <= codes["low"]) & (codes["low"] <= codes["share"]) & (codes["share"] <= codes["high"])).all()
    assert (codes["high"] <= 1).all()
    open_ = codes[~codes["pinned"]]
    assert (np.diff(open_["harm"]) <= 1e-9).all() and (np.diff(open_["tier"].astype(int)) >= 0).all()
    if len(codes):
        assert codes["p_top"].sum() == pytest.approx(1)
    again = rank(labels(*rows), codebook=book(), sample=sample, seed=seed, n_boot=200)
    pd.testing.assert_frame_equal(codes, again.codes)
