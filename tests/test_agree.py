"""agree: any long table in, verdicts in words out; nothing pooled, dropped or guessed in silence."""

import json
import math

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.agree import Only, Scale, agree, verdict
from workbench.errors import BadRequest, MissingColumns
from workbench.rubric import RubricDimension
from workbench.stats.agreement import Specific, UnitInterval

COLUMNS = ["item", "annotator", "dimension", "value"]


def long(rows, columns=COLUMNS):
    return pd.DataFrame(rows, columns=columns)


def study(n=60, annotators="abc", right=0.9, prevalence=0.4, dimension="outcome", seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(n):
        failed = rng.random() < prevalence
        for annotator in annotators:
            said = failed if rng.random() < right else not failed
            rows.append((f"t{item}", annotator, dimension, "fail" if said else "pass"))
    return long(rows)


def only(found):
    assert len(found.dimensions) == 1
    return found.dimensions.iloc[0]


# --- three states ------------------------------------------------------------------------------------------------


def test_good_labels_are_reliable_and_bad_ones_ambiguous():
    good = only(agree(study(right=0.98, n=120)))
    assert good["verdict"] == "reliable" and good["alpha_low"] >= 0.6 and math.isnan(good["n_more"])
    bad = only(agree(study(right=0.65, n=120)))
    assert bad["verdict"] == "ambiguous" and bad["alpha_high"] < 0.6


def test_few_labels_are_undecided_and_say_how_many_more():
    row = only(agree(study(right=0.93, n=30)))
    assert row["verdict"] == "undecided" and row["alpha_low"] < 0.6 <= row["alpha_high"]
    assert row["n_more"] >= 20  # up to the 50 items that are worth planning for
    assert row["units"] == 30 and row["annotators"] == 3 and row["labels"] == 90


def test_perfect_agreement_on_a_handful_is_not_reliable():
    assert only(agree(study(right=1, n=6)))["verdict"] == "undecided"
    assert only(agree(study(right=1, n=100)))["verdict"] == "reliable"


def test_rare_failures_have_to_be_seen_first():
    rows = [(f"t{i}", a, "outcome", "fail" if i < 6 else "pass") for i in range(300) for a in "ab"]
    row = only(agree(long(rows)))
    assert row["alpha"] == 1 and row["seen"] == 6 and row["verdict"] == "undecided"
    assert "only 6 items with a failure" in row["reason"] and row["n_more"] == 700


def test_ac1_does_not_rescue_a_dimension_nobody_agrees_on():
    # Gwet's table: 94% raw agreement, AC1 .94, and never once the same failure
    pairs = [("pass", "pass")] * 118 + [("pass", "fail")] * 5 + [("fail", "pass")] * 2
    row = only(
        agree(long([(i, a, "outcome", v) for i, pair in enumerate(pairs) for a, v in zip("ab", pair, strict=True)]))
    )
    assert row["ac1"] == pytest.approx(0.9408, abs=5e-5) and row["positive_agreement"] == 0
    assert row["verdict"] == "ambiguous"


def test_the_words_and_how_many_more():
    bounds = UnitInterval(0.70, 0.40, 0.90, 60, "unit bootstrap")
    # n (half width / .10)^2 - n = 60 * 6.25 - 60
    assert verdict(bounds).n_more == 315
    assert verdict(bounds).point == "reliable"
    assert verdict(UnitInterval(0.45, 0.3, 0.59, 60, "")).word == "ambiguous"
    assert verdict(UnitInterval(0.45, 0.3, 0.59, 60, "")).point == "ambiguous"
    assert verdict(UnitInterval(0.2, 0.0, 0.4, 60, "")).point == "unusable"
    nearly = verdict(UnitInterval(0.70, 0.58, 0.77, 400, ""))
    assert nearly.word == "undecided" and nearly.n_more == math.ceil(400 * (0.12 / 0.10) ** 2) - 400
    common = Specific(0.9, 0.9, 0.5, 30, 60)
    assert verdict(UnitInterval(0.8, 0.7, 0.9, 60, ""), common).word == "reliable"
    rare = Specific(0.9, 0.9, 0.1, 25, 60)
    assert verdict(UnitInterval(0.8, 0.7, 0.9, 60, ""), rare).word == "reliable"


def test_stop_only_where_every_dimension_is_hopeless():
    both = pd.concat(
        [study(right=0.55, n=150, dimension=name, seed=seed) for seed, name in enumerate(["tone", "facts"])]
    )
    assert agree(both).stop
    assert not agree(pd.concat([both, study(right=0.98, n=150)])).stop
    assert agree(pd.concat([both, study(right=0.98, n=150)])).weakest in ("tone", "facts")


# --- where there is nothing to measure ---------------------------------------------------------------------------


def test_constant_ratings_have_no_variation():
    row = only(agree(long([(i, a, "outcome", "pass") for i in range(30) for a in "ab"])))
    assert row["verdict"] == "no_variation" and row["reason"] == "no variation"
    for name in ("alpha", "alpha_low", "alpha_high", "kappa", "fleiss", "ac1"):
        assert math.isnan(row[name])
    assert row["percent"] == 1


def test_constant_ratings_under_a_rubric_have_no_variation_either():
    rubric = {"outcome": Scale("nominal", ("pass", "fail"), "fail")}
    row = only(agree(long([(i, a, "outcome", "pass") for i in range(30) for a in "ab"]), rubric=rubric))
    assert row["verdict"] == "no_variation" and math.isnan(row["ac1"])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(i, "a", "outcome", "pass" if i % 2 else "fail") for i in range(20)], "only one annotator"),
        ([(i, "ab"[i % 2], "outcome", "pass" if i % 3 else "fail") for i in range(20)], "no item was labelled by two"),
        ([(1, "a", "outcome", "pass"), (1, "b", "outcome", "fail")], "only 1 items"),
    ],
)
def test_nobody_to_compare_is_an_answer(rows, reason):
    found = agree(long(rows))
    assert only(found)["verdict"] == "undecided" and reason in only(found)["reason"]
    assert found.weakest is None or only(found)["alpha"] == only(found)["alpha"]
    assert "undecided" in repr(found)


def test_no_labels_is_an_answer():
    found = agree(long([]))
    assert found.dimensions.empty and "no labels" in found.notices[-1]
    assert found.weakest is None and not found.stop and found.outliers.empty


def test_a_dimension_of_the_rubric_without_labels_is_a_row_that_says_so():
    rubric = {"tone": Scale("ordinal", ("cold", "plain", "warm"), "cold"), "empty": Scale()}
    found = agree(long([]), rubric=rubric)
    assert found.dimensions["dimension"].tolist() == ["empty", "tone"] and "no labels" in found.notices[-1]
    assert set(found.dimensions["reason"]) == {"no labels"} and set(found.dimensions["verdict"]) == {"undecided"}
    assert found.dimensions[["labels", "units", "annotators"]].to_numpy().sum() == 0
    assert found.dimensions[["alpha", "kappa", "ac1", "percent", "positive_agreement"]].isna().all(axis=None)
    assert found.weakest is None and not found.stop and found.outliers.empty and "no labels" in repr(found)
    beside = agree(study(n=20), rubric=rubric).dimensions.set_index("dimension")
    assert beside.loc["tone", "reason"] == "no labels" and beside.loc["outcome", "units"] == 20


def test_unknown_categories_are_left_out_and_said():
    labels = study(n=40)
    labels.loc[labels.index[:5], "value"] = "perhaps"
    found = agree(labels, rubric={"outcome": Scale("nominal", ("pass", "fail"), "fail")})
    assert only(found)["labels"] == 115
    assert "outcome: 5 labels with a value that the rubric does not have left out." in found.notices
    assert "5 labels with a value that the rubric does not have left out" in only(found)["reason"]
    labels["value"] = "perhaps"
    nothing = only(agree(labels, rubric={"outcome": Scale("nominal", ("pass", "fail"), "fail")}))
    assert nothing["verdict"] == "undecided" and nothing["reason"].startswith("no labels; 120 labels with a value")


def test_the_rubric_may_be_the_one_of_a_workspace():
    standard = RubricDimension("outcome", values=("fail", "pass"), failure="fail")
    both = [
        agree(study(n=40), rubric={"outcome": each}) for each in (standard, Scale("nominal", ("fail", "pass"), "fail"))
    ]
    pd.testing.assert_frame_equal(both[0].dimensions, both[1].dimensions)


def test_labels_from_before_a_dimension_changed_its_meaning_are_left_out():
    labels = pd.concat([study(n=30).assign(rubric_version=1), study(n=20, seed=1).assign(rubric_version=3)])
    labels["item"] = labels["item"] + labels["rubric_version"].astype(str)
    moved = {"outcome": Scale("nominal", ("pass", "fail"), "fail", since=2)}
    found = agree(labels, rubric=moved)
    assert only(found)["units"] == 20
    assert (
        "outcome: 90 labels from before version 2 of the rubric, which changed what it means, left out."
        in found.notices
    )
    assert only(agree(labels, rubric=moved, only=Only(rubric_version=1)))["units"] == 30, "unless they are asked for"
    assert only(agree(labels.drop(columns="rubric_version"), rubric=moved))["units"] == 50


# --- severity ----------------------------------------------------------------------------------------------------


def with_severity():
    rows = []
    for item in range(12):
        for place, annotator in enumerate("ab"):
            rows.append((f"t{item}", annotator, "outcome", "fail", 1 + (item + place * (item % 3 == 0)) % 5))
            if item < 6:
                rows.append((f"t{item}", annotator, "code", "Tone", 2 + item % 2))
    rows.append(("t0", "a", "code", "Facts", 5))  # nobody else gave it: nothing to compare
    return long(rows, [*COLUMNS, "severity"])


def test_severity_is_an_ordinal_dimension_of_its_own():
    found = agree(with_severity())
    row = found.dimensions.set_index("dimension").loc["severity"]
    assert row["level"] == "ordinal" and row["units"] == 18 and row["annotators"] == 2
    assert row["method"] == "group bootstrap", "all severities of an item are drawn together"
    pairs = {}
    for item, _, dimension, value, severity in with_severity().itertuples(index=False):
        pairs.setdefault((item, value if dimension == "code" else dimension), []).append(severity)
    first, second = zip(*(pair for pair in pairs.values() if len(pair) == 2), strict=True)
    expected = krippendorff.alpha([first, second], level_of_measurement="ordinal", value_domain=[1, 2, 3, 4, 5])
    assert row["alpha"] == pytest.approx(expected)
    disputed = found.units.query("dimension == 'severity' and agreement < 1")
    assert set(disputed["item"]) == {"t0", "t3", "t6", "t9"}
    assert disputed["votes"].str.startswith("outcome: ").all()


def test_severity_by_another_level_or_as_a_dimension_that_is_there():
    assert agree(with_severity(), level={"severity": "interval"}).dimensions.set_index("dimension").loc[
        "severity", "level"
    ] == "interval"  # fmt: skip
    own = pd.concat([with_severity(), long([(i, a, "severity", "low") for i in range(20) for a in "ab"])])
    row = agree(own).dimensions.set_index("dimension").loc["severity"]
    assert row["verdict"] == "no_variation" and row["units"] == 20
    assert "severity" not in set(agree(study(n=20).assign(severity=None)).dimensions["dimension"])
    halves = with_severity().assign(severity=lambda rows: rows["severity"] + 0.5)
    assert agree(halves).dimensions.set_index("dimension").loc["severity", "units"] == 18


# --- a part of the labels ----------------------------------------------------------------------------------------


def test_a_time_a_queue_or_a_version_of_the_rubric():
    day = [pd.Timestamp(f"2026-01-0{1 + item % 3}T12:00Z") for item in range(60) for _ in "abc"]
    labels = study(n=60).assign(labelled_at=day, rubric_version=[1 + item % 2 for item in range(60) for _ in "abc"])
    labels["saw"] = [f'{{"page": "queue", "queue": "q{item % 4}"}}' for item in range(60) for _ in "abc"]
    assert only(agree(labels, only=Only(since=pd.Timestamp("2026-01-02T00:00Z"))))["units"] == 40
    found = agree(labels, only=Only(until=pd.Timestamp("2026-01-02T00:00Z")))
    assert only(found)["units"] == 20 and "120 labels outside the time, queue or version" in found.notices[0]
    assert only(agree(labels, only=Only(rubric_version=2)))["units"] == 30
    assert only(agree(labels, only=Only(queue="q1")))["units"] == 15
    named = labels.assign(queue="mine", saw="no json {")
    assert only(agree(named, only=Only(queue="mine")))["units"] == 60
    assert agree(named.drop(columns="queue"), only=Only(queue="mine")).dimensions.empty


def test_who_labelled_under_two_versions_has_an_answer_under_each():
    old = study(n=40, right=0.6).assign(rubric_version=1, labelled_at=pd.Timestamp("2026-01-01T00:00Z"))
    new = study(n=40, right=0.98).assign(rubric_version=2, labelled_at=pd.Timestamp("2026-02-01T00:00Z"))
    both = pd.concat([old, new])
    by = {version: only(agree(both, only=Only(rubric_version=version)))["alpha"] for version in (1, 2)}
    assert by[1] == only(agree(old))["alpha"] and by[2] == only(agree(new))["alpha"] == only(agree(both))["alpha"]


def test_missing_columns_are_named():
    with pytest.raises(MissingColumns, match="'annotator'"):
        agree(pd.DataFrame({"item": [1], "value": ["x"]}))
    with pytest.raises(MissingColumns, match="'item'"):
        agree(pd.DataFrame({"annotator": [1], "value": ["x"]}))


def test_requests_that_are_wrong():
    for options, words in (
        ({"level": "cardinal"}, "level 'cardinal'"),
        ({"level": {"tone": "ordinal"}}, "no label has"),
        ({"kinds": ("robot",)}, "annotator kind"),
        ({"round_": "both"}, "round 'both'"),
        ({"positive": "wrong"}, "no dimension has the value"),
    ):
        with pytest.raises(BadRequest, match=words):
            agree(study(n=12), **options)


# --- what counts -------------------------------------------------------------------------------------------------


def test_the_newest_label_counts():
    rows = [(i, a, "outcome", "pass" if i % 2 else "fail", "2026-01-02T00:00:00Z") for i in range(20) for a in "ab"]
    older = [(i, "a", "outcome", "fail" if i % 2 else "pass", "2026-01-01T00:00:00Z") for i in range(20)]
    columns = [*COLUMNS, "labelled_at"]
    timed = agree(long(rows + older, columns))
    assert only(timed)["alpha"] == 1 and "20 labels replaced" in timed.notices[0] and "newest" in timed.notices[0]
    untimed = agree(long(rows + older, columns)[COLUMNS])
    assert only(untimed)["alpha"] < 0 and "last row counts" in untimed.notices[0]


def test_a_withdrawn_label_is_gone():
    rows = [(i, a, "outcome", "pass" if i % 2 else "fail", None) for i in range(20) for a in "ab"]
    found = agree(long([*rows, (3, "b", "outcome", "pass", True)], [*COLUMNS, "withdrawn"]))
    assert only(found)["units"] == 19


def test_blind_and_adjudicated_are_never_pooled():
    blind = study(right=0.6, n=80).assign(round="blind")
    settled = study(right=1.0, n=80).assign(round="adjudicated")
    both = pd.concat([blind, settled])
    assert only(agree(both))["alpha"] == only(agree(blind))["alpha"]
    assert only(agree(both, round_="adjudicated"))["alpha"] == 1
    assert any("rounds are never pooled" in notice for notice in agree(both).notices)


def test_judges_count_only_where_asked_for():
    people, machine = study(n=80), study(n=80, annotators="j", right=0.5, seed=9).assign(annotator_kind="judge")
    both = pd.concat([people.assign(annotator_kind=None), machine])
    assert only(agree(both))["annotators"] == 3
    assert only(agree(both, kinds=("human", "judge")))["annotators"] == 4
    assert "80 labels not by a human left out" in agree(both).notices[0]


def test_values_that_are_no_answer_can_be_left_out():
    labels = pd.concat([study(n=40), long([(f"t{i}", "c", "outcome", "defer") for i in range(5)])])
    counted, left = agree(labels), agree(labels, leave_out=("defer",))
    assert only(counted)["labels"] == 120 and only(left)["labels"] == 115
    assert "5 labels with a value that counts as no answer" in left.notices[-1]


def test_notes_are_not_categories():
    labels = pd.concat([study(n=20), long([(f"t{i}", "a", "Note", f"text {i}") for i in range(20)])])
    found = agree(labels)
    assert found.dimensions["dimension"].tolist() == ["outcome"] and "free text" in found.notices[0]


def test_a_table_without_dimensions_is_one():
    found = agree(study(n=30).drop(columns="dimension"))
    assert only(found)["dimension"] == "value" and "name no dimension" in found.notices[0]


def test_trace_id_is_item():
    labels = study(n=30)
    pd.testing.assert_frame_equal(
        agree(labels).dimensions, agree(labels.rename(columns={"item": "trace_id"})).dimensions
    )


def test_sessions_are_drawn_whole():
    labels = study(n=60)
    labels["session_id"] = labels["item"].str[-1]
    assert only(agree(labels))["method"] == "group bootstrap"
    assert only(agree(labels.assign(session_id=None)))["method"] == "patterns of votes, Jeffreys"
    three = only(agree(study(n=60, right=1).assign(session_id=lambda rows: rows["item"].str[-1].astype(int) % 3)))
    assert three["verdict"] == "undecided" and "only 3 sessions" in three["reason"]
    assert three["alpha_low"] < three["alpha"] == three["alpha_high"] == 1


# --- levels ------------------------------------------------------------------------------------------------------


def stars(n=50, seed=2):
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, n)
    return long(
        [(i, a, "stars", int(np.clip(t + rng.integers(-1, 2), 1, 5))) for i, t in enumerate(truth) for a in "ab"]
    )


def test_numbers_are_ordered_as_numbers():
    # the same study on a scale that text would sort as 1, 11, 111, 2 ...
    wide = stars().replace({"value": {1: 2, 2: 11, 3: 30, 4: 111, 5: 1000}})
    assert only(agree(wide, level="ordinal"))["alpha"] == pytest.approx(only(agree(stars(), level="ordinal"))["alpha"])
    text = wide.assign(value=wide["value"].astype(str) + ".0")
    assert only(agree(text, level="ordinal"))["alpha"] == pytest.approx(only(agree(wide, level="ordinal"))["alpha"])
    row = only(agree(stars(), level="ordinal"))
    assert row["alpha"] > only(agree(stars()))["alpha"] and row["ac2"] > row["ac1"]
    assert row["kappa_weighted"] > row["kappa"]


def test_words_have_no_order_of_their_own():
    words = {1: "awful", 2: "poor", 3: "fair", 4: "good", 5: "superb"}
    labels = stars().replace({"value": words}).astype({"value": str})
    with pytest.raises(BadRequest, match="words without an order"):
        agree(labels, level="ordinal")
    rubric = {"stars": Scale("ordinal", tuple(words.values()))}
    assert only(agree(labels, rubric=rubric))["alpha"] == only(agree(stars(), level="ordinal"))["alpha"]


def test_a_level_for_all_spares_what_has_no_order():
    words = study(n=50, dimension="tone").replace({"value": {"pass": "warm", "fail": "cold"}})
    words.loc[words.index[:3], "value"] = "odd"
    found = agree(pd.concat([stars(), words]), level="ordinal").dimensions.set_index("dimension")
    assert found.loc["stars", "level"] == "ordinal" and found.loc["tone", "level"] == "nominal"
    assert "without an order" in found.loc["tone", "reason"]


def test_two_values_are_alike_at_every_level():
    assert only(agree(study(), level="ordinal"))["alpha"] == pytest.approx(only(agree(study()))["alpha"])


def test_levels_by_dimension():
    found = agree(pd.concat([stars(), study()]), level={"stars": "interval"}).dimensions.set_index("dimension")
    assert found["level"].to_dict() == {"outcome": "nominal", "stars": "interval"}


def test_many_values_have_alpha_and_no_kappas():
    rng = np.random.default_rng(0)
    labels = long([(i, a, "score", round(i + rng.normal(), 3)) for i in range(60) for a in "ab"])
    row = only(agree(labels, level="interval"))
    assert row["alpha"] > 0.9 and math.isnan(row["kappa"]) and "more than 50 values" in row["reason"]


# --- codes -------------------------------------------------------------------------------------------------------


def coded():
    said = {  # item: codes by a, codes by b
        "t1": ("X", "X"), "t2": ("XY", "X"), "t3": ("", ""), "t4": ("Y", "Y"), "t5": ("", "X"), "t6": ("Z", "Y"),
    }  # fmt: skip
    rows = [
        (item, a, "outcome", "fail" if codes else "pass")
        for item, both in said.items()
        for a, codes in zip("ab", both, strict=True)
    ]
    rows += [
        (item, a, "code", code)
        for item, both in said.items()
        for a, codes in zip("ab", both, strict=True)
        for code in codes
    ]
    return long(rows)


def test_each_code_by_itself_and_all_as_sets():
    found = agree(coded())
    assert found.dimensions["dimension"].tolist() == ["code", "code: X", "code: Y", "code: Z", "outcome"]
    rows = found.dimensions.set_index("dimension")
    assert rows.loc["code: X", "code"] == "X" and rows.loc["code", "level"] == "sets"
    assert (rows["units"] == 6).all()  # t3 and t5 by a are reviewed without a code
    assert rows.loc["code: X", "percent"] == pytest.approx(5 / 6)
    assert rows.loc["code", "percent"] == pytest.approx(3 / 6)  # of equal sets
    # between exact sets and single codes: XY and X agree by a third
    assert rows.loc["code", "alpha"] > 0.4
    assert set(found.annotators["dimension"]) == {"code", "outcome"}
    votes = found.units[found.units["dimension"] == "code"].set_index("item")["votes"]
    assert votes["t5"] == "no code (1), X (1)" and votes["t2"] == "X (1), X + Y (1)"


def test_codes_in_several_places_of_one_item_are_one():
    labels = coded().assign(at=None)
    again = labels[labels["dimension"] == "code"].assign(at="message:3")
    both = agree(pd.concat([labels, again])).dimensions
    pd.testing.assert_frame_equal(both, agree(labels).dimensions)


def test_without_outcomes_no_code_is_no_review():
    found = agree(coded().query("dimension == 'code'"))
    assert found.dimensions.set_index("dimension").loc["code", "units"] == 4
    assert any("counts as not reviewed" in notice for notice in found.notices)


# --- who and what ------------------------------------------------------------------------------------------------


def test_who_stands_apart_and_what_is_disputed():
    labels = pd.concat([study(n=120, right=0.96), study(n=120, annotators="z", right=0.5)])
    found = agree(labels)
    assert found.outliers["annotator"].tolist() == ["z"]
    people = found.annotators.set_index("annotator")
    assert people["mean_disagreement"].idxmax() == "z"
    assert people.loc["z", "alpha_without"] > only(found)["alpha"]
    assert len(found.pairs) == 6 and {"kappa", "percent", "alpha"} <= set(found.pairs.columns)
    assert found.units["agreement"].is_monotonic_increasing and len(found.units) == 120
    assert found.confusions[["value", "other"]].to_numpy().tolist() == [["fail", "pass"]]


def test_an_annotator_alone_is_told_so():
    labels = pd.concat([study(n=30, annotators="ab"), long([("extra", "c", "outcome", "pass")])])
    row = agree(labels).annotators.set_index("annotator").loc["c"]
    assert row["units"] == 0 and math.isnan(row["mean_disagreement"]) and "shares no item" in row["reason"]


def test_real_labels_give_the_published_figures(test_data):
    # https://github.com/WeOpenML/PandaLM, test set v1: three annotators, 999 pairs
    items = json.loads((test_data / "pandalm" / "testset-v1.json").read_text(encoding="utf-8"))
    rows = [(each["idx"], f"annotator{k}", "better", each[f"annotator{k}"]) for each in items for k in (1, 2, 3)]
    found = agree(long(rows))
    row = only(found)
    assert found.pairs["kappa"].round(4).tolist() == [0.8520, 0.8789, 0.8617]
    assert (round(row["fleiss"], 4), round(row["alpha"], 4)) == (0.8642, 0.8642)
    assert row["verdict"] == "reliable" and row["units"] == 999


@given(st.permutations(list("abc")), st.permutations(["pass", "fail", "defer"]), st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_names_and_the_order_of_rows_do_not_matter(annotators, values, seed):
    labels = study(n=20, right=0.7)
    labels.loc[labels.index[:7], "value"] = "defer"
    renamed = labels.replace(
        {
            "annotator": dict(zip("abc", annotators, strict=True)),
            "value": dict(zip(["pass", "fail", "defer"], values, strict=True)),
        }
    )
    shuffled = renamed.sample(frac=1, random_state=seed)
    one, other = only(agree(labels, replicates=200)), only(agree(shuffled, replicates=200))
    for name in ("alpha", "alpha_low", "alpha_high", "kappa", "fleiss", "ac1", "percent", "percent_low"):
        assert one[name] == pytest.approx(other[name], abs=1e-9)


def test_the_labels_given_are_not_changed():
    labels = coded()
    before = labels.copy(deep=True)
    agree(labels)
    pd.testing.assert_frame_equal(labels, before)


def test_progress_is_told():
    told = []
    agree(coded(), replicates=50, progress=lambda *stage: told.append(stage))
    assert told[0] == ("agreement", 0, 5) and told[-1] == ("agreement", 5, 5)


def test_a_crowd_has_no_bounds_one_by_one():
    rng = np.random.default_rng(0)
    rows = [
        (i, f"w{rng.integers(0, 30) * 2 + k}", "outcome", rng.choice(["pass", "fail"]))
        for i in range(90)
        for k in (0, 1)
    ]
    found = agree(long(rows), replicates=100)
    assert only(found)["annotators"] > 50 and len(found.annotators) == only(found)["annotators"]
    assert found.annotators["change_low"].isna().all() and not found.annotators["stands_apart"].any()
    assert found.annotators["reason"].str.contains("more than 50 annotators").all()


def test_text_under_another_name_is_no_scale():
    texts = long([(i, a, "critique", f"text {i} {a}") for i in range(600) for a in "ab"])
    found = agree(pd.concat([study(n=30), texts]))
    assert found.dimensions["dimension"].tolist() == ["outcome"]
    assert any("critique left out: 1,200 different values" in notice for notice in found.notices)
