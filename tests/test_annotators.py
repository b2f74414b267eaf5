"""Annotators over time, gold they missed, versions of the rubric, probable labels, and the table of a paper."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import norm

from workbench import Workspace
from workbench.agree import (
    Only,
    Scale,
    agree,
    agreement_by_version,
    agreement_over_time,
    checks_of_settled,
    consensus,
    gold_misses,
)
from workbench.cli import cli
from workbench.errors import BadRequest, MissingColumns, UnknownName, WorkbenchError
from workbench.stats.agreement import (
    Ratings,
    against_most,
    alpha,
    alpha_change,
    disagreements,
    excesses,
    mean_with_bounds,
    trend,
)

START = pd.Timestamp("2026-03-02T09:00Z")  # a Monday
COLUMNS = ["item", "annotator", "dimension", "value", "labelled_at", "seconds"]


def course(n=180, wrong=lambda place, who: 0.08, sitting=30, seed=0, rate=0.4):
    """Labels of three people, one a minute, in sittings of a day each; ``wrong`` is their chance of an error."""
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(n):
        failed = rng.random() < rate
        when = START + pd.Timedelta(days=item // sitting, minutes=item % sitting)
        for who in "abc":
            said = failed if rng.random() >= wrong(item, who) else not failed
            value = "fail" if said else "pass"
            rows.append((f"t{item}", who, "outcome", value, when, 60 - item % sitting))
    return pd.DataFrame(rows, columns=COLUMNS)


# --- over time, as numbers ---------------------------------------------------------------------------------------


def test_each_label_against_the_others_of_its_item():
    ratings = Ratings.of_rows([["f", "p", "p"], ["f", "f", None], ["p", "p", None]])
    by = {(ratings.unit[k], ratings.annotator[k]): k for k in range(len(ratings.unit))}
    apart, excess = disagreements(ratings), excesses(ratings, ratings.values.index("f"))
    most, over = against_most(ratings, ratings.values.index("f"))
    assert math.isnan(most[by[0, 0]]) and most[by[0, 2]] == 1 and over[by[0, 2]] == -1, "the first's others are split"
    assert apart[by[0, 0]] == 0.5 and apart[by[0, 2]] == 1 and math.isnan(apart[by[2, 0]])
    assert excess[by[0, 0]] == 0.5 and excess[by[0, 2]] == -1 and excess[by[1, 1]] == 1


def test_a_trend_against_shuffles():
    order = np.linspace(0, 1, 60)
    rising = (np.arange(60) > 40).astype(float)
    found = trend(rising, order)
    assert found.p < 0.01 and found.change > 0.5 and found.n == 60
    assert found.change == pytest.approx(np.polyfit(order, rising, 1)[0])
    flat = trend(np.tile([0.0, 1.0], 30), order)
    assert flat.p > 0.5 and 0 < flat.detectable < 1
    assert trend(np.zeros(60), order).p == 1 and trend(np.zeros(60), order).change == 0
    few = trend(rising[36:45], order[36:45])
    assert math.isnan(few.p) and few.reason == "only 9 labels to compare, 10 are needed"
    assert trend(rising, np.ones(60)).reason == "all labels stand at one place"


def test_shuffles_hold_their_level():
    # 400 courses without any drift; at .05 the share of false alarms has a standard error of .011
    rng = np.random.default_rng(0)
    order = np.linspace(0, 1, 25)
    p = [trend((rng.random(25) < 0.2).astype(float), order, permutations=200, seed=k).p for k in range(400)]
    assert np.mean(np.array(p) <= 0.05) <= 0.08


def test_many_labels_are_not_shuffled_and_say_the_same():
    rng = np.random.default_rng(1)
    order, sitting = np.tile(np.arange(30.0), 30), np.repeat(np.arange(30), 30)
    values = (rng.random(900) < 0.2 + 0.0005 * order).astype(float)
    shuffled = trend(values, order, sitting, permutations=4000)
    twice = trend(np.tile(values, 2), np.tile(order, 2), np.concatenate([sitting, sitting + 30]))
    assert twice.change == pytest.approx(shuffled.change)
    assert twice.detectable == pytest.approx(shuffled.detectable / np.sqrt(2))
    z = norm.isf(shuffled.p / 2)
    assert 0.002 < shuffled.p < 0.3, "neither the least that 4,000 shuffles can say nor nothing at all"
    assert norm.isf(twice.p / 2) == pytest.approx(z * np.sqrt(2), abs=0.15)


def test_within_sittings_what_differs_between_them_does_not_count():
    sitting = np.repeat([0, 1], 20)
    place = np.tile(np.arange(20.0), 2)
    better_days = (sitting == 0).astype(float)  # a bad day, and no fatigue on either
    assert trend(better_days, place, sitting).change == 0
    tired = (place > 12).astype(float)
    assert trend(tired, place, sitting).p < 0.01


def test_means_and_their_bounds():
    mean, low, high = mean_with_bounds(np.array([1.0, 0, -1, 0, 0, 1]))
    assert low < mean < high and mean == pytest.approx(1 / 6)
    assert mean_with_bounds(np.zeros(20)) == (0, pytest.approx(-0.161, abs=1e-3), pytest.approx(0.161, abs=1e-3))
    assert all(map(math.isnan, mean_with_bounds(np.zeros(0))))


# --- over time, on labels ----------------------------------------------------------------------------------------


def test_who_drifts_is_named_and_the_others_are_not():
    found = agreement_over_time(course(wrong=lambda place, who: 0.5 * place / 180 if who == "c" else 0.05))
    rows = found.trends[found.trends["what"] == "disagreement"].set_index("annotator")
    assert rows["verdict"].to_dict() == {"a": "not_shown", "b": "not_shown", "c": "drifts"}
    assert rows.loc["c", "p_holm"] >= rows.loc["c", "p"]
    thirds = found.periods[found.periods["annotator"] == "c"]
    assert thirds["period"].tolist() == ["1/3", "2/3", "3/3"] and thirds["labels"].tolist() == [60, 60, 60]
    assert thirds["disagreement"].is_monotonic_increasing
    assert (thirds["low"] <= thirds["disagreement"]).all() and (thirds["disagreement"] <= thirds["high"]).all()
    assert "c drifts in disagreement of outcome" in repr(found)


def test_of_two_it_cannot_be_told_which_one():
    both = course(wrong=lambda place, who: 0.5 * place / 180 if who == "c" else 0.05).query("annotator != 'b'")
    rows = agreement_over_time(both).trends.query("what == 'disagreement'")
    assert set(rows["verdict"]) == {"drifts"} and rows["reason"].str.contains("cannot be told which").all()


def test_no_drift_is_not_shown_and_says_what_could_have_been_seen():
    found = agreement_over_time(course())
    assert set(found.trends["verdict"]) == {"not_shown"} and found.drifting.empty and found.tired.empty
    assert found.trends["detectable"].between(0.05, 0.6).all() and "no drift" in repr(found)


def test_who_becomes_stricter():
    rng = np.random.default_rng(1)
    labels = course(wrong=lambda place, who: 0.05)
    late = (labels["annotator"] == "a") & (labels["labelled_at"] > START + pd.Timedelta(days=3))
    labels.loc[late & (rng.random(len(labels)) < 0.4), "value"] = "fail"
    found = agreement_over_time(labels)
    row = found.trends.set_index(["annotator", "what"]).loc[("a", "failures")]
    assert row["verdict"] == "drifts" and row["change"] > 0.1
    last = found.periods.set_index(["annotator", "period"]).loc[("a", "3/3")]
    assert last["excess"] == pytest.approx(last["failures"] - last["others"])
    assert last["excess_low"] > 0


def test_who_tires_within_a_sitting():
    found = agreement_over_time(course(wrong=lambda place, who: 0.02 * (place % 30) if who == "b" else 0.03))
    rows = found.fatigue.set_index("annotator")
    assert rows.loc["b", "verdict"] == "tires" and rows.loc["b", "per_ten"] > 0.05
    assert set(rows["sittings"]) == {6} and set(rows["longest"]) == {30}
    assert (rows["seconds_first"] > rows["seconds_last"]).all()
    assert found.tired["annotator"].tolist() == ["b"]


def test_by_week_and_by_day():
    labels = course(n=60)
    weeks = agreement_over_time(labels, by="week").periods
    assert set(weeks["period"]) == {"2026-03-02"}
    days = agreement_over_time(labels, by="day").periods
    assert set(days["period"]) == {"2026-03-02", "2026-03-03"}
    assert set(agreement_over_time(labels, by="month").periods["period"]) == {"2026-03-01"}
    with pytest.raises(BadRequest, match="not divided by 'hour'"):
        agreement_over_time(labels, by="hour")
    with pytest.raises(BadRequest, match="dimension that was asked for"):
        agreement_over_time(labels, dimension="tone")


def test_without_times_nothing_is_said_of_time():
    for labels in (course().drop(columns="labelled_at"), course().assign(labelled_at=START)):
        found = agreement_over_time(labels)
        assert set(found.trends["verdict"]) == set(found.fatigue["verdict"]) == {"undecided"}
        assert found.trends["reason"].str.contains("bear no times").all()
    assert agreement_over_time(course().drop(columns="labelled_at"), by="week").periods["period"].unique() == [
        "no time"
    ]


def test_few_labels_and_an_annotator_alone():
    few = agreement_over_time(course(n=5))
    assert (
        set(few.trends["verdict"]) == {"undecided"}
        and few.trends["reason"].str.contains("labels to compare, 10 are needed").all()
    )
    alone = pd.concat([course(n=30), course(n=12).query("annotator == 'a'").assign(annotator="z", item="own")])
    alone["item"] = [
        f"z{k}" if who == "z" else item for k, (item, who) in enumerate(alone[["item", "annotator"]].to_numpy())
    ]
    rows = agreement_over_time(alone).periods.query("annotator == 'z'")
    assert rows["units"].eq(0).all() and rows["disagreement"].isna().all()
    assert rows["reason"].eq("shares no item with another annotator").all()
    assert agreement_over_time(course().iloc[:0]).periods.empty


def test_codes_and_severities_have_a_course_too():
    labels = course(n=40)
    coded = labels[labels["value"] == "fail"].assign(dimension="code", value="Tone")
    both = pd.concat([labels.assign(severity=2 + (labels.index % 3)), coded])
    found = agreement_over_time(both)
    assert set(found.periods["dimension"]) == {"code", "outcome", "severity"}
    assert found.periods.query("dimension == 'severity'")["labels"].sum() == 120
    assert set(agreement_over_time(both, dimension="code: Tone").periods["dimension"]) == {"code: Tone"}


# --- gold --------------------------------------------------------------------------------------------------------


def checks(n=20, missed=5, who="ann", start=START):
    return pd.DataFrame(
        {
            "annotator": who,
            "trace_id": [f"t{k}" for k in range(n)],
            "dimension": "outcome",
            "expected": "fail",
            "given": ["pass" if k < missed else "fail" for k in range(n)],
            "missed": [k < missed for k in range(n)],
            "labelled_at": [start + pd.Timedelta(days=k) for k in range(n)],
        }
    )


def test_missed_gold_with_wilsons_bounds():
    # reference/statistics.md 3.1: 5 of 10 is .2366-.7634, 0 of 20 is 0-.1611
    found = gold_misses(pd.concat([checks(10, 5), checks(20, 0, "bob")]))
    row = found.set_index("annotator").loc["ann"]
    assert (row["n"], row["missed"], row["share"]) == (10, 5, 0.5)
    assert (row["low"], row["high"]) == pytest.approx((0.2366, 0.7634), abs=5e-5)
    assert row["given_instead"] == "pass"
    bob = found.set_index("annotator").loc["bob"]
    assert (bob["low"], bob["high"]) == pytest.approx((0, 0.1611), abs=5e-5) and pd.isna(bob["given_instead"])


def test_missed_gold_by_period():
    found = gold_misses(checks(21, 7), by="thirds")
    assert found["period"].tolist() == ["1/3", "2/3", "3/3"] and found["missed"].tolist() == [7, 0, 0]
    assert gold_misses(checks(14, 3), by="week")["n"].tolist() == [7, 7]
    put_off = checks(10, 2)
    put_off.loc[:1, "given"] = "defer"
    assert gold_misses(put_off)["n"].tolist() == [8], "who put it off has not answered"
    assert gold_misses(checks(0)).empty
    with pytest.raises(MissingColumns, match="'expected'"):
        gold_misses(checks().drop(columns="expected"))
    with pytest.raises(BadRequest, match="not divided"):
        gold_misses(checks(), by="year")


def test_what_was_settled_is_a_check_too():
    labels = pd.DataFrame(
        [("t1", "a", "outcome", "pass"), ("t1", "b", "outcome", "fail"), ("t2", "a", "outcome", "defer")],
        columns=["trace_id", "annotator", "dimension", "value"],
    )
    settled = pd.DataFrame({"trace_id": ["t1", "t2"], "dimension": "outcome", "value": "fail"})
    found = checks_of_settled(labels, settled)
    assert found[["annotator", "missed"]].to_numpy().tolist() == [["a", True], ["b", False]]


# --- versions of the rubric --------------------------------------------------------------------------------------


def versions(n=60, right=(0.7, 0.95), seed=0, people=("abc", "abc")):
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(n):
        failed = rng.random() < 0.4
        for version, (good, names) in enumerate(zip(right, people, strict=True), start=1):
            for who in names:
                said = failed if rng.random() < good else not failed
                value = "fail" if said else "pass"
                rows.append((f"t{item}", who, "tone", value, START + pd.Timedelta(days=30 * version), version))
    return pd.DataFrame(rows, columns=[*COLUMNS[:5], "rubric_version"])


def test_a_better_rubric_is_shown_on_the_same_items():
    found = agreement_by_version(versions(), "tone")
    row = found.changes.iloc[0]
    assert (row["version"], row["next"], row["items"], row["verdict"]) == (1, 2, 60, "improved")
    assert 0 < row["low"] < row["change"] < row["high"]
    assert row["change"] == pytest.approx(row["alpha_after"] - row["alpha_before"])
    assert found.versions["version"].tolist() == [1, 2]
    assert found.versions["alpha"].tolist() == pytest.approx([row["alpha_before"], row["alpha_after"]])
    assert "people agree more" in found.sentences[0] and found.notices == ()
    worse = agreement_by_version(versions(right=(0.95, 0.7)), "tone")
    assert worse.changes.iloc[0]["verdict"] == "worse" and "agree less" in repr(worse)
    same = agreement_by_version(versions(right=(0.85, 0.85)), "tone")
    assert same.changes.iloc[0]["verdict"] == "not_shown" and "no change is shown" in repr(same)


def test_the_paired_interval_is_narrower_than_two_of_strangers():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 80)
    hard = rng.random(80) < 0.3  # the same items are hard under both versions
    sides = [
        Ratings.of_rows(
            [np.where(rng.random(80) < np.where(hard, 0.5, 0.98), truth, 1 - truth).tolist() for _ in "abc"]
        )
        for _ in range(2)
    ]
    found = alpha_change(*sides)
    assert found.low < found.change < found.high and found.units == 80
    assert found.change == pytest.approx(alpha(sides[1]).value - alpha(sides[0]).value)
    swapped = alpha_change(*sides[::-1])
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))
    assert alpha_change(sides[0], sides[0]).reason.startswith("every draw is alike")


def test_only_items_of_both_versions_and_only_those_labelled_twice():
    labels = versions(n=40)
    keep = (labels["rubric_version"] == 1) | labels["item"].isin([f"t{k}" for k in range(20)])
    found = agreement_by_version(labels[keep], "tone").changes.iloc[0]
    assert found["items"] == 20
    nothing = labels[(labels["rubric_version"] == 1) ^ labels["item"].isin([f"t{k}" for k in range(20)])]
    row = agreement_by_version(nothing, "tone").changes.iloc[0]
    assert row["verdict"] == "undecided" and "no item was labelled twice under both" in row["reason"]
    few = labels[(labels["rubric_version"] == 1) | labels["item"].isin(["t1", "t2", "t3"])]
    assert agreement_by_version(few, "tone").changes.iloc[0]["reason"] == "only 3 items were labelled under both"


def test_versions_with_other_values_and_other_people():
    labels = versions(people=("abc", "abd"))
    labels.loc[(labels["rubric_version"] == 2) & (labels["value"] == "fail"), "value"] = "bad"
    rubrics = {
        1: {"tone": Scale("nominal", ("pass", "fail"), "fail")},
        2: {"tone": Scale("ordinal", ("pass", "odd", "bad"), "bad")},
    }
    found = agreement_by_version(labels, "tone", rubrics=rubrics)
    assert found.versions["level"].tolist() == ["nominal", "ordinal"] and found.changes.iloc[0]["verdict"] == "improved"
    assert "not labelled by the same people" in found.notices[0]


def test_three_versions_are_compared_one_after_the_other():
    third = versions(n=60, seed=1).query("rubric_version == 2").assign(rubric_version=4)
    unknown = versions(n=3).assign(rubric_version=None)
    found = agreement_by_version(pd.concat([versions(), third, unknown]), "tone")
    assert found.changes[["version", "next"]].to_numpy().tolist() == [[1, 2], [2, 4]]
    assert "18 labels that say no version of the rubric are left out." in found.notices


def test_versions_where_there_are_none():
    with pytest.raises(MissingColumns, match="rubric_version"):
        agreement_by_version(versions().drop(columns="rubric_version"), "tone")
    with pytest.raises(BadRequest, match="dimension that was asked for"):
        agreement_by_version(versions(), "mood")
    found = agreement_by_version(versions().assign(rubric_version=None), "tone")
    assert found.changes.empty and found.versions.empty and "one version of the rubric at most" in repr(found)
    constant = versions().assign(value="pass")
    row = agreement_by_version(constant, "tone").changes.iloc[0]
    assert row["verdict"] == "undecided" and row["reason"] == "no variation"


# --- probable labels ---------------------------------------------------------------------------------------------


def test_probable_labels_of_items_and_errors_of_people():
    labels = course(n=150, wrong=lambda place, who: {"a": 0.05, "b": 0.05, "c": 0.35}[who])
    found = consensus(labels)
    people = found.annotators.set_index("annotator")["right"]
    assert people["c"] < 0.75 < 0.9 < min(people["a"], people["b"])
    assert len(found.items) == 150 and found.items["certainty"].is_monotonic_increasing
    assert set(found.prior) == {"pass", "fail"} and sum(found.prior.values()) == pytest.approx(1)
    assert found.errors.groupby(["annotator", "truth"])["share"].sum().to_numpy() == pytest.approx(np.ones(6))
    differs = found.items[found.items["differs"]]
    assert (differs["value"] != differs["majority"]).all() and not found.refused
    assert "150 items" in repr(found)


def test_probable_labels_where_they_are_refused():
    two = consensus(course().query("annotator != 'c'"))
    assert two.refused and "takes 3 annotators" in two.reason and two.items.empty and "none; it takes" in repr(two)
    assert "50 items" in consensus(course(n=30)).reason
    assert not consensus(course(n=30), fewest=30).refused
    with pytest.raises(UnknownName, match="no dimension 'tone'"):
        consensus(course(n=60), "tone")
    with pytest.raises(BadRequest, match="one by one"):
        consensus(course(n=60), "code")


def test_a_defer_is_no_answer_there():
    labels = course(n=80)
    labels.loc[labels.index[:9], "value"] = "defer"
    assert set(consensus(labels).prior) == {"pass", "fail"}
    part = consensus(labels, only=Only(until=START + pd.Timedelta(days=2)), fewest=40)
    assert len(part.items) == 57


# --- the table of a paper ----------------------------------------------------------------------------------------


def test_the_table_is_formatted_and_complete():
    labels = pd.concat([course(n=80), course(n=30).assign(dimension="polite|_x", value="yes")])
    found = agree(labels)
    table = found.table()
    assert table.columns.tolist() == [
        "dimension", "items", "annotators", "raw agreement", "alpha [95% CI]", "AC1", "kappa",
        "agreement on failures", "verdict",
    ]  # fmt: skip
    row = found.dimensions.set_index("dimension").loc["outcome"]
    shown = table.set_index("dimension").loc["outcome"]
    assert (
        shown["alpha [95% CI]"]
        == f".{100 * row['alpha']:.0f} [.{100 * row['alpha_low']:.0f}, .{100 * row['alpha_high']:.0f}]"
    )
    assert shown["raw agreement"] == f"{100 * row['percent']:.1f}%" and shown["kappa"] == f".{100 * row['fleiss']:.0f}"
    constant = table.set_index("dimension").loc["polite|_x"]
    assert (
        constant["alpha [95% CI]"] == "no variation"
        and constant["kappa"] == "–"
        and constant["raw agreement"] == "100.0%"
    )
    assert constant["verdict"] == "no variation"


def test_as_markdown_and_as_latex():
    labels = pd.concat([course(n=40), course(n=40).assign(dimension="50%_of|it<b>")])
    found = agree(labels)
    lines = found.markdown().splitlines()
    assert lines[0].count("|") == 10 and lines[1].startswith("| --- |") and found.caption in found.markdown()
    assert "50%\\_of\\|it\\<b\\>" in found.markdown()
    text = found.latex()
    assert r"50\%\_of\textbar{}it\textless{}b\textgreater{}" in text and text.count(r"\\") == 3
    assert r"\begin{tabular}{lrrrrrrrl}" in text and r"\caption{Agreement of blind labels." in text
    assert text.count("{") == text.count("}")


def test_negative_numbers_and_codes_in_the_table():
    rows = [(i, a, "outcome", "pass" if (i + k) % 2 else "fail") for i in range(20) for k, a in enumerate("ab")]
    rows += [(i, a, "code", "X") for i in range(0, 20, 3) for a in "ab"]
    found = agree(pd.DataFrame(rows, columns=COLUMNS[:4]))
    table = found.table().set_index("dimension")
    assert table.loc["outcome", "kappa"] == "−1.00" and table.loc["outcome", "agreement on failures"] == "0.0%"
    assert "code: X" in table.index and "code: X" not in found.table(codes=False)["dimension"].tolist()
    assert "$-$1.00" in found.latex()


# --- verbs and command line --------------------------------------------------------------------------------------


@pytest.fixture
def ws(tmp_path):
    source = tmp_path / "traces.jsonl"
    lines = (json.dumps({"id": f"t{k}", "question": f"parcel {k}?", "answer": "Sent."}) for k in range(60))
    source.write_text("\n".join(lines) + "\n")
    ws = Workspace.create(tmp_path / "w")
    ws.ingest(source)
    labels = course(n=60).rename(columns={"item": "trace_id"})
    ws.store.add_labels(labels.to_dict("records"))
    return ws


def test_the_verbs(ws):
    found = ws.agreement_over_time()
    assert set(found.periods["annotator"]) == set("abc") and found.by == "thirds"
    part = ws.agreement_over_time("day", until="2026-03-02")
    assert set(part.periods["period"]) == {"2026-03-02"}
    assert len(ws.consensus().items) == 60
    assert ws.gold_misses().empty
    disputed = ws.disputes()
    for trace_id in disputed["trace_id"].head(6):
        ws.adjudicate(trace_id, "outcome", value="fail", reason="it does", decided_by="lead")
    ws.adjudicate(disputed["trace_id"].iloc[7], "outcome", how="majority", decided_by="lead")
    missed = ws.gold_misses()
    assert missed["n"].tolist() == [6, 6, 6] and set(missed["source"]) == {"settled"}, "no majority among them"
    assert ws.gold_misses(source="gold").empty
    ws.store.add_labels(
        [
            {"trace_id": row.item, "annotator": row.annotator, "dimension": "tone", "value": row.value,
             "rubric_version": row.rubric_version, "labelled_at": row.labelled_at}
            for row in versions(n=30).itertuples()
        ]
    )  # fmt: skip
    assert ws.agreement_by_version("tone").changes.iloc[0]["items"] == 30, "replaced labels are still there"
    assert ws.agree(rubric_version=None).dimensions.set_index("dimension").loc["tone", "units"] == 30


def run(*arguments):
    found = CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=True)
    if isinstance(found.exception, WorkbenchError):
        return 2, str(found.exception)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.stdout


def test_the_command_line_on_a_workspace(ws):
    code, out = run("-w", ws.path, "agree", "--over-time", "week", "--gold", "--consensus", "outcome", "--json")
    found = json.loads(out)
    assert code == 0 and set(found) >= {"dimensions", "course", "gold", "consensus"}
    assert found["course"]["trends"][0]["verdict"] in ("not_shown", "drifts") and found["gold"] == []
    assert len(found["consensus"]["items"]) == 60
    code, out = run("-w", ws.path, "agree", "--over-time", "thirds", "--gold", "--consensus", "outcome")
    assert code == 0 and "differs from others" in out and "no item with a known answer" in out and "below 90%" in out
    code, out = run("-w", ws.path, "agree", "--since", "2026-03-03", "--json")
    assert json.loads(out)["dimensions"][0]["units"] == 30
    assert run("-w", ws.path, "agree", "--since", "yesterday")[0] == 2


def test_the_command_line_on_a_file(tmp_path):
    path = tmp_path / "labels.csv"
    versions().to_csv(path, index=False)
    code, out = run("agree", "--labels", path, "--by-version", "tone", "--consensus", "tone", "--json")
    found = json.loads(out)
    assert code == 0 and found["versions"]["changes"][0]["verdict"] == "improved"
    assert found["consensus"]["prior"].keys() == {"pass", "fail"}
    code, out = run("agree", "--labels", path, "--by-version", "tone", "--over-time", "month")
    assert code == 0 and "people agree more" in out and "alpha of tone" in out
    code, out = run("agree", "--labels", path, "--rubric-version", "1", "--json")
    assert json.loads(out)["dimensions"][0]["alpha"] == pytest.approx(found["versions"]["versions"][0]["alpha"])
    code, out = run("agree", "--labels", path, "--table", "latex")
    assert code == 0 and out.startswith("% \\usepackage{booktabs}") and out.endswith("\\end{table}\n")
    code, out = run("agree", "--labels", path, "--table", "markdown", "--json")
    assert json.loads(out)["table"].startswith("| dimension |")
    assert "which items are gold" in run("agree", "--labels", path, "--gold")[1]
    assert run("agree", "--labels", path, "--consensus", "mood")[0] == 2
