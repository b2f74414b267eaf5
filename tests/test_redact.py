"""Redaction: what is found, what is replaced, and what must always hold."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from deep import DEEP
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import BadSettings, NotInstalled, UnknownName
from workbench.redact import ENTITIES, POLICIES, Finding, Policy, Redactor, number_placeholders, plain_words
from workbench.redact.entities import PLACEHOLDER

PIECES = st.sampled_from(
    [
        "Mia Li",
        "my name is Priya Raman",
        "mia.li3818@example.com",
        "(415) 555-2671",
        "born 2 May 1990",
        "975 Sunset Drive, Austin, TX 78750",
        "4111 1111 1111 1111",
        "card ending in 7447",
        "<PERSON_1>",
        "<EMAIL#0123456789abcdef>",
        "Dr. Okafor",
        "@handle_1",
        "192.168.0.17",
        "password: hunter2!",
        "in Paris",
        "😀",
        "é",
        "\u0000",
        "\n",
        "the bill is due in May",
        "mia_li_3668",
        '{"a": 1}',
        "<",
        "&amp;",
        "\ud800",
        "sk-abcdefghijklmnop1234",
        "https://example.com/a?b=1",
        "078-05-1120",
        "Zoë",
        "٣٤٥",
        "hello, where is my order",
        "$1,234.50",
        "2024-05-20",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=8).map(" ".join)
NESTED = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from(["content", "first_name", "phone", "zip", "dob", "role"]), TEXTS),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(ner="offline", secret=b"key")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("redaction opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield


def found(redactor: Redactor, text: str) -> list[tuple[str, str]]:
    return [(one.type, text[one.start : one.end]) for one in redactor.analyse([text])[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to mia.li@example.com today", ("EMAIL", "mia.li@example.com")),
        ("mail maria dot lopez at gmail dot com", ("EMAIL", "maria dot lopez at gmail dot com")),
        ("call me on (415) 555-2671", ("PHONE", "(415) 555-2671")),
        (
            "it is five five five one two three four oh one nine",
            ("PHONE", "five five five one two three four oh one nine"),
        ),
        ("charge 4111 1111 1111 1111 please", ("CREDIT_CARD", "4111 1111 1111 1111")),
        ("use my card ending in 7447", ("CARD_ENDING", "7447")),
        ("I'll use my 7447 card.", ("CARD_ENDING", "7447")),
        ("IBAN DE89 3704 0044 0532 0130 00", ("IBAN", "DE89 3704 0044 0532 0130 00")),
        ("SSN 078-05-1120", ("SSN", "078-05-1120")),
        ("host 10.0.0.17 is down", ("IP_ADDRESS", "10.0.0.17")),
        ("nic 00:1a:2b:3c:4d:5e", ("MAC_ADDRESS", "00:1a:2b:3c:4d:5e")),
        ("my passport is C01X00T47", ("PASSPORT", "C01X00T47")),
        ("driver's license D1234567", ("DRIVER_LICENSE", "D1234567")),
        ("I was born on 3 March 1985", ("BIRTH_DATE", "3 March 1985")),
        ("my password is hunter2!", ("SECRET", "hunter2!")),
        ("key sk-abcdefghijklmnop1234 leaked", ("SECRET", "sk-abcdefghijklmnop1234")),
        ("thanks @mia_li for the tip", ("HANDLE", "@mia_li")),
        ("see https://example.com/a?b=1.", ("URL", "https://example.com/a?b=1")),
        ("on example.org they say", ("DOMAIN", "example.org")),
        ("my user ID is mia_li_3668", ("ACCOUNT_ID", "mia_li_3668")),
        ("zip code 78750", ("POSTCODE", "78750")),
        ("Hello, my name is Priya Raman and I need help", ("PERSON", "Priya Raman")),
        ("I am flying to Nairobi tomorrow", ("LOCATION", "Nairobi")),
        ("send it to 975 Sunset Drive, Austin, TX 78750", ("STREET_ADDRESS", "975 Sunset Drive, Austin, TX 78750")),
        ("{'first_name': 'Mia', 'n': 2}", ("PERSON", "Mia")),
        ("😀😀 I am flying to Nairobi", ("LOCATION", "Nairobi")),
    ],
)
def test_finds(redactor: Redactor, text: str, expected: tuple[str, str]) -> None:
    assert expected in found(redactor, text)


@pytest.mark.parametrize(
    "text",
    [
        "the meeting is on 12 May 2024 at 3 PM",
        "it cost $1,234.50 and took 45 minutes",
        "order 100200300 was shipped",
        "std::vector<int> and ::1 are not addresses",
        "use promo code SAVE20 at checkout",
        "my password is wrong",
        "your passport number is required",
        "@property",
        "open config.py and run main.rs",
        "the order total is 1990",
    ],
)
def test_keeps(redactor: Redactor, text: str) -> None:
    assert found(redactor, text) == []


def test_json_is_read_leaf_by_leaf_with_offsets_into_the_original(redactor: Redactor) -> None:
    text = (
        '{"first_name": "Zo\\u00eb", "n": 3, "zip": 78750, "inner": "{\\"email\\": \\"a@b.co\\"}", '
        '"emoji": "\\ud83d\\ude00 c@d.co"}'
    )
    assert found(redactor, text) == [
        ("PERSON", "Zo\\u00eb"),
        ("POSTCODE", "78750"),
        ("EMAIL", "a@b.co"),
        ("EMAIL", "c@d.co"),
    ]
    (redacted,), _ = redactor.redact([text])
    assert json.loads(redacted) == {
        "first_name": "<PERSON_1>",
        "n": 3,
        "zip": "<POSTCODE_1>",
        "inner": '{"email": "<EMAIL_1>"}',
        "emoji": "😀 <EMAIL_2>",
    }


def test_numbers_in_nested_json_text_are_quoted_at_their_depth(redactor: Redactor) -> None:
    text = json.dumps({"a": json.dumps({"b": json.dumps({"phone": 4155552671})})})
    (redacted,), _ = redactor.redact([text])
    assert json.loads(json.loads(json.loads(redacted)["a"])["b"]) == {"phone": "<PHONE_1>"}


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("first_name", "Mia", "PERSON"),
        ("lastName", "li", "PERSON"),
        ("customer-first-name", "Mia", "PERSON"),
        ("DOB", "1990-04-05", "BIRTH_DATE"),
        ("date_of_birth", "1990-04-05", "BIRTH_DATE"),
        ("address1", "975 Sunset Drive", "STREET_ADDRESS"),
        ("city", "Austin", "LOCATION"),
        ("zip", 78750, "POSTCODE"),
        ("phone", 4155552671, "PHONE"),
        ("cardLastFour", "7447", "CARD_ENDING"),
        ("last_four", 7447, "CARD_ENDING"),
        ("passport", "C01X00T47", "PASSPORT"),
        ("ssn", "078051120", "SSN"),
        ("user_id", "mia_li_3668", "ACCOUNT_ID"),
        ("username", "mli", "ACCOUNT_ID"),
        ("password", "swordfish", "SECRET"),
    ],
)
def test_a_telling_key_gives_its_value_away(redactor: Redactor, key: str, value: Any, kind: str) -> None:
    redacted, counts = redactor.redact([{key: value}])
    assert redacted == [{key: f"<{kind}_1>"}]
    assert counts == {kind: 1}


@pytest.mark.parametrize(
    "value",
    [
        {"role": "user"},
        {"name": "get_user_details"},
        {"name": "Wireless Mouse"},
        {"phone": None},
        {"email_sent": True},
        {"seats": 12},
        {"phone": "unknown"},
    ],
)
def test_other_keys_keep_their_values(redactor: Redactor, value: dict[str, Any]) -> None:
    assert redactor.redact([value])[0] == [value]


def test_one_value_has_one_placeholder_within_a_scope(redactor: Redactor) -> None:
    trace = {
        "messages": [
            {"content": "I'm Priya Raman, priya@example.com"},
            {"content": "Thanks! Is PRIYA@example.com right?"},
        ]
    }
    (first, second), counts = redactor.redact([trace, "write to other@example.com"])
    assert first["messages"][0]["content"].endswith("<EMAIL_1>")
    assert first["messages"][1]["content"] == "Thanks! Is <EMAIL_1> right?"
    assert second == "write to <EMAIL_1>"
    assert counts["EMAIL"] == 3


def test_what_a_field_gives_away_is_found_everywhere_in_the_trace(redactor: Redactor) -> None:
    profile = {
        "first_name": "Tarvo",
        "last_name": "Quillon",
        "dob": "1990-04-05",
        "phone": "415-555-2671",
        "last_four": "7447",
    }
    trace = [
        {"role": "user", "content": "tarvo here, login tarvo_quillon_3668 or quillon.t@example.com"},
        {"role": "tool", "content": json.dumps(profile)},
        {"role": "assistant", "content": "Quillon, T. - born April 5, 1990? Call 415.555.2671, pay with 7447."},
    ]
    (redacted,), _ = redactor.redact([trace])
    left = json.dumps(redacted).casefold()
    assert not [word for word in ("tarvo", "quillon", "1990", "2671", "7447") if word in left]


def test_a_question_explains_its_answer(redactor: Redactor) -> None:
    trace = [
        {"content": "What are your date of birth and the last four digits of the card?"},
        {"content": "4 March 88, and 7731"},
    ]
    assert redactor.redact([trace])[0][0][1]["content"] == "<BIRTH_DATE_1>, and <CARD_ENDING_1>"


def test_common_words_are_not_redacted_for_being_a_name_elsewhere(redactor: Redactor) -> None:
    (redacted,), _ = redactor.redact([[{"first_name": "Will"}, {"content": "What will the total be?"}]])
    assert redacted[1]["content"] == "What will the total be?"


def test_dict_keys_are_redacted_and_stay_apart(redactor: Redactor) -> None:
    (redacted,), _ = redactor.redact([{"mia@example.com": 1, "leo@example.com": 2}])
    assert redacted == {"<EMAIL_1>": 1, "<EMAIL_2>": 2}


def test_tokens_are_numbered_later_in_order_of_first_appearance(redactor: Redactor) -> None:
    (one, two), _ = redactor.redact(["mail a@example.com", "b@example.com and a@example.com"], tokens=True)
    assert PLACEHOLDER.search(one)[3] and "example" not in one + two
    assert number_placeholders([two, {"x": one}]) == ["<EMAIL_1> and <EMAIL_2>", {"x": "mail <EMAIL_2>"}]
    again, _ = Redactor(ner="rules", secret=b"key").redact(["mail a@example.com"], tokens=True)
    other, _ = Redactor(ner="rules", secret=b"other").redact(["mail a@example.com"], tokens=True)
    assert again == [one] != other


def test_numbering_leaves_numbers_that_are_there_already(redactor: Redactor) -> None:
    (redacted,), _ = redactor.redact(["<EMAIL_1> wrote to a@example.com"])
    assert redacted == "<EMAIL_1> wrote to <EMAIL_2>"


def test_placeholders_as_plain_words() -> None:
    assert plain_words("<PERSON_1> lives in <LOCATION_2> <3 <CASE_NO_1>") == "a person lives in a place <3 a case no"
    assert all(plain_words(f"<{entity}_1>").startswith(("a ", "an ")) for entity in ENTITIES)


def test_policies_say_what_they_leak_and_keep_to_their_entities() -> None:
    text = "Priya Raman, priya@example.com, lives in Nairobi"
    assert all(policy.leaks for policy in POLICIES.values())
    assert {kind for kind, _ in found(Redactor("names_only", ner="offline"), text)} == {"PERSON"}
    structured = Redactor("structured_only")
    assert structured.engine == "patterns only"
    assert found(structured, text) == [("EMAIL", "priya@example.com")]
    own = Policy("own", frozenset({"EMAIL"}), "names", {"ORDER_ID": r"\bORD-\d+\b"})
    assert found(Redactor(own, patterns={"CASE": r"\bC\d{4}\b"}), "ORD-12 C1234 a@b.co") == [
        ("ORDER_ID", "ORD-12"),
        ("CASE", "C1234"),
        ("EMAIL", "a@b.co"),
    ]


def test_wrong_requests_are_answered_in_one_line() -> None:
    with pytest.raises(UnknownName, match="redaction policy 'strict'"):
        Redactor("strict")
    with pytest.raises(UnknownName, match="entity type"):
        Policy("own", frozenset({"NAME"}), "")
    with pytest.raises(BadSettings, match="not a regular expression"):
        Redactor(patterns={"ORDER_ID": "("}, ner="rules")
    with pytest.raises(BadSettings, match="in capitals"):
        Redactor(patterns={"order": "x"}, ner="rules")
    with pytest.raises(BadSettings, match="empty text"):
        Redactor(patterns={"ORDER_ID": "x*"}, ner="rules")
    with pytest.raises(NotInstalled, match="en_core_web_trf"):
        Redactor(ner="en_core_web_trf")


def test_ids_with_the_shape_of_personal_data(redactor: Redactor) -> None:
    ids = [
        "trace-0001",
        "mia@example.com",
        "4111111111111111",
        "415-555-2671",
        "1f0e9a7c-aaaa-4bbb-8ccc-123456789012",
        "10.0.0.17",
        "078-05-1120",
    ]
    assert redactor.has_structured(ids) == [False, True, False, False, False, True, True]


@pytest.mark.parametrize("ner", ["offline", "rules"])
def test_odd_input_is_survived(ner: str) -> None:
    odd = [
        "",
        " ",
        "\x00",
        "\ud800 Mia \udc00",
        "[" * 5000,
        "[" * 5000 + "]" * 5000,
        '{"a":' * 2000 + "1" + "}" * 2000,
        "a" * 50_000,
        "1" * 50_000,
        "@" * 5000,
    ]
    assert len(Redactor(ner=ner).analyse(odd)) == len(odd)


@pytest.mark.parametrize("times", [1_000, pytest.param(11_000, marks=pytest.mark.deep, id="a megabyte")])
def test_a_long_text_keeps_its_offsets(redactor: Redactor, times: int) -> None:
    text = (
        "The shipment is late again and nobody answers. " * times
        + "write to mia@example.com"
        + " or wait a little longer" * (2 * times)
    )
    assert ("EMAIL", "mia@example.com") in found(redactor, text)


def test_nested_beyond_the_recursion_limit(redactor: Redactor) -> None:
    value: Any = "mail a@example.com"
    for _ in range(3000):
        value = [value]
    (redacted,), _ = redactor.redact([value])
    for _ in range(3000):
        (redacted,) = redacted
    assert redacted == "mail <EMAIL_1>"


@settings(max_examples=60 if DEEP else 12)
@given(st.lists(TEXTS, max_size=4))
def test_findings_never_overlap_and_do_not_depend_on_the_batch(texts: list[str]) -> None:
    together = SHARED.analyse(texts)
    for text, findings in zip(texts, together, strict=True):
        edges = [edge for one in findings for edge in (one.start, one.end)]
        assert edges == sorted(edges) and all(one.start < one.end <= len(text) for one in findings)
        assert not any(
            one.start < match.end() and match.start() < one.end
            for one in findings
            for match in PLACEHOLDER.finditer(text)
        )
    fresh = Redactor(ner="offline")
    assert [fresh.analyse([text])[0] for text in reversed(texts)] == together[::-1]


@given(NESTED)
def test_redaction_is_idempotent_and_keeps_the_shape(value: Any) -> None:
    redacted, _ = SHARED.redact([value])
    again, counts = SHARED.redact(redacted)
    assert again == redacted
    assert not counts
    assert type(redacted[0]) is type(value) or isinstance(redacted[0], str)


@given(
    st.dictionaries(
        st.sampled_from(["content", "phone", "zip", "first_name", "x"]), st.one_of(TEXTS, st.integers()), max_size=4
    )
)
def test_json_text_stays_json(value: dict[str, Any]) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), json.dumps({"inner": json.dumps(value)})):
        (redacted,), _ = SHARED.redact([text])
        assert list(json.loads(redacted)) == list(json.loads(text))


SHARED = Redactor(ner="offline", secret=b"key")


def test_findings_are_plain_values() -> None:
    assert Finding("PERSON", 0, 3, 0.9) == Finding("PERSON", 0, 3, 0.9)
