"""The measuring rod itself: cover, neutral stretches, false findings, and what counts as still readable."""

import re

import pytest

from benchmarks.redaction_leaks import leaks, prose_leaks, readable, trace_gold
from benchmarks.redaction_scores import Sentence, score
from workbench.redact import Finding

#            0         1         2         3
#            0123456789012345678901234567890123456
SENTENCE = Sentence(
    "s", "ask Ms Adjei in Bari, or pay by visa.", (("PERSON", 7, 12), ("GPE", 16, 20)), ((4, 7), (32, 36))
)


def test_any_label_counts_for_recall_and_the_right_one_beside_it():
    scores = score([SENTENCE], [[Finding("ORGANIZATION", 7, 12, 0.9), Finding("LOCATION", 16, 20, 0.9)]])
    assert (scores.types["PERSON"].overlap_share, scores.types["PERSON"].right_share) == (1.0, 0.0)
    assert scores.types["GPE"].right_share == 1.0
    assert (scores.promised.n, scores.promised.covered, scores.false_share) == (2, 2, 0.0)


def test_a_nick_is_overlap_but_not_cover():
    scores = score([SENTENCE], [[Finding("PERSON", 7, 9, 0.9)]])
    assert (scores.types["PERSON"].overlap, scores.types["PERSON"].covered) == (1, 0)
    assert [round(cover, 2) for _, _, cover in scores.missed] == [0.4, 0.0]


def test_two_findings_cover_a_span_together():
    scores = score([SENTENCE], [[Finding("PERSON", 7, 9, 0.9), Finding("LOCATION", 9, 12, 0.9)]])
    assert scores.types["PERSON"].covered == 1


def test_a_finding_beside_all_gold_is_false_and_one_over_a_neutral_stretch_is_nothing():
    scores = score([SENTENCE], [[Finding("PERSON", 0, 3, 0.9), Finding("ORGANIZATION", 32, 36, 0.9)]])
    assert (scores.findings, scores.false, dict(scores.false_by_type)) == (1, 1, {"PERSON": 1})
    assert (scores.texts_with_false, scores.false_per_100) == (1, 100.0)
    assert scores.chars_outside == 37 - 5 - 4 - 3 - 4
    assert scores.chars_outside_redacted == 3


@pytest.mark.parametrize(
    ("kind", "value", "text", "seen"),
    [
        ("name", "Li", "Hello Li, welcome", True),
        ("name", "Li", "Liability", False),
        ("name", "Mia", "payment_Mia_1", True),
        ("birth date", "1990-04-05", "born April 5th, 1990", True),
        ("birth date", "1990-04-05", "on 04/05/1990", True),
        ("birth date", "1990-04-05", "on 1990-04-06", False),
        ("phone", "817-265-2073", "call (817) 265 2073", True),
        ("phone", "817-265-2073", "+18172652073", True),
        ("card ending", "7447", "ending in 7447.", True),
        ("card ending", "7447", "credit_card_74471", False),
        ("e-mail", "a.b@example.com", "A.B@example.com", True),
    ],
)
def test_readable(kind, value, text, seen):
    assert bool(readable(kind, value).search(text)) is seen


TRACE = {
    "traj": [
        {"role": "user", "content": "I am Mia, card 7447"},
        {"role": "tool", "content": '{"first_name": "Mia", "last_four": "7447", "seats": {"x": [1]}}'},
    ]
}


def test_gold_comes_from_fields_inside_json_strings():
    assert trace_gold(TRACE, lines=False) == {("name", "Mia"), ("card ending", "7447")}


def test_leaks_says_what_is_left_and_where():
    after = {"traj": [{"role": "user", "content": "I am <PERSON_1>, card 7447"}, {"role": "tool", "content": "{}"}]}
    found = leaks([TRACE], [after], lines=False)
    assert (found.left["name"], found.left["card ending"]) == (0, 1)
    assert dict(found.places["card ending"]) == {"user": 1}


def test_prose_leaks_redacts_each_message_alone():
    class Stub:
        def redact(self, values):
            return [re.sub("Mia", "<PERSON_1>", value) for value in values], {}

    found = prose_leaks([TRACE], Stub(), lines=False)
    assert dict(found.gold) == {"name": 1, "card ending": 1}
    assert (found.share("name"), found.share("card ending")) == (0.0, 1.0)
