"""The step of drift: three verdicts, their level, and every set that says too little."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from drift_sets import NAMES, TOPICS, side

from workbench.drift import PARTS, DriftReport, drift, inputs
from workbench.drift.both import both
from workbench.stats.multiplicity import adjusted

QUICK = {"replicates": 99, "telling": 0}


def compared(first: Any, second: Any, **options: Any) -> DriftReport:
    return drift(first[0], second[0], vectors=(first[1], second[1]), names=NAMES, **{**QUICK, **options})


@pytest.fixture(scope="module")
def moved() -> DriftReport:
    return compared(side(1, 500), side(2, 400, new=0.12, name="b", start=11), replicates=299, telling=5)


def test_a_new_topic_is_found_named_and_dated(moved: DriftReport) -> None:
    assert moved.verdict == "drifted" and moved.reason is None
    assert {"clusters", "embedding", "off_map"} <= set(moved.drifted) and moved.what[0] == "input"
    first = moved.clusters.shares.iloc[0]
    assert (first["name"], first["state"], first["reference"]) == ("refund of a voucher", "new", 0.0)
    assert first["low"] > 0.05 and first["p_bh"] <= 0.05
    assert moved.sentences[1].startswith("New: refund of a voucher")
    assert str(moved.since("clusters")) == "2026-03-11"
    assert moved.off_map.share.estimate > 0.08 > moved.off_map.reference.estimate
    size = moved.clusters.moved
    assert 0 < size.low <= size.estimate <= size.high and size.low < 0.12 < size.high


def test_the_telling_traces_are_of_the_new_topic(moved: DriftReport) -> None:
    asked = side(2, 400, new=0.12, name="b", start=11)[0].set_index("trace_id")["cluster"]
    assert len(moved.embedding.telling) == 5
    assert (asked[moved.embedding.telling["trace_id"]] == TOPICS).all()
    assert moved.embedding.auc > 0.5 and moved.embedding.auc_p <= 0.05


def test_the_same_traffic_is_stable_where_there_is_enough_of_it() -> None:
    found = compared(side(1, 1500), side(2, 1500, name="b"))
    assert found.verdict == "stable" and found.drifted == ()
    assert found.clusters.moved.high <= found.tolerance
    assert found.sentences[0].startswith("Traffic is stable (1,500 traces against 1,500): at most")


@pytest.mark.parametrize(("share", "reason"), [(0.4, "unclustered"), (1.0, "one_cluster")])
def test_clusters_that_say_nothing_vouch_for_nothing(share: float, reason: str) -> None:
    first, second = side(1, 1500), side(2, 1500, name="b")
    for frame, _ in (first, second):
        vague = np.random.default_rng(len(frame["trace_id"][0])).random(1500) < share
        frame["cluster"] = frame["cluster"].mask(vague, None if share < 1 else 3)
    found = compared(first, second)
    assert found.clusters.moved.high <= found.tolerance and found.drifted == ()
    assert (found.verdict, found.reason) == ("undecided", reason) and "Cannot tell (1,500" in found.sentences[0]


def test_what_is_drawn_from_is_said() -> None:
    assert compared(side(1, 900), side(2, 900, name="b")).notices == ()
    assert "sees 2,000" in compared(side(1, 1100), side(2, 1100, name="b"), replicates=19).notices[0]


def test_where_too_little_can_be_seen_nobody_can_tell() -> None:
    found = compared(side(1, 120), side(2, 120, name="b"))
    assert (found.verdict, found.reason) == ("undecided", "not_shown")
    assert found.clusters.moved.high > found.tolerance
    assert 0 < found.clusters.detectable.topic < found.clusters.detectable.spread
    assert "Four times in five" in found.sentences[0]


@pytest.mark.deep
def test_it_does_not_cry_wolf() -> None:
    wrong = [compared(side(10 + s, 150), side(500 + s, 150, name="b"), seed=s).verdict == "drifted" for s in range(60)]
    assert sum(wrong) <= 8  # 3 expected


@pytest.mark.deep
def test_stable_is_not_said_of_what_moved_by_the_tolerance() -> None:
    said = 0
    for seed in range(40):
        first, second = side(seed, 600), side(900 + seed, 600, name="b")
        more = np.random.default_rng(seed).random(600) < 0.30
        second[0].loc[more & (second[0]["cluster"] >= 4).to_numpy(), "cluster"] -= 4  # 15% moved, spread over all
        said += drift(first[0], second[0], names=NAMES, **QUICK, seed=seed).verdict == "stable"
    assert said <= 5


def test_a_new_prompt_is_not_taken_for_new_users() -> None:
    first, second = side(1, 600), side(2, 600, name="b")
    # the old prompt is used for topics below 4 twice as often, and goes; what is asked within a prompt stays the same
    for frame, share in ((first[0], 0.3), (second[0], 0.8)):
        random = np.random.default_rng(3)
        new = pd.Series(random.random(len(frame)) < share).groupby(frame["session_id"].to_numpy()).transform("first")
        frame["prompt_hash"] = np.where(new, "p2", "p1")
        low = (frame["cluster"] >= 4).to_numpy() & new.to_numpy() & (random.random(len(frame)) < 0.6)
        frame.loc[low, "cluster"] -= 4
    report = drift(first[0], second[0], names=NAMES, **{**QUICK, "replicates": 199})
    assert report.within and not report.confounded
    assert report.drifted == ("templates",) and report.what == ("prompt",)
    assert "Within the same prompt and tools, no change of what is asked was shown." in report.sentences
    plain = drift(
        first[0].drop(columns="prompt_hash"), second[0].drop(columns="prompt_hash"), names=NAMES,
        **{**QUICK, "replicates": 199},
    )  # fmt: skip
    assert "clusters" in plain.drifted


def test_a_prompt_on_one_side_only_is_said_to_be_confounded() -> None:
    report = compared(side(1, 200), side(2, 200, name="b", prompt="p2", start=11))
    assert report.confounded and "templates" in report.drifted
    assert list(report.templates.changed["state"]) == ["gone", "new"] or set(report.templates.changed["state"]) == {
        "gone", "new"
    }  # fmt: skip
    assert str(report.since("prompt")) == "2026-03-11"
    assert any("cannot be told apart" in each for each in report.sentences)


def test_a_new_passage_is_retrieval_and_no_drift_of_traffic() -> None:
    first, second = side(1, 900), side(2, 900, name="b", start=11)
    second[0]["retrieved"] = [[{"id": "archive", "score": 0.4}] for _ in range(900)]
    report = compared(first, second)
    assert report.drifted == () and report.what == ("retrieval",)
    documents = report.retrieval.documents.set_index("document")
    assert documents.loc["archive", "state"] == "new" and documents.loc["common", "state"] == "gone"
    measures = report.retrieval.measures.set_index("measure")
    assert measures.loc["top_score", "current"] == pytest.approx(0.4) and measures.loc["top_score", "p_bh"] <= 0.05
    assert measures.loc["below_threshold", "current"] == 1.0
    # two families, of which either turns a light on
    for frame in (report.retrieval.measures, report.retrieval.documents):
        expected = np.minimum(2 * adjusted(frame["p"].to_numpy(), method="bh"), 1)
        assert frame["p_bh"].to_numpy() == pytest.approx(expected)
    assert report.retrieval.jaccard.estimate == 0.0 and report.retrieval.before.estimate == 1.0
    assert str(report.since("passages")) == "2026-03-11"


def test_more_failures_are_an_outcome_and_no_drift_of_traffic() -> None:
    first, second = side(1, 900), side(2, 900, name="b")
    second[0]["signals"] = [["retry"] if i % 3 == 0 else [] for i in range(900)]
    report = compared(first, second)
    assert report.drifted == () and report.what == ("outcome",)
    row = report.outcomes.set_index("measure").loc["failure_signs"]
    assert row["current"] == pytest.approx(1 / 3, abs=0.01) and row["low"] > 0.15


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 300), (300, 0), (1, 300), (300, 1), (99, 300)])
def test_too_little_traffic_is_an_answer_in_words(n: int, m: int) -> None:
    report = compared(side(1, 300), side(2, 300, name="b"))
    first, second = side(1, 300), side(2, 300, name="b")
    report = compared((first[0][:n], first[1][:n]), (second[0][:m], second[1][:m]))
    assert (report.verdict, report.reason, report.drifted) == ("undecided", "too_few", ())
    assert report.sentences[0].startswith("Not enough traffic")


def test_one_session_says_nothing() -> None:
    first, second = side(1, 200), side(2, 200, name="b")
    second[0]["session_id"] = "one"
    assert compared(first, second).reason == "too_few_sessions"


def test_all_identical_is_stable() -> None:
    first, second = side(1, 200), side(2, 200, name="b")
    for frame, vectors in (first, second):
        frame["cluster"] = 0
        vectors[:] = 1.0
    report = compared(first, second, telling=5)
    assert report.verdict == "stable" and report.embedding.reason == "all_identical"
    assert "Every trace says the same, so there is nothing to tell apart." in report.sentences


def test_parts_that_cannot_be_tested_say_why() -> None:
    first, second = side(1, 200)[0][["trace_id"]], side(2, 200, name="b")[0][["trace_id"]]
    report = drift(first, second, without={"clusters": "embedder_changed"}, **QUICK)
    assert (report.verdict, report.reason) == ("undecided", "no_clusters")
    assert report.clusters.reason == "embedder_changed" and report.embedding.reason == "no_vectors"
    assert report.templates.reason == "no_hashes" and report.retrieval.reason == "no_retrieval"
    assert report.outcomes.empty and report.timeline.empty
    assert report.parts["p"].isna().all() and tuple(report.parts["part"]) == PARTS
    assert any("another embedding model" in each for each in report.sentences)


def test_nothing_clustered_is_said() -> None:
    first, second = side(1, 200), side(2, 200, name="b")
    for frame, _ in (first, second):
        frame["cluster"] = pd.array([None] * 200, dtype="Int64")
    report = compared(first, second)
    assert report.clusters.reason == "no_clusters" and report.embedding.mmd_p > 0.05


def test_the_inputs_stay_as_they_are_and_the_seed_decides() -> None:
    first, second = side(1, 150), side(2, 150, name="b")
    kept = first[0].copy(deep=True), first[1].copy()
    one, other = compared(first, second, seed=3), compared(first, second, seed=3)
    pd.testing.assert_frame_equal(first[0], kept[0])
    assert (first[1] == kept[1]).all()
    pd.testing.assert_frame_equal(one.parts, other.parts)
    pd.testing.assert_frame_equal(one.clusters.shares, other.clusters.shares)


def test_a_vector_for_each_trace() -> None:
    first, second = side(1, 150), side(2, 150, name="b")
    with pytest.raises(ValueError, match="one of each"):
        drift(first[0], second[0], vectors=(first[1], second[1][:-1]), **QUICK)


def test_a_prompt_for_every_person_is_no_new_prompt() -> None:
    first, second = side(1, 600), side(2, 600, name="b", start=11)
    for frame, _ in (first, second):
        frame["prompt_hash"] = [f"{name}-prompt" for name in frame["trace_id"]]
    report = compared(first, second)
    assert report.drifted == () and not report.confounded
    assert report.templates.p is None and report.templates.reason == "no_common_template"
    assert any("nearly every trace has one of its own" in each for each in report.sentences)
    assert report.since("prompt") is None


def test_a_small_set_of_long_sessions_is_not_off_the_map_of_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST", 300)  # of the large one so many are looked at
    wrong = 0
    for seed in range(15):
        first, second = side(seed, 80)[0], side(seed + 100, 1500, name="b")[0]
        for frame in (first, second):
            frame["session_id"] = [f"{each[0]}-{at // 4}" for at, each in enumerate(frame["trace_id"])]
        vectors = np.random.default_rng(seed).normal(size=(1580, 16))
        found = inputs.off_map(both(first, second), vectors, level=0.05, replicates=99, seed=seed)
        wrong += found.p <= 0.05
    assert wrong <= 2  # 1 expected, and where traces are drawn instead of sessions 6
