"""Rules on one text and over many: what each kind says, searches that cannot hang, what is written a second time."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from workbench.errors import BadRequest
from workbench.rules import Rule, Said, check_of, definition, news, report, run_rule

SLOW = "(a|a)*$"  # every way of choosing is tried
SLOW_TEXT = "a" * 40 + "b"


def rule(kind: str, **told: Any) -> Any:
    return TypeAdapter(Rule).validate_python({"kind": kind, **told})


def value(made: Any, text: str, *references: str, **more: Any) -> str | None:
    return check_of(made, **more)(text, references).value


def why(made: Any, text: str, *references: str, **more: Any) -> str:
    return check_of(made, **more)(text, references).why


def test_a_pattern_that_means_failure_and_one_that_has_to_be_there() -> None:
    greeting = rule("regex", pattern=r"^(hi|dear)\b", match="fail", ignore_case=True)
    assert [value(greeting, text) for text in ("Hi there", "Done.", "hither")] == ["fail", "pass", "pass"]
    source = rule("regex", pattern=r"kb-\d{4}", match="pass")
    assert [value(source, text) for text in ("see kb-0417", "see above")] == ["pass", "fail"]
    assert why(source, "see above") == "the pattern is not found" and why(greeting, "Hi") == "the pattern is found"


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}", r"\p{Foo}", "*", "(?P<x"])
def test_a_bad_pattern_is_one_line(pattern: str) -> None:
    with pytest.raises(BadRequest, match="its pattern is no regular expression") as caught:
        check_of(rule("regex", pattern=pattern, match="fail"))
    assert "\n" not in str(caught.value)


def test_a_pattern_that_would_run_for_ever_is_stopped_and_told() -> None:
    check = check_of(rule("regex", pattern=SLOW, match="fail"), seconds=0.05)
    begun = time.monotonic()
    said = run_rule(check, [(str(n), SLOW_TEXT if n % 2 else "a", ()) for n in range(200)])
    assert time.monotonic() - begun < 60, "without a limit one text takes longer than anybody lives"
    made = report("slow", "outcome", said, new=0, withdrawn=0)
    assert made.checked == made.failed == 5 and made.problems == 195
    assert made.reasons["the pattern takes too long"] == 5 and sum(made.reasons.values()) == 195


def test_json_has_to_meet_its_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"price": {"type": "number", "minimum": 0}, "code": {"type": "string", "pattern": "^[A-Z]+$"}},
        "required": ["price"],
    }
    made = rule("json_schema", schema=schema)
    assert value(made, '{"price": 3, "code": "AB"}') == "pass"
    assert why(made, '{"price": "secret"}') == "against the schema at properties/price/type"
    assert why(made, '{"price": 1, "code": "secret"}') == "against the schema at properties/code/pattern"
    assert why(made, "{}") == "against the schema at required"
    assert why(made, "secret") == why(made, '{"price": NaN}') == "no JSON"
    assert value(made, "[" * 100_000) is None
    assert value(rule("json_schema", schema_file="x.json"), "3", schema={"type": "integer"}) == "pass"


def test_a_schema_fetches_nothing_and_its_patterns_have_a_limit() -> None:
    away = check_of(rule("json_schema", schema={"$ref": "http://schemas.test/a.json"}))
    assert away("1", ()) == Said(None, "the schema refers to what is not in it")
    endless = check_of(rule("json_schema", schema={"$ref": "#"}))
    assert endless("1", ()).value is None
    for schema in (
        {"pattern": SLOW},
        {"propertyNames": {"pattern": SLOW}},
        {"$defs": {"a": {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": SLOW}}, "$ref": "#/$defs/a"},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"a": {"pattern": SLOW}},
         "anyOf": [{"$ref": "#/$defs/a"}, {"type": "object", "propertyNames": {"$ref": "#/$defs/a"}}]},
    ):  # fmt: skip
        check = check_of(rule("json_schema", schema=schema), seconds=0.05)
        text = json.dumps({SLOW_TEXT: 1} if "propertyNames" in schema else SLOW_TEXT)
        assert check(text, ()) == Said(None, "a pattern of the schema takes too long", late=True)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "strin"}, "is no JSON Schema: look at type"),
        ({"properties": {"a": {"minimum": "x"}}}, "look at properties/a/minimum"),
        ({"pattern": "("}, "is no regular expression"),
        ({"patternProperties": {"a": {}}}, "patternProperties"),
    ],
)
def test_a_bad_schema_is_one_line(schema: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequest) as caught:
        check_of(rule("json_schema", schema=schema))
    assert reason in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, [], 3, "x"])
def test_a_schema_file_that_holds_no_schema_is_one_line(content: Any) -> None:
    with pytest.raises(BadRequest, match="has to be an object"):
        check_of(rule("json_schema", schema_file="x.json"), schema=content)


def test_an_exact_answer_is_one_of_the_references() -> None:
    made = rule("exact")
    assert value(made, " 42\n", "42", "forty-two") == "pass" and value(made, "43", "42") == "fail"
    assert check_of(made)("42", ()) == Said(None, "no reference")
    assert why(made, "43", "42") == "not the same as gold_answer"
    assert value(rule("exact", ignore_case=True), "Paris", "PARIS") == "pass"
    assert value(rule("exact", ignore_space=False), "a  b", "a b") == "fail"


def test_lengths_are_counted_in_characters_or_words() -> None:
    made = rule("length", min=2, max=3, unit="words")
    assert [value(made, text) for text in ("one", "one two", "one two three", "one two three four")] == [
        "fail", "pass", "pass", "fail",
    ]  # fmt: skip
    assert why(made, "one") == "1 words, at least 2 wanted" and value(rule("length", max=3), "four") == "fail"


def test_phrases_that_have_to_be_there_and_that_may_not() -> None:
    made = rule("phrases", required=["terms apply"], forbidden=["guarantee", "I promise"])
    assert value(made, "Terms  apply.") == "pass" and value(made, "Terms apply, guaranteed.") == "pass"
    assert why(made, "We GUARANTEE it.") == "missing: terms apply; forbidden: guarantee"
    assert value(rule("phrases", forbidden=["guarantee"], whole_words=False), "guaranteed") == "fail"
    assert value(rule("phrases", forbidden=["USA"], ignore_case=False), "usa") == "pass"
    assert value(rule("phrases", forbidden=["ha"]), "hall, aha, ha!") == "fail"


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "regex", "pattern": "x"},
        {"kind": "regex", "pattern": "", "match": "fail"},
        {"kind": "length"},
        {"kind": "length", "min": 3, "max": 2},
        {"kind": "length", "max": -1},
        {"kind": "phrases"},
        {"kind": "phrases", "forbidden": [" "]},
        {"kind": "json_schema"},
        {"kind": "json_schema", "schema": {}, "schema_file": "x"},
        {"kind": "exact", "pattern": "x"},
        {"kind": "sentiment"},
    ],
)
def test_a_declaration_that_says_too_little_or_too_much_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Rule).validate_python(told)


def test_the_definition_tells_rules_apart() -> None:
    rules = [rule("length", max=3), rule("length", max=4), rule("length", max=3, field="input")]
    assert len({definition(each) for each in rules}) == 3
    file = rule("json_schema", schema_file="x.json")
    assert definition(file, {"type": "string"}) != definition(file, {"type": "number"})
    assert definition(rules[0]) == definition(rule("length", max=3))


def label(trace_id: str, said: str, version: str = "v1", **more: Any) -> dict[str, Any]:
    return {"trace_id": trace_id, "dimension": "outcome", "value": said, "note": None, "version": version, **more}


def test_only_what_is_new_is_written() -> None:
    said = {"a": Said("pass"), "b": Said("fail", "too long"), "c": Said(None, "no text"), "d": Said(None, "too slow")}
    told = {"dimension": "outcome", "version": "v1", "everywhere": True}
    new, gone = news(said, [], **told)
    assert [(row["trace_id"], row["value"], row["note"]) for row in new] == [
        ("a", "pass", None),
        ("b", "fail", "too long"),
    ]
    kept = [{**row, "version": "v1", "at": "some time"} for row in new]
    assert news(said, kept, **told) == ([], [])
    assert len(news(said, kept, **{**told, "version": "v2"})[0]) == 2, "another definition says everything anew"
    assert news(said, [label("a", "fail")], **told)[0][0]["value"] == "pass"
    assert news(said, [label("c", "pass")], **told)[1] == [label("c", "pass")], "the text is gone"
    assert news(said, [label("d", "pass")], **told)[1] == [], "too slow this time: what was said before holds"
    assert news(said, [label("d", "pass", "v0")], **told)[1] == [label("d", "pass", "v0")]
    assert news(said, [label("z", "pass")], **told)[1] == [label("z", "pass")]
    assert news(said, [label("z", "pass")], **{**told, "everywhere": False})[1] == []
    moved = news(said, kept, **{**told, "dimension": "length"})
    assert len(moved[0]) == 2 and moved[1] == kept


def test_counts_add_up_and_no_share_is_made_of_nothing() -> None:
    said = run_rule(check_of(rule("length", max=3)), [("a", "abc", ()), ("b", "abcd", ()), ("c", None, ())])
    made = report("short", "outcome", said, new=2, withdrawn=0)
    assert (made.checked, made.passed, made.failed, made.not_applicable, made.problems) == (2, 1, 1, 1, 0)
    assert made.failed_share == 0.5
    nothing = report("short", "outcome", {}, new=0, withdrawn=0)
    assert nothing.failed_share != nothing.failed_share


KINDS = [
    rule("regex", pattern="a+b", match="fail"),
    rule("json_schema", schema={"type": ["string", "object"], "pattern": "^x"}),
    rule("exact", ignore_case=True),
    rule("length", min=1, max=20),
    rule("phrases", required=["a"], forbidden=["b c"]),
]


@given(st.sampled_from(KINDS), st.text(max_size=60), st.text(max_size=5))
def test_every_text_gets_an_answer_that_quotes_nothing_of_it(made: Any, text: str, reference: str) -> None:
    found = check_of(made)(text, (reference,))
    assert found.value in ("pass", "fail") or found.why
    secret = check_of(made)(f"{text} hush-7391", (reference,))
    assert "7391" not in secret.why and bool(secret.why) == (secret.value != "pass")


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.sampled_from(["pass", "fail", None])), st.data())
def test_what_was_written_is_not_written_again(answers: dict[str, Any], data: st.DataObject) -> None:
    said = {
        name: Said(each, "" if each == "pass" else "no text" if each is None else "x") for name, each in answers.items()
    }
    known = data.draw(st.lists(st.sampled_from("abcdef"), unique=True))
    before = [label(name, data.draw(st.sampled_from(["pass", "fail"]))) for name in known]
    told = {"dimension": "outcome", "version": "v1", "everywhere": True}
    new, gone = news(said, before, **told)
    after = {row["trace_id"]: row for row in before if row not in gone} | {
        row["trace_id"]: {**row, "version": "v1"} for row in new
    }
    assert {name: row["value"] for name, row in after.items()} == {k: v for k, v in answers.items() if v is not None}
    assert news(said, after.values(), **told) == ([], [])
