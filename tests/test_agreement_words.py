"""What disputes are about, and the sentences of agreement; every count can be checked by hand."""

import pandas as pd
import pytest

from workbench.agree import agree


def table(given: dict[str, dict[str, str]], dimension: str = "tone") -> pd.DataFrame:
    """Labels from ``{annotator: {item: value}}``."""
    rows = [(item, who, dimension, value) for who, values in given.items() for item, value in values.items()]
    return pd.DataFrame(rows, columns=["item", "annotator", "dimension", "value"])


def spread(values: str) -> dict[str, str]:
    """Values by item, a letter each."""
    names = {"c": "curt", "n": "neutral", "w": "warm"}
    return {f"i{place:02d}": names[letter] for place, letter in enumerate(values)}


def test_the_pair_that_makes_up_most_disputes_is_named():
    found = agree(table({"ann": spread("ccccnnnnwwww" * 5), "bob": spread("cnnnnnnnwwwn" * 5)}))
    row = found.dimensions.iloc[0]
    assert (row["units"], row["disputed"], row["verdict"]) == (60, 20, "undecided")
    assert found.confusions[["value", "other", "items"]].to_numpy().tolist() == [
        ["curt", "neutral", 15],
        ["neutral", "warm", 5],
    ]
    assert found.words("tone").endswith("15 of 20 disputes are curt / neutral")
    assert found.words("tone").startswith("cannot tell: label about ")
    assert found.sentences == ("0 of 1 dimension reliable, of tone nobody can tell yet.",)


def test_of_two_values_it_is_said_who_stands_apart():
    truth = "cccccnnnnn" * 8
    odd = "".join("n" if letter == "c" and place % 4 == 3 else letter for place, letter in enumerate(truth))
    found = agree(table({"ann": spread(truth), "bob": spread(truth), "eve": spread(odd)}))
    assert found.words("tone") == "reliable"
    worse = "".join("n" if letter == "c" and place % 5 else letter for place, letter in enumerate(truth))
    found = agree(table({"ann": spread(truth), "bob": spread(truth), "eve": spread(worse)}))
    assert found.words("tone").endswith("without eve alpha is 1.00")


def test_a_code_is_told_by_what_others_gave_in_its_place():
    """Four disputes about 'stale': invented instead on two, nothing on one, and on one only what both saw."""
    rows = []
    for place, (one, two) in enumerate(
        [("stale", "invented"), ("invented", "stale"), ("stale", ""), ("stale tone", "tone"), ("tone", "tone")] * 1
        + [("", "")] * 20
    ):
        for who, codes in (("ann", one), ("bob", two)):
            rows.append((f"i{place}", who, "outcome", "fail" if codes else "pass"))
            rows += [(f"i{place}", who, "code", code) for code in codes.split()]
    found = agree(pd.DataFrame(rows, columns=["item", "annotator", "dimension", "value"]))
    of_it = found.confusions[found.confusions["dimension"] == "code: stale"]
    assert dict(zip(of_it["other"], of_it["items"], strict=True)) == {"invented": 2, "no code": 1, "nothing more": 1}
    assert of_it["share"].sum() == pytest.approx(1) and of_it["n"].sum() == 4
    assert "others gave invented in 2 of 4 disputes" in found.words("code: stale")
    assert found.words("code: tone").startswith("cannot tell: label about")


def test_no_variation_is_said_and_never_one():
    found = agree(table({"ann": spread("n" * 12), "bob": spread("n" * 12)}))
    assert found.words("tone") == "no variation: everybody gave the same value"
    assert found.sentences == ("0 of 1 dimension reliable, tone without variation.",)


def test_one_annotator_is_an_answer_with_a_number():
    found = agree(table({"ann": spread("cnw")}))
    assert found.words("tone") == "cannot tell: only one annotator; label about 50 more"


def test_the_stop_rule_is_the_first_sentence():
    found = agree(table({"ann": spread("cnw" * 30), "bob": spread("nwc" * 30)}))
    assert found.stop and found.sentences[0].startswith("Stop labelling and write the rubric anew")
    assert found.words("tone").startswith("rubric ambiguous: 30 of 90 disputes are")
    with pytest.raises(ValueError, match="no dimension"):
        found.words("warmth")
