"""A judge's rates slice by slice, counted by hand."""

import pandas as pd
import pytest

from workbench.judge import compared, judge, slices
from workbench.judge.slices import CANNOT_TELL, REST


def labels(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item", "value"])


def made(**cells: tuple[int, int, int, int]) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """By slice: passes passed, passes failed, failures caught, failures passed."""
    people, judge, of = [], [], {}
    for name, counts in cells.items():
        for place, n in enumerate(counts):
            for number in range(n):
                item = f"{name}-{place}-{number}"
                people.append((item, "pass" if place < 2 else "fail"))
                judge.append((item, "pass" if place in (0, 3) else "fail"))
                of[item] = name
    return labels(*people), labels(*judge), pd.Series(of)


def test_a_slice_counts_its_own_items() -> None:
    human, judged, of = made(a=(18, 2, 9, 1), b=(10, 0, 3, 2))
    found = slices(compared(human, judged), of).set_index("slice")
    assert found.index.tolist() == ["a", "b"] and found["n"].tolist() == [30, 15]
    a, b = found.loc["a"], found.loc["b"]
    assert (a["n_pass"], a["true_pass"], a["n_fail"], a["true_fail"]) == (20, 0.9, 10, 0.9)
    assert (b["n_pass"], b["true_pass"], b["n_fail"], b["true_fail"]) == (10, 1.0, 5, 0.6)
    assert a["true_fail_low"] == pytest.approx(0.596, abs=5e-4)  # Wilson, 9 of 10
    assert {a["fail_differs"], b["fail_differs"]} == {CANNOT_TELL} and b["verdict"] == "undecided"


def test_a_slice_that_is_surely_worse_is_called_so_and_many_slices_make_it_harder() -> None:
    human, judged, of = made(good=(50, 0, 48, 2), blind=(50, 0, 10, 15))
    found = slices(compared(human, judged), of).set_index("slice")
    assert found.loc["blind", "fail_differs"] == "lower" and found.loc["good", "fail_differs"] == "higher"
    assert found.loc["blind", "verdict"] == "may_not" and found.loc["blind", "pass_differs"] == CANNOT_TELL
    near = {"rest": (0, 0, 36, 4), "odd": (0, 0, 12, 8)}
    two = slices(compared(*made(**near)[:2]), made(**near)[2]).set_index("slice")
    assert two.loc["odd", "fail_differs"] == "lower"
    human, judged, of = made(**near, **{f"s{place}": (1, 0, 0, 0) for place in range(10)})
    many = slices(compared(human, judged), of).set_index("slice")
    assert many.loc["odd", "fail_differs"] == CANNOT_TELL and many.loc["s0", "fail_differs"] == ""


def test_what_cannot_be_read_counts_as_wrong_and_has_its_number() -> None:
    human = labels(("1", "fail"), ("2", "fail"), ("3", "pass"))
    judged = labels(("1", "fail"), ("2", "unparsable"), ("3", "maybe"))
    both = compared(human, judged)
    assert both.rows["judge"].tolist() == ["fail", "unparsable", "unparsable"] and both.positive == "pass"
    (row,) = slices(both, pd.Series({"1": "a", "2": "a", "3": "a"})).to_dict("records")
    assert (row["true_fail"], row["true_pass"], row["unparsable"]) == (0.5, 0.0, 2)
    assert row["fail_differs"] == CANNOT_TELL  # there is no rest to differ from


def test_small_slices_are_put_together_and_items_without_a_slice_left_out() -> None:
    human, judged, of = made(**{f"s{place}": (place + 1, 0, 1, 0) for place in range(6)})
    found = slices(compared(human, judged), of.drop(["s5-0-0"]), top=3)
    assert len(found) == 3 and REST in set(found["slice"])
    assert found["n"].sum() == len(of) - 1
    twice = pd.concat([of, of[of == "s5"].map({"s5": "s4"})])  # an item may be in two, and counts once in each
    both = slices(compared(human, judged), twice).set_index("slice")
    assert (both.loc["s5", "n"], both.loc["s4", "n"]) == (7, 13)
    assert slices(compared(human, judged), pd.Series(dtype=object)).empty


def test_a_calibration_says_on_which_side_it_errs() -> None:
    human, judged, _ = made(a=(58, 2, 20, 40))
    found = judge(human, judged)
    assert (found.verdict, found.errs) == ("may_not", ("misses failures",))
    assert found.sides["side"].tolist() == ["pass", "fail"] and found.sides["n"].tolist() == [60, 60]
    assert found.by_people.estimate == 0.5 and found.shares["what"].tolist()[0] == "corrected"
    assert found.shares["estimate"].isna().tolist() == [True, True, False]  # the judge labelled no others
    human, judged, _ = made(a=(20, 40, 20, 40))
    assert judge(human, judged).errs == ("misses failures", "fails good outputs")
