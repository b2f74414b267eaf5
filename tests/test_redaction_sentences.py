"""The hand-written sentences are well made: built from their sources, enough of them, checksums right, no overlaps."""

import importlib.util
import json
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).parent / "redaction_sentences"


def _build():
    spec = importlib.util.spec_from_file_location("redaction_sentences_build", FOLDER / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD = _build()


def _rows(name):
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


PII = _rows("pii.jsonl") + _rows("pii_more.jsonl")
CLEAN = _rows("clean.jsonl") + _rows("clean_more.jsonl")


def _luhn(number):
    digits = [int(c) for c in reversed(number) if c.isdigit()]
    return sum(digits[0::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])


def _mod97(iban):
    compact = "".join(iban.split()).upper()
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97


def _values(kind):
    return [row["text"][s["start"] : s["end"]] for row in PII for s in row["spans"] if s["type"] == kind]


def test_files_are_what_their_sources_say():
    for name, content in BUILD.built().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == content, f"run build.py: {name} differs from its source"


def test_a_mark_becomes_an_offset():
    text, spans, neutral = BUILD.unmarked("ask [[PERSON|Ms Adjei|Adjei]] in [[LOCATION|Bari]], pay by [[_|visa]]")
    assert text == "ask Ms Adjei in Bari, pay by visa"
    assert [(s["type"], text[s["start"] : s["end"]]) for s in spans] == [("PERSON", "Adjei"), ("LOCATION", "Bari")]
    assert [text[a:b] for a, b in neutral] == ["Ms ", "visa"]


def test_there_are_enough_and_none_twice():
    assert len(PII) >= 170
    assert sum(not row["contested"] for row in CLEAN) >= 320
    for rows in (PII, CLEAN):
        assert Counter(row["text"] for row in rows).most_common(1)[0][1] == 1
        assert Counter(row["id"] for row in rows).most_common(1)[0][1] == 1


def test_spans_lie_within_the_text_and_apart():
    for row in PII:
        assert row["spans"], row["id"]
        end = 0
        for span in sorted(row["spans"], key=lambda s: s["start"]):
            assert end <= span["start"] < span["end"] <= len(row["text"]), row["id"]
            value = row["text"][span["start"] : span["end"]]
            assert value == value.strip(), row["id"]
            end = span["end"]


def test_no_mark_is_left_over():
    for row in PII + CLEAN:
        assert "[[" not in row["text"] and "]]" not in row["text"].replace("]]}", ""), row["id"]


def test_cards_pass_luhn_and_ibans_pass_mod_97():
    assert len(_values("CREDIT_CARD")) >= 8 and len(_values("IBAN")) >= 7
    assert {card: _luhn(card) % 10 for card in _values("CREDIT_CARD")} == dict.fromkeys(_values("CREDIT_CARD"), 0)
    assert {iban: _mod97(iban) for iban in _values("IBAN")} == dict.fromkeys(_values("IBAN"), 1)
