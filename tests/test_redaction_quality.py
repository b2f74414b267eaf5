"""Redaction must not get worse: floors a little under what ``python -m benchmarks.redaction`` measured.

The floors are for the offline engine and for three kinds of text apart: the project's own sentences, public template
sentences, and real traces. A floor is raised when the engine improves; lowering one is a decision to be explained.
"""

import pytest

from benchmarks import redaction_leaks, redaction_sets
from benchmarks.redaction_scores import NOT_PROMISED, Tally, score
from workbench.redact import Redactor

OWN_FLOORS = {
    "PERSON": (0.935, 0.93),
    "PHONE": (0.97, 0.97),
    "STREET_ADDRESS": (0.94, 0.87),
    "LOCATION": (0.88, 0.88),
    "others": (0.88, 0.79),
}
OWN_FALSE_CEILING = 0.07
MORE_FLOORS = {"PERSON": (0.96, 0.96), "others": (0.97, 0.97)}
CLEAN_CEILING = {"clean.jsonl": (23.0, 0.18), "clean_more.jsonl": (19.0, 0.16)}
SYNTH_FLOORS = {
    "PERSON": (0.97, 0.96),
    "STREET_ADDRESS": (0.985, 0.975),
    "GPE": (0.97, 0.95),
    "CREDIT_CARD": (0.99, 0.99),
    "PHONE_NUMBER": (0.99, 0.99),
    "EMAIL_ADDRESS": (1.0, 1.0),
    "ZIP_CODE": (0.89, 0.89),
    "DOMAIN_NAME": (1.0, 1.0),
    "IBAN_CODE": (1.0, 1.0),
    "US_SSN": (1.0, 1.0),
    "IP_ADDRESS": (1.0, 1.0),
    "US_DRIVER_LICENSE": (1.0, 1.0),
}
SYNTH_FALSE_CEILING = 0.05
PROSE_CEILING = {
    "tau_airline": {"name": 0.02, "user id": 0.02, "card ending": 0.0, "birth date": 0.02, "city": 0.08},
    "nurtureboss": {"name": 0.04, "e-mail": 0.0, "phone": 0.0},
}


@pytest.fixture(scope="module")
def redactor():
    return Redactor(ner="offline")


def _below(scores, floors):
    """Types under their floor as readable lines; the promised types not named in the floors are pooled as 'others'."""
    tallies, others = {}, Tally()
    for kind, tally in scores.types.items():
        if kind in floors:
            tallies[kind] = tally
        elif kind not in NOT_PROMISED:
            others.add(tally)
    tallies["others"] = others
    assert set(floors) <= set(tallies), "a floor is set for a type that has no gold"
    return [
        f"{kind}: overlap {tallies[kind].overlap_share:.3f} (floor {overlap}), "
        f"cover {tallies[kind].covered_share:.3f} (floor {covered}), n {tallies[kind].n}"
        for kind, (overlap, covered) in floors.items()
        if tallies[kind].overlap_share < overlap or tallies[kind].covered_share < covered
    ]


def _scores(redactor, sentences):
    return score(sentences, redactor.analyse([sentence.text for sentence in sentences]))


def test_own_sentences(redactor):
    """Types with under thirty gold spans are pooled as others: one miss of four says nothing about a type."""
    scores = _scores(redactor, redaction_sets.own_pii())
    assert not _below(scores, OWN_FLOORS)
    assert scores.false_share <= OWN_FALSE_CEILING


def test_more_own_sentences(redactor):
    scores = _scores(redactor, redaction_sets.own_pii("pii_more.jsonl"))
    assert not _below(scores, MORE_FLOORS)
    assert scores.false_share <= OWN_FALSE_CEILING


@pytest.mark.parametrize("file", CLEAN_CEILING)
def test_clean_sentences_are_mostly_left_alone(redactor, file):
    scores = _scores(redactor, redaction_sets.own_clean(file))
    per_100, touched = CLEAN_CEILING[file]
    assert scores.false_per_100 <= per_100, dict(scores.false_by_type)
    assert scores.touched_share <= touched


def test_presidio_synth(redactor, test_data):
    scores = _scores(redactor, redaction_sets.presidio_synth(test_data))
    assert not _below(scores, SYNTH_FLOORS)
    assert scores.false_share <= SYNTH_FALSE_CEILING


REAL = [  # name of the set, and every how many of its traces
    pytest.param("tau_airline", 8, id="part of tau_airline"),
    pytest.param("nurtureboss", 4, id="part of nurtureboss"),
    pytest.param("tau_airline", 1, id="tau_airline", marks=pytest.mark.deep),
    pytest.param("nurtureboss", 1, id="nurtureboss", marks=pytest.mark.deep),
]


@pytest.mark.parametrize(("name", "every"), REAL)
def test_nothing_personal_is_left_in_real_traces(redactor, test_data, name, every):
    lines = name == "nurtureboss"
    traces = getattr(redaction_leaks, name)(test_data)[::every]
    redacted, counts = redactor.redact(traces)
    found = redaction_leaks.leaks(traces, redacted, lines=lines)
    assert min(sum(found.gold.values()), sum(counts.values())) > 100 / every
    left = {kind: (found.left[kind], dict(found.places[kind])) for kind in redaction_leaks.MUST_NOT_LEAK}
    assert not {kind: where for kind, where in left.items() if where[0]}


@pytest.mark.deep
@pytest.mark.parametrize("name", ["tau_airline", "nurtureboss"])
def test_messages_alone_show_little(redactor, test_data, name):
    traces = getattr(redaction_leaks, name)(test_data)
    found = redaction_leaks.prose_leaks(traces, redactor, lines=name == "nurtureboss")
    shares = {kind: found.share(kind) for kind in found.gold}
    assert not {kind: shares[kind] for kind, ceiling in PROSE_CEILING[name].items() if shares[kind] > ceiling}
