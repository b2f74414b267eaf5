"""The rubric as values: what may be written, what a change does to the meaning, advice, the file that reads back."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.agree import Scale
from workbench.errors import BadRequest, UnknownName, UnreadableFile
from workbench.rubric import (
    FIELDS,
    Rubric,
    RubricDimension,
    advice,
    change,
    clean_all,
    clean_dimension,
    in_words,
    parse_rubric,
    rubric_text,
    starter_rows,
    what_changed,
    write_rubric,
)

TONE = {
    "name": "tone",
    "level": "ordinal",
    "values": ["curt", "neutral", "warm"],
    "failure": "curt",
    "definition": "how it speaks",
    "passes": "short",
    "fails": "rude",
    "rule": "neutral in doubt",
}


def row(**more: Any) -> dict[str, Any]:
    return {**TONE, **more}


def rubric(*names: str) -> Rubric:
    return change(Rubric(), clean_all([row(name=name) for name in names]))


def test_a_dimension_is_taken_as_written() -> None:
    made = clean_dimension(row(name="  tone  of voice ", values=[" curt", "neutral", "warm"], rule="a\r\nb "))
    assert made.name == "tone of voice" and made.values == ("curt", "neutral", "warm") and made.rule == "a\nb"
    assert made.find("WARM ") == "warm" and made.find("cold") is None


def test_a_dimension_stands_where_agreement_wants_a_scale() -> None:
    made, scale = clean_dimension(TONE), Scale("ordinal", ("curt", "neutral", "warm"), "curt")
    assert (made.level, made.values, made.failure) == (scale.level, scale.values, scale.failure)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"name": "outcome"}, "may not be called outcome"),
        ({"name": "Codes"}, "may not be called Codes"),
        ({"name": "notes"}, "may not be called notes"),
        ({"name": "root cause"}, "root_cause is what"),
        ({"name": "1st"}, "begins with a letter"),
        ({"name": "x" * 65}, "begins with a letter"),
        ({"name": None}, "begins with a letter"),
        ({"level": "interval"}, "nominal (kinds) or ordinal"),
        ({"values": "curt"}, "list of words"),
        ({"values": ["curt"]}, "has 1 values"),
        ({"values": [*"abcdefgh"]}, "has 8 values"),
        ({"values": ["curt", "Curt"]}, "are the same word"),
        ({"values": ["curt", "unparsable"]}, "may have no value unparsable"),
        ({"values": ["curt", ""]}, "is empty"),
        ({"values": ["curt", "a|b"]}, "holds '|'"),
        ({"values": ["curt", 3]}, "list of words"),
        ({"failure": "cold"}, "does not say which of its values is the failure"),
        ({"rule": 3}, "rule of tone has to be text"),
        ({"rule": "x" * 4001}, "4,001 characters"),
        ({"rule": "a\x07b"}, "control character"),
        ({"rule": "a\ud800b"}, "half a character"),
        ({"severity": 3}, "no field 'severity'"),
        ({"my secret words": 3}, "no field of that name"),
    ],
)
def test_what_labels_could_not_live_with_is_refused(told: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequest) as caught:
        clean_dimension(row(**told))
    assert reason in str(caught.value)


def test_two_spellings_of_one_name_are_refused() -> None:
    with pytest.raises(BadRequest, match="two dimensions are called tone and Tones"):
        clean_all([TONE, row(name="Tones")])
    with pytest.raises(BadRequest, match="two dimensions"):
        change(rubric("tone"), add=clean_all([row(name="TONE")]))


def test_clearer_words_leave_the_meaning_and_the_author_may_say_otherwise() -> None:
    first = rubric("tone", "reach")
    second = change(first, edit={"tone": {"rule": "warm in doubt"}, "reach": {"definition": "anew"}})
    assert [each.since for each in second] == [1, 1]
    assert [each.kind for each in what_changed(first, second)] == ["wording", "wording"]
    third = change(second, edit={"tone": {"rule": "curt in doubt"}}, meaning_changed=["tone"])
    assert [each.since for each in third] == [3, 1]
    assert in_words(what_changed(second, third)) == "tone: new words for rule (means something else now)"


@pytest.mark.parametrize("told", [{"values": ["curt", "neutral"]}, {"failure": "warm"}])
def test_other_values_or_another_failure_are_another_question(told: dict[str, Any]) -> None:
    first = rubric("tone")
    second = change(first, edit={"tone": told})
    assert second.get("tone").since == 2 and what_changed(first, second)[0].kind == "meaning"


def test_the_order_of_values_and_the_level_are_not_another_question() -> None:
    first = rubric("tone")
    second = change(first, edit={"tone": {"values": ["warm", "neutral", "curt"], "level": "nominal"}})
    assert second.get("tone").since == 1 and what_changed(first, second)[0].kind == "wording"


def test_dimensions_are_added_removed_and_put_in_order() -> None:
    first = rubric("a", "b", "c")
    second = change(first, add=clean_all([row(name="d")]), remove=["b"], order=["d", "c", "a"])
    assert list(second.by_name) == ["d", "c", "a"] and second.version == 2
    assert in_words(what_changed(first, second)) == "added d; removed b; order: now d, c, a"
    again = change(second, add=clean_all([row(name="b")]))
    assert again.get("b").since == 3, "what was taken out and comes back is looked at anew"


def test_no_change_is_the_same_version() -> None:
    first = rubric("tone")
    assert change(first, clean_all([TONE])) is first
    assert change(first, edit={"tone": {"rule": TONE["rule"]}}, meaning_changed=["tone"]) is first
    assert in_words(what_changed(first, first)) == "nothing changed"


def test_a_change_of_what_is_not_there_is_refused() -> None:
    first = rubric("tone")
    for told in ({"edit": {"reach": {}}}, {"remove": ["reach"]}, {"meaning_changed": ["reach"]}):
        with pytest.raises(UnknownName, match="reach"):
            change(first, **told)
    with pytest.raises(BadRequest, match="names every dimension once"):
        change(first, order=["tone", "tone"])
    with pytest.raises(BadRequest, match="keeps its name"):
        change(first, edit={"tone": {"name": "voice"}})
    with pytest.raises(BadRequest, match="not both"):
        change(first, clean_all([TONE]), remove=["tone"])


def test_advice_names_what_is_missing() -> None:
    assert "no dimensions yet" in advice(Rubric())[0]
    assert advice(rubric("a", "b", "c", "d")) == ()
    assert "3 dimensions: with fewer than 4" in advice(rubric("a", "b", "c"))[0]
    assert "7 dimensions: beyond 6" in advice(rubric(*"abcdefg"))[0]
    poor = clean_all([row(name=name) for name in "abc"] + [row(name="d", passes="", rule="", fails="same")])
    assert advice(Rubric(1, poor)) == (
        "d has no example that just passes and no rule for disagreement. "
        "Write it from a trace on which two people differed.",
    )
    odd = clean_all([row(name=name) for name in "abc"] + [row(name="d", failure="neutral", passes="x", fails="x")])
    assert ["one example" in each or "in the middle" in each for each in advice(Rubric(1, odd))] == [True, True]
    many = clean_all([row(name=name) for name in "abc"] + [row(name="d", values=[*"1234"], failure="1")])
    assert "d has 4 values" in advice(Rubric(1, many))[0]


def test_the_starter_needs_no_advice() -> None:
    made = change(Rubric(), clean_all(starter_rows()))
    assert 4 <= len(made) <= 6 and advice(made) == ()


def test_a_dimension_is_found_however_its_case() -> None:
    made = rubric("tone")
    assert made.find("Tone") is made.get("TONE") is made.by_name["tone"] and made.find("voice") is None
    with pytest.raises(UnknownName, match="choose one of: tone"):
        made.get("voice")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "no text in UTF-8"),
        (b"dimensions = [", "no valid TOML"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"[codes]", "has no [[dimensions]]"),
        (b"dimensions = 3", "has no [[dimensions]]"),
        (b"dimensions = []", "has no [[dimensions]]"),
        (b"extra = 1\n[[dimensions]]\nname = 'a'", "keys beside [[dimensions]]"),
    ],
)
def test_a_file_that_is_no_rubric_is_refused_in_one_line(content: bytes, reason: str) -> None:
    with pytest.raises((UnreadableFile, BadRequest)) as caught:
        parse_rubric(content, "r.toml")
    assert reason in str(caught.value) and "\n" not in str(caught.value)


def test_only_toml_is_read_and_written(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match=r"no \.toml file"):
        parse_rubric(b"", "r.csv")
    with pytest.raises(BadRequest, match=r"ending must be \.toml"):
        write_rubric(rubric("a"), tmp_path / "r.csv")
    with pytest.raises(BadRequest, match="folder"):
        write_rubric(rubric("a"), tmp_path / "nowhere" / "r.toml")
    with pytest.raises(BadRequest, match="no dimensions to write"):
        write_rubric(Rubric(), tmp_path / "r.toml")


word = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="|"), min_size=1, max_size=12
).filter(lambda each: each.casefold() != "unparsable")
text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60).map(
    lambda each: "".join(c for c in each if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160)).strip()
)


@st.composite
def dimensions(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(st.text(string.ascii_lowercase, min_size=5, max_size=9), min_size=1, max_size=7))
    rows = []
    for number, name in enumerate(names):
        values = draw(st.lists(word, min_size=2, max_size=7, unique_by=str.casefold))
        level = draw(st.sampled_from(["nominal", "ordinal"]))
        told = {"name": f"{name}-{number}x", "level": level, "values": values, "failure": draw(st.sampled_from(values))}
        rows.append({**told, **{field: draw(text) for field in ("definition", "passes", "fails", "rule")}})
    return rows


@given(dimensions())
def test_a_rubric_reads_back_from_its_file_and_from_json(rows: list[dict[str, Any]]) -> None:
    made = change(Rubric(), clean_all(rows))
    again = clean_all(parse_rubric(rubric_text(made).encode(), "r.toml"))
    assert change(made, again) is made
    assert Rubric.from_dicts(made.version, made.to_dicts()) == made


@given(dimensions(), st.data())
def test_versions_only_count_up_and_every_meaning_has_its_version(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    now = change(Rubric(), clean_all(rows))
    for _ in range(3):
        name = data.draw(st.sampled_from(sorted(now.by_name)))
        told = {field: data.draw(text) for field in ("definition", "rule")}
        said = data.draw(st.sampled_from([(), (name,)]))
        after = change(now, edit={name: told}, meaning_changed=said)
        changed = {each.name for each in what_changed(now, after)}
        assert changed <= {name} and after.version == now.version + bool(changed)
        assert all(1 <= each.since <= after.version for each in after)
        assert after.get(name).since == (after.version if changed and said else now.get(name).since)
        now = after


def test_the_fields_are_those_of_the_value() -> None:
    assert set(FIELDS) == set(RubricDimension("a").to_dict()) - {"since"}
