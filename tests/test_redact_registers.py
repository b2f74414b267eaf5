"""Contact blocks, paths, keys, blobs and crossings: what stands there is found, what only looks like it is kept."""

import base64
import json

import pytest

from workbench.redact import Redactor
from workbench.redact.addresses import without_scraps
from workbench.redact.blobs import decoded_blobs
from workbench.redact.entities import Finding
from workbench.redact.fields import may_hold_a_name, names_a_thing
from workbench.redact.identifiers import names_software


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(ner="offline", secret=b"key")


def found(redactor: Redactor, text: str) -> list[tuple[str, str]]:
    return [(one.type, text[one.start : one.end]) for one in redactor.analyse([text])[0]]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("Reach the desk\nH: 2125557788\n", "2125557788"),
        ("office of the dean 2125557788", "2125557788"),
        ("2125557788 - Fax, see below", "2125557788"),
        ("312.555.0175, ext 44 is mine", "312.555.0175, ext 44"),
        ("or dial my desk x4471 please", "x4471"),
        ("Festnetz 040/5550123", "040/5550123"),
        ("its oh seven seven double oh nine hundred one two six", "oh seven seven double oh nine hundred one two six"),
        ("and the area code six one seven", "six one seven"),
    ],
)
def test_phones_in_contact_blocks_and_speech(redactor: Redactor, text: str, phone: str) -> None:
    assert ("PHONE", phone) in found(redactor, text)


@pytest.mark.parametrize(
    "text",
    [
        "order 2125557788",
        "created at 1700000000",
        "ERROR 1064 (42000): syntax",
        "it took 2125557788 steps to converge",
        "firmware 1.0.9.84 is out",
        "upgrade to version 10.2.4.1",
        "har-validator@5.1.5 is deprecated",
    ],
)
def test_other_numbers_are_kept(redactor: Redactor, text: str) -> None:
    assert found(redactor, text) == []


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("cannot open /Users/zkowalska/tax.pdf", "zkowalska"),
        ("in /home/z.kowalska, I think", "z.kowalska"),
        (r"C:\Users\zkowalska\Desktop\a.csv", "zkowalska"),
        ("scp a.txt zkowalska@build-07:/srv/in", "zkowalska"),
    ],
)
def test_logins_in_paths(redactor: Redactor, text: str, login: str) -> None:
    assert ("ACCOUNT_ID", login) in found(redactor, text)


@pytest.mark.parametrize("text", ["/home/runner/work", "/Users/shared/x", "/home/app", "root@host-1:/etc"])
def test_accounts_of_machines_are_kept(redactor: Redactor, text: str) -> None:
    assert found(redactor, text) == []


def test_labels_between_numbers_are_no_addresses(redactor: Redactor) -> None:
    text = "born 1984-03-12, IBAN DE89 3704 0044 0532 0130 00, IP 203.0.113.7"
    assert [kind for kind, _ in found(redactor, text)] == ["BIRTH_DATE", "IBAN", "IP_ADDRESS"]


@pytest.mark.parametrize(
    ("text", "start", "end", "score", "stays"),
    [
        ("won 21-25 today", 4, 9, 0.3, False),
        ("12 400,00 kr in May", 0, 9, 0.6, False),
        ("¥128,000 all in", 0, 8, 0.4, False),
        ("IBAN follows", 0, 4, 0.5, False),
        ("at 12 Elm Street now", 3, 16, 0.3, True),
        ("Hauptweg 5 is closed", 0, 10, 0.3, True),
        ("near Ballincollig today", 5, 17, 0.4, True),
        ("suite 9, please", 0, 7, 0.2, True),
    ],
)
def test_scraps_of_addresses(text: str, start: int, end: int, score: float, stays: bool) -> None:
    one = Finding("STREET_ADDRESS", start, end, score)
    assert without_scraps(text, [one]) == ([one] if stays else [])


def test_a_scrap_beside_an_address_stays() -> None:
    text = "12 Elm Street, 21-25, Kew"
    street, rest = Finding("STREET_ADDRESS", 0, 13, 0.9), Finding("STREET_ADDRESS", 15, 20, 0.2)
    assert without_scraps(text, [street, rest]) == [street, rest]


@pytest.mark.parametrize(
    "text", ["the corner of Elm and 5th", "the corner of Rua Augusta 12 and Praça Velha", "corner of Oak & Main St"]
)
def test_corners_are_one_address(redactor: Redactor, text: str) -> None:
    assert found(redactor, f"meet me at {text} at noon") == [("STREET_ADDRESS", text)]


def test_names_as_keys_are_redacted_and_headings_kept(redactor: Redactor) -> None:
    headings = {"Order Total": 1, "Grace Period": 2, "First Name": "", "Max": 3, "created_at": 4, "Ship To City": 5}
    value = {"votes": {"Priya Raman": 3, "Okafor, Chidi": 1}, **headings}
    (redacted,), counts = redactor.redact([value])
    assert redacted == {"votes": {"<PERSON_1>": 3, "<PERSON_2>": 1}, **headings}
    assert counts == {"PERSON": 2}
    (text,), _ = redactor.redact([json.dumps({"Priya Raman": 3})])
    assert json.loads(text) == {"<PERSON_1>": 3}
    assert not may_hold_a_name("priya_raman") and not may_hold_a_name("first_name")


@pytest.mark.parametrize("value", ["ChatOpenAI", "search_flights", "LLMChain", "RunnableSequence", "getUser"])
def test_what_programs_call_their_parts_is_kept_under_name(redactor: Redactor, value: str) -> None:
    assert names_software(value) and names_a_thing("span_name", value)
    assert redactor.redact([{"name": value}])[0] == [{"name": value}]


@pytest.mark.parametrize("value", ["McDonald", "DeShawn", "LaToya", "MaryAnn", "JohnSmith", "Jordan", "Anne-Marie"])
def test_what_people_are_called_is_not_taken_for_a_program(value: str) -> None:
    assert not names_software(value)


def test_a_blob_that_hides_a_person_goes_as_a_whole(redactor: Redactor) -> None:
    hidden = base64.b64encode(b"my name is Priya Raman, priya@example.com").decode()
    harmless = base64.b64encode(b"the parcel is late again and nobody answers").decode()
    image = base64.b64encode(bytes(range(256))).decode()
    assert found(redactor, f"data {hidden}") == [("SECRET", hidden)]
    assert found(redactor, f"data {harmless} and {image}") == []
    assert [text for *_, text in decoded_blobs(f"x {harmless}")] == ["the parcel is late again and nobody answers"]


def test_spelled_names(redactor: Redactor) -> None:
    assert ("PERSON", "O-K-A-F-O-R") in found(redactor, "spelled O-K-A-F-O-R, please")
    assert ("PERSON", "o k a f o r") in found(redactor, "the name is o k a f o r and the flat is cold")


def test_a_passport_in_the_next_sentence_and_an_account_under_its_key(redactor: Redactor) -> None:
    text = "How long must my passport be valid? Mine, XZ3663408, runs out soon"
    assert ("PASSPORT", "XZ3663408") in found(redactor, text)
    value = {"customer": {"account": "WF41758392"}, "tool": {"account": "savings"}}
    assert redactor.redact([value])[0] == [{"customer": {"account": "<ACCOUNT_ID_1>"}, "tool": {"account": "savings"}}]
