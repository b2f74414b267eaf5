"""Effect on the score; leaks by time, session, selection and looking too often."""

import pandas as pd
import pytest

from workbench.errors import BadRequest, MissingColumns
from workbench.leakage import check_split, effect, selection, split_by_time, temporal, tuning


def test_effect_is_newcombes_interval():
    # Newcombe (1998), table II (a): 56/70 against 48/80, method 10: .0524 to .3339
    found = effect([True] * 56 + [False] * 14 + [True] * 48 + [False] * 32, range(70))
    assert (found.difference.low, found.difference.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.verdict == "higher" and found.reason is None
    assert found.clean.estimate == 0.6 and "flagged cases score higher" in repr(found)


def test_effect_cannot_tell():
    few = effect([True] * 15 + [False] * 85, range(10))
    assert few.verdict == "undecided" and few.reason.startswith("too_few: 10 flagged")
    even = effect([True, False] * 100, range(80))
    assert even.verdict == "undecided" and "holds 0" in even.reason
    none = effect([True, None, False], [])
    assert none.verdict == "undecided" and none.missing == 1 and none.difference.n == 2
    lower = effect([False] * 50 + [True] * 50, range(50))
    assert lower.verdict == "lower"


def test_temporal():
    found = temporal(["2026-11-01", "2026-11-05T00:00:00Z", None, "2026-11-05T01:00:00+02:00"], "2026-11-05")
    assert found.rows == [0, 3] and found.older.n == 3 and found.n_undated == 1
    assert "2 of 3 cases are older" in str(found) and "1 more have no time" in str(found)
    assert "cannot be told" in str(temporal([None], "2026-11-05"))
    with pytest.raises(BadRequest, match="row 1"):
        temporal(["2026-11-01", "soon"], "2026-11-05")
    with pytest.raises(BadRequest, match="missing"):
        temporal(["2026-11-01"], "")


def rows(*spec):
    return pd.DataFrame(spec, columns=["part", "at", "session_id"])


def test_a_split_is_apart_in_time_and_session():
    good = rows(("train", "2026-11-01", "a"), ("test", "2026-11-02", "b"), ("train", "2026-11-01", None))
    assert check_split(good).passed is True and check_split(good).last_train < check_split(good).first_test
    late = rows(("train", "2026-11-03", "a"), ("test", "2026-11-02", "b"), ("train", "2026-11-02", "c"))
    assert check_split(late).passed is False and check_split(late).n_late == 2
    astride = rows(("train", "2026-11-01", "a"), ("test", "2026-11-02", "a"))
    assert check_split(astride).straddling == {"session_id": 1} and "1 values of session_id" in str(
        check_split(astride)
    )
    undated = rows(("train", None, "a"), ("test", "2026-11-02", "b"))
    assert check_split(undated).passed is None
    with pytest.raises(MissingColumns, match="part"):
        check_split(pd.DataFrame({"at": []}))
    with pytest.raises(BadRequest, match="train and test"):
        check_split(rows(("train", "2026-11-01", "a"), ("dev", "2026-11-02", "b")))


def test_a_split_by_time_leaves_out_what_is_on_both_sides():
    frame = pd.DataFrame(
        {
            "at": ["2026-11-01", "2026-11-03", "2026-11-01", "2026-11-04", None, "2026-11-01"],
            "session_id": ["a", "a", "b", "c", "d", None],
        }
    )
    parts = split_by_time(frame, "2026-11-02")
    assert parts == [None, None, "train", "test", None, "train"]
    kept = frame.assign(part=parts).dropna(subset="part")
    assert check_split(kept).passed is True


def test_selection():
    found = selection({"a": [True, True, False, None], "b": [True, False, False, True]})
    assert (found.always.estimate, found.never.estimate, found.always.n) == (1 / 3, 1 / 3, 3)
    assert "2 models" in str(found) and "one model" in str(selection({"a": [True]}))
    with pytest.raises(BadRequest, match="different numbers"):
        selection({"a": [True], "b": [True, False]})


def test_tuning():
    # expected largest of k standard normals: k=2 1/sqrt(pi) = .5642, k=10 1.5388 (Tippett 1925; Harter 1961)
    assert tuning(2, 100).optimism == pytest.approx(0.5642 * 0.05, abs=1e-5)
    assert tuning(10, 100).optimism == pytest.approx(1.5388 * 0.05, abs=1e-5)
    assert tuning(10, 400, rate=0.9).optimism == pytest.approx(1.5388 * 0.015, abs=1e-5)
    assert tuning(1, 100).optimism == 0 and "nothing to choose" in str(tuning(1, 100))
    assert tuning(3, 0).optimism != tuning(3, 0).optimism
    assert "7.7 points" in str(tuning(10, 100))
    with pytest.raises(ValueError, match="negative"):
        tuning(-1, 5)
