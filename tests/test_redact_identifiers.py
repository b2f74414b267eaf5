"""What programs call things is not a person, and what is a person stays one; card endings; threads that share."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.redact import Finding, Redactor
from workbench.redact.fields import context_of, field_of
from workbench.redact.identifiers import could_be_somebody, is_identifier, without_identifiers


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(ner="offline", secret=b"key")


@pytest.mark.parametrize(
    "token",
    [
        "langgraph-index-trace",
        "mia_search_tool",
        "src/paris/loader.py",
        "/home/app/berlin",
        "--austin",
        "-v",
        "customerName",
        "loadJordanTrace",
        "com.acme.jordan",
        "x7f9ab",
        "gpt4o",
    ],
)
def test_identifiers(token: str) -> None:
    assert is_identifier(token)


@pytest.mark.parametrize(
    "token",
    [
        "mia",
        "Mia",
        "anne-marie",
        "Anne-Marie-Louise",
        "McDonald",
        "vanDijk",
        "deShawn",
        "O'Neil",
        "stoke-on-trent",
        "paris/london",
        "-Mia",
        "-mia",
        "Li.",
        "J.R.R.",
        "JohnSmith",
        "hiMia",
        "mia92",
        "zelmira_okonjo",
        "zelmira_okonjo_3668",
    ],
)
def test_what_may_be_a_name_is_no_identifier(token: str) -> None:
    assert not is_identifier(token)


def test_only_names_that_stand_wholly_within_identifiers_are_dropped() -> None:
    text = "run jordan-search-agent for Jordan Li, 12 main_street"
    inside, person = Finding("PERSON", 4, 10, 0.9), Finding("PERSON", 28, 37, 0.9)
    street = Finding("STREET_ADDRESS", 39, 53, 0.9)
    assert without_identifiers(text, [inside, person, street]) == [person, street]
    across = Finding("PERSON", 4, 37, 0.9)
    assert without_identifiers(text, [across]) == [across]


@pytest.mark.parametrize(
    "value", [{"name": "langgraph-index-trace"}, '{"name": "langgraph-index-trace"}', "example-cli --vars '{}'"]
)
def test_names_of_programs_stay(redactor: Redactor, value: object) -> None:
    (redacted,), counts = redactor.redact([value])
    assert redacted == value
    assert not counts


def test_a_known_name_within_a_login_is_still_found(redactor: Redactor) -> None:
    (redacted,), _ = redactor.redact([{"first_name": "Zelmira", "note": "login zelmira_okonjo_77 is locked"}])
    assert redacted["note"] == "login <ACCOUNT_ID_1> is locked"


@pytest.mark.parametrize(
    ("value", "somebody"),
    [
        ("Mia Li", True),
        ("mia li", True),
        ("grace", True),
        ("J. R. Okafor", True),
        ("search", False),
        ("index-trace", False),
        ("SearchFlights", False),
        ("get_user", False),
        ("model 4", False),
        ("", False),
    ],
)
def test_the_value_of_a_name(value: str, somebody: bool) -> None:
    assert could_be_somebody(value) is somebody
    assert context_of("name", value) == ("name: " if somebody else "")


def test_other_weak_fields_are_read_with_their_name_whatever_they_hold() -> None:
    assert context_of("passenger", "get_user") == "passenger: "
    assert context_of("colour", "Mia Li") == ""


def test_four_digits_under_ending_are_a_card(redactor: Redactor) -> None:
    value = {"payment": {"method": "card", "ending": "4444"}, "story": {"ending": "happy"}, "year_ending": "2024"}
    (redacted,), counts = redactor.redact([value])
    assert redacted["payment"] == {"method": "card", "ending": "<CARD_ENDING_1>"}
    assert (redacted["story"], redacted["year_ending"]) == ({"ending": "happy"}, "2024")
    assert counts == {"CARD_ENDING": 1}
    assert field_of("ending", "44445") is None
    assert redactor.redact(['{"ending": 8210}'])[0] == ['{"ending": "<CARD_ENDING_1>"}']


@pytest.mark.parametrize(
    "text",
    [
        "the card ending 8210 was charged",
        "mi tarjeta terminada en 8210",
        "la carte se terminant par 8210",
        "die Karte endet auf 8210",
        "Kreditkarte mit Endziffern 8210",
        "cartão final 8210",
    ],
)
def test_card_endings_in_other_words(redactor: Redactor, text: str) -> None:
    (found,) = redactor.analyse([text])
    assert ("CARD_ENDING", "8210") in [(one.type, text[one.start : one.end]) for one in found]


@pytest.mark.parametrize("text", ["el contrato termina en 2024", "der Vertrag endet 2024"])
def test_years_at_which_things_end_are_no_cards(redactor: Redactor, text: str) -> None:
    assert not [one for one in redactor.analyse([text])[0] if one.type == "CARD_ENDING"]


def test_threads_may_share_a_redactor() -> None:
    texts = [f"I'm Mia Li, write to mia{at}@example.com or call (415) 555-26{at:02d}" for at in range(24)]
    alone = Redactor(ner="offline", secret=b"key")
    expected = [alone.redact([text])[0][0] for text in texts]
    found = [alone.analyse([text])[0] for text in texts]
    shared = Redactor(ner="offline", secret=b"key")
    with ThreadPoolExecutor(8) as pool:
        redacted = pool.map(lambda text: shared.redact([text])[0][0], texts * 2)
        analysed = pool.map(lambda text: shared.analyse([text])[0], texts * 2)
        assert list(redacted) == expected * 2
        assert list(analysed) == found * 2
